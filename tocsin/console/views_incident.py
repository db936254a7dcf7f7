"""The page of one incident, and its map."""

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django import forms as django_forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tocsin.accounts.permits import needs
from tocsin.console import forms
from tocsin.console.incident_page import Shown, shown
from tocsin.console.map import ZOOM_MAX, draw_map, zoom_of
from tocsin.console.scenes import scene_of
from tocsin.core import clock
from tocsin.core.access import DataClass, Right
from tocsin.incidents.models import Incident
from tocsin.incidents.queries import export_lines, incident_for_page
from tocsin.people.actions import record_looks

ONLY = {"people", "device"}
MAP_SECONDS = 20
Forms = dict[str, django_forms.Form]


@require_safe
@needs(DataClass.CODED)
def incident(request: HttpRequest, incident_id: int) -> HttpResponse:
    """Show one incident."""
    return incident_answer(request, incident_id, {})


def incident_answer(request: HttpRequest, incident_id: int, filled: Forms, status: int = 200) -> HttpResponse:
    """Show one incident, with the forms that somebody has filled in wrongly as they filled them."""
    now = clock.now()
    page = incident_for_page(incident_id)
    if page is None:
        raise Http404
    only = request.GET.get("only", "")
    seen = shown(
        page, staff=request.user, reader=request.reader, now=now, only=only if only in ONLY else "",
        whole="whole" in request.GET,
    )  # fmt: skip
    scene = scene_of(page.incident, page.alarms, page.engagements, is_dark=False) if seen.place else None
    context = {
        "now": now,
        "seen": seen,
        "incident": page.incident,
        "there": local_time(page.incident, now),
        "number": str(incident_id),
        "only": only,
        "may_see_place": request.reader.may_read(DataClass.LOC),
        "forms": {**empty_forms(seen), **filled},
        "may_read": request.reader.may_read(DataClass.ID),
        "may_write": request.reader.may_write(DataClass.STORY),
        "zoom": zoom_at(request, zoom_of(scene)) if scene else None,
        "zoom_max": ZOOM_MAX,
        "theme": request.COOKIES.get("theme", ""),
    }
    return render(request, "console/incident.html", context, status=status)


def zoom_at(request: HttpRequest, fitting: int) -> int:
    """Give the zoom of the map that the address asks for; otherwise the one at which everything is seen."""
    asked = request.GET.get("zoom", "")
    return min(ZOOM_MAX, int(asked)) if asked.isascii() and asked.isdigit() else fitting


def local_time(row: Incident, now: datetime) -> str:
    """Say what time it is where the defender lives: whom one may call, and whether it is dark."""
    if row.defender is None:
        return ""
    try:
        return now.astimezone(ZoneInfo(row.defender.party.time_zone)).strftime("%H:%M")
    except (ZoneInfoNotFoundError, ValueError):
        return ""


def empty_forms(seen: Shown) -> Forms:
    """Give each form of the page as it is at first. Their fields carry the form's name, so that no two are alike."""
    people = [(person.party.pk, person.name or f"#{person.party.pk}") for person in seen.people]
    return {
        "note": forms.Note(auto_id="note-%s"),
        "task": forms.Task(auto_id="task-%s"),
        "ask": forms.Question(auto_id="ask-%s", people=people),
        "answer": forms.Answer(auto_id=False),
        "conclude": forms.Finding(auto_id="conclude-%s"),
        "close": forms.Close(auto_id="close-%s"),
        "challenge": forms.Challenge(auto_id="challenge-%s"),
        "words": forms.ChallengeWords(auto_id="words-%s"),
        "reopen": forms.Reason(auto_id="reopen-%s"),
    }


@require_safe
@needs(DataClass.LOC, Right.READ)
def incident_map(request: HttpRequest, incident_id: int) -> HttpResponse:
    """Draw the incident's map. The page does not wait for it."""
    page = incident_for_page(incident_id)
    if page is None:
        raise Http404
    asked = MapWish(request.GET)
    wish = asked.cleaned_data if asked.is_valid() else {}
    scene = scene_of(
        page.incident, page.alarms, page.engagements, is_dark=bool(wish.get("dark")), zoom=wish.get("zoom"),
        east=wish.get("east") or 0.0, south=wish.get("south") or 0.0,
    )  # fmt: skip
    if scene is None:
        raise Http404
    response = HttpResponse(draw_map(scene), content_type="image/svg+xml")
    response["Cache-Control"] = f"private, max-age={MAP_SECONDS}"
    return response


@require_safe
@needs(DataClass.STORY)
def timeline_file(request: HttpRequest, incident_id: int) -> HttpResponse:
    """Give the timeline as a file that `tocsin verify-timeline` checks without database or key. Looking is logged."""
    row = Incident.objects.filter(pk=incident_id).first()
    if row is None:
        raise Http404
    seen = [(row.uid, DataClass.STORY)]
    record_looks(seen, reader=request.reader, purpose="timeline file", now=clock.now())
    response = HttpResponse("\n".join(export_lines(row, with_texts=True)) + "\n", content_type="application/jsonl")
    response["Content-Disposition"] = f'attachment; filename="incident-{incident_id}.jsonl"'
    return response


class MapWish(django_forms.Form):
    """Which part of the map, and in which colours."""

    zoom = django_forms.IntegerField(min_value=0, max_value=ZOOM_MAX, required=False)
    east = django_forms.FloatField(required=False)
    south = django_forms.FloatField(required=False)
    dark = django_forms.BooleanField(required=False)

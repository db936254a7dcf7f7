"""Pages about responders: who goes where, when, and how far."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tocsin.accounts.permits import needs
from tocsin.core import clock
from tocsin.core.access import DataClass, Right
from tocsin.core.answers import Refused
from tocsin.people.actions_parties import add_way
from tocsin.people.actions_responders import change_responder, create_responder
from tocsin.people.forms import ResponderForm, WayForm
from tocsin.people.models import Responder
from tocsin.people.queries_people import responders, who_looked
from tocsin.people.rules import is_willing_at
from tocsin.people.views import name_of, page_of, say, ways_of, with_names


@needs(DataClass.CODED)
@require_GET
def responder_list(request: HttpRequest) -> HttpResponse:
    """Everybody who would go, and whether they want to be asked now."""
    page, now = page_of(request, responders()), clock.now()
    named = with_names(request, list(page), [row.party for row in page], "list")
    rows = [(row, name, wants_now(row, now)) for row, name in named]
    return render(request, "people/responders.html", {"page": page, "rows": rows})


def wants_now(row: Responder, now) -> bool:
    """Say whether a responder would be asked at this instant."""
    return is_willing_at(
        row.hours_from, row.hours_until, time_zone=row.party.time_zone, now=now, is_willing=row.is_willing
    )


@needs(DataClass.ID, Right.WRITE)
@needs(DataClass.LOC, Right.WRITE)
def responder_new(request: HttpRequest) -> HttpResponse:
    """Make a responder with a first way to reach them."""
    form, way = ResponderForm(request.POST or None), WayForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and way.is_valid():
        now = clock.now()
        row = create_responder(form.terms(), form.responder_terms(), by=request.reader, now=now)
        if not isinstance(row, Refused):
            add_way(row.party_id, **way.cleaned_data, by=request.reader, now=now)
            messages.success(request, _("The responder is stored."))
            return redirect("people:responder", row.pk)
        form.add_error(None, _(row.reason))
    told = {"title": _("New responder"), "forms": [form, way], "crumb": "people:responders"}
    return render(request, "people/form.html", told)


@needs(DataClass.ID, Right.WRITE)
@needs(DataClass.LOC, Right.WRITE)
def responder(request: HttpRequest, responder_id: int) -> HttpResponse:
    """One responder: the person, the terms, the ways, and who looked."""
    row = get_object_or_404(responders(), pk=responder_id)
    name = name_of(request, row.party, "responder page")
    form = ResponderForm(request.POST or None, initial=initial_of(row) | {"name": name})
    if request.method == "POST" and form.is_valid():
        answer = change_responder(row.pk, form.terms(), form.responder_terms(), by=request.reader, now=clock.now())
        if not isinstance(answer, Refused):
            say(request, answer, _("Saved."))
            return redirect("people:responder", row.pk)
        form.add_error(None, _(answer.reason))
    told = {"responder": row, "party": row.party, "name": name, "form": form, "way_form": WayForm()}
    told |= {"ways": ways_of(request, row.party), "looks": who_looked(row.party, limit=20)}
    return render(request, "people/responder.html", told | {"wants_now": wants_now(row, clock.now())})


def initial_of(row: Responder) -> dict[str, object]:
    """Give what the form shows at first."""
    home = "" if row.home_lat_deg is None else f"{row.home_lat_deg:.6f}, {row.home_lon_deg:.6f}"
    return {
        "language": row.party.language,
        "time_zone": row.party.time_zone,
        "home": home,
        "radius_km": row.radius_km,
        "hours_from": row.hours_from,
        "hours_until": row.hours_until,
        "skills": " ".join(row.skills),
        "is_willing": row.is_willing,
    }

"""The board: every open incident, the loudest first, and how the installation is."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tocsin.accounts.permits import needs
from tocsin.console import queries, words
from tocsin.core import clock
from tocsin.core.access import DataClass, Reader
from tocsin.incidents.models import Incident
from tocsin.incidents.queries import board as open_and_closed
from tocsin.people.actions import look

PURPOSE = "board"


@dataclass(frozen=True, slots=True)
class Call:
    """One incident on the board."""

    incident: Incident
    name: str | None
    kinds: list[tuple[words.Text, str]]
    place: str


@require_safe
@needs(DataClass.CODED)
def board(request: HttpRequest) -> HttpResponse:
    """Show the board."""
    now = clock.now()
    found = open_and_closed(now=now)
    calls = calls_of([*found.ringing, *found.answered, *found.closed], reader=request.reader, now=now)
    ringing, answered = len(found.ringing), len(found.ringing) + len(found.answered)
    shown = {
        "now": now,
        "may_read": request.reader.may_read(DataClass.ID),
        "ringing": calls[:ringing],
        "answered": calls[ringing:answered],
        "closed": calls[answered:],
        "more_unknown": found.more_unknown,
        "unacknowledged": sum(not call.incident.is_drill for call in calls[:ringing]),
        "parts": queries.parts(now),
        "duty": queries.duty(now),
    }
    return render(request, "console/board.html", shown)


def calls_of(incidents: list[Incident], *, reader: Reader, now: datetime) -> list[Call]:
    """Open all names at once."""
    parties = {row.defender.party_id: row.defender.party for row in incidents if row.defender is not None}
    opened = look(list(parties.values()), "name", reader=reader, purpose=PURPOSE, now=now)
    names = dict(zip(parties, (values["name"] for values in opened), strict=True))
    return [
        Call(
            incident,
            names[incident.defender.party_id] if incident.defender is not None else _("Unknown device"),
            words.kinds(incident.kinds),
            place_words(incident, reader=reader, now=now),
        )
        for incident in incidents
    ]


def place_words(incident: Incident, *, reader: Reader, now: datetime) -> str:
    """Say how well the place is known, and from when; never the place itself, which others may read over a shoulder."""
    if not reader.may_read(DataClass.LOC):
        return _("Place sealed for you")
    if incident.lat_deg is None:
        return _("Place not known")
    age = words.ago_of(incident.place_at, now) if incident.place_at else _("time not known")
    exactly = words.distance(incident.place_accuracy_m) if incident.place_accuracy_m else ""
    if incident.place_source != "fix":
        return _("Last known place, %(age)s") % {"age": age}
    return (
        _("Place within %(exactly)s, %(age)s") % {"exactly": exactly, "age": age}
        if exactly
        else _("Place told %(age)s") % {"age": age}
    )

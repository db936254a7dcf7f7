"""What the map of an incident shows."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from tocsin.console import queries
from tocsin.console.map import Mark, Scene
from tocsin.console.people_asked import LETTERS, whereabouts
from tocsin.incidents.models import Engagement, Incident, RaisedAlarm

WIDTH_PX, HEIGHT_PX = 660, 440  # About as wide as its place on the page, so that signs and letters can be read.
GOING = {"accepted", "on_the_way", "there"}


def scene_of(
    incident: Incident, alarms: Sequence[RaisedAlarm], engagements: Sequence[Engagement], *, is_dark: bool,
    zoom: int | None = None, east: float = 0.0, south: float = 0.0,
) -> Scene | None:  # fmt: skip
    """Give the scene around the incident's place; `None`: no place is known."""
    if incident.lat_deg is None or incident.lon_deg is None:
        return None
    kind = "call" if incident.place_source == "fix" else "last_known"
    here = Mark(kind, incident.lat_deg, incident.lon_deg, incident.place_accuracy_m)
    track = tuple((alarm.lat_deg, alarm.lon_deg) for alarm in alarms if alarm.is_valid_fix)
    reports = tuple(Mark("report", *place) for place in track)
    return Scene(
        incident.lat_deg, incident.lon_deg, marks=(*reports, *responders(engagements), here), track=track, zoom=zoom,
        east=east, south=south, is_dark=is_dark, title=_("Map of the call and of the responders"),
        labels={"north": _("N")}, width_px=WIDTH_PX, height_px=HEIGHT_PX,
    )  # fmt: skip


def responders(engagements: Sequence[Engagement]) -> list[Mark]:
    """Give the responders with the letters of the list beside the map: the same order as `people_asked`."""
    states = {engagement.party_id: engagement.state for engagement in engagements}
    places = queries.responder_places(states)
    marks = []
    for letter, (party_id, responder) in zip(LETTERS, sorted(places.items()), strict=False):
        if (where := whereabouts(responder)) is None:
            continue
        is_home = responder.last_lat_deg is None
        kind = "going" if states[party_id] in GOING else "home" if is_home else "asked"
        marks.append(Mark(kind, *where, letter=letter))
    return marks

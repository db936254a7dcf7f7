"""Who was asked about an incident, by what, how far it got, what they said, and where they are."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from tocsin.console import queries, words
from tocsin.console.sentences import Names
from tocsin.core.access import DataClass, Reader
from tocsin.core.geometry import bearing_deg, distance_km
from tocsin.dispatch.models import Notice
from tocsin.incidents.models import Engagement, Incident
from tocsin.incidents.queries import IncidentPage
from tocsin.people.actions import look
from tocsin.people.models import Party, Responder

PURPOSE = "incident page"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Message:
    """The last notice to a person by one channel for one purpose, and how many there were."""

    channel: words.Text
    icon: str
    state: str
    at: datetime
    reason: str
    count: int
    purpose: words.Text  # Empty: the call itself.


@dataclass
class Person:
    """Somebody who was asked."""

    party: Party
    name: str | None
    role: words.Text = ""
    state: str = "asked"
    distance: str = ""
    direction: words.Text = ""
    letter: str = ""  # On the map.
    changed_at: datetime | None = None
    messages: list[Message] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    is_headquarters: bool = False

    @property
    def is_coming(self) -> bool:
        """Somebody who goes or is there. Who answers at headquarters stays there."""
        return self.state in {"on_the_way", "there", "yes"} and not self.is_headquarters


def asked_people(page: IncidentPage, names: Names, numbers: dict[int, list[str]], *, reader: Reader) -> list[Person]:
    """Put together who was asked by what, how far it got, and what they said: the helpful first."""
    people: dict[int, Person] = {}
    for engagement in page.engagements:
        people[engagement.party_id] = person_of(engagement, names, may_see_place=reader.may_read(DataClass.LOC))
    for party_id, notices in by_party(page.notices).items():
        person = people.setdefault(party_id, Person(notices[0].party, names.parties.get(party_id)))
        person.messages = messages_of(notices)
    shown_places(people, page.incident, may_see=reader.may_read(DataClass.LOC))
    for party_id, person in people.items():
        person.numbers = numbers.get(party_id, [])
    order = {"there": 0, "on_the_way": 1, "yes": 2, "safe": 3, "asked": 4}
    return sorted(people.values(), key=lambda person: (order.get(person.state, 5), person.party.pk))


def person_of(engagement: Engagement, names: Names, *, may_see_place: bool) -> Person:
    """Say what somebody has said. The word for "said yes" is not the word for "the carrier took it"."""
    away_km = engagement.distance_km if may_see_place else None
    return Person(
        engagement.party,
        names.parties.get(engagement.party_id),
        role=words.of(words.ROLES, engagement.role),
        state="yes" if engagement.state == "accepted" else engagement.state,
        distance=words.distance(away_km * 1000) if away_km is not None else "",
        changed_at=engagement.changed_at,
        is_headquarters=engagement.role == "duty",
    )


def by_party(notices: Iterable[Notice]) -> dict[int, list[Notice]]:
    """Sort notices by person, the newest first as they come."""
    sorted_notices: dict[int, list[Notice]] = defaultdict(list)
    for notice in notices:
        if notice.party_id is not None:
            sorted_notices[notice.party_id].append(notice)
    return sorted_notices


def messages_of(notices: Sequence[Notice]) -> list[Message]:
    """Show the newest notice by each channel and purpose, and how many there were."""
    groups: dict[tuple[str, str], list[Notice]] = defaultdict(list)
    for notice in notices:
        groups[notice.channel, notice.purpose].append(notice)
    return [
        Message(
            *words.channel(channel),
            group[0].state,
            group[0].created_at,
            group[0].reason,
            len(group),
            words.PURPOSES.get(purpose, words.plain(purpose)),
        )
        for (channel, purpose), group in groups.items()
    ]


def shown_places(people: dict[int, Person], incident: Incident, *, may_see: bool) -> None:
    """Give a letter to each responder whose place is known, and say in which direction it lies."""
    if not may_see or incident.lat_deg is None or incident.lon_deg is None:
        return
    places = queries.responder_places(people)
    for letter, (party_id, responder) in zip(LETTERS, sorted(places.items()), strict=False):
        if (where := whereabouts(responder)) is None:
            continue
        person = people[party_id]
        person.letter = letter
        person.direction = words.compass(bearing_deg(incident.lat_deg, incident.lon_deg, *where))
        away_km = distance_km(incident.lat_deg, incident.lon_deg, *where)
        person.distance = person.distance or words.distance(away_km * 1000)


def whereabouts(responder: Responder) -> tuple[float, float] | None:
    """Give a responder's last place, otherwise home."""
    if responder.last_lat_deg is not None and responder.last_lon_deg is not None:
        return responder.last_lat_deg, responder.last_lon_deg
    if responder.home_lat_deg is not None and responder.home_lon_deg is not None:
        return responder.home_lat_deg, responder.home_lon_deg
    return None


def opened_numbers(party_ids: Sequence[int], *, reader: Reader, now: datetime) -> dict[int, list[str]]:
    """Open the telephone numbers by which these people can be called."""
    ways = queries.numbers_to_call(party_ids)
    numbers: dict[int, list[str]] = defaultdict(list)
    for way, values in zip(ways, look(ways, "address", reader=reader, purpose=PURPOSE, now=now), strict=True):
        if values["address"] and values["address"] not in numbers[way.party_id]:
            numbers[way.party_id].append(values["address"])
    return numbers

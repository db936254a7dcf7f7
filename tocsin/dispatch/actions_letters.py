"""Composing what each person is told about one incident: whom a step reaches, and the words for each of them."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from tocsin.accounts.models import Staff
from tocsin.accounts.queries import duty_officers, everyone_at_headquarters
from tocsin.core.geometry import area_of, bearing_deg
from tocsin.core.sealing import SealError
from tocsin.dispatch.actions_notices import Letter, new_link
from tocsin.dispatch.models import Notice
from tocsin.dispatch.queries_routes import routes
from tocsin.dispatch.rules import Lane, Purpose
from tocsin.dispatch.wording import Asked, Call, Message, Reader, Where, exact_place, ring
from tocsin.incidents.models import Engagement, Incident
from tocsin.incidents.rules import GRAVITY, PlaceSource
from tocsin.people.models import CircleMember, Party, Plan, Way
from tocsin.people.queries import opened
from tocsin.people.queries_people import nearest_responders, working_ways
from tocsin.people.rules import Audience, Disclosure

logger = logging.getLogger(__name__)
OLD_FIX_S = 300  # A place that is older than this is told with its age.


@dataclass(frozen=True)
class Person:
    """Somebody whom a step asks, and how much they may be told."""

    party: Party
    asked: Asked
    level: Disclosure
    distance_km: float | None = None
    bearing: float | None = None


@dataclass(frozen=True)
class Told:
    """What everyone is told about one incident, opened once for all letters."""

    incident: Incident
    call: Call
    cover: str
    circle_hears: Disclosure
    responders_hear: Disclosure

    def level_of(self, asked: str) -> Disclosure:
        """Give how much somebody may be told in this role. Headquarters knows everything."""
        if asked == Asked.CIRCLE:
            return self.circle_hears
        return self.responders_hear if asked == Asked.RESPONDER else Disclosure.PLACE


def told_about(incident: Incident, *, now: datetime) -> Told:
    """Open what the messages say: the name, the place, the cover wording."""
    plan = Plan.objects.filter(defender_id=incident.defender_id).select_related("defender__party").first()
    name = _readable(incident.defender.party, "name") if incident.defender is not None else ""
    cover = _readable(plan, "cover") if plan is not None and plan.cover_sealed else ""
    call = Call(
        name=name,
        kinds=tuple(sorted(incident.kinds, key=lambda kind: (-GRAVITY.get(kind, 0), kind))),
        received_at=incident.last_alarm_at,
        where=_where(incident, now),
        is_late=incident.is_late,
        is_drill=incident.is_drill,
    )
    return Told(
        incident,
        call,
        cover,
        Disclosure(plan.circle_hears) if plan is not None else Disclosure.AREA,
        Disclosure(plan.responders_hear) if plan is not None else Disclosure.AREA,
    )


def _readable(row: Party | Plan, name: str) -> str:
    """Open one value. What is damaged is left out of the message: people are asked all the same."""
    try:
        return opened([row], name)[0][name]
    except SealError:
        logger.error(
            "The %s of %s %s cannot be opened; people are asked without it", name, row._meta.model_name, row.pk
        )
        return ""


def _where(incident: Incident, now: datetime) -> Where | None:
    if incident.lat_deg is None or incident.lon_deg is None:
        return None
    age = now - incident.place_at if incident.place_at is not None else timedelta()
    is_told = incident.place_source == PlaceSource.LAST_KNOWN or age > timedelta(seconds=OLD_FIX_S)
    area = area_of(incident.lat_deg, incident.lon_deg, size_km=settings.TOCSIN_AREA_KM)
    return Where(incident.lat_deg, incident.lon_deg, area, max(age, timedelta()) if is_told else None)


def people_to_ask(
    told: Told, audiences: Sequence[Audience], *, widened: int, now: datetime, is_first: bool = False
) -> list[Person]:
    """Give whom a step asks: nobody twice, not those who answered, not the defender. `widened`: how often responders
    were asked before; each time reaches further out. `is_first`: nobody can have answered yet."""
    incident = told.incident
    answers = Engagement.objects.none() if is_first else Engagement.objects.filter(incident=incident)
    answered = set(answers.exclude(state="asked").values_list("party_id", flat=True))
    if incident.defender is not None:
        answered.add(incident.defender.party_id)
    people: dict[int, Person] = {}
    for person in _candidates(told, audiences, answered, widened, now):
        if person.party.pk not in people and (person.asked is Asked.HEADQUARTERS or person.party.pk not in answered):
            people[person.party.pk] = person
    return list(people.values())


def _candidates(
    told: Told, audiences: Sequence[Audience], answered: set[int], widened: int, now: datetime
) -> Iterable[Person]:
    incident = told.incident
    if Audience.HEADQUARTERS in audiences:
        yield from _at_headquarters(duty_officers(now))
    if Audience.EVERYONE_AT_HEADQUARTERS in audiences:
        yield from _at_headquarters(everyone_at_headquarters())
    if Audience.CIRCLE in audiences and incident.defender is not None:
        members = CircleMember.objects.filter(defender=incident.defender, party__forgotten_at=None)
        for member in members.select_related("party"):
            yield Person(member.party, Asked.CIRCLE, told.circle_hears)
    if Audience.RESPONDERS in audiences and incident.lat_deg is not None and incident.lon_deg is not None:
        found = nearest_responders(
            incident.lat_deg,
            incident.lon_deg,
            now=now,
            radius_default_km=settings.TOCSIN_RESPONDER_RADIUS_KM,
            limit=settings.TOCSIN_RESPONDERS_ASKED * (widened + 1),
            not_party_ids=answered,
        )
        for responder, distance in found:
            lat = responder.home_lat_deg if responder.last_lat_deg is None else responder.last_lat_deg
            lon = responder.home_lon_deg if responder.last_lon_deg is None else responder.last_lon_deg
            assert lat is not None
            assert lon is not None, "the nearest search finds only those with a place"
            bearing = bearing_deg(lat, lon, incident.lat_deg, incident.lon_deg)
            yield Person(responder.party, Asked.RESPONDER, told.responders_hear, distance, bearing)


def _at_headquarters(staff: Iterable[Staff]) -> Iterable[Person]:
    """An account without a person behind it sees the board only."""
    for member in staff:
        if member.party is not None:
            yield Person(member.party, Asked.HEADQUARTERS, Disclosure.PLACE)


def ways_to_try(party_ids: Iterable[int], channels: Sequence[str] = ()) -> dict[int, list[Way]]:
    """Give the ways by which each person is tried: those of the step, where they have any; else every working one.

    Somebody all of whose ways are marked as broken is tried by all of them: a carrier may have answered nonsense.
    """
    wanted = set(party_ids)
    served = set(routes())
    working = working_ways(wanted)
    lost = [party_id for party_id, ways in working.items() if not any(way.channel in served for way in ways)]
    for way in Way.objects.filter(party_id__in=lost).select_related("party"):
        if way not in working[way.party_id]:
            working[way.party_id].append(way)
    chosen = {}
    for party_id, ways in working.items():
        able = [way for way in ways if way.channel in served]
        chosen[party_id] = [way for way in able if not channels or way.channel in channels] or able
    return chosen


def ring_letters(told: Told, people: Sequence[Person], ways: dict[int, list[Way]]) -> list[Letter]:
    """Write the question to each way of each person, each with a link of its own."""
    others = _asked_elsewhere(told.incident, [person.party.pk for person in people])
    letters = []
    for person in people:
        for way in ways[person.party.pk]:
            secret, link = new_link()
            reader = _reader(told, person, link, told.incident.pk if person.party.pk in others else None)
            message = ring(told.call, reader)
            letters.append(Letter(person.party, way, message, Purpose.RING, Lane.CRY, secret))
    return letters


def exact_place_message(told: Told, party: Party, asked: str) -> Message | None:
    """Give the text with the exact place for somebody who goes; `None`: no place, or the plan keeps it."""
    level = told.level_of(asked)
    return exact_place(told.call, Reader(Asked(asked), party.language, level))


def _reader(told: Told, person: Person, link: str, code: int | None) -> Reader:
    return Reader(
        asked=person.asked,
        language=person.party.language,
        level=person.level,
        link=link,
        code=code,
        cover=told.cover,
        distance_km=person.distance_km,
        bearing=person.bearing,
    )


def _asked_elsewhere(incident: Incident, party_ids: Sequence[int]) -> set[int]:
    """Give who is asked about another incident too, and so must say which one an answer is about."""
    open_elsewhere = Notice.objects.filter(party_id__in=party_ids, purpose=Purpose.RING, ended_at=None)
    return set(open_elsewhere.exclude(incident=incident).values_list("party_id", flat=True))

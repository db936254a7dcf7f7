"""Parties and the ways to reach them. Names and addresses are sealed before they are stored; each change is logged."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from tocsin.core.access import DataClass, Reader
from tocsin.core.answers import Refused
from tocsin.people.actions import forget_class, record_change, seal_row
from tocsin.people.models import CircleMember, Party, Responder, Way
from tocsin.people.queries import address_index, normalised_address, opened
from tocsin.people.queries_people import by_address
from tocsin.people.rules import WAYS, PartyKind, is_time_zone

WAYS_MAX = 20  # Of one party.


@dataclass(frozen=True, slots=True)
class PartyTerms:
    """What is known of anybody."""

    name: str
    kind: PartyKind = PartyKind.PERSON
    language: str = "en"
    time_zone: str = "UTC"


@transaction.atomic
def create_party(terms: PartyTerms, *, by: Reader, now: datetime) -> Party:
    """Store a new person, group or organisation."""
    assert is_time_zone(terms.time_zone), "the form refuses unknown time zones"
    party = Party(kind=terms.kind, language=terms.language, time_zone=terms.time_zone, created_at=now)
    seal_row(party, now=now, name=terms.name.strip())
    party.save()
    record_change([party], "name", by=by, purpose="party made", now=now)
    return party


@transaction.atomic
def change_party(party_id: int, terms: PartyTerms, *, by: Reader, now: datetime) -> Party | Refused:
    """Give a party another name, language or time zone."""
    party = Party.objects.select_for_update().get(pk=party_id)
    if party.forgotten_at is not None:
        return Refused("This person was forgotten. Make a new entry instead.")
    assert is_time_zone(terms.time_zone), "the form refuses unknown time zones"
    party.kind, party.language, party.time_zone = terms.kind, terms.language, terms.time_zone
    seal_row(party, now=now, name=terms.name.strip())
    party.save()
    record_change([party], "name", by=by, purpose="party changed", now=now)
    return party


@transaction.atomic
def add_way(
    party_id: int, *, channel: str, address: str, by: Reader, now: datetime, is_confirmed: bool = False
) -> Way | Refused:
    """Add a way to reach somebody, after the ones there are. `is_confirmed`: somebody answered by it."""
    if channel not in WAYS:
        return Refused(f"Choose one of these ways: {', '.join(WAYS)}.")
    try:
        index, normal = address_index(channel, address), normalised_address(channel, address)
    except ValueError as error:
        return Refused(str(error))
    party = Party.objects.select_for_update().get(pk=party_id)
    if party.forgotten_at is not None:
        return Refused("This person was forgotten. Make a new entry instead.")
    if party.ways.filter(channel=channel, address_index=index).exists():
        return Refused("This person already has this address. Change the one that is there.")
    if party.ways.count() >= WAYS_MAX:
        return Refused(f"A person may have {WAYS_MAX} ways. Remove one that is not used any more.")
    last = party.ways.aggregate(last=Max("position"))["last"]
    way = Way(
        party=party,
        channel=channel,
        address_index=index,
        position=0 if last is None else last + 1,
        confirmed_at=now if is_confirmed else None,
    )
    seal_row(way, now=now, address=normal)
    way.save()
    record_change([way], "address", by=by, purpose="way added", now=now)
    return way


@transaction.atomic
def find_or_create(terms: PartyTerms, *, channel: str, address: str, by: Reader, now: datetime) -> Party | Refused:
    """Give the person with this address and name, or make them: nobody is stored twice.

    Another name at the same address is refused rather than taken for the same person: families share phones.
    """
    known = by_address(channel, address)
    names = opened([way.party for way in known], "name")
    for way, told in zip(known, names, strict=True):
        if same_name(told["name"], terms.name):
            return way.party
    if known:
        return Refused(
            "This address belongs to somebody who is stored under another name. "
            "Write that name, or give this person an address of their own."
        )
    party = create_party(terms, by=by, now=now)
    way = add_way(party.pk, channel=channel, address=address, by=by, now=now)
    if isinstance(way, Refused):
        transaction.set_rollback(True)
        return way
    return party


def same_name(one: str, other: str) -> bool:
    """Say whether two names are the same but for letter case and spaces."""
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()


@transaction.atomic
def remove_way(way_id: int, *, by: Reader, now: datetime) -> None:
    """Take a way away. What was sent by it stays in the ledger, without the address."""
    way = Way.objects.select_for_update(of=["self"]).select_related("party").get(pk=way_id)
    record_change([way], "address", by=by, purpose="way removed", now=now)
    way.delete()


@transaction.atomic
def put_way_first(way_id: int) -> None:
    """Let this way be tried before the person's others."""
    way = Way.objects.get(pk=way_id)
    ways = list(Way.objects.select_for_update().filter(party_id=way.party_id).order_by("position", "id"))
    ways.sort(key=lambda one: one.pk != way_id)
    for position, one in enumerate(ways):
        one.position = position
    Way.objects.bulk_update(ways, ["position"])


def mark_broken(way_id: int, *, reason: str, now: datetime) -> bool:
    """Note that the carrier refused this address for good. Returns whether it was working until now.

    `reason` holds coded words only, never the address.
    """
    return bool(Way.objects.filter(pk=way_id, broken_at=None).update(broken_at=now, broken_reason=reason[:120]))


def mend_way(way_id: int) -> None:
    """Try this way again: somebody has checked the address."""
    Way.objects.filter(pk=way_id).update(broken_at=None, broken_reason="")


def confirm_way(way_id: int, *, now: datetime) -> None:
    """Note that somebody answered by this way; it works then, whatever a carrier said."""
    Way.objects.filter(pk=way_id).update(confirmed_at=now, broken_at=None, broken_reason="")


@transaction.atomic
def forget_party(party_id: int, *, by: Reader, now: datetime) -> Party | Refused:
    """Destroy the keys of everything that is sealed about a person, and what finds or places them.

    The row stays, so that numbers in reports can still be traced; it says nothing any more. Old backups hold wrapped
    keys until they are deleted themselves (docs/decisions/0005-sealing.md).
    """
    party = Party.objects.select_for_update().get(pk=party_id)
    defender = getattr(party, "defender", None)
    if defender is not None and defender.is_active:
        return Refused("This is an active defender. End the protection first, then forget.")
    if defender is not None and defender.incidents.filter(closed_at=None).exists():
        return Refused("An incident of this person is open. Close it first, then forget.")
    for data_class in DataClass:
        forget_class(party.uid, data_class)
    record_change([party], "name", by=by, purpose="party forgotten", now=now)
    Way.objects.filter(party=party).delete()
    CircleMember.objects.filter(party=party).delete()
    Responder.objects.filter(party=party).update(
        is_willing=False, home_lat_deg=None, home_lon_deg=None, last_lat_deg=None, last_lon_deg=None, last_place_at=None
    )
    party.name_sealed, party.forgotten_at = b"", now
    party.save(update_fields=["name_sealed", "forgotten_at"])
    return party

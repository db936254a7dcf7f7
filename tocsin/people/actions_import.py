"""One row of an imported table becomes a person. Safe to run twice: the same address is the same person."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from django.db import transaction

from tocsin.core.access import Reader
from tocsin.core.answers import Refused
from tocsin.people.actions_defenders import add_to_circle, change_defender, make_defender
from tocsin.people.actions_parties import PartyTerms, add_way, change_party, create_party, same_name
from tocsin.people.actions_responders import ResponderTerms, change_responder, columns, make_responder
from tocsin.people.models import Defender, Party, Responder
from tocsin.people.queries import normalised_address, opened
from tocsin.people.queries_people import by_address
from tocsin.people.rules import Relation

Addresses = Sequence[tuple[str, str]]  # Channel and address.


class Outcome(StrEnum):
    """What became of a row."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"


def known_party(name: str, addresses: Addresses) -> Party | Refused | None:
    """Find the person of a row by their addresses; by the name too, where several people share one."""
    ways = [way for channel, address in addresses for way in by_address(channel, address)]
    parties = {way.party_id: way.party for way in ways}
    if len(parties) > 1:
        rows = list(parties.values())
        named = [row for row, told in zip(rows, opened(rows, "name"), strict=True) if same_name(told["name"], name)]
        if len(named) != 1:
            return Refused(
                "These addresses belong to several people who are stored here. Correct the row or the people."
            )
        return named[0]
    party = next(iter(parties.values()), None)
    if party is not None and not share_a_word(opened([party], "name")[0]["name"], name):
        return Refused(
            "This number or address belongs to somebody with quite another name. Correct the row or the person."
        )
    return party


def share_a_word(one: str, other: str) -> bool:
    """Say whether two names may be the same person's: a correction keeps a word, a mix-up of numbers keeps none."""
    return bool(set(one.casefold().split()) & set(other.casefold().split()))


def upsert_party(
    terms: PartyTerms, addresses: Addresses, *, by: Reader, now: datetime
) -> tuple[Party, Outcome] | Refused:
    """Store the person of a row, or bring the stored one up to date, and add the ways that are missing."""
    if not addresses:
        return Refused("Write a phone number or a mail address: without one the row cannot be found again.")
    party = known_party(terms.name, addresses)
    if isinstance(party, Refused):
        return party
    if party is None:
        party, outcome = create_party(terms, by=by, now=now), Outcome.NEW
    elif is_as_told(party, terms):
        outcome = Outcome.SAME
    else:
        changed = change_party(party.pk, terms, by=by, now=now)
        if isinstance(changed, Refused):
            return changed
        party, outcome = changed, Outcome.CHANGED
    there = {(way.channel, told["address"]) for way, told in _with_addresses(party)}
    for channel, address in addresses:
        if (channel, normalised_address(channel, address)) not in there:
            added = add_way(party.pk, channel=channel, address=address, by=by, now=now)
            if isinstance(added, Refused):
                return added
            outcome = Outcome.CHANGED if outcome is Outcome.SAME else outcome
    return party, outcome


def _with_addresses(party: Party):
    ways = list(party.ways.select_related("party"))
    return zip(ways, opened(ways, "address"), strict=True)


def is_as_told(party: Party, terms: PartyTerms) -> bool:
    """Say whether nothing would change."""
    stored = PartyTerms(
        name=opened([party], "name")[0]["name"],
        kind=terms.kind.__class__(party.kind),
        language=party.language,
        time_zone=party.time_zone,
    )
    return stored == terms


@transaction.atomic
def import_defender(
    terms: PartyTerms, addresses: Addresses, *, country: str, background: str, by: Reader, now: datetime
) -> Outcome | Refused:
    """Store a defender. An empty background leaves the one that is there."""
    stored = upsert_party(terms, addresses, by=by, now=now)
    if isinstance(stored, Refused):
        return undone(stored)
    party, outcome = stored
    row = Defender.objects.filter(party=party).select_related("party").first()
    if row is None:
        make_defender(party, by=by, now=now, country=country, background=background)
        return Outcome.NEW
    kept = opened([row], "background")[0]["background"]
    wanted = background.strip() or kept
    if (row.country, kept) == (country.strip(), wanted):
        return outcome
    told = {"country": country, "background": wanted, "is_active": row.is_active}
    changed = change_defender(row.pk, terms, **told, by=by, now=now)
    return undone(changed) if isinstance(changed, Refused) else Outcome.CHANGED


@transaction.atomic
def import_responder(
    terms: PartyTerms, addresses: Addresses, agreed: ResponderTerms, *, by: Reader, now: datetime
) -> Outcome | Refused:
    """Store a responder."""
    stored = upsert_party(terms, addresses, by=by, now=now)
    if isinstance(stored, Refused):
        return undone(stored)
    party, outcome = stored
    row = Responder.objects.filter(party=party).first()
    if row is None:
        made = make_responder(party, agreed)
        return undone(made) if isinstance(made, Refused) else Outcome.NEW
    if all(getattr(row, column) == value for column, value in columns(agreed).items()):
        return outcome
    changed = change_responder(row.pk, terms, agreed, by=by, now=now)
    return undone(changed) if isinstance(changed, Refused) else Outcome.CHANGED


@transaction.atomic
def import_contact(
    terms: PartyTerms,
    addresses: Addresses,
    *,
    circle_of: str,
    relation: Relation,
    task: str,
    by: Reader,
    now: datetime,
) -> Outcome | Refused:
    """Store a contact; `circle_of` is a number or mail address of the defender whose circle it joins."""
    stored = upsert_party(terms, addresses, by=by, now=now)
    if isinstance(stored, Refused):
        return undone(stored)
    party, outcome = stored
    if not circle_of.strip():
        return outcome
    defender = defender_by_address(circle_of)
    if isinstance(defender, Refused):
        return undone(defender)
    if defender.circle.filter(party=party).exists():
        return outcome
    added = add_to_circle(defender.pk, party.pk, relation=relation, task=task, by=by, now=now)
    if isinstance(added, Refused):
        return undone(added)
    return outcome if outcome is Outcome.NEW else Outcome.CHANGED


def defender_by_address(address: str) -> Defender | Refused:
    """Find the one defender with this number or mail address."""
    ways = by_address("email" if "@" in address else "sms", address)
    found = list(Defender.objects.filter(party__in={way.party_id for way in ways}).select_related("party"))
    if not found:
        return Refused("No defender has this number or address. Import the defenders first.")
    if len(found) > 1:
        return Refused("Several defenders share this number or address. Use one that only this person has.")
    return found[0]


def undone(refused: Refused) -> Refused:
    """Take back what the row has stored so far: a row is stored whole or not at all."""
    transaction.set_rollback(True)
    return refused

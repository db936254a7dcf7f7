"""Responders: where they are, when they want to be asked, and how far they would go."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db import transaction

from tocsin.core.access import Reader
from tocsin.core.answers import Refused
from tocsin.people.actions_parties import PartyTerms, change_party, create_party
from tocsin.people.models import Party, Responder
from tocsin.people.rules import RADIUS_KM_MAX, is_on_earth

LAST_PLACE_KEPT = timedelta(hours=24)  # Then the home place counts again; nobody's walks are collected.


@dataclass(frozen=True, slots=True)
class ResponderTerms:
    """What a responder has agreed to. Hours are local to the party's time zone; both `None`: always."""

    home: tuple[float, float] | None = None  # Latitude and longitude, degrees.
    radius_km: int | None = None
    hours_from: time | None = None
    hours_until: time | None = None
    is_willing: bool = True
    skills: tuple[str, ...] = ()


@transaction.atomic
def create_responder(party: PartyTerms, terms: ResponderTerms, *, by: Reader, now: datetime) -> Responder | Refused:
    """Store a new responder and the person."""
    refused = why_not(terms)
    if refused is not None:
        return refused
    return make_responder(create_party(party, by=by, now=now), terms)


@transaction.atomic
def make_responder(party: Party, terms: ResponderTerms) -> Responder | Refused:
    """Let somebody who is known already be a responder."""
    refused = why_not(terms)
    if refused is not None:
        return refused
    if Responder.objects.filter(party=party).exists():
        return Refused("This person is a responder already.")
    return Responder.objects.create(party=party, **columns(terms))


@transaction.atomic
def change_responder(
    responder_id: int, party: PartyTerms, terms: ResponderTerms, *, by: Reader, now: datetime
) -> Responder | Refused:
    """Change what a responder has agreed to, and what is known of the person."""
    refused = why_not(terms)
    if refused is not None:
        return refused
    responder = Responder.objects.select_for_update().get(pk=responder_id)
    changed = change_party(responder.party_id, party, by=by, now=now)
    if isinstance(changed, Refused):
        return changed
    for column, value in columns(terms).items():
        setattr(responder, column, value)
    responder.save(update_fields=list(columns(terms)))
    return responder


def why_not(terms: ResponderTerms) -> Refused | None:
    """Say what is wrong with the terms."""
    if terms.home is not None and not is_on_earth(*terms.home):
        return Refused("A latitude lies between -90 and 90, a longitude between -180 and 180.")
    if terms.radius_km is not None and not 1 <= terms.radius_km <= RADIUS_KM_MAX:
        return Refused(f"The radius lies between 1 and {RADIUS_KM_MAX} km.")
    if (terms.hours_from is None) != (terms.hours_until is None):
        return Refused("Write both hours, or neither: then the responder is asked at any time.")
    return None


def columns(terms: ResponderTerms) -> dict[str, object]:
    """Give the terms as columns."""
    lat_deg, lon_deg = terms.home or (None, None)
    return {
        "home_lat_deg": lat_deg,
        "home_lon_deg": lon_deg,
        "radius_km": terms.radius_km,
        "hours_from": terms.hours_from,
        "hours_until": terms.hours_until,
        "is_willing": terms.is_willing,
        "skills": list(terms.skills),
    }


def note_place(party_id: int, lat_deg: float, lon_deg: float, *, now: datetime) -> None:
    """Keep where a responder said to be. It counts before the home place, and is forgotten after a day."""
    if is_on_earth(lat_deg, lon_deg):
        Responder.objects.filter(party_id=party_id).update(
            last_lat_deg=lat_deg, last_lon_deg=lon_deg, last_place_at=now
        )


def forget_old_places(now: datetime) -> int:
    """Delete last places that are a day old. Returns how many."""
    old = Responder.objects.filter(last_place_at__lt=now - LAST_PLACE_KEPT)
    return old.update(last_lat_deg=None, last_lon_deg=None, last_place_at=None)

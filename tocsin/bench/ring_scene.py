"""The people of `tocsin bench ring`."""

from django.db import transaction

from tocsin.accounts.actions import create_staff
from tocsin.accounts.models import Staff
from tocsin.accounts.scopes import Role
from tocsin.bench.ring_names import HERE, imei, name_of
from tocsin.core import clock
from tocsin.core.access import program
from tocsin.core.answers import Refused
from tocsin.devices.models import Device, DeviceIdentity
from tocsin.devices.rules import uid_forms, uid_index
from tocsin.people.actions_defenders import add_to_circle, create_defender
from tocsin.people.actions_parties import PartyTerms, add_way, create_party
from tocsin.people.actions_responders import ResponderTerms, create_responder
from tocsin.people.models import Party, Responder
from tocsin.people.queries import keyring
from tocsin.people.rules import Relation

BY = program("bench")
NUMBERS_MAX = 999


@transaction.atomic
def fill(count: int) -> None:
    """Store one duty officer, three responders and so many defenders."""
    now = clock.now()
    officer = create_staff("duty", roles=[Role.DUTY_OFFICER], by=BY, now=now)
    assert isinstance(officer, Staff)
    assert officer.party is not None
    _reach(officer.party, 1)
    for number in range(3):
        home = (HERE[0] + 0.05 * (number + 1), HERE[1])
        made = create_responder(PartyTerms(name=f"Responder {number}"), ResponderTerms(home=home), by=BY, now=now)
        assert isinstance(made, Responder)
        _reach(made.party, 10 + number)
    for number in range(count):
        _defender(number)


def _defender(number: int) -> None:
    now = clock.now()
    defender = create_defender(PartyTerms(name=name_of(number)), by=BY, now=now, country="Country A")
    for place in (1, 2):
        party = create_party(PartyTerms(name=f"Circle {number}-{place}"), by=BY, now=now)
        _reach(party, 100 + 2 * number + place)
        add_to_circle(defender.pk, party.pk, relation=Relation.FRIEND, by=BY, now=now)
    device = Device.objects.create(defender=defender, protocol="gt06", label="bench wristband", created_at=now)
    forms = uid_forms(imei(number))
    DeviceIdentity.objects.bulk_create(
        DeviceIdentity(device=device, kind="device", uid_index=uid_index(keyring(), form)) for form in forms
    )


def _reach(party: Party, number: int) -> None:
    """Give an SMS number out of those that are reserved for fiction (Ofcom)."""
    assert number <= NUMBERS_MAX, "there are no more numbers for fiction: measure for a shorter time"
    made = add_way(party.pk, channel="sms", address=f"+447700{900000 + number}", by=BY, now=clock.now())
    assert not isinstance(made, Refused), made

"""One defender with everyone who would help: what the tests of alarms and callouts begin with. Invented, at sea."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import uuid4

from django.conf import settings

from tocsin.accounts.actions import create_staff
from tocsin.accounts.models import Staff
from tocsin.accounts.scopes import Role
from tocsin.core.access import program
from tocsin.core.answers import Refused
from tocsin.demo.wristband import Press, frames_of
from tocsin.devices.models import Device, DeviceIdentity
from tocsin.devices.rules import uid_forms, uid_index
from tocsin.gateway.frames import Sealer, contents_preface
from tocsin.gateway.models import Signal
from tocsin.incidents.actions_alarms import Cry
from tocsin.incidents.rules_place import Sighting
from tocsin.people.actions_defenders import PlanTerms, add_to_circle, create_defender, save_plan
from tocsin.people.actions_parties import PartyTerms, add_way, create_party
from tocsin.people.actions_responders import ResponderTerms, create_responder
from tocsin.people.models import Defender, Party
from tocsin.people.queries import keyring
from tocsin.people.rules import Audience, Relation, StepTerms
from tocsin.protocols.base import Alarm, Session
from tocsin.protocols.registry import CODECS

NOW = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
BY = program("test")
HERE = (10.0, -140.0)
UID = "990000000000017"
STRANGE_UID = "990000000000099"
STEPS = (
    StepTerms((Audience.HEADQUARTERS, Audience.CIRCLE, Audience.RESPONDERS), wait_s=60),
    StepTerms((Audience.EVERYONE_AT_HEADQUARTERS, Audience.CIRCLE, Audience.RESPONDERS), wait_s=120),
)
WORDS = PlanTerms(challenge="What did the gull eat?", check_word="blue lantern", duress_word="red lantern")


@dataclass
class Scene:
    """Who is there."""

    defender: Defender
    device: Device
    duty: Staff
    second: Staff
    circle: list[Party]
    responders: list[Party]
    numbers: dict[int, str] = field(default_factory=dict)  # By party.


def use_routes(now_settings, *kinds: str) -> None:
    """Pretend that carriers are configured; nobody sends in these tests."""
    for kind in kinds:
        setattr(now_settings, f"TOCSIN_{kind.upper()}_ROUTE", f"{kind}://in-a-test")


def make_scene(*, steps: tuple[StepTerms, ...] = STEPS, terms: PlanTerms = WORDS, now: datetime = NOW) -> Scene:
    """Store the people through the actions that the pages use."""
    defender = done(create_defender(PartyTerms(name="Nadia Invented"), by=BY, now=now, country="Country A"))
    done(save_plan(defender.pk, terms, steps, by=BY, now=now))
    numbers = {defender.party_id: reach(defender.party, "+447700900100", now)}
    circle = []
    for number, relation in ((1, Relation.FAMILY), (2, Relation.LAWYER)):
        party = create_party(PartyTerms(name=f"Circle {number}"), by=BY, now=now)
        numbers[party.pk] = reach(party, f"+44770090020{number}", now)
        done(add_to_circle(defender.pk, party.pk, relation=relation, by=BY, now=now))
        circle.append(party)
    responders = []
    for number in range(3):
        home = (HERE[0] + 0.05 * (number + 1), HERE[1])
        made = done(create_responder(PartyTerms(name=f"Responder {number}"), ResponderTerms(home=home), by=BY, now=now))
        numbers[made.party_id] = reach(made.party, f"+44770090030{number}", now)
        responders.append(made.party)
    duty = done(create_staff("duty-1", roles=[Role.DUTY_OFFICER], by=BY, now=now, name="Officer One"))
    second = done(create_staff("duty-2", roles=[Role.COORDINATOR], by=BY, now=now, name="Officer Two"))
    for staff, number in ((duty, "+447700900401"), (second, "+447700900402")):
        numbers[staff.party_id] = reach(staff.party, number, now)
    return Scene(defender, issue(defender, UID, now), duty, second, circle, responders, numbers)


def reach(party: Party, number: str, now: datetime = NOW) -> str:
    """Give a party an SMS number."""
    done(add_way(party.pk, channel="sms", address=number, by=BY, now=now))
    return number


def issue(defender: Defender, uid: str, now: datetime = NOW) -> Device:
    """Issue a wristband."""
    device = Device.objects.create(defender=defender, protocol="gt06", label="grey wristband", created_at=now)
    ring = keyring()
    DeviceIdentity.objects.bulk_create(
        DeviceIdentity(device=device, kind="device", uid_index=uid_index(ring, form)) for form in uid_forms(uid)
    )
    return device


def done(answer):
    """Insist that an action did what it was asked."""
    assert not isinstance(answer, Refused), answer
    return answer


def cry(scene: Scene, *kinds: str, now: datetime = NOW, **other) -> Cry:
    """Make a call of the scene's wristband."""
    here = (Sighting(*HERE, now, now, accuracy_m=10.0),)
    plain = {"sightings": here, "sent_at": now} | other
    return Cry(
        kinds=frozenset(kinds or {"sos"}),
        received_at=now,
        actor=f"device:{scene.device.pk}",
        source="signal",
        defender=scene.defender,
        device=scene.device,
        **plain,
    )


def store_signal(uid: str = UID, *, now: datetime = NOW, protocol: str = "gt06", alarms: frozenset[Alarm] | None = None,
                 has_fix: bool = True) -> Signal:  # fmt: skip
    """Store a press as the gateway does: decode it, seal it, and leave it waiting for intake."""
    codec, session, reading, frame = CODECS[protocol], Session(), None, b""
    lat, lon = HERE if has_fix else (None, None)
    press = Press(at=now, lat_deg=lat, lon_deg=lon, alarms=alarms or frozenset({Alarm.SOS}))
    for frame in frames_of(protocol, uid, press):
        before, reading = session, codec.decode(frame, session, now)
        session = reading.session
    assert reading is not None
    ring = keyring()
    sealed = Sealer(ring.journal).seal(frame, contents_preface("127.0.0.1", uid, before))
    return Signal.objects.create(
        uid=uuid4(), received_at=now, protocol=protocol, uid_index=uid_index(ring, uid),
        alarms=sorted(reading.alarms), is_readable=True, sealed=sealed, state="waiting", due_at=now,
    )  # fmt: skip


def public_url() -> str:
    """Where links lead in these tests."""
    return settings.TOCSIN_PUBLIC_URL

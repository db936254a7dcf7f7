"""An invented organisation in the middle of a bad night, for the console's tests and pictures. All at sea."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from django.test import Client

from tests.heart_scene import BY, Scene, cry, done, issue, make_scene, reach
from tests.people_factory import PASSWORD, signed_in
from tocsin.accounts.actions import choose_password, create_staff, plan_shift
from tocsin.accounts.models import Staff
from tocsin.accounts.scopes import Role
from tocsin.console.queries import handles
from tocsin.core import clock
from tocsin.dispatch.actions_answers import record_answer
from tocsin.dispatch.models import Notice, WorkerStatus
from tocsin.dispatch.rules_answers import Meaning
from tocsin.gateway.models import GatewayStatus, Signal
from tocsin.incidents import actions, actions_closing
from tocsin.incidents.actions_alarms import Cry, raise_alarm
from tocsin.incidents.actions_timeline import locked
from tocsin.incidents.models import Incident
from tocsin.incidents.rules_place import Sighting
from tocsin.people.actions_defenders import PlanTerms, add_to_circle, create_defender, save_plan
from tocsin.people.actions_parties import PartyTerms, create_party
from tocsin.people.models import Organisation
from tocsin.people.rules import Audience, Relation, StepTerms

CHALLENGE = PlanTerms(
    challenge="What did the gull eat?", check_word="blue lantern", duress_word="red lantern",
    questions="When did you last see her, and where?\nWho was with her?\nWhich vehicle, which way did it go?",
)  # fmt: skip


@dataclass
class Night:
    """What happened in it."""

    scene: Scene
    ringing: Incident
    responding: Incident
    unknown: Incident
    drill: Incident
    closed: Incident


def make_night(now: datetime) -> Night:
    """Store people and incidents through the actions that the program uses."""
    Organisation.objects.update_or_create(id=1, defaults={"name": "Lantern Network", "languages": ["en", "ar"]})
    scene = make_scene(terms=CHALLENGE, now=now - timedelta(days=20))
    done(plan_shift(scene.duty.pk, starts_at=now - timedelta(hours=3), ends_at=now + timedelta(hours=5)))
    status(now)
    closed = closed_incident(scene, now - timedelta(hours=30))
    return Night(scene, ringing(scene, now), responding(now), unknown(now), drill(scene, now), closed)


def status(now: datetime) -> None:
    """The parts of the installation have just reported."""
    GatewayStatus.objects.update_or_create(name="gateway-1", defaults={"seen_at": now, "connections": 34, "spooled": 0})
    lanes = ["cry", "response", "public"]
    WorkerStatus.objects.update_or_create(
        name="worker-1", defaults={"lanes": lanes, "seen_at": now, "started_at": now - timedelta(days=1)}
    )


def ringing(scene: Scene, now: datetime) -> Incident:
    """Pressed two minutes ago, and fallen; nobody has taken it."""
    at = now - timedelta(seconds=134)
    here = (Sighting(10.0, -140.0, at, at, accuracy_m=12.0),)
    raise_alarm(cry(scene, "sos", now=at, sightings=here), now=at)
    again = at + timedelta(seconds=20)
    incident = raise_alarm(cry(scene, "sos", "fall", now=again, sightings=here, battery_pct=41.0), now=again)
    sent(incident, again)
    return incident


def responding(now: datetime) -> Incident:
    """A defender whose name is written in Arabic; somebody is on the way, headquarters verifies."""
    at = now - timedelta(minutes=47)
    defender = done(
        create_defender(
            PartyTerms(name="ليلى المثال", time_zone="Pacific/Marquesas"), by=BY, now=at, country="Country A",
            background="Travels with her son on Tuesdays.\nTakes a medicine for her heart: bring it.",
        )
    )  # fmt: skip
    steps = (StepTerms((Audience.HEADQUARTERS, Audience.CIRCLE, Audience.RESPONDERS), wait_s=60),)
    done(save_plan(defender.pk, CHALLENGE, steps, by=BY, now=at))
    reach(defender.party, "+447700900150", at)
    brother = create_party(PartyTerms(name="سامي المثال"), by=BY, now=at)
    reach(brother, "+447700900151", at)
    done(add_to_circle(defender.pk, brother.pk, relation=Relation.FAMILY, by=BY, now=at))
    device = issue(defender, "990000000000025", at)
    earlier = at - timedelta(minutes=38)
    call = Cry(
        kinds=frozenset({"torn_off", "sos"}), received_at=at, actor=f"device:{device.pk}", source="signal",
        defender=defender, device=device, sent_at=at, battery_pct=63.0,
        sightings=(
            Sighting(9.9, -140.12, earlier, at, accuracy_m=30.0), Sighting(9.96, -140.05, at, at, accuracy_m=850.0),
        ),
    )  # fmt: skip
    incident = raise_alarm(call, now=at)
    sent(incident, at)
    return verified(incident, brother.pk, at)


def verified(incident: Incident, brother_id: int, at: datetime) -> Incident:
    """Headquarters works on it."""
    staff_id = min(handles())
    minute = timedelta(minutes=1)
    done(actions.acknowledge(incident.pk, staff_id=staff_id, now=at + minute))
    helpers = [row.party for row in incident.engagements.filter(role="responder").order_by("pk")]
    for helper, meaning, after in zip(helpers, (Meaning.ON_THE_WAY, Meaning.NO), (3, 4), strict=False):
        with locked(incident.pk) as held:
            record_answer(held, helper, meaning, channel="sms", now=at + after * minute)
    asked = done(
        actions.ask_question(
            incident.pk, question="When did you last see her, and where?", party_id=brother_id, channel="phone",
            staff_id=staff_id, now=at + 6 * minute,
        )
    )  # fmt: skip
    done(
        actions.answer_question(
            asked.id, answer="At two, by the harbour. Two men in a white van.", reliability="probable",
            staff_id=staff_id, now=at + 9 * minute,
        )
    )  # fmt: skip
    done(
        actions.ask_question(
            incident.pk, question="Which way did the van go?", source="a fisherman who was there", channel="person",
            staff_id=staff_id, now=at + 12 * minute,
        )
    )  # fmt: skip
    done(actions.add_task(incident.pk, title="Call the lawyer", staff_id=staff_id, now=at + 13 * minute))
    done(actions.write_note(incident.pk, text="المحامية في الطريق إلى المركز", staff_id=staff_id, now=at + 14 * minute))
    return Incident.objects.get(pk=incident.pk)


def unknown(now: datetime) -> Incident:
    """A device that was issued to nobody calls."""
    at = now - timedelta(minutes=9)
    call = Cry(
        kinds=frozenset({"sos"}), received_at=at, actor="device:?", source="signal", uid_index=b"u" * 16,
        sent_at=None, sightings=(Sighting(0.0, 0.0, None, at, is_valid=False),),
    )  # fmt: skip
    Signal.objects.create(
        uid=uuid4(), received_at=at, protocol="gt06", is_readable=False, sealed=b"", state="handled", due_at=at
    )
    return raise_alarm(call, now=at)


def drill(scene: Scene, now: datetime) -> Incident:
    """A drill, taken at once."""
    at = now - timedelta(minutes=4)
    incident = raise_alarm(cry(scene, "sos", now=at, is_drill=True), now=at)
    done(actions.acknowledge(incident.pk, staff_id=scene.duty.pk, now=at + timedelta(seconds=8)))
    return Incident.objects.get(pk=incident.pk)


def closed_incident(scene: Scene, at: datetime) -> Incident:
    """A false alarm of yesterday, closed by two."""
    incident = raise_alarm(cry(scene, "sos", now=at), now=at)
    later = at + timedelta(minutes=20)
    done(actions.acknowledge(incident.pk, staff_id=scene.duty.pk, now=at + timedelta(seconds=30)))
    done(actions.conclude(incident.pk, finding="false", staff_id=scene.duty.pk, now=later, note="Caught on a bag."))
    done(
        actions_closing.ask_to_close(
            incident.pk, outcome="false", reason="She laughs about it.", staff_id=scene.duty.pk, now=later
        )
    )
    done(actions_closing.confirm_closing(incident.pk, staff_id=scene.second.pk, now=later + timedelta(minutes=1)))
    return Incident.objects.get(pk=incident.pk)


def sent(incident: Incident, at: datetime) -> None:
    """Carriers have taken some of the notices, a phone has shown one, and one cannot be reached."""
    notices = list(Notice.objects.filter(incident=incident).exclude(channel="screen").order_by("pk"))
    for number, notice in enumerate(notices):
        state = ("accepted", "delivered", "accepted", "refused", "owed")[number % 5]
        notice.state = state
        notice.accepted_at = at if state in {"accepted", "delivered"} else None
        notice.delivered_at = at if state == "delivered" else None
        notice.ended_at = at if state == "refused" else None
        notice.reason = "the number does not exist" if state == "refused" else ""
        notice.save()


def browser_of(member: Staff) -> Client:
    """Give a browser in which this account has signed in."""
    choose_password(member.pk, PASSWORD)
    return signed_in(Staff.objects.get(pk=member.pk))


def new_account(username: str, role: str) -> Client:
    """Make one more account, and sign it in."""
    return browser_of(done(create_staff(username, roles=[Role(role)], by=BY, now=clock.now(), name="Somebody Else")))

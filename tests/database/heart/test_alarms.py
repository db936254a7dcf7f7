"""A press opens an incident, asks people, and never gets lost."""

from datetime import timedelta

import pytest
from django.test import override_settings

from tests.heart_scene import HERE, NOW, STRANGE_UID, Scene, cry, done, make_scene, store_signal
from tocsin.dispatch.actions_callouts import advance_callout
from tocsin.dispatch.models import AnswerLink, Callout, Notice
from tocsin.gateway.degraded import _read_card
from tocsin.gateway.models import Signal
from tocsin.incidents import actions
from tocsin.incidents.actions_alarms import give_to_defender, raise_alarm
from tocsin.incidents.actions_intake import forget_signals, take_signal
from tocsin.incidents.actions_timeline import locked
from tocsin.incidents.models import Engagement, Incident, RaisedAlarm
from tocsin.incidents.queries import board, export_lines, incident_for_page
from tocsin.incidents.rules import UNKNOWN_RINGS_S
from tocsin.incidents.rules_timeline import Whole, verify_export
from tocsin.people.models import Party, Way
from tocsin.people.queries import opened
from tocsin.protocols.base import Alarm


@pytest.fixture(autouse=True)
def _routes():
    with override_settings(TOCSIN_SMS_ROUTE="smpp://in-a-test", TOCSIN_EMAIL_ROUTE="", TOCSIN_CHAT_ROUTE=""):
        yield


@pytest.fixture
def scene(db) -> Scene:
    return make_scene()


def events(incident: Incident) -> list[str]:
    return list(incident.timeline.values_list("event", flat=True))


def advance(incident: Incident, now) -> None:
    with locked(incident.pk) as held:
        for callout in Callout.objects.filter(incident=held, state="running"):
            advance_callout(callout, held, now=now)


def test_a_press_asks_headquarters_circle_and_responders(scene: Scene) -> None:
    signal = store_signal(alarms=frozenset({Alarm.SOS, Alarm.FALL}))
    take_signal(signal.pk, now=NOW)
    incident = Incident.objects.get()
    assert (incident.defender_id, incident.state, incident.alarm_state) == (scene.defender.pk, "open", "raised")
    assert incident.kinds == ["fall", "sos"]
    assert (round(incident.lat_deg, 3), round(incident.lon_deg, 3)) == HERE
    assert incident.place_source == "fix"
    asked = Engagement.objects.filter(incident=incident)
    wanted = {scene.duty.party_id, *(p.pk for p in scene.circle), *(p.pk for p in scene.responders)}
    assert set(asked.values_list("party_id", flat=True)) == wanted
    rings = Notice.objects.filter(incident=incident, channel="sms")
    assert set(rings.values_list("state", "lane")) == {("owed", "cry")}
    assert AnswerLink.objects.count() == rings.count() == 6
    assert events(incident) == ["alarm_raised", "callout_started", "step_asked"]
    assert Signal.objects.get().state == "handled"
    assert Signal.objects.get().incident_id == incident.pk


def test_each_reads_as_much_as_the_plan_allows(scene: Scene) -> None:
    incident = raise_alarm(cry(scene), now=NOW)
    texts = {
        notice.party_id: opened([notice], "body")[0]["body"]
        for notice in Notice.objects.filter(incident=incident, channel="sms")
    }
    assert "10.00000, -140.00000" in texts[scene.duty.party_id]
    for party in [*scene.circle, *scene.responders]:
        assert "10.00000" not in texts[party.pk]
        assert "Nadia Invented" in texts[party.pk]
    assert "km south of you" in texts[scene.responders[0].pk]


def test_repeated_presses_are_one_incident_and_one_entry(scene: Scene) -> None:
    for second in range(0, 60, 10):
        raise_alarm(cry(scene, now=NOW + timedelta(seconds=second)), now=NOW + timedelta(seconds=second))
    incident = Incident.objects.get()
    assert RaisedAlarm.objects.filter(incident=incident).count() == 6
    assert events(incident).count("alarm_raised") == 1
    assert "alarm_added" not in events(incident)
    raise_alarm(cry(scene, now=NOW + timedelta(seconds=130)), now=NOW + timedelta(seconds=130))
    incident.refresh_from_db()
    assert events(incident).count("alarm_added") == 1


def test_a_graver_press_after_the_acknowledgement_rings_again(scene: Scene) -> None:
    incident = raise_alarm(cry(scene, "silence"), now=NOW)
    done(actions.acknowledge(incident.pk, staff_id=scene.duty.pk, now=NOW + timedelta(seconds=20)))
    later = NOW + timedelta(seconds=40)
    raise_alarm(cry(scene, "sos", now=later), now=later)
    incident.refresh_from_db()
    assert incident.alarm_state == "raised"
    assert incident.acknowledged_by is None
    assert Notice.objects.filter(incident=incident, party=scene.duty.party_id, state="owed").exists()


def test_an_unknown_device_opens_a_quarantined_call(scene: Scene) -> None:
    take_signal(store_signal(STRANGE_UID).pk, now=NOW)
    take_signal(store_signal(STRANGE_UID, now=NOW + timedelta(seconds=5)).pk, now=NOW)
    incident = Incident.objects.get()
    assert incident.is_quarantined
    assert incident.defender is None
    assert set(Engagement.objects.values_list("party_id", flat=True)) == {scene.duty.party_id}
    answer = done(give_to_defender(incident.pk, defender_id=scene.defender.pk, staff_id=scene.duty.pk, now=NOW))
    assert answer.id == incident.pk
    incident.refresh_from_db()
    assert incident.defender_id == scene.defender.pk
    assert Engagement.objects.count() == 6


def test_a_flood_of_unknown_devices_is_shown_and_rings_only_a_few_times(scene: Scene) -> None:
    for number in range(12):
        take_signal(store_signal(f"9900000000001{number:02}").pk, now=NOW)
    assert Incident.objects.count() == 12
    assert Callout.objects.count() == 5


def test_a_press_without_a_fix_takes_the_last_known_place(scene: Scene) -> None:
    incident = raise_alarm(cry(scene, sightings=()), now=NOW)
    assert incident.place_source == "none"
    assert events(incident) == ["alarm_raised", "callout_started", "step_asked"]
    assert set(Engagement.objects.values_list("role", flat=True)) == {"duty", "circle"}


def test_an_unanswered_step_goes_on_and_everyone_is_rung_for_ever(scene: Scene) -> None:
    incident = raise_alarm(cry(scene), now=NOW)
    now = NOW
    for _ in range(6):
        now = Callout.objects.get().due_at
        advance(incident, now)
    incident.refresh_from_db()
    told = events(incident)
    assert told.count("nobody_answers") == 5
    assert Callout.objects.get().state == "running"
    owed = Notice.objects.filter(state="owed", party=scene.second.party_id)
    assert owed.count() == 1, "what no carrier took is replaced, not piled up"
    lines = list(export_lines(incident, with_texts=True))
    assert isinstance(verify_export(lines), Whole)


def test_a_step_that_reaches_nobody_is_skipped_at_once(scene: Scene) -> None:
    with override_settings(TOCSIN_SMS_ROUTE=""):
        incident = raise_alarm(cry(scene), now=NOW)
    assert events(incident) == [
        "alarm_raised", "callout_started", "step_skipped", "step_skipped", "nobody_answers", "step_skipped",
    ]  # fmt: skip
    assert Callout.objects.get().state == "running"


def test_pages_read_a_fixed_number_of_queries(scene: Scene, django_queries) -> None:
    incident = raise_alarm(cry(scene), now=NOW)
    with django_queries() as few:
        board(now=NOW)
        incident_for_page(incident.pk)
    for number in range(4):
        take_signal(store_signal(f"9900000000001{number:02}").pk, now=NOW)
    done(actions.write_note(incident.pk, text="A note", staff_id=scene.duty.pk, now=NOW))
    with django_queries() as many:
        shown = board(now=NOW)
        incident_for_page(incident.pk)
    assert len(few) == len(many)
    assert len(shown.ringing) == 5


def test_old_signals_without_an_alarm_are_forgotten(scene: Scene) -> None:
    call = store_signal(now=NOW - timedelta(days=30))
    take_signal(call.pk, now=NOW)
    for days, state in ((8, "quiet"), (8, "handled"), (1, "quiet"), (8, "waiting")):
        row = store_signal(now=NOW - timedelta(days=days))
        Signal.objects.filter(pk=row.pk).update(alarms=[], state=state)
    assert forget_signals(now=NOW) == 2
    assert Signal.objects.filter(pk=call.pk).exists()
    assert Signal.objects.count() == 3


def test_a_signal_that_cannot_be_read_any_more_is_raised_from_its_row(scene: Scene) -> None:
    signal = store_signal()
    Signal.objects.filter(pk=signal.pk).update(attempts=2)
    take_signal(signal.pk, now=NOW)
    incident = Incident.objects.get()
    assert (incident.kinds, incident.place_source) == (["sos"], "none")


def test_what_rings_nobody_is_noted_on_the_open_incident(scene: Scene) -> None:
    incident = raise_alarm(cry(scene), now=NOW)
    row = store_signal()
    Signal.objects.filter(pk=row.pk).update(alarms=["low_battery"])
    assert take_signal(row.pk, now=NOW) == incident.pk
    assert events(incident)[-1] == "device_noted"
    assert RaisedAlarm.objects.count() == 1


def test_duress_is_told_to_headquarters_only(scene: Scene) -> None:
    raise_alarm(cry(scene, "duress", "sos"), now=NOW)
    texts = {notice.party_id: opened([notice], "body")[0]["body"] for notice in Notice.objects.filter(channel="sms")}
    told = [party_id for party_id, text in texts.items() if "duress" in text]
    assert told == [scene.duty.party_id]


def test_an_unknown_device_that_goes_on_calling_rings_once_the_flood_is_over(scene: Scene) -> None:
    for number in range(6):
        take_signal(store_signal(f"9900000000001{number:02}").pk, now=NOW)
    last = Incident.objects.order_by("-pk")[0]
    assert not last.callouts.exists()
    later = NOW + timedelta(seconds=UNKNOWN_RINGS_S + 1)
    take_signal(store_signal("990000000000105", now=later).pk, now=later)
    assert Incident.objects.count() == 6
    assert last.callouts.exists(), "headquarters is rung"


def test_a_call_is_taken_though_a_sealed_name_cannot_be_opened(scene: Scene) -> None:
    Party.objects.filter(pk=scene.defender.party_id).update(name_sealed=b"damaged on the disk")
    take_signal(store_signal().pk, now=NOW)
    assert Notice.objects.filter(purpose="ring", state="owed", party=scene.duty.party_id).exists()


def test_the_gateway_knows_whom_to_ring_though_every_way_is_marked_as_broken(scene: Scene) -> None:
    Way.objects.filter(party=scene.duty.party).update(broken_at=NOW)
    assert _read_card(NOW).ways == (("sms", scene.numbers[scene.duty.party_id]),)

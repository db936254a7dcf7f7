"""Nobody can be made to close an alarm alone."""

from datetime import timedelta

import pytest
from django.test import override_settings

from tests.database.heart.test_answers import events, texts_to, write
from tests.heart_scene import NOW, Scene, cry, done, make_scene
from tocsin.core.answers import Refused
from tocsin.dispatch.models import Notice
from tocsin.incidents import actions
from tocsin.incidents.actions_alarms import raise_alarm
from tocsin.incidents.actions_closing import (
    ask_to_close,
    confirm_closing,
    mark_reviewed,
    record_challenge_answer,
    reopen,
    send_challenge,
    withdraw_closing,
)
from tocsin.incidents.models import Challenge, Closing, Incident

LATER = NOW + timedelta(minutes=10)


@pytest.fixture(autouse=True)
def _routes():
    with override_settings(TOCSIN_SMS_ROUTE="smpp://in-a-test", TOCSIN_EMAIL_ROUTE="", TOCSIN_CHAT_ROUTE=""):
        yield


@pytest.fixture
def scene(db) -> Scene:
    return make_scene()


@pytest.fixture
def incident(scene: Scene) -> Incident:
    made = raise_alarm(cry(scene), now=NOW)
    done(actions.acknowledge(made.pk, staff_id=scene.duty.pk, now=NOW))
    return made


def wish(incident: Incident, scene: Scene):
    return ask_to_close(incident.pk, outcome="safe", reason="She is home.", staff_id=scene.duty.pk, now=LATER)


def test_two_people_close_and_everyone_is_thanked(scene: Scene, incident: Incident) -> None:
    write(scene.numbers[scene.responders[0].pk], "1")
    done(wish(incident, scene))
    assert isinstance(confirm_closing(incident.pk, staff_id=scene.duty.pk, now=LATER), Refused)
    assert done(confirm_closing(incident.pk, staff_id=scene.second.pk, now=LATER)).state == "closed"
    incident.refresh_from_db()
    assert (incident.state, incident.outcome) == ("closed", "safe")
    assert texts_to(scene.responders[0], "stand_down") == ["You need not go any more. Thank you for being there."]
    assert not Notice.objects.filter(purpose="ring", ended_at=None).exists()
    assert "stood_down" in events(incident)


def test_an_unacknowledged_alarm_cannot_be_closed(scene: Scene) -> None:
    made = raise_alarm(cry(scene), now=NOW)
    assert isinstance(wish(made, scene), Refused)
    assert isinstance(actions.stabilise(made.pk, staff_id=scene.duty.pk, now=NOW), Refused)


def test_one_person_and_the_rehearsed_answer_close(scene: Scene, incident: Incident) -> None:
    challenge = done(send_challenge(incident.pk, channel="sms", staff_id=scene.duty.pk, now=LATER))
    assert texts_to(scene.defender.party, "challenge") == ["What did the gull eat?"]
    write(scene.numbers[scene.defender.party_id], "Blue  LANTERN!", now=LATER)
    assert Challenge.objects.get(pk=challenge.id).verdict == "well"
    assert done(wish(incident, scene)).state == "closed"
    assert Closing.objects.get().challenge_id == challenge.id


def test_the_wrong_answer_closes_nothing(scene: Scene, incident: Incident) -> None:
    done(send_challenge(incident.pk, channel="sms", staff_id=scene.duty.pk, now=LATER))
    write(scene.numbers[scene.defender.party_id], "all is well, believe me", now=LATER)
    assert Challenge.objects.get().verdict == "wrong"
    assert done(wish(incident, scene)).state == "responding"
    assert isinstance(confirm_closing(incident.pk, staff_id=scene.duty.pk, now=LATER), Refused)


@pytest.mark.parametrize("words", ["blue lantern", "red lantern", "something else", "1"])
def test_the_phone_shows_the_same_whatever_was_answered(scene: Scene, incident: Incident, words: str) -> None:
    done(send_challenge(incident.pk, channel="sms", staff_id=scene.duty.pk, now=LATER))
    write(scene.numbers[scene.defender.party_id], words, now=LATER)
    replies = Notice.objects.filter(party=scene.defender.party, purpose="reply")
    assert [(row.due_at, row.channel, row.language) for row in replies] == [(LATER + timedelta(seconds=2), "sms", "en")]
    assert texts_to(scene.defender.party, "reply") == ["Recorded. Thank you."]
    sealed = {len(bytes(row.body_sealed)) for row in replies}
    assert len(sealed) == 1


def test_duress_rings_headquarters_again_and_closing_is_refused(scene: Scene, incident: Incident) -> None:
    done(wish(incident, scene))
    done(send_challenge(incident.pk, channel="sms", staff_id=scene.duty.pk, now=LATER))
    write(scene.numbers[scene.defender.party_id], "red lantern", now=LATER)
    incident.refresh_from_db()
    assert (incident.is_under_duress, incident.alarm_state) == (True, "raised")
    assert {"duress", "closing_withdrawn", "challenge_answered"} <= set(events(incident))
    assert Notice.objects.filter(party=scene.duty.party_id, purpose="ring", state="owed").exists()
    done(actions.acknowledge(incident.pk, staff_id=scene.duty.pk, now=LATER))
    done(wish(incident, scene))
    refused = confirm_closing(incident.pk, staff_id=scene.second.pk, now=LATER)
    assert isinstance(refused, Refused)
    assert "seen the person" in refused.reason
    soon = LATER + timedelta(minutes=1)
    asked = done(actions.ask_question(incident.pk, question="Did you see her?", staff_id=scene.duty.pk, now=soon))
    done(actions.answer_question(asked.id, answer="Yes.", reliability="confirmed", staff_id=scene.duty.pk, now=soon))
    assert done(confirm_closing(incident.pk, staff_id=scene.second.pk, now=soon)).state == "closed"


def test_a_duress_word_out_of_the_blue_is_a_call(scene: Scene) -> None:
    write(scene.numbers[scene.defender.party_id], "Red Lantern")
    made = Incident.objects.get()
    assert (made.kinds, made.is_under_duress) == (["duress"], True)
    assert texts_to(scene.defender.party, "reply") == ["Recorded. Thank you."]


def test_a_claim_of_safety_closes_nothing(scene: Scene, incident: Incident) -> None:
    write(scene.numbers[scene.defender.party_id], "I am safe")
    assert events(incident)[-1] == "claimed_safe"
    incident.refresh_from_db()
    assert incident.state == "responding"
    refused = send_challenge(incident.pk, channel="sms", staff_id=scene.duty.pk, now=LATER)
    assert isinstance(refused, Refused), "that phone spoke last; the question goes by another way"
    challenge = done(send_challenge(incident.pk, channel="phone", staff_id=scene.duty.pk, now=LATER))
    done(record_challenge_answer(challenge.id, words="blue lantern", staff_id=scene.duty.pk, now=LATER))
    assert done(wish(incident, scene)).state == "closed"


def test_a_new_call_withdraws_the_wish_to_close(scene: Scene, incident: Incident) -> None:
    done(wish(incident, scene))
    raise_alarm(cry(scene, now=LATER), now=LATER)
    assert Closing.objects.get().withdrawn_at is not None
    assert isinstance(confirm_closing(incident.pk, staff_id=scene.second.pk, now=LATER), Refused)


def test_anybody_may_withdraw_a_wish(scene: Scene, incident: Incident) -> None:
    done(wish(incident, scene))
    done(withdraw_closing(incident.pk, staff_id=scene.second.pk, now=LATER))
    assert isinstance(withdraw_closing(incident.pk, staff_id=scene.second.pk, now=LATER), Refused)


def test_a_press_after_the_end_opens_a_new_incident_and_blocks_reopening(scene: Scene, incident: Incident) -> None:
    done(wish(incident, scene))
    done(confirm_closing(incident.pk, staff_id=scene.second.pk, now=LATER))
    done(reopen(incident.pk, reason="Too early.", staff_id=scene.duty.pk, now=LATER))
    done(wish(incident, scene))
    done(confirm_closing(incident.pk, staff_id=scene.second.pk, now=LATER))
    fresh = raise_alarm(cry(scene, now=LATER), now=LATER)
    assert fresh.pk != incident.pk
    assert isinstance(reopen(incident.pk, reason="Again.", staff_id=scene.duty.pk, now=LATER), Refused)
    done(mark_reviewed(incident.pk, staff_id=scene.duty.pk, now=LATER))
    assert isinstance(mark_reviewed(incident.pk, staff_id=scene.duty.pk, now=LATER), Refused)


def test_the_work_of_an_incident(scene: Scene, incident: Incident) -> None:
    staff = scene.duty.pk
    task = done(actions.add_task(incident.pk, title="Call the lawyer", staff_id=staff, now=LATER))
    done(actions.finish_task(task.id, staff_id=staff, now=LATER))
    assert isinstance(actions.finish_task(task.id, staff_id=staff, now=LATER), Refused)
    assert isinstance(actions.write_note(incident.pk, text="  ", staff_id=staff, now=LATER), Refused)
    done(actions.conclude(incident.pk, finding="confirmed", staff_id=staff, now=LATER, note="Two sources."))
    assert isinstance(actions.conclude(incident.pk, finding="nonsense", staff_id=staff, now=LATER), Refused)
    done(actions.stabilise(incident.pk, staff_id=staff, now=LATER))
    assert events(incident)[-4:] == ["task_added", "task_done", "concluded", "stabilised"]

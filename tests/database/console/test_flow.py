"""An incident from the call to the end, by plain forms as a browser without script sends them."""

import re
from datetime import timedelta

from tests.heart_scene import STRANGE_UID, done
from tests.people_factory import defender
from tocsin.core import clock
from tocsin.incidents import actions
from tocsin.incidents.models import Challenge, Incident


def page_of(browser, incident: Incident) -> str:
    answer = browser.get(f"/console/incidents/{incident.pk}/")
    assert answer.status_code == 200
    return answer.content.decode()


def send(browser, incident: Incident, word: str, **fields: str) -> str:
    """Send a form and follow to the page that it leads to."""
    answer = browser.post(f"/console/incidents/{incident.pk}/{word}/", fields)
    assert answer.status_code == 302, (word, answer.status_code)
    assert answer.headers["Location"].startswith(f"/console/incidents/{incident.pk}/#")
    incident.refresh_from_db()
    return page_of(browser, incident)


def test_from_the_call_to_the_end(night, duty, second):
    incident, helper = night.ringing, night.scene.circle[0]
    assert "Take this alarm" in page_of(duty, incident)
    assert "Ask somebody on the ground" in send(duty, incident, "acknowledge")
    page = send(
        duty, incident, "ask", question="Where is she?", party=str(helper.pk), source="", channel="phone"
    )  # fmt: skip
    assert "Where is she?" in page
    question = incident.verifications.get()
    page = send(duty, incident, f"answer/{question.pk}", answer="At the police station.", reliability="confirmed")
    assert "At the police station." in page
    assert "Say what the alarm was" in page
    assert "confirmed" in send(duty, incident, "conclude", finding="confirmed", note="Two saw it.")
    assert "Call the embassy" in send(duty, incident, "task", title="Call the embassy", assignee="")
    assert "<s>" in send(duty, incident, f"done/{incident.tasks.get().pk}")
    assert "Her sister is told." in send(duty, incident, "note", text="Her sister is told.")
    assert "Close it with a second person" in send(duty, incident, "stabilise")
    assert "Ask a colleague to confirm" in send(duty, incident, "close", outcome="released", reason="She is home.")
    alone = send(duty, incident, "confirm")
    assert "One person alone cannot close" in alone
    assert incident.closed_at is None
    assert "A colleague wants to close" in page_of(second, incident)
    closed = send(second, incident, "confirm")
    assert incident.state == "closed"
    assert "Talk it over" in closed
    assert "Nothing is left to do" in send(second, incident, "review")
    assert "Somebody saw her again" in send(duty, incident, "reopen", reason="Somebody saw her again")
    assert incident.state == "responding"


def test_a_wish_to_close_can_be_taken_back(night, duty, second):
    incident = night.responding
    send(duty, incident, "close", outcome="safe", reason="They say so.")
    page = send(second, incident, "withdraw")
    assert "The wish to close was taken back" in page
    assert incident.closings.get().withdrawn_at is not None


def test_the_rehearsed_answer_is_the_second_voice(night, duty):
    incident = night.responding
    page = send(duty, incident, "challenge", channel="sms")
    assert "Rehearsed question by sms" in page
    challenge = Challenge.objects.get(incident=incident)
    page = send(duty, incident, f"words/{challenge.pk}", words="blue lantern")
    assert "right answer" in page
    assert "blue lantern" not in page
    send(duty, incident, "close", outcome="safe", reason="She said the words.")
    assert incident.state == "closed"


def test_the_answer_for_duress_is_shown_loudly_and_closes_nothing(night, duty, second):
    incident = night.responding
    send(duty, incident, "challenge", channel="sms")
    page = send(duty, incident, f"words/{Challenge.objects.get(incident=incident).pk}", words="red lantern")
    assert "A sign of duress" in page
    assert "red lantern" not in page
    send(duty, incident, "acknowledge")
    send(duty, incident, "close", outcome="safe", reason="He says all is well.")
    assert "There was a sign of duress" in send(second, incident, "confirm")
    assert incident.closed_at is None


def test_what_is_not_possible_now_is_said_in_a_sentence(night, duty):
    assert "Acknowledge it first" in send(duty, night.ringing, "conclude", finding="false", note="")
    send(duty, night.ringing, "acknowledge")
    assert "Somebody has acknowledged this alarm already." in send(duty, night.ringing, "acknowledge")


def test_a_form_that_is_wrong_comes_back_with_what_was_written(night, duty):
    address = f"/console/incidents/{night.responding.pk}/ask/"
    answer = duty.post(address, {"question": "", "party": "", "source": "the baker at the corner", "channel": "phone"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "This field is required." in page
    assert "the baker at the corner" in page
    assert re.search(r'<details class="fold" id="ask" open>', page)
    long = duty.post(f"/console/incidents/{night.responding.pk}/note/", {"text": "x" * 10_001})
    assert long.status_code == 422


def test_hostile_words_stay_words(night, duty):
    hostile = "<script>alert(1)</script>"
    for word, fields in (
        ("note", {"text": hostile}),
        ("task", {"title": hostile, "assignee": ""}),
        ("ask", {"question": hostile, "party": "", "source": hostile, "channel": "phone"}),
    ):
        page = send(duty, night.responding, word, **fields)
        assert hostile not in page
        assert "&lt;script&gt;" in page


def test_a_row_of_another_incident_is_not_touched(night, duty):
    question = night.responding.verifications.filter(answered_at=None).get()
    answer = duty.post(
        f"/console/incidents/{night.ringing.pk}/answer/{question.pk}/", {"answer": "x", "reliability": "confirmed"}
    )
    assert answer.status_code == 404
    question.refresh_from_db()
    assert question.answered_at is None


def test_an_alarm_by_hand_sets_the_plan_going(night, duty):
    somebody = defender("Ines Invented")
    wrong = duty.post(
        "/console/incidents/new/", {"defender": somebody.pk, "kinds": ["sos"], "text": "", "lat_deg": "9"}
    )
    assert wrong.status_code == 422
    assert "Write both numbers of the place" in wrong.content.decode()
    told = {"defender": somebody.pk, "kinds": ["sos"], "text": "Her brother called.", "lat_deg": "9", "lon_deg": "-139"}
    answer = duty.post("/console/incidents/new/", told)
    incident = Incident.objects.get(defender=somebody)
    assert answer.headers["Location"] == f"/console/incidents/{incident.pk}/"
    page = page_of(duty, incident)
    assert "Her brother called." in page
    assert incident.callouts.count() == 1


def test_the_call_of_an_unknown_device_is_given_to_a_person(night, duty):
    somebody = defender("Ines Invented")
    send(duty, night.unknown, "acknowledge")
    assert "Find out whose device this is" in page_of(duty, night.unknown)
    address = f"/console/incidents/{night.unknown.pk}/whose/"
    assert "Ines Invented" in duty.get(address).content.decode()
    assert duty.post(address, {"defender": "999"}).status_code == 422
    assert duty.post(address, {"defender": somebody.pk}).status_code == 302
    assert "Ines Invented" in page_of(duty, night.unknown)
    assert duty.get(address).status_code == 404
    assert STRANGE_UID not in page_of(duty, night.unknown)


def test_two_officers_at_once_get_one_answer_each(night, duty, second):
    send(duty, night.ringing, "acknowledge")
    assert "Somebody has acknowledged this alarm already." in send(second, night.ringing, "acknowledge")
    later = clock.now() + timedelta(seconds=1)
    done(actions.write_note(night.ringing.pk, text="x", staff_id=night.scene.duty.pk, now=later))
    assert night.ringing.timeline.filter(event="acknowledged").count() == 1

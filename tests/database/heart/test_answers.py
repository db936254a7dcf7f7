"""What people answer, and what it stops."""

from datetime import timedelta

import pytest
from django.test import override_settings

from tests.heart_scene import HERE, NOW, Scene, cry, done, make_scene
from tocsin.channels.base import Incoming
from tocsin.core.answers import Refused
from tocsin.dispatch.actions_answers import answer_by_link
from tocsin.dispatch.actions_inbound import sealed_inbound, take_inbound
from tocsin.dispatch.models import Callout, Inbound, Notice
from tocsin.dispatch.queries import ledger, link_page, strangers
from tocsin.incidents import actions
from tocsin.incidents.actions_alarms import raise_alarm, raise_by_hand
from tocsin.incidents.actions_closing import ask_to_close, confirm_closing
from tocsin.incidents.models import Engagement, Incident
from tocsin.people.models import Party
from tocsin.people.queries import opened

LATER = NOW + timedelta(seconds=30)


@pytest.fixture(autouse=True)
def _routes():
    with override_settings(TOCSIN_SMS_ROUTE="smpp://in-a-test", TOCSIN_EMAIL_ROUTE="", TOCSIN_CHAT_ROUTE=""):
        yield


@pytest.fixture
def scene(db) -> Scene:
    return make_scene()


@pytest.fixture
def incident(scene: Scene) -> Incident:
    return raise_alarm(cry(scene), now=NOW)


def texts_to(party: Party, purpose: str = "") -> list[str]:
    rows = Notice.objects.filter(party=party).exclude(channel="screen").order_by("pk")
    rows = rows.filter(purpose=purpose) if purpose else rows
    return [said["body"] for said in opened(list(rows), "body")]


def secret_of(party: Party) -> str:
    return texts_to(party, "ring")[-1].rpartition("/r/")[2]


def write(number: str, body: str, *, now=LATER) -> Inbound:
    index, sealed = sealed_inbound(Incoming("sms", number, body, "", now))
    row = Inbound.objects.create(channel="sms", sender_index=index, sealed=sealed, received_at=now, due_at=now)
    take_inbound(row.pk, now=now)
    row.refresh_from_db()
    return row


def events(incident: Incident) -> list[str]:
    return list(incident.timeline.values_list("event", flat=True))


def test_a_duty_officers_yes_by_sms_stops_the_ringing_of_headquarters_only(scene: Scene, incident: Incident) -> None:
    write(scene.numbers[scene.duty.party_id], "1")
    incident.refresh_from_db()
    assert (incident.alarm_state, incident.state, incident.acknowledged_by) == (
        "acknowledged",
        "responding",
        scene.duty,
    )
    assert Notice.objects.get(party=scene.duty.party_id, purpose="ring").state == "answered"
    assert Notice.objects.get(channel="screen").state == "answered"
    assert Notice.objects.filter(party__in=scene.responders, purpose="ring", state="owed").count() == 3
    assert Callout.objects.get().state == "running"
    assert texts_to(scene.duty.party, "reply") == ["Recorded: you take it. Thank you."]


def test_a_responders_yes_brings_the_place_and_leaves_headquarters_asked(scene: Scene, incident: Incident) -> None:
    responder = scene.responders[1]
    write(scene.numbers[responder.pk], "٢")
    assert Engagement.objects.get(party=responder).state == "declined"
    write(scene.numbers[responder.pk], "Oui")
    assert Engagement.objects.get(party=responder).state == "accepted"
    assert f"geo:{HERE[0]:.5f},{HERE[1]:.5f}" in texts_to(responder, "exact_place")[0]
    incident.refresh_from_db()
    assert (incident.alarm_state, incident.state) == ("raised", "responding")
    assert Notice.objects.get(party=scene.duty.party_id, purpose="ring").state == "owed"


def test_the_only_one_coming_cannot_after_all_and_others_are_asked_again(scene: Scene, incident: Incident) -> None:
    done(actions.acknowledge(incident.pk, staff_id=scene.duty.pk, now=LATER))
    number = scene.numbers[scene.responders[0].pk]
    write(number, "1")
    assert Callout.objects.get().state == "answered"
    write(number, "2")
    assert Callout.objects.filter(state="running").count() == 1
    assert Notice.objects.filter(party=scene.responders[1], purpose="ring", state="owed").exists()


def test_a_link_answers_once_and_looking_changes_nothing(scene: Scene, incident: Incident) -> None:
    party = scene.responders[0]
    secret = secret_of(party)
    page = link_page(secret, now=LATER)
    assert (page.state, page.engagement) == ("open", "asked")
    assert "/r/" not in page.body
    assert page.exact_place == ""
    assert Engagement.objects.get(party=party).state == "asked"
    assert answer_by_link(secret, "yes", now=LATER).state == "taken"
    assert answer_by_link(secret, "no", now=LATER).state == "used"
    assert answer_by_link(secret, "on_the_way", now=LATER).state == "taken"
    page = link_page(secret, now=LATER)
    assert (page.state, page.answer, page.engagement) == ("answered", "yes", "on_the_way")
    assert "geo:" in page.exact_place
    assert texts_to(party, "reply") == [], "the page says it"


def test_forged_and_expired_links(scene: Scene, incident: Incident) -> None:
    assert answer_by_link("x" * 22, "yes", now=LATER).state == "unknown"
    assert link_page("x" * 22, now=LATER).state == "unknown"
    secret = secret_of(scene.responders[0])
    late = NOW + timedelta(days=2)
    assert answer_by_link(secret, "yes", now=late).state == "expired"
    assert link_page(secret, now=late).state == "expired"
    assert answer_by_link(secret, "maybe", now=LATER).state == "unknown"
    assert Engagement.objects.get(party=scene.responders[0]).state == "asked"


def test_a_link_after_the_end_says_that_it_is_over(scene: Scene, incident: Incident) -> None:
    secret = secret_of(scene.responders[0])
    done(actions.acknowledge(incident.pk, staff_id=scene.duty.pk, now=LATER))
    done(ask_to_close(incident.pk, outcome="safe", reason="At home.", staff_id=scene.duty.pk, now=LATER))
    done(confirm_closing(incident.pk, staff_id=scene.second.pk, now=LATER))
    assert answer_by_link(secret, "yes", now=LATER).state == "over"
    assert link_page(secret, now=LATER).is_over


def test_two_open_calls_ask_which(scene: Scene, incident: Incident) -> None:
    drill = done(
        raise_by_hand(
            defender_id=scene.defender.pk, kinds=["sos"], text="Drill.", staff_id=scene.duty.pk, now=NOW, is_drill=True
        )
    )
    party = scene.circle[0]
    assert f"1 {drill.id} = yes" in texts_to(party, "ring")[-1]
    assert texts_to(party, "ring")[-1].startswith("DRILL.")
    write(scene.numbers[party.pk], "1")
    assert "Which one?" in texts_to(party, "reply")[-1]
    assert set(Engagement.objects.filter(party=party).values_list("state", flat=True)) == {"asked"}
    write(scene.numbers[party.pk], f"1 {drill.id}")
    assert Engagement.objects.get(party=party, incident_id=drill.id).state == "accepted"
    assert Engagement.objects.get(party=party, incident=incident).state == "asked"


def test_what_is_not_understood_is_kept_and_asked_again(scene: Scene, incident: Incident) -> None:
    party = scene.responders[0]
    write(scene.numbers[party.pk], "what happened?")
    assert texts_to(party, "reply") == ["Not understood. Answer 1 for yes or 2 for no."]
    entry = incident.timeline.get(event="message")
    assert opened([entry], "text") == [{"text": "what happened?"}]
    assert Notice.objects.get(party=party, purpose="ring").state == "owed"


def test_a_stranger_is_kept_and_gets_no_answer(scene: Scene, incident: Incident) -> None:
    row = write("+447700900999", "1")
    assert row.state == "stranger"
    assert strangers() == [row]
    assert not Notice.objects.filter(purpose="reply").exists()


@pytest.mark.parametrize("body", ["SOS", "AYUDA", "النجدة"])
def test_a_cry_from_a_borrowed_phone_is_a_quarantined_alarm(scene: Scene, body: str) -> None:
    row = write("+447700900999", body)
    incident = Incident.objects.get(is_quarantined=True)
    assert (row.state, row.incident_id, incident.kinds) == ("stranger", incident.pk, ["sos"])
    assert Notice.objects.filter(incident=incident, purpose="ring", party=scene.duty.party).exists()
    write("+447700900999", body)
    assert Incident.objects.filter(is_quarantined=True).count() == 1, "the same number again is the same call"


def test_a_defender_whose_words_nobody_understands_is_heard(scene: Scene) -> None:
    row = write(scene.numbers[scene.defender.party_id], "they are at my door")
    incident = Incident.objects.get(pk=row.incident_id)
    assert (incident.defender, incident.kinds) == (scene.defender, ["other"])
    assert Notice.objects.filter(incident=incident, purpose="ring", party=scene.duty.party).exists()


def test_a_defender_who_only_answers_raises_nothing(scene: Scene) -> None:
    assert write(scene.numbers[scene.defender.party_id], "ok").incident_id is None
    assert write(scene.numbers[scene.defender.party_id], "1").incident_id is None


def test_a_stop_word_goes_to_whoever_handles_it(scene: Scene) -> None:
    heard = []
    index, sealed = sealed_inbound(Incoming("sms", "+447700900999", "STOP", "", NOW))
    row = Inbound.objects.create(channel="sms", sender_index=index, sealed=sealed, received_at=NOW, due_at=NOW)
    take_inbound(row.pk, now=NOW, leave=lambda number, body, now: bool(heard.append((number, body))) or True)
    row.refresh_from_db()
    assert (heard, row.state) == ([("+447700900999", "STOP")], "handled")


def test_taking_a_message_twice_does_nothing_more(scene: Scene, incident: Incident) -> None:
    row = write(scene.numbers[scene.duty.party_id], "1")
    before = events(incident)
    assert not take_inbound(row.pk, now=LATER)
    assert events(incident) == before


def test_a_second_acknowledgement_is_refused_and_written_down(scene: Scene, incident: Incident) -> None:
    done(actions.acknowledge(incident.pk, staff_id=scene.duty.pk, now=LATER))
    answer = actions.acknowledge(incident.pk, staff_id=scene.second.pk, now=LATER)
    assert isinstance(answer, Refused)
    assert events(incident)[-1] == "refused"


def test_the_ledger_page(scene: Scene, incident: Incident) -> None:
    page = ledger(now=NOW)
    assert (len(page.owed), list(page.overdue)) == (6, [])
    late = ledger(now=NOW + timedelta(minutes=2))
    assert len(late.overdue) == 6, "nobody sends in this test, so every promise is broken"

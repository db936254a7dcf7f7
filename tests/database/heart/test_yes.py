"""A yes is good news: it wakes nobody sooner, and ends the asking when nobody is left to ask."""

from datetime import timedelta

import pytest
from django.conf import settings

from tests.heart_scene import NOW, cry, done, make_scene
from tocsin.dispatch.actions_answers import record_answer
from tocsin.dispatch.models import BellRing, Callout, Notice
from tocsin.dispatch.rules import CalloutState
from tocsin.dispatch.rules_answers import Meaning
from tocsin.incidents import actions
from tocsin.incidents.actions_alarms import raise_alarm
from tocsin.incidents.actions_timeline import locked
from tocsin.incidents.models import Incident


@pytest.fixture
def scene(db, monkeypatch):
    monkeypatch.setattr(settings, "TOCSIN_SMS_ROUTE", "sms://in-a-test")
    return make_scene()


def say_yes(incident: Incident, party, seconds: int) -> None:
    now = NOW + timedelta(seconds=seconds)
    with locked(incident.pk) as row:
        record_answer(row, party, Meaning.YES, channel="sms", now=now)


def test_three_who_come_do_not_wake_everyone_at_headquarters(scene) -> None:
    done(raise_alarm(cry(scene), now=NOW))
    incident, callout = Incident.objects.get(), Callout.objects.get()
    asked = Notice.objects.filter(purpose="ring").count()
    for number, party in enumerate(scene.responders):
        say_yes(incident, party, number + 1)
    after = Callout.objects.get()
    assert (after.state, after.step, after.rounds, after.due_at) == (CalloutState.RUNNING, 0, 0, callout.due_at)
    assert Notice.objects.filter(purpose="ring").count() == asked
    assert not BellRing.objects.exists()


def test_the_asking_ends_at_once_when_one_comes_and_headquarters_has_it(scene) -> None:
    done(raise_alarm(cry(scene), now=NOW))
    incident = Incident.objects.get()
    say_yes(incident, scene.responders[0], 1)
    done(actions.acknowledge(incident.pk, staff_id=scene.duty.pk, now=NOW + timedelta(seconds=2)))
    assert Callout.objects.get().state == CalloutState.ANSWERED

"""Nothing is published unless two different people approved that exact text and the directive allows it now."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from tocsin.core.answers import Refused
from tocsin.people.rules import PublicAudience
from tocsin.publicity.actions import approve, close, publish, stop, write_draft
from tocsin.publicity.models import Appeal, AppealVersion, Approval
from tocsin.publicity.rules import Accepted, TextKind
from tocsin.publicity.rules_check import Text

FORBIDDEN = [
    {"texts": {"fr": Text("Titre", "Corps", sms="Court")}},
    {"texts": {"en": Text("Free Maryam", "Body", sms="Short")}},
    {"texts": {"en": Text("Title", "#FreeTestova now", sms="Short")}},
    {"texts": {"en": Text("Title", "Her sister Amina Sampleson asks", sms="Short")}},
    {"texts": {"en": Text("Title", "Call 07700 900123", sms="Short")}},
    {"texts": {"en": Text("Title", "Seen near RОSEHAVEN", sms="Short")}},  # A Cyrillic letter.
    {"texts": {"en": Text("Title", "She was on the Blue  Boat", sms="Short")}},
    {"texts": {"en": Text("Title", "At -49.28123, 71.10456", sms="Short")}},
    {"lat_deg": -49.28123, "lon_deg": 71.10456, "radius_km": 20.0},  # The centre tells the place.
    {"lat_deg": -49.3, "lon_deg": 71.1, "radius_km": 2.0},
    {"texts": {"en": Text("Title", "Body")}},  # No short text, though supporters are told by SMS.
    {"texts": {}},
    {"audiences": frozenset()},
]


@pytest.mark.parametrize("changes", FORBIDDEN, ids=str)
def test_what_the_directive_forbids_cannot_be_approved(scene, changes):
    version = scene.written(scene.draft(**changes))
    answer = approve(version.pk, staff_id=scene.staff[0].pk, digest=bytes(version.digest), now=scene.now)
    assert isinstance(answer, Refused)
    assert not Approval.objects.exists()


@pytest.mark.parametrize(
    "terms",
    [
        {"may_publish": False},
        {"state": "revoked"},
        {"languages": []},
        {"audiences": ["page"]},
        {"precision": "none"},
        {"valid_until": "2026-11-22"},
    ],
    ids=str,
)
def test_a_directive_that_does_not_allow_it_holds_it_back(db, build_scene, terms):
    scene = build_scene(**terms)
    version = scene.written()
    answer = approve(version.pk, staff_id=scene.staff[0].pk, digest=bytes(version.digest), now=scene.now)
    assert isinstance(answer, Refused)


def test_two_different_people_approve_and_then_it_is_published(scene):
    version = scene.written()
    one, two = scene.staff[0].pk, scene.staff[1].pk
    digest = bytes(version.digest)
    assert isinstance(publish(version.pk, waves=[], staff_id=one, now=scene.now), Refused)
    assert isinstance(approve(version.pk, staff_id=one, digest=digest, now=scene.now), Accepted)
    assert isinstance(publish(version.pk, waves=[], staff_id=one, now=scene.now), Refused)
    assert isinstance(approve(version.pk, staff_id=one, digest=digest, now=scene.now), Refused)
    assert isinstance(approve(version.pk, staff_id=two, digest=digest, now=scene.now), Accepted)
    assert isinstance(publish(version.pk, waves=[], staff_id=one, now=scene.now), Accepted)
    assert Appeal.objects.get().state == "published"
    assert isinstance(publish(version.pk, waves=[], staff_id=one, now=scene.now), Refused)
    events = list(scene.incident.timeline.values_list("event", flat=True))
    assert events == ["appeal_written", "appeal_approved", "appeal_approved", "appeal_published"]


def test_the_database_too_wants_different_people(scene):
    version = scene.written()
    Approval.objects.create(version=version, staff=scene.staff[0], digest=b"x", at=scene.now)
    with pytest.raises(IntegrityError), transaction.atomic():
        Approval.objects.create(version=version, staff=scene.staff[0], digest=b"x", at=scene.now)


def test_a_changed_text_needs_new_approvals(scene):
    first = scene.approved()
    second = scene.written(scene.draft(texts={"en": replace(scene.draft().texts["en"], title="Another title")}))
    assert isinstance(publish(first.pk, waves=[], staff_id=scene.staff[0].pk, now=scene.now), Refused)
    assert isinstance(publish(second.pk, waves=[], staff_id=scene.staff[0].pk, now=scene.now), Refused)
    stale = approve(second.pk, staff_id=scene.staff[0].pk, digest=bytes(first.digest), now=scene.now)
    assert isinstance(stale, Refused)
    assert isinstance(approve(first.pk, staff_id=scene.staff[2].pk, digest=bytes(first.digest), now=scene.now), Refused)


def test_a_text_changed_behind_our_back_is_not_published(scene):
    version = scene.approved()
    AppealVersion.objects.filter(pk=version.pk).update(texts={"en": {"title": "T", "body": "Other", "sms": "S"}})
    assert isinstance(publish(version.pk, waves=[], staff_id=scene.staff[0].pk, now=scene.now), Refused)


def test_the_directive_is_looked_at_again_when_publishing(scene):
    version = scene.approved()
    scene.directive.state = "revoked"
    scene.directive.save()
    assert isinstance(publish(version.pk, waves=[], staff_id=scene.staff[0].pk, now=scene.now), Refused)


def test_the_waiting_time_holds_the_moment_and_not_the_approval(db, build_scene):
    scene = build_scene(wait_minutes=60)
    version = scene.approved()
    assert isinstance(publish(version.pk, waves=[], staff_id=scene.staff[0].pk, now=scene.now), Refused)
    later = scene.now + timedelta(minutes=31)
    assert isinstance(publish(version.pk, waves=[], staff_id=scene.staff[0].pk, now=later), Accepted)


def test_an_alarm_that_nobody_verified_is_not_published(scene):
    version = scene.approved()
    scene.incident.refresh_from_db()
    scene.incident.alarm_state = "verifying"
    scene.incident.save(update_fields=["alarm_state"])
    assert isinstance(publish(version.pk, waves=[], staff_id=scene.staff[0].pk, now=scene.now), Refused)


def test_an_update_needs_a_published_appeal_and_approvals_of_its_own(scene):
    assert isinstance(
        write_draft(scene.incident.pk, scene.draft(TextKind.UPDATE), staff_id=scene.staff[0].pk, now=scene.now), Refused
    )
    scene.published()
    assert isinstance(write_draft(scene.incident.pk, scene.draft(), staff_id=scene.staff[0].pk, now=scene.now), Refused)
    update = scene.written(scene.draft(TextKind.UPDATE))
    assert isinstance(publish(update.pk, waves=[], staff_id=scene.staff[0].pk, now=scene.now), Refused)
    scene.published(scene.draft(TextKind.GOOD_END))
    appeal = Appeal.objects.get()
    assert appeal.state == "updated"
    assert isinstance(close(appeal.pk, staff_id=scene.staff[0].pk, now=scene.now), Accepted)


def test_a_stopped_text_stays_stopped_and_a_new_one_may_follow(scene):
    version = scene.published()
    appeal = Appeal.objects.get()
    assert isinstance(stop(appeal.pk, staff_id=scene.staff[2].pk, now=scene.now), Accepted)
    assert isinstance(stop(appeal.pk, staff_id=scene.staff[2].pk, now=scene.now), Refused)
    version.refresh_from_db()
    assert version.stopped_at == scene.now
    assert isinstance(publish(version.pk, waves=[], staff_id=scene.staff[0].pk, now=scene.now), Refused)
    scene.published()
    assert Appeal.objects.get().state == "published"


def test_an_approved_text_can_be_stopped_before_it_goes_out(scene):
    version = scene.approved()
    appeal = Appeal.objects.get()
    assert isinstance(stop(appeal.pk, staff_id=scene.staff[2].pk, now=scene.now), Accepted)
    assert isinstance(publish(version.pk, waves=[], staff_id=scene.staff[0].pk, now=scene.now), Refused)


def test_a_page_only_appeal_needs_no_short_text(scene):
    page_only = scene.draft(texts={"en": Text("Title", "Body")}, audiences=frozenset({PublicAudience.PAGE}))
    scene.published(page_only)

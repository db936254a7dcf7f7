"""Waves: everybody once, held back at once, and only those who still want it."""

import threading
from datetime import timedelta

import pytest
from django.db import connections, transaction

from tests.database.publicity.scenes import TEXT, supporters
from tocsin.channels.base import Outgoing
from tocsin.core.answers import Refused
from tocsin.dispatch.models import Notice
from tocsin.publicity import actions_waves
from tocsin.publicity.actions import stop
from tocsin.publicity.actions_supporters import leave_by_link
from tocsin.publicity.actions_waves import HELD_UNTIL, WavePlan, pause, resume, tend
from tocsin.publicity.models import Appeal, Supporter, Wave
from tocsin.publicity.queries_waves import (
    Withheld,
    progress,
    running_waves,
    supporters_key,
    target_index,
    wave_messages,
)
from tocsin.publicity.rules import Accepted, TextKind
from tocsin.publicity.rules_check import Text
from tocsin.publicity.rules_links import leave_secret


def tend_until_still(now) -> None:
    """Work on waves until nothing is to be done at once."""
    while tend(now=now) == now:
        pass


def messages(scene, **filters) -> dict[int, Outgoing | Withheld]:
    ids = Notice.objects.filter(lane="public", **filters).values_list("pk", flat=True)
    return wave_messages(list(ids), now=scene.now)


def test_everybody_gets_it_once_in_their_language(scene, monkeypatch):
    monkeypatch.setattr(actions_waves, "CHUNK_ROWS", 4)
    monkeypatch.setattr(actions_waves, "FIRST_CHUNK_ROWS", 3)
    supporters(10)
    supporters(5, language="ar", first=20)
    supporters(3, "sms")
    Supporter.objects.filter(pk=Supporter.objects.first().pk).update(state="pending")
    arabic = Text("عنوان", "نص", "", "", "قصير")
    scene.published(
        scene.draft(texts={"en": TEXT, "ar": arabic}),
        waves=(WavePlan("email", language="ar"), WavePlan("email"), WavePlan("sms")),
    )
    assert Notice.objects.count() == 3 + 3 + 3  # The first are sent while the rest is written.
    tend_until_still(scene.now)
    by_supporter = Notice.objects.values_list("supporter_id", flat=True)
    assert len(by_supporter) == len(set(by_supporter)) == 14 + 3
    assert sorted(Wave.objects.values_list("position", "total")) == [(0, 5), (1, 9), (2, 3)]
    out = messages(scene)
    assert {message.subject for message in out.values()} == {"عنوان", TEXT.title, ""}
    assert all(message.language == "ar" for message in out.values() if message.subject == "عنوان")


def test_a_mail_names_the_way_to_leave(scene):
    [row] = supporters(1)
    scene.published()
    [message] = messages(scene).values()
    leave = f"http://127.0.0.1:8000/unsubscribe/{leave_secret(supporters_key(), row.pk)}/"
    assert message.address == "s0@example.org"
    assert message.headers == (
        ("List-Unsubscribe", f"<{leave}>"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
    )
    assert leave in message.body
    assert leave in message.html
    assert TEXT.body in message.body


def test_stop_holds_back_what_no_carrier_has(scene):
    supporters(5)
    scene.published()
    claimed = Notice.objects.order_by("pk").first()
    Notice.objects.filter(pk=claimed.pk).update(state="claimed")
    wave = Wave.objects.get(channel="email")
    assert running_waves([wave.pk]) == {wave.pk}
    appeal = Appeal.objects.get()
    assert stop(appeal.pk, staff_id=scene.staff[0].pk, now=scene.now) == Accepted(
        appeal.pk, "Stopped. 4 messages are not sent."
    )
    assert running_waves([wave.pk]) == frozenset()
    assert wave_messages([claimed.pk], now=scene.now) == {claimed.pk: Withheld("wave stopped")}
    assert set(Notice.objects.values_list("state", "reason")) == {("withdrawn", "wave stopped")}


def test_stop_does_not_wait_for_a_wave_that_is_being_written(committed_db, build_scene):
    scene = build_scene()
    supporters(5)
    scene.published()
    appeal = Appeal.objects.get()
    held, go_on = threading.Event(), threading.Event()

    def hold_the_wave() -> None:
        with transaction.atomic():
            Wave.objects.select_for_update().get(channel="email")
            held.set()
            assert go_on.wait(30)
        connections.close_all()

    def stop_it() -> None:
        stop(appeal.pk, staff_id=scene.staff[0].pk, now=scene.now)
        connections.close_all()

    writer, stopper = threading.Thread(target=hold_the_wave), threading.Thread(target=stop_it)
    writer.start()
    assert held.wait(30)
    stopper.start()
    notice = Notice.objects.order_by("pk").first()
    wait = threading.Event()
    for _ in range(300):  # The writer still holds the wave: only the stop can change this.
        if wave_messages([notice.pk], now=scene.now)[notice.pk] == Withheld("wave stopped"):
            break
        wait.wait(0.1)
    else:
        pytest.fail("the stop waited for the writer")
    go_on.set()
    writer.join(30)
    stopper.join(30)
    assert set(Notice.objects.values_list("state", flat=True)) == {"withdrawn"}


def test_a_wave_that_was_stopped_before_it_was_written_stays_empty(scene, monkeypatch):
    monkeypatch.setattr(actions_waves, "FIRST_CHUNK_ROWS", 1)
    supporters(5)
    scene.published(waves=(WavePlan("email"), WavePlan("sms", after=timedelta(hours=1))))
    stop(Appeal.objects.get().pk, staff_id=scene.staff[0].pk, now=scene.now)
    tend_until_still(scene.now + timedelta(hours=2))
    assert Notice.objects.filter(state="owed").count() == 0
    assert Notice.objects.count() == 1


def test_a_later_wave_starts_when_its_time_comes(scene):
    supporters(2)
    supporters(2, "sms")
    start = scene.now + timedelta(minutes=10)
    scene.published(waves=(WavePlan("email"), WavePlan("sms", after=timedelta(minutes=10))))
    tend_until_still(scene.now)
    assert Notice.objects.filter(channel="sms").count() == 0
    Notice.objects.update(state="accepted", ended_at=scene.now)
    tend_until_still(scene.now)
    assert tend(now=scene.now) == start
    tend_until_still(start)
    assert Notice.objects.filter(channel="sms", state="owed").count() == 2


def test_a_paused_wave_waits_for_a_person(scene):
    supporters(3)
    scene.published()
    wave = Wave.objects.get(channel="email")
    pause(wave.pk, now=scene.now)
    assert set(Notice.objects.values_list("state", "due_at", "deadline_at")) == {("owed", HELD_UNTIL, HELD_UNTIL)}
    assert all(message.until is not None for message in messages(scene).values())
    resume(wave.pk, now=scene.now)
    assert set(Notice.objects.values_list("due_at", flat=True)) == {scene.now}
    assert all(isinstance(message, Outgoing) for message in messages(scene).values())
    assert isinstance(resume(wave.pk, now=scene.now), Refused)


def test_who_left_gets_nothing_more_from_any_wave(scene):
    first, second = supporters(2)
    scene.published()
    assert leave_by_link(leave_secret(supporters_key(), first.pk), now=scene.now)
    assert [(n.supporter_id, n.state, n.reason) for n in Notice.objects.order_by("pk")] == [
        (first.pk, "withdrawn", "supporter left"),
        (second.pk, "owed", ""),
    ]
    Notice.objects.filter(state="owed").update(state="accepted", ended_at=scene.now)
    scene.published(scene.draft(TextKind.UPDATE))
    tend_until_still(scene.now)
    assert list(Notice.objects.filter(state="owed").values_list("supporter_id", flat=True)) == [second.pk]


def test_an_update_goes_to_those_who_got_the_appeal(scene):
    told, refused = supporters(2)
    scene.published()
    Notice.objects.filter(supporter=told).update(state="accepted", ended_at=scene.now)
    Notice.objects.filter(supporter=refused).update(state="refused", ended_at=scene.now)
    tend_until_still(scene.now)
    supporters(1, first=50)  # Subscribed afterwards.
    scene.published(scene.draft(TextKind.UPDATE))
    scene.published(scene.draft(TextKind.GOOD_END))
    tend_until_still(scene.now)
    assert list(Notice.objects.filter(state="owed").values_list("supporter_id", flat=True)) == [told.pk, told.pk]


def test_a_directive_that_was_revoked_holds_back_the_rest(scene):
    supporters(2)
    scene.published()
    scene.directive.state = "revoked"
    scene.directive.save()
    assert set(messages(scene).values()) == {Withheld("directive not in force")}
    tend_until_still(scene.now)
    assert set(Wave.objects.values_list("state", flat=True)) == {"stopped"}
    assert set(Notice.objects.values_list("state", flat=True)) == {"withdrawn"}


def test_a_new_directive_is_compared_with_the_text(scene, build_scene):
    supporters(1)
    scene.published()
    old = scene.directive
    old.state = "superseded"
    old.save()
    values = {"defender": old.defender, "version": 2, "state": "in_force", "may_publish": True, "created_at": scene.now}
    old.__class__.objects.create(**values, precision="area", audiences=["page"], languages=["en"])
    assert set(messages(scene).values()) == {Withheld("directive does not allow it")}


def test_one_post_for_each_social_address(scene, settings_of):
    settings_of(TOCSIN_SOCIAL_POSTS=["json://127.0.0.1/a", "json://127.0.0.1/b"])
    scene.published(waves=())
    tend_until_still(scene.now)
    out = messages(scene, channel="chat")
    assert sorted(message.address for message in out.values()) == ["json://127.0.0.1/a", "json://127.0.0.1/b"]
    assert {bytes(wave.target_index) for wave in Wave.objects.filter(channel="chat")} == {
        target_index("json://127.0.0.1/a"),
        target_index("json://127.0.0.1/b"),
    }
    settings_of(TOCSIN_SOCIAL_POSTS=["json://127.0.0.1/b"])
    assert Withheld("address no longer in SOCIAL_POSTS") in messages(scene, channel="chat").values()


def test_a_drill_is_sent_to_nobody(scene, settings_of):
    settings_of(TOCSIN_SOCIAL_POSTS=["json://127.0.0.1/a"])
    supporters(2)
    scene.incident.is_drill = True
    scene.incident.save()
    scene.published()
    assert not Notice.objects.exists()


def test_an_ended_wave_marks_refused_addresses_unless_they_are_many(scene):
    rows = supporters(8)
    scene.published(waves=(WavePlan("email"),))
    Notice.objects.update(state="accepted", ended_at=scene.now)
    Notice.objects.filter(supporter=rows[0]).update(state="refused")
    tend_until_still(scene.now)
    assert Wave.objects.get(channel="email").state == "done"
    assert list(Supporter.objects.filter(state="bounced")) == [rows[0]]
    scene.published(scene.draft(TextKind.UPDATE), waves=(WavePlan("email"),))
    Notice.objects.filter(state="owed").update(state="refused", ended_at=scene.now)
    tend_until_still(scene.now)
    assert Supporter.objects.filter(state="bounced").count() == 1


def test_progress_is_honest_when_nothing_moves(scene):
    supporters(4)
    version = scene.published(waves=(WavePlan("email"),))
    [row] = progress(version.pk, now=scene.now)
    assert (row.estimate.total, row.estimate.ended, row.estimate.left_s) == (4, 0, None)
    first = Notice.objects.order_by("pk").first().pk
    Notice.objects.filter(pk=first).update(state="accepted", accepted_at=scene.now, ended_at=scene.now)
    [row] = progress(version.pk, now=scene.now + timedelta(seconds=10))
    assert (row.estimate.ended, row.estimate.left_s) == (1, 30.0)


def test_messages_for_many_take_as_many_queries_as_for_one(scene, queries_of):
    supporters(6)
    scene.published()
    ids = list(Notice.objects.values_list("pk", flat=True))
    one = queries_of(lambda: wave_messages(ids[:1], now=scene.now))
    many = queries_of(lambda: wave_messages(ids, now=scene.now))
    assert one == many


def test_progress_never_calls_withdrawn_what_a_carrier_took_nor_the_other_way_round(scene):
    supporters(4)
    version = scene.published(waves=(WavePlan("email"),))
    first = Notice.objects.order_by("pk").first().pk
    Notice.objects.filter(pk=first).update(state="accepted", accepted_at=scene.now, ended_at=scene.now)
    [row] = progress(version.pk, now=scene.now)
    assert (row.handed_over, row.not_sent) == (1, 0)
    stop(Appeal.objects.get().pk, staff_id=scene.staff[0].pk, now=scene.now)
    [row] = progress(version.pk, now=scene.now)
    assert (row.handed_over, row.not_sent, row.estimate.total) == (1, 3, 4)

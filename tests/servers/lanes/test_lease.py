"""Claims by lease: real connections, real locks, and twins that are too slow."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import psycopg
import pytest
import pytest_asyncio
from django.db import transaction
from psycopg import AsyncConnection

from tests.heart_scene import NOW, Scene, cry
from tests.servers.lanes.waiting import in_thread
from tocsin.core import clock
from tocsin.dispatch.actions_ledger import audit, expire, refuse_notice
from tocsin.dispatch.actions_notices import withdraw_unsent
from tocsin.dispatch.models import BellRing, Callout, Notice
from tocsin.dispatch.rules import NoticeState
from tocsin.incidents.actions_alarms import raise_alarm
from tocsin.incidents.models import Incident, RaisedAlarm
from tocsin.lanes import lease
from tocsin.lanes.lease import Claimed, Held
from tocsin.people.models import Way

RINGS = 6  # Of the scene's first step.


@pytest_asyncio.fixture
async def incident(scene: Scene) -> Incident:
    now = clock.now()
    return await in_thread(lambda: raise_alarm(cry(scene, now=now), now=now))


@pytest_asyncio.fixture
async def link(committed_db: str) -> AsyncIterator[AsyncConnection]:
    async with await AsyncConnection.connect(committed_db, autocommit=True) as connection:
        yield connection


async def claim(link: AsyncConnection, limit: int = 100) -> list[Claimed]:
    return await lease.claim(link, lane="cry", channel="sms", limit=limit)


def held(rows: list[Claimed]) -> list[Held]:
    return [Held(row.id, row.token) for row in rows]


async def end_leases(link: AsyncConnection) -> None:
    """Let the time of every lease be over."""
    await link.execute("UPDATE tocsin_notice SET due_at = now() - interval '1 second' WHERE state = 'claimed'")


def states() -> dict[str, int]:
    found: dict[str, int] = {}
    for state in Notice.objects.filter(channel="sms").values_list("state", flat=True):
        found[state] = found.get(state, 0) + 1
    return found


async def test_two_workers_never_hold_the_same_notice(incident: Incident, committed_db: str) -> None:
    async with (
        await AsyncConnection.connect(committed_db, autocommit=True) as one,
        await AsyncConnection.connect(committed_db, autocommit=True) as other,
    ):
        batches = await asyncio.gather(*(claim(link, 2) for link in (one, other, one, other)))
    ids = [row.id for batch in batches for row in batch]
    assert len(ids) == len(set(ids)) == RINGS


async def test_a_claim_holds_all_that_is_needed_to_send(incident: Incident, link: AsyncConnection) -> None:
    row = (await claim(link, 1))[0]
    assert (row.purpose, row.incident_id, row.attempts, row.is_repeat) == ("ring", incident.pk, 1, False)
    assert row.address_key
    assert row.text_key
    assert row.address_sealed


async def test_a_dead_workers_notices_are_taken_over_and_marked(incident: Incident, link: AsyncConnection) -> None:
    first = await claim(link)
    assert await claim(link) == []
    await end_leases(link)
    second = await claim(link)
    assert {row.id for row in second} == {row.id for row in first}
    assert all(row.is_repeat and row.attempts == 2 for row in second)
    await lease.write_again(link, [(one, 0.0, "carrier busy") for one in held(second)])
    third = await claim(link)
    assert all(row.is_repeat for row in third), "what may be a repeat stays marked"


async def test_the_fence_stops_the_slow_twin(incident: Incident, link: AsyncConnection) -> None:
    slow = await claim(link)
    await end_leases(link)
    quick = await claim(link)
    assert await lease.write_accepted(link, [(one, "slow") for one in held(slow)]) == []
    assert await lease.write_again(link, [(one, 0.0, "late") for one in held(slow)]) == 0
    assert await lease.write_ended(link, [(one, NoticeState.REFUSED, "late") for one in held(slow)]) == 0
    assert await lease.still_held(link, held(slow)) == set()
    slow_one = slow[0]
    assert not await in_thread(lambda: refuse_notice(slow_one.id, token=slow_one.token, reason="late", now=clock.now()))
    assert len(await lease.write_accepted(link, [(one, "quick") for one in held(quick)])) == RINGS
    assert await in_thread(lambda: set(Notice.objects.filter(channel="sms").values_list("carrier_id", flat=True))) == {
        "quick"
    }


async def test_keep_alive_holds_a_claim(incident: Incident, link: AsyncConnection) -> None:
    rows = await claim(link)
    await end_leases(link)
    await lease.keep_alive(link, held(rows))
    assert await claim(link) == []


async def test_withdrawn_between_claim_and_sending(incident: Incident, link: AsyncConnection) -> None:
    rows = await claim(link)
    now = clock.now()

    def withdraw() -> int:
        with transaction.atomic():
            return withdraw_unsent(Notice.objects.filter(channel="sms"), reason="stopped", now=now)

    assert await in_thread(withdraw) == RINGS
    assert await lease.still_held(link, held(rows)) == set()
    await lease.write_accepted(link, [(one, "too late") for one in held(rows)])
    notice = await in_thread(lambda: Notice.objects.filter(channel="sms").first())
    assert (notice.state, notice.carrier_id) == ("withdrawn", "too late"), "it stays withdrawn, and the truth is kept"
    assert notice.accepted_at is not None


async def test_the_earliest_due_is_known(incident: Incident, link: AsyncConnection) -> None:
    rows = await claim(link)
    await lease.write_again(link, [(one, 60.0, "busy") for one in held(rows)])
    wait_s = await lease.next_due_s(link, lane="cry", channel="sms")
    assert wait_s is not None
    assert 50 < wait_s <= 60
    assert await lease.next_due_s(link, lane="cry", channel="email") is None


async def test_a_refused_address_is_broken_and_the_next_step_comes_at_once(
    scene: Scene, incident: Incident, link: AsyncConnection
) -> None:
    rows = await claim(link)
    for row in rows:
        assert await in_thread(
            lambda row=row: refuse_notice(row.id, token=row.token, reason="no such number", now=clock.now())
        )
    assert await in_thread(states) == {"refused": RINGS}
    assert await in_thread(lambda: Way.objects.filter(broken_at__isnull=False).count()) == RINGS
    callout = await in_thread(Callout.objects.get)
    assert callout.due_at <= clock.now(), "nobody of this step can answer any more"
    told = await in_thread(lambda: list(incident.timeline.values_list("event", flat=True)))
    assert told.count("way_refused") == RINGS


async def test_questions_expire_and_messages_do_not(incident: Incident, link: AsyncConnection) -> None:
    rows = await claim(link)
    await lease.write_accepted(link, [(one, str(one.id)) for one in held(rows)])
    later = clock.now() + timedelta(hours=7)
    assert await in_thread(lambda: expire(now=later)) == RINGS
    assert await in_thread(lambda: expire(now=later)) == 0
    assert await in_thread(states) == {"expired": RINGS}


async def test_the_audit_finds_what_is_overdue_and_asks_for_the_bell_once(incident: Incident) -> None:
    now = clock.now()
    assert await in_thread(lambda: audit(now=now)) == 0
    later = now + timedelta(minutes=5)
    assert await in_thread(lambda: audit(now=later)) == RINGS
    assert await in_thread(lambda: audit(now=later)) == RINGS
    assert await in_thread(lambda: BellRing.objects.filter(cause="overdue").count()) == 1


async def test_presses_at_the_same_moment_are_one_incident(scene: Scene) -> None:
    press = cry(scene)
    await asyncio.gather(*(in_thread(lambda: raise_alarm(press, now=NOW)) for _ in range(8)))
    assert await in_thread(Incident.objects.count) == 1
    assert await in_thread(RaisedAlarm.objects.count) == 8


async def test_the_timeline_cannot_be_changed(incident: Incident, link: AsyncConnection) -> None:
    for statement in ("UPDATE tocsin_timelineentry SET event = 'x'", "DELETE FROM tocsin_timelineentry"):
        with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
            await link.execute(statement)


async def test_the_queue_is_read_by_its_index(incident: Incident, link: AsyncConnection) -> None:
    """With many rows behind a carrier that is down, another channel does not read past them."""
    await link.execute(
        """INSERT INTO tocsin_notice (uid, lane, purpose, incident_id, channel, subject_sealed, body_sealed, language,
            created_at, due_at, deadline_at)
        SELECT gen_random_uuid(), 'cry', 'ring', %s, 'email', '', '', 'en', now(), now(), now()
        FROM generate_series(1, 20000)""",
        (incident.pk,),
    )
    await link.execute("ANALYZE tocsin_notice")
    cursor = await link.execute(
        """EXPLAIN (ANALYZE, FORMAT JSON, BUFFERS) SELECT id FROM tocsin_notice WHERE lane = 'cry' AND channel = 'sms'
        AND state IN ('owed', 'claimed') AND due_at <= now() ORDER BY due_at LIMIT 10 FOR UPDATE SKIP LOCKED"""
    )
    plan = str((await cursor.fetchone())[0])
    assert "notice_queue" in plan

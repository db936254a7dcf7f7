"""A row that cannot be handled: it waits its turn, it is shown, and everybody else's calls go on."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest_asyncio
from django.db import connection

from tests.heart_scene import BY, Scene, cry, done, store_signal
from tests.servers.lanes.waiting import PATIENCE_S, in_thread
from tocsin.channels.base import Incoming
from tocsin.core import clock
from tocsin.core.postgres_place import LIVELY
from tocsin.dispatch.actions_inbound import put_back as put_back_inbound
from tocsin.dispatch.actions_inbound import take_inbound
from tocsin.dispatch.models import BellRing, Callout, Inbound, Notice
from tocsin.gateway.models import Signal
from tocsin.incidents.actions_alarms import raise_alarm
from tocsin.incidents.actions_intake import put_back
from tocsin.incidents.models import Incident
from tocsin.lanes import due, lease
from tocsin.lanes.database import Bells, Database
from tocsin.lanes.lease import Held
from tocsin.lanes.loops import AT_ONCE, Loops
from tocsin.lanes.outcomes import Accepted, Again, OutcomeWriter
from tocsin.lanes.receiving import Receiving
from tocsin.people.actions_defenders import create_defender
from tocsin.people.actions_parties import PartyTerms


@pytest_asyncio.fixture
async def loops(committed_db: str) -> AsyncIterator[Loops]:
    database = Database(committed_db)
    await database.open()
    yield Loops(database, Bells())
    await database.close()


async def test_callouts_that_cannot_go_on_hold_up_no_other(scene: Scene, loops: Loops) -> None:
    now = clock.now()
    long_ago = now - timedelta(seconds=100)

    def several() -> int:
        for number in range(AT_ONCE):
            other = done(create_defender(PartyTerms(name=f"Other {number}"), by=BY, now=now, country="Country A"))
            raise_alarm(replace(cry(scene, now=now), defender=other), now=now)
        Callout.objects.update(steps=[{"audiences": ["no such word"]}], due_at=long_ago)
        sound = raise_alarm(cry(scene, now=now), now=now)
        Callout.objects.filter(incident=sound).update(due_at=now)
        return sound.pk

    sound = await in_thread(several)
    await loops._callouts()
    await loops._callouts()
    assert await in_thread(lambda: Callout.objects.get(incident_id=sound).due_at > now), "its people were asked again"
    assert not await in_thread(lambda: Callout.objects.filter(due_at=long_ago).exists())
    assert await in_thread(lambda: BellRing.objects.filter(cause="not_taken").exists()), "somebody hears of it"


async def test_what_was_tried_for_weeks_is_tried_on(scene: Scene, loops: Loops, committed_db: str) -> None:
    """The column for attempts ends at 32,767; one notice that reached it must not stop its whole lane."""
    now = clock.now()

    def weeks() -> tuple[int, int]:
        raise_alarm(cry(scene, now=now), now=now)
        Notice.objects.filter(channel="sms").update(attempts=32_767)
        signal = store_signal(now=now)
        Signal.objects.filter(pk=signal.pk).update(attempts=32_767)
        contents = {"channel": "sms", "sender_index": b"-", "sealed": b"-", "received_at": now, "due_at": now}
        inbound = Inbound.objects.create(**contents, attempts=32_767)
        put_back(signal.pk, now=now)
        put_back_inbound(inbound.pk, now=now)
        return signal.pk, inbound.pk

    signal_id, inbound_id = await in_thread(weeks)
    assert await in_thread(lambda: Signal.objects.get(pk=signal_id).due_at > now)
    assert await in_thread(lambda: Inbound.objects.get(pk=inbound_id).due_at > now)
    async with loops.database.connection() as connection:
        assert await lease.claim(connection, lane="cry", channel="sms", limit=100)


async def test_a_gateway_whose_clock_is_ahead_delays_no_call(scene: Scene, loops: Loops) -> None:
    ahead = clock.now() + timedelta(hours=1)
    signal = await in_thread(lambda: store_signal(now=ahead))
    async with loops.database.connection() as connection:
        assert await due.cries(connection, 10) == [signal.pk]


async def test_words_of_a_carrier_that_no_database_stores_cost_no_outcome(scene: Scene, loops: Loops) -> None:
    now = clock.now()
    await in_thread(lambda: raise_alarm(cry(scene, now=now), now=now))
    writer = OutcomeWriter(loops.database)
    task = asyncio.create_task(writer.run())
    try:
        async with loops.database.connection() as connection:
            odd, other, plain = (await lease.claim(connection, lane="cry", channel="sms", limit=3))[:3]
        async with asyncio.timeout(PATIENCE_S):
            await asyncio.gather(
                writer.write(Accepted(Held(odd.id, odd.token), "id-\x00-\ud83d")),
                writer.write(Again(Held(other.id, other.token), 5.0, "\x00 \ud83d")),
                writer.write(Accepted(Held(plain.id, plain.token), "id-1")),
            )
    finally:
        task.cancel()
    states = await in_thread(lambda: [Notice.objects.get(pk=one.id).state for one in (odd, other, plain)])
    assert states == ["accepted", "owed", "accepted"]


async def test_a_message_in_half_a_sign_is_stored_and_taken(scene: Scene, loops: Loops) -> None:
    number = scene.numbers[scene.defender.party_id]
    receiving = Receiving(loops.database)
    await receiving.receive(Incoming("sms", number, "SOS \ud83d\x00", "carrier-\x00\ud83d", clock.now()))
    inbound = await in_thread(lambda: Inbound.objects.get())
    assert await in_thread(lambda: take_inbound(inbound.pk, now=clock.now()))
    assert await in_thread(lambda: Incident.objects.filter(defender=scene.defender).exists())


async def test_a_machine_that_vanishes_holds_nobody_up_for_hours(loops: Loops) -> None:
    """Neither a database that is gone without a word, nor a program that was gone with an incident in its hands."""

    def told_by_django() -> tuple[str, dict[str, str]]:
        with connection.cursor() as cursor:
            cursor.execute("SHOW idle_in_transaction_session_timeout")
            (timeout,) = cursor.fetchone()
            return timeout, cursor.connection.info.get_parameters()

    timeout, of_django = await in_thread(told_by_django)
    async with loops.database.connection() as lent:
        of_pool = lent.info.get_parameters()
    assert timeout == "1min"
    for parameters in (of_django, of_pool):
        assert {name: parameters[name] for name in LIVELY} == {name: str(value) for name, value in LIVELY.items()}

"""A press becomes messages on phones, and answers become what headquarters sees: with real processes between."""

import asyncio

from django.db import connection

from tests.heart_scene import Scene, store_signal
from tests.servers.lanes.conftest import StartWorker
from tests.servers.lanes.waiting import PATIENCE_S, Arrivals, in_thread, until
from tocsin.core import clock
from tocsin.dispatch.models import Inbound, Notice
from tocsin.dispatch.queries import overdue_notices
from tocsin.incidents.models import Engagement, Incident


def press() -> None:
    """What the gateway does: the row, and the wake-up with its commit."""
    store_signal(now=clock.now())
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify('tocsin_signal', '')")


async def test_a_press_rings_everyone_and_an_answer_is_heard(
    scene: Scene, start_worker: StartWorker, arrivals: Arrivals
) -> None:
    await start_worker()
    await in_thread(press)
    asked = [scene.duty.party_id, *(party.pk for party in [*scene.circle, *scene.responders])]
    numbers = [scene.numbers[party_id] for party_id in asked]
    await arrivals.wait_for(lambda: all(arrivals.to(number) for number in numbers))
    assert "Nadia Invented" in arrivals.to(numbers[0])[0].text

    await arrivals.carriers.smpp.reply(scene.numbers[scene.duty.party_id], "1")
    await until(lambda: Incident.objects.filter(alarm_state="acknowledged", acknowledged_by=scene.duty).exists())
    responder = scene.responders[0].pk
    await arrivals.carriers.smpp.reply(scene.numbers[responder], "نعم")
    await arrivals.wait_for(lambda: any("10.00000" in note.text for note in arrivals.to(scene.numbers[responder])))
    await until(lambda: Engagement.objects.filter(party_id=responder, state="accepted").exists())
    await until(lambda: Incident.objects.get().callouts.filter(state="answered").exists())
    await until(lambda: not Notice.objects.filter(state__in=["owed", "claimed"]).exists())
    assert not await in_thread(lambda: list(overdue_notices(now=clock.now())))


async def test_a_stranger_is_kept(scene: Scene, start_worker: StartWorker, arrivals: Arrivals) -> None:
    await start_worker()
    await _when_bound(arrivals)
    await arrivals.carriers.smpp.reply("+447700900999", "who is this?")
    await until(lambda: Inbound.objects.filter(state="stranger").exists())


async def test_a_cry_by_sms_raises_an_alarm_and_the_phone_shows_nothing_of_it(
    scene: Scene, start_worker: StartWorker, arrivals: Arrivals
) -> None:
    await start_worker()
    await _when_bound(arrivals)
    number = scene.numbers[scene.defender.party_id]
    await arrivals.carriers.smpp.reply(number, "SOS")
    await arrivals.wait_for(lambda: arrivals.to(scene.numbers[scene.duty.party_id]))
    await arrivals.wait_for(lambda: arrivals.to(number))
    assert [note.text for note in arrivals.to(number)] == ["Recorded. Thank you."]


async def test_nothing_is_lost_when_the_worker_is_killed(
    scene: Scene, start_worker: StartWorker, arrivals: Arrivals
) -> None:
    first = await start_worker()
    arrivals.carriers.misbehaviour.sms_answer_s = 0.5
    await in_thread(press)
    await until(lambda: Notice.objects.filter(state="claimed").exists())
    await first.kill()
    arrivals.carriers.misbehaviour.sms_answer_s = 0.0
    await start_worker()
    asked = [scene.duty.party_id, *(party.pk for party in [*scene.circle, *scene.responders])]
    await arrivals.wait_for(lambda: all(arrivals.to(scene.numbers[party_id]) for party_id in asked))
    await until(lambda: not Notice.objects.filter(state__in=["owed", "claimed"]).exists())
    for party_id in asked:
        rings = arrivals.to(scene.numbers[party_id])
        repeats = await in_thread(lambda p=party_id: Notice.objects.filter(party_id=p, may_be_repeat=True).count())
        assert len(rings) <= 1 + repeats, "nothing twice that is not marked"


async def _when_bound(arrivals: Arrivals) -> None:
    """Wait until a worker holds a connection to the carrier."""
    async with asyncio.timeout(PATIENCE_S):
        await arrivals.carriers.smpp.wait_until_bound()

"""One broken carrier, line or promise: the rest goes on, and somebody hears of it."""

import asyncio
import json
from datetime import timedelta

from django.db import connection

from tests.heart_scene import BY, Scene, done, store_signal
from tests.servers.lanes.conftest import StartWorker
from tests.servers.lanes.test_worker import press
from tests.servers.lanes.waiting import PATIENCE_S, Arrivals, in_thread, until
from tocsin.channels.webhook import is_genuine
from tocsin.core import clock
from tocsin.dispatch.actions_ledger import ask_for_bell
from tocsin.dispatch.models import BellRing, Notice, WorkerStatus
from tocsin.people.actions_parties import add_way

SECRET = "a-secret-that-both-sides-know"


async def test_a_dead_mail_relay_stops_no_sms(scene: Scene, start_worker: StartWorker, arrivals: Arrivals) -> None:
    party = scene.duty.party
    await in_thread(
        lambda: done(add_way(party.pk, channel="email", address="duty@example.org", by=BY, now=clock.now()))
    )
    await start_worker(TOCSIN_EMAIL_ROUTE="smtp://127.0.0.1:1?sender=alarm@example.org")
    await in_thread(press)
    await arrivals.wait_for(lambda: arrivals.to(scene.numbers[party.pk]))
    await until(lambda: Notice.objects.filter(channel="email", state="owed", attempts__gte=2).exists())
    assert await in_thread(lambda: Notice.objects.filter(channel="email").exclude(reason="").exists())
    await until(
        lambda: any((row.channels.get("email") or {}).get("failing_since") for row in WorkerStatus.objects.all())
    )


async def test_a_wrong_line_in_the_settings_costs_its_own_channel_only(
    scene: Scene, start_worker: StartWorker, arrivals: Arrivals
) -> None:
    worker = await start_worker(TOCSIN_EMAIL_ROUTE="carrier-pigeon://loft")
    assert any("TOCSIN_EMAIL_ROUTE" in line and "a route begins with" in line for line in worker.said)
    await in_thread(press)
    await arrivals.wait_for(lambda: arrivals.to(scene.numbers[scene.duty.party_id]))


async def test_the_bell_outside_is_rung_until_it_is_heard(
    scene: Scene, start_worker: StartWorker, arrivals: Arrivals
) -> None:
    heard: asyncio.Queue[tuple[dict[str, str], bytes]] = asyncio.Queue()
    server = await asyncio.start_server(lambda reader, writer: listen(reader, writer, heard), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    await start_worker(
        TOCSIN_OUTSIDE_BELL=f"http://127.0.0.1:{port}/bell",
        TOCSIN_WEBHOOK_ROUTE=f"webhook+http://?secret={SECRET}",
    )
    await in_thread(lambda: ask_for_bell("overdue", count=3, now=clock.now()))
    async with asyncio.timeout(PATIENCE_S):
        headers, body = await heard.get()
    assert is_genuine(SECRET.encode(), body, headers["tocsin-signature"], clock.now())
    told = json.loads(json.loads(body)["body"])["tocsin"]
    assert [(ring["cause"], ring["count"]) for ring in told] == [("overdue", 3)]
    await until(lambda: BellRing.objects.filter(heard_at__isnull=False).exists())
    server.close()


async def test_a_worker_that_is_stopped_finishes_what_carriers_hold(
    scene: Scene, start_worker: StartWorker, arrivals: Arrivals
) -> None:
    worker = await start_worker()
    arrivals.carriers.misbehaviour.sms_answer_s = 1.0
    await in_thread(press)
    await until(lambda: Notice.objects.filter(state="claimed").exists())
    await worker.stop()
    assert worker.process.returncode == 0, worker.said
    assert not await in_thread(lambda: Notice.objects.filter(state="claimed").exists())
    assert not any("Traceback" in line or "ERROR" in line for line in worker.said), worker.said


async def test_a_lost_wake_up_costs_seconds_only(scene: Scene, start_worker: StartWorker, arrivals: Arrivals) -> None:
    """The commit without its NOTIFY: as after a listener that was away."""
    await start_worker()
    await in_thread(lambda: store_signal(now=clock.now() - timedelta(seconds=1)))
    await arrivals.wait_for(lambda: arrivals.to(scene.numbers[scene.duty.party_id]))


async def test_connections_that_the_database_ends_are_replaced(
    scene: Scene, start_worker: StartWorker, arrivals: Arrivals
) -> None:
    await start_worker()
    async with asyncio.timeout(PATIENCE_S):
        await arrivals.carriers.smpp.wait_until_bound()

    def cut() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        connection.close_pool()  # This test's own connections were ended as well; only the worker's are on trial.

    await in_thread(cut)
    await in_thread(press)
    await arrivals.wait_for(lambda: arrivals.to(scene.numbers[scene.duty.party_id]))


def told_by_workers() -> list[dict]:
    """What the workers said of their channels."""
    return list(WorkerStatus.objects.values_list("channels", flat=True))


async def listen(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, heard: asyncio.Queue[tuple[dict[str, str], bytes]]
) -> None:
    """A machine outside that hears one post."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    headers = {
        name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head.split("\r\n")[1:])
    }
    body = await reader.readexactly(int(headers["content-length"]))
    writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
    await writer.drain()
    writer.close()
    heard.put_nowait((headers, body))

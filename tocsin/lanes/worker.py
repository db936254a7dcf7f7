"""One worker process: it takes calls, asks people, hears them, and sends. Any number may run, on any machine."""

import asyncio
import contextlib
import json
import logging
import os
import signal
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tocsin.channels.base import Channel
from tocsin.channels.dsn import DsnError
from tocsin.channels.registry import open_route
from tocsin.core import clock
from tocsin.dispatch.queries_routes import routes
from tocsin.dispatch.rules import Lane
from tocsin.lanes.bell import OutsideBell
from tocsin.lanes.database import Bells, Database, guarded
from tocsin.lanes.loops import Loops
from tocsin.lanes.outcomes import OutcomeWriter
from tocsin.lanes.receiving import Receiving
from tocsin.lanes.sender import Sender, Tally

STATUS_S = 5.0
DRAIN_S = 10.0  # So long a clean stop waits for carriers to answer what is under way.
RESTART_S = 1.0
_STATUS = """
INSERT INTO tocsin_workerstatus (name, lanes, seen_at, started_at, channels) VALUES (%s, %s, now(), %s, %s)
ON CONFLICT (name) DO UPDATE SET lanes = excluded.lanes, seen_at = now(), started_at = excluded.started_at,
    channels = excluded.channels
"""
_FORGET_DEAD = "DELETE FROM tocsin_workerstatus WHERE seen_at < now() - interval '1 day'"

logger = logging.getLogger(__name__)


@dataclass
class Worker:
    """Everything that one process runs."""

    lanes: Sequence[Lane]
    database: Database
    channels: dict[str, Channel] = field(default_factory=dict)
    bells: Bells = field(default_factory=Bells)
    tallies: dict[str, Tally] = field(default_factory=dict)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def run(self, stop: asyncio.Event, *, ready: Callable[[], None] = lambda: None) -> None:
        """Work until `stop`. What is under way with a carrier is then waited for; the rest is left to others."""
        started_at = clock.now()
        outcomes, receiving = OutcomeWriter(self.database), Receiving(self.database)
        senders = self._senders(outcomes)
        loops = Loops(self.database, self.bells)
        await self.database.open()
        for channel in self.channels.values():
            await channel.start(receiving.receive)
        self._begin("listening", lambda: self.database.listen(self._topics(), self.bells))
        self._begin("outcomes", outcomes.run)
        self._begin("receipts", receiving.run)
        self._begin("status", lambda: self._tell_status(started_at))
        for sender in senders:
            self._begin(f"lane {sender.lane} of {sender.channel.kind}", sender.run)
        if Lane.CRY in self.lanes:
            for name, loop in loops.of_cry().items():
                self._begin(name, loop)
            self._begin("bell", OutsideBell(self.database, self.bells, self.channels.get("webhook")).run)
        if Lane.PUBLIC in self.lanes:
            for name, loop in loops.of_public().items():
                self._begin(name, loop)
        ready()
        await stop.wait()
        await self._stop(senders)

    def _senders(self, outcomes: OutcomeWriter) -> list[Sender]:
        senders = []
        for kind, channel in self.channels.items():
            tally = self.tallies.setdefault(kind, Tally())
            senders += [Sender(lane, channel, self.database, outcomes, self.bells, tally) for lane in self.lanes]
        return senders

    def _begin(self, name: str, loop: Callable[[], Awaitable[None]]) -> None:
        """Run a loop for ever. One that ends by a fault is begun again; the others never notice."""

        async def keep() -> None:
            while True:
                await guarded(name, loop)
                await asyncio.sleep(RESTART_S)

        self._tasks.append(asyncio.create_task(keep(), name=name))

    def _topics(self) -> dict[str, Callable[[str], None]]:
        ring = self.bells.ring
        lanes = {str(lane) for lane in Lane}
        return {
            "tocsin_signal": lambda _payload: ring("signal"),
            "tocsin_inbound": lambda _payload: ring("inbound"),
            "tocsin_due": lambda payload: ring(f"due:{payload}" if payload in lanes else payload),
        }

    async def _tell_status(self, started_at: datetime) -> None:
        name = f"{socket.gethostname()}:{os.getpid()}"[:64]
        while True:
            async with self.database.connection() as connection:
                values = (name, [str(lane) for lane in self.lanes], started_at, json.dumps(self._told_of_channels()))
                await connection.execute(_STATUS, values)
                await connection.execute(_FORGET_DEAD)
            await asyncio.sleep(STATUS_S)

    def _told_of_channels(self) -> dict[str, dict[str, object]]:
        return {
            kind: {
                "sent": tally.sent,
                "failed": tally.failed,
                "failing_since": _iso(tally.failing_since),
                "reason": tally.reason,
            }
            for kind, tally in self.tallies.items()
        }

    async def _stop(self, senders: Sequence[Sender]) -> None:
        """Stop taking new work, let carriers answer what is under way, then let go."""
        for task in self._tasks:
            if task.get_name() not in ("outcomes", "receipts"):
                task.cancel()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_S):
                for sender in senders:
                    await sender.drain()
        for channel in self.channels.values():
            await channel.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.database.close()


def _iso(unix_s: float | None) -> str | None:
    return None if unix_s is None else datetime.fromtimestamp(unix_s, UTC).isoformat()


def open_channels() -> tuple[dict[str, Channel], dict[str, Tally]]:
    """Open the routes of the settings. A line with a mistake costs its own channel and no other: the log says what to
    write, and the console shows the channel as failing."""
    channels, tallies = {}, {}
    for kind, line in routes().items():
        try:
            channels[kind] = open_route(line)
        except DsnError as error:
            logger.error("Nothing can be sent by %s. TOCSIN_%s_ROUTE: %s", kind, kind.upper(), error)
            tallies[kind] = Tally(failing_since=clock.now().timestamp(), reason="the line in the settings is wrong")
    return channels, tallies


async def run_worker(database_url: str, lanes: Sequence[Lane], *, ready: Callable[[], None] = lambda: None) -> None:
    """Run one worker until SIGTERM or Ctrl-C."""
    stop = asyncio.Event()
    for how in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(how, stop.set)
    channels, tallies = open_channels()
    await Worker(lanes, Database(database_url), channels, tallies=tallies).run(stop, ready=ready)

"""The gateway: a server for each protocol, one journal behind them all."""

import asyncio
import errno
import logging
import os
import resource
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from tocsin.core.clock import now
from tocsin.core.sealing import Keyring
from tocsin.gateway.connection import Connection, Datagrams, Desk
from tocsin.gateway.degraded import DutyBell
from tocsin.gateway.journal import Journal
from tocsin.gateway.limits import Limits, Peers
from tocsin.gateway.recorder import Recorder
from tocsin.gateway.reporter import Reporter, Status
from tocsin.gateway.spool import open_spool
from tocsin.gateway.words import Words
from tocsin.protocols.base import Codec

BACKLOG = 4096  # Connections that the kernel holds until they are accepted.
BIND_RETRY_S = 5.0
RESTART_S = 1.0
SWEEP_S = 30.0
DRAIN_S = 10.0
DESCRIPTORS_SPARE = 200  # For the database, the spool, the carriers.

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Setup:
    """What a gateway is told. `port_of` gives the port of a codec; 0 lets the kernel choose."""

    database_url: str
    keyring: Keyring
    folder: Path  # Of the spools.
    host: str
    port_of: Callable[[Codec], int]
    codecs: Sequence[Codec]
    limits: Limits = field(default_factory=Limits)
    spool_bytes_max: int = 512 * 1024 * 1024
    routes: Mapping[str, str] = field(default_factory=dict)


class Gateway:
    """Hears devices from `start` to `stop`."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self.ports: dict[str, int] = {}
        key = setup.keyring.journal
        spool, leftovers = open_spool(setup.folder, journal_key=key, bytes_max=setup.spool_bytes_max)
        self.name = f"{socket.gethostname()}-{spool.folder.name}"[:64]
        self.bell = DutyBell(setup.folder / "duty-officers", journal_key=key, routes=setup.routes)
        self.journal = Journal(setup.database_url, spool, self.bell, leftovers=leftovers)
        words = Words(key)
        recorder = Recorder(setup.keyring, self.journal, words)
        limits = Limits(**{**_fields(setup.limits), "connections": _room(setup.limits.connections)})
        self.desk = Desk(limits, Peers(limits), recorder, self.journal, asyncio.get_running_loop())
        self._reporter = Reporter(setup.database_url, words, spool.folder / "status.json", self.status)
        self._tasks: list[asyncio.Task[None]] = []
        self._listening: list[asyncio.AbstractServer | asyncio.BaseTransport] = []

    def status(self) -> Status:
        """Say how things are."""
        health = self.journal.health
        return Status(
            self.name,
            now(),
            self.desk.peers.connections,
            self.journal.rows_spooled,
            health.database_away_since,
            health.database_back_at,
            health.is_disk_full,
        )

    async def start(self) -> None:
        """Open every port. One that is taken is tried again; the others are served meanwhile."""
        for name, work in (
            ("journal", self.journal.run),
            ("reporter", self._reporter.run),
            ("card", self.bell.keep_card),
            ("sweep", self._sweep),
        ):
            self._tasks.append(asyncio.create_task(_keep_running(name, work), name=name))
        for codec in self._setup.codecs:
            if not await self._listen(codec):
                self._tasks.append(asyncio.create_task(self._listen_later(codec), name=f"listen {codec.name}"))

    async def stop(self) -> None:
        """Hear nobody any more, store and answer what was heard, and let go."""
        for listening in self._listening:
            listening.close()
        for connection in list(self.desk.connections):
            connection.close()
        await self.journal.drain(DRAIN_S)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.bell.close()
        await self.journal.close()

    async def _listen(self, codec: Codec) -> bool:
        """Open one port, for connections, datagrams or both. False: somebody else has it."""
        loop, host, port = self.desk.loop, self._setup.host, self._setup.port_of(codec)
        opened: list[asyncio.AbstractServer | asyncio.BaseTransport] = []
        try:
            if codec.transport != "udp":
                server = await loop.create_server(
                    partial(Connection, self.desk, codec), host, port, backlog=BACKLOG, reuse_port=True
                )
                opened.append(server)
                port = server.sockets[0].getsockname()[1]
            if codec.transport == "udp" or codec.takes_datagrams:
                transport, _ = await loop.create_datagram_endpoint(
                    partial(Datagrams, self.desk, codec), (host, port), reuse_port=True
                )
                opened.append(transport)
                port = transport.get_extra_info("sockname")[1]
        except OSError as error:
            logger.error("%s is not heard on port %d: %s", codec.name, port, os.strerror(error.errno or errno.EIO))
            for one in opened:
                one.close()
            return False
        self._listening += opened
        self.ports[codec.name] = port
        return True

    async def _listen_later(self, codec: Codec) -> None:
        while True:
            await asyncio.sleep(BIND_RETRY_S)
            if await self._listen(codec):
                logger.warning("%s is heard now", codec.name)
                return

    async def _sweep(self) -> None:
        """Close connections that have been silent for too long, and forget peers that are gone."""
        desk = self.desk
        interval_s = min(SWEEP_S, desk.limits.idle_s / 2)
        while True:
            await asyncio.sleep(interval_s)
            now_s = desk.loop.time()
            for connection in [one for one in desk.connections if now_s - one.heard_s > desk.limits.idle_s]:
                connection.close()
            desk.peers.sweep(now_s=now_s)


async def _keep_running(name: str, work: Callable[[], Awaitable[None]]) -> None:
    """Run a part of the gateway for ever. Its failure must not silence the others."""
    while True:
        try:
            await work()
        except Exception as error:
            logger.exception("The gateway's %s failed (%s); it is started again", name, type(error).__name__)
        await asyncio.sleep(RESTART_S)


def raise_descriptor_limit() -> int:
    """Allow as many open connections as the system lets us. Returns how many descriptors there may be."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def _room(wanted: int) -> int:
    """Bound connections by descriptors: running out of them would also stop the spool."""
    descriptors = raise_descriptor_limit()
    if descriptors in (resource.RLIM_INFINITY, -1) or wanted + DESCRIPTORS_SPARE <= descriptors:
        return wanted
    allowed = max(1, descriptors - DESCRIPTORS_SPARE)
    logger.warning("Only %d devices can be connected at once; raise the limit of open files (ulimit -n)", allowed)
    return allowed


def _fields(limits: Limits) -> dict[str, float]:
    return {name: getattr(limits, name) for name in limits.__dataclass_fields__}

"""A gateway in the test's own process, on uvloop as in service; one as a process; a PostgreSQL that may be killed."""

import asyncio
import functools
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
import uvloop
from django.conf import settings

from tocsin.core.postgres import RunningPostgres
from tocsin.core.sealing import Keyring, load_keyring
from tocsin.demo.wristband import Press, gt06_alarm, gt06_frame, gt06_login, gt06_place
from tocsin.gateway.frames import Contents, open_contents
from tocsin.gateway.limits import Limits
from tocsin.gateway.serve import Gateway, Setup
from tocsin.protocols.registry import CODECS

PATIENCE_S = 30.0
GT06 = CODECS["gt06"]
AT = datetime(2026, 5, 6, 7, 8, 9, tzinfo=UTC)
PRESS = Press(at=AT, lat_deg=-49.33, lon_deg=70.8)
CELL = bytes.fromhex("0385461234005678")
SOS = gt06_alarm(PRESS, code=1, says_sos=True)
ANSWER_BYTES = 10
CLIENTS: list[asyncio.StreamWriter] = []


def on_uvloop(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """Run an asynchronous test as the gateway runs in service."""

    @functools.wraps(test)
    def run(**fixtures: object) -> None:
        async def within_patience() -> None:
            try:
                async with asyncio.timeout(PATIENCE_S * 2):
                    await test(**fixtures)
            finally:
                # uvloop waits for ever for a socket that a failed test left open.
                while CLIENTS:
                    CLIENTS.pop().transport.abort()

        uvloop.run(within_patience())

    return run


def uid(number: int) -> str:
    """Give an invented IMEI."""
    return f"990000000{number:06d}"


def place(serial: int) -> bytes:
    """Give a location frame that carries a serial number."""
    return gt06_frame(0x22, gt06_place(PRESS) + CELL, serial=serial)


def serial_of(contents: Contents) -> int:
    return int.from_bytes(contents.raw[-6:-4])


class Wristband:
    """A gt06 device on a real socket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def connect(cls, port: int, number: int | None = 1, *, host: str = "127.0.0.1") -> "Wristband":
        """Connect from an address of this machine, and log in unless `number` is None."""
        device = cls(*await open_client(port, host=host))
        if number is not None:
            await device.ask(gt06_login(uid(number)))
        return device

    async def ask(self, frame: bytes) -> bytes:
        """Send a frame and wait for its answer."""
        self.writer.write(frame)
        return await self.answer()

    async def answer(self, count: int = 1) -> bytes:
        """Wait for so many answers."""
        async with asyncio.timeout(PATIENCE_S):
            return await self.reader.readexactly(ANSWER_BYTES * count)

    async def closed(self) -> bytes:
        """Wait until the gateway closes, and give what it said before."""
        async with asyncio.timeout(PATIENCE_S):
            try:
                return await self.reader.read()
            except ConnectionResetError:
                return b""

    async def leave(self) -> None:
        """Close."""
        self.writer.close()
        with suppress(OSError):  # The gateway was faster.
            await self.writer.wait_closed()


async def open_client(port: int, *, host: str = "127.0.0.1") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect from an address of this machine; closed at the end of the test at the latest."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(host, 0))
    CLIENTS.append(writer)
    return reader, writer


class Journal:
    """The journal as another connection sees it."""

    def __init__(self, url: str, keyring: Keyring) -> None:
        self.url = url
        self._key = keyring.journal

    def count(self) -> int:
        return self._rows("SELECT count(*) FROM tocsin_signal")[0][0]

    def contents(self) -> list[Contents]:
        """Give what is stored, in the order in which it was."""
        rows = self._rows("SELECT sealed FROM tocsin_signal ORDER BY id")
        return [open_contents(bytes(row[0]), journal_key=self._key) for row in rows]

    def states(self) -> list[tuple[str, bool, list[str]]]:
        return self._rows("SELECT state, is_readable, alarms FROM tocsin_signal ORDER BY id")

    def words(self) -> list[tuple]:
        return self._rows("SELECT lat_deg, lon_deg, fix_at, battery_pct, protocol FROM tocsin_deviceword ORDER BY id")

    def status(self) -> tuple:
        (row,) = self._rows(
            "SELECT name, connections, spooled, database_away_since, database_back_at, is_disk_full"
            " FROM tocsin_gatewaystatus"
        )
        return row

    def _rows(self, statement: str) -> list[tuple]:
        with psycopg.connect(self.url) as connection:
            return connection.execute(statement).fetchall()


async def until(is_so: Callable[[], object]) -> None:
    """Wait until something outside this loop is so."""
    async with asyncio.timeout(PATIENCE_S):
        while not await asyncio.to_thread(is_so):  # noqa: ASYNC110 - the database or another process tells
            await asyncio.sleep(0.01)


@pytest.fixture
def keyring() -> Keyring:
    return load_keyring(settings.KEY_FILE)


@pytest.fixture
def setup(committed_db, keyring, tmp_path) -> Setup:
    """What a test gateway is told; change it with `replace`."""
    limits = Limits(frames_per_s=1_000_000)
    return Setup(
        committed_db, keyring, tmp_path / "spool", "127.0.0.1", lambda _codec: 0, list(CODECS.values()), limits
    )


@pytest.fixture
def journal(committed_db, keyring) -> Journal:
    return Journal(committed_db, keyring)


@asynccontextmanager
async def serving(setup: Setup, *, has_database: bool = True, **changes: object) -> AsyncIterator[Gateway]:
    """Run a gateway, connected to its database if that is there."""
    gateway = Gateway(replace(setup, **changes))
    await gateway.start()
    try:
        if has_database:
            await connected(gateway)
        yield gateway
    finally:
        await gateway.stop()


async def connected(gateway: Gateway) -> None:
    """Wait until the gateway writes to its database."""
    async with asyncio.timeout(PATIENCE_S):
        while gateway.journal._connection is None:  # noqa: ASYNC110 - a test may look inside
            await asyncio.sleep(0.01)


class KillablePostgres:
    """A migrated server of this module's own."""

    def __init__(self, server: RunningPostgres) -> None:
        self.server = server
        self.url = server.url

    def kill(self) -> None:
        """End it as a crash does."""
        assert self.server.process is not None
        self.server.process.send_signal(signal.SIGKILL)
        self.server.process.wait()

    def start(self) -> None:
        """Start it again; it recovers."""
        self.server.start()


@pytest.fixture(scope="module")
def killable() -> Iterator[KillablePostgres]:
    with tempfile.TemporaryDirectory(prefix="tocsin-killable-") as name:
        Path(name).chmod(0o711)
        with RunningPostgres(Path(name) / "data") as server:
            environment = os.environ | {"TOCSIN_DATABASE_URL": server.url}
            subprocess.run([sys.executable, "-m", "tocsin", "migrate", "-v", "0"], check=True, env=environment)
            yield KillablePostgres(server)


@pytest.fixture
def own_postgres(killable) -> KillablePostgres:
    """The module's server, running and empty at the start of each test."""
    if killable.server.process.poll() is not None:
        killable.start()
    with psycopg.connect(killable.url) as connection:
        connection.execute("TRUNCATE tocsin_signal, tocsin_deviceword, tocsin_gatewaystatus CASCADE")
    return killable


class GatewayProcess:
    """`tocsin gateway` as a process of its own."""

    def __init__(self, process: subprocess.Popen, folder: Path) -> None:
        self.process = process
        self.folder = folder
        line = process.stdout.readline()
        assert "gt06 on " in line, line
        self.port = int(line.rpartition("gt06 on ")[2])

    def status(self) -> dict:
        return json.loads((self.folder / "spool" / "1" / "status.json").read_text())


@contextmanager
def gateway_process(url: str, folder: Path, *, arguments: Sequence[str] = (), **options) -> Iterator[GatewayProcess]:
    """Run a gateway whose spool lies in `folder`, and stop it at the end unless it was killed."""
    environment = os.environ | {
        "TOCSIN_DATABASE_URL": url,
        "TOCSIN_DATA_DIR": str(folder),
        "TOCSIN_GATEWAY_PORT_OFFSET": str(free_port() - GT06.port),
        "TOCSIN_GATEWAY_FRAMES_PER_S": "1000000",
        "TOCSIN_GATEWAY_CONNECTIONS_PER_PEER": "20000",
        **options.pop("settings", {}),
    }
    command = [sys.executable, "-m", "tocsin", "gateway", "--host", "127.0.0.1", "--protocol", "gt06", *arguments]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True, **options)
    try:
        yield GatewayProcess(process, folder)
    finally:
        process.terminate()
        process.wait(PATIENCE_S)
        process.stdout.close()


def free_port() -> int:
    """Find a port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]

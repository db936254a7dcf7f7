"""The journal's only writer in a gateway: many frames to a commit, answered after it, into the spool when it cannot be.

One task takes whatever arrived while the last commit ran ("natural group commit", parts.md: a timer only makes it
slower). It has three moods: *live*, rows go to the database; *away*, they go to the spool; *catching up*, the database
is back, the spool is replayed in order and new rows queue behind it, except alarms, which go ahead of everything.
"""

import asyncio
import itertools
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Protocol

import psycopg

from tocsin.core.clock import now
from tocsin.gateway.frames import COLUMNS, COPY_HEADER, COPY_TRAILER, RowFacts, read_row
from tocsin.gateway.spool import Group, Spool, SpoolFullError

BATCH_ROWS_MAX = 5_000
BATCH_BYTES_MAX = 4 * 1024 * 1024
COMMIT_TIMEOUT_S = 5.0  # Slower than this is away: a device does not wait longer for its answer.
CONNECT_TIMEOUT_S = 5
RETRY_MIN_S, RETRY_MAX_S = 0.1, 1.0
CHANNEL = "tocsin_signal"
# Classes of SQLSTATE that blame the data. Everything else blames the database, and another try may go well.
BLAMES_DATA = ("21", "22", "23", "44", "P0")
UNIQUE_VIOLATION = "23505"
COPY = f"COPY tocsin_signal ({COLUMNS}) FROM STDIN (FORMAT BINARY)"
# Also the proof that the database takes writes: it commits.
REPLAY_TABLE = f"CREATE TEMP TABLE replayed ON COMMIT DELETE ROWS AS SELECT {COLUMNS} FROM tocsin_signal LIMIT 0"  # noqa: S608
REPLAY_COPY = f"COPY replayed ({COLUMNS}) FROM STDIN (FORMAT BINARY)"
REPLAY = f"INSERT INTO tocsin_signal ({COLUMNS}) SELECT {COLUMNS} FROM replayed ON CONFLICT (uid) DO NOTHING"  # noqa: S608

_CALLER = attrgetter("caller")

logger = logging.getLogger(__name__)


class Caller(Protocol):
    """Whoever sent a frame and waits for its answer."""

    def answer(self, data: bytes, frames: int) -> None:
        """Send the answers to so many frames back, if the device is still there."""


@dataclass(slots=True)
class Row:
    """One frame on its way into the journal."""

    data: bytes  # As `frames.binary_row` wrote it.
    is_waiting: bool  # Intake must look at it.
    caller: Caller
    reply: bytes


class DegradedBell(Protocol):
    """Rings people when the database cannot (`gateway/degraded.py`)."""

    def spooled(self, rows: Sequence[RowFacts]) -> None:
        """Take note of rows that are on disk and in no database."""

    def replayed(self) -> None:
        """The database has everything now, and rings by itself."""

    def disk_full(self) -> None:
        """Frames can be stored nowhere."""


@dataclass(slots=True)
class Health:
    """What a gateway says of itself."""

    database_away_since: datetime | None = None
    database_back_at: datetime | None = None
    is_disk_full: bool = False


class Journal:
    """Stores rows and has them answered. `run` is to be kept running; `put` never blocks."""

    def __init__(self, url: str, spool: Spool, bell: DegradedBell, *, leftovers: Sequence[Spool] = ()) -> None:
        self.spool = spool
        self.health = Health()
        self._url = url
        self._bell = bell
        self._leftovers = deque(leftovers)  # Of gateways that died: replayed after our own.
        self._waiting: deque[Row] = deque()
        self._wake = asyncio.Event()
        self._connection: psycopg.AsyncConnection | None = None
        self._connecting: asyncio.Task[None] | None = None

    def put(self, row: Row) -> None:
        """Queue a row. It is answered once it is stored, in the order in which a connection sent."""
        self._waiting.append(row)
        self._wake.set()

    @property
    def rows_waiting(self) -> int:
        """How many rows are stored nowhere yet."""
        return len(self._waiting)

    @property
    def rows_spooled(self) -> int:
        """How many rows are on our own disk and not in the database."""
        return self.spool.rows_waiting + sum(spool.rows_waiting for spool in self._leftovers)

    async def run(self) -> None:
        """Store what comes, for ever. An unexpected error is logged, its rows wait, and it goes on."""
        self._bell.spooled([read_row(row) for group in self.spool.groups() for row in group.rows])
        self._reconnect()
        while True:
            batch: list[Row] = []
            try:
                await self._wake.wait()
                self._wake.clear()
                while self._waiting or (self._connection is not None and self._has_backlog()):
                    batch = self._take_batch()
                    await self._store(batch)
                    batch = []
                    await asyncio.sleep(0)  # Hear what arrived.
            except SpoolFullError as error:
                await self._wait_for_room(batch, error)
            except Exception:
                logger.exception("The journal's writer failed; %d rows wait", len(batch) + len(self._waiting))
                self._waiting.extendleft(reversed(batch))
                self._lose(None)
                await asyncio.sleep(RETRY_MAX_S)
                self._wake.set()

    async def drain(self, timeout_s: float) -> None:
        """Wait until all that was received is stored and answered, and in the database if that is there."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                while self._waiting or (self._connection is not None and self._has_backlog()):  # noqa: ASYNC110 - only at the end of the process
                    await asyncio.sleep(0.01)

    async def close(self) -> None:
        """Let go of the database. `run` has been cancelled."""
        if self._connecting is not None:
            self._connecting.cancel()
        if self._connection is not None:
            await self._connection.close()
        for spool in (self.spool, *self._leftovers):
            spool.close()

    def _has_backlog(self) -> bool:
        return self.spool.rows_waiting > 0 or bool(self._leftovers)

    def _take_batch(self) -> list[Row]:
        batch, size = [], 0
        while self._waiting and len(batch) < BATCH_ROWS_MAX and size < BATCH_BYTES_MAX:
            batch.append(self._waiting.popleft())
            size += len(batch[-1].data)
        return batch

    async def _store(self, batch: list[Row]) -> None:
        """Put a batch where it can be put, answer it, and do one step of catching up."""
        if self._connection is not None and not self._has_backlog():
            if not await self._commit(batch):
                await self._spool(batch)
            return
        urgent = [row for row in batch if row.is_waiting]
        if self._connection is not None and urgent and await self._commit(urgent):
            batch = [row for row in batch if not row.is_waiting]
        if batch:
            await self._spool(batch)
        if self._connection is not None:
            await self._catch_up()

    async def _commit(self, batch: list[Row]) -> bool:
        """Write to the database and answer. False: it is away, and none of these rows is answered."""
        assert self._connection is not None
        connection = self._connection
        is_waiting = any(row.is_waiting for row in batch)
        refused: list[bytes] = []
        try:
            async with asyncio.timeout(COMMIT_TIMEOUT_S):
                refused = await _bisect([row.data for row in batch], lambda rows: _copy(connection, rows, is_waiting))
        except (psycopg.Error, TimeoutError) as error:
            self._lose(error)
            return False
        if refused:
            await self._keep_refused(refused)
        self._stored(batch)
        return True

    async def _spool(self, batch: list[Row]) -> None:
        """Write to our own disk and answer. Raises SpoolFullError."""
        await asyncio.to_thread(self.spool.append, [row.data for row in batch])
        self._stored(batch)
        if self._connection is None:
            self._bell.spooled([read_row(row.data) for row in batch if row.is_waiting])

    def _stored(self, batch: list[Row]) -> None:
        if self.health.is_disk_full:
            logger.warning("Frames are stored again")
            self.health.is_disk_full = False
        _answer(batch)

    async def _catch_up(self) -> None:
        """Replay the oldest group. Safe to run twice: a row that is there already is left as it is."""
        assert self._connection is not None
        spool = self.spool if self.spool.rows_waiting else self._leftovers[0]
        group = await asyncio.to_thread(spool.oldest)
        if group is not None:
            if not await self._replay(self._connection, group):
                return
            await asyncio.to_thread(spool.forget, group)
        if spool is not self.spool and not spool.rows_waiting:
            self._leftovers.popleft().close()
        if not self._has_backlog():
            logger.info("The spool is replayed; the database has everything")
            self._bell.replayed()

    async def _replay(self, connection: psycopg.AsyncConnection, group: Group) -> bool:
        try:
            async with asyncio.timeout(COMMIT_TIMEOUT_S * 4):  # Nobody waits for these.
                refused = await _bisect(list(group.rows), lambda rows: _copy_once(connection, rows))
        except (psycopg.Error, TimeoutError) as error:
            self._lose(error)
            return False
        if refused:
            await self._keep_refused(refused)
        return True

    async def _keep_refused(self, rows: list[bytes]) -> None:
        """Keep what the database will not take for what it is, so that no frame is lost, and say so loudly."""
        facts = [read_row(row) for row in rows]
        for fact in facts:
            logger.error("The database refuses signal %s; it is kept in %s/refused", fact.uid, self.spool.folder)
        await asyncio.to_thread(self.spool.keep_refused, rows)
        self._bell.spooled(facts)

    async def _wait_for_room(self, batch: list[Row], error: SpoolFullError) -> None:
        """The spool takes nothing more: nobody is answered, the rows wait in memory, and people are told."""
        self._waiting.extendleft(reversed(batch))
        if not self.health.is_disk_full:
            self.health.is_disk_full = True
            logger.critical("Frames can be stored nowhere: %s. Devices are not answered. Free disk space now.", error)
            if self._connection is None:
                self._bell.disk_full()
        if self._connection is not None and self._has_backlog():
            await self._catch_up()  # The database is back, so room is made at once.
        else:
            await asyncio.sleep(RETRY_MAX_S)
        self._wake.set()

    def _lose(self, error: BaseException | None) -> None:
        """Let go of a connection that does not work, and look for the next one."""
        if self._connection is not None:
            connection, self._connection = self._connection, None
            connection.pgconn.finish()
        if self.health.database_away_since is None or self.health.database_back_at is not None:
            self.health.database_away_since, self.health.database_back_at = now(), None
            logger.error("The database is away (%s); frames go to the spool", _name(error))
        self._reconnect()

    def _reconnect(self) -> None:
        if self._connecting is None or self._connecting.done():
            self._connecting = asyncio.create_task(self._connect(), name="journal connects")

    async def _connect(self) -> None:
        delay_s = RETRY_MIN_S
        while True:
            try:
                self._connection = await _connect_for_writing(self._url)
                break
            except (psycopg.Error, TimeoutError) as error:
                if self.health.database_away_since is None or self.health.database_back_at is not None:
                    self._lose(error)
            await asyncio.sleep(delay_s)
            delay_s = min(delay_s * 2, RETRY_MAX_S)
        if self.health.database_away_since is not None and self.health.database_back_at is None:
            self.health.database_back_at = now()
            logger.warning("The database is back; %d rows are in the spool", self.rows_spooled)
        self._wake.set()


async def connect(url: str) -> psycopg.AsyncConnection:
    """Open a connection for which each statement is a transaction of its own."""
    # A server that vanished with its machine would otherwise be waited for for a quarter of an hour.
    return await psycopg.AsyncConnection.connect(
        url,
        autocommit=True,
        connect_timeout=CONNECT_TIMEOUT_S,
        tcp_user_timeout=5000,
        application_name="tocsin gateway",
    )


async def _connect_for_writing(url: str) -> psycopg.AsyncConnection:
    """Open a connection that takes writes: not a standby, not a primary whose commits hang."""
    connection = await connect(url)
    try:
        async with asyncio.timeout(COMMIT_TIMEOUT_S):
            await connection.execute(REPLAY_TABLE)
    except BaseException:
        connection.pgconn.finish()
        raise
    return connection


async def _bisect(rows: list[bytes], store: Callable[[list[bytes]], Awaitable[None]]) -> list[bytes]:
    """Store rows together; when the database blames them, halve until the culprit stands alone. Returns culprits."""
    try:
        await store(rows)
    except psycopg.Error as error:
        if not (error.sqlstate or "").startswith(BLAMES_DATA):
            raise
        if len(rows) == 1:
            # A row that is there already was stored by a commit whose answer got lost.
            return [] if error.sqlstate == UNIQUE_VIOLATION else rows
        middle = len(rows) // 2
        return await _bisect(rows[:middle], store) + await _bisect(rows[middle:], store)
    return []


async def _copy(connection: psycopg.AsyncConnection, rows: list[bytes], is_waiting: bool) -> None:
    """Write rows in one transaction, and wake intake with it when there is something for it to do."""
    data = b"".join((COPY_HEADER, *rows, COPY_TRAILER))
    if not is_waiting:
        await _send(connection, COPY, data)
        return
    async with connection.transaction():
        await _send(connection, COPY, data)
        await connection.execute(f"NOTIFY {CHANNEL}")


async def _copy_once(connection: psycopg.AsyncConnection, rows: list[bytes]) -> None:
    """Write rows of which some may be there already."""
    async with connection.transaction():
        await _send(connection, REPLAY_COPY, b"".join((COPY_HEADER, *rows, COPY_TRAILER)))
        await connection.execute(REPLAY)
        await connection.execute(f"NOTIFY {CHANNEL}")


async def _send(connection: psycopg.AsyncConnection, statement: str, data: bytes) -> None:
    async with connection.cursor() as cursor, cursor.copy(statement) as copy:
        await copy.write(data)


def _answer(batch: Sequence[Row]) -> None:
    """Answer rows that are stored. What one read brought stands together, and is answered together."""
    for caller, rows in itertools.groupby(batch, key=_CALLER):
        replies = [row.reply for row in rows]
        caller.answer(b"".join(replies), len(replies))


def _name(error: BaseException | None) -> str:
    """Name an error without its text, which may hold values."""
    return f"{type(error).__name__} {getattr(error, 'sqlstate', None) or ''}".strip()

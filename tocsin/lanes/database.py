"""How a worker reaches PostgreSQL: a small pool for plain SQL, one connection that listens, threads for the ORM."""

import asyncio
import logging
import sys
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, ParamSpec, TypeVar

import psycopg
from django.conf import settings
from django.db import InterfaceError, InternalError, OperationalError, close_old_connections, connection, connections
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from tocsin.core.postgres_place import LIVELY

POOL_MAX = 6
THREADS = 4
PREPARE_AFTER = 2  # Executions after which PostgreSQL keeps the plan of a statement.
SWITCH_S = 0.0005  # So long a thread may hold the interpreter while the loop that sends waits for it.
CONNECT_S = 5
WAIT_S = 10.0
RETRY_S = 1.0
# The database is away or takes over: nothing is wrong with the work, so it is tried again.
# A standby that takes no writes, or not yet, says InternalError.
AWAY = (
    psycopg.OperationalError, psycopg.InterfaceError, psycopg.InternalError,
    OperationalError, InterfaceError, InternalError, PoolTimeout, ConnectionError,
)  # fmt: skip

P = ParamSpec("P")
T = TypeVar("T")

logger = logging.getLogger(__name__)


class Bells:
    """Wake-ups by topic: NOTIFY rings them. Ringing too often is harmless, too rarely is not, so each who waits has an
    event of its own and nobody clears another's."""

    def __init__(self) -> None:
        self._events: dict[str, list[asyncio.Event]] = {}

    def waiter(self, *topics: str) -> asyncio.Event:
        """Give an event that any of these topics sets, such as "signal" or "due:cry"; its owner clears it."""
        event = asyncio.Event()
        for topic in topics:
            self._events.setdefault(topic, []).append(event)
        return event

    def ring(self, topic: str) -> None:
        """Wake whoever waits for a topic."""
        for event in self._events.get(topic, ()):
            event.set()

    def ring_all(self) -> None:
        """Wake everybody: something may have been missed."""
        for topic in self._events:
            self.ring(topic)


async def wait_any(*events: asyncio.Event, timeout_s: float) -> None:
    """Return when one of the events is set, or the time is over."""
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()


class Database:
    """The worker's connections."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._pool: AsyncConnectionPool[AsyncConnection[Any]] = AsyncConnectionPool(
            url,
            min_size=2,
            max_size=POOL_MAX,
            open=False,
            timeout=WAIT_S,
            # Prepared at once: the same few statements run for ever.
            kwargs={"autocommit": True, "prepare_threshold": 0, "connect_timeout": CONNECT_S, **LIVELY},
        )
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="orm", initializer=_warm)

    async def open(self) -> None:
        """Begin to connect. A database that is away is no error here: the loops wait for it."""
        await self._pool.open(wait=False)

    async def close(self) -> None:
        """Let go of everything."""
        await self._pool.close()
        self._threads.shutdown(wait=True, cancel_futures=True)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[AsyncConnection[Any]]:
        """Lend a connection. Raises one of `AWAY` when there is none."""
        async with self._pool.connection() as lent:
            yield lent

    async def in_thread(self, function: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
        """Run a piece of ORM work in a thread that keeps its connection warm."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, partial(_with_connection, function, *arguments, **named))

    async def listen(self, topics: dict[str, Callable[[str], None]], bells: Bells) -> None:
        """Hear NOTIFY for ever: `topics` maps a channel to what its payload rings. Connects again when it is lost."""
        while True:
            try:
                options: dict[str, Any] = {"connect_timeout": CONNECT_S, **LIVELY}
                async with await AsyncConnection.connect(self._url, autocommit=True, **options) as ear:
                    for channel in topics:
                        await ear.execute(f"LISTEN {channel}")
                    bells.ring_all()  # Whatever came while nobody listened.
                    async for heard in ear.notifies():
                        topics[heard.channel](heard.payload)
            except AWAY as error:
                logger.warning("The database does not answer (%s); trying again", type(error).__name__)
                await asyncio.sleep(RETRY_S)


def _warm() -> None:
    close_old_connections()


def _with_connection(function: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
    """Django's own care for a connection at the begin of each piece of work: a broken one is replaced."""
    close_old_connections()
    try:
        return function(*arguments, **named)
    finally:
        if connection.in_atomic_block:  # Only after an error that broke out of a transaction.
            connection.close()


async def guarded(name: str, work: Callable[[], Awaitable[T]]) -> T | None:
    """Run one piece of work. What goes wrong in it is written down by place and kind, and stops nothing else.

    The message of an error may hold what a person wrote, so it stays out of the log. `None`: it failed.
    """
    try:
        return await work()
    except AWAY as error:
        logger.warning("%s waits: the database does not answer (%s)", name, type(error).__name__)
    except Exception as error:  # noqa: BLE001 - the job's one broad catch (style, section 9)
        logger.error("%s failed: %s at %s", name, type(error).__name__, place_of(error))
    return None


def place_of(error: BaseException) -> str:
    """Say where an error came from, innermost last, without its message."""
    frames: Iterable[traceback.FrameSummary] = traceback.extract_tb(error.__traceback__)[-4:]
    return " > ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in frames)


def make_quick() -> None:
    """Fit Django's connections to a process that lives long and asks the same questions again and again: statements are
    prepared, and each thread keeps its connection. Call it before the first question."""
    own = connections.settings["default"]
    own["OPTIONS"] = {name: value for name, value in own["OPTIONS"].items() if name != "pool"} | {
        "server_side_binding": True,
        "prepare_threshold": PREPARE_AFTER,
    }
    own["CONN_MAX_AGE"], own["CONN_HEALTH_CHECKS"] = None, False
    sys.setswitchinterval(SWITCH_S)


def url() -> str:
    """Give the address of the database, as the settings know it."""
    return str(settings.DATABASE_URL)

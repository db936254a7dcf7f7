"""Live pages: what changed, told to every open page by server-sent events (WHATWG HTML, section 9.2).

One connection to PostgreSQL listens for all pages of this process. An event says only that something changed; the page
then asks for itself again, as the person who is signed in. So no names travel here, and nothing can leak.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

import psycopg
from django.conf import settings
from django.db import OperationalError, connections
from psycopg import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from tocsin.accounts.queries import signed_in_staff

CHANNEL = "tocsin_live"
BOARD = "board"
STILL_S = 20.0  # Something is said at least this often, so that a dead connection is noticed (live.js: PATIENCE_MS).
CHECK_S = 5.0  # The listening connection is tried this often.
CHECK_ANSWER_S = 3.0
RETRY_S = 0.5
STREAMS_MAX = 1000
CONNECTING_S = 5
DATABASE_STARTING = "57P03"  # cannot_connect_now (PostgreSQL manual, appendix A).
STREAM_HEADERS = {
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",  # A proxy in front must not gather the events.
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}

logger = logging.getLogger(__name__)


class AwayError(ConnectionError):
    """No database server answers."""


BROKEN = (psycopg.OperationalError, TimeoutError, OSError)


class Listener:
    """One open page. What it has not been told yet is a set of words, so that a slow page holds no queue."""

    def __init__(self) -> None:
        self.news: set[str] = set()
        self.wake = asyncio.Event()

    def tell(self, word: str) -> None:
        """Note one word. `away` and `back` replace each other."""
        self.news -= {"away", "back"} if word in {"away", "back"} else set()
        self.news.add(word)
        self.wake.set()

    def take(self) -> list[str]:
        """Give what is to be said now."""
        told, self.news = sorted(self.news), set()
        self.wake.clear()
        return told


class Hub:
    """Listens once, and tells all pages. Use as an asynchronous context: entering starts to listen."""

    def __init__(self, database_url: str) -> None:
        self.database_url = database_url
        self.is_away = False
        self.is_stopping = False
        self._pages: dict[str, set[Listener]] = {}
        self._task: asyncio.Task[None] | None = None
        self._was_tried = asyncio.Event()

    async def __aenter__(self) -> "Hub":
        self._task = asyncio.create_task(self._listen_for_ever())
        await self._was_tried.wait()  # The first page is told the truth about the database.
        return self

    async def __aexit__(self, *_: object) -> None:
        self.stop()
        assert self._task is not None
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    @property
    def open_pages(self) -> int:
        """How many pages listen now."""
        return sum(len(pages) for pages in self._pages.values())

    def stop(self) -> None:
        """End every stream, so that the process can end; the pages connect to the next one."""
        self.is_stopping = True
        self._tell_all("stop")

    def tell(self, payload: str) -> None:
        """Tell whom a notification concerns: the board hears everything, an incident's page its own number."""
        for topic in {BOARD, payload}:
            for page in self._pages.get(topic, ()):
                page.tell("change")

    async def events(self, topic: str) -> AsyncIterator[str]:
        """Give the lines of one page's stream, until the process stops or the page goes away."""
        page = Listener()
        self._pages.setdefault(topic, set()).add(page)
        try:
            yield event("away" if self.is_away else "hello")
            while not self.is_stopping:
                try:
                    await asyncio.wait_for(page.wake.wait(), STILL_S)
                except TimeoutError:
                    yield event("still")
                for word in page.take():
                    if word != "stop":
                        yield event(word)
        finally:
            self._pages[topic].discard(page)
            if not self._pages[topic]:
                del self._pages[topic]

    async def _listen_for_ever(self) -> None:
        while True:
            try:
                await self._listen(await self._connect())
            except BROKEN as error:
                if isinstance(error, AwayError) and not self.is_away:
                    self.is_away = True
                    logger.warning("The database is away; pages say so.")
                    self._tell_all("away")
            self._was_tried.set()
            await asyncio.sleep(RETRY_S)

    async def _connect(self) -> AsyncConnection:
        """Open a connection. Raises `AwayError` when there is no server; one that is full or lost us is still there."""
        try:
            return await AsyncConnection.connect(self.database_url, autocommit=True, connect_timeout=CONNECTING_S)
        except BROKEN as error:
            if getattr(error, "sqlstate", None) in (None, DATABASE_STARTING):
                raise AwayError from error
            raise

    async def _listen(self, connection: AsyncConnection) -> None:
        """Listen on one connection until it breaks."""
        async with connection:
            await connection.execute(f"LISTEN {CHANNEL}")
            # What was notified while nobody listened is lost, so every page asks for itself again.
            self._tell_all("back" if self.is_away else "change")
            self.is_away = False
            self._was_tried.set()
            while True:
                async for notification in connection.notifies(timeout=CHECK_S):
                    self.tell(notification.payload)
                await asyncio.wait_for(connection.execute("SELECT 1"), CHECK_ANSWER_S)

    def _tell_all(self, word: str) -> None:
        for pages in self._pages.values():
            for page in pages:
                page.tell(word)


def event(word: str) -> str:
    """Write one event. The browser is told to come back after a second."""
    return f"retry: 1000\nevent: {word}\ndata: \n\n"


class Door:
    """Lets signed-in staff listen, and nobody else."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub

    async def board(self, request: Request) -> Response:
        """Tell of every change."""
        return await self._open(request, BOARD)

    async def incident(self, request: Request) -> Response:
        """Tell of one incident's changes."""
        return await self._open(request, str(request.path_params["incident_id"]))

    async def _open(self, request: Request, topic: str) -> Response:
        if self.hub.open_pages >= STREAMS_MAX or self.hub.is_stopping:
            return Response("Too many pages listen. This one still works: load it again.", 503, STREAM_HEADERS)
        key = request.cookies.get(settings.SESSION_COOKIE_NAME)
        try:
            is_staff = await asyncio.to_thread(is_signed_in, key)
        except OperationalError:
            return Response("The database is away.", 503, STREAM_HEADERS)
        if not is_staff:
            return Response("Sign in first.", 403, STREAM_HEADERS)
        stream = self._while_signed_in(topic, key)
        return StreamingResponse(stream, media_type="text/event-stream", headers=STREAM_HEADERS)

    async def _while_signed_in(self, topic: str, key: str | None) -> AsyncIterator[str]:
        """Give the stream, and end it once the session has ended. Asked when nothing else is said: every 20 s."""
        async with contextlib.aclosing(self.hub.events(topic)) as events:
            async for line in events:
                yield line
                if line == event("still") and not self.hub.is_away:
                    try:
                        if not await asyncio.to_thread(is_signed_in, key):
                            return
                    except OperationalError:
                        continue  # The hub will say that the database is away.


def is_signed_in(session_key: str | None) -> bool:
    """Say whether a session cookie belongs to active staff with a second factor. Runs in a thread."""
    try:
        return signed_in_staff(session_key) is not None
    finally:
        connections.close_all()

"""The web process: one port, one origin (decision record 0008).

Addresses below `/live/` are server-sent events, held open by asyncio. All others are Django's pages, made by a fixed
number of threads.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from a2wsgi import WSGIMiddleware
from django.conf import settings
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tocsin.wsgi import application as pages  # Before what needs Django's settings.

# isort: split
from tocsin.console import errors, live


class WhileDatabaseIsHere:
    """Gives the pages to Django; while the database is known to be away, says so at once and holds no thread."""

    def __init__(self, inner: ASGIApp, hub: live.Hub) -> None:
        self.inner = inner
        self.hub = hub

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if self.hub.is_away and scope["type"] == "http" and not scope["path"].startswith(settings.STATIC_URL):
            headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
            page, named = errors.database_away_page(headers.get("cookie", ""), is_post=scope["method"] == "POST")
            await Response(page, status_code=503, headers=named)(scope, receive, send)
            return

        async def receive_here() -> Message:
            """Granian gives an awaitable that is no coroutine, and a page's thread can hand only those to the loop."""
            return await receive()

        await self.inner(scope, receive_here, send)


def web_application(hub: live.Hub) -> Starlette:
    """Put the web process together."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with hub:
            yield

    door = live.Door(hub)
    django_pages = WSGIMiddleware(pages, workers=settings.TOCSIN_WEB_THREADS)
    return Starlette(
        routes=[
            Route("/live/board", door.board),
            Route("/live/incident/{incident_id:int}", door.incident),
            Mount("/", app=WhileDatabaseIsHere(django_pages, hub)),
        ],
        lifespan=lifespan,
    )


hub = live.Hub(settings.DATABASE_URL)
application = web_application(hub)

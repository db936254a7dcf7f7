"""Carriers on loopback for the tests of whatever sends: real SMPP and SMTP, and an inbox for what comes back."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio

from tocsin.channels.base import Channel, DeliveryReceipt, Incoming
from tocsin.channels.registry import open_route
from tocsin.demo.carriers import Carriers, Ports

TOKEN = "a-token-that-nobody-guesses"
PATIENCE_S = 20.0  # Long enough for a loaded machine; nothing waits for it when all is well.

OpenRoute = Callable[[str], Awaitable[Channel]]


class Inbox:
    """What a channel's `receive` stored. `fail` and `hold` let a test play a database in trouble."""

    def __init__(self) -> None:
        self.all: list[Incoming | DeliveryReceipt] = []
        self.tries = 0
        self.failures_left = 0
        self.open = asyncio.Event()
        self.open.set()
        self._changed = asyncio.Condition()

    async def receive(self, value: Incoming | DeliveryReceipt) -> None:
        async with self._changed:
            self.tries += 1
            self._changed.notify_all()
        await self.open.wait()
        if self.failures_left:
            self.failures_left -= 1
            raise RuntimeError("the database is away")
        async with self._changed:
            self.all.append(value)
            self._changed.notify_all()

    @property
    def messages(self) -> list[Incoming]:
        return [value for value in self.all if isinstance(value, Incoming)]

    @property
    def receipts(self) -> list[DeliveryReceipt]:
        return [value for value in self.all if isinstance(value, DeliveryReceipt)]

    async def wait_for(self, is_enough: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S), self._changed:
            await self._changed.wait_for(is_enough)


@pytest.fixture
def token() -> str:
    """Opens the door of the demo's carriers."""
    return TOKEN


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest_asyncio.fixture
async def carriers() -> AsyncIterator[Carriers]:
    """The demo's carriers, listening; their ports are in `carriers.ports`."""
    async with Carriers(TOKEN) as running:
        running.ports = await running.start()
        yield running


@pytest.fixture
def ports(carriers: Carriers) -> Ports:
    return carriers.ports


@pytest_asyncio.fixture
async def open_started(inbox: Inbox) -> AsyncIterator[OpenRoute]:
    """Opens a route from its line, starts it, and stops it after the test."""
    routes: list[Channel] = []

    async def opened(line: str) -> Channel:
        route = open_route(line)
        await route.start(inbox.receive)
        routes.append(route)
        return route

    yield opened
    async with asyncio.timeout(PATIENCE_S):
        for route in routes:
            await route.stop()

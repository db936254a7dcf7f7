"""The web process, and a browser's side of server-sent events."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx
import pytest

from tests.web_process import running_web


@pytest.fixture
def start_web() -> Callable:
    return running_web


@asynccontextmanager
async def events(client: httpx.AsyncClient, topic: str) -> AsyncIterator[asyncio.Queue]:
    """Listen to a live address; the words of the events arrive in a queue, `None` when the stream ends."""
    words: asyncio.Queue = asyncio.Queue()

    async def read() -> None:
        try:
            async with client.stream("GET", f"/live/{topic}") as answer:
                assert answer.status_code == 200, await answer.aread()
                async for line in answer.aiter_lines():
                    if line.startswith("event: "):
                        await words.put(line.removeprefix("event: "))
        except httpx.TransportError:
            pass  # The process was stopped in the middle of a chunk.
        await words.put(None)

    task = asyncio.create_task(read())
    try:
        yield words
    finally:
        task.cancel()


@pytest.fixture
def listen() -> Callable:
    return events

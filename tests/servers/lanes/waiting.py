"""Waiting for what processes do, without sleeping for luck."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from django.db import connections

from tocsin.demo.carriers import Carriers
from tocsin.demo.pocket import Note

PATIENCE_S = 30.0
T = TypeVar("T")


async def in_thread(work: Callable[[], T]) -> T:
    """Ask the database as a page does; the thread's connection is given back."""

    def asked() -> T:
        try:
            return work()
        finally:
            connections.close_all()

    return await asyncio.to_thread(asked)


class Arrivals:
    """What reached the phones; a test waits for it instead of sleeping."""

    def __init__(self, carriers: Carriers) -> None:
        self.carriers = carriers
        self._changed = asyncio.Event()
        carriers.pockets._on_message = lambda _note: self._changed.set()

    def to(self, number: str) -> list[Note]:
        return [note for note in self.carriers.pockets.of(number) if note.direction == "in"]

    async def wait_for(self, is_enough: Callable[[], object]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not is_enough():
                self._changed.clear()
                await self._changed.wait()


async def until(is_so: Callable[[], object]) -> None:
    """Ask the database again and again until something is so."""
    async with asyncio.timeout(PATIENCE_S):
        while not await in_thread(is_so):  # noqa: ASYNC110 - another process changes it
            await asyncio.sleep(0.05)

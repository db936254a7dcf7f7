"""Writing outcomes in batches: whatever ended while the last batch was written is the next one."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from tocsin.dispatch.rules import NoticeState
from tocsin.lanes import lease
from tocsin.lanes.database import AWAY, RETRY_S, Database
from tocsin.lanes.lease import Held

BATCH_MAX = 2000


@dataclass(frozen=True, slots=True)
class Accepted:
    """A carrier took it."""

    held: Held
    carrier_id: str


@dataclass(frozen=True, slots=True)
class Again:
    """It failed for a time only."""

    held: Held
    pause_s: float
    reason: str


@dataclass(frozen=True, slots=True)
class Ended:
    """It will never be sent: refused by the carrier, or withheld."""

    held: Held
    state: NoticeState
    reason: str


Outcome = Accepted | Again | Ended


@dataclass
class OutcomeWriter:
    """Takes outcomes from any number of senders; each waits until its own is committed."""

    database: Database
    _waiting: list[tuple[Outcome, asyncio.Future[None]]] = field(default_factory=list)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)

    async def write(self, outcome: Outcome) -> None:
        """Return when the outcome is on disk, or another worker holds the notice by now."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((outcome, done))
        self._wake.set()
        await done

    async def run(self) -> None:
        """Write for ever. While the database is away the outcomes wait here; their leases may end meanwhile, and then
        another worker sends once more, marked as a repeat."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                batch, self._waiting = self._waiting[:BATCH_MAX], self._waiting[BATCH_MAX:]
                try:
                    await self._until_written([outcome for outcome, _ in batch])
                finally:  # Nobody waits for ever, whatever happened: then the lease ends, and it is tried again.
                    for _, done in batch:
                        if not done.done():
                            done.set_result(None)
                    self._wake.set()

    async def _until_written(self, outcomes: list[Outcome]) -> None:
        while True:
            try:
                await self._write(outcomes)
                return
            except AWAY:
                await asyncio.sleep(RETRY_S)

    async def _write(self, outcomes: list[Outcome]) -> None:
        accepted = [(one.held, one.carrier_id) for one in outcomes if isinstance(one, Accepted)]
        again = [(one.held, one.pause_s, one.reason) for one in outcomes if isinstance(one, Again)]
        ended = [(one.held, one.state, one.reason) for one in outcomes if isinstance(one, Ended)]
        async with self.database.connection() as connection:
            if accepted:
                rows = await lease.write_accepted(connection, accepted)
                await lease.tell_pages(connection, [incident for _, incident in rows])
            if again:
                await lease.write_again(connection, again)
            if ended:
                await lease.write_ended(connection, ended)


WriteOutcome = Callable[[Outcome], Awaitable[None]]

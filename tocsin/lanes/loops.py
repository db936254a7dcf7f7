"""What a worker does beside sending: intake, callouts, messages from people, the sweep, the bell outside, waves.

Each loop takes what is due, piece by piece in threads, and then sleeps until a NOTIFY or the next time it must look.
The pieces only touch the database, so their lease is the lock on their row: a worker that dies lets go of it at once.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from tocsin.accounts import jobs as accounts_jobs
from tocsin.core import clock
from tocsin.dispatch.actions_callouts import advance_callout
from tocsin.dispatch.actions_inbound import put_back as put_back_inbound
from tocsin.dispatch.actions_inbound import take_inbound
from tocsin.dispatch.actions_ledger import audit, expire, put_back_callout
from tocsin.dispatch.models import Callout
from tocsin.incidents import jobs as incidents_jobs
from tocsin.incidents.actions_intake import keep_unreadable, put_back, take_signal
from tocsin.incidents.actions_timeline import locked
from tocsin.lanes import due
from tocsin.lanes.database import Bells, Database, guarded, wait_any
from tocsin.people import jobs as people_jobs
from tocsin.publicity.actions_supporters import leave_by_sms
from tocsin.publicity.actions_waves import tend
from tocsin.publicity.wording import is_leave_word

INTAKES = 2  # More would only wait for each other in one interpreter.
AT_ONCE = 4  # Pieces under way at a time; as many as there are threads.
IDLE_S = 5.0
OTHERS_S = 2.0
SWEEP_S = 5.0
HOUR_S = 3600.0

logger = logging.getLogger(__name__)
Job = Callable[[], Awaitable[float]]
Loop = Callable[[], Awaitable[None]]


@dataclass
class Loops:
    """The loops of one worker."""

    database: Database
    bells: Bells
    _taking: set[int] = field(default_factory=set)  # Signals that an intake of this process holds.

    def of_cry(self) -> dict[str, Loop]:
        """Give the loops that run in the workers of the lane `cry`, by their name."""
        return {
            **{f"intake {n}": partial(self._forever, f"intake {n}", self._intake, "signal") for n in range(INTAKES)},
            "other signals": partial(self._forever, "other signals", self._other_signals),
            "callouts": partial(self._forever, "callouts", self._callouts, "callout"),
            "inbound": partial(self._forever, "inbound", self._inbound, "inbound"),
            "sweep": partial(self._forever, "sweep", self._sweep),
            "housekeeping": partial(self._forever, "housekeeping", self._housekeeping),
        }

    def of_public(self) -> dict[str, Loop]:
        """Give the loop that runs in the workers of the lane `public`."""
        return {"waves": partial(self._forever, "waves", self._waves, "due:public")}

    async def _forever(self, name: str, job: Job, *topics: str) -> None:
        """Run a job for ever; it says in how many seconds it wants to look again. A failure pauses it for a second."""
        bell = self.bells.waiter(*topics)
        while True:
            bell.clear()
            pause_s = await guarded(name, job)
            pause_s = 1.0 if pause_s is None else min(pause_s, HOUR_S)
            if pause_s > 0:
                await wait_any(bell, timeout_s=pause_s)

    async def _intake(self) -> float:
        """Cries first, and only cries: a flood of unreadable frames waits in another loop."""
        async with self.database.connection() as connection:
            ids = await due.cries(connection, 2 * INTAKES)
        free = [signal_id for signal_id in ids if signal_id not in self._taking][:1]
        self._taking.update(free)
        try:
            await self._each("signal", free, take_signal, put_back)
        finally:
            self._taking.difference_update(free)
        return 0.0 if free and len(ids) > 1 else IDLE_S

    async def _other_signals(self) -> float:
        async with self.database.connection() as connection:
            ids = await due.other_signals(connection, AT_ONCE)
        await self._each("signal", ids, take_signal, put_back)
        kept = await self.database.in_thread(keep_unreadable, now=clock.now())
        return 0.0 if ids or kept else OTHERS_S

    async def _inbound(self) -> float:
        async with self.database.connection() as connection:
            ids = await due.inbound(connection, AT_ONCE)
        await self._each("inbound", ids, _take_inbound, put_back_inbound)
        return 0.0 if len(ids) == AT_ONCE else IDLE_S

    async def _callouts(self) -> float:
        async with self.database.connection() as connection:
            rows = await due.callouts(connection, AT_ONCE)
        for callout_id, incident_id in rows:
            job = partial(self.database.in_thread, _advance, callout_id, incident_id)
            if await guarded(f"callout {callout_id}", job) is None:
                back = partial(self.database.in_thread, put_back_callout, callout_id, now=clock.now())
                await guarded(f"callout {callout_id}", back)
        if len(rows) == AT_ONCE:
            return 0.0
        async with self.database.connection() as connection:
            due_s = await due.next_callout_s(connection)
        return IDLE_S if due_s is None else max(0.02, min(due_s, IDLE_S))

    async def _each(
        self, name: str, ids: Sequence[int], take: Callable[..., object], back: Callable[..., object]
    ) -> None:
        """Take several pieces at the same time. One that fails is put back and tried again later; the others go on."""

        async def one(row_id: int) -> None:
            done = await guarded(f"{name} {row_id}", partial(self._take, take, row_id))
            if done is None:
                await guarded(f"{name} {row_id}", partial(self.database.in_thread, back, row_id, now=clock.now()))

        await asyncio.gather(*(one(row_id) for row_id in ids))

    async def _take(self, take: Callable[..., object], row_id: int) -> bool:
        await self.database.in_thread(take, row_id, now=clock.now())
        return True

    async def _sweep(self) -> float:
        """Expire what nobody answered, and look for broken promises."""
        now = clock.now()
        # The audit is made whatever happens to the other: it is what tells of trouble.
        await guarded("expiry", partial(self.database.in_thread, expire, now=now))
        overdue = await self.database.in_thread(audit, now=now)
        if overdue:
            logger.error("%d promises are overdue: see the ledger's page", overdue)
        return SWEEP_S

    async def _housekeeping(self) -> float:
        await self.database.in_thread(people_jobs.every_hour)
        await self.database.in_thread(accounts_jobs.every_hour)
        await self.database.in_thread(incidents_jobs.every_hour)
        return HOUR_S

    async def _waves(self) -> float:
        now = clock.now()
        again_at = await self.database.in_thread(tend, now=now)
        return IDLE_S if again_at is None else max(0.0, min((again_at - clock.now()).total_seconds(), IDLE_S))


def _take_inbound(inbound_id: int, *, now: datetime) -> bool:
    return take_inbound(inbound_id, now=now, leave=_leave)


def _leave(number: str, body: str, now: datetime) -> bool:
    return is_leave_word(body) and leave_by_sms(number, now=now)


def _advance(callout_id: int, incident_id: int) -> bool:
    """The incident is locked first, as everywhere; then the callout is read as it stands now."""
    with locked(incident_id) as incident:
        advance_callout(Callout.objects.get(pk=callout_id), incident, now=clock.now())
    return True

"""One lane of one channel: claim what is due, hand it to the carrier, write down what became of it.

Each lane of each channel is a loop of its own, so that a dead carrier stops nobody else. A notice counts as done only
after the carrier took it; a crash may repeat one message, marked as a repeat, and never loses one.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import monotonic

from tocsin.channels.base import Channel, Outgoing, SendError
from tocsin.core import clock
from tocsin.dispatch.actions_ledger import refuse_notice
from tocsin.dispatch.rules import Lane, NoticeState, retry_after_s
from tocsin.lanes import lease
from tocsin.lanes.database import AWAY, RETRY_S, Bells, Database, guarded, wait_any
from tocsin.lanes.lease import KEEP_ALIVE_S, Claimed, Held
from tocsin.lanes.letters import Withheld, is_public, letters_of_waves, open_letter
from tocsin.lanes.outcomes import Accepted, Again, Ended, OutcomeWriter

SEND_S = 60.0  # A channel that has not answered by then is treated as one that failed; the carrier may have it.
SURE_S = 0.25  # A claim that is older than this is looked at again right before it is handed over.
SLOW_S = 0.5  # When carriers take longer, a public wave holds less under way, so that its stop button works.
WAVE_ROOMS = 8
IDLE_S = 5.0  # However long nothing is due, the lane looks this often: a NOTIFY may be lost with its connection.

logger = logging.getLogger(__name__)


@dataclass
class Tally:
    """What one channel has done since the worker started; the console shows it."""

    sent: int = 0
    failed: int = 0
    failing_since: float | None = None  # Unix time of the first failure after the last success.
    reason: str = ""


@dataclass
class Sender:
    """Sends the notices of one lane through one channel."""

    lane: Lane
    channel: Channel
    database: Database
    outcomes: OutcomeWriter
    bells: Bells
    tally: Tally
    _under_way: dict[int, Held] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _room_made: asyncio.Event = field(default_factory=asyncio.Event)
    _bell: asyncio.Event = field(default_factory=asyncio.Event)
    _limit: float = 1.0

    @property
    def _name(self) -> str:
        return f"lane {self.lane} of {self.channel.kind}"

    async def run(self) -> None:
        """Claim and send for ever."""
        self._limit = float(min(self._most(), self.channel.concurrency))
        self._bell = self.bells.waiter(f"due:{self.lane}")
        keeper = asyncio.create_task(self._keep_alive())
        try:
            while True:
                pause_s = await guarded(self._name, self._claim_and_send)
                await self._wait(RETRY_S if pause_s is None else pause_s)
        finally:
            keeper.cancel()

    async def drain(self) -> None:
        """Let what is under way end, for a clean stop."""
        if self._tasks:
            await asyncio.wait(self._tasks)

    def _room(self) -> int:
        """Say how many more may be claimed. A little room is not worth a question to the database while others run."""
        limit = int(self._limit)
        room = limit - len(self._under_way)
        return room if room >= max(1, limit // 4) else 0

    def _most(self) -> int:
        """A cry may use the whole channel, and what follows it leaves room for the next cry. A wave may hold more than
        the channel takes at a time, so that its texts are made in larger batches; `_learn` keeps that short."""
        room = self.channel.concurrency
        return {Lane.CRY: room, Lane.RESPONSE: max(1, room // 2), Lane.PUBLIC: WAVE_ROOMS * room}[self.lane]

    async def _claim_and_send(self) -> float:
        """Fill the room there is. Returns how long there is nothing to do."""
        room = self._room()
        if not room:
            return IDLE_S
        self._bell.clear()
        claimed: list[Claimed] = []
        try:
            async with self.database.connection() as connection:
                claimed = await lease.claim(connection, lane=self.lane, channel=self.channel.kind, limit=room)
                claimed_at = monotonic()
                self._under_way.update({one.id: Held(one.id, one.token) for one in claimed})
                due_s: float | None = 0.0
                if len(claimed) < room:
                    due_s = await lease.next_due_s(connection, lane=self.lane, channel=self.channel.kind)
            letters = await self._open(claimed)
        except BaseException:
            # Nobody sends these now. Their leases must run out, or they would be kept alive here for ever.
            for one in claimed:
                self._under_way.pop(one.id, None)
            raise
        for one in claimed:
            self._start(one, letters.get(one.id, Withheld("the notice is gone")), claimed_at)
        return IDLE_S if due_s is None else min(max(due_s, 0.0), IDLE_S)

    async def _open(self, claimed: Sequence[Claimed]) -> dict[int, Outgoing | Withheld]:
        letters = {one.id: open_letter(one) for one in claimed if not is_public(one)}
        public = [one.id for one in claimed if is_public(one)]
        if public:
            letters |= await self.database.in_thread(letters_of_waves, public, now=clock.now())
        return letters

    def _start(self, claimed: Claimed, letter: Outgoing | Withheld, claimed_at: float) -> None:
        task = asyncio.create_task(self._one(claimed, letter, claimed_at))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _one(self, claimed: Claimed, letter: Outgoing | Withheld, claimed_at: float) -> None:
        """Take one notice to its outcome."""
        held = Held(claimed.id, claimed.token)
        try:
            await guarded(self._name, lambda: self._send(claimed, held, letter, claimed_at))
        finally:
            self._under_way.pop(claimed.id, None)
            self._room_made.set()

    async def _send(self, claimed: Claimed, held: Held, letter: Outgoing | Withheld, claimed_at: float) -> None:
        if isinstance(letter, Withheld):
            await self._withhold(held, letter)
            return
        if monotonic() - claimed_at > SURE_S and not await self._is_still_wanted(held):
            return
        begun = monotonic()
        try:
            async with asyncio.timeout(SEND_S):
                receipt = await self.channel.send(letter)
        except SendError as error:
            await self._failed(claimed, held, error.reason, permanent=error.permanent)
        except TimeoutError:
            await self._failed(claimed, held, "the carrier does not answer", permanent=False)
        else:
            self.tally.sent, self.tally.failing_since, self.tally.reason = self.tally.sent + 1, None, ""
            await self.outcomes.write(Accepted(held, receipt.carrier_id))
        self._learn(monotonic() - begun)

    async def _is_still_wanted(self, held: Held) -> bool:
        async with self.database.connection() as connection:
            return held.id in await lease.still_held(connection, [held])

    async def _withhold(self, held: Held, withheld: Withheld) -> None:
        if withheld.until is None:
            await self.outcomes.write(Ended(held, NoticeState.WITHDRAWN, withheld.reason))
        else:
            pause_s = max(0.0, (withheld.until - clock.now()).total_seconds())
            await self.outcomes.write(Again(held, pause_s, withheld.reason))

    async def _failed(self, claimed: Claimed, held: Held, reason: str, *, permanent: bool) -> None:
        """A temporary failure is owed again; an address that cannot work is refused, and others are asked at once."""
        self.tally.failed += 1
        if not permanent:
            self.tally.failing_since = self.tally.failing_since or clock.now().timestamp()
            self.tally.reason = reason
            await self.outcomes.write(Again(held, retry_after_s(claimed.attempts), reason))
        elif claimed.incident_id is None:
            await self.outcomes.write(Ended(held, NoticeState.REFUSED, reason))
        else:
            await self._refused(held, reason)

    async def _refused(self, held: Held, reason: str) -> None:
        """Until it is written down the lease is kept alive: what follows from a refusal must not be lost either."""
        while True:
            try:
                await self.database.in_thread(refuse_notice, held.id, token=held.token, reason=reason, now=clock.now())
                return
            except AWAY:
                await asyncio.sleep(RETRY_S)

    def _learn(self, took_s: float) -> None:
        """Hold so much under way as the carrier takes within half a second; only waves, which must be stoppable."""
        if self.lane is not Lane.PUBLIC:
            return
        if took_s > SLOW_S:
            self._limit = max(1.0, self._limit * 0.8)
        else:
            self._limit = min(float(self._most()), self._limit + 0.5)

    async def _keep_alive(self) -> None:
        while True:
            await asyncio.sleep(KEEP_ALIVE_S)
            held = list(self._under_way.values())
            if held:
                await guarded(self._name, lambda held=held: self._prolong(held))

    async def _prolong(self, held: Sequence[Held]) -> None:
        async with self.database.connection() as connection:
            await lease.keep_alive(connection, held)

    async def _wait(self, pause_s: float) -> None:
        """Sleep until something is due, a NOTIFY says so, or there is room again."""
        self._room_made.clear()
        if not self._room():
            await wait_any(self._room_made, timeout_s=IDLE_S)
        elif pause_s > 0:
            await wait_any(self._bell, timeout_s=pause_s)

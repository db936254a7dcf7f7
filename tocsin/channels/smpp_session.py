"""One SMPP connection: who asked what, what was answered, and whether the other side is still alive.

Both ends use it: our client and the demo's pretend carrier. It knows nothing of messages. An answer is always a unit,
never an exception: when the connection is lost or the other side stays silent, the unit carries one of our own
statuses (`smpp_status.LOST`, `UNANSWERED`), so that nobody waits for ever.
"""

import asyncio
from collections.abc import Callable
from typing import NamedTuple, cast

from tocsin.channels import smpp_status
from tocsin.channels.smpp_pdu import ANSWER_BIT, SEQUENCE_MAX, Command, Pdu, encode, has_bad_length, split

CLOSE_S = 2.0  # How long a goodbye may take before the connection is cut.
SILENCE_S = 2.0  # Silence while an answer is due: worth asking whether anybody is there.

OnRequest = Callable[["Session", Pdu], None]


class Timing(NamedTuple):
    """Seconds that a connection may take."""

    answer_s: float = 10.0  # For the answer to anything we ask.
    enquire_s: float = 15.0  # Of silence, then we ask whether the other side is alive.
    alive_s: float = 5.0  # For any sign of life after that; then the connection is cut.


USUAL_TIMING = Timing()


class _Asked(NamedTuple):
    command: int
    future: asyncio.Future[Pdu]
    deadline: float
    has_slot: bool


class Session(asyncio.Protocol):
    """A connection from its first byte to its last."""

    def __init__(
        self,
        on_request: OnRequest,
        *,
        on_open: Callable[["Session"], None] | None = None,
        window: int = 50,
        timing: Timing = USUAL_TIMING,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._on_request = on_request
        self._on_open = on_open
        self._timing = timing
        self._window = asyncio.Semaphore(window)
        self._asked: dict[int, _Asked] = {}  # By sequence, oldest first.
        self._sequence = 0
        self._rest = b""
        self._out: list[bytes] = []
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._heard_at = self._enquired_at = self._loop.time()
        self.is_closing = False
        self.why_closed = "the other side closed the connection"
        self.lost: asyncio.Future[None] = self._loop.create_future()

    async def submit(self, command: int, body: bytes) -> asyncio.Future[Pdu]:
        """Send when the window has room. Returns the future answer."""
        await self._window.acquire()
        return self._ask(command, body, has_slot=True)

    def request(self, command: int, body: bytes = b"") -> asyncio.Future[Pdu]:
        """Send at once, outside the window. Returns the future answer."""
        return self._ask(command, body, has_slot=False)

    def answer(self, unit: Pdu, status: int = smpp_status.OK, body: bytes = b"") -> None:
        """Answer what the other side asked."""
        self.write(encode(unit.command | ANSWER_BIT, status, unit.sequence, body))

    def refuse(self, unit: Pdu, status: int) -> None:
        """Answer what cannot be understood."""
        self.write(encode(Command.GENERIC_NACK, status, unit.sequence))

    def write(self, data: bytes) -> None:
        """Queue bytes. All that one turn of the loop queues goes out in one system call."""
        if self.is_closing:
            return
        if not self._out:
            self._loop.call_soon(self._flush)
        self._out.append(data)

    async def drain(self, within_s: float) -> None:
        """Wait until everything asked is answered."""
        until = self._loop.time() + within_s
        while self._asked and self._loop.time() < until:
            await asyncio.wait([asked.future for asked in self._asked.values()], timeout=until - self._loop.time())

    def close(self, why: str) -> None:
        """Send what is queued, then close; cut after `CLOSE_S` if the other side does not take it."""
        if self.is_closing:
            return
        self.why_closed = why
        self._flush()
        self.is_closing = True
        if self._transport is not None:
            self._transport.close()
            self._restart_timer(CLOSE_S, self._transport.abort)

    def cut(self, why: str) -> None:
        """Close without a word: nobody is there to hear it."""
        self.why_closed = why
        self.is_closing = True
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast(asyncio.Transport, transport)
        self._heard_at = self._loop.time()
        self._tick()
        if self._on_open is not None:
            self._on_open(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Answer everything that is still waiting, so that the ledger can try another way."""
        self.is_closing = True
        if self._timer is not None:
            self._timer.cancel()
        if exc is not None:
            self.why_closed = f"the connection broke ({type(exc).__name__})"
        for sequence in list(self._asked):
            self._settle(sequence, smpp_status.LOST)
        if not self.lost.done():
            self.lost.set_result(None)

    def data_received(self, data: bytes) -> None:
        """Take what came. A length that makes no sense ends the connection: nothing after it can be read."""
        self._heard_at = self._loop.time()
        units, self._rest = split(self._rest + data if self._rest else data)
        for unit in units:
            if unit.command & ANSWER_BIT:
                self._take_answer(unit)
            else:
                self._take_request(unit)
        if has_bad_length(self._rest):
            self._rest = b""
            self.refuse(Pdu(0, 0, 0, b""), smpp_status.INVALID_COMMAND_LENGTH)
            self.close("the other side sent what is not SMPP")

    def _ask(self, command: int, body: bytes, *, has_slot: bool) -> asyncio.Future[Pdu]:
        self._sequence = sequence = self._sequence % SEQUENCE_MAX + 1
        future: asyncio.Future[Pdu] = self._loop.create_future()
        self._asked[sequence] = _Asked(command, future, self._loop.time() + self._timing.answer_s, has_slot)
        if self.is_closing:
            self._settle(sequence, smpp_status.LOST)
        else:
            self.write(encode(command, 0, sequence, body))
        return future

    def _take_answer(self, unit: Pdu) -> None:
        asked = self._asked.pop(unit.sequence, None)
        if asked is None:
            return  # Too late, twice, or to something never asked: nobody waits for it.
        if asked.has_slot:
            self._window.release()
        if asked.future.done():
            return  # Whoever asked was cancelled.
        if unit.command != asked.command | ANSWER_BIT and not (unit.command == Command.GENERIC_NACK and unit.status):
            unit = unit._replace(status=smpp_status.NONSENSE)
        asked.future.set_result(unit)

    def _settle(self, sequence: int, status: int) -> None:
        self._take_answer(Pdu(self._asked[sequence].command | ANSWER_BIT, status, sequence, b""))

    def _take_request(self, unit: Pdu) -> None:
        if unit.command == Command.ENQUIRE_LINK:
            self.answer(unit)
        elif unit.command == Command.UNBIND:
            self.answer(unit)
            self.close("the other side said goodbye")
        elif not self.is_closing:
            self._on_request(self, unit)

    def _flush(self) -> None:
        if self._out and self._transport is not None and not self.is_closing:
            self._transport.write(b"".join(self._out))
        self._out.clear()

    def _tick(self) -> None:
        """Give up on what is overdue; ask for a sign of life; cut a connection that gives none."""
        if self.is_closing:
            return
        now = self._loop.time()
        while self._asked:
            sequence, asked = next(iter(self._asked.items()))
            if asked.deadline > now:
                break
            self._settle(sequence, smpp_status.UNANSWERED)
        quiet_s = now - self._heard_at
        if self._enquired_at > self._heard_at:
            if now - self._enquired_at >= self._timing.alive_s:
                self.cut("the other side gives no sign of life")
                return
        elif quiet_s >= self._timing.enquire_s or (self._asked and quiet_s >= SILENCE_S):
            self._enquired_at = now
            self.request(Command.ENQUIRE_LINK)
        self._restart_timer(min(1.0, self._timing.alive_s / 4, self._timing.answer_s / 4), self._tick)

    def _restart_timer(self, delay_s: float, then: Callable[[], None]) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(delay_s, then)

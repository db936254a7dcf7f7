"""Simulated devices that load a gateway: as fast as it answers, or at a steady pace that no slow answer slows down."""

import asyncio
import math
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

SETTLE_S = 10.0  # For connecting, and for the last answers of a steady load.
TICK_S = 0.001


@dataclass(frozen=True, slots=True)
class Device:
    """What a simulated device says: a login, then one frame again and again, each answered by so many bytes."""

    login: bytes
    login_answer_bytes: int
    frame: bytes
    answer_bytes: int


@dataclass(slots=True)
class Steady:
    """Outcome of a steady load."""

    asked_per_s: float
    answered: int
    unanswered: int
    latencies_s: list[float]

    def percentile_ms(self, share: float) -> float:
        """Give the latency below which this share of the answers lies."""
        ordered = sorted(self.latencies_s)
        return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)] * 1000 if ordered else math.inf


class _Line(asyncio.Protocol):
    """A connection that keeps `window` frames under way, or notes how long each answer took."""

    def __init__(self, device: Device, *, window: int) -> None:
        self.device = device
        self.answered = 0
        self.latencies_s: list[float] = []
        self.sent_at_s: deque[float] = deque()
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.is_running = False
        self._burst = device.frame * window
        self._burst_bytes = device.answer_bytes * window
        self._window = window
        self._bytes = 0
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]
        transport.write(self.device.login)  # type: ignore[attr-defined]

    def connection_lost(self, error: Exception | None) -> None:
        if not self.ready.done():
            self.ready.set_exception(error or ConnectionError("the gateway closed the connection"))

    def data_received(self, data: bytes) -> None:
        self._bytes += len(data)
        if not self.ready.done():
            if self._bytes >= self.device.login_answer_bytes:
                self._bytes -= self.device.login_answer_bytes
                self.ready.set_result(None)
            return
        if self.sent_at_s:
            self._note()
        elif self._bytes >= self._burst_bytes:
            self._bytes -= self._burst_bytes
            self.answered += self._window
            if self.is_running:
                self.burst()

    def burst(self) -> None:
        self.transport.write(self._burst)  # type: ignore[union-attr]

    def send(self, due_s: float) -> None:
        """Send one frame. Its latency counts from when it was due, also when the sender itself was late."""
        self.sent_at_s.append(due_s)
        self.transport.write(self.device.frame)  # type: ignore[union-attr]

    def _note(self) -> None:
        now_s = time.perf_counter()
        while self._bytes >= self.device.answer_bytes and self.sent_at_s:
            self._bytes -= self.device.answer_bytes
            self.answered += 1
            self.latencies_s.append(now_s - self.sent_at_s.popleft())


async def _connect(port: int, devices: Sequence[Device], *, window: int) -> list[_Line]:
    loop = asyncio.get_running_loop()
    lines = []
    for start in range(0, len(devices), 200):
        pairs = await asyncio.gather(
            *(
                loop.create_connection(lambda device=device: _Line(device, window=window), "127.0.0.1", port)
                for device in devices[start : start + 200]
            )
        )
        lines += [line for _, line in pairs]
    async with asyncio.timeout(SETTLE_S):
        await asyncio.gather(*(line.ready for line in lines))
    return lines


def _close(lines: Sequence[_Line]) -> None:
    for line in lines:
        if line.transport is not None:
            line.transport.abort()


async def saturate(port: int, devices: Sequence[Device], *, seconds: float, window: int) -> float:
    """Return frames answered per second when each device keeps `window` frames under way."""
    lines = await _connect(port, devices, window=window)
    loop = asyncio.get_running_loop()
    for line in lines:
        line.is_running = True
        line.burst()
    await asyncio.sleep(seconds / 4)  # Until it runs evenly.
    before, started_s = sum(line.answered for line in lines), loop.time()
    await asyncio.sleep(seconds)
    answered, took_s = sum(line.answered for line in lines) - before, loop.time() - started_s
    for line in lines:
        line.is_running = False
    _close(lines)
    return answered / took_s


async def steady(port: int, devices: Sequence[Device], *, seconds: float, per_s: float) -> Steady:
    """Send at a fixed pace, device after device, and note how long each answer took."""
    lines = await _connect(port, devices, window=1)
    started_s, sent, total = time.perf_counter(), 0, int(seconds * per_s)  # The loop's own clock ticks too coarsely.
    while sent < total:
        due = min(total, int((time.perf_counter() - started_s) * per_s))
        for number in range(sent, due):
            lines[number % len(lines)].send(started_s + number / per_s)
        sent = due
        await asyncio.sleep(TICK_S)
    until_s = time.perf_counter() + SETTLE_S
    while sum(line.answered for line in lines) < total and time.perf_counter() < until_s:  # noqa: ASYNC110 - other processes answer
        await asyncio.sleep(TICK_S)
    answered = sum(line.answered for line in lines)
    latencies_s = [latency for line in lines for latency in line.latencies_s]
    _close(lines)
    return Steady(per_s, answered, total - answered, latencies_s)

"""One device's connection, and the datagrams of those that have none: bytes in, frames out, answers back."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from typing import cast

from tocsin.core.clock import now
from tocsin.gateway.journal import Journal
from tocsin.gateway.limits import Limits, Peer, Peers
from tocsin.gateway.recorder import Line, Recorder
from tocsin.protocols.base import Codec

FULL_PAUSE_S = 0.05  # How long nobody is read when too many rows wait.
WRITE_BUFFER_BYTES = 64 * 1024  # A device that does not take its answers is not read.
SCAN_BYTES = 8 * 1024  # Searching so many bytes of a half frame again costs a peer as much as a frame.
PADDING = b"\r\n\t \x00"  # Between frames; not worth a signal.


@dataclass(slots=True)
class Desk:
    """What every connection of a gateway shares."""

    limits: Limits
    peers: Peers
    recorder: Recorder
    journal: Journal
    loop: asyncio.AbstractEventLoop
    # Read into by every connection: its bytes are copied out before anybody else reads.
    buffer: memoryview = field(default_factory=lambda: memoryview(b""))
    connections: set["Connection"] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.buffer = memoryview(bytearray(self.limits.read_bytes))


class Connection(asyncio.BufferedProtocol):
    """A device on TCP. It holds little, since thousands of them are silent most of the time."""

    __slots__ = (
        "_desk",
        "_is_ended",
        "_is_write_paused",
        "_line",
        "_peer",
        "_rest",
        "_transport",
        "_unanswered",
        "heard_s",
    )

    def __init__(self, desk: Desk, codec: Codec) -> None:
        self._desk = desk
        self._line = Line(codec, "")
        self._rest = b""
        self._peer: Peer | None = None
        self._transport: asyncio.Transport | None = None
        self._unanswered = 0
        self._is_ended = False  # Nothing more is read; it is closed after the last answer.
        self._is_write_paused = False
        self.heard_s = desk.loop.time()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let a device in, unless there are too many."""
        transport = cast(asyncio.Transport, transport)  # uvloop's are no subclass.
        address, port = (transport.get_extra_info("peername") or ("unknown", 0))[:2]
        self._transport = transport
        self._peer = self._desk.peers.connect(address, now_s=self.heard_s)
        if self._peer is None:
            self._is_ended = True
            transport.abort()
            return
        self._line.peer = f"{address}:{port}"
        transport.set_write_buffer_limits(high=WRITE_BUFFER_BYTES)
        self._desk.connections.add(self)

    def get_buffer(self, _sizehint: int) -> memoryview:
        """Lend the shared buffer."""
        return self._desk.buffer

    def buffer_updated(self, count: int) -> None:
        """Cut the bytes into frames and record them."""
        if self._is_ended or self._peer is None:
            return
        desk, line = self._desk, self._line
        self.heard_s = desk.loop.time()
        received_at = now()
        held = len(self._rest)
        frames, self._rest = line.codec.split(self._rest + bytes(desk.buffer[:count]))
        is_room = desk.peers.hold(self._peer, len(self._rest) - held)
        for frame in frames:
            self._unanswered += 1
            desk.recorder.record(line, frame, received_at, self)
        if len(self._rest) > (line.codec.frame_bytes_max if is_room else desk.limits.garbage_bytes):
            self._end_with_garbage()
            return
        pause_s = self._peer.take(len(frames) + len(self._rest) // SCAN_BYTES, now_s=self.heard_s)
        if desk.journal.rows_waiting > desk.limits.rows_waiting:
            pause_s = max(pause_s, FULL_PAUSE_S)
        if pause_s:
            self._pause(pause_s)

    def answer(self, data: bytes, frames: int) -> None:
        """Send answers, if the device is still there."""
        self._unanswered -= frames
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        if data:
            transport.write(data)
        if not self._unanswered and (self._is_ended or _says_close(self._line.codec, data)):
            transport.close()

    def eof_received(self) -> bool:
        """Keep the way back open while answers are due."""
        self._is_ended = True
        return self._unanswered > 0

    def connection_lost(self, _error: Exception | None) -> None:
        """Keep what was left over, once."""
        self._transport = None
        if self._peer is None:
            return
        self._desk.connections.discard(self)
        self._desk.peers.disconnect(self._peer)
        self._keep_rest()

    def pause_writing(self) -> None:
        """Read no more from a device that does not take its answers."""
        self._is_write_paused = True
        if self._transport is not None:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        """Read on."""
        self._is_write_paused = False
        self._resume()

    def close(self) -> None:
        """Stop reading, and close once everything that was received is answered."""
        self._is_ended = True
        if self._transport is not None and not self._unanswered:
            self._transport.close()

    def _pause(self, pause_s: float) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()
            self._desk.loop.call_later(pause_s, self._resume)

    def _resume(self) -> None:
        transport = self._transport
        if transport is None or transport.is_closing() or self._is_write_paused or self._is_ended:
            return
        if self._desk.journal.rows_waiting > self._desk.limits.rows_waiting:
            self._desk.loop.call_later(FULL_PAUSE_S, self._resume)
            return
        with suppress(RuntimeError):  # It was not paused any more.
            transport.resume_reading()

    def _end_with_garbage(self) -> None:
        """Bytes without an end: keep the first of them, answer what came before, and close."""
        self._is_ended = True
        if self._transport is not None:
            self._transport.pause_reading()
        self._keep_rest()

    def _keep_rest(self) -> None:
        if self._peer is not None:
            self._desk.peers.hold(self._peer, -len(self._rest))
        garbage, self._rest = self._rest[: self._desk.limits.garbage_bytes], b""
        if garbage.strip(PADDING):
            self._unanswered += 1
            self._desk.recorder.record_garbage(self._line, garbage, now(), self)


class Datagrams(asyncio.DatagramProtocol):
    """Devices on UDP: each datagram stands alone. A peer that sends too many is not heard for a while."""

    def __init__(self, desk: Desk, codec: Codec) -> None:
        self._desk = desk
        self._codec = codec
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the way back."""
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, address: tuple) -> None:
        """Record the frames of one datagram."""
        desk = self._desk
        peer = desk.peers.of(address[0], now_s=desk.loop.time())
        if peer.take(1, now_s=desk.loop.time()) > 1.0 or desk.journal.rows_waiting > desk.limits.rows_waiting:
            return  # The sender repeats what was not answered. A datagram cannot be slowed.
        line = Line(self._codec, f"{address[0]}:{address[1]}")
        frames, rest = self._codec.split(data)
        if rest.strip(PADDING) and len(rest) <= self._codec.frame_bytes_max:
            frames, rest = [*frames, rest], b""  # The end of a datagram ends its last frame.
        for frame in frames:
            # A caller of its own for each frame: what is for one caller is sent together, and a datagram is one answer.
            desk.recorder.record(line, frame, now(), DatagramCaller(self._transport, address))
        if rest.strip(PADDING):
            garbage = rest[: desk.limits.garbage_bytes]
            desk.recorder.record_garbage(line, garbage, now(), DatagramCaller(self._transport, address))


@dataclass(frozen=True, slots=True, eq=False)
class DatagramCaller:
    """Where the answer to one frame of a datagram goes: a datagram of its own."""

    transport: asyncio.DatagramTransport | None
    address: tuple

    def answer(self, data: bytes, _frames: int) -> None:
        """Send an answer back."""
        if data and self.transport is not None and not self.transport.is_closing():
            self.transport.sendto(data, self.address)


def _says_close(codec: Codec, answer: bytes) -> bool:
    return codec.transport == "http" and b"\r\nconnection: close\r\n" in answer.lower()

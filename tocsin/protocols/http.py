"""HTTP/1.1 as phones speak it: cut requests out of a stream, open them, write answers. RFC 9112, no sockets.

What is bounded: the head, the body, the number of headers. A request that states its length in two ways is refused,
since such requests are used to smuggle a second one past a proxy (RFC 9112, section 6.1).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from tocsin.protocols.base import DecodeError

HEAD_BYTES_MAX = 16 * 1024
BODY_BYTES_MAX = 256 * 1024
REQUEST_BYTES_MAX = HEAD_BYTES_MAX + 2 * BODY_BYTES_MAX  # Chunks need room for their lengths.
HEADERS_MAX = 100
PAIRS_MAX = 256

REQUEST_LINE = re.compile(rb"([A-Z]{3,10}) (\S{1,12000}) HTTP/1\.([01])\Z")
# What any beginning of a request line looks like, so that other bytes need not be waited for.
BEGINNING = re.compile(rb"[A-Z]{1,10}(?: [\x21-\x7e]*(?: [A-Z/0-9.]*)?)?\r?\Z")
HEAD_END = re.compile(rb"\r?\n\r?\n")
CHUNK_LINE = re.compile(rb"([0-9A-Fa-f]{1,8})[^\r\n]{0,256}\r?\n")
REASONS = {200: "OK", 400: "Bad Request", 413: "Content Too Large"}


@dataclass(frozen=True, slots=True)
class Request:
    """One request, opened. Header names are lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    closes: bool  # The client wants no further request on this connection, or cannot.

    @property
    def query(self) -> list[tuple[str, str]]:
        """Give the pairs behind the question mark, in order, repeated names kept."""
        return pairs(self.target.partition("?")[2])


def pairs(text: str) -> list[tuple[str, str]]:
    """Read `name=value&...`. Raises `DecodeError` when there are too many."""
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=PAIRS_MAX)
    except ValueError as error:
        raise DecodeError("http: too many values") from error


def split(buffer: bytes) -> tuple[list[bytes], bytes]:
    """Cut whole requests, also pipelined ones. Bytes that are no request are one piece, up to what was received."""
    frames: list[bytes] = []
    buffer = buffer.lstrip(b"\r\n")
    while buffer:
        end = _end_of_request(buffer)
        if end < 0:
            break
        frames.append(buffer[:end])
        buffer = buffer[end:].lstrip(b"\r\n")
    return frames, buffer


def _end_of_request(buffer: bytes) -> int:
    """Find where the first request ends; -1: not all of it is here."""
    line = buffer[:HEAD_BYTES_MAX].partition(b"\n")[0]
    if len(line) == len(buffer[:HEAD_BYTES_MAX]):
        return -1 if len(buffer) < HEAD_BYTES_MAX and BEGINNING.match(buffer) else len(buffer)
    if not REQUEST_LINE.match(line.rstrip(b"\r")):
        return len(buffer)
    head_end = HEAD_END.search(buffer, 0, HEAD_BYTES_MAX)
    if head_end is None:
        return -1 if len(buffer) < HEAD_BYTES_MAX else len(buffer)
    try:
        _, headers = _open_head(buffer[: head_end.start()])
        length = _body_length(headers)
        if length is None:
            return _end_of_chunks(buffer, head_end.end())
    except DecodeError:
        return len(buffer)
    if length > BODY_BYTES_MAX:
        return len(buffer)
    total = head_end.end() + length
    return total if len(buffer) >= total else -1


def _open_head(head: bytes) -> tuple[re.Match[bytes], dict[str, str]]:
    first, *lines = head.replace(b"\r\n", b"\n").split(b"\n")
    line = REQUEST_LINE.match(first)
    if line is None:
        raise DecodeError("http: no request line")
    if len(lines) > HEADERS_MAX:
        raise DecodeError("http: too many headers")
    headers: dict[str, str] = {}
    for raw in lines:
        name, colon, value = raw.decode("latin-1").partition(":")
        name = name.lower()
        if not colon or not name or name != name.strip():
            raise DecodeError("http: a header has no name")
        if name in ("content-length", "transfer-encoding") and name in headers:
            raise DecodeError("http: length stated twice")
        headers[name] = value.strip()
    return line, headers


def _body_length(headers: Mapping[str, str]) -> int | None:
    """Give the length of the body; `None`: it comes in chunks."""
    length, coding = headers.get("content-length"), headers.get("transfer-encoding")
    if coding is not None:
        if coding.lower() != "chunked" or length is not None:
            raise DecodeError("http: length stated in a way that is not understood")
        return None
    if length is None:
        return 0
    if not (length.isascii() and length.isdigit() and len(length) < 12):
        raise DecodeError("http: length is no number")
    return int(length)


def _end_of_chunks(buffer: bytes, at: int) -> int:
    """Find the end of a chunked body; -1: not all here. Raises `DecodeError` when a chunk is no chunk."""
    started = at
    while True:
        line = CHUNK_LINE.match(buffer, at)
        if line is None:
            if len(buffer) - at > 300 or buffer.find(b"\n", at) >= 0:
                raise DecodeError("http: chunk has no length")
            return -1
        size, at = int(line[1], 16), line.end()
        if at - started + size > 2 * BODY_BYTES_MAX:
            raise DecodeError("http: body too large")
        if size == 0:
            return _end_of_trailer(buffer, at)
        at += size
        if len(buffer) < at + 2:
            return -1
        at += 2 if buffer.startswith(b"\r\n", at) else 1


def _end_of_trailer(buffer: bytes, at: int) -> int:
    for blank in (b"\r\n", b"\n"):
        if buffer.startswith(blank, at):
            return at + len(blank)
    end = HEAD_END.search(buffer, at)
    return end.end() if end is not None else -1


def open_request(frame: bytes) -> Request:
    """Open one request. Raises `DecodeError`."""
    head_end = HEAD_END.search(frame, 0, HEAD_BYTES_MAX)
    if head_end is None:
        raise DecodeError("http: head has no end")
    line, headers = _open_head(frame[: head_end.start()])
    length = _body_length(headers)
    body = _join_chunks(frame, head_end.end()) if length is None else frame[head_end.end() :]
    if length is not None and length != len(body):
        raise DecodeError("http: body is not as long as stated")
    if len(body) > BODY_BYTES_MAX:
        raise DecodeError("http: body too large")
    connection = headers.get("connection", "").lower()
    closes = "close" in connection or (line[3] == b"0" and "keep-alive" not in connection)
    return Request(line[1].decode("ascii"), line[2].decode("latin-1"), headers, body, closes)


def _join_chunks(frame: bytes, at: int) -> bytes:
    parts: list[bytes] = []
    while line := CHUNK_LINE.match(frame, at):
        size, at = int(line[1], 16), line.end()
        if size == 0:
            return b"".join(parts)
        parts.append(frame[at : at + size])
        at += size
        at += 2 if frame.startswith(b"\r\n", at) else 1
    raise DecodeError("http: chunks have no end")


def answer(status: int, text: str = "", *, closes: bool = False) -> bytes:
    """Write a whole answer. Phones show the text of a refusal, so it says what to do."""
    body = text.encode()
    lines = [f"HTTP/1.1 {status} {REASONS[status]}", f"Content-Length: {len(body)}"]
    if body:
        lines.append("Content-Type: text/plain; charset=utf-8")
    lines.append(f"Connection: {'close' if closes else 'keep-alive'}")
    return "\r\n".join([*lines, "", ""]).encode("ascii") + body

"""gl200: Queclink "@Track": GL200, GL300, GL320, GL500 for persons, GV and GMT for vehicles. TCP and UDP, port 5004.

Text between `+RESP:GT...` (stored reports: `+BUFF`) and `$`, or binary with a header of four letters or `2B 00`. The
three letters behind `GT` say what happened. Vendor text: GL300 @Track air interface. Page: docs/protocols/gl200.md.
"""

import re
from dataclasses import replace
from datetime import datetime

from tocsin.protocols.base import Codec, DecodeError, Reading, Session
from tocsin.protocols.gl200_binary import is_binary, length_of, read_binary
from tocsin.protocols.gl200_text import read_reports

FRAME_BYTES_MAX = 8192
HEAD_BYTES = 11
ENDS = re.compile(rb"[$\0]")
IDENTITY = re.compile(r"\d{15}|[0-9A-F]{14}")
COUNT = re.compile(r"[0-9A-Fa-f]{4}")
HEARTBEAT = "+ACK:GTHBD"


def split(buffer: bytes) -> tuple[list[bytes], bytes]:
    """Cut binary by its length and text at its end. What does not begin with `+` is a piece of its own."""
    frames: list[bytes] = []
    at, size = len(buffer) - len(buffer.lstrip(b"\r\n")), len(buffer)
    while at < size:
        if buffer[at] != ord("+"):
            begin = buffer.find(b"+", at)
            begin = size if begin < 0 else begin
            if piece := buffer[at:begin].strip(b"\r\n"):
                frames.append(piece)
            at = begin
            continue
        if size - at < HEAD_BYTES:
            break
        if is_binary(buffer, at):
            end = at + max(length_of(buffer, at), HEAD_BYTES)
        else:
            mark = ENDS.search(buffer, at)
            end = mark.end() if mark is not None else size + 1
        if end > size:
            break
        frames.append(buffer[at:end] if is_binary(buffer, at) else buffer[at : end - 1])
        at = end
        while buffer[at : at + 1] in (b"\r", b"\n"):
            at += 1
    return frames, buffer[at:]


def decode(frame: bytes, session: Session, now: datetime) -> Reading:
    """Read one message, text or binary. What the type says is kept, also when nothing else can be read."""
    if len(frame) >= HEAD_BYTES and frame[:1] == b"+" and is_binary(frame, 0):
        uid, drafts = read_binary(frame)
        reports = tuple(draft.report() for draft in drafts)
        return Reading(replace(session, device_uid=uid), uid, reports, ask={"is_binary": True})
    text = frame.decode("ascii", "replace").rstrip("$\0\r\n")
    fields = text.split(",")
    # The newer form has a version in front of the identity.
    uid = next((field for field in fields[1:4] if IDENTITY.fullmatch(field)), None)
    if uid is None or not text.startswith("+") or ":GT" not in fields[0]:
        raise DecodeError("gl200: no message")
    session = replace(session, device_uid=uid)
    if fields[0] == HEARTBEAT:
        return Reading(session, uid)
    model = str(session.facts.get("model", "")) if session.facts else ""
    drafts = read_reports(fields, model)
    if uid == fields[1] and not any(draft.alarms or draft.place for draft in drafts):
        return Reading(session, uid)
    for draft in drafts:
        draft.is_stored = text.startswith("+BUFF")
    return Reading(session, uid, tuple(draft.report() for draft in drafts))


def reply(frame: bytes, reading: Reading, now: datetime) -> bytes:
    """Acknowledge every text by its count. A device that was not told to wait for it passes over it."""
    if reading.ask:
        return b""
    fields = frame.decode("ascii", "replace").rstrip("$\0\r\n").split(",")
    if not COUNT.fullmatch(fields[-1]):
        return b""
    about = f"GTHBD,{fields[1]}," if fields[0] == HEARTBEAT else ""
    return f"+SACK:{about}{fields[-1]}$".encode("ascii", "replace")


GL200 = Codec(
    "gl200",
    port=5004,
    transport="tcp",
    frame_bytes_max=FRAME_BYTES_MAX,
    split=split,
    decode=decode,
    reply=reply,
    takes_datagrams=True,
)

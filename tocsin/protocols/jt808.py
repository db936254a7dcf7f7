"""jt808: JT/T 808 of China's ministry of transport, spoken by vehicle trackers, tags, locks and pet collars. TCP 5015.

Between two 7E: type, attributes, identity as decimals, serial number, body, exclusive or. Inside, 7D 02 stands for 7E
and 7D 01 for 7D. A variant has E7 for 7E; Jointech locks also send text in parentheses. Page: docs/protocols/jt808.md.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from tocsin.protocols.base import Codec, DecodeError, Reading, Session
from tocsin.protocols.checksums import xor8
from tocsin.protocols.cursor import Cursor
from tocsin.protocols.draft import Draft
from tocsin.protocols.jt808_locations import CLOCK_OFFSET_S, read_joint_location, read_location
from tocsin.protocols.jt808_transparent import read_transparent
from tocsin.protocols.times import packed

FRAME_BYTES_MAX = 8192
FLAG, OTHER_FLAG, OPENING, CLOSING = 0x7E, 0xE7, ord("("), ord(")")
STARTS = bytes((FLAG, OTHER_FLAG, OPENING))
ESCAPES: dict[int, dict[bytes, bytes]] = {
    FLAG: {b"\x7d\x02": b"\x7e", b"\x7d\x01": b"\x7d"},
    OTHER_FLAG: {b"\xe6\x02": b"\xe7", b"\xe6\x01": b"\xe6", b"\x3e\x02": b"\x3d", b"\x3e\x01": b"\x3e"},
}
HAS_VERSION, IS_IN_PARTS, WANTS_ANSWER, LENGTH = 0x4000, 0x2000, 0x8000, 0x3FF

HEARTBEAT, REGISTER, ATTRIBUTES, TIME_REQUEST = 0x0002, 0x0100, 0x0107, 0x0109
LOCATION, SHORT_BATCH, BATCH, TRANSPARENT = 0x0200, 0x0210, 0x0704, 0x0900
JOINT_LOCATION, JOINT_BLIND, TEXT, TEXT_ANSWER = 0x5501, 0x5502, 0x6006, 0x1300
COMMAND_ANSWER, DRIVER, ACCELERATION = 0x0701, 0x0702, 0x2070
GENERAL_ANSWER, JOINT_ANSWER, REGISTER_ANSWER, TIME_ANSWER = 0x8001, 0x4401, 0x8100, 0x8109
# Logged off, authenticated, a heartbeat, a picture, a time zone: nothing to read, an answer is due.
ONLY_ANSWERED = frozenset({0x0003, 0x0102, 0x0506, 0x1007, 0x8888})
ANSWERED = ONLY_ANSWERED | {HEARTBEAT, ATTRIBUTES, LOCATION, SHORT_BATCH, BATCH, TRANSPARENT, TEXT}


@dataclass(frozen=True, slots=True)
class Header:
    """What stands before the body."""

    flag: int
    kind: int
    attributes: int
    version: int | None
    identity: bytes
    serial: int
    body_at: int


def header_of(frame: bytes) -> Header:
    """Read the header of a frame without its escapes."""
    cursor = Cursor(frame)
    flag, kind, attributes = cursor.u8(), cursor.u16(), cursor.u16()
    version = cursor.u8() if attributes & HAS_VERSION else None
    identity = cursor.take(10 if version is not None else 7 if flag == OTHER_FLAG else 6)
    serial = cursor.u8() if kind in (JOINT_LOCATION, JOINT_BLIND) else cursor.u16()
    if attributes & IS_IN_PARTS and len(frame) - 2 - cursor.at == (attributes & LENGTH) + 4:
        cursor.skip(4)
    return Header(flag, kind, attributes, version, identity, serial, cursor.at)


def split(buffer: bytes) -> tuple[list[bytes], bytes]:
    """Cut from flag to flag and undo the escapes. Two flags side by side end one frame and begin the next."""
    frames: list[bytes] = []
    at, size = 0, len(buffer)
    while at < size:
        mark = buffer[at]
        if mark not in STARTS:
            begin = min((found for start in STARTS if (found := buffer.find(start, at)) >= 0), default=size)
            if piece := buffer[at:begin].strip():
                frames.append(piece)
            at = begin
            continue
        end = buffer.find(CLOSING if mark == OPENING else mark, at + 1)
        if end < 0:
            break
        if end == at + 1 and mark != OPENING:
            at = end
            continue
        frames.append(_without_escapes(buffer[at : end + 1]))
        at = end + 1
    return frames, buffer[at:]


def _without_escapes(frame: bytes) -> bytes:
    meaning = ESCAPES.get(frame[0], {})
    if all(written[:1] not in frame for written in meaning):
        return frame
    plain, at = bytearray(), 0
    while at < len(frame):
        pair = frame[at : at + 2]
        if pair in meaning:
            plain += meaning[pair]
            at += 2
        else:
            plain.append(frame[at])
            at += 1
    return bytes(plain)


def _with_escapes(message: bytes, flag: int) -> bytes:
    meaning = {plain[0]: written for written, plain in ESCAPES[flag].items()}
    return b"".join(meaning.get(byte, bytes((byte,))) for byte in message)


def decode(frame: bytes, session: Session, now: datetime) -> Reading:
    """Read one frame. With a wrong checksum it is read all the same, and marked."""
    if frame[:1] == b"(":
        return _read_text(frame, session)
    if len(frame) < 15 or frame[0] not in ESCAPES or frame[-1] != frame[0]:
        raise DecodeError("jt808: no frame")
    header = header_of(frame)
    uid = uid_of(header.identity)
    session = replace(session, device_uid=uid)
    body = Cursor(frame, header.body_at, len(frame) - 2)
    model = str(session.facts.get("model", "")) if session.facts else ""
    drafts = READERS.get(header.kind, _read_nothing)(body, header, model)
    if drafts and xor8(frame[1:-2]) != frame[-2]:
        for draft in drafts:
            draft.attributes["checksum_is_wrong"] = True
    return Reading(session, uid, tuple(draft.report() for draft in drafts))


def uid_of(identity: bytes) -> str:
    """Name the device: decimals without leading zeros, else a packed IMEI that lacks its check digit."""
    digits = identity.hex()
    if digits.isdecimal():
        return digits.lstrip("0") or "0"
    imei = str(int.from_bytes(identity[:6], "big"))
    return imei + str(_check_digit(imei))


def _check_digit(digits: str) -> int:
    """Compute the last digit of an IMEI: every second one from the right is doubled (Luhn)."""
    total = sum(sum(divmod(int(digit) * (2 - at % 2), 10)) for at, digit in enumerate(reversed(digits)))
    return -total % 10


def _read_text(frame: bytes, session: Session) -> Reading:
    """Read a Jointech text. The first field is the identity; what a lock answers is kept as it stands."""
    text = frame.decode("ascii", "replace")
    uid = text.strip("()").partition(",")[0]
    if not uid.isdecimal():
        raise DecodeError("jt808: text without an identity")
    uid = uid.lstrip("0") or "0"
    session = replace(session, device_uid=uid)
    if "BASE,2" in text:
        return Reading(session, uid)
    draft = Draft()
    draft.attributes["answer"] = text
    return Reading(session, uid, (draft.report(),))


def _read_nothing(body: Cursor, header: Header, model: str) -> list[Draft]:
    return []


def _read_heartbeat(body: Cursor, header: Header, model: str) -> list[Draft]:
    if body.left < 3:
        return []
    draft = Draft()
    draft.battery_pct, draft.attributes["signal"] = min(body.u8(), 100), body.u8()
    return [draft]


def _read_attributes(body: Cursor, header: Header, model: str) -> list[Draft]:
    draft = Draft()
    body.skip(34)
    draft.attributes["iccid"] = body.hex(10)
    return [draft]


def _read_one(body: Cursor, header: Header, model: str) -> list[Draft]:
    return [read_location(body, model)]


def _read_joint(body: Cursor, header: Header, model: str) -> list[Draft]:
    return [read_joint_location(body, is_valid=header.kind == JOINT_LOCATION)]


def _read_batch(body: Cursor, header: Header, model: str) -> list[Draft]:
    drafts: list[Draft] = []
    body.skip(2)
    is_stored = body.u8() > 0
    while body.left > 2:
        length = body.u16()
        drafts.append(read_location(body.sub(min(length, body.left)), model))
        drafts[-1].is_stored = is_stored
    return drafts


def _read_short_batch(body: Cursor, header: Header, model: str) -> list[Draft]:
    if body.left == 7:
        draft = Draft()
        draft.battery_pct = min(body.u8(), 100)
        draft.sent_at = packed(body.take(6), offset_s=CLOCK_OFFSET_S)
        return [draft]
    drafts: list[Draft] = []
    while body.left > 1:
        length = body.u8()
        drafts.append(read_location(body.sub(min(length, body.left)), model))
    return drafts


def _read_transparent(body: Cursor, header: Header, model: str) -> list[Draft]:
    draft = read_transparent(body, model)
    return [] if draft is None else [draft]


def _read_answer(body: Cursor, header: Header, model: str) -> list[Draft]:
    draft = Draft()
    if header.kind == TEXT:
        body.skip(1)
        text = body.rest().decode("gbk", "replace")
    elif header.kind == TEXT_ANSWER:
        body.skip(2)
        text = body.rest().decode("utf-16-be", "replace")
    else:
        text = body.text(body.u32())
    draft.attributes["answer"] = text.strip()
    return [draft]


def _read_driver(body: Cursor, header: Header, model: str) -> list[Draft]:
    draft = Draft()
    draft.attributes["card_status"] = body.u8()
    draft.sent_at = packed(body.take(6), offset_s=CLOCK_OFFSET_S)
    draft.attributes["card_result"] = body.u8()
    draft.attributes["driver_name"] = body.text(body.u8())
    draft.attributes["card_code"] = body.text(20).strip("\0 ")
    return [draft]


def _read_acceleration(body: Cursor, header: Header, model: str) -> list[Draft]:
    draft = Draft()
    draft.attributes["samples"] = body.left // 12
    return [draft]


READERS: dict[int, Callable[[Cursor, Header, str], list[Draft]]] = {
    HEARTBEAT: _read_heartbeat,
    ATTRIBUTES: _read_attributes,
    LOCATION: _read_one,
    SHORT_BATCH: _read_short_batch,
    BATCH: _read_batch,
    TRANSPARENT: _read_transparent,
    JOINT_LOCATION: _read_joint,
    JOINT_BLIND: _read_joint,
    TEXT: _read_answer,
    TEXT_ANSWER: _read_answer,
    COMMAND_ANSWER: _read_answer,
    DRIVER: _read_driver,
    ACCELERATION: _read_acceleration,
}


def reply(frame: bytes, reading: Reading, now: datetime) -> bytes:
    """Say "received" to what asks for it; a registration gets the identity as its password, a lock the time."""
    if frame[:1] == b"(":
        return frame.replace(b"TIME", now.strftime("%Y%m%d%H%M%S").encode()) if b"BASE,2" in frame else b""
    header = header_of(frame)
    kind, serial = header.kind.to_bytes(2, "big"), header.serial.to_bytes(2, "big")
    if header.kind in ANSWERED:
        return _message(header, GENERAL_ANSWER, serial + kind + b"\0")
    if header.kind in (JOINT_LOCATION, JOINT_BLIND) and header.attributes & WANTS_ANSWER:
        return _message(header, JOINT_ANSWER, kind + b"\0", serial=b"\1")
    if header.kind == REGISTER:
        digits = header.identity.hex()
        password = digits if digits.isdecimal() else uid_of(header.identity)
        return _message(header, REGISTER_ANSWER, serial + b"\0" + password.encode())
    if header.kind == TIME_REQUEST:
        clock = bytes((now.month, now.day, now.hour, now.minute, now.second, 0))
        return _message(header, TIME_ANSWER, now.year.to_bytes(2, "big") + clock)
    return b""


def _message(header: Header, kind: int, body: bytes, *, serial: bytes = b"\0\0") -> bytes:
    attributes = len(body) | (HAS_VERSION if header.version is not None else 0)
    version = b"" if header.version is None else bytes((header.version,))
    message = kind.to_bytes(2, "big") + attributes.to_bytes(2, "big") + version + header.identity + serial + body
    flag = bytes((header.flag,))
    return flag + _with_escapes(message + bytes((xor8(message),)), header.flag) + flag


JT808 = Codec(
    "jt808", port=5015, transport="tcp", frame_bytes_max=FRAME_BYTES_MAX, split=split, decode=decode, reply=reply
)

"""xexun2: Xexun trackers, second generation, binary. TCP, port 5233.

Between flags `FA AF`: type, index, identity, length in the low ten bits, checksum (inverted sum), payload. `FB BF` is
an escape. Layout: shared corpus, devices.md section 3.12. Page: docs/protocols/xexun2.md.
"""

import math
from dataclasses import replace
from datetime import datetime
from struct import Struct

from tocsin.protocols.base import Alarm, Codec, DecodeError, Reading, Report, Session
from tocsin.protocols.checksums import inverted_sum16
from tocsin.protocols.cursor import Cursor
from tocsin.protocols.draft import Draft, place_or_none
from tocsin.protocols.times import epoch

FRAME_BYTES_MAX = 4096
FLAG = b"\xfa\xaf"
COMMAND, POSITIONS = 0x07, 0x14
HEAD = Struct(">2sHH8sHH")
FLOATS, DOUBLES = Struct(">ff"), Struct(">dd")
FLOAT = Struct(">f")
ALARM_BITS = ((1 << 0, Alarm.SOS), (1 << 1, Alarm.TORN_OFF), (1 << 15, Alarm.FALL))


def split(buffer: bytes) -> tuple[list[bytes], bytes]:
    """Cut from flag to flag and undo the escapes."""
    frames: list[bytes] = []
    at = 0
    while at < len(buffer):
        if not buffer.startswith(FLAG, at):
            begin = buffer.find(FLAG, at)
            if begin < 0:
                begin = len(buffer) - (buffer.endswith(FLAG[:1]))
            if begin > at:
                frames.append(buffer[at:begin])
                at = begin
                continue
            break
        end = buffer.find(FLAG, at + 2) + 2
        if end < 2:
            break
        inner = buffer[at + 2 : end - 2]
        frames.append(FLAG + inner.replace(b"\xfb\xbf\x01", FLAG).replace(b"\xfb\xbf\x02", b"\xfb\xbf") + FLAG)
        at = end
    return frames, buffer[at:]


def decode(frame: bytes, session: Session, now: datetime) -> Reading:
    """Read one frame. With a wrong checksum only a call counts, and is marked."""
    if len(frame) < HEAD.size + 2 or not frame.startswith(FLAG):
        raise DecodeError("xexun2: no frame")
    _, kind, _, identity, attributes, checksum = HEAD.unpack_from(frame)
    uid = identity.hex()[:15]
    session = replace(session, device_uid=uid)
    payload = frame[HEAD.size : HEAD.size + (attributes & 0x3FF)]
    is_right = inverted_sum16(payload) == checksum
    reports = tuple(_read_positions(Cursor(payload), is_right=is_right)) if kind == POSITIONS else ()
    if not is_right and not any(report.alarms for report in reports):
        raise DecodeError("xexun2: wrong checksum")
    return Reading(session, uid, reports)


def _read_positions(cursor: Cursor, *, is_right: bool) -> list[Report]:
    lengths = [cursor.u16() for _ in range(cursor.u8())]
    reports = []
    for length in lengths:
        draft = Draft()
        if not is_right:
            draft.attributes["checksum_is_wrong"] = True
        try:
            _read_record(cursor.sub(length), draft)
        except DecodeError:
            if not draft.alarms:
                raise
            draft.attributes["is_cut_short"] = True
        reports.append(draft.report())
    return reports


def _read_record(record: Cursor, draft: Draft) -> None:
    draft.attributes["index"] = record.u8()
    draft.sent_at = epoch(record.u32())
    draft.attributes["signal"] = record.u8()
    battery = record.u16()
    draft.attributes["charging"] = bool(battery & 0x8000)
    draft.battery_pct = min(battery & 0x7FFF, 100)
    mask = record.u8()
    if mask & 1:
        bits = record.u32()
        draft.alarms.update(alarm for bit, alarm in ALARM_BITS if bits & bit)
        draft.attributes["alarm_code"] = bits
    if mask & 2:
        _read_place(record, draft)


def _read_place(record: Cursor, draft: Draft) -> None:
    """Read what the sub-mask names: place, access points, cells, ranges, speed and course, place in full, more."""
    mask = record.u8()
    where: tuple[float, float] | None = None
    speed = course = altitude = satellites = None
    if mask & 1:
        satellites, where = record.u8(), FLOATS.unpack(record.take(8))
    if mask & 2:
        for _ in range(record.u8()):
            draft.access_point(record.take(6), record.i8())
    if mask & 4:
        for _ in range(record.u8()):
            draft.cell(record.u16(), record.u16(), record.u32(), record.u32(), record.i8())
    if mask & 8:
        record.skip(12 * record.u8())
    if mask & 32:
        speed, course = record.u16() / 10, record.u16() / 10
    if mask & 64:
        satellites, where = record.u8(), DOUBLES.unpack(record.take(16))
    if mask & 128 and record.u16() > 0:
        kind, part = record.u8(), record.sub(record.u16())
        if kind == ord("G"):
            found = DOUBLES.unpack(part.take(16))
            where = found if part.u8() else where
            satellites = part.u8()
            part.skip(1)
            speed, course = part.u16() / 10, part.u16() / 10
            altitude = FLOAT.unpack(part.take(4))[0]
    if where is not None:
        draft.place = place_or_none(
            _degrees(where[1]),
            _degrees(where[0]),
            fix_at=draft.sent_at,
            speed_kmh=speed,
            course_deg=course,
            altitude_m=altitude,
            satellites=satellites,
        )


def _degrees(value: float) -> float:
    """Turn `dddmm.mmmm` as a number into degrees."""
    whole = math.trunc(value / 100) if math.isfinite(value) else math.nan
    return whole + (value - whole * 100) / 60


def reply(frame: bytes, reading: Reading, now: datetime) -> bytes:
    """Answer everything but the answers to commands: type, index, identity, "received"."""
    if frame[2:4] == COMMAND.to_bytes(2, "big"):
        return b""
    return frame[:14] + b"\x00\x01\xff\xfe\x01" + FLAG


XEXUN2 = Codec(
    "xexun2", port=5233, transport="tcp", frame_bytes_max=FRAME_BYTES_MAX, split=split, decode=decode, reply=reply
)

"""topin: ZhongXun mini locators and watches. TCP, port 5199.

Frames look like gt06's, `78 78` to `0d 0a`, but have neither serial number nor checksum, and their length byte means
something else in each type. The device names itself in the login only. An SOS (0x99) says nothing but that: the place
comes from the last report. Layouts: shared corpus, devices.md section 3.4. Page: docs/protocols/topin.md.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from struct import Struct

from tocsin.protocols.base import Alarm, Codec, DecodeError, Reading, Session
from tocsin.protocols.cursor import Cursor
from tocsin.protocols.draft import Draft, place_or_none
from tocsin.protocols.times import instant, packed

FRAME_BYTES_MAX = 4096
START, END = b"\x78\x78", b"\r\n"
LOGIN, TIME, STATUS, VIBRATION, SOS = 0x01, 0x30, 0x13, 0x94, 0x99
WIFI_KINDS = frozenset({0x17, 0x18, 0x19, 0x1A, 0x69})
STORED_KINDS = frozenset({0x09, 0x11, 0x17, 0x19})
BYTES_MIN = {LOGIN: 15, 0x10: 24, 0x11: 24}
PLACE = Struct(">6BBIIBH")
ALARM_BITS = ((1 << 0, Alarm.VIBRATION), (1 << 1, Alarm.OVERSPEED), (1 << 4, Alarm.LOW_POWER))


def split(buffer: bytes) -> tuple[list[bytes], bytes]:
    """Cut at the end mark behind which nothing or another frame begins; content may hold an end mark too."""
    frames: list[bytes] = []
    at = 0
    while at < len(buffer):
        if not buffer.startswith(START, at):
            if buffer[at:] == START[:1]:
                break
            begin = buffer.find(START, at + 1)
            begin = begin if begin >= 0 else len(buffer)
            frames.append(buffer[at:begin])
            at = begin
            continue
        end = _end_of_frame(buffer, at)
        if end < 0:
            break
        frames.append(buffer[at:end])
        at = end
    return frames, buffer[at:]


def _end_of_frame(buffer: bytes, at: int) -> int:
    if len(buffer) - at < 6:
        return -1
    kind = buffer[at + 3]
    least = 14 + 7 * buffer[at + 2] if kind in WIFI_KINDS else BYTES_MIN.get(kind, 6)
    end = buffer.find(END, at + least - 2)
    while end >= 0 and buffer[end + 2 : end + 4] not in (b"", START, START[:1]):
        end = buffer.find(END, end + 1)
    return end + 2 if end >= 0 else -1


def decode(frame: bytes, session: Session, now: datetime) -> Reading:
    """Read one frame. One before the login is a reading without `device_uid`, and keeps its alarm."""
    if not frame.startswith(START) or len(frame) < 4:
        raise DecodeError("topin: no start mark")
    kind = frame[3]
    cursor = Cursor(frame, 4, len(frame) - 2 if frame.endswith(END) else None)
    if kind == LOGIN:
        uid = cursor.take(8).hex()[1:]
        return Reading(replace(session, device_uid=uid), uid)
    read = READERS.get(kind)
    if read is None or (kind in (0x08, 0x09) and not cursor.left):
        return Reading(session, session.device_uid)
    draft = Draft()
    draft.is_stored = kind in STORED_KINDS
    read(frame, cursor, draft)
    return Reading(session, session.device_uid, (draft.report(),))


def _put_alarms(bits: int, draft: Draft) -> None:
    draft.alarms.update(alarm for bit, alarm in ALARM_BITS if bits & bit)


def _read_place(frame: bytes, cursor: Cursor, draft: Draft) -> None:
    """Read 0x10 and 0x11: the place block of gt06, then altitude and alarm bits on some models."""
    *clock, satellites, lat, lon, speed, flags = PLACE.unpack(cursor.take(18))
    draft.sent_at = instant(*clock)
    altitude = None
    if cursor.left >= 3:
        altitude = cursor.i16()
        _put_alarms(cursor.u8(), draft)
    draft.place = place_or_none(
        lat / 1_800_000 * (1 if flags & 0x0400 else -1),
        lon / 1_800_000 * (-1 if flags & 0x0800 else 1),
        fix_at=draft.sent_at,
        is_valid=bool(flags & 0x1000),
        altitude_m=altitude,
        speed_kmh=speed,
        course_deg=flags & 0x3FF,
        satellites=satellites & 15,
    )


def _read_degrees(cursor: Cursor) -> float:
    """Read a byte of degrees, then a sign in four bits and millionths in twenty."""
    whole, rest = cursor.u8(), cursor.u24()
    value = whole + (rest & 0xFFFFF) / 1_000_000
    return -value if rest >> 20 else value


def _read_new_place(frame: bytes, cursor: Cursor, draft: Draft) -> None:
    """Read 0x08 and 0x09: time, two pairs of coordinates, speed, course in steps of two, satellites."""
    draft.sent_at = instant(*cursor.take(6))
    lat, lon = _read_degrees(cursor), _read_degrees(cursor)
    cursor.skip(8)
    speed, course, satellites = cursor.u8(), cursor.u8() * 2, cursor.u8()
    draft.place = place_or_none(
        lat,
        lon,
        fix_at=draft.sent_at,
        is_valid=frame[3] == 0x08,
        speed_kmh=speed,
        course_deg=course,
        satellites=satellites,
    )


def _read_networks(frame: bytes, cursor: Cursor, draft: Draft) -> None:
    """Read access points, as many as the length byte says, then cells, then alarm bits on some models."""
    draft.sent_at = packed(cursor.take(6))
    for _ in range(frame[2]):
        draft.access_point(cursor.take(6), -cursor.u8())
    count = cursor.u8()
    mcc, mnc = cursor.u16(), cursor.u8()
    # 4G locators write area and cell in four bytes each; only the room that is left tells.
    is_wide = count > 0 and cursor.left >= 9 * count
    for _ in range(count):
        lac, cid = (cursor.u32(), cursor.u32()) if is_wide else (cursor.u16(), cursor.u16())
        draft.cell(mcc, mnc, lac, cid, -cursor.u8())
    if cursor.left:
        _put_alarms(cursor.u8(), draft)


def _read_status(frame: bytes, cursor: Cursor, draft: Draft) -> None:
    """Read 0x13: battery, version, zone, interval, then signal, temperature, charging and pulse where sent."""
    draft.battery_pct = min(cursor.u8(), 100)
    draft.attributes["versionFw"] = cursor.u8()
    cursor.skip(min(2, cursor.left))
    if cursor.left >= 1:
        draft.attributes["signal"] = cursor.u8()
    if cursor.left >= 3:
        cursor.skip(3)
    if cursor.left >= 1:
        draft.attributes["charging"] = bool(cursor.u8())
    if cursor.left >= 1:
        draft.attributes["heart_rate_bpm"] = cursor.u8()


def _read_vibration(frame: bytes, cursor: Cursor, draft: Draft) -> None:
    draft.alarms.add(Alarm.VIBRATION)


def _read_sos(frame: bytes, cursor: Cursor, draft: Draft) -> None:
    draft.alarms.add(Alarm.SOS)


READERS: dict[int, Callable[[bytes, Cursor, Draft], None]] = {
    0x08: _read_new_place,
    0x09: _read_new_place,
    0x10: _read_place,
    0x11: _read_place,
    STATUS: _read_status,
    VIBRATION: _read_vibration,
    SOS: _read_sos,
    **dict.fromkeys(WIFI_KINDS, _read_networks),
}


def reply(frame: bytes, reading: Reading, now: datetime) -> bytes:
    """Answer a login and a question with the time, places with their time, a status with itself."""
    kind = frame[3]
    clock = START + b"\x07\x30" + now.year.to_bytes(2, "big")
    clock += bytes((now.month, now.day, now.hour, now.minute, now.second)) + END
    if kind == LOGIN:
        return frame[:4] + b"\x01" + END + clock
    if reading.device_uid is None:
        return b""
    if kind == TIME:
        return clock
    if kind == STATUS:
        return frame
    if kind in (0x10, 0x11) or kind in WIFI_KINDS:
        return frame[:10] + END
    return b""


TOPIN = Codec(
    "topin", port=5199, transport="tcp", frame_bytes_max=FRAME_BYTES_MAX, split=split, decode=decode, reply=reply
)

"""minifinder2: Eview EV-04, EV-05, EV-07B pendants and later (MiniFinder). TCP, port 5187. All numbers little-endian.

A frame is `AB`, properties, length, CRC-16/XMODEM of the body, sequence, body; the body is a command and entries of
length, key and value. Source: "Eview Personal Alarm Communication Protocol V20231227", cited in
<https://github.com/traccar/traccar/pull/5866>. Entries are read one by one: a bad one must cost neither the alarm nor
the connection (<https://github.com/traccar/traccar/issues/5393>). Page: docs/protocols/minifinder2.md.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from struct import Struct

from tocsin.protocols.base import Alarm, Codec, DecodeError, Reading, Report, Session
from tocsin.protocols.checksums import crc16_xmodem
from tocsin.protocols.cursor import Cursor
from tocsin.protocols.draft import Draft, place_or_none
from tocsin.protocols.times import epoch

FRAME_BYTES_MAX = 4096
HEAD = Struct("<BBHHH")
START = 0xAB
WANTS_ANSWER = 1 << 4
DATA, CONFIGURATION, SERVICES, SYSTEM, RESPONSE = 0x01, 0x02, 0x03, 0x04, 0x7F
REPEATABLE_KEYS = frozenset({0x28, 0x2C})  # Beacons: several belong to one report.
UNIT_DEG = 1e-7

ALARM_BITS = (
    (1 << 0, Alarm.LOW_BATTERY),
    (1 << 1, Alarm.OVERSPEED),
    (1 << 2, Alarm.FALL),
    (1 << 8, Alarm.POWER_OFF),
    (1 << 9, Alarm.POWER_ON),
    (1 << 10, Alarm.MOVEMENT),
    (1 << 12, Alarm.SOS),
)
FENCE_BITS = tuple((1 << 4 + fence, 1 << 26 + fence, fence + 1) for fence in range(4))


def split(buffer: bytes) -> tuple[list[bytes], bytes]:
    """Cut at the stated length. What does not begin with `AB`, or claims too much, is a piece of its own."""
    frames: list[bytes] = []
    at = 0
    while at < len(buffer):
        if buffer[at] != START or (len(buffer) - at >= 4 and _length(buffer, at) > FRAME_BYTES_MAX):
            begin = buffer.find(START, at + 1)
            begin = begin if begin >= 0 else len(buffer)
            frames.append(buffer[at:begin])
            at = begin
            continue
        if len(buffer) - at < 8 or len(buffer) - at < (total := _length(buffer, at)):
            break
        frames.append(buffer[at : at + total])
        at += total
    return frames, buffer[at:]


def _length(buffer: bytes, at: int) -> int:
    return 8 + (buffer[at + 2] | buffer[at + 3] << 8)


def decode(frame: bytes, session: Session, now: datetime) -> Reading:
    """Read one frame; it may hold several reports, oldest first."""
    if len(frame) < 9 or frame[0] != START:
        raise DecodeError("minifinder2: no frame")
    command, cursor = frame[8], Cursor(frame, 9)
    if command in (DATA, SERVICES):
        return _read_data(cursor, session)
    draft = Draft()
    if command == RESPONSE and cursor.left >= 2:
        cursor.skip(1)
        draft.attributes["answer"] = str(cursor.u8())
    elif command == CONFIGURATION:
        _read_entries(cursor, draft, CONFIGURATION_READERS)
    elif command != SYSTEM:
        return Reading(session, session.device_uid)
    return Reading(session, session.device_uid, (draft.report(),))


def _read_data(cursor: Cursor, session: Session) -> Reading:
    """Read entries; a key that comes again begins the next report."""
    drafts, keys = [Sketch()], set[int]()
    uid = session.device_uid
    while cursor.left >= 2:
        length = cursor.u8()
        entry = cursor.sub(min(length, cursor.left))
        if not entry.left:
            continue
        key = entry.u8()
        if key in keys and key not in REPEATABLE_KEYS:
            drafts.append(Sketch())
            keys.clear()
        keys.add(key)
        if key == 0x01:
            uid = entry.text(min(15, entry.left)).strip("\0 ") or uid
            continue
        _read_entry(key, entry, drafts[-1], ENTRY_READERS)
    session = replace(session, device_uid=uid)
    return Reading(session, uid, tuple(sorted((draft.finished() for draft in drafts), key=_when)))


def _when(report: Report) -> float:
    return report.sent_at.timestamp() if report.sent_at is not None else 0.0


class Sketch(Draft):
    """A report whose time may come after its place."""

    __slots__ = ("altitude_m", "course_deg", "is_valid", "lat_deg", "lon_deg", "speed_kmh")

    def __init__(self) -> None:
        super().__init__()
        self.lat_deg: float | None = None
        self.lon_deg = 0.0
        self.altitude_m: float | None = None
        self.speed_kmh: float | None = None
        self.course_deg: float | None = None
        self.is_valid = True

    def finished(self) -> Report:
        """Join time and place."""
        if self.lat_deg is not None:
            self.place = place_or_none(
                self.lat_deg,
                self.lon_deg,
                fix_at=self.sent_at,
                is_valid=self.is_valid,
                altitude_m=self.altitude_m,
                speed_kmh=self.speed_kmh,
                course_deg=self.course_deg,
            )
        return self.report()


Reader = Callable[[Cursor, Sketch], None]


def _read_entry(key: int, entry: Cursor, draft: Sketch, readers: dict[int, Reader]) -> None:
    read = readers.get(key)
    if read is None:
        return
    try:
        read(entry, draft)
    except DecodeError:
        draft.attributes["is_cut_short"] = True


def _read_entries(cursor: Cursor, draft: Draft, readers: dict[int, Callable[[Cursor, Draft], None]]) -> None:
    while cursor.left >= 2:
        entry = cursor.sub(min(cursor.u8(), cursor.left))
        if entry.left and (read := readers.get(entry.u8())) is not None:
            read(entry, draft)


def _alarm(entry: Cursor, draft: Sketch) -> None:
    bits = entry.u32_le()
    draft.alarms.update(alarm for bit, alarm in ALARM_BITS if bits & bit)
    for bit, entered, fence in FENCE_BITS:
        if bits & bit:
            draft.alarm(Alarm.GEOFENCE_ENTER if bits & entered else Alarm.GEOFENCE_EXIT)
            draft.attributes["geofence"] = fence
    for bit, name in ((13, "button1"), (14, "button2"), (31, "bark")):
        if bits >> bit & 1:
            draft.attributes[name] = True
    draft.attributes["alarm_code"] = bits
    if entry.left >= 4:
        draft.sent_at = epoch(entry.u32_le())


def _battery(entry: Cursor, draft: Draft) -> None:
    draft.battery_pct = min(entry.u8(), 100)
    draft.attributes["battery_v"] = entry.u16_le() / 1000


def _coordinates(entry: Cursor, draft: Sketch) -> None:
    draft.lat_deg, draft.lon_deg = entry.i32_le() * UNIT_DEG, entry.i32_le() * UNIT_DEG


def _place(entry: Cursor, draft: Sketch) -> None:
    _coordinates(entry, draft)
    draft.speed_kmh, draft.course_deg = entry.u16_le(), entry.u16_le()
    draft.altitude_m = entry.i16_le()
    hdop = entry.u16_le()
    draft.is_valid = hdop > 0
    draft.attributes["hdop"] = hdop / 10
    draft.attributes["distance_m"] = entry.u32_le()
    draft.attributes["satellites"] = entry.u8()


def _cells(entry: Cursor, draft: Draft, *, mnc_bytes: int, cid_bytes: int) -> None:
    mcc = entry.u16_le()
    mnc = entry.u16_le() if mnc_bytes == 2 else entry.u8()
    while entry.left >= 3 + cid_bytes:
        signal, lac = entry.i8(), entry.u16_le()
        draft.cell(mcc, mnc, lac, entry.u32_le() if cid_bytes == 4 else entry.u16_le(), signal)


def _cells_2g(entry: Cursor, draft: Sketch) -> None:
    _cells(entry, draft, mnc_bytes=1, cid_bytes=2)


def _cells_4g(entry: Cursor, draft: Sketch) -> None:
    _cells(entry, draft, mnc_bytes=1, cid_bytes=4)


def _cells_wide(entry: Cursor, draft: Sketch) -> None:
    _cells(entry, draft, mnc_bytes=2, cid_bytes=4)


def _wifi(entry: Cursor, draft: Sketch) -> None:
    while entry.left >= 7:
        signal = entry.i8()
        draft.access_point(entry.take(6), signal)


def _named_wifi(entry: Cursor, draft: Sketch) -> None:
    while entry.left >= 8:
        signal = entry.i8()
        draft.access_point(entry.take(6), signal)
        entry.skip(min(entry.u8(), entry.left))


def _beacon(entry: Cursor, draft: Sketch) -> None:
    """Read a beacon at a known place, such as home: address, coordinates, name."""
    if entry.left >= 6:
        draft.attributes["tagId"] = entry.take(6)[::-1].hex()
    if entry.left >= 8:
        _coordinates(entry, draft)
    if entry.left:
        draft.attributes["description"] = entry.rest().decode("utf-8", "replace")


def _beacon_with_altitude(entry: Cursor, draft: Sketch) -> None:
    draft.attributes["tagId"] = entry.take(6)[::-1].hex()
    _home(entry, draft)


def _home(entry: Cursor, draft: Sketch) -> None:
    _coordinates(entry, draft)
    draft.attributes["hdop"] = entry.u16_le() / 10
    draft.altitude_m = entry.i16_le()


def _status(entry: Cursor, draft: Sketch) -> None:
    draft.sent_at = epoch(entry.u32_le())
    status = entry.u32_le()
    if status & 1 << 4:
        draft.attributes["charging"] = True
    draft.is_stored = bool(status & 1 << 7)
    draft.attributes["motion"] = bool(status & 1 << 9)
    draft.attributes["signal"] = status >> 19 & 31
    draft.attributes["status"] = status
    draft.battery_pct = min(status >> 24, 100)


def _call(entry: Cursor, draft: Sketch) -> None:
    draft.sent_at = epoch(entry.u32_le())
    draft.attributes["callStatus"] = entry.u8()
    draft.attributes["callDuration"] = entry.u16_le()
    draft.attributes["callResult"] = entry.u8()
    draft.attributes["phone"] = entry.rest().decode("ascii", "replace")


def _near_beacon(entry: Cursor, draft: Sketch, *, is_new: bool) -> None:
    flags = entry.u8()
    number = (flags & 15) + 1
    draft.attributes[f"tagId{number}"] = entry.take(6)[::-1].hex()
    draft.attributes[f"tagRssi{number}"] = entry.i8()
    entry.skip(1)
    if is_new:
        draft.attributes[f"tagBattery{number}"] = entry.u8()
    if flags & 0x80:
        _coordinates(entry, draft)
    if flags & 0x40:
        length = min(entry.u8(), entry.left) if is_new else entry.left
        draft.attributes[f"description{number}"] = entry.take(length).decode("utf-8", "replace")


def _near_beacon_old(entry: Cursor, draft: Sketch) -> None:
    _near_beacon(entry, draft, is_new=False)


def _near_beacon_new(entry: Cursor, draft: Sketch) -> None:
    _near_beacon(entry, draft, is_new=True)


def _home_wifi(entry: Cursor, draft: Sketch) -> None:
    flags = entry.u8()
    entry.skip(7)
    if flags & 0x80:
        _coordinates(entry, draft)
    if flags & 0x40 and entry.left:
        draft.attributes["description"] = entry.rest().decode("utf-8", "replace")


def _steps(entry: Cursor, draft: Sketch) -> None:
    entry.skip(4)
    draft.attributes["steps"] = entry.u32_le()


def _activity(entry: Cursor, draft: Sketch) -> None:
    number = 1
    while entry.left >= 8:
        draft.attributes[f"activity{number}Time"] = entry.u32_le()
        draft.attributes[f"activity{number}"] = entry.u32_le()
        number += 1


def _barking(entry: Cursor, draft: Sketch) -> None:
    entry.skip(4)
    value = entry.u32_le()
    if value >> 31:
        draft.attributes["barkStop"] = True
    draft.attributes["barkCount"] = value & 0x7FFFFFFF


def _heart_rate(entry: Cursor, draft: Sketch) -> None:
    entry.skip(4)
    if (rate := entry.u8()) > 1:
        draft.attributes["heart_rate_bpm"] = rate


def _oxygen(entry: Cursor, draft: Sketch) -> None:
    entry.skip(4)
    if (oxygen := entry.u8()) > 1:
        draft.attributes["blood_oxygen_pct"] = oxygen


def _iccid(entry: Cursor, draft: Draft) -> None:
    draft.attributes["iccid"] = entry.rest().decode("ascii", "replace").rstrip("\0")


def _configured_battery(entry: Cursor, draft: Draft) -> None:
    draft.battery_pct = min(entry.u8(), 100)
    draft.attributes["battery_v"] = entry.u16() / 1000


ENTRY_READERS: dict[int, Reader] = {
    0x02: _alarm,
    0x14: _battery,
    0x19: _named_wifi,
    0x20: _place,
    0x21: _cells_2g,
    0x22: _wifi,
    0x23: _beacon,
    0x24: _status,
    0x25: _call,
    0x26: _beacon_with_altitude,
    0x27: _home,
    0x28: _near_beacon_old,
    0x29: _cells_4g,
    0x2A: _home_wifi,
    0x2B: _cells_wide,
    0x2C: _near_beacon_new,
    0x30: _steps,
    0x31: _activity,
    0x37: _barking,
    0x40: _heart_rate,
    0x41: _oxygen,
}
CONFIGURATION_READERS: dict[int, Callable[[Cursor, Draft], None]] = {0x04: _iccid, 0x14: _configured_battery}


def reply(frame: bytes, reading: Reading, now: datetime) -> bytes:
    """Answer a frame that asks for it: "success", or the services that it wants (the time, an assistance position)."""
    _, properties, _, _, sequence = HEAD.unpack_from(frame)
    if not properties & WANTS_ANSWER:
        return b""
    body = _services(frame, now) if frame[8] == SERVICES else b""
    content = bytes((SERVICES,)) + body if body else bytes((RESPONSE, 1, 0))
    return HEAD.pack(START, 0, len(content), crc16_xmodem(content), sequence) + content


def _services(frame: bytes, now: datetime) -> bytes:
    cursor, body = Cursor(frame, 9), b""
    while cursor.left >= 2:
        entry = cursor.sub(min(cursor.u8(), cursor.left))
        key = entry.u8() if entry.left else 0
        if key == 0x11:
            body += bytes((10, key)) + bytes(9)
        elif key == 0x12:
            body += bytes((5, key)) + int(now.timestamp()).to_bytes(4, "little")
    return body


MINIFINDER2 = Codec(
    "minifinder2", port=5187, transport="tcp", frame_bytes_max=FRAME_BYTES_MAX, split=split, decode=decode, reply=reply
)

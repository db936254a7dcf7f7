"""Binary messages of gl200, big-endian: `+RSP` reports, `+EVT` events, `+INF` state, and the frames of `2B 00`."""

from datetime import datetime

from tocsin.protocols.base import Alarm, DecodeError
from tocsin.protocols.cursor import Cursor
from tocsin.protocols.draft import Draft, place_or_none
from tocsin.protocols.times import epoch, instant

HEADERS = (b"+RSP", b"+BSP", b"+EVT", b"+BVT", b"+INF", b"+BNF", b"+HBD", b"+CRD", b"+BRD", b"+LGN")
PHONE, GEO, COMPRESSED = 3, 8, 100
IDENTITY_BYTES, TIME_BYTES, TAIL_BYTES = 8, 7, 6
# What stands between the state and the place, by event.
EVENT_BYTES = {6: 2, 45: 7, 46: 7, 15: 3, 17: 4, 21: 5, 26: 12, 31: 2, 35: 1, 33: 1, 23: 1, 34: 3}
EVENTS = {1: Alarm.POWER_ON, 6: Alarm.LOW_BATTERY, 23: Alarm.ACCIDENT, 31: Alarm.JAMMING, 33: Alarm.JAMMING}
# Ignition, firmware and commands, idling, satellites, fences that begin and end, roaming.
ORDINARY = frozenset({15, 17, 21, 26, 34, 35, 45, 46})
PLACE_ITEM = 0x52


def is_binary(buffer: bytes, at: int) -> bool:
    """Say whether a message of at least eleven bytes is binary."""
    head = buffer[at : at + 4]
    return head[1] == 0 or head in HEADERS or (head == b"+ACK" and buffer[at + 4] != ord(":"))


def length_of(buffer: bytes, at: int) -> int:
    """Read the length of a binary message; each header keeps it elsewhere."""
    head = buffer[at : at + 4]
    if head[1] == 0:
        return int.from_bytes(buffer[at + 2 : at + 4], "big")
    if head in (b"+ACK", b"+HBD"):
        return buffer[at + (6 if head == b"+ACK" else 5)]
    start = at + {b"+INF": 7, b"+BNF": 7, b"+CRD": 6, b"+BRD": 6, b"+LGN": 6}.get(head, 9)
    return int.from_bytes(buffer[start : start + 2], "big")


def read_binary(frame: bytes) -> tuple[str | None, list[Draft]]:
    """Read the identity and the reports."""
    if frame[1] == 0:
        return _read_records(frame)
    head, cursor = frame[:4], Cursor(frame, 4)
    if head in (b"+RSP", b"+BSP", b"+EVT", b"+BVT"):
        kind = cursor.u8()
        cursor.skip(11)
        uid = uid_of(cursor.take(IDENTITY_BYTES))
        drafts = [_read_event(cursor, kind)] if head[2:3] == b"V" else _read_reports(cursor, kind)
        for draft in drafts:
            draft.is_stored = head[1:2] == b"B"
        return uid, drafts
    if head in (b"+INF", b"+BNF"):
        cursor.skip(5)
        uid = uid_of(cursor.take(IDENTITY_BYTES))
        draft = Draft(_time(Cursor(frame, max(len(frame) - TAIL_BYTES - TIME_BYTES, cursor.at))))
        return uid, [draft]
    return None, []


def uid_of(identity: bytes) -> str:
    """Name the device: each byte is two decimals of the IMEI and the last one is one, or the bytes are a name."""
    if all(byte < 100 for byte in identity) and identity[-1] < 10:
        return "".join(f"{byte:02d}" for byte in identity[:-1]) + str(identity[-1])
    name = identity.rstrip(b"\0")
    if name.isascii() and name.decode("ascii").isprintable():
        return name.decode("ascii")
    return f"{int.from_bytes(identity, 'big'):015d}"


def _time(cursor: Cursor) -> datetime | None:
    year, month, day, hour, minute, second = cursor.u16(), *cursor.take(5)
    return instant(year, month, day, hour, minute, second)


def _put_state(draft: Draft, cursor: Cursor, *, extra: int = 0) -> int:
    """Read charge, supply and movement; give the satellites."""
    battery = cursor.u8()
    draft.battery_pct = battery if battery <= 100 else None
    draft.attributes["power_mv"] = cursor.u16()
    cursor.skip(extra + 1)
    return cursor.u8()


def _put_place(draft: Draft, cursor: Cursor, satellites: int) -> None:
    is_valid, speed_kmh, course_deg, altitude_m = cursor.u8() > 0, cursor.u24() / 10, cursor.u16(), cursor.i16()
    lon_deg, lat_deg = cursor.i32() / 1e6, cursor.i32() / 1e6
    draft.sent_at = _time(cursor)
    draft.place = place_or_none(
        lat_deg,
        lon_deg,
        fix_at=draft.sent_at,
        is_valid=is_valid,
        speed_kmh=speed_kmh,
        course_deg=course_deg,
        altitude_m=altitude_m,
        satellites=satellites,
    )
    draft.cell(cursor.u16(), cursor.u16(), cursor.u16(), cursor.u16())
    cursor.skip(1)


def _read_event(cursor: Cursor, kind: int) -> Draft:
    draft = Draft()
    draft.attributes["alarm_code"] = kind
    if kind not in ORDINARY:
        draft.alarms.add(EVENTS.get(kind, Alarm.OTHER))
    try:
        satellites = _put_state(draft, cursor)
        cursor.skip(EVENT_BYTES.get(kind, 0) + 1)
        _put_place(draft, cursor, satellites)
    except DecodeError:
        draft.attributes["is_cut_short"] = True
    return draft


def _read_reports(cursor: Cursor, kind: int) -> list[Draft]:
    state = Draft()
    satellites = _put_state(state, cursor, extra=2 if kind == GEO else 0)
    if kind == COMPRESSED:
        return _read_compressed(cursor)
    cursor.skip(1)
    if kind == PHONE:
        # A telephone number in decimals, which is not kept.
        cursor.skip(1)
        while (byte := cursor.u8()) & 0xF != 0xF and byte & 0xF0 != 0xF0:
            pass
    drafts: list[Draft] = []
    for _ in range(cursor.u8()):
        draft = Draft()
        draft.attributes.update(state.attributes, alarm_code=kind)
        draft.battery_pct = state.battery_pct
        _put_place(draft, cursor, satellites)
        drafts.append(draft)
    return drafts


def _read_compressed(cursor: Cursor) -> list[Draft]:
    """Read places of which most are differences to the one before, a second apart."""
    drafts: list[Draft] = []
    speed = course = lon = lat = seconds = 0
    for _ in range(cursor.u16()):
        seconds += 1 if seconds else 0
        mark = cursor.peek() >> 6
        if mark == 1:
            bits = cursor.u24()
            speed, course = bits >> 9 & 0xFFF, bits & 0x1FF
            lon, lat = cursor.i32(), cursor.i32()
            seconds = seconds or cursor.u32()
        elif mark == 2:
            bits = int.from_bytes(cursor.take(5), "big")
            speed += _signed(bits >> 30, 7)
            course += _signed(bits >> 23, 7)
            lon += _signed(bits >> 11, 12)
            lat += _signed(bits, 11)
        else:
            cursor.skip(1)
            continue
        draft = Draft(epoch(seconds))
        draft.place = place_or_none(
            lat / 1e6, lon / 1e6, fix_at=draft.sent_at, speed_kmh=speed / 10, course_deg=course
        )  # fmt: skip
        drafts.append(draft)
    return drafts


def _signed(bits: int, count: int) -> int:
    value = bits & (1 << count) - 1
    return value - (1 << count) if value >> (count - 1) else value


def _size(cursor: Cursor) -> int:
    value = cursor.u8()
    return (value & 0x7F) << 8 | cursor.u8() if value & 0x80 else value


def _read_records(frame: bytes) -> tuple[str, list[Draft]]:
    """Read the frames of `2B 00`. What their event codes mean is not known to us: each is kept as a number."""
    cursor = Cursor(frame, 4, int.from_bytes(frame[2:4], "big") - 4)
    if cursor.u8() & 0x80:
        cursor.skip(2)
    uid = cursor.hex(8)[1:]
    cursor.skip(5)
    cursor.skip(cursor.u8())
    drafts: list[Draft] = []
    while cursor.left > 0:
        begin = cursor.at
        size = _size(cursor)
        record = cursor.sub(min(max(size - (cursor.at - begin), 0), cursor.left))
        record.skip(7)
        event = record.u8()
        while record.left > 1:
            kind, item = _size(record), record.sub(min(_size(record), record.left))
            if kind == PLACE_ITEM:
                drafts.append(_read_item(item))
                drafts[-1].attributes["alarm_code"] = event
    return uid, drafts


def _read_item(item: Cursor) -> Draft:
    draft = Draft()
    is_valid, lon_deg, lat_deg = item.u8() >> 2 & 3 == 2, item.i32() / 1e6, item.i32() / 1e6
    draft.sent_at = epoch(item.u32())
    speed_kmh = item.u16() / 10
    item.skip(1)
    draft.place = place_or_none(
        lat_deg,
        lon_deg,
        fix_at=draft.sent_at,
        is_valid=is_valid,
        speed_kmh=speed_kmh,
        course_deg=item.u16(),
        altitude_m=item.u24() / 10,
        satellites=item.u8(),
    )
    return draft

"""eelink: Eelink trackers. TCP and UDP, port 5064.

Packages of `67 67`, type, length, serial number, content; several may be glued. Over UDP a header `EL` with length,
checksum and identity stands in front; over TCP the device names itself in the login only. Source:
<https://www.traccar.org/protocol/5064-eelink/EELINK_Terminal_Communication_Protocol_V1.8.4_EN.pdf>.
Page: docs/protocols/eelink.md.
"""

import re
from dataclasses import replace
from datetime import datetime

from tocsin.protocols.base import Alarm, Codec, DecodeError, Reading, Report, Session
from tocsin.protocols.checksums import rotating_sum16
from tocsin.protocols.cursor import Cursor
from tocsin.protocols.draft import Draft, place_or_none
from tocsin.protocols.times import epoch, iso

FRAME_BYTES_MAX = 8 * 1024
START, DATAGRAM = b"\x67\x67", b"EL"
LOGIN, OLD_GPS, HEARTBEAT, OLD_ALARM, STATE, SMS, OBD = range(0x01, 0x08)
NORMAL, WARNING, REPORT = 0x12, 0x14, 0x15
DOWNLINK, DATA = 0x80, 0x81
UNANSWERED = frozenset({OLD_GPS, DATA})
DEGREES = 1 / 1_800_000
ALARM_CODES = {
    0x01: Alarm.POWER_OFF,
    0x02: Alarm.SOS,
    0x03: Alarm.LOW_BATTERY,
    0x04: Alarm.VIBRATION,
    0x08: Alarm.ANTENNA_CUT,
    0x09: Alarm.ANTENNA_CUT,
    0x25: Alarm.TORN_OFF,
    0x81: Alarm.LOW_SPEED,
    0x82: Alarm.OVERSPEED,
    0x83: Alarm.GEOFENCE_ENTER,
    0x84: Alarm.GEOFENCE_EXIT,
    0x85: Alarm.ACCIDENT,
    0x86: Alarm.FALL,
}
ANSWERED_PLACE = re.compile(
    r"Lat:([NS])(\d+\.\d+).*?Lon:([EW])(\d+\.\d+).*?Course:(\d+\.\d+).*?Speed:(\d+\.\d+).*?"
    r"Date ?Time:(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)",
    re.DOTALL,
)


def split(buffer: bytes) -> tuple[list[bytes], bytes]:
    """Cut packages and datagrams at their stated length; what is neither is a piece of its own."""
    frames: list[bytes] = []
    at = 0
    while len(buffer) - at >= 2:
        start = buffer[at : at + 2]
        length_at = at + 3 if start == START else at + 2
        if start not in (START, DATAGRAM) or _length(buffer, length_at) > FRAME_BYTES_MAX:
            found = [place for mark in (START, DATAGRAM) if (place := buffer.find(mark, at + 1)) >= 0]
            begin = min(found, default=len(buffer) - (buffer[-1:] in (START[:1], DATAGRAM[:1])))
            frames.append(buffer[at:begin])
            at = begin
            continue
        end = length_at + 2 + _length(buffer, length_at)
        if len(buffer) < length_at + 2 or len(buffer) < end:
            break
        frames.append(buffer[at:end])
        at = end
    return frames, buffer[at:]


def _length(buffer: bytes, at: int) -> int:
    return int.from_bytes(buffer[at : at + 2].ljust(2, b"\0"), "big")


def decode(frame: bytes, session: Session, now: datetime) -> Reading:
    """Read the packages of one frame. A bad one costs the others nothing."""
    cursor = Cursor(frame)
    uid = session.device_uid
    if frame.startswith(DATAGRAM):
        cursor.skip(6)
        uid = cursor.take(8).hex()[1:]
    elif not frame.startswith(START):
        raise DecodeError("eelink: no start mark")
    reports: list[Report] = []
    failure: DecodeError | None = None
    while cursor.left >= 7:
        cursor.skip(2)
        kind = cursor.u8()
        part = cursor.sub(min(cursor.u16(), cursor.left))
        try:
            part.skip(2)
            if kind == LOGIN:
                uid = uid if frame.startswith(DATAGRAM) else part.take(8).hex()[1:]
            elif (report := _read(kind, part)) is not None:
                reports.append(report)
        except DecodeError as error:
            failure = error
    if not reports and (failure is not None or cursor.at in (0, 14)):
        raise failure or DecodeError("eelink: no package")
    session = replace(session, device_uid=uid)
    return Reading(session, uid, tuple(reports))


def _read(kind: int, part: Cursor) -> Report | None:
    draft = Draft()
    try:
        if kind in (OLD_GPS, OLD_ALARM, STATE, SMS):
            _read_old(kind, part, draft)
        elif NORMAL <= kind <= 0x19:
            _read_new(kind, part, draft)
        elif (kind == HEARTBEAT and part.left >= 2) or (kind == OBD and part.left == 4):
            _put_old_status(part.u16(), draft)
        elif kind == OBD:
            _read_engine(part, draft)
        elif kind == DOWNLINK:
            _read_answer(part, draft)
        else:
            return None
    except DecodeError:
        if not draft.alarms and draft.place is None:
            raise
        draft.attributes["is_cut_short"] = True
    return draft.report()


def _put_alarm(code: int, draft: Draft) -> None:
    draft.alarm(ALARM_CODES.get(code, Alarm.OTHER))
    if code not in ALARM_CODES:
        draft.attributes["alarm_code"] = code


def _put_old_status(status: int, draft: Draft) -> None:
    """Put what the status says; each flag has one in front that says whether it means anything."""
    for name, known, flag, yes in (
        ("ignition", 1, 2, 1),
        ("armed", 3, 4, 1),
        ("blocked", 5, 6, 0),
        ("charging", 7, 8, 1),
    ):
        if status >> known & 1:
            draft.attributes[name] = (status >> flag & 1) == yes
    draft.attributes["status"] = status


def _read_old(kind: int, part: Cursor, draft: Draft) -> None:
    """Read types 0x02, 0x04, 0x05 and 0x06: time, place, cell, flag, then what the type adds."""
    draft.sent_at = epoch(part.u32())
    lat, lon, speed, course = part.i32(), part.i32(), part.u8(), part.u16()
    draft.cell(part.u16(), part.u16(), part.u16(), part.u24())
    is_valid = bool(part.u8() & 1)
    draft.place = place_or_none(
        lat * DEGREES,
        lon * DEGREES,
        fix_at=draft.sent_at,
        is_valid=is_valid,
        speed_kmh=speed,
        course_deg=course,
    )
    if kind == OLD_GPS and part.left >= 2:
        _put_old_status(part.u16(), draft)
        if part.left >= 8:
            draft.attributes["battery_v"] = part.u16() / 1000
            draft.attributes["signal"] = part.u16()
    elif kind == OLD_ALARM:
        _put_alarm(part.u8(), draft)
    elif kind == STATE:
        event = part.u8()
        draft.attributes["event"] = event
        if event in (1, 2, 3) and part.left >= 6:
            part.skip(4)
            _put_old_status(part.u16(), draft)


def _read_new(kind: int, part: Cursor, draft: Draft) -> None:
    """Read types 0x12 to 0x19: time, a mask of what follows, alarm, status, measurements."""
    draft.sent_at = epoch(part.u32())
    mask = part.u8()
    where = _read_where(part) if mask & 1 else None
    _read_networks(mask, part, draft)
    if kind == WARNING:
        _put_alarm(part.u8(), draft)
    elif kind == REPORT:
        draft.attributes["event"] = part.u8()
    status = part.u16() if kind in (NORMAL, WARNING, REPORT) and part.left >= 2 else None
    if where is not None:
        lat, lon, altitude, speed, course, satellites = where
        draft.place = place_or_none(
            lat * DEGREES,
            lon * DEGREES,
            fix_at=draft.sent_at,
            is_valid=bool(status and status & 1),
            altitude_m=altitude,
            speed_kmh=speed,
            course_deg=course,
            satellites=satellites,
        )
    if status is not None:
        _put_new_status(status, draft)
    if kind == NORMAL:
        _read_measurements(part, draft)


def _read_where(part: Cursor) -> tuple[int, int, int, int, int, int]:
    return part.i32(), part.i32(), part.i16(), part.u16(), part.u16(), part.u8()


def _read_networks(mask: int, part: Cursor, draft: Draft) -> None:
    mcc = mnc = 0
    if mask & 2:
        mcc, mnc = part.u16(), part.u16()
    for bit in (2, 4, 8):
        if mask & bit:
            draft.cell(mcc, mnc, part.u16(), part.u32(), -part.u8())
    for bit in (16, 32, 64):
        if mask & bit:
            draft.access_point(part.take(6), -part.u8())
    if mask & 128:
        part.skip(1)
        count = part.u8()
        if count > 0:
            mcc, mnc, lac, tac, cid = part.u16(), part.u16(), part.u16(), part.u16(), part.u32()
            part.skip(2)
            draft.cell(mcc, mnc, tac or lac, cid)
        part.skip(5 * count)  # Neighbours by their physical number only: nobody can look them up.


def _put_new_status(status: int, draft: Draft) -> None:
    for name, known, flag in (
        ("ignition", 1, 2),
        ("armed", 3, 4),
        ("motion", 3, 9),
        ("blocked", 5, 6),
        ("charging", 7, 8),
    ):
        if status >> known & 1:
            draft.attributes[name] = bool(status >> flag & 1)
    draft.attributes["gps"] = bool(status >> 10 & 1)
    draft.attributes["status"] = status


def _read_measurements(part: Cursor, draft: Draft) -> None:
    """Read what newer firmware appends; it may end anywhere."""
    attributes = draft.attributes
    if part.left >= 2:
        attributes["battery_v"] = part.u16() / 1000
    if part.left >= 4:
        attributes["adc0"], attributes["voltage_1"] = part.u16(), part.u16()
    if part.left >= 4:
        attributes["distance_m"] = part.u32()
    if part.left >= 4:
        part.skip(4)
    if part.left >= 4:
        attributes["steps"] = part.u16()
        part.skip(2)
    if part.left >= 12:
        attributes["temperature_c"] = part.i16() / 256
        attributes["humidity_pct"] = part.u16() / 10
        attributes["illuminance"], attributes["co2"] = part.u32() / 256, part.u32()
    if part.left >= 2:
        attributes["temperature_2_c"] = part.i16() / 16


def _read_engine(part: Cursor, draft: Draft) -> None:
    draft.sent_at = epoch(part.u32())
    while part.left >= 5:
        number, value = part.u8(), part.i32()
        if number == 0x89:
            draft.attributes["fuelConsumption"] = value
        elif number == 0x8A:
            draft.attributes["distance_m"] = value * 1000
        elif number == 0x8B:
            draft.attributes["fuel"] = value // 10


def _read_answer(part: Cursor, draft: Draft) -> None:
    """Read the answer to a command; `WHERE#` is answered with a place in words."""
    part.skip(5)
    text = part.rest().decode("utf-8", "replace")
    match = ANSWERED_PLACE.search(text)
    if match is None:
        draft.attributes["answer"] = text
        return
    north, lat, east, lon, course, speed, date, time = match.groups()
    draft.sent_at = iso(f"{date}T{time}")
    draft.place = place_or_none(
        float(lat) if north == "N" else -float(lat),
        float(lon) if east == "E" else -float(lon),
        fix_at=draft.sent_at,
        course_deg=float(course),
        speed_kmh=float(speed),
    )


def reply(frame: bytes, reading: Reading, now: datetime) -> bytes:
    """Answer each package with its type and serial number; a login gets the time."""
    is_datagram = frame.startswith(DATAGRAM)
    cursor, answers = Cursor(frame, 14 if is_datagram else 0), []
    if reading.device_uid is None:
        return b""
    while cursor.left >= 7:
        cursor.skip(2)
        kind = cursor.u8()
        part = cursor.sub(min(cursor.u16(), cursor.left))
        if kind in UNANSWERED or part.left < 2:
            continue
        content = part.take(2)
        if kind == LOGIN:
            content += int(now.timestamp()).to_bytes(4, "big") + b"\x00\x01\x00"
        package = START + bytes((kind,)) + len(content).to_bytes(2, "big") + content
        if is_datagram:
            package = frame[6:14] + package
            head = (len(package) + 2).to_bytes(2, "big")
            package = DATAGRAM + head + rotating_sum16(package).to_bytes(2, "big") + package
        answers.append(package)
    return b"".join(answers)


EELINK = Codec(
    "eelink",
    port=5064,
    transport="tcp",
    frame_bytes_max=FRAME_BYTES_MAX,
    split=split,
    decode=decode,
    reply=reply,
    takes_datagrams=True,
)

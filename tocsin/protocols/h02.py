"""h02: LKGPS pendants and cards, and many small trackers. TCP and UDP, port 5013.

Text frames `*HQ,identity,type,...#` and binary ones that begin with `$` come on one connection; an LK106 sends its SOS
in binary only (<https://github.com/traccar/traccar/issues/1034>). In the status word a **cleared** bit is an alarm.
Source: <https://www.traccar.org/protocol/5013-h02/document.pdf>. Page: docs/protocols/h02.md.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from tocsin.protocols.base import Alarm, Codec, DecodeError, Reading, Session
from tocsin.protocols.draft import Draft, place_or_none
from tocsin.protocols.nmea import degrees, moment

FRAME_BYTES_MAX = 4096
KNOT_KMH = 1.852
STARTS = b"*$X"
SHORT_BYTES, LONG_UID_BYTES, LONG_BYTES = 32, 42, 45

ALARM_BITS = (
    (1 << 0, Alarm.VIBRATION),
    (1 << 1, Alarm.SOS),
    (1 << 2, Alarm.OVERSPEED),
    (1 << 18, Alarm.SOS),
    (1 << 19, Alarm.POWER_CUT),
)
ALARM_MASK = 0xC0007
STATUS = re.compile(r"[0-9A-Fa-f]{8}")
BINARY = re.compile(
    r"(\d{6})(\d{6})(\d\d)(\d{6})([0-9a-f]{2})(\d{3})(\d{6})([0-9a-f])([0-9a-f]{3})([0-9a-f]{3})([0-9a-f]{8})"
)


def split(buffer: bytes) -> tuple[list[bytes], bytes]:
    """Cut text at `#`, binary by its length. What stands between frames is a piece of its own, line ends are none."""
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
        end = buffer.find(b"#", at) + 1 if mark == STARTS[0] else _end_of_binary(buffer, at)
        if not 0 < end <= size:
            break
        frames.append(buffer[at:end])
        at = end
    return frames, buffer[at:]


def _end_of_binary(buffer: bytes, at: int) -> int:
    """Guess the end of a binary frame: nothing in it says how long it is, but something begins behind it."""
    size = len(buffer) - at
    if buffer[at] == ord("$") and size > SHORT_BYTES and buffer[at + SHORT_BYTES] not in b"*$X\r\n":
        for length in (LONG_BYTES, LONG_UID_BYTES):
            if size == length or (size > length and buffer[at + length] in b"*$X\r\n"):
                return at + length
    # With 32 bytes here nothing more is waited for: it may be the SOS.
    return at + SHORT_BYTES


def decode(frame: bytes, session: Session, now: datetime) -> Reading:
    """Read one frame, text or binary."""
    try:
        if frame[:1] == b"*":
            return _read_text(frame, session)
        if frame[:1] in (b"$", b"X"):
            return _read_binary(frame, session)
    except (ValueError, IndexError) as error:
        raise DecodeError(f"h02: {error}") from error
    raise DecodeError("h02: no start mark")


def _put_status(draft: Draft, status: int) -> None:
    draft.attributes["status"] = status
    draft.attributes["ignition"] = bool(status & 1 << 10)
    if status & ALARM_MASK != ALARM_MASK:
        draft.alarms.update(alarm for bit, alarm in ALARM_BITS if not status & bit)


def _read_binary(frame: bytes, session: Session) -> Reading:
    text = frame.hex()
    has_long_uid = len(frame) == LONG_UID_BYTES
    uid = text[2:17] if has_long_uid else text[2:12]
    match = BINARY.match(text, 18 if has_long_uid else 12)
    if match is None:
        raise DecodeError("binary fields are no decimals")
    time, date, lat, lat_minutes, battery, lon, lon_minutes, flag, speed, course, status = match.groups()
    flags = int(flag, 16)
    draft = Draft(moment(time, date))
    lat_deg, lon_deg = int(lat) + int(lat_minutes) / 600_000, int(lon) + int(lon_minutes) / 600_000
    draft.place = place_or_none(
        lat_deg if flags & 4 else -lat_deg,
        lon_deg if flags & 8 else -lon_deg,
        fix_at=draft.sent_at,
        is_valid=bool(flags & 2),
        speed_kmh=int(speed) * KNOT_KMH if speed.isdecimal() else None,
        course_deg=int(course) if course.isdecimal() else None,
    )
    draft.battery_pct = _battery(int(battery, 16))
    _put_status(draft, int(status, 16))
    return Reading(replace(session, device_uid=uid), uid, (draft.report(),))


def _battery(value: int) -> float | None:
    """Read the battery byte: 1 to 3 and 4 to 6 are steps, up to 100 is per cent, F1 to F6 steps again."""
    if 1 <= value <= 3:
        return (value - 1) * 10
    if 4 <= value <= 6 or 0xF1 <= value <= 0xF6:
        return ((value & 15) - 1) * 20
    return value if 7 <= value <= 100 else None


def _read_text(frame: bytes, session: Session) -> Reading:
    fields = frame.decode("ascii", "replace").strip("*# \r\n").split(",")
    if len(fields) < 3:
        raise DecodeError("too few fields")
    uid = fields[1] or session.device_uid
    session = replace(session, device_uid=uid)
    draft = Draft()
    reader = READERS.get(fields[2], _read_position)
    try:
        reader(fields, draft)
    except (ValueError, IndexError):
        # The status word is looked for all the same: it may say SOS.
        draft = Draft()
        _put_found_status(fields[3:], draft)
    is_empty = draft.place is None and draft.sent_at is None and not draft.alarms and not draft.cells
    if is_empty and draft.battery_pct is None and "answer" not in draft.attributes:
        return Reading(session, uid)
    return Reading(session, uid, (draft.report(),))


def _put_found_status(fields: list[str], draft: Draft) -> None:
    for field in fields:
        if STATUS.fullmatch(field) and not field.isdecimal():
            _put_status(draft, int(field, 16))
            return


def _read_position(fields: list[str], draft: Draft) -> None:
    """Read a position of any type: it is found by its hemispheres, since what stands before and behind differs."""
    north = next(
        (at for at in range(5, len(fields) - 2) if fields[at] in ("N", "S") and fields[at + 2] in ("E", "W")), 0
    )
    if not north:
        _put_found_status(fields[3:], draft)
        return
    if fields[2] == "V4":
        draft.attributes["answer"] = ",".join(fields[3 : north - 3])
    time, valid, lat = fields[north - 3 : north]
    lon, east, speed, *rest = fields[north + 1 :]
    date_at = next((at for at, field in enumerate(rest[:3]) if len(field) == 6 and field.isdecimal()), None)
    draft.sent_at = moment(time, rest[date_at]) if date_at is not None else None
    if lat and lon:
        draft.place = place_or_none(
            degrees(lat, fields[north]),
            degrees(lon, east),
            fix_at=draft.sent_at,
            is_valid=valid == "A" or valid.isdecimal(),
            speed_kmh=float(speed or 0) * KNOT_KMH,
            course_deg=float(rest[0] or 0) if rest else 0.0,
        )
    behind = rest[(date_at if date_at is not None else 1) + 1 :]
    status_at = next((at for at, field in enumerate(behind) if STATUS.fullmatch(field)), None)
    if status_at is not None:
        _put_status(draft, int(behind[status_at], 16))
        _read_extras(behind[status_at + 1 :], draft)


def _read_extras(extras: list[str], draft: Draft) -> None:
    """Read distance, temperature, fuel, altitude and cell, which some models append. The country is not named."""
    if len(extras) >= 6 and re.fullmatch(r"\d+\.\d+", extras[2]):
        draft.attributes["distance_m"] = int(extras[0])
        draft.attributes["temperature_c"] = int(extras[1])
        draft.attributes["fuel"] = float(extras[2])
        if draft.place is not None:
            draft.place = replace(draft.place, altitude_m=float(extras[3]))
        draft.cell(0, 0, int(extras[4], 16), int(extras[5], 16))


def _read_cells(fields: list[str], draft: Draft) -> None:
    """Read `NBR`: time, country, network, advance, count, then area, number and signal of each cell, date, status."""
    mcc, mnc, count = int(fields[4]), int(fields[5]), int(fields[7])
    cells = fields[8 : 8 + 3 * count]
    for at in range(0, len(cells) - 2, 3):
        draft.cell(mcc, mnc, int(cells[at]), int(cells[at + 1]), -abs(int(cells[at + 2])))
    draft.sent_at = moment(fields[3], fields[8 + 3 * count])
    _put_status(draft, int(fields[9 + 3 * count], 16))


def _read_link(fields: list[str], draft: Draft) -> None:
    """Read `LINK`: time, signal, satellites, battery, steps, turns, date, status."""
    draft.attributes["signal"], draft.attributes["satellites"] = int(fields[4]), int(fields[5])
    draft.battery_pct = min(int(fields[6]), 100)
    draft.attributes["steps"], draft.attributes["turnovers"] = int(fields[7]), int(fields[8])
    draft.sent_at = moment(fields[3], fields[9])
    _put_status(draft, int(fields[10], 16))


def _read_cells_and_battery(fields: list[str], draft: Draft) -> None:
    """Read `V3`: time, country and network, count, four fields to a cell, battery, restarts, `X`, date, status."""
    mcc, mnc, count = int(fields[4][:3]), int(fields[4][3:]), int(fields[5])
    cells = fields[6 : 6 + 4 * count]
    for at in range(0, len(cells) - 1, 4):
        draft.cell(mcc, mnc, int(cells[at]), int(cells[at + 1]))
    battery, _, _, date, status = fields[6 + 4 * count : 11 + 4 * count]
    draft.attributes["battery_raw"] = int(battery, 16)
    draft.sent_at = moment(fields[3], date)
    _put_status(draft, int(status, 16))


def _read_vp1(fields: list[str], draft: Draft) -> None:
    """Read `VP1`: cells joined by `Y`, or a position with a date and no time."""
    if fields[3] == "V":
        mcc, mnc = int(fields[4]), int(fields[5])
        for cell in ",".join(fields[6:]).split("Y"):
            lac, cid, signal = cell.split(",")[:3]
            draft.cell(mcc, mnc, int(lac), int(cid), -abs(int(signal)))
        return
    draft.sent_at = moment("000000", fields[10])
    draft.place = place_or_none(
        degrees(fields[4], fields[5]),
        degrees(fields[6], fields[7]),
        fix_at=draft.sent_at,
        speed_kmh=float(fields[8]) * KNOT_KMH,
        course_deg=float(fields[9]),
    )


def _read_heartbeat(fields: list[str], draft: Draft) -> None:
    draft.battery_pct = min(int(fields[3]), 100)


def _read_sms(fields: list[str], draft: Draft) -> None:
    draft.attributes["answer"] = ",".join(fields[3:])


READERS: dict[str, Callable[[list[str], Draft], None]] = {
    "NBR": _read_cells,
    "LINK": _read_link,
    "V3": _read_cells_and_battery,
    "VP1": _read_vp1,
    "HTBT": _read_heartbeat,
    "SMS": _read_sms,
}


def reply(frame: bytes, reading: Reading, now: datetime) -> bytes:
    """Answer positions and cells with the time, heartbeats with themselves."""
    fields = frame.split(b",", 3) if frame[:1] == b"*" else []
    if len(fields) < 3 or not fields[1]:
        return b""
    kind = fields[2].rstrip(b"#\r\n")
    if kind in (b"V0", b"HTBT"):
        return b",".join((*fields[:2], kind)) + b"#"
    if kind in (b"V1", b"NBR") and reading.reports:
        return b"*HQ,%b,V4,%b,%b#" % (fields[1], kind, f"{now:%Y%m%d%H%M%S}".encode())
    return b""


H02 = Codec(
    "h02",
    port=5013,
    transport="tcp",
    frame_bytes_max=FRAME_BYTES_MAX,
    split=split,
    decode=decode,
    reply=reply,
    takes_datagrams=True,
)

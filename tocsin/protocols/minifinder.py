"""minifinder: Eview EV-07, EV-07S, EV-07W pendants (MiniFinder Pico, GPS668). TCP, port 5062.

Text that ends with `;`. The device names itself in `!1` only and wants no answer. Source: EV-07S GPRS protocol,
attached to <https://github.com/traccar/traccar/pull/2906>. Page: docs/protocols/minifinder.md.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from tocsin.protocols.base import Alarm, Codec, DecodeError, Reading, Session
from tocsin.protocols.delimited import split_at
from tocsin.protocols.draft import Draft, place_or_none
from tocsin.protocols.times import instant

FRAME_BYTES_MAX = 2048

ALARM_BITS = (
    (1 << 2, Alarm.FAULT),
    (1 << 6, Alarm.SOS),
    (1 << 7, Alarm.OVERSPEED),
    (1 << 8, Alarm.FALL),
    (1 << 9, Alarm.GEOFENCE),
    (1 << 10, Alarm.GEOFENCE),
    (1 << 11, Alarm.GEOFENCE),
    (1 << 12, Alarm.LOW_BATTERY),
    (1 << 14, Alarm.MOVEMENT),
    (1 << 15, Alarm.MOVEMENT),
)


def split(buffer: bytes) -> tuple[list[bytes], bytes]:
    """Cut at `;`; a NUL may follow it."""
    return split_at(buffer, b";", strip=b"\0\r\n ")


def decode(frame: bytes, session: Session, now: datetime) -> Reading:
    """Read one message. One before the login is a reading without `device_uid`."""
    text = frame.decode("ascii", "replace").strip("\0\r\n ;")
    if text[:1] != "!" or text[2:3] != ",":
        raise DecodeError("minifinder: no start mark")
    kind, fields = text[1], text[3:].split(",")
    if kind == "1":
        if not fields[0].isalnum():
            raise DecodeError("minifinder: login without an identity")
        return Reading(replace(session, device_uid=fields[0]), fields[0])
    read = READERS.get(kind)
    if read is None:
        return Reading(session, session.device_uid)
    draft = Draft()
    try:
        read(fields, draft)
    except (ValueError, IndexError) as error:
        if not draft.alarms and draft.place is None:
            raise DecodeError(f"minifinder: {error}") from error
    return Reading(session, session.device_uid, (draft.report(),))


def _read_result(fields: list[str], draft: Draft) -> None:
    draft.attributes["answer"] = ",".join(fields)


def _read_phones(fields: list[str], draft: Draft) -> None:
    """Read the three numbers that the device itself calls; they stay in the report, which is sealed."""
    for number, phone in enumerate(fields[1:4], 1):
        if phone:
            draft.attributes[f"phone{number}"] = phone


def _read_heartbeat(fields: list[str], draft: Draft) -> None:
    draft.attributes["signal"] = int(fields[0])
    if len(fields) >= 3:
        draft.battery_pct = min(int(fields[2]), 100)


def _read_position(fields: list[str], draft: Draft) -> None:
    """Read `!D` (live) and `!C` (older): date, time, place, speed, course, flags, altitude, battery, satellites."""
    # The flags first: whatever else is wrong, they say whether somebody calls.
    flags = int(fields[6], 16) if len(fields) > 6 else 0
    draft.alarms.update(alarm for bit, alarm in ALARM_BITS if flags & bit)
    if flags & 2:
        draft.attributes["is_approximate"] = True
    draft.attributes["signal"] = flags >> 16 & 31
    draft.attributes["charging"] = bool(flags & 1 << 22)
    course = float(fields[5])
    _put_place(
        fields, draft, is_valid=bool(flags & 3), altitude=float(fields[7]), speed=float(fields[4]),
        course=course if course <= 360 else 0.0,
    )  # fmt: skip
    draft.battery_pct = min(int(fields[8]), 100)
    if len(fields) >= 12 and "." not in fields[9]:
        draft.attributes["satellites"] = int(fields[9])
        draft.attributes["satellites_visible"] = int(fields[10])
        draft.attributes["hdop"] = float(fields[11])


def _read_stored_position(fields: list[str], draft: Draft) -> None:
    draft.is_stored = True
    _read_position(fields, draft)


def _read_old_position(fields: list[str], draft: Draft) -> None:
    """Read `!A`: the fields behind the place are undocumented."""
    _put_place(fields, draft, is_valid=False)


def _put_place(
    fields: list[str],
    draft: Draft,
    *,
    is_valid: bool,
    altitude: float | None = None,
    speed: float | None = None,
    course: float | None = None,
) -> None:
    day, month, year = (int(part) for part in fields[0].split("/"))
    hour, minute, second = (int(part) for part in fields[1].split(":"))
    draft.sent_at = instant(year, month, day, hour, minute, second)
    draft.place = place_or_none(
        float(fields[2]),
        float(fields[3]),
        fix_at=draft.sent_at,
        is_valid=is_valid,
        altitude_m=altitude,
        speed_kmh=speed,
        course_deg=course,
    )


READERS: dict[str, Callable[[list[str], Draft], None]] = {
    "3": _read_result,
    "4": _read_phones,
    "5": _read_heartbeat,
    "A": _read_old_position,
    "B": _read_stored_position,
    "C": _read_position,
    "D": _read_position,
}


def reply(frame: bytes, reading: Reading, now: datetime) -> bytes:
    """Give nothing: the device waits for no answer."""
    return b""


MINIFINDER = Codec(
    "minifinder", port=5062, transport="tcp", frame_bytes_max=FRAME_BYTES_MAX, split=split, decode=decode, reply=reply
)

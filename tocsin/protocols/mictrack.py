"""mictrack: Mictrack trackers. TCP and UDP, port 5191.

`MT;type;identity;report;values+values...` or `identity$time,A,...`. **Nothing marks the end** of a message, so the end
is where the last value stands. Page: docs/protocols/mictrack.md.
"""

import re
from dataclasses import replace
from datetime import datetime

from tocsin.protocols.base import Alarm, Codec, DecodeError, Reading, Report, Session
from tocsin.protocols.draft import Draft, place_or_none
from tocsin.protocols.nmea import degrees, moment
from tocsin.protocols.numbers import number_or_none
from tocsin.protocols.times import written

FRAME_BYTES_MAX = 4096
KNOT_KMH = 1.852
FIX = rb"\$\d{6}\.\d+,[AV],(?:[^,$!\r\n]*,){7}\d{6}"
MESSAGE = re.compile(
    rb"MT;[^;\r\n]*;[^;\r\n]*;(?:(?:R0|RH);(?:[^+\r\n]*\+){8}\d|(?!R0;|RH;)\w+;[^\r\n]*?\+\d{1,3}\+\d{1,5}\+\d)"
    rb"|(?:\d{15})?(?:" + FIX + rb")+|[^\r\n!]*[!\r\n]"
)
PLACE = re.compile(r"\$(\d{6})\.\d+,([AV]),([\d.]*),([NS]?),([\d.]*),([EW]?),([\d.]*),([\d.]*),(-?[\d.]*),(\d{6})")
EVENTS = {
    0: Alarm.POWER_ON,
    5: Alarm.SOS,
    8: Alarm.LOW_BATTERY,
    9: Alarm.GEOFENCE_ENTER,
    10: Alarm.GEOFENCE_EXIT,
    12: Alarm.POWER_OFF,
}
# Reports by interval, by movement, heartbeats.
ORDINARY = frozenset({1, 2, 3, 4, 11})


def split(buffer: bytes) -> tuple[list[bytes], bytes]:
    """Cut where a message has all its values. An answer to a command ends with `!`."""
    frames: list[bytes] = []
    at = 0
    while (match := MESSAGE.match(buffer, at)) is not None:
        if piece := match[0].strip():
            frames.append(piece)
        at = match.end()
    return frames, buffer[at:]


def decode(frame: bytes, session: Session, now: datetime) -> Reading:
    """Read one message."""
    text = frame.decode("ascii", "replace").strip()
    try:
        if text.startswith("MT;"):
            return _read_report(text, session)
        if "$" in text:
            return _read_places(text, session)
    except (ValueError, IndexError) as error:
        raise DecodeError(f"mictrack: {error}") from error
    if not text.isprintable() or not text.endswith("!"):
        raise DecodeError("mictrack: no message")
    draft = Draft()
    draft.attributes["answer"] = text.removesuffix("!")
    named = re.match(r"(\d{15}) ", text)
    uid = named[1] if named else session.device_uid
    return Reading(replace(session, device_uid=uid), uid, (draft.report(),))


def _read_report(text: str, session: Session) -> Reading:
    _, _, uid, kind, content = text.split(";", 4)
    draft = Draft()
    # From the right: the name of an access point may hold any character.
    values, event, battery, _ = content.rsplit("+", 3)
    code = int(event)
    draft.attributes["alarm_code"] = code
    if code not in ORDINARY:
        draft.alarms.add(EVENTS.get(code, Alarm.OTHER))
    draft.attributes["battery_v"] = int(battery) / 1000
    try:
        _put_values(draft, kind, values)
    except (ValueError, IndexError):
        draft.attributes["is_cut_short"] = True
    return Reading(replace(session, device_uid=uid), uid, (draft.report(),))


def _put_values(draft: Draft, kind: str, values: str) -> None:
    if kind in ("R0", "RH"):
        satellites, clock, lat, lon, speed, course = values.split("+")
        draft.sent_at = written(clock)
        if kind == "R0":
            draft.place = place_or_none(
                float(lat),
                float(lon),
                fix_at=draft.sent_at,
                speed_kmh=number_or_none(speed),
                course_deg=number_or_none(course),
                satellites=int(satellites),
            )
        return
    clock, _, found = values.partition("+")
    draft.sent_at = written(clock)
    if kind == "Y1":
        for _, mac, signal in _groups(found, 3):
            draft.access_point(mac, int(signal))
    elif kind in ("R1", "R12", "R13"):
        for mac, signal in _groups(found.partition("+")[0], 2):
            draft.access_point(mac, int(signal))
    if kind in ("R2", "R3", "R12", "R13"):
        _put_cells(draft, found.rpartition("+")[2])


def _groups(text: str, size: int) -> list[tuple[str, ...]]:
    words = text.split(",")
    return list(zip(*(words[at::size] for at in range(size)), strict=False))


def _put_cells(draft: Draft, text: str) -> None:
    size = 5 if text.count(",") % 5 == 4 else 4
    for mnc, cid, lac, mcc, *_ in _groups(text, size):
        draft.cell(int(mcc), int(mnc), int(lac), int(cid))


def _read_places(text: str, session: Session) -> Reading:
    uid = text.partition("$")[0] or session.device_uid
    reports: list[Report] = []
    for match in PLACE.finditer(text):
        clock, valid, lat, north, lon, east, speed, course, altitude, date = match.groups()
        draft = Draft(moment(clock, date))
        if lat and lon:
            draft.place = place_or_none(
                degrees(lat, north),
                degrees(lon, east),
                fix_at=draft.sent_at,
                is_valid=valid == "A",
                speed_kmh=number_or_none(speed, KNOT_KMH),
                course_deg=number_or_none(course),
                altitude_m=number_or_none(altitude),
            )
        reports.append(draft.report())
    if not reports:
        raise DecodeError("mictrack: no place")
    return Reading(replace(session, device_uid=uid), uid, tuple(reports))


def reply(frame: bytes, reading: Reading, now: datetime) -> bytes:
    """Say nothing: no message is answered."""
    return b""


MICTRACK = Codec(
    "mictrack",
    port=5191,
    transport="tcp",
    frame_bytes_max=FRAME_BYTES_MAX,
    split=split,
    decode=decode,
    reply=reply,
    takes_datagrams=True,
)

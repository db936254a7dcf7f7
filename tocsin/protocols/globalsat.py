"""globalsat: GlobalSat TR-151, TR-203, TR-206, TR-313, TR-600 and GTR. TCP, port 5043.

Text that ends with `!`. Each owner chooses which fields a device sends and in which order; what they are is told by
their shape. A TR-203 says SOS in a `GSi` without a place and only there: <https://github.com/traccar/traccar/issues/4923>.
Alarm bits: TR-203A and TR-206 user manuals. Page: docs/protocols/globalsat.md.
"""

import re
from dataclasses import replace
from datetime import datetime

from tocsin.protocols.base import Alarm, Codec, DecodeError, Reading, Session
from tocsin.protocols.draft import Draft, place_or_none
from tocsin.protocols.nmea import degrees, moment
from tocsin.protocols.numbers import number_or_none

FRAME_BYTES_MAX = 4096
KNOT_KMH = 1.852
ENDS = re.compile(rb"[!\r\n]")
IDENTITY = re.compile(r"GS[a-zA-Z](?:,[^,]*)??,(\d{10,20})(?=[,*]|\Z)")
# Fix, date, time, longitude, latitude, then height, speed, course, satellites and precision.
PLACE = re.compile(
    r"(?:(\d?),)?(\d{6}),(\d{6}),([EW])(\d+\.\d+),([NS])(\d+\.\d+)"
    r"(?:,(-?[\d.]*))?(?:,([\d.]*))?(?:,([\d.]*))?(?:,(\d*))?(?:[,*]([\d.]*))?"
)
CLOCK = re.compile(r",(\d{6}),(\d{6}),")
VOLTS = re.compile(r"(\d+)mV|(\d+\.\d+)V")
PER_CENT = re.compile(r",(\d{1,3})%")
QUOTED_CELL = re.compile(r'"(\d{3}),(\d{2,3}),([0-9a-fA-F]+),([0-9a-fA-F]+),\d*,(\d*)"')
LAST_CELL = re.compile(r",(\d+),(\d{3}),(\d{2,3}),([0-9A-Fa-f]{3,5}),([0-9A-Fa-f]{3,8})\Z")
VEHICLE_BITS = {
    0: Alarm.SOS,
    3: Alarm.GEOFENCE,
    4: Alarm.GEOFENCE,
    5: Alarm.OVERSPEED,
    6: Alarm.POWER_CUT,
    7: Alarm.LOW_POWER,
}
PERSONAL_BITS = {
    0: Alarm.SOS,
    1: Alarm.PARKING,
    4: Alarm.GEOFENCE,
    5: Alarm.OVERSPEED,
    7: Alarm.LOW_BATTERY,
}
ASLEEP = 1 << 2  # Of the personal ones; no alarm.
FENCES = {"I": Alarm.GEOFENCE_ENTER, "O": Alarm.GEOFENCE_EXIT}


def split(buffer: bytes) -> tuple[list[bytes], bytes]:
    """Cut at `!` and line ends."""
    *frames, rest = ENDS.split(buffer)
    return [frame for frame in frames if frame], rest


def decode(frame: bytes, session: Session, now: datetime) -> Reading:
    """Read one message. What the alarm word says is kept, also when no place can be read."""
    text = frame.decode("ascii", "replace").strip()
    if text.startswith("$"):
        return _read_short(text, session)
    identity = IDENTITY.match(text)
    if identity is None:
        raise DecodeError("globalsat: no identity")
    uid = identity[1]
    session = replace(session, device_uid=uid)
    kind, content = text[2], text[identity.end() :].rpartition("*")[0] or text[identity.end() :]
    place = PLACE.search(content) if kind in "rb" else None
    draft = Draft()
    _put_alarms(draft, kind, content[: place.start()] if place else content)
    if place is not None:
        _put_place(draft, place)
    elif (clock := CLOCK.search(content)) is not None:
        draft.sent_at = moment(clock[2], clock[1])
    _put_levels(draft, content)
    if draft.place is None and draft.sent_at is None and not draft.alarms and not draft.cells:
        return Reading(session, uid)
    return Reading(session, uid, (draft.report(),))


def _put_alarms(draft: Draft, kind: str, content: str) -> None:
    """Find the alarm word: two hexadecimal digits, or four that come first."""
    fields = content.strip(",").split(",")
    if kind in "rb" and re.fullmatch("[0-9A-Fa-f]{4}", fields[0]):
        _put_bits(draft, int(fields[0], 16), VEHICLE_BITS)
        return
    # A heartbeat without the word ends with the charge, which looks the same.
    for at, field in enumerate(fields[:1] if kind == "h" else fields):
        if re.fullmatch("[0-9A-Fa-f]{2}", field):
            _put_bits(draft, int(field, 16) & ~ASLEEP, PERSONAL_BITS)
            if at + 1 < len(fields):
                draft.alarm(FENCES.get(fields[at + 1][:1]))
            return


def _put_bits(draft: Draft, word: int, bits: dict[int, Alarm]) -> None:
    draft.attributes["alarm_code"] = word
    draft.alarms.update(bits.get(bit, Alarm.OTHER) for bit in range(16) if word & 1 << bit)


def _put_place(draft: Draft, match: re.Match[str]) -> None:
    fix, date, clock, east, lon, north, lat, altitude, speed, course, satellites, _ = match.groups()
    draft.sent_at = moment(clock, date)
    draft.place = place_or_none(
        _degrees(lat, north),
        _degrees(lon, east),
        fix_at=draft.sent_at,
        is_valid=fix not in (None, "", "1"),
        altitude_m=number_or_none(altitude),
        speed_kmh=number_or_none(speed, KNOT_KMH),
        course_deg=number_or_none(course),
        satellites=int(satellites) if satellites else None,
    )


def _degrees(text: str, hemisphere: str) -> float:
    """Read degrees and minutes, or degrees alone: these have no more than three digits before the point."""
    if text.index(".") > 3:
        return degrees(text, hemisphere)
    return -float(text) if hemisphere in "SW" else float(text)


def _put_levels(draft: Draft, content: str) -> None:
    volts = [int(mv) / 1000 if mv else float(v) for mv, v in VOLTS.findall(content)]
    if volts:
        draft.attributes["battery_v"] = volts[-1]
    if len(volts) > 1:
        draft.attributes["power_v"] = volts[0]
    if (charge := PER_CENT.search(content)) is not None and int(charge[1]) <= 100:
        draft.battery_pct = int(charge[1])
    for mcc, mnc, lac, cid, signal in QUOTED_CELL.findall(content):
        draft.cell(int(mcc), int(mnc), int(lac, 16), int(cid, 16), -int(signal) if signal else None)
    if (cell := LAST_CELL.search(content)) is not None:
        draft.cell(int(cell[2]), int(cell[3]), int(cell[4], 16), int(cell[5], 16), -int(cell[1]))


def _read_short(text: str, session: Session) -> Reading:
    """Read `$identity,mode,fix,date,time,...`, which has no alarm."""
    uid, _, content = text[1:].partition(",")
    place = PLACE.search(content)
    if not uid.isdecimal() or place is None:
        raise DecodeError("globalsat: no place")
    draft = Draft()
    _put_place(draft, place)
    if "," in content[: place.start()]:
        fix = content[: place.end()].split(",")[1]
        draft.place = replace(draft.place, is_valid=fix != "1") if draft.place is not None else None
    return Reading(replace(session, device_uid=uid), uid, (draft.report(),))


def reply(frame: bytes, reading: Reading, now: datetime) -> bytes:
    """Acknowledge every message of the long form."""
    return b"ACK\r" if frame.startswith(b"GS") else b""


GLOBALSAT = Codec(
    "globalsat", port=5043, transport="tcp", frame_bytes_max=FRAME_BYTES_MAX, split=split, decode=decode, reply=reply
)

"""trv: ThinkRace watches, "TRV" and "IW". TCP, port 5010.

Text that ends with `#`: maker, type of four characters, values. The watch names itself in `AP00` only. Source:
"Protocol for GPS Watch V1.1" <https://github.com/user-attachments/files/17165428/Gps.Watch.protocol_2023.pdf>.
Page: docs/protocols/trv.md.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from tocsin.protocols.base import Alarm, Codec, DecodeError, Reading, Session
from tocsin.protocols.delimited import split_at
from tocsin.protocols.draft import Draft, place_or_none
from tocsin.protocols.nmea import degrees
from tocsin.protocols.times import written

FRAME_BYTES_MAX = 16 * 1024

HEAD = re.compile(r"([A-Z]{2,3}?)([A-Z]P[0-9A-Z]{2})(.*)", re.DOTALL)
POSITION = re.compile(
    r"(\d{6})([AV])(\d{4}\.\d+)([NS])(\d{5}\.\d+)([EW])(\d{3}\.\d)(\d{6})([\d.]{6})(\d{3})(\d{3})(\d{3})(\d)(\d\d)(\d\d)"
)
NETWORK = re.compile(r"\d*,(\d+),(\d+),(\d+),(\d+)(?:,(\d\d)(?=,|$))?(.*)", re.DOTALL)
ACCESS_POINT = re.compile(r"\|((?:[0-9A-Fa-f]{2}[-:]){5}[0-9A-Fa-f]{2})\|(-?\d+)")
STATE = re.compile(r",(\d{3})(\d{3})(\d{3})(\d)(\d\d)(\d\d)(?:\d{3}\d\d{3}\d\d{4}(\d)(\d)(\d))?")
HEARTBEAT = re.compile(r",(\d{3})(\d{3})(\d{3})\d[0-9A-Fa-f]{2}\d\d,(\d+),\d+")
CELLS = re.compile(r"(\d+)\|(\d+)\|(\d+)(?:,|$)")
ALARM_FIELD = re.compile(r",(\d\d),[A-Za-z-]+,\d\d")

ALARM_CODES = {1: Alarm.SOS, 5: Alarm.FALL, 6: Alarm.FALL}
# These are the watch's own answers to commands.
SILENT_KINDS = frozenset(("AP12", "AP14", "AP33", "AP34", "AP40", "AP76", "AP77", "AP84", "AP85", "AP86", "AP87"))


def split(buffer: bytes) -> tuple[list[bytes], bytes]:
    """Cut at `#`."""
    return split_at(buffer, b"#", strip=b"\0\r\n ")


def _open(frame: bytes) -> tuple[str, str, str]:
    """Give maker, type and what follows."""
    text = frame.decode("ascii", "replace").strip("\0\r\n #")
    match = HEAD.match(text)
    if match is None:
        raise DecodeError("trv: no head")
    return match[1], match[2], match[3]


def decode(frame: bytes, session: Session, now: datetime) -> Reading:
    """Read one message. One before the login is a reading without `device_uid`."""
    _, kind, body = _open(frame)
    if kind == "AP00":
        uid = body.split(",")[0]
        if not uid.isalnum():
            raise DecodeError("trv: login without an identity")
        return Reading(replace(session, device_uid=uid), uid)
    read = READERS.get(kind)
    if read is None:
        return Reading(session, session.device_uid)
    draft = Draft()
    try:
        read(body, draft)
    except (ValueError, IndexError) as error:
        if kind != "AP10":
            raise DecodeError(f"trv: {error}") from error
        # The watch calls, whatever else is wrong.
        _put_alarm(ALARM_FIELD.search(body), draft)
        if not draft.alarms:
            draft.alarms.add(Alarm.GENERAL)
    return Reading(session, session.device_uid, (draft.report(),))


def _matched(match: re.Match[str] | None) -> re.Match[str]:
    if match is None:
        raise DecodeError("fields are not where they should be")
    return match


def _put_alarm(match: re.Match[str] | None, draft: Draft) -> None:
    code = int(match[1]) if match is not None and match[1] else 0
    if code:
        draft.alarm(ALARM_CODES.get(code, Alarm.OTHER))
        if code not in ALARM_CODES:
            draft.attributes["alarm_code"] = code


def _read_position(body: str, draft: Draft) -> None:
    """Read `AP01` and its kin: fields of fixed width, cell, alarm, access points."""
    match = _matched(POSITION.match(body))
    date, valid, lat, north, lon, east, speed, time, course = match.groups()[:9]
    draft.sent_at = written(date + time)
    draft.place = place_or_none(
        degrees(lat, north),
        degrees(lon, east),
        fix_at=draft.sent_at,
        is_valid=valid == "A",
        speed_kmh=float(speed),
        course_deg=float(course),
    )
    _put_state(match, draft, first=10)
    network = _matched(NETWORK.match(body, match.end()))
    draft.cell(int(network[1]), int(network[2]), int(network[3]), int(network[4]))
    code = int(network[5] or 0)
    if code:
        draft.alarm(ALARM_CODES.get(code, Alarm.OTHER))
        if code not in ALARM_CODES:
            draft.attributes["alarm_code"] = code
    _put_wifi(network[6], draft)


def _put_state(match: re.Match[str], draft: Draft, *, first: int) -> None:
    """Put signal, satellites, battery, ignition, armed and mode; 0 means that the watch does not say."""
    signal, satellites, battery, ignition, armed, mode = (int(match[first + number]) for number in range(6))
    draft.attributes["signal"], draft.attributes["satellites"] = signal, satellites
    draft.battery_pct = min(battery, 100)
    draft.attributes["battery_raw"] = battery
    for name, value in (("ignition", ignition), ("armed", armed)):
        if value:
            draft.attributes[name] = value == 1
    if mode:
        draft.attributes["mode"] = mode


def _put_wifi(text: str, draft: Draft) -> None:
    for mac, signal in ACCESS_POINT.findall(text):
        draft.access_point(mac, -abs(int(signal)))


def _read_state(body: str, draft: Draft) -> None:
    """Read `CP01`: the state, and on some models whether blocked, charging and moving."""
    match = _matched(STATE.match(body))
    _put_state(match, draft, first=1)
    for name, group, yes in (("blocked", 7, "2"), ("charging", 8, "1"), ("motion", 9, "1")):
        if match[group] and match[group] != "0":
            draft.attributes[name] = match[group] == yes


def _read_networks(body: str, draft: Draft) -> None:
    """Read `AP02`: language, whether an answer is wanted, cells and access points."""
    fields = body.split(",")
    mcc, mnc, count = int(fields[4]), int(fields[5]), int(fields[3])
    for field in fields[6 : 6 + count]:
        lac, cid, signal = _matched(CELLS.match(field)).groups()
        draft.cell(mcc, mnc, int(lac), int(cid), -abs(int(signal)))
    _put_wifi(",".join(fields[6 + count :]), draft)


def _read_heartbeat(body: str, draft: Draft) -> None:
    match = _matched(HEARTBEAT.match(body))
    draft.attributes["signal"], draft.attributes["satellites"] = int(match[1]), int(match[2])
    draft.battery_pct = min(int(match[3]), 100)
    draft.attributes["steps"] = int(match[4])


def _read_pulse(body: str, draft: Draft) -> None:
    draft.attributes["heart_rate_bpm"] = int(body.split(",")[1])


def _read_pressure(body: str, draft: Draft) -> None:
    values = body.split(",")
    draft.attributes["heart_rate_bpm"] = int(values[1])
    draft.attributes["pressureSystolic"] = int(values[2])
    draft.attributes["pressureDiastolic"] = int(values[3])
    if len(values) > 6:
        draft.attributes["blood_oxygen_pct"] = int(values[4])
        draft.attributes["bloodSugar"] = float(values[5])
        draft.attributes["temperature"] = float(values[6])


def _read_temperature(body: str, draft: Draft) -> None:
    values = body.split(",")
    draft.attributes["temperature"] = float(values[1])
    draft.battery_pct = min(int(values[2]), 100)


READERS: dict[str, Callable[[str, Draft], None]] = {
    "AP01": _read_position,
    "AP02": _read_networks,
    "AP03": _read_heartbeat,
    "AP10": _read_position,
    "AP49": _read_pulse,
    "AP50": _read_temperature,
    "APHP": _read_pressure,
    "APHT": _read_pressure,
    "CP01": _read_state,
    "YP03": _read_position,
    "YP14": _read_position,
}


def reply(frame: bytes, reading: Reading, now: datetime) -> bytes:
    """Answer with the type's first letter plus one; a login of an "IW" gets the time, from which it sets its clock."""
    maker, kind, body = _open(frame)
    head = f"{maker}{chr(ord(kind[0]) + 1)}{kind[1:]}"
    if kind == "AP00" and maker == "IW":
        return f"{head},{now:%Y%m%d%H%M%S},0#".encode()
    if kind == "AP14" and maker != "IW":
        return f"{head},0.000,0.000#".encode()
    if kind in SILENT_KINDS or re.fullmatch(r",\d{6}", body):
        return b""
    return f"{head}#".encode()


TRV = Codec("trv", port=5010, transport="tcp", frame_bytes_max=FRAME_BYTES_MAX, split=split, decode=decode, reply=reply)

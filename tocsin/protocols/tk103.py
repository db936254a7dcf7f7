"""tk103: TK103 trackers and locks. TCP and UDP, port 5002.

Text in parentheses. The old form is an identity of twelve digits, a command of four characters and values without
separators; the new one separates all by commas. Free text between `$` may hold parentheses. Layouts: shared corpus,
devices.md section 3.10. Page: docs/protocols/tk103.md.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from tocsin.protocols.base import Alarm, Codec, DecodeError, Reading, Session
from tocsin.protocols.draft import Draft, place_or_none
from tocsin.protocols.nmea import degrees, moment
from tocsin.protocols.times import instant

FRAME_BYTES_MAX = 4096

HEAD = re.compile(r"\(?(\d{10,15})(,?)([A-Z]{2}[0-9A-Z]{2}),?(.*)", re.DOTALL)
POSITION = re.compile(
    r"(\d{6}),?([AV]),? *(\d*\.\d+)([NS]),? *(\d*\.\d+)([EW]),?([ \d.]{1,5})(?:\d*,)?(\d{6}),?"
    r"(?:(?:([ \d.]{6})|(\d\d)),?([01])([01])([0-9A-F])[0-9A-F]{2}([0-9A-F]{3})L([0-9A-F]+)|(\d+\.\d+))?"
)
TEMPERATURE = re.compile(r"[+-]\d{3}\.\d")
CELL_GROUP = re.compile(r"\{(\d+),(\d+),(\d+),(\d+)\}")
WIFI = re.compile(r"((?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2})\*([-+]?\d+)\*(\d+)")
CLOCK = re.compile(r"(\d{6}),(\d{6})")
TEXT = re.compile(r"(\d{6}),(\d{6}),\$(.*?)(?:\$|\Z)", re.DOTALL)

BATTERY_STEPS = {6: 100, 5: 80, 4: 50, 3: 20, 2: 10}
PANIC_INPUT = 2

# BO01: one digit behind the command.
ALARM_DIGITS = {
    1: Alarm.ACCIDENT,
    2: Alarm.SOS,
    3: Alarm.VIBRATION,
    4: Alarm.LOW_SPEED,
    5: Alarm.OVERSPEED,
    6: Alarm.GEOFENCE_EXIT,
}
# BQ81: the number behind `ALARM`.
NUMBERED_ALARMS = {
    0: Alarm.LOW_BATTERY,
    1: Alarm.OVERSPEED,
    2: Alarm.IDLE,
    3: Alarm.HARD_ACCELERATION,
    4: Alarm.HARD_BRAKING,
    5: Alarm.TEMPERATURE,
}
# Commands that are alarms: ZC with place, DW3. and DW4. with place, DW5. and DW6. with cells and Wi-Fi.
COMMAND_ALARMS = {
    **dict.fromkeys(("ZC11", "DW31", "DW51"), Alarm.MOVEMENT),
    **dict.fromkeys(("ZC12", "DW32", "DW52"), Alarm.LOW_BATTERY),
    **dict.fromkeys(("ZC13", "DW33", "DW53"), Alarm.POWER_CUT),
    **dict.fromkeys(("ZC17", "DW37", "DW57"), Alarm.TORN_OFF),
    **dict.fromkeys(("ZC25", "DW3E", "DW5E"), Alarm.SOS),
    **dict.fromkeys(("ZC26", "DW3F", "DW5F"), Alarm.TAMPER),
    **dict.fromkeys(("ZC27", "DW40", "DW60"), Alarm.LOW_POWER),
}
IGNITION_COMMANDS = {
    **dict.fromkeys(("ZC15", "DW35", "DW55", "ZC29", "DW42", "DW62"), True),
    **dict.fromkeys(("ZC16", "DW36", "DW56"), False),
}


def split(buffer: bytes) -> tuple[list[bytes], bytes]:
    """Cut from `(` to the `)` before which the dollars are even; what stands between frames is a piece of its own."""
    frames: list[bytes] = []
    at = 0
    while at < len(buffer):
        begin = buffer.find(b"(", at)
        begin = len(buffer) if begin < 0 else begin
        if piece := buffer[at:begin].strip():
            frames.append(piece)
        end = buffer.find(b")", begin)
        while end >= 0 and buffer.count(b"$", begin, end) % 2:
            end = buffer.find(b")", end + 1)
        if end < 0:
            return frames, buffer[begin:]
        frames.append(buffer[begin : end + 1])
        at = end + 1
    return frames, b""


def decode(frame: bytes, session: Session, now: datetime) -> Reading:
    """Read one frame."""
    match = HEAD.match(frame.decode("ascii", "replace").strip())
    if match is None:
        raise DecodeError("tk103: no head")
    uid, comma, command, body = match.groups()
    session = replace(session, device_uid=uid)
    draft = Draft()
    _put_command(command, body, draft)
    try:
        is_read = _read(command, body.removesuffix(")"), draft, is_new=bool(comma))
    except (ValueError, IndexError) as error:
        if not draft.alarms:
            raise DecodeError(f"tk103: {error}") from error
        draft.attributes["is_cut_short"] = True
        is_read = True
    return Reading(session, uid, (draft.report(),) if is_read or draft.alarms else ())


def _put_command(command: str, body: str, draft: Draft) -> None:
    """Put what the command itself says, before anything behind it can be wrong."""
    draft.alarm(COMMAND_ALARMS.get(command))
    if command in IGNITION_COMMANDS:
        draft.attributes["ignition"] = IGNITION_COMMANDS[command]
    if command == "BO01":
        digit = int(body[0]) if body[:1].isdecimal() else 0
        draft.alarm(ALARM_DIGITS.get(digit, Alarm.OTHER))
    elif command == "BQ81" and (number := re.match(r"ALARM,(\d)", body)) is not None:
        draft.alarm(NUMBERED_ALARMS.get(int(number[1]), Alarm.OTHER))


def _read(command: str, body: str, draft: Draft, *, is_new: bool) -> bool:
    """Read what stands behind the command. `False`: nothing to report."""
    if "{" in body and "}" in body:
        for mcc, mnc, lac, cid in CELL_GROUP.findall(body):
            draft.cell(int(mcc), int(mnc), int(lac), int(cid))
        draft.attributes["distance_m"] = int(body[-8:], 16)
        return True
    read = READERS.get(command) or (_read_networks if command.startswith(("DW5", "DW6")) else None)
    if read is not None:
        read(body, draft)
        return True
    match = POSITION.search(body[1:] if command == "BO01" else body)
    if match is None:
        return False
    _read_position(match, draft, is_new=is_new)
    if (temperature := TEMPERATURE.search(body, match.end())) is not None:
        draft.attributes["temperature_c"] = float(temperature[0])
    return True


def _read_position(match: re.Match[str], draft: Draft, *, is_new: bool) -> None:
    date, valid, lat, north, lon, east, speed, time, course, short_course = match.groups()[:10]
    charge, ignition, inputs, fuel, distance, new_course = match.groups()[10:]
    numbers = [int(part[at : at + 2]) for part in (date, time) for at in (0, 2, 4)]
    first, month, last, hour, minute, second = numbers
    year, day = (last, first) if is_new else (first, last)
    draft.sent_at = instant(year, month, day, hour, minute, second)
    draft.place = place_or_none(
        degrees(lat, north),
        degrees(lon, east),
        fix_at=draft.sent_at,
        is_valid=valid == "A",
        speed_kmh=float(speed.strip() or 0),
        course_deg=float((course or short_course or new_course or "0").strip() or 0),
    )
    if inputs is not None:
        draft.attributes["charging"], draft.attributes["ignition"] = charge == "0", ignition == "1"
        draft.attributes["fuel"], draft.attributes["distance_m"] = int(fuel, 16), int(distance, 16)
        if int(inputs, 16) & PANIC_INPUT:
            draft.alarms.add(Alarm.SOS)


def _read_battery(body: str, draft: Draft) -> None:
    """Read `ZC20`: date, time, step, battery in hundredths and supply in tenths of a volt; all bits set: not known."""
    date, time, level, battery, power = body.split(",")[:5]
    draft.sent_at = moment(time, date)
    if int(level) in BATTERY_STEPS:
        draft.battery_pct = BATTERY_STEPS[int(level)]
    if int(battery) != 0xFFFF:
        draft.attributes["battery_v"] = int(battery) / 100
    if int(power) != 0xFFFF:
        draft.attributes["power_v"] = int(power) / 10


def _read_cells(body: str, draft: Draft) -> None:
    """Read `BZ00`: country, network, then area and number of the cell in hexadecimal."""
    mcc, mnc, lac, cid = body.split(",")[:4]
    draft.cell(int(mcc), int(mnc), int(lac, 16), int(cid, 16))


def _read_networks(body: str, draft: Draft) -> None:
    """Read `DW5.`: country, network, area, cell, access points, date and time."""
    fields = body.split(",")
    draft.cell(int(fields[0]), int(fields[1]), int(fields[2]), int(fields[3]))
    for mac, signal, channel in WIFI.findall(body):
        draft.access_point(mac, int(signal), channel=int(channel))
    if (clock := CLOCK.search(",".join(fields[5:]))) is not None:
        draft.sent_at = moment(clock[2], clock[1])


def _read_text(body: str, draft: Draft) -> None:
    """Read `ZC03`: date, time and the answer to a command."""
    match = TEXT.search(body)
    if match is None:
        raise DecodeError("no text")
    draft.sent_at = moment(match[2], match[1])
    draft.attributes["answer"] = match[3]


def _read_vin(body: str, draft: Draft) -> None:
    draft.attributes["vin"] = body[:17]


def _read_battery_box(body: str, draft: Draft) -> None:
    """Read `BS50`, the state of a large battery: voltages, charging, current, voltage, level."""
    data = bytes.fromhex(body)
    if len(data) < 58:
        raise DecodeError("battery state is too short")
    draft.attributes["charging"] = data[52] == 0
    draft.attributes["current"] = int.from_bytes(data[53:55], "little") / 10
    draft.attributes["battery_v"] = int.from_bytes(data[55:57], "little") / 100
    draft.battery_pct = min(data[57], 100)


def _read_battery_values(body: str, draft: Draft) -> None:
    """Read `BS51`: numbered groups; the first one holds voltages, current and charge."""
    groups = dict(pair.split(":", 1) for pair in body.split(",") if ":" in pair)
    data = bytes.fromhex(groups["90"])
    values = [int.from_bytes(data[at : at + 2], "little") for at in range(0, 8, 2)]
    draft.attributes["cumulativeVoltage"], draft.attributes["gatherVoltage"] = values[0] / 10, values[1] / 10
    draft.attributes["current"], draft.attributes["soc"] = (values[2] - 30000) / 10, values[3] / 10


READERS: dict[str, Callable[[str, Draft], None]] = {
    "BS50": _read_battery_box,
    "BS51": _read_battery_values,
    "BV00": _read_vin,
    "BZ00": _read_cells,
    "ZC03": _read_text,
    "ZC20": _read_battery,
}


def reply(frame: bytes, reading: Reading, now: datetime) -> bytes:
    """Answer a handshake and a login of the old form."""
    uid, command = frame[1:13], frame[13:17]
    answers = {b"BP00": b"AP01HSO", b"BP05": b"AP05"}
    return b"(%b%b)" % (uid, answers[command]) if command in answers else b""


TK103 = Codec(
    "tk103",
    port=5002,
    transport="tcp",
    frame_bytes_max=FRAME_BYTES_MAX,
    split=split,
    decode=decode,
    reply=reply,
    takes_datagrams=True,
)

"""gps103: Coban TK102, TK103, GPS103 and clones, the "imei:" family. TCP and UDP, port 5001.

Text that ends with `;`. The date is local and the clock UTC, so the time zone is derived from their difference.
`help me` repeats until it is answered. Source: <https://www.traccar.org/protocol/5001-gps103/PROTOCOL123456%20out.doc>;
alarms without a fix: <https://github.com/traccar/traccar/issues/4915>. Page: docs/protocols/gps103.md.
"""

import re
from dataclasses import replace
from datetime import datetime, timedelta

from tocsin.protocols.base import Alarm, Codec, DecodeError, Media, Reading, Report, Session
from tocsin.protocols.draft import Draft, place_or_none
from tocsin.protocols.nmea import degrees, moment
from tocsin.protocols.times import instant, written

FRAME_BYTES_MAX = 8 * 1024
PICTURE_BYTES_MAX = 512 * 1024
PICTURE_PARTS_MAX = 1024
KNOT_KMH = 1.852

ENDS = re.compile(rb"[;*\n]")
IDENTITY = re.compile(r"imei:(\d{5,20})")
NUMBER = re.compile(r"[-+]?\d+\.?\d*\Z")
HALF_DAY_MINUTES, DAY_MINUTES = 720, 1440

ALARM_WORDS = {
    "help me": Alarm.SOS,
    "help me!": Alarm.SOS,
    "sos": Alarm.SOS,
    "low battery": Alarm.LOW_BATTERY,
    "stockade": Alarm.GEOFENCE,
    "move": Alarm.MOVEMENT,
    "speed": Alarm.OVERSPEED,
    "door alarm": Alarm.DOOR,
    "ac alarm": Alarm.POWER_CUT,
    "accident alarm": Alarm.ACCIDENT,
    "sensor alarm": Alarm.VIBRATION,
    "bonnet alarm": Alarm.BONNET,
    "footbrake alarm": Alarm.FOOT_BRAKE,
    "dtc": Alarm.FAULT,
}


def split(buffer: bytes) -> tuple[list[bytes], bytes]:
    """Cut behind `;`, `*` and line ends; the mark stays, line ends do not."""
    frames: list[bytes] = []
    at = 0
    while (end := ENDS.search(buffer, at)) is not None:
        if piece := buffer[at : end.end()].strip(b"\r\n\0 "):
            frames.append(piece)
        at = end.end()
    return frames, buffer[at:].lstrip(b"\r\n\0 ")


def decode(frame: bytes, session: Session, now: datetime) -> Reading:
    """Read one message: a login, a heartbeat, a report, engine values or a part of a picture."""
    text = frame.decode("ascii", "replace").strip()
    identity = IDENTITY.search(text)
    uid = identity[1] if identity else text.strip(";")
    if not uid.isdecimal() or not 5 <= len(uid) <= 20:
        raise DecodeError("gps103: names no device")
    session = replace(session, device_uid=uid)
    if identity is None or _is_login(text):
        return Reading(session, uid)
    fields = text[identity.start() :].rstrip(";").split(",")
    try:
        if fields[1].startswith("vr"):
            return _read_picture(fields[1], session)
        if fields[1].startswith("vt"):
            session = replace(session, parts=(), facts={**session.facts, "picture_parts": int(fields[1][2:] or 0)})
        report = _read_fields(fields, is_alternative=text.endswith("*"))
    except (ValueError, IndexError) as error:
        alarm = _alarm_of(fields[1]) if len(fields) > 1 else None
        if alarm is None:
            raise DecodeError(f"gps103: {error}") from error
        report = Report(alarms=frozenset({alarm}), attributes={"is_cut_short": True})
    return Reading(session, uid, () if report is None else (report,))


def _is_login(text: str) -> bool:
    return text.startswith("##") or ("imei:" in text and len(text) <= 30)


def _alarm_of(word: str) -> Alarm | None:
    """Name the alarm of a keyword. One that calls itself an alarm is one, also when we do not know it."""
    word = word.strip().lower()
    if word.startswith("t:"):
        return Alarm.TEMPERATURE
    if word.startswith("oil"):
        return Alarm.FUEL_LEAK
    return ALARM_WORDS.get(word) or (Alarm.OTHER if "alarm" in word else None)


def _read_fields(fields: list[str], *, is_alternative: bool) -> Report | None:
    word = fields[1]
    draft = Draft()
    if word == "OBD":
        return _read_engine(fields, draft)
    if is_alternative:
        return _read_alternative(fields, draft)
    alarm = _alarm_of(word)
    draft.alarm(alarm)
    if word in ("acc on", "acc off"):
        draft.attributes["ignition"] = word == "acc on"
    elif word.startswith("T:"):
        draft.attributes["temperature_c"] = float(word[2:])
    elif word.startswith("oil "):
        draft.attributes["fuel"] = float(word[4:])
    elif word != "tracker" and alarm in (None, Alarm.OTHER):
        draft.attributes["alarm_code"] = word
    if word == "rfid":
        draft.attributes["driver"] = fields[3]
    if fields[4] == "F":
        _read_place(fields, draft)
    elif fields[4] != "L":
        raise DecodeError("neither F nor L")
    elif len(fields) > 9 and fields[7] and fields[9]:
        draft.cell(0, 0, int(fields[7], 16), int(fields[9], 16))
    return draft.report()


def _read_place(fields: list[str], draft: Draft) -> None:
    """Read what follows `F`: clock, validity, coordinates with their letters before or behind, speed and more."""
    valid, where = fields[6], fields[7:]
    if where[0] in ("N", "S"):
        north, lat, east, lon = where[:4]
    else:
        lat, north, lon, east = where[:4]
    rest = [*where[4:], *[""] * 8]
    draft.sent_at = _time(fields[2], fields[5])
    draft.place = place_or_none(
        degrees(lat, north),
        degrees(lon, east),
        fix_at=draft.sent_at,
        is_valid=valid == "A",
        speed_kmh=_number(rest[0]) * KNOT_KMH,
        course_deg=_number(rest[1]),
        altitude_m=_number(rest[2]),
    )
    for name, value in (("ignition", rest[3]), ("door", rest[4])):
        if value in ("0", "1"):
            draft.attributes[name] = value == "1"
    for name, value in (("fuel1", rest[5]), ("fuel2", rest[6])):
        if value.endswith("%"):
            draft.attributes[name] = float(value[:-1])
    if NUMBER.match(rest[7]):
        draft.attributes["temperature_c"] = float(rest[7])


def _number(text: str) -> float:
    return float(text) if NUMBER.match(text) else 0.0


def _time(local: str, clock: str) -> datetime | None:
    """Join the local date and hour with the UTC clock; they differ by the time zone, at most half a day."""
    digits = "".join(character for character in local if character.isdecimal())
    if len(digits) < 10:
        return None
    year, month, day, hour, minute = (int(digits[at : at + 2]) for at in range(0, 10, 2))
    if not clock[:6].isdecimal() or len(clock[:6]) < 6:
        return instant(year, month, day, hour, minute)
    ahead = (hour - int(clock[:2])) * 60 + minute - int(clock[2:4])
    if ahead <= -HALF_DAY_MINUTES:
        ahead += DAY_MINUTES
    elif ahead > HALF_DAY_MINUTES:
        ahead -= DAY_MINUTES
    here = instant(year, month, day, hour, minute, int(clock[4:6]))
    return None if here is None else here - timedelta(minutes=ahead)


def _read_engine(fields: list[str], draft: Draft) -> Report | None:
    """Read engine values. `None`: the engine is off and says nothing."""
    if "." not in fields[12]:
        return None
    draft.sent_at = written(fields[2])
    attributes = draft.attributes
    attributes["distance_raw"] = int(fields[3] or 0)
    attributes["fuelConsumption"] = float(fields[5] or 0)
    if fields[6]:
        attributes["hours"] = int(fields[6])
    attributes["engine_speed_kmh"] = int(fields[7])
    attributes["engineLoad"] = fields[8]
    if NUMBER.match(fields[9]):
        attributes["coolant_c"] = int(fields[9])
    attributes["throttle"] = fields[10]
    attributes["engine_rpm"] = int(fields[11])
    attributes["battery_v"] = float(fields[12])
    faults = " ".join(fields[13:]).strip()
    if faults:
        attributes["dtcs"] = faults
    return draft.report()


def _read_alternative(fields: list[str], draft: Draft) -> Report:
    """Read the form that ends with `*`: event, sensor, time, date, signal, fix, decimal degrees and more."""
    for name, value in (("event", fields[2]), ("sensorId", fields[3])):
        if value.strip("-"):
            draft.attributes[name] = value
    if NUMBER.match(fields[4]):
        draft.attributes["sensorVoltage"] = float(fields[4])
    draft.alarm(_alarm_of(fields[2]))
    draft.sent_at = moment(fields[5], fields[6])
    draft.attributes["signal"] = int(fields[7])
    draft.place = place_or_none(
        float(fields[9]),
        float(fields[10]),
        fix_at=draft.sent_at,
        is_valid=int(fields[8]) > 0,
        speed_kmh=float(fields[11]),
        course_deg=float(fields[12]),
        altitude_m=float(fields[13]),
        satellites=int(fields[15]),
    )
    draft.attributes["hdop"] = float(fields[14])
    draft.attributes["ignition"], draft.attributes["charging"] = fields[16] != "0", fields[17] != "0"
    return draft.report()


def _read_picture(word: str, session: Session) -> Reading:
    """Read `vr`: a part of a picture in hexadecimal, its number in front and two bytes of checksum behind."""
    data = bytes.fromhex(word[2:])
    number = data[0] | data[1] << 8
    parts = (*session.parts, data[4:-2])
    if sum(map(len, parts)) > PICTURE_BYTES_MAX or len(parts) > PICTURE_PARTS_MAX:
        parts = session.parts
    session = replace(session, parts=parts)
    if number + 1 < int(session.facts.get("picture_parts", 0)):
        return Reading(session, session.device_uid)
    picture = Media("jpg", b"".join(parts))
    report = Report(attributes={"media": "jpg", "media_bytes": len(picture.content)})
    return Reading(replace(session, parts=()), session.device_uid, (report,), (picture,))


def reply(frame: bytes, reading: Reading, now: datetime) -> bytes:
    """Answer a login, a heartbeat, and a call for help: without the answer the device calls again and again."""
    text = frame.decode("ascii", "replace").strip()
    if _is_login(text):
        return b"LOAD"
    if text[:1].isdecimal():
        return b"ON"
    if Alarm.SOS in reading.alarms and reading.device_uid is not None:
        return f"**,imei:{reading.device_uid},E;".encode()
    return b""


GPS103 = Codec(
    "gps103",
    port=5001,
    transport="tcp",
    frame_bytes_max=FRAME_BYTES_MAX,
    split=split,
    decode=decode,
    reply=reply,
    takes_datagrams=True,
)

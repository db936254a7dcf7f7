"""megastek: Megastek MT-60 to MT-110, GVT and bracelets that are worn by order of a court. TCP, port 5024.

A new form `$MGV002,...;!`, with its length in front or not, and an old one, `STX` and an NMEA sentence. The alarm is a
word at the end. Page: docs/protocols/megastek.md.
"""

import re
from dataclasses import replace
from datetime import datetime, timedelta

from tocsin.protocols.base import Alarm, Codec, DecodeError, Reading, Session
from tocsin.protocols.draft import Draft, place_or_none
from tocsin.protocols.nmea import degrees, moment
from tocsin.protocols.numbers import number_or_none

FRAME_BYTES_MAX = 4096
KNOT_KMH = 1.852
ENDS = re.compile(rb"!|(?=[\r\n])")
SIZED = re.compile(rb"(\d{4})\$MGV")
SENTENCE = re.compile(
    r"\$GPRMC,(\d{6})(\.\d+)?,([AV]),([\d.]*),([NS]?),([\d.]*),([EW]?),([\d.]*),([\d.]*),(\d{6})[^*;]*(?:\*\w\w,?)?"
)
SIMPLE_WORD = re.compile(r",[FL],([^,]*),[^,]*:")
IDENTITY = re.compile(r"imei:(\d+)")
SIMPLE = re.compile(r"(?:(\d+)(?:/(\d*))?)?,(-?[\d.]*),Battery=(\d+)%,,?(\d?),(\w*),(\w*),(\w*),(\w*)")
OTHER_FORM = re.compile(r"(\d*),(\d*),(\w*),(\w*),(\d*),(\d*),")
WORDS = {
    "sos": Alarm.SOS,
    "help": Alarm.SOS,
    "pw on": Alarm.POWER_ON,
    "poweron": Alarm.POWER_ON,
    "poweroff": Alarm.POWER_OFF,
    "pw off": Alarm.POWER_OFF,
    "over speed": Alarm.OVERSPEED,
    "overspeed": Alarm.OVERSPEED,
    "lowspeed": Alarm.LOW_SPEED,
    "low battery": Alarm.LOW_BATTERY,
    "lowbattery": Alarm.LOW_BATTERY,
    "low extern voltage": Alarm.LOW_POWER,
    "low ext vol": Alarm.LOW_POWER,
    "gps cut": Alarm.ANTENNA_CUT,
    "vib": Alarm.VIBRATION,
    "hit": Alarm.VIBRATION,
    "move in": Alarm.GEOFENCE_ENTER,
    "move out": Alarm.GEOFENCE_EXIT,
    "corner": Alarm.HARD_CORNERING,
    "fatigue": Alarm.FATIGUE,
    "psd": Alarm.POWER_CUT,
    "psr": Alarm.POWER_RESTORED,
    "belt on": Alarm.LOCK,
    "belton": Alarm.LOCK,
    # The strap of a bracelet.
    "belt off": Alarm.TORN_OFF,
    "beltoff": Alarm.TORN_OFF,
    "error": Alarm.FAULT,
}
ORDINARY = frozenset({"", "timer", "store", "nil-alarms"})
ALERT_FIELD, HEART_BYTES = 34, 3
BITS = re.compile("[01]{4}")


def split(buffer: bytes) -> tuple[list[bytes], bytes]:
    """Cut by the length in front, where there is one that can be right; else at `!` and line ends."""
    frames: list[bytes] = []
    at, size = len(buffer) - len(buffer.lstrip(b"\r\n")), len(buffer)
    while at < size:
        sized = SIZED.match(buffer, at)
        if sized is not None and at + 4 + int(sized[1]) <= size:
            end = at + 4 + int(sized[1])
        else:
            mark = ENDS.search(buffer, at)
            if mark is None:
                break
            end = mark.end()
        if piece := buffer[at:end].strip(b"\r\n"):
            frames.append(piece)
        at = end
        while buffer[at : at + 1] in (b"\r", b"\n"):
            at += 1
    return frames, buffer[at:]


def decode(frame: bytes, session: Session, now: datetime) -> Reading:
    """Read one message. What its word says is kept, also when the place cannot be read."""
    text = frame.decode("ascii", "replace").strip()
    if "$MGV" in text:
        return _read_new(text[text.index("$MGV") :], session)
    if "STX" in text[:6]:
        return _read_old(text, session)
    raise DecodeError("megastek: no message")


def _put_word(draft: Draft, word: str) -> None:
    word = word.strip().lower()
    if word.startswith("geo"):
        draft.alarms.add(
            Alarm.GEOFENCE_ENTER
            if word.endswith("in")
            else Alarm.GEOFENCE_EXIT
            if word.endswith("out")
            else Alarm.GEOFENCE
        )
    elif word not in ORDINARY:
        draft.attributes["alarm_code"] = word
        draft.alarms.add(WORDS.get(word, Alarm.OTHER))


def _read_new(text: str, session: Session) -> Reading:
    fields = text.split(",")
    if len(fields) < 12:
        raise DecodeError("megastek: cut short")
    uid = fields[1] or None
    draft = Draft(moment(fields[5], fields[4]))
    draft.is_stored = fields[3] == "S"
    word = next((field for field in fields[24:] if field.strip(" ;")[:1].isalpha() and ":" not in field), "")
    _put_word(draft, word.rstrip(";! "))
    try:
        _put_fix(draft, fields)
        _put_cell(draft, fields[19:24])
        _put_state(draft, fields)
    except (ValueError, IndexError):
        draft.attributes["is_cut_short"] = True
    return Reading(replace(session, device_uid=uid), uid, (draft.report(),))


def _put_fix(draft: Draft, fields: list[str]) -> None:
    if fields[7] and fields[9]:
        draft.place = place_or_none(
            degrees(fields[7], fields[8]),
            degrees(fields[9], fields[10]),
            fix_at=draft.sent_at,
            is_valid=fields[6] == "A",
            speed_kmh=number_or_none(fields[15], KNOT_KMH),
            course_deg=number_or_none(fields[16]),
            altitude_m=number_or_none(fields[17]),
            satellites=int(fields[12] or 0),
        )


def _put_cell(draft: Draft, fields: list[str]) -> None:
    mcc, mnc, lac, cid = fields[:4]
    if mcc and mnc and lac and cid:
        signal = fields[4] if len(fields) > 4 else ""
        draft.cell(int(mcc), int(mnc), int(lac, 16), int(cid, 16), -int(signal) if signal else None)


def _put_state(draft: Draft, fields: list[str]) -> None:
    """Read what a bracelet adds: heart, steps, charge, strap, access points. An empty field says nothing."""
    tail = fields[24:29]
    if len(fields) <= ALERT_FIELD:
        return
    if len(tail[0]) == HEART_BYTES:
        draft.attributes["heart_rate_bpm"] = int(tail[0])
    elif all(tail) and not BITS.fullmatch(tail[0]):
        draft.attributes["heart_rate_bpm"], draft.attributes["steps"] = int(tail[0]), int(tail[1])
    belt, battery = fields[ALERT_FIELD - 2], fields[ALERT_FIELD - 1]
    if len(belt) == 2:
        draft.attributes["charging"], draft.attributes["belt"] = belt[0] == "1", int(belt[1])
    if battery:
        draft.battery_pct = min(int(battery), 100)
    for point in "".join(fields[ALERT_FIELD + 1 : ALERT_FIELD + 2]).rstrip(";!").split("|"):
        mac, _, signal = point.partition(":")
        if len(mac) == 12:
            draft.access_point(bytes.fromhex(mac), -int(signal))


def _read_old(text: str, session: Session) -> Reading:
    begin = text.index("STX") + 3
    draft = Draft()
    sentence = SENTENCE.search(text)
    try:
        if sentence is not None:
            _put_sentence(draft, sentence)
    except ValueError:
        draft.attributes["is_cut_short"] = True
    # A sentence that cannot be read hides no word behind it.
    status = text[sentence.end() :].lstrip(",") if sentence is not None else text
    if text[begin : begin + 1] != ",":
        uid = text[begin : begin + 16].strip()
        _put_word(draft, status.partition(";")[0].rpartition(",")[2])
        if (other := OTHER_FORM.match(status)) is not None:
            _put_old_cell(draft, list(other.groups()[:5]))
            draft.battery_pct = int(other[6]) if other[6] else None
        return Reading(replace(session, device_uid=uid), uid, (draft.report(),))
    identity = IDENTITY.search(status)
    uid = identity[1] if identity else text[begin + 1 :].partition(",")[0]
    if not uid:
        raise DecodeError("megastek: no identity")
    if (word := SIMPLE_WORD.search(text)) is not None:
        _put_word(draft, word[1])
    if identity is not None and (simple := SIMPLE.match(status, identity.end() + 1)) is not None:
        _put_simple(draft, simple)
    return Reading(replace(session, device_uid=uid), uid, (draft.report(),))


def _put_simple(draft: Draft, match: re.Match[str]) -> None:
    satellites, visible, altitude, battery, charging, *cell = match.groups()
    draft.battery_pct = min(int(battery), 100)
    if charging:
        draft.attributes["charging"] = charging == "1"
    if visible:
        draft.attributes["satellites_visible"] = int(visible)
    if draft.place is not None:
        draft.place = replace(
            draft.place,
            satellites=int(satellites) if satellites else None,
            altitude_m=number_or_none(altitude),
        )
    _put_old_cell(draft, cell)


def _put_old_cell(draft: Draft, fields: list[str]) -> None:
    try:
        _put_cell(draft, fields)
    except ValueError:
        draft.attributes["is_cut_short"] = True


def _put_sentence(draft: Draft, match: re.Match[str]) -> None:
    clock, parts, valid, lat, north, lon, east, speed, course, date = match.groups()
    sent_at = moment(clock, date)
    draft.sent_at = sent_at + timedelta(seconds=float(parts or 0)) if sent_at is not None else None
    if lat and lon:
        draft.place = place_or_none(
            degrees(lat, north),
            degrees(lon, east),
            fix_at=draft.sent_at,
            is_valid=valid == "A",
            speed_kmh=number_or_none(speed, KNOT_KMH),
            course_deg=number_or_none(course),
        )


def reply(frame: bytes, reading: Reading, now: datetime) -> bytes:
    """Say nothing: no message is answered."""
    return b""


MEGASTEK = Codec(
    "megastek", port=5024, transport="tcp", frame_bytes_max=FRAME_BYTES_MAX, split=split, decode=decode, reply=reply
)

"""xexun: Xexun TK101, TK102 and clones, first generation. TCP, port 5006.

Text around an NMEA sentence: `[serial,phone,]GPRMC,...*cc,F|L,alarm, imei:identity,[satellites,altitude,...,cell]`.
Some models end here, some with a line end. Nothing is answered. Layout: shared corpus, devices.md section 3.12.
Page: docs/protocols/xexun.md.
"""

import re
from dataclasses import replace
from datetime import datetime

from tocsin.protocols.base import Alarm, Codec, DecodeError, Reading, Session
from tocsin.protocols.draft import Draft, place_or_none
from tocsin.protocols.nmea import degrees, moment

FRAME_BYTES_MAX = 2048
KNOT_KMH = 1.852

IDENTITY = re.compile(rb"imei:\d+,")
SENTENCE = re.compile(
    r"G[PN]RMC,(\d{6})?[.\d]*,([AV]),(\d*\.?\d*),([NS]?),(\d*\.?\d*),([EW]?),(\d*\.?\d*),(\d*\.?\d*),(\d{6})?,"
    r"[^*]*\*[0-9A-Fa-f]{2}\s*,([FL]),(.*?)imei:(\d+),?(.*)",
    re.DOTALL,
)
BEHIND = re.compile(
    r"(\d+),(-?\d+\.\d+)?,[FL]:(\d+\.\d+)V[^,]*,(\d*),\d*,\d*,(\d+),(\d+),([0-9A-Fa-f]+),([0-9A-Fa-f]+)"
)

ALARM_WORDS = {
    "help me": Alarm.SOS,
    "low battery": Alarm.LOW_BATTERY,
    "move": Alarm.MOVEMENT,
    "moved": Alarm.MOVEMENT,
}
IGNITION_WORDS = {"acc on": True, "accstart": True, "acc off": False, "accstop": False}


def split(buffer: bytes) -> tuple[list[bytes], bytes]:
    """Cut behind the identity, or at the end of its line where that is here already."""
    frames: list[bytes] = []
    at = 0
    while (identity := IDENTITY.search(buffer, at)) is not None:
        end = identity.end()
        line_end = buffer.find(b"\n", end)
        following = buffer.find(b"RMC,", end)
        if line_end >= 0 and (following < 0 or line_end < following):
            end = line_end + 1
        frames.append(buffer[at:end].strip(b"\r\n\0 "))
        at = end
    return frames, buffer[at:].lstrip(b"\r\n\0 ")


def decode(frame: bytes, session: Session, now: datetime) -> Reading:
    """Read one message. A call for help whose sentence cannot be read is a call all the same."""
    text = frame.decode("ascii", "replace")
    match = SENTENCE.search(text)
    draft = Draft()
    if match is None:
        identity = IDENTITY.search(frame)
        if identity is None or b"help me" not in frame.lower():
            raise DecodeError("xexun: no sentence")
        uid = identity[0].decode()[5:-1]
        draft.alarms.add(Alarm.SOS)
        return Reading(replace(session, device_uid=uid), uid, (draft.report(),))
    time, valid, lat, north, lon, east, speed, course, date, signal, word, uid, behind = match.groups()
    draft.sent_at = moment(time or "", date or "")
    draft.attributes["gps_signal"] = signal
    _put_word(word.strip(" ,").lower().rstrip("!"), draft)
    try:
        draft.place = place_or_none(
            degrees(lat, north),
            degrees(lon, east),
            fix_at=draft.sent_at,
            is_valid=valid == "A",
            speed_kmh=float(speed or 0) * KNOT_KMH,
            course_deg=float(course or 0),
        )
    except ValueError:
        draft.place = None
    _read_behind(behind, draft)
    return Reading(replace(session, device_uid=uid), uid, (draft.report(),))


def _put_word(word: str, draft: Draft) -> None:
    if word in IGNITION_WORDS:
        draft.attributes["ignition"] = IGNITION_WORDS[word]
    elif word in ALARM_WORDS:
        draft.alarm(ALARM_WORDS[word])
    elif word:
        draft.attributes["alarm_code"] = word


def _read_behind(text: str, draft: Draft) -> None:
    """Read satellites, altitude, voltage, charging and cell, which the longer form has behind the identity."""
    match = BEHIND.match(text.lstrip(", "))
    if match is None:
        return
    satellites, altitude, voltage, charging, mcc, mnc, lac, cid = match.groups()
    if draft.place is not None:
        draft.place = replace(
            draft.place, satellites=int(satellites), altitude_m=float(altitude) if altitude else None
        )  # fmt: skip
    draft.attributes["battery_v"] = float(voltage)
    if charging:
        draft.attributes["charging"] = charging == "1"
    draft.cell(int(mcc), int(mnc), int(lac, 16), int(cid, 16))


def reply(frame: bytes, reading: Reading, now: datetime) -> bytes:
    """Give nothing: the device waits for no answer."""
    return b""


XEXUN = Codec(
    "xexun", port=5006, transport="tcp", frame_bytes_max=FRAME_BYTES_MAX, split=split, decode=decode, reply=reply
)

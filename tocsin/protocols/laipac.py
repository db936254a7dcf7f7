"""laipac: S-911 bracelets and other trackers of Laipac. TCP, port 5048.

Lines `$AVRMC,identity,...,event,...*checksum`. A status in lower case asks for an answer; SOS and some others are
answered with a command that ends the alarm. Source:
<https://www.traccar.org/protocol/5048-laipac/Bracelet_Protocol_Syncronization.pdf>. Page: docs/protocols/laipac.md.
"""

import re
from dataclasses import replace
from datetime import datetime

from tocsin.protocols.base import Alarm, Codec, DecodeError, Reading, Session
from tocsin.protocols.checksums import xor8
from tocsin.protocols.draft import Draft, place_or_none
from tocsin.protocols.nmea import degrees, moment
from tocsin.protocols.numbers import number_or_none

FRAME_BYTES_MAX = 2048
KNOT_KMH = 1.852
PASSWORD = "00000000"  # As shipped. # noqa: S105
EVENTS = {
    "3": Alarm.SOS,
    "4": Alarm.GEOFENCE_EXIT,
    "5": Alarm.POWER_CUT,
    "6": Alarm.OVERSPEED,
    "7": Alarm.GEOFENCE_EXIT,
    "8": Alarm.VIBRATION,
    "H": Alarm.POWER_OFF,
    "T": Alarm.TAMPER,
    "X": Alarm.GEOFENCE_ENTER,
    "Y": Alarm.TOW,
    "Z": Alarm.LOW_BATTERY,
}
# By interval, on request, moving and standing; A to D and O to R are inputs.
ORDINARY = frozenset("01aSMABCDOPQR")
RESETS = {"3": "d", "M": "m", "S": "t", "T": "t", "X": "x", "4": "x", "Y": "y", "Z": "z"}
REPORT, SYSTEM, ECHO = "$AVRMC", "$EAVSYS", "$ECHK"
EVENT_FIELD = 11


def split(buffer: bytes) -> tuple[list[bytes], bytes]:
    """Cut at line ends."""
    *lines, rest = re.split(rb"[\r\n]", buffer)
    return [line for line in lines if line], rest


def decode(frame: bytes, session: Session, now: datetime) -> Reading:
    """Read one line. What the event says is kept, also when the place cannot be read."""
    text = frame.decode("ascii", "replace").strip()
    content, _, checksum = text.partition("*")
    fields = content.split(",")
    if not text.startswith("$") or len(fields) < 2:
        raise DecodeError("laipac: no sentence")
    if fields[0] in ("$AVSYS", ECHO):
        return Reading(replace(session, device_uid=fields[1]), fields[1])
    if fields[0] not in (REPORT, SYSTEM):
        raise DecodeError("laipac: unknown sentence")
    uid = fields[1]
    session = replace(session, device_uid=uid)
    draft = Draft()
    if fields[0] == SYSTEM:
        # The owner's name and telephone number stand here too. They are not kept.
        draft.attributes["iccid"] = fields[2] if len(fields) > 2 else ""
        return Reading(session, uid, (draft.report(),))
    if len(fields) <= EVENT_FIELD:
        raise DecodeError("laipac: cut short")
    _put_event(draft, fields[EVENT_FIELD])
    if checksum and checksum.upper() != f"{xor8(content[1:].encode()):02X}":
        draft.attributes["checksum_is_wrong"] = True
    try:
        _put_rest(draft, fields)
    except (ValueError, IndexError):
        draft.attributes["is_cut_short"] = True
    return Reading(session, uid, (draft.report(),), ask={"event": fields[EVENT_FIELD], "status": fields[3]})


def _put_event(draft: Draft, event: str) -> None:
    draft.attributes["alarm_code"] = event
    if event in "ABCDOPQR" and len(event) == 1:
        bits = ord(event) - ord("A" if event <= "D" else "O")
        draft.attributes["input_1"], draft.attributes["input_2"] = bool(bits & 1), bool(bits & 2)
    if event not in ORDINARY:
        draft.alarms.add(EVENTS.get(event, Alarm.OTHER))


def _put_rest(draft: Draft, fields: list[str]) -> None:
    _, _, clock, status, lat, north, lon, east, speed, course, date = fields[:EVENT_FIELD]
    draft.sent_at = moment(clock, date)
    if lat and lon:
        draft.place = place_or_none(
            degrees(lat, north),
            degrees(lon, east),
            fix_at=draft.sent_at,
            is_valid=status.upper() in ("A", "R", "P"),
            speed_kmh=number_or_none(speed, KNOT_KMH),
            course_deg=number_or_none(course),
        )
    battery, distance = fields[12:14]
    draft.attributes["battery_v"] = int(battery.replace(".", "")) / 1000
    draft.attributes["distance_m"] = int(distance) * 1000
    if len(fields) > 18 and len(fields[17]) == 8:
        mcc, mnc = _network(fields[18])
        draft.cell(mcc, mnc, int(fields[17][:4], 16), int(fields[17][4:], 16))


def _network(text: str) -> tuple[int, int]:
    """Read country and network out of six digits: 310260 is 310, 260, and 020408 is 204, 08."""
    return (int(text[1:4]), int(text[4:])) if text.startswith("0") else (int(text[:3]), int(text[3:]))


def reply(frame: bytes, reading: Reading, now: datetime) -> bytes:
    """Echo a check, acknowledge what asks for it, and end the alarm that was heard."""
    text = frame.decode("ascii", "replace").strip()
    if text.startswith(ECHO):
        return f"{text}\r\n".encode("ascii", "replace")
    if not text.startswith(REPORT):
        return b""
    event, status = str(reading.ask["event"]), str(reading.ask["status"])
    answers = [f"EAVACK,{event},{text.rpartition('*')[2]}"] if status.islower() else []
    if event in RESETS:
        answers.append(f"AVCFG,{PASSWORD},{RESETS[event]}")
    sentences = (answer.encode("ascii", "replace") for answer in answers)
    return b"".join(b"$%b*%02X\r\n" % (sentence, xor8(sentence)) for sentence in sentences)


LAIPAC = Codec(
    "laipac", port=5048, transport="tcp", frame_bytes_max=FRAME_BYTES_MAX, split=split, decode=decode, reply=reply
)

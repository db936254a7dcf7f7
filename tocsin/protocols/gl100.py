"""gl100: first trackers of Queclink (GL100, GMT100). TCP and UDP, port 5003.

Text that ends with a zero byte. `+RESP:GTSOS` is the call; each message may hold several places, newest last.
Page: docs/protocols/gl100.md.
"""

import re
from dataclasses import replace
from datetime import datetime

from tocsin.protocols.base import Alarm, Codec, DecodeError, Reading, Report, Session
from tocsin.protocols.draft import Draft, place_or_none
from tocsin.protocols.numbers import number_or_none
from tocsin.protocols.times import written

FRAME_BYTES_MAX = 4096
KNOT_KMH = 1.852
ENDS = re.compile(rb"[\0\r\n]")
IDENTITY = re.compile(r"GT([A-Z]{3})[,=](?:[^,]*,)??(\d{15}),")
HEARTBEAT = "AT+GTHBD="
ALARM_WORDS = {
    "SOS": Alarm.SOS,
    "SZI": Alarm.GEOFENCE,
    "PNA": Alarm.POWER_ON,
    "PFA": Alarm.POWER_OFF,
    "BPL": Alarm.LOW_BATTERY,
}
# By interval, on request, on a call, a heartbeat.
ORDINARY = frozenset({"TRI", "RTL", "LBC", "HBD"})
PLACE = re.compile(
    r"([01]?),(-?\d*\.?\d*),(\d*),(-?\d*\.?\d*),\d*,(-?\d+\.\d+),(-?\d+\.\d+),(\d{14})"
    r"(?:,(\d{4}),(\d{4}),([0-9A-Fa-f]{4}),([0-9A-Fa-f]{4}))?"
)


def split(buffer: bytes) -> tuple[list[bytes], bytes]:
    """Cut at zero bytes and line ends."""
    *frames, rest = ENDS.split(buffer)
    return [frame for frame in frames if frame], rest


def decode(frame: bytes, session: Session, now: datetime) -> Reading:
    """Read one message. What its name says is kept, also when no place can be read."""
    text = frame.decode("ascii", "replace")
    identity = IDENTITY.search(text)
    if identity is None:
        raise DecodeError("gl100: no identity")
    word, uid = identity[1], identity[2]
    session = replace(session, device_uid=uid)
    drafts = [_read_place(match) for match in PLACE.finditer(text, identity.end() - 1)]
    if word == "HBD" and not drafts:
        return Reading(session, uid)
    if not drafts:
        drafts.append(Draft())
    if word not in ORDINARY:
        drafts[-1].attributes["alarm_code"] = word
        drafts[-1].alarms.add(ALARM_WORDS.get(word, Alarm.OTHER))
    return Reading(session, uid, _reports(drafts))


def _reports(drafts: list[Draft]) -> tuple[Report, ...]:
    return tuple(draft.report() for draft in drafts)


def _read_place(match: re.Match[str]) -> Draft:
    fix, speed, course, altitude, lon, lat, clock, mcc, mnc, lac, cid = match.groups()
    draft = Draft(written(clock))
    draft.place = place_or_none(
        float(lat),
        float(lon),
        fix_at=draft.sent_at,
        is_valid=fix == "0",
        speed_kmh=number_or_none(speed, KNOT_KMH),
        course_deg=number_or_none(course),
        altitude_m=number_or_none(altitude),
    )
    if mcc:
        draft.cell(int(mcc), int(mnc), int(lac, 16), int(cid, 16))
    return draft


def reply(frame: bytes, reading: Reading, now: datetime) -> bytes:
    """Answer a heartbeat with its own content; unanswered, the device closes the connection after a while."""
    text = frame.decode("ascii", "replace")
    if HEARTBEAT not in text:
        return b""
    content = text[text.index(HEARTBEAT) + len(HEARTBEAT) :]
    return f"+RESP:GTHBD,GPRS ACTIVE,{content.rpartition(',')[0]}\0".encode("ascii", "replace")


GL100 = Codec(
    "gl100",
    port=5003,
    transport="tcp",
    frame_bytes_max=FRAME_BYTES_MAX,
    split=split,
    decode=decode,
    reply=reply,
    takes_datagrams=True,
)

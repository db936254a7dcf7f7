"""v680: TrackerKing V680, Xexun and Mictrack trackers that write `#identity#user#...##`. TCP and UDP, port 5016.

An empty user makes `##` in the middle of a message too: the identity then stands in the half before. The event is a
word. Page: docs/protocols/v680.md.
"""

import re
from dataclasses import replace
from datetime import datetime

from tocsin.protocols.base import Alarm, Codec, DecodeError, Reading, Session
from tocsin.protocols.draft import Draft, place_or_none
from tocsin.protocols.nmea import moment
from tocsin.protocols.numbers import number_or_none

FRAME_BYTES_MAX = 4096
KNOT_KMH = 1.852
LOGIN = re.compile(r"#(\d{10,20})#*")
MESSAGE = re.compile(r"(?:#(\d{10,20})#[^#]*#)?#*(\d+)#[^#]*#([^#]+)#\d+#(.*)", re.DOTALL)
PLACE = re.compile(r"(\d+\.\d+),([EW]),(\d+\.\d+),([NS]),([\d.]*),([\d.]*)#(\d{6})#(\d{6})")
WORDS = {"SOS": Alarm.SOS, "LPD": Alarm.LOW_BATTERY, "AUTOLOW": Alarm.LOW_BATTERY}
ORDINARY = frozenset({"AUT", "AUTO"})


def split(buffer: bytes) -> tuple[list[bytes], bytes]:
    """Cut behind `##`. An empty user cuts a message in two: its first half reads as a login."""
    frames: list[bytes] = []
    at = 0
    while (end := buffer.find(b"##", at)) >= 0:
        frames.append(buffer[at : end + 2].strip(b"\r\n"))
        at = end + 2
    return frames, buffer[at:].lstrip(b"\r\n")


def decode(frame: bytes, session: Session, now: datetime) -> Reading:
    """Read one message, which may hold several places. The event is kept, also when none can be read."""
    text = frame.decode("ascii", "replace").strip()
    login = LOGIN.fullmatch(text)
    if login is not None:
        return Reading(replace(session, device_uid=login[1]), login[1])
    match = MESSAGE.match(text)
    if match is None:
        raise DecodeError("v680: no message")
    named, fix, event, content = match.groups()
    uid = named or session.device_uid
    drafts = [_read_place(place, is_valid=int(fix) > 0) for place in PLACE.finditer(content)] or [Draft()]
    drafts[-1].attributes["alarm_code"] = event
    if event not in ORDINARY:
        drafts[-1].alarms.add(WORDS.get(event, Alarm.OTHER))
    return Reading(replace(session, device_uid=uid), uid, tuple(draft.report() for draft in drafts))


def _read_place(match: re.Match[str], *, is_valid: bool) -> Draft:
    lon, east, lat, north, speed, course, date, clock = match.groups()
    draft = Draft(moment(clock, date))
    lat_deg, lon_deg = float(lat), float(lon)
    if lat_deg > 90 or lon_deg > 180:
        lat_deg, lon_deg = _degrees(lat_deg), _degrees(lon_deg)
    draft.place = place_or_none(
        -lat_deg if north == "S" else lat_deg,
        -lon_deg if east == "W" else lon_deg,
        fix_at=draft.sent_at,
        is_valid=is_valid,
        speed_kmh=number_or_none(speed, KNOT_KMH),
        course_deg=number_or_none(course),
    )
    return draft


def _degrees(value: float) -> float:
    """Turn `dddmm.mmmm` as a number into degrees."""
    whole = int(value / 100)
    return whole + (value - whole * 100) / 60


def reply(frame: bytes, reading: Reading, now: datetime) -> bytes:
    """Say nothing: no message is answered."""
    return b""


V680 = Codec(
    "v680",
    port=5016,
    transport="tcp",
    frame_bytes_max=FRAME_BYTES_MAX,
    split=split,
    decode=decode,
    reply=reply,
    takes_datagrams=True,
)

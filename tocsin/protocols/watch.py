"""watch: SeTracker wristwatches and their many brands. TCP, port 5093.

A frame is `[maker*identity*length*command,values]`; some makers put a serial number before the length. The length is
often wrong, so frames are cut by their brackets. Sources: 4P-Touch "Beesure GPS SeTracker Server Protocol"
<https://www.4p-touch.com/beesure-gps-setracker-server-protocol.html>; <https://www.traccar.org/protocol/5093-watch/>;
bit 14: <https://github.com/traccar/traccar/pull/4801>. Page: docs/protocols/watch.md.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from tocsin.protocols.base import Alarm, Codec, DecodeError, Media, Reading, Report, Session
from tocsin.protocols.draft import Draft, place_or_none
from tocsin.protocols.times import instant

FRAME_BYTES_MAX = 256 * 1024  # A voice message comes in one frame.
MEDIA_BYTES_MAX = 1024 * 1024
PARTS_MAX = 1024

START = re.compile(rb"\[[A-Za-z0-9]{2}\*[^\[\]*]{1,32}\*")
HEAD = re.compile(rb"\[(..)\*([^*]{1,32})\*(?:([0-9A-Fa-f]{4})\*)?([0-9A-Fa-f]{4,8})\*([^,\]]*),?", re.DOTALL)
STUFFED = re.compile(rb"\x7d([\x01-\x05])")
PLAIN = {b"\1": b"}", b"\2": b"[", b"\3": b"]", b"\4": b",", b"\5": b"*"}
POSITION = re.compile(
    r"(\d\d)(\d\d)(\d\d),(\d\d)(\d\d)(\d\d),([AV]), *(-?\d+\.?\d*),([NS]?), *(-?\d+\.?\d*),([EW]?),"
    r"(\d+\.?\d*),(\d+\.?\d*),(-?\d+\.?\d*),(\d+),(\d+),(\d+),(\d+),\d+,([0-9A-Fa-f]+),?(.*)",
    re.DOTALL,
)
STATUS_FIELD = re.compile(r",([0-9A-Fa-f]{8})(?:,|$)")

# The low half of the status word is state, the high half alarms. All set bits are reported: none hides another.
ALARM_BITS = (
    (1 << 0, Alarm.LOW_BATTERY),
    (1 << 1, Alarm.GEOFENCE_EXIT),
    (1 << 2, Alarm.GEOFENCE_ENTER),
    (1 << 14, Alarm.POWER_CUT),
    (1 << 16, Alarm.SOS),
    (1 << 17, Alarm.LOW_BATTERY),
    (1 << 18, Alarm.GEOFENCE_EXIT),
    (1 << 19, Alarm.GEOFENCE_ENTER),
    (1 << 20, Alarm.TORN_OFF),
    (1 << 21, Alarm.FALL),
    (1 << 22, Alarm.FALL),
)
ALARM_MASK = sum({bit for bit, _ in ALARM_BITS})
MOVING_BIT = 1 << 4
NO_ALARMS: frozenset[Alarm] = frozenset()


def split(buffer: bytes) -> tuple[list[bytes], bytes]:
    """Cut at the closing bracket and undo the byte stuffing. What stands between frames is a piece of its own."""
    frames: list[bytes] = []
    at = 0
    while at < len(buffer):
        if buffer[at] != 0x5B:
            begin = buffer.find(b"[", at)
            if begin < 0:
                begin = len(buffer)
            if piece := buffer[at:begin].strip():
                frames.append(piece)
            at = begin
            continue
        end = _end_of_frame(buffer, at)
        if end < 0:
            break
        frame = buffer[at:end]
        frames.append(STUFFED.sub(lambda match: PLAIN[match[1]], frame) if b"}" in frame else frame)
        at = end
    return frames, buffer[at:]


def _end_of_frame(buffer: bytes, at: int) -> int:
    """Find where a frame ends. A name of an access point may hold brackets; a frame that starts inside ends it."""
    end = buffer.find(b"]", at + 1) + 1
    if end and buffer.find(b"[", at + 1, end) < 0:
        return end
    if following := START.search(buffer, at + 1):
        inner = following.start()
        closed = buffer.rfind(b"]", at, inner) + 1
        return closed or inner
    while end and buffer.count(b"[", at, end) > buffer.count(b"]", at, end):
        end = buffer.find(b"]", end) + 1
    return end or -1


def decode(frame: bytes, session: Session, now: datetime) -> Reading:
    """Read one frame, stuffing undone."""
    head = HEAD.match(frame)
    if head is None:
        raise DecodeError("watch: no head")
    try:
        uid = head[2].decode("ascii")
        command = head[5].decode("ascii")
    except UnicodeDecodeError as error:
        raise DecodeError("watch: identity is not text") from error
    body = frame[head.end() : -1 if frame.endswith(b"]") else None]
    if session.device_uid != uid:
        session = replace(session, device_uid=uid)
    if command[:2] in POSITIONS:
        position = _read_position(body, is_alarm=command[:2] == "AL", is_stored=command.startswith("UD2"))
        return Reading(session, uid, (position,))
    read = MEDIA_READERS.get(command)
    if read is not None:
        return read(body, session)
    try:
        report = _read_values(command, body)
    except (ValueError, IndexError) as error:
        raise DecodeError(f"watch: {command[:8]} has other values") from error
    return Reading(session, uid, () if report is None else (report,))


POSITIONS = frozenset({"UD", "AL", "WT"})


def _read_position(body: bytes, *, is_alarm: bool, is_stored: bool) -> Report:
    """Read a position. An alarm whose values cannot be read is an alarm all the same."""
    text = body.decode("utf-8", "replace")
    match = POSITION.match(text)
    if match is None:
        if not is_alarm:
            raise DecodeError("watch: position has other fields")
        status = STATUS_FIELD.search(text)
        alarms = _alarms_of(int(status[1], 16) if status else 0) or frozenset({Alarm.GENERAL})
        return Report(alarms=alarms, attributes={"is_cut_short": True})
    (day, month, year, hour, minute, second, valid, lat, north, lon, east, speed, course, altitude,
     satellites, signal, battery, steps, status_word, networks) = match.groups()  # fmt: skip
    sent_at = instant(int(year), int(month), int(day), int(hour), int(minute), int(second))
    lat_deg, lon_deg = float(lat), float(lon)
    status_bits = int(status_word, 16)
    draft = Draft(sent_at)
    draft.is_stored = is_stored
    draft.place = place_or_none(
        # Western and southern watches write a sign, a letter, or both.
        -abs(lat_deg) if north == "S" else lat_deg,
        -abs(lon_deg) if east == "W" else lon_deg,
        fix_at=sent_at,
        is_valid=valid == "A",
        altitude_m=float(altitude),
        speed_kmh=float(speed),
        course_deg=float(course),
        satellites=int(satellites),
    )
    draft.battery_pct = min(int(battery), 100)
    draft.attributes["signal"] = int(signal)
    draft.attributes["steps"] = int(steps)
    draft.attributes["status"] = status_bits
    if status_bits & MOVING_BIT:
        draft.attributes["motion"] = True
    if status_bits & ALARM_MASK:
        draft.alarms.update(_alarms_of(status_bits))
    elif is_alarm:
        draft.alarms.add(Alarm.GENERAL)
    if networks:
        _read_networks(networks.split(","), draft)
    return draft.report()


def _alarms_of(status: int) -> frozenset[Alarm]:
    return frozenset(alarm for bit, alarm in ALARM_BITS if status & bit) if status & ALARM_MASK else NO_ALARMS


def _number(text: str) -> int:
    """Read a number that is hexadecimal only when a letter gives it away."""
    try:
        return int(text)
    except ValueError:
        return int(text, 16)


def _read_networks(values: list[str], draft: Draft) -> None:
    """Read cells, then access points. Counts may be wrong and lists cut: what could be read stands."""
    try:
        at = _read_cells(values, draft)
        if at < len(values) and values[at].isdigit():
            for name_at in range(at + 1, min(at + 1 + 3 * int(values[at]), len(values) - 2), 3):
                if values[name_at + 1] and values[name_at + 2]:
                    draft.access_point(values[name_at + 1], int(values[name_at + 2]))
    except (ValueError, IndexError):
        draft.attributes["is_cut_short"] = True


def _read_cells(values: list[str], draft: Draft) -> int:
    """Read the cells: count, advance, country, network, then area, number and signal of each. Gives where they end."""
    count = int(values[0] or 0)
    if count == 0:
        return 1
    mcc, mnc = _number(values[2] or "0"), _number(values[3] or "0")
    at = 4
    for _ in range(count):
        lac, cid, signal = values[at : at + 3]
        if mcc < 1000 and mnc < 1000:  # FFFF: the watch sees none.
            draft.cell(mcc, mnc, _number(lac), _number(cid), -abs(int(signal)) if signal else None)
        at += 3
    return at


def _read_values(command: str, body: bytes) -> Report | None:
    """Read a heartbeat or a value of health. `None`: the frame asks or confirms, and reports nothing."""
    values = body.decode("ascii", "replace").split(",")
    if command == "LK":
        if len(values) < 3:
            return None
        battery = int(values[2])
        return Report(battery_pct=min(battery, 100) if battery >= 0 else None, attributes={"steps": int(values[0])})
    read = HEALTH_READERS.get(command.lower())
    if read is None or not body:
        return None
    return Report(attributes=read(values))


def _temperature(values: list[str]) -> dict[str, float]:
    return {"temperature_c": float(values[0])}


def _flagged_temperature(values: list[str]) -> dict[str, float]:
    return {"temperature_c": float(values[1])} if int(values[0]) > 0 else {}


def _oxygen(values: list[str]) -> dict[str, float]:
    return {"blood_oxygen_pct": int(values[1])}


def _pulse(values: list[str]) -> dict[str, float]:
    return {"heart_rate_bpm": int(values[0])}


def _pressure(values: list[str]) -> dict[str, float]:
    read = {"pressure_high_mmhg": float(values[0]), "pressure_low_mmhg": float(values[1])}
    return {**read, "heart_rate_bpm": int(values[2])} if len(values) > 2 and values[2] else read


HEALTH_READERS: dict[str, Callable[[list[str]], dict[str, float]]] = {
    "pulse": _pulse,
    "heart": _pulse,
    "blood": _pressure,
    "bphrt": _pressure,
    "temp": _temperature,
    "btemp2": _flagged_temperature,
    "oxygen": _oxygen,
}


def _read_picture(body: bytes, session: Session) -> Reading:
    """Read `img`: a number, the time as 12 digits, then the picture."""
    at = body.find(b",") + 1
    content = body[at + 13 :] if at else b""
    if not content:
        raise DecodeError("watch: picture is empty")
    return _with_media(session, Media("jpg", content[:MEDIA_BYTES_MAX]))


def _read_voice(body: bytes, session: Session) -> Reading:
    """Read `TK`: a voice message in one frame. A single character is the watch's answer to ours."""
    if len(body) <= 1:
        return Reading(session, session.device_uid)
    return _with_media(session, Media("amr", body[:MEDIA_BYTES_MAX]))


def _read_voice_part(body: bytes, session: Session) -> Reading:
    """Read `JXTK`: one numbered part of a voice message. A part that comes twice counts once."""
    values = body.split(b",", 4)
    if len(values) < 5 or not (values[2].isdigit() and values[3].isdigit()):
        raise DecodeError("watch: part of a voice message has other fields")
    number, total = int(values[2][:6]), int(values[3][:6])
    last = session.facts.get("voice_part", 0)
    if number <= 1:
        parts: tuple[bytes, ...] = (values[4],)
    elif number == last:
        parts = session.parts
    else:
        parts = (*session.parts, values[4])
    # Beyond the bound the beginning is kept: it is the moment of the call.
    if sum(map(len, parts)) > MEDIA_BYTES_MAX or len(parts) > PARTS_MAX:
        parts = session.parts
    session = replace(session, parts=parts, facts={**session.facts, "voice_part": number})
    if number < total:
        return Reading(session, session.device_uid)
    facts = {name: value for name, value in session.facts.items() if name != "voice_part"}
    return _with_media(replace(session, parts=(), facts=facts), Media("amr", b"".join(parts)))


def _with_media(session: Session, media: Media) -> Reading:
    report = Report(attributes={"media": media.extension, "media_bytes": len(media.content)})
    return Reading(session, session.device_uid, (report,), (media,))


MEDIA_READERS: dict[str, Callable[[bytes, Session], Reading]] = {
    "img": _read_picture,
    "TK": _read_voice,
    "TK2": _read_voice,
    "JXTK": _read_voice_part,
}


def reply(frame: bytes, reading: Reading, now: datetime) -> bytes:
    """Answer what the watch waits for. Without the answer to `LK` it restarts and sends nothing more."""
    head = HEAD.match(frame)
    if head is None:
        return b""
    maker, uid, serial, _, command = head.groups()
    word = _answer_to(command)
    if not word:
        return b""
    middle = serial + b"*" if serial is not None else b""
    return b"[%b*%b*%b%04x*%b]" % (maker, uid, middle, len(word), word)


def _answer_to(command: bytes) -> bytes:
    if command.startswith(b"AL"):
        return b"AL"
    if command in (b"LK", b"TKQ", b"TKQ2"):
        return command
    return {b"INIT": b"INIT,1", b"JXTK": b"JXTKR,1"}.get(command, b"")


WATCH = Codec(
    "watch", port=5093, transport="tcp", frame_bytes_max=FRAME_BYTES_MAX, split=split, decode=decode, reply=reply
)

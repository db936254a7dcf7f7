"""t800x: TopFlytech T8, TLW, TLP and other trackers. TCP and UDP, port 5094.

Two bytes name the family (2323, 2525, 2626 for vehicles, 2727 for assets and persons), then type, length of the whole,
index, identity. What an alarm code means depends on the family. Page: docs/protocols/t800x.md.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from struct import Struct

from tocsin.protocols.base import Alarm, Codec, DecodeError, Reading, Session
from tocsin.protocols.cursor import Cursor
from tocsin.protocols.draft import Draft, place_or_none
from tocsin.protocols.times import packed

FRAME_BYTES_MAX = 2048
HEAD_BYTES = 15
FAMILIES = (b"##", b"%%", b"&&", b"''")
PLAIN, OBD, PERSONAL = 0x2323, 0x2626, 0x2727
GPS, ALARM, NETWORK, DRIVING, DRIVING_2 = 0x02, 0x04, 0x05, 0x05, 0x06
TAGS, NETWORK_2, GPS_2, ALARM_2, ANSWER = 0x10, 0x11, 0x13, 0x14, 0x81
PLACES, ALARMS, WITH_VOLTAGE = (GPS, GPS_2, ALARM, ALARM_2), (ALARM, ALARM_2), (GPS_2, ALARM_2)
HAS_FIX = 1 << 6
IGNITION_ON = 22  # Comes as an alarm of every family, and is none.
VEHICLE_ALARMS = {
    1: Alarm.POWER_CUT,
    2: Alarm.LOW_BATTERY,
    3: Alarm.SOS,
    4: Alarm.OVERSPEED,
    5: Alarm.GEOFENCE_ENTER,
    6: Alarm.GEOFENCE_EXIT,
    7: Alarm.TOW,
    8: Alarm.VIBRATION,
    10: Alarm.VIBRATION,
    21: Alarm.JAMMING,
    23: Alarm.POWER_RESTORED,
    24: Alarm.LOW_POWER,
}
PERSONAL_ALARMS = {
    1: Alarm.TORN_OFF,
    2: Alarm.TAMPER,
    3: Alarm.SOS,
    4: Alarm.TORN_OFF,
    5: Alarm.FALL,
    6: Alarm.LOW_BATTERY,
    14: Alarm.GEOFENCE_ENTER,
    15: Alarm.GEOFENCE_EXIT,
}
BRAKING = {0: Alarm.HARD_BRAKING, 1: Alarm.HARD_ACCELERATION, 2: Alarm.HARD_CORNERING}
BUTTON = {0: Alarm.SOS, 1: Alarm.LOW_BATTERY}
FLOATS = Struct("<fff")


def split(buffer: bytes) -> tuple[list[bytes], bytes]:
    """Cut by the length. Bytes that begin no message are a piece of their own."""
    frames: list[bytes] = []
    at, size = 0, len(buffer)
    while at < size:
        length = int.from_bytes(buffer[at + 3 : at + 5], "big")
        is_start = buffer[at : at + 2] in FAMILIES
        if (is_start and size - at < 5) or (size - at == 1 and buffer[at:] in (b"#", b"%", b"&", b"'")):
            break
        if not is_start or not HEAD_BYTES <= length <= FRAME_BYTES_MAX:
            begins = (buffer.find(family, at + 1) for family in FAMILIES)
            begin = min((found for found in begins if found > 0), default=size)
            frames.append(buffer[at:begin])
            at = begin
            continue
        if at + length > size:
            break
        frames.append(buffer[at : at + length])
        at += length
    return frames, buffer[at:]


def decode(frame: bytes, session: Session, now: datetime) -> Reading:
    """Read one message."""
    if len(frame) < HEAD_BYTES or frame[:2] not in FAMILIES:
        raise DecodeError("t800x: no frame")
    family, kind = int.from_bytes(frame[:2], "big"), frame[2]
    uid = frame[7:15].hex()[1:]
    session = replace(session, device_uid=uid)
    body = Cursor(frame, HEAD_BYTES, int.from_bytes(frame[3:5], "big"))
    if kind in PLACES:
        model = str(session.facts.get("model", "")) if session.facts else ""
        draft = _read_place(body, family, kind, model)
        return Reading(session, uid, (draft.report(),))
    if kind == DRIVING and family == OBD:
        return Reading(session, uid, tuple(draft.report() for draft in _read_driving(body)))
    reader = READERS.get((kind, family)) or READERS.get((kind, 0))
    if reader is None:
        return Reading(session, uid)
    draft = Draft()
    try:
        reader(draft, body)
    except DecodeError:
        if not draft.alarms:
            raise
        draft.attributes["is_cut_short"] = True
    return Reading(session, uid, (draft.report(),))


def _decimals(cursor: Cursor, count: int, parts: float = 1) -> float | None:
    """Read binary-coded decimals. `None`: filled with ones."""
    digits = cursor.hex(count)
    return int(digits) / parts if digits.isdecimal() else None


def _read_place(body: Cursor, family: int, kind: int, model: str) -> Draft:
    draft = Draft()
    if family != PERSONAL:
        body.skip(7)
        draft.attributes["signal"] = body.u16() & 0x7F
    status = body.u8()
    if family != PERSONAL:
        body.skip(6)
        draft.attributes["ignition"] = bool(body.u16() & 1 << 14)
        body.skip((2 if kind in WITH_VOLTAGE else 0) + (0 if family == OBD else 10 if kind in WITH_VOLTAGE else 4))
    code = body.u8()
    draft.attributes["alarm_code"] = code
    known = PERSONAL_ALARMS if family == PERSONAL else VEHICLE_ALARMS
    if code in known:
        draft.alarms.add(known[code])
    elif code not in (0, IGNITION_ON):
        draft.alarms.add(Alarm.OTHER)
    try:
        if family == PERSONAL:
            _put_fix(draft, body, status, family)
            _put_personal(draft, body)
        else:
            body.skip(1)
            draft.attributes["distance_m"] = body.u32()
            # Zero is full: there are two digits only.
            draft.battery_pct = _decimals(body, 1) or 100
            _put_fix(draft, body, status, family)
            _put_vehicle(draft, body, has_voltage=model == "TLW2-2BL" or kind in WITH_VOLTAGE)
    except DecodeError:
        if not draft.alarms and draft.place is None:
            raise
        draft.attributes["is_cut_short"] = True
    return draft


def _put_fix(draft: Draft, body: Cursor, status: int, family: int) -> None:
    draft.sent_at = packed(body.take(6))
    if not status & HAS_FIX:
        mcc, mnc = body.u16_le(), body.u16_le()
        cells = [(body.u16_le(), body.u16_le()) for _ in range(3)]
        if mcc != 0xFFFF and mnc != 0xFFFF:
            for lac, cid in cells:
                draft.cell(mcc, mnc, lac, cid)
        return
    altitude_m, lon_deg, lat_deg = FLOATS.unpack(body.take(12))
    speed_kmh = None if family == OBD else _decimals(body, 2, 10)
    if family == OBD:
        body.skip(2)
    draft.place = place_or_none(
        lat_deg,
        lon_deg,
        fix_at=draft.sent_at,
        altitude_m=altitude_m,
        speed_kmh=speed_kmh,
        course_deg=body.u16(),
        satellites=status & 31,
    )


def _put_personal(draft: Draft, body: Cursor) -> None:
    body.skip(5)
    draft.battery_pct = _decimals(body, 1) or 100
    draft.attributes["device_c"] = body.i8()
    body.skip(1)
    battery = _decimals(body, 1, 10)
    if battery is not None:
        draft.attributes["battery_v"] = battery
    body.skip(1)
    draft.attributes["distance_m"] = body.u32()
    draft.attributes["ignition"] = bool(body.u16() & 4)


def _put_vehicle(draft: Draft, body: Cursor, *, has_voltage: bool) -> None:
    names = ("battery_v", "power_v") if has_voltage else ("power_v",)
    for name in names:
        volts = _decimals(body, 2, 100) if body.left >= 2 else None
        if volts is not None:
            draft.attributes[name] = volts
    if body.left >= 19:
        speed_kmh = _decimals(body, 2, 10)
        if draft.place is not None:
            draft.place = replace(draft.place, speed_kmh=speed_kmh)


def _read_driving(body: Cursor) -> list[Draft]:
    code = body.u8()
    drafts: list[Draft] = []
    while body.left >= 24:
        draft = Draft(packed(body.take(6)))
        where = body.take(12)
        speed_kmh, course = _decimals(body, 2, 10), body.u16()
        body.skip(2)
        if where[:4] != b"\xff\xff\xff\xff":
            altitude_m, lon_deg, lat_deg = FLOATS.unpack(where)
            draft.place = place_or_none(
                lat_deg,
                lon_deg,
                fix_at=draft.sent_at,
                altitude_m=altitude_m,
                speed_kmh=speed_kmh,
                course_deg=course / 10 if course != 0xFFFF else None,
            )
        drafts.append(draft)
    if not drafts:
        drafts.append(Draft())
    drafts[-1].attributes["alarm_code"] = code
    drafts[-1].alarms.add((BRAKING[code % 2]) if code <= 5 else Alarm.OTHER)
    return drafts


def _read_driving_2(draft: Draft, body: Cursor) -> None:
    code = body.u8()
    draft.alarms.add(BRAKING.get(code, Alarm.OTHER))
    draft.sent_at = packed(body.take(6))
    status = body.u8()
    body.skip(5)
    altitude_m, lon_deg, lat_deg = FLOATS.unpack(body.take(12))
    draft.place = place_or_none(
        lat_deg,
        lon_deg,
        fix_at=draft.sent_at,
        is_valid=not status & 1 << 7,
        altitude_m=altitude_m,
        speed_kmh=_decimals(body, 2, 10),
        course_deg=body.u16() / 10,
    )


def _read_network(draft: Draft, body: Cursor) -> None:
    draft.sent_at = packed(body.take(6))
    draft.attributes["operator"] = body.take(body.u8()).decode("utf-16-le", "replace")
    draft.attributes["network"] = body.text(body.u8())
    draft.attributes["networkBand"] = body.text(body.u8())
    body.skip(body.u8())
    draft.attributes["iccid"] = body.text(body.u8())


def _read_tags(draft: Draft, body: Cursor) -> None:
    """Read what a tag in sight sends: a button may call, a pass of a driver may be low."""
    draft.sent_at = packed(body.take(6))
    draft.attributes["ignition"] = body.u8() > 0
    sizes = {0x01: 10, 0x04: 15, 0x05: 12, 0x06: 9}
    while body.left > 1:
        kind = body.u16()
        if kind in sizes:
            body.skip(sizes[kind])
        elif kind in (0x02, 0x03):
            tag = body.hex(6)
            body.skip(1)
            code = body.u8()
            if kind == 0x03:
                draft.attributes["driver"] = tag
            draft.alarm(BUTTON.get(code, Alarm.OTHER) if kind == 0x02 else BUTTON[1] if code == 1 else None)
            body.skip(17)
        else:
            raise DecodeError("t800x: unknown tag")


def _read_answer(draft: Draft, body: Cursor) -> None:
    body.skip(1)
    draft.attributes["answer"] = body.rest().decode("utf-16-le", "replace")


READERS: dict[tuple[int, int], Callable[[Draft, Cursor], None]] = {
    (NETWORK, PERSONAL): _read_network,
    (NETWORK_2, 0): _read_network,
    (DRIVING_2, OBD): _read_driving_2,
    (TAGS, 0): _read_tags,
    (ANSWER, 0): _read_answer,
}


def reply(frame: bytes, reading: Reading, now: datetime) -> bytes:
    """Answer everything but places; an alarm with its own code, so that the device stops repeating it."""
    family, kind = int.from_bytes(frame[:2], "big"), frame[2]
    if kind in PLACES and kind not in ALARMS:
        return b""
    code = int(reading.reports[0].attributes["alarm_code"]) if kind in ALARMS else 0
    index = b"\0\1" if family == PLAIN else frame[5:7]
    length = HEAD_BYTES + (code > 0)
    return frame[:3] + length.to_bytes(2, "big") + index + frame[7:15] + (bytes((code,)) if code else b"")


T800X = Codec(
    "t800x",
    port=5094,
    transport="tcp",
    frame_bytes_max=FRAME_BYTES_MAX,
    split=split,
    decode=decode,
    reply=reply,
    takes_datagrams=True,
)

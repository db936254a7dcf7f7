"""Transparent messages of jt808 (0900): a vendor's own messages in a common wrapping. Many are calls."""

from tocsin.protocols.base import Alarm
from tocsin.protocols.cursor import Cursor
from tocsin.protocols.draft import Draft, place_or_none
from tocsin.protocols.jt808_extras import put_engine_items
from tocsin.protocols.jt808_locations import CLOCK_OFFSET_S, put_place, read_coordinates
from tocsin.protocols.times import packed

DRIVER_CARD, ENGINE, DRIVING, PLAIN, CRASH, TAGS, SENSORS = 0x40, 0x41, 0xF0, 0xFF, 0xF3, 0x53, 0x54
VALUES, TROUBLE, ALARMS, TRIP, VIN, EVENT = 0x01, 0x02, 0x03, 0x04, 0x0B, 0x15
# What stands around a text: its length, spaces, line ends.
CONTROLS = "".join(map(chr, range(33)))
ALARM_ITEMS: dict[int, Alarm] = {
    0x01: Alarm.POWER_RESTORED,
    0x02: Alarm.POWER_CUT,
    0x0E: Alarm.IDLE,
    0x1A: Alarm.HARD_ACCELERATION,
    0x1B: Alarm.HARD_BRAKING,
    0x1C: Alarm.HARD_CORNERING,
    0x1D: Alarm.LANE_CHANGE,
    0x1E: Alarm.LANE_CHANGE,
    0x1F: Alarm.LANE_CHANGE,
    0x23: Alarm.FATIGUE,
    0x25: Alarm.OVERSPEED,
    0x26: Alarm.ACCIDENT,
    0x27: Alarm.ACCIDENT,
    0x28: Alarm.ACCIDENT,
    0x31: Alarm.DOOR,
    0x32: Alarm.DOOR,
}
EVENTS = {
    51: Alarm.HARD_ACCELERATION,
    52: Alarm.HARD_BRAKING,
    53: Alarm.HARD_CORNERING,
    54: Alarm.LANE_CHANGE,
    56: Alarm.ACCIDENT,
}


def read_transparent(body: Cursor, model: str) -> Draft | None:
    """Read a wrapped message. `None`: of a kind that we do not know, or with nothing in it."""
    draft = Draft()
    kind = body.u8()
    if kind == DRIVER_CARD:
        _read_card(draft, body)
    elif kind == ENGINE:
        put_engine_items(draft, body.rest().decode("ascii", "replace"))
    elif kind == DRIVING:
        return _read_driving(draft, body, model)
    elif kind == PLAIN:
        draft.sent_at = packed(body.take(6), offset_s=CLOCK_OFFSET_S)
        _put_plain_place(draft, body)
    elif kind == CRASH:
        _read_crash(draft, body)
    elif kind in (TAGS, SENSORS):
        put_place(draft, read_coordinates(draft, body, model), body)
        if kind == SENSORS:
            _put_sensors(draft, body)
    else:
        return None
    return draft if draft.attributes or draft.place is not None or draft.sent_at is not None else None


def _read_card(draft: Draft, body: Cursor) -> None:
    text = body.rest().decode("ascii", "replace").strip(CONTROLS)
    fields = text.split("|")
    if fields[0] != "GTSL":
        draft.attributes["answer"] = text
    elif len(fields) > 4:
        draft.attributes["driver"] = fields[4]


def _put_plain_place(draft: Draft, body: Cursor) -> None:
    lat_deg, lon_deg, altitude_m = body.i32() / 1e6, body.i32() / 1e6, body.i16()
    draft.place = place_or_none(
        lat_deg,
        lon_deg,
        fix_at=draft.sent_at,
        altitude_m=altitude_m,
        speed_kmh=body.u16() / 10,
        course_deg=body.u16(),
    )


def _read_crash(draft: Draft, body: Cursor) -> None:
    while body.left > 3:
        kind, part = body.u16(), body.sub(body.u16())
        if kind == 0x0002:
            draft.attributes["collision"] = part.u16() / 25_600
        elif kind == 0x0006:
            draft.sent_at = packed(part.take(6), offset_s=CLOCK_OFFSET_S)


def _put_sensors(draft: Draft, body: Cursor) -> None:
    while body.left > 2:
        mask = body.u16()
        body.skip(6)
        if mask & 1:
            draft.attributes["light"] = body.u16()
        if mask & 2:
            draft.attributes["device_c"], draft.attributes["humidity_pct"] = body.i16() / 10, body.i16() / 10
        if mask & 4:
            draft.attributes["temperature_3_c"] = body.i16() / 10
        body.skip((6 if mask & 8 else 0) + (2 if mask & 16 else 0))


def _read_driving(draft: Draft, body: Cursor, model: str) -> Draft | None:
    draft.sent_at = packed(body.take(6), offset_s=CLOCK_OFFSET_S)
    draft.is_stored = body.u8() > 0
    body.skip(1)
    kind = body.u8()
    if kind == EVENT:
        event = body.u32()
        draft.attributes["alarm_code"] = event
        draft.alarms.add(EVENTS.get(event, Alarm.OTHER))
    elif kind in (VALUES, ALARMS):
        for _ in range(body.u8()):
            number = body.u8() if kind == ALARMS else body.u16()
            body.skip(body.u8())
            if kind == ALARMS:
                draft.attributes["alarm_code"] = number
                draft.alarms.add(ALARM_ITEMS.get(number, Alarm.OTHER))
    elif kind == TROUBLE:
        _read_trouble(draft, body)
    elif kind not in (TRIP, VIN):
        return None
    if kind in (VALUES, ALARMS, TROUBLE):
        lat_deg, lon_deg, is_valid = read_coordinates(draft, body, model)
        draft.place = place_or_none(lat_deg, lon_deg, fix_at=draft.sent_at, is_valid=is_valid)
    return draft


def _read_trouble(draft: Draft, body: Cursor) -> None:
    codes = []
    for _ in range(body.u16()):
        body.skip(4)
        for _ in range(body.u16()):
            body.skip(8)
            codes.append(body.text(body.u16()).strip())
    draft.attributes["dtcs"] = " ".join(codes)

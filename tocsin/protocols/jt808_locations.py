"""Places of jt808: the common one with its alarm word and items, and the one of Jointech locks."""

from dataclasses import replace
from datetime import datetime

from tocsin.protocols.base import Alarm, DecodeError, Place
from tocsin.protocols.cursor import Cursor
from tocsin.protocols.draft import Draft, place_or_none
from tocsin.protocols.jt808_items import put_items, put_lock_event
from tocsin.protocols.jt808_models import AOVX, DOORS, PADLOCKS
from tocsin.protocols.times import packed, written

# The devices' clocks run on Chinese time, whatever the country.
CLOCK_OFFSET_S = 8 * 3600
KNOT_KMH = 1.852

ALARM_BITS: dict[int, Alarm] = {
    0: Alarm.SOS,
    1: Alarm.OVERSPEED,
    2: Alarm.FATIGUE,
    4: Alarm.FAULT,
    5: Alarm.ANTENNA_CUT,
    6: Alarm.ANTENNA_CUT,
    7: Alarm.LOW_BATTERY,
    8: Alarm.POWER_OFF,
    9: Alarm.FAULT,
    10: Alarm.FAULT,
    11: Alarm.FAULT,
    15: Alarm.VIBRATION,
    16: Alarm.TAMPER,
    17: Alarm.TAMPER,
    18: Alarm.LOW_BATTERY,
    19: Alarm.PARKING,
    20: Alarm.GEOFENCE,
    26: Alarm.GENERAL,
    28: Alarm.MOVEMENT,
    29: Alarm.ACCIDENT,
    30: Alarm.ACCIDENT,
    31: Alarm.DOOR,
}
PADLOCK_BITS = {0: Alarm.TORN_OFF, 1: Alarm.TAMPER, 4: Alarm.TORN_OFF}
AOVX_BITS = {16: Alarm.MOVEMENT}
BITS_OF_MODEL = {
    **dict.fromkeys(PADLOCKS, PADLOCK_BITS),
    **dict.fromkeys(AOVX, AOVX_BITS),
    # Its bits 29 and 30 are no accident.
    "VL300": {bit: alarm for bit, alarm in ALARM_BITS.items() if bit not in (29, 30)},
}
JOINT_POWER_BITS = {0: Alarm.LOW_POWER}
JOINT_LOCK_BITS = {
    0: Alarm.OVERSPEED,
    1: Alarm.LOW_POWER,
    2: Alarm.VIBRATION,
    3: Alarm.LOW_BATTERY,
    5: Alarm.GEOFENCE_ENTER,
    6: Alarm.GEOFENCE_EXIT,
}


def put_alarm_word(draft: Draft, word: int, bits: dict[int, Alarm]) -> None:
    """Add an alarm for each set bit. One whose meaning we do not know is `other`."""
    if not word:
        return
    draft.attributes["alarm_code"] = word
    for bit in range(word.bit_length()):
        if word & 1 << bit:
            draft.alarms.add(bits.get(bit, Alarm.OTHER))


def read_location(cursor: Cursor, model: str) -> Draft:
    """Read a location. What the alarm word says stands, also when what follows is cut short."""
    draft = Draft()
    word = cursor.u32()
    put_alarm_word(draft, word, BITS_OF_MODEL.get(model, ALARM_BITS))
    try:
        where = read_coordinates(draft, cursor, model)
        put_place(draft, where, cursor)
        put_items(draft, cursor, model)
    except DecodeError:
        if not draft.alarms and draft.place is None:
            raise
        draft.attributes["is_cut_short"] = True
    return draft


def read_coordinates(draft: Draft, cursor: Cursor, model: str) -> tuple[float, float, bool]:
    """Read the status word and the coordinates behind it: latitude, longitude, "is valid"."""
    status, lat_deg, lon_deg = cursor.u32(), cursor.u32() / 1e6, cursor.u32() / 1e6
    draft.attributes["ignition"] = bool(status & 1)
    draft.attributes["blocked"] = bool(status & 1 << 10)
    draft.attributes["charging"] = bool(status & 1 << 26)
    if model == "G1C Pro":
        draft.attributes["motion"] = bool(status & 1 << 4)
    if model in DOORS:
        draft.attributes["door"] = bool(status & 1 << 16)
    return -lat_deg if status & 4 else lat_deg, -lon_deg if status & 8 else lon_deg, bool(status & 2)


def put_place(draft: Draft, where: tuple[float, float, bool], cursor: Cursor) -> None:
    """Read height, speed, course and time, and make the place."""
    altitude_m, speed_kmh, course_deg = cursor.i16(), cursor.u16() / 10, cursor.u16()
    draft.sent_at = packed(cursor.take(6), offset_s=CLOCK_OFFSET_S)
    draft.place = place_or_none(
        where[0],
        where[1],
        fix_at=draft.sent_at,
        is_valid=where[2],
        altitude_m=altitude_m,
        speed_kmh=speed_kmh,
        course_deg=course_deg,
    )


def read_joint_location(cursor: Cursor, *, is_valid: bool) -> Draft:
    """Read the location of a Jointech device: decimals, in UTC."""
    draft = Draft()
    try:
        _read_joint_fields(draft, cursor, is_valid=is_valid)
    except DecodeError:
        if not draft.alarms and draft.place is None:
            raise
        draft.attributes["is_cut_short"] = True
    return draft


def _read_joint_fields(draft: Draft, cursor: Cursor, *, is_valid: bool) -> None:
    day, rest, where = cursor.hex(3), cursor.hex(3), cursor.hex(9)
    draft.sent_at = written(day[4:] + day[2:4] + day[:2] + rest)
    speed, course_deg = cursor.hex(1), cursor.u8() * 2
    draft.attributes["signal"], satellites = cursor.u8(), cursor.u8()
    if where[:17].isdecimal():
        draft.place = _joint_place(where, draft.sent_at, is_valid, satellites, speed, course_deg)
    draft.attributes["distance_m"] = cursor.u32() * 1000
    battery = cursor.u8()
    if battery <= 100:
        draft.battery_pct = battery
    elif battery in (0xAA, 0xAB):
        draft.attributes["charging"] = True
    cid, lac = cursor.u32(), cursor.u16()
    if cid and lac:
        draft.cell(0, 0, lac, cid)
    product, status, word = cursor.u8(), cursor.u16(), cursor.u16()
    if product in (1, 2):
        put_alarm_word(draft, word, JOINT_POWER_BITS)
    elif product == 3:
        draft.attributes["blocked"] = bool(status & 1 << 5)
        put_alarm_word(draft, word, JOINT_LOCK_BITS)
    while cursor.left > 1:
        kind, item = cursor.u8(), cursor.sub(cursor.u8())
        if kind == 0x02 and draft.place is not None:
            draft.place = replace(draft.place, altitude_m=item.i16())
        elif kind == 0x0B and item.left:
            put_lock_event(draft, item)


def _joint_place(
    where: str, sent_at: datetime | None, is_valid: bool, satellites: int, speed: str, course_deg: int
) -> Place | None:
    """Make a place of decimals: degrees and minutes, then flags for north and east."""
    flags = int(where[17], 16)
    lat_deg = int(where[:2]) + int(where[2:8]) / 600_000
    lon_deg = int(where[8:11]) + int(where[11:17]) / 600_000
    return place_or_none(
        lat_deg if flags & 2 else -lat_deg,
        lon_deg if flags & 4 else -lon_deg,
        fix_at=sent_at,
        is_valid=is_valid,
        speed_kmh=int(speed) * KNOT_KMH if speed.isdecimal() else None,
        course_deg=course_deg,
        satellites=satellites,
    )

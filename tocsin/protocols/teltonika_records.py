"""The AVL records of Teltonika devices: time, place, and numbered values of one, two, four, eight or more bytes."""

import re
from collections.abc import Callable
from dataclasses import replace
from struct import Struct

from tocsin.protocols.base import Alarm, Session
from tocsin.protocols.cursor import Cursor
from tocsin.protocols.draft import Draft, place_or_none
from tocsin.protocols.times import epoch

GH3000, CODEC_8, CODEC_8E, CODEC_16 = 0x07, 0x08, 0x8E, 0x10
CODECS_OF_RECORDS = frozenset({GH3000, CODEC_8, CODEC_8E, CODEC_16})
HEAD = Struct(">QBiihHBH")
FLOATS = Struct(">ff")
GH3000_EPOCH_S = 1_167_609_600  # 2007-01-01
PANIC_PRIORITY = 2

VEHICLES = re.compile(r"FM[B-Z]...|MTB100|MSP500")
ASSETS = re.compile(r"T.T...")

# Alarms of every model: the value is not zero. 236 is the button of TMT250 and GH5200, 242 "man down".
ALARMS = {236: Alarm.SOS, 242: Alarm.FALL}
# Alarms of vehicle units, and of devices whose model nobody registered.
VEHICLE_ALARMS = {
    246: Alarm.TOW,
    247: Alarm.ACCIDENT,
    249: Alarm.JAMMING,
    251: Alarm.IDLE,
    252: Alarm.POWER_CUT,
}
DRIVING_ALARMS = {1: Alarm.HARD_ACCELERATION, 2: Alarm.HARD_BRAKING, 3: Alarm.HARD_CORNERING}
# Presses of the alarm button of a TMT250: once, twice, long. In four bytes the same number is a distance.
BUTTON, BUTTON_PRESSES = 389, frozenset({0x11, 0x12, 0x13})
SPEED, BATTERY_LEVEL, FENCE, DRIVING, OPERATOR = 24, 113, 175, 253, 241
AREA, CELL_2G, CELL_4G = 206, 205, 636
TAT_CELLS = ((1200, 287, 288, 289), (1201, 290, 291, 292), (1202, 293, 294, 295), (1203, 296, 297, 298))

# Number -> name, divisor, signed. Others keep their number as `io...`.
NAMES: dict[int, tuple[str, float, bool]] = {
    16: ("distance_m", 1, False),
    17: ("axisX", 1, True),
    18: ("axisY", 1, True),
    19: ("axisZ", 1, True),
    21: ("signal", 1, False),
    25: ("bleTemp1", 100, True),
    26: ("bleTemp2", 100, True),
    27: ("bleTemp3", 100, True),
    28: ("bleTemp4", 100, True),
    66: ("power_v", 1000, False),
    67: ("battery_v", 1000, False),
    181: ("pdop", 10, False),
    182: ("hdop", 10, False),
    199: ("tripOdometer", 1, False),
    OPERATOR: ("operator", 1, False),
}
VEHICLE_NAMES: dict[int, tuple[str, float, bool]] = {
    9: ("voltage_1", 1000, False),
    10: ("voltage_2", 1000, False),
    12: ("fuel_used", 1000, False),
    13: ("fuelConsumption", 100, False),
    30: ("faultCount", 1, False),
    31: ("engineLoad", 1, False),
    32: ("coolant_c", 1, True),
    36: ("engine_rpm", 1, False),
    72: ("temperature_c", 10, True),
    73: ("temperature_2_c", 10, True),
    81: ("engine_speed_kmh", 1, False),
    82: ("throttle", 1, False),
    84: ("fuel", 10, False),
    85: ("engine_rpm", 1, False),
    89: ("fuelLevel", 1, False),
    115: ("engineTemp", 10, True),
}
FLAGS = {1: "in1", 2: "in2", 3: "in3", 4: "in4", 179: "out1", 180: "out2", 239: "ignition", 240: "motion"}


def read_record(codec: int, cursor: Cursor, draft: Draft, session: Session) -> None:
    """Read one record."""
    model = str(session.facts.get("model", "")).upper()
    if codec == GH3000:
        _read_gh3000(cursor, draft)
        return
    priority = _read_head(codec, cursor, draft)
    values: dict[int, int] = {}
    for size in (1, 2, 4, 8):
        for _ in range(_count(codec, cursor)):
            number = cursor.u16() if codec in (CODEC_8E, CODEC_16) else cursor.u8()
            value = int.from_bytes(cursor.take(size), "big")
            values[number] = value
            _put(number, value, size, draft, model)
    if session.facts.get("extended"):
        for _ in range(_count(codec, cursor)):
            number = cursor.u16() if codec in (CODEC_8E, CODEC_16) else cursor.u8()
            draft.attributes[f"io{number}"] = cursor.hex(16)
    _put_cells(values, draft, model)
    # "Panic" without a reason is a call for which nobody gave one.
    if priority == PANIC_PRIORITY and not draft.alarms:
        draft.alarm(Alarm.GENERAL)
    if codec == CODEC_8E:
        _read_long_values(cursor, draft)


def _count(codec: int, cursor: Cursor) -> int:
    return cursor.u16() if codec == CODEC_8E else cursor.u8()


def _read_head(codec: int, cursor: Cursor, draft: Draft) -> int:
    """Read time, priority and place; give the priority."""
    time_ms, priority, lon, lat, altitude, course, satellites, speed = HEAD.unpack(cursor.take(HEAD.size))
    draft.sent_at = epoch(time_ms / 1000)
    draft.place = place_or_none(
        lat / 1e7,
        lon / 1e7,
        fix_at=draft.sent_at,
        is_valid=satellites != 0,
        altitude_m=altitude,
        speed_kmh=speed,
        course_deg=course,
        satellites=satellites,
    )
    draft.attributes["priority"] = priority
    draft.attributes["event"] = cursor.u16() if codec in (CODEC_8E, CODEC_16) else cursor.u8()
    if codec == CODEC_16:
        cursor.skip(1)
    _count(codec, cursor)
    return int(priority)


def _put(number: int, value: int, size: int, draft: Draft, model: str) -> None:
    """Put one value: an alarm, a flag, a named measurement, or a number nobody named."""
    is_vehicle = not model or VEHICLES.fullmatch(model) is not None
    if number in ALARMS:
        draft.alarm(ALARMS[number] if value else None)
    elif number in VEHICLE_ALARMS and is_vehicle:
        draft.alarm(VEHICLE_ALARMS[number] if value else None)
    elif number == BUTTON and size == 1 and value in BUTTON_PRESSES:
        draft.alarm(Alarm.SOS)
    elif number == DRIVING:
        draft.alarm(DRIVING_ALARMS.get(value))
    elif number == FENCE and is_vehicle and model:
        draft.alarm(Alarm.GEOFENCE_ENTER if value else Alarm.GEOFENCE_EXIT)
    elif number == BATTERY_LEVEL and size == 1 and value <= 100:
        draft.battery_pct = value
    elif number == SPEED and model and is_vehicle and draft.place is not None:
        draft.place = replace(draft.place, speed_kmh=value)
    elif number in FLAGS:
        draft.attributes[FLAGS[number]] = bool(value)
        return
    named = NAMES.get(number) or (VEHICLE_NAMES.get(number) if model and is_vehicle else None)
    if named is None:
        draft.attributes[f"io{number}"] = value
        return
    name, divisor, is_signed = named
    if is_signed and value >> (8 * size - 1):
        value -= 1 << 8 * size
    draft.attributes[name] = value / divisor if divisor != 1 else value


def _put_cells(values: dict[int, int], draft: Draft, model: str) -> None:
    """Put the serving cell, and the four cells of a TAT100."""
    operator = str(values.get(OPERATOR, 0))
    mcc, mnc = (int(operator[:3]), int(operator[3:])) if len(operator) >= 4 else (0, 0)
    for network, area, cell, signal in TAT_CELLS if model == "TAT100" else ():
        if {network, area, cell} <= values.keys():
            draft.cell(mcc, values[network], values[area], values[cell], -values.get(signal, 0) or None)
    number = values.get(CELL_2G) or values.get(CELL_4G)
    if AREA in values and number and not draft.cells:
        draft.cell(mcc, mnc, values[AREA], number, radio=None if CELL_2G in values else "lte")


def _read_long_values(cursor: Cursor, draft: Draft) -> None:
    """Read the values of any length that codec 8E has."""
    for _ in range(cursor.u16()):
        number = cursor.u16()
        value = cursor.sub(cursor.u16())
        if number in (256, 325):
            draft.attributes["vin"] = value.rest().decode("ascii", "replace")
        elif number == 281:
            draft.attributes["dtcs"] = value.rest().decode("ascii", "replace").replace(",", " ")
        elif number == 385:
            _read_beacons(value, draft)
        elif number in (548, 10828, 10829, 10831, 11317):
            _read_tags(value, draft)
        else:
            draft.attributes[f"io{number}"] = value.rest().hex()


def _read_beacons(value: Cursor, draft: Draft) -> None:
    value.skip(1)
    number = 1
    while value.left:
        flags = value.u8()
        name = f"beacon{number}"
        if flags >> 4:
            draft.attributes[f"{name}Uuid"] = value.hex(16)
            draft.attributes[f"{name}Major"], draft.attributes[f"{name}Minor"] = value.u16(), value.u16()
        else:
            draft.attributes[f"{name}Namespace"] = value.hex(10)
            draft.attributes[f"{name}Instance"] = value.hex(6)
        draft.attributes[f"{name}Rssi"] = value.i8()
        if flags & 2:
            draft.attributes[f"{name}Battery"] = value.u16() / 100
        if flags & 4:
            draft.attributes[f"{name}Temp"] = value.u16()
        number += 1


# Parameter of a tag -> the end of its name and how it is read.
TAG_VALUES: dict[int, tuple[str, Callable[[Cursor], int | str | bool]]] = {
    0: ("Rssi", Cursor.i8),
    1: ("Id", lambda part: part.rest().hex()),
    5: ("Name", lambda part: part.rest().decode("utf-8", "replace")),
    6: ("Temp", Cursor.i16),
    7: ("Humidity", Cursor.u8),
    8: ("Magnet", lambda part: part.u8() > 0),
    9: ("Motion", lambda part: part.u8() > 0),
    10: ("MotionCount", Cursor.u16),
    11: ("Pitch", Cursor.i8),
    12: ("AngleRoll", Cursor.i16),
    13: ("LowBattery", Cursor.u8),
    14: ("Battery", Cursor.u16),
    15: ("Mac", lambda part: part.rest().hex()),
}


def _read_tags(value: Cursor, draft: Draft) -> None:
    value.skip(1)
    number = 1
    while value.left:
        tag = value.sub(value.u8())
        while tag.left >= 2:
            kind, part = tag.u8(), tag.sub(tag.u8())
            if kind == 2:
                _read_tag_battery(part, f"tag{number}", draft)
            elif kind in TAG_VALUES:
                name, read = TAG_VALUES[kind]
                draft.attributes[f"tag{number}{name}"] = read(part)
        number += 1


def _read_tag_battery(part: Cursor, name: str, draft: Draft) -> None:
    flags = part.u8()
    if flags & 0x40:
        draft.attributes[f"{name}LowBattery"] = True
    if flags & 0x80:
        draft.attributes[f"{name}Voltage"] = part.u8() * 10 + 2000


def _read_gh3000(cursor: Cursor, draft: Draft) -> None:
    """Read a record of the GH3000: masks say which parts it has."""
    time = (cursor.u32() & 0x3FFFFFFF) + GH3000_EPOCH_S
    draft.sent_at = epoch(time)
    mask = cursor.u8()
    if mask & 1:
        _read_gh3000_place(cursor, draft)
    for bit, size in ((2, 1), (4, 2), (8, 4)):
        if mask & bit:
            for _ in range(cursor.u8()):
                number = cursor.u8()
                _put_gh3000(number, int.from_bytes(cursor.take(size), "big"), draft)


def _read_gh3000_place(cursor: Cursor, draft: Draft) -> None:
    mask = cursor.u8()
    lat, lon = FLOATS.unpack(cursor.take(8)) if mask & 1 else (None, None)
    altitude = cursor.u16() if mask & 2 else None
    course = cursor.u8() * 360 / 256 if mask & 4 else None
    speed = cursor.u8() if mask & 8 else None
    satellites = cursor.u8() if mask & 16 else None
    area_and_cell = (cursor.u16(), cursor.u16()) if mask & 32 else None
    signal = cursor.u8() if mask & 64 else None
    operator = str(cursor.u32()) if mask & 128 else ""
    if area_and_cell is not None:
        mcc, mnc = (int(operator[:3]), int(operator[3:])) if len(operator) >= 4 else (0, 0)
        draft.cell(mcc, mnc, *area_and_cell, signal)
    if lat is not None and lon is not None:
        draft.place = place_or_none(
            lat,
            lon,
            fix_at=draft.sent_at,
            altitude_m=altitude,
            speed_kmh=speed,
            course_deg=course,
            satellites=satellites,
        )


def _put_gh3000(number: int, value: int, draft: Draft) -> None:
    scaled = {20: ("hdop", 10), 21: ("vdop", 10), 22: ("pdop", 10), 67: ("battery_v", 1000)}
    if number == 222:
        draft.alarm(Alarm.SOS if value == 1 else None)
    elif number == 1:
        draft.battery_pct = min(value, 100)
    elif number in scaled:
        name, divisor = scaled[number]
        draft.attributes[name] = value / divisor
    elif number in (2, 240, 244):
        draft.attributes[{2: "usbConnected", 240: "motion", 244: "roaming"}[number]] = value == 1
    else:
        draft.attributes[{5: "uptime", 221: "button"}.get(number, f"io{number}")] = value

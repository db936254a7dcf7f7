"""What follows a place of jt808: items with a number, a length and a content that each vendor chooses anew.

A number that two vendors use differently is told apart by its length, or by the model. An item that we do not know is
passed over: it may hold anything. Alarms are never among those: the ones in items are all here.
"""

from collections.abc import Callable
from dataclasses import replace

from tocsin.protocols.base import Alarm, DecodeError
from tocsin.protocols.cursor import Cursor
from tocsin.protocols.draft import Draft
from tocsin.protocols.jt808_extras import put_camera_item, put_concatenated, put_engine_items, put_extension
from tocsin.protocols.jt808_models import AOVX, CAMERAS, COLLARS, DOORS

# Items that are one number: name, bytes, multiplied by, divided by.
NUMBERS: dict[int, tuple[str, int, int, int]] = {
    0x01: ("distance_m", 4, 100, 1),
    0x14: ("videoAlarm", 4, 1, 1),
    0x25: ("input", 4, 1, 1),
    0x30: ("signal", 1, 1, 1),
    0x31: ("satellites", 1, 1, 1),
    0x69: ("battery_v", 2, 1, 100),
    0x82: ("power_v", 2, 1, 10),
    0xAC: ("distance_m", 4, 1, 1),
    0xD3: ("power_v", 2, 1, 10),
    0xF1: ("power_v", 4, 1, 1000),
    0xFC: ("geofence", 1, 1, 1),
}
RANGE_BYTES = 18
HARD_BITS = {8: Alarm.HARD_ACCELERATION, 9: Alarm.HARD_BRAKING, 10: Alarm.HARD_CORNERING}
DRIVING = {1: Alarm.HARD_ACCELERATION, 2: Alarm.HARD_BRAKING, 3: Alarm.HARD_CORNERING, 0x16: Alarm.ACCIDENT}
MARKED_BITS = {
    0: Alarm.HARD_ACCELERATION,
    1: Alarm.HARD_BRAKING,
    2: Alarm.HARD_CORNERING,
    3: Alarm.ACCIDENT,
    4: Alarm.TAMPER,
}


def put_items(draft: Draft, cursor: Cursor, model: str) -> None:
    """Read all items. One that is cut short or oddly filled costs only itself."""
    if cursor.left == RANGE_BYTES and not _are_items(cursor):
        cursor.skip(4)
        draft.attributes["distance_m"] = cursor.u32() * 1000
        draft.attributes["battery_v"] = cursor.u16() / 10
        cursor.skip(4)
        draft.attributes["signal"] = cursor.u8()
        return
    while cursor.left > 1:
        kind, length = cursor.u8(), cursor.u8()
        # An OBD extension runs to the end of the frame, whatever its length says.
        item = cursor.sub(cursor.left if kind == 0x80 else min(length, cursor.left))
        try:
            number = NUMBERS.get(kind)
            if number is not None:
                name, count, times, parts = number
                value = int.from_bytes(item.take(count), "big") * times
                draft.attributes[name] = value if parts == 1 else value / parts
            elif kind in ITEMS:
                ITEMS[kind](draft, item, model)
        except (DecodeError, ValueError):
            draft.attributes["is_cut_short"] = True
    satellites = draft.attributes.pop("satellites", None)
    if draft.place is not None and isinstance(satellites, int):
        draft.place = replace(draft.place, satellites=satellites)


def _are_items(cursor: Cursor) -> bool:
    """Say whether these bytes are items that end where the bytes end, the first with a number."""
    at = cursor.at
    if not cursor.data[at]:
        return False
    while at + 1 < cursor.end:
        at += 2 + cursor.data[at + 1]
    return at == cursor.end


def put_bits(draft: Draft, word: int, bits: dict[int, Alarm]) -> None:
    """Add an alarm for each set bit of a word that holds other things too."""
    draft.alarms.update(alarm for bit, alarm in bits.items() if word & 1 << bit)


def put_battery(draft: Draft, value: float) -> None:
    """Keep a charge in per cent. More than 100 is no charge."""
    if value <= 100:
        draft.battery_pct = value


def _put_fuel(draft: Draft, item: Cursor, model: str) -> None:
    fuel = item.u16()
    draft.attributes["fuel"] = fuel & 0x7FFF if fuel & 0x8000 else fuel / 10


def _put_battery(draft: Draft, item: Cursor, model: str) -> None:
    put_battery(draft, item.u8())


def _put_battery_tenths(draft: Draft, item: Cursor, model: str) -> None:
    put_battery(draft, item.u8() * 10)


def _put_battery_parts(draft: Draft, item: Cursor, model: str) -> None:
    put_battery(draft, item.u16() / 100)


def put_lock_event(draft: Draft, item: Cursor, model: str = "") -> None:
    """Read how a lock was opened, and whether it opened. Its password is not kept."""
    length = item.left
    draft.attributes["lock_command"] = item.u8()
    if 5 <= length <= 6:
        draft.attributes["lock_card"] = item.u32()
    elif length >= 7:
        item.skip(6)
    if length % 2 == 0:
        draft.attributes["unlock_result"] = item.u8()


def _put_mode(draft: Draft, item: Cursor, model: str) -> None:
    if item.left == 1:
        draft.attributes["mode"] = item.u8()
        return
    text = item.rest().decode("ascii", "replace")
    if text.startswith("*M00"):
        draft.attributes["battery_v"] = int(text[10:13]) / 100


def _put_temperatures(draft: Draft, item: Cursor, model: str) -> None:
    if item.left not in (2, 16):
        return
    for number in range(1, item.left // 2 + 1):
        value = item.u16()
        if value != 0xFFFF:
            name = "temperature_c" if number == 1 else f"temperature_{number}_c"
            draft.attributes[name] = -(value & 0x7FFF) / 10 if value & 0x8000 else value / 10


def _put_driving(draft: Draft, item: Cursor, model: str) -> None:
    put_bits(draft, item.u16(), HARD_BITS)
    item.skip(2)
    if model in DOORS and item.u32() & 1 << 16:
        draft.alarms.add(Alarm.DOOR)


def _put_event(draft: Draft, item: Cursor, model: str) -> None:
    event = item.u16()
    draft.attributes["alarm_code"] = event
    if 0x61 <= event <= 0x66:
        item.skip(6)
        draft.attributes["driver"] = item.text(8)


def _put_lock_parts(draft: Draft, item: Cursor, model: str) -> None:
    for number in range(1, item.left // 11 + 1):
        item.skip(6)
        draft.attributes[f"lock_{number}_battery_v"] = item.u16() / 1000
        item.skip(3)


def _put_camera_alarm(draft: Draft, item: Cursor, model: str) -> None:
    item.skip(5)
    draft.alarm(DRIVING.get(item.u8()))


def _put_tyres(draft: Draft, item: Cursor, model: str) -> None:
    while item.left >= 8:
        number = item.u8()
        item.skip(3)
        draft.attributes[f"tyre_{number}_bar"] = (item.u16() & 0x3FF) / 40
        draft.attributes[f"tyre_{number}_c"] = item.u8() - 50
        item.skip(1)


def _put_driver_name(draft: Draft, item: Cursor, model: str) -> None:
    draft.attributes["driver_name"] = item.rest().decode("ascii", "replace").strip("\0 ")


def _put_driver(draft: Draft, item: Cursor, model: str) -> None:
    draft.attributes["driver"] = item.rest().decode("ascii", "replace")


def _put_vibration(draft: Draft, item: Cursor, model: str) -> None:
    put_bits(draft, item.u32(), {3: Alarm.VIBRATION})


def _put_battery_or_driver(draft: Draft, item: Cursor, model: str) -> None:
    if item.left == 1:
        battery = item.u8()
        if battery == 0xFF:
            draft.attributes["charging"] = True
        else:
            put_battery(draft, battery)
    else:
        draft.attributes["driver"] = str(item.u32())


def _put_battery_or_cells(draft: Draft, item: Cursor, model: str) -> None:
    length = item.left
    if length == 2:
        draft.attributes["power_v"] = item.u16() / 10
    elif length >= 12 and (length - 4) % 8 == 0:
        mcc, mnc = item.u16(), item.u16()
        while item.left:
            draft.cell(mcc, mnc, item.u24(), item.u32(), item.u8())
    else:
        _put_battery_or_driver(draft, item, model)


def _put_voltage_or_locks(draft: Draft, item: Cursor, model: str) -> None:
    if item.left == 2:
        draft.attributes["battery_v"] = item.u16() / 100
        return
    for number in range(1, item.u8() + 1):
        item.skip(10)
        draft.attributes[f"lock_{number}_battery"] = item.u8()
        draft.attributes[f"lock_{number}_is_locked"] = not item.u16() & 1 << 5


def _put_string(draft: Draft, item: Cursor, model: str) -> None:
    item.skip(2)
    status = item.u8()
    draft.attributes["string"], draft.attributes["cover"] = bool(status & 1), bool(status & 8)
    draft.attributes["motion"] = bool(status & 4)


def _put_fuel_tenths(draft: Draft, item: Cursor, model: str) -> None:
    if model != "DT800":
        draft.attributes["fuel"] = item.u32() / 10


def _put_charge_and_voltage(draft: Draft, item: Cursor, model: str) -> None:
    # A longer item of this number is a maker's name.
    if item.left <= 6:
        item.skip(1)
        put_battery(draft, item.u8())
        draft.attributes["battery_v"] = item.u16() / 100


def _put_charging(draft: Draft, item: Cursor, model: str) -> None:
    if not item.u8():
        draft.attributes["charging"] = True
    put_battery(draft, item.u8())


def _put_motion(draft: Draft, item: Cursor, model: str) -> None:
    if item.left == 1:
        draft.attributes["motion"] = item.u8() == 1


def _put_sensors(draft: Draft, item: Cursor, model: str) -> None:
    if item.left >= 7 and item.data.startswith(b"$OBD-RT", item.at):
        put_engine_items(draft, item.rest().decode("ascii", "replace"))
        return
    while item.left >= 11 and item.left % 11 == 0:
        number = item.u8()
        item.skip(6)
        name = "temperature_c" if number == 1 else f"temperature_{number}_c"
        draft.attributes[name] = _signed_parts(item)
        draft.attributes[f"humidity_{number}_pct"] = _signed_parts(item)


def _signed_parts(item: Cursor) -> float:
    whole, parts = item.i8(), item.u8()
    return (-1 if whole < 0 else 1) * (abs(whole) + parts / 255)


def _put_call(draft: Draft, item: Cursor, model: str) -> None:
    """Read the buttons of a tag: bit 0 shakes, bits 1 to 3 call."""
    if item.left == 8:
        word = item.u16()
        put_bits(draft, word, {0: Alarm.VIBRATION, 1: Alarm.SOS, 2: Alarm.SOS, 3: Alarm.SOS})


def _put_lock_status(draft: Draft, item: Cursor, model: str) -> None:
    if model in CAMERAS:
        put_camera_item(draft, item)
    else:
        draft.attributes["lock_status"] = item.u24()


def _put_levels(draft: Draft, item: Cursor, model: str) -> None:
    if item.left == 6:
        draft.attributes["signal"] = item.u8()
        draft.attributes["power_v"], draft.attributes["battery_v"] = item.u16() / 1000, item.u16() / 1000
        draft.attributes["satellites"] = item.u8()


def _put_cells(draft: Draft, item: Cursor, model: str) -> None:
    while item.left:
        mcc, mnc, cid, lac, signal = item.u16(), item.u16(), item.u32(), item.u32(), item.u8()
        draft.cell(mcc, mnc, lac, cid, -signal)


def _put_wifi(draft: Draft, item: Cursor, model: str) -> None:
    while item.left > 6:
        draft.access_point(item.take(6), item.i8())


def _put_environment(draft: Draft, item: Cursor, model: str) -> None:
    if model not in AOVX and item.left in (2, 8):
        if item.left == 8:
            draft.attributes["imei"] = item.hex(8)[1:]
        return
    event, mask = item.u8(), item.u8()
    if event == 2:
        draft.attributes["motion"] = True
    if mask & 1:
        draft.attributes["light"] = item.u16()
    if mask & 2:
        draft.attributes["temperature_c"] = item.i16() / 10
    if mask & 4:
        draft.attributes["humidity_pct"] = item.i16() / 10


def _put_humidity_or_battery(draft: Draft, item: Cursor, model: str) -> None:
    length = item.left
    if length == 2:
        draft.attributes["humidity_pct"] = item.u16() / 10
        return
    draft.attributes["battery_v"] = item.u32() / 1000
    if length >= 5 and item.u8() in (2, 3):
        draft.attributes["charging"] = True
    if length >= 6:
        put_battery(draft, item.u8())


def _put_identity_or_steps(draft: Draft, item: Cursor, model: str) -> None:
    if model in AOVX:
        item.skip(9)
        draft.attributes["iccid"] = item.hex(10)
    elif model in COLLARS:
        draft.attributes["steps"] = item.u16()
    else:
        draft.attributes["temperature_2_c"] = item.u16() / 10 - 50


def _put_mixed(draft: Draft, item: Cursor, model: str) -> None:
    """Read the item FE, whose length says what it is."""
    length = item.left
    if length == 1:
        put_battery(draft, item.u8())
    elif length == 2:
        draft.attributes["power_v"] = item.u16() / 10
    elif length == 4:
        draft.attributes["distance_m"] = item.u32()
    elif item.u8() == 0x7C:
        while item.left > 1:
            kind, part = item.u8(), item.sub(item.u8())
            if kind == 1:
                put_bits(draft, part.u32(), MARKED_BITS)


def _put_concatenated(draft: Draft, item: Cursor, model: str) -> None:
    put_concatenated(draft, item)


def _put_extension(draft: Draft, item: Cursor, model: str) -> None:
    put_extension(draft, item)


ITEMS: dict[int, Callable[[Draft, Cursor, str], None]] = {
    0x02: _put_fuel,
    0x06: _put_battery,
    0x0B: put_lock_event,
    0x33: _put_mode,
    0x51: _put_temperatures,
    0x56: _put_battery_tenths,
    0x57: _put_driving,
    0x60: _put_event,
    0x63: _put_lock_parts,
    0x68: _put_battery_parts,
    0x70: _put_camera_alarm,
    0x77: _put_tyres,
    0x80: _put_extension,
    0xBC: _put_driver_name,
    0xBD: _put_driver,
    0xD0: _put_vibration,
    0xD4: _put_battery_or_driver,
    0xD5: _put_voltage_or_locks,
    0xDA: _put_string,
    0xE1: _put_battery_or_cells,
    0xE2: _put_fuel_tenths,
    0xE3: _put_charge_and_voltage,
    0xE4: _put_charging,
    0xE5: _put_motion,
    0xE6: _put_sensors,
    0xE7: _put_call,
    0xE8: _put_lock_status,
    0xE9: _put_battery_or_driver,
    0xEB: _put_concatenated,
    0xEC: _put_wifi,
    0xEE: _put_levels,
    0xF0: _put_cells,
    0xF4: _put_wifi,
    0xF6: _put_environment,
    0xF7: _put_humidity_or_battery,
    0xF8: _put_identity_or_steps,
    0xFE: _put_mixed,
}

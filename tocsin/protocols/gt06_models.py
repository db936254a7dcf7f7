"""The gt06 messages that single models send: cameras, key readers, modules. Each has its own layout."""

from tocsin.protocols.base import Alarm
from tocsin.protocols.cursor import Cursor
from tocsin.protocols.draft import Draft
from tocsin.protocols.gt06_blocks import (
    Message,
    put_place,
    read_camera_place,
    read_cell,
    read_place,
    read_time,
)
from tocsin.protocols.times import epoch

CAMERA_ALARMS = {
    0x0E: Alarm.LOW_POWER,
    0x76: Alarm.TEMPERATURE,
    0x80: Alarm.VIBRATION,
    0x87: Alarm.OVERSPEED,
    0x88: Alarm.POWER_CUT,
    0x90: Alarm.HARD_ACCELERATION,
    0x91: Alarm.HARD_BRAKING,
    0x92: Alarm.HARD_CORNERING,
    0x93: Alarm.ACCIDENT,
}
MODULE_ALARMS = {
    0x10: Alarm.DOOR,
    0x12: Alarm.TORN_OFF,
    0x14: Alarm.GEOFENCE_ENTER,
    0x15: Alarm.GEOFENCE_EXIT,
    0x16: Alarm.TEMPERATURE,
    0x1A: Alarm.LOW_BATTERY,
    0x1B: Alarm.OVERSPEED,
    0x1C: Alarm.POWER_ON,
    0x1D: Alarm.POWER_OFF,
    0x20: Alarm.VIBRATION,
    0x21: Alarm.POWER_CUT,
    0x23: Alarm.TAMPER,
}
AZ735_ALARMS = {
    0xA2: Alarm.LOW_BATTERY,
    0xA3: Alarm.LOW_BATTERY,
    0xA4: Alarm.GENERAL,
    0xA5: Alarm.DOOR,
}
# Engine values of 0x8C by their identifier, all sent as hundredths.
ENGINE_VALUES = {
    0x28: "distance_m",
    0x2B: "fuel",
    0x2D: "coolant_c",
    0x35: "engine_speed_kmh",
    0x36: "engine_rpm",
    0x47: "fuel_used",
    0x49: "hours",
}


def read_camera_alarm(message: Message, draft: Draft) -> bool:
    """Read 0x95 of dash cameras: an event with place and names of recordings, or with a time only."""
    cursor = message.cursor
    is_marked = message.cursor.data[4:6] == b"\xff\xff"
    has_place = message.length - 5 > 7
    if is_marked:
        cursor.skip(3)
        read_camera_place(message, draft)
        draft.attributes["power_v"] = cursor.u16() / 10
    elif has_place:
        _read_still_place(message, draft)
    else:
        draft.sent_at = read_time(message)
    event = cursor.u8()
    draft.attributes["event"] = event
    draft.attributes["event_value"] = cursor.u16()
    if event == 0x01:
        # With a place this is the SOS button; without one some models send it for anything.
        draft.alarm(Alarm.SOS if has_place else Alarm.GENERAL)
    draft.alarm(CAMERA_ALARMS.get(event))
    if message.room > 0:
        draft.attributes["files"] = cursor.text(message.room)
    return True


def _read_still_place(message: Message, draft: Draft) -> None:
    draft.sent_at = read_time(message)
    lat, lon, flags = message.cursor.u32(), message.cursor.u32(), message.cursor.u16()
    put_place(draft, lat, lon, None, flags)


def read_az735(message: Message, draft: Draft) -> bool:
    """Read the long 0x32 and 0x33 of the AZ735: place, cell, further lists behind their length, status."""
    cursor = message.cursor
    if cursor.peek(6):
        year_to_second = cursor.take(6)
        cursor.skip(1)
        joined = Cursor(year_to_second + cursor.take(12))
        read_place(Message(message.kind, True, message.length, joined, 18, message.family, message.offset_s), draft)
    else:
        draft.sent_at = read_time(message)
        cursor.skip(1)
    cell = cursor.sub(max(cursor.u8() - 1, 0))
    if cell.left >= 8:
        read_cell(Message(message.kind, True, message.length, cell, cell.end, message.family, 0), draft)
        draft.attributes["signal"] = cursor.u8()
    for _ in range(2):  # Further cells, Wi-Fi.
        cursor.skip(cursor.u8())
    status = cursor.u8()
    draft.attributes["status"] = status
    if message.kind == 0x33:
        draft.alarm(AZ735_ALARMS.get(status))
        if status in (0xA0, 0xA1):
            draft.attributes["armed"] = status == 0xA0
    return True


def read_x1(message: Message, draft: Draft) -> bool:
    """Read 0x34 of the X1: place, distance, cell, driver, voltages and inputs."""
    cursor, attributes = message.cursor, draft.attributes
    cursor.skip(4)  # Which data follow.
    read_place(message, draft)
    cursor.skip(2)
    attributes["distance_m"] = cursor.u32()
    draft.cell(cursor.u16(), cursor.u8(), cursor.u16(), cursor.u32())
    driver = cursor.u32()
    if driver:
        attributes["driver"] = str(driver)
    attributes["battery_v"] = cursor.u16() / 100
    attributes["power_v"] = cursor.u16() / 100
    ports = cursor.u32()
    attributes["input"] = cursor.u8()
    attributes["output"] = cursor.u8()
    for number in range(1, (ports >> 20 & 15) + 1):
        attributes[f"voltage_{number}"] = cursor.u16() / 100
    return True


def read_button(message: Message, draft: Draft) -> bool:
    """Read 0x61: identity, place, cell and the key that was held to the reader."""
    message.cursor.skip(8)
    read_place(message, draft)
    read_cell(message, draft, cid_bytes=4)
    draft.attributes["driver"] = str(int.from_bytes(message.cursor.take(6), "big"))
    return True


def read_trx16i(message: Message, draft: Draft) -> bool:
    """Read 0x36 of the TRX16i: place, cell, ignition, distance, voltages, hours, card."""
    cursor, attributes = message.cursor, draft.attributes
    read_place(message, draft)
    read_cell(message, draft, cid_bytes=4)
    attributes["ignition"] = bool(cursor.u8())
    attributes["upload_mode"] = cursor.u8()
    draft.is_stored = bool(cursor.u8())
    attributes["distance_m"] = cursor.u32()
    attributes["power_v"] = cursor.u16() / 100
    attributes["battery_v"] = cursor.u8() / 10
    attributes["hours"] = cursor.u24() / 60
    card = cursor.hex(8)
    if card.strip("0"):
        attributes["driver"] = card
    return True


def read_sr411(message: Message, draft: Draft) -> bool:
    """Read 0x24 of the SR411 mini: place, cell, ignition and both voltages."""
    read_place(message, draft)
    read_cell(message, draft)
    draft.attributes["ignition"] = bool(message.cursor.u8())
    draft.attributes["power_v"] = message.cursor.u16() / 100
    draft.attributes["battery_v"] = message.cursor.u16() / 100
    return True


def read_wide_position(message: Message, draft: Draft) -> bool:
    """Read 0x38: place, two bytes about the upload, a cell of any generation."""
    read_place(message, draft)
    message.cursor.skip(1)
    draft.is_stored = bool(message.cursor.u8())
    read_cell(message, draft, is_typed=True)
    return True


def read_engine(message: Message, draft: Draft) -> bool:
    """Read 0x8C: values of the engine as `identifier=value` in hexadecimal."""
    draft.sent_at = read_time(message)
    draft.attributes["ignition"] = bool(message.cursor.u8())
    for pair in message.cursor.text(max(message.room - 12, 0)).split(","):
        name, _, value = pair.partition("=")
        if len(name) < 2 or not value:
            continue
        number = int(name[:2], 16)
        if number == 0x4A:
            draft.attributes["vin"] = value
        elif number in ENGINE_VALUES:
            draft.attributes[ENGINE_VALUES[number]] = int(value, 16) / 100
    return True


def read_modules(message: Message, draft: Draft) -> bool:
    """Read 0x70: numbered values with their lengths; place, event and battery among them."""
    cursor = message.cursor
    while message.room >= 4:
        number, value = cursor.u16(), cursor.sub(cursor.u16())
        if number == 0x33:
            draft.sent_at = epoch(value.u32())
            _read_module_place(value, draft)
        elif number == 0x34:
            event = value.u8()
            draft.attributes["event"] = event
            draft.alarm(MODULE_ALARMS.get(event))
        else:
            _read_module_value(number, value, draft)
    return True


def _read_module_place(value: Cursor, draft: Draft) -> None:
    satellites, altitude = value.u8(), value.i16()
    lat, lon, speed, flags = value.u32(), value.u32(), value.u8(), value.u16()
    put_place(draft, lat, lon, speed, flags, satellites=satellites, altitude_m=altitude)


def _read_module_value(number: int, value: Cursor, draft: Draft) -> None:
    attributes = draft.attributes
    if number == 0x03:
        attributes["iccid"] = value.hex(10)
    elif number == 0x09:
        attributes["satellites"] = value.u8()
    elif number == 0x0A:
        attributes["satellites_visible"] = value.u8()
    elif number == 0x11:
        mcc, mnc, lac, cid, signal = value.u16(), value.u16(), value.u16(), value.u24(), value.u8()
        if cid:
            draft.cell(mcc, mnc, lac, cid, signal)
    elif number == 0x18:
        attributes["battery_v"] = value.u16() / 100
    elif number == 0x28:
        attributes["hdop"] = value.u8() / 10
    elif number == 0x29:
        attributes["index"] = value.u32()
    elif number == 0x2A:
        door = value.u8()
        attributes["door"] = bool(door & 15)
        attributes["tamper"] = bool(door >> 4)
        if door >> 4:
            draft.alarm(Alarm.TAMPER)
    elif number == 0x2B:
        attributes["boot_reason"] = value.u8()
    elif number == 0x2E:
        attributes["distance_m"] = value.u32_le()

"""The gt06 messages about the device itself and what is attached to it: voltages, cards, answers to commands."""

import re

from tocsin.protocols.draft import Draft, place_or_none
from tocsin.protocols.gt06_blocks import (
    Message,
    read_time,
)
from tocsin.protocols.times import epoch, iso

ANSWERED_PLACE = re.compile(
    r"Current position!Lat:([NS])(\d+\.\d+),Lon:([EW])(\d+\.\d+),Course:(\d+\.\d+),Speed:(\d+\.\d+),"
    r"DateTime:(\d{4}-\d\d-\d\d) +(\d\d:\d\d:\d\d)"
)
FUEL = re.compile(r"!AIOIL,\d+,\d+\.\d+,(\d+\.\d+),[^,]+,\d{4},(\d+\.\d+),[01],\d+,[0-9A-Fa-f]{2}")


def read_text(message: Message, draft: Draft) -> bool:
    """Read 0x15: a text, the answer to a command or the number of the SIM card."""
    cursor = message.cursor
    length = cursor.u8()
    if length > 4:
        cursor.skip(4)
        text = cursor.text(length - 4)
        if text.startswith("<ICCID:"):
            draft.attributes["iccid"] = text[7:27]
        else:
            draft.attributes["answer"] = text.rstrip("\0")
    return True


def read_answer(message: Message, draft: Draft) -> bool:
    """Read 0x21: the answer to a command, in ASCII or UTF-16; `WHERE#` is answered with a place."""
    cursor = message.cursor
    cursor.skip(4)
    is_ascii = cursor.u8() == 1
    text = cursor.take(message.room).decode("ascii" if is_ascii else "utf-16-be", "replace")
    match = ANSWERED_PLACE.fullmatch(text)
    if match is None:
        draft.attributes["answer"] = text
        return True
    north, lat, east, lon, course, speed, date, time = match.groups()
    draft.sent_at = iso(f"{date}T{time}")
    draft.place = place_or_none(
        float(lat) if north == "N" else -float(lat),
        float(lon) if east == "E" else -float(lon),
        fix_at=draft.sent_at,
        course_deg=float(course),
        speed_kmh=float(speed) * 1.852,
    )
    return True


def read_information(message: Message, draft: Draft) -> bool:
    """Read 0x94: one value, named by a sub-type. In the short framing it is the supply's voltage alone."""
    cursor, attributes = message.cursor, draft.attributes
    if not message.is_long:
        attributes["power_v"] = cursor.i16() / 100
        return True
    sub_type = cursor.u8()
    if sub_type == 0x00:
        attributes["voltage_1"] = cursor.u16() / 100
    elif sub_type == 0x04:
        _read_states(cursor.text(message.room), draft)
    elif sub_type == 0x05:
        if message.room >= 7:
            draft.sent_at = read_time(message)
        flags = cursor.u8()
        attributes["door"] = bool(flags & 1)
        attributes["input_1"] = bool(flags & 4)
    elif sub_type == 0x0A:
        cursor.skip(16)  # IMEI, IMSI.
        attributes["iccid"] = cursor.hex(10).rstrip("f")
    elif sub_type == 0x0B:
        if message.room == 1:
            attributes["network"] = "4G" if cursor.u8() else "2G"
        elif message.room == 2:
            attributes["power_v"] = cursor.u16() / 100
    elif sub_type == 0x0D:
        return _read_fuel(message, draft)
    elif sub_type == 0x1B:
        _read_card(message, draft)
    elif sub_type == 0x1E:
        attributes["temperature_c"] = cursor.i32() / 10
        attributes["humidity_pct"] = cursor.i32() / 10
    else:
        return False
    return True


def _read_states(text: str, draft: Draft) -> None:
    names = {"STA1": "other_status", "DYD": "engine_status"}
    names |= {f"ALM{number}": f"alarm_{number}_status" for number in range(1, 5)}
    for pair in text.split(";"):
        name, _, value = pair.partition("=")
        if name in names:
            draft.attributes[names[name]] = int(value, 16)


def _read_fuel(message: Message, draft: Draft) -> bool:
    if message.cursor.peek() != ord("!"):
        message.cursor.skip(6)
    match = FUEL.match(message.cursor.text(message.room))
    if match is None:
        return False
    draft.attributes["temperature_c"] = float(match[1])
    draft.attributes["fuel"] = float(match[2])
    return True


def _read_card(message: Message, draft: Draft) -> None:
    if chr(message.cursor.peek()).isalpha():
        draft.attributes["serial_text"] = message.cursor.text(message.room).strip()
    else:
        message.cursor.skip(2)
        draft.attributes["driver"] = message.cursor.hex(4)


def read_serial(message: Message, draft: Draft) -> bool:
    """Read 0x9B: bytes from a serial port, as text where they are text."""
    message.cursor.skip(1)
    data = message.cursor.take(message.room)
    text = data.decode("ascii", "replace")
    draft.attributes["answer"] = text.strip() if all(31 < byte < 127 for byte in data) else data.hex()
    return True


def read_bluetooth_clock(message: Message, draft: Draft) -> bool:
    """Read 0xB2: a beacon that was near."""
    cursor, attributes = message.cursor, draft.attributes
    draft.sent_at = read_time(message)
    attributes["signal"] = cursor.i8()
    attributes["beacon_mac"] = cursor.hex(6)
    attributes["beacon_uuid"] = cursor.hex(16)
    attributes["beacon_major"] = cursor.u16()
    attributes["beacon_minor"] = cursor.u16()
    attributes["beacon_battery_v"] = cursor.u16() / 100
    attributes["clock"] = cursor.u8() >> 2 & 15
    return True


def read_peripheral(message: Message, draft: Draft) -> bool:
    """Read 0xF2: what is attached by Bluetooth, as numbered values."""
    cursor, attributes = message.cursor, draft.attributes
    draft.sent_at = epoch(cursor.u32())
    while message.room >= 3:
        number = cursor.u16()
        if number == 0x000A:
            part = cursor.sub(cursor.u16())
            part.skip(1)
            attributes["mac"] = part.hex(6)
            attributes["event"] = part.u8()
            event_value = part.u8()
            if attributes["event"]:
                attributes["event_value"] = event_value
            attributes["data_kind"] = part.u8()
            attributes["data"] = part.rest().hex()
        elif number == 0x000C:
            part = cursor.sub(cursor.u8())
            attributes["external_battery_pct"] = part.u8()
            if part.u8():
                attributes["external_charging"] = True
            attributes["external_battery_cycles"] = part.u16()
        else:
            cursor.skip(cursor.u8() or cursor.u8())
    return True


def read_device_status(message: Message, draft: Draft) -> bool:
    """Read 0xF1: the device's state, as numbered values."""
    cursor, attributes = message.cursor, draft.attributes
    draft.sent_at = epoch(cursor.u32())
    while message.room >= 3:
        number, value = cursor.u16(), cursor.sub(cursor.u8())
        if number == 0x0001:
            attributes["motion"] = value.u8() in (2, 4)
        elif number in (0x0002, 0x0004, 0x0007):
            attributes[{2: "armed", 4: "ignition", 7: "charging"}[number]] = bool(value.u8())
        elif number == 0x0005:
            attributes["power_v"] = value.u16() / 100
        elif number == 0x000A:
            attributes["charge_voltage"] = value.u16()
        elif number == 0x000B:
            attributes["battery_c"] = value.u16() / 10
    return True


def read_battery_box(message: Message, draft: Draft) -> bool:
    """Read 0x40: the state of a large battery (WD-209)."""
    cursor, attributes = message.cursor, draft.attributes
    cursor.skip(8)
    draft.sent_at = epoch(cursor.u32())
    attributes["relative_capacity"] = cursor.u8()
    attributes["remaining_capacity"] = cursor.u16()
    attributes["absolute_capacity"] = cursor.u8()
    attributes["full_capacity"] = cursor.u16()
    attributes["battery_health"] = cursor.u8()
    attributes["battery_c"] = cursor.u16() / 10 - 273.1
    attributes["current"] = cursor.u16()
    attributes["battery_v"] = cursor.u16() / 1000
    attributes["cycles"] = cursor.u16()
    return True


def read_old_status(message: Message, draft: Draft) -> bool:
    """Read a heartbeat of 0x13 with satellites and working times: battery and temperature."""
    cursor = message.cursor
    cursor.skip(3)
    code = cursor.u8()
    if code:
        draft.attributes["alarm_code"] = code
    cursor.skip(1)
    draft.battery_pct = min(cursor.u8(), 100)
    cursor.skip(8)
    temperature = cursor.u16()
    # Here the highest bit means "above zero".
    draft.attributes["temperature_c"] = (temperature & 0x7FFF) / (10 if temperature & 0x8000 else -10)
    return True

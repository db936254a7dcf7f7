"""The blocks that gt06 messages are made of: place, cell, status, alarm code.

Sources: Concox "GT06 communication protocol" and its successors as collected at <https://www.traccar.org/protocol/5023-gt06/>,
the AM01 text (fall), and the layouts that the shared corpus shows.
"""

from dataclasses import dataclass
from datetime import datetime
from struct import Struct

from tocsin.protocols.base import Alarm, DecodeError
from tocsin.protocols.cursor import Cursor
from tocsin.protocols.draft import Draft, place_or_none
from tocsin.protocols.times import instant

GPS_BLOCK = Struct(">6BBIIBH")
CAMERA_GPS_BLOCK = Struct(">7BIIHH")
DEGREES = 1 / 1_800_000

# Bits 3 to 5 of the status byte.
STATUS_ALARMS = {
    1: Alarm.VIBRATION,
    2: Alarm.POWER_CUT,
    3: Alarm.LOW_BATTERY,
    4: Alarm.SOS,
    6: Alarm.GEOFENCE,
    7: Alarm.TORN_OFF,
}

ALARM_CODES = {
    0x01: Alarm.SOS,
    0x02: Alarm.POWER_CUT,
    0x03: Alarm.VIBRATION,
    0x04: Alarm.GEOFENCE_ENTER,
    0x05: Alarm.GEOFENCE_EXIT,
    0x06: Alarm.OVERSPEED,
    0x09: Alarm.VIBRATION,
    0x0C: Alarm.TAMPER,
    0x0E: Alarm.LOW_BATTERY,
    0x0F: Alarm.LOW_BATTERY,
    0x11: Alarm.POWER_OFF,
    0x13: Alarm.TAMPER,
    0x14: Alarm.DOOR,
    0x18: Alarm.TORN_OFF,
    0x19: Alarm.LOW_BATTERY,
    0x1A: Alarm.HARD_BRAKING,
    0x1B: Alarm.HARD_CORNERING,
    0x23: Alarm.FALL,
    0x25: Alarm.TAMPER,
    0x26: Alarm.HARD_ACCELERATION,
    0x27: Alarm.HARD_BRAKING,
    0x28: Alarm.HARD_BRAKING,
    0x29: Alarm.HARD_ACCELERATION,
    0x2A: Alarm.HARD_CORNERING,
    0x2B: Alarm.HARD_CORNERING,
    0x2C: Alarm.ACCIDENT,
    0x2E: Alarm.HARD_CORNERING,
    0x30: Alarm.JAMMING,
    0x32: Alarm.TAMPER,
    0x33: Alarm.LOCK,
    0x34: Alarm.UNLOCK,
    0x53: Alarm.FUEL_LEAK,
    0x5B: Alarm.TEMPERATURE,
    0x5C: Alarm.TEMPERATURE,
    0xC9: Alarm.IDLE,
    0xF0: Alarm.HARD_ACCELERATION,
    0xF1: Alarm.HARD_BRAKING,
    0xF2: Alarm.ACCIDENT,
    0x0107: Alarm.JAMMING,
    0x010B: Alarm.JAMMING,
}

NO_ALARM_CODES = frozenset({0x00, 0xFE, 0xFF})  # None, ignition on, ignition off.
ALARM_KINDS = frozenset({0x16, 0x19, 0x26, 0x27, 0x39, 0x95, 0xA3, 0xA4, 0xA5, 0xA9})

# Where a model gives a code another meaning. Unknown models are read by the table above.
MODEL_ALARM_CODES = {
    "LW": {0x18: Alarm.ACCIDENT, 0x19: Alarm.HARD_ACCELERATION},
    "SEEWORLD": {0x28: Alarm.HARD_CORNERING, 0x29: Alarm.ACCIDENT},
    "VL": {0x09: Alarm.TOW, 0x28: Alarm.POWER_OFF, 0x30: Alarm.HARD_BRAKING},
    "TRX16I": {0x09: Alarm.GEOFENCE, 0x0E: Alarm.LOW_POWER},
}

FAMILIES = {
    **dict.fromkeys(("NT11", "NT20", "NT26", "NT40", "NT46", "VL100", "XT40"), "NT"),
    **dict.fromkeys(("VL103", "LL303", "VL512", "G18"), "VL"),
    "SEEWORLD": "SEEWORLD",
    "R11": "R11",
    "QH302R": "QH302R",
}


def family_of(model: object) -> str:
    """Give the family whose peculiarities a registered model shares; empty: none."""
    name = str(model or "").upper()
    return "LW" if name.startswith("LW") else FAMILIES.get(name, "")


@dataclass(slots=True)
class Message:
    """One frame, opened."""

    kind: int
    is_long: bool
    length: int  # As the frame states it, right or wrong.
    cursor: Cursor
    trailer_at: int  # Where serial number and checksum begin.
    family: str
    offset_s: int

    @property
    def room(self) -> int:
        """Bytes of content still to read."""
        return self.trailer_at - self.cursor.at


def read_time(message: Message) -> datetime | None:
    """Read six bytes of time."""
    year, month, day, hour, minute, second = message.cursor.take(6)
    return instant(year, month, day, hour, minute, second, offset_s=message.offset_s)


def read_place(message: Message, draft: Draft) -> None:
    """Read the common block: time, satellites, coordinates, speed, course and flags."""
    data = message.cursor.take(18)
    year, month, day, hour, minute, second, satellites, lat, lon, speed, flags = GPS_BLOCK.unpack(data)
    draft.sent_at = instant(year, month, day, hour, minute, second, offset_s=message.offset_s)
    put_place(draft, lat, lon, speed, flags, satellites=satellites & 15)


def read_camera_place(message: Message, draft: Draft) -> None:
    """Read the block of dash cameras (JC400): flags stand before a speed of two bytes."""
    data = message.cursor.take(19)
    year, month, day, hour, minute, second, satellites, lat, lon, flags, speed = CAMERA_GPS_BLOCK.unpack(data)
    draft.sent_at = instant(year, month, day, hour, minute, second, offset_s=message.offset_s)
    put_place(draft, lat, lon, speed, flags, satellites=satellites & 15)


def put_place(
    draft: Draft, lat: int, lon: int, speed_kmh: int | None, flags: int, *, satellites: int | None = None,
    altitude_m: float | None = None,
) -> None:  # fmt: skip
    """Put coordinates of 1/30,000 minute. Flags: bits 0-9 course, 10 north, 11 west, 12 valid, 14 and 15 ignition."""
    draft.place = place_or_none(
        lat * DEGREES if flags & 0x0400 else -lat * DEGREES,
        -lon * DEGREES if flags & 0x0800 else lon * DEGREES,
        fix_at=draft.sent_at,
        is_valid=bool(flags & 0x1000),
        altitude_m=altitude_m,
        speed_kmh=speed_kmh,
        course_deg=flags & 0x3FF,
        satellites=satellites,
    )
    if flags & 0x4000:
        draft.attributes["ignition"] = bool(flags & 0x8000)


def read_cell(
    message: Message,
    draft: Draft,
    *,
    is_wide: bool = False,
    cid_bytes: int = 3,
    mnc_bytes: int = 0,
    is_typed: bool = False,
) -> None:
    """Read one cell. `is_wide`: 4G, area of four bytes, number of eight. `is_typed`: a first byte says which."""
    cursor = message.cursor
    network = cursor.u8() if is_typed else 0
    is_wide = is_wide or network >= 3
    mcc = cursor.u16()
    mnc = cursor.u16() if mcc & 0x8000 or mnc_bytes == 2 else cursor.u8()
    lac = cursor.u32() if is_wide else cursor.u16()
    cid = int.from_bytes(cursor.take(8 if is_wide else cid_bytes), "big")
    if is_typed:
        cursor.skip(2 if network >= 3 else 1)
    draft.cell(mcc & 0x7FFF, mnc, lac, cid)


def read_sized_cell(message: Message, draft: Draft, *, cid_bytes: int, mnc_bytes: int) -> bool:
    """Read a cell block that begins with its length. The length counts itself or not, by model.

    `False`: the block is empty.
    """
    cursor = message.cursor
    length = cursor.u8()
    if length == 0:
        # Some watches send an empty block and fill 45 bytes with zeros all the same.
        if message.room >= 45 and not any(cursor.data[cursor.at + 9 : cursor.at + 45]):
            cursor.skip(45)
        return False
    if length > message.room:
        raise DecodeError("cell block longer than the frame")
    # Blocks whose cell number has four bytes leave themselves out of their length.
    end = cursor.at + length - (cid_bytes == 3)
    read_cell(message, draft, is_wide=message.kind == 0xA4 and length >= 15, cid_bytes=cid_bytes, mnc_bytes=mnc_bytes)
    cursor.skip(max(end - cursor.at, 0))
    return True


def read_status(draft: Draft, status: int, *, seventh: Alarm = Alarm.TORN_OFF) -> None:
    """Read the status byte. `seventh`: what alarm 7 means on this model."""
    draft.attributes["status"] = status
    draft.attributes["ignition"] = bool(status & 2)
    draft.attributes["charging"] = bool(status & 4)
    draft.attributes["blocked"] = bool(status & 0x80)
    number = status >> 3 & 7
    draft.alarm(seventh if number == 7 else STATUS_ALARMS.get(number))


def read_battery(draft: Draft, level: int) -> None:
    """Read a battery byte: 0 to 6 are steps, up to 100 is per cent, more means nothing."""
    if level <= 6:
        draft.battery_pct = level * 100 // 6
    elif level <= 100:
        draft.battery_pct = level


def put_alarm_code(draft: Draft, kind: int, code: int, family: str) -> None:
    """Add the alarm that a code names. In an alarm message a code that we cannot name is an alarm all the same."""
    if code in NO_ALARM_CODES:
        return
    alarm = MODEL_ALARM_CODES.get(family, {}).get(code) or ALARM_CODES.get(code)
    if alarm is None:
        draft.attributes["alarm_code"] = code
        if kind in ALARM_KINDS:
            alarm = Alarm.OTHER
    draft.alarm(alarm)

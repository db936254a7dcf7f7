"""Items of jt808 that hold items themselves: OBD extensions, camera events, the "EB" lists of pendants and tags."""

from tocsin.protocols.base import Alarm
from tocsin.protocols.cursor import Cursor
from tocsin.protocols.draft import Draft

EXTENSION: dict[int, tuple[str, int, float, float]] = {  # name, bytes, divided by, plus
    0x02: ("fuel", 2, 10, 0),
    0x03: ("engine_speed_kmh", 2, 10, 0),
    0x61: ("power_v", 2, 100, 0),
    0x69: ("battery_v", 2, 100, 0),
    0x80: ("engine_speed_kmh", 1, 1, 0),
    0x81: ("engine_rpm", 2, 1, 0),
    0x82: ("power_v", 2, 10, 0),
    0x84: ("coolant_c", 1, 1, -40),
    0x8E: ("fuel", 1, 1, 0),
}
CAMERA_ALARMS: dict[int, Alarm] = {
    0x0001: Alarm.FAULT,
    0x0400: Alarm.HARD_ACCELERATION,
    0x0401: Alarm.HARD_BRAKING,
    0x0402: Alarm.HARD_CORNERING,
    0x0403: Alarm.OVERSPEED,
    0x0405: Alarm.ACCIDENT,
    0x0406: Alarm.VIBRATION,
    0x0407: Alarm.TOW,
    0x0408: Alarm.GEOFENCE_ENTER,
    0x0409: Alarm.GEOFENCE_EXIT,
    0x040C: Alarm.DOOR,
    0x0412: Alarm.HARD_ACCELERATION,
    0x0413: Alarm.HARD_BRAKING,
    0x0414: Alarm.HARD_CORNERING,
    0x0415: Alarm.LANE_CHANGE,
    0x0416: Alarm.ACCIDENT,
    0x0417: Alarm.ACCIDENT,
    0x0C01: Alarm.SOS,
    0x0C02: Alarm.LOW_POWER,
    0x0C05: Alarm.GENERAL,
    0x0C0E: Alarm.POWER_CUT,
    0x0C0F: Alarm.LOW_BATTERY,
    0x0C10: Alarm.POWER_OFF,
    0x0C12: Alarm.TAMPER,
}
IGNITION_ON, IGNITION_OFF, UPLOAD, LEVELS, STATUS = 0x0C03, 0x0C04, 0x2002, 0x2003, 0x2005


def put_extension(draft: Draft, item: Cursor) -> None:
    """Read what an OBD plug adds; of it the values that tell anything about who carries the device."""
    item.skip(1)
    while item.left > 1:
        kind, part = item.u8(), item.sub(item.u8())
        if kind in EXTENSION:
            name, count, parts, plus = EXTENSION[kind]
            draft.attributes[name] = int.from_bytes(part.take(count), "big") / parts + plus
        elif kind == 0x01:
            draft.attributes["distance_m"] = part.u32() * 100
        elif kind == 0x56:
            part.skip(1)
            battery = part.u8()
            draft.battery_pct = battery if battery <= 100 else None
        elif kind == 0xA0:
            draft.attributes["dtcs"] = part.rest().decode("ascii", "replace").replace(",", " ")
        elif kind == 0xCC:
            draft.attributes["iccid"] = part.text(20)


def put_engine_items(draft: Draft, text: str) -> None:
    """Read `$OBD-RT,voltage,rpm,speed,...`."""
    names = ("power_v", "engine_rpm", "engine_speed_kmh")
    for name, value in zip(names, text.split(",")[1:], strict=False):
        if value:
            draft.attributes[name] = float(value)


def put_camera_item(draft: Draft, item: Cursor) -> None:
    """Read what happened to a camera of Jimi. What it says that we do not know is `other`."""
    kind = item.u16()
    if kind in CAMERA_ALARMS:
        draft.alarms.add(CAMERA_ALARMS[kind])
    elif kind in (IGNITION_ON, IGNITION_OFF):
        draft.attributes["ignition"] = kind == IGNITION_ON
    elif kind == LEVELS:
        item.skip(1)
        draft.attributes["charging"] = item.u8() == 1
        step = item.u8()
        if 1 <= step <= 6:
            draft.battery_pct = step * 100 // 6
        draft.attributes["battery_v"], draft.attributes["signal"] = item.u16() / 100, item.u8()
        draft.attributes["power_v"] = item.u16() / 100
    elif kind == STATUS:
        item.skip(1)
        while item.left > 2:
            _put_camera_status(draft, item.u16(), item.sub(item.u8()))
    elif kind != UPLOAD:
        draft.alarms.add(Alarm.OTHER)
        draft.attributes["alarm_code"] = kind


def _put_camera_status(draft: Draft, kind: int, part: Cursor) -> None:
    if kind == 0x0001:
        draft.attributes["battery_v"] = part.u16() / 100
    elif kind == 0x0003:
        battery = part.u8()
        draft.battery_pct = battery if battery <= 100 else None
    elif kind == 0x0004:
        draft.attributes["charging"] = part.u8() == 0
    elif kind == 0x0005:
        draft.attributes["iccid"] = part.hex(10)[:19]
    elif kind == 0x2001:
        draft.attributes["power_v"] = part.u16() / 10


def put_concatenated(draft: Draft, item: Cursor) -> None:
    """Read the item EB: cells, or a text, or items with two-byte lengths that count their number too."""
    content = item.data[item.at : item.end]
    if len(content) >= 8 and int.from_bytes(content[:2], "big") > 200 and (len(content) - 3) % 5 == 0:
        mcc, mnc = item.u16(), item.u8()
        while item.left:
            draft.cell(mcc, mnc, item.u16(), item.u16(), item.u8())
    elif content.isascii() and content.decode("ascii").isprintable():
        draft.attributes["timezone"] = content.decode("ascii")
    else:
        while item.left > 1:
            length = item.u16()
            _put_concatenated_part(draft, item.sub(min(length, item.left)), length)


def _put_concatenated_part(draft: Draft, part: Cursor, length: int) -> None:
    kind = part.u16()
    if kind in STATES:
        _put_state(draft, kind, part.u32())
    elif kind == 0x0001:
        draft.attributes["fuel1"] = part.u16() / 10
    elif kind == 0x0023:
        draft.attributes["fuel2"] = float(part.text(6))
    elif kind == 0x002D and length == 6:
        draft.attributes["power_v"] = part.u32() / 1000
    elif kind == 0x002D:
        draft.attributes["battery_v"] = part.u16() / 1000
    elif kind == 0x00B2:
        draft.attributes["iccid"] = part.hex(10).rstrip("f")
    elif kind == 0x00B9:
        part.skip(1)
        words = part.rest().decode("ascii", "replace").split(",")
        for mac, signal in zip(words[::2], words[1::2], strict=False):
            draft.access_point(mac, int(signal))
    elif kind == 0x00C6:
        if part.u8() in (3, 4):
            draft.alarms.add(Alarm.LOW_BATTERY)
    elif kind == 0x00CE:
        draft.attributes["power_v"] = part.u16() / 100
    elif kind == 0x00D8:
        draft.cell(part.u16(), part.u8(), part.u16(), part.u32())
    elif kind in (0x00A8, 0x00E1):
        battery = part.u8()
        draft.battery_pct = battery if battery <= 100 else None


STATES = (0x0089, 0x00C5)


def _put_state(draft: Draft, kind: int, word: int) -> None:
    """Read a state word: a **cleared** bit is the alarm."""
    if kind == 0x0089:
        if not word & 1:
            draft.alarms.add(Alarm.POWER_OFF)
        if not word & 1 << 12:
            draft.alarms.add(Alarm.TORN_OFF)
        return
    if not word & 1 << 6:
        draft.alarms.add(Alarm.VIBRATION)
    motion = word >> 23 & 3
    if motion < 2:
        draft.attributes["motion"] = motion == 0

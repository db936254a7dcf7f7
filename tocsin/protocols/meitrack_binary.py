"""Reports of meitrack in binary, little-endian: `CCC`, records of 52 bytes, and `CCE`, items by number and size."""

from tocsin.protocols.base import Alarm, DecodeError
from tocsin.protocols.cursor import Cursor
from tocsin.protocols.draft import Draft, place_or_none
from tocsin.protocols.times import epoch

EPOCH_S = 946_684_800  # 2000-01-01
RECORD_BYTES = 52
EVENTS = {
    1: Alarm.SOS,
    17: Alarm.LOW_BATTERY,
    18: Alarm.LOW_POWER,
    19: Alarm.OVERSPEED,
    20: Alarm.GEOFENCE_ENTER,
    21: Alarm.GEOFENCE_EXIT,
    22: Alarm.POWER_RESTORED,
    23: Alarm.POWER_CUT,
    28: Alarm.ANTENNA_CUT,
    36: Alarm.TOW,
    39: Alarm.POWER_OFF,
    44: Alarm.JAMMING,
    78: Alarm.ACCIDENT,
    79: Alarm.FALL,
    90: Alarm.HARD_CORNERING,
    91: Alarm.HARD_CORNERING,
    129: Alarm.HARD_BRAKING,
    130: Alarm.HARD_ACCELERATION,
    135: Alarm.FATIGUE,
}
# Inputs, satellites lost and found, sleep, restart, heartbeat, by time, distance and turn, pictures, moving, taximeter.
ORDINARY = frozenset({0, *range(2, 17), *range(24, 28), *range(29, 36), 37, 38, 40, 41, 109})
WIFI, CELLS = range(0x1D, 0x26), (0x0E, 0x0F, 0x10, 0x12, 0x13)
NETWORK, CAMERA, TAG, BATTERIES, BATTERY = 0x4B, 0xFE31, 0xFE73, 0xFEA8, 0xFE69


def put_event(draft: Draft, event: int) -> None:
    """Keep what happened; what we do not know is `other`."""
    draft.attributes["alarm_code"] = event
    if event not in ORDINARY:
        draft.alarms.add(EVENTS.get(event, Alarm.OTHER))


def read_batch(content: bytes) -> list[Draft]:
    """Read the records of `CCC`. One that is cut short is given with what its event says."""
    cursor = Cursor(content, 8)
    drafts: list[Draft] = []
    while cursor.left >= RECORD_BYTES:
        drafts.append(_read_record(cursor.sub(RECORD_BYTES)))
    return drafts


def _read_record(record: Cursor) -> Draft:
    draft = Draft()
    put_event(draft, record.u8())
    lat_deg, lon_deg = record.i32_le() / 1e6, record.i32_le() / 1e6
    draft.sent_at = epoch(EPOCH_S + record.u32_le())
    is_valid, satellites, signal = record.u8() == 1, record.u8(), record.u8()
    speed_kmh, course_deg = record.u16_le(), record.u16_le()
    record.skip(2)
    draft.place = place_or_none(
        lat_deg,
        lon_deg,
        fix_at=draft.sent_at,
        is_valid=is_valid,
        satellites=satellites,
        speed_kmh=speed_kmh,
        course_deg=course_deg,
        altitude_m=record.u16_le(),
    )
    draft.attributes["distance_m"] = record.u32_le()
    record.skip(4)
    draft.cell(record.u16_le(), record.u16_le(), record.u16_le(), record.u16_le(), -signal)
    record.skip(4)
    draft.attributes["battery_v"] = record.u16_le() / 100
    return draft


def read_items(content: bytes) -> list[Draft]:
    """Read the reports of `CCE`: items of one, two and four bytes, and such with a length."""
    cursor = Cursor(content, 4)
    drafts: list[Draft] = []
    for _ in range(cursor.u16_le()):
        if cursor.left < 2:
            break
        length = cursor.u16_le()
        drafts.append(_read_report(cursor.sub(min(length, cursor.left))))
    return drafts


def _read_report(report: Cursor) -> Draft:
    draft = Draft()
    numbers: dict[int, int] = {}
    try:
        report.skip(2)
        for size in (1, 2, 4):
            for _ in range(report.u8()):
                kind = _kind(report)
                numbers[kind] = int.from_bytes(report.take(size), "little")
        for _ in range(report.u8()):
            kind = _kind(report)
            _put_item(draft, kind, report.sub(report.u8()))
    except DecodeError:
        draft.attributes["is_cut_short"] = True
    _put_numbers(draft, numbers)
    return draft


def _kind(report: Cursor) -> int:
    kind = report.u8()
    return kind << 8 | report.u8() if kind == 0xFE else kind


def _signed(value: int, bits: int) -> int:
    return value - (1 << bits) if value >> (bits - 1) else value


def _put_numbers(draft: Draft, numbers: dict[int, int]) -> None:
    # The long form of the event replaces the short one, which is then filled with anything.
    put_event(draft, numbers.get(0x40, numbers.get(0x01, 0)))
    if 0x04 in numbers:
        draft.sent_at = epoch(EPOCH_S + numbers[0x04])
    if 0x02 in numbers and 0x03 in numbers:
        draft.place = place_or_none(
            _signed(numbers[0x02], 32) / 1e6,
            _signed(numbers[0x03], 32) / 1e6,
            fix_at=draft.sent_at,
            is_valid=numbers.get(0x05, 0) > 0,
            satellites=numbers.get(0x06),
            speed_kmh=numbers.get(0x08),
            course_deg=numbers.get(0x09),
            altitude_m=_signed(numbers[0x0B], 16) if 0x0B in numbers else None,
        )
    if draft.battery_pct is None and numbers.get(BATTERY, 101) <= 100:
        draft.battery_pct = numbers[BATTERY]
    for kind, name, parts in ((0x19, "battery_v", 100), (0x1A, "power_v", 100)):
        if kind in numbers:
            draft.attributes[name] = numbers[kind] / parts
    for kind, name in ((0x0C, "distance_m"), (0x07, "signal"), (0x15, "input")):
        if kind in numbers:
            draft.attributes[name] = numbers[kind]
    if numbers.get(0x47):
        draft.attributes["lock"] = numbers[0x47] == 2


def _put_item(draft: Draft, kind: int, item: Cursor) -> None:
    if kind in WIFI and item.left >= 8:
        draft.access_point(item.take(6), item.i16_le())
    elif kind in CELLS:
        draft.cell(item.u16_le(), item.u16_le(), item.u16_le(), item.u32_le(), item.i16_le())
    elif kind == CAMERA:
        protocol = item.u8()
        draft.attributes["camera_alarm"] = item.u8()
        if protocol == 2 and item.left > 1:
            file = item.rest().decode("ascii", "replace")
            draft.attributes["image"] = f"{file[:4]}-{file[4:6]}-{file[6:8]}/{file}"
    elif kind == TAG:
        item.skip(1)
        draft.attributes["tag"] = item.text(item.u8())
        item.skip(7)
        draft.attributes["tag_c"], draft.attributes["tag_humidity_pct"] = item.i16_le() / 256, item.i16_le() / 256
    elif kind == BATTERIES:
        for number in (1, 2, 3):
            is_there, level = item.u8(), item.u8()
            if is_there and number == 1:
                draft.battery_pct = min(level, 100)
            elif is_there:
                draft.attributes[f"battery_{number}_pct"] = level

"""xexun3: Xexun trackers, third generation, binary. TCP, port 5264.

A frame is `FC`, length, version, type, index, identity, parts of type, length and value, CRC-16/CCITT-FALSE, `CF`.
Layout: shared corpus, devices.md section 3.12. Page: docs/protocols/xexun3.md.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from struct import Struct

from tocsin.protocols.base import Alarm, Codec, DecodeError, Reading, Session
from tocsin.protocols.checksums import crc16_ccitt_false
from tocsin.protocols.cursor import Cursor
from tocsin.protocols.draft import Draft, place_or_none
from tocsin.protocols.times import epoch

FRAME_BYTES_MAX = 4096
START, END = 0xFC, 0xCF
DATA, COMMAND = 0x20, 0x21
PLACE = Struct(">IddfBBBH")
ALARM_CODES = {
    1: Alarm.SOS,
    2: Alarm.LOW_BATTERY,
    4: Alarm.TORN_OFF,
    5: Alarm.MOVEMENT,
    7: Alarm.FALL,
    8: Alarm.ACCIDENT,
    11: Alarm.POWER_RESTORED,
    12: Alarm.POWER_CUT,
    13: Alarm.POWER_ON,
    14: Alarm.POWER_OFF,
    15: Alarm.DOOR,
    16: Alarm.DOOR,
}
SIM_CARD = 17  # No alarm: the number of the SIM card.


def split(buffer: bytes) -> tuple[list[bytes], bytes]:
    """Cut at the stated length if the end mark stands there; what is no frame is a piece of its own."""
    frames: list[bytes] = []
    at = 0
    while at < len(buffer):
        size = len(buffer) - at
        total = 6 + (buffer[at + 1] << 8 | buffer[at + 2]) if size >= 3 else 0
        if buffer[at] != START or total > FRAME_BYTES_MAX or (0 < total <= size and buffer[at + total - 1] != END):
            begin = buffer.find(START, at + 1)
            begin = begin if begin >= 0 else len(buffer)
            frames.append(buffer[at:begin])
            at = begin
            continue
        if not 0 < total <= size:
            break
        frames.append(buffer[at : at + total])
        at += total
    return frames, buffer[at:]


def decode(frame: bytes, session: Session, now: datetime) -> Reading:
    """Read one frame. A bad part costs neither the alarm nor the frame."""
    if len(frame) < 17 or frame[0] != START:
        raise DecodeError("xexun3: no frame")
    uid = frame[6:14].hex()[1:]
    session = replace(session, device_uid=uid)
    if frame[4] != DATA:
        return Reading(session, uid)
    cursor = Cursor(frame, 14, min(3 + (frame[1] << 8 | frame[2]), len(frame) - 3))
    draft = Draft()
    while cursor.left >= 2:
        kind = cursor.u8()
        part = cursor.sub(min(cursor.u8(), cursor.left))
        read = READERS.get(kind)
        try:
            if read is not None:
                read(part, draft)
        except DecodeError:
            draft.attributes["is_cut_short"] = True
    if draft.sent_at is None and not draft.alarms:
        return Reading(session, uid)
    if int.from_bytes(frame[-3:-1], "big") != crc16_ccitt_false(frame[3:-3]):
        draft.attributes["checksum_is_wrong"] = True
    return Reading(session, uid, (draft.report(),))


def _read_place(part: Cursor, draft: Draft) -> None:
    time, lat, lon, altitude, _, satellites, _, speed = PLACE.unpack(part.take(PLACE.size))
    draft.sent_at = epoch(time)
    draft.place = place_or_none(
        lat, lon, fix_at=draft.sent_at, altitude_m=altitude, speed_kmh=speed, satellites=satellites
    )  # fmt: skip


def _read_wifi(part: Cursor, draft: Draft) -> None:
    draft.sent_at = epoch(part.u32())
    for _ in range(part.u8()):
        draft.access_point(part.take(6), part.i8())


def _read_cell(part: Cursor, draft: Draft) -> None:
    draft.sent_at = epoch(part.u32())
    draft.cell(part.u16(), part.u16(), part.u32(), part.u32(), -part.u8())


def _read_alarm(part: Cursor, draft: Draft) -> None:
    sent_at, code = epoch(part.u32()), part.u8()
    draft.sent_at = sent_at
    if code == SIM_CARD:
        draft.attributes["iccid"] = part.take(part.u8()).hex()
        return
    draft.alarm(ALARM_CODES.get(code, Alarm.OTHER))
    if code not in ALARM_CODES:
        draft.attributes["alarm_code"] = code


def _read_state(part: Cursor, draft: Draft) -> None:
    """Read battery, signal, movement, charging, steps and health; all bits set means "not measured"."""
    attributes = draft.attributes
    draft.battery_pct = min(part.u8(), 100)
    part.skip(2)
    attributes["signal"] = part.u8()
    part.skip(1)
    attributes["motion"], attributes["charging"] = bool(part.u8()), bool(part.u8())
    if (steps := part.u16()) != 0xFFFF:
        attributes["steps"] = steps
    if (temperature := part.i8()) != -1:
        attributes["temperature"] = temperature
    part.skip(1)
    names = ("heart_rate_bpm", "pressure_high_mmhg", "pressure_low_mmhg", "blood_oxygen_pct")
    for name, value in zip(names, part.take(4), strict=True):
        # Zero pressure and oxygen are what devices without such a sensor write.
        if value != 0xFF and (value or name == "heart_rate_bpm"):
            attributes[name] = value


READERS: dict[int, Callable[[Cursor, Draft], None]] = {
    0x64: _read_place,
    0x65: _read_wifi,
    0x66: _read_cell,
    0x69: _read_alarm,
    0x6A: _read_state,
}


def reply(frame: bytes, reading: Reading, now: datetime) -> bytes:
    """Answer everything but the answers to commands: same type and index, result 0."""
    if frame[4] == COMMAND:
        return b""
    inner = b"\x03" + frame[4:14] + b"\x00"
    return b"\xfc\x00\x0c" + inner + crc16_ccitt_false(inner).to_bytes(2, "big") + b"\xcf"


XEXUN3 = Codec(
    "xexun3", port=5264, transport="tcp", frame_bytes_max=FRAME_BYTES_MAX, split=split, decode=decode, reply=reply
)

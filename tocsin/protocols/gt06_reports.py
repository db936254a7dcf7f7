"""The gt06 messages that say where somebody is or how the device does: positions, alarms, heartbeats.

They share their blocks and differ in which of them they have; `LAYOUTS` says which. A few models use the same type with
another content: they are told apart by the length alone (`variant_of`).
"""

from dataclasses import dataclass, replace

from tocsin.protocols.base import Alarm
from tocsin.protocols.draft import Draft
from tocsin.protocols.gt06_blocks import (
    Message,
    put_alarm_code,
    read_battery,
    read_cell,
    read_place,
    read_sized_cell,
    read_status,
)
from tocsin.protocols.gt06_variants import SPECIALS


@dataclass(frozen=True, slots=True)
class Layout:
    """Which blocks a type has, in this order."""

    place: bool = False
    cell: bool = False
    sized_cell: bool = False  # The cell block begins with its length.
    wide_cell: bool = False  # 4G: area of four bytes, cell of eight.
    typed_cell: bool = False
    cid_bytes: int = 3
    status: bool = False
    language: bool = False  # A byte behind the alarm code; its high half extends the code.
    fence: bool = False  # A number of a fence at the end.
    modules: bool = False  # Numbered values at the end.


POSITION = Layout(place=True, cell=True)
LAYOUTS = {
    0x10: Layout(place=True),
    0x11: Layout(place=True, cell=True, cid_bytes=4),
    0x12: POSITION,
    0x13: Layout(status=True),
    0x16: Layout(place=True, cell=True, sized_cell=True, status=True),
    0x17: POSITION,
    0x19: Layout(cell=True, status=True),
    0x1A: Layout(place=True),
    0x1E: Layout(place=True),
    0x22: POSITION,
    0x25: Layout(place=True, cell=True, cid_bytes=4),
    0x26: Layout(place=True, cell=True, sized_cell=True, status=True),
    0x27: Layout(place=True, cell=True, sized_cell=True, status=True, language=True, fence=True),
    0x2D: POSITION,
    0x31: POSITION,
    0x32: Layout(place=True, cell=True, sized_cell=True, status=True),
    0x36: Layout(status=True, language=True, modules=True),
    0x37: POSITION,
    0x39: Layout(place=True, cell=True, typed_cell=True, status=True, language=True, modules=True),
    0xA0: Layout(place=True, cell=True, wide_cell=True),
    0xA4: Layout(place=True, cell=True, sized_cell=True, status=True, language=True, fence=True),
    0xA5: Layout(cell=True, wide_cell=True, status=True),
    0xA7: Layout(cell=True, wide_cell=True),
}

# (type, length) of short frames whose content is a model's own.
VARIANTS = {
    (0x12, 0x21): "BENWAY",
    (0x12, 0x24): "VXT01",
    (0x12, 0x29): "WETRUST",
    (0x12, 0x2B): "S5",
    (0x13, 0x13): "OBD6",
    (0x16, 0x24): "VXT01",
    (0x16, 0x26): "SEEWORLD",
    (0x16, 0x2D): "TRX16I",
    (0x17, 0x28): "RFID",
    (0x22, 0x2F): "SEEWORLD",
    (0x24, 0x2E): "SR411",
    (0x24, 0x31): "WANWAY",
    (0x31, 0x2A): "SL4X",
    (0x32, 0x27): "SL4X",
    (0x32, 0x29): "SL4X",
    (0x34, 0x37): "SL4X",
    (0x36, 0x35): "TRX16I",
    (0xA2, 0x40): "LW4G",
    (0xA3, 0x0C): "SEEWORLD",
    (0xA3, 0x18): "SEEWORLD",
}


def variant_of(message: Message) -> str:
    """Name the model whose own layout a frame has; empty: the common one."""
    if message.is_long:
        return ""
    if message.kind == 0x12 and message.length >= 0x71:
        return "CARD"
    if message.kind == 0x19 and message.length >= 0x17:
        return "SPACE10X"
    return VARIANTS.get((message.kind, message.length), "")


def read_report(message: Message, draft: Draft) -> None:
    """Read a message of the common family, block by block."""
    variant, kind, cursor = variant_of(message), message.kind, message.cursor
    layout = LAYOUTS[kind]
    if kind == 0x12 and message.family == "QH302R":
        cursor.skip(8)  # The identity, once more.
    if layout.place:
        read_place(message, draft)
    if layout.cell and message.room > 0:
        _read_cell(message, draft, layout, variant)
    if layout.status:
        _read_state(message, draft, layout, variant)
    if layout.modules:
        _read_modules(message, draft)
    special = SPECIALS.get((kind, variant))
    if special is not None:
        special(message, draft)
    _read_end(message, draft, layout, variant)


def _read_cell(message: Message, draft: Draft, layout: Layout, variant: str) -> None:
    wide, mnc_bytes, cid_bytes = layout.wide_cell, 0, layout.cid_bytes
    if variant == "SEEWORLD":
        cid_bytes = 4
    elif variant == "SL4X":
        mnc_bytes, cid_bytes = 2, 4
        if message.kind == 0x31 and not any(message.cursor.data[message.cursor.at + 6 : message.cursor.at + 10]):
            cid_bytes = 8  # Some firmware writes the number in full.
    elif message.kind == 0x11:
        mnc_bytes = 2
    if layout.sized_cell and variant != "VXT01":
        read_sized_cell(message, draft, cid_bytes=cid_bytes, mnc_bytes=mnc_bytes)
    else:
        read_cell(
            message, draft, is_wide=wide, cid_bytes=cid_bytes, mnc_bytes=mnc_bytes, is_typed=layout.typed_cell
        )  # fmt: skip


def _read_state(message: Message, draft: Draft, layout: Layout, variant: str) -> None:
    """Read status, battery, signal and alarm code."""
    cursor, family = message.cursor, message.family
    status = cursor.u8()
    read_status(draft, status, seventh=Alarm.OVERSPEED if variant == "VXT01" else Alarm.TORN_OFF)
    if variant == "OBD6":
        read_obd_state(message, draft)
        return
    is_heartbeat = message.kind == 0x13
    if is_heartbeat and family == "R11":
        draft.attributes["power_v"] = cursor.u16() / 100
    else:
        read_battery(draft, cursor.u8())
    draft.attributes["signal"] = cursor.u8()
    if is_heartbeat and family == "LW":
        draft.attributes["power_v"] = (cursor.u16() & 0xFFF) / 10
        return
    code = cursor.u8()
    if layout.language and message.room > 0:
        code |= cursor.u8() >> 4 << 8
    if is_heartbeat and family == "SEEWORLD":
        draft.attributes["power_v"] = float(code)
    elif variant != "VXT01":
        put_alarm_code(draft, message.kind, code, variant if variant == "TRX16I" else family)
        if variant == "TRX16I":
            draft.attributes["event"] = code


def read_obd_state(message: Message, draft: Draft) -> None:
    """Read the end of an OBD plug's heartbeat: satellites and signal in ten bits, alarm, battery, temperature."""
    cursor = message.cursor
    signal = cursor.u16()
    draft.attributes["satellites"] = (signal >> 10 & 31) + (signal >> 5 & 31)
    draft.attributes["signal"] = signal & 31
    put_alarm_code(draft, message.kind, cursor.u8(), message.family)
    cursor.skip(1)  # Language.
    draft.battery_pct = min(cursor.u8(), 100)
    mode = cursor.u8()
    draft.attributes["power_v"] = cursor.u16() / 100
    cursor.skip(3)  # Reserved, working time.
    if mode == 4:
        draft.attributes["temperature_c"] = cursor.i16() / 10


def _read_modules(message: Message, draft: Draft) -> None:
    cursor = message.cursor
    while message.room >= 3:
        number, value = cursor.u16(), cursor.sub(cursor.u8())
        if number == 0x0018:
            draft.attributes["battery_v"] = value.u16() / 100
        elif number == 0x0032:
            draft.attributes["startup_status"] = value.u8()
        elif number == 0x006A:
            draft.battery_pct = min(value.u8(), 100)


def _read_end(message: Message, draft: Draft, layout: Layout, variant: str) -> None:
    """Read what may follow: why it was sent, whether it was kept, distance, fence."""
    cursor, kind, attributes = message.cursor, message.kind, draft.attributes
    if kind in (0x22, 0x37, 0x2D, 0x31) and message.room >= 3:
        attributes["ignition"] = bool(cursor.u8())
        attributes["event"] = cursor.u8()
        draft.is_stored = bool(cursor.u8())
        if variant == "SL4X":
            if message.room > 2:
                attributes["distance_m"] = cursor.u32()
            _put_altitude(draft, cursor.i16())
    if kind == 0x37 and message.room >= 3:
        _read_module(message, draft)
    if kind == 0x32 and variant == "SL4X":
        if message.room > 2:
            cursor.skip(1)  # Language.
        _put_altitude(draft, cursor.i16())
    if message.room in (3, 7):
        attributes["ignition"] = bool(cursor.u8())
        cursor.skip(1)  # Upload mode.
        draft.is_stored = bool(cursor.u8())
    if message.room == 4:
        attributes["distance_m"] = cursor.u32()
    if layout.fence and message.room > 0:
        attributes["fence"] = cursor.u8()


def _read_module(message: Message, draft: Draft) -> None:
    number, value = message.cursor.u16(), message.cursor.sub(message.cursor.u8())
    if number == 0x0027:
        draft.attributes["power_v"] = value.u16() / 100
    elif number == 0x002E:
        draft.attributes["distance_m"] = value.u32()
    elif number == 0x003B and draft.place is not None:
        draft.place = replace(draft.place, accuracy_m=value.u16() / 100)
    # What follows in further modules is not needed by anybody who looks for a person.
    message.cursor.skip(max(message.room, 0))


def _put_altitude(draft: Draft, altitude_m: int) -> None:
    if draft.place is not None:
        draft.place = replace(draft.place, altitude_m=altitude_m)


def read_fence(message: Message, draft: Draft) -> None:
    """Read 0xA3 of the GK310: a fence was crossed. Place, number of the fence, 4G cell, state."""
    read_place(message, draft)
    draft.attributes["fence"] = message.cursor.u8()
    read_cell(message, draft, is_wide=True)
    _read_state(message, draft, LAYOUTS[0xA5], "")

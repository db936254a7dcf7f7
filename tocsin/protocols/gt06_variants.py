"""The gt06 messages that a model family fills in its own way: lamps, cameras, card readers, the NT and LW families."""

from collections.abc import Callable

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
    read_time,
)


def read_seeworld_state(message: Message, draft: Draft) -> None:
    """Read the heartbeat 0xA3 of SEEWORLD lamps and tags; the short form ends after the language."""
    cursor = message.cursor
    read_status(draft, cursor.u8())
    cursor.skip(2)  # Further status bits.
    read_battery(draft, cursor.u8())
    draft.attributes["signal"] = cursor.u8()
    draft.attributes["power_v"] = float(cursor.u8())
    cursor.skip(1)  # Language.
    if message.room >= 9:
        cursor.skip(2)  # Sound and light.
        draft.attributes["steps"] = cursor.u32()
        draft.battery_pct = min(cursor.u8(), 100)
        draft.attributes["charging"] = cursor.u8() == 1
        draft.attributes["motion"] = cursor.u8() == 1


def read_lw4g(message: Message, draft: Draft) -> None:
    """Read 0xA2 of the LW4G: place, 4G cell and state with the voltage of the supply."""
    cursor = message.cursor
    read_place(message, draft)
    read_cell(message, draft, is_wide=True)
    cursor.skip(1)  # Kind of network.
    read_status(draft, cursor.u8())
    draft.attributes["power_v"] = cursor.u16() / 100
    read_battery(draft, cursor.u8())
    draft.attributes["signal"] = cursor.u8()
    put_alarm_code(draft, message.kind, cursor.u8(), "LW" if message.family == "LW" else "")
    cursor.skip(1)
    draft.attributes["distance_m"] = cursor.u32()
    draft.attributes["hours"] = cursor.u32() / 3600
    cursor.skip(8)
    draft.attributes["input"] = cursor.u16()


def read_nt(message: Message, draft: Draft) -> None:
    """Read 0x22 and 0x25 of the NT family: source, identity, clock, place, cell, state, driver."""
    cursor = message.cursor
    cursor.skip(9)  # Source of the place, identity once more.
    sent_at = read_time(message)
    read_place(message, draft)
    draft.sent_at = sent_at
    read_sized_cell(message, draft, cid_bytes=4 if message.kind == 0x25 else 3, mnc_bytes=0)
    read_status(draft, cursor.u8())
    draft.attributes["power_v"] = cursor.u16() / 100
    draft.attributes["battery_v"] = cursor.u8() / 10
    draft.attributes["signal"] = cursor.u8()
    put_alarm_code(draft, message.kind, cursor.u8(), message.family)
    cursor.skip(1)
    draft.attributes["distance_m"] = cursor.u24()
    draft.attributes["hours"] = cursor.u24() / 60
    if message.kind == 0x25:
        length = cursor.u8()
        if length > 1:
            cursor.skip(1)
            draft.attributes["driver"] = cursor.hex(length - 1)


def read_short_heartbeat(message: Message, draft: Draft) -> bool:
    """Read 0x23 of the GK310: armed, ignition, charging, then voltage and signal where sent."""
    cursor = message.cursor
    status = cursor.u8()
    draft.attributes["armed"] = bool(status & 1)
    draft.attributes["ignition"] = bool(status & 2)
    draft.attributes["charging"] = bool(status & 4)
    if message.room >= 2:
        draft.attributes["battery_v"] = cursor.u16() / 100
    if message.room >= 1:
        draft.attributes["signal"] = cursor.u8()
    return True


def _benway(message: Message, draft: Draft) -> None:
    mask = message.cursor.u16()
    draft.attributes["ignition"] = bool(mask & 0x8000)
    draft.attributes["input_2"] = bool(mask & 0x4000)
    if mask & 0x1000:
        value = mask & 0x1FF
        draft.attributes["temperature_c"] = -value if mask & 0x200 else value
    else:
        value = mask & 0x3FF
        draft.attributes["voltage_1"] = float(value) if mask & 0x2000 else value / 10


def _card(message: Message, draft: Draft) -> None:
    cursor = message.cursor
    draft.attributes["distance_m"] = cursor.u32()
    draft.attributes["card"] = cursor.text(cursor.u8()).strip()
    cursor.skip(2)


def _wetrust(message: Message, draft: Draft) -> None:
    cursor = message.cursor
    draft.attributes["distance_m"] = cursor.u32()
    draft.attributes["card"] = cursor.text(cursor.u8())
    if cursor.u8():
        draft.alarm(Alarm.GENERAL)
    draft.attributes["card_status"] = cursor.u8()
    draft.attributes["driving_time_s"] = cursor.u16()


def _vxt01(message: Message, draft: Draft) -> None:
    read_status(draft, message.cursor.u8(), seventh=Alarm.OVERSPEED)
    draft.attributes["power_v"] = message.cursor.u16() / 100
    draft.attributes["signal"] = message.cursor.u8()
    message.cursor.skip(1)


def _s5(message: Message, draft: Draft) -> None:
    cursor = message.cursor
    read_status(draft, cursor.u8())
    draft.attributes["power_v"] = cursor.u16() / 100
    draft.attributes["signal"] = cursor.u8()
    put_alarm_code(draft, message.kind, cursor.u8(), message.family)
    draft.attributes["oil"] = cursor.u16()
    temperature = cursor.u8()
    draft.attributes["temperature_c"] = -(temperature & 0x7F) if temperature & 0x80 else temperature
    draft.attributes["distance_m"] = cursor.u32() * 10


def _seeworld(message: Message, draft: Draft) -> None:
    cursor = message.cursor
    draft.attributes["ignition"] = bool(cursor.u8())
    cursor.skip(2)  # Reporting mode, sent late.
    draft.attributes["distance_m"] = cursor.u32()
    cursor.skip(4)
    temperature = cursor.u16()
    draft.attributes["temperature_c"] = (-(temperature & 0x7FFF) if temperature & 0x8000 else temperature) / 100
    draft.attributes["humidity_pct"] = cursor.u16() / 100


def _rfid(message: Message, draft: Draft) -> None:
    draft.attributes["driver"] = message.cursor.hex(8)
    message.cursor.skip(1)


def _trx16i(message: Message, draft: Draft) -> None:
    message.cursor.skip(1)  # Language.
    card = message.cursor.hex(8)
    if card.strip("0"):
        draft.attributes["driver"] = card


SPECIALS: dict[tuple[int, str], Callable[[Message, Draft], None]] = {
    (0x12, "BENWAY"): _benway,
    (0x12, "CARD"): _card,
    (0x12, "WETRUST"): _wetrust,
    (0x12, "VXT01"): _vxt01,
    (0x12, "S5"): _s5,
    (0x16, "TRX16I"): _trx16i,
    (0x17, "RFID"): _rfid,
    (0x22, "SEEWORLD"): _seeworld,
}

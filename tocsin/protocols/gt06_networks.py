"""The gt06 messages that list cells and Wi-Fi access points instead of a place."""

from dataclasses import dataclass

from tocsin.protocols.draft import Draft
from tocsin.protocols.gt06_blocks import Message, put_alarm_code, read_time
from tocsin.protocols.times import packed


@dataclass(frozen=True, slots=True)
class CellList:
    """How a type lists its cells."""

    count: int = 7
    lac_bytes: int = 2
    cid_bytes: int = 3
    has_wifi: bool = True


CELL_LISTS = {
    0x18: CellList(),
    0x24: CellList(has_wifi=False),
    0x28: CellList(has_wifi=False),
    0x2C: CellList(),
    0x2E: CellList(has_wifi=False),
    0x33: CellList(count=6, cid_bytes=4),
    0x34: CellList(cid_bytes=4, has_wifi=False),
    0xA1: CellList(lac_bytes=4, cid_bytes=8, has_wifi=False),
    0xA2: CellList(lac_bytes=4, cid_bytes=8),
    0xA9: CellList(),
}


def read_cell_list(message: Message, draft: Draft, *, variant: str) -> None:
    """Read cells, then Wi-Fi where the type has it, then the alarm of 0xA9."""
    cursor, kind = message.cursor, message.kind
    layout = CELL_LISTS[kind]
    leads_with_advance = variant in ("WANWAY", "SL4X")
    draft.sent_at = read_time(message)
    if leads_with_advance:
        cursor.skip(1)
    mcc = cursor.u16()
    mnc = cursor.u16() if mcc & 0x8000 or variant == "SL4X" else cursor.u8()
    is_4g = kind == 0xA9 and cursor.u8() > 0
    count = cursor.u8() if variant == "WANWAY" or kind == 0xA9 else layout.count
    for _ in range(count):
        lac = int.from_bytes(cursor.take(4 if is_4g else layout.lac_bytes), "big")
        cid = int.from_bytes(cursor.take(8 if is_4g else layout.cid_bytes), "big")
        draft.cell(mcc & 0x7FFF, mnc, lac, cid, -cursor.u8())
    if not leads_with_advance:
        cursor.skip(1)
    if layout.has_wifi:
        for _ in range(cursor.u8()):
            draft.access_point(cursor.take(6), -cursor.u8())
    if kind == 0xA9:
        code = cursor.u8()
        put_alarm_code(draft, kind, code | cursor.u8() >> 4 << 8, message.family)


def read_wifi_scan(message: Message, draft: Draft) -> None:
    """Read 0x17 and 0x69: the length byte of the frame counts the access points."""
    cursor = message.cursor
    draft.sent_at = packed(cursor.take(6))
    for _ in range(message.length):
        draft.access_point(cursor.take(6), -cursor.u8())
    count = cursor.u8()
    mcc, mnc = cursor.u16(), cursor.u8()
    for _ in range(count):
        draft.cell(mcc, mnc, cursor.u16(), cursor.u16(), -cursor.u8())


def read_wifi_list(message: Message, draft: Draft) -> bool:
    """Read 0xF3: addresses only."""
    cursor = message.cursor
    draft.sent_at = read_time(message)
    for _ in range(cursor.u8()):
        cursor.skip(2)
        draft.access_point(cursor.take(6))
    return True

"""gt06: Concox, Jimi and their many clones; pendants, watches, trackers. Port 5023.

A frame is `78 78` with one byte of length or `79 79` with two, then type, content, serial number, CRC-16/X-25 and
`0d 0a`. The device names itself in the login only. Sources: see `gt06_blocks`; page: docs/protocols/gt06.md.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from struct import Struct

from tocsin.protocols import gt06_details as details
from tocsin.protocols import gt06_models as models
from tocsin.protocols import gt06_networks as networks
from tocsin.protocols import gt06_reports as reports
from tocsin.protocols import gt06_variants as variants
from tocsin.protocols.base import Attribute, Codec, DecodeError, Media, Reading, Report, Session
from tocsin.protocols.checksums import crc16_x25
from tocsin.protocols.cursor import Cursor
from tocsin.protocols.draft import Draft
from tocsin.protocols.gt06_blocks import Message, family_of

FRAME_BYTES_MAX = 8 * 1024
PICTURE_BYTES_MAX = 1024 * 1024
PICTURE_PART_BYTES = 1024
SHORT, LONG, END = b"\x78\x78", b"\x79\x79", b"\r\n"
LOGIN = 0x01
SILENT_KINDS = frozenset({0x21, 0x38, 0x80, 0x81, 0x82, 0x8C, 0x9B, 0xF3})
U16 = Struct(">H")


def split(buffer: bytes) -> tuple[list[bytes], bytes]:
    """Cut at the stated length if the end mark stands there, otherwise at the next end mark.

    Wi-Fi frames state a count instead of a length, and `0d 0a` may occur inside a frame: neither alone is enough.
    """
    frames: list[bytes] = []
    at, size = 0, len(buffer)
    while size - at >= 5:
        start = buffer[at : at + 2]
        if start not in (SHORT, LONG):
            begin = _next_start(buffer, at + 1)
            frames.append(buffer[at:begin])
            at = begin
            continue
        total = 5 + buffer[at + 2] if start == SHORT else 6 + (buffer[at + 2] << 8 | buffer[at + 3])
        if buffer[at + total - 2 : at + total] != END:
            end = buffer.find(END, at + 3)
            if end < 0:
                break
            if size < at + total <= at + FRAME_BYTES_MAX and not _looks_cut(buffer, at, end):
                break  # The stated length has not all arrived: this end mark may be content.
            total = end + 2 - at
        frames.append(buffer[at : at + total])
        at += total
    return frames, buffer[at:]


def _looks_cut(buffer: bytes, at: int, end: int) -> bool:
    """Say whether a frame ends before its stated length: another one begins at the end mark, or nothing follows."""
    following = buffer[end + 2 : end + 4]
    return not following or following in (SHORT, LONG)


def _next_start(buffer: bytes, at: int) -> int:
    found = [place for mark in (SHORT, LONG) if (place := buffer.find(mark, at)) >= 0]
    return min(found, default=len(buffer))


def decode(frame: bytes, session: Session, now: datetime) -> Reading:
    """Read one frame. A frame before the login is a reading without `device_uid`, and keeps its alarms."""
    try:
        message = _open(frame, session)
        if message.kind == LOGIN:
            return _read_login(message, session)
        if message.kind in (0x35, 0x36, 0x41) and (reading := _read_picture(message, session)) is not None:
            return reading
        report = _read(message)
    except (IndexError, ValueError, OverflowError) as error:
        raise DecodeError(f"gt06: {error}") from error
    if report is None:
        return Reading(session, session.device_uid)
    if not _has_right_checksum(frame):
        report = replace(report, attributes={**report.attributes, "checksum_is_wrong": True})
    return Reading(session, session.device_uid, (report,))


def _open(frame: bytes, session: Session) -> Message:
    is_long = frame.startswith(LONG)
    if not is_long and not frame.startswith(SHORT):
        raise DecodeError("no start mark")
    at = 5 if is_long else 4
    length = frame[2] << 8 | frame[3] if is_long else frame[2]
    end = len(frame) - 2 if frame.endswith(END) else len(frame) - frame.endswith(b"\r")
    family = family_of(session.facts.get("model")) if session.facts else ""
    return Message(frame[at - 1], is_long, length, Cursor(frame, at, end), end - 4, family, session.utc_offset_s)


def _has_right_checksum(frame: bytes) -> bool:
    return len(frame) > 8 and U16.unpack_from(frame, len(frame) - 4)[0] == crc16_x25(frame[2:-4])


def _read_login(message: Message, session: Session) -> Reading:
    """Read 0x01: IMEI, type and, on some models, how far the device's clock is from UTC."""
    cursor = message.cursor
    uid = cursor.take(8).hex()[1:]
    offset_s = session.utc_offset_s
    if message.room >= 4:
        cursor.skip(2)
        bits = cursor.u16()
        hours, minutes = divmod(bits >> 4, 100)
        offset_s = (hours * 60 + minutes) * 60 * (-1 if bits & 8 else 1)
        offset_s = offset_s if abs(offset_s) <= 50_400 else 0
    session = replace(session, device_uid=uid, utc_offset_s=offset_s)
    return Reading(session, uid)


def _read(message: Message) -> Report | None:
    """Read what a message reports. What was read before it breaks off stands: an alarm must not be lost to its tail."""
    draft = Draft()
    try:
        if not _read_into(message, draft):
            return None
    except ValueError:
        if not (draft.alarms or draft.place or draft.cells or draft.wifi):
            raise
        draft.attributes["is_cut_short"] = True
    return draft.report()


def _read_into(message: Message, draft: Draft) -> bool:
    """Choose by type, framing and length. `False`: this message reports nothing."""
    kind, variant = message.kind, reports.variant_of(message)
    if variant == "SPACE10X" or (message.is_long and kind in (0x36,)):
        return False
    if (kind == 0x22 and message.family == "NT") or (kind == 0x25 and message.family == "NT"):
        variants.read_nt(message, draft)
    elif (kind, variant) in OWN_LAYOUTS:
        OWN_LAYOUTS[kind, variant](message, draft)
    elif message.is_long and kind in (0x32, 0x33):
        return models.read_az735(message, draft)
    elif kind == 0x34 and variant != "SL4X":
        return models.read_x1(message, draft)
    elif kind == 0x13 and message.room == 16:
        return details.read_old_status(message, draft)
    elif kind in networks.CELL_LISTS:
        networks.read_cell_list(message, draft, variant=variant)
    elif kind == 0xA3:
        reports.read_fence(message, draft)
    elif kind in (0x69, 0x17) and variant != "RFID":
        networks.read_wifi_scan(message, draft)
    elif kind in reports.LAYOUTS:
        reports.read_report(message, draft)
    elif kind in OTHER_READERS:
        return OTHER_READERS[kind](message, draft)
    else:
        return False
    return True


OWN_LAYOUTS: dict[tuple[int, str], Callable[[Message, Draft], object]] = {
    (0x24, "SR411"): models.read_sr411,
    (0x36, "TRX16I"): models.read_trx16i,
    (0xA2, "LW4G"): variants.read_lw4g,
    (0xA3, "SEEWORLD"): variants.read_seeworld_state,
}
OTHER_READERS: dict[int, Callable[[Message, Draft], bool]] = {
    0x15: details.read_text,
    0x21: details.read_answer,
    0x23: variants.read_short_heartbeat,
    0x38: models.read_wide_position,
    0x40: details.read_battery_box,
    0x61: models.read_button,
    0x70: models.read_modules,
    0x8C: models.read_engine,
    0x94: details.read_information,
    0x95: models.read_camera_alarm,
    0x9B: details.read_serial,
    0xB2: details.read_bluetooth_clock,
    0xF1: details.read_device_status,
    0xF2: details.read_peripheral,
    0xF3: networks.read_wifi_list,
}


def _read_picture(message: Message, session: Session) -> Reading | None:
    """Collect a picture that comes in parts. `None`: this message is none, whatever its type says."""
    cursor, facts = message.cursor, dict(session.facts)
    if message.kind == 0x35:
        cursor.skip(18)
        facts["picture_bytes"], facts["picture_id"] = cursor.u32(), cursor.u32()
        return _ask_for_picture(replace(session, facts=facts, parts=()))
    if (
        message.kind == 0x36
        and not message.is_long
        and message.length > 0x35
        and cursor.u32() == facts.get("picture_id")
    ):
        cursor.skip(4)
        session = _with_part(session, cursor.take(cursor.u16()))
        return _ask_for_picture(session)
    if message.kind == 0x41:
        return _read_camera_picture(message, session)
    cursor.at = 5 if message.is_long else 4
    return None


def _with_part(session: Session, part: bytes) -> Session:
    if sum(map(len, session.parts)) + len(part) > PICTURE_BYTES_MAX:
        return replace(session, parts=())
    return replace(session, parts=(*session.parts, part))


def _ask_for_picture(session: Session) -> Reading:
    """Ask for the next part, or give the picture when it is whole."""
    offset, total = sum(map(len, session.parts)), int(session.facts["picture_bytes"])
    if offset and offset >= total:
        picture = Media("jpg", b"".join(session.parts))
        session = replace(session, parts=())
        return Reading(session, session.device_uid, (Report(attributes={"picture_bytes": offset}),), (picture,))
    # As the devices expect it, the size asked for is that of a whole part, also for the last one.
    ask: dict[str, Attribute] = {"picture_id": session.facts["picture_id"], "offset": offset}
    ask["count"] = min(max(total - offset, 0), PICTURE_PART_BYTES)
    return Reading(session, session.device_uid, ask=ask)


def _read_camera_picture(message: Message, session: Session) -> Reading:
    """Read 0x41: parts of a picture, each with its number."""
    cursor = message.cursor
    cursor.skip(8 + 4 + 14 + 8 + 4)
    total = cursor.u32()
    kind, form = cursor.u8(), cursor.u8()
    if kind or form:
        return Reading(session, session.device_uid)
    cursor.skip(1)
    if cursor.u16() == 0:
        session = replace(session, parts=())
    session = _with_part(session, cursor.take(max(message.room, 0)))
    size = sum(map(len, session.parts))
    if not 0 < total <= size:
        return Reading(session, session.device_uid)
    picture = Media("jpg", b"".join(session.parts)[:total])
    session = replace(session, parts=())
    return Reading(session, session.device_uid, (Report(attributes={"picture_bytes": total}),), (picture,))


def reply(frame: bytes, reading: Reading, now: datetime) -> bytes:
    """Answer a device that has logged in. One that has not gets no answer, so that it connects anew and does."""
    if reading.device_uid is None or len(frame) < 6:
        return b""
    is_long = frame.startswith(LONG)
    kind, serial = frame[4 if is_long else 3], frame[-6:-4]
    if "picture_id" in reading.ask:
        return _picture_request(reading.ask)
    if kind in (0x17, 0x69) and not is_long and reports.VARIANTS.get((kind, frame[2])) != "RFID":
        return SHORT + bytes((0, kind)) + frame[4:10] + END
    if kind == 0x8A:
        return _framed(kind, _clock(now), b"\0\0")
    if kind == 0x2A:
        return _framed(0x97, b"\x0b\0\0\0\0NA&&NA&&0##", b"\0\0", is_long=True)
    if kind == 0x41 or (is_long and kind in (0x32, 0x33)):
        return _framed(kind, b"", serial, is_long=True)
    return b"" if _expects_no_answer(frame, kind, is_long=is_long) else _framed(kind, b"", serial)


def _expects_no_answer(frame: bytes, kind: int, *, is_long: bool) -> bool:
    if kind in SILENT_KINDS or kind == 0x94:
        return True
    if is_long:
        return kind not in (0x70, 0xF1, 0xF2) and kind not in reports.LAYOUTS
    variant = reports.VARIANTS.get((kind, frame[2]))
    if kind == 0x34:
        return variant != "SL4X"
    return (kind == 0x24 and variant == "SR411") or (kind == 0x19 and frame[2] >= 0x17)


def _picture_request(ask: dict[str, Attribute] | object) -> bytes:
    assert isinstance(ask, dict)
    content = b"".join(
        int(ask[name]).to_bytes(size, "big") for name, size in (("picture_id", 4), ("offset", 4), ("count", 2))
    )
    return _framed(0x36, content, b"\0\0")


def _clock(now: datetime) -> bytes:
    return bytes((now.year % 100, now.month, now.day, now.hour, now.minute, now.second))


def _framed(kind: int, content: bytes, serial: bytes, *, is_long: bool = False) -> bytes:
    length = len(content) + 5
    inner = length.to_bytes(2 if is_long else 1, "big") + bytes((kind,)) + content + serial
    return (LONG if is_long else SHORT) + inner + U16.pack(crc16_x25(inner)) + END


GT06 = Codec(
    "gt06", port=5023, transport="tcp", frame_bytes_max=FRAME_BYTES_MAX, split=split, decode=decode, reply=reply
)

"""teltonika: Teltonika personal trackers (TMT250, TAT, GH) and vehicle units (FM...). TCP and UDP, port 5027.

TCP: a login of length and IMEI, then packets of AVL records; UDP: each datagram names its device. Codecs 8, 8E, 16,
GH3000 (07), and 12 and 13 for text. Sources: <https://wiki.teltonika-gps.com/view/Alarm_event>,
<https://wiki.teltonika-gps.com/view/TMT250_Keyboard>. Page: docs/protocols/teltonika.md.
"""

import re
from dataclasses import replace
from datetime import datetime

from tocsin.protocols.base import Attribute, Codec, DecodeError, Media, Reading, Report, Session
from tocsin.protocols.checksums import crc16_ibm
from tocsin.protocols.cursor import Cursor
from tocsin.protocols.draft import Draft
from tocsin.protocols.teltonika_records import CODECS_OF_RECORDS, read_record
from tocsin.protocols.times import epoch

FRAME_BYTES_MAX = 16 * 1024
PICTURE_BYTES_MAX = 1024 * 1024
PICTURE_PART_BYTES = 2048
PING = b"\xff"
LOGIN = re.compile(rb"\x00[\x0f-\x11]\d{15,17}\Z")
# How a login, a packet or a datagram may begin, as far as it is here.
BEGINNING = re.compile(
    rb"\x00(?:[\x0f-\x11](?:\d+)?\Z|[\x0f-\x11]\d{15}|\x00(?:\x00(?:\x00(?:\x00(?:\x00|\Z)|\Z)|\Z)|\Z)|\Z)"
    rb"|[\x00-\x3f][\x00-\xff](?:[\x00-\xff]{0,2}\Z|[\x00-\xff]{2}\x01(?:[\x00-\xff]?\Z|[\x00-\xff]\x00(?:\Z|[\x0f-\x11](?:\Z|\d))))",
    re.DOTALL,
)
SERIAL, TEXT, CAMERA = 0x0C, 0x0D, 0x0D


def split(buffer: bytes) -> tuple[list[bytes], bytes]:
    """Cut logins, packets, datagrams and pings; what begins like none of them is a piece of its own."""
    frames: list[bytes] = []
    at = 0
    while at < len(buffer):
        if buffer[at] == PING[0]:
            frames.append(PING)
            at += 1
            continue
        end = _end_of_frame(buffer, at)
        if end == 0:
            end = _next_beginning(buffer, at + 1)
        elif end < 0 or end > len(buffer):
            break
        frames.append(buffer[at:end])
        at = end
    return frames, buffer[at:]


def _end_of_frame(buffer: bytes, at: int) -> int:
    """Find where a frame ends; 0: none begins here, -1: too little is here to tell."""
    head = buffer[at : at + 20]
    if BEGINNING.match(head) is None:
        return 0
    if len(head) < 8:
        return -1
    if head.startswith(b"\0\0"):
        length = 12 + int.from_bytes(head[4:8], "big")
    else:
        length = 2 + int.from_bytes(head[:2], "big")
    return at + length if length <= FRAME_BYTES_MAX else 0


def _next_beginning(buffer: bytes, at: int) -> int:
    found = re.compile(rb"\x00[\x0f-\x11]\d|\x00{6}|\x00[\x0f-\x11]?\Z|\x00{2,5}\Z").search(buffer, at)
    return found.start() if found is not None else len(buffer)


def decode(frame: bytes, session: Session, now: datetime) -> Reading:
    """Read one login, packet or datagram; records come oldest first."""
    if frame == PING:
        return Reading(session, session.device_uid)
    if LOGIN.match(frame):
        uid = frame[2:].decode("ascii")
        return Reading(replace(session, device_uid=uid), uid)
    cursor = Cursor(frame)
    if frame.startswith(b"\0\0\0\0"):
        cursor.skip(8)
    else:
        cursor.skip(6)
        uid = cursor.text(cursor.u16())
        if not uid.isdecimal():
            raise DecodeError("teltonika: no identity")
        session = replace(session, device_uid=uid)
    codec, count = cursor.u8(), cursor.u8()
    if codec not in (*CODECS_OF_RECORDS, SERIAL, TEXT):
        raise DecodeError(f"teltonika: codec {codec} is unknown")
    if codec == SERIAL and cursor.peek() == CAMERA:
        return _read_picture(cursor, session)
    ask: dict[str, Attribute] = {"count": count} if codec in CODECS_OF_RECORDS else {}
    reports = _read_records(codec, count, cursor, session)
    if frame.startswith(b"\0\0\0\0") and int.from_bytes(frame[-2:], "big") != crc16_ibm(frame[8:-4]):
        reports = [replace(one, attributes={**one.attributes, "checksum_is_wrong": True}) for one in reports]
    reports.sort(key=lambda report: report.sent_at.timestamp() if report.sent_at is not None else 0.0)
    return Reading(session, session.device_uid, tuple(reports), ask=ask)


def _read_records(codec: int, count: int, cursor: Cursor, session: Session) -> list[Report]:
    """Read records one by one. Records behind one that breaks off cannot be found; what was read stands."""
    reports: list[Report] = []
    for _ in range(count):
        draft = Draft()
        try:
            if codec in CODECS_OF_RECORDS:
                read_record(codec, cursor, draft, session)
            else:
                _read_text(codec, cursor, draft)
        except DecodeError:
            if draft.alarms or draft.place is not None:
                draft.attributes["is_cut_short"] = True
                reports.append(draft.report())
            elif not reports:
                raise
            break
        if draft.place or draft.attributes or draft.alarms or draft.cells or draft.sent_at:
            reports.append(draft.report())
    return reports


def _read_text(codec: int, cursor: Cursor, draft: Draft) -> None:
    """Read the answer to a command or what a serial port said, as text where it is text."""
    kind, length = cursor.u8(), cursor.u32()
    if codec == TEXT:
        draft.sent_at = epoch(cursor.u32())
        length -= 4
    else:
        draft.attributes["type"] = kind
    data = cursor.take(length)
    text = data.decode("ascii", "replace").strip()
    if not text.isprintable() or "\ufffd" in text:
        draft.attributes["answer"] = data.hex()
    elif text.startswith("GTSL") and text.count("|") >= 4:
        draft.attributes["driver"] = text.split("|")[4]
    else:
        draft.attributes["answer"] = text


def _read_picture(cursor: Cursor, session: Session) -> Reading:
    """Read a camera's announcement or a part of its picture, and ask for the next part."""
    cursor.skip(5)
    kind, number = cursor.u8(), cursor.u32()
    facts = dict(session.facts)
    if kind == 1:
        facts["picture_bytes"] = cursor.u32()
        session = replace(session, facts=facts, parts=())
    elif kind == 2:
        cursor.skip(4)
        part = cursor.take(cursor.u16())
        if sum(map(len, session.parts)) + len(part) <= PICTURE_BYTES_MAX:
            session = replace(session, parts=(*session.parts, part))
    offset, total = sum(map(len, session.parts)), int(facts.get("picture_bytes", 0))
    if kind == 2 and offset >= total:
        picture = Media("jpg", b"".join(session.parts))
        report = Report(attributes={"media": "jpg", "media_bytes": offset})
        return Reading(replace(session, parts=()), session.device_uid, (report,), (picture,))
    ask: dict[str, Attribute] = {"picture": number, "offset": offset, "bytes": min(total - offset, PICTURE_PART_BYTES)}
    return Reading(session, session.device_uid, ask=ask if kind in (1, 2) else {})


def reply(frame: bytes, reading: Reading, now: datetime) -> bytes:
    """Accept a login; confirm as many records as came; ask for the next part of a picture."""
    if reading.device_uid is None:
        return b""
    if LOGIN.match(frame):
        return b"\x01"
    if "picture" in reading.ask:
        return _picture_request(reading)
    if "count" not in reading.ask:
        return b""
    count = int(reading.ask["count"])
    if frame.startswith(b"\0\0\0\0"):
        return count.to_bytes(4, "big")
    return b"\x00\x05" + frame[2:4] + b"\x01" + frame[5:6] + bytes((count,))


def _picture_request(reading: Reading) -> bytes:
    ask = reading.ask
    payload = b"\x02" + b"".join(
        int(ask[name]).to_bytes(size, "big") for name, size in (("picture", 4), ("offset", 4), ("bytes", 2))
    )
    inner = bytes((SERIAL, 1, CAMERA)) + len(payload).to_bytes(4, "big") + payload + b"\x01"
    return bytes(4) + len(inner).to_bytes(4, "big") + inner + bytes(2) + crc16_ibm(inner).to_bytes(2, "big")


TELTONIKA = Codec(
    "teltonika",
    port=5027,
    transport="tcp",
    frame_bytes_max=FRAME_BYTES_MAX,
    split=split,
    decode=decode,
    reply=reply,
    takes_datagrams=True,
)

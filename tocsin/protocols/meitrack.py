"""meitrack: Meitrack MT90, P88, P99, T1, T3, MVT and others. TCP and UDP, port 5020.

`$$`, a flag, the length behind the first comma, identity, command, values, `*`, sum. `AAA` is text; `CCC` and `CCE` are
binary and hold several reports. What happened is a number in all of them. Page: docs/protocols/meitrack.md.
"""

import re
from dataclasses import replace
from datetime import datetime

from tocsin.protocols.base import Attribute, Codec, DecodeError, Media, Reading, Session
from tocsin.protocols.checksums import sum8
from tocsin.protocols.draft import Draft, place_or_none
from tocsin.protocols.meitrack_binary import put_event, read_batch, read_items
from tocsin.protocols.numbers import number_or_none
from tocsin.protocols.times import written

FRAME_BYTES_MAX = 16 * 1024
PICTURE_BYTES_MAX = 512 * 1024
PICTURE_STEP = 8
START = re.compile(rb"\$\$.(\d{1,5}),", re.DOTALL)
HEAD = re.compile(rb"\$\$(.)\d+,([^,]+),([0-9A-Z]{3})(?:,|(?=\*))", re.DOTALL)
END = re.compile(rb"\*[0-9A-Fa-f]{2}\r\n")
BINARY = (b"CCC", b"CCE", b"D00")
TAIL_BYTES = 5
# Volts of one step of the battery and of the supply.
SCALES = {
    **dict.fromkeys(("MVT340", "MVT380"), (3.0 * 2 / 1024, 3.0 * 16 / 1024)),
    **dict.fromkeys(("T1", "T3", "MVT100", "MVT600", "MVT800", "TC68", "TC68S"), (3.3 * 2 / 4096, 3.3 * 16 / 4096)),
    "MT90": (3.3 * 2 / 4096, 1.0),
    "MT90G": (3.0 * 2 / 4096, 1.0),
}


def split(buffer: bytes) -> tuple[list[bytes], bytes]:
    """Cut by the length; where a text ends elsewhere, by its end."""
    frames: list[bytes] = []
    at, size = len(buffer) - len(buffer.lstrip(b"\r\n")), len(buffer)
    while at < size:
        start = START.match(buffer, at)
        if start is None:
            begin = buffer.find(b"$$", at + 1)
            if begin < 0:
                # It may be a beginning of which little has come.
                is_open = buffer.startswith(b"$", at) and size - at < 9
                begin = at if is_open else size - buffer.endswith(b"$")
            if begin <= at:
                break
            frames.append(buffer[at:begin])
            at = begin
            continue
        end = _end_of(buffer, at, start.end() - 1 + int(start[1]))
        if end > size:
            break
        frames.append(buffer[at:end])
        at = end
        while buffer[at : at + 1] in (b"\r", b"\n"):
            at += 1
    return frames, buffer[at:]


def _is_text(buffer: bytes, at: int) -> bool:
    head = HEAD.match(buffer, at)
    return head is not None and head[3] not in BINARY


def _end_of(buffer: bytes, at: int, end: int) -> int:
    if buffer[end - 2 : end] != b"\r\n" and _is_text(buffer, at):
        found = END.search(buffer, at)
        return found.end() if found is not None else end
    return end


def decode(frame: bytes, session: Session, now: datetime) -> Reading:
    """Read one message."""
    head = HEAD.match(frame)
    if head is None:
        raise DecodeError("meitrack: no message")
    uid, command = head[2].decode("ascii", "replace"), head[3].decode("ascii")
    session = replace(session, device_uid=uid)
    end = frame.rfind(b"*")
    content = frame[head.end() : end if end >= head.end() else len(frame)]
    ask: dict[str, Attribute] = {"command": command, "flag": head[1].decode("latin-1"), "uid": uid}
    if command == "CCC":
        drafts = read_batch(frame[head.end() :])
        return Reading(session, uid, tuple(one.report() for one in drafts), ask={**ask, "count": len(drafts)})
    if command == "CCE":
        return Reading(session, uid, tuple(one.report() for one in read_items(frame[head.end() :])), ask=ask)
    if command == "D00":
        return _read_picture(frame[head.end() : -TAIL_BYTES], session, ask)
    if command == "D03":
        return Reading(replace(session, parts=()), uid, ask=ask)
    if command == "AAC":
        return Reading(session, uid, ask=ask)
    draft = Draft()
    text = content.decode("ascii", "replace")
    if command == "D82":
        draft.attributes["answer"] = f"{command},{text}"
    else:
        _read_text(draft, text.split(","), str(session.facts.get("model", "")) if session.facts else "")
    return Reading(session, uid, (draft.report(),), ask=ask)


def _read_text(draft: Draft, fields: list[str], model: str) -> None:
    # One form counts the records still in store in front of the event.
    at = 1 if len(fields) > 1 and fields[0].isdecimal() and fields[1].isdecimal() else 0
    if not fields[at].isdecimal():
        raise DecodeError("meitrack: no event")
    put_event(draft, int(fields[at]))
    try:
        _put_place(draft, fields[at + 1 :])
        _put_state(draft, fields[at + 6 :], fields[at + 13 :], model)
    except (ValueError, IndexError):
        draft.attributes["is_cut_short"] = True


def _put_place(draft: Draft, fields: list[str]) -> None:
    lat, lon, clock, valid, satellites, _, speed, course, _, altitude = fields[:10]
    draft.sent_at = written(clock)
    draft.place = place_or_none(
        float(lat),
        float(lon),
        fix_at=draft.sent_at,
        is_valid=valid == "A",
        satellites=int(satellites or 0),
        speed_kmh=number_or_none(speed),
        course_deg=number_or_none(course),
        altitude_m=number_or_none(altitude),
    )


def _put_state(draft: Draft, fields: list[str], more: list[str], model: str) -> None:
    """Read the cell, the inputs and the voltages. Their unit depends on the model."""
    signal, cell, inputs, volts = fields[0], more[0].split("|"), more[1], more[2].split("|")
    draft.attributes["distance_m"] = int(fields[5])
    mcc, mnc, lac, cid = cell
    if int(mcc) and int(mnc) and lac and cid:
        draft.cell(int(mcc), int(mnc), int(lac, 16), int(cid, 16), -int(signal))
    draft.attributes["input"] = int(inputs[:2], 16)
    if "." in volts[0]:
        draft.attributes["battery_v"], draft.attributes["power_v"] = float(volts[0]), float(volts[1])
        return
    battery, power = SCALES.get(model.upper(), (0.01, 0.01))
    draft.attributes["battery_v"] = int(volts[3], 16) * battery
    draft.attributes["power_v"] = int(volts[4] or "0", 16) * power


def _read_picture(content: bytes, session: Session, ask: dict[str, Attribute]) -> Reading:
    """Collect the parts of a picture; the last one completes it."""
    words = content.split(b",", 3)
    if len(words) < 4 or not (words[1].isdigit() and words[2].isdigit()):
        raise DecodeError("meitrack: no part of a picture")
    total, number = int(words[1]), int(words[2])
    parts = (*(session.parts if number else ()), words[3])
    if sum(map(len, parts)) > PICTURE_BYTES_MAX:
        raise DecodeError("meitrack: picture too big")
    ask = {**ask, "file": words[0].decode("ascii", "replace"), "next": number + 1, "total": total}
    if number + 1 < total:
        return Reading(replace(session, parts=parts), session.device_uid, ask=ask)
    media = (Media("jpg", b"".join(parts)),)
    return Reading(replace(session, parts=()), session.device_uid, (Draft().report(),), media, ask)


def reply(frame: bytes, reading: Reading, now: datetime) -> bytes:
    """Count the reports of a batch, answer a query, ask for the next parts of a picture."""
    ask = reading.ask
    uid, command = str(ask["uid"]), ask["command"]
    if command == "CCC":
        count = int(ask["count"])
        return _message(str(ask["flag"]), 27 + count // 10, f"{uid},CCC,{count}")
    if command == "AAC":
        return _message("z", 27, f"{uid},AAC,1")
    if command == "D03":
        return _request(uid, "camera_picture.jpg", 0)
    if command == "D00" and int(ask["next"]) < int(ask["total"]) and int(ask["next"]) % PICTURE_STEP == 0:
        return _request(uid, str(ask["file"]), int(ask["next"]))
    return b""


def _request(uid: str, file: str, number: int) -> bytes:
    content = f"{uid},D00,{file},{number}"
    return _message("O", len(content) + 6, content)


def _message(flag: str, length: int, content: str) -> bytes:
    text = f"@@{flag}{length:02d},{content}*".encode("latin-1", "replace")
    return b"%b%02X\r\n" % (text, sum8(text))


MEITRACK = Codec(
    "meitrack",
    port=5020,
    transport="tcp",
    frame_bytes_max=FRAME_BYTES_MAX,
    split=split,
    decode=decode,
    reply=reply,
    takes_datagrams=True,
)

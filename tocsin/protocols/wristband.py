"""wristband: "YX" wristbands. TCP, port 5174.

A frame is `00 01 02`, length, text, `FF FE FC`; the text is `YX<imei>|<version>|<model>|{F<number>#<data>}`. No alarm
is known in this protocol: a function that we do not know is kept as it came. Layout: shared corpus, devices.md
section 4. Page: docs/protocols/wristband.md.
"""

import re
from dataclasses import replace
from datetime import datetime

from tocsin.protocols.base import Codec, DecodeError, Reading, Report, Session
from tocsin.protocols.draft import Draft, place_or_none
from tocsin.protocols.times import written

FRAME_BYTES_MAX = 8 * 1024
START, END = b"\x00\x01\x02", b"\xff\xfe\xfc"
TEXT = re.compile(r"..(\d{5,20})\|([vV]\d+\.\d+)\|\d+\|\{F(\d+)(?:#(.*))?\}\s*", re.DOTALL)
STATUS, PLACES, WIFI, CELLS, TIME, SERVER, ECHO = 1, 2, 3, 4, 91, 90, 64
# Where the device shall connect. It is connected already, so it is told nothing new.
THIS_SERVER = "127.0.0.1,500"


def split(buffer: bytes) -> tuple[list[bytes], bytes]:
    """Cut from start mark to end mark; what stands between frames is a piece of its own."""
    frames: list[bytes] = []
    at = 0
    while at < len(buffer):
        if not buffer.startswith(START, at):
            begin = buffer.find(START, at + 1)
            if begin < 0:
                if START.startswith(buffer[at:]):
                    break
                begin = len(buffer)
            frames.append(buffer[at:begin])
            at = begin
            continue
        end = buffer.find(END, at) + len(END)
        if end < len(END):
            break
        frames.append(buffer[at:end])
        at = end
    return frames, buffer[at:]


def _open(frame: bytes) -> re.Match[str]:
    match = TEXT.fullmatch(frame[5:].removesuffix(END).decode("ascii", "replace"))
    if match is None or not frame.startswith(START):
        raise DecodeError("wristband: no frame")
    return match


def decode(frame: bytes, session: Session, now: datetime) -> Reading:
    """Read one frame."""
    uid, _, function, data = _open(frame).groups()
    session = replace(session, device_uid=uid)
    try:
        reports = _read(int(function), data or "")
    except (ValueError, IndexError) as error:
        raise DecodeError(f"wristband: function {function} has other values") from error
    return Reading(session, uid, reports)


def _read(function: int, data: str) -> tuple[Report, ...]:
    if function == STATUS:
        draft = Draft()
        draft.battery_pct = min(int(data.split(",")[0]), 100)
        return (draft.report(),)
    if function == PLACES:
        reports = [_read_place(part) for part in data.split("|")]
        return tuple(sorted(reports, key=lambda report: report.sent_at.timestamp() if report.sent_at else 0.0))
    if function in (WIFI, CELLS):
        return (_read_networks(data.split("|"), has_wifi=function == WIFI),)
    return ()


def _read_place(text: str) -> Report:
    lon, lat, time, speed = text.split(",")[:4]
    sent_at = written(time + "00")
    place = place_or_none(float(lat), float(lon), fix_at=sent_at, speed_kmh=float(speed))
    return Report(sent_at, place)


def _read_networks(parts: list[str], *, has_wifi: bool) -> Report:
    draft = Draft()
    if has_wifi:
        for point in parts[0].split("_"):
            mac, signal = point.split(",")[:2]
            draft.access_point(mac, int(signal))
    for cell in parts[has_wifi].split(":"):
        area, network, country, cid, strength = (int(value) for value in cell.split(",")[:5])
        draft.cell(country, network, area, cid, -abs(strength))
    return draft.report()


def reply(frame: bytes, reading: Reading, now: datetime) -> bytes:
    """Answer a status with its number, a question with the time or the server, an echo with itself."""
    uid, version, function, data = _open(frame).groups()
    data = data or ""
    answers = {
        STATUS: data.split(",")[1] if "," in data else "",
        SERVER: THIS_SERVER,
        TIME: f"{now:%Y-%m-%d-%H-%M-%S}|{THIS_SERVER}",
        ECHO: data,
    }
    if int(function) not in answers:
        return b""
    text = f"YX{uid}|{version}|0|{{F{int(function):02d}#{answers[int(function)]}}}\r\n".encode()
    return START + len(text).to_bytes(2, "big") + text + END


WRISTBAND = Codec(
    "wristband", port=5174, transport="tcp", frame_bytes_max=FRAME_BYTES_MAX, split=split, decode=decode, reply=reply
)

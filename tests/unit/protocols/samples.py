"""Frames of our own, made from the documented layouts: one stream to a protocol, the first frame naming the device."""

from datetime import UTC, datetime

from tocsin.demo.wristband import DEMO_UIDS, Press, frames_of, gt06_frame, gt06_place, watch_alarm, watch_frame
from tocsin.protocols.base import Alarm, Codec, Reading, Session

NOW = datetime(2026, 7, 15, 10, 20, 30, tzinfo=UTC)
AT = datetime(2026, 3, 1, 4, 5, 6, tzinfo=UTC)
PRESS = Press(AT)
GT06_UID, WATCH_UID, PHONE_UID = DEMO_UIDS["gt06"], DEMO_UIDS["watch"], DEMO_UIDS["osmand"]

STREAMS: dict[str, list[bytes]] = {
    "gt06": [
        *frames_of("gt06", GT06_UID, Press(AT, alarms=frozenset({Alarm.SOS, Alarm.FALL}))),
        gt06_frame(0x12, gt06_place(PRESS) + bytes.fromhex("0385461234005678"), serial=9),
        gt06_frame(0x13, bytes.fromhex("4404040001"), serial=10),
    ],
    "watch": [
        *frames_of("watch", WATCH_UID, PRESS),
        watch_frame(WATCH_UID, watch_alarm(Press(AT, alarms=frozenset()), command="UD")),
        watch_frame(WATCH_UID, "TKQ"),
    ],
    "osmand": [
        *frames_of("osmand", PHONE_UID, PRESS),
        b"GET /?id=demo-phone-13&lat=1&lon=2 HTTP/1.1\r\nHost: t\r\n\r\n",
    ],
}


def read_all(codec: Codec, frames: list[bytes]) -> list[Reading]:
    """Read frames as one connection carries them."""
    session, readings = Session(), []
    for frame in frames:
        reading = codec.decode(frame, session, NOW)
        session = reading.session
        readings.append(reading)
    return readings


def alarms_in(codec: Codec, frames: list[bytes]) -> frozenset[Alarm]:
    """Every alarm of a stream."""
    return frozenset().union(*(reading.alarms for reading in read_all(codec, frames)))

"""The frames of a simulated wristband: a login where the protocol has one, then a press. Pure; nothing is sent here.

`tocsin device press` and the tests use the same frames. The identities are invented: no such IMEI was ever issued.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from struct import pack
from urllib.parse import urlencode

from tocsin.protocols.base import Alarm
from tocsin.protocols.checksums import crc16_x25

# One identity to a protocol. The demo's organisation issues exactly these.
DEMO_UIDS = {"gt06": "990000000000011", "watch": "9900000012", "osmand": "demo-phone-13"}
# The open sea off an island in the southern Indian Ocean on which nobody lives, so that the map has a coast.
DEMO_LAT_DEG, DEMO_LON_DEG = -49.33, 70.80

SERIAL_LOGIN, SERIAL_PRESS = 1, 2


@dataclass(frozen=True, slots=True)
class Press:
    """What the wearer did and what the device knows at that moment."""

    at: datetime
    lat_deg: float | None = DEMO_LAT_DEG  # `None`: no fix.
    lon_deg: float | None = DEMO_LON_DEG
    alarms: frozenset[Alarm] = frozenset({Alarm.SOS})
    battery_pct: int = 71
    cells: tuple[tuple[int, int, int, int], ...] = field(default=((901, 70, 4660, 22136),))

    def __post_init__(self) -> None:
        assert self.at.utcoffset() == UTC.utcoffset(None), "a press needs an aware UTC time"

    @property
    def has_fix(self) -> bool:
        """Say whether the device knows where it is."""
        return self.lat_deg is not None and self.lon_deg is not None


def frames_of(protocol: str, uid: str, press: Press) -> list[bytes]:
    """Give the frames to send, in order; each is answered. Raises `KeyError` for a protocol without a wristband."""
    return BUILDERS[protocol](uid, press)


def gt06_frames(uid: str, press: Press) -> list[bytes]:
    """Give a login and alarms. One frame says SOS in its status byte and one more thing in its alarm code."""
    codes = [GT06_CODES[alarm] for alarm in _others_first(press.alarms) if alarm in GT06_CODES]
    says_sos = Alarm.SOS in press.alarms
    frames = [gt06_login(uid)]
    for number, code in enumerate(codes or [0x01]):
        frames.append(gt06_alarm(press, code=code, says_sos=says_sos, serial=SERIAL_PRESS + number))
    return frames


GT06_CODES = {
    Alarm.SOS: 0x01,
    Alarm.FALL: 0x23,
    Alarm.TORN_OFF: 0x18,
    Alarm.TAMPER: 0x13,
    Alarm.LOW_BATTERY: 0x19,
    Alarm.POWER_CUT: 0x02,
    Alarm.VIBRATION: 0x03,
    Alarm.POWER_OFF: 0x11,
    Alarm.JAMMING: 0x30,
}


def _others_first(alarms: Iterable[Alarm]) -> list[Alarm]:
    """Put SOS last: its bit goes into every frame, so that its code is needed only when it is alone."""
    others = sorted(alarm for alarm in alarms if alarm is not Alarm.SOS)
    return others or sorted(alarms)


def gt06_login(uid: str, *, serial: int = SERIAL_LOGIN, zone: int | None = None) -> bytes:
    """Give a login. `zone`: the two bytes of the time zone that some models add."""
    content = bytes.fromhex(uid.zfill(16)) + (b"" if zone is None else b"\x00\x00" + pack(">H", zone))
    return gt06_frame(0x01, content, serial=serial)


def gt06_alarm(press: Press, *, code: int, says_sos: bool, serial: int = SERIAL_PRESS, kind: int = 0x26) -> bytes:
    """Give an alarm with place, cell and state (type 0x26)."""
    status = 0x40 | (4 << 3 if says_sos else 0)
    level = round(press.battery_pct * 6 / 100)
    mcc, mnc, lac, cid = press.cells[0] if press.cells else (0, 0, 0, 0)
    cell = pack(">BHBH", 9, mcc, mnc, lac) + cid.to_bytes(3, "big")
    return gt06_frame(kind, gt06_place(press) + cell + bytes((status, level, 4, code, 2)), serial=serial)


def gt06_place(press: Press) -> bytes:
    """Give the 18 bytes of time and place; without a fix zeros and no valid bit."""
    time = _time_bytes(press.at)
    if press.lat_deg is None or press.lon_deg is None:
        return time + bytes(12)
    flags = 0x1000 | (0x0400 if press.lat_deg >= 0 else 0) | (0x0800 if press.lon_deg < 0 else 0)
    lat, lon = (round(abs(degrees) * 1_800_000) for degrees in (press.lat_deg, press.lon_deg))
    return time + pack(">BIIBH", 0xC9, lat, lon, 0, flags)


def _time_bytes(at: datetime) -> bytes:
    return bytes((at.year % 100, at.month, at.day, at.hour, at.minute, at.second))


def gt06_frame(kind: int, content: bytes, *, serial: int) -> bytes:
    """Frame content: start, length, type, content, serial number, checksum, end."""
    inner = bytes((len(content) + 5, kind)) + content + pack(">H", serial)
    return b"\x78\x78" + inner + pack(">H", crc16_x25(inner)) + b"\r\n"


WATCH_BITS = {
    Alarm.LOW_BATTERY: 17,
    Alarm.SOS: 16,
    Alarm.GEOFENCE_EXIT: 18,
    Alarm.GEOFENCE_ENTER: 19,
    Alarm.TORN_OFF: 20,
    Alarm.FALL: 21,
    Alarm.POWER_CUT: 14,
}


def watch_frames(uid: str, press: Press) -> list[bytes]:
    """Give a heartbeat and an alarm; the watch names itself in both."""
    return [watch_frame(uid, f"LK,0,0,{press.battery_pct}"), watch_frame(uid, watch_alarm(press))]


def watch_alarm(press: Press, *, command: str = "AL") -> str:
    """Give the content of an alarm or a position (`UD`, stored: `UD2`)."""
    status = sum(1 << WATCH_BITS[alarm] for alarm in press.alarms if alarm in WATCH_BITS)
    lat, lon = abs(press.lat_deg or 0.0), abs(press.lon_deg or 0.0)
    letters = ("N" if (press.lat_deg or 0) >= 0 else "S", "W" if (press.lon_deg or 0) < 0 else "E")
    cells = "".join(f",{lac},{cid},-70" for _, _, lac, cid in press.cells)
    networks = f"{len(press.cells)},1,{press.cells[0][0]},{press.cells[0][1]}{cells}" if press.cells else "0"
    return (
        f"{command},{press.at:%d%m%y,%H%M%S},{'A' if press.has_fix else 'V'},{lat:.6f},{letters[0]},{lon:.6f},"
        f"{letters[1]},0.00,0.0,0.0,{9 if press.has_fix else 0},80,{press.battery_pct},0,0,{status:08X},"
        f"{networks},0,10.0"
    )


def watch_frame(uid: str, content: str, *, maker: str = "3G") -> bytes:
    """Frame content: maker, identity, length."""
    return f"[{maker}*{uid}*{len(content):04X}*{content}]".encode()


OSMAND_WORDS = {Alarm.FALL: "fallDown", Alarm.TORN_OFF: "removing", Alarm.LOW_BATTERY: "lowBattery"}


def osmand_frames(uid: str, press: Press) -> list[bytes]:
    """Give one request, as a phone sends it."""
    values = {"id": uid, "timestamp": str(int(press.at.timestamp())), "batt": str(press.battery_pct)}
    if press.has_fix:
        values |= {"lat": f"{press.lat_deg:.6f}", "lon": f"{press.lon_deg:.6f}", "accuracy": "12"}
    if press.alarms:
        values["alarm"] = ",".join(OSMAND_WORDS.get(alarm, alarm.value) for alarm in sorted(press.alarms))
    return [f"POST /?{urlencode(values)} HTTP/1.1\r\nHost: tocsin\r\nContent-Length: 0\r\n\r\n".encode()]


BUILDERS: dict[str, Callable[[str, Press], list[bytes]]] = {
    "gt06": gt06_frames,
    "watch": watch_frames,
    "osmand": osmand_frames,
}

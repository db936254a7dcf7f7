"""What every wire format shares: the values a decoder gives, and the row it adds to the registry.

A protocol is a module of pure functions over bytes: `split` cuts frames out of a stream, `decode` reads one,
`reply` makes the answer. Nothing here opens a socket, looks up a device or reads the clock.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

Attribute = str | int | float | bool
NOTHING: Mapping[str, Attribute] = MappingProxyType({})


class DecodeError(ValueError):
    """These bytes are not a frame of this protocol that we can read. They are stored all the same."""


class Alarm(StrEnum):
    """What a device can call for. A report carries a set of these: a low battery must not hide an SOS."""

    SOS = "sos"
    FALL = "fall"
    TORN_OFF = "torn_off"
    TAMPER = "tamper"
    SILENCE = "silence"
    DURESS = "duress"
    JAMMING = "jamming"
    POWER_CUT = "power_cut"
    POWER_OFF = "power_off"
    POWER_ON = "power_on"
    POWER_RESTORED = "power_restored"
    LOW_BATTERY = "low_battery"
    LOW_POWER = "low_power"  # The supply from outside is low, not the device's own battery.
    ACCIDENT = "accident"
    GENERAL = "general"  # The device calls, and does not say what for.
    VIBRATION = "vibration"
    MOVEMENT = "movement"
    GEOFENCE = "geofence"
    GEOFENCE_ENTER = "geofence_enter"
    GEOFENCE_EXIT = "geofence_exit"
    OVERSPEED = "overspeed"
    DOOR = "door"
    FAULT = "fault"
    OTHER = "other"  # The vendor's word or code stands in `attributes["alarm_code"]`.
    # What only vehicle trackers say. They are lent to defenders too, so nothing that they say is dropped.
    ANTENNA_CUT = "antenna_cut"
    BONNET = "bonnet"
    FATIGUE = "fatigue"
    FOOT_BRAKE = "foot_brake"
    FUEL_LEAK = "fuel_leak"
    HARD_ACCELERATION = "hard_acceleration"
    HARD_BRAKING = "hard_braking"
    HARD_CORNERING = "hard_cornering"
    HIGH_RPM = "high_rpm"
    IDLE = "idle"
    LANE_CHANGE = "lane_change"
    LOCK = "lock"
    LOW_SPEED = "low_speed"
    PARKING = "parking"
    TEMPERATURE = "temperature"
    TOW = "tow"
    UNLOCK = "unlock"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the device says it was. WGS 84, degrees, south and west negative."""

    lat_deg: float
    lon_deg: float
    fix_at: datetime | None = None  # Aware UTC; `None`: the frame does not say.
    is_valid: bool = True  # The frame's own fix flag. False: old or guessed by the device.
    accuracy_m: float | None = None
    altitude_m: float | None = None
    speed_kmh: float | None = None
    course_deg: float | None = None
    satellites: int | None = None

    def __post_init__(self) -> None:
        if not (-90 <= self.lat_deg <= 90 and -180 <= self.lon_deg <= 180):
            # The numbers are not repeated: the message may reach a log.
            raise DecodeError("place out of range")


@dataclass(frozen=True, slots=True)
class CellTower:
    """A mobile cell in sight. `mcc` and `mnc` both 0: the frame does not name the network."""

    mcc: int
    mnc: int
    lac: int
    cid: int
    signal_dbm: int | None = None
    radio: str | None = None  # "gsm", "wcdma", "lte", "nr"


@dataclass(frozen=True, slots=True)
class WifiPoint:
    """A Wi-Fi access point in sight; `mac` is lower case with colons."""

    mac: str
    signal_dbm: int | None = None
    channel: int | None = None


@dataclass(frozen=True, slots=True)
class Media:
    """A picture or voice message that a frame completes."""

    extension: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Report:
    """What a decoder reads about one moment. Every part may be missing; a call without a fix is a call."""

    sent_at: datetime | None = None  # The device's clock, aware UTC, believed by nobody.
    place: Place | None = None
    alarms: frozenset[Alarm] = frozenset()
    cells: tuple[CellTower, ...] = ()
    wifi: tuple[WifiPoint, ...] = ()
    battery_pct: float | None = None
    is_stored: bool = False  # The device kept it while offline and sends it late.
    attributes: Mapping[str, Attribute] = field(default_factory=lambda: NOTHING)


@dataclass(frozen=True, slots=True)
class Session:
    """What one connection has told so far. A value: each frame gives the next one."""

    device_uid: str | None = None
    utc_offset_s: int = 0
    facts: Mapping[str, Attribute] = field(default_factory=lambda: NOTHING)
    # Media parts still to come, oldest first. A codec bounds their sum.
    parts: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """What one frame says. `session` is what the next frame of the connection is read with."""

    session: Session
    device_uid: str | None = None  # Named in this frame or earlier in the session.
    reports: tuple[Report, ...] = ()  # Oldest first.
    media: tuple[Media, ...] = ()
    # What `reply` needs and `reports` does not say (a serial number, a command word).
    ask: Mapping[str, Attribute] = field(default_factory=lambda: NOTHING)

    @property
    def alarms(self) -> frozenset[Alarm]:
        """Every alarm of every report of this frame."""
        return frozenset().union(*(report.alarms for report in self.reports))


@dataclass(frozen=True, slots=True)
class Codec:
    """A row of the registry.

    `split(buffer)` gives the whole frames and the rest; it never raises. Bytes that can be no frame are a piece of
    their own, so that they are stored too; byte stuffing is undone. A rest longer than `frame_bytes_max` has no end
    that could still come. `decode(frame, session, now)` raises `DecodeError` and nothing else, for any bytes; `now` is
    only for frames that state a time without a date. `reply(frame, reading, now)` is sent after the commit; empty:
    nothing is due. `refuse(frame)` answers what could not be read, after it is stored.
    """

    name: str
    port: int
    transport: str  # "tcp", "udp", "http"
    frame_bytes_max: int
    split: Callable[[bytes], tuple[list[bytes], bytes]]
    decode: Callable[[bytes, Session, datetime], Reading]
    reply: Callable[[bytes, Reading, datetime], bytes]
    refuse: Callable[[bytes], bytes] = field(default=lambda _frame: b"")
    # HTTP: one request stands alone and the connection may be closed after the answer.
    is_sessionless: bool = False
    # Spoken over UDP too, on the same port. A datagram is split like a stream; what is left over is a frame as well.
    takes_datagrams: bool = False

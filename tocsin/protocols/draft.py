"""A report while it is being read. What has been read stands, also when what follows cannot be."""

from datetime import datetime

from tocsin.protocols.base import Alarm, Attribute, CellTower, Place, Report, WifiPoint


def place_or_none(
    lat_deg: float,
    lon_deg: float,
    *,
    fix_at: datetime | None = None,
    is_valid: bool = True,
    accuracy_m: float | None = None,
    altitude_m: float | None = None,
    speed_kmh: float | None = None,
    course_deg: float | None = None,
    satellites: int | None = None,
) -> Place | None:
    """Make a place. `None`: out of range, not a number, or exactly 0, 0.

    A device without a fix writes zeros, some with a valid flag. That is a spot in the Gulf of Guinea, and nobody shall
    be sent there.
    """
    if not (-90 <= lat_deg <= 90 and -180 <= lon_deg <= 180) or (lat_deg == 0 and lon_deg == 0):
        return None
    return Place(
        lat_deg,
        lon_deg,
        fix_at,
        is_valid,
        _finite(accuracy_m),
        _finite(altitude_m),
        _finite(speed_kmh),
        _finite(course_deg),
        satellites,
    )


def _finite(value: float | None) -> float | None:
    """Give a number, or `None` for what a damaged one makes: no number, or one beyond all bounds."""
    return value if value is None or value - value == 0 else None


class Draft:
    """The parts of one report, in any order."""

    __slots__ = ("alarms", "attributes", "battery_pct", "cells", "is_stored", "place", "sent_at", "wifi")

    def __init__(self, sent_at: datetime | None = None) -> None:
        self.sent_at = sent_at
        self.place: Place | None = None
        self.alarms: set[Alarm] = set()
        self.cells: list[CellTower] = []
        self.wifi: list[WifiPoint] = []
        self.battery_pct: float | None = None
        self.is_stored = False
        self.attributes: dict[str, Attribute] = {}

    def alarm(self, alarm: Alarm | None) -> None:
        """Add an alarm to the set; `None` adds nothing."""
        if alarm is not None:
            self.alarms.add(alarm)

    def cell(
        self, mcc: int, mnc: int, lac: int, cid: int, signal_dbm: int | None = None, *, radio: str | None = None
    ) -> None:
        """Add a cell, once. Area 0 is a device's way to write "none"."""
        if lac > 0:
            tower = CellTower(mcc, mnc, lac, cid, signal_dbm, radio)
            if tower not in self.cells:
                self.cells.append(tower)

    def access_point(self, mac: str | bytes, signal_dbm: int | None = None, *, channel: int | None = None) -> None:
        """Add a Wi-Fi access point. An address of zeros is a device's way to write "none"."""
        if isinstance(mac, bytes):
            mac = mac.hex(":")
        mac = mac.strip().lower().replace("-", ":")
        if mac.strip("0:"):
            self.wifi.append(WifiPoint(mac, signal_dbm, channel))

    def report(self) -> Report:
        """Freeze what was read. A charge that cannot be is none: a damaged one must not call for a new battery."""
        battery_pct = self.battery_pct
        if battery_pct is not None and not 0 <= battery_pct <= 100:
            battery_pct = None
        return Report(
            self.sent_at,
            self.place,
            frozenset(self.alarms),
            tuple(self.cells),
            tuple(self.wifi),
            battery_pct,
            self.is_stored,
            self.attributes,
        )

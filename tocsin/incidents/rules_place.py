"""Where somebody is, how sure that is, and what a device's clock is worth. None of it ever suppresses an alarm."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from tocsin.core.clock import is_utc
from tocsin.incidents.rules import PlaceSource

AHEAD_S = 300  # A device's clock that is further ahead than this is wrong.
LATE_S = 900  # A call sent so long before it arrived was kept by the device.
LONG_AGO_DAYS = 30  # Older than any offline store is likely to be: a reset clock (1980, 2000) rather than a late call.
NEAR_ZERO_DEG = 0.01  # Many trackers say 0°, 0° when they mean "no fix".


class Doubt(StrEnum):
    """Why a place or a time is doubtful. Coded words, shown to headquarters in sentences."""

    NO_FIX = "no_fix"  # The device itself says that this is no valid fix.
    NULL_ISLAND = "null_island"
    CLOCK_AHEAD = "clock_ahead"
    CLOCK_LONG_AGO = "clock_long_ago"
    CLOCK_MISSING = "clock_missing"


@dataclass(frozen=True, slots=True)
class Sighting:
    """One place that somebody's device has told."""

    lat_deg: float
    lon_deg: float
    at: datetime | None  # The device's clock; None: it does not say.
    received_at: datetime
    is_valid: bool = True
    accuracy_m: float | None = None


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """The place of an incident. `at`: when the person was there, as well as we know."""

    source: PlaceSource = PlaceSource.NONE
    lat_deg: float | None = None
    lon_deg: float | None = None
    at: datetime | None = None
    accuracy_m: float | None = None
    doubts: tuple[Doubt, ...] = ()


NOWHERE = Whereabouts()


def clock_doubt(told_at: datetime | None, *, received_at: datetime) -> Doubt | None:
    """Say what is wrong with the time that a device tells."""
    if told_at is None:
        return Doubt.CLOCK_MISSING
    if told_at > received_at + timedelta(seconds=AHEAD_S):
        return Doubt.CLOCK_AHEAD
    if told_at < received_at - timedelta(days=LONG_AGO_DAYS):
        return Doubt.CLOCK_LONG_AGO
    return None


def believed(told_at: datetime | None, *, received_at: datetime) -> datetime:
    """Give the time that we go by: the device's where it can be right, otherwise when we heard of it."""
    if told_at is None or clock_doubt(told_at, received_at=received_at) is not None:
        return received_at
    return min(told_at, received_at)


def is_late(told_at: datetime | None, *, received_at: datetime, is_stored: bool) -> bool:
    """Say whether the device kept this call while it was offline. A wrong clock proves nothing."""
    return is_stored or received_at - believed(told_at, received_at=received_at) > timedelta(seconds=LATE_S)


def decide_place(of_alarm: Iterable[Sighting], last_known: Iterable[Sighting]) -> Whereabouts:
    """Choose the place to tell: the newest valid fix of the alarm itself; otherwise the newest that is known at all.

    An invalid fix of the alarm is better than an older valid one only when there is no other: devices then often repeat
    an old place under a new time.
    """
    own, earlier = list(of_alarm), list(last_known)
    assert all(is_utc(sighting.received_at) for sighting in own + earlier), "received_at must be aware UTC"
    fixes = [sighting for sighting in own if not _place_doubts(sighting)]
    if fixes:
        return _told(_newest(fixes), PlaceSource.FIX)
    sound = [sighting for sighting in earlier if not _place_doubts(sighting)]
    if sound:
        return _told(_newest(sound), PlaceSource.LAST_KNOWN)
    return _told(_newest(own or earlier), PlaceSource.LAST_KNOWN) if own or earlier else NOWHERE


def better_place(current: Whereabouts, found: Whereabouts) -> Whereabouts:
    """Choose between what the incident knows and what one more call says. An older fix never hides a newer one."""
    if found.at is None:
        return current
    if current.at is None or (found.source is PlaceSource.FIX and current.source is not PlaceSource.FIX):
        return found
    if current.source is PlaceSource.FIX and found.source is not PlaceSource.FIX:
        return current
    return found if found.at >= current.at else current


def _place_doubts(sighting: Sighting) -> tuple[Doubt, ...]:
    doubts = [Doubt.NO_FIX] if not sighting.is_valid else []
    if abs(sighting.lat_deg) < NEAR_ZERO_DEG and abs(sighting.lon_deg) < NEAR_ZERO_DEG:
        doubts.append(Doubt.NULL_ISLAND)
    return tuple(doubts)


def _newest(sightings: list[Sighting]) -> Sighting:
    return max(sightings, key=lambda sighting: believed(sighting.at, received_at=sighting.received_at))


def _told(sighting: Sighting, source: PlaceSource) -> Whereabouts:
    wrong_clock = clock_doubt(sighting.at, received_at=sighting.received_at)
    return Whereabouts(
        source,
        sighting.lat_deg,
        sighting.lon_deg,
        believed(sighting.at, received_at=sighting.received_at),
        sighting.accuracy_m,
        _place_doubts(sighting) + ((wrong_clock,) if wrong_clock else ()),
    )

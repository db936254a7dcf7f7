"""Distances, bearings and areas on the globe. Degrees, south and west negative; kilometres on a sphere.

A sphere is wrong by 0.5 % at most (against WGS 84), which no decision here notices.
"""

import math
from dataclasses import dataclass

EARTH_RADIUS_KM = 6371.0088  # Mean radius (IUGG).
KM_PER_DEG = math.pi * EARTH_RADIUS_KM / 180
HALF_ROUND_KM = 180 * KM_PER_DEG  # Nothing is farther away than this.
COMPASS = ("n", "ne", "e", "se", "s", "sw", "w", "nw")
# A grid cell's corner lies at most half the square root of two of its side from its centre; the rest is for the globe.
AREA_REACH = 0.75


@dataclass(frozen=True, slots=True)
class Area:
    """A circle that holds a place without telling it."""

    lat_deg: float
    lon_deg: float
    radius_km: float


def distance_km(lat_deg: float, lon_deg: float, to_lat_deg: float, to_lon_deg: float) -> float:
    """Give the great-circle distance (haversine: exact for near places, and across the date line)."""
    here, there = math.radians(lat_deg), math.radians(to_lat_deg)
    half = (
        math.sin((there - here) / 2) ** 2
        + math.cos(here) * math.cos(there) * math.sin(math.radians(to_lon_deg - lon_deg) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(min(1.0, half)))


def chord_of(distance: float) -> float:
    """Give the straight distance on the unit sphere (the database's `tocsin_sphere`) of a distance in km."""
    return 2 * math.sin(min(distance, HALF_ROUND_KM) / (2 * EARTH_RADIUS_KM))


def km_of_chord(chord: float) -> float:
    """Give the great-circle distance of a straight distance on the unit sphere."""
    return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, chord / 2))


def bearing_deg(lat_deg: float, lon_deg: float, to_lat_deg: float, to_lon_deg: float) -> float:
    """Give the first course of the great circle from here to there: 0 is north, 90 east, below 360."""
    here, there = math.radians(lat_deg), math.radians(to_lat_deg)
    across = math.radians(to_lon_deg - lon_deg)
    east = math.sin(across) * math.cos(there)
    north = math.cos(here) * math.sin(there) - math.sin(here) * math.cos(there) * math.cos(across)
    return math.degrees(math.atan2(east, north)) % 360 % 360


def compass_word(bearing: float) -> str:
    """Give the nearest of the eight winds, as in `COMPASS`; the texts translate it."""
    return COMPASS[round(bearing / 45) % 8]


def destination(lat_deg: float, lon_deg: float, *, bearing: float, km: float) -> tuple[float, float]:
    """Give the place that lies `km` away in the direction `bearing` (degrees)."""
    here, course, angle = math.radians(lat_deg), math.radians(bearing), km / EARTH_RADIUS_KM
    # As a vector: towards the own meridian, east and north. The usual formulas lose all digits at the poles.
    north = math.sin(here) * math.cos(angle) + math.cos(here) * math.sin(angle) * math.cos(course)
    ahead = math.cos(here) * math.cos(angle) - math.sin(here) * math.sin(angle) * math.cos(course)
    east = math.sin(angle) * math.sin(course)
    lat, across = math.atan2(north, math.hypot(ahead, east)), math.atan2(east, ahead)
    return math.degrees(lat), wrapped_lon(lon_deg + math.degrees(across))


def wrapped_lon(lon_deg: float) -> float:
    """Bring a longitude back into -180 up to, but not including, 180."""
    return (lon_deg + 180) % 360 - 180


def area_of(lat_deg: float, lon_deg: float, *, size_km: float) -> Area:
    """Round a place to a circle that holds it: the cell of a fixed grid whose sides are at most `size_km`.

    The same place always gives the same circle, so that asking often tells nothing more, as a random offset would.
    """
    rows = max(1, math.ceil(180 * KM_PER_DEG / size_km))
    height = 180 / rows
    row = min(rows - 1, int((lat_deg + 90) / height))
    south = -90 + row * height
    nearest_equator = 0.0 if south <= 0 <= south + height else min(abs(south), abs(south + height))
    around_km = 360 * KM_PER_DEG * math.cos(math.radians(nearest_equator))
    columns = max(1, math.ceil(around_km / size_km))
    width = 360 / columns
    column = int((wrapped_lon(lon_deg) + 180) / width) % columns
    return Area(south + height / 2, wrapped_lon(-180 + (column + 0.5) * width), size_km * AREA_REACH)

"""The azimuthal equidistant projection: from its centre, every distance and direction on the map is true.

Snyder, "Map Projections: A Working Manual" (USGS Professional Paper 1395, 1987), page 195, for a sphere. There is no
special place on it: the date line and the poles look like everywhere else.
"""

import math
from dataclasses import dataclass
from functools import cached_property

from tocsin.core.geometry import EARTH_RADIUS_KM, destination

NEAR = 1e-12  # Below this angle, the ratio of an angle to its sine is 1 to all digits.


@dataclass(frozen=True)
class Azimuthal:
    """A plane that touches the globe at one place. Kilometres to the east and to the north of it."""

    lat_deg: float
    lon_deg: float

    @cached_property
    def _sine_cosine(self) -> tuple[float, float]:
        lat = math.radians(self.lat_deg)
        return math.sin(lat), math.cos(lat)

    def project(self, lat_deg: float, lon_deg: float) -> tuple[float, float]:
        """Give the point on the plane: (east, north) in kilometres."""
        sine, cosine = self._sine_cosine
        lat, across = math.radians(lat_deg), math.radians(lon_deg - self.lon_deg)
        sine_lat, cosine_lat, cosine_across = math.sin(lat), math.cos(lat), math.cos(across)
        east = cosine_lat * math.sin(across)
        north = cosine * sine_lat - sine * cosine_lat * cosine_across
        length = math.hypot(east, north)
        towards = sine * sine_lat + cosine * cosine_lat * cosine_across
        if length < NEAR:
            return (
                0.0,
                0.0 if towards > 0 else math.pi * EARTH_RADIUS_KM,
            )  # The other side of the globe: any way is north.
        angle = math.atan2(length, towards)
        stretch = angle * EARTH_RADIUS_KM / length
        return east * stretch, north * stretch

    def place(self, east_km: float, north_km: float) -> tuple[float, float]:
        """Give the place (latitude, longitude) of a point on the plane."""
        bearing = math.degrees(math.atan2(east_km, north_km))
        return destination(self.lat_deg, self.lon_deg, bearing=bearing, km=math.hypot(east_km, north_km))

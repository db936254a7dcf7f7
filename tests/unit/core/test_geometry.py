"""Distances and areas, checked against the plain definition on the sphere."""

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tocsin.core import geometry

LATS = st.floats(-90, 90)
LONS = st.floats(-180, 180)


def by_vectors(lat: float, lon: float, to_lat: float, to_lon: float) -> float:
    """The angle between two unit vectors, by atan2: right near and far."""

    def vector(lat, lon):
        a, b = math.radians(lat), math.radians(lon)
        return math.cos(a) * math.cos(b), math.cos(a) * math.sin(b), math.sin(a)

    (x, y, z), (u, v, w) = vector(lat, lon), vector(to_lat, to_lon)
    cross = math.hypot(y * w - z * v, z * u - x * w, x * v - y * u)
    return geometry.EARTH_RADIUS_KM * math.atan2(cross, x * u + y * v + z * w)


@given(LATS, LONS, LATS, LONS)
@example(0, 179.99, 0, -179.99)
@example(89.99, 0, 89.99, 180)
@example(-90, 10, 90, -77)
def test_the_distance_is_that_between_two_vectors(lat, lon, to_lat, to_lon):
    expected = by_vectors(lat, lon, to_lat, to_lon)
    assert geometry.distance_km(lat, lon, to_lat, to_lon) == pytest.approx(expected, abs=1e-3)
    assert geometry.km_of_chord(geometry.chord_of(expected)) == pytest.approx(expected, abs=0.5)


@given(LATS, LONS, LATS, LONS)
@example(90, 0, 1, 1)
def test_who_walks_the_distance_along_the_bearing_arrives(lat, lon, to_lat, to_lon):
    km = geometry.distance_km(lat, lon, to_lat, to_lon)
    arrived = geometry.destination(lat, lon, bearing=geometry.bearing_deg(lat, lon, to_lat, to_lon), km=km)
    if km < geometry.HALF_ROUND_KM - 100:  # On the far side of the globe every direction is right.
        assert geometry.distance_km(*arrived, to_lat, to_lon) < 0.01
    assert -180 <= arrived[1] < 180


@pytest.mark.parametrize(
    ("to", "word"), [((1, 0), "n"), ((1, 1), "ne"), ((0, 1), "e"), ((-1, 0), "s"), ((0, -1), "w"), ((1, -0.01), "n")]
)
def test_the_winds(to, word):
    assert geometry.compass_word(geometry.bearing_deg(0, 0, *to)) == word


@given(LATS, LONS, st.floats(0.5, 500))
@example(90, 0, 5)
@example(-90, 179.999, 5)
@example(0, 180, 5)
@example(89.97, 45, 5)
def test_an_area_holds_its_place(lat, lon, size_km):
    area = geometry.area_of(lat, lon, size_km=size_km)
    assert geometry.distance_km(lat, lon, area.lat_deg, area.lon_deg) <= area.radius_km


@given(LATS, LONS)
def test_an_area_is_the_same_for_every_place_in_it(lat, lon):
    area = geometry.area_of(lat, lon, size_km=5)
    assert geometry.area_of(area.lat_deg, area.lon_deg, size_km=5) == area

"""The map: true distances and directions, everywhere on the globe, from our own data."""

import math
import xml.etree.ElementTree as ElementTree

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tocsin.console.map import WIDTH_KM_MAX, ZOOM_MAX, Mark, Scene, draw_map, nice_length, view_of, zoom_of
from tocsin.core.azimuthal import Azimuthal
from tocsin.core.geometry import bearing_deg, distance_km
from tocsin.core.land import land

SVG = "{http://www.w3.org/2000/svg}"
BYTES_MAX = 300_000  # The whole globe, seen from the North Atlantic, has 267,000; it travels as 97,000 compressed.
lats = st.floats(-90, 90)
lons = st.floats(-180, 180)
zooms = st.integers(0, ZOOM_MAX)


@pytest.mark.parametrize(
    ("lat_deg", "lon_deg", "country"),
    [
        (48.85, 2.35, "France"),
        (-29.6, 28.2, "Lesotho"),  # A hole in another country.
        (66, -171, "Russia"),  # Beyond the date line.
        (-16.6, 179.0, "Fiji"),
        (-89.9, 0, "Antarctica"),
        (-89.9, 180, "Antarctica"),
        (10, -140, None),
        (90, 0, None),
        (0, -180, None),
        (0, 180, None),
    ],
)
def test_countries_are_where_they_are(lat_deg, lon_deg, country):
    assert land().country_at(lat_deg, lon_deg) == country


@given(lat=lats, lon=lons, to_lat=lats, to_lon=lons)
@example(lat=0.0, lon=0.0, to_lat=0.0, to_lon=180.0)  # The other side of the globe.
def test_distances_and_directions_from_the_centre_are_true(lat, lon, to_lat, to_lon):
    east, north = Azimuthal(lat, lon).project(to_lat, to_lon)
    away_km = distance_km(lat, lon, to_lat, to_lon)
    assert math.hypot(east, north) == pytest.approx(away_km, abs=0.02)
    if 1 < away_km < 19_900 and abs(lat) < 89.9:
        turn = (math.degrees(math.atan2(east, north)) - bearing_deg(lat, lon, to_lat, to_lon) + 180) % 360 - 180
        assert abs(turn) < 0.5


@given(lat=st.floats(-89, 89), lon=lons, east=st.floats(-9_000, 9_000), north=st.floats(-9_000, 9_000))
def test_a_point_of_the_plane_leads_back_to_itself(lat, lon, east, north):
    plane = Azimuthal(lat, lon)
    assert plane.project(*plane.place(east, north)) == pytest.approx((east, north), abs=0.1)


@given(
    lat=lats, lon=lons, zoom=zooms, is_dark=st.booleans(), accuracy_m=st.none() | st.floats(0, 1e7),
    east=st.floats(-30, 30), south=st.floats(-30, 30),
)  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_every_place_on_earth_can_be_drawn(lat, lon, zoom, is_dark, accuracy_m, east, south):
    marks = (Mark("call", lat, lon, accuracy_m), Mark("asked", -lat, lon, letter="A"))
    drawn = draw_map(Scene(lat, lon, marks, zoom=zoom, is_dark=is_dark, east=east, south=south))
    ElementTree.fromstring(drawn)
    assert len(drawn) < BYTES_MAX
    assert "nan" not in drawn
    assert "inf" not in drawn


@pytest.mark.parametrize(("lat", "lon"), [(10, -140), (-17, 179.99), (89.9, 0), (-89.9, 77)])
def test_the_first_view_shows_every_mark(lat, lon):
    marks = tuple(Mark("asked", max(-90, min(90, lat + up)), lon + right) for up, right in ((0.4, 0), (0, 3), (-2, -3)))
    scene = Scene(lat, lon, (*marks, Mark("call", lat, lon, 400.0)))
    view = view_of(scene)
    for mark in scene.marks:
        x, y = view.pixel(mark.lat_deg, mark.lon_deg)
        assert 0 < x < scene.width_px
        assert 0 < y < scene.height_px


def test_the_circle_of_error_has_its_true_size():
    scene = Scene(10, -140, (Mark("call", 10, -140, 5_000.0),), zoom=8)
    circles = ElementTree.fromstring(draw_map(scene)).iter(f"{SVG}circle")
    radius_px = max(float(circle.get("r")) for circle in circles if circle.get("stroke-dasharray") == "7 5")
    assert radius_px * WIDTH_KM_MAX / 2**8 / scene.width_px == pytest.approx(5.0, rel=0.02)


def test_a_mark_outside_is_pointed_to_at_the_edge():
    scene = Scene(10, -140, (Mark("going", 20, -140, letter="B"),), zoom=9)
    texts = [element.text for element in ElementTree.fromstring(draw_map(scene)).iter(f"{SVG}text")]
    assert "B" in texts


def test_words_on_the_map_cannot_break_out_of_it():
    hostile = '"><script>alert(1)</script>&'
    marks = (Mark("going", 10, -140, letter=hostile),)
    drawn = draw_map(Scene(10, -140, marks, title=hostile, labels={"north": hostile}))
    assert "<script" not in drawn
    ElementTree.fromstring(drawn)


def test_each_kind_of_mark_has_a_shape_of_its_own():
    def shape(kind: str) -> str:
        drawn = draw_map(Scene(10, -140, (Mark(kind, 10, -140),), zoom=6))
        return drawn[drawn.rindex('<g transform="translate(480') : drawn.rindex("M20 ")]

    shapes = [shape(kind) for kind in ("call", "last_known", "going", "asked", "home", "report")]
    assert len(set(shapes)) == len(shapes)


def test_an_empty_scene_shows_the_surroundings():
    assert 0 < zoom_of(Scene(10, -140)) < ZOOM_MAX


@pytest.mark.parametrize(("longest", "nice"), [(1, 1), (1.9, 1), (2, 2), (4.9, 2), (5, 5), (99, 50), (0.034, 0.02)])
def test_scale_bars_have_round_lengths(longest, nice):
    assert nice_length(longest) == pytest.approx(nice)

"""The map of an incident or an appeal as one SVG picture, drawn here from our own data: nobody learns where we look.

Azimuthal equidistant around the place that matters, so that distances and directions from it are true, also across the
date line and near the poles. Colours are attributes, since a picture knows no style sheet of the page around it. What
the map shows is also said in words beside it.
"""

import math
from dataclasses import dataclass, field
from html import escape

from tocsin.console import map_ground
from tocsin.console.map_ground import DARK, LIGHT, Palette, View
from tocsin.core.azimuthal import Azimuthal
from tocsin.core.geometry import distance_km

WIDTH_PX, HEIGHT_PX = 960, 640
WIDTH_KM_MAX = 16_000
ZOOM_MAX = 14  # The picture is 1 km wide then.
SCALE_BAR_SHARE = 0.22
FIT_KM_MIN = 60  # Without anything else to show, enough of the coast is in view to know where this is.
FIT_MARGIN = 2.6
PAN_MAX = 20.0  # Widths of the picture.


@dataclass(frozen=True, slots=True)
class Mark:
    """Something at a place. `kind`: call, last_known, report, going, asked, home or area."""

    kind: str
    lat_deg: float
    lon_deg: float
    accuracy_m: float | None = None  # Radius of the circle of error, or of the area.
    letter: str = ""  # Refers to the list beside the map; names do not stand on the picture.


@dataclass(frozen=True, slots=True)
class Scene:
    """What is to be drawn, around which place, how wide."""

    lat_deg: float
    lon_deg: float
    marks: tuple[Mark, ...] = ()
    track: tuple[tuple[float, float], ...] = ()  # Places (latitude, longitude), oldest first.
    zoom: int | None = None  # None: so that everything is seen.
    east: float = 0.0  # How far the picture was dragged, in widths.
    south: float = 0.0
    is_dark: bool = False
    title: str = ""
    width_px: int = WIDTH_PX
    height_px: int = HEIGHT_PX
    labels: dict[str, str] = field(default_factory=dict)  # Words on the map in the reader's language: "north".


def draw_map(scene: Scene) -> str:
    """Draw the scene. The picture is complete in itself and loads nothing."""
    palette = DARK if scene.is_dark else LIGHT
    view = view_of(scene)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{scene.width_px}" height="{scene.height_px}" '
        f'viewBox="0 0 {scene.width_px} {scene.height_px}" role="img" '
        f'font-family="system-ui, sans-serif" font-size="15">',
        f"<title>{escape(scene.title)}</title>",
        f'<rect width="{scene.width_px}" height="{scene.height_px}" fill="{palette.sea}"/>',
        map_ground.countries(view, palette),
        map_ground.graticule(view, palette),
        map_ground.names(view, palette),
        _track(scene, view, palette),
        *(_circle(mark, view, palette) for mark in scene.marks),
        *(_mark(mark, view, palette) for mark in sorted(scene.marks, key=lambda mark: mark.kind in LOUD)),
        _scale_bar(view, palette),
        _compass(view, palette, scene.labels.get("north", "N")),
        "</svg>",
    ]
    return "".join(parts)


def zoom_of(scene: Scene) -> int:
    """Give the zoom at which every mark is seen: 0 is half the world, each step shows half as much."""
    if scene.zoom is not None:
        return min(ZOOM_MAX, max(0, scene.zoom))
    farthest_km = max(
        (
            distance_km(scene.lat_deg, scene.lon_deg, mark.lat_deg, mark.lon_deg) + (mark.accuracy_m or 0) / 1000
            for mark in scene.marks
        ),
        default=0.0,
    )
    # The picture is less high than wide, so the margin counts from its height.
    wanted_km = max(FIT_KM_MIN, farthest_km * FIT_MARGIN) * scene.width_px / scene.height_px
    return min(ZOOM_MAX, max(0, math.floor(math.log2(WIDTH_KM_MAX / wanted_km))))


def view_of(scene: Scene) -> View:
    """Give the window on the plane through which the scene is seen."""
    width_km = WIDTH_KM_MAX / 2 ** zoom_of(scene)
    east = min(PAN_MAX, max(-PAN_MAX, scene.east)) * width_km
    north = -min(PAN_MAX, max(-PAN_MAX, scene.south)) * width_km
    reach_km = WIDTH_KM_MAX / 2
    return View(
        Azimuthal(scene.lat_deg, scene.lon_deg),
        east_km=min(reach_km, max(-reach_km, east)),
        north_km=min(reach_km, max(-reach_km, north)),
        km_per_px=width_km / scene.width_px,
        width_px=scene.width_px,
        height_px=scene.height_px,
    )


LOUD = {"call", "last_known"}  # Drawn last, above everything else.


def _circle(mark: Mark, view: View, palette: Palette) -> str:
    """Draw the circle of error, or the area in which somebody is. Smaller than its own sign, it says nothing."""
    radius_px = (mark.accuracy_m or 0) / 1000 / view.km_per_px
    if radius_px < 9:
        return ""
    x, y = view.pixel(mark.lat_deg, mark.lon_deg)
    colour = _colour(mark, palette)
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius_px:.1f}" fill="{colour}" fill-opacity=".16" '
        f'stroke="{colour}" stroke-width="2" stroke-dasharray="7 5"/>'
    )


def _mark(mark: Mark, view: View, palette: Palette) -> str:
    """Draw a sign. Each kind has a shape of its own, so that the colour is never needed to tell them apart."""
    x, y = view.pixel(mark.lat_deg, mark.lon_deg)
    if not (-20 < x < view.width_px + 20 and -20 < y < view.height_px + 20):
        return _pointer(mark, x, y, view, palette)
    colour = _colour(mark, palette)
    edge = f'stroke="{palette.edge}" stroke-width="3"'
    shapes = {
        "call": f'<circle r="11" fill="{colour}" {edge}/><circle r="3.5" fill="{palette.edge}"/>',
        "last_known": f'<circle r="11" fill="{palette.edge}" stroke="{colour}" stroke-width="4" '
        'stroke-dasharray="6 3.5"/>',
        "report": f'<circle r="3.5" fill="{colour}"/>',
        "going": f'<path d="M0-13 13 0 0 13-13 0z" fill="{colour}" {edge}/>',
        "asked": f'<path d="M0-11 11 0 0 11-11 0z" fill="{palette.edge}" stroke="{colour}" stroke-width="3"/>',
        "home": f'<path d="M-8 8V-2L0-9 8-2V8z" fill="{palette.edge}" stroke="{colour}" stroke-width="2.5"/>',
    }
    return f'<g transform="translate({x:.1f} {y:.1f})">{shapes.get(mark.kind, "")}{_letter(mark, palette)}</g>'


def _letter(mark: Mark, palette: Palette) -> str:
    if not mark.letter:
        return ""
    return (
        f'<text x="16" y="5" font-weight="700" fill="{palette.ink}" stroke="{palette.land}" stroke-width="4" '
        f'paint-order="stroke">{escape(mark.letter)}</text>'
    )


def _pointer(mark: Mark, x: float, y: float, view: View, palette: Palette) -> str:
    """At the edge of the picture, point to a mark that lies outside."""
    if mark.kind == "report":
        return ""
    middle_x, middle_y = view.width_px / 2, view.height_px / 2
    dx, dy = x - middle_x, y - middle_y
    share = min((middle_x - 22) / max(abs(dx), 1e-9), (middle_y - 22) / max(abs(dy), 1e-9))
    turn = math.degrees(math.atan2(dy, dx))
    at_x, at_y = middle_x + dx * share, middle_y + dy * share
    return (
        f'<g transform="translate({at_x:.1f} {at_y:.1f})"><path transform="rotate({turn:.0f})" d="M12 0-6 8v-16z" '
        f'fill="{_colour(mark, palette)}" stroke="{palette.edge}" stroke-width="2"/>'
        f'<g transform="translate({-34 if dx > 0 else 0} 0)">{_letter(mark, palette)}</g></g>'
    )


def _colour(mark: Mark, palette: Palette) -> str:
    if mark.kind in LOUD or mark.kind in {"report", "area"}:
        return palette.alarm
    return palette.good if mark.kind == "going" else palette.people


def _track(scene: Scene, view: View, palette: Palette) -> str:
    if len(scene.track) < 2:
        return ""
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in (view.pixel(*place) for place in scene.track))
    return (
        f'<polyline points="{points}" fill="none" stroke="{palette.alarm}" stroke-width="2.5" '
        'stroke-dasharray="2 5" stroke-linecap="round"/>'
    )


def nice_length(longest: float) -> float:
    """Give the largest of 1, 2, 5 times a power of ten that is not above `longest`."""
    power: float = 10.0 ** math.floor(math.log10(longest))
    return max(step * power for step in (1, 2, 5) if step * power <= longest * 1.000001)


def _scale_bar(view: View, palette: Palette) -> str:
    length_km = nice_length(view.width_px * view.km_per_px * SCALE_BAR_SHARE)
    length_px = length_km / view.km_per_px
    text = f"{length_km * 1000:g} m" if length_km < 1 else f"{length_km:g} km"
    y = view.height_px - 22
    return (
        f'<g><path d="M20 {y - 8}v8h{length_px:.1f}v-8" fill="none" stroke="{palette.ink}" stroke-width="2.5"/>'
        f'<text x="{20 + length_px / 2:.1f}" y="{y - 12}" text-anchor="middle" fill="{palette.ink}" '
        f'stroke="{palette.sea}" stroke-width="4" paint-order="stroke">{text}</text></g>'
    )


def _compass(view: View, palette: Palette, north: str) -> str:
    """Draw an arrow to true north at the middle of the picture; away from the centre the map is turned."""
    lat_deg, lon_deg = view.plane.place(view.east_km, view.north_km)
    x, y = view.pixel(lat_deg, lon_deg)
    step = 0.01 if lat_deg < 89 else -0.01
    to_x, to_y = view.pixel(lat_deg + step, lon_deg)
    turn = math.degrees(math.atan2((to_x - x) * step, (y - to_y) * step)) if (to_x, to_y) != (x, y) else 0.0
    return (
        f'<g transform="translate(36 44)"><circle r="22" fill="{palette.land}" stroke="{palette.coast}"/>'
        f'<g transform="rotate({turn:.0f})"><path d="M0-17 6 4 0 0-6 4z" fill="{palette.ink}"/></g>'
        f'<text y="17" text-anchor="middle" font-size="12" fill="{palette.ink}">{escape(north)}</text></g>'
    )

"""What lies under the marks of a map: countries, their names, and the net of degrees."""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from tocsin.core.azimuthal import Azimuthal
from tocsin.core.geometry import KM_PER_DEG, wrapped_lon
from tocsin.core.land import STEPS, Cell, Piece, land

FINE_BELOW_KM = 1500  # A picture that is wider is drawn from the coarse layer.
MARGIN_PX = 20
SIMPLER = 12  # Tenths of pixels: points that are nearer to the one before are left out.
FARTHEST_DEG = 110.0
NET_STEPS_DEG = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30)
NET_LINES = 5
NUMBER_PX = (52, 16)  # The room that a number needs.
SAMPLES = (9, 6)  # Where it is asked which country this is, across and down.
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of a picture. Contrasts as in the style sheet."""

    sea: str
    land: str
    coast: str
    net: str
    ink: str
    soft: str
    edge: str
    alarm: str
    good: str
    people: str


LIGHT = Palette(
    sea="#dfe9ee", land="#f8f5ec", coast="#8d9ca3", net="#b9c8cf", ink="#12171a", soft="#47525a", edge="#ffffff",
    alarm="#b3161d", good="#14592f", people="#0a4a85",
)  # fmt: skip
DARK = Palette(
    sea="#10202a", land="#283230", coast="#647880", net="#2c414c", ink="#ecf1f3", soft="#adbac1", edge="#0d1215",
    alarm="#ff8078", good="#86d9a2", people="#93c8ff",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class View:
    """A window on the plane: its middle in kilometres, its size in pixels."""

    plane: Azimuthal
    east_km: float
    north_km: float
    km_per_px: float
    width_px: int
    height_px: int

    def pixel(self, lat_deg: float, lon_deg: float) -> Point:
        """Give where a place is on the picture."""
        east, north = self.plane.project(lat_deg, lon_deg)
        return (
            self.width_px / 2 + (east - self.east_km) / self.km_per_px,
            self.height_px / 2 - (north - self.north_km) / self.km_per_px,
        )

    def place(self, x: float, y: float) -> Point:
        """Give the place (latitude, longitude) under a pixel."""
        return self.plane.place(
            self.east_km + (x - self.width_px / 2) * self.km_per_px,
            self.north_km - (y - self.height_px / 2) * self.km_per_px,
        )

    @property
    def reach_deg(self) -> float:
        """How far from the centre of the plane the farthest corner lies."""
        half_width, half_height = (size * self.km_per_px / 2 for size in (self.width_px, self.height_px))
        return math.hypot(abs(self.east_km) + half_width, abs(self.north_km) + half_height) / KM_PER_DEG


def countries(view: View, palette: Palette) -> str:
    """Draw the countries: areas first, then coasts and borders."""
    layer = "fine" if view.width_px * view.km_per_px < FINE_BELOW_KM else "coarse"
    areas: list[str] = []
    lines: list[str] = []
    for cell in land().cells_near(layer, view.plane.lat_deg, view.plane.lon_deg, min(view.reach_deg, FARTHEST_DEG)):
        by_country: dict[int, list[Piece]] = defaultdict(list)
        for piece in cell.pieces:
            by_country[piece.country].append(piece)
        for pieces in by_country.values():
            outlines = [list(_pixels(view, cell, piece)) for piece in pieces]
            area = "".join(_closed(_clipped(outline, view)) for outline in outlines)
            areas.append(area)
            if area:
                lines.extend(
                    line
                    for piece, outline in zip(pieces, outlines, strict=True)
                    for line in _shore(piece, outline, view)
                )
    # A thin edge in the same colour hides the seams between cells. Paths are written in tenths of pixels.
    return (
        f'<g transform="scale(.1)" stroke-width="12"><path d="{"".join(areas)}" fill="{palette.land}" '
        f'stroke="{palette.land}" fill-rule="evenodd"/>'
        f'<path d="{"".join(lines)}" fill="none" stroke="{palette.coast}"/></g>'
    )


def _pixels(view: View, cell: Cell, piece: Piece) -> Iterator[Point]:
    scale = cell.size_deg / STEPS
    for x, y in zip(piece.x, piece.y, strict=True):
        yield view.pixel(cell.south_deg + y * scale, cell.west_deg + x * scale)


def _closed(points: Sequence[Point]) -> str:
    path = _path(points)
    return f"{path}z" if path else ""


def _path(points: Iterable[Point]) -> str:
    """Write points as a path of steps in tenths of pixels, without those that cannot be told apart."""
    kept: list[tuple[int, int]] = []
    here = (0, 0)
    for x, y in points:
        here = (round(x * 10), round(y * 10))
        if not kept or abs(here[0] - kept[-1][0]) >= SIMPLER or abs(here[1] - kept[-1][1]) >= SIMPLER:
            kept.append(here)
    if kept and kept[-1] != here:
        kept.append(here)
    if len(kept) < 2:
        return ""
    steps = (f"{q[0] - p[0]} {q[1] - p[1]}".replace(" -", "-") for p, q in pairwise(kept))
    return f"M{kept[0][0]} {kept[0][1]}l{' '.join(steps).replace(' -', '-')}"


def _shore(piece: Piece, outline: Sequence[Point], view: View) -> Iterator[str]:
    """Give the lines of an outline that are coast or border; where the grid cut, there is neither."""
    line: list[Point] = []
    count = len(outline)
    for number in range(count + 1):
        here, before = number % count, (number - 1) % count
        x, y = outline[here]
        is_seen = -MARGIN_PX < x < view.width_px + MARGIN_PX and -MARGIN_PX < y < view.height_px + MARGIN_PX
        if line and (_is_cut(piece, before, here) or not is_seen):
            yield _path([*line, (x, y)] if not _is_cut(piece, before, here) else line)
            line = []
        if is_seen:
            line.append((x, y))
    if line:
        yield _path(line)


def _is_cut(piece: Piece, one: int, other: int) -> bool:
    return any(axis[one] == axis[other] and axis[one] in (0, STEPS) for axis in (piece.x, piece.y))


def _clipped(points: Sequence[Point], view: View) -> list[Point]:
    """Cut an area to the picture and a little more (Sutherland and Hodgman, 1974)."""
    kept = list(points)
    for axis, edge, sign in (
        (0, -MARGIN_PX, 1), (0, view.width_px + MARGIN_PX, -1), (1, -MARGIN_PX, 1), (1, view.height_px + MARGIN_PX, -1),
    ):  # fmt: skip
        if not kept:
            return []
        if all((point[axis] - edge) * sign >= 0 for point in kept):
            continue
        kept = _one_side(kept, axis, edge, sign)
    return kept


def _one_side(points: Sequence[Point], axis: int, edge: float, sign: int) -> list[Point]:
    kept: list[Point] = []
    before = points[-1]
    for point in points:
        inside, was_inside = ((p[axis] - edge) * sign >= 0 for p in (point, before))
        if inside != was_inside:
            share = (edge - before[axis]) / (point[axis] - before[axis])
            kept.append((before[0] + share * (point[0] - before[0]), before[1] + share * (point[1] - before[1])))
        if inside:
            kept.append(point)
        before = point
    return kept


def _grid(view: View, across: int, down: int) -> Iterator[Point]:
    """Give the middle pixels of the fields of a grid over the picture."""
    for row in range(down):
        for column in range(across):
            yield (column + 0.5) * view.width_px / across, (row + 0.5) * view.height_px / down


def names(view: View, palette: Palette) -> str:
    """Write the names of the countries in sight, each in the middle of what is seen of it."""
    seen: dict[str, list[Point]] = defaultdict(list)
    for x, y in _grid(view, *SAMPLES):
        country = land().country_at(*view.place(x, y))
        if country is not None:
            seen[country].append((x, y))
    texts = []
    for country, points in seen.items():
        middle = (sum(x for x, _ in points) / len(points), sum(y for _, y in points) / len(points))
        # The middle of two parts may lie in the sea: the name goes to the point of the country that is nearest to it.
        x, y = min(points, key=lambda point: math.dist(point, middle))
        texts.append(
            f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{_anchor(x, view)}" fill="{palette.soft}" '
            f'stroke="{palette.land}" stroke-width="3" paint-order="stroke" letter-spacing="1.5">'
            f"{escape(country)}</text>"
        )
    return "".join(texts)


def _anchor(x: float, view: View) -> str:
    """Let a name near the edge grow towards the middle."""
    if x > view.width_px * 0.8:
        return "end"
    return "start" if x < view.width_px * 0.1 else "middle"


def graticule(view: View, palette: Palette) -> str:
    """Draw the net of degrees, with numbers where its lines leave the picture."""
    places = [view.place(x, y) for x, y in (*_grid(view, 16, 16), *_border(view, 16))]
    lats = [lat for lat, _ in places]
    middle = view.place(view.width_px / 2, view.height_px / 2)[1]
    lons = [wrapped_lon(lon - middle) + middle for _, lon in places]
    step = _net_step(min(max(lats) - min(lats), max(lons) - min(lons)))
    has_pole = any(_is_seen(*view.pixel(pole, 0), view) for pole in (90.0, -90.0))
    if has_pole or max(lons) - min(lons) > 200:
        lons, step = [-180.0, 179.0], max(step, 10 if has_pole else step)
    paths: list[str] = []
    numbers: list[tuple[Point, bool, str]] = []
    for lat in _multiples(max(-89.99, min(lats)), min(89.99, max(lats)), step):
        points = [view.pixel(lat, lon) for lon in _between(min(lons) - step, max(lons) + step, 60)]
        paths.append(_seen_path(points, view))
        numbers.extend((at, True, _degrees(lat, "N", "S")) for at in _crossing(points, view, is_row=True))
    for lon in _multiples(min(lons), max(lons), step):
        bounds = max(-90.0, min(lats) - step), min(90.0, max(lats) + step)
        points = [view.pixel(lat, lon) for lat in _between(*bounds, 40)]
        paths.append(_seen_path(points, view))
        text = _degrees(wrapped_lon(lon), "E", "W")
        numbers.extend((at, False, text) for at in _crossing(points, view, is_row=False))
    lines = f'<path transform="scale(.1)" d="{"".join(paths)}" fill="none" stroke="{palette.net}" stroke-width="10"/>'
    return lines + "".join(_written(numbers, palette))


def _border(view: View, count: int) -> Iterator[Point]:
    for number in range(count + 1):
        x, y = view.width_px * number / count, view.height_px * number / count
        yield from ((x, 0), (x, view.height_px), (0, y), (view.width_px, y))


def _net_step(span_deg: float) -> float:
    return next((step for step in NET_STEPS_DEG if span_deg / step <= NET_LINES), NET_STEPS_DEG[-1])


def _multiples(low: float, high: float, step: float) -> list[float]:
    return [number * step for number in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _between(low: float, high: float, count: int) -> list[float]:
    return [low + (high - low) * number / count for number in range(count + 1)]


def _is_seen(x: float, y: float, view: View) -> bool:
    return 0 <= x <= view.width_px and 0 <= y <= view.height_px


def _seen_path(points: Sequence[Point], view: View) -> str:
    """Write the parts of a line that are in the picture."""
    paths: list[str] = []
    line: list[Point] = []
    for before, here in pairwise(points):
        if _is_near(before, view) or _is_near(here, view):
            line = line or [before]
            line.append(here)
        elif line:
            paths.append(_path(line))
            line = []
    return "".join([*paths, _path(line)]) if line else "".join(paths)


def _is_near(point: Point, view: View) -> bool:
    return -view.width_px < point[0] < 2 * view.width_px and -view.height_px < point[1] < 2 * view.height_px


def _crossing(points: Sequence[Point], view: View, *, is_row: bool) -> Iterator[Point]:
    """Give where a line crosses the right edge (a parallel) or the lower one (a meridian), once at most."""
    axis, edge = (0, view.width_px - 8) if is_row else (1, view.height_px - 8)
    for before, here in pairwise(points):
        if (before[axis] - edge) * (here[axis] - edge) > 0 or before[axis] == here[axis]:
            continue
        share = (edge - before[axis]) / (here[axis] - before[axis])
        x, y = (before[i] + share * (here[i] - before[i]) for i in (0, 1))
        if (60 < y < view.height_px - 40) if is_row else (150 < x < view.width_px - 60):
            yield (x, y - 4) if is_row else (x, y)
            return


def _written(numbers: Iterable[tuple[Point, bool, str]], palette: Palette) -> Iterator[str]:
    """Write the numbers, leaving out those that would lie on another one."""
    taken: list[Point] = []
    for at, is_row, text in numbers:
        if all(abs(at[0] - x) > NUMBER_PX[0] or abs(at[1] - y) > NUMBER_PX[1] for x, y in taken):
            taken.append(at)
            yield (
                f'<text x="{at[0]:.0f}" y="{at[1]:.0f}" text-anchor="{"end" if is_row else "middle"}" font-size="12" '
                f'fill="{palette.soft}" stroke="{palette.sea}" stroke-width="3" paint-order="stroke">{text}</text>'
            )


def _degrees(value: float, positive: str, negative: str) -> str:
    rounded = round(value, 2)
    return f"{abs(rounded):g}°{'' if rounded in (0, 180, -180) else f' {positive if rounded > 0 else negative}'}"

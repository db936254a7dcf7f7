"""Make `data/land.bin` again: `python -m tocsin.core.land_pack countries-10m.json countries-50m.json`.

The two files are TopoJSON of Natural Earth 4.1.0 (public domain, naturalearthdata.com), as the npm package
`world-atlas` 2.0.2 carries them (`npm pack world-atlas@2.0.2`; ISC). Nothing of this runs on an installation.
"""

import json
import sys
import zlib
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tocsin.core.land import FILE, MAGIC, STEPS

LAYERS = (("fine", 5), ("coarse", 10))
SOURCE = "Natural Earth 4.1.0 (public domain), by world-atlas 2.0.2"
Point = tuple[float, float]
Ring = list[Point]


def main(fine: str, coarse: str) -> None:
    """Read both files and write the packed one."""
    countries: dict[str, int] = {}
    layers: dict[str, Any] = {}
    cells = bytearray()
    for (name, size_deg), source in zip(LAYERS, (fine, coarse), strict=True):
        packed = pack_layer(json.loads(Path(source).read_text(encoding="utf-8")), size_deg, countries)
        rows = []
        for (column, row), content in sorted(packed.items()):
            compressed = zlib.compress(content, 9)
            rows.append([column, row, len(cells), len(compressed)])
            cells += compressed
        layers[name] = {"size_deg": size_deg, "cells": rows}
    head = {"source": SOURCE, "countries": list(countries), "layers": layers}
    compressed_head = zlib.compress(json.dumps(head, separators=(",", ":"), ensure_ascii=False).encode(), 9)
    FILE.write_bytes(MAGIC + len(compressed_head).to_bytes(4, "big") + compressed_head + cells)


def pack_layer(topology: dict[str, Any], size_deg: int, countries: dict[str, int]) -> dict[tuple[int, int], bytes]:
    """Cut every country along the grid. `countries` gives each name its number."""
    cells: dict[tuple[int, int], array[int]] = defaultdict(lambda: array("H"))
    arcs = unpacked_arcs(topology)
    for geometry in topology["objects"]["countries"]["geometries"]:
        country = countries.setdefault(geometry["properties"]["name"], len(countries))
        for numbers in rings_of(geometry):
            for column, row, ring in cut(ring_of(numbers, arcs), size_deg):
                x, y = steps(ring, column * size_deg - 180, row * size_deg - 90, size_deg)
                if len(x) >= 3:
                    cells[column, row].extend([country, len(x), *differences(x), *differences(y)])
    if sys.byteorder == "big":
        for cell in cells.values():
            cell.byteswap()
    return {place: cell.tobytes() for place, cell in cells.items()}


def unpacked_arcs(topology: dict[str, Any]) -> list[Ring]:
    """Undo TopoJSON's differences and steps."""
    (scale_x, scale_y), (move_x, move_y) = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = []
    for arc in topology["arcs"]:
        x = y = 0
        ring = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            ring.append((x * scale_x + move_x, y * scale_y + move_y))
        arcs.append(ring)
    return arcs


def rings_of(geometry: dict[str, Any]) -> Iterator[list[int]]:
    """Give the rings of a geometry as numbers of arcs; outlines and holes alike, since filling counts crossings."""
    if geometry["type"] == "Polygon":
        yield from geometry["arcs"]
    elif geometry["type"] == "MultiPolygon":
        for polygon in geometry["arcs"]:
            yield from polygon


def ring_of(numbers: list[int], arcs: list[Ring]) -> Ring:
    """Join arcs, let longitudes run on over the date line, and close a ring around a pole by way of the pole."""
    points: Ring = []
    for number in numbers:
        arc = arcs[number] if number >= 0 else arcs[~number][::-1]
        points.extend(arc[1:] if points else arc)
    ring: Ring = [points[0]]
    for lon, lat in points[1:]:
        before = ring[-1][0]
        ring.append((lon + 360 * round((before - lon) / 360), lat))
    if abs(ring[-1][0] - ring[0][0]) > 180:
        pole = 90 if ring[0][1] > 0 else -90
        ring += [(ring[-1][0], pole), (ring[0][0], pole)]
    return ring


def cut(ring: Ring, size_deg: int) -> Iterator[tuple[int, int, Ring]]:
    """Give the parts of a ring in each cell of the grid: first in columns, then in rows."""
    columns = 360 // size_deg
    for number, strip in slices(ring, 0, size_deg, -180):
        for row, part in slices(strip, 1, size_deg, -90):
            if 0 <= row < 180 // size_deg:
                yield number % columns, row, [(lon - (number // columns) * 360, lat) for lon, lat in part]


def slices(ring: Ring, axis: int, size_deg: int, origin: int) -> Iterator[tuple[int, Ring]]:
    """Cut a ring into strips along one axis."""
    values = [point[axis] for point in ring]
    first, last = int((min(values) - origin) // size_deg), int((max(values) - origin) // size_deg)
    for number in range(first, last + 1):
        low, high = origin + number * size_deg, origin + (number + 1) * size_deg
        part = clip(ring, axis, low, lambda value, edge: value >= edge) if min(values) < low else ring
        part = clip(part, axis, high, lambda value, edge: value <= edge) if max(values) > high else part
        if len(part) >= 3:
            yield number, part


def clip(ring: Ring, axis: int, edge: float, is_inside: Callable[[float, float], bool]) -> Ring:
    """Keep the part of a ring on one side of a line (Sutherland and Hodgman, 1974)."""
    kept: Ring = []
    before = ring[-1]
    for point in ring:
        if is_inside(point[axis], edge) != is_inside(before[axis], edge):
            share = (edge - before[axis]) / (point[axis] - before[axis])
            other = before[1 - axis] + share * (point[1 - axis] - before[1 - axis])
            kept.append((edge, other) if axis == 0 else (other, edge))
        if is_inside(point[axis], edge):
            kept.append(point)
        before = point
    return kept


def steps(ring: Ring, west: float, south: float, size_deg: int) -> tuple[list[int], list[int]]:
    """Write points in steps of the cell, without repetitions."""
    x: list[int] = []
    y: list[int] = []
    for lon, lat in ring:
        here = (
            min(STEPS, max(0, round((lon - west) / size_deg * STEPS))),
            min(STEPS, max(0, round((lat - south) / size_deg * STEPS))),
        )
        if not x or here != (x[-1], y[-1]):
            x.append(here[0])
            y.append(here[1])
    return x, y


def differences(values: list[int]) -> list[int]:
    """Give each value as the difference from the one before, modulo 65536."""
    return [(value - before) & 0xFFFF for before, value in zip([0, *values], values, strict=False)]


if __name__ == "__main__":
    main(*sys.argv[1:])

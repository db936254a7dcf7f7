"""The world's countries, for maps that ask nobody. Packed by `tocsin/core/land_pack.py` from Natural Earth.

Two layers: `fine` (1:10 million, cells of 5 degrees) and `coarse` (1:50 million, cells of 10 degrees). Each cell is
compressed by itself and holds pieces of countries, in steps of 1/65535 of its side. Borders are what Natural Earth
shows as held in fact; they say nothing about who is right.

File: MAGIC, length of the head (4 bytes, big-endian), head (zlib of JSON), cells.
A cell: zlib of 16-bit little-endian numbers: country, points, then x and y of each point as differences modulo 65536.
"""

import json
import math
import sys
import zlib
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from pathlib import Path

from tocsin.core.geometry import KM_PER_DEG, distance_km

MAGIC = b"TOCLAND1"
FILE = Path(__file__).with_name("data") / "land.bin"
STEPS = 65535
CORNER = 0.75  # A corner of a cell lies at most half the square root of two of its side from its middle, and a little.


@dataclass(frozen=True, slots=True)
class Piece:
    """The part of one ring of a country's outline that lies in a cell: steps from the cell's south-west corner."""

    country: int  # Index into `Land.countries`.
    x: tuple[int, ...]
    y: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """A square of the grid. `west_deg` and `south_deg` are its corner."""

    west_deg: float
    south_deg: float
    size_deg: float
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Layer:
    """One scale of the map: where each cell starts in the file, and how long it is."""

    size_deg: int
    places: dict[tuple[int, int], tuple[int, int]]


class Land:
    """The file, read once. A cell is unpacked when it is first needed."""

    def __init__(self, path: Path = FILE) -> None:
        content = path.read_bytes()
        if not content.startswith(MAGIC):
            raise ValueError(f"{path} is not a map that this version can read.")
        start = len(MAGIC) + 4
        end = start + int.from_bytes(content[len(MAGIC) : start], "big")
        head = json.loads(zlib.decompress(content[start:end]))
        self.countries: tuple[str, ...] = tuple(head["countries"])
        self.source: str = head["source"]
        self._cells = content[end:]
        self._layers = {
            name: Layer(layer["size_deg"], {(x, y): (at, length) for x, y, at, length in layer["cells"]})
            for name, layer in head["layers"].items()
        }
        self._unpacked: dict[tuple[str, int, int], Cell] = {}

    def cells_near(self, layer_name: str, lat_deg: float, lon_deg: float, radius_deg: float) -> Iterator[Cell]:
        """Give the cells that a circle on the globe may touch. Also across the date line and over the poles."""
        layer = self._layers[layer_name]
        size = layer.size_deg
        for row in range(math.floor((max(-90, lat_deg - radius_deg) + 90) / size), 180 // size):
            south = row * size - 90
            if south > lat_deg + radius_deg:
                return
            reach = _reach_deg(lat_deg, radius_deg, south, south + size)
            if reach is None:
                continue
            columns = 360 // size
            first = math.floor((lon_deg - reach + 180) / size)
            last = math.floor((lon_deg + reach + 180) / size)
            for column in sorted({number % columns for number in range(first, min(last, first + columns - 1) + 1)}):
                if (column, row) in layer.places:
                    middle = (south + size / 2, column * size - 180 + size / 2)
                    away_deg = distance_km(lat_deg, lon_deg, *middle) / KM_PER_DEG
                    if away_deg <= radius_deg + size * CORNER:
                        yield self._cell(layer_name, column, row)

    def country_at(self, lat_deg: float, lon_deg: float) -> str | None:
        """Name the country that holds a place, on the coarse layer; `None`: the sea, or too small for that layer."""
        layer = self._layers["coarse"]
        size = layer.size_deg
        column = int((lon_deg + 180) % 360 // size)
        row = min(int((lat_deg + 90) // size), 180 // size - 1)
        if (column, row) not in layer.places:
            return None
        cell = self._cell("coarse", column, row)
        x = ((lon_deg + 180) % 360 - column * size) / size * STEPS
        y = (lat_deg + 90 - row * size) / size * STEPS
        inside: dict[int, bool] = {}
        for piece in cell.pieces:
            inside[piece.country] = inside.get(piece.country, False) ^ _holds(piece, x, y)
        return next((self.countries[country] for country, is_in in inside.items() if is_in), None)

    def _cell(self, layer_name: str, column: int, row: int) -> Cell:
        key = (layer_name, column, row)
        if key not in self._unpacked:
            layer = self._layers[layer_name]
            at, length = layer.places[column, row]
            pieces = tuple(_pieces(zlib.decompress(self._cells[at : at + length])))
            size = layer.size_deg
            self._unpacked[key] = Cell(column * size - 180, row * size - 90, size, pieces)
        return self._unpacked[key]


@lru_cache(maxsize=1)
def land() -> Land:
    """Give the map of the world that comes with the program."""
    return Land()


def _pieces(packed: bytes) -> Iterator[Piece]:
    numbers = array("H")
    numbers.frombytes(packed)
    if sys.byteorder == "big":
        numbers.byteswap()
    at = 0
    while at < len(numbers):
        country, count = numbers[at], numbers[at + 1]
        middle, end = at + 2 + count, at + 2 + 2 * count
        x = tuple(value & 0xFFFF for value in accumulate(numbers[at + 2 : middle]))
        y = tuple(value & 0xFFFF for value in accumulate(numbers[middle:end]))
        yield Piece(country, x, y)
        at = end


def _reach_deg(lat_deg: float, radius_deg: float, south_deg: float, north_deg: float) -> float | None:
    """Say how many degrees of longitude a circle covers within a band of latitudes; `None`: it does not touch it."""
    if south_deg > lat_deg + radius_deg or north_deg < lat_deg - radius_deg:
        return None
    if abs(lat_deg) + radius_deg >= 90:
        return 180.0  # The circle holds a pole.
    return math.degrees(math.asin(math.sin(math.radians(radius_deg)) / math.cos(math.radians(lat_deg))))


def _holds(piece: Piece, x: float, y: float) -> bool:
    """Say whether a ring holds a point: a ray to the east crosses it an odd number of times."""
    inside = False
    px, py = piece.x[-1], piece.y[-1]
    for qx, qy in zip(piece.x, piece.y, strict=True):
        if (qy > y) != (py > y) and x < (px - qx) * (y - qy) / (py - qy) + qx:
            inside = not inside
        px, py = qx, qy
    return inside

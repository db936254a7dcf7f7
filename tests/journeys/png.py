"""Makes pictures of pages small: 256 colours are enough for flat pages (PNG, ISO/IEC 15948; a palette picture)."""

import zlib
from collections import Counter
from pathlib import Path
from struct import iter_unpack, pack, unpack_from

SIGNATURE = b"\x89PNG\r\n\x1a\n"
COLOURS_MAX = 256
RGB, PALETTE = 2, 3
Colour = tuple[int, int, int]


def shrink(path: Path) -> None:
    """Rewrite a picture of 8-bit RGB with a palette of its most frequent colours."""
    data = path.read_bytes()
    chunks = list(_chunks(data))
    width, height, depth, kind = unpack_from(">IIBB", chunks[0][1])
    assert (depth, kind) == (8, RGB), "Chromium writes 8-bit RGB when nothing is transparent"
    lines = _unfiltered(zlib.decompress(b"".join(body for name, body in chunks if name == b"IDAT")), width, height)
    counted = Counter(pixel for line in lines for pixel in iter_unpack("3B", line))
    palette = [colour for colour, _ in counted.most_common(COLOURS_MAX)]
    number = {colour: palette.index(_nearest(colour, palette)) for colour in counted}
    rows = b"".join(b"\0" + bytes(number[pixel] for pixel in iter_unpack("3B", line)) for line in lines)
    head = pack(">IIBBBBB", width, height, 8, PALETTE, 0, 0, 0)
    parts = [(b"IHDR", head), (b"PLTE", bytes(part for colour in palette for part in colour))]
    parts += [(b"IDAT", zlib.compress(rows, 9)), (b"IEND", b"")]
    small = SIGNATURE + b"".join(_chunk(name, body) for name, body in parts)
    if len(small) < len(data):
        path.write_bytes(small)


def _chunks(data: bytes):
    at = len(SIGNATURE)
    while at < len(data):
        (length,) = unpack_from(">I", data, at)
        yield data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        at += length + 12


def _chunk(name: bytes, body: bytes) -> bytes:
    return pack(">I", len(body)) + name + body + pack(">I", zlib.crc32(name + body))


def _nearest(colour: Colour, palette: list[Colour]) -> Colour:
    return min(palette, key=lambda other: sum((a - b) ** 2 for a, b in zip(colour, other, strict=True)))


def _unfiltered(raw: bytes, width: int, height: int) -> list[bytes]:
    """Undo the five filters of a line (section 9)."""
    size, lines = width * 3, []
    before = bytearray(size)
    for row in range(height):
        start = row * (size + 1)
        method, line = raw[start], bytearray(raw[start + 1 : start + 1 + size])
        for i in range(size if method else 0):
            left = line[i - 3] if i >= 3 else 0
            corner = before[i - 3] if i >= 3 else 0
            line[i] = (line[i] + FILTERS[method](left, before[i], corner)) & 255
        lines.append(bytes(line))
        before = line
    return lines


def _paeth(left: int, up: int, corner: int) -> int:
    guess = left + up - corner
    return min((left, up, corner), key=lambda value: abs(guess - value))


FILTERS = {
    1: lambda left, up, corner: left,
    2: lambda left, up, corner: up,
    3: lambda left, up, corner: (left + up) // 2,
    4: _paeth,
}

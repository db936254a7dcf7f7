"""Frames of protocols that vehicle trackers speak. They are lent to defenders too."""

from struct import pack

from tocsin.protocols.checksums import xor8

SHORT_UID = "990000000027"
JT808_STATUS = 0x0000000A  # A valid fix, west.


def jt808_frame(kind: int, body: bytes, *, attributes: int = 0, identity: str = SHORT_UID, flag: int = 0x7E) -> bytes:
    """A frame as it comes out of `split`: without escapes."""
    version = b"\x01" if attributes & 0x4000 else b""
    serial = b"\x05" if kind in (0x5501, 0x5502) else b"\0\x05"
    head = pack(">HH", kind, len(body) & 0x3FF | attributes) + version + bytes.fromhex(identity) + serial
    mark = bytes((flag,))
    return mark + head + body + bytes((xor8(head + body),)) + mark


def jt808_location(
    word: int = 1, *items: tuple[int, bytes], status: int = JT808_STATUS, clock: str = "260301120506"
) -> bytes:
    where = pack(">IIIIhHH", word, status, 35_250_000, 33_750_000, 12, 36, 90) + bytes.fromhex(clock)
    return where + b"".join(bytes((kind, len(content))) + content for kind, content in items)


def jt808_joint(word: int, product: int = 3, *, blind: bool = False) -> bytes:
    where = bytes.fromhex("010326040506" + "35150000" + "033450000" + "2" + "10" + "2d")
    tail = pack(">BBIBIHBHH", 20, 5, 3, 80, 22136, 4660, product, 0, word)
    return jt808_frame(0x5502 if blind else 0x5501, where + tail, attributes=0x8000)


JT808 = [
    jt808_frame(0x0002, b""),
    jt808_frame(0x0200, jt808_location(0x81, (0x01, pack(">I", 5)), (0xE7, b"\0\2" + bytes(6)))),
    jt808_frame(0x0704, b"\0\1\1\0\x1c" + jt808_location()),
    jt808_joint(0x08),
    b"(990000000027,1,001,BASE,2,TIME)",
]

VEHICLE_STREAMS = {"jt808": JT808}

"""The checksums that trackers use. The table-driven ones of the standard library are used where they fit."""

from binascii import crc_hqx
from functools import reduce
from operator import xor

# Each byte with its bits in the opposite order.
_MIRROR = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def crc16_xmodem(data: bytes) -> int:
    """CRC-16/XMODEM: polynomial 0x1021, start 0 (Eview)."""
    return crc_hqx(data, 0)


def crc16_ccitt_false(data: bytes) -> int:
    """CRC-16/CCITT-FALSE, also called IBM-3740: polynomial 0x1021, start 0xFFFF (Xexun, Meiligao)."""
    return crc_hqx(data, 0xFFFF)


def crc16_x25(data: bytes) -> int:
    """CRC-16/X-25: polynomial 0x1021 with mirrored bits, start and final xor 0xFFFF (Concox).

    The mirrored CRC of some bytes is the mirror of the plain CRC of the mirrored bytes, which C code computes.
    """
    plain = crc_hqx(data.translate(_MIRROR), 0xFFFF)
    return (_MIRROR[plain & 0xFF] << 8 | _MIRROR[plain >> 8]) ^ 0xFFFF


def _ibm_table() -> tuple[int, ...]:
    def entry(byte: int) -> int:
        for _ in range(8):
            byte = byte >> 1 ^ (0xA001 if byte & 1 else 0)
        return byte

    return tuple(entry(byte) for byte in range(256))


_IBM = _ibm_table()


def crc16_ibm(data: bytes) -> int:
    """CRC-16/ARC, called IBM by Teltonika: polynomial 0x8005 with mirrored bits, start 0."""
    value = 0
    for byte in data:
        value = value >> 8 ^ _IBM[(value ^ byte) & 0xFF]
    return value


def xor8(data: bytes) -> int:
    """Exclusive or of all bytes (NMEA 0183, JT/T 808)."""
    return reduce(xor, data, 0)


def sum8(data: bytes) -> int:
    """Low byte of the sum of all bytes (Meitrack)."""
    return sum(data) & 0xFF


def inverted_sum16(data: bytes) -> int:
    """The inverted sum of all bytes, carries added (Xexun)."""
    total = sum(data)
    return ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF


def rotating_sum16(data: bytes) -> int:
    """Rotate 16 bits left by one and add a byte, for each byte (Eelink)."""
    value = 0
    for byte in data:
        value = ((value << 1 | value >> 15) + byte) & 0xFFFF
    return value

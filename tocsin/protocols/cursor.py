"""A reader that walks over bytes. Reading past the end is a `DecodeError`, never a guess."""

from struct import Struct

from tocsin.protocols.base import DecodeError

_U16, _U32, _U64 = Struct(">H"), Struct(">I"), Struct(">Q")
_I16, _I32 = Struct(">h"), Struct(">i")
_U16_LE, _U32_LE, _U64_LE = Struct("<H"), Struct("<I"), Struct("<Q")
_I16_LE, _I32_LE = Struct("<h"), Struct("<i")


class Cursor:
    """Big-endian unless the name says `le`. `end` is where reading stops."""

    __slots__ = ("at", "data", "end")

    def __init__(self, data: bytes, at: int = 0, end: int | None = None) -> None:
        self.data = data
        self.at = at
        self.end = len(data) if end is None else min(end, len(data))

    @property
    def left(self) -> int:
        """How many bytes there are still to read."""
        return self.end - self.at

    def _advance(self, count: int) -> int:
        at = self.at
        if count < 0 or at + count > self.end:
            raise DecodeError(f"needs {count} bytes at {at}, has {self.end - at}")
        self.at = at + count
        return at

    def take(self, count: int) -> bytes:
        """Read `count` bytes."""
        at = self._advance(count)
        return self.data[at : at + count]

    def skip(self, count: int) -> None:
        """Pass over `count` bytes."""
        self._advance(count)

    def sub(self, count: int) -> "Cursor":
        """Give a cursor over the next `count` bytes and pass over them."""
        at = self._advance(count)
        return Cursor(self.data, at, at + count)

    def peek(self, ahead: int = 0) -> int:
        """Look at a byte without passing it."""
        if self.at + ahead >= self.end:
            raise DecodeError(f"no byte at {self.at + ahead}")
        return self.data[self.at + ahead]

    def rest(self) -> bytes:
        """Read all that is left."""
        return self.take(max(self.left, 0))

    def u8(self) -> int:
        """Read one byte."""
        return self.data[self._advance(1)]

    def i8(self) -> int:
        """Read one signed byte."""
        value = self.u8()
        return value - 256 if value > 127 else value

    def u16(self) -> int:
        """Read two bytes."""
        return int(_U16.unpack_from(self.data, self._advance(2))[0])

    def u24(self) -> int:
        """Read three bytes."""
        return int.from_bytes(self.take(3), "big")

    def u32(self) -> int:
        """Read four bytes."""
        return int(_U32.unpack_from(self.data, self._advance(4))[0])

    def u64(self) -> int:
        """Read eight bytes."""
        return int(_U64.unpack_from(self.data, self._advance(8))[0])

    def i16(self) -> int:
        """Read two bytes with a sign."""
        return int(_I16.unpack_from(self.data, self._advance(2))[0])

    def i32(self) -> int:
        """Read four bytes with a sign."""
        return int(_I32.unpack_from(self.data, self._advance(4))[0])

    def u16_le(self) -> int:
        """Read two bytes, little-endian."""
        return int(_U16_LE.unpack_from(self.data, self._advance(2))[0])

    def u32_le(self) -> int:
        """Read four bytes, little-endian."""
        return int(_U32_LE.unpack_from(self.data, self._advance(4))[0])

    def u64_le(self) -> int:
        """Read eight bytes, little-endian."""
        return int(_U64_LE.unpack_from(self.data, self._advance(8))[0])

    def i16_le(self) -> int:
        """Read two bytes with a sign, little-endian."""
        return int(_I16_LE.unpack_from(self.data, self._advance(2))[0])

    def i32_le(self) -> int:
        """Read four bytes with a sign, little-endian."""
        return int(_I32_LE.unpack_from(self.data, self._advance(4))[0])

    def text(self, count: int) -> str:
        """Read ASCII; what is not ASCII is replaced."""
        return self.take(count).decode("ascii", "replace")

    def hex(self, count: int) -> str:
        """Read bytes as lower-case hexadecimal digits."""
        return self.take(count).hex()

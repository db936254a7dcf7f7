"""Text on the wire of an SMS: alphabets, cutting long texts into parts, putting parts together again. Pure.

Sources: 3GPP TS 23.038 sections 6.2.1 (GSM 7-bit alphabet and its extension table) and 4 (data coding),
3GPP TS 23.040 sections 9.2.3.24.1 and 9.2.3.24.8 (parts), SMPP 3.4 section 5.2.19 (data coding).

SMPP carries one septet in each byte, so a text of 160 GSM characters is 160 bytes here and 140 in the air.
"""

import codecs
import re
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from tocsin.channels.smpp_pdu import ShortMessage, Tag

GSM_CHARS_MAX, GSM_CHARS_PART = 160, 153
UCS2_BYTES_MAX, UCS2_BYTES_PART = 140, 134
PARTS_MAX = 255
HAS_HEADER = 0x40  # The bit of esm_class that says that the text begins with a user data header.
DEFAULT, IA5, LATIN_1, UCS2 = 0, 1, 3, 8
ALPHABETS = ("gsm7", "latin1")  # What a carrier means by data coding 0.
MISSING = "[…]"

JOINS_MAX = 1_000  # Long messages waiting for their parts.
JOIN_KEPT = timedelta(minutes=10)

_ESCAPE = "\x1b"
_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = {"\n": "\f", "Λ": "^", "(": "{", ")": "}", "/": "\\", "<": "[", "=": "~", ">": "]", "¡": "|", "e": "€"}
_ENCODE: dict[int, int | bytes] = {ord(char): code for code, char in enumerate(_BASIC) if char != _ESCAPE}
_ENCODE.update({ord(char): bytes((0x1B, _BASIC.index(base))) for base, char in _EXTENSION.items()})
# A byte above 127 cannot come from a correct carrier; Latin-1 is what the careless ones mean by it.
_DECODE = _BASIC + "".join(map(chr, range(128, 256)))
# No ASCII text holds these, while £, $, @, _ and the escape are among them in GSM's alphabet.
_NOT_ASCII = re.compile(rb"[\x00-\x09\x0b\x0c\x0e-\x1f]")
_ESCAPED = re.compile("\x1b(.?)", re.DOTALL)
_OTHER_CODINGS = {IA5: "latin-1", LATIN_1: "latin-1", 6: "iso8859-5", 7: "iso8859-8", 10: "iso2022_jp", 14: "euc_kr"}


class TextTooLongError(ValueError):
    """A text that does not fit into 255 parts."""


class Encoded(NamedTuple):
    """A text ready to be sent: one data coding, and each part's bytes without its header."""

    data_coding: int
    parts: list[bytes]


class Part(NamedTuple):
    """One part of a long message."""

    reference: int
    total: int
    number: int  # From 1.
    data_coding: int
    data: bytes


def encode_gsm7(text: str) -> bytes | None:
    """Return one byte for each septet, or `None` if a character is in neither table."""
    try:
        return codecs.charmap_encode(text, "strict", _ENCODE)[0]
    except UnicodeEncodeError:
        return None


def decode_gsm7(data: bytes) -> str:
    """Read one septet from each byte. Every byte gives something: an SMS is never refused for its letters."""
    text = codecs.charmap_decode(data, "strict", _DECODE)[0]
    if _ESCAPE not in text:
        return text
    return _ESCAPED.sub(lambda match: _EXTENSION.get(match[1], match[1]), text)


def encode_text(text: str, *, default_alphabet: str = "gsm7") -> Encoded:
    """Choose the shorter alphabet that holds every character, and cut. Raises `TextTooLongError`."""
    septets = encode_gsm7(text)
    if septets is None or (default_alphabet == "latin1" and not _is_latin_1(text)):
        units = text.encode("utf-16-be", "replace")
        parts = [units] if len(units) <= UCS2_BYTES_MAX else _cut_ucs2(units)
        coding = UCS2
    else:
        parts = [septets] if len(septets) <= GSM_CHARS_MAX else _cut_gsm7(septets)
        coding = DEFAULT
        if default_alphabet == "latin1":
            parts = [decode_gsm7(part).encode("latin-1") for part in parts]
    if len(parts) > PARTS_MAX:
        raise TextTooLongError(f"the text needs {len(parts)} SMS; {PARTS_MAX} is the most that can be sent as one")
    return Encoded(coding, parts)


def part_header(reference: int, total: int, number: int) -> bytes:
    """Return the user data header of one part. The 8-bit reference: every phone reads it."""
    return bytes((5, 0x00, 3, reference & 0xFF, total, number))


def decode_text(data: bytes, data_coding: int, *, default_alphabet: str = "gsm7") -> str:
    """Read a text in whatever alphabet it came. Any bytes give a text; a sign stands for what cannot be read."""
    if _is_ucs2(data_coding):
        return data.decode("utf-16-be", "replace")
    if data_coding == IA5 and _NOT_ASCII.search(data):
        return decode_gsm7(data)  # Some gateways (npm smpp among them) say ASCII and mean GSM.
    if data_coding in _OTHER_CODINGS:
        return data.decode(_OTHER_CODINGS[data_coding], "replace")
    if default_alphabet == "latin1":
        return data.decode("latin-1")
    return decode_gsm7(data)


def read_part(message: ShortMessage) -> tuple[Part | None, bytes]:
    """Return which part of a long message this is (`None`: a whole one) and the text's bytes without header."""
    data = message.payload
    if message.esm_class & HAS_HEADER and data and len(data) > data[0]:
        header, data = data[1 : 1 + data[0]], data[1 + data[0] :]
        return _part(_concatenation(header), message.data_coding, data), data
    sar = [message.tlv(tag) for tag in (Tag.SAR_REFERENCE, Tag.SAR_TOTAL, Tag.SAR_NUMBER)]
    numbers = [int.from_bytes(value, "big") for value in sar if value]
    return _part(numbers if len(numbers) == 3 else None, message.data_coding, data), data


@dataclass(slots=True)
class _Join:
    since: datetime
    parts: dict[int, Part] = field(default_factory=dict)


class Joiner:
    """Puts parts together, in whatever order and however often they come. Bounded in number and age."""

    def __init__(self, *, default_alphabet: str = "gsm7") -> None:
        self._default_alphabet = default_alphabet
        self._joins: OrderedDict[tuple[str, str, int, int], _Join] = OrderedDict()

    def add(self, source: str, destination: str, part: Part, now: datetime) -> str | None:
        """Return the whole text when this part was the last missing one, otherwise `None`."""
        self._drop_old(now)
        key = (source, destination, part.reference, part.total)
        join = self._joins.setdefault(key, _Join(now))
        join.parts[part.number] = part
        if len(join.parts) < part.total:
            return None
        del self._joins[key]
        return self._text(join, part.total)

    def incomplete(self, source: str, destination: str, part: Part) -> str:
        """Return what is there so far, with a sign where parts are missing. The parts stay, for the rest to join."""
        join = self._joins.get((source, destination, part.reference, part.total))
        return self._text(join or _Join(datetime.min, {part.number: part}), part.total)  # noqa: DTZ901 (never compared)

    def _text(self, join: _Join, total: int) -> str:
        """Decode neighbours together: phones cut through the middle of an emoji."""
        pieces: list[str] = []
        run: list[Part] = []
        for number in range(1, total + 2):
            part = join.parts.get(number)
            if run and (part is None or part.data_coding != run[0].data_coding):
                data = b"".join(each.data for each in run)
                pieces.append(decode_text(data, run[0].data_coding, default_alphabet=self._default_alphabet))
                run = []
            if part is not None:
                run.append(part)
            elif number <= total and (not pieces or pieces[-1] != MISSING):
                pieces.append(MISSING)
        return "".join(pieces)

    def _drop_old(self, now: datetime) -> None:
        while self._joins:
            oldest = next(iter(self._joins))
            if len(self._joins) < JOINS_MAX and now - self._joins[oldest].since < JOIN_KEPT:
                return
            del self._joins[oldest]


def _is_latin_1(text: str) -> bool:
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return False
    return True


def _is_ucs2(data_coding: int) -> bool:
    """UCS-2 by SMPP's own value, or by the bits of a GSM data coding with a message class (0x18: shown at once)."""
    return data_coding == UCS2 or (0x10 <= data_coding <= 0x3F and data_coding & 0x0C == 0x08)


def _cut_gsm7(septets: bytes) -> list[bytes]:
    """Cut so that no part ends between an escape and what it escapes."""
    parts: list[bytes] = []
    start = 0
    while start < len(septets):
        end = start + GSM_CHARS_PART
        if end < len(septets) and septets[end - 1] == 0x1B:
            end -= 1
        parts.append(septets[start:end])
        start = end
    return parts


def _cut_ucs2(units: bytes) -> list[bytes]:
    """Cut so that no part ends between the two halves of a surrogate pair."""
    parts: list[bytes] = []
    start = 0
    while start < len(units):
        end = start + UCS2_BYTES_PART
        if end < len(units) and 0xD8 <= units[end - 2] <= 0xDB:
            end -= 2
        parts.append(units[start:end])
        start = end
    return parts


def _concatenation(header: bytes) -> list[int] | None:
    """Return reference, total and number from a user data header with an 8-bit or 16-bit reference."""
    at = 0
    while at + 2 <= len(header):
        element, length = header[at], header[at + 1]
        value = header[at + 2 : at + 2 + length]
        if element == 0x00 and len(value) == 3:
            return [value[0], value[1], value[2]]
        if element == 0x08 and len(value) == 4:
            return [value[0] << 8 | value[1], value[2], value[3]]
        at += 2 + length
    return None


def _part(numbers: list[int] | None, data_coding: int, data: bytes) -> Part | None:
    """Return the part, or `None` if the numbers make no sense: then it is shown as a message of its own."""
    if numbers is None:
        return None
    reference, total, number = numbers
    if not 2 <= total <= PARTS_MAX or not 1 <= number <= total:
        return None
    return Part(reference, total, number, data_coding, data)

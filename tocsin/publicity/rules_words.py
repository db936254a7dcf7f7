"""Finding in a public text what must not stand there, in whatever form it was written. Pure.

Two texts are compared after folding: compatibility forms, letter case, diacritics, vowel signs, invisible characters,
kinds of digits and letters that look alike are made the same (Unicode Standard Annex 15 for the normal forms; the
look-alikes are our own short table). Folding compares spelling: it does not translate or transliterate, so a name that
is written in two alphabets must be given in both.
"""

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from urllib.parse import unquote

SEMITIC_LETTERS_MIN = 3  # Shorter parts of Arabic and Hebrew names stand inside too many other words.
PREFIX_LETTERS_MIN = 4  # From so many letters on, a word that begins like the name counts too ("Marias").
HIDDEN_LETTERS_MIN = 4  # From so many on, it is also found inside a web address or a hashtag.
NUMBER_DIGITS_MIN = 6  # Fewer digits are a date or an amount.

# Letters that do not decompose, and letters of other alphabets that a reader takes for the first one of the row.
_ROWS = (
    *("a аα", "b вβ", "d đԁð", "e еεə", "h нħһη", "i іıι", "j ј", "k кκ", "l łӏ", "m мμ", "o оøο", "p рρ", "q ԛ"),
    *("c с", "s ѕ", "t тŧτ", "u υ", "v ν", "w ѡω", "x хχ", "y у", "z ζ", "ae æ", "oe œ", "th þ"),
    *("ا ٱ", "ي ىیې", "ك کڪ", "ه ةہھە"),  # One letter with several code points in Arabic, Persian and Urdu.
    *("כ ך", "מ ם", "נ ן", "פ ף", "צ ץ"),  # Hebrew final letters.
)
_ALIKE = {ord(other): row.split()[0] for row in _ROWS for other in row.split()[1]}
# Words inside names that say nothing about whose name it is.
_LATIN_PARTICLES = "abd abu al bin bint da das de del den der di do dos du el ibn la le ben umm van von"
_PARTICLES = frozenset([*_LATIN_PARTICLES.split(), "بن", "ابن", "بنت", "ابو", "ام", "عبد", "ال"])
_DROPPED = {"Mn", "Me", "Cf", "Cc", "Lm"}
_ADDRESS_SIGNS = set("#@/_=&%~")
_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")
_PUNYCODE = re.compile(r"xn--[a-z0-9-]+", re.IGNORECASE)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_DIGITS = re.compile(r"\+?\d(?:[\s().\-/\u2010-\u2015]{0,2}\d){5,}")


@dataclass(frozen=True, slots=True)
class Piece:
    """What stands between two spaces: as written, its folded words, and these without what parts them."""

    written: str
    words: tuple[str, ...]
    joined: str
    is_address: bool


@lru_cache(maxsize=4096)
def _fold_char(char: str) -> str:
    parts = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", char).casefold())
    kept = "".join(part for part in parts if unicodedata.category(part) not in _DROPPED or part in "\n\t")
    digits = "".join(str(unicodedata.digit(part)) if part.isdigit() else part for part in kept)
    return digits.translate(_ALIKE)


def fold(text: str) -> str:
    """Give the form in which two spellings of one word are the same."""
    return "".join(map(_fold_char, text))


def words_of(text: str) -> tuple[str, ...]:
    """Give the folded words of a text; whatever is neither letter nor digit parts them."""
    cut = "".join(char if char.isalnum() else " " for char in fold(text))
    return tuple(cut.split())


def _other_readings(piece: str) -> Iterator[str]:
    """Give a piece as a browser would read it, where that is something else."""
    if _PERCENT.search(piece):
        yield unquote(piece)
    if "&" in piece and ";" in piece:
        yield html.unescape(piece)
    for label in _PUNYCODE.findall(piece):
        try:
            yield label[4:].encode("ascii").decode("punycode")
        except (UnicodeError, ValueError):
            continue  # Not an address after all; it was already read as written.


def pieces_of(text: str) -> list[Piece]:
    """Cut a text at its spaces, in order; other readings, and words spelled "M A R I A", follow at the end."""
    pieces, others = [], []
    run: list[str] = []
    for written in text.split():
        piece = _piece(written, written)
        pieces.append(piece)
        others += [_piece(written, reading) for reading in _other_readings(written)]
        if len(piece.joined) == 1:
            run.append(written)
            continue
        others.append(_piece(" ".join(run), "".join(run)))
        run = []
    others.append(_piece(" ".join(run), "".join(run)))
    return [piece for piece in (*pieces, *others) if piece.joined]


def _piece(written: str, reading: str) -> Piece:
    is_address = bool(_ADDRESS_SIGNS & set(reading)) or "www." in reading or "xn--" in written
    spelled = _CAMEL.sub(" ", reading) if is_address else reading
    words = words_of(spelled)
    return Piece(written=written, words=words, joined="".join(words), is_address=is_address)


def find_phrase(pieces: list[Piece], phrase: str) -> str | None:
    """Find a word that must never be mentioned, also inside a longer word. Returns the place as it was written."""
    wanted = words_of(phrase)
    if not wanted:
        return None
    joined = "".join(wanted)
    is_inside = len(joined) >= HIDDEN_LETTERS_MIN or _is_unspaced(joined)
    for piece in pieces:
        if joined in (piece.joined if is_inside else piece.words):
            return piece.written
    return find_in_row(pieces, wanted) if len(wanted) > 1 else None


def find_in_row(pieces: list[Piece], wanted: tuple[str, ...]) -> str | None:
    """Find several words one after the other, wherever the spaces stand."""
    row = [(word, piece.written) for piece in pieces for word in piece.words]
    for start in range(len(row) - len(wanted) + 1):
        here = row[start : start + len(wanted)]
        if all(word == other for (word, _), other in zip(here, wanted, strict=True)):
            written = [piece for _, piece in here]
            return " ".join([written[0], *(after for before, after in pairwise(written) if after != before)])
    return None


def find_name(pieces: list[Piece], name: str) -> str | None:
    """Find a person's name or a part of it. Returns the place as it was written."""
    # Slavic cases change the last letter of a name: it is the same without it.
    ending = 1 if any("\u0400" <= char <= "\u04ff" for char in name) else 0
    for part in _telling(words_of(name)):
        for piece in pieces:
            if piece.is_address and len(part) >= HIDDEN_LETTERS_MIN and part in piece.joined:
                return piece.written
            if any(_is_name(word, part, ending=ending) for word in (*piece.words, piece.joined)):
                return piece.written
    return None


def _telling(parts: tuple[str, ...]) -> list[str]:
    """Leave out initials and particles, unless the name has nothing else."""
    telling = [part for part in parts if part not in _PARTICLES and (len(part) > 1 or _is_unspaced(part))]
    return telling or ["".join(parts)] * bool(parts)


def _is_name(word: str, part: str, *, ending: int) -> bool:
    if _is_unspaced(part) or (_is_semitic(part) and len(part) >= SEMITIC_LETTERS_MIN):
        return part in word  # Here articles and prepositions are written together with the name.
    if len(part) < PREFIX_LETTERS_MIN:
        return word == part
    return word.startswith(part[: len(part) - ending] if len(part) > PREFIX_LETTERS_MIN else part)


def _is_semitic(word: str) -> bool:
    return "\u0590" <= word[0] <= "\u08ff"


def _is_unspaced(word: str) -> bool:
    """Say whether the script writes without spaces (Thai, Chinese, Japanese ...)."""
    return "\u0e00" <= word[0] <= "\u0eff" or word[0] >= "\u3000"


def find_contact(text: str, contact: str) -> str | None:
    """Find a telephone number however it is grouped, or a mail address. Returns the place as it was written."""
    if "@" in contact:
        return contact if fold(contact) in fold(text) else None
    digits = "".join(char for char in fold(contact) if char.isdigit())
    if len(digits) < NUMBER_DIGITS_MIN:
        return None
    core = digits[-9:]  # Without the country code and the zero that stands for it.
    for match in _DIGITS.finditer(_plain_digits(text)):
        found = "".join(char for char in match[0] if char.isdigit())
        if core in found or (len(found) >= len(core) - 1 and found.lstrip("0") in digits):
            return match[0]
    return None


def _plain_digits(text: str) -> str:
    """Write every kind of digit as 0 to 9, one character for one."""
    return "".join(str(unicodedata.digit(char)) if char.isdecimal() else char for char in text)


# What a reader or a program would take for an exact place.
_PLACES = (
    re.compile(r"[-+]?\d{1,3}[.,]\d{3,}\s*°?\s*[NSEWnsew]?\s*[,;/ ]\s*[-+]?\d{1,3}[.,]\d{3,}"),
    re.compile(r"\d{1,3}\s*[°º]\s*\d{1,2}(?:[.,]\d+)?\s*['’′]?"),
    re.compile(r"\bgeo:[-+]?\d", re.IGNORECASE),
    re.compile(r"\b(?:mlat|mlon|lat|lon|lng|latitude|longitude)\s*[=:]\s*[-+]?\d", re.IGNORECASE),
    re.compile(r"@[-+]?\d{1,3}\.\d+,[-+]?\d"),
    re.compile(r"\b[23456789CFGHJMPQRVWX]{4,8}\+[23456789CFGHJMPQRVWX]{2,}\b", re.IGNORECASE),
    re.compile(r"///\w+\.\w+\.\w+"),
    re.compile(r"\b\d{1,2}[C-HJ-NP-X]\s?[A-HJ-NP-Z]{2}\s?\d{2,5}\s?\d{2,5}\b"),
    re.compile(
        r"(?:maps\.app\.goo\.gl|goo\.gl/maps|maps\.google|google\.[a-z.]+/maps|openstreetmap\.org)", re.IGNORECASE
    ),
)


def find_exact_place(text: str) -> str | None:
    """Find coordinates, plus codes, grid references, three-word addresses and links to maps."""
    plain = _plain_digits(unicodedata.normalize("NFKC", unquote(text)))
    for pattern in _PLACES:
        if match := pattern.search(plain):
            return match[0]
    return None


def first_found(pieces: list[Piece], phrases: Iterable[str]) -> str | None:
    """Find the first of several words that must never be mentioned."""
    return next((found for phrase in phrases if (found := find_phrase(pieces, phrase))), None)

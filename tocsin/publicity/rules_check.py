"""Whether the directive allows a public text, and which exact text it is. Pure.

What is forbidden here can be neither approved nor published. The answer names the place in the text and what to change.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import NamedTuple

from tocsin.core.answers import Refused
from tocsin.core.geometry import Area
from tocsin.people.rules import DirectiveTerms, Precision, PublicAudience, permits
from tocsin.publicity.rules import TextKind
from tocsin.publicity.rules_words import (
    find_contact,
    find_exact_place,
    find_in_row,
    find_name,
    first_found,
    fold,
    pieces_of,
    words_of,
)

TITLE_CHARS_MAX = 200
BODY_CHARS_MAX = 20_000
SMS_CHARS_MAX = 600  # The link and the word to leave are added to it.
LANGUAGES_MAX = 24
AREA_RADIUS_KM = 20.0  # Of a published circle. Its centre is rounded, so that it does not tell the place either.
CENTRE_DECIMALS = 1
_LINKS = re.compile(r"https?://\S+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Text:
    """The public words in one language. `sms` is the short form; `letter` is what readers may send to an authority."""

    title: str = ""
    body: str = ""
    action: str = ""
    letter: str = ""
    sms: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """Everything that two people approve: the texts, the place, the addressee, and who will be told."""

    kind: TextKind
    texts: Mapping[str, Text]
    audiences: frozenset[PublicAudience]
    area: str = ""
    lat_deg: float | None = None
    lon_deg: float | None = None
    radius_km: float | None = None
    letter_to: str = ""


@dataclass(frozen=True, slots=True)
class Protected:
    """What the check must know of the people behind the text. It is opened for the program, and shown to nobody."""

    name: str = ""
    other_names: tuple[str, ...] = ()  # Of the circle, who agreed to nothing.
    contacts: tuple[str, ...] = ()  # Numbers and addresses of the defender and the circle.
    never_mention: tuple[str, ...] = ()
    country: str = ""


class Where(NamedTuple):
    """A place in the draft. `language` is empty for what stands beside the texts."""

    language: str
    part: str


NOWHERE = Where("", "")


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that stands against a text. `found` is cut from the draft itself, never from the directive."""

    code: str
    sentence: str
    where: Where = NOWHERE
    found: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """The directive allows the text, not before `not_before`."""

    not_before: datetime


@dataclass(frozen=True, slots=True)
class Forbidden:
    """The directive, or the form, does not allow the text."""

    reasons: tuple[Reason, ...] = field(default=())


def check(
    draft: Draft, terms: DirectiveTerms | None, protected: Protected, *, now: datetime, pressed_at: datetime
) -> Checked | Forbidden:
    """Compare a draft with the directive that is in force now.

    The waiting time after the press does not forbid the text, only the moment: see `Checked.not_before`.
    """
    not_before = pressed_at + timedelta(minutes=terms.wait_minutes if terms else 0)
    reasons = [
        *_permission(draft, terms, now=max(now, not_before), pressed_at=pressed_at),
        *_forbidden_words(draft, protected, may_name=terms is not None and terms.may_name),
        *_places(draft, protected, allowed=terms.precision if terms else Precision.NONE),
        *_formal(draft),  # Last: what exposes somebody is told before what is only missing.
    ]
    return Forbidden(tuple(dict.fromkeys(reasons))) if reasons else Checked(not_before)


def _formal(draft: Draft) -> Iterator[Reason]:
    if not draft.texts:
        yield Reason("empty", "There is no text yet. Write one in at least one language that the directive allows.")
    if not draft.audiences:
        yield Reason("nobody", "Nobody would be told. Choose at least one audience.")
    if len(draft.texts) > LANGUAGES_MAX:
        yield Reason("languages", f"More than {LANGUAGES_MAX} languages. Leave some out.")
    limits = {"title": TITLE_CHARS_MAX, "sms": SMS_CHARS_MAX}
    for where, words in parts_of(draft):
        if len(words) > limits.get(where.part, BODY_CHARS_MAX):
            yield Reason("long", f"The {where.part} is too long. Shorten it.", where)
    for language, text in sorted(draft.texts.items()):
        yield from _missing(language, text, by_sms=PublicAudience.SUPPORTERS in draft.audiences)
        if any(sign in text.title for sign in "\r\n"):
            yield Reason("lines", "The title must be one line.", Where(language, "title"))


def _missing(language: str, text: Text, *, by_sms: bool) -> Iterator[Reason]:
    for part in ("title", "body"):
        if not getattr(text, part).strip():
            sentence = f"The {part} is missing. Write it, or leave the language out."
            yield Reason("missing", sentence, Where(language, part))
    if by_sms and not text.sms.strip():
        yield Reason("missing", "The short text for SMS is missing. Write it.", Where(language, "sms"))


def _permission(draft: Draft, terms: DirectiveTerms | None, *, now: datetime, pressed_at: datetime) -> Iterator[Reason]:
    for language in draft.texts or ("",):
        for audience in sorted(draft.audiences):
            answer = permits(
                terms,
                language=language,
                audience=audience,
                precision=Precision.NONE,  # The place has reasons of its own.
                names=False,  # So have the words.
                now=now,
                pressed_at=pressed_at,
            )
            if isinstance(answer, Refused):
                yield Reason("directive", answer.reason)


def _forbidden_words(draft: Draft, protected: Protected, *, may_name: bool) -> Iterator[Reason]:
    names = {name for name in protected.other_names if len(words_of(name)) > 1}
    for where, text in parts_of(draft):
        pieces = pieces_of(text)
        if found := first_found(pieces, protected.never_mention):
            yield Reason("never", "The defender asked that this is never mentioned. Take it out.", where, found)
        if not may_name and (found := find_name(pieces, protected.name)):
            yield Reason("name", "The directive does not allow the name, nor a part of it. Take it out.", where, found)
        for name in sorted(names):
            if found := find_in_row(pieces, words_of(name)):
                yield Reason("other", "This person has not agreed to be named. Take the name out.", where, found)
        for contact in protected.contacts:
            if found := find_contact(text, contact):
                yield Reason("contact", "This is a private number or address. Take it out.", where, found)


def _places(draft: Draft, protected: Protected, *, allowed: Precision) -> Iterator[Reason]:
    if allowed is Precision.EXACT:
        return
    for where, text in parts_of(draft):
        # The centre of the circle has its own rule, and links of the text are looked through like words.
        if found := find_exact_place(text):
            yield Reason(
                "exact", "This tells an exact place, which the directive does not allow. Take it out.", where, found
            )
        if (
            allowed is Precision.NONE
            and protected.country
            and (found := first_found(pieces_of(text), [protected.country]))
        ):
            yield Reason("country", "The directive allows no place, not even the country. Take it out.", where, found)
    here = Where("", "area")
    if draft.radius_km is not None and not _is_rounded(draft):
        sentence = f"The circle is too exact: use a radius of {AREA_RADIUS_KM:g} km or more and a rounded centre."
        yield Reason("circle", sentence, here)
    if draft.radius_km is not None and allowed in {Precision.NONE, Precision.COUNTRY}:
        yield Reason("circle", "The directive does not allow a circle on the map. Take it out.", here)
    if draft.area and allowed is Precision.NONE:
        yield Reason("area", "The directive does not allow a place. Leave the area empty.", here, draft.area)
    if draft.area and allowed is Precision.COUNTRY and fold(draft.area) != fold(protected.country):
        yield Reason(
            "area", "The directive allows the country only. Write its name, or leave the area empty.", here, draft.area
        )


def _is_rounded(draft: Draft) -> bool:
    centre = (draft.lat_deg, draft.lon_deg)
    return (
        draft.radius_km is not None
        and draft.radius_km >= AREA_RADIUS_KM
        and all(number is not None and round(number, CENTRE_DECIMALS) == number for number in centre)
    )


def parts_of(draft: Draft) -> Iterator[tuple[Where, str]]:
    """Give every text of the draft with its place."""
    for language, text in sorted(draft.texts.items()):
        for part in fields(Text):
            if words := getattr(text, part.name):
                yield Where(language, part.name), words
    if draft.area:
        yield Where("", "area"), draft.area
    if draft.letter_to:
        yield Where("", "letter_to"), draft.letter_to


def links_of(texts: Iterable[str]) -> list[str]:
    """Give the web addresses in texts, each once: whoever approves should know where they lead."""
    return list(dict.fromkeys(link.rstrip(".,;:!?)»\"'") for text in texts for link in _LINKS.findall(text)))


def public_area(lat_deg: float, lon_deg: float) -> Area:
    """Give the circle that may be shown when the directive allows an area. The same place gives the same circle."""
    lat, lon = round(lat_deg, CENTRE_DECIMALS), round(lon_deg, CENTRE_DECIMALS)
    return Area(lat_deg=lat, lon_deg=lon, radius_km=AREA_RADIUS_KM)


def digest_of(draft: Draft, *, appeal_uid: str, number: int) -> bytes:
    """Give the SHA-256 of the canonical JSON of the draft (RFC 8785 in spirit: sorted keys, no spaces, UTF-8).

    The appeal and the number of the version are part of it, so that an approval cannot be moved to another text.
    """
    plain = {
        "appeal": appeal_uid,
        "number": number,
        "kind": draft.kind.value,
        "texts": {
            language: {part.name: getattr(text, part.name) for part in fields(Text)}
            for language, text in draft.texts.items()
        },
        "audiences": sorted(audience.value for audience in draft.audiences),
        "area": draft.area,
        "circle": [draft.lat_deg, draft.lon_deg, draft.radius_km],
        "letter_to": draft.letter_to,
    }
    canonical = json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(canonical.encode()).digest()

"""What people are told, and how much: only as much as the plan allows, the area before the exact place."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from tocsin.core.geometry import Area, compass_word
from tocsin.dispatch.wording_phrases import KINDS, PHRASES, WINDS
from tocsin.people.rules import Disclosure

LANGUAGES = tuple(PHRASES)
RIGHT_TO_LEFT = frozenset({"ar", "fa"})
ISOLATE, POP = "\u2066", "\u2069"  # Keep figures and links readable inside right-to-left text (UAX 9).
LEVELS = tuple(Disclosure)  # From the least to the most.


class Asked(StrEnum):
    """As what somebody is asked."""

    HEADQUARTERS = "duty"
    CIRCLE = "circle"
    RESPONDER = "responder"


@dataclass(frozen=True, slots=True)
class Message:
    """A text with its subject; only mail shows the subject."""

    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class Where:
    """The place as a message may tell it. `age`: how old it is, when it is only the last known one."""

    lat_deg: float
    lon_deg: float
    area: Area
    age: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """What happened, for everyone who is told of it."""

    name: str  # Empty: a device that nobody knows.
    kinds: tuple[str, ...]  # The gravest first.
    received_at: datetime
    where: Where | None = None
    is_late: bool = False
    is_drill: bool = False


@dataclass(frozen=True, slots=True)
class Reader:
    """Who is asked, and how the answer comes back. `code` is the incident's number, for whom two calls are open."""

    asked: Asked
    language: str
    level: Disclosure
    link: str = ""
    code: int | None = None
    cover: str = ""  # The plan's cover wording.
    distance_km: float | None = None
    bearing: float | None = None  # From the reader to the place.


def phrase(language: str, key: str, **values: object) -> str:
    """Give one phrase in a language, or in English."""
    table = PHRASES.get(language, PHRASES["en"])
    return table.get(key, PHRASES["en"][key]).format(**values)


def ring(call: Call, reader: Reader) -> Message:
    """Ask somebody. Under cover wording nothing else is said, and the link stays: it shows no more than this text."""
    language = reader.language
    yes, no = ("1", "2") if reader.code is None else (f"1 {reader.code}", f"2 {reader.code}")
    if reader.level is Disclosure.COVER:
        said = [reader.cover or phrase(language, "cover"), phrase(language, "ask_cover", yes=yes, no=no)]
        return Message(phrase(language, "plain_subject"), _joined(language, said, reader.link))
    said = [phrase(language, "drill")] if call.is_drill else []
    said += [_who(call, reader), phrase(language, "received", time=f"{call.received_at:%H:%M}")]
    if call.is_late:
        said.append(phrase(language, "late"))
    if LEVELS.index(reader.level) >= LEVELS.index(Disclosure.AREA):
        said += _place(call, reader)
    ask = {Asked.HEADQUARTERS: "ask_take", Asked.CIRCLE: "ask_help", Asked.RESPONDER: "ask_go"}[reader.asked]
    said.append(phrase(language, ask, yes=_isolated(language, yes), no=_isolated(language, no)))
    return Message(_subject(call, language), _joined(language, said, reader.link))


def exact_place(call: Call, reader: Reader) -> Message | None:
    """Tell somebody who goes where exactly. `None`: there is no place, or the plan does not let this reader know.

    A responder who may know the area goes there, and so learns the place; the circle only where the plan says so.
    """
    needed = Disclosure.AREA if reader.asked is Asked.RESPONDER else Disclosure.PLACE
    if call.where is None or LEVELS.index(reader.level) < LEVELS.index(needed):
        return None
    language = reader.language
    said = [phrase(language, "drill")] if call.is_drill else []
    place = _isolated(language, exact_words(call.where))
    said.append(phrase(language, "going"))
    if call.where.age is None:
        said.append(phrase(language, "exact", place=place))
    else:
        said.append(phrase(language, "last_known", age=_age(call.where.age, language), place=place))
    return Message(_subject(call, language), _joined(language, said, reader.link))


def stood_down(language: str, *, is_drill: bool = False) -> Message:
    """Thank somebody who is not needed any more. It names nobody: the phone may have another hand on it by now."""
    said = [phrase(language, "drill")] if is_drill else []
    return Message(phrase(language, "plain_subject"), " ".join([*said, phrase(language, "stood_down")]))


def answer_taken(language: str, asked: str, answer: str, level: Disclosure) -> Message:
    """Say what was understood, so that nobody wonders whether the answer arrived."""
    if level is Disclosure.COVER:
        return noted(language)
    key = {"yes": "took" if asked == Asked.HEADQUARTERS else "coming", "no": "declined"}.get(answer, "noted")
    return Message(phrase(language, "plain_subject"), phrase(language, key))


def noted(language: str) -> Message:
    """Say that a message arrived, and nothing else: the same words to everybody, whatever it said."""
    return Message(phrase(language, "plain_subject"), phrase(language, "noted"))


def unclear(language: str) -> Message:
    """Ask once more, plainly."""
    return Message(phrase(language, "plain_subject"), phrase(language, "unclear"))


def which(language: str, codes: Collection[int]) -> Message:
    """Ask which of several calls an answer is about."""
    choices = _isolated(language, " / ".join(f"1 {code}" for code in sorted(codes)))
    return Message(phrase(language, "plain_subject"), phrase(language, "which", choices=choices))


def degraded(language: str, kinds: Collection[str], *, received_at: datetime) -> Message:
    """Ring the duty officers while the database is away: nobody can say who calls or where."""
    text = phrase(language, "degraded", kinds=kind_words(kinds, language), time=f"{received_at:%H:%M}")
    return Message(phrase(language, "subject"), text)


def kind_words(kinds: Collection[str], language: str) -> str:
    """Give the words for a set of kinds, in the order given."""
    table = KINDS.get(language, KINDS["en"])
    comma = "، " if language in RIGHT_TO_LEFT else ", "
    return comma.join(table.get(kind, KINDS["en"].get(kind, table["other"])) for kind in kinds)


def set_aside(kinds: Collection[str]) -> list[str]:
    """Give the kinds without duress; when nothing else is left, the plain word for an alarm."""
    return [kind for kind in kinds if kind != "duress"] or ["general"]


def exact_words(where: Where) -> str:
    """Give a place as figures that every map takes, and as a link that a phone opens (RFC 5870)."""
    return f"{where.lat_deg:.5f}, {where.lon_deg:.5f} geo:{where.lat_deg:.5f},{where.lon_deg:.5f}"


def _who(call: Call, reader: Reader) -> str:
    """Name who calls, and why. A sign of duress is for headquarters: another phone may lie on somebody else's table."""
    language = reader.language
    told = call.kinds if reader.asked is Asked.HEADQUARTERS else tuple(set_aside(call.kinds))
    kinds = kind_words(told, language)
    if not call.name:
        return phrase(language, "unknown_calls", kinds=kinds)
    return phrase(language, "calls", name=call.name, kinds=kinds)


def _subject(call: Call, language: str) -> str:
    subject = phrase(language, "subject")
    return f"{phrase(language, 'drill')} {subject}" if call.is_drill else subject


def _place(call: Call, reader: Reader) -> list[str]:
    """Headquarters and whoever the plan trusts with it read the exact place; everybody else the area."""
    language, where = reader.language, call.where
    if where is None:
        return [phrase(language, "no_place")]
    if reader.level is Disclosure.PLACE:
        place = _isolated(language, exact_words(where))
        if where.age is not None:
            return [phrase(language, "last_known", age=_age(where.age, language), place=place)]
        return [phrase(language, "place", place=place)]
    centre = _isolated(language, f"{where.area.lat_deg:.2f}, {where.area.lon_deg:.2f}")
    km = _km(where.area.radius_km)
    if where.age is None:
        said = [phrase(language, "area", km=km, place=centre)]
    else:
        rough = f"{centre} {_isolated(language, f'(±{km} km)')}"
        said = [phrase(language, "last_known", age=_age(where.age, language), place=rough)]
    if reader.distance_km is not None and reader.bearing is not None:
        wind = WINDS.get(language, WINDS["en"])[compass_word(reader.bearing)]
        said.append(phrase(language, "from_you", km=_km(reader.distance_km), wind=wind))
    return said


def _km(distance_km: float) -> str:
    return str(max(1, round(distance_km)))


def _age(age: timedelta, language: str) -> str:
    minutes = max(0, int(age.total_seconds() // 60))
    if minutes < 120:
        return phrase(language, "minutes", n=minutes)
    if minutes < 48 * 60:
        return phrase(language, "hours", n=minutes // 60)
    return phrase(language, "days", n=minutes // (24 * 60))


def _isolated(language: str, text: str) -> str:
    return f"{ISOLATE}{text}{POP}" if language in RIGHT_TO_LEFT else text


def _joined(language: str, said: list[str], link: str) -> str:
    return " ".join([*said, _isolated(language, link)] if link else said)

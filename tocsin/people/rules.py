"""Words of the plan and the directive, and what they allow."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tocsin.core.answers import Refused

RADIUS_KM_MAX = 500  # Nobody is asked to come from farther away.
WAIT_S_MIN = 5
WAIT_S_MAX = 24 * 3600


class PartyKind(StrEnum):
    """What a party is."""

    PERSON = "person"
    GROUP = "group"
    ORGANISATION = "organisation"


WAYS = ("sms", "email", "chat", "webhook")  # Kinds of `channels.registry` that have an address of a person.
LANGUAGES = ("en", "ar", "es", "fa", "fr", "pt", "ru", "sw")  # In which messages are written (dispatch/wording.py).


class Audience(StrEnum):
    """Whom a step of a plan asks."""

    HEADQUARTERS = "headquarters"  # The duty officers on shift.
    EVERYONE_AT_HEADQUARTERS = "everyone_at_headquarters"
    CIRCLE = "circle"
    RESPONDERS = "responders"  # The nearest willing ones.


class Disclosure(StrEnum):
    """How much a message may say about the defender. Each word includes the ones before it."""

    COVER = "cover"  # Only the cover wording of the plan.
    ALARM = "alarm"  # That this person called for help.
    AREA = "area"  # And roughly where.
    PLACE = "place"  # And exactly where.


class DirectiveState(StrEnum):
    """Where a directive stands (architecture, section 5)."""

    DRAFT = "draft"
    SIGNED = "signed"
    IN_FORCE = "in_force"
    SUPERSEDED = "superseded"
    REVOKED = "revoked"
    LAPSED = "lapsed"


class Precision(StrEnum):
    """How exactly a place may be published."""

    NONE = "none"
    COUNTRY = "country"
    AREA = "area"
    EXACT = "exact"


PRECISION_ORDER = tuple(Precision)  # From the least exact to the most.


class Relation(StrEnum):
    """What a trusted contact is to the defender. A coded word: a sentence could name somebody."""

    FAMILY = "family"
    FRIEND = "friend"
    COLLEAGUE = "colleague"
    LAWYER = "lawyer"
    NEIGHBOUR = "neighbour"
    DOCTOR = "doctor"
    JOURNALIST = "journalist"
    EMBASSY = "embassy"
    ORGANISATION = "organisation"
    OTHER = "other"


class PublicAudience(StrEnum):
    """To whom an appeal may go."""

    PAGE = "page"  # The public page and the feeds.
    SUPPORTERS = "supporters"
    SOCIAL = "social"


class DirectiveEvent(StrEnum):
    """What can happen to a directive."""

    SIGN = "sign"
    ENTER = "enter"  # Its first day has come.
    SUPERSEDE = "supersede"  # A newer version entered.
    REVOKE = "revoke"
    LAPSE = "lapse"  # Its last day has passed.


# A pair that is not listed is refused. What has ended never comes back: a changed mind is a new version.
NEXT_DIRECTIVE: dict[tuple[DirectiveState, DirectiveEvent], DirectiveState] = {
    (DirectiveState.DRAFT, DirectiveEvent.SIGN): DirectiveState.SIGNED,
    (DirectiveState.DRAFT, DirectiveEvent.REVOKE): DirectiveState.REVOKED,
    (DirectiveState.SIGNED, DirectiveEvent.ENTER): DirectiveState.IN_FORCE,
    (DirectiveState.SIGNED, DirectiveEvent.SUPERSEDE): DirectiveState.SUPERSEDED,
    (DirectiveState.SIGNED, DirectiveEvent.REVOKE): DirectiveState.REVOKED,
    (DirectiveState.SIGNED, DirectiveEvent.LAPSE): DirectiveState.LAPSED,
    (DirectiveState.IN_FORCE, DirectiveEvent.SUPERSEDE): DirectiveState.SUPERSEDED,
    (DirectiveState.IN_FORCE, DirectiveEvent.REVOKE): DirectiveState.REVOKED,
    (DirectiveState.IN_FORCE, DirectiveEvent.LAPSE): DirectiveState.LAPSED,
}


@dataclass(frozen=True, slots=True)
class DirectiveTerms:
    """What one directive says, without the words that are sealed."""

    state: DirectiveState
    may_publish: bool
    may_name: bool
    precision: Precision
    audiences: frozenset[str]
    languages: frozenset[str]
    wait_minutes: int
    valid_from: date | None
    valid_until: date | None


@dataclass(frozen=True, slots=True)
class Permitted:
    """The directive allows it. It never publishes by itself: two people still approve the text."""


def decide_directive(state: DirectiveState, event: DirectiveEvent) -> DirectiveState | Refused:
    """Say what an event makes of a directive."""
    following = NEXT_DIRECTIVE.get((state, event))
    if following is None:
        return Refused(f"A directive that is {state.replace('_', ' ')} cannot {event}. Make a new version instead.")
    return following


def is_in_force(terms: DirectiveTerms, day: date) -> bool:
    """Say whether the directive holds on a day. Both days at its ends are included; no last day: until revoked."""
    has_begun = terms.valid_from is None or terms.valid_from <= day
    has_ended = terms.valid_until is not None and terms.valid_until < day
    return terms.state is DirectiveState.IN_FORCE and has_begun and not has_ended


def permits(
    terms: DirectiveTerms | None,
    *,
    language: str,
    audience: PublicAudience,
    precision: Precision,
    names: bool,
    now: datetime,
    pressed_at: datetime,
) -> Permitted | Refused:
    """Say whether a text may go out now: in this language, to this audience, with a place as exact as `precision`.

    `names`: the text names the defender. `terms` is `None` when there is no directive: nothing is permitted then.
    The day is counted in UTC. What is not expressly allowed is refused.
    """
    if terms is None:
        return Refused("This person has signed no directive, so nothing may be published.")
    if not is_in_force(terms, now.date()):
        return Refused("The directive is not in force today. Ask the defender, and record a new version.")
    if not terms.may_publish:
        return Refused("The defender does not want anything to be published.")
    if audience not in terms.audiences:
        return Refused(f"The directive does not allow this audience: {audience}. Leave it out.")
    if language not in terms.languages:
        return Refused(f"The directive does not allow this language: {language}. Leave it out.")
    if PRECISION_ORDER.index(precision) > PRECISION_ORDER.index(terms.precision):
        return Refused(f"The place is told more exactly than the directive allows, which is: {terms.precision}.")
    if names and not terms.may_name:
        return Refused("The directive does not allow the name. Take it out of the text.")
    first = pressed_at + timedelta(minutes=terms.wait_minutes)
    if now < first:
        return Refused(f"The directive asks to wait until {first:%H:%M} UTC on {first:%Y-%m-%d}.")
    return Permitted()


def is_willing_at(
    hours_from: time | None, hours_until: time | None, *, time_zone: str, now: datetime, is_willing: bool = True
) -> bool:
    """Say whether a responder wants to be asked at this instant.

    The hours are local; `until` before `from` goes over midnight; both the same, or one missing, is the whole day. An
    unknown time zone asks rather than lets somebody wait in vain.
    """
    if not is_willing or hours_from is None or hours_until is None or hours_from == hours_until:
        return is_willing
    try:
        local = now.astimezone(ZoneInfo(time_zone)).time()
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: the name of a folder of the time zone files.
        return True
    if hours_from < hours_until:
        return hours_from <= local < hours_until
    return local >= hours_from or local < hours_until


@dataclass(frozen=True, slots=True)
class StepTerms:
    """One step of a plan: who is asked at the same time, by which channels (none: every way), how long to wait."""

    audiences: tuple[Audience, ...]
    channels: tuple[str, ...] = ()
    wait_s: int = 60
    repeat: int = 1


# What a new defender's plan says until somebody who knows the person changes it.
DEFAULT_STEPS = (
    StepTerms((Audience.HEADQUARTERS, Audience.CIRCLE, Audience.RESPONDERS), wait_s=60),
    StepTerms((Audience.HEADQUARTERS, Audience.CIRCLE, Audience.RESPONDERS), wait_s=120),
    StepTerms((Audience.EVERYONE_AT_HEADQUARTERS,), wait_s=120),
)


def is_time_zone(name: str) -> bool:
    """Say whether this is a time zone of the IANA data base, such as Africa/Nairobi."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def is_on_earth(lat_deg: float, lon_deg: float) -> bool:
    """Say whether a place can be: also false for what is no number."""
    return -90 <= lat_deg <= 90 and -180 <= lon_deg <= 180

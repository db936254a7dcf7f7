"""What may happen to an alarm and to an incident. Transitions are tables; the diagrams in the docs come from them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from tocsin.core.answers import Refused
from tocsin.core.clock import is_utc

RING_AGAIN_S = 600  # A press so long after the last one rings again, though headquarters has acknowledged.
CHALLENGE_VALID_S = 1800  # How long the answer to a challenge counts as the second voice.
UNKNOWN_RINGS_MAX = 5  # So many unknown devices ring headquarters within UNKNOWN_RINGS_S; the board shows them all.
UNKNOWN_RINGS_S = 600


class AlarmState(StrEnum):
    """A call for help, in minutes."""

    RAISED = "raised"
    ACKNOWLEDGED = "acknowledged"
    VERIFYING = "verifying"
    CONFIRMED = "confirmed"
    FALSE = "false"
    TEST = "test"


class IncidentState(StrEnum):
    """The room in which people respond, in hours to days."""

    OPEN = "open"
    RESPONDING = "responding"
    STABILISED = "stabilised"
    CLOSED = "closed"
    REVIEWED = "reviewed"


class Event(StrEnum):
    """What can happen to an alarm or an incident."""

    RAISE = "raise"  # A call that rings.
    ADD = "add"  # A call that belongs to what rings already.
    ACKNOWLEDGE = "acknowledge"
    VERIFY = "verify"  # Somebody on the ground is asked.
    CONFIRM = "confirm"
    FIND_FALSE = "find_false"
    FIND_TEST = "find_test"
    ENGAGE = "engage"  # Somebody goes, or is there.
    STABILISE = "stabilise"
    CLOSE = "close"
    REOPEN = "reopen"
    REVIEW = "review"


class PlaceSource(StrEnum):
    """Where the incident's place comes from."""

    FIX = "fix"  # Of the alarm itself.
    LAST_KNOWN = "last_known"  # Of an earlier report; its age is shown.
    NONE = "none"


class Reliability(StrEnum):
    """How far an answer in a verification is believed."""

    CONFIRMED = "confirmed"
    PROBABLE = "probable"
    DOUBTFUL = "doubtful"
    FALSE = "false"


class Outcome(StrEnum):
    """How an incident ended."""

    SAFE = "safe"
    RELEASED = "released"
    DETAINED = "detained"
    INJURED = "injured"
    MISSING = "missing"
    DEAD = "dead"
    FALSE = "false"
    TEST = "test"
    UNKNOWN = "unknown"


class Verdict(StrEnum):
    """What the answer to the rehearsed challenge means. Only headquarters sees it."""

    WELL = "well"
    DURESS = "duress"
    WRONG = "wrong"


ENDED = (IncidentState.CLOSED, IncidentState.REVIEWED)
_A, _I = AlarmState, IncidentState

# A pair that is not listed is refused, and the refusal goes on the timeline.
NEXT_ALARM: dict[tuple[AlarmState, Event], AlarmState] = {
    **{(state, Event.RAISE): _A.RAISED for state in _A},  # A press always raises …
    **{(state, Event.ADD): state for state in _A},  # … or adds.
    (_A.RAISED, Event.ACKNOWLEDGE): _A.ACKNOWLEDGED,
    (_A.ACKNOWLEDGED, Event.VERIFY): _A.VERIFYING,
    (_A.VERIFYING, Event.VERIFY): _A.VERIFYING,
    **{(state, Event.VERIFY): state for state in (_A.CONFIRMED, _A.FALSE, _A.TEST)},  # Asking on changes no finding.
    **{
        (state, event): found
        for state in (_A.ACKNOWLEDGED, _A.VERIFYING, _A.CONFIRMED, _A.FALSE, _A.TEST)  # A finding can be corrected.
        for event, found in (
            (Event.CONFIRM, _A.CONFIRMED),
            (Event.FIND_FALSE, _A.FALSE),
            (Event.FIND_TEST, _A.TEST),
        )
        if state is not found
    },
}
NEXT_INCIDENT: dict[tuple[IncidentState, Event], IncidentState] = {
    (_I.OPEN, Event.RAISE): _I.OPEN,
    (_I.RESPONDING, Event.RAISE): _I.RESPONDING,
    (_I.STABILISED, Event.RAISE): _I.RESPONDING,  # Whoever calls again is not safe. Ended ones: a new incident.
    **{(state, Event.ADD): state for state in (_I.OPEN, _I.RESPONDING, _I.STABILISED)},
    **{(state, Event.ENGAGE): _I.RESPONDING for state in (_I.OPEN, _I.RESPONDING)},
    (_I.STABILISED, Event.ENGAGE): _I.STABILISED,
    **{(state, Event.STABILISE): _I.STABILISED for state in (_I.OPEN, _I.RESPONDING)},
    **{(state, Event.CLOSE): _I.CLOSED for state in (_I.OPEN, _I.RESPONDING, _I.STABILISED)},
    **{(state, Event.REOPEN): _I.RESPONDING for state in ENDED},
    (_I.CLOSED, Event.REVIEW): _I.REVIEWED,
}
FINDINGS = {
    AlarmState.CONFIRMED: Event.CONFIRM,
    AlarmState.FALSE: Event.FIND_FALSE,
    AlarmState.TEST: Event.FIND_TEST,
}


@dataclass(frozen=True, slots=True)
class Accepted:
    """It was done. `state`: where the alarm or incident stands now. `id`: of the row that was made."""

    state: str = ""
    id: int | None = None


Answer = Accepted | Refused


def decide_alarm(state: AlarmState, event: Event) -> AlarmState | Refused:
    """Say what an event makes of an alarm. A refusal is an answer, not an exception."""
    following = NEXT_ALARM.get((state, event))
    if following is not None:
        return following
    if state is AlarmState.RAISED:
        return Refused("Nobody has acknowledged this alarm yet. Acknowledge it first.")
    if event is Event.ACKNOWLEDGE:
        return Refused("Somebody has acknowledged this alarm already.")
    return Refused(f"The alarm is {state} already.")


def decide_incident(state: IncidentState, event: Event) -> IncidentState | Refused:
    """Say what an event makes of an incident."""
    following = NEXT_INCIDENT.get((state, event))
    if following is not None:
        return following
    if state in ENDED:
        return Refused("This incident is closed. Reopen it first.")
    return Refused(f"The incident is {state}, so there is nothing to {event}.")


# How grave a call is. What is missing here is shown on the device and on an open incident, and rings nobody.
GRAVITY = {
    "duress": 5,
    "sos": 4,
    "torn_off": 4,
    "fall": 3,
    "accident": 3,
    "general": 3,
    "other": 2,  # A vendor's word that we do not know: when unsure, raise it.
    "silence": 2,
    "tamper": 2,
    "jamming": 2,
    "power_cut": 1,
    "antenna_cut": 1,
}


def calling(kinds: frozenset[str]) -> frozenset[str]:
    """Give those kinds of a report that call people."""
    return kinds & GRAVITY.keys()


def gravity(kinds: frozenset[str]) -> int:
    """Give the gravity of the gravest kind; 0: none of them calls people."""
    return max((GRAVITY.get(kind, 0) for kind in kinds), default=0)


@dataclass(frozen=True, slots=True)
class OpenIncident:
    """What the merging decision must know of the defender's open incident."""

    alarm_state: AlarmState
    kinds: frozenset[str]
    last_alarm_at: datetime  # The last call that has an entry of its own.


@dataclass(frozen=True, slots=True)
class Opens:
    """A new incident."""


@dataclass(frozen=True, slots=True)
class Adds:
    """One more call in the open incident. `rings`: people are asked anew. `counts`: it has an entry of its own."""

    rings: bool
    counts: bool


def decide_press(
    open_incident: OpenIncident | None, kinds: frozenset[str], *, now: datetime, repeat_window_s: int
) -> Opens | Adds:
    """Say where a call belongs. A press never gets lost: it opens an incident, or it is added to the open one.

    While nobody has acknowledged, the ringing goes on anyway. Afterwards a call of a graver kind rings again at once,
    and any call rings again when the last one was long ago, or was found false or a test: whoever presses once more
    needs somebody to look.
    """
    assert is_utc(now), "now must be aware UTC"
    if open_incident is None:
        return Opens()
    since = abs(now - open_incident.last_alarm_at)  # A clock that was ahead and set right must not hide what follows.
    is_graver = gravity(kinds) > gravity(open_incident.kinds)
    is_new_kind = not kinds <= open_incident.kinds
    is_another = since >= timedelta(seconds=repeat_window_s)
    is_late_press = since >= timedelta(seconds=RING_AGAIN_S)
    is_contradiction = is_another and open_incident.alarm_state in (AlarmState.FALSE, AlarmState.TEST)
    rings = open_incident.alarm_state is not AlarmState.RAISED and (is_graver or is_late_press or is_contradiction)
    return Adds(rings=rings, counts=rings or is_new_kind or is_another)


def rings_for_unknown_device(rung_lately: int) -> bool:
    """Say whether one more unknown device rings headquarters. A flood of them is shown, and hides nobody's cry."""
    return rung_lately < UNKNOWN_RINGS_MAX


@dataclass(frozen=True, slots=True)
class Voices:
    """Who has spoken for closing an incident."""

    asked_by: int  # Staff.
    speaks: int  # Staff who speaks now.
    is_under_duress: bool
    was_seen_since: bool  # After the sign of duress somebody on the ground saw the person; believed as confirmed.
    challenged_well_at: datetime | None  # When the defender last gave the rehearsed answer, by a second channel.
    last_alarm_at: datetime


def decide_closing(voices: Voices, *, now: datetime) -> Accepted | Refused:
    """Say whether an incident may be closed now. Nobody can be made to call off an alarm alone.

    Two different people, or one person and the rehearsed answer, given after the last call and not long ago. Under
    duress the rehearsed answer counts for nothing, and somebody must have seen the person.
    """
    assert is_utc(now), "now must be aware UTC"
    if voices.is_under_duress and not voices.was_seen_since:
        return Refused(
            "There was a sign of duress. Record an answer from somebody who has seen the person since, believed as "
            "confirmed; then two people can close."
        )
    if voices.speaks != voices.asked_by:
        return Accepted(IncidentState.CLOSED)
    if voices.is_under_duress:
        return Refused("There was a sign of duress, so a second person must confirm.")
    answered_at = voices.challenged_well_at
    oldest = now - timedelta(seconds=CHALLENGE_VALID_S)
    if answered_at is None or answered_at < voices.last_alarm_at or answered_at < oldest:
        return Refused(
            "One person alone cannot close. Ask a colleague to confirm, or send the rehearsed question and wait for "
            "the right answer."
        )
    return Accepted(IncidentState.CLOSED)

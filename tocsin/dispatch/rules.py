"""Who is told next, by what, until someone answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from tocsin.people.rules import Audience


class Lane(StrEnum):
    """Which queue a notice stands in. A wave never delays a cry."""

    CRY = "cry"  # Somebody called for help and nobody has answered yet.
    RESPONSE = "response"  # Between people who respond.
    PUBLIC = "public"  # Supporters, feeds, social networks.


class NoticeState(StrEnum):
    """Where a notice stands (architecture, section 5)."""

    OWED = "owed"
    CLAIMED = "claimed"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    ANSWERED = "answered"
    EXPIRED = "expired"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class CalloutState(StrEnum):
    """Where a round of asking stands."""

    RUNNING = "running"
    ANSWERED = "answered"
    EXHAUSTED = "exhausted"  # Every step was asked; headquarters is told, and the asking starts again.
    STOPPED = "stopped"


FINAL = frozenset({NoticeState.ANSWERED, NoticeState.EXPIRED, NoticeState.REFUSED, NoticeState.WITHDRAWN})

WITHDRAWABLE = frozenset({NoticeState.OWED, NoticeState.CLAIMED})
# The promise: handed to a carrier within so many seconds; the audit finds what is later.
HAND_OVER_S = {Lane.CRY: 30, Lane.RESPONSE: 120, Lane.PUBLIC: 3600}
ANSWER_S = 6 * 3600  # So long an answer is waited for after a carrier took the message; then it has expired.
RETRY_S = (1, 2, 5, 10, 20, 30, 60)  # After each temporary failure; the last one for ever.
ROUND_WAIT_S_MAX = 300  # When nobody answers, everyone at headquarters is rung this often at least.
LINK_S = 24 * 3600
HELPING = ("accepted", "on_the_way", "there", "safe")  # States of an engagement that count as somebody coming.


class Purpose(StrEnum):
    """What a notice is for."""

    RING = "ring"
    EXACT_PLACE = "exact_place"
    STAND_DOWN = "stand_down"
    CHALLENGE = "challenge"
    REPLY = "reply"  # To a message that came in.
    WAVE = "wave"
    CONFIRM = "confirm"


ASKS = frozenset({Purpose.RING, Purpose.CHALLENGE})  # These wait for a human answer; the others end with the carrier.
AT_HEADQUARTERS = frozenset({Audience.HEADQUARTERS, Audience.EVERYONE_AT_HEADQUARTERS})


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a callout. `channels` empty: every working way of a person."""

    audiences: tuple[Audience, ...]
    channels: tuple[str, ...] = ()
    wait_s: int = 60
    repeat: int = 1


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a callout has come, and what people have said."""

    steps: Sequence[Step]
    step: int  # The one asked last; -1: none yet.
    asked: int  # How often that one was asked.
    rounds: int  # How often all steps were gone through.
    is_acknowledged: bool  # By a person at headquarters.
    is_somebody_coming: bool


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask these people now, and come back after `wait_s`. `is_new_round`: every step was gone through in vain."""

    step: int
    asked: int
    rounds: int
    audiences: tuple[Audience, ...]
    channels: tuple[str, ...]
    wait_s: int
    is_new_round: bool = False


@dataclass(frozen=True, slots=True)
class End:
    """The callout is over."""

    state: CalloutState


def decide_next(standing: Standing) -> Ask | End:
    """Say what a callout does when it is due. Receipts are no part of the question: only people answer.

    It ends when headquarters has acknowledged and somebody goes, or every step was asked. While nobody there has
    acknowledged it never ends: after the last step everyone at headquarters is rung, again and again.
    """
    if standing.is_acknowledged and (standing.is_somebody_coming or standing.rounds):
        return End(CalloutState.ANSWERED if standing.is_somebody_coming else CalloutState.EXHAUSTED)
    if standing.rounds == 0:
        following = _next_in_plan(standing)
        if following is not None:
            return following
    if standing.is_acknowledged:
        return End(CalloutState.EXHAUSTED)
    rounds = standing.rounds + 1
    wait_s = min(ROUND_WAIT_S_MAX, 60 * rounds)
    everyone = (Audience.EVERYONE_AT_HEADQUARTERS,)
    return Ask(len(standing.steps), 1, rounds, everyone, (), wait_s, is_new_round=True)


def _next_in_plan(standing: Standing) -> Ask | None:
    """Give the same step again while it is to be repeated, then the next one that has anybody left to ask."""
    for number in range(max(0, standing.step), len(standing.steps)):
        step = standing.steps[number]
        asked = standing.asked + 1 if number == standing.step else 1
        audiences = still_asked(
            step.audiences,
            is_acknowledged=standing.is_acknowledged,
            is_somebody_coming=standing.is_somebody_coming,
        )
        if asked <= step.repeat and audiences:
            return Ask(number, asked, 0, audiences, step.channels, step.wait_s)
    return None


def still_asked(
    audiences: Sequence[Audience], *, is_acknowledged: bool, is_somebody_coming: bool
) -> tuple[Audience, ...]:
    """Leave out whose question is answered. Headquarters' yes stops only its own ringing; a responder's yes leaves
    headquarters asked, since somebody must look after the whole."""
    return tuple(
        audience
        for audience in audiences
        if not (is_acknowledged if audience in AT_HEADQUARTERS else is_somebody_coming)
    )


def retry_after_s(attempts: int) -> int:
    """Give the pause after so many attempts that failed for a time only."""
    return RETRY_S[min(max(attempts, 1), len(RETRY_S)) - 1]

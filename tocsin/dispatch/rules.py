"""Who is told next, by what, until someone answers."""

from enum import StrEnum


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

"""What people answer, and what that stops."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class LinkAnswer:
    """What became of an answer by link. `state`: "taken", "used", "expired", "unknown" or "over"."""

    state: str
    incident_id: int | None = None


def answer_by_link(secret: str, answer: str, *, now: datetime) -> LinkAnswer:
    """Take the answer "yes" or "no" of a single-use link. Only POST may call this.

    After a yes, "on_the_way", "there" and "safe" are taken by the same link until the incident ends.
    """
    raise NotImplementedError


def resend(notice_id: int, *, staff_id: int, now: datetime) -> bool:
    """Owe the same message once more, for the ledger page. False: it needs no resending, or its text is gone."""
    raise NotImplementedError

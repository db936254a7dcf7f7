"""Reads of the ledger: what is owed, what is late, what an answer link asks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tocsin.dispatch.models import BellRing, Inbound, Notice, WorkerStatus


@dataclass(frozen=True)
class Ledger:
    """What headquarters sees of the ledger. `overdue` must be empty."""

    overdue: Sequence[Notice]
    owed: Sequence[Notice]  # Not handed to a carrier yet, the earliest due first; waves only as numbers.
    refused: Sequence[Notice]  # Of the last days, newest first.
    counts: dict[str, dict[str, int]]  # By lane, by state; of the last days.
    workers: Sequence[WorkerStatus]
    bells: Sequence[BellRing]


@dataclass(frozen=True)
class LinkPage:
    """What the page behind an answer link shows. Texts are already open: the link itself is the reader's right.

    `state`: "open" (not answered yet), "answered", "expired" or "unknown" (forged; the rest is empty then).
    """

    state: str
    language: str = "en"
    body: str = ""  # The message that the link came with, cover wording included.
    answer: str = ""  # "yes" or "no", when answered.
    engagement: str = ""  # "accepted", "on_the_way", "there", …
    exact_place: str = ""  # The text with the exact place; only after a yes, and only when the plan allows it.
    lat_deg: float | None = None  # With `exact_place`.
    lon_deg: float | None = None
    is_over: bool = False  # The incident is closed; nobody needs to go.


def overdue(*, now: datetime, limit: int = 200) -> Sequence[Notice]:
    """Give the notices whose promise is broken. One indexed query, run for ever; it must return nothing."""
    raise NotImplementedError


def ledger(*, now: datetime) -> Ledger:
    """Give the ledger page."""
    raise NotImplementedError


def strangers(*, limit: int = 100) -> Sequence[Inbound]:
    """Give messages from numbers that nobody knows, newest first."""
    raise NotImplementedError


def link_page(secret: str, *, now: datetime) -> LinkPage:
    """Give what the page behind `/r/<secret>` shows. It changes nothing: link scanners are harmless."""
    raise NotImplementedError

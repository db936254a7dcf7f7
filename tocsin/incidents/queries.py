"""Reads for headquarters. Sealed values stay sealed here: the views open them with `people.actions.look`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tocsin.dispatch.models import Callout, Notice
from tocsin.gateway.models import Signal
from tocsin.incidents.models import (
    Challenge,
    Closing,
    Engagement,
    Incident,
    RaisedAlarm,
    Task,
    TimelineEntry,
    Verification,
)


@dataclass(frozen=True)
class Board:
    """What the duty officer sees first. Each incident has `defender.party`, `acknowledged_by`, and `coming`, `asked`,
    `calls` (numbers of people and of calls) loaded."""

    ringing: Sequence[Incident]  # Alarm raised, nobody has acknowledged; oldest first. Drills last.
    answered: Sequence[Incident]  # Open, somebody looks after it; newest alarm first.
    closed: Sequence[Incident]  # Of the last days, newest first.


@dataclass(frozen=True)
class IncidentPage:
    """One incident with all that its page shows, each list loaded with its people; sealed values still sealed."""

    incident: Incident
    alarms: Sequence[RaisedAlarm]  # Oldest first.
    timeline: Sequence[TimelineEntry]  # Oldest first; `text_sealed` where something was said.
    notices: Sequence[Notice]  # Newest first, with `party`.
    engagements: Sequence[Engagement]  # Who was asked and what they said, the helpful first, with `party`.
    verifications: Sequence[Verification]
    tasks: Sequence[Task]
    closing: Closing | None  # The pending wish.
    closings: Sequence[Closing]
    challenges: Sequence[Challenge]
    callout: Callout | None  # The newest.


def board(*, now: datetime) -> Board:
    """Give every open incident and the closed ones of the last days, in a fixed number of queries."""
    raise NotImplementedError


def incident_for_page(incident_id: int) -> IncidentPage | None:
    """Give one incident with everything on its page. `None`: there is no such incident."""
    raise NotImplementedError


def unhandled_signals(*, limit: int = 100) -> Sequence[Signal]:
    """Give signals that wait for intake longer than they should, oldest first."""
    raise NotImplementedError


def unreadable_signals(*, limit: int = 100) -> Sequence[Signal]:
    """Give frames that nobody could read, newest first. They may be calls; headquarters sees them."""
    raise NotImplementedError

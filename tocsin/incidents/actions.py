"""What headquarters does in an incident. Each: lock, decide by the tables, write the timeline, tell the open pages."""

from datetime import datetime

from tocsin.incidents.rules import Answer


def acknowledge(incident_id: int, *, staff_id: int, now: datetime, channel: str = "screen") -> Answer:
    """Say that a person at headquarters looks after this alarm. Headquarters is rung no more for it."""
    raise NotImplementedError


def conclude(incident_id: int, *, finding: str, staff_id: int, now: datetime, note: str = "") -> Answer:
    """Say what the alarm was: "confirmed", "false" or "test". It closes nothing, and can be corrected."""
    raise NotImplementedError


def ask_question(
    incident_id: int,
    *,
    question: str,
    staff_id: int,
    now: datetime,
    party_id: int | None = None,
    source: str = "",
    channel: str = "",
) -> Answer:
    """Write down a question put to somebody on the ground: a known party, or a source in words. `id`: verification.

    `channel` is "phone" or another word for a talk of one's own; it sends nothing.
    """
    raise NotImplementedError


def answer_question(verification_id: int, *, answer: str, reliability: str, staff_id: int, now: datetime) -> Answer:
    """Write down what they said and how far it is believed (`rules.Reliability`)."""
    raise NotImplementedError


def write_note(incident_id: int, *, text: str, staff_id: int, now: datetime) -> Answer:
    """Add a note to the timeline, sealed."""
    raise NotImplementedError


def add_task(incident_id: int, *, title: str, staff_id: int, now: datetime, assignee_id: int | None = None) -> Answer:
    """Add something that must be done. `Accepted.id` is the task."""
    raise NotImplementedError


def finish_task(task_id: int, *, staff_id: int, now: datetime) -> Answer:
    """Say that a task is done."""
    raise NotImplementedError


def stabilise(incident_id: int, *, staff_id: int, now: datetime) -> Answer:
    """Say that the danger is over for now; the incident stays open."""
    raise NotImplementedError

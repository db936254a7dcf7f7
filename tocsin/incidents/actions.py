"""What headquarters does in an incident. Each: lock, decide by the tables, write the timeline, tell the open pages."""

from datetime import datetime

from tocsin.core.answers import Refused
from tocsin.dispatch.actions_answers import take_alarm
from tocsin.incidents.actions_timeline import locked, refuse, write_entry
from tocsin.incidents.models import Task, Verification
from tocsin.incidents.rules import (
    FINDINGS,
    Accepted,
    AlarmState,
    Answer,
    Event,
    IncidentState,
    Reliability,
    decide_alarm,
    decide_incident,
)
from tocsin.incidents.rules_timeline import Entry
from tocsin.people.actions import seal_row

EMPTY = Refused("Nothing was written. Write a few words and try again.")


def acknowledge(incident_id: int, *, staff_id: int, now: datetime, channel: str = "screen") -> Answer:
    """Say that a person at headquarters looks after this alarm. Headquarters is rung no more for it."""
    with locked(incident_id) as incident:
        decision = decide_alarm(AlarmState(incident.alarm_state), Event.ACKNOWLEDGE)
        if isinstance(decision, Refused):
            return refuse(incident, decision, Event.ACKNOWLEDGE, actor=f"staff:{staff_id}", now=now)
        take_alarm(incident, decision, staff_id=staff_id, channel=channel, now=now)
        return Accepted(decision)


def conclude(incident_id: int, *, finding: str, staff_id: int, now: datetime, note: str = "") -> Answer:
    """Say what the alarm was: "confirmed", "false" or "test". It closes nothing, and can be corrected."""
    if finding not in FINDINGS:
        return Refused("Choose one of: confirmed, false, test.")
    event, actor = FINDINGS[AlarmState(finding)], f"staff:{staff_id}"
    with locked(incident_id) as incident:
        decision = decide_alarm(AlarmState(incident.alarm_state), event)
        if isinstance(decision, Refused):
            return refuse(incident, decision, event, actor=actor, now=now)
        incident.alarm_state = decision
        facts = {"finding": str(decision)}
        write_entry(incident, Entry.CONCLUDED, actor=actor, now=now, facts=facts, text=note.strip())
        return Accepted(decision)


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
    if not question.strip():
        return EMPTY
    actor = f"staff:{staff_id}"
    with locked(incident_id) as incident:
        decision = decide_alarm(AlarmState(incident.alarm_state), Event.VERIFY)
        if isinstance(decision, Refused):
            return refuse(incident, decision, Event.VERIFY, actor=actor, now=now)
        incident.alarm_state = decision
        asked = Verification(incident=incident, asked_of_id=party_id, channel=channel, asked_at=now, staff_id=staff_id)
        seal_row(asked, now=now, question=question.strip(), source=source.strip())
        asked.save()
        facts = {"verification": asked.pk, "party": party_id, "channel": channel}
        write_entry(incident, Entry.QUESTION_ASKED, actor=actor, now=now, facts=facts, text=question.strip())
        return Accepted(decision, asked.pk)


def answer_question(verification_id: int, *, answer: str, reliability: str, staff_id: int, now: datetime) -> Answer:
    """Write down what they said and how far it is believed (`rules.Reliability`)."""
    if not answer.strip():
        return EMPTY
    if reliability not in set(Reliability):
        return Refused("Choose how far the answer is believed.")
    asked = Verification.objects.filter(pk=verification_id).first()
    if asked is None:
        return Refused("This question does not exist any more. Load the page again.")
    with locked(asked.incident_id) as incident:
        asked = Verification.objects.select_related("incident").get(pk=verification_id)
        if asked.answered_at is not None:
            return Refused("This question was answered meanwhile. Ask a new one to add something.")
        asked.answered_at, asked.reliability = now, reliability
        seal_row(asked, now=now, answer=answer.strip())
        asked.save()
        facts = {"verification": asked.pk, "reliability": reliability}
        actor = f"staff:{staff_id}"
        write_entry(incident, Entry.QUESTION_ANSWERED, actor=actor, now=now, facts=facts, text=answer.strip())
        return Accepted(incident.alarm_state, asked.pk)


def write_note(incident_id: int, *, text: str, staff_id: int, now: datetime) -> Answer:
    """Add a note to the timeline, sealed."""
    if not text.strip():
        return EMPTY
    with locked(incident_id) as incident:
        write_entry(incident, Entry.NOTE, actor=f"staff:{staff_id}", now=now, text=text.strip())
        return Accepted(incident.state)


def add_task(incident_id: int, *, title: str, staff_id: int, now: datetime, assignee_id: int | None = None) -> Answer:
    """Add something that must be done. `Accepted.id` is the task."""
    if not title.strip():
        return EMPTY
    with locked(incident_id) as incident:
        task = Task(incident=incident, assignee_id=assignee_id, created_at=now)
        seal_row(task, now=now, title=title.strip())
        task.save()
        facts = {"task": task.pk, "assignee": assignee_id}
        actor = f"staff:{staff_id}"
        write_entry(incident, Entry.TASK_ADDED, actor=actor, now=now, facts=facts, text=title.strip())
        return Accepted(incident.state, task.pk)


def finish_task(task_id: int, *, staff_id: int, now: datetime) -> Answer:
    """Say that a task is done."""
    task = Task.objects.filter(pk=task_id).first()
    if task is None:
        return Refused("This task does not exist any more. Load the page again.")
    with locked(task.incident_id) as incident:
        if not Task.objects.filter(pk=task_id, done_at=None).update(done_at=now, done_by_id=staff_id):
            return Refused("Somebody has finished this task already.")
        write_entry(incident, Entry.TASK_DONE, actor=f"staff:{staff_id}", now=now, facts={"task": task_id})
        return Accepted(incident.state, task_id)


def stabilise(incident_id: int, *, staff_id: int, now: datetime) -> Answer:
    """Say that the danger is over for now; the incident stays open."""
    actor = f"staff:{staff_id}"
    with locked(incident_id) as incident:
        decision = decide_incident(IncidentState(incident.state), Event.STABILISE)
        if isinstance(decision, IncidentState) and incident.alarm_state == AlarmState.RAISED:
            decision = Refused("Nobody has acknowledged this alarm yet. Acknowledge it first.")
        if isinstance(decision, Refused):
            return refuse(incident, decision, Event.STABILISE, actor=actor, now=now)
        incident.state = decision
        write_entry(incident, Entry.STABILISED, actor=actor, now=now)
        return Accepted(decision)

"""Reads for headquarters. Sealed values stay sealed here: the views open them with `people.actions.look`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, IntegerField, Model, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from tocsin.dispatch.models import Callout, Notice
from tocsin.dispatch.rules import HELPING
from tocsin.dispatch.wording import Asked
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
from tocsin.incidents.rules import ENDED, AlarmState
from tocsin.incidents.rules_timeline import canonical
from tocsin.people.queries import opened


@dataclass(frozen=True)
class Board:
    """What the duty officer sees first. Each incident has `defender.party`, `acknowledged_by`, and `coming`, `asked`,
    `calls` (numbers of people and of calls) loaded."""

    ringing: Sequence[Incident]  # Alarm raised, nobody has it: persons, unknown devices, drills; oldest first.
    answered: Sequence[Incident]  # Open, somebody looks after it; newest alarm first.
    closed: Sequence[Incident]  # Of the last days, newest first.
    more_unknown: int = 0  # So many more calls of unknown devices are open than are shown here.


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


CLOSED_SHOWN_DAYS = 7
CLOSED_SHOWN_MAX = 50
UNKNOWN_SHOWN_MAX = 20
NOTICES_SHOWN_MAX = 500
WAITS_TOO_LONG_S = 10


def board(*, now: datetime) -> Board:
    """Give every open incident and the closed ones of the last days, in a fixed number of queries."""
    rows = _with_counts(Incident.objects.select_related("defender__party", "acknowledged_by"))
    open_ones = rows.exclude(state__in=ENDED)
    known = list(open_ones.filter(is_quarantined=False).order_by("is_drill", "opened_at", "pk"))
    # Whoever makes up devices can open any number of these: they must not hide the call of a person.
    unknown = list(open_ones.filter(is_quarantined=True).order_by("opened_at", "pk")[:UNKNOWN_SHOWN_MAX])
    more = Incident.objects.filter(is_quarantined=True).exclude(state__in=ENDED).count() - len(unknown)
    persons = [row for row in known if not row.is_drill]
    open_rows = [*persons, *unknown, *known[len(persons) :]]
    since = now - timedelta(days=CLOSED_SHOWN_DAYS)
    closed = rows.filter(state__in=ENDED, closed_at__gte=since).order_by("-closed_at")[:CLOSED_SHOWN_MAX]
    ringing = [row for row in open_rows if row.alarm_state == AlarmState.RAISED]
    answered = [row for row in open_rows if row.alarm_state != AlarmState.RAISED]
    answered.sort(key=lambda row: row.last_alarm_at, reverse=True)
    return Board(ringing, answered, list(closed), more)


def _with_counts(incidents: QuerySet[Incident]) -> QuerySet[Incident]:
    """Count people and calls beside each incident; sub-queries, since joins would multiply each other."""
    helping = Engagement.objects.filter(state__in=HELPING).exclude(role=Asked.HEADQUARTERS)
    return incidents.annotate(
        coming=_count_of(helping), asked=_count_of(Engagement.objects.all()), calls=_count_of(RaisedAlarm.objects.all())
    )


def _count_of(rows: QuerySet) -> Coalesce:
    mine = rows.filter(incident=OuterRef("pk")).order_by().values("incident").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(mine, output_field=IntegerField()), 0)


def incident_for_page(incident_id: int) -> IncidentPage | None:
    """Give one incident with everything on its page. `None`: there is no such incident."""
    incident = Incident.objects.select_related("defender__party", "acknowledged_by").filter(pk=incident_id).first()
    if incident is None:
        return None
    closings = list(_of(Closing, incident).select_related("asked_by", "confirmed_by").order_by("-pk"))
    engagements = list(_of(Engagement, incident).select_related("party"))
    engagements.sort(key=lambda one: (_HELPFULNESS.get(one.state, 9), one.distance_km or 0.0, one.pk))
    rows = _of(Notice, incident).filter(wave=None).select_related("party").order_by("-pk")
    entries = list(incident.timeline.all())
    verifications = list(_of(Verification, incident).select_related("asked_of", "staff"))
    tasks = list(_of(Task, incident).select_related("assignee", "done_by"))
    notices = list(rows[:NOTICES_SHOWN_MAX])
    for row in [*closings, *notices, *entries, *verifications, *tasks]:
        row.incident = incident  # So that opening what is sealed asks for the subject without a query a row.
    return IncidentPage(
        incident=incident,
        alarms=list(_of(RaisedAlarm, incident).select_related("device")),
        timeline=entries,
        notices=notices,
        engagements=engagements,
        verifications=verifications,
        tasks=tasks,
        closing=next((row for row in closings if row.confirmed_at is None and row.withdrawn_at is None), None),
        closings=closings,
        challenges=list(_of(Challenge, incident).select_related("asked_by").order_by("-pk")),
        callout=_of(Callout, incident).order_by("-pk").first(),
    )


# The order in which people stand on the page: those who are there first, those who cannot last.
_HELPFULNESS = {"safe": 0, "there": 1, "on_the_way": 2, "accepted": 3, "asked": 4, "declined": 5, "stood_down": 6}


def _of(model: type[Model], incident: Incident) -> QuerySet:
    return model._default_manager.filter(incident=incident)


def unhandled_signals(*, now: datetime, limit: int = 100) -> Sequence[Signal]:
    """Give signals that wait for intake longer than they should, oldest first."""
    late = now - timedelta(seconds=WAITS_TOO_LONG_S)
    return list(Signal.objects.filter(state="waiting", received_at__lt=late).order_by("due_at")[:limit])


def unreadable_signals(*, limit: int = 100) -> Sequence[Signal]:
    """Give frames that nobody could read, newest first. They may be calls; headquarters sees them."""
    return list(Signal.objects.filter(is_readable=False).order_by("-received_at")[:limit])


def export_lines(incident: Incident, *, with_texts: bool) -> Iterator[str]:
    """Write a timeline as JSON lines that `tocsin verify-timeline` checks without database or key.

    `with_texts` opens what was said, for the program: whoever hands the file on has logged the look.
    """
    entries = list(incident.timeline.select_related("incident").order_by("number"))
    texts = opened(entries, "text", "salt") if with_texts and entries else [{} for _ in entries]
    for entry, said in zip(entries, texts, strict=True):
        row = {
            "incident": str(incident.uid),
            "number": entry.number,
            "at": entry.at.isoformat(timespec="microseconds"),
            "event": entry.event,
            "actor": entry.actor,
            "facts": entry.facts,
            "text_digest": bytes(entry.text_digest).hex(),
            "previous_hash": bytes(entry.previous_hash).hex(),
            "hash": bytes(entry.hash).hex(),
        }
        if said.get("text"):
            row |= {"text": said["text"], "salt": said["salt"]}
        yield canonical(row).decode()
    head = bytes(entries[-1].hash).hex() if entries else ""
    yield canonical({"incident": str(incident.uid), "entries": len(entries), "head": head}).decode()

"""What the page of one incident shows: the rows of the domains, opened for this reader, put into words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from tocsin.accounts.models import Staff
from tocsin.console import queries, words
from tocsin.console.next_step import NextStep, Situation, next_step
from tocsin.console.people_asked import PURPOSE, Person, asked_people, opened_numbers
from tocsin.console.sentences import Names, Sentence, sentence
from tocsin.console.words import kinds
from tocsin.core.access import DataClass, Reader
from tocsin.core.land import land
from tocsin.incidents.models import Challenge, Closing, Incident, Task, TimelineEntry, Verification
from tocsin.incidents.queries import IncidentPage
from tocsin.people.actions import look
from tocsin.people.models import Party, Plan

TIMELINE_MAX = 40  # The older entries are one link away.


@dataclass(frozen=True, slots=True)
class Place:
    """Where, how exactly, from when, and why it may be wrong."""

    lat_deg: float
    lon_deg: float
    numbers: str
    spoken: str
    country: str  # By the map of the program; empty: the sea, or too small for it.
    accuracy: str
    is_last_known: bool
    at: datetime | None
    doubts: list[words.Text]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question on the ground with its answer."""

    row: Verification
    question: str | None
    answer: str | None
    who: str | None


@dataclass(frozen=True, slots=True)
class ToDo:
    """A task with its open title."""

    row: Task
    title: str | None


@dataclass(frozen=True, slots=True)
class Happened:
    """An entry of the timeline as a sentence, with what was said."""

    entry: TimelineEntry
    sentence: Sentence
    text: str | None


@dataclass
class Shown:
    """Everything on the page."""

    incident: Incident
    name: str | None
    background: str | None
    place: Place | None
    people: list[Person]
    questions: list[Asked]
    plan_questions: list[str]
    tasks: list[ToDo]
    timeline: list[Happened]
    older: int
    closing: Closing | None
    closing_reason: str | None
    closing_by: str
    closings: Sequence[Closing]
    challenges: Sequence[Challenge]
    next: NextStep
    numbers: list[str]  # The defender's own.
    kinds: list[tuple[words.Text, str]]

    @property
    def coming(self) -> list[Person]:
        """Those who go or are there."""
        return [person for person in self.people if person.is_coming]


def shown(
    page: IncidentPage, *, staff: Staff, reader: Reader, now: datetime, only: str = "", whole: bool = False
) -> Shown:
    """Open and say everything, in a fixed number of queries. `only`: "people" or "device" narrows the timeline."""
    incident = page.incident
    names = names_of(page, reader=reader, now=now)
    questions = asked_questions(page.verifications, names, reader=reader, now=now)
    numbers = opened_numbers(list(names.parties), reader=reader, now=now)
    people = asked_people(page, names, numbers, reader=reader)
    entries = [entry for entry in reversed(page.timeline) if is_wanted(entry, only)]
    last = entries if whole else entries[:TIMELINE_MAX]
    own = defender_values(incident, reader=reader, now=now)
    closing_reason = opened_one([page.closing] if page.closing else [], "reason", reader=reader, now=now)
    return Shown(
        incident=incident,
        name=names.parties.get(incident.defender.party_id) if incident.defender else "",
        background=own["background"],
        place=place_of(incident) if reader.may_read(DataClass.LOC) else None,
        people=people,
        questions=questions,
        plan_questions=[text for text in (own["questions"] or "").splitlines() if text.strip()],
        tasks=tasks_of(page.tasks, reader=reader, now=now),
        timeline=happened(last, names, reader=reader, now=now),
        older=len(entries) - len(last),
        closing=page.closing,
        closing_reason=closing_reason,
        closing_by=names.staff.get(page.closing.asked_by_id, "") if page.closing else "",
        closings=page.closings,
        challenges=page.challenges,
        next=next_step(situation(page, people, questions, staff.pk)),
        numbers=numbers.get(incident.defender.party_id, []) if incident.defender else [],
        kinds=kinds(incident.kinds),
    )


def situation(page: IncidentPage, people: Iterable[Person], questions: Sequence[Asked], staff_id: int) -> Situation:
    """Give what the next step depends on."""
    incident = page.incident
    return Situation(
        alarm_state=incident.alarm_state,
        state=incident.state,
        is_quarantined=incident.is_quarantined,
        is_under_duress=incident.is_under_duress,
        was_anybody_asked=bool(questions),
        waits_for_answer=any(asked.row.answered_at is None for asked in questions),
        coming=sum(person.is_coming for person in people),
        is_closing_asked=page.closing is not None,
        is_closing_mine=page.closing is not None and page.closing.asked_by_id == staff_id,
    )


def names_of(page: IncidentPage, *, reader: Reader, now: datetime) -> Names:
    """Open the name of everybody whom the page mentions, at once."""
    ids = {row.party_id for row in page.engagements} | {row.party_id for row in page.notices}
    ids |= {row.asked_of_id for row in page.verifications}
    ids |= {fact for entry in page.timeline if isinstance(fact := entry.facts.get("party"), int)}
    ids |= {int(number) for entry in page.timeline if (number := entry.actor.removeprefix("party:")).isdigit()}
    if page.incident.defender is not None:
        ids.add(page.incident.defender.party_id)
    parties = list(Party.objects.filter(pk__in=ids - {None}))
    opened = look(parties, "name", reader=reader, purpose=PURPOSE, now=now)
    return Names({party.pk: values["name"] for party, values in zip(parties, opened, strict=True)}, queries.handles())


def asked_questions(rows: Sequence[Verification], names: Names, *, reader: Reader, now: datetime) -> list[Asked]:
    """Open the questions, the answers and the sources."""
    opened = look(rows, "question", "answer", "source", reader=reader, purpose=PURPOSE, now=now)
    return [
        Asked(
            row,
            values["question"],
            values["answer"],
            names.parties.get(row.asked_of_id) if row.asked_of_id else values["source"],
        )
        for row, values in zip(rows, opened, strict=True)
    ]


def tasks_of(rows: Sequence[Task], *, reader: Reader, now: datetime) -> list[ToDo]:
    """Open the titles of tasks."""
    opened = look(rows, "title", reader=reader, purpose=PURPOSE, now=now)
    return [ToDo(row, values["title"]) for row, values in zip(rows, opened, strict=True)]


def happened(entries: Sequence[TimelineEntry], names: Names, *, reader: Reader, now: datetime) -> list[Happened]:
    """Put entries into sentences, and open what was said."""
    said = [entry for entry in entries if entry.text_sealed]
    opened = look(said, "text", reader=reader, purpose=PURPOSE, now=now)
    texts = {entry.pk: values["text"] for entry, values in zip(said, opened, strict=True)}
    return [Happened(entry, sentence(entry, names), texts.get(entry.pk, "")) for entry in entries]


def is_wanted(entry: TimelineEntry, only: str) -> bool:
    """Say whether an entry belongs to the chosen part of the timeline."""
    if only == "people":
        return entry.actor.startswith(("staff:", "party:"))
    return not only or entry.event in {
        "alarm_raised",
        "alarm_added",
        "device_noted",
        "media_kept",
        "claimed_safe",
        "duress",
    }


def defender_values(incident: Incident, *, reader: Reader, now: datetime) -> dict[str, str | None]:
    """Open what the duty officer must know about the person, and the questions of the plan."""
    if incident.defender is None:
        return {"background": "", "questions": ""}
    background = opened_one([incident.defender], "background", reader=reader, now=now)
    plans = list(Plan.objects.filter(defender=incident.defender).select_related("defender__party"))
    return {"background": background, "questions": opened_one(plans, "questions", reader=reader, now=now)}


def opened_one(rows: Sequence, name: str, *, reader: Reader, now: datetime) -> str | None:
    """Open one value of one row, if there is one."""
    opened = look(rows, name, reader=reader, purpose=PURPOSE, now=now)
    return opened[0][name] if opened else ""


def place_of(incident: Incident) -> Place | None:
    """Say where: as numbers, how exactly, whether it is only the last known place, and every doubt."""
    if incident.lat_deg is None or incident.lon_deg is None:
        return None
    accuracy_m = incident.place_accuracy_m
    return Place(
        incident.lat_deg,
        incident.lon_deg,
        words.degrees(incident.lat_deg, incident.lon_deg),
        words.spoken(incident.lat_deg, incident.lon_deg),
        land().country_at(incident.lat_deg, incident.lon_deg) or "",
        words.distance(accuracy_m) if accuracy_m else _("not told"),
        incident.place_source == "last_known",
        incident.place_at,
        [words.of(words.DOUBTS, doubt) for doubt in incident.place_doubt.split()],
    )

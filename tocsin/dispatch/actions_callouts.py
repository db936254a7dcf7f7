"""Callouts: who is asked now, who next, and when the asking ends. The caller holds the incident's lock."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.conf import settings

from tocsin.dispatch.actions_letters import Person, people_to_ask, ring_letters, told_about, ways_to_try
from tocsin.dispatch.actions_notices import DUE, on_screen, open_rings, withdraw_unsent, write_notices
from tocsin.dispatch.models import BellRing, Callout, Notice
from tocsin.dispatch.rules import HELPING, Ask, CalloutState, End, Purpose, Standing, Step, decide_next
from tocsin.dispatch.wording import Asked
from tocsin.incidents.actions_timeline import wake, write_entry
from tocsin.incidents.models import Engagement, Incident
from tocsin.incidents.rules import AlarmState
from tocsin.incidents.rules_timeline import Entry
from tocsin.people.models import PlanStep
from tocsin.people.rules import DEFAULT_STEPS, Audience

ACTOR = "dispatch"
# Nobody knows whose device it is, so only headquarters can be asked.
STEPS_OF_UNKNOWN = (
    Step((Audience.HEADQUARTERS,), wait_s=60, repeat=2),
    Step((Audience.EVERYONE_AT_HEADQUARTERS,), wait_s=120),
)


def start_callout(incident: Incident, *, now: datetime, is_first: bool = False) -> Callout:
    """Ask the first people about an alarm, from the first step on; a callout that still runs gives way.

    `is_first`: the incident was opened in this very transaction, so nobody can have been asked or have answered.
    """
    if not is_first:
        running = Callout.objects.filter(incident=incident, state=CalloutState.RUNNING)
        running.update(state=CalloutState.STOPPED, ended_at=now)
    steps = _steps_of(incident)
    callout = Callout(incident=incident, steps=[_as_json(step) for step in steps], started_at=now, due_at=now)
    standing = _standing(callout, incident, asked_anew=True, is_first=is_first)
    _go_on(callout, incident, standing, now, is_first=is_first)
    return callout


def advance_callout(callout: Callout, incident: Incident, *, now: datetime) -> None:
    """Do what a running callout does when its time has come. Twice is harmless: the second finds nothing due."""
    if callout.state != CalloutState.RUNNING or callout.due_at > now:
        return
    _go_on(callout, incident, _standing(callout, incident), now)


def hurry(incident: Incident, *, now: datetime) -> None:
    """Let the running callout decide anew at once: an answer or a refusal has changed what it must do."""
    if Callout.objects.filter(incident=incident, state=CalloutState.RUNNING).update(due_at=now):
        wake(incident, DUE, "callout")


def settle(incident: Incident, *, now: datetime) -> None:
    """End the running callout if an answer left nobody to ask. Else it keeps its time: a yes wakes nobody sooner."""
    running = Callout.objects.filter(incident=incident, state=CalloutState.RUNNING).first()
    if running is not None and isinstance(decision := decide_next(_standing(running, incident)), End):
        _end(running, incident, decision, now)


def stop_callouts(incident: Incident, *, reason: str, now: datetime) -> int:
    """End the asking about an incident, and take back what no carrier has yet. Returns how many notices that was."""
    Callout.objects.filter(incident=incident, state=CalloutState.RUNNING).update(
        state=CalloutState.STOPPED, ended_at=now
    )
    return withdraw_unsent(open_rings(incident), reason=reason, now=now)


def _go_on(callout: Callout, incident: Incident, standing: Standing, now: datetime, *, is_first: bool = False) -> None:
    """Ask the next step that reaches anybody; each one that reaches nobody is skipped at once, and that is noted."""
    is_new = callout.pk is None
    while True:
        decision = decide_next(standing)
        if isinstance(decision, End):
            _end(callout, incident, decision, now)
            return
        callout.step, callout.asked, callout.rounds = decision.step, decision.asked, decision.rounds
        callout.due_at = now + timedelta(seconds=decision.wait_s)
        callout.save()
        if is_new:
            facts = {"callout": callout.pk, "steps": len(callout.steps)}
            write_entry(incident, Entry.CALLOUT_STARTED, actor=ACTOR, now=now, facts=facts)
        if decision.is_new_round:
            _shout(callout, incident, decision, now)
        is_reached = _ask(callout, incident, decision, now, is_first=is_first, shows=is_new)
        is_new = False
        if is_reached or decision.is_new_round:
            wake(incident, DUE, "callout")
            return
        standing = _standing(callout, incident, has_skipped=True)


def _ask(callout: Callout, incident: Incident, ask: Ask, now: datetime, *, is_first: bool, shows: bool) -> bool:
    """Write the notices of one step. False: it reaches nobody. `shows`: the board begins to show the alarm."""
    told = told_about(incident, now=now)
    earlier = 0 if is_first else _asked_before(callout)
    people = people_to_ask(told, ask.audiences, widened=earlier, now=now, is_first=is_first)
    ways = ways_to_try([person.party.pk for person in people], ask.channels)
    reached = [person for person in people if ways[person.party.pk]]
    facts = {"callout": callout.pk, "step": ask.step, "audiences": [str(word) for word in ask.audiences]}
    screen = [on_screen(incident, callout, now)] if shows else []
    if not reached:
        Notice.objects.bulk_create(screen)
        write_entry(incident, Entry.STEP_SKIPPED, actor=ACTOR, now=now, facts=facts)
        return False
    if not is_first:  # One question a way is enough: what a carrier has not taken yet is replaced.
        chosen = [way.pk for person in reached for way in ways[person.party.pk]]
        withdraw_unsent(open_rings(incident).filter(way_id__in=chosen), reason="asked anew", now=now)
    letters = ring_letters(told, reached, ways)
    write_notices(letters, now=now, incident=incident, callout=callout, also=screen, is_new_incident=is_first)
    _engage(incident, reached, now)
    facts |= {"asked": ask.asked, "round": ask.rounds, "people": len(reached), "notices": len(letters)}
    if len(reached) < len(people):
        facts["unreachable"] = sorted(person.party.pk for person in people if not ways[person.party.pk])
    write_entry(incident, Entry.STEP_ASKED, actor=ACTOR, now=now, facts=facts)
    return True


def _asked_before(callout: Callout) -> int:
    """Count the steps of this callout that reached people: each time responders are asked, it reaches further out."""
    rings = Notice.objects.filter(callout=callout, purpose=Purpose.RING).exclude(party=None)
    return rings.values("step").distinct().count()


def _engage(incident: Incident, people: Sequence[Person], now: datetime) -> None:
    """Remember who was asked, and as what; somebody who was asked before keeps the first answer."""
    Engagement.objects.bulk_create(
        [
            Engagement(
                incident=incident,
                party=person.party,
                role=person.asked,
                distance_km=person.distance_km,
                asked_at=now,
                changed_at=now,
            )
            for person in people
        ],
        ignore_conflicts=True,
    )


def _shout(callout: Callout, incident: Incident, ask: Ask, now: datetime) -> None:
    """Nobody answers: say so on the timeline, and ring the bell outside."""
    facts = {"callout": callout.pk, "round": ask.rounds}
    write_entry(incident, Entry.NOBODY_ANSWERS, actor=ACTOR, now=now, facts=facts)
    BellRing.objects.create(cause="nobody_answers", incident=incident, count=ask.rounds, rang_at=now)
    wake(incident, DUE, "bell")


def _end(callout: Callout, incident: Incident, end: End, now: datetime) -> None:
    callout.state, callout.ended_at = end.state, now
    callout.save()
    facts = {"callout": callout.pk, "state": str(end.state)}
    write_entry(incident, Entry.CALLOUT_ENDED, actor=ACTOR, now=now, facts=facts)


def _standing(
    callout: Callout,
    incident: Incident,
    *,
    asked_anew: bool = False,
    has_skipped: bool = False,
    is_first: bool = False,
) -> Standing:
    """Read how far a callout is. A step that was skipped counts as asked for the last time."""
    steps = [_from_json(step) for step in callout.steps]
    is_last_time = has_skipped and callout.step < len(steps)
    return Standing(
        steps=steps,
        step=-1 if asked_anew else callout.step,
        asked=max(callout.asked, steps[callout.step].repeat) if is_last_time else callout.asked,
        rounds=callout.rounds,
        is_acknowledged=incident.alarm_state != AlarmState.RAISED,
        is_somebody_coming=not is_first and is_somebody_coming(incident),
    )


def is_somebody_coming(incident: Incident) -> bool:
    """Say whether anybody of the circle or the responders has said yes and not taken it back."""
    helping = Engagement.objects.filter(incident=incident, state__in=HELPING)
    return helping.exclude(role=Asked.HEADQUARTERS).exists()


def is_step_refused_by_all(callout: Callout) -> bool:
    """Say whether nobody whom the step asked can still answer: waiting for it is in vain."""
    asked = Notice.objects.filter(callout=callout, step=callout.step, purpose=Purpose.RING).exclude(party=None)
    waiting: Collection[int] = asked.filter(ended_at=None).values_list("party_id", flat=True)
    return asked.exists() and not waiting


def _steps_of(incident: Incident) -> list[Step]:
    if incident.defender_id is None:
        return list(STEPS_OF_UNKNOWN)
    rows = PlanStep.objects.filter(plan__defender_id=incident.defender_id).order_by("position")
    steps = [
        Step(tuple(Audience(word) for word in row.audiences), tuple(row.channels), row.wait_s, row.repeat)
        for row in rows
    ]
    if steps:
        return steps
    default_wait_s = settings.TOCSIN_ACK_TIMEOUT_S
    return [
        Step(step.audiences, step.channels, min(step.wait_s, default_wait_s), step.repeat) for step in DEFAULT_STEPS
    ]


def _as_json(step: Step) -> dict[str, object]:
    return {
        "audiences": [str(word) for word in step.audiences],
        "channels": list(step.channels),
        "wait_s": step.wait_s,
        "repeat": step.repeat,
    }


def _from_json(row: dict) -> Step:
    audiences = tuple(Audience(word) for word in row["audiences"])
    return Step(audiences, tuple(row["channels"]), row["wait_s"], row["repeat"])

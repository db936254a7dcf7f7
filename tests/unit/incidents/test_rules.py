"""What the tables allow, what a press does, and who may close."""

import itertools
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.core.answers import Refused
from tocsin.incidents.rules import (
    CHALLENGE_VALID_S,
    ENDED,
    GRAVITY,
    NEXT_ALARM,
    NEXT_INCIDENT,
    RING_AGAIN_S,
    Accepted,
    Adds,
    AlarmState,
    Event,
    IncidentState,
    OpenIncident,
    Opens,
    Voices,
    calling,
    decide_alarm,
    decide_closing,
    decide_incident,
    decide_press,
    gravity,
)
from tocsin.incidents.rules_diagram import alarm_diagram, incident_diagram
from tocsin.protocols.base import Alarm

NOW = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
ARCHITECTURE = Path(__file__).parents[3] / "docs" / "architecture.md"
alarm_kinds = st.frozensets(st.sampled_from(sorted(GRAVITY)), min_size=1)


@pytest.mark.parametrize(("state", "event"), list(itertools.product(AlarmState, Event)))
def test_every_pair_of_an_alarm_is_answered(state: AlarmState, event: Event) -> None:
    assert (not isinstance(decide_alarm(state, event), Refused)) == ((state, event) in NEXT_ALARM)


@pytest.mark.parametrize(("state", "event"), list(itertools.product(IncidentState, Event)))
def test_every_pair_of_an_incident_is_answered(state: IncidentState, event: Event) -> None:
    assert (not isinstance(decide_incident(state, event), Refused)) == ((state, event) in NEXT_INCIDENT)


@pytest.mark.parametrize("state", AlarmState)
def test_a_press_always_raises_or_adds(state: AlarmState) -> None:
    assert decide_alarm(state, Event.RAISE) is AlarmState.RAISED
    assert decide_alarm(state, Event.ADD) is state


@pytest.mark.parametrize("state", [state for state in IncidentState if state not in ENDED])
def test_an_open_incident_never_refuses_a_press(state: IncidentState) -> None:
    assert not isinstance(decide_incident(state, Event.RAISE), Refused)
    assert not isinstance(decide_incident(state, Event.ADD), Refused)


@pytest.mark.parametrize("state", IncidentState)
def test_every_state_can_be_left(state: IncidentState) -> None:
    assert {after for (before, _), after in NEXT_INCIDENT.items() if before is state} - {state}


@pytest.mark.parametrize("draw", [alarm_diagram, incident_diagram])
def test_the_diagrams_in_the_docs_are_drawn_from_the_tables(draw) -> None:
    assert draw() in ARCHITECTURE.read_text(encoding="utf-8"), "put what `rules_diagram` draws into the page"


def test_every_kind_that_calls_is_a_kind_of_the_protocols() -> None:
    assert set(GRAVITY) <= set(Alarm)
    assert calling(frozenset({"sos", "low_battery", "geofence"})) == {"sos"}
    assert gravity(frozenset({"low_battery"})) == 0


@given(kinds=alarm_kinds, known=alarm_kinds, state=st.sampled_from(AlarmState), seconds=st.integers(0, 7200))
def test_no_press_is_lost(kinds: frozenset[str], known: frozenset[str], state: AlarmState, seconds: int) -> None:
    last = OpenIncident(state, known, NOW - timedelta(seconds=seconds))
    decision = decide_press(last, kinds, now=NOW, repeat_window_s=120)
    assert isinstance(decision, Adds)
    assert decision.counts or (seconds < 120 and kinds <= known)
    if state is not AlarmState.RAISED and gravity(kinds) > gravity(known):
        assert decision.rings
    if state is AlarmState.RAISED:
        assert not decision.rings, "it rings already"
    elif seconds >= RING_AGAIN_S:
        assert decision.rings
    assert decide_press(None, kinds, now=NOW, repeat_window_s=120) == Opens()


def voices(**changes) -> Voices:
    usual = {
        "asked_by": 1, "speaks": 2, "is_under_duress": False, "was_seen_since": False, "challenged_well_at": None,
        "last_alarm_at": NOW - timedelta(hours=1),
    }  # fmt: skip
    return Voices(**usual | changes)


def test_two_people_close() -> None:
    assert isinstance(decide_closing(voices(), now=NOW), Accepted)


def test_one_person_alone_does_not() -> None:
    assert isinstance(decide_closing(voices(speaks=1), now=NOW), Refused)


@pytest.mark.parametrize(
    ("age_s", "closes"), [(60, True), (CHALLENGE_VALID_S, True), (CHALLENGE_VALID_S + 1, False), (3601, False)]
)
def test_one_person_and_a_fresh_rehearsed_answer_close(age_s: int, closes: bool) -> None:
    answered = NOW - timedelta(seconds=age_s)
    assert isinstance(decide_closing(voices(speaks=1, challenged_well_at=answered), now=NOW), Accepted) == closes


def test_an_answer_before_the_last_call_proves_nothing() -> None:
    told = voices(speaks=1, challenged_well_at=NOW - timedelta(minutes=5), last_alarm_at=NOW - timedelta(minutes=4))
    assert isinstance(decide_closing(told, now=NOW), Refused)


@pytest.mark.parametrize("speaks", [1, 2])
def test_under_duress_nobody_closes_before_the_person_was_seen(speaks: int) -> None:
    told = voices(speaks=speaks, is_under_duress=True, challenged_well_at=NOW)
    assert isinstance(decide_closing(told, now=NOW), Refused)


def test_under_duress_two_people_close_after_the_person_was_seen() -> None:
    assert isinstance(decide_closing(voices(is_under_duress=True, was_seen_since=True), now=NOW), Accepted)
    alone = voices(speaks=1, is_under_duress=True, was_seen_since=True, challenged_well_at=NOW)
    assert isinstance(decide_closing(alone, now=NOW), Refused)


@given(
    asked_by=st.integers(1, 3), speaks=st.integers(1, 3), is_under_duress=st.booleans(), was_seen=st.booleans(),
    minutes=st.one_of(st.none(), st.integers(0, 120)), call_minutes=st.integers(0, 120),
)  # fmt: skip
def test_nobody_closes_alone_without_the_answer(
    asked_by: int, speaks: int, is_under_duress: bool, was_seen: bool, minutes: int | None, call_minutes: int
) -> None:
    answered = None if minutes is None else NOW - timedelta(minutes=minutes)
    told = voices(
        asked_by=asked_by, speaks=speaks, is_under_duress=is_under_duress, was_seen_since=was_seen,
        challenged_well_at=answered, last_alarm_at=NOW - timedelta(minutes=call_minutes),
    )  # fmt: skip
    if isinstance(decide_closing(told, now=NOW), Accepted):
        assert asked_by != speaks or (minutes is not None and not is_under_duress)
        assert not is_under_duress or was_seen


def test_refusals_say_what_to_do() -> None:
    refused = decide_alarm(AlarmState.RAISED, Event.CONFIRM)
    assert isinstance(refused, Refused)
    assert re.search(r"[A-Z].*\.$", refused.reason)


def test_a_press_after_the_finding_that_nothing_was_wrong_rings() -> None:
    kinds = frozenset({"sos"})
    for finding in (AlarmState.FALSE, AlarmState.TEST):
        last = OpenIncident(finding, kinds, NOW - timedelta(seconds=180))
        assert decide_press(last, kinds, now=NOW, repeat_window_s=120) == Adds(rings=True, counts=True)
        same_press = OpenIncident(finding, kinds, NOW - timedelta(seconds=20))
        assert decide_press(same_press, kinds, now=NOW, repeat_window_s=120) == Adds(rings=False, counts=False)


def test_a_last_call_in_the_future_hides_no_press() -> None:
    """The clock of a gateway was an hour ahead, and was set right."""
    kinds = frozenset({"sos"})
    last = OpenIncident(AlarmState.ACKNOWLEDGED, kinds, NOW + timedelta(hours=1))
    assert decide_press(last, kinds, now=NOW, repeat_window_s=120) == Adds(rings=True, counts=True)

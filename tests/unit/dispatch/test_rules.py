"""Who is asked next; what stops the asking and what does not."""

from hypothesis import given
from hypothesis import strategies as st

from tocsin.dispatch.rules import (
    AT_HEADQUARTERS,
    Ask,
    CalloutState,
    End,
    Standing,
    Step,
    decide_next,
    retry_after_s,
    still_asked,
)
from tocsin.people.rules import Audience

HQ, ALL_HQ, CIRCLE, NEAR = (
    Audience.HEADQUARTERS, Audience.EVERYONE_AT_HEADQUARTERS, Audience.CIRCLE, Audience.RESPONDERS,
)  # fmt: skip
STEPS = (Step((HQ, CIRCLE), wait_s=60), Step((HQ, NEAR), wait_s=90, repeat=2), Step((ALL_HQ,), wait_s=120))

steps = st.lists(
    st.builds(
        Step,
        st.lists(st.sampled_from(Audience), min_size=1, unique=True).map(tuple),
        st.just(()),
        st.integers(5, 600),
        st.integers(1, 3),
    ),
    min_size=1,
    max_size=4,
).map(tuple)


def standing(**changes) -> Standing:
    usual = {
        "steps": STEPS, "step": -1, "asked": 0, "rounds": 0, "is_acknowledged": False, "is_somebody_coming": False,
    }  # fmt: skip
    return Standing(**usual | changes)


def test_the_steps_follow_each_other() -> None:
    assert decide_next(standing()) == Ask(0, 1, 0, (HQ, CIRCLE), (), 60)
    assert decide_next(standing(step=0, asked=1)) == Ask(1, 1, 0, (HQ, NEAR), (), 90)
    assert decide_next(standing(step=1, asked=1)) == Ask(1, 2, 0, (HQ, NEAR), (), 90)
    assert decide_next(standing(step=1, asked=2)) == Ask(2, 1, 0, (ALL_HQ,), (), 120)


def test_after_the_last_step_everyone_at_headquarters_is_rung_again_and_again() -> None:
    first = decide_next(standing(step=2, asked=1))
    assert first == Ask(3, 1, 1, (ALL_HQ,), (), 60, is_new_round=True)
    later = decide_next(standing(step=3, asked=1, rounds=9))
    assert isinstance(later, Ask)
    assert (later.rounds, later.wait_s) == (10, 300)


def test_headquarters_yes_stops_only_its_own_ringing() -> None:
    assert decide_next(standing(step=0, asked=1, is_acknowledged=True)) == Ask(1, 1, 0, (NEAR,), (), 90)


def test_a_responders_yes_leaves_headquarters_asked() -> None:
    assert decide_next(standing(step=0, asked=1, is_somebody_coming=True)) == Ask(1, 1, 0, (HQ,), (), 90)


def test_it_ends_when_both_have_answered() -> None:
    both = standing(step=0, asked=1, is_acknowledged=True, is_somebody_coming=True)
    assert decide_next(both) == End(CalloutState.ANSWERED)


def test_it_ends_acknowledged_when_nobody_else_is_left_to_ask() -> None:
    assert decide_next(standing(step=1, asked=2, is_acknowledged=True)) == End(CalloutState.EXHAUSTED)


@given(
    steps=steps,
    step=st.integers(-1, 4),
    asked=st.integers(0, 3),
    rounds=st.integers(0, 5),
    is_somebody_coming=st.booleans(),
)
def test_unacknowledged_it_never_ends(
    steps: tuple[Step, ...], step: int, asked: int, rounds: int, is_somebody_coming: bool
) -> None:
    told = standing(steps=steps, step=step, asked=asked, rounds=rounds, is_somebody_coming=is_somebody_coming)
    decision = decide_next(told)
    assert isinstance(decision, Ask)
    assert decision.audiences


@given(steps=steps, is_somebody_coming=st.booleans())
def test_every_step_is_asked_as_often_as_the_plan_says(steps: tuple[Step, ...], is_somebody_coming: bool) -> None:
    asked: list[int] = []
    told = standing(steps=steps, is_somebody_coming=is_somebody_coming)
    while isinstance(decision := decide_next(told), Ask) and not decision.is_new_round:
        asked.append(decision.step)
        told = standing(steps=steps, step=decision.step, asked=decision.asked, is_somebody_coming=is_somebody_coming)
        assert len(asked) < 50
    open_steps = [
        number
        for number, step in enumerate(steps)
        if still_asked(step.audiences, is_acknowledged=False, is_somebody_coming=is_somebody_coming)
        for _ in range(step.repeat)
    ]
    assert asked == open_steps


@given(audiences=st.lists(st.sampled_from(Audience)), is_acknowledged=st.booleans(), coming=st.booleans())
def test_whose_question_is_answered_is_left_out(audiences: list[Audience], is_acknowledged: bool, coming: bool) -> None:
    left = still_asked(audiences, is_acknowledged=is_acknowledged, is_somebody_coming=coming)
    assert all(not is_acknowledged for word in left if word in AT_HEADQUARTERS)
    assert all(not coming for word in left if word not in AT_HEADQUARTERS)


def test_pauses_grow_and_stay_bounded() -> None:
    pauses = [retry_after_s(attempts) for attempts in range(12)]
    assert pauses[1:4] == [1, 2, 5]
    assert pauses == sorted(pauses)
    assert pauses[-1] == 60

"""What a directive permits, who is willing when: every case from values alone."""

import itertools
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.core.answers import Refused
from tocsin.people.rules import (
    DEFAULT_STEPS,
    NEXT_DIRECTIVE,
    Audience,
    DirectiveEvent,
    DirectiveState,
    DirectiveTerms,
    Permitted,
    Precision,
    PublicAudience,
    decide_directive,
    is_in_force,
    is_time_zone,
    is_willing_at,
    permits,
)

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ALL = DirectiveTerms(
    state=DirectiveState.IN_FORCE,
    may_publish=True,
    may_name=True,
    precision=Precision.EXACT,
    audiences=frozenset(PublicAudience),
    languages=frozenset({"en", "ar"}),
    wait_minutes=0,
    valid_from=date(2026, 1, 1),
    valid_until=date(2026, 12, 31),
)
WISH = {
    "language": "en",
    "audience": PublicAudience.PAGE,
    "precision": Precision.EXACT,
    "names": True,
    "now": NOW,
    "pressed_at": NOW,
}


@pytest.mark.parametrize(("state", "event"), list(itertools.product(DirectiveState, DirectiveEvent)))
def test_every_pair_is_answered(state, event):
    answer = decide_directive(state, event)
    assert answer == NEXT_DIRECTIVE.get((state, event), answer)
    assert isinstance(answer, Refused) == ((state, event) not in NEXT_DIRECTIVE)


def test_what_has_ended_never_comes_back():
    ended = {DirectiveState.SUPERSEDED, DirectiveState.REVOKED, DirectiveState.LAPSED}
    assert not [state for state, _event in NEXT_DIRECTIVE if state in ended]


def test_all_that_is_allowed_is_permitted():
    assert permits(ALL, **WISH) == Permitted()


@pytest.mark.parametrize(
    ("terms", "wish"),
    [
        (None, {}),
        *[(replace(ALL, state=state), {}) for state in DirectiveState if state is not DirectiveState.IN_FORCE],
        (replace(ALL, may_publish=False), {}),
        (replace(ALL, audiences=frozenset({PublicAudience.SOCIAL})), {}),
        (replace(ALL, languages=frozenset()), {}),
        (ALL, {"language": "ru"}),
        (ALL, {"language": ""}),
        (replace(ALL, precision=Precision.AREA), {}),
        (replace(ALL, precision=Precision.NONE), {"precision": Precision.COUNTRY}),
        (replace(ALL, may_name=False), {}),
        (replace(ALL, wait_minutes=1), {}),
        (ALL, {"now": datetime(2027, 1, 1, 0, 0, tzinfo=UTC)}),
        (ALL, {"now": datetime(2025, 12, 31, 23, 59, tzinfo=UTC)}),
    ],
)
def test_what_is_not_expressly_allowed_is_refused_with_a_sentence(terms, wish):
    answer = permits(terms, **(WISH | wish))
    assert isinstance(answer, Refused)
    assert answer.reason.endswith(".")


@pytest.mark.parametrize(
    ("terms", "wish"),
    [
        (replace(ALL, may_name=False), {"names": False}),
        (replace(ALL, precision=Precision.NONE), {"precision": Precision.NONE}),
        (replace(ALL, wait_minutes=10), {"pressed_at": NOW - timedelta(minutes=10)}),
        (replace(ALL, valid_until=None), {}),
        (replace(ALL, valid_from=None), {}),
    ],
)
def test_what_keeps_within_it_is_permitted(terms, wish):
    assert permits(terms, **(WISH | wish)) == Permitted()


@pytest.mark.parametrize(
    ("day", "holds"),
    [
        (date(2025, 12, 31), False),
        (date(2026, 1, 1), True),
        (date(2026, 12, 31), True),
        (date(2027, 1, 1), False),
    ],
)
def test_both_ends_of_a_directive_are_included(day, holds):
    assert is_in_force(ALL, day) is holds


def at(hours: int, minutes: int = 0) -> datetime:
    return datetime(2026, 3, 1, hours, minutes, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours", "zone", "now", "wants"),
    [
        ((None, None), "UTC", at(3), True),
        ((time(8), None), "UTC", at(3), True),
        ((time(8), time(8)), "UTC", at(3), True),
        ((time(8), time(18)), "UTC", at(8), True),
        ((time(8), time(18)), "UTC", at(18), False),
        ((time(22), time(6)), "UTC", at(23), True),
        ((time(22), time(6)), "UTC", at(5, 59), True),
        ((time(22), time(6)), "UTC", at(6), False),
        ((time(22), time(6)), "UTC", at(12), False),
        ((time(22), time(6)), "Asia/Tokyo", at(14), True),  # 23:00 there.
        ((time(8), time(18)), "Pacific/Auckland", at(20), True),  # 09:00 the next day.
        ((time(8), time(18)), "America/New_York", at(12), False),  # 07:00: winter.
        ((time(8), time(18)), "America/New_York", datetime(2026, 7, 1, 12, tzinfo=UTC), True),  # 08:00: summer.
        ((time(8), time(18)), "Nowhere/At_All", at(3), True),
        ((time(8), time(18)), "America", at(3), True),
        ((time(8), time(18)), "../../etc/passwd", at(3), True),
    ],
)
def test_hours_are_the_responders_own(hours, zone, now, wants):
    assert is_willing_at(*hours, time_zone=zone, now=now) is wants
    assert is_willing_at(*hours, time_zone=zone, now=now, is_willing=False) is False


@given(st.times(), st.times(), st.datetimes(timezones=st.just(UTC)))
def test_the_hours_and_their_opposite_share_out_the_day(one, other, now):
    wants = is_willing_at(one, other, time_zone="UTC", now=now)
    opposite = is_willing_at(other, one, time_zone="UTC", now=now)
    assert (one == other and wants and opposite) or wants is not opposite


def test_the_default_plan_asks_all_at_once_and_ends_with_everyone():
    first, *_rest, last = DEFAULT_STEPS
    assert set(first.audiences) == {Audience.HEADQUARTERS, Audience.CIRCLE, Audience.RESPONDERS}
    assert last.audiences == (Audience.EVERYONE_AT_HEADQUARTERS,)
    assert all(not step.channels for step in DEFAULT_STEPS), "by every way"


@pytest.mark.parametrize("name", ["UTC", "Africa/Nairobi", "Asia/Kathmandu"])
def test_time_zones_that_are(name):
    assert is_time_zone(name)


@pytest.mark.parametrize("name", ["", "America", "Nowhere", "../etc/passwd", "/etc/localtime", "\x00", "a" * 300])
def test_time_zones_that_are_not(name):
    assert not is_time_zone(name)

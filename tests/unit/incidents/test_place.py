"""Wrong clocks and missing fixes never suppress an alarm; they are said."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.incidents.rules import PlaceSource
from tocsin.incidents.rules_place import (
    NOWHERE,
    Doubt,
    Sighting,
    Whereabouts,
    believed,
    better_place,
    clock_doubt,
    decide_place,
    is_late,
)

NOW = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)


def seen(minutes_ago: float = 0, *, lat: float = 10.0, at: datetime | None = None, **other) -> Sighting:
    return Sighting(lat, -140.0, at or NOW - timedelta(minutes=minutes_ago), NOW, **other)


@pytest.mark.parametrize(
    ("told", "doubt"),
    [
        (NOW, None),
        (NOW + timedelta(minutes=5), None),
        (NOW + timedelta(minutes=6), Doubt.CLOCK_AHEAD),
        (datetime(2099, 1, 1, tzinfo=UTC), Doubt.CLOCK_AHEAD),
        (datetime(1980, 1, 6, tzinfo=UTC), Doubt.CLOCK_LONG_AGO),
        (NOW - timedelta(days=3), None),
        (None, Doubt.CLOCK_MISSING),
    ],
)
def test_clocks(told: datetime | None, doubt: Doubt | None) -> None:
    assert clock_doubt(told, received_at=NOW) == doubt


def test_a_wrong_clock_does_not_make_a_call_late() -> None:
    assert not is_late(datetime(1980, 1, 6, tzinfo=UTC), received_at=NOW, is_stored=False)
    assert is_late(NOW - timedelta(hours=1), received_at=NOW, is_stored=False)
    assert is_late(None, received_at=NOW, is_stored=True)


def test_the_newest_fix_of_the_call_is_told() -> None:
    place = decide_place([seen(2, lat=1.0), seen(1, lat=2.0)], [seen(0, lat=3.0)])
    assert (place.source, place.lat_deg, place.doubts) == (PlaceSource.FIX, 2.0, ())


def test_without_a_fix_the_last_known_place_is_told_with_its_age() -> None:
    place = decide_place([], [seen(180, lat=3.0)])
    assert (place.source, place.at) == (PlaceSource.LAST_KNOWN, NOW - timedelta(hours=3))


def test_an_invalid_fix_gives_way_to_a_sound_older_one() -> None:
    invalid = seen(0, lat=5.0, is_valid=False)
    assert decide_place([invalid], [seen(30, lat=3.0)]).lat_deg == 3.0
    alone = decide_place([invalid], [])
    assert (alone.source, alone.lat_deg, alone.doubts) == (PlaceSource.LAST_KNOWN, 5.0, (Doubt.NO_FIX,))


def test_zero_zero_is_no_place() -> None:
    nowhere = Sighting(0.0, 0.0, NOW, NOW)
    assert decide_place([nowhere], [seen(30, lat=3.0)]).lat_deg == 3.0
    assert Doubt.NULL_ISLAND in decide_place([nowhere], []).doubts


def test_nothing_known_is_said() -> None:
    assert decide_place([], []) == NOWHERE


def test_an_older_fix_never_hides_a_newer_one() -> None:
    newer = Whereabouts(PlaceSource.FIX, 1.0, 1.0, NOW)
    older = Whereabouts(PlaceSource.FIX, 2.0, 2.0, NOW - timedelta(minutes=5))
    assert better_place(newer, older) is newer
    assert better_place(older, newer) is newer
    assert better_place(newer, NOWHERE) is newer
    assert better_place(NOWHERE, older) is older


def test_a_fix_is_better_than_a_last_known_place() -> None:
    known = Whereabouts(PlaceSource.LAST_KNOWN, 1.0, 1.0, NOW)
    fix = Whereabouts(PlaceSource.FIX, 2.0, 2.0, NOW - timedelta(minutes=1))
    assert better_place(known, fix) is fix
    assert better_place(fix, known) is fix


@given(st.integers(-50 * 365, 100 * 365))
def test_what_is_believed_is_never_in_the_future(days: int) -> None:
    assert believed(NOW + timedelta(days=days), received_at=NOW) <= NOW

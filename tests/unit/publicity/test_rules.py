"""The tables and decisions of publicity, without a database."""

import itertools
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.core.answers import Refused
from tocsin.people.rules import DirectiveState, DirectiveTerms, Precision, PublicAudience
from tocsin.publicity.rules import (
    NEXT,
    AppealEvent,
    AppealState,
    TextKind,
    Vote,
    decide,
    decide_approval,
    decide_publishing,
    estimate,
    is_approved,
    pick_language,
)
from tocsin.publicity.rules_check import (
    Checked,
    Draft,
    Forbidden,
    Protected,
    Text,
    check,
    digest_of,
    links_of,
    public_area,
)

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
TERMS = DirectiveTerms(
    state=DirectiveState.IN_FORCE,
    may_publish=True,
    may_name=False,
    precision=Precision.AREA,
    audiences=frozenset(PublicAudience),
    languages=frozenset({"en", "ar"}),
    wait_minutes=0,
    valid_from=date(2026, 1, 1),
    valid_until=None,
)
TEXT = Text("A defender was taken", "From her home.", "Ask where she is.", "", "A defender was taken.")
DRAFT = Draft(TextKind.APPEAL, {"en": TEXT}, frozenset(PublicAudience), "Country A")
PROTECTED = Protected(
    "Maryam Testova", ("Amina Sampleson",), ("+447700900123", "m@example.net"), ("Rosehaven",), "Country A"
)
HASH, OTHER = b"a" * 32, b"b" * 32


def answer(draft: Draft = DRAFT, terms: DirectiveTerms | None = TERMS, *, now=NOW):
    return check(draft, terms, PROTECTED, now=now, pressed_at=NOW)


def codes(result: Checked | Forbidden) -> set[str]:
    return {reason.code for reason in result.reasons} if isinstance(result, Forbidden) else set()


@pytest.mark.parametrize(("state", "event"), list(itertools.product(AppealState, AppealEvent)))
def test_every_pair_is_answered(state, event):
    assert isinstance(decide(state, event), AppealState) == ((state, event) in NEXT)


def test_whatever_was_approved_can_be_stopped_and_nothing_is_published_unapproved():
    for state in (AppealState.APPROVED, AppealState.PUBLISHED, AppealState.UPDATED, AppealState.CLOSED):
        assert decide(state, AppealEvent.STOP) is AppealState.STOPPED
    assert [state for state in AppealState if (state, AppealEvent.PUBLISH) in NEXT] == [AppealState.APPROVED]


def test_two_votes_of_one_person_are_one():
    twice = (Vote(1, HASH), Vote(1, HASH))
    assert not is_approved(twice, HASH)
    assert is_approved((*twice, Vote(2, HASH)), HASH)
    assert not is_approved((Vote(1, HASH), Vote(2, OTHER)), HASH)


@pytest.mark.parametrize(
    ("votes", "values", "expected"),
    [
        ((), {}, 1),
        ((Vote(2, HASH),), {}, 2),
        ((Vote(2, OTHER),), {}, 1),  # Of another text.
        ((Vote(1, HASH),), {}, Refused),
        ((), {"seen_digest": OTHER}, Refused),
        ((), {"seen_digest": b""}, Refused),
        ((), {"is_latest": False}, Refused),
    ],
)
def test_approving(votes, values, expected):
    given_values = {"staff_id": 1, "seen_digest": HASH, "digest": HASH, "is_latest": True} | values
    result = decide_approval(votes, **given_values)
    assert result == expected if isinstance(expected, int) else isinstance(result, expected)


@pytest.mark.parametrize(
    "values",
    [{"is_latest": False}, {"is_confirmed": False}, {"is_published": True}, {"votes": (Vote(1, HASH),)}],
    ids=str,
)
def test_what_stands_against_publishing(values):
    good = {"votes": (Vote(1, HASH), Vote(2, HASH)), "is_latest": True, "is_confirmed": True, "is_published": False}
    assert decide_publishing(good.pop("votes"), HASH, **good) is None
    bad = {"votes": (Vote(1, HASH), Vote(2, HASH)), **good} | values
    assert isinstance(decide_publishing(bad.pop("votes"), HASH, **bad), Refused)


def test_a_text_that_the_directive_allows():
    assert answer() == Checked(NOW)
    assert answer(terms=replace(TERMS, wait_minutes=30)) == Checked(NOW + timedelta(minutes=30))


@pytest.mark.parametrize(
    ("draft", "terms", "code"),
    [
        (DRAFT, None, "directive"),
        (DRAFT, replace(TERMS, may_publish=False), "directive"),
        (DRAFT, replace(TERMS, state=DirectiveState.SIGNED), "directive"),
        (DRAFT, replace(TERMS, valid_until=date(2026, 11, 22)), "directive"),
        (DRAFT, replace(TERMS, valid_from=date(2026, 11, 24)), "directive"),
        (DRAFT, replace(TERMS, languages=frozenset({"ar"})), "directive"),
        (DRAFT, replace(TERMS, audiences=frozenset({"page"})), "directive"),
        (DRAFT, replace(TERMS, precision=Precision.NONE), "area"),
        (replace(DRAFT, area="The harbour"), replace(TERMS, precision=Precision.COUNTRY), "area"),
        (
            replace(DRAFT, area="", texts={"en": replace(TEXT, body="In Country A.")}),
            replace(TERMS, precision=Precision.NONE),
            "country",
        ),
        (replace(DRAFT, texts={"en": replace(TEXT, letter="Free Maryam!")}), TERMS, "name"),
        (replace(DRAFT, texts={"en": replace(TEXT, sms="Amina Sampleson asks")}), TERMS, "other"),
        (replace(DRAFT, texts={"en": replace(TEXT, action="Call 07700 900123")}), TERMS, "contact"),
        (replace(DRAFT, letter_to="m@example.net"), TERMS, "contact"),
        (replace(DRAFT, area="Rosehaven"), TERMS, "never"),
        (replace(DRAFT, texts={"en": replace(TEXT, title="geo:1.5,2.5")}), TERMS, "exact"),
        (replace(DRAFT, lat_deg=1.23, lon_deg=4.0, radius_km=20.0), TERMS, "circle"),
        (replace(DRAFT, lat_deg=1.2, lon_deg=4.0, radius_km=5.0), TERMS, "circle"),
        (
            replace(DRAFT, lat_deg=1.2, lon_deg=4.0, radius_km=20.0),
            replace(TERMS, precision=Precision.COUNTRY),
            "circle",
        ),
        (replace(DRAFT, texts={"en": replace(TEXT, title="two\nlines")}), TERMS, "lines"),
        (replace(DRAFT, texts={"en": replace(TEXT, sms="x" * 601)}), TERMS, "long"),
        (replace(DRAFT, texts={"en": replace(TEXT, body=" ")}), TERMS, "missing"),
        (replace(DRAFT, texts={}), TERMS, "empty"),
        (replace(DRAFT, audiences=frozenset()), TERMS, "nobody"),
    ],
)
def test_what_is_forbidden_says_why(draft, terms, code):
    result = answer(draft, terms)
    assert code in codes(result)
    assert all(reason.sentence.endswith(".") for reason in result.reasons)


def test_with_the_name_allowed_only_the_others_stay_unnamed():
    named = replace(DRAFT, texts={"en": replace(TEXT, body="Maryam Testova was taken.")})
    assert answer(named, replace(TERMS, may_name=True)) == Checked(NOW)
    circle = replace(DRAFT, texts={"en": replace(TEXT, body="Amina Sampleson waits.")})
    assert codes(answer(circle, replace(TERMS, may_name=True))) == {"other"}


def test_the_reason_shows_the_draft_and_not_the_directive():
    result = answer(replace(DRAFT, texts={"en": replace(TEXT, body="near RÖSEHAVEN!")}))
    [reason] = result.reasons
    assert (reason.found, reason.where) == ("RÖSEHAVEN!", ("en", "body"))
    assert "Rosehaven" not in reason.sentence


def test_the_public_circle_is_allowed_and_holds_the_place():
    area = public_area(-49.28123, 71.10456)
    allowed = replace(DRAFT, lat_deg=area.lat_deg, lon_deg=area.lon_deg, radius_km=area.radius_km)
    assert answer(allowed) == Checked(NOW)


def test_the_digest_covers_everything_and_nothing_else():
    digest = digest_of(DRAFT, appeal_uid="u", number=1)
    assert digest == digest_of(replace(DRAFT), appeal_uid="u", number=1)
    changes = [
        {"area": "Country B"},
        {"letter_to": "x@example.org"},
        {"kind": TextKind.UPDATE},
        {"audiences": frozenset({PublicAudience.PAGE})},
        {"lat_deg": 1.0},
        {"radius_km": 20.0},
        {"texts": {"ar": TEXT}},
        *({"texts": {"en": replace(TEXT, **{part: "other"})}} for part in ("title", "body", "action", "letter", "sms")),
        {"texts": {"en": replace(TEXT, title=TEXT.title + "\u200b")}},  # An invisible character too.
    ]
    digests = {digest_of(replace(DRAFT, **change), appeal_uid="u", number=1) for change in changes}
    moved = {digest_of(DRAFT, appeal_uid="v", number=1), digest_of(DRAFT, appeal_uid="u", number=2)}
    assert len({digest} | digests | moved) == 1 + len(changes) + 2


@given(st.text(), st.text())
def test_different_texts_have_different_digests(one, two):
    digests = {digest_of(replace(DRAFT, area=area), appeal_uid="u", number=1) for area in (one, two)}
    assert len(digests) == len({one, two})


@pytest.mark.parametrize(
    ("total", "ended", "lately", "left"), [(10, 10, 0, 0.0), (10, 5, 0, None), (10, 5, 10, 10.0), (0, 0, 0, 0.0)]
)
def test_the_estimate_is_none_when_nothing_moves(total, ended, lately, left):
    assert estimate(total, ended, lately=lately, window_s=20).left_s == left


@pytest.mark.parametrize(
    ("wanted", "available", "picked"),
    [("ar", ("ar", "en"), "ar"), ("pt-br", ("en", "pt"), "pt"), ("sw", ("en", "fr"), "en"), ("sw", ("ar", "fr"), "ar")],
)
def test_languages(wanted, available, picked):
    assert pick_language(wanted, available) == picked


def test_links_are_listed_once():
    assert links_of(["see https://example.org/a, and https://example.org/a.", "none"]) == ["https://example.org/a"]

"""Coded words, durations, the timeline's sentences, and the next step."""

from datetime import UTC, datetime

import pytest

from tocsin.console import words
from tocsin.console.next_step import Situation, next_step
from tocsin.console.sentences import SENTENCES, Names, sentence
from tocsin.dispatch.rules import CalloutState, NoticeState
from tocsin.incidents.models import TimelineEntry
from tocsin.incidents.rules import GRAVITY, AlarmState, IncidentState, Outcome, Reliability, Verdict
from tocsin.incidents.rules_place import Doubt
from tocsin.incidents.rules_timeline import Entry
from tocsin.people.models import choices
from tocsin.people.rules import Audience

NOW = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
NAMES = Names({1: "<b>Nadia</b>", 2: None}, {7: "duty-1"})


@pytest.mark.parametrize("state", [*AlarmState, *IncidentState, *NoticeState, *CalloutState, *Reliability])
def test_every_state_has_words(state):
    assert state.value in words.BADGES


@pytest.mark.parametrize(
    ("table", "enumeration"),
    [
        (words.OUTCOMES, Outcome),
        (words.RELIABILITY, Reliability),
        (words.VERDICTS, Verdict),
        (words.DOUBTS, Doubt),
        (words.AUDIENCES, Audience),
    ],
)
def test_every_coded_word_has_words(table, enumeration):
    assert {word for word, _ in choices(enumeration)} <= table.keys()


def test_every_kind_that_calls_people_has_words():
    assert GRAVITY.keys() <= words.KINDS.keys()


def test_no_weak_word_of_a_notice_sounds_like_a_strong_one():
    """ "Accepted" by a carrier, "reached" the phone and "answered" by a person are three things."""
    said = [str(words.BADGES[state].label) for state in ("owed", "claimed", "accepted", "delivered", "answered")]
    assert len(set(said)) == len(said)
    tones = {state: words.BADGES[state].tone for state in NoticeState}
    assert [state for state, tone in tones.items() if tone == "good"] == [NoticeState.ANSWERED]


@pytest.mark.parametrize(
    ("seconds", "digits"),
    [(-5, "0:00"), (0, "0:00"), (9, "0:09"), (61, "1:01"), (3599, "59:59"), (3600, "1:00:00"), (86399, "23:59:59"),
     (86400, "1d 00:00"), (183900, "2d 03:05")],
)  # fmt: skip
def test_clock_digits(seconds, digits):
    assert words.duration_digits(seconds) == digits


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(1, "1 second ago"), (45, "45 seconds ago"), (119, "119 seconds ago"), (120, "2 minutes ago"),
     (7199, "119 minutes ago"), (7200, "2 hours ago"), (172800, "2 days ago"), (-30, "0 seconds ago"),
     (-600, "in the future")],
)  # fmt: skip
def test_ages_in_words(seconds, said):
    assert words.ago(seconds) == said


@pytest.mark.parametrize(
    ("metres", "said"),
    [(0, "0 m"), (12, "12 m"), (847, "850 m"), (1000, "1.0 km"), (19_949, "19.9 km"), (25_000, "25 km")],
)
def test_distances(metres, said):
    assert words.distance(metres) == said


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ((9.96, -140.05), "9° 57.600′ north, 140° 3.000′ west"),
        ((-0.5, 179.9999999), "0° 30.000′ south, 180° 0.000′ east"),
    ],
)
def test_a_place_to_read_aloud(place, said):
    assert words.spoken(*place) == said


@pytest.mark.parametrize(("bearing", "said"), [(0, "north"), (359, "north"), (45, "north-east"), (181, "south")])
def test_directions(bearing, said):
    assert words.compass(bearing) == said


def entry(event: str, actor: str = "staff:7", **facts: object) -> TimelineEntry:
    return TimelineEntry(event=event, actor=actor, facts=facts, at=NOW, number=1)


@pytest.mark.parametrize("event", Entry)
def test_every_entry_has_a_sentence_even_without_its_facts(event):
    assert event.value in SENTENCES
    for actor in ("staff:7", "staff:99", "party:1", "device:3", "dispatch", "odd:thing"):
        assert sentence(entry(event.value, actor), NAMES).html


def test_an_entry_that_is_not_known_here_is_shown_all_the_same():
    assert sentence(entry("something_new"), NAMES).html == "something new"


def test_names_are_shown_as_text_and_sealed_ones_not_at_all():
    told = sentence(entry("answered", "party:1", party=1, answer="yes", channel="sms"), NAMES).html
    assert "&lt;b&gt;Nadia&lt;/b&gt;" in told
    assert "<b>" not in told
    assert "somebody" in sentence(entry("answered", "party:2", party=2, answer="no", channel="sms"), NAMES).html


def test_hostile_facts_are_text():
    told = sentence(entry("answered", party=1, answer="<script>", channel="<script>"), NAMES).html
    assert "<script>" not in told


@pytest.mark.parametrize(
    ("situation", "section"),
    [
        (Situation("raised", "open"), "acknowledge"),
        (Situation("raised", "open", is_quarantined=True), "acknowledge"),
        (Situation("raised", "responding", is_closing_asked=True), "acknowledge"),  # A new press comes first.
        (Situation("acknowledged", "responding", is_quarantined=True), "whose"),
        (Situation("acknowledged", "responding"), "verification"),
        (Situation("verifying", "responding", was_anybody_asked=True, waits_for_answer=True), "verification"),
        (Situation("verifying", "responding", was_anybody_asked=True), "finding"),
        (Situation("confirmed", "responding", was_anybody_asked=True), "people"),
        (Situation("confirmed", "responding", was_anybody_asked=True, coming=1), "stabilise"),
        (Situation("confirmed", "stabilised", was_anybody_asked=True, coming=1), "closing"),
        (Situation("false", "responding"), "closing"),
        (Situation("false", "responding", is_closing_asked=True), "closing"),
        (Situation("false", "responding", is_closing_asked=True, is_closing_mine=True), "closing"),
        (Situation("false", "closed"), "closing"),
        (Situation("false", "reviewed"), ""),
    ],
)
def test_the_next_step(situation, section):
    step = next_step(situation)
    assert (step.action or step.section) == section
    assert step.title


@pytest.mark.parametrize("state", [str(state) for state in IncidentState])
@pytest.mark.parametrize("alarm", [str(state) for state in AlarmState])
def test_there_is_always_a_next_step(alarm, state):
    assert next_step(Situation(alarm, state)).title

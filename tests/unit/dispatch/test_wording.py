"""What each message tells, and above all what it does not."""

import string
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tocsin.core.geometry import area_of
from tocsin.dispatch.wording import (
    LANGUAGES,
    Asked,
    Call,
    Reader,
    Where,
    answer_taken,
    degraded,
    exact_place,
    ring,
    stood_down,
    unclear,
    which,
)
from tocsin.dispatch.wording_phrases import KINDS, PHRASES, WINDS
from tocsin.incidents.rules import GRAVITY
from tocsin.people.rules import Disclosure

NOW = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
LAT, LON = 10.12345, -140.54321
WHERE = Where(LAT, LON, area_of(LAT, LON, size_km=5))
CALL = Call("Nadia Invented", ("sos", "fall"), NOW, WHERE)
LINK = "http://127.0.0.1:8000/r/abcdefghijklmnopqrstuv"


def reader(**changes) -> Reader:
    usual = {"asked": Asked.RESPONDER, "language": "en", "level": Disclosure.AREA, "link": LINK}
    return Reader(**usual | changes)


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_phrase_with_the_same_gaps(language: str) -> None:
    assert set(PHRASES[language]) == set(PHRASES["en"])
    assert set(KINDS[language]) == set(KINDS["en"]) >= set(GRAVITY)
    assert set(WINDS[language]) == set(WINDS["en"])
    for key, text in PHRASES[language].items():
        assert fields(text) == fields(PHRASES["en"][key]), key


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("asked", Asked)
def test_cover_wording_says_nothing(language: str, asked: Asked) -> None:
    told = ring(CALL, reader(language=language, asked=asked, level=Disclosure.COVER))
    for word in ("Nadia", "SOS", "10.1", KINDS[language]["fall"], PHRASES[language]["subject"]):
        assert word not in told.body + told.subject
    assert exact_place(CALL, reader(language=language, level=Disclosure.COVER)) is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_area_comes_before_the_exact_place(language: str) -> None:
    told = ring(CALL, reader(language=language, distance_km=12.3, bearing=44.0)).body
    assert "10.12345" not in told
    assert "geo:" not in told
    assert WINDS[language]["ne"] in told
    exact = exact_place(CALL, reader(language=language))
    assert exact is not None
    assert "geo:10.12345,-140.54321" in exact.body


def test_an_alarm_without_area_names_no_place() -> None:
    told = ring(CALL, reader(level=Disclosure.ALARM)).body
    assert "10." not in told.replace("127.0.0.1", "")
    assert exact_place(CALL, reader(level=Disclosure.ALARM)) is None


def test_headquarters_reads_everything() -> None:
    told = ring(replace(CALL, is_late=True, is_drill=True), reader(asked=Asked.HEADQUARTERS, level=Disclosure.PLACE))
    assert told.subject == "DRILL. Call for help"
    assert told.body == (
        "DRILL. Nadia Invented calls for help: SOS, fall. Received 03:00 UTC. The device kept it while offline. "
        f"Place: 10.12345, -140.54321 geo:10.12345,-140.54321. Answer 1 if you take it. {LINK}"
    )


def test_an_old_place_is_told_with_its_age() -> None:
    old = replace(CALL, where=replace(WHERE, age=timedelta(hours=5)))
    assert "Last known place, 5 h old" in ring(old, reader(level=Disclosure.PLACE)).body
    assert "Last known place, 5 h old" in ring(old, reader()).body
    exact = exact_place(old, reader())
    assert exact is not None
    assert "Last known place, 5 h old: 10.12345" in exact.body


def test_several_calls_ask_for_the_number() -> None:
    assert "1 57 = yes, 2 57 = no" in ring(CALL, reader(code=57)).body


def test_an_unknown_device_has_no_name() -> None:
    assert "nobody knows" in ring(replace(CALL, name=""), reader(asked=Asked.HEADQUARTERS)).body


@pytest.mark.parametrize("language", [*LANGUAGES, "xx"])
def test_short_messages(language: str) -> None:
    texts = [
        stood_down(language).body,
        unclear(language).body,
        which(language, [7, 3]).body,
        degraded(language, ["sos"], received_at=NOW).body,
        answer_taken(language, Asked.RESPONDER, "yes", Disclosure.AREA).body,
    ]
    assert all(0 < len(text) < 200 and "{" not in text for text in texts)
    assert "1 3 / 1 7" in texts[2]


@pytest.mark.parametrize("language", LANGUAGES)
def test_under_cover_every_answer_is_confirmed_in_the_same_words(language: str) -> None:
    words = {answer_taken(language, asked, said, Disclosure.COVER).body for asked in Asked for said in ("yes", "no")}
    assert len(words) == 1


@pytest.mark.parametrize("level", Disclosure)
def test_the_circle_learns_the_exact_place_only_where_the_plan_says_so(level: Disclosure) -> None:
    told = exact_place(CALL, reader(asked=Asked.CIRCLE, level=level))
    assert (told is not None) == (level is Disclosure.PLACE)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kinds", [("duress",), ("duress", "sos")])
def test_duress_is_a_word_for_headquarters(language: str, kinds: tuple[str, ...]) -> None:
    call = replace(CALL, kinds=kinds)
    word = KINDS[language]["duress"]
    assert word in ring(call, reader(language=language, asked=Asked.HEADQUARTERS, level=Disclosure.PLACE)).body
    for asked in (Asked.CIRCLE, Asked.RESPONDER):
        assert word not in ring(call, reader(language=language, asked=asked)).body

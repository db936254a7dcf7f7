"""Nobody changes or drops an entry unseen, and the chain outlives the key of the texts."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.incidents.rules_timeline import Broken, Link, Whole, canonical, entry_hash, text_digest, verify_export

NOW = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
UID = "00000000-0000-4000-8000-000000000001"


def exported(count: int, *, with_texts: bool = True) -> list[str]:
    lines, previous = [], b""
    for number in range(1, count + 1):
        text, salt = f"what was said {number}", f"{number:032x}"
        digest = text_digest(text, salt=salt)
        link = Link(UID, number, NOW + timedelta(seconds=number), "note", "staff:1", {"n": number}, digest)
        found = entry_hash(previous, link)
        row = {
            "incident": UID, "number": number, "at": link.at.isoformat(timespec="microseconds"), "event": "note",
            "actor": "staff:1", "facts": {"n": number}, "text_digest": digest.hex(),
            "previous_hash": previous.hex(), "hash": found.hex(),
        }  # fmt: skip
        lines.append(canonical(row | ({"text": text, "salt": salt} if with_texts else {})).decode())
        previous = found
    return [*lines, canonical({"incident": UID, "entries": count, "head": previous.hex()}).decode()]


def test_a_whole_timeline_is_whole() -> None:
    outcome = verify_export(exported(5))
    assert isinstance(outcome, Whole)
    assert (outcome.entries, outcome.texts, outcome.incident_uid) == (5, 5, UID)


def test_the_chain_verifies_after_the_texts_are_gone() -> None:
    with_texts, without = verify_export(exported(5)), verify_export(exported(5, with_texts=False))
    assert isinstance(with_texts, Whole)
    assert isinstance(without, Whole)
    assert with_texts.head == without.head


@pytest.mark.parametrize("gone", range(6))
def test_a_line_that_is_taken_out_is_noticed(gone: int) -> None:
    lines = exported(5)
    del lines[gone]
    assert isinstance(verify_export(lines), Broken)


def test_an_end_that_is_cut_off_is_noticed() -> None:
    lines = exported(5)
    assert isinstance(verify_export(lines[:3]), Broken)
    assert isinstance(verify_export([*lines[:3], lines[-1]]), Broken)
    assert isinstance(verify_export([*lines, lines[0]]), Broken)


@given(st.integers(0, 4), st.sampled_from(["at", "event", "actor", "facts", "text", "hash", "number", "salt"]))
def test_any_change_is_noticed(line: int, column: str) -> None:
    lines = exported(5)
    row = json.loads(lines[line])
    changes = {
        "at": "2026-03-01T03:09:00.000000+00:00", "event": "closed", "actor": "staff:2", "facts": {"n": 99},
        "text": "another", "hash": "00" * 32, "number": 77, "salt": "ff" * 16,
    }  # fmt: skip
    lines[line] = json.dumps(row | {column: changes[column]})
    outcome = verify_export(lines)
    assert isinstance(outcome, Broken)
    assert outcome.line == line + 1


@given(st.lists(st.text(max_size=60), max_size=5))
def test_any_file_is_whole_or_broken(lines: list[str]) -> None:
    assert isinstance(verify_export(lines), Broken)


@pytest.mark.parametrize("line", ["[]", "null", "3", '{"head": 1}', '{"head": "", "entries": 0}', "{}", "\x00"])
def test_odd_lines_are_broken(line: str) -> None:
    assert isinstance(verify_export([line]), Broken)

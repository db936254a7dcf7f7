"""The comparison with an independent decoder's readings, and, where it is there, the corpus of real frames."""

import json
import os
from pathlib import Path

import pytest

from tests.unit.protocols.samples import GT06_UID
from tocsin.demo.wristband import gt06_frame, gt06_login
from tocsin.protocols.conformance import Summary, cases_in, run
from tocsin.protocols.conformance_otherwise import OTHERWISE
from tocsin.protocols.registry import CODECS

ROOT = Path(__file__).parent.parent.parent.parent
CORPUS = Path(os.environ.get("TOCSIN_TESTS_CORPUS", ROOT.parent / "shared/conformance/devices"))


def case(case_id: str, frame: bytes, kind: str, decoded: dict, **more: object) -> dict:
    stated = {"id": case_id, "protocol": "gt06", "session": "s", "kind": kind, "expect": {}, "frame_hex": frame.hex()}
    return {**stated, "decoded": {"reply_hex": [], "positions": [], **decoded}, **more}


HEARTBEAT = gt06_frame(0x13, bytes.fromhex("6404040001"), serial=10)
HEARTBEAT_READ = {"outdated": True, "attributes": {"alarm": "sos", "batteryLevel": 66, "charge": True}}
ANSWER = {"reply_hex": [gt06_frame(0x13, b"", serial=10).hex()]}


def outcomes(*cases: dict) -> list[list[str]]:
    text = "\n".join(json.dumps(one) for one in cases)
    return [[one.value for one in outcome.mismatches] for outcome in run(cases_in(text), CODECS)]


LOGIN = case("1", gt06_login(GT06_UID), "null", {"unique_id": GT06_UID, "reply_hex": ["787805010001d9dc0d0a"]})


def test_a_session_is_fed_in_order() -> None:
    before = case("0", HEARTBEAT, "null", {})
    after = case("2", HEARTBEAT, "attributes", {"positions": [HEARTBEAT_READ], **ANSWER})
    assert outcomes(before, LOGIN, after) == [[], [], []]


@pytest.mark.parametrize(
    ("read", "value"),
    [
        ({"alarm": "fallDown"}, "0.alarm"),
        ({"alarm": "sos,fallDown"}, "0.alarm"),
        ({"batteryLevel": 67}, "0.batteryLevel"),
        ({"charge": False}, "0.charge"),
        ({"heartRate": 60}, "0.heartRate"),
    ],
)
def test_each_kind_of_difference_is_found(read: dict, value: str) -> None:
    wrong = {"outdated": True, "attributes": {**HEARTBEAT_READ["attributes"], **read}}
    assert outcomes(LOGIN, case("2", HEARTBEAT, "attributes", {"positions": [wrong], **ANSWER})) == [[], [value]]


def test_a_missing_alarm_a_wrong_answer_and_a_wrong_identity_are_found() -> None:
    fall = case("2", HEARTBEAT, "derived", {"positions": [HEARTBEAT_READ], **ANSWER}, expect_alarms=["sos", "fallDown"])
    silent = case("3", HEARTBEAT, "attributes", {"positions": [HEARTBEAT_READ]})
    other = {**LOGIN, "decoded": {**LOGIN["decoded"], "unique_id": "1"}}
    assert outcomes(other, fall, silent) == [["identity"], ["alarms"], ["reply"]]


def test_what_is_unstable_or_doubtful_is_not_compared() -> None:
    decoded = {"positions": [HEARTBEAT_READ], "reply_hex": ["00"], "unstable": ["reply_hex"]}
    assert outcomes(LOGIN, case("2", HEARTBEAT, "attributes", decoded)) == [[], []]


def test_unknown_protocols_are_counted_apart() -> None:
    summary = Summary()
    for outcome in run([{**LOGIN, "protocol": "nobody"}, LOGIN], CODECS):
        summary.add(outcome)
    assert summary.as_json() == {
        "protocols": {
            "gt06": {"passed": 1, "failed": 0, "unsupported": 0},
            "nobody": {"passed": 0, "failed": 0, "unsupported": 1},
        },
        "passed": 1,
        "failed": 0,
        "unsupported": 1,
        "failures": [],
    }


@pytest.mark.parametrize("line", ["{", "[]", "7", '{"id": "x"}'])
def test_a_broken_line_is_named(line: str) -> None:
    with pytest.raises(ValueError, match="line 2"):
        list(cases_in(f"{json.dumps(LOGIN)}\n{line}"))


@pytest.mark.parametrize("case_id", OTHERWISE)
def test_each_other_reading_is_argued_in_a_page(case_id: str) -> None:
    protocol = case_id.removeprefix("alarm-").rpartition("-")[0]
    page = (ROOT / f"docs/protocols/{protocol}.md").read_text(encoding="utf-8")
    assert "Where we read otherwise" in page
    assert f"`{case_id}`" in page


@pytest.mark.skipif(
    not CORPUS.is_dir(), reason=f"THE CORPUS OF REAL FRAMES IS NOT AT {CORPUS}: only our own frames were read"
)
@pytest.mark.parametrize("protocol", CODECS)
def test_the_corpus_of_real_frames(protocol: str) -> None:
    summary = Summary()
    for file in sorted(CORPUS.glob("*.jsonl")):
        cases = [one for one in cases_in(file.read_text(encoding="utf-8")) if one["protocol"] == protocol]
        for outcome in run(cases, CODECS):
            summary.add(outcome)
    assert summary.as_json()["failures"] == []

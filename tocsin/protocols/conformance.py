"""Compare our readings with the case files that an independent decoder made of real frames.

The form of the files, and how their values are compared, stands in the README beside them. This module is told the text
of a file and answers with outcomes; it opens no file and no socket.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from tocsin.protocols.base import Codec, DecodeError, Reading, Session
from tocsin.protocols.conformance_otherwise import OTHERWISE
from tocsin.protocols.conformance_values import Mismatch, compare_reports, compare_stated

# The clock stands still at the instant that the README of the data gives.
NOW = datetime(2026, 7, 15, 10, 20, 30, tzinfo=UTC)

Case = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one case. No mismatches: passed. `is_supported` false: we do not speak the protocol."""

    case_id: str
    protocol: str
    is_supported: bool = True
    mismatches: tuple[Mismatch, ...] = ()


@dataclass(slots=True)
class Tally:
    """Counts of one protocol or of all."""

    passed: int = 0
    failed: int = 0
    unsupported: int = 0

    def add(self, outcome: Outcome) -> None:
        """Count one outcome."""
        if not outcome.is_supported:
            self.unsupported += 1
        elif outcome.mismatches:
            self.failed += 1
        else:
            self.passed += 1

    def as_json(self) -> dict[str, int]:
        """Give the counts by name."""
        return {"passed": self.passed, "failed": self.failed, "unsupported": self.unsupported}


@dataclass(slots=True)
class Summary:
    """Everything that was run."""

    protocols: dict[str, Tally] = field(default_factory=dict)
    total: Tally = field(default_factory=Tally)
    failures: list[Outcome] = field(default_factory=list)

    def add(self, outcome: Outcome) -> None:
        """Count one outcome under its protocol and in all."""
        self.protocols.setdefault(outcome.protocol, Tally()).add(outcome)
        self.total.add(outcome)
        if outcome.is_supported and outcome.mismatches:
            self.failures.append(outcome)

    def as_json(self) -> dict[str, Any]:
        """Give the object that `tocsin conformance --json` prints."""
        return {
            "protocols": {name: tally.as_json() for name, tally in sorted(self.protocols.items())},
            **self.total.as_json(),
            "failures": [
                {
                    "id": outcome.case_id,
                    "protocol": outcome.protocol,
                    "mismatches": [
                        {"value": one.value, "expected": one.expected, "read": one.read} for one in outcome.mismatches
                    ],
                }
                for outcome in self.failures
            ],
        }


def cases_in(text: str) -> Iterator[Case]:
    """Read a case file: one JSON object to a line. Raises `ValueError` that names the line."""
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            case = json.loads(line)
            missing = {"id", "protocol", "kind"} - case.keys()
        except (ValueError, AttributeError) as error:
            raise ValueError(f"line {number} is not a case: {error}") from error
        if missing:
            raise ValueError(f"line {number} is not a case: it has no {', '.join(sorted(missing))}")
        yield case


def run(cases: Iterable[Case], codecs: Mapping[str, Codec]) -> Iterator[Outcome]:
    """Run cases in their order, each session through one connection's state."""
    sessions: dict[tuple[str, str], Session] = {}
    for case in cases:
        codec = codecs.get(case["protocol"])
        if codec is None:
            yield Outcome(case["id"], case["protocol"], is_supported=False)
            continue
        key = (case["protocol"], case.get("session", case["id"]))
        mismatches, sessions[key] = run_case(case, codec, sessions.get(key, Session()))
        yield Outcome(case["id"], case["protocol"], mismatches=tuple(_not_argued(case["id"], mismatches)))


def _not_argued(case_id: str, mismatches: Iterable[Mismatch]) -> Iterator[Mismatch]:
    """Leave out what we read otherwise on purpose, as long as we still read it exactly so."""
    argued = OTHERWISE.get(case_id, {})
    for one in mismatches:
        digest = f"sha256 {sha256(one.read.encode()).hexdigest()}"
        if argued.get(one.value) not in (one.read, digest):
            yield one


def run_case(case: Case, codec: Codec, session: Session) -> tuple[list[Mismatch], Session]:
    """Run one case. Gives what differs and the state for the next case of its session."""
    if case["kind"] == "frame":
        return _compare_frames(case, codec), session
    frame = frame_of(case)
    # What a server knows about the device beforehand is part of the session here.
    session = replace(session, facts={**_without_settings(session), **case.get("settings", {})})
    try:
        reading: Reading | None = codec.decode(frame, session, NOW)
        answer = codec.reply(frame, reading, NOW) if reading is not None else b""
    except DecodeError:
        reading, answer = None, codec.refuse(frame)
    mismatches = [*compare_stated(case, reading), *compare_reports(case, reading), *_compare_answer(case, answer)]
    return mismatches, session if reading is None else reading.session


SETTINGS = ("model", "full", "format0", "extended")


def _without_settings(session: Session) -> dict[str, Any]:
    return {name: value for name, value in session.facts.items() if name not in SETTINGS}


def frame_of(case: Case) -> bytes:
    """Give the bytes of a case; an HTTP request is written out as a client would send it."""
    if "frame_hex" in case:
        return bytes.fromhex(case["frame_hex"])
    if "frame_text" in case:
        return bytes(case["frame_text"], "ascii")
    request = case["http"]
    body = bytes.fromhex(request["body_hex"]) if "body_hex" in request else request.get("body_text", "").encode()
    headers = {"Host": "localhost", **request.get("headers", {})}
    if body:
        headers["Content-Length"] = str(len(body))
    lines = [f"{request['method']} {request['uri']} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


def _compare_frames(case: Case, codec: Codec) -> list[Mismatch]:
    wanted = case["expect"]["frames"]
    pieces, _ = codec.split(bytes.fromhex(case["frame_hex"]))
    found = [piece.hex() for piece in pieces]
    if found[: len(wanted)] == wanted:
        return []
    # We hand on what stands between frames too, so that it is stored. It is no frame when no decoder reads it.
    frames = [piece.hex() for piece in pieces if piece.hex() in wanted or _is_readable(piece, codec)]
    return [] if frames[: len(wanted)] == wanted else [Mismatch("frames", str(wanted), str(found))]


def _is_readable(piece: bytes, codec: Codec) -> bool:
    try:
        codec.decode(piece, Session(), NOW)
    except DecodeError:
        return False
    return True


def _compare_answer(case: Case, answer: bytes) -> list[Mismatch]:
    decoded = case.get("decoded", {})
    if "reply_http" in decoded:
        # The text of an answer is ours; its status is what an app goes by.
        wanted = " ".join(str(one["status"]) for one in decoded["reply_http"])
        found = answer.decode("latin-1").partition(" ")[2].partition(" ")[0]
        return [] if found == wanted else [Mismatch("status", wanted, found)]
    if "reply_hex" not in decoded or "reply_hex" in (*decoded.get("unstable", ()), *decoded.get("doubtful", ())):
        return []
    allowed = {"".join(decoded[name]) for name in ("reply_hex", "reply_hex_ack") if name in decoded}
    return [] if answer.hex() in allowed else [Mismatch("reply", " or ".join(sorted(allowed)), answer.hex())]

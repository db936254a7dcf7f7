"""The chain of the timeline: each entry carries the hash of the one before, so nobody can change or drop one unseen.

The hash is SHA-256 (FIPS 180-4) over canonical JSON: keys sorted, no spaces, UTF-8. A text enters by its salted digest
only, so that the chain still verifies when the key of the text is destroyed.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tocsin.core.clock import is_utc

SALT_BYTES = 16


class Entry(StrEnum):
    """What an entry tells. The pages make sentences of these; `facts` beside them holds ids and coded words only."""

    ALARM_RAISED = "alarm_raised"  # alarm, kinds, source, late, clock
    ALARM_ADDED = "alarm_added"  # the same, and rings
    RAISED_BY_HAND = "raised_by_hand"  # kinds; the text is what headquarters was told
    DEVICE_NOTED = "device_noted"  # kinds that ring nobody, such as low_battery
    MEDIA_KEPT = "media_kept"  # signal
    GIVEN_TO_DEFENDER = "given_to_defender"  # defender
    CALLOUT_STARTED = "callout_started"  # callout, steps
    STEP_ASKED = "step_asked"  # callout, step, asked, round, audiences, people, notices
    STEP_SKIPPED = "step_skipped"  # callout, step, audiences
    NOBODY_ANSWERS = "nobody_answers"  # callout, round
    CALLOUT_ENDED = "callout_ended"  # callout, state
    WAY_REFUSED = "way_refused"  # notice, party, channel, reason
    RESENT = "resent"  # notice, of, channel
    ACKNOWLEDGED = "acknowledged"  # by: staff, channel
    ANSWERED = "answered"  # party, role, answer, channel
    MESSAGE = "message"  # party, channel; the text is what they wrote
    STOOD_DOWN = "stood_down"  # people, withdrawn
    QUESTION_ASKED = "question_asked"  # verification, party, channel
    QUESTION_ANSWERED = "question_answered"  # verification, reliability
    CONCLUDED = "concluded"  # finding
    NOTE = "note"
    TASK_ADDED = "task_added"  # task, assignee
    TASK_DONE = "task_done"  # task
    STABILISED = "stabilised"
    CLAIMED_SAFE = "claimed_safe"  # channel: a cancel from the device or the phone is a claim
    DURESS = "duress"  # channel: a sign that somebody stands behind the defender
    CHALLENGE_SENT = "challenge_sent"  # challenge, channel
    CHALLENGE_ANSWERED = "challenge_answered"  # challenge, verdict, channel
    CLOSING_ASKED = "closing_asked"  # closing, outcome
    CLOSING_WITHDRAWN = "closing_withdrawn"  # closing, because
    CLOSED = "closed"  # closing, outcome, confirmed_by or challenge
    REOPENED = "reopened"
    REVIEWED = "reviewed"
    APPEAL_WRITTEN = "appeal_written"  # version, kind, allowed
    APPEAL_APPROVED = "appeal_approved"  # version, count, digest
    APPEAL_PUBLISHED = "appeal_published"  # version, kind, waves
    APPEAL_STOPPED = "appeal_stopped"
    APPEAL_CLOSED = "appeal_closed"
    REFUSED = "refused"  # event, state: somebody tried what the tables do not allow


@dataclass(frozen=True, slots=True)
class Link:
    """What one entry says. `facts` holds JSON values only."""

    incident_uid: str
    number: int
    at: datetime
    event: str
    actor: str
    facts: Mapping[str, object]
    text_digest: bytes


def canonical(value: object) -> bytes:
    """Give the one way in which a JSON value is written down."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def text_digest(text: str, *, salt: str) -> bytes:
    """Give what proves a text. `salt` is hexadecimal."""
    return hashlib.sha256(bytes.fromhex(salt) + text.encode()).digest()


def entry_hash(previous: bytes, link: Link) -> bytes:
    """Give the hash of an entry that follows the one whose hash is `previous` (empty: it is the first)."""
    assert is_utc(link.at), "at must be aware UTC"
    written = {
        "incident": link.incident_uid,
        "number": link.number,
        "at": link.at.isoformat(timespec="microseconds"),
        "event": link.event,
        "actor": link.actor,
        "facts": dict(link.facts),
        "text_digest": link.text_digest.hex(),
    }
    return hashlib.sha256(previous + canonical(written)).digest()


@dataclass(frozen=True, slots=True)
class Whole:
    """Every entry is there, in order and unchanged. `head` can be compared with a page or a sheet of paper."""

    incident_uid: str
    entries: int
    head: str
    texts: int  # So many texts were in the file, and each fits its digest.


@dataclass(frozen=True, slots=True)
class Broken:
    """The file does not prove itself. `line` counts from 1."""

    line: int
    reason: str


def verify_export(lines: Iterable[str]) -> Whole | Broken:
    """Check a timeline that was written by `export_lines`, without database or key."""
    previous, number, texts, uid, is_ended = b"", 0, 0, "", False
    line_number = 0
    for line_number, line in enumerate(lines, start=1):
        try:
            row = json.loads(line)
            if is_ended:
                return Broken(line_number, "there is something after the end of the timeline")
            if "head" in row:
                if (
                    row["entries"] != number
                    or row["head"] != previous.hex()
                    or row["incident"] != (uid or row["incident"])
                ):
                    return Broken(line_number, "the last line does not fit the entries: some are missing at the end")
                uid, is_ended = row["incident"], True
                continue
            link = _read_link(row)
            uid = uid or link.incident_uid
            if link.number != number + 1 or link.incident_uid != uid:
                return Broken(line_number, f"entry {number + 1} should stand here")
            found = entry_hash(previous, link)
            if row["previous_hash"] != previous.hex() or row["hash"] != found.hex():
                return Broken(line_number, "this entry was changed, or the one before it was taken out")
            if row.get("text") is not None:
                if text_digest(row["text"], salt=row["salt"]) != link.text_digest:
                    return Broken(line_number, "the text of this entry was changed")
                texts += 1
            previous, number = found, link.number
        except (ValueError, KeyError, TypeError, AttributeError, AssertionError) as error:
            return Broken(line_number, f"this is not a line of a timeline ({type(error).__name__})")
    if not is_ended:
        return Broken(line_number + 1, "the last line of the timeline is missing")
    return Whole(uid, number, previous.hex(), texts)


def _read_link(row: Mapping[str, object]) -> Link:
    return Link(
        incident_uid=str(row["incident"]),
        number=int(str(row["number"])),
        at=datetime.fromisoformat(str(row["at"])),
        event=str(row["event"]),
        actor=str(row["actor"]),
        facts=_mapping(row["facts"]),
        text_digest=bytes.fromhex(str(row["text_digest"])),
    )


def _mapping(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise TypeError("facts")
    return value

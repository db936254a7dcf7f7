"""Tables of people and devices: reading the rows, storing the good ones, telling what is wrong with the others."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from tocsin.core.access import Reader
from tocsin.core.answers import Refused
from tocsin.devices.actions import issue_device
from tocsin.devices.queries import device_by_uid
from tocsin.people.actions_import import Outcome, defender_by_address, undone

Store = Callable[..., Outcome | Refused]  # Called with `by` and `now`.
PROBLEMS_MAX = 1_000  # Told; more are only counted.


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one row, and what to do."""

    line: int
    column: str
    reason: str


@dataclass
class Tally:
    """What came of a table so far."""

    rows: int = 0
    outcomes: dict[Outcome, int] = field(default_factory=lambda: dict.fromkeys(Outcome, 0))
    problems: list[Problem] = field(default_factory=list)
    refused: int = 0

    def note(self, problems: list[Problem]) -> None:
        """Count a row that is not stored."""
        self.refused += 1
        self.problems += problems[: PROBLEMS_MAX - len(self.problems)]


@transaction.atomic
def import_device(
    *, protocol: str, device_uid: str, number: str, label: str, defender: str, by: Reader, now: datetime
) -> Outcome | Refused:
    """Store a device; `defender` is a number or mail address of its owner, or empty."""
    owner_id = None
    if defender.strip():
        owner = defender_by_address(defender)
        if isinstance(owner, Refused):
            return owner
        owner_id = owner.pk
    known = device_by_uid(device_uid, protocol)
    if (
        known is not None
        and not number
        and (known.defender_id, known.protocol, known.label)
        == (
            owner_id,
            protocol,
            label.strip() or known.label,
        )
    ):
        return Outcome.SAME
    answer = issue_device(
        protocol=protocol,
        device_uid=device_uid,
        defender_id=owner_id,
        number=number,
        label=label,
        by=by,
        now=now,
    )
    if isinstance(answer, Refused):
        return undone(answer)
    return Outcome.NEW if known is None else Outcome.CHANGED


def store_rows(
    rows: Iterator[tuple[int, Store | list[Problem]]], *, by: Reader, now: datetime, is_dry_run: bool = False
) -> Iterator[Tally]:
    """Store row after row, each in a transaction of its own, and tell the tally after each.

    A dry run stores each row too, and takes it back: rows that need one another are then told as missing.
    """
    tally = Tally()
    for line, row in rows:
        tally.rows += 1
        if isinstance(row, list):
            tally.note(row)
        else:
            with transaction.atomic():
                answer = row(by=by, now=now)
                if is_dry_run:
                    transaction.set_rollback(True)
            if isinstance(answer, Refused):
                tally.note([Problem(line, "", answer.reason)])
            else:
                tally.outcomes[answer] += 1
        yield tally
    if not tally.rows:
        yield tally

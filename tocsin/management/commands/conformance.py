"""`tocsin conformance`: read case files of real frames and say which are read as they should be."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from tocsin.protocols.conformance import Outcome, Summary, cases_in, run
from tocsin.protocols.registry import CODECS

SHOWN_CHARS = 160


class Command(BaseCommand):
    """Run the cases of a file or of all files in a folder."""

    help = "Read case files of real frames (.jsonl, a file or a folder) and say which are read as they should be."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the path and the form of the answer."""
        parser.add_argument("path", type=Path, help="a .jsonl file, or a folder of them")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: object, path: Path, json: bool, **options: object) -> None:
        """Print the counts; exit with 1 when a case failed."""
        summary = summarise(path)
        self.stdout.write(as_json(summary) if json else as_text(summary))
        if summary.total.failed:
            sys.exit(1)


def summarise(path: Path) -> Summary:
    """Run every case of a file or of a folder's files."""
    files = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
    if not files:
        raise CommandError(f"{path} holds no .jsonl file. Give a case file or a folder of them.")
    summary = Summary()
    for file in files:
        try:
            for outcome in run(cases_in(file.read_text(encoding="utf-8")), CODECS):
                summary.add(outcome)
        except OSError as error:
            raise CommandError(
                f"{file} cannot be read: {error.strerror}. Give a case file or a folder of them."
            ) from error
        except (ValueError, KeyError, TypeError) as error:
            raise CommandError(
                f"{file}: {error}. The README of the shared corpus describes the form of a case."
            ) from error
    return summary


def as_json(summary: Summary) -> str:
    """Give one JSON object."""
    return json.dumps(summary.as_json(), ensure_ascii=False)


def as_text(summary: Summary) -> str:
    """Give the failures, then a table."""
    lines = [line for outcome in summary.failures for line in _of(outcome)]
    lines.append(f"{'protocol':<14}{'passed':>8}{'failed':>8}{'unsupported':>13}")
    for name, tally in [*sorted(summary.protocols.items()), ("all", summary.total)]:
        lines.append(f"{name:<14}{tally.passed:>8}{tally.failed:>8}{tally.unsupported:>13}")
    return "\n".join(lines)


def _of(outcome: Outcome) -> list[str]:
    return [
        f"{outcome.case_id}: {one.value} should be {one.expected[:SHOWN_CHARS]}, is read as {one.read[:SHOWN_CHARS]}"
        for one in outcome.mismatches
    ]

"""`tocsin import defenders|responders|contacts|devices FILE.csv [--dry-run]`: read a table (docs/import.md)."""  # noqa: N999 - a command is named after its module

import sys
from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from tocsin.core import clock
from tocsin.core.access import program
from tocsin.devices.actions_import import Outcome, Tally, store_rows
from tocsin.devices.forms_import import COLUMNS, FILE_BYTES_MAX, TableError, rows_of, stores

TOLD_EVERY = 250


class Command(BaseCommand):
    """Store the good rows of a table, and tell what is wrong with each of the others."""

    help = "Read a table of people or devices. Rows with mistakes are told with their line; the others are stored."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name what can be written after `tocsin import`."""
        parser.add_argument("kind", choices=sorted(COLUMNS))
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="say what is wrong, store nothing")

    def handle(self, *arguments: object, kind: str, file: Path, dry_run: bool, **options: object) -> None:
        """Read the file, store the rows, print what came of them. Exits with 1 when a row was not stored."""
        try:
            if file.stat().st_size > FILE_BYTES_MAX:
                raise CommandError("The file is larger than 16 MB. Cut it in two.")
            content = file.read_bytes()
            total = sum(1 for _row in rows_of(kind, content))
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
        except TableError as error:
            raise CommandError(f"{file}: {error}") from error
        tally = Tally()
        reader = program("import")
        for tally in store_rows(stores(kind, content), by=reader, now=clock.now(), is_dry_run=dry_run):
            if tally.rows % TOLD_EVERY == 0:
                print(f"\r{tally.rows} of {total} rows", end="", file=sys.stderr, flush=True)
        if tally.rows >= TOLD_EVERY:
            print(file=sys.stderr)
        self.tell(tally, dry_run=dry_run)

    def tell(self, tally: Tally, *, dry_run: bool) -> None:
        """Print the outcome."""
        for problem in tally.problems:
            column = f" {problem.column}:" if problem.column else ""
            print(f"line {problem.line}:{column} {problem.reason}")
        counted = ", ".join(f"{tally.outcomes[outcome]} {outcome}" for outcome in Outcome)
        print(f"{'Tried only; nothing is stored: ' if dry_run else ''}{counted}, {tally.refused} with mistakes.")
        if tally.refused:
            raise CommandError("Correct the rows above and read the table again; the good ones are not stored twice.")

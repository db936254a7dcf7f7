"""`tocsin import-supporters FILE.csv [--dry-run]`: take over people who confirmed elsewhere (docs/publicity.md)."""

import sys
from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from tocsin.core import clock
from tocsin.core.answers import Refused
from tocsin.devices.forms_import import TableError
from tocsin.publicity.actions_supporters import add_confirmed
from tocsin.publicity.forms_import import SupporterRow, supporter_rows

AT_ONCE = 200
TOLD_EVERY = 1000


class Command(BaseCommand):
    """Store the good rows of a table, and tell what is wrong with each of the others."""

    help = "Take over supporters who confirmed elsewhere. Each row needs a proof; whoever left is not brought back."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name what can be written after the command."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="say what is wrong, store nothing")

    def handle(self, *arguments: object, file: Path, dry_run: bool, **options: object) -> None:
        """Read the file, store the rows, print what came of them. Exits with 1 when a row was not stored."""
        try:
            rows = list(supporter_rows(file.read_bytes()))
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
        except TableError as error:
            raise CommandError(f"{file}: {error}") from error
        refused = 0
        for start in range(0, len(rows), AT_ONCE):
            refused += self.store(rows[start : start + AT_ONCE], is_dry_run=dry_run)
            if start % TOLD_EVERY == 0 and start:
                print(f"\r{start} of {len(rows)} rows", end="", file=sys.stderr, flush=True)
        kept = "good; nothing is stored" if dry_run else "stored"
        print(f"{len(rows) - refused} {kept}, {refused} with mistakes.")
        if refused:
            raise CommandError("Correct the rows above and read the table again; the good ones are not stored twice.")

    def store(self, rows: list[SupporterRow], *, is_dry_run: bool) -> int:
        """Store some rows in one transaction. Returns how many had mistakes; each is told without its address."""
        refused = 0
        with transaction.atomic():
            for row in rows:
                answer = add_confirmed(
                    channel=row.channel,
                    address=row.address,
                    language=row.language,
                    country=row.country,
                    topics=row.topics,
                    proof=row.proof,
                    now=clock.now(),
                )
                if isinstance(answer, Refused):
                    refused += 1
                    print(f"line {row.line}: {answer.reason}")
            transaction.set_rollback(is_dry_run)
        return refused

"""`tocsin verify-timeline FILE`: prove a timeline without database or key."""

from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from tocsin.incidents.rules_timeline import Broken, verify_export


class Command(BaseCommand):
    """Check that a file of a timeline is whole and unchanged. It needs nothing but the file."""

    help = "Check an exported timeline: every entry there, in order, unchanged. Exit 0 only if it is whole."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="JSON lines, as `tocsin export-timeline` writes them")

    def handle(self, *_args: str, file: Path, **_options: object) -> None:
        try:
            with file.open(encoding="utf-8") as lines:
                outcome = verify_export(lines)
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{file} cannot be read: {error}") from error
        if isinstance(outcome, Broken):
            raise CommandError(f"{file}, line {outcome.line}: {outcome.reason}. Do not rely on this file.")
        self.stdout.write(f"Whole: {outcome.entries} entries of incident {outcome.incident_uid}.")
        self.stdout.write(f"{outcome.texts} texts are in the file, and each is the one that was written down.")
        self.stdout.write(f"Head: {outcome.head}")
        self.stdout.write("Compare the head with the one that was noted when the file was made.")

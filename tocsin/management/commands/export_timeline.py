"""`tocsin export-timeline INCIDENT > FILE`: a timeline as evidence."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from tocsin.core import clock
from tocsin.core.access import program
from tocsin.incidents.models import Incident
from tocsin.incidents.queries import export_lines
from tocsin.people.actions import look


class Command(BaseCommand):
    """Write the timeline of one incident as JSON lines. `tocsin verify-timeline` checks them anywhere."""

    help = "Write a timeline as JSON lines. With --with-texts also what was said: opening that is logged."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("incident", type=int, help="the number in the address of its page")
        parser.add_argument("--with-texts", action="store_true", help="also the texts, which are sealed otherwise")

    def handle(self, *_args: str, incident: int, with_texts: bool, **_options: object) -> None:
        found = Incident.objects.filter(pk=incident).first()
        if found is None:
            raise CommandError(f"There is no incident {incident}. Its number stands in the address of its page.")
        entries = list(found.timeline.select_related("incident"))
        if with_texts and entries:
            reader = program("export-timeline")
            look(entries, "text", reader=reader, purpose="timeline export", now=clock.now())
        for line in export_lines(found, with_texts=with_texts):
            self.stdout.write(line)

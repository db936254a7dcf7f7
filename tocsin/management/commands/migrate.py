"""`tocsin migrate`: Django's own, and the master key of a new installation."""

from django.conf import settings
from django.core.management.base import CommandError
from django.core.management.commands import migrate

from tocsin.core.sealing import create_master_key
from tocsin.gateway.models import Signal
from tocsin.people.models import SubjectKey


class Command(migrate.Command):
    """Bring the tables up to date. A new installation gets its master key here."""

    help = "Bring the tables up to date; make the master key of a new installation."

    def handle(self, *args: str, **options: object) -> None:
        super().handle(*args, **options)
        if settings.KEY_FILE.exists():
            return
        if SubjectKey.objects.exists() or Signal.objects.exists():
            # A new key would open nothing that is there, and would hide that the old one is lost.
            raise CommandError(
                f"There is no master key at {settings.KEY_FILE}, and the database holds values sealed with one. Put "
                "the key file of this installation back there, or name it with TOCSIN_KEY_FILE."
            )
        create_master_key(settings.KEY_FILE)
        if options["verbosity"]:
            self.stdout.write(f"A master key was made: {settings.KEY_FILE}. Keep a copy of it elsewhere, under lock.")

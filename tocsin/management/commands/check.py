"""`tocsin check`: Django's own checks, then ours: the key, the database, and whether anybody would be rung."""

from django.core.checks import Error
from django.core.management.base import CommandError
from django.core.management.commands.check import Command as DjangoCheck

from tocsin.accounts.checks import findings
from tocsin.core import clock


class Command(DjangoCheck):
    """Say what is wrong with this installation, and what to do. Ends with 1 when something must be mended."""

    help = "Look for what would go wrong: settings, the master key, the database, nobody on duty."

    def handle(self, *app_labels: str, **options: object) -> None:
        """Run both kinds of checks."""
        super().handle(*app_labels, **options)
        if app_labels or options.get("list_tags") or options.get("tags"):
            return
        found = list(findings(clock.now()))
        for finding in found:
            style = self.style.ERROR if isinstance(finding, Error) else self.style.WARNING
            self.stdout.write(style(f"{finding.id}: {finding.msg}"))
            if finding.hint:
                self.stdout.write(f"    {finding.hint}")
        if any(isinstance(finding, Error) for finding in found):
            raise CommandError("Mend what is named above.")
        self.stdout.write("Key and database are in order." if not found else "Nothing that must be mended now.")

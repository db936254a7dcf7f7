"""`tocsin staff add NAME --role …`, `reset NAME`, `list`, `shift NAME`: accounts from the machine itself."""

from argparse import ArgumentParser

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from tocsin.accounts.actions import create_staff, invitation_path, plan_shift, reset_sign_in
from tocsin.accounts.models import Staff
from tocsin.accounts.queries import duty_officers, staff_list
from tocsin.accounts.scopes import Role
from tocsin.core import clock
from tocsin.core.access import program
from tocsin.core.answers import Refused
from tocsin.people.actions_parties import add_way

LINK = "Open this once, within two days, to choose a password and set up the second step:"


class Command(BaseCommand):
    """Make accounts, and let somebody in again who has lost password or phone."""

    help = "Accounts of headquarters: add, reset, list, shift."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name the words that follow `tocsin staff`."""
        words = parser.add_subparsers(dest="word", required=True)
        add = words.add_parser("add", help="make an account and print the link to set it up")
        add.add_argument("username")
        add.add_argument("--role", action="append", required=True, choices=[role.value for role in Role])
        add.add_argument("--name", default="", help="the person's name; stored sealed")
        add.add_argument("--sms", default="", help="a number on which alarms ring this person")
        add.add_argument("--email", default="")
        add.add_argument("--language", default="en", choices=[code for code, _label in settings.LANGUAGES])
        reset = words.add_parser("reset", help="take away password and second step, print a new link")
        reset.add_argument("username")
        words.add_parser("list", help="every account, and who is rung now")
        shift = words.add_parser("shift", help="put somebody on shift now")
        shift.add_argument("username")

    def handle(self, *arguments: object, word: str, **options: object) -> None:
        """Do one of them."""
        {"add": self.add, "reset": self.reset, "list": self.list, "shift": self.shift}[word](options)

    def add(self, options: dict) -> None:
        """Make an account."""
        now, by = clock.now(), program("command line")
        roles = [Role(word) for word in options["role"]]
        named = {"name": options["name"], "language": options["language"]}
        staff = create_staff(options["username"], roles=roles, by=by, now=now, **named)
        if isinstance(staff, Refused):
            raise CommandError(staff.reason)
        for channel in ("sms", "email"):
            if options[channel]:
                way = add_way(staff.party_id, channel=channel, address=options[channel], by=by, now=now)
                if isinstance(way, Refused):
                    print(f"The account is made, but not this way to reach it ({channel}): {way.reason}")
        print(f"{LINK}\n{settings.TOCSIN_PUBLIC_URL.rstrip('/')}{invitation_path(staff)}")

    def reset(self, options: dict) -> None:
        """Let somebody in again."""
        path = reset_sign_in(self.known(options).pk, by=program("command line"), now=clock.now())
        print(f"{LINK}\n{settings.TOCSIN_PUBLIC_URL.rstrip('/')}{path}")

    def shift(self, options: dict) -> None:
        """Put somebody on shift."""
        answer = plan_shift(self.known(options).pk, starts_at=clock.now(), ends_at=None)
        if isinstance(answer, Refused):
            raise CommandError(answer.reason)
        print("On shift from now on, until the shift is ended.")

    def list(self, options: dict) -> None:
        """Print every account. No name: those are sealed."""
        rung = {officer.pk for officer in duty_officers(clock.now())}
        for row in staff_list():
            marks = [
                *row.roles,
                *(["rung now"] if row.pk in rung else []),
                *([] if row.is_active else ["switched off"]),
            ]
            print(f"{row.username}\t{', '.join(marks)}{'' if row.has_factor else ' (not set up)'}")

    def known(self, options: dict) -> Staff:
        """Find an account, or say how to see them all."""
        staff = Staff.objects.filter(username=options["username"].lower()).first()
        if staff is None:
            raise CommandError("There is no such account. `tocsin staff list` shows them all.")
        return staff

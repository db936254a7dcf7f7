"""The `tocsin` command. Each word after it is a module of `management/commands/`, a dash written as an underscore."""

import os
import sys

from django.core.management import execute_from_command_line
from django.db import OperationalError


def main() -> None:
    """Run one command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tocsin.settings")
    arguments = list(sys.argv)
    if len(arguments) > 1 and not arguments[1].startswith("-"):
        arguments[1] = arguments[1].replace("-", "_")
    try:
        execute_from_command_line(arguments)
    except OperationalError as error:
        words = "The database does not answer. Start it with `tocsin serve`, or name another in TOCSIN_DATABASE_URL."
        raise SystemExit(words) from error


if __name__ == "__main__":
    main()

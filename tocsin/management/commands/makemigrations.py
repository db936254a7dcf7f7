"""`tocsin makemigrations`: Django's own, which needs no database here."""

import warnings
from typing import Any

from django.core.management.commands import makemigrations
from django.db import connection


class Command(makemigrations.Command):
    """Compare the models with the migrations. A database that is not there is no reason to wait for one."""

    def handle(self, *app_labels: str, **options: Any) -> None:
        """Look for the database once, without the pool, and go on without it."""
        connection.settings_dict["OPTIONS"].pop("pool", None)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Got an error checking a consistent migration history", RuntimeWarning)
            super().handle(*app_labels, **options)

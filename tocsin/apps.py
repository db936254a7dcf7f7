"""The one Django app."""

from django.apps import AppConfig


class TocsinConfig(AppConfig):
    """Tocsin: alarms and protection for human rights defenders."""

    name = "tocsin"
    label = "tocsin"
    verbose_name = "Tocsin"

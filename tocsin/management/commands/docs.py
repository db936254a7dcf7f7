"""`tocsin docs`: write the parts of the documentation that the program itself knows."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from tocsin.settings import SETTINGS

HEAD = """# Settings

Each setting is an environment variable. A wrong value is refused at the start with what to write. This page is written
by `tocsin docs`.

| setting | unit | default | what it does |
| --- | --- | --- | --- |
"""


def settings_page() -> str:
    """Give docs/settings.md."""
    rows = (
        f"| `TOCSIN_{row.name}` | {row.unit} | {f'`{row.default}`' if row.default else '–'} | {row.sentence} |\n"
        for row in SETTINGS
    )
    return HEAD + "".join(rows)


class Command(BaseCommand):
    """Write docs/settings.md from the settings table."""

    help = "Write docs/settings.md from the table of settings (in a checkout)."

    def handle(self, *args: object, **options: object) -> None:
        """Write it, or say where it must be run."""
        folder = Path("docs")
        if not folder.is_dir():
            raise CommandError("Run this in a checkout of Tocsin: there is no folder docs/ here.")
        (folder / "settings.md").write_text(settings_page(), encoding="utf-8")
        self.stdout.write("docs/settings.md is written.")

"""`tocsin demo`: an invented organisation, pretend carriers, and a wristband that presses once."""

import os
import sys
import threading
from argparse import ArgumentParser

from django.conf import settings
from django.core.management.base import BaseCommand

from tocsin.core.clock import now
from tocsin.core.supervisor import Child, command
from tocsin.demo.place import environment, hold, remove
from tocsin.demo.seed import seed
from tocsin.demo.story import tell
from tocsin.management.commands.serve import database_children, program_children, run_all, tocsin_child


class Command(BaseCommand):
    """Bring up the whole of Tocsin with people who do not exist, and show its main job happening."""

    help = "Show the whole of Tocsin on this machine, with invented people and pretend carriers. Ctrl-C ends it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the two inner steps, which nobody needs to type."""
        parser.add_argument("--seed", action="store_true", help="only store the invented organisation, and end")
        parser.add_argument("--quiet", action="store_true", help="do not press and do not tell the story")

    def handle(self, *args: object, **options: object) -> None:
        """Start anew with settings of its own, then run everything."""
        if options["seed"]:
            seed(now())
            return
        if "TOCSIN_DEMO_TOKEN" not in os.environ:
            self._start_anew()
        descriptor = hold(settings.DATA_DIR)
        log = settings.DATA_DIR.parent / "demo.log"
        self.stdout.write(f"Starting: database, tables, people, carriers, gateway, workers, pages. Their log: {log}")
        children = [*database_children(), tocsin_child("seed", "demo", "--seed", is_once=True), carriers()]
        started = (lambda: None) if options["quiet"] else _tell_beside
        try:
            with log.open("w", encoding="utf-8") as output:
                run_all([*children, *program_children()], started=started, output=output)
        finally:
            os.close(descriptor)
            remove(settings.DATA_DIR)

    def _start_anew(self) -> None:
        """Replace this process by one with the demo's settings: they are read when the program starts."""
        words = [sys.executable, "-m", "tocsin", *sys.argv[1:]]
        here = environment(settings.DATA_DIR, web_port=settings.TOCSIN_WEB_PORT)
        os.execve(sys.executable, words, {**os.environ, **here})  # noqa: S606


def carriers() -> Child:
    """Describe the pretend carriers as a child."""
    smpp, smtp, control = os.environ["TOCSIN_DEMO_PORTS"].split()
    words = ["--smpp-port", smpp, "--smtp-port", smtp, "--control-port", control]
    return command("carriers", sys.executable, "-m", "tocsin.demo.carriers", *words, env=dict(os.environ))


def _tell_beside() -> None:
    threading.Thread(target=tell, name="story", daemon=True).start()

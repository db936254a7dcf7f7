"""`tocsin worker`: take calls, ask people, send messages."""

import gc
import logging
import sys
from argparse import ArgumentParser, ArgumentTypeError

import uvloop
from django.core.management.base import BaseCommand

from tocsin.dispatch.rules import Lane
from tocsin.lanes.database import make_quick, url
from tocsin.lanes.worker import run_worker


def lanes(text: str) -> list[Lane]:
    """Read a list such as "cry,response"."""
    try:
        return [Lane(word.strip()) for word in text.split(",") if word.strip()]
    except ValueError as error:
        known = ", ".join(Lane)
        raise ArgumentTypeError(f"lanes are {known}, separated by commas") from error


class Command(BaseCommand):
    """Run one worker until SIGTERM or Ctrl-C; any number may run, on any machine."""

    help = "Take calls, ask people until somebody answers, and send what is owed. Ctrl-C stops it cleanly."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--lanes", type=lanes, default=list(Lane), help="cry,response,public; default: all")

    def handle(self, *_args: str, lanes: list[Lane], **_options: object) -> None:
        logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s", stream=sys.stdout)
        make_quick()
        gc.freeze()  # What was imported stays; the collector need not look at it between two calls.
        uvloop.run(run_worker(url(), lanes, ready=lambda: self.stdout.write("worker is ready")))

"""`tocsin serve`: all of Tocsin on this machine, kept running."""

import asyncio
import logging
import os
import signal
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from typing import TextIO

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from tocsin.core.postgres import EmbeddedPostgres, PostgresError
from tocsin.core.supervisor import Child, Supervisor, command

LANES = ("cry,response", "public")  # A wave of messages to the public must never delay a cry.


class Command(BaseCommand):
    """Start the database, the gateway, the web process and the workers; restart what dies; stop in reverse."""

    help = "Run all of Tocsin on this machine: database, gateway, web, workers. Ctrl-C stops it cleanly."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=settings.TOCSIN_WEB_HOST, help="address of the web process")
        parser.add_argument("--port", type=int, default=settings.TOCSIN_WEB_PORT, help="port of the web process")

    def handle(self, *_args: str, host: str, port: int, **_options: object) -> None:
        run_all([*database_children(), *program_children(host=host, port=port)])


def run_all(
    children: Sequence[Child], *, started: Callable[[], None] = lambda: None, output: TextIO = sys.stdout
) -> None:
    """Run children until SIGTERM or Ctrl-C, with the embedded database before them unless another one is set.

    Other commands add their own children: `run_all([*database_children(), mine, *program_children()])`. `started` is
    called once all of them were started. What the children print goes to `output`.
    """
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s", stream=output)
    postgres = None if settings.TOCSIN_DATABASE_URL else EmbeddedPostgres(settings.DATA_DIR)
    try:
        if postgres is not None:
            postgres.prepare()
            children = [postgres.child(), *children]
        settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
        asyncio.run(_run(children, started, output))
    except PostgresError as error:
        raise CommandError(str(error)) from error
    finally:
        if postgres is not None:
            postgres.release()


def database_children() -> list[Child]:
    """Bring the tables up to date before anything uses them."""
    return [tocsin_child("migrate", "migrate", "--no-input", is_once=True)]


def program_children(*, host: str | None = None, port: int | None = None) -> list[Child]:
    """Describe the gateway, the web process and a worker for each group of lanes."""
    host, port = host or settings.TOCSIN_WEB_HOST, port or settings.TOCSIN_WEB_PORT
    return [
        tocsin_child("gateway", "gateway", is_urgent=True),  # It hears devices without a database, too.
        *(tocsin_child(f"worker {lanes}", "worker", "--lanes", lanes) for lanes in LANES),
        tocsin_child("web", "web", "--host", host, "--port", str(port)),
    ]


def tocsin_child(name: str, *words: str, is_once: bool = False, is_urgent: bool = False) -> Child:
    """Describe a child that is a `tocsin` command, run by this very Python."""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    argv = (sys.executable, "-m", "tocsin", *words)
    return command(name, *argv, env=environment, is_once=is_once, is_urgent=is_urgent)


async def _run(children: Sequence[Child], started: Callable[[], None], output: TextIO) -> None:
    stop = asyncio.Event()
    for how in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(how, stop.set)
    await Supervisor(children, run_file=settings.DATA_DIR / "children.json", output=output).run(stop, started)

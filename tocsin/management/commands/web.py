"""`tocsin web`: serve the pages and the live updates. Any number of them may run."""

import asyncio
import signal
from argparse import ArgumentParser

import uvloop
from django.conf import settings
from django.core.management.base import BaseCommand
from granian.constants import Interfaces
from granian.server.embed import Server

STOP_S = 10.0  # Pages that are being made when the process is told to stop may take this long.
BACKLOG = 1024


class Command(BaseCommand):
    """Serve the pages until told to stop (SIGTERM or Ctrl-C)."""

    help = "Serve the pages and the live updates."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Let the address be given."""
        parser.add_argument("--host", default=settings.TOCSIN_WEB_HOST)
        parser.add_argument("--port", type=int, default=settings.TOCSIN_WEB_PORT)

    def handle(self, *, host: str, port: int, **options: object) -> None:
        """Serve until told to stop."""
        uvloop.run(self.serve(host, port))

    async def serve(self, host: str, port: int) -> None:
        """Run the server in this process, and end its streams before it, since they would never end by themselves."""
        # Imported here: putting the web process together starts Django's handlers, which no other command needs.
        from tocsin.asgi import application, hub

        server = Server(
            application, address=host, port=port, interface=Interfaces.ASGI, backlog=BACKLOG, websockets=False,
            log_enabled=False,
        )  # fmt: skip
        server.workers_kill_timeout = STOP_S
        loop = asyncio.get_running_loop()

        def stop() -> None:
            hub.stop()
            server.signal_handler_interrupt()

        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop)
        self.stdout.write(f"Pages at http://{host}:{port}/")
        self.stdout.flush()
        await server.serve()

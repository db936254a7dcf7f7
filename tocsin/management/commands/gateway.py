"""`tocsin gateway`: hear the devices."""

import asyncio
import logging
import signal
from argparse import ArgumentParser

import uvloop
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from tocsin.core.sealing import SealError, load_keyring
from tocsin.gateway.limits import Limits
from tocsin.gateway.serve import Gateway, Setup
from tocsin.gateway.spool import SpoolFullError
from tocsin.protocols.registry import CODECS

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    """Hear the devices until told to stop (SIGTERM, Ctrl-C)."""

    help = "Hear devices, store what they send, and answer them. Any number may run, on any machine."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=settings.TOCSIN_GATEWAY_HOST, help="address to listen on")
        parser.add_argument("--protocol", action="append", choices=sorted(CODECS), help="only these; may be repeated")

    def handle(self, *_args: str, host: str, protocol: list[str] | None, **_options: object) -> None:
        # Its warnings come every second while the database is away, and the journal has said so once.
        logging.getLogger("psycopg.pool").setLevel(logging.ERROR)
        try:
            setup = setup_from_settings(host=host, names=protocol or sorted(CODECS))
            uvloop.run(_serve(setup))
        except (SealError, SpoolFullError) as error:
            raise CommandError(str(error)) from error


def setup_from_settings(*, host: str, names: list[str]) -> Setup:
    """Read what a gateway must know from the settings. Raises SealError when there is no master key."""
    return Setup(
        database_url=settings.DATABASE_URL,
        keyring=load_keyring(settings.KEY_FILE),
        folder=settings.DATA_DIR / "spool",
        host=host,
        port_of=lambda codec: codec.port + settings.TOCSIN_GATEWAY_PORT_OFFSET,
        codecs=[CODECS[name] for name in names],
        limits=Limits(
            idle_s=settings.TOCSIN_GATEWAY_IDLE_S,
            connections=settings.TOCSIN_GATEWAY_CONNECTIONS,
            connections_per_peer=settings.TOCSIN_GATEWAY_CONNECTIONS_PER_PEER,
            frames_per_s=settings.TOCSIN_GATEWAY_FRAMES_PER_S,
        ),
        spool_bytes_max=settings.TOCSIN_SPOOL_MB * 1024 * 1024,
        routes={
            "sms": settings.TOCSIN_SMS_ROUTE,
            "email": settings.TOCSIN_EMAIL_ROUTE,
            "chat": settings.TOCSIN_CHAT_ROUTE,
            "webhook": settings.TOCSIN_WEBHOOK_ROUTE,
        },
    )


async def _serve(setup: Setup) -> None:
    stop = asyncio.Event()
    for how in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(how, stop.set)
    gateway = Gateway(setup)
    await gateway.start()
    print(f"{gateway.name} hears " + ", ".join(f"{name} on {port}" for name, port in gateway.ports.items()), flush=True)
    await stop.wait()
    await gateway.stop()

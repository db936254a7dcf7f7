"""The pretend carriers together: SMS, mail, a social network, and the door through which the demo's page looks in.

`python -m tocsin.demo.carriers --smpp-port 2775 --smtp-port 2525 --control-port 2580`; token in `TOCSIN_DEMO_TOKEN`.
"""

import argparse
import asyncio
import os
import signal
from collections.abc import Callable
from typing import NamedTuple, Self

import uvloop

from tocsin.demo.control import Control
from tocsin.demo.misbehaviour import Misbehaviour
from tocsin.demo.pocket import Note, Pockets
from tocsin.demo.smpp_carrier import SmppCarrier
from tocsin.demo.smtp_carrier import SmtpCarrier


class Ports(NamedTuple):
    """Where the carriers listen."""

    smpp: int
    smtp: int
    control: int


class Carriers:
    """All of them, sharing pockets and misbehaviour."""

    def __init__(self, token: str, on_message: Callable[[Note], None] | None = None) -> None:
        self.pockets = Pockets(on_message)
        self.misbehaviour = Misbehaviour()
        self.smpp = SmppCarrier(self.pockets, self.misbehaviour)
        self.smtp = SmtpCarrier(self.pockets, self.misbehaviour)
        self.control = Control(self.pockets, self.smpp, token)

    async def start(self, *, smpp_port: int = 0, smtp_port: int = 0, control_port: int = 0) -> Ports:
        """Listen on loopback. 0: any free port."""
        return Ports(
            await self.smpp.start(smpp_port), await self.smtp.start(smtp_port), await self.control.start(control_port)
        )

    async def stop(self) -> None:
        """Close everything."""
        await self.control.stop()
        await self.smtp.stop()
        await self.smpp.stop()

    async def __aenter__(self) -> Self:
        """For `async with`; `start` is still to be called."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop."""
        await self.stop()


async def serve_carriers(smpp_port: int, smtp_port: int, control_port: int, token: str) -> None:
    """Serve until SIGTERM or SIGINT, or until cancelled."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    async with Carriers(token) as carriers:
        ports = await carriers.start(smpp_port=smpp_port, smtp_port=smtp_port, control_port=control_port)
        print(f"carriers ready: smpp {ports.smpp} smtp {ports.smtp} control {ports.control}", flush=True)  # noqa: T201
        await stopping.wait()


def main() -> None:
    """Read the ports and serve."""
    parser = argparse.ArgumentParser(description="Pretend carriers for the demo: real SMPP and SMTP on loopback.")
    for name, port in (("smpp", 2775), ("smtp", 2525), ("control", 2580)):
        parser.add_argument(f"--{name}-port", type=int, default=port, help=f"usually {port}; 0: any free port")
    arguments = parser.parse_args()
    token = os.environ.get("TOCSIN_DEMO_TOKEN", "")
    if len(token) < 16:
        parser.error("set TOCSIN_DEMO_TOKEN to at least 16 random characters")
    uvloop.run(serve_carriers(arguments.smpp_port, arguments.smtp_port, arguments.control_port, token))


if __name__ == "__main__":
    main()

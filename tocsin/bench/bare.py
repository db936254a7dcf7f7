"""The least that anybody can do: decode, commit, answer. The gateway is measured against this loop.

`python -m tocsin.bench.bare URL` writes its port. No sealing, no limits, no spool, no last words.
"""

import asyncio
import sys

import psycopg
import uvloop

from tocsin.core.clock import now
from tocsin.gateway.frames import COLUMNS, COPY_HEADER, COPY_TRAILER, UidMaker, binary_alarms, binary_row, binary_text
from tocsin.gateway.frames import microseconds as microseconds_of
from tocsin.protocols.base import Session
from tocsin.protocols.registry import CODECS

ROWS_MAX = 5_000
COPY = f"COPY bare ({COLUMNS}) FROM STDIN (FORMAT BINARY)"
NO_ALARMS, QUIET = binary_alarms(frozenset()), binary_text("quiet")
GT06 = CODECS["gt06"]
PROTOCOL = binary_text(GT06.name)


class Bare(asyncio.Protocol):
    """One connection."""

    def __init__(self, waiting: list, wake: asyncio.Event, uids: UidMaker) -> None:
        self.waiting, self.wake, self.uids = waiting, wake, uids
        self.session, self.rest = Session(), b""

    def connection_made(self, transport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        received_at = now()
        frames, self.rest = GT06.split(self.rest + data)
        received_us = microseconds_of(received_at)
        for frame in frames:
            reading = GT06.decode(frame, self.session, received_at)
            self.session = reading.session
            row = binary_row(
                uid=self.uids.next(received_us),
                received_us=received_us,
                protocol=PROTOCOL,
                uid_index=b"0123456789abcdef",
                alarms=NO_ALARMS,
                is_readable=True,
                sealed=frame,
                state=QUIET,
            )
            self.waiting.append((row, self.transport, GT06.reply(frame, reading, received_at)))
        self.wake.set()


async def main(url: str) -> None:
    """Serve until killed."""
    connection = await psycopg.AsyncConnection.connect(url, autocommit=True)
    await connection.execute("CREATE TABLE IF NOT EXISTS bare (LIKE tocsin_signal INCLUDING ALL)")
    waiting: list = []
    wake, uids = asyncio.Event(), UidMaker()
    server = await asyncio.get_running_loop().create_server(
        lambda: Bare(waiting, wake, uids), "127.0.0.1", 0, backlog=4096
    )
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    while True:
        await wake.wait()
        wake.clear()
        while waiting:
            batch, waiting[:] = waiting[:ROWS_MAX], waiting[ROWS_MAX:]
            async with connection.cursor() as cursor, cursor.copy(COPY) as copy:
                await copy.write(b"".join((COPY_HEADER, *(row for row, _, _ in batch), COPY_TRAILER)))
            for _, transport, reply in batch:
                if not transport.is_closing():
                    transport.write(reply)
            await asyncio.sleep(0)


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1]))

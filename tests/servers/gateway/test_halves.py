"""Half frames that never end must not fill the gateway's memory, nor keep a call waiting."""

import asyncio
import contextlib
from dataclasses import replace

from tests.servers.gateway.conftest import Wristband, on_uvloop, open_client, place, serving, until
from tocsin.gateway.limits import Limits

HALF = b"POST / HTTP/1.1\r\nHost: tocsin\r\nContent-Length: 200000\r\n\r\n" + b"x" * 30_000
PATIENCE_S = 30


@on_uvloop
async def test_halves_beyond_a_peers_share_are_cut_off_and_calls_go_on(setup, journal):
    limits = Limits(held_bytes_per_peer=40_000)
    async with serving(replace(setup, limits=limits)) as gateway:
        peers = gateway.desk.peers
        _, first = await open_client(gateway.ports["osmand"])
        first.write(HALF)
        await until(lambda: peers.held_bytes == len(HALF))
        reader, second = await open_client(gateway.ports["osmand"])
        second.write(HALF)
        with contextlib.suppress(ConnectionResetError):  # What it had not read yet is refused.
            await asyncio.wait_for(reader.read(), PATIENCE_S)  # Until it is closed.
        await until(lambda: peers.held_bytes == len(HALF))
        assert journal.states() == [("waiting", False, [])]
        device = await Wristband.connect(gateway.ports["gt06"])
        call = place(1)
        device.writer.write(call[:5])
        await until(lambda: peers.held_bytes == len(HALF) + 5)
        device.writer.write(call[5:])
        assert await device.answer()
        await device.leave()
        for writer in (first, second):
            writer.close()
        await until(lambda: peers.held_bytes == 0)

"""Ten thousand silent devices, and what the gateway says of itself."""

import asyncio
import resource
import socket
from contextlib import ExitStack
from pathlib import Path

from tests.servers.gateway.conftest import (
    SOS,
    Wristband,
    gateway_process,
    on_uvloop,
    serving,
    until,
)
from tocsin.demo.wristband import gt06_login

DEVICES = 10_000
SPARE = 500  # Descriptors for everything that is no device.
BYTES_EACH_MAX = 20 * 1024


def room_for_devices() -> int:
    """Allow this process as many sockets as the system lets it, and say how many devices that makes."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    devices = min(DEVICES, hard - SPARE)
    if devices < DEVICES:
        print(f"Only {devices} of {DEVICES} devices fit: the limit of open files is {hard}.")
    return devices


def memory_bytes(pid: int) -> int:
    (line,) = [line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1]) * 1024


def test_ten_thousand_silent_devices_cost_little_and_a_call_is_answered_among_them(committed_db, journal, tmp_path):
    devices = room_for_devices()
    with gateway_process(committed_db, tmp_path) as gateway, ExitStack() as silent:

        @on_uvloop
        async def connect_and_call() -> None:
            caller = await Wristband.connect(gateway.port)
            before = memory_bytes(gateway.process.pid)
            for _ in range(devices):
                silent.enter_context(socket.create_connection(("127.0.0.1", gateway.port)))
            await until(lambda: gateway.status()["connections"] == devices + 1)
            each = (memory_bytes(gateway.process.pid) - before) / devices
            assert each <= BYTES_EACH_MAX, f"{each:.0f} bytes each"
            await caller.ask(SOS)
            await caller.leave()

        connect_and_call()
    assert journal.states()[-1] == ("waiting", True, ["sos"])


@on_uvloop
async def test_the_status_row_tells_how_things_are(setup, journal):
    async with serving(setup) as gateway:
        device = await Wristband.connect(gateway.ports["gt06"])
        await until(lambda: journal.status()[1] == 1)
        assert journal.status() == (gateway.name, 1, 0, None, None, False)
        await device.leave()


@on_uvloop
async def test_a_port_that_is_taken_silences_no_other_protocol(setup, journal, caplog):
    other = await asyncio.get_running_loop().create_server(asyncio.Protocol, "127.0.0.1", 0)
    taken = other.sockets[0].getsockname()[1]
    async with serving(setup, port_of=lambda codec: taken if codec.name == "gt06" else 0) as gateway:
        assert "gt06" not in gateway.ports
        assert "watch" in gateway.ports
        assert f"gt06 is not heard on port {taken}" in caplog.text
    other.close()


@on_uvloop
async def test_logs_show_no_device_and_no_bytes(setup, caplog):
    caplog.set_level("DEBUG")
    async with serving(setup) as gateway:
        device = await Wristband.connect(gateway.ports["gt06"], 424242)
        await device.ask(SOS)
        device.writer.write(b"\x78\x78\x05\xfe garbage of 990000000424242")
        await device.leave()
    assert "424242" not in caplog.text
    assert gt06_login("990000000424242").hex() not in caplog.text

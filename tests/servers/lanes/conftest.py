"""Real worker processes against the pretend carriers and a real database."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio
from django.test import override_settings

from tests.servers.lanes.waiting import PATIENCE_S, Arrivals, in_thread
from tocsin.core import clock
from tocsin.demo.carriers import Carriers


class WorkerProcess:
    """One `tocsin worker`."""

    def __init__(self, process: asyncio.subprocess.Process, said: list[str]) -> None:
        self.process = process
        self.said = said

    async def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        await self.process.wait()

    async def stop(self) -> None:
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(PATIENCE_S):
            await self.process.wait()


StartWorker = Callable[..., Awaitable[WorkerProcess]]


@pytest_asyncio.fixture
async def start_worker(committed_db: str, carriers: Carriers) -> AsyncIterator[StartWorker]:
    """Starts workers that know the pretend carriers, and ends them after the test."""
    started: list[WorkerProcess] = []
    readers: list[asyncio.Task[None]] = []

    async def start(lanes: str = "cry,response,public", **settings: str) -> WorkerProcess:
        environment = os.environ | routes(carriers) | settings | {"PYTHONUNBUFFERED": "1"}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tocsin", "worker", "--lanes", lanes,
            env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        worker = WorkerProcess(process, [])
        started.append(worker)
        ready = asyncio.Event()

        async def read() -> None:
            assert process.stdout is not None
            async for line in process.stdout:
                worker.said.append(line.decode().rstrip())
                if b"worker is ready" in line:
                    ready.set()
            ready.set()

        readers.append(asyncio.create_task(read()))
        async with asyncio.timeout(PATIENCE_S):
            await ready.wait()
        assert process.returncode is None, worker.said
        return worker

    yield start
    for worker in started:
        await worker.stop()
        print("\n".join(worker.said))
    await asyncio.gather(*readers)


def routes(carriers: Carriers) -> dict[str, str]:
    """The settings that lead to the pretend carriers."""
    ports = carriers.ports
    return {
        "TOCSIN_SMS_ROUTE": f"smpp://tocsin:secret@127.0.0.1:{ports.smpp}?sender=Tocsin",
        "TOCSIN_EMAIL_ROUTE": f"smtp://127.0.0.1:{ports.smtp}?sender=alarm@example.org",
        "TOCSIN_CHAT_ROUTE": "",
    }


@pytest_asyncio.fixture
async def scene(committed_db: str, carriers: Carriers) -> AsyncIterator[object]:
    from tests.heart_scene import make_scene

    with override_settings(**routes(carriers)):
        yield await in_thread(lambda: make_scene(now=clock.now()))


@pytest.fixture
def arrivals(carriers: Carriers) -> Arrivals:
    return Arrivals(carriers)

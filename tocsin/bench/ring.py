"""`tocsin bench ring`: from the last byte of a press to the first message that a carrier is handed.

The real gateway and the real worker, on a PostgreSQL of their own, against the demo's SMPP carrier on loopback. Each
press is by another person, so each opens an incident and asks six people. What each step takes is read from the commits
themselves: the device's answer comes after the journal's, `tocsin_live` with the decision's.
"""

import asyncio
import math
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import psycopg
import uvloop
from psycopg import AsyncConnection

from tocsin.bench.processes import environment_of, process
from tocsin.bench.ring_names import HERE, imei
from tocsin.core.clock import now
from tocsin.core.postgres import RunningPostgres
from tocsin.demo.carriers import Carriers
from tocsin.demo.pocket import Note
from tocsin.demo.wristband import Press, gt06_frames
from tocsin.lanes.lease import LEASE_S

PER_S = 20
WARM_UP = 30  # Presses before the measured ones: a real installation has been running for days.
START_TIMEOUT_S = 60.0
PATIENCE_S = 60.0
_NAME = re.compile(r"Bench-(\d{5})")
_STEPS = """
SELECT p.n, extract(epoch FROM s.handled_at), i.id,
    extract(epoch FROM (SELECT min(due_at) FROM tocsin_notice n WHERE n.incident_id = i.id AND n.channel = 'sms'))
FROM tocsin_incident i JOIN tocsin_raisedalarm a ON a.incident_id = i.id JOIN tocsin_signal s ON s.id = a.signal_id
JOIN (SELECT d.id, d.defender_id, row_number() OVER (ORDER BY d.id) - 1 AS n FROM tocsin_device d) p
    ON p.defender_id = i.defender_id
"""


@dataclass
class Times:
    """When what happened, in Unix seconds, by the number of the press or by the incident."""

    sent: dict[int, float] = field(default_factory=dict)
    answered: dict[int, float] = field(default_factory=dict)
    first_message: dict[int, float] = field(default_factory=dict)
    decided: dict[int, float] = field(default_factory=dict)  # By incident.

    def note(self, note: Note) -> None:
        """Take a message as it reaches a phone."""
        found = _NAME.search(note.text)
        if found is not None:
            self.first_message.setdefault(int(found.group(1)), time.time())


def run(seconds: float) -> dict[str, float | int | str]:
    """Measure once. Takes `seconds` and about fifteen more."""
    presses = WARM_UP + round(PER_S * seconds)
    with tempfile.TemporaryDirectory(prefix="tocsin-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # The database's own user must pass.
        with RunningPostgres(folder) as postgres:
            environment = environment_of(folder, postgres.url)
            fill = f"from tocsin.bench.ring_scene import fill; fill({presses})"
            for words in (["migrate", "-v", "0"], ["shell", "-v", "0", "-c", fill]):
                subprocess.run([sys.executable, "-m", "tocsin", *words], check=True, env=environment)  # noqa: S603
            times = uvloop.run(_measure(postgres.url, environment, presses))
            return _figures(postgres.url, times, presses)


async def _measure(url: str, environment: dict[str, str], presses: int) -> Times:
    """Run the processes and the load; they share this machine with the database, as they would in an office."""
    times = Times()
    async with Carriers("a-token-of-the-bench", times.note) as carriers:
        ports = await carriers.start()
        route = f"smpp://bench:bench@127.0.0.1:{ports.smpp}?sender=Tocsin"
        worker = environment | {"TOCSIN_SMS_ROUTE": route, "TOCSIN_EMAIL_ROUTE": "", "TOCSIN_CHAT_ROUTE": ""}
        gateway_words = ["-m", "tocsin", "gateway", "--host", "127.0.0.1", "--protocol", "gt06"]
        with (
            process(gateway_words, environment) as line,
            process(["-m", "tocsin", "worker", "--lanes", "cry,response"], worker),
        ):
            async with asyncio.timeout(START_TIMEOUT_S):
                await carriers.smpp.wait_until_bound()
            ear = asyncio.create_task(_hear_decisions(url, times))
            port = int(line.rpartition("gt06 on ")[2])
            await _press_all(port, range(WARM_UP), times)
            await _press_all(port, range(WARM_UP, presses), times)
            ear.cancel()
    return times


async def _press_all(port: int, numbers: range, times: Times) -> None:
    """Press at a steady pace, whatever the answers do, then wait for the last message."""
    started = time.monotonic()
    tasks = []
    for place, number in enumerate(numbers):
        await asyncio.sleep(max(0.0, started + place / PER_S - time.monotonic()))
        tasks.append(asyncio.create_task(_press(port, number, times)))
    await asyncio.gather(*tasks)
    async with asyncio.timeout(PATIENCE_S):
        while not all(number in times.first_message for number in numbers):  # noqa: ASYNC110 - as precise as is needed
            await asyncio.sleep(0.05)


async def _press(port: int, number: int, times: Times) -> None:
    """One wristband: log in, press, wait for the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    login, *alarms = gt06_frames(imei(number), Press(at=now(), lat_deg=HERE[0], lon_deg=HERE[1]))
    writer.write(login)
    await reader.read(1024)
    times.sent[number] = time.time()
    writer.write(b"".join(alarms))
    await reader.read(1024)
    times.answered[number] = time.time()
    writer.close()


async def _hear_decisions(url: str, times: Times) -> None:
    async with await AsyncConnection.connect(url, autocommit=True) as ear:
        await ear.execute("LISTEN tocsin_live")
        async for heard in ear.notifies():
            if heard.payload.isdigit():
                times.decided.setdefault(int(heard.payload), time.time())


def _figures(url: str, times: Times, presses: int) -> dict[str, float | int | str]:
    measured = range(WARM_UP, presses)
    whole = [(times.first_message[number] - times.sent[number]) * 1000 for number in measured]
    steps: dict[str, list[float]] = {"store": [], "intake": [], "decide": [], "claim": [], "send": []}
    with psycopg.connect(url) as connection:
        for number, taken, incident, leased_until in connection.execute(_STEPS).fetchall():
            if number not in measured or incident not in times.decided:
                continue
            claimed = float(leased_until) - LEASE_S
            marks = [
                times.sent[number], times.answered[number], float(taken), times.decided[incident], claimed,
                times.first_message[number],
            ]  # fmt: skip
            for took, (begun, ended) in zip(steps.values(), pairwise(marks), strict=True):
                took.append((ended - begun) * 1000)
    return {
        "per_s": PER_S,
        "presses": len(whole),
        "p50_ms": round(_percentile(whole, 0.5), 1),
        "p99_ms": round(_percentile(whole, 0.99), 1),
        **{f"{step}_p50_ms": round(_percentile(took, 0.5), 1) for step, took in steps.items()},
        **{f"{step}_p99_ms": round(_percentile(took, 0.99), 1) for step, took in steps.items()},
    }


def _percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)] if ordered else math.inf

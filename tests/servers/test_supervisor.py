"""The supervisor with real processes: order, restart, stop in reverse, nothing left behind."""

import asyncio
import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from tocsin.core.postgres import EmbeddedPostgres, answers, database_url
from tocsin.core.supervisor import Child, Supervisor, command, started_ticks

REPOSITORY = Path(__file__).resolve().parents[2]
TIMEOUT_S = 60
STAY = "import time; print('here', flush=True); time.sleep(600)"
# Says when it is asked to stop, so that the order can be seen.
POLITE = """
import os, signal, sys, time
def leave(*_):
    os.write(1, b"leaves\\n")
    os._exit(0)
signal.signal(signal.SIGTERM, leave)
print("here", flush=True)
time.sleep(600)
"""


def python(name: str, code: str, **options) -> Child:
    return command(name, sys.executable, "-c", code, **options)


class Lines(io.StringIO):
    """Output that a test can wait for."""

    async def wait_for(self, text: str, *, times: int = 1) -> None:
        async with asyncio.timeout(TIMEOUT_S):
            while self.getvalue().count(text) < times:  # noqa: ASYNC110 - another process tells
                await asyncio.sleep(0.01)


async def until(is_so: Callable[[], object]) -> None:
    async with asyncio.timeout(TIMEOUT_S):
        while not is_so():  # noqa: ASYNC110 - another process tells
            await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def running(children: list[Child], run_file: Path, **options: float) -> AsyncIterator[tuple[Supervisor, Lines]]:
    output, stop = Lines(), asyncio.Event()
    supervisor = Supervisor(children, run_file=run_file, output=output, **options)
    task = asyncio.create_task(supervisor.run(stop))
    try:
        yield supervisor, output
    finally:
        stop.set()
        await asyncio.wait_for(task, TIMEOUT_S)


@pytest.fixture
def run_file(tmp_path) -> Path:
    return tmp_path / "children.json"


async def test_children_start_in_order_and_stop_in_reverse(run_file):
    children = [python("first", POLITE), python("second", POLITE)]
    async with running(children, run_file) as (_, output):
        await output.wait_for("here", times=2)
    said = [line.split()[0] for line in output.getvalue().splitlines() if "leaves" in line]
    assert said == ["second", "first"]
    assert not run_file.exists()


async def test_what_is_run_once_ends_before_the_next_starts_and_is_tried_again(run_file, tmp_path):
    once = f"""
import pathlib, sys
marker = pathlib.Path({str(tmp_path / "tried")!r})
tried = marker.exists()
marker.touch()
print("succeeds" if tried else "fails", flush=True)
sys.exit(0 if tried else 1)
"""
    async with running([python("once", once, is_once=True), python("stays", STAY)], run_file) as (_, output):
        await output.wait_for("here")
    assert [line.split(" | ")[1] for line in output.getvalue().splitlines()] == ["fails", "succeeds", "here"]


async def test_a_child_that_dies_is_started_again(run_file):
    async with running([python("stays", STAY)], run_file) as (supervisor, output):
        await output.wait_for("here")
        first = supervisor.pid("stays")
        os.kill(first, signal.SIGKILL)
        await output.wait_for("here", times=2)
        assert supervisor.pid("stays") not in (None, first)


async def test_what_a_dead_child_had_started_ends_with_it(run_file, tmp_path):
    note = tmp_path / "grandchild"
    parent = f"""
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
open({str(note)!r}, "w").write(str(child.pid))
print("here", flush=True)
time.sleep(600)
"""
    async with running([python("parent", parent)], run_file) as (supervisor, output):
        await output.wait_for("here")
        grandchild = int(note.read_text())
        os.kill(supervisor.pid("parent"), signal.SIGKILL)
        await until(lambda: not is_alive(grandchild))


async def test_a_child_that_does_not_stop_is_made_to(run_file):
    stubborn = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('here', flush=True); time.sleep(600)"
    )
    child = Child("stubborn", python("stubborn", stubborn).launch, stop_s=0.2)
    async with running([child], run_file) as (supervisor, output):
        await output.wait_for("here")
        pid = supervisor.pid("stubborn")
    assert not is_alive(pid)


async def test_it_can_be_stopped_while_it_waits_for_the_first_child(run_file):
    async def never() -> bool:
        return False

    child = Child("slow", python("slow", STAY).launch, never)
    async with running([child, python("never", STAY)], run_file) as (supervisor, output):
        await output.wait_for("here")
        assert supervisor.pid("never") is None


async def test_a_long_line_is_cut_and_the_rest_is_shown(run_file):
    code = "print('x' * 300000, flush=True); print('after', flush=True); import time; time.sleep(600)"
    async with running([python("talks", code)], run_file) as (_, output):
        await output.wait_for("after")


async def test_kill_9_of_the_supervisor_leaves_nobody(run_file):
    code = f"""
import asyncio, sys
from pathlib import Path
from tocsin.core.supervisor import Supervisor, command
child = command("stays", sys.executable, "-c", {STAY!r})
asyncio.run(Supervisor([child], run_file=Path({str(run_file)!r})).run(asyncio.Event()))
"""
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=REPOSITORY, text=True)  # noqa: ASYNC220
    assert process.stdout.readline() == "stays | here\n"
    pid = json.loads(run_file.read_text())["stays"][0]
    process.kill()
    process.wait()
    process.stdout.close()
    await until(lambda: not is_alive(pid))


async def test_what_outlived_a_killed_supervisor_is_ended_by_the_next(run_file):
    left = subprocess.Popen([sys.executable, "-c", STAY], stdout=subprocess.PIPE, start_new_session=True)  # noqa: ASYNC220
    assert left.stdout.readline() == b"here\n"
    run_file.write_text(f'{{"stays": [{left.pid}, {started_ticks(left.pid)}], "other": [{os.getpid()}, 1]}}')
    reaper = asyncio.create_task(asyncio.to_thread(left.wait))
    async with running([python("stays", STAY)], run_file) as (_, output):
        await output.wait_for("here")
        assert await reaper == -signal.SIGTERM
    left.stdout.close()


async def test_a_killed_postgres_is_back_by_itself_and_keeps_its_data(run_file):
    with tempfile.TemporaryDirectory(prefix="tocsin-supervised-") as name:
        Path(name).chmod(0o711)  # noqa: ASYNC240
        postgres = EmbeddedPostgres(Path(name) / "data")
        postgres.prepare()
        url = database_url(Path(name) / "data")
        try:
            async with running([postgres.child(), python("after", STAY)], run_file) as (supervisor, output):
                await output.wait_for("after    | here")
                write(url)
                for _ in range(3):
                    pid = supervisor.pid("postgres")
                    os.kill(pid, signal.SIGKILL)
                    await until(lambda pid=pid: supervisor.pid("postgres") not in (None, pid))
                    await until(lambda: answers(url))
                    assert read(url) == [("kept",)]
        finally:
            postgres.release()


def write(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE note AS SELECT 'kept' AS text")


def read(url: str) -> list[tuple]:
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT text FROM note").fetchall()


def is_alive(pid: int) -> bool:
    """A process that nobody has reaped yet is dead for our purposes."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state not in "ZX"


async def test_a_note_that_cannot_be_written_starts_no_second_child(run_file):
    """On a full disk too there is one of each kind, and what dies is started again."""
    run_file.with_suffix(".new").mkdir()
    async with running([python("stays", STAY)], run_file) as (supervisor, output):
        await output.wait_for("here")
        os.kill(supervisor.pid("stays"), signal.SIGKILL)
        await output.wait_for("here", times=2)
    assert output.getvalue().count("here") == 2


async def test_what_is_urgent_does_not_wait_for_ever(run_file):
    """Devices are heard, though the database does not come up."""

    async def never() -> bool:
        return False

    stuck = replace(python("stuck", STAY), is_ready=never)
    urgent = replace(python("urgent", "print('urgent is here', flush=True)\n" + STAY), is_urgent=True)
    async with running([stuck, python("other", POLITE), urgent], run_file, urgent_after_s=0.1) as (supervisor, output):
        await output.wait_for("urgent is here")
        assert supervisor.pid("other") is None

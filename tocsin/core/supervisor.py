"""Keep a few processes running: start them in order, restart what dies, stop them in reverse.

A supervisor that is killed takes its children with it (the kernel signals them, prctl(2) PR_SET_PDEATHSIG), and what
outlives it all the same is ended when the next one starts, so there are never two of a kind.
"""

import asyncio
import contextlib
import ctypes
import json
import logging
import os
import queue
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TextIO

BACKOFF_MIN_S = 0.1
BACKOFF_MAX_S = 5.0
BACKOFF_RESET_S = 10.0  # A child that lived this long starts again without delay.
READY_POLL_S = 0.05
URGENT_AFTER_S = 30.0  # A database comes up sooner, and a longer upgrade must not leave devices unheard.
LINE_BYTES_MAX = 64 * 1024
LINES_WAITING_MAX = 10_000
LEFTOVER_STOP_S = 3.0  # Their clean stop needs a database that has stopped; none of them needs a clean stop.
PR_SET_PDEATHSIG = 1  # linux/prctl.h

logger = logging.getLogger(__name__)
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


class NotYetError(Exception):
    """A child cannot be started at the moment; it is tried again. The text says why."""


@dataclass(frozen=True, slots=True)
class Launch:
    """How to start a process once. `inherited` descriptors are handed over and closed on our side."""

    argv: tuple[str, ...]
    env: Mapping[str, str] | None = None
    uid: int | None = None
    gid: int | None = None
    inherited: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Child:
    """One process to keep. `is_once`: it is run to its end, successfully, before the next child starts."""

    name: str
    launch: Callable[[], Launch]  # Asked at every start. May raise NotYetError.
    is_ready: Callable[[], Awaitable[bool]] | None = None  # The next child starts once this says yes.
    is_once: bool = False
    is_urgent: bool = False  # Started out of turn when those before it take too long.
    stop_signal: signal.Signals = signal.SIGTERM
    stop_s: float = 15.0  # After this, `end_signal`.
    end_signal: signal.Signals = signal.SIGKILL


def command(
    name: str, *argv: str, env: Mapping[str, str] | None = None, is_once: bool = False, is_urgent: bool = False
) -> Child:
    """Describe an ordinary child: always the same words."""
    return Child(name, lambda: Launch(argv, env), is_once=is_once, is_urgent=is_urgent)


class Supervisor:
    """Runs children until `stop` is set. `run_file` remembers them, for a supervisor that starts after a kill -9."""

    def __init__(
        self,
        children: Sequence[Child],
        *,
        run_file: Path,
        output: TextIO = sys.stdout,
        urgent_after_s: float = URGENT_AFTER_S,
    ) -> None:
        self._children = children
        self._urgent_after_s = urgent_after_s
        self._keepers: list[tuple[Child, asyncio.Task[None]]] = []
        self._run_file = run_file
        self._printer = Printer(output, width=max(len(child.name) for child in children))
        self._running: dict[str, asyncio.SubprocessTransport] = {}
        self._done_once: dict[str, asyncio.Event] = {child.name: asyncio.Event() for child in children}
        self._is_stopping: set[str] = set()

    async def run(self, stop: asyncio.Event, started: Callable[[], None] = lambda: None) -> None:
        """Start all, call `started`, keep them, and stop all in reverse once `stop` is set."""
        await asyncio.to_thread(end_leftovers, self._run_file)
        urgent = asyncio.get_running_loop().call_later(self._urgent_after_s, self._start_urgent)
        try:
            for child in self._children:
                self._start(child)
                if not await _first(stop, self._until_ready(child)):
                    break
            else:
                started()
            urgent.cancel()
            await _first(stop, _first_failure([task for _, task in self._keepers]))
        finally:
            urgent.cancel()
            for child, task in reversed(self._keepers):
                await self._stop(child, task)
            self._run_file.unlink(missing_ok=True)
            self._printer.close()

    def pid(self, name: str) -> int | None:
        """Return the process id of a child that runs now."""
        process = self._running.get(name)
        return process.get_pid() if process is not None else None

    def _start(self, child: Child) -> None:
        if all(child is not other for other, _ in self._keepers):
            self._keepers.append((child, asyncio.create_task(self._keep(child), name=child.name)))

    def _start_urgent(self) -> None:
        """What cannot wait starts, though what it would rather follow is not ready."""
        for child in self._children:
            if child.is_urgent:
                self._start(child)

    async def _keep(self, child: Child) -> None:
        """Start a child again whenever it ends."""
        backoff_s = BACKOFF_MIN_S
        clock = asyncio.get_running_loop().time
        while child.name not in self._is_stopping:
            started_s = clock()
            try:
                ended = await self._run_once(child)
            except (NotYetError, OSError) as error:
                ended = str(error)
            if child.name in self._is_stopping or (child.is_once and ended == "ended with code 0"):
                self._done_once[child.name].set()
                return
            if clock() - started_s >= BACKOFF_RESET_S:
                backoff_s = BACKOFF_MIN_S
            logger.warning("%s %s; starting it again in %.1f s", child.name, ended, backoff_s)
            await asyncio.sleep(backoff_s)
            backoff_s = min(backoff_s * 2, BACKOFF_MAX_S)

    async def _run_once(self, child: Child) -> str:
        """Run a child to its end, and say how it ended."""
        launch, loop = child.launch(), asyncio.get_running_loop()
        try:
            transport, output = await loop.subprocess_exec(
                partial(Output, child.name, self._printer), *launch.argv,
                env=launch.env, user=launch.uid, group=launch.gid, extra_groups=None if launch.uid is None else (),
                pass_fds=launch.inherited, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                start_new_session=True, preexec_fn=partial(die_with_parent, child.stop_signal, os.getpid()),
            )  # fmt: skip
        finally:
            for descriptor in launch.inherited:
                os.close(descriptor)
        self._running[child.name] = transport
        self._remember()
        try:
            await output.exited.wait()
        finally:
            self._running.pop(child.name, None)
            # Whatever it had started itself would hold its ports, and write into a pipe that nobody reads.
            _signal_group(transport.get_pid(), signal.SIGKILL)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(output.closed.wait(), timeout=1.0)
            transport.close()
        self._remember()
        code = transport.get_returncode() or 0
        return f"ended with code {code}" if code >= 0 else f"was ended by signal {-code}"

    async def _until_ready(self, child: Child) -> None:
        if child.is_once:
            await self._done_once[child.name].wait()
        # Another process tells, so there is no event to wait for.
        while child.is_ready is not None and not await child.is_ready():  # noqa: ASYNC110
            await asyncio.sleep(READY_POLL_S)

    async def _stop(self, child: Child, keeper: asyncio.Task[None]) -> None:
        """Ask a child to stop, and after `stop_s` make it."""
        self._is_stopping.add(child.name)
        process = self._running.get(child.name)
        if process is None:
            keeper.cancel()
        for how, patience_s in (
            (child.stop_signal, child.stop_s),
            (child.end_signal, child.stop_s),
            (signal.SIGKILL, None),
        ):
            if process is not None:
                with contextlib.suppress(ProcessLookupError):
                    process.send_signal(how)
            done, _ = await asyncio.wait({keeper}, timeout=patience_s)
            if done:
                return
            logger.warning("%s did not stop within %.0f s", child.name, patience_s)

    def _remember(self) -> None:
        """Write down who runs, with the start time that tells a process from a later one of the same id."""
        pids = {name: process.get_pid() for name, process in self._running.items()}
        rows = {name: [pid, started_ticks(pid)] for name, pid in pids.items()}
        half = self._run_file.with_suffix(".new")
        try:
            half.write_text(json.dumps(rows), encoding="utf-8")
            half.replace(self._run_file)
        except OSError as error:  # A full disk must not cost a child, nor start it twice.
            logger.error("%s is not written: %s", self._run_file, os.strerror(error.errno or 0))


class Output(asyncio.SubprocessProtocol):
    """Hears a child: its lines, and its end. Its end counts at once, also when a child of its own holds the output."""

    def __init__(self, name: str, printer: "Printer") -> None:
        self.exited, self.closed = asyncio.Event(), asyncio.Event()
        self._name, self._printer = name, printer
        self._rest = b""

    def pipe_data_received(self, _fd: int, data: bytes) -> None:
        """Pass whole lines on. One that is too long is passed on in parts."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > LINE_BYTES_MAX:
            lines, self._rest = [*lines, self._rest], b""
        for line in lines:
            self._printer.put(self._name, line.decode("utf-8", "replace"))

    def pipe_connection_lost(self, _fd: int, _error: Exception | None) -> None:
        """Pass on what stands without a line end."""
        if self._rest:
            self._printer.put(self._name, self._rest.decode("utf-8", "replace"))
        self.closed.set()

    def process_exited(self) -> None:
        """Say so."""
        self.exited.set()


class Printer:
    """Passes output on with the name of its child. A terminal that does not read must not stop a gateway."""

    def __init__(self, output: TextIO, *, width: int) -> None:
        self._output = output
        self._width = width
        self._lines: queue.Queue[str | None] = queue.Queue(LINES_WAITING_MAX)
        self._lost = 0
        self._thread = threading.Thread(target=self._write, name="output", daemon=True)
        self._thread.start()

    def put(self, name: str, line: str) -> None:
        """Queue one line, or count it as lost when too many wait."""
        try:
            self._lines.put_nowait(f"{name:<{self._width}} | {line}\n")
        except queue.Full:
            self._lost += 1

    def close(self) -> None:
        """Write what waits, for a second at most."""
        with contextlib.suppress(queue.Full):
            self._lines.put_nowait(None)
        self._thread.join(timeout=1.0)

    def _write(self) -> None:
        while (line := self._lines.get()) is not None:
            if self._lost:
                line += f"({self._lost} lines were not shown: the output was not read)\n"
                self._lost = 0
            # The terminal may have gone; the children matter more.
            with contextlib.suppress(OSError, ValueError):
                self._output.write(line)
                self._output.flush()


def die_with_parent(how: int, parent_pid: int) -> None:
    """Ask the kernel, in a new child, to signal it when its parent dies.

    Linux only; elsewhere a new supervisor ends what an earlier one left.
    """
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, how, 0, 0, 0)
    if os.getppid() != parent_pid:
        os._exit(1)  # The parent died in between.


def end_leftovers(run_file: Path) -> None:
    """End what an earlier supervisor left behind when it was killed. All at once: devices wait for the next gateway."""
    try:
        rows = json.loads(run_file.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return
    left = {name: pid for name, (pid, ticks) in rows.items() if ticks is not None and started_ticks(pid) == ticks}
    groups = list(left.values())
    for name, pid in left.items():
        logger.warning("%s of an earlier run still lives as process %d; ending it", name, pid)
    for how in (signal.SIGTERM, signal.SIGKILL):
        for pid in left.values():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, how)
        until_s = time.monotonic() + LEFTOVER_STOP_S
        left = {name: pid for name, pid in left.items() if not wait_for_end(pid, max(0.0, until_s - time.monotonic()))}
    for pid in groups:
        _signal_group(pid, signal.SIGKILL)


def wait_for_end(pid: int, timeout_s: float) -> bool:
    """Wait until a process that is not our child has ended."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        poll = select.poll()
        poll.register(descriptor)
        return bool(poll.poll(timeout_s * 1000))
    finally:
        os.close(descriptor)


def started_ticks(pid: int) -> int | None:
    """Return when a process was started, in clock ticks since boot (proc(5), stat, field 22)."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return int(text.rpartition(")")[2].split()[19])


def _signal_group(pid: int, how: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, how)


async def _first(stop: asyncio.Event, work: Awaitable[None]) -> bool:
    """Wait for the work or for the wish to stop. True: the work is done."""
    working, stopping = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            working.result()  # Raises what it raised: a programmer's error must end the program loudly.
            return True
        return False
    finally:
        for task in (working, stopping):
            task.cancel()


async def _first_failure(keepers: Sequence[asyncio.Task[None]]) -> None:
    """Return when a keeper failed, raising its error. Keepers of children that run once end well."""
    waiting = set(keepers)
    while waiting:
        done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    await asyncio.Event().wait()

"""A whole Tocsin for one journey: the installed program as processes, with a folder, ports and carriers of its own."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from fcntl import LOCK_EX, flock
from functools import partial
from pathlib import Path
from typing import Self, TypeVar

import psycopg

from tests.journeys.carriers import PATIENCE_S, TOKEN, Hall, Pocket
from tocsin.core import clock
from tocsin.core.postgres import RunningPostgres, database_url
from tocsin.core.supervisor import die_with_parent
from tocsin.demo.organisation import DEFENDERS, RESPONDERS, STAFF
from tocsin.demo.place import free_ports, is_free
from tocsin.demo.pocket_client import social_address
from tocsin.demo.wristband import DEMO_LAT_DEG, DEMO_LON_DEG, DEMO_UIDS, Press, frames_of
from tocsin.protocols.base import Alarm
from tocsin.protocols.registry import CODECS

CHILDREN = ("postgres", "gateway", "worker cry,response", "worker public", "web")
STEP_S = 0.05
ROOT = Path(__file__).parent.parent.parent
T = TypeVar("T")


class Stage:
    """`with Stage(folder) as stage`: everything runs, and people exist. At the end nothing is left running."""

    def __init__(
        self, folder: Path, *, number: int = 0, postgres: RunningPostgres | None = None, **settings: str
    ) -> None:
        self.folder = folder
        self.hall = Hall()
        self._number = number
        self._settings = settings
        self.postgres = postgres  # Of its own, which the test may stop; `None`: the embedded one.
        self._database = postgres.url if postgres is not None else ""
        self._served: subprocess.Popen[bytes] | None = None
        self.environment: dict[str, str] = {}
        self.web = ""

    def __enter__(self) -> Self:
        self.hall.__enter__()
        try:
            self.environment = self._make_environment()
            self.start()
            self.wait_until_up()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self.hall.__exit__()

    @property
    def log(self) -> str:
        """What the processes have said."""
        return (self.folder / "serve.log").read_text(encoding="utf-8", errors="replace")

    @property
    def database_url(self) -> str:
        """The address of this stage's database."""
        return self._database or database_url(self.folder / "data")

    def start(self) -> None:
        """Start `tocsin serve`."""
        with (self.folder / "serve.log").open("ab") as log:
            self._served = subprocess.Popen(
                [sys.executable, "-m", "tocsin", "serve"], env=self.environment, cwd=self.folder,
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                preexec_fn=partial(die_with_parent, signal.SIGTERM, os.getpid()),
            )  # fmt: skip

    def wait_until_up(self) -> None:
        """Wait until devices, pages and the SMS carrier's client are there."""
        self.wait_for(lambda: self.is_heard() or None, "the gateway and the pages did not come up")
        self.hall.wait_until_bound()

    def is_heard(self) -> bool:
        """Say whether the gateway and the web process listen."""
        assert self._served is not None
        assert self._served.poll() is None, f"tocsin serve ended:\n{self.log[-4000:]}"
        return not is_free(self.port_of("gt06")) and not is_free(int(self.environment["TOCSIN_WEB_PORT"]))

    def stop(self) -> int | None:
        """Stop `tocsin serve` as Ctrl-C does. Gives its exit code."""
        if self._served is None:
            return None
        served, self._served = self._served, None
        served.send_signal(signal.SIGINT)
        try:
            return served.wait(PATIENCE_S)
        finally:
            served.kill()

    def kill(self, name: str) -> int:
        """End one process with -9 and give its id. `serve` is the supervisor itself."""
        if name == "serve":
            assert self._served is not None
            pid = self._served.pid
            self._served.kill()
            self._served.wait()
            self._served = None
            return pid
        pid = self.pids()[name]
        os.kill(pid, signal.SIGKILL)
        return pid

    def wait_until_restarted(self, name: str, was: int) -> None:
        """Wait until another process has the killed one's place."""
        self.wait_for(lambda: self.pids().get(name, was) != was or None, f"{name} was not started again")

    def pids(self) -> dict[str, int]:
        """Give the process ids of the supervisor's children by name."""
        try:
            rows = json.loads((self.folder / "data" / "children.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        return {name: pid for name, (pid, _) in rows.items()}

    def tocsin(self, *words: str, timeout_s: float = 120.0) -> subprocess.CompletedProcess[str]:
        """Run one command of the program on this installation."""
        return subprocess.run(
            [sys.executable, "-m", "tocsin", *words], env=self.environment, cwd=self.folder, text=True,
            capture_output=True, check=False, timeout=timeout_s,
        )  # fmt: skip

    def run_module(self, name: str) -> None:
        """Run a module of the tests with the settings of this stage."""
        environment = {**self.environment, "DJANGO_SETTINGS_MODULE": "tocsin.settings"}
        subprocess.run([sys.executable, "-m", name], env=environment, cwd=ROOT, check=True, timeout=120)

    def port_of(self, protocol: str) -> int:
        """Give the port on which devices of a protocol are heard."""
        return CODECS[protocol].port + int(self.environment["TOCSIN_GATEWAY_PORT_OFFSET"])

    def press(self, protocol: str = "gt06", *alarms: Alarm, uid: str = "", has_fix: bool = True) -> list[bytes]:
        """Press a device's button over TCP. Gives the gateway's answer to each frame."""
        press = Press(
            clock.now(),
            DEMO_LAT_DEG if has_fix else None,
            DEMO_LON_DEG if has_fix else None,
            frozenset(alarms or {Alarm.SOS}),
        )
        return self.send(protocol, frames_of(protocol, uid or DEMO_UIDS[protocol], press))

    def send(self, protocol: str, frames: list[bytes], *, is_answered: bool = True) -> list[bytes]:
        """Send frames over one connection, each after the answer to the one before, if they are answered."""
        answers = []
        with socket.create_connection(("127.0.0.1", self.port_of(protocol)), timeout=PATIENCE_S) as connection:
            for frame in frames:
                connection.sendall(frame)
                if is_answered:
                    answers.append(connection.recv(4096))
        return answers

    def pocket(self, key: str) -> Pocket:
        """Give the phone of an invented person by key ("juno"), or of any number."""
        return Pocket(self.hall, PHONES.get(key, key))

    def mailbox(self, key: str) -> Pocket:
        """Give the mailbox of an invented person by key, or of any address."""
        return Pocket(self.hall, MAILBOXES.get(key, key))

    def rows(self, query: str, *values: object) -> list[tuple]:
        """Ask the database."""
        with psycopg.connect(self.database_url, autocommit=True, connect_timeout=5) as connected:
            return connected.execute(query, values).fetchall()

    def wait_for_rows(self, query: str, *values: object, timeout_s: float = PATIENCE_S) -> list[tuple]:
        """Ask the database until it has an answer."""

        def asked() -> list[tuple] | None:
            try:
                return self.rows(query, *values) or None
            except psycopg.OperationalError:
                return None  # It starts again just now.

        return self.wait_for(asked, query, timeout_s)

    def wait_for(self, find: Callable[[], T | None], what: str, timeout_s: float = PATIENCE_S) -> T:
        """Ask again until something is found. Other processes make it, so there is no event to wait for."""
        until_s = time.monotonic() + timeout_s
        while (found := find()) is None:
            assert time.monotonic() < until_s, f"{what}\n{self.log[-3000:]}\nMessages:\n{self.hall.listing()}"
            time.sleep(STEP_S)
        return found

    def _make_environment(self) -> Mapping[str, str]:
        ports, web = self.hall.ports, free_ports(1)[0]
        self.web = f"http://127.0.0.1:{web}"
        control = f"http://127.0.0.1:{ports.control}"
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("TOCSIN_", "DJANGO_"))}
        return {
            **inherited,
            "TOCSIN_DATA_DIR": str(self.folder / "data"),
            "TOCSIN_DATABASE_URL": self._database,
            "TOCSIN_DEMO": "yes",
            "TOCSIN_DEMO_CONTROL": control,
            "TOCSIN_DEMO_TOKEN": TOKEN,
            "TOCSIN_GATEWAY_HOST": "127.0.0.1",
            "TOCSIN_GATEWAY_PORT_OFFSET": str(_free_offset(self._number)),
            "TOCSIN_WEB_PORT": str(web),
            "TOCSIN_PUBLIC_URL": self.web,
            "TOCSIN_SMS_ROUTE": f"smpp://tocsin:demo@127.0.0.1:{ports.smpp}?sender=%2B447700900100",
            "TOCSIN_EMAIL_ROUTE": f"smtp://127.0.0.1:{ports.smtp}?sender=alarm@lantern.example.org&starttls=never",
            "TOCSIN_SOCIAL_POSTS": social_address(control, TOKEN),
            **{f"TOCSIN_{name}": value for name, value in self._settings.items()},
        }


def furnish(folder: Path, template: Path) -> Path:
    """Make a folder with an installation in which the invented organisation is. It is made once and copied."""
    template.parent.mkdir(parents=True, exist_ok=True)
    with template.with_suffix(".lock").open("w") as lock:
        flock(lock, LOCK_EX)
        if not template.exists():
            making = template.with_suffix(".making")
            _make_template(making)
            making.rename(template)
    folder.mkdir(parents=True)
    folder.chmod(0o711)  # The server's own user must pass.
    subprocess.run(["cp", "-a", str(template), str(folder / "data")], check=True)
    return folder


def _make_template(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    environment = {**os.environ, "TOCSIN_DATA_DIR": str(folder), "TOCSIN_DATABASE_URL": "", "TOCSIN_KEY_FILE": ""}
    with RunningPostgres(folder):
        for words in (["migrate", "--no-input", "-v", "0"], ["demo", "--seed"]):
            subprocess.run([sys.executable, "-m", "tocsin", *words], env=environment, check=True, timeout=300)


def _free_offset(number: int) -> int:
    """Give ports for the devices. Test processes that run side by side take theirs from ranges of their own."""
    for offset in range(6_000 + 500 * number, 26_000, 4_000):
        if all(is_free(codec.port + offset) for codec in CODECS.values()):
            return offset
    raise AssertionError("No free ports for the devices' protocols.")


_PEOPLE = [
    *(member.person for member in STAFF),
    *(defender.person for defender in DEFENDERS),
    *(person for defender in DEFENDERS for person, _, _ in defender.circle),
    *(responder.person for responder in RESPONDERS),
]
PHONES = {person.key: person.sms for person in _PEOPLE}
MAILBOXES = {person.key: person.email for person in _PEOPLE}

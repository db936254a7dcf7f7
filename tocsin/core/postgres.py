"""The embedded PostgreSQL: made once, started as a child of ours, stopped cleanly, never two on the same data.

Two locks tell the truth where process ids cannot. `serve.lock` is held by the one program that runs the server.
`postgres.lock` is handed to the server itself, and so to each process it forks: as long as any of them lives, nobody
else can start on these files, and once it is free a stale `postmaster.pid` is only a file
(docs/decisions/0003-embedded-postgresql.md).
"""

import asyncio
import contextlib
import fcntl
import logging
import os
import shutil
import signal
import subprocess
import time
from functools import partial
from pathlib import Path
from types import TracebackType

import psycopg

from tocsin.core.postgres_place import (
    DATABASE,
    PORT,
    ROLE,
    Account,
    Binaries,
    PostgresError,
    choose_home,
    database_url,
    find_binaries,
    may_enter,
    readable_binaries,
    server_account,
    socket_folder,
)
from tocsin.core.supervisor import Child, Launch, NotYetError, die_with_parent

__all__ = ["EmbeddedPostgres", "PostgresError", "RunningPostgres", "database_url"]

ORPHAN_STOP_S = 10.0
STOP_S = 30.0  # A fast shutdown writes a checkpoint; after this an immediate one, which recovery makes good.
START_RETRY_S = 10.0
CONNECT_TIMEOUT_S = 3
INITDB_TIMEOUT_S = 300.0
SUPERUSER = "postgres"
# Made by the superuser once, in the template of every database, since the program's own role may not.
EXTENSIONS = ("cube", "earthdistance", "btree_gist", "pg_trgm")
CONFIGURATION = """\
# Written by Tocsin at each start. Your own lines belong into own.conf beside this file; they win.
listen_addresses = ''
port = {port}
unix_socket_directories = '{sockets}'
unix_socket_permissions = 0700
max_connections = 200
shared_buffers = 256MB
max_wal_size = 1GB
max_parallel_workers_per_gather = 0
fsync = on
full_page_writes = on
synchronous_commit = on
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
# No row, no statement and no parameter reaches a log: they hold names, numbers and places. Errors go to the program
# that made them; only what the server says of itself is written down.
log_min_messages = log
log_min_error_statement = panic
log_error_verbosity = terse
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
log_statement = none
log_min_duration_statement = -1
log_checkpoints = off
log_line_prefix = '%m [%p] '
include_if_exists = 'own.conf'
"""
# Whoever reaches the socket is already the user who runs Tocsin: its folder lets in nobody else.
HOST_BASED_AUTHENTICATION = "# Written by Tocsin at each start.\nlocal all all trust\n"

logger = logging.getLogger(__name__)


class EmbeddedPostgres:
    """The server of one data folder. `prepare` first; then `child` for the supervisor, or `RunningPostgres`."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.url = database_url(data_dir)
        self._serve_lock: int | None = None
        self._account: Account | None = None
        self._binaries: Binaries | None = None

    @property
    def cluster(self) -> Path:
        """The folder that PostgreSQL calls its data directory."""
        return self.data_dir / "postgres" / "data"

    def prepare(self) -> None:
        """Make everything ready for a start. Raises PostgresError, also when another program runs this server."""
        # Under root others may pass through, and see nothing: the server's user must reach its data.
        self.data_dir.mkdir(parents=True, exist_ok=True, mode=0o711 if os.geteuid() == 0 else 0o700)
        self._serve_lock = _lock(self.data_dir / "serve.lock")
        if self._serve_lock is None:
            raise PostgresError(self._who_holds_it())
        _write_holder(self._serve_lock)
        try:
            self._prepare_files()
        except BaseException:
            self.release()
            raise

    def release(self) -> None:
        """Let another program run this server. Call it when the server has ended."""
        if self._serve_lock is not None:
            with contextlib.suppress(OSError):  # Not empty: some process of the server still ends.
                socket_folder(self.data_dir).rmdir()
            os.close(self._serve_lock)
            self._serve_lock = None

    def child(self) -> Child:
        """Describe the server to the supervisor."""
        return Child(
            "postgres", self.launch, self.is_answering,
            stop_signal=signal.SIGINT, stop_s=STOP_S, end_signal=signal.SIGQUIT,
        )  # fmt: skip

    def launch(self) -> Launch:
        """Give the command that starts the server. Raises NotYetError while processes of the last one live."""
        assert self._binaries is not None, "prepare comes first"
        lock = _lock(self.data_dir / "postgres.lock")
        if lock is None:
            raise NotYetError("waits for processes of the server that died")
        # Nobody uses these files, so this file only names a process that is gone or, after a restart of the machine,
        # a stranger with the same id, before whom PostgreSQL would refuse to start.
        (self.cluster / "postmaster.pid").unlink(missing_ok=True)
        argv = (str(self._binaries.bin / "postgres"), "-D", str(self.cluster.resolve()))
        account = self._account
        uid, gid = (None, None) if account is None else (account.uid, account.gid)
        return Launch(argv, _environment(), uid, gid, (lock,))

    async def is_answering(self) -> bool:
        """Say whether the server takes connections. A process id proves nothing."""
        return await asyncio.to_thread(answers, self.url)

    def _prepare_files(self) -> None:
        home = self.data_dir / "postgres"
        self._account = server_account(self.data_dir, home)
        home = choose_home(self.data_dir, self._account)
        home.mkdir(exist_ok=True, mode=0o755)
        self._end_orphan()
        binaries = find_binaries(self.cluster / "PG_VERSION")
        self._binaries = readable_binaries(binaries, home, self._account)
        _make_private(socket_folder(self.data_dir), self._account)
        if not (self.cluster / "PG_VERSION").exists():
            self._create_cluster(home)
        if self._account is None and self.cluster.stat().st_uid != os.geteuid():
            raise PostgresError(f"{self.cluster} belongs to another user. Start Tocsin as that user or as root.")
        self._write_configuration(self.cluster)

    def _create_cluster(self, home: Path) -> None:
        """Make the cluster under another name first: what is half made is thrown away and made anew."""
        assert self._binaries is not None
        making = home / "data-in-the-making"
        shutil.rmtree(making, ignore_errors=True)
        _make_private(making, self._account)
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-locale"]
        if self._binaries.major < 17:
            locale = ["--locale=C.UTF-8"]
        options = ["--encoding=UTF8", *locale, f"--username={SUPERUSER}", "--auth=trust"]
        initdb = (str(self._binaries.bin / "initdb"), "-D", str(making.resolve()), *options)
        self._run(initdb)
        self._write_configuration(making)
        # Single-user mode: no other process can see the cluster before its role and database are there.
        for database, statements in (
            ("template1", [f"CREATE EXTENSION {name}" for name in EXTENSIONS]),
            ("postgres", [f"CREATE ROLE {ROLE} LOGIN CREATEDB", f"CREATE DATABASE {DATABASE} OWNER {ROLE}"]),
        ):
            single = (str(self._binaries.bin / "postgres"), "--single", "-D", str(making.resolve()), database)
            self._run(single, "".join(f"{statement}\n" for statement in statements))
        making.rename(self.cluster)

    def _run(self, argv: tuple[str, ...], text: str = "") -> None:
        """Run one program of PostgreSQL to its end as the server's user."""
        account = self._account
        done = subprocess.run(  # noqa: S603 - our own program files
            argv, input=text, text=True, capture_output=True, check=False, timeout=INITDB_TIMEOUT_S,
            cwd="/", env=_environment(), start_new_session=True,
            user=account.uid if account else None, group=account.gid if account else None,
            extra_groups=() if account else None,
        )  # fmt: skip
        # Single-user mode ends with 0 whatever happened to a statement.
        if done.returncode != 0 or "ERROR:" in done.stderr:
            raise PostgresError(
                f"{Path(argv[0]).name} could not make the database in {self.data_dir}: {done.stderr.strip()[-2000:]}"
            )

    def _write_configuration(self, cluster: Path) -> None:
        sockets = str(socket_folder(self.data_dir)).replace("'", "''")
        for name, text in (
            ("postgresql.conf", CONFIGURATION.format(port=PORT, sockets=sockets)),
            ("pg_hba.conf", HOST_BASED_AUTHENTICATION),
        ):
            half = cluster / f"{name}.new"
            half.write_text(text, encoding="utf-8")
            half.chmod(0o600)
            if self._account is not None:
                os.chown(half, self._account.uid, self._account.gid)
            half.replace(cluster / name)
        (cluster / "own.conf").touch(mode=0o644)

    def _end_orphan(self) -> None:
        """Stop a server that outlived the program that ran it. We hold `serve.lock`, so nobody needs it."""
        lock_path = self.data_dir / "postgres.lock"
        for how in (signal.SIGINT, signal.SIGQUIT):
            until_s = time.monotonic() + ORPHAN_STOP_S
            is_told = False
            while (lock := _lock(lock_path)) is None and time.monotonic() < until_s:
                if not is_told and (pid := self._postmaster_pid()) is not None:
                    logger.warning("A PostgreSQL of an earlier run still lives as process %d; ending it", pid)
                    os.kill(pid, how)
                    is_told = True
                time.sleep(0.05)
            if lock is not None:
                os.close(lock)
                return
        raise PostgresError(f"A PostgreSQL of an earlier run does not let go of {self.cluster}. End its processes.")

    def _postmaster_pid(self) -> int | None:
        """Return the process id of the server on our data, if there is one: its working folder proves it."""
        try:
            pid = int((self.cluster / "postmaster.pid").read_text(encoding="utf-8").split("\n", 1)[0])
            return pid if os.path.samefile(f"/proc/{pid}/cwd", self.cluster) else None
        except (OSError, ValueError):
            return None

    def _who_holds_it(self) -> str:
        holder = (self.data_dir / "serve.lock").read_text(encoding="utf-8").strip() or "another program"
        return (
            f"The database in {self.data_dir} is already run by {holder}. Stop that first, or give this one a "
            "folder of its own with TOCSIN_DATA_DIR."
        )


class RunningPostgres:
    """A context in which the server runs without a supervisor: for tests, benches and single commands."""

    def __init__(self, data_dir: Path) -> None:
        self.postgres = EmbeddedPostgres(data_dir)
        self.url = self.postgres.url
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "RunningPostgres":
        self.postgres.prepare()
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop the server and let go of the data folder."""
        if self.process is not None:
            for how in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
                self.process.send_signal(how)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self.process.wait(STOP_S)
                    break
            self.process = None
        self.postgres.release()

    def start(self) -> None:
        """Start the server, also after it died. Returns once it answers.

        It ends with the thread that called this (prctl(2), PR_SET_PDEATHSIG): call it from the main one.
        """
        launch = self._launch()
        try:
            with (self.postgres.data_dir / "postgres.log").open("ab") as log:
                self.process = subprocess.Popen(  # noqa: S603 - our own program files
                    launch.argv, env=launch.env, user=launch.uid, group=launch.gid,
                    extra_groups=None if launch.uid is None else (), pass_fds=launch.inherited,
                    stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
                    preexec_fn=partial(die_with_parent, signal.SIGINT, os.getpid()),
                )  # fmt: skip
        finally:
            for descriptor in launch.inherited:
                os.close(descriptor)
        while not answers(self.url):
            if self.process.poll() is not None:
                raise PostgresError(f"PostgreSQL did not start; see {self.postgres.data_dir}/postgres.log.")
            time.sleep(0.02)

    def _launch(self) -> Launch:
        """Wait for the processes of a server that was killed: they end by themselves, a moment after it."""
        until_s = time.monotonic() + START_RETRY_S
        while True:
            try:
                return self.postgres.launch()
            except NotYetError as error:
                if time.monotonic() > until_s:
                    raise PostgresError(f"PostgreSQL {error}, for {START_RETRY_S:.0f} s now.") from error
            time.sleep(0.05)


def answers(url: str) -> bool:
    """Say whether a server takes connections, by making one."""
    try:
        psycopg.connect(url, connect_timeout=CONNECT_TIMEOUT_S).close()
    except psycopg.OperationalError:
        return False
    return True


def _environment() -> dict[str, str]:
    """Keep the machine's locale and libpq's variables away from the server."""
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


def _make_private(folder: Path, account: Account | None) -> None:
    """Make a folder that only the server's user enters. One that somebody else has put there is refused."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid not in (os.geteuid(), account.uid if account else os.geteuid()):
        raise PostgresError(f"{folder} belongs to somebody else. Remove it, or move the data folder (TOCSIN_DATA_DIR).")
    if account is not None:
        os.chown(folder, account.uid, account.gid)
        if not may_enter(folder, account):
            raise PostgresError(f"User {account.name} cannot get to {folder}. Let others pass (chmod o+x) above it.")
    folder.chmod(0o700)


def _lock(path: Path) -> int | None:
    """Take a lock that lasts until the last process holding this descriptor has closed it. None: it is taken."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _write_holder(descriptor: int) -> None:
    """Leave a note for whoever finds the lock taken."""
    os.ftruncate(descriptor, 0)
    os.pwrite(
        descriptor, f"process {os.getpid()}, started {time.strftime('%Y-%m-%d %H:%M', time.gmtime())} UTC".encode(), 0
    )

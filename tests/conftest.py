"""What every test may ask for: a migrated PostgreSQL, and no network beyond this machine.

One embedded server serves a test run, started by the first test that needs it. Each worker process has a database of
its own, copied from one that the real `tocsin migrate` made.
"""

import fcntl
import ipaddress
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import django
import psycopg
import pytest
from django.db import connection, connections, transaction
from psycopg import sql

from tocsin.core.postgres import database_url as embedded_url
from tocsin.core.sealing import create_master_key

LOCAL_NAMES = {"localhost", "localhost.localdomain", ""}
KEPT_TABLES = {"django_migrations", "django_content_type", "auth_permission"}


def _prepare() -> Path:
    """Point the settings at this run. It happens on import, since other conftest files import models."""
    # Workers of pytest-xdist inherit the first process's environment.
    folder = Path(os.environ.get("TOCSIN_TESTS_FOLDER") or tempfile.mkdtemp(prefix="tocsin-tests-"))
    for name in [name for name in os.environ if name.startswith("TOCSIN_") and not name.startswith("TOCSIN_TESTS_")]:
        del os.environ[name]
    folder.chmod(0o711)  # The server's own user must pass.
    create_master_key(folder / "keys" / "master.key")
    os.environ.setdefault("TOCSIN_TESTS_RUN_PID", str(os.getpid()))
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "tocsin.settings",
        "TOCSIN_TESTS_FOLDER": str(folder),
        "TOCSIN_DATA_DIR": str(folder / "data"),
        "TOCSIN_KEY_FILE": str(folder / "keys" / "master.key"),
        "TOCSIN_DATABASE_URL": _url_of(folder, f"tocsin_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"),
    }
    sys.addaudithook(_refuse_the_world)
    django.setup()
    return folder


def pytest_unconfigure() -> None:
    """Remove the folder of a run that started no server; otherwise the keeper does."""
    if os.environ["TOCSIN_TESTS_RUN_PID"] == str(os.getpid()) and not (FOLDER / "server").exists():
        shutil.rmtree(FOLDER)


@pytest.fixture(scope="session")
def database_url() -> Iterator[str]:
    """The address of this worker's database, migrated. What other connections commit stays: see `committed_db`."""
    name = os.environ["TOCSIN_DATABASE_URL"].partition("?")[0].rpartition("/")[2]
    with (FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (FOLDER / "template-is-made").exists():
            _start_keeper()
            environment = os.environ | {"TOCSIN_DATABASE_URL": _url_of(FOLDER, "tocsin")}
            subprocess.run([sys.executable, "-m", "tocsin", "migrate", "-v", "0"], check=True, env=environment)
            (FOLDER / "template-is-made").touch()
        with psycopg.connect(_url_of(FOLDER, "postgres"), autocommit=True) as connected:
            connected.execute(sql.SQL("CREATE DATABASE {} TEMPLATE tocsin").format(sql.Identifier(name)))
    yield os.environ["TOCSIN_DATABASE_URL"]
    connections.close_all()
    connection.close_pool()


@pytest.fixture
def db(database_url: str) -> Iterator[None]:
    """Django's connection, within a transaction that is rolled back. `on_commit` callbacks do not run."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    connections.close_all()


@pytest.fixture
def committed_db(database_url: str) -> Iterator[str]:
    """A database in which several connections and processes see each other's commits. Emptied afterwards."""
    yield database_url
    connections.close_all()
    with psycopg.connect(database_url, autocommit=True) as connected:
        rows = connected.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = sql.SQL(", ").join(sql.Identifier(row[0]) for row in rows if row[0] not in KEPT_TABLES)
        connected.execute(
            "SET lock_timeout = '20s'"
        )  # Whoever still holds a lock is a process that a test left behind.
        connected.execute(sql.SQL("TRUNCATE {} RESTART IDENTITY CASCADE").format(tables))


def _url_of(folder: Path, name: str) -> str:
    return embedded_url(folder / "server").replace("/tocsin?", f"/{name}?")


def _start_keeper() -> None:
    keeper_file = Path(__file__).with_name("database_keeper.py")
    command = [sys.executable, str(keeper_file), str(FOLDER), os.environ["TOCSIN_TESTS_RUN_PID"]]
    with (FOLDER / "keeper.log").open("wb") as log:
        keeper = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, start_new_session=True, cwd="/"
        )
    assert keeper.stdout is not None
    with keeper.stdout:
        if keeper.stdout.readline() != b"ready\n":
            pytest.exit(f"PostgreSQL did not start: {(FOLDER / 'keeper.log').read_text()}", returncode=3)
    keeper.returncode = 0  # It outlives this worker on purpose, so nobody waits for it here.


def _refuse_the_world(event: str, arguments: tuple) -> None:
    """Stop connections and name look-ups beyond this machine. An audit hook also sees those of libraries."""
    if event in ("socket.connect", "socket.sendto"):
        address = arguments[1]
        if isinstance(address, tuple) and not _is_local(str(address[0])):
            raise RuntimeError(f"A test may not reach {address[0]}.")
    elif event in ("socket.getaddrinfo", "socket.gethostbyname") and not _is_local(_text(arguments[0])):
        raise RuntimeError(f"A test may not look up {_text(arguments[0])}.")


def _text(host: str | bytes | None) -> str:
    return host.decode() if isinstance(host, bytes) else host or ""


def _is_local(host: str) -> bool:
    if host in LOCAL_NAMES:
        return True
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


FOLDER = _prepare()

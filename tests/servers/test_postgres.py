"""The embedded PostgreSQL, for real: started, killed, started again, refused twice, as root and as an ordinary user."""

import os
import pwd
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tocsin.core.postgres import EmbeddedPostgres, PostgresError, RunningPostgres, database_url
from tocsin.core.postgres_place import SOCKET_NAME, SOCKET_PATH_BYTES_MAX, socket_folder

REPOSITORY = Path(__file__).resolve().parents[2]
END_TIMEOUT_S = 30
# Runs a server until its input closes, and says who it is once it answers.
HOLD = """
import sys
from pathlib import Path
from tocsin.core.postgres import PostgresError, RunningPostgres
try:
    with RunningPostgres(Path(sys.argv[1])) as server:
        print("ready", server.process.pid, flush=True)
        sys.stdin.read()
except PostgresError as error:
    print("refused", error, flush=True)
"""


@pytest.fixture
def new_dir() -> Iterator[Path]:
    """A data folder to be, where the server's own user can reach it, as in /var/lib."""
    with tempfile.TemporaryDirectory(prefix="tocsin-postgres-") as name:
        Path(name).chmod(0o711)
        yield Path(name) / "data"


@pytest.fixture(scope="module")
def made_once() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="tocsin-postgres-") as name:
        Path(name).chmod(0o711)
        with RunningPostgres(Path(name) / "data"):
            pass
        yield Path(name) / "data"


@pytest.fixture
def data_dir(new_dir, made_once) -> Path:
    """A data folder with a database in it that ran before: a copy, since making one takes a second."""
    subprocess.run(["cp", "-a", str(made_once), str(new_dir)], check=True)
    return new_dir


def hold(data_dir: Path, **options) -> subprocess.Popen:
    return subprocess.Popen(
        [options.pop("python", sys.executable), "-B", "-c", HOLD, str(data_dir)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY, **options,
    )  # fmt: skip


def first_word(process: subprocess.Popen) -> list[str]:
    assert process.stdout is not None
    return process.stdout.readline().split()


def end(process: subprocess.Popen) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.close()
    process.wait(END_TIMEOUT_S)
    process.stdout.close()


def note(url: str, text: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS note (text text)")
        connection.execute("INSERT INTO note VALUES (%s)", [text])


def notes(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        return [row[0] for row in connection.execute("SELECT text FROM note ORDER BY text")]


def test_the_address_is_known_before_the_first_start(new_dir):
    told = database_url(new_dir)
    with RunningPostgres(new_dir) as server:
        assert server.url == told
        with psycopg.connect(told) as connection:
            row = connection.execute(
                "SELECT current_user, current_database(), current_setting('fsync'),"
                " current_setting('listen_addresses'), current_setting('server_encoding'),"
                " (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)"
            ).fetchone()
    assert row == ("tocsin", "tocsin", "on", "", "UTF8", False)


def test_data_is_kept_over_a_clean_stop(data_dir):
    with RunningPostgres(data_dir) as server:
        note(server.url, "kept")
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(database_url(data_dir))
    with RunningPostgres(data_dir) as server:
        assert notes(server.url) == ["kept"]


def test_only_its_user_reaches_the_socket_and_the_data(data_dir):
    with RunningPostgres(data_dir) as server:
        assert socket_folder(data_dir).stat().st_mode & 0o777 == 0o700
        assert server.postgres.cluster.stat().st_mode & 0o777 == 0o700
        if os.geteuid() == 0:
            assert server.postgres.cluster.stat().st_uid != 0


def test_a_second_server_on_the_same_data_is_refused_and_names_the_first(data_dir):
    with RunningPostgres(data_dir) as server:
        note(server.url, "first")
        with pytest.raises(PostgresError) as refusal, RunningPostgres(data_dir):
            pass
        assert f"process {os.getpid()}" in str(refusal.value)
        assert "TOCSIN_DATA_DIR" in str(refusal.value)
        assert notes(server.url) == ["first"]


def test_what_was_committed_survives_kill_9_of_the_server(data_dir):
    with RunningPostgres(data_dir) as server:
        note(server.url, "committed")
        os.kill(server.process.pid, signal.SIGKILL)
        server.process.wait(END_TIMEOUT_S)
    with RunningPostgres(data_dir) as server:
        assert notes(server.url) == ["committed"]


def test_a_server_whose_runner_was_killed_ends_and_the_next_one_starts(data_dir):
    holder = hold(data_dir)
    assert first_word(holder)[0] == "ready"
    note(database_url(data_dir), "committed")
    holder.kill()
    holder.wait(END_TIMEOUT_S)
    with RunningPostgres(data_dir) as server:
        assert notes(server.url) == ["committed"]
    end(holder)


def test_an_orphan_is_ended_even_if_the_kernel_did_not_tell_it(data_dir):
    postgres = EmbeddedPostgres(data_dir)
    postgres.prepare()
    launch = postgres.launch()
    orphan = subprocess.Popen(
        launch.argv, env=launch.env, user=launch.uid, group=launch.gid, extra_groups=() if launch.uid else None,
        pass_fds=launch.inherited, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    os.close(launch.inherited[0])
    postgres.release()
    with RunningPostgres(data_dir) as server:
        note(server.url, "new")
        assert orphan.wait(END_TIMEOUT_S) is not None
    assert server.postgres._serve_lock is None


def test_a_stale_process_id_of_a_stranger_does_not_stop_the_start(data_dir):
    with RunningPostgres(data_dir) as server:
        account = server.postgres._account
        note(server.url, "before")
    options = {"user": account.uid, "group": account.gid, "extra_groups": ()} if account else {}
    stranger = subprocess.Popen(["/bin/sleep", "600"], **options)
    cluster = data_dir / "postgres" / "data"
    (cluster / "postmaster.pid").write_text(f"{stranger.pid}\n{cluster}\n1790000000\n5432\n\n\n  1 1\nready\n")
    try:
        with RunningPostgres(data_dir) as server:
            assert notes(server.url) == ["before"]
    finally:
        stranger.kill()
        stranger.wait()


def test_what_was_half_made_is_made_anew(new_dir):
    half = new_dir / "postgres" / "data-in-the-making"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    with RunningPostgres(new_dir) as server:
        note(server.url, "works")
    assert not half.exists()


def test_data_of_another_version_is_refused_in_words(data_dir):
    with RunningPostgres(data_dir):
        pass
    (data_dir / "postgres" / "data" / "PG_VERSION").write_text("9\n")
    with pytest.raises(PostgresError, match="needs PostgreSQL 9"), RunningPostgres(data_dir):
        pass


def test_the_log_holds_no_row_and_no_statement(data_dir):
    with RunningPostgres(data_dir) as server, psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("CREATE TABLE person (name text PRIMARY KEY)")
        connection.execute("INSERT INTO person VALUES ('Invented Name')")
        for statement in (
            "INSERT INTO person VALUES ('Invented Name')",
            "SELECT 'Invented Name'::int",
            "SELEKT 'Invented Name'",
            "DO $$ BEGIN RAISE EXCEPTION 'Invented Name'; END $$",
        ):
            with pytest.raises(psycopg.Error):
                connection.execute(statement)
    assert "Invented" not in (data_dir / "postgres.log").read_text()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as somebody else")
def test_roots_hidden_folder_is_not_opened_to_others(tmp_path):
    tmp_path.chmod(0o700)
    data_dir = tmp_path / "hidden" / "data"
    with RunningPostgres(data_dir) as server:
        note(server.url, "kept")
        elsewhere = (data_dir / "postgres").resolve()
        assert tmp_path.stat().st_mode & 0o777 == 0o700
        assert not elsewhere.is_relative_to(tmp_path)
    with RunningPostgres(data_dir) as server:
        assert notes(server.url) == ["kept"]
    subprocess.run(["rm", "-rf", str(elsewhere)], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="everybody else is an ordinary user in all tests of this file")
@pytest.mark.parametrize("name", ["data", "x" * 100])
def test_it_runs_as_an_ordinary_user(new_dir, name):
    python = ordinary_python()
    nobody = pwd.getpwnam("nobody")
    new_dir.mkdir()
    os.chown(new_dir, nobody.pw_uid, nobody.pw_gid)
    theirs = new_dir / name
    path = os.pathsep.join([str(REPOSITORY), *[folder for folder in sys.path if folder.endswith("site-packages")]])
    process = hold(
        theirs, python=python, user=nobody.pw_uid, group=nobody.pw_gid, extra_groups=(), env={"PYTHONPATH": path}
    )
    assert first_word(process)[0] == "ready"
    folder = socket_folder(theirs)
    assert len(os.fsencode(folder / SOCKET_NAME)) <= SOCKET_PATH_BYTES_MAX
    assert folder.stat().st_uid == nobody.pw_uid
    note(database_url(theirs), "kept")
    end(process)
    assert process.returncode == 0


def ordinary_python() -> str:
    """Find an interpreter of this version that an ordinary user may run; root's own often lies in root's home."""
    nobody = pwd.getpwnam("nobody")
    check = f"import sys; sys.exit(sys.version_info[:2] != {sys.version_info[:2]})"
    for python in (sys.executable, "/usr/bin/python3", f"/usr/bin/python3.{sys.version_info[1]}"):
        try:
            done = subprocess.run([python, "-c", check], user=nobody.pw_uid, group=nobody.pw_gid, extra_groups=())
        except OSError:
            continue
        if done.returncode == 0:
            return python
    pytest.fail("No Python of this version is readable for ordinary users: install python3 from the distribution.")

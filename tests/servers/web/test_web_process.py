"""The web process: one port for pages and live events, honest while the database is away, quick to stop."""

import asyncio
import signal
import tempfile
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.people_factory import signed_in, staff
from tocsin.accounts.scopes import Role
from tocsin.core.postgres import RunningPostgres, database_url

PATIENCE_S = 30.0
PAGES = 150


async def heard(words: asyncio.Queue, wanted: str | None) -> None:
    """Wait until a word arrives; other words may come before it."""
    async with asyncio.timeout(PATIENCE_S):
        while await words.get() != wanted:
            pass


def notify(url: str, payload: str) -> None:
    with psycopg.connect(url, autocommit=True) as connected:
        connected.execute("SELECT pg_notify('tocsin_live', %s)", [payload])


@pytest.fixture
def session(committed_db) -> str:
    """The cookie of a duty officer who has signed in with both factors."""
    return signed_in(staff("duty-1", Role.DUTY_OFFICER)).cookies["sessionid"].value


async def test_pages_files_and_events_come_from_one_port(committed_db, session, start_web, listen):
    with start_web(committed_db) as web:
        async with web.client(session) as client, listen(client, "board") as words:
            await heard(words, "hello")
            assert (await client.get("/console/")).status_code == 200
            assert (await client.get("/static/css/tocsin.css")).headers["content-type"].startswith("text/css")
            notify(committed_db, "17")
            await heard(words, "change")


async def test_an_incident_hears_only_of_itself(committed_db, session, start_web, listen):
    with start_web(committed_db) as web:
        async with (
            web.client(session) as client,
            listen(client, "incident/17") as words,
            listen(client, "board") as board,
        ):
            await heard(words, "hello")
            await heard(board, "hello")
            notify(committed_db, "18")
            await heard(board, "change")  # The board hears it in the same moment as the other page would.
            assert words.empty()


@pytest.mark.parametrize("cookie", ["", "forged", "x" * 4000])
async def test_nobody_listens_without_signing_in(committed_db, session, start_web, cookie):
    with start_web(committed_db) as web:
        async with web.client(cookie) as client:
            for topic in ("board", "incident/1"):
                assert (await client.get(f"/live/{topic}")).status_code == 403


async def test_many_pages_share_one_connection_and_no_threads(committed_db, session, start_web, listen):
    with start_web(committed_db) as web:
        limits = httpx.Limits(max_connections=PAGES + 5)
        cookies = {"sessionid": session}
        async with httpx.AsyncClient(base_url=web.url, cookies=cookies, timeout=PATIENCE_S, limits=limits) as client:
            streams = [listen(client, "board") for _ in range(PAGES)]
            queues = [await stream.__aenter__() for stream in streams]
            await asyncio.gather(*(heard(words, "hello") for words in queues))
            notify(committed_db, "3")
            await asyncio.gather(*(heard(words, "change") for words in queues))
            threads = int(_status(web.process.pid, "Threads"))
            with psycopg.connect(committed_db) as connected:
                row = connected.execute("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'").fetchone()
            for stream in streams:
                await stream.__aexit__(None, None, None)
    assert threads < 40
    assert row is not None
    assert row[0] <= 1


def _status(pid: int, name: str) -> str:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next(line.split()[1] for line in lines if line.startswith(f"{name}:"))


async def test_a_lost_connection_is_made_again_and_nothing_is_missed(committed_db, session, start_web, listen):
    with start_web(committed_db) as web:
        async with web.client(session) as client, listen(client, "board") as words:
            await heard(words, "hello")
            with psycopg.connect(committed_db, autocommit=True) as connected:
                mine = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
                killed = connected.execute(mine).fetchall()
                idle = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'SELECT 1'"
                killed += connected.execute(idle).fetchall()
            assert killed
            await heard(words, "change")  # Whatever was said meanwhile, the page asks for itself again.


async def test_told_to_stop_it_ends_its_streams_and_itself(committed_db, session, start_web, listen):
    with start_web(committed_db) as web:
        async with web.client(session) as client, listen(client, "board") as words:
            await heard(words, "hello")
            web.process.send_signal(signal.SIGTERM)
            await heard(words, None)
            assert await asyncio.to_thread(web.process.wait, PATIENCE_S) == 0


async def test_while_the_database_is_away_pages_say_so_and_come_back(start_web, listen):
    with tempfile.TemporaryDirectory(prefix="tocsin-web-") as folder:
        place = Path(folder)
        place.chmod(0o711)  # noqa: ASYNC240 - The server's own user must pass.
        url = database_url(place)
        with RunningPostgres(place), start_web(url) as web:
            async with web.client() as client:
                assert (await client.get("/live/board")).status_code == 403  # No tables, no staff: nobody listens.
        with start_web(url) as web:
            async with web.client() as client:
                async with asyncio.timeout(PATIENCE_S):
                    while (answer := await client.get("/console/")).status_code != 503:
                        pass
                assert "Calls for help are still heard" in answer.text
                assert answer.headers["retry-after"] == "5"
                posted = await client.post("/console/theme/", data={"theme": "dark"})
                assert "What you sent was not done" in posted.text
                assert (await client.get("/static/css/tocsin.css")).status_code == 200
                arabic = await client.get("/console/", headers={"Cookie": "django_language=ar; theme=dark"})
                assert '<html lang="ar" dir="rtl" data-theme="dark">' in arabic.text
                with RunningPostgres(place):
                    async with asyncio.timeout(PATIENCE_S):
                        while (await client.get("/nowhere/")).status_code == 503:
                            pass

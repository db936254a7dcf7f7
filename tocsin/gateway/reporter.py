"""What a gateway writes beside the journal: the devices' last words every second, its own state every few seconds."""

import asyncio
import json
import logging
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import psycopg

from tocsin.gateway.journal import COMMIT_TIMEOUT_S, connect
from tocsin.gateway.words import TABLE, Words

WORDS_S = 1.0
STATUS_S = 5.0
RETRY_S = 2.0
STATUS = """
INSERT INTO tocsin_gatewaystatus
    (name, seen_at, connections, spooled, database_away_since, database_back_at, is_disk_full)
VALUES (%(name)s, %(seen_at)s, %(connections)s, %(spooled)s, %(database_away_since)s, %(database_back_at)s,
        %(is_disk_full)s)
ON CONFLICT (name) DO UPDATE SET
    seen_at = excluded.seen_at, connections = excluded.connections, spooled = excluded.spooled,
    database_away_since = coalesce(excluded.database_away_since, tocsin_gatewaystatus.database_away_since),
    database_back_at = CASE WHEN excluded.database_away_since IS NULL THEN tocsin_gatewaystatus.database_back_at
                            ELSE excluded.database_back_at END,
    is_disk_full = excluded.is_disk_full
"""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Status:
    """A row of GatewayStatus, and the same in a file for when the database is away."""

    name: str
    seen_at: datetime
    connections: int
    spooled: int
    database_away_since: datetime | None
    database_back_at: datetime | None
    is_disk_full: bool


class Reporter:
    """Writes words and status on a connection of its own. `state` says how things are now."""

    def __init__(self, url: str, words: Words, file: Path, state: Callable[[], Status]) -> None:
        self._url = url
        self._words = words
        self._file = file
        self._state = state
        self._status_due_s = 0.0

    async def run(self) -> None:
        """Write, for ever; while the database is away, only the file."""
        while True:
            try:
                connection = await connect(self._url)
                try:
                    await connection.execute(TABLE)
                    while True:
                        await self._write(connection)
                        await asyncio.sleep(WORDS_S)
                finally:
                    connection.pgconn.finish()
            except (psycopg.Error, TimeoutError) as error:
                logger.info("Last words wait for the database (%s)", type(error).__name__)
            await asyncio.to_thread(write_status_file, self._file, self._state())
            await asyncio.sleep(RETRY_S)

    async def _write(self, connection: psycopg.AsyncConnection) -> None:
        now_s = asyncio.get_running_loop().time()
        async with asyncio.timeout(COMMIT_TIMEOUT_S * 2):
            await self._words.write(connection)
            if now_s >= self._status_due_s:
                self._status_due_s = now_s + STATUS_S
                status = self._state()
                await connection.execute(STATUS, asdict(status))
                await asyncio.to_thread(write_status_file, self._file, status)


def write_status_file(file: Path, status: Status) -> None:
    """Write the status beside the spool. On a full disk the old one stays, and its time tells."""
    half = file.with_suffix(".new")
    try:
        half.write_text(json.dumps(asdict(status), default=datetime.isoformat), encoding="utf-8")
        half.replace(file)
    except OSError as error:
        logger.warning("The status file is not written: %s", os.strerror(error.errno or 0))

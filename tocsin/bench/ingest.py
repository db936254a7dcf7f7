"""`tocsin bench ingest`: the gateway on a PostgreSQL of its own, loaded over 1,000 connections, beside four yardsticks.

The load, the gateway and the database share the machine, so only the ratios travel: to a bare decode-commit-answer loop
of the same frames in the same run, to decoding alone, to COPY of the same rows.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
import uvloop

from tocsin.bench.load import Device, Steady, saturate, steady
from tocsin.bench.processes import environment_of, process
from tocsin.core.clock import now
from tocsin.core.postgres import RunningPostgres
from tocsin.core.sealing import load_keyring
from tocsin.demo.wristband import Press, gt06_frame, gt06_login, gt06_place
from tocsin.gateway.frames import COLUMNS, COPY_HEADER, COPY_TRAILER
from tocsin.gateway.journal import BATCH_ROWS_MAX, Row
from tocsin.gateway.recorder import Line, Recorder
from tocsin.gateway.words import Words
from tocsin.protocols.base import Session
from tocsin.protocols.registry import CODECS

CONNECTIONS = 1_000
WINDOW = 16  # Frames that each device has under way when the gateway is saturated.
STEADY_PER_S = 10_000
ROWS = 200_000
CELL = bytes.fromhex("0385461234005678")  # Country 901, which is no country.
LOCATION = 0x22
GT06 = CODECS["gt06"]


def run(seconds: float) -> dict[str, float | int | str]:
    """Measure once. Takes about five times `seconds` and ten more."""
    with tempfile.TemporaryDirectory(prefix="tocsin-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # The database's own user must pass.
        with RunningPostgres(folder) as postgres:
            environment = environment_of(folder, postgres.url)
            subprocess.run([sys.executable, "-m", "tocsin", "migrate", "-v", "0"], check=True, env=environment)
            devices = [device(number) for number in range(CONNECTIONS)]
            with process(["-m", "tocsin.bench.bare", postgres.url], environment) as line:
                bare_per_s = uvloop.run(saturate(int(line), devices, seconds=seconds, window=WINDOW))
            with process(["-m", "tocsin", "gateway", "--host", "127.0.0.1", "--protocol", "gt06"], environment) as line:
                port = int(line.rpartition("gt06 on ")[2])
                # First the steady load: the checkpoint of the many rows after it would count as its latency.
                paced = uvloop.run(steady(port, devices, seconds=seconds, per_s=STEADY_PER_S))
                per_s = uvloop.run(saturate(port, devices, seconds=seconds, window=WINDOW))
            rows = _rows(folder)
            copy_per_s = _copy(postgres.url, rows)
    decode_per_s = _decode()
    return _figures(per_s, bare_per_s, copy_per_s, decode_per_s, paced)


def device(number: int) -> Device:
    """Make a simulated gt06 wristband with an invented IMEI."""
    login = gt06_login(f"990000000{number:06d}")
    return Device(login, len(_answer_to(login, Session())), _location(), len(_answer_to(_location(), Session("99"))))


def _figures(
    per_s: float, bare_per_s: float, copy_per_s: float, decode_per_s: float, paced: Steady
) -> dict[str, float | int | str]:
    return {
        "per_s": round(per_s),
        "connections": CONNECTIONS,
        "paced_per_s": STEADY_PER_S,
        "p50_ms": round(paced.percentile_ms(0.5), 2),
        "p99_ms": round(paced.percentile_ms(0.99), 2),
        "paced_unanswered": paced.unanswered,
        "bare_per_s": round(bare_per_s),
        "copy_per_s": round(copy_per_s),
        "decode_per_s": round(decode_per_s),
        "ratio_to_limit": round(per_s / bare_per_s, 3),
        "ratio_to_copy": round(per_s / copy_per_s, 3),
        "ratio_to_decode": round(per_s / decode_per_s, 3),
    }


def _location() -> bytes:
    return gt06_frame(LOCATION, gt06_place(Press(at=now())) + CELL, serial=7)


def _answer_to(frame: bytes, session: Session) -> bytes:
    return GT06.reply(frame, GT06.decode(frame, session, now()), now())


def _decode() -> float:
    """Cut and decode frames, sixteen at a time as they arrive under load, and nothing else."""
    data, session, received_at = _location() * WINDOW, Session("990000000000000"), now()
    rounds = ROWS // WINDOW
    started_s = time.perf_counter()
    for _ in range(rounds):
        for frame in GT06.split(data)[0]:
            GT06.reply(frame, GT06.decode(frame, session, received_at), received_at)
    return rounds * WINDOW / (time.perf_counter() - started_s)


class _Shelf:
    """Takes rows in the journal's place."""

    def __init__(self) -> None:
        self.rows: list[bytes] = []

    def put(self, row: Row) -> None:
        self.rows.append(row.data)

    def answer(self, data: bytes, frames: int) -> None:
        """Nobody asked."""


def _rows(folder: Path) -> list[bytes]:
    """Make the rows that the gateway would write."""
    keyring = load_keyring(folder / "keys" / "master.key")
    shelf = _Shelf()
    recorder = Recorder(keyring, shelf, Words(keyring.journal))  # type: ignore[arg-type]
    line, frame, received_at = Line(GT06, "127.0.0.1:9"), _location(), now()
    recorder.record(line, gt06_login("990000000000000"), received_at, shelf)
    for _ in range(ROWS):
        recorder.record(line, frame, received_at, shelf)
    return shelf.rows


def _copy(url: str, rows: list[bytes]) -> float:
    """Write ready rows in batches, one commit each."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("TRUNCATE tocsin_signal CASCADE")
        started_s = time.perf_counter()
        for start in range(0, len(rows), BATCH_ROWS_MAX):
            batch = rows[start : start + BATCH_ROWS_MAX]
            with (
                connection.cursor() as cursor,
                cursor.copy(f"COPY tocsin_signal ({COLUMNS}) FROM STDIN BINARY") as copy,
            ):
                copy.write(b"".join((COPY_HEADER, *batch, COPY_TRAILER)))
        return len(rows) / (time.perf_counter() - started_s)

"""The last word of each device: when it was heard, where, with how much battery.

One row a device, written at most once a second, beside the journal, on a connection of its own, and never waited for: a
lost word is made good by the next one.
"""

import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import itemgetter

import psycopg

from tocsin.core.sealing import seal
from tocsin.gateway.frames import COPY_HEADER, COPY_TRAILER, binary_bytes, binary_float, binary_instant, binary_text
from tocsin.protocols.base import Reading, Report

DEVICES_AT_ONCE_MAX = 200  # In one statement: preparing more would hold the loop, and with it an alarm, for too long.
DEVICES_WAITING_MAX = 100_000  # While the database is away. A peer may invent device uids without end.
CONTEXT = "deviceword.uid"
CLOCK_AHEAD_MAX = timedelta(minutes=5)
CLOCK_BELIEVED_FROM = datetime(2020, 1, 1, tzinfo=UTC)
COLUMNS = "uid_index, sealed_uid, protocol, received_at, lat_deg, lon_deg, accuracy_m, fix_at, battery_pct"
TABLE = f"CREATE TEMP TABLE words ON COMMIT DELETE ROWS AS SELECT {COLUMNS} FROM tocsin_deviceword LIMIT 0"  # noqa: S608
COPY = f"COPY words ({COLUMNS}) FROM STDIN (FORMAT BINARY)"
# A later word without a place keeps the place of an earlier one, and a place that was kept on the device while it was
# offline does not replace a newer one.
UPSERT = f"""
INSERT INTO tocsin_deviceword AS known ({COLUMNS}) SELECT {COLUMNS} FROM words ORDER BY uid_index
ON CONFLICT (uid_index) DO UPDATE SET
    protocol = excluded.protocol,
    received_at = greatest(known.received_at, excluded.received_at),
    battery_pct = coalesce(excluded.battery_pct, known.battery_pct),
    (lat_deg, lon_deg, accuracy_m, fix_at) = (
        SELECT side.lat_deg, side.lon_deg, side.accuracy_m, side.fix_at
        FROM (VALUES (excluded.lat_deg, excluded.lon_deg, excluded.accuracy_m, excluded.fix_at, 1),
                     (known.lat_deg, known.lon_deg, known.accuracy_m, known.fix_at, 2))
             AS side (lat_deg, lon_deg, accuracy_m, fix_at, preference)
        ORDER BY side.lat_deg IS NULL, side.fix_at DESC NULLS LAST, side.preference
        LIMIT 1)
"""  # noqa: S608

_INDEX = itemgetter(0)
_NINE_COLUMNS = struct.pack("!h", 9)


@dataclass(slots=True)
class Word:
    """What a device said last. Places that the device itself calls invalid are not kept here; the signal has them."""

    device_uid: str
    protocol: str
    received_at: datetime
    lat_deg: float | None = None
    lon_deg: float | None = None
    accuracy_m: float | None = None
    fix_at: datetime | None = None
    battery_pct: float | None = None


class Words:
    """Gathers words and writes them when told to. Newer ones replace those that wait."""

    def __init__(self, journal_key: bytes) -> None:
        self._key = journal_key
        self._waiting: dict[bytes, Word] = {}

    def hear(self, uid_index: bytes, device_uid: str, protocol: str, reading: Reading, received_at: datetime) -> None:
        """Take note of one frame."""
        word = self._waiting.get(uid_index)
        if word is None:
            if len(self._waiting) >= DEVICES_WAITING_MAX:
                return
            word = self._waiting[uid_index] = Word(device_uid, protocol, received_at)
        word.received_at = received_at
        for report in reading.reports:
            _add(word, report, received_at)

    async def write(self, connection: psycopg.AsyncConnection) -> None:
        """Store what waits. `connection` has the table `TABLE`. What cannot be stored is told anew by the device."""
        waiting, self._waiting = self._waiting, {}
        # In one order everywhere, in small steps, so that two gateways cannot lock each other out.
        words = sorted(waiting.items(), key=_INDEX)
        for start in range(0, len(words), DEVICES_AT_ONCE_MAX):
            rows = [self._row(uid_index, word) for uid_index, word in words[start : start + DEVICES_AT_ONCE_MAX]]
            async with connection.transaction():
                async with connection.cursor() as cursor, cursor.copy(COPY) as copy:
                    await copy.write(b"".join((COPY_HEADER, *rows, COPY_TRAILER)))
                await connection.execute(UPSERT)

    def _row(self, uid_index: bytes, word: Word) -> bytes:
        sealed_uid = seal(word.device_uid.encode(), key=self._key, context=CONTEXT)
        return b"".join(
            (
                _NINE_COLUMNS,
                binary_bytes(uid_index),
                binary_bytes(sealed_uid),
                binary_text(word.protocol),
                binary_instant(word.received_at),
                binary_float(word.lat_deg),
                binary_float(word.lon_deg),
                binary_float(word.accuracy_m),
                binary_instant(word.fix_at),
                binary_float(word.battery_pct),
            )
        )


def _add(word: Word, report: Report, received_at: datetime) -> None:
    if report.battery_pct is not None:
        word.battery_pct = report.battery_pct
    place = report.place
    if place is None or not place.is_valid:
        return
    fix_at = believed(place.fix_at or report.sent_at, received_at)
    if word.fix_at is None or fix_at >= word.fix_at:
        word.lat_deg, word.lon_deg, word.accuracy_m, word.fix_at = (
            place.lat_deg,
            place.lon_deg,
            place.accuracy_m,
            fix_at,
        )


def believed(told_at: datetime | None, received_at: datetime) -> datetime:
    """Say when a place was true. A device whose clock stands in 1980 or 2099 must not hide where it is now."""
    if told_at is None or told_at < CLOCK_BELIEVED_FROM or told_at > received_at + CLOCK_AHEAD_MAX:
        return received_at
    return told_at

"""The last word of each device: when it was heard, where, with how much battery.

One row a device, written at most once a second, beside the journal, on a connection of its own, and never waited for: a
lost word is made good by the next.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import psycopg

from tocsin.core.sealing import seal
from tocsin.protocols.base import Reading, Report

DEVICES_AT_ONCE_MAX = 5_000  # In one statement.
DEVICES_WAITING_MAX = 100_000  # While the database is away. A peer may invent device uids without end.
CONTEXT = "deviceword.uid"
CLOCK_AHEAD_MAX = timedelta(minutes=5)
CLOCK_BELIEVED_FROM = datetime(2020, 1, 1, tzinfo=UTC)
# A later word without a place keeps the place of an earlier one, and a place that was kept on the device while it was
# offline does not replace a newer one.
UPSERT = """
INSERT INTO tocsin_deviceword AS known
    (uid_index, sealed_uid, protocol, received_at, lat_deg, lon_deg, accuracy_m, fix_at, battery_pct)
SELECT * FROM unnest(%s::bytea[], %s::bytea[], %s::text[], %s::timestamptz[], %s::float8[], %s::float8[], %s::float8[],
                     %s::timestamptz[], %s::float8[])
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
"""


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
        """Store what waits. After a failure it waits on, unless the device has spoken again."""
        waiting, self._waiting = self._waiting, {}
        rows = sorted(waiting.items())  # In one order everywhere, so that two gateways cannot lock each other out.
        try:
            for start in range(0, len(rows), DEVICES_AT_ONCE_MAX):
                columns = list(zip(*self._rows(rows[start : start + DEVICES_AT_ONCE_MAX]), strict=True))
                await connection.execute(UPSERT, [list(column) for column in columns])
        except psycopg.Error:
            self._waiting = waiting | self._waiting
            raise

    def _rows(self, words: Iterable[tuple[bytes, Word]]) -> Iterable[tuple[object, ...]]:
        for uid_index, word in words:
            yield (
                uid_index,
                seal(word.device_uid.encode(), key=self._key, context=CONTEXT),
                word.protocol,
                word.received_at,
                word.lat_deg,
                word.lon_deg,
                word.accuracy_m,
                word.fix_at,
                word.battery_pct,
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

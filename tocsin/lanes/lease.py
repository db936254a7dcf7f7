"""The ledger as a queue: claiming by lease, keeping alive, writing outcomes. Plain SQL, a batch a statement.

A claim is a lease: `due_at` moves to its end, so that one index finds what is owed and what a dead worker left behind,
and every worker rescues. `lease_token` grows with each claim and is checked when the outcome is written: a slow twin
whose lease had ended changes nothing. `now()` stands in the predicates, since the index would not be used with
`clock_timestamp()` (docs/decisions/0006-ledger.md).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row

from tocsin.channels.base import DeliveryReceipt
from tocsin.core.storable import storable
from tocsin.dispatch.rules import ANSWER_S, ASKS, NoticeState

LEASE_S = 6.0
KEEP_ALIVE_S = LEASE_S / 3

_CLAIM = """
WITH due AS (
    SELECT id, state FROM tocsin_notice
    WHERE lane = %(lane)s AND channel = %(channel)s AND state IN ('owed', 'claimed') AND due_at <= now()
    ORDER BY due_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
), held AS (
    UPDATE tocsin_notice n SET
        state = 'claimed', lease_token = n.lease_token + 1, attempts = least(n.attempts, 32766) + 1,
        lease_until = now() + %(lease)s * interval '1 second', due_at = now() + %(lease)s * interval '1 second',
        may_be_repeat = n.may_be_repeat OR due.state = 'claimed'
    FROM due WHERE n.id = due.id
    RETURNING n.id, n.uid, n.purpose, n.lane, n.wave_id, n.incident_id, n.party_id, n.way_id, n.lease_token, n.attempts,
        n.may_be_repeat, n.language, n.subject_sealed, n.body_sealed
)
SELECT held.id, held.uid, held.purpose, held.wave_id, held.incident_id, held.lease_token AS token, held.attempts,
    held.may_be_repeat AS is_repeat, held.language, held.subject_sealed, held.body_sealed,
    w.address_sealed, p.uid AS party_uid, i.uid AS incident_uid,
    address_key.wrapped AS address_key, text_key.wrapped AS text_key
FROM held
LEFT JOIN tocsin_way w ON w.id = held.way_id
LEFT JOIN tocsin_party p ON p.id = held.party_id
LEFT JOIN tocsin_incident i ON i.id = held.incident_id
LEFT JOIN tocsin_subjectkey address_key ON address_key.subject = p.uid AND address_key.data_class = 'id'
LEFT JOIN tocsin_subjectkey text_key
    ON text_key.subject = coalesce(i.uid, p.uid) AND text_key.data_class = 'story'
ORDER BY held.id
"""
# Here and below rows are locked in their order first, so that two batches never wait crosswise.
_KEEP_ALIVE = """
WITH told AS (
    SELECT * FROM unnest(%(ids)s::bigint[], %(tokens)s::bigint[]) AS t(id, token)
), held AS (
    SELECT n.id FROM tocsin_notice n JOIN told ON told.id = n.id AND told.token = n.lease_token
    WHERE n.state = 'claimed' ORDER BY n.id FOR UPDATE OF n
)
UPDATE tocsin_notice n SET lease_until = now() + %(lease)s * interval '1 second',
    due_at = now() + %(lease)s * interval '1 second'
FROM held WHERE n.id = held.id
"""
_STILL_HELD = """
WITH told AS (
    SELECT * FROM unnest(%(ids)s::bigint[], %(tokens)s::bigint[]) AS t(id, token)
)
SELECT n.id FROM tocsin_notice n JOIN told ON told.id = n.id AND told.token = n.lease_token
LEFT JOIN tocsin_wave w ON w.id = n.wave_id
WHERE n.state = 'claimed' AND (w.state IS NULL OR w.state = 'running')
"""
# What was withdrawn while the carrier took it stays withdrawn, and keeps the truth that the carrier has it.
_ACCEPTED = """
WITH told AS (
    SELECT * FROM unnest(%(ids)s::bigint[], %(tokens)s::bigint[], %(carrier_ids)s::text[]) AS t(id, token, carrier_id)
), held AS (
    SELECT n.id FROM tocsin_notice n JOIN told ON told.id = n.id AND told.token = n.lease_token
    WHERE n.state IN ('claimed', 'withdrawn') ORDER BY n.id FOR UPDATE OF n
)
UPDATE tocsin_notice n SET
    state = CASE WHEN n.state = 'claimed' THEN 'accepted' ELSE n.state END,
    carrier_id = told.carrier_id, accepted_at = now(), lease_until = NULL,
    ended_at = CASE WHEN n.state = 'claimed' AND n.purpose = ANY(%(asks)s) THEN NULL
        ELSE coalesce(n.ended_at, now()) END,
    deadline_at = CASE WHEN n.purpose = ANY(%(asks)s) THEN now() + %(answer)s * interval '1 second'
        ELSE n.deadline_at END
FROM told JOIN held ON held.id = told.id WHERE n.id = told.id
RETURNING n.id, n.incident_id
"""
_AGAIN = """
WITH told AS (
    SELECT * FROM unnest(%(ids)s::bigint[], %(tokens)s::bigint[], %(pauses)s::float8[], %(reasons)s::text[])
        AS t(id, token, pause, reason)
), held AS (
    SELECT n.id FROM tocsin_notice n JOIN told ON told.id = n.id AND told.token = n.lease_token
    WHERE n.state = 'claimed' ORDER BY n.id FOR UPDATE OF n
)
UPDATE tocsin_notice n SET state = 'owed', lease_until = NULL, due_at = now() + told.pause * interval '1 second',
    reason = left(told.reason, 160)
FROM told JOIN held ON held.id = told.id WHERE n.id = told.id
"""
_ENDED = """
WITH told AS (
    SELECT * FROM unnest(%(ids)s::bigint[], %(tokens)s::bigint[], %(finals)s::text[], %(reasons)s::text[])
        AS t(id, token, final, reason)
), held AS (
    SELECT n.id FROM tocsin_notice n JOIN told ON told.id = n.id AND told.token = n.lease_token
    WHERE n.state = 'claimed' ORDER BY n.id FOR UPDATE OF n
)
UPDATE tocsin_notice n SET state = told.final, lease_until = NULL, ended_at = now(), reason = left(told.reason, 160)
FROM told JOIN held ON held.id = told.id WHERE n.id = told.id
"""
_NEXT_DUE = """
SELECT extract(epoch FROM min(due_at) - now())::float8 FROM tocsin_notice
WHERE lane = %s AND channel = %s AND state IN ('owed', 'claimed')
"""
_TELL = "SELECT pg_notify('tocsin_live', incident::text) FROM unnest(%s::bigint[]) AS t(incident)"
# What a carrier says it could not deliver is noted and changes no state: some receipts lie.
_RECEIPTS = """
WITH told AS (
    SELECT * FROM unnest(%(carrier_ids)s::text[], %(ats)s::timestamptz[], %(delivered)s::bool[], %(reasons)s::text[])
        AS t(carrier_id, at, is_delivered, reason)
)
UPDATE tocsin_notice n SET
    state = CASE WHEN told.is_delivered AND n.state = 'accepted' THEN 'delivered' ELSE n.state END,
    delivered_at = CASE WHEN told.is_delivered THEN told.at ELSE n.delivered_at END,
    reason = CASE WHEN told.is_delivered OR n.reason <> '' THEN n.reason ELSE 'receipt: ' || told.reason END
FROM told WHERE n.carrier_id = told.carrier_id AND n.carrier_id <> '' AND n.channel = %(channel)s
RETURNING n.carrier_id, n.incident_id
"""


@dataclass(frozen=True, slots=True)
class Claimed:
    """One notice that this worker holds, with what is needed to send it, still sealed."""

    id: int
    uid: UUID
    purpose: str
    wave_id: int | None
    incident_id: int | None
    token: int
    attempts: int
    is_repeat: bool
    language: str
    subject_sealed: bytes
    body_sealed: bytes
    address_sealed: bytes | None
    party_uid: UUID | None
    incident_uid: UUID | None
    address_key: bytes | None
    text_key: bytes | None


class Held(NamedTuple):
    """A claim, as the fence checks it."""

    id: int
    token: int


async def claim(connection: AsyncConnection[Any], *, lane: str, channel: str, limit: int) -> list[Claimed]:
    """Claim up to `limit` notices that are due, those due first."""
    values = {"lane": lane, "channel": channel, "limit": limit, "lease": LEASE_S}
    async with connection.cursor(row_factory=class_row(Claimed), binary=True) as cursor:
        await cursor.execute(_CLAIM, values)
        return await cursor.fetchall()


async def keep_alive(connection: AsyncConnection[Any], held: Sequence[Held]) -> None:
    """Make the leases of notices that are under way last longer."""
    await connection.execute(_KEEP_ALIVE, _pairs(held) | {"lease": LEASE_S})


async def still_held(connection: AsyncConnection[Any], held: Sequence[Held]) -> set[int]:
    """Give those that were neither withdrawn nor claimed by another worker meanwhile, and whose wave still runs."""
    cursor = await connection.execute(_STILL_HELD, _pairs(held))
    return {row[0] for row in await cursor.fetchall()}


async def write_accepted(connection: AsyncConnection[Any], done: Sequence[tuple[Held, str]]) -> list[tuple[int, int]]:
    """Write down what carriers took, with their ids. Returns those that the fence let pass, with their incidents."""
    values = _pairs([held for held, _ in done]) | {
        "carrier_ids": [storable(carrier_id)[:80] for _, carrier_id in done],
        "asks": [str(purpose) for purpose in ASKS],
        "answer": ANSWER_S,
    }
    cursor = await connection.execute(_ACCEPTED, values)
    return await cursor.fetchall()


async def write_again(connection: AsyncConnection[Any], done: Sequence[tuple[Held, float, str]]) -> int:
    """Owe again, after so many seconds, what failed for a time only. Returns how many the fence let pass."""
    values = _pairs([held for held, _, _ in done]) | {
        "pauses": [pause for _, pause, _ in done],
        "reasons": [storable(reason) for _, _, reason in done],
    }
    return (await connection.execute(_AGAIN, values)).rowcount


async def write_ended(connection: AsyncConnection[Any], done: Sequence[tuple[Held, NoticeState, str]]) -> int:
    """Write final outcomes: refused or withdrawn. Returns how many the fence let pass."""
    values = _pairs([held for held, _, _ in done]) | {
        "finals": [str(final) for _, final, _ in done],
        "reasons": [storable(reason) for _, _, reason in done],
    }
    return (await connection.execute(_ENDED, values)).rowcount


async def next_due_s(connection: AsyncConnection[Any], *, lane: str, channel: str) -> float | None:
    """Say in how many seconds the earliest notice is due; `None`: nothing is owed."""
    cursor = await connection.execute(_NEXT_DUE, (lane, channel))
    row = await cursor.fetchone()
    return None if row is None else row[0]


async def write_receipts(
    connection: AsyncConnection[Any], channel: str, receipts: Sequence[DeliveryReceipt]
) -> list[tuple[str, int | None]]:
    """Note what carriers claim became of messages. Returns which were ours, with their incidents."""
    values = {
        "carrier_ids": [storable(receipt.carrier_id) for receipt in receipts],
        "ats": [receipt.at for receipt in receipts],
        "delivered": [receipt.is_delivered for receipt in receipts],
        "reasons": [storable(receipt.reason)[:120] for receipt in receipts],
        "channel": channel,
    }
    cursor = await connection.execute(_RECEIPTS, values)
    return await cursor.fetchall()


async def tell_pages(connection: AsyncConnection[Any], incidents: Iterable[int | None]) -> None:
    """Let the open pages of these incidents show how far their messages got."""
    known = sorted({incident for incident in incidents if incident is not None})
    if known:
        await connection.execute(_TELL, (known,))


def _pairs(held: Sequence[Held]) -> dict[str, Any]:
    return {"ids": [one.id for one in held], "tokens": [one.token for one in held]}

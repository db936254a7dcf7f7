"""What waits for a worker: small questions, asked often, so in plain SQL and without a thread."""

from typing import Any

from psycopg import AsyncConnection

# A signal bears the time of its gateway, whose clock may be ahead; only after a failure does one wait for its time.
_CRIES = """
SELECT id FROM tocsin_signal WHERE state = 'waiting' AND alarms <> '{}' AND (due_at <= now() OR attempts = 0)
ORDER BY due_at LIMIT %s
"""
_OTHERS = """
SELECT id FROM tocsin_signal
WHERE state = 'waiting' AND alarms = '{}' AND is_readable AND (due_at <= now() OR attempts = 0)
ORDER BY due_at LIMIT %s
"""
_INBOUND = "SELECT id FROM tocsin_inbound WHERE state = 'waiting' AND due_at <= now() ORDER BY due_at LIMIT %s"
_CALLOUTS = """
SELECT id, incident_id FROM tocsin_callout WHERE state = 'running' AND due_at <= now() ORDER BY due_at LIMIT %s
"""
_NEXT_CALLOUT = "SELECT extract(epoch FROM min(due_at) - now())::float8 FROM tocsin_callout WHERE state = 'running'"


async def cries(connection: AsyncConnection[Any], limit: int) -> list[int]:
    """Give signals with alarms that wait for intake, those due first. Whoever takes one locks it; others skip it."""
    return await _ids(connection, _CRIES, limit)


async def other_signals(connection: AsyncConnection[Any], limit: int) -> list[int]:
    """Give readable signals without an alarm that wait: media that was put together."""
    return await _ids(connection, _OTHERS, limit)


async def inbound(connection: AsyncConnection[Any], limit: int) -> list[int]:
    """Give messages of people that wait."""
    return await _ids(connection, _INBOUND, limit)


async def callouts(connection: AsyncConnection[Any], limit: int) -> list[tuple[int, int]]:
    """Give the running callouts whose next step is due, with their incidents."""
    cursor = await connection.execute(_CALLOUTS, (limit,))
    return await cursor.fetchall()


async def next_callout_s(connection: AsyncConnection[Any]) -> float | None:
    """Say in how many seconds the next step of any callout is due; `None`: no callout runs."""
    cursor = await connection.execute(_NEXT_CALLOUT)
    row = await cursor.fetchone()
    return None if row is None else row[0]


async def _ids(connection: AsyncConnection[Any], statement: str, limit: int) -> list[int]:
    cursor = await connection.execute(statement, (limit,))
    return [row[0] for row in await cursor.fetchall()]

"""The only place that asks what time it is. Everything below is told."""

from datetime import UTC, datetime


def now() -> datetime:
    """Return the current instant, aware, in UTC."""
    return datetime.now(UTC)


def is_utc(instant: datetime) -> bool:
    """Say whether an instant is aware and stated in UTC."""
    offset = instant.utcoffset()
    return offset is not None and not offset

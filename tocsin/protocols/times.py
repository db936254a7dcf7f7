"""Instants out of what devices write. A date that cannot be is `None`: a wrong clock must not cost a call for help."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def instant(
    year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0, *, offset_s: int = 0
) -> datetime | None:
    """Make an aware UTC instant from a clock that runs `offset_s` ahead of UTC. Two-digit years are 20xx.

    `None`: no such date. A device that never saw a satellite writes zeros.
    """
    try:
        moment = datetime(year + 2000 if year < 100 else year, month, day, hour, minute, second, tzinfo=UTC)
        return moment - timedelta(seconds=offset_s) if offset_s else moment
    except (ValueError, OverflowError):
        return None


def epoch(seconds: float) -> datetime | None:
    """Make an instant from seconds since 1970. `None`: beyond what a date can hold."""
    try:
        return _EPOCH + timedelta(seconds=seconds)
    except (ValueError, OverflowError):
        return None


def packed(data: bytes, *, offset_s: int = 0) -> datetime | None:
    """Read `yymmddhhmmss` out of six bytes of binary-coded decimals."""
    return written(data.hex(), offset_s=offset_s)


def written(text: str, *, offset_s: int = 0) -> datetime | None:
    """Read `yymmddhhmmss` or `yyyymmddhhmmss` written as digits."""
    if len(text) not in (12, 14) or not (text.isascii() and text.isdigit()):
        return None
    year, rest = int(text[:-10]), text[-10:]
    return instant(year, *(int(rest[at : at + 2]) for at in range(0, 10, 2)), offset_s=offset_s)


def iso(text: str) -> datetime | None:
    """Read an ISO 8601 instant; without a zone it is UTC."""
    try:
        moment = datetime.fromisoformat(text.strip())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None

"""Secrets in the links that supporters get. Pure: the key is given.

They are computed from the row, not stored, so that a stolen database holds none, and 300,000 messages need no lookup.
"""

import base64
import hashlib
import hmac
from datetime import datetime, timedelta
from uuid import UUID

CONFIRM_HOURS = 48
CODE_DIGITS = 6
WRONG_CODES_MAX = 5  # With a million codes, five guesses are one chance in 200,000.
MAC_BYTES = 12


def leave_secret(key: bytes, supporter_id: int) -> str:
    """Give the secret of the link with which this supporter leaves. It holds for ever."""
    return f"{supporter_id:x}-{_mac(key, f'leave:{supporter_id}')}"


def confirm_secret(key: bytes, supporter_id: int, asked_at: datetime) -> str:
    """Give the secret of the link that confirms. Asking again makes the former one worthless."""
    return f"{supporter_id:x}-{_mac(key, f'confirm:{supporter_id}:{asked_at.isoformat()}')}"


def confirm_code(key: bytes, supporter_id: int, asked_at: datetime) -> str:
    """Give the digits that an SMS carries instead of a link."""
    digest = _digest(key, f"code:{supporter_id}:{asked_at.isoformat()}")
    return f"{int.from_bytes(digest[:8], 'big') % 10**CODE_DIGITS:0{CODE_DIGITS}}"


def supporter_in(secret: str) -> int | None:
    """Read whose secret this claims to be. Nothing is proved by it: compare the whole secret next."""
    number = secret.partition("-")[0]
    return int(number, 16) if 0 < len(number) <= 15 and all(char in "0123456789abcdef" for char in number) else None


def is_same(secret: str, wanted: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(secret.encode(), wanted.encode())


def is_fresh(asked_at: datetime | None, now: datetime) -> bool:
    """Say whether a confirmation may still be given."""
    return asked_at is not None and now - asked_at <= timedelta(hours=CONFIRM_HOURS)


def short_uid(uid: UUID) -> str:
    """Write an appeal's uid in 22 characters, for SMS."""
    return base64.urlsafe_b64encode(uid.bytes).decode().rstrip("=")


def long_uid(short: str) -> UUID | None:
    """Read what `short_uid` wrote; `None` for anything else."""
    try:
        raw = base64.urlsafe_b64decode(f"{short}==")
    except ValueError:
        return None
    return UUID(bytes=raw) if len(raw) == 16 and short_uid(UUID(bytes=raw)) == short else None


def _digest(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), hashlib.sha256)


def _mac(key: bytes, text: str) -> str:
    return base64.urlsafe_b64encode(_digest(key, text)[:MAC_BYTES]).decode()

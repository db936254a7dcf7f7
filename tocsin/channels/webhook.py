"""A signed HTTP POST to a system of your own or a partner's. `docs/channels/webhook.md` shows how to check it.

The signature covers the time and the body, so that neither can be changed nor an old one played again.
"""

import hashlib
import hmac
import json
import re
import ssl
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import httpx

from tocsin.channels.base import Outgoing, Progress, Receipt, Receive, SendError
from tocsin.core import clock

ANSWER_BYTES_MAX = 65_536  # Of an answer nobody reads; a longer one costs the connection.
TOLERANCE = timedelta(minutes=5)
_HEADER_SAFE = re.compile(r"[A-Za-z0-9._:-]{1,200}")
TRY_AGAIN = frozenset({408, 425, 429})  # Refusals that are about this moment (RFC 9110, 8470, 6585).


@dataclass(frozen=True, slots=True)
class WebhookOptions:
    """What a route needs to know. `url` empty: each message's address is the URL."""

    secret: bytes = field(repr=False)
    url: str = field(default="", repr=False)
    concurrency: int = 20
    connect_s: float = 5.0
    answer_s: float = 10.0
    tls: ssl.SSLContext | None = None


class WebhookRoute:
    """The channel."""

    kind = "webhook"

    def __init__(self, options: WebhookOptions) -> None:
        self._options = options
        self.concurrency = options.concurrency
        self._client: httpx.AsyncClient | None = None

    def __repr__(self) -> str:
        """Say no more: the address of a webhook is often its password."""
        return "<WebhookRoute>"

    async def start(self, receive: Receive) -> None:
        """Open the pool of connections. Nothing ever comes in by this way."""
        options = self._options
        self._client = httpx.AsyncClient(
            verify=options.tls or ssl.create_default_context(),
            follow_redirects=False,
            timeout=httpx.Timeout(options.answer_s, connect=options.connect_s),
            limits=httpx.Limits(max_connections=options.concurrency),
            headers={"User-Agent": "Tocsin"},
        )

    async def send(self, outgoing: Outgoing) -> Receipt:
        """Post one message. Raises `SendError`."""
        if self._client is None:
            raise SendError("this webhook route is not running", permanent=False)
        url = _checked(self._options.url or outgoing.address)
        if not _HEADER_SAFE.fullmatch(outgoing.message_id):
            raise SendError("a message's id has letters, digits and -._: only", permanent=True)
        body = _body(outgoing)
        headers = {
            "Content-Type": "application/json",
            "Tocsin-Message-Id": outgoing.message_id,
            "Tocsin-Signature": sign(self._options.secret, body, clock.now()),
        }
        try:
            async with self._client.stream("POST", url, content=body, headers=headers) as answer:
                await _skim(answer)
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise SendError(f"the webhook cannot be reached ({type(error).__name__})", permanent=False) from error
        if not answer.is_success:
            is_permanent = answer.is_client_error and answer.status_code not in TRY_AGAIN
            raise SendError(f"the webhook answered {answer.status_code}", permanent=is_permanent)
        return Receipt(Progress.ACCEPTED)

    async def stop(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None


def sign(secret: bytes, body: bytes, at: datetime) -> str:
    """Return the value of `Tocsin-Signature` for a body sent at that time."""
    seconds = int(at.timestamp())
    return f"t={seconds},v1={_digest(secret, str(seconds).encode(), body)}"


def is_genuine(secret: bytes, body: bytes, signature: str, now: datetime) -> bool:
    """Say whether a signature is ours, over this body, and fresh. For the receiving side, and for our tests."""
    fields = dict(part.split("=", 1) for part in signature.split(",") if "=" in part)
    seconds = fields.get("t", "")
    if not (seconds.isascii() and seconds.isdigit() and len(seconds) <= 12):
        return False
    if abs(now - datetime.fromtimestamp(int(seconds), UTC)) > TOLERANCE:
        return False
    expected = _digest(secret, seconds.encode(), body)
    return hmac.compare_digest(expected.encode(), fields.get("v1", "").encode())


def _digest(secret: bytes, seconds: bytes, body: bytes) -> str:
    return hmac.new(secret, seconds + b"." + body, hashlib.sha256).hexdigest()


def _body(outgoing: Outgoing) -> bytes:
    document = {
        "message_id": outgoing.message_id,
        "to": outgoing.address,
        "subject": outgoing.subject,
        "body": outgoing.body,
        "language": outgoing.language,
        "is_repeat": outgoing.is_repeat,
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _checked(address: str) -> str:
    """Return the address, or refuse it: only http and https reach a webhook."""
    try:
        url = httpx.URL(address)
        host = urlsplit(address).hostname
    except (httpx.InvalidURL, ValueError) as error:
        raise SendError("the webhook's address is not a URL", permanent=True) from error
    if url.scheme not in ("http", "https") or not host:
        raise SendError("a webhook's address begins with https:// or http://", permanent=True)
    return address


async def _skim(answer: httpx.Response) -> None:
    """Read a short answer, so that the connection can be used again; leave a long one unread."""
    seen = 0
    async for chunk in answer.aiter_raw():
        seen += len(chunk)
        if seen > ANSWER_BYTES_MAX:
            return

"""Mail over SMTP to a relay, on a few connections that stay open. Source: RFC 5321, enhanced codes RFC 3463.

Accepted means that the relay took it. What the relay says later (bounces) goes to the sender's mailbox, not here.
"""

import asyncio
import re
import ssl
from dataclasses import dataclass, field

import aiosmtplib

from tocsin.channels.base import Outgoing, Progress, Receipt, Receive, SendError
from tocsin.channels.mail import Mailbox, MailError, check_address, compose, message_id_of
from tocsin.channels.pace import Pace
from tocsin.core import clock

IDLE_S_MAX = 60.0  # A connection idle for longer may be half dead: a new one costs less than to wait for it.
CARRIER_ID_CHARS_MAX = 80

# Refusals that concern us and not the address: sign-in or encryption is asked for, or the server is going down.
_ABOUT_US = frozenset({421, 503, 530, 534, 535, 538})
_ENHANCED = re.compile(r"^\s*([245]\.\d{1,3}\.\d{1,3})\b")


@dataclass(frozen=True, slots=True)
class SmtpOptions:
    """What a route needs to know. `docs/channels/email.md` explains each."""

    host: str
    port: int
    sender: Mailbox
    user: str = ""
    password: str = field(default="", repr=False)
    has_tls: bool = False  # From the first byte.
    starttls: bool | None = True  # `None`: if the relay offers it.
    tls: ssl.SSLContext | None = None
    connections: int = 4
    rate_per_s: float | None = None
    command_s: float = 15.0
    send_s: float = 40.0


@dataclass(slots=True)
class _Line:
    """A connection and when it was last of use."""

    client: aiosmtplib.SMTP
    used_at: float


class SmtpRoute:
    """The channel."""

    kind = "email"

    def __init__(self, options: SmtpOptions) -> None:
        self._options = options
        self.concurrency = options.connections
        self._free: list[_Line] = []
        self._slots = asyncio.Semaphore(options.connections)
        self._pace: Pace | None = None

    def __repr__(self) -> str:
        """Show where it leads; the password stays out."""
        return f"<SmtpRoute {self._options.host}:{self._options.port}>"

    async def start(self, receive: Receive) -> None:
        """Get ready. Connections open with the first mails. Nothing ever comes in by this way."""
        self._pace = Pace(self._options.rate_per_s, asyncio.get_running_loop().time)

    async def send(self, outgoing: Outgoing) -> Receipt:
        """Hand over one mail. Raises `SendError`."""
        options = self._options
        if self._pace is None:
            raise SendError("this mail route is not running", permanent=False)
        try:
            to = check_address(outgoing.address)
            content = compose(outgoing, options.sender, to, clock.now())
        except MailError as error:
            raise SendError(str(error), permanent=True) from error
        try:
            async with asyncio.timeout(options.send_s):
                async with self._slots:
                    await self._pace.turn()
                    await self._transact(to, content)
        except TimeoutError as error:
            raise SendError("the mail relay did not answer in time; it may have been taken", permanent=False) from error
        return Receipt(Progress.ACCEPTED, message_id_of(outgoing, options.sender.domain)[:CARRIER_ID_CHARS_MAX])

    async def stop(self) -> None:
        """Say goodbye on every connection."""
        self._pace = None
        for _ in range(self._options.connections):  # Wait for those under way.
            await self._slots.acquire()
        for line in self._free:
            try:
                await line.client.quit(timeout=2)
            except (aiosmtplib.SMTPException, OSError):
                line.client.close()
        self._free.clear()

    async def _transact(self, to: str, content: bytes) -> None:
        """Give one mail to one connection. Raises `SendError`; keeps the connection when it is still good."""
        client = self._kept() or await self._connect()
        try:
            client = await self._begin(client, to)
            await client.rcpt(to, encoding="ascii" if to.isascii() else "utf-8")
            await client.data(content)
        except aiosmtplib.SMTPResponseException as error:
            await self._reset(client)
            raise _refusal(error) from error
        except (aiosmtplib.SMTPException, OSError) as error:
            client.close()
            words = f"the connection to the mail relay was lost ({type(error).__name__}); it may have been taken"
            raise SendError(words, permanent=False) from error
        except (asyncio.CancelledError, SendError):
            client.close()
            raise
        self._keep(client)

    async def _begin(self, client: aiosmtplib.SMTP, to: str) -> aiosmtplib.SMTP:
        """Say whom the mail is from. A kept connection that died meanwhile is replaced: nothing was sent on it yet."""
        try:
            await self._mail_from(client, to)
        except (aiosmtplib.SMTPServerDisconnected, aiosmtplib.SMTPTimeoutError):
            client.close()
        except aiosmtplib.SMTPSenderRefused as error:
            if error.code != aiosmtplib.SMTPStatus.domain_unavailable:  # 421: it is closing the connection.
                raise
            client.close()
        else:
            return client
        client = await self._connect()
        await self._mail_from(client, to)
        return client

    async def _mail_from(self, client: aiosmtplib.SMTP, to: str) -> None:
        sender = self._options.sender.address
        if to.isascii() and sender.isascii():
            await client.mail(sender)
        elif client.supports_extension("smtputf8"):
            await client.mail(sender, options=["SMTPUTF8"], encoding="utf-8")
        else:
            raise SendError("the mail relay cannot take an address in this script", permanent=True)

    async def _connect(self) -> aiosmtplib.SMTP:
        options = self._options
        client = aiosmtplib.SMTP(
            hostname=options.host,
            port=options.port,
            username=options.user or None,
            password=options.password or None,
            local_hostname=options.sender.domain,  # Our machine's own name is nobody's business.
            use_tls=options.has_tls,
            start_tls=False if options.has_tls else options.starttls,
            tls_context=options.tls,
            timeout=options.command_s,
        )
        try:
            await client.connect()
        except aiosmtplib.SMTPResponseException as error:
            words = f"the mail relay refused the connection or the sign-in ({_code(error)})"
            raise SendError(words, permanent=False) from error
        except (aiosmtplib.SMTPException, OSError) as error:
            words = f"the mail relay cannot be reached ({type(error.__cause__ or error).__name__})"
            raise SendError(words, permanent=False) from error
        return client

    def _kept(self) -> aiosmtplib.SMTP | None:
        """Return an open connection that was of use a moment ago."""
        now = asyncio.get_running_loop().time()
        while self._free:
            line = self._free.pop()
            if line.client.is_connected and now - line.used_at < IDLE_S_MAX:
                return line.client
            line.client.close()
        return None

    def _keep(self, client: aiosmtplib.SMTP) -> None:
        self._free.append(_Line(client, asyncio.get_running_loop().time()))

    async def _reset(self, client: aiosmtplib.SMTP) -> None:
        """Make a connection fit for the next mail after a refusal, or close it."""
        try:
            await client.rset(timeout=2)
        except (aiosmtplib.SMTPException, OSError):
            client.close()
        else:
            self._keep(client)


def _refusal(error: aiosmtplib.SMTPResponseException) -> SendError:
    """Say what was refused. Only the codes: the relay's own words often repeat the address."""
    what = {
        aiosmtplib.SMTPSenderRefused: "our sender",
        aiosmtplib.SMTPRecipientRefused: "the recipient",
        aiosmtplib.SMTPDataError: "the mail",
    }.get(type(error), "the command")
    is_permanent = 500 <= error.code < 600 and error.code not in _ABOUT_US
    return SendError(f"the mail relay refused {what} ({_code(error)})", permanent=is_permanent)


def _code(error: aiosmtplib.SMTPResponseException) -> str:
    enhanced = _ENHANCED.match(error.message)
    return f"{error.code} {enhanced[1]}" if enhanced else str(error.code)

"""A pretend mail relay: real SMTP on loopback, with mailboxes that can be read."""

import asyncio
import ssl
from collections.abc import Callable
from datetime import datetime
from typing import Any, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tocsin.core import clock
from tocsin.demo.misbehaviour import Misbehaviour
from tocsin.demo.pocket import Note, Pockets

MAIL_BYTES_MAX = 10_000_000


class _Line(SMTP):
    """One connection; the carrier knows those that are open."""

    lines: set["_Line"]

    def connection_lost(self, error: Exception | None) -> None:
        """Forget it."""
        self.lines.discard(self)
        super().connection_lost(error)

    def cut(self) -> None:
        """Drop the connection as a failing network does."""
        if self.transport is not None:
            cast(asyncio.Transport, self.transport).abort()  # uvloop's are no subclass.


class SmtpCarrier:
    """The relay. aiosmtpd calls the `handle_…` methods, which carry its names."""

    def __init__(
        self,
        pockets: Pockets,
        misbehaviour: Misbehaviour,
        *,
        password: str = "",
        tls: ssl.SSLContext | None = None,
        now: Callable[[], datetime] = clock.now,
    ) -> None:
        self._pockets = pockets
        self.misbehaviour = misbehaviour
        self._password = password
        self._tls = tls
        self._now = now
        self._server: asyncio.Server | None = None
        self.lines: set[_Line] = set()
        self.mails = 0

    async def start(self, port: int = 0, host: str = "127.0.0.1") -> int:
        """Listen. Returns the port."""
        self._server = await asyncio.get_running_loop().create_server(self._connected, host, port)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Close every connection and stop listening."""
        if self._server is None:
            return
        self._server.close()
        self.drop_all()
        await self._server.wait_closed()

    def drop_all(self) -> None:
        """Cut every connection, as a failing network does."""
        for line in list(self.lines):
            line.cut()

    def _connected(self) -> SMTP:
        line = _Line(
            self,
            hostname="mail.example.net",
            ident="pretend relay",
            enable_SMTPUTF8=True,
            data_size_limit=MAIL_BYTES_MAX,
            tls_context=self._tls,
            require_starttls=self._tls is not None,
            auth_required=bool(self._password),
            auth_require_tls=self._tls is not None,
            authenticator=self._signed_in if self._password else None,
            loop=asyncio.get_running_loop(),
        )
        line.lines = self.lines
        self.lines.add(line)
        return line

    def _signed_in(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword
    ) -> AuthResult:
        # Not "handled": aiosmtpd then says 535 to the client.
        return AuthResult(success=data.password == self._password.encode(), handled=False)

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's name)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[Any]
    ) -> str:
        """Take a recipient, or refuse it on purpose."""
        if self.misbehaviour.mail_rcpt:
            return self.misbehaviour.mail_rcpt
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Put a mail into each recipient's mailbox."""
        wrong = self.misbehaviour
        if wrong.mail_answer_s:
            await asyncio.sleep(wrong.mail_answer_s)
        if wrong.mail_drop:
            for line in self.lines & {server}:
                line.cut()
            await asyncio.get_running_loop().create_future()  # Until aiosmtpd sees the end and cancels us: no answer.
        if wrong.mail_data:
            return wrong.mail_data
        content = envelope.content
        assert isinstance(content, bytes)
        self.mails += 1
        for address in envelope.rcpt_tos:
            self._pockets.put(Note(self._now(), "email", address, envelope.mail_from or "", "in", "", raw=content))
        return "250 OK"

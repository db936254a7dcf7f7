"""SMS over SMPP 3.4: one lasting connection to a carrier or gateway, many messages under way at once.

A message counts as accepted when the carrier took every part of it. Nothing is repeated here: what failed is told at
once, so that the ledger can try again or another way.
"""

import asyncio
import logging
import random
import re
import ssl
import zlib
from dataclasses import dataclass, field
from typing import NamedTuple

from tocsin.channels import smpp_status
from tocsin.channels.base import Outgoing, Progress, Receipt, Receive, SendError
from tocsin.channels.pace import Pace
from tocsin.channels.smpp_inbound import Inbound
from tocsin.channels.smpp_pdu import Address, Bind, Command, Pdu, ShortMessage, decode_name, encode_bind, encode_message
from tocsin.channels.smpp_receipt import PartReceipts, name_of_parts
from tocsin.channels.smpp_session import CLOSE_S, Session, Timing
from tocsin.channels.smpp_text import HAS_HEADER, TextTooLongError, encode_text, part_header
from tocsin.core import clock

RETRY_S = (0.0, 0.2, 0.5, 1.0, 2.0, 5.0)  # The first retry at once; with jitter, so that a fleet does not come as one.
SETTLED_S = 5.0  # A connection that lived this long was a good one: its loss is retried at once.
PACED_WAIT_S = 5.0  # With a rate, no more messages are under way than leave within this time.

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_SHORT_CODE_DIGITS_MAX = 8

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SmppOptions:
    """What a route needs to know. `docs/channels/sms-smpp.md` explains each."""

    host: str
    port: int
    bind: Bind = field(repr=False)
    sender: Address
    window: int = 50
    rate_per_s: float | None = None
    tls: ssl.SSLContext | None = None
    wants_receipts: bool = True
    validity_period: str = ""
    service_type: str = ""
    country: str = ""
    default_alphabet: str = "gsm7"
    has_hex_ids: bool = False
    connect_s: float = 5.0
    hold_s: float = 2.0
    timing: Timing = field(default_factory=Timing)


class _Refused(NamedTuple):
    """Why there is no connection."""

    words: str


class SmppRoute:
    """The channel. Connects by itself, and again whenever the connection is lost."""

    kind = "sms"

    def __init__(self, options: SmppOptions) -> None:
        self._options = options
        paced = options.window if options.rate_per_s is None else max(1, int(options.rate_per_s * PACED_WAIT_S))
        self.concurrency = min(options.window, paced)
        self._receipts = PartReceipts()
        self._inbound: Inbound | None = None
        self._session: Session | None = None
        self._refusal: str | None = None  # Why the last try to connect failed.
        self._keeper: asyncio.Task[None] | None = None
        self._told = asyncio.Event()
        self._pace: Pace | None = None

    def __repr__(self) -> str:
        """Show where it leads; the password stays out."""
        return f"<SmppRoute {self._options.host}:{self._options.port}>"

    @property
    def is_bound(self) -> bool:
        """Say whether messages can be handed over this moment."""
        return self._session is not None and not self._session.is_closing

    async def wait_until_bound(self) -> None:
        """Return when messages can be handed over."""
        while not self.is_bound:
            self._told.clear()
            await self._told.wait()

    async def start(self, receive: Receive) -> None:
        """Connect in the background. Returns at once; a dead carrier is no error here."""
        assert self._keeper is None, "this route was started before"
        loop = asyncio.get_running_loop()
        options = self._options
        self._inbound = Inbound(
            receive,
            self._receipts,
            clock.now,
            country=options.country,
            default_alphabet=options.default_alphabet,
            read_id=_decimal_id if options.has_hex_ids else str,
            hold_s=options.hold_s,
        )
        self._pace = Pace(options.rate_per_s, loop.time)
        self._keeper = loop.create_task(self._keep_bound(self._inbound))

    async def send(self, outgoing: Outgoing) -> Receipt:
        """Hand over one message. Raises `SendError` within the answer's time after the window has room."""
        bodies = self._bodies(outgoing)
        session = await self.session()
        if len(bodies) == 1:
            answer = await self._submit(session, bodies[0])
            return Receipt(Progress.ACCEPTED, self._accepted(await answer))
        assert self._inbound is not None, "there is no session before the start"
        self._receipts.sending += 1
        try:
            answers = [await self._submit(session, body) for body in bodies]
            carrier_ids = [self._accepted(await answer) for answer in answers]
            self._receipts.expect(carrier_ids)
        finally:
            self._receipts.sending -= 1
            self._inbound.take_early()
        return Receipt(Progress.ACCEPTED, name_of_parts(carrier_ids))

    async def session(self) -> Session:
        """Return the connection. Waits only while a first try or a first retry is under way. Raises `SendError`."""
        if self._session is not None and not self._session.is_closing:
            return self._session
        try:
            async with asyncio.timeout(self._options.connect_s):
                return await self._next_session()
        except TimeoutError as error:
            raise SendError("the SMS carrier cannot be reached", permanent=False) from error

    async def _next_session(self) -> Session:
        while self._keeper is not None:
            if self._session is not None and not self._session.is_closing:
                return self._session
            if self._refusal is not None:
                raise SendError(self._refusal, permanent=False)
            self._told.clear()
            await self._told.wait()
        raise SendError("this SMS route is not running", permanent=False)

    async def stop(self) -> None:
        """Finish what is under way, say goodbye, disconnect."""
        keeper, self._keeper = self._keeper, None
        if keeper is None or self._inbound is None:
            return
        self._told.set()
        keeper.cancel()
        await asyncio.wait([keeper])
        session, self._session = self._session, None
        if session is not None:
            await session.drain(self._options.timing.answer_s)
        await self._inbound.drain(self._options.timing.answer_s)
        if session is not None and not session.is_closing:
            await asyncio.wait([session.request(Command.UNBIND)], timeout=CLOSE_S)
            session.close("we said goodbye")
            await session.lost

    async def _submit(self, session: Session, body: bytes) -> asyncio.Future[Pdu]:
        if self._options.rate_per_s is not None and self._pace is not None:
            await self._pace.turn()
        return await session.submit(Command.SUBMIT_SM, body)

    def _bodies(self, outgoing: Outgoing) -> list[bytes]:
        """Return the body of each part. The reference comes from our id: a repeat overwrites, it does not add."""
        if not _E164.fullmatch(outgoing.address):
            raise SendError("not an international number: + and 7 to 15 digits are needed", permanent=True)
        try:
            encoded = encode_text(outgoing.body, default_alphabet=self._options.default_alphabet)
        except TextTooLongError as error:
            raise SendError(str(error), permanent=True) from error
        parts = encoded.parts
        if len(parts) == 1:
            return [self._body(outgoing.address, encoded.data_coding, parts[0], 0)]
        reference = zlib.crc32(outgoing.message_id.encode()) & 0xFF
        return [
            self._body(
                outgoing.address,
                encoded.data_coding,
                part_header(reference, len(parts), number) + part,
                HAS_HEADER,
            )
            for number, part in enumerate(parts, start=1)
        ]

    def _body(self, address: str, data_coding: int, text: bytes, esm_class: int) -> bytes:
        options = self._options
        return encode_message(
            ShortMessage(
                source=options.sender,
                destination=Address(address[1:], 1, 1),
                text=text,
                esm_class=esm_class,
                data_coding=data_coding,
                registered_delivery=1 if options.wants_receipts else 0,
                validity_period=options.validity_period,
                service_type=options.service_type,
            )
        )

    def _accepted(self, unit: Pdu) -> str:
        """Return the carrier's id. Raises `SendError` for anything but a yes."""
        if unit.status != smpp_status.OK:
            words, is_permanent = smpp_status.meaning_of(unit.status)
            raise SendError(words, permanent=is_permanent)
        carrier_id = decode_name(unit.body)
        return _decimal_id(carrier_id, base=16) if self._options.has_hex_ids else carrier_id

    async def _keep_bound(self, inbound: Inbound) -> None:
        """Connect, and connect again, for ever."""
        loop = asyncio.get_running_loop()
        failures = 0
        while True:
            state = await self._connect(inbound)
            if isinstance(state, _Refused) and state.words != self._refusal:  # Each reason once, not every 5 s.
                logger.warning("SMS route cannot connect: %s. Trying again and again.", state.words)
            self._session, self._refusal = (state, None) if isinstance(state, Session) else (None, state.words)
            self._told.set()
            if isinstance(state, Session):
                logger.info("SMS route bound.")
                since = loop.time()
                await asyncio.shield(state.lost)
                failures = 0 if loop.time() - since >= SETTLED_S else failures
                logger.warning("SMS route lost: %s. Connecting again.", state.why_closed)
            # Jitter needs no secrecy.
            await asyncio.sleep(RETRY_S[min(failures, len(RETRY_S) - 1)] * random.uniform(0.5, 1))  # noqa: S311
            failures += 1

    async def _connect(self, inbound: Inbound) -> Session | _Refused:
        options = self._options
        loop = asyncio.get_running_loop()
        session: Session | None = None
        try:
            async with asyncio.timeout(options.connect_s):
                _transport, session = await loop.create_connection(
                    lambda: Session(inbound.take, window=options.window, timing=options.timing),
                    options.host,
                    options.port,
                    ssl=options.tls,
                )
                unit = await session.request(Command.BIND_TRANSCEIVER, encode_bind(options.bind))
        except (OSError, TimeoutError) as error:
            if session is not None:
                session.cut("the carrier did not answer the sign-in")
            return _Refused(f"the SMS carrier cannot be reached ({_kind_of(error)})")
        except asyncio.CancelledError:
            if session is not None:
                session.cut("stopped")
            raise
        if unit.status != smpp_status.OK:
            session.close("the carrier refused the sign-in")
            return _Refused(f"the SMS carrier: {smpp_status.meaning_of(unit.status).words}")
        return session


def sender_address(sender: str) -> Address:
    """Return a sender with its type: `+44…` international, `12345` a short code, anything else a name."""
    if sender.startswith("+"):
        return Address(sender[1:], 1, 1)
    if sender.isdigit():
        return Address(sender, 3, 0) if len(sender) <= _SHORT_CODE_DIGITS_MAX else Address(sender, 1, 1)
    return Address(sender, 5, 0)


def _decimal_id(carrier_id: str, *, base: int = 10) -> str:
    """Return an id as plain decimal. Some carriers answer in hexadecimal and write decimal into their receipts."""
    try:
        return str(int(carrier_id, base))
    except ValueError:
        return carrier_id


def _kind_of(error: Exception) -> str:
    """Name an error without its words, which may hold an address."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not valid: {error.verify_message}"
    return "no answer in time" if isinstance(error, TimeoutError) else type(error).__name__

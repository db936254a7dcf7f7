"""What a carrier brings us: messages from people and delivery receipts. Stored first, answered afterwards.

The parts of a long message are answered together, once the whole is stored. If a part is missing after `hold_s`, what
is there is handed over with a sign for what is missing (a call for help must not wait for its second half), and the
whole again when the rest arrives.
"""

import asyncio
import functools
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from tocsin.channels import smpp_status
from tocsin.channels.base import DeliveryReceipt, Incoming, Receive
from tocsin.channels.smpp_pdu import Address, Command, Pdu, PduError, ShortMessage, decode_data, decode_message
from tocsin.channels.smpp_receipt import Claim, PartReceipts, is_receipt, read_receipt
from tocsin.channels.smpp_session import Session
from tocsin.channels.smpp_text import Joiner, Part, decode_text, read_part

STORE_S = 30.0  # For storing one message; then the carrier is asked to repeat it.
AT_ONCE_MAX = 50  # Stored at the same time, of each sort.
RECEIPTS_WAITING_MAX = 1_000  # Then the carrier is told that our queue is full: it keeps them and repeats.
MESSAGES_WAITING_MAX = 5_000  # People come first: a flood of receipts must not shut them out.

UNKNOWN, INTERNATIONAL, NATIONAL, ALPHANUMERIC = 0, 1, 2, 5
INTERNATIONAL_DIGITS_MIN = 9
_ALL_DIGITS = re.compile(r"[0-9]+")

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Held:
    """Units whose answer waits until the whole message is stored."""

    message: ShortMessage
    part: Part
    timer: asyncio.TimerHandle
    units: list[tuple[Session, Pdu]] = field(default_factory=list)


class Inbound:
    """Takes the carrier's requests on every connection of a route."""

    def __init__(
        self,
        receive: Receive,
        receipts: PartReceipts,
        now: Callable[[], datetime],
        *,
        country: str = "",
        default_alphabet: str = "gsm7",
        read_id: Callable[[str], str] = str,
        hold_s: float = 2.0,
    ) -> None:
        self._receive = receive
        self._receipts = receipts
        self._now = now
        self._country = country
        self._default_alphabet = default_alphabet
        self._read_id = read_id
        self._hold_s = hold_s
        self._joiner = Joiner(default_alphabet=default_alphabet)
        self._early: list[tuple[Session, Pdu, Claim]] = []
        self._held: dict[tuple[str, str, int, int], _Held] = {}
        self._parts_held = 0
        self._tasks: set[asyncio.Task[None]] = set()
        # By whether it is a message from a person: a flood of receipts must not hold up an answer.
        self._waiting = {True: 0, False: 0}
        self._turn = {True: asyncio.Semaphore(AT_ONCE_MAX), False: asyncio.Semaphore(AT_ONCE_MAX)}

    def take(self, session: Session, unit: Pdu) -> None:
        """Take one request. It is answered later, when it is stored."""
        if unit.command not in (Command.DELIVER_SM, Command.DATA_SM):
            if unit.command not in (Command.ALERT_NOTIFICATION, Command.OUTBIND):  # These two want no answer.
                session.refuse(unit, smpp_status.INVALID_COMMAND)
            return
        try:
            message = decode_message(unit.body) if unit.command == Command.DELIVER_SM else decode_data(unit.body)
        except PduError as error:
            logger.error("An SMS from the carrier cannot be read (%s); ask the carrier what it sent.", error)
            session.answer(unit, smpp_status.RECEIVER_PERMANENT, b"\0")
            return
        if is_receipt(message):
            self._take_receipt(session, unit, message)
        else:
            self._take_message(session, unit, message)

    async def drain(self, within_s: float) -> None:
        """Wait for what is being stored; hand over what is held back for missing parts."""
        self.take_early()
        for key in list(self._held):
            self._give_up(key)
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=within_s)
        for task in self._tasks:
            task.cancel()

    def take_early(self) -> None:
        """Look again at receipts that may have been about a message in parts, whose answers are in now."""
        early, self._early = self._early, []
        for session, unit, claim in early:
            self._take_claim(session, unit, claim)

    def _take_receipt(self, session: Session, unit: Pdu, message: ShortMessage) -> None:
        claim = read_receipt(message)
        if claim is None:
            logger.warning("A delivery receipt from the carrier names no message; it is answered and left out.")
            session.answer(unit, smpp_status.OK, b"\0")
            return
        if claim.is_delivered is None:
            session.answer(unit, smpp_status.OK, b"\0")
        elif self._waiting[False] + len(self._early) >= RECEIPTS_WAITING_MAX:
            session.answer(unit, smpp_status.QUEUE_FULL, b"\0")
        else:
            self._take_claim(session, unit, claim._replace(carrier_id=self._read_id(claim.carrier_id)))

    def _take_claim(self, session: Session, unit: Pdu, claim: Claim) -> None:
        if self._receipts.sending and not self._receipts.is_known(claim.carrier_id):
            self._early.append((session, unit, claim))
            return
        resolved = self._receipts.resolve(claim)
        if resolved is None:
            session.answer(unit, smpp_status.OK, b"\0")
        else:
            self._spawn([(session, unit)], self._delivery_receipt(resolved))

    def _take_message(self, session: Session, unit: Pdu, message: ShortMessage) -> None:
        if self._waiting[True] + self._parts_held >= MESSAGES_WAITING_MAX:
            session.answer(unit, smpp_status.QUEUE_FULL, b"\0")
            return
        part, data = read_part(message)
        if part is None:
            text = decode_text(data, message.data_coding, default_alphabet=self._default_alphabet)
            self._spawn([(session, unit)], self._incoming(message, text))
        else:
            self._take_part(session, unit, message, part)

    def _take_part(self, session: Session, unit: Pdu, message: ShortMessage, part: Part) -> None:
        source, destination = message.source.digits, message.destination.digits
        key = (source, destination, part.reference, part.total)
        text = self._joiner.add(source, destination, part, self._now())
        held = self._held.get(key)
        if held is None:
            timer = asyncio.get_running_loop().call_later(self._hold_s, self._give_up, key)
            held = self._held[key] = _Held(message, part, timer)
        held.units.append((session, unit))
        self._parts_held += 1
        if text is not None:
            self._release(key, text)

    def _give_up(self, key: tuple[str, str, int, int]) -> None:
        """Stop waiting for the other parts; they join later."""
        held = self._held[key]
        source, destination = held.message.source.digits, held.message.destination.digits
        self._release(key, self._joiner.incomplete(source, destination, held.part))

    def _release(self, key: tuple[str, str, int, int], text: str) -> None:
        held = self._held.pop(key)
        held.timer.cancel()
        self._parts_held -= len(held.units)
        self._spawn(held.units, self._incoming(held.message, text))

    def _incoming(self, message: ShortMessage, text: str) -> Incoming:
        sender = read_number(message.source, country=self._country)
        return Incoming(channel="sms", sender=sender, body=text, carrier_id="", at=self._now())

    def _delivery_receipt(self, claim: Claim) -> DeliveryReceipt:
        delivered = bool(claim.is_delivered)
        return DeliveryReceipt("sms", claim.carrier_id, is_delivered=delivered, reason=claim.reason, at=self._now())

    def _spawn(self, units: list[tuple[Session, Pdu]], value: Incoming | DeliveryReceipt) -> None:
        """Store in the background, then answer."""
        is_message = isinstance(value, Incoming)
        self._waiting[is_message] += 1
        task = asyncio.get_running_loop().create_task(self._store(value, self._turn[is_message]))
        self._tasks.add(task)
        task.add_done_callback(functools.partial(self._answer, units, is_message))

    async def _store(self, value: Incoming | DeliveryReceipt, turn: asyncio.Semaphore) -> None:
        async with turn, asyncio.timeout(STORE_S):
            await self._receive(value)

    def _answer(self, units: list[tuple[Session, Pdu]], is_message: bool, task: asyncio.Task[None]) -> None:
        """Say yes to what is stored. What is not is refused for now, and the carrier brings it again."""
        self._tasks.discard(task)
        self._waiting[is_message] -= 1
        status = smpp_status.OK
        error = None if task.cancelled() else task.exception()
        if error is not None or task.cancelled():
            # Only the kind: the error's own words may hold a number.
            logger.error("Could not store what the carrier brought (%s); it will bring it again.", type(error).__name__)
            status = smpp_status.RECEIVER_TEMPORARY
        for session, unit in units:
            session.answer(unit, status, b"\0")


def read_number(address: Address, *, country: str) -> str:
    """Return a sender as E.164 if the carrier says enough for that, otherwise as it came.

    `country` is the calling code for numbers that the carrier gives as national ones, such as `44`.
    """
    digits = address.digits.strip()
    if digits.startswith("+") or address.ton == ALPHANUMERIC or not _ALL_DIGITS.fullmatch(digits):
        return digits
    if address.ton == INTERNATIONAL:
        return "+" + digits.removeprefix("00")
    if digits.startswith("00"):
        return "+" + digits[2:]
    if country and (address.ton == NATIONAL or digits.startswith("0")):
        return f"+{country}{digits.removeprefix('0')}"
    # Many carriers leave the type unknown. A short code stays what it is.
    return "+" + digits if address.ton == UNKNOWN and len(digits) >= INTERNATIONAL_DIGITS_MIN else digits

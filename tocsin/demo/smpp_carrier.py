"""A pretend SMS carrier: real SMPP 3.4 on loopback, with phones that can be read and can answer.

What it brings to a client it brings again until the client has taken it, as real carriers do.
"""

import asyncio
import functools
import itertools
import ssl
from collections import deque
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from tocsin.channels import smpp_status
from tocsin.channels.smpp_pdu import (
    Address,
    Command,
    Pdu,
    PduError,
    ShortMessage,
    Tag,
    decode_bind,
    decode_data,
    decode_message,
    encode_message,
    encode_name,
)
from tocsin.channels.smpp_session import Session, Timing
from tocsin.channels.smpp_text import HAS_HEADER, Joiner, decode_text, encode_text, part_header, read_part
from tocsin.core import clock
from tocsin.demo.misbehaviour import NONSENSE, Misbehaviour
from tocsin.demo.pocket import Note, Pockets

BINDS = (Command.BIND_TRANSCEIVER, Command.BIND_TRANSMITTER, Command.BIND_RECEIVER)
REPEAT_S = 0.25  # What a client did not take is brought again after this time.
TRIES_MAX = 200
WAITING_MAX = 500_000


class _Delivery(NamedTuple):
    """Something to bring to a client."""

    body: bytes
    done: asyncio.Future[bool] | None  # For whoever waits for the client's yes.
    tries: int


class SmppCarrier:
    """The carrier. `sessions` are the clients that are signed in."""

    def __init__(
        self,
        pockets: Pockets,
        misbehaviour: Misbehaviour,
        *,
        password: str = "",
        tls: ssl.SSLContext | None = None,
        now: Callable[[], datetime] = clock.now,
        timing: Timing = Timing(enquire_s=30.0),  # noqa: B008 (a frozen value)
    ) -> None:
        self._pockets = pockets
        self.misbehaviour = misbehaviour
        self._password = password
        self._tls = tls
        self._now = now
        self._timing = timing
        self._joiner = Joiner()
        self._numbers = itertools.count(1)
        self._references = itertools.count(1)
        self._server: asyncio.Server | None = None
        self._pump: asyncio.Task[None] | None = None
        self._waiting: deque[_Delivery] = deque()
        self._changed = asyncio.Event()
        self.connections: set[Session] = set()
        self.sessions: list[Session] = []
        self.submits = 0
        self.binds = 0
        self._second, self._in_second = 0, 0

    async def start(self, port: int = 0, host: str = "127.0.0.1") -> int:
        """Listen. Returns the port."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._connected, host, port, ssl=self._tls)
        self._pump = loop.create_task(self._bring())
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Close every connection and stop listening."""
        if self._server is None or self._pump is None:
            return
        self._server.close()
        self._pump.cancel()
        await asyncio.wait([self._pump])
        for session in list(self.connections):
            session.cut("the carrier stops")
        if self.connections:
            await asyncio.wait([session.lost for session in self.connections])
        await self._server.wait_closed()

    def drop_all(self) -> None:
        """Cut every connection, as a failing network does."""
        for session in list(self.connections):
            session.cut("the carrier dropped it")

    async def wait_until_bound(self) -> None:
        """Return when a client is signed in."""
        while not self.sessions:
            self._changed.clear()
            await self._changed.wait()

    async def reply(self, number: str, text: str, to: str = "") -> bool:
        """Send a person's text to the client. Waits until it was taken or refused for good, and says which."""
        last = self._pockets.latest(number)
        to = to or (last.other if last is not None else "12345")
        self._pockets.put(Note(self._now(), "sms", number, to, "out", text))
        encoded = encode_text(text)
        reference, total = next(self._references), len(encoded.parts)
        source, destination = Address(number.removeprefix("+"), 1, 1), Address(to.removeprefix("+"), 1, 1)
        waiting = []
        for index, part in enumerate(encoded.parts, start=1):
            message = ShortMessage(
                source=source,
                destination=destination,
                text=part if total == 1 else part_header(reference, total, index) + part,
                esm_class=0 if total == 1 else HAS_HEADER,
                data_coding=encoded.data_coding,
            )
            waiting.append(self.bring(message))
        return all(await asyncio.gather(*waiting))

    def bring(self, message: ShortMessage) -> asyncio.Future[bool]:
        """Queue a `deliver_sm` for whichever client is signed in. The future says whether it was taken."""
        done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._queue(_Delivery(encode_message(message), done, 0))
        return done

    def _connected(self) -> Session:
        return Session(self._asked, on_open=self._opened, timing=self._timing)

    def _opened(self, session: Session) -> None:
        self.connections.add(session)
        session.lost.add_done_callback(lambda _: self._gone(session))

    def _gone(self, session: Session) -> None:
        self.connections.discard(session)
        if session in self.sessions:
            self.sessions.remove(session)

    def _asked(self, session: Session, unit: Pdu) -> None:
        try:
            if unit.command in BINDS:
                self._bind(session, unit)
            elif unit.command not in (Command.SUBMIT_SM, Command.DATA_SM):
                session.refuse(unit, smpp_status.INVALID_COMMAND)
            elif session not in self.sessions:
                session.answer(unit, smpp_status.WRONG_BIND_STATE)
            else:
                self._submit(session, unit)
        except PduError:
            session.answer(unit, smpp_status.SYSTEM_ERROR)

    def _bind(self, session: Session, unit: Pdu) -> None:
        bind = decode_bind(unit.body)
        self.binds += 1
        status = self.misbehaviour.sms_refuses_bind
        if self._password and bind.password != self._password:
            status = smpp_status.INVALID_PASSWORD
        if status:
            session.answer(unit, status)
            session.close("sign-in refused")
            return
        session.answer(unit, smpp_status.OK, encode_name("pretend"))
        self.sessions.append(session)
        self._changed.set()

    def _submit(self, session: Session, unit: Pdu) -> None:
        wrong = self.misbehaviour
        self.submits += 1
        message = decode_message(unit.body) if unit.command == Command.SUBMIT_SM else decode_data(unit.body)
        if not wrong.sms_answers:
            return
        if wrong.sms_drop_after and self.submits % wrong.sms_drop_after == 0:
            session.cut("dropped on purpose")
            return
        if wrong.sms_nonsense:
            session.write(NONSENSE[wrong.sms_nonsense])
        status = wrong.sms_status or self._too_fast(wrong.sms_per_s)
        if wrong.sms_answer_s:
            asyncio.get_running_loop().call_later(wrong.sms_answer_s, self._finish, session, unit, message, status)
        else:
            self._finish(session, unit, message, status)

    def _finish(self, session: Session, unit: Pdu, message: ShortMessage, status: int) -> None:
        """Answer a submit; put the text into the phone; bring the receipt that was asked for."""
        if status:
            session.answer(unit, status)
            return
        wrong = self.misbehaviour
        message_id = f"{next(self._numbers):08x}"
        wants_receipt = message.registered_delivery & 1 and wrong.sms_delivers and wrong.sms_receipts != "none"
        if wants_receipt and wrong.sms_receipts == "early":
            session.request(Command.DELIVER_SM, self._receipt(message, message_id))
        session.answer(unit, smpp_status.OK, encode_name(message_id))
        if wrong.sms_delivers:
            self._put(message)
        if wants_receipt and wrong.sms_receipts != "early":
            for _ in range(2 if wrong.sms_receipts == "twice" else 1):
                delivery = _Delivery(self._receipt(message, message_id), None, 0)
                if wrong.sms_receipt_s:
                    asyncio.get_running_loop().call_later(wrong.sms_receipt_s, self._queue, delivery)
                else:
                    self._queue(delivery)

    def _put(self, message: ShortMessage) -> None:
        """Show the text on the phone, once all its parts are there."""
        number, sender = _shown(message.destination), _shown(message.source)
        part, data = read_part(message)
        if part is None:
            text: str | None = decode_text(data, message.data_coding)
        else:
            text = self._joiner.add(sender, number, part, self._now())
        if text is not None:
            self._pockets.put(Note(self._now(), "sms", number, sender, "in", text))

    def _receipt(self, message: ShortMessage, message_id: str) -> bytes:
        """Return a receipt in the text form of appendix B and with the optional parameters."""
        is_failed = self.misbehaviour.sms_receipts == "failed"
        at = self._now().strftime("%y%m%d%H%M")
        text = (
            f"id:{message_id} sub:001 dlvrd:{'000' if is_failed else '001'} submit date:{at} done date:{at} "
            f"stat:{'UNDELIV' if is_failed else 'DELIVRD'} err:{'027' if is_failed else '000'} text:"
        )
        return encode_message(
            ShortMessage(
                source=message.destination,
                destination=message.source,
                esm_class=0x04,
                text=text.encode(),
                tlvs=(
                    (Tag.RECEIPTED_MESSAGE_ID, encode_name(message_id)),
                    (Tag.MESSAGE_STATE, b"\x05" if is_failed else b"\x02"),
                ),
            )
        )

    def _too_fast(self, per_s: float) -> int:
        if not per_s:
            return smpp_status.OK
        second = int(asyncio.get_running_loop().time())
        self._in_second = self._in_second + 1 if second == self._second else 1
        self._second = second
        return smpp_status.THROTTLED if self._in_second > per_s else smpp_status.OK

    def _queue(self, delivery: _Delivery) -> None:
        if len(self._waiting) < WAITING_MAX:
            self._waiting.append(delivery)
            self._changed.set()

    async def _bring(self) -> None:
        """Bring what waits to a client that is signed in, oldest first, as its window allows."""
        while True:
            session = next((each for each in reversed(self.sessions) if not each.is_closing), None)
            if session is None or not self._waiting:
                self._changed.clear()
                await self._changed.wait()
                continue
            delivery = self._waiting.popleft()
            answer = await session.submit(Command.DELIVER_SM, delivery.body)
            answer.add_done_callback(functools.partial(self._brought, delivery))

    def _brought(self, delivery: _Delivery, answer: asyncio.Future[Pdu]) -> None:
        """Repeat later what was not taken; tell whoever waits what was, or what will never be."""
        unit = answer.result()
        is_final = unit.status in (smpp_status.OK, smpp_status.RECEIVER_PERMANENT) or delivery.tries >= TRIES_MAX
        if not is_final:
            again = delivery._replace(tries=delivery.tries + 1)
            asyncio.get_running_loop().call_later(REPEAT_S, self._queue, again)
        elif delivery.done is not None and not delivery.done.done():
            delivery.done.set_result(unit.status == smpp_status.OK)


def _shown(address: Address) -> str:
    return f"+{address.digits}" if address.ton == 1 else address.digits

"""Whatever a carrier sends, a connection answers, refuses or closes; it never raises and never grows without bound."""

import asyncio
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.channels.smpp_inbound import Inbound
from tocsin.channels.smpp_pdu import UNIT_BYTES_MAX, Address, Command, ShortMessage, encode, encode_message
from tocsin.channels.smpp_receipt import PartReceipts
from tocsin.channels.smpp_session import Session
from tocsin.channels.smpp_text import HAS_HEADER

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
COMMANDS = [int(command) for command in Command] + [0x80000004, 0x80000015, 0x777]
BODIES = st.one_of(
    st.binary(max_size=60),
    st.builds(
        lambda text, esm_class, coding: encode_message(
            ShortMessage(Address("447700900123", 1, 1), Address("1"), text, esm_class, coding)
        ),
        st.one_of(st.binary(max_size=60), st.binary(max_size=20).map(lambda data: b"\x05\x00\x03\x01\x02\x01" + data)),
        st.sampled_from([0, 4, 0x20, HAS_HEADER, HAS_HEADER | 4]),
        st.integers(0, 255),
    ),
)
UNITS = st.builds(encode, st.sampled_from(COMMANDS), st.integers(0, 0xFFFFFFFF), st.integers(0, 5), BODIES)
STREAMS = st.lists(st.one_of(UNITS, st.binary(max_size=40)), max_size=12).map(b"".join)


@settings(deadline=None)
@given(stream=STREAMS, cuts=st.lists(st.integers(0, 600), max_size=5))
def test_any_stream_is_survived(stream, cuts):
    async def feed() -> int:
        stored = []

        async def receive(value) -> None:
            stored.append(value)

        inbound = Inbound(receive, PartReceipts(), lambda: NOW, hold_s=0)
        session = Session(inbound.take)
        waiting = [await session.submit(Command.SUBMIT_SM, b"") for _ in range(3)]
        start = 0
        for cut in [*sorted(cuts), len(stream)]:
            session.data_received(stream[start:cut])
            start = max(start, cut)
        await inbound.drain(1)
        assert len(session._rest) <= UNIT_BYTES_MAX
        session.connection_lost(None)
        assert all(answer.done() for answer in waiting)
        return len(stored)

    asyncio.run(feed())


async def test_who_asks_on_a_lost_connection_is_told_at_once():
    session = Session(lambda *_: None)
    session.connection_lost(ConnectionResetError())
    answer = await (await session.submit(Command.SUBMIT_SM, b""))
    assert answer.status < 0
    assert session.why_closed == "the connection broke (ConnectionResetError)"


async def test_sequences_begin_again_before_they_are_too_long():
    session = Session(lambda *_: None)
    session._sequence = 0x7FFFFFFE
    for sequence in (0x7FFFFFFF, 1):
        session.request(Command.ENQUIRE_LINK)
        assert list(session._asked)[-1] == sequence
    session.connection_lost(None)

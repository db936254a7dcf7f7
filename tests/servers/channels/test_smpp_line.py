"""The SMPP connection itself, against a carrier of which the test writes every byte, and over TLS."""

import asyncio

import pytest

from tocsin.channels.base import Outgoing, SendError
from tocsin.channels.smpp_pdu import (
    Address,
    Command,
    ShortMessage,
    decode_message,
    encode,
    encode_data,
    encode_message,
)
from tocsin.demo.misbehaviour import Misbehaviour
from tocsin.demo.pocket import Pockets
from tocsin.demo.smpp_carrier import SmppCarrier

SARA = "+447700900123"
ALARM = Outgoing("n-1", SARA, "Alarm.")
QUICK = "answer_s=0.4&enquire_s=0.3&alive_s=0.3"


async def bound(raw, open_started, options=""):
    route = await open_started(f"smpp://tocsin:secret@127.0.0.1:{raw.port}?sender=Tocsin&{options}")
    line = await raw.line()
    await route.session()
    return route, line


async def test_what_a_submit_says(raw, open_started):
    route, line = await bound(raw, open_started, "valid_min=1565&service_type=CMT")
    sending = asyncio.ensure_future(route.send(ALARM))
    unit = await line.next()
    assert decode_message(unit.body) == ShortMessage(
        source=Address("Tocsin", 5, 0),
        destination=Address("447700900123", 1, 1),
        text=b"Alarm.",
        registered_delivery=1,
        validity_period="000001020500000R",
        service_type="CMT",
    )
    line.answer(unit, name="c-17")
    assert (await sending).carrier_id == "c-17"


async def test_no_more_than_the_window_is_unanswered(raw, open_started):
    route, line = await bound(raw, open_started, "window=3")
    sending = [asyncio.ensure_future(route.send(ALARM)) for _ in range(10)]
    seen = [await line.next() for _ in range(3)]
    line.write(encode(Command.ENQUIRE_LINK, 0, 1))
    assert (await line.next()).command == Command.ENQUIRE_LINK | 0x80000000  # And no fourth submit before it.
    while seen:
        line.answer(seen.pop())
        if sum(not each.done() for each in sending) > 3:
            seen.append(await line.next())
        await asyncio.sleep(0)
    assert len(await asyncio.gather(*sending)) == 10


async def test_a_half_dead_connection_is_noticed_and_replaced(raw, open_started):
    route, line = await bound(raw, open_started, QUICK)
    with pytest.raises(SendError, match="may have been taken") as caught:
        await route.send(ALARM)
    assert not caught.value.permanent
    assert (await line.next()).command == Command.SUBMIT_SM
    again = await raw.line()
    sending = asyncio.ensure_future(route.send(ALARM))
    line_unit = await again.next()
    again.answer(line_unit)
    assert (await sending).carrier_id == "17"


async def test_a_silent_connection_is_asked_for_a_sign_of_life(raw, open_started):
    _route, line = await bound(raw, open_started, QUICK)
    for _ in range(3):
        unit = await line.next()
        assert unit.command == Command.ENQUIRE_LINK
        line.answer(unit)
    assert (await line.next()).command == Command.ENQUIRE_LINK
    assert await line.next() is None  # Unanswered: cut.
    await raw.line()


async def test_a_carrier_that_accepts_and_never_answers_the_sign_in(raw, open_started):
    raw.answers_binds = False
    route = await open_started(f"smpp://u:p@127.0.0.1:{raw.port}?sender=Tocsin&connect_s=0.3")
    with pytest.raises(SendError, match="cannot be reached"):
        await route.send(ALARM)
    assert await (await raw.line()).next() is None  # Cut, and tried again.
    await raw.line()


async def test_a_goodbye_from_the_carrier_is_answered_and_we_come_back(raw, open_started):
    _route, line = await bound(raw, open_started)
    line.write(encode(Command.UNBIND, 0, 9))
    unit = await line.next()
    assert (unit.command, unit.sequence) == (Command.UNBIND | 0x80000000, 9)
    assert await line.next() is None
    await raw.line()


async def test_messages_by_data_sm_are_taken(raw, open_started, inbox):
    _route, line = await bound(raw, open_started)
    message = ShortMessage(Address("447700900123", 1, 1), Address("12345"), "نعم".encode("utf-16-be"), data_coding=8)
    line.write(encode(Command.DATA_SM, 0, 5, encode_data(message)))
    unit = await line.next()
    assert (unit.command, unit.status, unit.sequence) == (Command.DATA_SM | 0x80000000, 0, 5)
    assert [(told.sender, told.body) for told in inbox.messages] == [(SARA, "نعم")]


async def test_what_we_do_not_know_is_refused_and_what_wants_no_answer_gets_none(raw, open_started):
    _route, line = await bound(raw, open_started)
    line.write(encode(Command.ALERT_NOTIFICATION, 0, 3, b"\0\0001\0"))
    line.write(encode(Command.QUERY_SM, 0, 4, b"17\0"))
    unit = await line.next()
    assert (unit.command, unit.status, unit.sequence) == (Command.GENERIC_NACK, 0x03, 4)


async def test_a_message_that_cannot_be_read_is_refused_for_good(raw, open_started, inbox):
    _route, line = await bound(raw, open_started)
    line.write(encode(Command.DELIVER_SM, 0, 4, b"\xff" * 30))
    assert (await line.next()).status == 0x65
    line.write(encode(Command.DELIVER_SM, 0, 5, encode_message(ShortMessage(Address("1"), Address("2"), b"help"))))
    assert (await line.next()).status == 0
    assert [told.body for told in inbox.messages] == ["help"]


async def test_a_nack_of_a_submit_is_an_answer_to_it(raw, open_started):
    route, line = await bound(raw, open_started)
    sending = asyncio.ensure_future(route.send(ALARM))
    unit = await line.next()
    line.write(encode(Command.GENERIC_NACK, 0x03, unit.sequence))
    with pytest.raises(SendError, match="does not know this command"):
        await sending


async def test_the_wrong_answer_to_a_submit_is_no_yes(raw, open_started):
    route, line = await bound(raw, open_started)
    sending = asyncio.ensure_future(route.send(ALARM))
    unit = await line.next()
    line.write(encode(Command.ENQUIRE_LINK | 0x80000000, 0, unit.sequence))
    with pytest.raises(SendError, match="something else") as caught:
        await sending
    assert not caught.value.permanent


async def test_ids_that_are_hexadecimal_in_one_place_and_decimal_in_the_other(raw, open_started, inbox):
    route, line = await bound(raw, open_started, "ids=hex")
    sending = asyncio.ensure_future(route.send(ALARM))
    line.answer(await line.next(), name="00FF")
    receipt = await sending
    told = ShortMessage(Address("1"), Address("2"), b"id:0000000255 stat:DELIVRD", esm_class=4)
    line.write(encode(Command.DELIVER_SM, 0, 4, encode_message(told)))
    assert (await line.next()).status == 0
    assert inbox.receipts[0].carrier_id == receipt.carrier_id == "255"


async def test_bytes_in_every_piece(raw, open_started, inbox):
    _route, line = await bound(raw, open_started)
    stream = encode(Command.DELIVER_SM, 0, 1, encode_message(ShortMessage(Address("1"), Address("2"), b"help")))
    for index in range(len(stream)):
        line.write(stream[index : index + 1])
        await asyncio.sleep(0)
    assert (await line.next()).status == 0
    assert [told.body for told in inbox.messages] == ["help"]


async def test_a_carrier_that_is_dead_at_the_start_is_found_later(open_started, unused_tcp_port):
    route = await open_started(f"smpp://u:p@127.0.0.1:{unused_tcp_port}?sender=Tocsin")
    with pytest.raises(SendError, match="cannot be reached") as caught:
        await route.send(ALARM)
    assert not caught.value.permanent
    carrier = SmppCarrier(Pockets(), Misbehaviour())
    await carrier.start(unused_tcp_port)
    async with asyncio.timeout(20):
        await route.wait_until_bound()
    assert await route.send(ALARM)
    await carrier.stop()


async def test_tls_with_a_certificate_that_we_know(certificate, open_started):
    carrier = SmppCarrier(Pockets(), Misbehaviour(), password="secret", tls=certificate.context)
    port = await carrier.start()
    route = await open_started(f"smpps://tocsin:secret@127.0.0.1:{port}?sender=Tocsin&ca={certificate.path}")
    assert await route.send(ALARM)
    await carrier.stop()


async def test_tls_with_a_certificate_that_nobody_knows(certificate, open_started):
    carrier = SmppCarrier(Pockets(), Misbehaviour(), tls=certificate.context)
    port = await carrier.start()
    route = await open_started(f"smpps://tocsin:secret@127.0.0.1:{port}?sender=Tocsin")
    with pytest.raises(SendError, match="certificate is not valid"):
        await route.send(ALARM)
    assert carrier.binds == 0
    await carrier.stop()


async def test_stopping_says_goodbye(raw, open_started):
    route, line = await bound(raw, open_started)
    stopping = asyncio.ensure_future(route.stop())
    unit = await line.next()
    assert unit.command == Command.UNBIND
    line.answer(unit)
    await stopping

"""SMS over SMPP against the demo's carrier: what is taken, what is refused, what comes back."""

import asyncio

import pytest

from tocsin.channels.base import DeliveryReceipt, Incoming, Outgoing, Progress, Receipt, SendError
from tocsin.channels.smpp_pdu import Address, ShortMessage
from tocsin.channels.smpp_text import HAS_HEADER, encode_text, part_header
from tocsin.demo.misbehaviour import NONSENSE

SARA = "+447700900123"
HQ = "+447700900100"
ARABIC = "استغاثة من سارة. اتصل بالمقر الآن. أجب 1 نعم، 2 لا. " * 5


def sms(text: str = "Alarm. Answer 1 yes, 2 no.", number: str = SARA, message_id: str = "n-1") -> Outgoing:
    return Outgoing(message_id, number, text)


def line_of(ports, **options) -> str:
    query = "&".join(f"{name}={value}" for name, value in {"sender": HQ, **options}.items())
    return f"smpp://tocsin:secret@127.0.0.1:{ports.smpp}?{query}"


@pytest.fixture
async def route(ports, open_started):
    return await open_started(line_of(ports))


@pytest.mark.parametrize("text", ["Alarm €[1]", "استغاثة 😀", "a" * 161, ARABIC, "😀" * 400, ""])
async def test_a_text_reaches_the_phone_and_the_receipt_comes_back(route, carriers, inbox, text):
    receipt = await route.send(sms(text))
    assert receipt.progress is Progress.ACCEPTED
    await inbox.wait_for(lambda: len(inbox.receipts) == 1)
    assert [note.text for note in carriers.pockets.of(SARA)] == [text]
    assert carriers.pockets.of(SARA)[0].other == HQ
    told = inbox.receipts[0]
    assert told == DeliveryReceipt("sms", receipt.carrier_id, is_delivered=True, reason="", at=told.at)


async def test_a_thousand_messages_at_once_all_arrive(route, carriers):
    receipts = await asyncio.gather(*(route.send(sms(f"{n}", message_id=f"n-{n}")) for n in range(1000)))
    assert len({receipt.carrier_id for receipt in receipts}) == 1000
    assert carriers.pockets.count == 1000


@pytest.mark.parametrize(
    ("status", "permanent", "words"),
    [
        (0x0B, True, "no such number"),
        (0x58, False, "too fast"),
        (0x14, False, "queue is full"),
        (0x7777, False, "777"),
    ],
)
async def test_a_refusal_says_why_and_whether_to_try_again(route, carriers, status, permanent, words):
    carriers.misbehaviour.sms_status = status
    with pytest.raises(SendError, match=words) as caught:
        await route.send(sms())
    assert caught.value.permanent is permanent
    assert SARA not in caught.value.reason
    carriers.misbehaviour.sms_status = 0
    assert await route.send(sms())


async def test_a_long_message_is_accepted_only_when_all_its_parts_are(route, carriers):
    carriers.misbehaviour.sms_per_s = 3
    with pytest.raises(SendError, match="too fast"):
        await route.send(sms(ARABIC))
    assert carriers.pockets.of(SARA) == []


@pytest.mark.parametrize(
    "number", ["", "0770090012", "+044770090012", "447700900123", "+44770090012x", "sara@example.org"]
)
async def test_what_is_no_number_is_refused_for_good(route, number):
    with pytest.raises(SendError, match="international number") as caught:
        await route.send(sms(number=number))
    assert caught.value.permanent


async def test_a_text_that_is_too_long_is_refused_for_good(route):
    with pytest.raises(SendError, match="256 SMS") as caught:
        await route.send(sms("x" * (153 * 255 + 1)))
    assert caught.value.permanent


@pytest.mark.parametrize(
    ("receipts", "text", "expected"),
    [
        ("none", "short", []),
        ("twice", "short", [True, True]),
        ("failed", "short", [False]),
        ("failed", ARABIC, [False]),
        ("early", "short", [True]),
    ],
)
async def test_receipts_as_carriers_give_them(route, carriers, inbox, receipts, text, expected):
    carriers.misbehaviour.sms_receipts = receipts
    receipt = await route.send(sms(text))
    # What is sent last is stored last: then everything before it is there.
    assert await carriers.smpp.reply(SARA, "1")
    await inbox.wait_for(lambda: len(inbox.receipts) >= len(expected))
    named = [told.is_delivered for told in inbox.receipts if told.carrier_id == receipt.carrier_id]
    assert named == expected


async def test_early_receipts_of_all_parts_are_put_together(route, carriers, inbox):
    carriers.misbehaviour.sms_receipts = "early"
    receipt = await route.send(sms(ARABIC))
    await inbox.wait_for(lambda: any(told.carrier_id == receipt.carrier_id for told in inbox.receipts))


async def test_an_accepted_message_that_never_arrives_is_never_called_delivered(route, carriers, inbox):
    carriers.misbehaviour.sms_delivers = False
    receipt = await route.send(sms())
    assert receipt == Receipt(Progress.ACCEPTED, receipt.carrier_id)
    assert await carriers.smpp.reply(SARA, "1")
    assert (carriers.pockets.of(SARA)[0].direction, inbox.receipts) == ("out", [])


@pytest.mark.parametrize("text", ["1", "نعم أنا في الطريق", "I can be there in ten minutes. " * 20])
async def test_an_answer_is_stored_before_the_carrier_is_answered(route, carriers, inbox, text):
    await route.send(sms())
    inbox.open.clear()
    waiting = asyncio.ensure_future(carriers.smpp.reply(SARA, text))
    await inbox.wait_for(lambda: inbox.tries >= 2)  # The receipt and the message: held by a slow database.
    assert not waiting.done()
    inbox.open.set()
    assert await waiting
    told = inbox.messages[0]
    assert told == Incoming("sms", SARA, text, carrier_id="", at=told.at)


@pytest.mark.parametrize("text", ["1", "I can be there in ten minutes. " * 20])
async def test_what_could_not_be_stored_is_brought_again(route, carriers, inbox, text, caplog):
    inbox.failures_left = 2
    async with asyncio.timeout(20):
        assert await carriers.smpp.reply(SARA, text)
    assert [told.body for told in inbox.messages] == [text]
    assert "the database is away" not in caplog.text
    assert SARA not in caplog.text


async def test_parts_in_any_order_and_twice(route, carriers, inbox):
    text = "one two three " * 30
    coding, parts = encode_text(text)
    numbered = list(enumerate(parts, 1))
    for number, part in [*numbered[::-1], numbered[0]]:
        taken = carriers.smpp.bring(
            ShortMessage(
                Address(SARA[1:], 1, 1), Address(HQ[1:], 1, 1), part_header(3, len(parts), number) + part, HAS_HEADER,
                data_coding=coding,
            )
        )  # fmt: skip
    await inbox.wait_for(lambda: len(inbox.messages) == 1)
    assert inbox.messages[0].body == text
    assert not taken.done()  # The repeated part waits for others that never come; it is given up later.


async def test_a_part_that_is_missing_does_not_hold_up_a_call(ports, carriers, inbox, open_started):
    await open_started(line_of(ports, hold_s=0.1))
    parts = [ShortMessage(Address(SARA[1:], 1, 1), Address(HQ[1:], 1, 1), part_header(3, 2, number) + text, HAS_HEADER)
             for number, text in ((1, b"they are at the "), (2, b"door"))]  # fmt: skip
    assert await carriers.smpp.bring(parts[1])
    assert await carriers.smpp.bring(parts[0])
    assert [told.body for told in inbox.messages] == ["[…]door", "they are at the door"]


async def test_a_flood_of_receipts_does_not_hold_up_an_answer(route, carriers, inbox):
    carriers.misbehaviour.sms_receipt_s = 0.05
    await asyncio.gather(*(route.send(sms(message_id=f"n-{n}")) for n in range(3000)))
    assert await carriers.smpp.reply(SARA, "1")
    await inbox.wait_for(lambda: len(inbox.receipts) == 3000)
    assert inbox.messages[0].body == "1"


@pytest.mark.parametrize("kind", [kind for kind in NONSENSE if kind])
async def test_nonsense_from_the_carrier_ends_nothing(route, carriers, kind):
    carriers.misbehaviour.sms_nonsense = kind
    answers = await asyncio.gather(*(route.send(sms(message_id=f"n-{n}")) for n in range(5)), return_exceptions=True)
    assert all(isinstance(answer, Receipt) or not answer.permanent for answer in answers)
    carriers.misbehaviour.behave()
    async with asyncio.timeout(20):
        while isinstance(answer := (await asyncio.gather(route.send(sms()), return_exceptions=True))[0], SendError):
            assert not answer.permanent
            await route.wait_until_bound()
    assert answer.progress is Progress.ACCEPTED


async def test_a_dropped_connection_is_back_at_once(route, carriers):
    assert await route.send(sms())
    carriers.misbehaviour.sms_drop_after = 1
    with pytest.raises(SendError, match="may have been taken") as caught:
        await route.send(sms())
    assert not caught.value.permanent
    carriers.misbehaviour.sms_drop_after = 0
    assert await route.send(sms())
    assert carriers.smpp.binds == 2


async def test_an_answer_given_while_we_are_away_comes_when_we_are_back(route, carriers, inbox):
    await route.send(sms())
    carriers.smpp.drop_all()
    assert await carriers.smpp.reply(SARA, "1")
    assert inbox.messages[-1].body == "1"


async def test_a_wrong_password_is_named_and_tried_again(carriers, ports, open_started):
    carriers.misbehaviour.sms_refuses_bind = 0x0E
    route = await open_started(line_of(ports))
    with pytest.raises(SendError, match="wrong password") as caught:
        await route.send(sms())
    assert not caught.value.permanent
    assert "secret" not in caught.value.reason
    carriers.misbehaviour.sms_refuses_bind = 0
    async with asyncio.timeout(20):
        await route.wait_until_bound()
    assert await route.send(sms())


async def test_a_rate_spaces_the_messages(ports, open_started):
    route = await open_started(line_of(ports, rate=40))
    await route.send(sms())
    loop = asyncio.get_running_loop()
    start = loop.time()
    await asyncio.gather(*(route.send(sms(message_id=f"n-{n}")) for n in range(10)))
    assert loop.time() - start >= 9 / 40
    assert (await open_started(line_of(ports, rate=0.2))).concurrency == 1


async def test_stopping_finishes_what_is_under_way(ports, carriers, inbox, open_started):
    carriers.misbehaviour.sms_answer_s = 0.2
    route = await open_started(line_of(ports))
    await route.wait_until_bound()
    sending = asyncio.ensure_future(route.send(sms()))
    await asyncio.sleep(0)  # It runs until it waits for the carrier.
    await route.stop()
    assert (await sending).progress is Progress.ACCEPTED
    with pytest.raises(SendError, match="not running"):
        await route.send(sms())
    assert carriers.smpp.sessions == []

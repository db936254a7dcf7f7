"""The door into the pretend carriers, as the demo's page uses it, and the carriers as a process."""

import asyncio
import os
import re
import sys

import pytest

from tocsin.channels.base import Outgoing
from tocsin.demo.pocket_client import CarriersAwayError, PocketClient

SARA = "+447700900123"


@pytest.fixture
def url(carriers):
    return f"http://127.0.0.1:{carriers.ports.control}"


async def ask(url, token, name, *arguments, **changes):
    """The page's client is synchronous and runs in another process; here it runs in a thread."""

    def call():
        with PocketClient(url, token) as pockets:
            return getattr(pockets, name)(*arguments, **changes)

    return await asyncio.to_thread(call)


@pytest.fixture
async def sms(carriers, open_started):
    return await open_started(f"smpp://u:p@127.0.0.1:{carriers.ports.smpp}?sender=12345")


async def test_phones_and_mailboxes_are_shown_newest_first(carriers, url, token, sms, open_started):
    mail = await open_started(f"smtp://127.0.0.1:{carriers.ports.smtp}?sender=alarm@example.org")
    await sms.send(Outgoing("n-1", SARA, "استغاثة"))
    await mail.send(Outgoing("n-2", "omar@example.net", "Call.", subject="Alarm", html="<b>Call.</b>"))
    told = await ask(url, token, "overview")
    assert [(pocket["address"], pocket["kind"]) for pocket in told["pockets"]] == [
        ("omar@example.net", "email"),
        (SARA, "sms"),
    ]
    letter, text = (pocket["notes"][0] for pocket in told["pockets"])
    assert (letter["subject"], letter["text"], letter["html"]) == ("Alarm", "Call.\n", "<b>Call.</b>\n")
    assert (text["text"], text["direction"], text["other"]) == ("استغاثة", "in", "12345")
    assert (told["count"], told["clients"]) == (2, 1)
    assert await ask(url, token, "notes", SARA) == [text]
    await ask(url, token, "empty")
    assert (await ask(url, token, "overview"))["pockets"] == []


async def test_a_person_answers(carriers, url, token, sms, inbox):
    await sms.send(Outgoing("n-1", SARA, "1 yes, 2 no"))
    assert await ask(url, token, "reply", SARA, "1")
    assert [(told.sender, told.body) for told in inbox.messages] == [(SARA, "1")]
    assert [note["direction"] for note in await ask(url, token, "notes", SARA)] == ["in", "out"]


async def test_misbehaviour_is_set_and_undone(carriers, url, token):
    told = await ask(url, token, "misbehave", sms_status=11, mail_rcpt="550 5.1.1 no")
    assert (told["sms_status"], told["mail_rcpt"]) == (11, "550 5.1.1 no")
    assert (await ask(url, token, "misbehave"))["sms_status"] == 0
    for wrong in ({"sms_statu": 1}, {"sms_status": "1"}, {"sms_receipts": "maybe"}, {"sms_nonsense": "x"}):
        with pytest.raises(CarriersAwayError, match=next(iter(wrong))):
            await ask(url, token, "misbehave", **wrong)


@pytest.mark.parametrize("wrong", ["", "another-token-altogether"])
async def test_nobody_looks_in_without_the_token(carriers, url, wrong):
    with pytest.raises(CarriersAwayError, match="missing or wrong"):
        await ask(url, wrong, "overview")


async def test_nobody_is_there(token, unused_tcp_port):
    with pytest.raises(CarriersAwayError, match="do not answer"):
        await ask(f"http://127.0.0.1:{unused_tcp_port}", token, "overview")


BAD_REQUESTS = [
    b"\r\n\r\n",
    b"GET /pockets\r\n\r\n",
    b"POST /empty HTTP/1.1\r\nContent-Length: x\r\n\r\n",
    b"POST /empty HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n",
    b"POST /empty HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
    b"x" * 100_000,
]


@pytest.mark.parametrize("data", BAD_REQUESTS)
async def test_bad_requests_end_nothing(carriers, url, token, data):
    reader, writer = await asyncio.open_connection("127.0.0.1", carriers.ports.control)
    writer.write(data)
    try:
        answer = await reader.read()
    except ConnectionResetError:
        answer = b""
    writer.close()
    assert answer == b"" or re.match(rb"HTTP/1.1 4\d\d ", answer)
    assert (await ask(url, token, "overview"))["pockets"] == []


async def test_as_a_process(token, inbox, open_started):
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tocsin.demo.carriers", "--smpp-port=0", "--smtp-port=0", "--control-port=0",
        stdout=asyncio.subprocess.PIPE, env=os.environ | {"TOCSIN_DEMO_TOKEN": token},
    )  # fmt: skip
    async with asyncio.timeout(30):
        smpp, smtp, control = re.findall(r"\d+", (await process.stdout.readline()).decode())
    sms = await open_started(f"smpp://u:p@127.0.0.1:{smpp}?sender=12345")
    mail = await open_started(f"smtp://127.0.0.1:{smtp}?sender=alarm@example.org")
    await sms.send(Outgoing("n-1", SARA, "x"))
    await mail.send(Outgoing("n-2", "omar@example.net", "x", subject="x"))
    assert (await ask(f"http://127.0.0.1:{control}", token, "overview"))["count"] == 2
    await sms.stop()
    process.terminate()
    assert await process.wait() == 0
    process._transport.close()
    with pytest.raises(CarriersAwayError):
        await ask(f"http://127.0.0.1:{control}", token, "overview")

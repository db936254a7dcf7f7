"""Chat through Apprise in its own process, against the demo's pretend social network and a server that says no."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tocsin.channels.base import Outgoing, Progress, SendError
from tocsin.channels.chat import CHILD, ChatOptions, ChatRoute
from tocsin.demo.pocket_client import social_address


@pytest.fixture
def address(carriers, token):
    return social_address(f"http://127.0.0.1:{carriers.ports.control}", token)


@pytest.fixture
async def route(open_started):
    return await open_started("apprise://")


@pytest_asyncio.fixture
async def answering() -> AsyncIterator[dict]:
    """A server that gives whatever status the test wants; 0: says nothing at all."""
    told = {"status": 200, "asked": 0}

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        told["asked"] += 1
        if told["status"]:
            writer.write(f"HTTP/1.1 {told['status']} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    told["url"] = f"json://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    yield told
    server.close()
    await server.wait_closed()


async def test_a_post_is_shown(route, carriers, address):
    assert route.child_id is None  # Nothing runs before it is needed.
    receipt = await route.send(Outgoing("n-1", address, "سارة حرّة 😀", subject="Good news"))
    assert receipt.progress is Progress.ACCEPTED
    (note,) = carriers.pockets.of("social")
    assert (note.subject, note.text) == ("Good news", "سارة حرّة 😀")


async def test_many_at_once_through_one_process(route, carriers, address):
    await route.send(Outgoing("n-0", address, "0"))
    child = route.child_id
    await asyncio.gather(*(route.send(Outgoing(f"n-{n}", address, str(n))) for n in range(1, 30)))
    assert route.child_id == child
    assert {note.text for note in carriers.pockets.of("social")} == {str(n) for n in range(30)}


async def test_a_process_that_died_is_started_again(route, carriers, address):
    await route.send(Outgoing("n-1", address, "one"))
    child = route.child_id
    os.kill(child, signal.SIGKILL)
    answers = await asyncio.gather(route.send(Outgoing("n-2", address, "two")), return_exceptions=True)
    assert not isinstance(answers[0], SendError) or not answers[0].permanent
    await route.send(Outgoing("n-3", address, "three"))
    assert route.child_id != child
    assert carriers.pockets.of("social")[-1].text == "three"


async def test_a_process_that_hangs_is_ended(address, carriers, inbox):
    route = ChatRoute(ChatOptions(send_s=3.0))
    await route.start(inbox.receive)
    await asyncio.gather(route.send(Outgoing("n-0", address, "0")), return_exceptions=True)
    child = route.child_id
    os.kill(child, signal.SIGSTOP)
    with pytest.raises(SendError, match="in time") as caught:
        await route.send(Outgoing("n-1", address, "x"))
    assert not caught.value.permanent
    async with asyncio.timeout(20):
        while True:  # Apprise takes seconds to load on a busy machine: the first tries may not wait for it.
            answer = (await asyncio.gather(route.send(Outgoing("n-2", address, "2")), return_exceptions=True))[0]
            if not isinstance(answer, BaseException):
                break
    assert route.child_id != child
    await route.stop()


@pytest.mark.parametrize(
    ("status", "permanent"), [(404, True), (401, True), (429, False), (408, False), (500, False), (503, False)]
)
async def test_what_a_service_answers(route, answering, status, permanent):
    answering["status"] = status
    with pytest.raises(SendError, match=str(status)) as caught:
        await route.send(Outgoing("n-1", answering["url"], "x"))
    assert caught.value.permanent is permanent


async def test_a_service_that_cannot_be_reached(route, unused_tcp_port):
    with pytest.raises(SendError, match="cannot be reached") as caught:
        await route.send(Outgoing("n-1", f"json://secret@127.0.0.1:{unused_tcp_port}/", "x"))
    assert not caught.value.permanent
    assert "secret" not in caught.value.reason


@pytest.mark.parametrize(
    "address",
    ["", "nonsense", "file:///etc/passwd", "SYSLOG://", "dbus://", "windows://", "mailto://u:p@example.org",
     "json://127.0.0.1/?keyfile=/etc/x", "discord://a/b?template=../x", "nosuchservice://x", "json://[x"],
)  # fmt: skip
async def test_what_is_no_chat_address_or_reaches_into_this_machine(route, address):
    with pytest.raises(SendError) as caught:
        await route.send(Outgoing("n-1", address, "x"))
    assert caught.value.permanent


async def test_the_process_sees_neither_our_settings_nor_our_code(route, carriers, address, monkeypatch):
    monkeypatch.setenv("TOCSIN_SECRET_KEY", "must-not-be-seen")
    await route.send(Outgoing("n-1", address, "x"))
    with open(f"/proc/{route.child_id}/environ", "rb") as environment:  # noqa: ASYNC230 (a pseudo-file)
        assert b"must-not-be-seen" not in environment.read()
    with open(f"/proc/{route.child_id}/cmdline", "rb") as command:  # noqa: ASYNC230
        assert command.read().split(b"\0")[1:3] == [b"-I", str(CHILD).encode()]


async def test_the_process_ends_with_us(route, carriers, address):
    await route.send(Outgoing("n-1", address, "x"))
    child = route.child_id
    await route.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)
    with pytest.raises(SendError, match="not running"):
        await route.send(Outgoing("n-1", address, "x"))

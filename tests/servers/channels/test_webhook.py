"""Webhooks against a server on loopback that checks everything a careful receiver would."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import h11
import pytest
import pytest_asyncio

from tocsin.channels.base import Outgoing, Progress, SendError
from tocsin.channels.webhook import is_genuine

SECRET = "a secret between us two"
ALARM = Outgoing("n-1", "", "استغاثة", subject="Alarm", language="ar")


class Hook:
    """Reads one request a connection with h11, checks its signature, answers as told."""

    def __init__(self) -> None:
        self.status = 204
        self.headers: list[tuple[str, str]] = []
        self.body = b""
        self.speaks = asyncio.Event()
        self.speaks.set()
        self.seen: list[dict] = []
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        http = h11.Connection(h11.SERVER)
        request, body = None, b""
        while not isinstance(event := http.next_event(), h11.EndOfMessage):
            if event is h11.NEED_DATA:
                data = await reader.read(65536)
                http.receive_data(data)
                if not data:
                    break
            elif isinstance(event, h11.Request):
                request = event
            elif isinstance(event, h11.Data):
                body += event.data
        if request is not None:
            await self._answer(http, request, body, writer)
        writer.close()

    async def _answer(self, http, request, body, writer) -> None:
        headers = {name.decode(): value.decode() for name, value in request.headers}
        signature = headers["tocsin-signature"]
        genuine = is_genuine(SECRET.encode(), body, signature, datetime.now(UTC))
        self.seen.append({"method": request.method, "path": request.target, "headers": headers, "genuine": genuine})
        self.seen[-1]["document"] = json.loads(body)
        await self.speaks.wait()
        answer = [*self.headers, ("Content-Length", str(len(self.body))), ("Connection", "close")]
        writer.write(http.send(h11.Response(status_code=self.status, headers=answer)))
        if self.body:
            writer.write(http.send(h11.Data(data=self.body)))
        writer.write(http.send(h11.EndOfMessage()))


@pytest_asyncio.fixture
async def hook() -> AsyncIterator[Hook]:
    told = Hook()
    server = await asyncio.start_server(told.serve, "127.0.0.1", 0)
    told.port = server.sockets[0].getsockname()[1]
    yield told
    server.close()
    await server.wait_closed()


@pytest.fixture
async def route(hook, open_started):
    return await open_started(f"webhook+http://127.0.0.1:{hook.port}/in?secret={SECRET}")


async def test_a_message_is_posted_and_signed(route, hook):
    receipt = await route.send(Outgoing("n-1", "+447700900123", "استغاثة", "Alarm", "ar", is_repeat=True))
    assert receipt.progress is Progress.ACCEPTED
    (seen,) = hook.seen
    assert (seen["method"], seen["path"], seen["genuine"]) == (b"POST", b"/in", True)
    assert seen["headers"]["tocsin-message-id"] == "n-1"
    assert seen["headers"]["content-type"] == "application/json"
    assert seen["document"] == {
        "message_id": "n-1",
        "to": "+447700900123",
        "subject": "Alarm",
        "body": "استغاثة",
        "language": "ar",
        "is_repeat": True,
    }


async def test_an_address_of_its_own_for_each_message(hook, open_started):
    route = await open_started(f"webhook://?secret={SECRET}")
    await route.send(Outgoing("n-1", f"http://127.0.0.1:{hook.port}/mine?x=1", "x"))
    assert hook.seen[0]["path"] == b"/mine?x=1"


@pytest.mark.parametrize("status", [200, 201, 202, 204])
async def test_any_2xx_is_a_yes(route, hook, status):
    hook.status = status
    assert await route.send(ALARM)


@pytest.mark.parametrize(
    ("status", "permanent"),
    [(400, True), (401, True), (404, True), (410, True), (408, False), (425, False), (429, False), (500, False),
     (503, False), (301, False), (302, False), (307, False)],
)  # fmt: skip
async def test_anything_else_is_a_no(route, hook, status, permanent):
    hook.status = status
    hook.headers = [("Location", f"http://127.0.0.1:{hook.port}/elsewhere")]
    with pytest.raises(SendError, match=f"answered {status}") as caught:
        await route.send(ALARM)
    assert caught.value.permanent is permanent
    assert len(hook.seen) == 1  # No redirect is followed: the signed text is for this receiver only.


async def test_a_long_answer_is_left_unread(route, hook):
    hook.status, hook.body = 200, b"x" * 5_000_000
    assert await route.send(ALARM)


async def test_a_receiver_that_says_nothing(hook, open_started):
    route = await open_started(f"webhook+http://127.0.0.1:{hook.port}/?secret={SECRET}&answer_s=0.2")
    hook.speaks.clear()
    with pytest.raises(SendError, match="ReadTimeout") as caught:
        await route.send(ALARM)
    assert not caught.value.permanent
    hook.speaks.set()


async def test_nobody_there(open_started, unused_tcp_port):
    route = await open_started(f"webhook+http://127.0.0.1:{unused_tcp_port}/?secret={SECRET}")
    with pytest.raises(SendError, match="cannot be reached") as caught:
        await route.send(ALARM)
    assert not caught.value.permanent
    assert str(unused_tcp_port) not in caught.value.reason


@pytest.mark.parametrize(
    "address", ["", "ftp://127.0.0.1/x", "file:///etc/passwd", "javascript:1", "http://", "http://[x"]
)
async def test_only_http_reaches_a_webhook(open_started, address):
    route = await open_started(f"webhook://?secret={SECRET}")
    with pytest.raises(SendError) as caught:
        await route.send(Outgoing("n-1", address, "x"))
    assert caught.value.permanent


async def test_a_message_id_that_no_header_can_hold(route):
    with pytest.raises(SendError) as caught:
        await route.send(Outgoing("n\r\nX: y", "", "x"))
    assert caught.value.permanent


async def test_a_certificate_that_nobody_knows_is_refused(certificate, open_started):
    server = await asyncio.start_server(Hook().serve, "127.0.0.1", 0, ssl=certificate.context)
    port = server.sockets[0].getsockname()[1]
    route = await open_started(f"webhook+https://127.0.0.1:{port}/?secret={SECRET}")
    with pytest.raises(SendError, match="cannot be reached"):
        await route.send(ALARM)
    server.close()
    await server.wait_closed()

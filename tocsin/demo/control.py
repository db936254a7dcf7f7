"""A door into the pretend carriers for the web process: plain HTTP with JSON, on loopback, behind an unguessable token.

| request | what it does |
| --- | --- |
| `GET /pockets` | every phone and mailbox, the one used last first; how the carriers behave |
| `GET /pockets/<address>` | one of them |
| `POST /pockets/<address>/reply` `{"text"}` | this person answers by SMS |
| `POST /misbehave` `{field: value}` | makes the carriers go wrong; `{}` makes everything right again |
| `POST /empty` | empties every pocket |
| `POST /social` (Apprise `json://`) | a post on the pretend social network |
"""

import asyncio
import hmac
import json
from typing import NamedTuple
from urllib.parse import unquote

from tocsin.core import clock
from tocsin.demo.pocket import Note, Pockets
from tocsin.demo.smpp_carrier import SmppCarrier

TOKEN_HEADER = "Tocsin-Demo-Token"  # noqa: S105 (the header's name)
HEAD_BYTES_MAX = 16_384
BODY_BYTES_MAX = 1_000_000
REQUEST_S = 10.0
REPLY_S = 8.0
SHOWN_MAX = 200  # Pockets in one answer.

_REASONS = {200: "OK", 400: "Bad Request", 403: "Forbidden", 404: "Not Found", 413: "Content Too Large", 503: "Away"}


class _Request(NamedTuple):
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class _Refused(Exception):  # noqa: N818 (an answer, not a fault)
    """A request that gets an error for an answer."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


class Control:
    """The door."""

    def __init__(self, pockets: Pockets, smpp: SmppCarrier, token: str) -> None:
        assert len(token) >= 16, "the token must not be guessable"
        self._pockets = pockets
        self._smpp = smpp
        self._token = token.encode()
        self._server: asyncio.Server | None = None

    async def start(self, port: int = 0, host: str = "127.0.0.1") -> int:
        """Listen. Returns the port."""
        self._server = await asyncio.start_server(self._serve, host, port, limit=HEAD_BYTES_MAX)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request, then close: nobody asks often enough for more."""
        try:
            status, document = 200, await self._answer(await asyncio.wait_for(_read(reader), REQUEST_S))
        except _Refused as refused:
            status, document = refused.status, {"error": str(refused)}
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            writer.close()
            return
        body = json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")
        head = f"HTTP/1.1 {status} {_REASONS[status]}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
        writer.write(f"{head}\r\nConnection: close\r\n\r\n".encode() + body)
        try:
            await writer.drain()
            writer.close()
            await writer.wait_closed()
        except OSError:
            return

    async def _answer(self, request: _Request) -> object:
        if not hmac.compare_digest(request.headers.get(TOKEN_HEADER.lower(), "").encode(), self._token):
            raise _Refused(403, f"the header {TOKEN_HEADER} is missing or wrong")
        match request.method, [unquote(step) for step in request.path.partition("?")[0].strip("/").split("/")]:
            case "GET", ["pockets"]:
                return self._overview()
            case "GET", ["pockets", address]:
                return {"address": address, "notes": _as_json(self._pockets.of(address))}
            case "POST", ["pockets", address, "reply"]:
                return await self._reply(address, _document(request.body))
            case "POST", ["misbehave"]:
                return self._misbehave(_document(request.body))
            case "POST", ["empty"]:
                self._pockets.empty()
                return {}
            case "POST", ["social", *_]:
                return self._post(_document(request.body))
        raise _Refused(404, "there is nothing here")

    def _overview(self) -> object:
        return {
            "pockets": [
                {"address": address, "kind": notes[-1].kind, "notes": _as_json(notes)}
                for address, notes in self._pockets.all(SHOWN_MAX).items()
            ],
            "count": self._pockets.count,
            "clients": len(self._smpp.sessions),
            "misbehaviour": self._smpp.misbehaviour.as_json(),
        }

    async def _reply(self, address: str, document: dict[str, object]) -> object:
        text = document.get("text")
        if not isinstance(text, str) or not text:
            raise _Refused(400, "an answer needs a text")
        try:
            async with asyncio.timeout(REPLY_S):
                return {"is_taken": await self._smpp.reply(address, text)}
        except TimeoutError as error:
            raise _Refused(503, "nobody took the answer yet; it is brought as soon as Tocsin is there") from error

    def _misbehave(self, document: dict[str, object]) -> object:
        misbehaviour = self._smpp.misbehaviour
        if not document:
            misbehaviour.behave()
        try:
            misbehaviour.change(document)
        except ValueError as error:
            raise _Refused(400, str(error)) from error
        return misbehaviour.as_json()

    def _post(self, document: dict[str, object]) -> object:
        """Show a post. The field names are those of Apprise's `json://`."""
        title, text = str(document.get("title", "")), str(document.get("message", ""))
        self._pockets.put(Note(clock.now(), "social", "social", "", "in", text, subject=title))
        return {}


async def _read(reader: asyncio.StreamReader) -> _Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.split("\r\n")
    words = first.split(" ")
    if len(words) != 3:
        raise _Refused(400, "this is not HTTP")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    length = headers.get("content-length", "0")
    if not length.isdecimal() or "transfer-encoding" in headers:
        raise _Refused(400, "Content-Length is needed")
    if int(length) > BODY_BYTES_MAX:
        raise _Refused(413, "too long")
    return _Request(words[0], words[1], headers, await reader.readexactly(int(length)))


def _document(body: bytes) -> dict[str, object]:
    try:
        document = json.loads(body or b"{}")
    except ValueError as error:
        raise _Refused(400, "the body is not JSON") from error
    if not isinstance(document, dict):
        raise _Refused(400, "the body is not a JSON object")
    return document


def _as_json(notes: list[Note]) -> list[dict[str, object]]:
    return [
        {
            "at": note.at.isoformat(),
            "kind": note.kind,
            "address": note.address,
            "other": note.other,
            "direction": note.direction,
            "subject": note.subject,
            "text": note.text,
            "html": note.html,
            "headers": dict(note.headers),
        }
        for note in notes
    ]

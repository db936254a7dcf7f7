"""Chat and social networks through Apprise, which knows more than a hundred services.

Apprise is not asynchronous and large, so it runs in a process of its own (`chat_child.py`): JSON lines in, JSON lines
out. The process starts with the first message, is started again when it dies, and is ended when it no longer answers.
It sees neither our settings nor our keys.
"""

import asyncio
import json
import os
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from tocsin.channels.base import Outgoing, Progress, Receipt, Receive, SendError

WAITING_MAX = 64
LINE_BYTES_MAX = 1_000_000
STOP_S = 5.0
CHILD = Path(__file__).with_name("chat_child.py")

# These act on the machine that runs Apprise, keep keys in local files, or are mail, which has a channel of its own.
REFUSED_SCHEMES = frozenset(
    [
        "blink1",
        "dbus",
        "file",
        "glib",
        "gnome",
        "kde",
        "macosx",
        "mailto",
        "mailtos",
        "qt",
        "rsyslog",
        "syslog",
        "vapid",
        "windows",
    ]
)
# Options by which Apprise reads a local file.
_FILE_OPTIONS = frozenset(["attach", "config", "keyfile", "pgp", "pgpkey", "pgpprivkey", "privkey", "smime", "subfile"])
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_-]*")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*")
# What a child needs to find its way out; our own settings and keys are none of its business.
_ENVIRONMENT = (
    "PATH",
    "LANG",
    "LC_ALL",
    "TZ",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
)
_TRY_AGAIN = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class ChatOptions:
    """What a route needs to know. `url` empty: each message's address is the Apprise URL."""

    url: str = field(default="", repr=False)
    concurrency: int = 8
    send_s: float = 30.0


class _Child:
    """One running process and what it has been asked."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.asked: dict[int, asyncio.Future[dict[str, object]]] = {}
        self.reader = asyncio.get_running_loop().create_task(self._read())
        self.heard_at = asyncio.get_running_loop().time()

    async def _read(self) -> None:
        """Give each answer to whoever asked. When the process ends, everybody hears of it."""
        output = self.process.stdout
        assert output is not None
        try:
            while line := await output.readline():
                answer = json.loads(line)
                self.heard_at = asyncio.get_running_loop().time()
                future = self.asked.pop(answer["id"], None)
                if future is not None and not future.done():
                    future.set_result(answer)
        except (ValueError, KeyError, TypeError):
            pass  # It writes nonsense: as good as dead.
        finally:
            self.kill()
            for future in self.asked.values():
                if not future.done():
                    future.set_result({"is_ok": False, "lost": True})
            self.asked.clear()

    def kill(self) -> None:
        """End the process, if it has not ended by itself."""
        if self.process.returncode is None:
            try:
                self.process.kill()
            except ProcessLookupError:
                return


class ChatRoute:
    """The channel."""

    kind = "chat"

    def __init__(self, options: ChatOptions) -> None:
        self._options = options
        self.concurrency = options.concurrency
        self._child: _Child | None = None
        self._starting = asyncio.Lock()
        self._number = 0
        self._is_running = False

    def __repr__(self) -> str:
        """Say no more: an Apprise URL holds tokens."""
        return "<ChatRoute>"

    @property
    def child_id(self) -> int | None:
        """The process that runs Apprise, if it runs."""
        return None if self._child is None or self._child.reader.done() else self._child.process.pid

    async def start(self, receive: Receive) -> None:
        """Get ready. The process starts with the first message. Nothing ever comes in by this way."""
        self._is_running = True

    async def send(self, outgoing: Outgoing) -> Receipt:
        """Hand over one message. Raises `SendError`."""
        url = check_url(self._options.url or outgoing.address)
        if not self._is_running:
            raise SendError("this chat route is not running", permanent=False)
        try:
            async with asyncio.timeout(self._options.send_s):
                answer = await self._ask(url, outgoing)
        except TimeoutError as error:
            self._end_if_stuck()
            raise SendError(
                "the chat service did not answer in time; it may have been taken", permanent=False
            ) from error
        except OSError as error:
            words = f"the process for chat services cannot be reached ({type(error).__name__})"
            raise SendError(words, permanent=False) from error
        if answer.get("is_ok") is not True:
            raise _refusal(answer)
        return Receipt(Progress.ACCEPTED)

    async def stop(self) -> None:
        """Let the process finish what it has, then end it."""
        self._is_running = False
        child, self._child = self._child, None
        if child is None:
            return
        if child.process.stdin is not None:
            child.process.stdin.close()
        await asyncio.wait([child.reader], timeout=STOP_S)
        child.kill()
        await child.process.wait()
        await asyncio.wait([child.reader])

    async def _ask(self, url: str, outgoing: Outgoing) -> dict[str, object]:
        child = await self._running_child()
        if len(child.asked) >= WAITING_MAX:
            raise SendError("too many chat messages are under way", permanent=False)
        self._number = number = self._number + 1
        question = {"id": number, "url": url, "title": outgoing.subject, "body": outgoing.body}
        line = json.dumps(question).encode() + b"\n"
        if len(line) > LINE_BYTES_MAX:
            raise SendError("the message is too long for any chat service", permanent=True)
        future: asyncio.Future[dict[str, object]] = asyncio.get_running_loop().create_future()
        child.asked[number] = future
        assert child.process.stdin is not None
        child.process.stdin.write(line)
        await child.process.stdin.drain()
        return await future

    async def _running_child(self) -> _Child:
        async with self._starting:
            if self._child is None or self._child.reader.done():
                process = await asyncio.create_subprocess_exec(
                    sys.executable,
                    "-I",
                    str(CHILD),
                    str(self._options.concurrency),
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.PIPE,
                    stderr=asyncio.subprocess.DEVNULL,  # Apprise's own words may hold tokens and addresses.
                    env={name: value for name in _ENVIRONMENT if (value := os.environ.get(name))},
                    cwd="/",
                    limit=LINE_BYTES_MAX,
                )
                self._child = _Child(process)
            return self._child

    def _end_if_stuck(self) -> None:
        """End a process that answered nobody for as long as one message may take."""
        now = asyncio.get_running_loop().time()
        if self._child is not None and now - self._child.heard_at >= self._options.send_s:
            self._child.kill()


def check_url(url: str) -> str:
    """Return an Apprise URL, or refuse one that would act on this machine or read its files. Raises `SendError`."""
    scheme, separator, _rest = url.partition("://")
    if not separator or not _SCHEME.fullmatch(scheme.lower()):
        raise SendError("a chat address looks like mastodons://token@host or json://host/path", permanent=True)
    if scheme.lower() in REFUSED_SCHEMES:
        raise SendError(f"{scheme.lower()}:// is not allowed here: it acts on this machine", permanent=True)
    try:
        options = parse_qsl(urlsplit(url).query, keep_blank_values=True)
    except ValueError as error:
        raise SendError("the chat address is not a URL", permanent=True) from error
    for name, value in options:
        # Apprise gives some options a meaning by a sign in front of them.
        plain = name.strip().lstrip("+-:@").lower()
        if plain in _FILE_OPTIONS or (plain == "template" and not _PLAIN_NAME.fullmatch(value)):
            raise SendError("a chat address may not name a file on this machine", permanent=True)
    return url


def _refusal(answer: dict[str, object]) -> SendError:
    if answer.get("lost"):
        words = "the process for chat services ended before it answered; it may have been taken"
        return SendError(words, permanent=False)
    if answer.get("unknown"):
        return SendError("Apprise does not know a service of this address", permanent=True)
    status = answer.get("status")
    if not isinstance(status, int):
        return SendError("the chat service refused it or cannot be reached", permanent=False)
    return SendError(f"the chat service answered {status}", permanent=400 <= status < 500 and status not in _TRY_AGAIN)

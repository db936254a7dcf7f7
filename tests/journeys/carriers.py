"""The pretend carriers in a thread of the test, so that they outlive whatever a test kills, and phones to read."""

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Self, TypeVar

from tocsin.demo.carriers import Carriers, Ports
from tocsin.demo.pocket import Note, opened

PATIENCE_S = 60.0  # For a loaded machine; nothing waits for it when all is well.
TOKEN = "a-token-that-nobody-guesses"
T = TypeVar("T")


class Hall:
    """Carriers that run from `__enter__` to `__exit__`. Every message that reaches somebody wakes whoever waits."""

    def __init__(self) -> None:
        self.came = threading.Condition()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="carriers")
        self.carriers = Carriers(TOKEN, self._notify)
        self.ports = Ports(0, 0, 0)

    def __enter__(self) -> Self:
        self._thread.start()
        self.ports = self.call(lambda: self.carriers.start())
        return self

    def __exit__(self, *_: object) -> None:
        self.call(lambda: self.carriers.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def call(self, make: Callable, timeout_s: float = PATIENCE_S):
        """Run a coroutine of the carriers' loop and give its result."""

        async def run():
            return await make()

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result(timeout_s)

    def wait_until_bound(self) -> None:
        """Wait until a worker has signed in at the SMS carrier."""
        self.call(lambda: self.carriers.smpp.wait_until_bound())

    def misbehave(self, **changes: object) -> None:
        """Make the carriers go wrong; without changes, right again."""

        async def change() -> None:
            if not changes:
                self.carriers.misbehaviour.behave()
            self.carriers.misbehaviour.change(changes)

        self.call(change)

    def notes(self, address: str = "") -> list[Note]:
        """Give the messages of one pocket, or of all, in the order in which they came."""

        async def read() -> list[Note]:
            if address:
                return self.carriers.pockets.of(address)
            return [note for notes in self.carriers.pockets.all().values() for note in notes]

        return sorted(self.call(read), key=lambda note: note.at)

    def wait_for(self, find: Callable[[], T | None], what: str, timeout_s: float = PATIENCE_S) -> T:
        """Wait until `find` finds something, asking again whenever a message comes."""
        until_s = time.monotonic() + timeout_s
        while True:
            with self.came:
                if (found := find()) is not None:
                    return found
                left_s = until_s - time.monotonic()
                assert left_s > 0, f"{what}\nWhat came instead:\n{self.listing()}"
                self.came.wait(min(left_s, 0.5))

    def listing(self) -> str:
        """Everything that anybody got, for the message of a failed test."""
        lines = [
            f"  {note.at:%H:%M:%S.%f} {note.kind:6} {note.direction:3} {note.address:32} {note.subject[:40]} | "
            f"{' '.join(note.text.split())[:110]}"
            for note in self.notes()
        ]
        return "\n".join(lines[-60:]) or "  nothing"

    def _notify(self, _: Note) -> None:
        # The carriers' loop must not wait for a reader who holds the lock while asking it.
        threading.Thread(target=self._wake).start()

    def _wake(self) -> None:
        with self.came:
            self.came.notify_all()


class Pocket:
    """One person's phone or mailbox. What was expected once is read, and not found again."""

    def __init__(self, hall: Hall, address: str) -> None:
        self.address = address
        self._hall = hall
        self._read = 0

    def expects(self, *words: str, timeout_s: float = PATIENCE_S) -> str:
        """Wait for an unread message that holds all these words. Gives its text."""
        return self._hall.wait_for(lambda: self._find(words), f"{self.address} got nothing with {words}", timeout_s)

    def messages(self) -> list[Note]:
        """Give everything that reached this person."""
        return [opened(note) for note in self._hall.notes(self.address) if note.direction == "in"]

    def replies(self, text: str) -> bool:
        """Answer by SMS. Says whether Tocsin took it."""
        return bool(self._hall.call(lambda: self._hall.carriers.smpp.reply(self.address, text)))

    def has(self, *words: str) -> bool:
        """Say whether any message, read or not, holds all these words."""
        return any(all(word in _whole(note) for word in words) for note in self.messages())

    def _find(self, words: tuple[str, ...]) -> str | None:
        messages = self.messages()
        for number in range(self._read, len(messages)):
            if all(word in _whole(messages[number]) for word in words):
                self._read = number + 1
                return _whole(messages[number])
        return None


def _whole(note: Note) -> str:
    return f"{note.subject}\n{note.text}" if note.subject else note.text

"""What lies in everybody's pocket in the demo: phones, mailboxes and a social network, in memory and bounded."""

from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser

POCKETS_MAX = 2_000
NOTES_MAX = 100  # In one pocket.
TEXT_CHARS_MAX = 100_000


@dataclass(frozen=True, slots=True)
class Note:
    """One message that reached somebody, or that somebody sent."""

    at: datetime
    kind: str  # "sms", "email", "social"
    address: str  # Whose pocket.
    other: str  # Who is at the other end.
    direction: str  # "in": to this person; "out": from them.
    text: str
    subject: str = ""
    html: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    raw: bytes = b""  # A mail as it came; read only when somebody looks.


class Pockets:
    """Every pocket, the one used last at the end. The oldest is emptied when there are too many."""

    def __init__(self, on_message: Callable[[Note], None] | None = None) -> None:
        self._pockets: OrderedDict[str, deque[Note]] = OrderedDict()
        self._on_message = on_message
        self.count = 0

    def put(self, note: Note) -> None:
        """Add a message to a pocket and tell whoever listens."""
        pocket = self._pockets.get(note.address)
        if pocket is None:
            pocket = self._pockets[note.address] = deque(maxlen=NOTES_MAX)
            if len(self._pockets) > POCKETS_MAX:
                self._pockets.popitem(last=False)
        else:
            self._pockets.move_to_end(note.address)
        pocket.append(note)
        self.count += 1
        if self._on_message is not None:
            self._on_message(note)

    def of(self, address: str) -> list[Note]:
        """Return one person's messages, oldest first."""
        return [opened(note) for note in self._pockets.get(address, ())]

    def latest(self, address: str) -> Note | None:
        """Return the last message that reached a person."""
        notes = self._pockets.get(address, ())
        return next((note for note in reversed(notes) if note.direction == "in"), None)

    def all(self, limit: int = POCKETS_MAX) -> dict[str, list[Note]]:
        """Return the pockets used last, newest first."""
        return {address: self.of(address) for address in list(reversed(self._pockets))[:limit]}

    def empty(self) -> None:
        """Forget everything."""
        self._pockets.clear()


def opened(note: Note) -> Note:
    """Return a mail with its subject, texts and headers read; anything else as it is."""
    if not note.raw:
        return note
    mail = BytesParser(policy=policy.default).parsebytes(note.raw)
    assert isinstance(mail, EmailMessage)
    return Note(
        at=note.at,
        kind=note.kind,
        address=note.address,
        other=note.other,
        direction=note.direction,
        text=_body(mail, "plain"),
        subject=str(mail["Subject"] or ""),
        html=_body(mail, "html"),
        headers=tuple((name, str(value)) for name, value in mail.items()),
        raw=note.raw,
    )


def _body(mail: EmailMessage, subtype: str) -> str:
    part = mail.get_body(preferencelist=(subtype,))
    return "" if part is None else str(part.get_content()).replace("\r\n", "\n")[:TEXT_CHARS_MAX]

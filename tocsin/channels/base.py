"""What every way to reach a person shares. An adapter hands one message to one carrier and says how far it got.

It stores nothing and retries nothing: the ledger does (`dispatch`). Adapters are asynchronous, since one carrier
connection serves many messages at once, and import no Django.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Progress(StrEnum):
    """How far a message got. Never show a weaker word as a stronger one."""

    ACCEPTED = "accepted"  # The carrier took it. Nobody's phone has rung.
    DELIVERED = "delivered"  # The handset or mailbox confirmed it. A hint: some receipts lie.
    ANSWERED = "answered"  # A person replied or pressed the button.


class SendError(Exception):
    """Not handed over. `permanent`: this address cannot work, so move on to the next one now.

    The reason holds codes and carrier words, never the address or the text: it reaches logs and the timeline.
    """

    def __init__(self, reason: str, *, permanent: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.permanent = permanent


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to one address."""

    message_id: str  # Ours; survives retries, so that a repeat can be recognised.
    address: str  # E.164 number, mail address, URL: what the channel's page says.
    body: str
    subject: str = ""  # Mail only.
    language: str = "en"
    is_repeat: bool = False  # A worker died between the carrier's yes and our commit: this may be the second copy.
    headers: tuple[tuple[str, str], ...] = ()  # Mail only, such as List-Unsubscribe.
    html: str = ""  # Mail only, beside the plain body.


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a carrier answered to `send`. `carrier_id` is what later delivery receipts name."""

    progress: Progress
    carrier_id: str = ""


@dataclass(frozen=True, slots=True)
class DeliveryReceipt:
    """A carrier's later claim about a message. A hint: it never stops an escalation."""

    channel: str
    carrier_id: str
    is_delivered: bool
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message that a person sent to us."""

    channel: str
    sender: str  # E.164 where the carrier gives it so.
    body: str
    carrier_id: str
    at: datetime


# Stores what came in, then returns: the carrier is answered only afterwards. Raises when it could not be stored.
Receive = Callable[[Incoming | DeliveryReceipt], Awaitable[None]]


class Channel(Protocol):
    """A way to reach people. `concurrency` messages may be under way at once."""

    kind: str  # "sms", "email", "webhook", "chat"
    concurrency: int

    async def start(self, receive: Receive) -> None:
        """Connect in the background. Returns at once; a dead carrier is no error here."""

    async def send(self, outgoing: Outgoing) -> Receipt:
        """Hand over one message. Raises `SendError`, within the channel's own timeout."""

    async def stop(self) -> None:
        """Finish what is under way and disconnect."""

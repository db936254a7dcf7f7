"""What a carrier's status means for the message. Source: SMPP 3.4, section 5.1.3, table 5-2."""

from typing import NamedTuple

OK = 0x00
INVALID_COMMAND_LENGTH = 0x02
INVALID_COMMAND = 0x03
WRONG_BIND_STATE = 0x04
ALREADY_BOUND = 0x05
SYSTEM_ERROR = 0x08
INVALID_DESTINATION = 0x0B
BIND_FAILED = 0x0D
INVALID_PASSWORD = 0x0E
QUEUE_FULL = 0x14
THROTTLED = 0x58
# The three that we, as the receiving side, may give.
RECEIVER_TEMPORARY = 0x64
RECEIVER_PERMANENT = 0x65

# Not of the specification: what our own end found. A status on the wire is never negative.
LOST = -1
UNANSWERED = -2
NONSENSE = -3


class Meaning(NamedTuple):
    """In words, and whether trying the same address again is of no use."""

    words: str
    is_permanent: bool


# A code that is not listed is temporary: to ask again costs little, to give up may cost a life.
_MEANINGS: dict[int, Meaning] = {
    LOST: Meaning("the connection was lost before the carrier answered; it may have been taken", False),
    UNANSWERED: Meaning("the carrier did not answer in time; it may have been taken", False),
    NONSENSE: Meaning("the carrier answered something else than what was asked", False),
    0x01: Meaning("the message is too long for the carrier", True),
    0x02: Meaning("the carrier could not read the unit's length", False),
    0x03: Meaning("the carrier does not know this command", True),
    0x04: Meaning("not allowed for this kind of sign-in", False),
    0x05: Meaning("already signed in: the account allows fewer connections than we open", False),
    0x06: Meaning("the carrier refuses this priority", True),
    0x07: Meaning("the carrier refuses to give delivery receipts", True),
    0x08: Meaning("the carrier has trouble of its own", False),
    0x0A: Meaning("the carrier refuses our sender", True),
    0x0B: Meaning("no such number", True),
    0x0C: Meaning("the carrier refuses the message's id", True),
    0x0D: Meaning("sign-in refused", False),
    0x0E: Meaning("sign-in refused: wrong password", False),
    0x0F: Meaning("sign-in refused: unknown user", False),
    0x14: Meaning("the carrier's queue is full", False),
    0x15: Meaning("the carrier refuses this service type", True),
    0x43: Meaning("the carrier refuses messages in parts", True),
    0x44: Meaning("the carrier cannot pass it on to this number", True),
    0x45: Meaning("the carrier refused the message without saying why", False),
    0x48: Meaning("the carrier refuses our sender's type of number", True),
    0x49: Meaning("the carrier refuses our sender's numbering plan", True),
    0x50: Meaning("the carrier refuses the number's type", True),
    0x51: Meaning("the carrier refuses the number's numbering plan", True),
    0x53: Meaning("the carrier refuses our system type", False),
    0x58: Meaning("too fast for the carrier", False),
    0x61: Meaning("the carrier refuses the time of sending", True),
    0x62: Meaning("the carrier refuses the time of expiry", True),
    0x64: Meaning("trouble at the receiver, for now", False),
    0x65: Meaning("trouble at the receiver, for good", True),
    0x66: Meaning("the receiver rejected it", True),
    0xC0: Meaning("the carrier could not read an optional parameter", True),
    0xC1: Meaning("the carrier does not allow an optional parameter", True),
    0xC4: Meaning("the carrier refuses the value of an optional parameter", True),
    0xFE: Meaning("delivery failed", False),
    0xFF: Meaning("the carrier reports an unknown error", False),
}


def meaning_of(status: int) -> Meaning:
    """Say what a status other than zero means. The carrier's own code is always part of the words."""
    words, is_permanent = _MEANINGS.get(status, Meaning("the carrier refused it with a code of its own", False))
    return Meaning(words if status < 0 else f"{words} (SMPP 0x{status:08X})", is_permanent)

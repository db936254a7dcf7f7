"""Delivery receipts: what a carrier claims later about a message. Pure.

Sources: SMPP 3.4 section 5.2.12 (esm_class), 5.2.28 (states) and appendix B (the text form).
"""

import re
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import NamedTuple

from tocsin.channels.smpp_pdu import ShortMessage, Tag

GROUPS_MAX = 100_000  # Messages in several parts whose receipts are awaited.

_MESSAGE_TYPE = 0x3C
_RECEIPT_TYPES = (0x04, 0x20)  # Delivery receipt, intermediate notification.
_FIELD = re.compile(rb"\b(id|stat|err):\s*([^\s:]+)", re.IGNORECASE)
_STATES = {
    1: "ENROUTE",
    2: "DELIVRD",
    3: "EXPIRED",
    4: "DELETED",
    5: "UNDELIV",
    6: "ACCEPTD",
    7: "UNKNOWN",
    8: "REJECTD",
}
_ON_THE_WAY = frozenset({"ENROUTE", "ACCEPTD", "SCHEDULED", "BUFFERED", ""})
_WORDS = {
    "EXPIRED": "the phone could not be reached before the message expired",
    "DELETED": "the carrier deleted it",
    "UNDELIV": "the carrier could not deliver it",
    "UNKNOWN": "the carrier does not know what became of it",
    "REJECTD": "the carrier or the phone rejected it",
}
_STATE_FORM = re.compile(r"[A-Z0-9_]{1,16}")


class Claim(NamedTuple):
    """What a receipt says about one carrier id. `is_delivered` is `None` while the message is still on its way."""

    carrier_id: str
    is_delivered: bool | None
    reason: str


def is_receipt(message: ShortMessage) -> bool:
    """Say whether this is a claim about one of our messages and not a message from a person."""
    return message.esm_class & _MESSAGE_TYPE in _RECEIPT_TYPES or message.tlv(Tag.RECEIPTED_MESSAGE_ID) is not None


def read_receipt(message: ShortMessage) -> Claim | None:
    """Read a receipt from its optional parameters or its text. `None`: it names no message."""
    text = {key.lower(): value.decode("latin-1") for key, value in reversed(_FIELD.findall(message.payload))}
    named = message.tlv(Tag.RECEIPTED_MESSAGE_ID)
    carrier_id = named.split(b"\0", 1)[0].decode("latin-1") if named else text.get(b"id", "")
    if not carrier_id:
        return None
    state_tlv = message.tlv(Tag.MESSAGE_STATE)
    state = _STATES.get(state_tlv[0], "UNKNOWN") if state_tlv else text.get(b"stat", "").upper()[:16]
    if state in _ON_THE_WAY:
        return Claim(carrier_id, None, "")
    if state == "DELIVRD":
        return Claim(carrier_id, True, "")
    return Claim(carrier_id, False, _reason(state, _error_code(message, text.get(b"err", ""))))


def _error_code(message: ShortMessage, text: str) -> str:
    tlv = message.tlv(Tag.NETWORK_ERROR_CODE)
    if tlv is not None and len(tlv) == 3:
        return str(int.from_bytes(tlv[1:], "big"))
    return text if text.isalnum() and text.strip("0") else ""


def _reason(state: str, error: str) -> str:
    """Return words that hold the carrier's codes and nothing else that it wrote: a text may stand in the receipt."""
    state = state if _STATE_FORM.fullmatch(state) else "?"
    words = _WORDS.get(state, "the carrier says that it was not delivered")
    return f"{words} ({state}{f', error {error[:8]}' if error else ''})"


def name_of_parts(carrier_ids: list[str]) -> str:
    """Return the one id under which a message in several parts is known: `17+2` is 17 and two more.

    It differs from each part's own id, so that after a restart the receipt of one part cannot be taken for the whole.
    """
    return carrier_ids[0] if len(carrier_ids) == 1 else f"{carrier_ids[0]}+{len(carrier_ids) - 1}"


@dataclass(slots=True)
class _Group:
    name: str
    waiting: set[str] = field(default_factory=set)


class PartReceipts:
    """Makes one claim out of the receipts of all parts: delivered when all are, not delivered when one is not.

    `sending` counts the messages in parts that are on their way: until their answers are in, a receipt for an id that
    nobody knows may be about one of them.
    """

    def __init__(self) -> None:
        self._groups: OrderedDict[str, _Group] = OrderedDict()  # By each part's carrier id.
        self.sending = 0

    def is_known(self, carrier_id: str) -> bool:
        """Say whether this is the id of an awaited part."""
        return carrier_id in self._groups

    def expect(self, carrier_ids: list[str]) -> None:
        """Await the receipts of a message in several parts."""
        group = _Group(name_of_parts(carrier_ids), set(carrier_ids))
        for carrier_id in carrier_ids:
            self._groups[carrier_id] = group
        while len(self._groups) > GROUPS_MAX:
            self._groups.popitem(last=False)

    def resolve(self, claim: Claim) -> Claim | None:
        """Return what is now known of the whole message, or `None` while other parts are still awaited."""
        group = self._groups.pop(claim.carrier_id, None)
        if group is None:
            return claim
        group.waiting.discard(claim.carrier_id)
        if claim.is_delivered and group.waiting:
            return None
        for carrier_id in group.waiting:
            self._groups.pop(carrier_id, None)
        return Claim(group.name, claim.is_delivered, claim.reason)

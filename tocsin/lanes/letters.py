"""From a claimed notice to what a channel is handed: texts and addresses are open in the worker's memory only."""

from collections.abc import Collection
from datetime import datetime
from functools import lru_cache

from tocsin.channels.base import Outgoing
from tocsin.core.access import DataClass
from tocsin.core.sealing import SealError, open_sealed
from tocsin.dispatch.rules import Purpose
from tocsin.lanes.lease import Claimed
from tocsin.people.queries import key_context, keyring
from tocsin.publicity.queries_waves import Withheld, wave_messages

__all__ = ["Withheld", "is_public", "letters_of_waves", "open_letter"]

KEYS_KEPT = 4096  # Unwrapped keys of people and incidents that are written to right now.
ADDRESS, SUBJECT, BODY = "way.address", "notice.subject", "notice.body"  # As `people.queries.context_of` names them.


def is_public(claimed: Claimed) -> bool:
    """Say whether publicity makes the text: it decides at each claim whether it may still go out."""
    return claimed.wave_id is not None or claimed.purpose in (Purpose.WAVE, Purpose.CONFIRM)


def open_letter(claimed: Claimed) -> Outgoing | Withheld:
    """Open one notice about an incident. A text or address whose key was destroyed cannot be sent any more."""
    party, incident = claimed.party_uid, claimed.incident_uid or claimed.party_uid
    if claimed.address_key is None or claimed.text_key is None or not claimed.address_sealed or party is None:
        return Withheld("the address or the text was forgotten")
    try:
        address_key = _unwrap(claimed.address_key, key_context(party, DataClass.ID.value))
        assert incident is not None
        text_key = _unwrap(claimed.text_key, key_context(incident, DataClass.STORY.value))
        return Outgoing(
            message_id=str(claimed.uid),
            address=open_sealed(claimed.address_sealed, key=address_key, context=ADDRESS).decode(),
            subject=_text(claimed.subject_sealed, text_key, SUBJECT),
            body=_text(claimed.body_sealed, text_key, BODY),
            language=claimed.language,
            is_repeat=claimed.is_repeat,
        )
    except SealError:
        return Withheld("the address or the text cannot be opened")


def letters_of_waves(ids: Collection[int], *, now: datetime) -> dict[int, Outgoing | Withheld]:
    """Let publicity make the texts of a batch. In a thread: it asks the database."""
    return wave_messages(ids, now=now)


def _text(sealed: bytes, key: bytes, context: str) -> str:
    return open_sealed(sealed, key=key, context=context).decode() if sealed else ""


@lru_cache(maxsize=KEYS_KEPT)
def _unwrap(wrapped: bytes, context: str) -> bytes:
    return keyring().unwrap(wrapped, context=context)

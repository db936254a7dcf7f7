"""Reads about people. Opening sealed values for a person goes through `people.actions.look`, which logs it."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from uuid import UUID

import phonenumbers
from django.conf import settings
from django.db import models

from tocsin.core.access import DataClass
from tocsin.core.sealing import Keyring, SealError, load_keyring, open_sealed
from tocsin.people.models import SealedField, SubjectKey

FORGOTTEN = ""  # What a sealed value opens to when its key is gone.


@lru_cache(maxsize=1)
def _keyring_at(path: Path) -> Keyring:
    return load_keyring(path)


def keyring() -> Keyring:
    """Give the keys of this installation. Raises `SealError` with what to do when there is no key file."""
    return _keyring_at(settings.KEY_FILE)


def sealed_field(row: models.Model, name: str) -> SealedField:
    """Give the field behind a plain name: "name" for `name_sealed`."""
    field = row._meta.get_field(f"{name}_sealed")
    assert isinstance(field, SealedField), f"{name} is not a sealed field"
    return field


def context_of(row: models.Model, name: str) -> str:
    """Name the field inside the seal, so that sealed values cannot change places."""
    return f"{row._meta.model_name}.{name}"


def key_context(subject: UUID, data_class: str) -> str:
    """Name the key inside its own seal."""
    return f"key:{subject}:{data_class}"


def keys_of(wanted: Iterable[tuple[UUID, DataClass]]) -> dict[tuple[UUID, DataClass], bytes]:
    """Give the keys that exist, unwrapped, in one query."""
    pairs = set(wanted)
    ring = keyring()
    rows = SubjectKey.objects.filter(subject__in={subject for subject, _ in pairs}) if pairs else []
    return {
        (row.subject, DataClass(row.data_class)): ring.unwrap(
            bytes(row.wrapped), context=key_context(row.subject, row.data_class)
        )
        for row in rows
        if (row.subject, DataClass(row.data_class)) in pairs
    }


def opened(rows: Sequence[models.Model], *names: str) -> list[dict[str, str]]:
    """Open sealed values for the program itself: to send, to compare, to compose. Never to show them to a person.

    One dict a row, in order. A value whose key is gone, or that was never written, is the empty text.
    """
    wanted = {(row.seal_subject, sealed_field(row, name).data_class) for row in rows for name in names}
    keys = keys_of(wanted)
    return [{name: _open(row, name, keys) for name in names} for row in rows]


def _open(row: models.Model, name: str, keys: dict[tuple[UUID, DataClass], bytes]) -> str:
    sealed = bytes(getattr(row, f"{name}_sealed"))
    key = keys.get((row.seal_subject, sealed_field(row, name).data_class))
    if not sealed or key is None:
        return FORGOTTEN
    try:
        return open_sealed(sealed, key=key, context=context_of(row, name)).decode()
    except SealError as error:
        raise SealError(f"{context_of(row, name)} of row {row.pk} cannot be opened") from error


def normalised_address(channel: str, address: str) -> str:
    """Give the one form in which an address is stored and compared. Raises `ValueError` with what to write."""
    address = address.strip()
    if channel in {"sms", "voice"}:
        try:
            number = phonenumbers.parse(address, None)
        except phonenumbers.NumberParseException as error:
            raise ValueError("Write the number with its country code, such as +44 7700 900123.") from error
        if not phonenumbers.is_possible_number(number):
            raise ValueError("This number has too few or too many digits. Write it with its country code.")
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if channel == "email":
        local, _, domain = address.rpartition("@")
        if not local or "." not in domain or any(sign.isspace() for sign in address):
            raise ValueError("Write a mail address such as name@example.org.")
        return f"{local}@{domain.lower()}"
    if channel == "webhook" and not address.startswith(("https://", "http://")):
        raise ValueError("Write the address of a webhook, such as https://example.org/alarm.")
    if channel == "chat" and "://" not in address:
        raise ValueError("Write a chat address as Apprise knows it, such as ntfy://example.org/topic.")
    return address


def address_index(channel: str, address: str) -> bytes:
    """Give the blind index under which an address is found. SMS and voice share numbers."""
    kind = "sms" if channel == "voice" else channel
    normal = normalised_address(channel, address)
    return keyring().blind_index(normal.lower() if channel == "email" else normal, kind=f"way:{kind}")

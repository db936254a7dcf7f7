"""Writes about people: sealing, looking, forgetting."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import phonenumbers
from django.db import models, transaction

from tocsin.core.access import DataClass, Reader
from tocsin.core.sealing import new_key, seal
from tocsin.people.models import Look, SubjectKey
from tocsin.people.queries import context_of, key_context, keyring, keys_of, opened, sealed_field


def seal_row(row: models.Model, *, now: datetime, **values: str) -> None:
    """Set sealed values on an unsaved or changed row: `seal_row(party, now=now, name="…")` fills `name_sealed`.

    Keys that are missing are made and stored. The caller saves the row, in the same transaction.
    """
    classes = {name: sealed_field(row, name).data_class for name in values}
    keys = ensure_keys([(row.seal_subject, data_class) for data_class in classes.values()], now=now)
    for name, text in values.items():
        key = keys[row.seal_subject, classes[name]]
        sealed = seal(text.encode(), key=key, context=context_of(row, name)) if text else b""
        setattr(row, f"{name}_sealed", sealed)


def ensure_keys(wanted: Sequence[tuple[UUID, DataClass]], *, now: datetime) -> dict[tuple[UUID, DataClass], bytes]:
    """Give the keys, making those that do not exist. Two writers at once end with the same key."""
    keys = keys_of(wanted)
    missing = [pair for pair in dict.fromkeys(wanted) if pair not in keys]
    if not missing:
        return keys
    ring = keyring()
    SubjectKey.objects.bulk_create(
        [
            SubjectKey(
                subject=subject,
                data_class=data_class.value,
                wrapped=ring.wrap(new_key(), context=key_context(subject, data_class.value)),
                created_at=now,
            )
            for subject, data_class in missing
        ],
        ignore_conflicts=True,
    )
    return keys_of(wanted)


def look(
    rows: Sequence[models.Model], *names: str, reader: Reader, purpose: str, now: datetime
) -> list[dict[str, str | None]]:
    """Open sealed values for a person, and log it. A class without a right gives `None`: the page shows it as sealed.

    The log has one row a subject and class, whether or not a value was there.
    """
    if not rows:
        return []
    classes = {name: sealed_field(rows[0], name).data_class for name in names}
    readable = [name for name in names if reader.may_read(classes[name])]
    seen = {(row.seal_subject, classes[name].value) for row in rows for name in readable}
    with transaction.atomic():
        Look.objects.bulk_create(
            Look(
                staff_id=reader.staff_id,
                reader=reader.name,
                subject=subject,
                data_class=data_class,
                purpose=purpose,
                at=now,
            )
            for subject, data_class in sorted(seen, key=str)
        )
    plain = opened(rows, *readable)
    return [{name: values.get(name) for name in names} for values in plain]


def forget_class(subject: UUID, data_class: DataClass) -> int:
    """Delete one key: every value of that class of that subject is gone, also in old backups. Returns keys deleted."""
    deleted, _ = SubjectKey.objects.filter(subject=subject, data_class=data_class.value).delete()
    return deleted


def normalised_address(channel: str, address: str) -> str:
    """Give the one form in which an address is stored and compared. Raises `ValueError` with what to write."""
    address = address.strip()
    if channel in {"sms", "voice"}:
        try:
            number = phonenumbers.parse(address, None)
        except phonenumbers.NumberParseException as error:
            raise ValueError("Write the number with its country code, such as +44 7700 900123.") from error
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if channel == "email":
        local, _, domain = address.rpartition("@")
        if not local or "." not in domain or any(sign.isspace() for sign in address):
            raise ValueError("Write a mail address such as name@example.org.")
        return f"{local}@{domain.lower()}"
    return address


def address_index(channel: str, address: str) -> bytes:
    """Give the blind index under which an address is found. SMS and voice share numbers."""
    kind = "sms" if channel == "voice" else channel
    normal = normalised_address(channel, address)
    return keyring().blind_index(normal.lower() if channel == "email" else normal, kind=f"way:{kind}")

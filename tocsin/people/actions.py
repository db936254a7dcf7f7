"""Writes about people: sealing, looking, forgetting."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, models

from tocsin.core.access import DataClass, Reader, Right
from tocsin.core.sealing import new_key, seal
from tocsin.people.models import SubjectKey
from tocsin.people.queries import (
    address_index,
    context_of,
    key_context,
    keyring,
    keys_of,
    normalised_address,
    opened,
    sealed_field,
)

__all__ = [
    "address_index",
    "ensure_keys",
    "first_keys",
    "forget_class",
    "look",
    "normalised_address",
    "record_change",
    "record_looks",
    "seal_row",
]
SAME_LOOK = timedelta(minutes=10)


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
    return keys | first_keys(missing, now=now) if missing else keys


def first_keys(wanted: Sequence[tuple[UUID, DataClass]], *, now: datetime) -> dict[tuple[UUID, DataClass], bytes]:
    """Give the keys of subjects that hardly have any yet: one question where `ensure_keys` asks two."""
    ring = keyring()
    fresh = {pair: new_key() for pair in dict.fromkeys(wanted)}
    wrapped = [ring.wrap(key, context=key_context(subject, kind.value)) for (subject, kind), key in fresh.items()]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO tocsin_subjectkey (subject, data_class, wrapped, created_at) "
            "SELECT t.subject, t.data_class, t.wrapped, %s "
            "FROM unnest(%s::uuid[], %s::text[], %s::bytea[]) AS t(subject, data_class, wrapped) "
            "ON CONFLICT DO NOTHING RETURNING subject, data_class",
            [now, [subject for subject, _ in fresh], [kind.value for _, kind in fresh], wrapped],
        )
        stored = {(subject, DataClass(kind)) for subject, kind in cursor.fetchall()}
    others = [pair for pair in fresh if pair not in stored]
    return {pair: key for pair, key in fresh.items() if pair in stored} | (keys_of(others) if others else {})


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
    seen = {(row.seal_subject, classes[name]) for row in rows for name in readable}
    record_looks(seen, reader=reader, purpose=purpose, now=now)
    plain = opened(rows, *readable)
    return [{name: values.get(name) for name in names} for values in plain]


def forget_class(subject: UUID, data_class: DataClass) -> int:
    """Delete one key: no value of that class of that subject opens any more. Returns keys deleted."""
    deleted, _ = SubjectKey.objects.filter(subject=subject, data_class=data_class.value).delete()
    return deleted


def record_looks(
    seen: Collection[tuple[UUID, DataClass]], *, reader: Reader, purpose: str, now: datetime, right: Right = Right.READ
) -> None:
    """Write down who opened or changed what: a row for each subject and class.

    The same look within `SAME_LOOK` is the same look: an open page renews itself with every event, and hundreds of such
    rows would push everybody else out of the list that the defender reads. Each change is written down.
    """
    pairs = sorted(((subject, kind.value) for subject, kind in seen), key=str)
    with connection.cursor() as cursor:
        cursor.execute(
            'INSERT INTO tocsin_look (staff_id, reader, subject, data_class, "right", purpose, at) '
            "SELECT %(staff)s, %(reader)s, t.subject, t.data_class, %(right)s, %(purpose)s, %(now)s "
            "FROM unnest(%(subjects)s::uuid[], %(classes)s::text[]) AS t(subject, data_class) "
            "WHERE %(is_change)s OR NOT EXISTS (SELECT FROM tocsin_look AS same WHERE same.subject = t.subject "
            "AND same.data_class = t.data_class AND same.at BETWEEN %(since)s AND %(now)s "
            'AND same.reader = %(reader)s AND same.purpose = %(purpose)s AND same."right" = %(right)s)',
            {
                "staff": reader.staff_id, "reader": reader.name, "right": right.value, "purpose": purpose, "now": now,
                "subjects": [subject for subject, _ in pairs], "classes": [kind for _, kind in pairs],
                "is_change": right is not Right.READ, "since": now - SAME_LOOK,
            },
        )  # fmt: skip


def record_change(rows: Sequence[models.Model], *names: str, by: Reader, purpose: str, now: datetime) -> None:
    """Log that sealed values were written, beside the looks, so that the defender sees both."""
    seen = {(row.seal_subject, sealed_field(row, name).data_class) for row in rows for name in names}
    record_looks(seen, reader=by, purpose=purpose, now=now, right=Right.WRITE)

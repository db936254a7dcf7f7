"""The lock on one incident, and the only writer of its timeline. Actions of every room go through here."""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection, transaction

from tocsin.core.answers import Refused
from tocsin.incidents.models import Incident, TimelineEntry
from tocsin.incidents.rules_timeline import SALT_BYTES, Entry, Link, entry_hash, text_digest
from tocsin.people.actions import seal_row
from tocsin.people.models import Defender

# What actions change on an incident; saved in one statement when the lock is given back.
KEPT = (
    "defender", "is_quarantined", "uid_index", "state", "alarm_state", "kinds", "last_alarm_at", "is_late",
    "acknowledged_at", "acknowledged_by", "closed_at", "outcome", "country", "place_source", "lat_deg", "lon_deg",
    "place_at", "place_accuracy_m", "place_doubt", "battery_pct", "entries", "last_hash", "is_under_duress",
)  # fmt: skip
LIVE = "tocsin_live"


@contextmanager
def locked(incident_id: int) -> Iterator[Incident]:
    """Hold one incident: nobody else decides about it meanwhile. What was changed on it is saved at the end."""
    with transaction.atomic():
        incident = (
            Incident.objects.select_for_update(of=("self",)).select_related("defender__party").get(pk=incident_id)
        )
        yield incident
        keep(incident)


def lock_defender(defender_id: int) -> None:
    """Hold a defender before any incident of theirs: calls are taken in this order, so that two never wait crosswise.

    Not FOR UPDATE: that would make every other row that points to the defender wait as well.
    """
    Defender.objects.select_for_update(no_key=True).values_list("pk").get(pk=defender_id)


def keep(incident: Incident) -> None:
    """Save a locked incident with its new entries, and tell the open pages, once the transaction commits."""
    pending = _pending(incident)
    if pending.entries:
        TimelineEntry.objects.bulk_create(pending.entries)
    incident.save(update_fields=KEPT)
    _notify_all([*pending.wakes, (LIVE, str(incident.pk)), (LIVE, "board")])
    pending.entries, pending.wakes = [], []


def wake(incident: Incident, channel: str, payload: str) -> None:
    """Wake whoever listens when this transaction commits; it goes out with `keep`."""
    _pending(incident).wakes.append((channel, payload))


def notify(channel: str, payload: str) -> None:
    """Wake whoever listens, when and only when this transaction commits."""
    _notify_all([(channel, payload)])


def _notify_all(wakes: Sequence[tuple[str, str]]) -> None:
    channels, payloads = zip(*dict.fromkeys(wakes), strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_notify(channel, payload) FROM unnest(%s::text[], %s::text[]) AS t(channel, payload)",
            [list(channels), list(payloads)],
        )


@dataclass
class Pending:
    """What waits on a locked incident until it is kept. Entries are written together: each is chained already."""

    entries: list[TimelineEntry] = field(default_factory=list)
    wakes: list[tuple[str, str]] = field(default_factory=list)


def _pending(incident: Incident) -> Pending:
    pending: Pending = incident.__dict__.setdefault("pending", Pending())
    return pending


def write_entry(
    incident: Incident,
    event: str,
    *,
    actor: str,
    now: datetime,
    facts: Mapping[str, object] | None = None,
    text: str = "",
) -> TimelineEntry:
    """Add what happened to the timeline of a locked incident. `facts`: ids and coded words only; `text` is sealed.

    It is stored by `keep`, which `locked` calls at its end.

    `actor` is "staff:7", "party:12", "device:3" or the name of a part of the program.
    """
    entry = TimelineEntry(
        incident=incident,
        number=incident.entries + 1,
        at=now,
        event=event,
        actor=actor,
        facts=dict(facts or {}),
        previous_hash=bytes(incident.last_hash),
    )
    if text:
        salt = secrets.token_hex(SALT_BYTES)
        entry.text_digest = text_digest(text, salt=salt)
        seal_row(entry, now=now, text=text, salt=salt)
    entry.hash = entry_hash(bytes(incident.last_hash), link_of(entry))
    _pending(incident).entries.append(entry)
    incident.entries, incident.last_hash = entry.number, entry.hash
    return entry


def link_of(entry: TimelineEntry) -> Link:
    """Give what the hash of an entry covers."""
    return Link(
        incident_uid=str(entry.incident.uid),
        number=entry.number,
        at=entry.at,
        event=entry.event,
        actor=entry.actor,
        facts=entry.facts,
        text_digest=bytes(entry.text_digest),
    )


def refuse(incident: Incident, refused: Refused, event: str, *, actor: str, now: datetime) -> Refused:
    """Write down that somebody tried what the tables do not allow, and hand the refusal on."""
    facts = {"event": str(event), "state": str(incident.state), "alarm_state": str(incident.alarm_state)}
    write_entry(incident, Entry.REFUSED, actor=actor, now=now, facts=facts)
    return refused

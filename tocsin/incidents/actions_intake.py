"""Taking signals from the journal: each alarm becomes people who are asked. Nothing that came in is ever dropped."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Least

from tocsin.core.sealing import SealError
from tocsin.devices.models import Device
from tocsin.devices.queries import device_by_index
from tocsin.gateway.frames import open_contents
from tocsin.gateway.models import Signal
from tocsin.incidents.actions_alarms import Cry, raise_alarm
from tocsin.incidents.actions_timeline import locked, write_entry
from tocsin.incidents.models import Incident
from tocsin.incidents.rules import ENDED, calling
from tocsin.incidents.rules_place import Sighting
from tocsin.incidents.rules_timeline import Entry
from tocsin.people.queries import keyring
from tocsin.protocols.base import DecodeError, Reading, Report
from tocsin.protocols.registry import CODECS

HANDLED, WAITING = "handled", "waiting"
QUIET_BATCH = 1000
FORGOTTEN_AT_ONCE = 5000
READ_TRIES = 2  # A signal that failed so often is raised without being read: what it says stands on its row.
RETRY_S = (1, 5, 30, 60, 300)
ATTEMPTS_MAX = 32_767  # As far as the column counts.


@dataclass(frozen=True)
class Read:
    """What a signal says, and whether all of it could be read."""

    reports: tuple[Report, ...] = ()
    has_media: bool = False


def keep_unreadable(*, now: datetime) -> int:
    """Set unreadable frames aside: they stay, and headquarters sees them. In bulk, since floods are made of them."""
    waiting = Signal.objects.filter(state=WAITING, alarms=[], is_readable=False).order_by("due_at")
    with transaction.atomic():
        ids = list(waiting.select_for_update(skip_locked=True).values_list("pk", flat=True)[:QUIET_BATCH])
        return Signal.objects.filter(pk__in=ids).update(state=HANDLED, handled_at=now)


def take_signal(signal_id: int, *, now: datetime) -> int | None:
    """Do what one signal asks for, and mark it handled in the same transaction. Returns the incident, if there is one.

    Safe to run twice: the row is locked, and a second worker finds it handled.
    """
    with transaction.atomic():
        held = Signal.objects.select_for_update(skip_locked=True).filter(pk=signal_id, state=WAITING)
        signal = held.first()
        if signal is None:
            return None
        uid_index = bytes(signal.uid_index) if signal.uid_index is not None else None
        device = device_by_index(uid_index)
        kinds = frozenset(signal.alarms)
        read = _read(signal) if signal.attempts < READ_TRIES else Read()
        if calling(kinds):
            incident_id = raise_alarm(_cry(signal, device, uid_index, calling(kinds), read), now=now).pk
        else:
            incident_id = _note(signal, device, kinds, read, now)
        Signal.objects.filter(pk=signal.pk).update(state=HANDLED, handled_at=now, incident_id=incident_id)
        return incident_id


def put_back(signal_id: int, *, now: datetime) -> int:
    """Let a signal that could not be taken wait a while and be tried again, for ever. Returns how often it failed."""
    with transaction.atomic():
        signal = Signal.objects.select_for_update().filter(pk=signal_id, state=WAITING).first()
        if signal is None:
            return 0
        pause_s = RETRY_S[min(signal.attempts, len(RETRY_S) - 1)]
        due_at = now + timedelta(seconds=pause_s)
        Signal.objects.filter(pk=signal_id).update(attempts=Least(F("attempts"), ATTEMPTS_MAX - 1) + 1, due_at=due_at)
        return signal.attempts + 1


def forget_signals(*, now: datetime) -> int:
    """Delete signals without an alarm that no incident holds, `SIGNAL_DAYS` after they came: they tell of places.

    In pieces, so that nothing waits behind it. Returns how many.
    """
    before = now - timedelta(days=settings.TOCSIN_SIGNAL_DAYS)
    old = Signal.objects.filter(received_at__lt=before, alarms=[], incident=None).exclude(state=WAITING)
    forgotten = 0
    while ids := list(old.values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE]):
        forgotten += Signal.objects.filter(pk__in=ids).delete()[0]
    return forgotten


def _read(signal: Signal) -> Read:
    """Decode the stored bytes once more. What cannot be opened or read is still a call: the alarms stand on the row."""
    codec = CODECS.get(signal.protocol)
    if codec is None:
        return Read()
    try:
        contents = open_contents(bytes(signal.sealed), journal_key=keyring().journal)
        reading: Reading = codec.decode(contents.raw, contents.session, signal.received_at)
    except (DecodeError, SealError):
        return Read()
    return Read(reading.reports, bool(reading.media))


def _cry(signal: Signal, device: Device | None, uid_index: bytes | None, kinds: frozenset[str], read: Read) -> Cry:
    calls = [report for report in read.reports if report.alarms] or list(read.reports)
    newest = calls[-1] if calls else Report()
    defender = device.defender if device is not None else None
    return Cry(
        kinds=kinds,
        received_at=signal.received_at,
        actor=f"device:{device.pk}" if device is not None else "device:unknown",
        source="signal",
        defender=defender,
        device=device,
        signal=signal,
        uid_index=uid_index,
        sent_at=newest.sent_at,
        sightings=tuple(_sighting(report, signal) for report in read.reports if report.place is not None),
        surroundings=_surroundings(read.reports),
        battery_pct=next((r.battery_pct for r in reversed(read.reports) if r.battery_pct is not None), None),
        is_stored=newest.is_stored,
    )


def _sighting(report: Report, signal: Signal) -> Sighting:
    place = report.place
    assert place is not None
    return Sighting(
        place.lat_deg,
        place.lon_deg,
        place.fix_at or report.sent_at,
        signal.received_at,
        place.is_valid,
        place.accuracy_m,
    )


def _surroundings(reports: tuple[Report, ...]) -> dict[str, object]:
    """Keep cells and Wi-Fi in sight: a place in other words, when there is no fix."""
    cells = [asdict(cell) for report in reports for cell in report.cells]
    wifi = [asdict(point) for report in reports for point in report.wifi]
    return {name: values for name, values in (("cells", cells), ("wifi", wifi)) if values}


def _note(signal: Signal, device: Device | None, kinds: frozenset[str], read: Read, now: datetime) -> int | None:
    """What rings nobody is noted on the open incident of the person, if there is one."""
    if device is None or device.defender_id is None:
        return None
    open_ones = Incident.objects.filter(defender_id=device.defender_id, is_drill=False).exclude(state__in=ENDED)
    incident_id = open_ones.values_list("pk", flat=True).first()
    if incident_id is None:
        return None
    with locked(incident_id) as incident:
        actor = f"device:{device.pk}"
        if kinds:
            facts = {"kinds": sorted(kinds)}
            write_entry(incident, Entry.DEVICE_NOTED, actor=actor, now=now, facts=facts)
        if read.has_media:
            write_entry(incident, Entry.MEDIA_KEPT, actor=actor, now=now, facts={"signal": signal.pk})
    return incident_id

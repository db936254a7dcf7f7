"""Raising alarms. One transaction: incident, alarm, timeline, callout, the first notices, and the wake-ups."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction

from tocsin.core.answers import Refused
from tocsin.devices.models import Device, DeviceIdentity, DeviceWord
from tocsin.dispatch.actions_callouts import start_callout, stop_callouts
from tocsin.gateway.models import Signal
from tocsin.incidents.actions_timeline import keep, lock_defender, write_entry
from tocsin.incidents.models import Closing, Incident, RaisedAlarm
from tocsin.incidents.rules import (
    ENDED,
    UNKNOWN_RINGS_S,
    Accepted,
    Adds,
    AlarmState,
    Answer,
    Event,
    IncidentState,
    OpenIncident,
    Opens,
    PlaceSource,
    calling,
    decide_alarm,
    decide_incident,
    decide_press,
    rings_for_unknown_device,
)
from tocsin.incidents.rules_place import (
    Sighting,
    Whereabouts,
    better_place,
    clock_doubt,
    decide_place,
    is_late,
)
from tocsin.incidents.rules_timeline import Entry
from tocsin.people.models import Defender


@dataclass(frozen=True)
class Cry:
    """One call for help, from whatever source, before it is decided where it belongs."""

    kinds: frozenset[str]
    received_at: datetime
    actor: str  # As on the timeline.
    source: str  # "signal", "sms", "hand", "watch".
    defender: Defender | None = None  # None: the device is unknown, and `uid_index` tells it from others.
    device: Device | None = None
    signal: Signal | None = None
    uid_index: bytes | None = None
    sent_at: datetime | None = None  # The device's clock; None: it does not say, or there is no device.
    sightings: tuple[Sighting, ...] = ()  # Of this call, oldest first.
    surroundings: Mapping[str, object] = field(default_factory=dict)
    battery_pct: float | None = None
    is_stored: bool = False
    is_drill: bool = False
    text: str = ""


def raise_alarm(cry: Cry, *, now: datetime) -> Incident:
    """Take a call for help: open an incident, or add to the open one, and ask people. Safe to call at the same time for
    the same person: the second waits and is added."""
    with transaction.atomic(savepoint=False):
        incident = _open_incident(cry)
        decision = decide_press(_as_open(incident), cry.kinds, now=now, repeat_window_s=settings.TOCSIN_REPEAT_WINDOW_S)
        if isinstance(decision, Opens):
            incident = _new_incident(cry)
        assert incident is not None
        alarm = _add_alarm(incident, cry)
        _take_place(incident, cry)
        if isinstance(decision, Opens):
            _tell(incident, Entry.ALARM_RAISED, cry, alarm, now, rings=True)
            if incident.defender is not None:
                start_callout(incident, now=now, is_first=True)
            else:
                _ring_for_unknown(incident, now, is_first=True)
        else:
            _add(incident, cry, alarm, decision, now)
        keep(incident)
        return incident


def _open_incident(cry: Cry) -> Incident | None:
    """Find and lock the open incident that the call belongs to, and keep others from opening one meanwhile."""
    open_ones = Incident.objects.select_for_update(of=("self",)).select_related("defender__party")
    open_ones = open_ones.exclude(state__in=ENDED)
    if cry.defender is not None:
        lock_defender(cry.defender.pk)
        return open_ones.filter(defender=cry.defender, is_drill=cry.is_drill).first()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"unknown:{(cry.uid_index or b'').hex()}"])
    # Frames that name no device cannot be told apart: all of them are one call, or a flood of them would hide the rest.
    return open_ones.filter(is_quarantined=True, uid_index=cry.uid_index).first()


def _as_open(incident: Incident | None) -> OpenIncident | None:
    if incident is None:
        return None
    return OpenIncident(AlarmState(incident.alarm_state), frozenset(incident.kinds), incident.last_alarm_at)


def _new_incident(cry: Cry) -> Incident:
    defender = cry.defender
    return Incident.objects.create(
        defender=defender,
        is_quarantined=defender is None,
        uid_index=cry.uid_index if defender is None else None,
        is_drill=cry.is_drill,
        kinds=sorted(cry.kinds),
        opened_at=cry.received_at,
        last_alarm_at=cry.received_at,
        country=defender.country if defender is not None else "",
        is_under_duress="duress" in cry.kinds,
    )


def _add_alarm(incident: Incident, cry: Cry) -> RaisedAlarm:
    fix = cry.sightings[-1] if cry.sightings else None
    doubt = clock_doubt(cry.sent_at, received_at=cry.received_at) if cry.signal is not None else None
    return RaisedAlarm.objects.create(
        incident=incident,
        signal=cry.signal,
        device=cry.device,
        kinds=sorted(cry.kinds),
        received_at=cry.received_at,
        sent_at=cry.sent_at,
        clock_doubt=doubt or "",
        is_late=is_late(cry.sent_at, received_at=cry.received_at, is_stored=cry.is_stored),
        lat_deg=fix.lat_deg if fix else None,
        lon_deg=fix.lon_deg if fix else None,
        fix_at=fix.at if fix else None,
        accuracy_m=fix.accuracy_m if fix else None,
        is_valid_fix=fix is not None and fix.is_valid,
        surroundings=dict(cry.surroundings),
    )


def _take_place(incident: Incident, cry: Cry) -> None:
    """Let the incident know the best place there is, and never an older one instead of a newer."""
    current = Whereabouts(
        PlaceSource(incident.place_source),
        incident.lat_deg,
        incident.lon_deg,
        incident.place_at,
        incident.place_accuracy_m,
    )
    found = better_place(current, decide_place(cry.sightings, _last_known(cry)))
    if found is not current:
        incident.place_source, incident.lat_deg, incident.lon_deg = found.source, found.lat_deg, found.lon_deg
        incident.place_at, incident.place_accuracy_m = found.at, found.accuracy_m
        incident.place_doubt = " ".join(found.doubts)
    if cry.battery_pct is not None:
        incident.battery_pct = cry.battery_pct


def _last_known(cry: Cry) -> list[Sighting]:
    """Give the last words of all devices of the person, or of the unknown device; only when the call has no fix."""
    if any(sighting.is_valid for sighting in cry.sightings):
        return []
    indexes = [cry.uid_index] if cry.uid_index is not None else []
    if cry.defender is not None:
        owned = DeviceIdentity.objects.filter(device__defender=cry.defender, kind="device")
        indexes += [bytes(index) for index in owned.values_list("uid_index", flat=True)]
    words = DeviceWord.objects.filter(uid_index__in=indexes, lat_deg__isnull=False)
    return [
        Sighting(word.lat_deg, word.lon_deg, word.fix_at, word.received_at, accuracy_m=word.accuracy_m)
        for word in words
    ]


def _add(incident: Incident, cry: Cry, alarm: RaisedAlarm, decision: Adds, now: datetime) -> None:
    """Add a call to the open incident, and ring again when the decision says so."""
    event = Event.RAISE if decision.rings else Event.ADD
    alarm_state = decide_alarm(AlarmState(incident.alarm_state), event)
    state = decide_incident(IncidentState(incident.state), event)
    assert not isinstance(alarm_state, Refused)
    assert not isinstance(state, Refused), "the tables never refuse a press"
    incident.alarm_state, incident.state = alarm_state, state
    incident.kinds = sorted({*incident.kinds, *cry.kinds})
    incident.is_under_duress = incident.is_under_duress or "duress" in cry.kinds
    if incident.defender is None and alarm_state is AlarmState.RAISED and not incident.callouts.exists():
        _ring_for_unknown(incident, now)
    if not decision.counts:
        return
    incident.last_alarm_at = cry.received_at
    incident.is_late = alarm.is_late
    _tell(incident, Entry.ALARM_ADDED, cry, alarm, now, rings=decision.rings)
    withdraw_wish_to_close(incident, actor=cry.actor, because="alarm", now=now)
    if decision.rings:
        incident.acknowledged_at, incident.acknowledged_by = None, None
        start_callout(incident, now=now)


def withdraw_wish_to_close(incident: Incident, *, actor: str, because: str, now: datetime) -> bool:
    """Take back a pending wish to close: whoever calls again, or is under duress, is not safe."""
    pending = Closing.objects.filter(incident=incident, confirmed_at=None, withdrawn_at=None).first()
    if pending is None:
        return False
    pending.withdrawn_at = now
    pending.save(update_fields=["withdrawn_at"])
    facts = {"closing": pending.pk, "because": because}
    write_entry(incident, Entry.CLOSING_WITHDRAWN, actor=actor, now=now, facts=facts)
    return True


def _tell(incident: Incident, entry: Entry, cry: Cry, alarm: RaisedAlarm, now: datetime, *, rings: bool) -> None:
    incident.is_late = alarm.is_late
    facts: dict[str, object] = {
        "alarm": alarm.pk,
        "kinds": sorted(cry.kinds),
        "source": cry.source,
        "place": str(incident.place_source),
        "rings": rings,
    }
    if alarm.is_late:
        facts["late"] = True
    if alarm.clock_doubt:
        facts["clock"] = str(alarm.clock_doubt)
    write_entry(incident, entry, actor=cry.actor, now=now, facts=facts, text=cry.text)


def _ring_for_unknown(incident: Incident, now: datetime, *, is_first: bool = False) -> None:
    """Ring headquarters for an unknown device. A flood of them is only shown on the board; whoever goes on calling
    rings once it is over."""
    since = now - timedelta(seconds=UNKNOWN_RINGS_S)
    others = Incident.objects.filter(is_quarantined=True, callouts__started_at__gte=since).exclude(pk=incident.pk)
    if rings_for_unknown_device(others.distinct().count()):
        start_callout(incident, now=now, is_first=is_first)


def raise_by_hand(
    *,
    defender_id: int,
    kinds: Collection[str],
    text: str,
    staff_id: int,
    now: datetime,
    lat_deg: float | None = None,
    lon_deg: float | None = None,
    is_drill: bool = False,
) -> Answer:
    """Raise an alarm that reached headquarters some other way, such as a phone call. `text`: what was said.

    `Accepted.id` is the incident. A drill has an incident of its own and is marked in every message.
    """
    defender = Defender.objects.select_related("party").filter(pk=defender_id).first()
    if defender is None:
        return Refused("This person is not on the list of defenders. Choose somebody from it.")
    if not calling(frozenset(kinds)):
        return Refused("Choose what the person calls for.")
    if lat_deg is not None and lon_deg is not None and not (-90 <= lat_deg <= 90 and -180 <= lon_deg <= 180):
        return Refused("A latitude lies between -90 and 90, a longitude between -180 and 180.")
    here = () if lat_deg is None or lon_deg is None else (Sighting(lat_deg, lon_deg, now, now),)
    cry = Cry(
        kinds=calling(frozenset(kinds)),
        received_at=now,
        actor=f"staff:{staff_id}",
        source="hand",
        defender=defender,
        sent_at=now,
        sightings=here,
        is_drill=is_drill,
        text=text.strip(),
    )
    incident = raise_alarm(cry, now=now)
    return Accepted(incident.state, incident.pk)


def give_to_defender(incident_id: int, *, defender_id: int, staff_id: int, now: datetime) -> Answer:
    """Say whose the call of an unknown device is. The defender's own plan is asked at once.

    Refused while the defender has another open incident: the calls stand side by side then, and the device is issued on
    its own page. `Accepted.id` is the incident.
    """
    with transaction.atomic():
        defender = Defender.objects.select_for_update(no_key=True, of=("self",)).select_related("party")
        whose = defender.filter(pk=defender_id).first()
        incident = Incident.objects.select_for_update(of=("self",)).filter(pk=incident_id).first()
        if whose is None or incident is None:
            return Refused("This person or this incident does not exist any more. Load the page again.")
        if not incident.is_quarantined or incident.state in ENDED:
            return Refused("This incident is not an open call of an unknown device.")
        if Incident.objects.filter(defender=whose, is_drill=False).exclude(state__in=ENDED).exists():
            return Refused(
                "This person has an open incident already. Issue the device to them; close this call as part of it."
            )
        incident.defender, incident.is_quarantined, incident.country = whose, False, whose.country
        facts = {"defender": whose.pk}
        write_entry(incident, Entry.GIVEN_TO_DEFENDER, actor=f"staff:{staff_id}", now=now, facts=facts)
        stop_callouts(incident, reason="whose it is became known", now=now)
        start_callout(incident, now=now)
        keep(incident)
        return Accepted(incident.state, incident.pk)

"""Alarms, incidents and the timeline. The timeline is append-only: the database refuses to change an entry."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from tocsin.core.access import DataClass
from tocsin.devices.models import Device
from tocsin.gateway.models import Signal
from tocsin.incidents.rules import ENDED, AlarmState, IncidentState, PlaceSource, Reliability
from tocsin.people.models import Defender, Party, SealedField, choices, one_of

ON_EARTH = Q(lat_deg__isnull=True, lon_deg__isnull=True) | Q(lat_deg__range=(-90, 90), lon_deg__range=(-180, 180))


class Incident(models.Model):
    """The live room in which people respond to one defender's call."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True)
    defender = models.ForeignKey(Defender, null=True, on_delete=models.PROTECT, related_name="incidents")
    # Quarantined: the device is unknown; `uid_index` keeps its repeated presses in one incident.
    is_quarantined = models.BooleanField(default=False)
    uid_index = models.BinaryField(null=True)
    is_drill = models.BooleanField(default=False)
    state = models.CharField(max_length=16, choices=choices(IncidentState), default=IncidentState.OPEN)
    alarm_state = models.CharField(max_length=16, choices=choices(AlarmState), default=AlarmState.RAISED)
    kinds = ArrayField(models.CharField(max_length=32), default=list)  # Words of `protocols.base.Alarm`, all together.
    opened_at = models.DateTimeField()  # When the first signal was received.
    last_alarm_at = models.DateTimeField()  # The last call that has an entry of its own; repeats only add a row.
    is_late = models.BooleanField(default=False)  # The last call was kept by the device while it was offline.
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey("tocsin.Staff", null=True, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=32, blank=True)  # A coded word when closed: "safe", "false", "test" ...
    country = models.CharField(max_length=64, blank=True)
    place_source = models.CharField(max_length=16, choices=choices(PlaceSource), default=PlaceSource.NONE)
    lat_deg = models.FloatField(null=True)
    lon_deg = models.FloatField(null=True)
    place_at = models.DateTimeField(null=True)
    place_accuracy_m = models.FloatField(null=True)
    place_doubt = models.CharField(max_length=120, blank=True)  # Why the place or clock is doubtful; coded words.
    battery_pct = models.FloatField(null=True)
    entries = models.PositiveIntegerField(default=0)  # Entries on the timeline; the next one's number.
    last_hash = models.BinaryField(default=b"")
    is_under_duress = models.BooleanField(default=False)  # Shown to headquarters only, never to any device.

    class Meta:
        constraints = [
            one_of("state", IncidentState, "incident"),
            one_of("alarm_state", AlarmState, "incident"),
            one_of("place_source", PlaceSource, "incident"),
            models.CheckConstraint(condition=ON_EARTH, name="incident_on_earth"),
            # Repeated presses, and several devices of one person, belong to one incident.
            models.UniqueConstraint(
                fields=["defender"],
                condition=~Q(state__in=[state.value for state in ENDED]) & Q(is_drill=False),
                name="incident_one_open_per_defender",
            ),
            models.UniqueConstraint(
                fields=["uid_index"],
                condition=~Q(state__in=[state.value for state in ENDED]) & Q(is_quarantined=True),
                name="incident_one_open_per_unknown_device",
            ),
            models.CheckConstraint(condition=Q(defender__isnull=False) | Q(is_quarantined=True), name="incident_whose"),
        ]
        indexes = [models.Index(fields=["-opened_at"], name="incident_opened")]

    @property
    def seal_subject(self) -> uuid.UUID:
        return self.uid


class RaisedAlarm(models.Model):
    """One call for help inside an incident. The signal behind it is kept with it."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="alarms")
    signal = models.OneToOneField(Signal, null=True, on_delete=models.PROTECT, related_name="alarm")
    device = models.ForeignKey(Device, null=True, on_delete=models.PROTECT, related_name="alarms")
    kinds = ArrayField(models.CharField(max_length=32))
    received_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)  # The device's clock.
    clock_doubt = models.CharField(max_length=64, blank=True)  # Coded: "ahead", "long ago", "missing".
    is_late = models.BooleanField(default=False)  # Stored by the device while offline.
    lat_deg = models.FloatField(null=True)
    lon_deg = models.FloatField(null=True)
    fix_at = models.DateTimeField(null=True)
    accuracy_m = models.FloatField(null=True)
    is_valid_fix = models.BooleanField(default=False)
    surroundings = models.JSONField(default=dict)  # {"cells": [...], "wifi": [...]}: a place in other words.

    class Meta:
        constraints = [models.CheckConstraint(condition=ON_EARTH, name="raisedalarm_on_earth")]
        ordering = ["received_at", "id"]


class TimelineEntry(models.Model):
    """What happened, in order; each entry carries the hash of the one before (`incidents/rules.py`, `entry_hash`)."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="timeline")
    number = models.PositiveIntegerField()
    at = models.DateTimeField()
    event = models.CharField(max_length=48)  # A coded word: "alarm_raised", "notice_accepted", "note" ...
    actor = models.CharField(max_length=64)  # "staff:7", "party:12", "device:3", "dispatch".
    facts = models.JSONField(default=dict)  # Coded values and ids only; no names, places, numbers or texts.
    text_sealed = SealedField(DataClass.STORY)  # What was said, if anything.
    # Sealed like the text: with an open salt, short texts could be guessed from the digest after the key is gone.
    salt_sealed = SealedField(DataClass.STORY)
    text_digest = models.BinaryField(default=b"")  # SHA-256 of salt and text: proves the text, and outlives its key.
    previous_hash = models.BinaryField()
    hash = models.BinaryField()

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["incident", "number"], name="timelineentry_number")]

    @property
    def seal_subject(self) -> uuid.UUID:
        return self.incident.uid


class Verification(models.Model):
    """One question on the ground: asked of whom, by which channel, answered how, believed how far."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="verifications")
    question_sealed = SealedField(DataClass.STORY)
    asked_of = models.ForeignKey(Party, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    source_sealed = SealedField(DataClass.SRC)  # Who told us, when they are not a party.
    channel = models.CharField(max_length=32, blank=True)
    answer_sealed = SealedField(DataClass.STORY)
    reliability = models.CharField(max_length=16, choices=choices(Reliability), blank=True)
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    staff = models.ForeignKey("tocsin.Staff", on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["id"]

    @property
    def seal_subject(self) -> uuid.UUID:
        return self.incident.uid


class Task(models.Model):
    """Something that somebody must do in this incident."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="tasks")
    title_sealed = SealedField(DataClass.STORY)
    assignee = models.ForeignKey("tocsin.Staff", null=True, blank=True, on_delete=models.PROTECT, related_name="tasks")
    created_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey("tocsin.Staff", null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["id"]

    @property
    def seal_subject(self) -> uuid.UUID:
        return self.incident.uid


class Engagement(models.Model):
    """What one party has said about one incident: asked, coming, there. The timeline has the history."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="engagements")
    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="engagements")
    role = models.CharField(max_length=16)  # "duty", "circle", "responder".
    state = models.CharField(max_length=16, default="asked")  # asked, accepted, declined, on_the_way, there, safe.
    distance_km = models.FloatField(null=True)
    asked_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["incident", "party"], name="engagement_once"),
            models.CheckConstraint(
                condition=Q(state__in=["asked", "accepted", "declined", "on_the_way", "there", "safe", "stood_down"]),
                name="engagement_state_known",
            ),
        ]


class Closing(models.Model):
    """A wish to close an incident: two people, or one person and the answer to the rehearsed challenge."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="closings")
    outcome = models.CharField(max_length=32)
    reason_sealed = SealedField(DataClass.STORY)
    asked_by = models.ForeignKey("tocsin.Staff", on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    confirmed_by = models.ForeignKey("tocsin.Staff", null=True, on_delete=models.PROTECT, related_name="+")
    challenge = models.ForeignKey("tocsin.Challenge", null=True, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("asked_by")), name="closing_two_people"
            ),
            models.UniqueConstraint(
                fields=["incident"],
                condition=Q(confirmed_at__isnull=True, withdrawn_at__isnull=True),
                name="closing_one_pending",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=True) | Q(confirmed_by__isnull=False) | Q(challenge__isnull=False),
                name="closing_not_alone",
            ),
        ]

    @property
    def seal_subject(self) -> uuid.UUID:
        return self.incident.uid


class Challenge(models.Model):
    """The rehearsed question, put to the defender by a way other than the one that spoke last."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="challenges")
    channel = models.CharField(max_length=16)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey("tocsin.Staff", on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True)
    # "well", "duress" or "wrong". Only headquarters sees it; what the defender's phone gets is the same for all.
    verdict = models.CharField(max_length=8, blank=True)

"""The ledger: what is owed to whom, by which channel, and what became of it. The ledger is the queue (parts.md)."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from tocsin.core.access import DataClass
from tocsin.dispatch.rules import CalloutState, Lane, NoticeState
from tocsin.incidents.models import Incident
from tocsin.people.models import Party, SealedField, Way, choices, one_of


class Callout(models.Model):
    """One round of asking people about an incident: a list of steps, one after the other, until someone answers."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="callouts")
    state = models.CharField(max_length=16, choices=choices(CalloutState), default=CalloutState.RUNNING)
    # The plan as it stood when the alarm came: [{"audiences": [...], "channels": [...], "wait_s": 60, "repeat": 1}, …].
    steps = models.JSONField()
    step = models.PositiveSmallIntegerField(default=0)  # The one asked now.
    asked = models.PositiveSmallIntegerField(default=0)  # How often it was asked.
    rounds = models.PositiveSmallIntegerField(default=0)  # How often all steps were gone through.
    started_at = models.DateTimeField()
    due_at = models.DateTimeField()  # When the next step is asked.
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            one_of("state", CalloutState, "callout"),
            models.UniqueConstraint(
                fields=["incident"], condition=Q(state=CalloutState.RUNNING.value), name="callout_one_running"
            ),
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(state="running"), name="callout_due")]


class Notice(models.Model):
    """One message owed to one recipient by one channel. It ends in exactly one final outcome."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True)  # The message id that carriers see; survives retries.
    lane = models.CharField(max_length=8, choices=choices(Lane))
    purpose = models.CharField(max_length=24)  # "ring", "exact_place", "stand_down", "challenge", "reply", "wave" ...
    incident = models.ForeignKey(Incident, null=True, on_delete=models.PROTECT, related_name="notices")
    callout = models.ForeignKey(Callout, null=True, on_delete=models.PROTECT, related_name="notices")
    step = models.PositiveSmallIntegerField(null=True)  # Of the callout.
    wave = models.ForeignKey("tocsin.Wave", null=True, on_delete=models.PROTECT, related_name="notices")
    party = models.ForeignKey(Party, null=True, on_delete=models.PROTECT, related_name="notices")
    way = models.ForeignKey(Way, null=True, on_delete=models.SET_NULL, related_name="notices")
    supporter = models.ForeignKey("tocsin.Supporter", null=True, on_delete=models.SET_NULL, related_name="notices")
    channel = models.CharField(max_length=16)
    # Sealed with the incident's key. Empty for a wave: its text is the approved one, made for the supporter when sent.
    subject_sealed = SealedField(DataClass.STORY)
    body_sealed = SealedField(DataClass.STORY)
    language = models.CharField(max_length=8, default="en")
    state = models.CharField(max_length=16, choices=choices(NoticeState), default=NoticeState.OWED, db_default="owed")
    reason = models.CharField(max_length=160, blank=True, db_default="")  # Coded words of the refusal or expiry.
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()  # When it may be tried (again).
    # The promise. First: handed to a carrier by then. Once accepted: answered by then. Past it and not ended, the audit
    # finds the notice.
    deadline_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    lease_token = models.BigIntegerField(default=0, db_default=0)
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    # A worker ended between the carrier's yes and our commit, perhaps: the next try may be the second copy.
    may_be_repeat = models.BooleanField(default=False, db_default=False)
    carrier_id = models.CharField(max_length=80, blank=True, db_default="")
    accepted_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)  # Set with the final outcome, once.

    class Meta:
        constraints = [
            one_of("state", NoticeState, "notice"),
            one_of("lane", Lane, "notice"),
            models.CheckConstraint(
                condition=Q(incident__isnull=False) | Q(wave__isnull=False) | Q(purpose="reply") | Q(purpose="confirm"),
                name="notice_about_something",
            ),
            models.UniqueConstraint(
                fields=["wave", "supporter"], condition=Q(wave__isnull=False), name="notice_once_a_wave"
            ),
        ]
        indexes = [
            # By channel too: a carrier that is down leaves its notices behind, and nobody else must read past them.
            models.Index(
                fields=["lane", "channel", "due_at"], condition=Q(state__in=["owed", "claimed"]), name="notice_queue"
            ),
            models.Index(fields=["deadline_at"], condition=Q(ended_at__isnull=True), name="notice_audit"),
            models.Index(fields=["carrier_id"], condition=~Q(carrier_id=""), name="notice_carrier"),
            models.Index(fields=["party", "-created_at"], name="notice_party"),
        ]

    @property
    def seal_subject(self) -> uuid.UUID:
        """The incident's key seals a notice about it; a notice about none is sealed with the person's."""
        if self.incident is not None:
            return self.incident.uid
        assert self.party is not None, "a notice is about an incident or to a party"
        return self.party.uid


class AnswerLink(models.Model):
    """A link in a message that answers once. Only the digest of its secret is kept."""

    notice = models.OneToOneField(Notice, on_delete=models.CASCADE, related_name="link")
    digest = models.BinaryField(unique=True)  # SHA-256 of the secret in the link.
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=16, blank=True)


class Inbound(models.Model):
    """A message that a person sent to us, stored before the carrier is answered. Sealed with the journal key."""

    channel = models.CharField(max_length=16)
    sender_index = models.BinaryField()
    sealed = models.BinaryField()  # JSON {"sender", "body"}.
    carrier_id = models.CharField(max_length=80, blank=True)
    received_at = models.DateTimeField()
    # "waiting", "handled", or "stranger": nobody with this number is known; headquarters sees it.
    state = models.CharField(max_length=8, default="waiting", db_default="waiting")
    due_at = models.DateTimeField()  # When it is taken (again).
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    handled_at = models.DateTimeField(null=True)
    party = models.ForeignKey(Party, null=True, on_delete=models.SET_NULL, related_name="inbound")
    incident = models.ForeignKey(Incident, null=True, on_delete=models.PROTECT, related_name="inbound")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "carrier_id", "sender_index"], condition=~Q(carrier_id=""), name="inbound_once"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "handled", "stranger"]), name="inbound_state_known"
            ),
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(state="waiting"), name="inbound_waiting")]


class WorkerStatus(models.Model):
    """What each worker says of itself every few seconds; the console shows it."""

    name = models.CharField(max_length=64, unique=True)
    lanes = ArrayField(models.CharField(max_length=8))
    seen_at = models.DateTimeField()
    started_at = models.DateTimeField()
    # {"sms": {"sent": 12, "failed": 0, "failing_since": null}, …}: since the worker started.
    channels = models.JSONField(default=dict)


class BellRing(models.Model):
    """The bell outside was rung: a promise was broken, or a callout found nobody. Codes and counts only."""

    cause = models.CharField(max_length=32)  # "overdue", "nobody_answers", "not_taken".
    incident = models.ForeignKey(Incident, null=True, on_delete=models.PROTECT, related_name="bell_rings")
    count = models.PositiveIntegerField(default=1)
    rang_at = models.DateTimeField()
    heard_at = models.DateTimeField(null=True)  # The machine outside took it.

    class Meta:
        indexes = [models.Index(fields=["cause", "-rang_at"], name="bellring_cause")]

"""Appeals, their exact approved texts, waves and supporters."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from tocsin.core.access import DataClass
from tocsin.incidents.models import Incident
from tocsin.people.models import Directive, SealedField, choices, one_of
from tocsin.publicity.rules import AppealState, SupporterState, TextKind, WaveState


class Appeal(models.Model):
    """What the world is told about one incident. The texts are its own; nothing private is ever flagged public."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True)  # In the public address; says nothing about the incident.
    incident = models.OneToOneField(Incident, on_delete=models.PROTECT, related_name="appeal")
    directive = models.ForeignKey(Directive, on_delete=models.PROTECT, related_name="appeals")
    state = models.CharField(max_length=16, choices=choices(AppealState), default=AppealState.DRAFT)
    created_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    stopped_by = models.ForeignKey("tocsin.Staff", null=True, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [one_of("state", AppealState, "appeal")]


class AppealVersion(models.Model):
    """One exact public text in all its languages. Never edited: a change makes the next version, without approvals.

    Until it is published what it says is sealed, since a draft may hold what the defender never agreed to tell; then it
    stands in the open columns, which the world reads.
    """

    appeal = models.ForeignKey(Appeal, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=16, choices=choices(TextKind), default=TextKind.APPEAL)
    # {"en": {"title": …, "body": …, "action": …, "letter": …, "sms": …}, …}: the fields of `rules_check.Text`.
    texts = models.JSONField(default=dict)
    audiences = ArrayField(models.CharField(max_length=16), default=list)  # Words of `PublicAudience`.
    letter_to = models.CharField(max_length=200, blank=True)  # Mail address of the authority that readers may write to.
    area = models.CharField(max_length=200, blank=True)  # Place in words, as exact as the directive allows.
    lat_deg = models.FloatField(null=True)
    lon_deg = models.FloatField(null=True)
    radius_km = models.FloatField(null=True)
    draft_sealed = SealedField(DataClass.STORY)  # JSON of `queries.WORDS`; empty once it is published.
    digest = models.BinaryField()  # SHA-256 of the canonical text: what is approved.
    created_at = models.DateTimeField()
    created_by = models.ForeignKey("tocsin.Staff", on_delete=models.PROTECT, related_name="+")
    checked_at = models.DateTimeField(null=True)  # The directive allowed it then.
    published_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)  # Nobody is shown this text any more.

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["appeal", "number"], name="appealversion_number"),
            one_of("kind", TextKind, "appealversion"),
        ]

    @property
    def seal_subject(self) -> uuid.UUID:
        return self.appeal.incident.uid


class Approval(models.Model):
    """One person approved that exact text."""

    version = models.ForeignKey(AppealVersion, on_delete=models.PROTECT, related_name="approvals")
    staff = models.ForeignKey("tocsin.Staff", on_delete=models.PROTECT, related_name="+")
    digest = models.BinaryField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "staff"], name="approval_different_people")]


class Supporter(models.Model):
    """One subscribed person, sealed with the supporters' own key.

    When they leave, the address is wiped. Its blind index stays, so that no import can bring them back: only they can.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True)
    channel = models.CharField(max_length=16)  # "email" or "sms".
    address_sealed = SealedField(DataClass.ID)
    address_index = models.BinaryField()
    language = models.CharField(max_length=8, default="en")
    country = models.CharField(max_length=64, blank=True)
    topics = ArrayField(models.CharField(max_length=32), default=list, blank=True)
    state = models.CharField(max_length=16, choices=choices(SupporterState), default=SupporterState.PENDING)
    created_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True)  # When the last confirmation was asked for; its secret depends on it.
    asked_times = models.PositiveSmallIntegerField(default=0)  # Within a day.
    wrong_codes = models.PositiveSmallIntegerField(default=0)  # Since then.
    confirmed_at = models.DateTimeField(null=True)
    proof = models.CharField(max_length=200, blank=True)  # How somebody imported had confirmed elsewhere.
    left_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            one_of("state", SupporterState, "supporter"),
            models.UniqueConstraint(fields=["channel", "address_index"], name="supporter_once"),
        ]
        indexes = [
            models.Index(fields=["channel", "id"], condition=Q(state="confirmed"), name="supporter_confirmed"),
        ]

    @property
    def seal_subject(self) -> uuid.UUID:
        return SUPPORTERS


# All supporters share one key: their rows go away with them, and 300,000 keys would have to be unwrapped for a wave.
SUPPORTERS = uuid.UUID("5a6f0d1e-0000-4000-8000-737570706f72")


class Wave(models.Model):
    """One timed part of the audience of one approved text."""

    version = models.ForeignKey(AppealVersion, on_delete=models.PROTECT, related_name="waves")
    position = models.PositiveSmallIntegerField()
    channel = models.CharField(max_length=16)  # "email", "sms", "chat".
    language = models.CharField(max_length=8, blank=True)  # Empty: every language, each in its own.
    country = models.CharField(max_length=64, blank=True)
    target_index = models.BinaryField(null=True)  # Chat: blind index of one address of TOCSIN_SOCIAL_POSTS.
    state = models.CharField(max_length=16, choices=choices(WaveState), default=WaveState.PLANNED)
    total = models.PositiveIntegerField(default=0)  # Notices written so far.
    filled_to = models.BigIntegerField(default=0)  # Supporters up to this id have their notice.
    filled_at = models.DateTimeField(null=True)  # All of them have.
    starts_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            one_of("state", WaveState, "wave"),
            models.UniqueConstraint(fields=["version", "position"], name="wave_position"),
            models.UniqueConstraint(fields=["version", "target_index"], name="wave_target_once"),
            models.CheckConstraint(
                condition=Q(channel="chat", target_index__isnull=False)
                | (~Q(channel="chat") & Q(target_index__isnull=True)),
                name="wave_target_of_chat",
            ),
        ]
        indexes = [models.Index(fields=["starts_at"], condition=Q(filled_at__isnull=True), name="wave_to_fill")]

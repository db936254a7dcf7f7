"""People and organisations: who they are, how they are reached, what they agreed to. Names and numbers are sealed.

A `…_sealed` column holds bytes that `people.actions.seal_row` writes and `people.actions.look` opens; which data class
it has stands on the field. `seal_subject` names whose key seals the row.
"""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from tocsin.core.access import DataClass, Right
from tocsin.people.rules import RADIUS_KM_MAX, Audience, DirectiveState, Disclosure, PartyKind, Precision, Relation


def choices(words) -> list[tuple[str, str]]:
    """Give an enumeration as Django's choices."""
    return [(word.value, word.value.replace("_", " ")) for word in words]


def one_of(column: str, words, model: str) -> models.CheckConstraint:
    """Let the database refuse a word that the rules do not know."""
    values = [word.value for word in words]
    return models.CheckConstraint(condition=Q(**{f"{column}__in": values}), name=f"{model}_{column}_known")


class SealedField(models.BinaryField):
    """Bytes sealed with the key of the row's subject and of this field's data class."""

    def __init__(self, data_class: DataClass = DataClass.ID, **options) -> None:
        self.data_class = DataClass(data_class)
        super().__init__(**{"default": b"", "blank": True, "editable": False} | options)

    def deconstruct(self):
        name, path, arguments, options = super().deconstruct()
        return name, path, arguments, {**options, "data_class": self.data_class.value, "editable": False}


class SubjectKey(models.Model):
    """The key of one subject for one data class, wrapped by the master key. Forgetting deletes the row."""

    subject = models.UUIDField()
    data_class = models.CharField(max_length=16)
    wrapped = models.BinaryField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subject", "data_class"], name="subjectkey_one")]


class Look(models.Model):
    """Somebody opened sealed values, or changed them. The defender can ask who looked."""

    staff = models.ForeignKey("tocsin.Staff", null=True, on_delete=models.PROTECT, related_name="looks")
    reader = models.CharField(max_length=64)
    subject = models.UUIDField()
    data_class = models.CharField(max_length=16)
    right = models.CharField(max_length=8, choices=choices(Right), default=Right.READ)
    purpose = models.CharField(max_length=120)  # Coded words such as "incident page"; never a name.
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["subject", "-at"], name="look_subject")]
        constraints = [one_of("right", Right, "look")]


class Organisation(models.Model):
    """The organisation that runs this installation. One row."""

    name = models.CharField(max_length=200)
    about = models.TextField(blank=True)
    languages = ArrayField(models.CharField(max_length=8), default=list)
    contact = models.CharField(max_length=200, blank=True)  # Public.

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="organisation_one_row")]


class Party(models.Model):
    """A person, group or organisation."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True)
    kind = models.CharField(max_length=16, choices=choices(PartyKind), default=PartyKind.PERSON)
    name_sealed = SealedField(DataClass.ID)
    language = models.CharField(max_length=8, default="en")
    time_zone = models.CharField(max_length=64, default="UTC")
    created_at = models.DateTimeField()
    forgotten_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [one_of("kind", PartyKind, "party")]

    @property
    def seal_subject(self) -> uuid.UUID:
        return self.uid


class Way(models.Model):
    """A way to reach a party: a channel and an address, tried in order of `position`."""

    party = models.ForeignKey(Party, on_delete=models.CASCADE, related_name="ways")
    channel = models.CharField(max_length=16)  # A kind of `channels.registry`.
    address_sealed = SealedField(DataClass.ID)
    address_index = models.BinaryField()  # Blind index of the normalised address; see `people.actions.address_index`.
    position = models.PositiveSmallIntegerField(default=0)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    broken_at = models.DateTimeField(null=True, blank=True)  # The carrier said that this address cannot work.
    broken_reason = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["position", "id"]
        indexes = [models.Index(fields=["address_index"], name="way_address")]
        constraints = [models.UniqueConstraint(fields=["party", "channel", "address_index"], name="way_once")]

    @property
    def seal_subject(self) -> uuid.UUID:
        return self.party.uid


class Defender(models.Model):
    """A person whom we protect."""

    party = models.OneToOneField(Party, on_delete=models.PROTECT, related_name="defender")
    country = models.CharField(max_length=64, blank=True)
    is_active = models.BooleanField(default=True)
    background_sealed = SealedField(DataClass.STORY)  # What the duty officer must know at 3 a.m.
    created_at = models.DateTimeField()

    @property
    def seal_subject(self) -> uuid.UUID:
        return self.party.uid


class CircleMember(models.Model):
    """A trusted contact whom the defender chose."""

    defender = models.ForeignKey(Defender, on_delete=models.CASCADE, related_name="circle")
    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="circles")
    position = models.PositiveSmallIntegerField(default=0)
    relation = models.CharField(max_length=16, choices=choices(Relation), default=Relation.OTHER)
    task_sealed = SealedField(DataClass.OPS)  # What this person has agreed to do.

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["defender", "party"], name="circlemember_once"),
            one_of("relation", Relation, "circlemember"),
        ]

    @property
    def seal_subject(self) -> uuid.UUID:
        return self.defender.party.uid


class Responder(models.Model):
    """Someone who has agreed to go to people near them."""

    party = models.OneToOneField(Party, on_delete=models.PROTECT, related_name="responder")
    is_willing = models.BooleanField(default=True)
    home_lat_deg = models.FloatField(null=True, blank=True)
    home_lon_deg = models.FloatField(null=True, blank=True)
    last_lat_deg = models.FloatField(null=True, blank=True)
    last_lon_deg = models.FloatField(null=True, blank=True)
    last_place_at = models.DateTimeField(null=True, blank=True)
    radius_km = models.PositiveIntegerField(null=True, blank=True)  # None: the setting RESPONDER_RADIUS_KM.
    hours_from = models.TimeField(null=True, blank=True)  # Local to the party's time zone; both None: always.
    hours_until = models.TimeField(null=True, blank=True)
    skills = ArrayField(models.CharField(max_length=32), default=list, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(home_lat_deg__isnull=True, home_lon_deg__isnull=True)
                | Q(
                    home_lat_deg__isnull=False,
                    home_lon_deg__isnull=False,
                    home_lat_deg__range=(-90, 90),
                    home_lon_deg__range=(-180, 180),
                ),
                name="responder_home_on_earth",
            ),
            models.CheckConstraint(
                condition=Q(last_lat_deg__isnull=True, last_lon_deg__isnull=True)
                | Q(
                    last_lat_deg__isnull=False,
                    last_lon_deg__isnull=False,
                    last_lat_deg__range=(-90, 90),
                    last_lon_deg__range=(-180, 180),
                ),
                name="responder_last_on_earth",
            ),
            models.CheckConstraint(
                condition=Q(radius_km__isnull=True) | Q(radius_km__range=(1, RADIUS_KM_MAX)), name="responder_radius"
            ),
        ]  # The index of the nearest search stands in the first migration.

    @property
    def seal_subject(self) -> uuid.UUID:
        return self.party.uid


class Plan(models.Model):
    """The defender's own response plan. Code words are compared in constant time and never shown on a list."""

    defender = models.OneToOneField(Defender, on_delete=models.CASCADE, related_name="plan")
    circle_hears = models.CharField(max_length=8, choices=choices(Disclosure), default=Disclosure.AREA)
    responders_hear = models.CharField(max_length=8, choices=choices(Disclosure), default=Disclosure.AREA)
    cover_sealed = SealedField(DataClass.OPS)  # Cover wording, when nothing may be said.
    challenge_sealed = SealedField(DataClass.OPS)  # The rehearsed question.
    check_word_sealed = SealedField(DataClass.OPS)  # Its answer when all is well.
    duress_word_sealed = SealedField(DataClass.OPS)  # Its answer when somebody stands behind the defender.
    questions_sealed = SealedField(DataClass.OPS)  # What to ask people on the ground, a line each.
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            one_of("circle_hears", Disclosure, "plan"),
            one_of("responders_hear", Disclosure, "plan"),
        ]

    @property
    def seal_subject(self) -> uuid.UUID:
        return self.defender.party.uid


class PlanStep(models.Model):
    """Who is asked, by which ways, and how long to wait before the next step."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    audiences = ArrayField(models.CharField(max_length=32))  # Words of `Audience`, asked at the same time.
    channels = ArrayField(models.CharField(max_length=16), default=list, blank=True)  # Empty: every way of the person.
    wait_s = models.PositiveIntegerField(default=60)
    repeat = models.PositiveSmallIntegerField(default=1)  # How often the step is asked before the next one.

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "position"], name="planstep_position"),
            models.CheckConstraint(condition=Q(wait_s__gte=5), name="planstep_waits"),
            models.CheckConstraint(
                condition=Q(audiences__contained_by=[word.value for word in Audience]), name="planstep_audiences_known"
            ),
        ]


class Directive(models.Model):
    """What the defender signed beforehand: what may be published, when, to whom, in which languages."""

    defender = models.ForeignKey(Defender, on_delete=models.PROTECT, related_name="directives")
    version = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=16, choices=choices(DirectiveState), default=DirectiveState.DRAFT)
    signed_on = models.DateField(null=True, blank=True)
    valid_from = models.DateField(null=True, blank=True)
    valid_until = models.DateField(null=True, blank=True)  # None: until revoked.
    may_publish = models.BooleanField(default=False)
    may_name = models.BooleanField(default=False)
    precision = models.CharField(max_length=8, choices=choices(Precision), default=Precision.NONE)
    audiences = ArrayField(models.CharField(max_length=16), default=list, blank=True)  # Words of `PublicAudience`.
    languages = ArrayField(models.CharField(max_length=8), default=list, blank=True)
    wait_minutes = models.PositiveIntegerField(default=0)  # Not before so long after the press.
    never_mention_sealed = SealedField(DataClass.OPS)  # Words that no public text may hold, a line each.
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            one_of("state", DirectiveState, "directive"),
            one_of("precision", Precision, "directive"),
            models.UniqueConstraint(fields=["defender", "version"], name="directive_version"),
            models.UniqueConstraint(
                fields=["defender"], condition=Q(state=DirectiveState.IN_FORCE.value), name="directive_one_in_force"
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")), name="directive_dates"
            ),
        ]

    @property
    def seal_subject(self) -> uuid.UUID:
        return self.defender.party.uid

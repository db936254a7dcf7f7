"""What is issued to whom."""

import uuid

from django.db import models

from tocsin.core.access import DataClass
from tocsin.devices.rules import DeviceState
from tocsin.people.models import Defender, SealedField, choices, one_of


class Device(models.Model):
    """A wristband, tracker, watch, phone app or phone number issued to a defender."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True)  # Ours; theirs is sealed.
    defender = models.ForeignKey(Defender, null=True, blank=True, on_delete=models.PROTECT, related_name="devices")
    protocol = models.CharField(max_length=32)
    label = models.CharField(max_length=64, blank=True)  # "grey wristband 7": never a name.
    state = models.CharField(max_length=16, choices=choices(DeviceState), default=DeviceState.ISSUED)
    device_uid_sealed = SealedField(DataClass.ID)
    number_sealed = SealedField(DataClass.ID)  # Of its SIM card, where it has one.
    created_at = models.DateTimeField()

    class Meta:
        constraints = [one_of("state", DeviceState, "device")]

    @property
    def seal_subject(self) -> uuid.UUID:
        return self.uid


class DeviceIdentity(models.Model):
    """One form of a device's identity or number, as a blind index. `kind` is "device" or "sms"."""

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="identities")
    kind = models.CharField(max_length=8, default="device")
    uid_index = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "uid_index"], name="deviceidentity_once")]


class DeviceWord(models.Model):
    """The last word of a device, known or not: one row, overwritten at most once a second.

    The gateway writes it through psycopg, without the ORM.
    """

    uid_index = models.BinaryField(unique=True)
    sealed_uid = models.BinaryField()  # With the journal key, so that headquarters can issue an unknown device.
    protocol = models.CharField(max_length=32)
    received_at = models.DateTimeField()
    lat_deg = models.FloatField(null=True)
    lon_deg = models.FloatField(null=True)
    accuracy_m = models.FloatField(null=True)
    fix_at = models.DateTimeField(null=True)  # Of the last place that had one; kept when a later word has none.
    battery_pct = models.FloatField(null=True)

"""The journal: what devices sent, stored before anything else and never changed; and their last words.

The gateway writes these tables through psycopg, without the ORM; the columns that it fills have no Python defaults.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from tocsin.devices.models import DeviceWord

__all__ = ["DeviceWord", "GatewayStatus", "Signal"]


class Signal(models.Model):
    """The raw bytes received from a device, sealed with the journal key.

    `sealed` opens to JSON `{"raw": base64, "device_uid", "peer", "session": …}`; see `gateway/journal.py`.
    """

    uid = models.UUIDField(unique=True)  # Made by the gateway, so that a replay from the spool is stored once.
    received_at = models.DateTimeField()
    protocol = models.CharField(max_length=32)
    uid_index = models.BinaryField(null=True)  # Blind index of the device uid; None: the frame names no device.
    alarms = ArrayField(models.CharField(max_length=32), default=list)
    is_readable = models.BooleanField()
    sealed = models.BinaryField()
    # "quiet": nothing to do. "waiting": intake must look at it. "handled": done.
    state = models.CharField(max_length=8)
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    handled_at = models.DateTimeField(null=True)
    incident = models.ForeignKey("tocsin.Incident", null=True, on_delete=models.PROTECT, related_name="signals")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=["quiet", "waiting", "handled"]), name="signal_state_known")
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="waiting"), name="signal_waiting"),
            # A flood of unreadable frames must not stand before a cry.
            models.Index(fields=["due_at"], condition=Q(state="waiting") & ~Q(alarms=[]), name="signal_cry"),
            models.Index(fields=["received_at"], name="signal_received"),
            models.Index(fields=["incident"], condition=Q(incident__isnull=False), name="signal_incident"),
            # Frames that nobody could read, and calls of unknown devices, are shown to headquarters.
            models.Index(fields=["-received_at"], condition=Q(is_readable=False), name="signal_unreadable"),
        ]


class GatewayStatus(models.Model):
    """What each gateway says of itself every few seconds; the console shows it."""

    name = models.CharField(max_length=64, unique=True)
    seen_at = models.DateTimeField()
    connections = models.PositiveIntegerField(default=0)
    spooled = models.PositiveIntegerField(default=0)  # Frames on its own disk that are not in the journal yet.
    database_away_since = models.DateTimeField(null=True)  # The last time, kept after it came back.
    database_back_at = models.DateTimeField(null=True)
    is_disk_full = models.BooleanField(default=False)

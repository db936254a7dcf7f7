"""Reads about devices: whose they are, what was last heard of them, and which ones nobody was given."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet

from tocsin.devices.models import Device, DeviceIdentity, DeviceWord
from tocsin.devices.rules import IDENTITY, DeviceState, uid_forms, uid_index
from tocsin.people.queries import keyring

UNKNOWN_SHOWN_MAX = 200


@dataclass(frozen=True, slots=True)
class LastWord:
    """What a list shows of a device: when it was heard, and how its battery was then."""

    received_at: datetime
    battery_pct: float | None
    fix_at: datetime | None

    def age(self, now: datetime) -> timedelta:
        """Say how long ago it spoke."""
        return max(now - self.received_at, timedelta())


def device_by_index(index: bytes | None) -> Device | None:
    """Give the device behind a signal's `uid_index`, with its defender and party; `None`: nobody knows it.

    A retired device still leads to its defender: an old wristband that calls is a call.
    """
    if index is None:
        return None
    identity = (
        DeviceIdentity.objects.filter(kind=IDENTITY, uid_index=index).select_related("device__defender__party").first()
    )
    return identity.device if identity is not None else None


def device_by_uid(uid: str, protocol: str) -> Device | None:
    """Give the device with this identity, in whichever form it is written."""
    indexes = [uid_index(keyring(), form) for form in uid_forms(uid, protocol)]
    identity = DeviceIdentity.objects.filter(kind=IDENTITY, uid_index__in=indexes).select_related("device").first()
    return identity.device if identity is not None else None


def last_words(devices: Iterable[Device]) -> dict[int, LastWord]:
    """Give the last word of each device that has spoken, by the device's id, in two queries."""
    ids = [device.pk for device in devices]
    owners = dict(DeviceIdentity.objects.filter(kind=IDENTITY, device_id__in=ids).values_list("uid_index", "device_id"))
    owners = {bytes(index): device_id for index, device_id in owners.items()}
    words: dict[int, LastWord] = {}
    for word in DeviceWord.objects.filter(uid_index__in=list(owners)).order_by("received_at"):
        words[owners[bytes(word.uid_index)]] = LastWord(word.received_at, word.battery_pct, word.fix_at)
    return words


def unknown_words() -> list[DeviceWord]:
    """Give the devices that speak and that nobody was given: the quarantine, the latest first."""
    known = DeviceIdentity.objects.filter(kind=IDENTITY, uid_index=OuterRef("uid_index"))
    return list(DeviceWord.objects.filter(~Exists(known)).order_by("-received_at")[:UNKNOWN_SHOWN_MAX])


def devices() -> QuerySet[Device]:
    """Give the devices for a list, with whose they are; those in use first."""
    return Device.objects.select_related("defender__party").order_by("state", "id")


def devices_of(defender_id: int) -> Sequence[Device]:
    """Give what one defender was issued, those in use first."""
    return list(Device.objects.filter(defender_id=defender_id).order_by("state", "id"))


def is_in_use(device: Device) -> bool:
    """Say whether a device is with somebody."""
    return device.state == DeviceState.ISSUED and device.defender_id is not None

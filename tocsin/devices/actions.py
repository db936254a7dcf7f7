"""Giving devices to people and taking them back. What a device calls itself is sealed; it is found by blind indexes."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from tocsin.core.access import DataClass, Reader
from tocsin.core.answers import Refused
from tocsin.core.sealing import SealError, open_sealed
from tocsin.devices.models import Device, DeviceIdentity, DeviceWord
from tocsin.devices.rules import IDENTITY, WORD_CONTEXT, DeviceState, normalised_uid, uid_forms, uid_index
from tocsin.people.actions import record_change, record_looks, seal_row
from tocsin.people.models import Defender
from tocsin.people.queries import address_index, keyring, normalised_address

NUMBER = "sms"
UID_MAX = 64
# Unknown devices have no subject of their own yet; looks at them are logged under this one.
QUARANTINE = UUID("5a6f0d1e-0000-4000-8000-717561726e74")


@transaction.atomic
def issue_device(
    *,
    protocol: str,
    device_uid: str,
    by: Reader,
    now: datetime,
    defender_id: int | None = None,
    label: str = "",
    number: str = "",
) -> Device | Refused:
    """Store a device and give it to a defender; without one it is kept in quarantine until somebody gets it.

    `number` is that of its SIM card: a call or SMS from it is the defender's. A device that is known is given on, and
    keeps its past.
    """
    refused = why_not(device_uid, number)
    if refused is not None:
        return refused
    indexes = [uid_index(keyring(), form) for form in uid_forms(device_uid, protocol)]
    known = {one.device for one in identities(indexes).select_related("device")}
    if len(known) > 1:
        return Refused("Two devices already answer to this identity. Retire the one that is not in use.")
    device = Device.objects.select_for_update().get(pk=known.pop().pk) if known else None
    if device is not None and is_with_another(device, defender_id):
        return Refused("A device that calls itself so is issued to somebody else. Take it back first, on its page.")
    if device is None:
        device = Device(created_at=now)
    device.protocol, device.defender_id = protocol, defender_id
    device.label = label.strip() or device.label
    device.state = DeviceState.QUARANTINED if defender_id is None else DeviceState.ISSUED
    seal_row(device, now=now, device_uid=device_uid.strip())
    if number.strip():
        seal_row(device, now=now, number=normalised_address(NUMBER, number))
    device.save()
    return remember(device, indexes, number) or logged(device, by=by, purpose="device issued", now=now)


def why_not(device_uid: str, number: str) -> Refused | None:
    """Say what is wrong with an identity or a number."""
    if not normalised_uid(device_uid) or len(device_uid) > UID_MAX:
        return Refused("Write what the device calls itself: the 15 digits of its IMEI, or the word in its settings.")
    if number.strip():
        try:
            normalised_address(NUMBER, number)
        except ValueError as error:
            return Refused(str(error))
    return None


def identities(indexes: list[bytes]):
    """Give the rows under which these forms of an identity are known."""
    return DeviceIdentity.objects.filter(kind=IDENTITY, uid_index__in=indexes)


def is_with_another(device: Device, defender_id: int | None) -> bool:
    """Say whether somebody else has this device now."""
    return device.state == DeviceState.ISSUED and device.defender_id is not None and device.defender_id != defender_id


def remember(device: Device, indexes: list[bytes], number: str) -> Refused | None:
    """Store every form under which the device may name itself, and its number."""
    wanted = [(IDENTITY, index) for index in indexes]
    if number.strip():
        wanted.append((NUMBER, address_index(NUMBER, number)))
        DeviceIdentity.objects.filter(device=device, kind=NUMBER).delete()
    for kind, index in wanted:
        row, _is_new = DeviceIdentity.objects.get_or_create(kind=kind, uid_index=index, defaults={"device": device})
        if row.device_id != device.pk:
            transaction.set_rollback(True)
            return Refused("This number belongs to another device. Correct the number, or retire the other device.")
    return None


def logged(device: Device, *, by: Reader, purpose: str, now: datetime) -> Device:
    """Log a change of what is sealed about a device."""
    record_change([device], "device_uid", by=by, purpose=purpose, now=now)
    return device


@transaction.atomic
def take_back(device_id: int, *, by: Reader, now: datetime) -> Device:
    """Take a device away from its defender. Should it still call, headquarters sees an unknown device calling."""
    device = Device.objects.select_for_update().get(pk=device_id)
    device.defender, device.state = None, DeviceState.QUARANTINED
    device.save(update_fields=["defender", "state"])
    return logged(device, by=by, purpose="device taken back", now=now)


@transaction.atomic
def retire(device_id: int, *, by: Reader, now: datetime) -> Device:
    """Note that a device is lost, broken or taken. Its calls still lead to whoever had it last."""
    device = Device.objects.select_for_update().get(pk=device_id)
    device.state = DeviceState.RETIRED
    device.save(update_fields=["state"])
    return logged(device, by=by, purpose="device retired", now=now)


@transaction.atomic
def issue_unknown(word_id: int, defender_id: int, *, by: Reader, now: datetime, label: str = "") -> Device | Refused:
    """Give a device that speaks, and that nobody was given, to a defender in one step."""
    word = DeviceWord.objects.get(pk=word_id)
    told = open_word(word)
    if told is None:
        return Refused("What this device calls itself cannot be opened with the key of this installation.")
    Defender.objects.get(pk=defender_id)
    return issue_device(protocol=word.protocol, device_uid=told, defender_id=defender_id, label=label, by=by, now=now)


def open_word(word: DeviceWord) -> str | None:
    """Open what an unknown device calls itself, for the program. `None`: sealed with another key."""
    try:
        return open_sealed(bytes(word.sealed_uid), key=keyring().journal, context=WORD_CONTEXT).decode()
    except SealError:
        return None


def look_at_words(words: list[DeviceWord], *, reader: Reader, now: datetime) -> list[str | None]:
    """Open what unknown devices call themselves for a person, and log it. Without the right each is `None`."""
    if not reader.may_read(DataClass.ID) or not words:
        return [None for _word in words]
    record_looks([(QUARANTINE, DataClass.ID)], reader=reader, purpose="quarantine", now=now)
    return [open_word(word) for word in words]

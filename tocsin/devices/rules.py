"""What a device may be, and the forms its identity takes."""

from enum import StrEnum

from tocsin.core.sealing import Keyring

IMEI_DIGITS = 15
SHORTENS = "watch"  # The protocol whose devices send a part of their IMEI.
IDENTITY = "device"  # The kind of a blind index over a device's own identity; numbers of SIM cards have "sms".
WORD_CONTEXT = "deviceword.uid"  # Named in the seal of `DeviceWord.sealed_uid`, which opens with the journal key.


class DeviceState(StrEnum):
    """Where a device stands."""

    ISSUED = "issued"
    QUARANTINED = "quarantined"  # Seen, but given to nobody yet.
    RETIRED = "retired"


def normalised_uid(uid: str) -> str:
    """Give the one form in which an identity is compared: lower case, without spaces, dashes and leading zeros."""
    plain = "".join(sign for sign in uid.lower() if sign.isalnum())
    return plain.lstrip("0") or plain


def uid_forms(uid: str, protocol: str = SHORTENS) -> frozenset[str]:
    """Give every normalised form under which this identity may arrive.

    A SeTracker watch names itself by ten digits cut from its IMEI (the fifth to the fourteenth); both must lead to the
    same device (4P-Touch, "Beesure GPS SeTracker Server Protocol"). Other devices do not: ten digits alone might be
    those of somebody else's device.
    """
    forms = {normalised_uid(uid)}
    if protocol == SHORTENS and uid.isdigit() and len(uid) == IMEI_DIGITS:
        forms.add(normalised_uid(uid[4:14]))
    return frozenset(forms)


def uid_index(ring: Keyring, uid: str) -> bytes:
    """Give the blind index of one form of an identity: what a signal, a device's word and a device are matched by."""
    return ring.blind_index(normalised_uid(uid), kind=IDENTITY)

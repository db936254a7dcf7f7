"""What a device may be, and the forms its identity takes."""

from enum import StrEnum

IMEI_DIGITS = 15


class DeviceState(StrEnum):
    """Where a device stands."""

    ISSUED = "issued"
    QUARANTINED = "quarantined"  # Seen, but given to nobody yet.
    RETIRED = "retired"


def normalised_uid(uid: str) -> str:
    """Give the one form in which an identity is compared: lower case, without spaces, dashes and leading zeros."""
    plain = "".join(sign for sign in uid.lower() if sign.isalnum())
    return plain.lstrip("0") or plain


def uid_forms(uid: str) -> frozenset[str]:
    """Give every normalised form under which this identity may arrive.

    A SeTracker watch names itself by ten digits cut from its IMEI (the fifth to the fourteenth); both must lead to the
    same device (4P-Touch, "Beesure GPS SeTracker Server Protocol").
    """
    forms = {normalised_uid(uid)}
    if uid.isdigit() and len(uid) == IMEI_DIGITS:
        forms.add(normalised_uid(uid[4:14]))
    return frozenset(forms)

"""The data class of every column, in one table. A `SealedField` carries its own; tests hold that nothing is missing.

A model's columns have the class `rest` unless they are named. What is in a sealed class and yet no `SealedField` stands
in `UNREADABLE`, with the reason why a stolen database does not show it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tocsin.core.access import DataClass

CODED, ID, LOC, OPS, PUB, SRC, STORY = (
    DataClass.CODED,
    DataClass.ID,
    DataClass.LOC,
    DataClass.OPS,
    DataClass.PUB,
    DataClass.SRC,
    DataClass.STORY,
)


@dataclass(frozen=True, slots=True)
class Columns:
    """The classes of one model's columns."""

    rest: DataClass = CODED
    named: Mapping[str, DataClass] = field(default_factory=dict)


def all_of(data_class: DataClass, *columns: str) -> dict[str, DataClass]:
    """Give several columns one class."""
    return dict.fromkeys(columns, data_class)


FIX = ("lat_deg", "lon_deg", "accuracy_m", "fix_at")

CLASSES: Mapping[str, Columns] = {
    "tocsin.subjectkey": Columns(),
    "tocsin.look": Columns(),
    "tocsin.organisation": Columns(PUB),
    "tocsin.party": Columns(),
    "tocsin.way": Columns(named={"address_index": ID}),
    "tocsin.defender": Columns(),
    "tocsin.circlemember": Columns(),
    "tocsin.responder": Columns(
        named=all_of(LOC, "home_lat_deg", "home_lon_deg", "last_lat_deg", "last_lon_deg", "last_place_at")
    ),
    "tocsin.plan": Columns(),
    "tocsin.planstep": Columns(),
    "tocsin.directive": Columns(),
    "tocsin.staff": Columns(named={"password": ID}),
    "tocsin.shift": Columns(),
    "tocsin.device": Columns(),
    "tocsin.deviceidentity": Columns(named={"uid_index": ID}),
    "tocsin.deviceword": Columns(named={"uid_index": ID, "sealed_uid": ID} | all_of(LOC, *FIX)),
    "tocsin.signal": Columns(named={"uid_index": ID, "sealed": STORY}),
    "tocsin.gatewaystatus": Columns(),
    "tocsin.incident": Columns(
        named={"uid_index": ID} | all_of(LOC, "lat_deg", "lon_deg", "place_at", "place_accuracy_m")
    ),
    "tocsin.raisedalarm": Columns(named=all_of(LOC, *FIX, "surroundings")),
    "tocsin.timelineentry": Columns(),
    "tocsin.verification": Columns(),
    "tocsin.task": Columns(),
    "tocsin.engagement": Columns(named={"distance_km": LOC}),
    "tocsin.closing": Columns(),
    "tocsin.challenge": Columns(),
    "tocsin.callout": Columns(),
    "tocsin.notice": Columns(),
    "tocsin.answerlink": Columns(),
    "tocsin.inbound": Columns(named={"sender_index": ID, "sealed": STORY}),
    "tocsin.workerstatus": Columns(),
    "tocsin.bellring": Columns(),
    "tocsin.appeal": Columns(PUB),
    "tocsin.appealversion": Columns(PUB),
    "tocsin.approval": Columns(),
    "tocsin.supporter": Columns(named={"address_index": ID}),
    "tocsin.wave": Columns(),
    # Tables of the parts that we use.
    "auth.permission": Columns(),
    "auth.group": Columns(),
    "contenttypes.contenttype": Columns(),
    "sessions.session": Columns(named=all_of(OPS, "session_key", "session_data")),
    "mfa.authenticator": Columns(named={"data": OPS}),
    "account.emailaddress": Columns(named={"email": ID}),
    "account.emailconfirmation": Columns(named={"key": ID}),
}

BLIND = "A blind index: without the key of this installation it cannot be computed from a number."
JOURNAL = "Sealed with the journal key: its subject is not known when it is stored."
EMPTY = "Stays empty: staff sign in by handle, and their addresses stand, sealed, on the party."
UNREADABLE: Mapping[str, str] = {
    "tocsin.way.address_index": BLIND,
    "tocsin.deviceidentity.uid_index": BLIND,
    "tocsin.deviceword.uid_index": BLIND,
    "tocsin.signal.uid_index": BLIND,
    "tocsin.incident.uid_index": BLIND,
    "tocsin.inbound.sender_index": BLIND,
    "tocsin.supporter.address_index": BLIND,
    "tocsin.deviceword.sealed_uid": JOURNAL,
    "tocsin.signal.sealed": JOURNAL,
    "tocsin.inbound.sealed": JOURNAL,
    "tocsin.staff.password": "A salted scrypt hash.",
    "sessions.session.session_key": "A digest of the cookie.",
    "sessions.session.session_data": "Sealed with the key of the sessions.",
    "mfa.authenticator.data": "Its secrets are sealed with the key of the second factor.",
    "account.emailaddress.email": EMPTY,
    "account.emailconfirmation.key": EMPTY,
}


def class_of(model_label: str, column: str, own: DataClass | None = None) -> DataClass:
    """Give the class of a column. `own` is what a sealed field carries. An unknown column is an error."""
    if own is not None:
        return own
    columns = CLASSES[model_label]
    return columns.named.get(column, columns.rest)

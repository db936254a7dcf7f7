"""Data classes, and who asks. Every field belongs to one class; rights are given per class (`accounts/scopes.py`)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class DataClass(StrEnum):
    """What kind of thing a field tells about somebody (architecture, section 6)."""

    ID = "id"  # Names, papers, contacts.
    LOC = "loc"  # Places.
    HEALTH = "health"
    FIN = "fin"
    SRC = "src"  # Who told us.
    STORY = "story"  # Narrative and files.
    CODED = "coded"  # Thesaurus values, dates, country, states.
    OPS = "ops"  # Plan, code words, circle.
    EVAL = "eval"  # Scores.
    PUB = "pub"  # Approved public text.


SEALED = frozenset({DataClass.ID, DataClass.OPS, DataClass.FIN, DataClass.SRC, DataClass.HEALTH, DataClass.STORY})


class Scope(StrEnum):
    """How far a right reaches. Wider scopes include narrower ones only where the table says so."""

    OWN = "own"
    ASSIGNED = "assigned"
    ON_SHIFT = "on_shift"
    ORGANISATION = "organisation"
    PUBLIC = "public"


class Right(StrEnum):
    """What may be done with a class."""

    READ = "read"
    WRITE = "write"


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks. `staff_id` is `None` for a part of the program that acts for nobody (`name` says which)."""

    name: str
    rights: Mapping[DataClass, frozenset[Right]]
    staff_id: int | None = None

    def may_read(self, data_class: DataClass) -> bool:
        """Say whether values of this class may be opened for this reader."""
        return Right.READ in self.rights.get(data_class, frozenset())

    def may_write(self, data_class: DataClass) -> bool:
        """Say whether values of this class may be written by this reader."""
        return Right.WRITE in self.rights.get(data_class, frozenset())


class NotPermittedError(PermissionError):
    """This reader has no right to this class."""


def program(name: str) -> Reader:
    """Give the reader for a part of the program that acts for nobody: an import, the demo. Its looks are logged too."""
    both = frozenset(Right)
    return Reader(name, dict.fromkeys(DataClass, both))

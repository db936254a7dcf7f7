"""Who may see and do what: one table of roles, data classes, rights and scopes. There is no other permission."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from tocsin.core.access import DataClass, Reader, Right, Scope


class Role(StrEnum):
    """What somebody at headquarters does. A person may have several."""

    DUTY_OFFICER = "duty_officer"  # Answers alarms, on shift.
    COORDINATOR = "coordinator"  # Keeps people, plans and directives, and leads incidents, at any time.
    PUBLISHER = "publisher"  # Writes and approves what the world is told.
    ADMINISTRATOR = "administrator"  # Configures. Sees ciphertext.


@dataclass(frozen=True, slots=True)
class Grant:
    """The rights of a role to one data class, and how far they reach."""

    rights: frozenset[Right]
    scope: Scope


READ = frozenset({Right.READ})
WRITE = frozenset({Right.READ, Right.WRITE})

# A class that is not listed is not granted. Every class is granted to somebody, and no sealed class to the
# administrator: tests/unit/accounts/test_scopes.py.
GRANTS: Mapping[Role, Mapping[DataClass, Grant]] = {
    Role.DUTY_OFFICER: {
        DataClass.ID: Grant(WRITE, Scope.ON_SHIFT),
        DataClass.LOC: Grant(WRITE, Scope.ON_SHIFT),
        DataClass.HEALTH: Grant(WRITE, Scope.ON_SHIFT),
        DataClass.SRC: Grant(WRITE, Scope.ON_SHIFT),
        DataClass.STORY: Grant(WRITE, Scope.ON_SHIFT),
        DataClass.OPS: Grant(WRITE, Scope.ON_SHIFT),
        DataClass.CODED: Grant(WRITE, Scope.ORGANISATION),  # Whoever is woken may acknowledge, on shift or not.
        DataClass.PUB: Grant(WRITE, Scope.ORGANISATION),  # And may stop what is being published.
    },
    Role.COORDINATOR: {data_class: Grant(WRITE, Scope.ORGANISATION) for data_class in DataClass},
    Role.PUBLISHER: {
        DataClass.ID: Grant(READ, Scope.ORGANISATION),  # To see that a text does not tell a name that it may not.
        DataClass.LOC: Grant(READ, Scope.ORGANISATION),
        DataClass.STORY: Grant(READ, Scope.ORGANISATION),
        DataClass.OPS: Grant(READ, Scope.ORGANISATION),  # The words that no text may hold.
        DataClass.CODED: Grant(READ, Scope.ORGANISATION),
        DataClass.PUB: Grant(WRITE, Scope.ORGANISATION),
    },
    Role.ADMINISTRATOR: {
        DataClass.CODED: Grant(WRITE, Scope.ORGANISATION),
        DataClass.PUB: Grant(READ, Scope.ORGANISATION),
    },
}
# Whatever somebody's roles are: their own name and their own numbers.
OWN: Mapping[DataClass, Grant] = {DataClass.ID: Grant(WRITE, Scope.OWN)}
VISITOR = Reader("visitor", {DataClass.PUB: READ})


def rights_of(roles: frozenset[Role], *, is_on_shift: bool) -> dict[DataClass, frozenset[Right]]:
    """Add up what all roles of a person grant at this moment."""
    rights: dict[DataClass, frozenset[Right]] = {}
    for role in roles:
        for data_class, grant in GRANTS[role].items():
            if grant.scope is not Scope.ON_SHIFT or is_on_shift:
                rights[data_class] = rights.get(data_class, frozenset()) | grant.rights
    return rights


def rights_of_one_self() -> dict[DataClass, frozenset[Right]]:
    """Give the rights that reach no farther than one's own rows."""
    return {data_class: grant.rights for data_class, grant in OWN.items()}


def known_roles(words: list[str]) -> frozenset[Role]:
    """Read the roles of an account. A word that is no role any more grants nothing."""
    return frozenset(Role(word) for word in words if word in set(Role))

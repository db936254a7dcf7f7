"""The one table of rights."""

import pytest

from tocsin.accounts.scopes import GRANTS, Role, known_roles, rights_of
from tocsin.core.access import SEALED, DataClass, Right


def test_every_role_is_in_the_table():
    assert set(GRANTS) == set(Role)


@pytest.mark.parametrize("data_class", DataClass)
@pytest.mark.parametrize("right", Right)
def test_every_class_is_somebodys(data_class, right):
    assert any(right in grants[data_class].rights for grants in GRANTS.values() if data_class in grants)


def test_the_administrator_sees_nothing_that_is_sealed_and_no_place():
    assert not set(GRANTS[Role.ADMINISTRATOR]) & (SEALED | {DataClass.LOC})


def test_a_duty_officer_off_shift_may_acknowledge_but_sees_nobody():
    rights = rights_of(frozenset({Role.DUTY_OFFICER}), is_on_shift=False)
    assert Right.WRITE in rights[DataClass.CODED]
    assert not set(rights) & (SEALED | {DataClass.LOC})
    on_shift = rights_of(frozenset({Role.DUTY_OFFICER}), is_on_shift=True)
    assert {DataClass.ID, DataClass.OPS, DataClass.STORY, DataClass.LOC} <= set(on_shift)


def test_roles_add_up():
    both = rights_of(frozenset({Role.ADMINISTRATOR, Role.PUBLISHER}), is_on_shift=False)
    assert both[DataClass.PUB] == frozenset(Right)
    assert both[DataClass.CODED] == frozenset(Right)
    assert both[DataClass.ID] == frozenset({Right.READ})


def test_a_word_that_is_no_role_grants_nothing():
    assert known_roles(["root", "duty_officer", ""]) == frozenset({Role.DUTY_OFFICER})
    assert rights_of(frozenset(), is_on_shift=True) == {}

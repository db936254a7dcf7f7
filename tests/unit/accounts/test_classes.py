"""Every column of every table has exactly one data class, and nothing of a sealed class lies open."""

import pytest
from django.apps import apps

from tocsin.accounts.classes import CLASSES, UNREADABLE, class_of
from tocsin.core.access import SEALED, DataClass
from tocsin.people.models import SealedField

MODELS = {model._meta.label_lower: model for model in apps.get_models()}


def columns(label: str) -> dict:
    return {field.name: field for field in MODELS[label]._meta.concrete_fields}


def test_the_table_names_the_models_that_are():
    assert set(CLASSES) == set(MODELS)


@pytest.mark.parametrize("label", sorted(MODELS))
def test_each_column_has_exactly_one_class(label):
    named = CLASSES[label].named
    fields = columns(label)
    assert set(named) <= set(fields), "the table names a column that is gone"
    twice = [name for name, field in fields.items() if isinstance(field, SealedField) and name in named]
    assert not twice, "a sealed field carries its own class"
    for name, field in fields.items():
        assert isinstance(class_of(label, name, getattr(field, "data_class", None)), DataClass)


@pytest.mark.parametrize("label", sorted(MODELS))
def test_nothing_of_a_sealed_class_lies_open(label):
    for name, field in columns(label).items():
        data_class = class_of(label, name, getattr(field, "data_class", None))
        if data_class in SEALED and not isinstance(field, SealedField):
            assert UNREADABLE.get(f"{label}.{name}"), f"{label}.{name} is {data_class}: seal it, or say why not"


def test_every_reason_is_about_a_column_that_is():
    for path in UNREADABLE:
        label, _dot, column = path.rpartition(".")
        assert class_of(label, column) in SEALED
        assert column in columns(label)


@pytest.mark.parametrize("label", sorted(MODELS))
def test_places_are_places(label):
    """Whoever adds a latitude says whose right it needs."""
    for name in columns(label):
        if name.endswith(("lat_deg", "lon_deg")) and CLASSES[label].rest is not DataClass.PUB:
            assert class_of(label, name) is DataClass.LOC

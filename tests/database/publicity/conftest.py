"""The scene of `scenes.py` as fixtures. Models cannot be imported before the settings point at this run."""

import importlib

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext, override_settings


@pytest.fixture
def build_scene():
    """Give the function that stores the scene, once a database is there."""
    return importlib.import_module("tests.database.publicity.scenes").build


@pytest.fixture
def scene(db, build_scene):
    """The scene, within a transaction that is rolled back."""
    return build_scene()


@pytest.fixture
def settings_of():
    """Change settings for one test."""
    changed = []

    def change(**values) -> None:
        override = override_settings(**values)
        override.enable()
        changed.append(override)

    yield change
    for override in reversed(changed):
        override.disable()


@pytest.fixture
def queries_of():
    """Count the queries that a call makes."""

    def count(call) -> int:
        with CaptureQueriesContext(connection) as queries:
            call()
        return len(queries)

    return count

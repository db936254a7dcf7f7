"""A bad night and the people at headquarters, signed in. The models are imported late: pytest may read this file before
the settings stand."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.conf import settings
from django.test import Client

from tocsin.core import clock


@pytest.fixture
def night(db, monkeypatch):
    """The scene of `tests/console_scene.py`."""
    monkeypatch.setattr(settings, "TOCSIN_SMS_ROUTE", "smpp://in-a-test")
    return import_module("tests.console_scene").make_night(clock.now() - timedelta(seconds=1))


@pytest.fixture
def duty(night) -> Client:
    """The duty officer on shift."""
    return import_module("tests.console_scene").browser_of(night.scene.duty)


@pytest.fixture
def second(night) -> Client:
    """A coordinator."""
    return import_module("tests.console_scene").browser_of(night.scene.second)


@pytest.fixture
def administrator(night) -> Client:
    """Configures, and sees ciphertext."""
    return import_module("tests.console_scene").new_account("admin", "administrator")


@pytest.fixture
def off_shift(night) -> Client:
    """A duty officer while somebody else is on shift."""
    return import_module("tests.console_scene").new_account("duty-3", "duty_officer")

"""A stolen database, taken in the middle of a bad night: no table tells who, what was said, or what is written."""

import importlib
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection

from tocsin.core import clock

NAMES = ("Nadia Invented", "ليلى المثال", "سامي المثال", "Responder 0", "Circle 1", "Officer One", "Nobody Yet")
NUMBERS = ("7700900100", "7700900150", "7700900151", "7700900201", "7700900301", "7700900401", "7700900199")
SAID = (
    "When did you last see her", "white van", "Which way did the van go", "fisherman", "Call the lawyer", "المحامية",
    "Caught on a bag", "She laughs about it", "Travels with her son", "medicine for her heart", "written by a stranger",
)  # fmt: skip
PLANNED = ("What did the gull eat", "blue lantern", "red lantern", "Which vehicle")
DRAFTED = ("Draft leak",)
SUPPORTER = "somebody-who-reads@example.org"


@pytest.fixture
def dump(db, monkeypatch) -> str:
    """Every row of every table as text, bytes in hexadecimal."""
    monkeypatch.setattr(settings, "TOCSIN_SMS_ROUTE", "smpp://in-a-test")
    now = clock.now()
    importlib.import_module("tests.page_scene").build(now - timedelta(seconds=1))
    supporters = importlib.import_module("tocsin.publicity.actions_supporters")
    supporters.subscribe(channel="email", address=SUPPORTER, language="en", country="", topics=[], now=now)
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = [row[0] for row in cursor.fetchall()]
        return "\n".join(_rows(cursor, tables))


def _rows(cursor, tables: list[str]):
    for table in tables:
        cursor.execute(f'SELECT t::text FROM "{table}" t')
        yield from (row[0] for row in cursor.fetchall())


def test_none_of_it_is_in_any_table(dump):
    assert "callout_started" in dump, "the night is there"
    assert "Country A" in dump, "and so is what is coded"
    for secret in (*NAMES, *NUMBERS, *SAID, *PLANNED, *DRAFTED, SUPPORTER):
        for form in (secret, secret.encode("unicode_escape").decode(), secret.encode().hex()):
            assert form.lower() not in dump.lower(), secret

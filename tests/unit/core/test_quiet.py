"""Logs carry no secrets of links."""

import logging

import pytest

from tocsin.core.quiet import NoSecrets, Places, without_secrets


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Not Found: /r/Zx81-secret_A", "Not Found: /r/…"),
        ("Not Found: /unsubscribe/abc/def", "Not Found: /unsubscribe/…"),
        ('GET "/console/incidents/7/?q=name" 500', 'GET "/console/incidents/7/?…" 500'),
        ("Forbidden: /subscribe/12a4b-0f0f/", "Forbidden: /subscribe/…"),
        ("Gone: /account/welcome/7/cx-token/", "Gone: /account/welcome/…"),
        ("worker took 3 notices", "worker took 3 notices"),
    ],
)
def test_the_secret_part_is_left_out(text, clean):
    assert without_secrets(text) == clean


def test_a_record_is_cleaned_with_its_arguments():
    record = logging.LogRecord("django.request", logging.WARNING, "", 0, "%s: %s", ("Not Found", "/r/secret"), None)
    assert NoSecrets().filter(record)
    assert record.getMessage() == "Not Found: /r/…"


def test_an_error_is_written_by_kind_and_place_without_its_words():
    def inner(name: str) -> None:
        raise ValueError(f"no such person: {name}")

    try:
        try:
            inner("Nadia Invented")
        except ValueError as error:
            raise RuntimeError("Nadia Invented cannot be stored") from error
    except RuntimeError as error:
        record = logging.LogRecord("tocsin", logging.ERROR, "", 0, "It failed", (), (RuntimeError, error, None))
    written = Places("%(levelname)s %(message)s").format(record)
    assert "Nadia" not in written
    lines = written.splitlines()
    assert lines[:2] == ["ERROR It failed", "ValueError"]
    assert "RuntimeError" in lines
    assert any(line.endswith(" inner") and "test_quiet.py:" in line for line in lines)

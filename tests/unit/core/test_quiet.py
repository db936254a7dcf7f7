"""Logs carry no secrets of links."""

import logging

import pytest

from tocsin.core.quiet import NoSecrets, without_secrets


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Not Found: /r/Zx81-secret_A", "Not Found: /r/…"),
        ("Not Found: /unsubscribe/abc/def", "Not Found: /unsubscribe/…"),
        ('GET "/console/incidents/7/?q=name" 500', 'GET "/console/incidents/7/?…" 500'),
        ("worker took 3 notices", "worker took 3 notices"),
    ],
)
def test_the_secret_part_is_left_out(text, clean):
    assert without_secrets(text) == clean


def test_a_record_is_cleaned_with_its_arguments():
    record = logging.LogRecord("django.request", logging.WARNING, "", 0, "%s: %s", ("Not Found", "/r/secret"), None)
    assert NoSecrets().filter(record)
    assert record.getMessage() == "Not Found: /r/…"

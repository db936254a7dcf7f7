"""What never reaches a log: the secret part of an address (RFC 3986 paths and queries hold links that answer once)."""

import logging
import re

# The word before the secret says which page it was; the rest is left out.
SECRET_PATHS = re.compile(r"(/(?:r|unsubscribe|subscribe/confirm|account/welcome|confirm)/)[^\s\"'?]+")
QUERIES = re.compile(r"\?[^\s\"']*")


def without_secrets(text: str) -> str:
    """Return the text with secret paths and every query string left out."""
    return QUERIES.sub("?…", SECRET_PATHS.sub(r"\1…", text))


class NoSecrets(logging.Filter):
    """Cleans a record before any handler writes it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Replace the record's words by the cleaned ones. Always lets the record pass."""
        record.msg, record.args = without_secrets(record.getMessage()), None
        return True

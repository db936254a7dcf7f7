"""What never reaches a log: the secret part of an address (RFC 3986 paths and queries hold links that answer once), and
the words of an error, which may repeat what a person wrote or what a row holds."""

import logging
import re
import traceback
from types import TracebackType

# The word before the secret says which page it was; the rest is left out.
SECRET_PATHS = re.compile(r"(/(?:r|unsubscribe|subscribe|account/welcome)/)[^\s\"'?]+")
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


class Places(logging.Formatter):
    """Writes an error as its kinds and places, the first cause first. Its words stay out of the log."""

    def formatException(  # noqa: N802  The name is that of the standard library.
        self, ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
    ) -> str:
        """Write one error with those that caused it."""
        chain: list[BaseException] = []
        error = ei[1]
        while error is not None and error not in chain:
            chain.insert(0, error)
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return "\n".join(_written(error) for error in chain)


def _written(error: BaseException) -> str:
    code = getattr(error, "sqlstate", None)  # Of PostgreSQL: a code says what went wrong, and repeats no value.
    frames = traceback.extract_tb(error.__traceback__)
    places = "".join(f"\n  {frame.filename}:{frame.lineno} {frame.name}" for frame in frames)
    return f"{type(error).__name__}{f' {code}' if code else ''}{places}"

"""Reading a table of supporters who confirmed elsewhere: CSV as spreadsheets write it."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from tocsin.devices.forms_import import TableError, text_of

ROWS_MAX = 500_000
COLUMNS = ("channel", "address", "proof", "language", "country", "topics")
NEEDED = ("address", "proof")
LANGUAGE_CHARS = 8
TEXT_CHARS = 64
TOPIC_CHARS = 32


@dataclass(frozen=True, slots=True)
class SupporterRow:
    """One person, as the table tells."""

    line: int
    channel: str
    address: str
    proof: str
    language: str
    country: str
    topics: tuple[str, ...]


def supporter_rows(content: bytes) -> Iterator[SupporterRow]:
    """Give each row. Raises `TableError` when the file as a whole cannot be read."""
    text = text_of(content)
    head = text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=head.count))
    try:
        names = [cell.strip().lower() for cell in next(reader, [])]
        _check_head(names)
        for number, cells in enumerate(reader):
            if number >= ROWS_MAX:
                raise TableError(f"The table has more than {ROWS_MAX} rows. Cut it in two.")
            if any(cell.strip() for cell in cells):
                yield _row(reader.line_num, {name: cell.strip() for name, cell in zip(names, cells, strict=False)})
    except csv.Error as error:
        raise TableError(f"Line {reader.line_num} cannot be read as a table row: {error}.") from error


def _check_head(names: list[str]) -> None:
    known = ", ".join(COLUMNS)
    for name in NEEDED:
        if name not in names:
            raise TableError(f'The first line must name the columns; "{name}" is missing. The columns are: {known}.')
    for name in names:
        if name and name not in COLUMNS:
            raise TableError(f'There is no column "{name[:40]}". Remove it or correct its name. They are: {known}.')


def _row(line: int, cells: dict[str, str]) -> SupporterRow:
    address = cells.get("address", "")
    return SupporterRow(
        line=line,
        channel=cells.get("channel", "").lower() or ("email" if "@" in address else "sms"),
        address=address,
        proof=cells.get("proof", ""),
        language=(cells.get("language", "").lower() or "en")[:LANGUAGE_CHARS],
        country=cells.get("country", "")[:TEXT_CHARS],
        topics=tuple(topic[:TOPIC_CHARS] for topic in cells.get("topics", "").split()),
    )

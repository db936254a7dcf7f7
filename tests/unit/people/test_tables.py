"""Any bytes are a table or a sentence that says what to do."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.devices.forms_import import COLUMNS, Problem, TableError, rows_of, stores
from tocsin.people.forms import read_place


@contextmanager
def refused_in_words(kind: type[Exception]) -> Iterator[None]:
    """Let a refusal pass, if it is a sentence."""
    reason = "."
    try:
        yield
    except kind as error:
        reason = str(error)
    assert reason.endswith(".")


CELLS = st.text(max_size=30)


@given(st.binary(max_size=300), st.sampled_from(sorted(COLUMNS)))
def test_any_bytes_are_rows_or_a_sentence(content, kind):
    with refused_in_words(TableError):
        for line, row in rows_of(kind, content):
            assert line >= 1
            assert isinstance(row, dict)


@given(
    st.lists(st.lists(CELLS, max_size=6), max_size=4),
    st.sampled_from(["contacts", "responders", "devices", "defenders"]),
)
def test_any_cells_are_stored_by_something_or_told(rows, kind):
    head = ",".join(COLUMNS[kind])
    body = "\n".join(",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows)
    with refused_in_words(TableError):
        for _line, answer in stores(kind, f"{head}\n{body}\n".encode("utf-8", "surrogatepass")):
            assert callable(answer) or (answer and all(isinstance(one, Problem) and one.reason for one in answer))


@pytest.mark.parametrize(
    ("text", "place"),
    [("12.5, -45.25", (12.5, -45.25)), ("-90;180", (-90, 180)), (" 0 0 ", (0, 0)), ("+1.5\t2", (1.5, 2))],
)
def test_places(text, place):
    assert read_place(text) == place


@given(st.text(max_size=40))
def test_any_text_is_a_place_on_earth_or_a_sentence(text):
    with refused_in_words(ValueError):
        lat_deg, lon_deg = read_place(text)
        assert -90 <= lat_deg <= 90
        assert -180 <= lon_deg <= 180

"""Tables: good rows kept, bad rows told by line, the same table twice stored once."""

import io
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from tests.people_factory import BY, NOW, signed_in, staff
from tocsin.accounts.scopes import Role
from tocsin.devices.actions_import import Outcome, Problem, Tally, store_rows
from tocsin.devices.forms_import import COLUMNS, ROWS_MAX, TableError, rows_of, stores
from tocsin.devices.models import Device
from tocsin.people.models import CircleMember, Defender, Party, Responder
from tocsin.people.queries import opened

pytestmark = pytest.mark.usefixtures("db")
SAMPLES = Path(__file__).parents[3] / "docs" / "samples"
ORDER = ("defenders", "responders", "contacts", "devices")


def read(kind: str, text: str | bytes, **named) -> Tally:
    content = text if isinstance(text, bytes) else text.encode()
    return list(store_rows(stores(kind, content), by=BY, now=NOW, **named))[-1]


def sizes() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (Party, Defender, Responder, CircleMember, Device))


def test_the_samples_of_the_documentation_are_read_and_a_second_time_change_nothing():
    first = {kind: read(kind, (SAMPLES / f"{kind}.csv").read_bytes()) for kind in ORDER}
    assert {kind: (tally.outcomes[Outcome.NEW], tally.problems) for kind, tally in first.items()} == {
        "defenders": (3, []),
        "responders": (2, []),
        "contacts": (2, []),
        "devices": (3, []),
    }
    before = sizes()
    assert before == (7, 3, 2, 1, 3)
    for kind in ("defenders", "responders", "contacts"):
        again = read(kind, (SAMPLES / f"{kind}.csv").read_bytes())
        assert again.outcomes[Outcome.SAME] == again.rows, kind
    read("devices", (SAMPLES / "devices.csv").read_bytes())
    assert sizes() == before


@pytest.mark.parametrize("kind", ORDER)
def test_each_column_is_documented_and_in_the_sample(kind):
    page = (SAMPLES.parent / "import.md").read_text(encoding="utf-8")
    head = (SAMPLES / f"{kind}.csv").read_text(encoding="utf-8").splitlines()[0]
    for column in COLUMNS[kind]:
        assert f"`{column}`" in page
        assert column in head


def test_bad_rows_are_told_by_line_and_the_good_ones_kept():
    table = (
        "Name;Phone;Language;Time zone\r\n"
        "Good One;+44 7700 900101;ar;Africa/Nairobi\r\n"
        ";+44 7700 900102;ar;UTC\r\n"
        '"Two\r\nLines";+44 7700 900103;en;UTC\r\n'
        "No Zone;+44 7700 900104;en;Mars\r\n"
        "Bad Number;0770;en;UTC\r\n"
        "Nobody's;;en;UTC\r\n"
        "\r\n"
        "Too;many;cells;here;indeed\r\n"
        "Last Good;+44 7700 900105\r\n"
    )
    tally = read("defenders", table)
    assert [(problem.line, problem.column) for problem in tally.problems] == [
        (3, "name"), (6, "time_zone"), (7, "phone"), (8, ""), (10, "")
    ]  # fmt: skip
    assert all(problem.reason for problem in tally.problems)
    assert tally.outcomes[Outcome.NEW] == 3
    names = {told["name"] for told in opened(list(Party.objects.all()), "name")}
    assert {"Good One", "Last Good"} <= names


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_what_spreadsheets_write_is_read(encoding, separator):
    rows = [("name", "phone"), ("نادية, المخترعة" if separator != "," else "نادية", "+44 7700 900101")]
    content = "\r\n".join(separator.join(row) for row in rows).encode(encoding)
    assert read("contacts", content).outcomes[Outcome.NEW] == 1
    assert opened([Party.objects.get()], "name")[0]["name"].startswith("نادية")


def test_formulas_are_only_text():
    read("contacts", "name,phone\n=1+1,+44 7700 900101\n")
    assert opened([Party.objects.get()], "name") == [{"name": "=1+1"}]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "first line must name"),
        (b"phone\n1\n", "is missing"),
        (b"name,shoe\nx,1\n", "no column"),
        (b"name,name\nx,1\n", "twice"),
        (b"name\n\xff\xfe\xfd\n", "UTF-8"),
        ("name\n".encode("latin-1") + "é\n".encode("latin-1"), "Line 2"),
        (b'name\n"' + b"x" * 200_000 + b'"\n', "cannot be read"),
        (b"name\n" + b"x\n" * (ROWS_MAX + 1), "50,000 rows"),
    ],
)
def test_a_file_that_is_no_table_says_what_to_do(content, words):
    with pytest.raises(TableError, match=words):
        list(rows_of("contacts", content))


def test_a_changed_row_updates_the_person():
    read("defenders", "name,phone,country\nNadia,+44 7700 900101,Country A\n")
    tally = read("defenders", "name,phone,country,email\nNadia I.,+447700900101,Country B,n@example.org\n")
    assert tally.outcomes[Outcome.CHANGED] == 1
    row = Defender.objects.get()
    assert (row.country, row.party.ways.count()) == ("Country B", 2)
    assert opened([row.party], "name") == [{"name": "Nadia I."}]


def test_addresses_of_two_people_are_refused():
    read("contacts", "name,phone,email\nOne Invented,+44 7700 900101,\nTwo Invented,,x@example.org\n")
    tally = read("contacts", "name,phone,email\nThree Invented,+44 7700 900101,x@example.org\n")
    assert tally.refused == 1


def test_a_mixed_up_number_renames_nobody():
    read("defenders", "name,phone\nNadia Invented,+44 7700 900101\n")
    tally = read("contacts", "name,phone\nKarim Other,+44 7700 900101\n")
    assert [problem.line for problem in tally.problems] == [2]
    assert opened([Party.objects.get()], "name") == [{"name": "Nadia Invented"}]


def test_a_row_that_fails_half_way_leaves_nothing_behind():
    tally = read("contacts", "name,phone,circle_of\nOrphan,+44 7700 900101,+44 7700 900999\n")
    assert tally.problems == [Problem(2, "", "No defender has this number or address. Import the defenders first.")]
    assert not Party.objects.exists()


def test_a_dry_run_stores_nothing():
    tally = read("defenders", (SAMPLES / "defenders.csv").read_bytes(), is_dry_run=True)
    assert (tally.outcomes[Outcome.NEW], sizes()) == (3, (0, 0, 0, 0, 0))


def test_the_command_tells_lines_and_exits_badly_after_mistakes(tmp_path, capsys):
    table = tmp_path / "table.csv"
    table.write_text("name,phone\nGood,+44 7700 900101\nBad,12\n", encoding="utf-8")
    with pytest.raises(CommandError, match="Correct the rows"):
        call_command("import", "contacts", str(table))
    printed = capsys.readouterr().out
    assert "line 3: phone:" in printed
    assert "1 new" in printed
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import", "contacts", str(tmp_path / "none.csv"))


def test_a_long_table_shows_progress_on_the_command_line_and_on_the_page(tmp_path, capsys):
    rows = "".join(f"Number {number},n{number}@example.org\n" for number in range(260))
    table = tmp_path / "table.csv"
    table.write_text("name,email\n" + rows, encoding="utf-8")
    call_command("import", "contacts", str(table), "--dry-run")
    assert "250 of 260 rows" in capsys.readouterr().err
    browser = signed_in(staff("lead-1", Role.COORDINATOR))
    told = {"kind": "contacts", "file": io.BytesIO(table.read_bytes())}
    told["file"].name = "table.csv"
    answer = browser.post("/console/people/import/", told)
    pieces = [piece.decode() for piece in answer.streaming_content]
    assert any("100 / 260" in piece for piece in pieces)
    assert "260 new" in "".join(pieces)
    assert pieces[-1].rstrip().endswith("</html>")


def test_the_page_refuses_a_file_that_is_no_table():
    browser = signed_in(staff("lead-1", Role.COORDINATOR))
    file = SimpleUploadedFile("x.csv", b"shoe\n1\n")
    page = browser.post("/console/people/import/", {"kind": "contacts", "file": file})
    assert "is missing" in page.content.decode()

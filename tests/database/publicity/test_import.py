"""A list of supporters from elsewhere: good rows are kept, bad ones are told, and nobody who left is brought back."""

import pytest
from django.core.management import CommandError, call_command

from tests.database.publicity.scenes import NOW, supporters
from tocsin.people.queries import opened
from tocsin.publicity.actions_supporters import leave_by_link
from tocsin.publicity.models import Supporter
from tocsin.publicity.queries_waves import supporters_key
from tocsin.publicity.rules_links import leave_secret

TABLE = """address;proof;language;country;topics
reader@example.org;vigil list 2026-01-10;AR;Country A;media law
+44 7700 900161;form 2025;;;
nobody;form;;;
left@example.org;form;;;
s0@example.org;form;;;
without@example.org;;;;
"""


def read(path, *arguments: str) -> None:
    call_command("import_supporters", str(path), *arguments)


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "supporters.csv"
    path.write_bytes("\ufeff".encode() + TABLE.replace("\n", "\r\n").encode())
    return path


def test_good_rows_are_kept_and_bad_ones_told(db, table, capsys):
    [left] = supporters(1)
    leave_by_link(leave_secret(supporters_key(), left.pk), now=NOW)
    with pytest.raises(CommandError, match="Correct the rows"):
        read(table)
    told = capsys.readouterr().out
    assert [line.partition(":")[0] for line in told.splitlines()] == [
        "line 4",
        "line 6",
        "line 7",
        "3 stored, 3 with mistakes.",
    ]
    assert "@" not in told.replace("name@example.org", "")
    rows = list(Supporter.objects.filter(state="confirmed").order_by("pk"))
    assert [row["address"] for row in opened(rows, "address")] == [
        "reader@example.org",
        "+447700900161",
        "left@example.org",
    ]
    assert (rows[0].language, rows[0].topics, rows[0].proof) == ("ar", ["law", "media"], "vigil list 2026-01-10")
    with pytest.raises(CommandError):
        read(table)
    assert Supporter.objects.filter(state="confirmed").count() == 3


def test_a_dry_run_stores_nothing(db, table):
    with pytest.raises(CommandError):
        read(table, "--dry-run")
    assert not Supporter.objects.exists()


@pytest.mark.parametrize(
    "content", [b"", b"name\nx\n", b"address,proof,colour\n", b"\xff\xfe\x00", b"address,proof\n\xe9\n"]
)
def test_a_file_that_cannot_be_read_says_why(db, tmp_path, content):
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    with pytest.raises(CommandError):
        read(path)
    with pytest.raises(CommandError, match="cannot be read"):
        read(tmp_path / "missing.csv")

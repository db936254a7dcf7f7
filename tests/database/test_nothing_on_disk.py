"""What people send stays out of files and cookies: tables of people, and what pages say about them."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler

from tests.people_factory import signed_in, staff
from tocsin.accounts.scopes import Role
from tocsin.devices.forms_import import FILE_BYTES_MAX
from tocsin.people.models import Party

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def no_temporary_files(monkeypatch):
    """Let a file on disk be an error."""

    def refuse(*_arguments, **_named):
        raise AssertionError("a table of people was put on disk")

    monkeypatch.setattr(TemporaryFileUploadHandler, "new_file", refuse)


def test_a_large_table_is_never_put_on_disk(no_temporary_files):
    lead = signed_in(staff("lead-1", Role.COORDINATOR))
    table = "name,phone\n" + "".join(f"Invented {number},+447700900{number:03}\n" for number in range(3))
    padded = table.encode() + b",\n" * 2_000_000  # Beyond what Django keeps in memory when left alone.
    sent = {"kind": "contacts", "file": SimpleUploadedFile("people.csv", padded), "is_dry_run": "on"}
    answer = lead.post("/console/people/import/", sent)
    assert answer.status_code == 200
    assert b"50,000 rows" in answer.content


def test_what_is_too_large_is_let_go_and_says_so(no_temporary_files):
    lead = signed_in(staff("lead-1", Role.COORDINATOR))
    sent = {"kind": "contacts", "file": SimpleUploadedFile("people.csv", b"x" * (FILE_BYTES_MAX + 2_000_000))}
    assert b"No file arrived. Choose one of up to 16 MB" in lead.post("/console/people/import/", sent).content
    assert Party.objects.count() == 1  # The coordinator.


def test_what_a_page_says_is_not_kept_in_a_cookie():
    admin = signed_in(staff("admin-1", Role.ADMINISTRATOR))
    told = {"name": "Lantern", "about": "", "languages": ["en"], "contact": "office@example.org"}
    answer = admin.post("/console/people/organisation/", told)
    assert "messages" not in answer.cookies
    assert "Saved." in admin.get("/console/people/organisation/").content.decode()

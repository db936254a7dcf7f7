"""Many readers at once get one page a second; few get theirs made anew."""

from datetime import timedelta

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from tests.database.publicity.scenes import TEXT, build
from tests.people_factory import signed_in, staff
from tocsin.accounts.scopes import Role
from tocsin.core import clock
from tocsin.publicity.actions import stop
from tocsin.publicity.models import Appeal
from tocsin.site import rush


@pytest.fixture
def address(db, monkeypatch) -> str:
    """A published appeal, and a clock that stands."""
    rush.PAGES.clear()
    scene = build()
    scene.now = clock.now()
    scene.incident.opened_at = scene.now - timedelta(hours=1)
    scene.incident.save()
    scene.published()
    monkeypatch.setattr(rush, "monotonic", lambda: 1000.0)
    yield f"/appeals/{Appeal.objects.get().uid}/en/"
    rush.PAGES.clear()


def test_a_rush_asks_the_database_a_few_times_only(address):
    visitor = Client(SERVER_NAME="localhost")
    for _ in range(rush.RUSH_PER_S + 1):
        visitor.get(address)
    with CaptureQueriesContext(connection) as queries:
        pages = {visitor.get(address).content for _ in range(50)}
    assert len(pages) == 1
    assert TEXT.title in pages.pop().decode()
    assert len(queries) == 0
    fresh = visitor.get(address, headers={"if-none-match": visitor.get(address).headers["ETag"]})
    assert fresh.status_code == 304


def test_few_readers_see_a_stop_at_once_and_a_rush_after_a_second(address, monkeypatch):
    visitor = Client(SERVER_NAME="localhost")
    appeal = Appeal.objects.get()
    assert visitor.get(address).status_code == 200
    stop(appeal.pk, staff_id=appeal.versions.get().created_by_id, now=clock.now())
    assert visitor.get(address).status_code == 410
    for _ in range(20):
        assert visitor.get(address).status_code == 410
    monkeypatch.setattr(rush, "monotonic", lambda: 1001.1)
    assert visitor.get(address).status_code == 410


def test_whoever_comes_while_the_first_page_is_made_gets_a_whole_one(monkeypatch):
    rush.PAGES.clear()
    seen = []

    @rush.in_a_rush
    def slow(request):
        if len(seen) < 3 * rush.RUSH_PER_S:
            seen.append(1)
            seen.append(slow(request).content)  # Others ask before the first answer is there.
        return HttpResponse("whole")

    assert slow(RequestFactory().get("/")).content == b"whole"
    assert set(seen) == {1, b"whole"}
    rush.PAGES.clear()


def test_whoever_has_signed_in_gets_their_own(address):
    officer = signed_in(staff("duty-9", Role.DUTY_OFFICER))
    for _ in range(20):
        assert officer.get(address).headers["Cache-Control"] == "no-store"
    assert "no-store" not in Client(SERVER_NAME="localhost").get(address).headers["Cache-Control"]


def test_the_pages_that_are_kept_are_bounded(address):
    visitor = Client(SERVER_NAME="localhost")
    for number in range(rush.PAGES_MAX + 50):
        rush.PAGES[("/", str(number), "", False)] = rush.Page(0.0)
    visitor.get(address)
    assert len(rush.PAGES) <= rush.PAGES_MAX

"""What anybody sees: approved texts only, in their language, without a cookie, and nothing once it is stopped."""

from datetime import timedelta
from uuid import uuid4
from xml.etree import ElementTree as Xml

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.database.publicity.scenes import TEXT, build
from tocsin.core import clock
from tocsin.people.models import Directive
from tocsin.people.rules import PublicAudience
from tocsin.publicity.actions import stop
from tocsin.publicity.models import Appeal, Supporter
from tocsin.publicity.queries_waves import supporters_key
from tocsin.publicity.rules import TextKind
from tocsin.publicity.rules_check import Text
from tocsin.publicity.rules_links import confirm_secret, leave_secret, short_uid

ARABIC = Text("عنوان النداء", "نص النداء", "اكتبوا إلى الوزارة", "", "قصير")


@pytest.fixture
def scene(db):
    """An appeal in two languages that anybody may read."""
    cache.clear()
    made = build()
    made.now = clock.now()
    made.incident.opened_at = made.now - timedelta(hours=1)
    made.incident.save()
    made.published(
        made.draft(
            texts={"en": TEXT, "ar": ARABIC}, lat_deg=-49.3, lon_deg=71.1, radius_km=20.0, letter_to="m@gov.example.org"
        )
    )
    made.uid = Appeal.objects.get().uid
    return made


@pytest.fixture
def visitor() -> Client:
    """Somebody with a browser."""
    return Client(SERVER_NAME="localhost")


def words(response) -> str:
    return response.content.decode()


PATHS = ["/", "/subscribe/", "/appeals/{uid}/", "/appeals/{uid}/ar/", "/appeals/{uid}/map.svg", "/feeds/appeals.atom",
         "/feeds/appeals.ar.atom", "/feeds/cap/", "/feeds/cap/{uid}.1.xml", "/a/{short}"]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_pages_open_without_a_cookie(scene, visitor, path):
    response = visitor.get(path.format(uid=scene.uid, short=short_uid(scene.uid)))
    assert response.status_code == 200
    assert not visitor.cookies
    assert "Cookie" not in response.headers.get("Vary", "")


@pytest.mark.parametrize("path", PATHS)
def test_nothing_of_the_incident_is_on_them(scene, visitor, path):
    page = words(visitor.get(path.format(uid=scene.uid, short=short_uid(scene.uid))))
    for private in ("Maryam", "Testova", "Amina", "900124", "49.28", "71.10456", "noor"):
        assert private not in page


def test_each_reader_gets_their_language(scene, visitor):
    path = f"/appeals/{scene.uid}/"
    assert TEXT.title in words(visitor.get(path, headers={"accept-language": "en-GB,en;q=0.9"}))
    arabic = words(visitor.get(path, headers={"accept-language": "ar-EG"}))
    assert ARABIC.title in arabic
    assert '<html lang="ar" dir="rtl">' in arabic
    russian = visitor.get(path, headers={"accept-language": "ru"})
    assert TEXT.title in words(russian)
    assert "ещё не написан на вашем языке" in words(russian)
    assert russian.headers["Content-Language"] == "en"
    assert visitor.get(f"/appeals/{scene.uid}/sw/").status_code == 404


def test_copies_are_kept_for_a_moment_only(scene, visitor):
    first = visitor.get(f"/appeals/{scene.uid}/en/")
    assert first.headers["Cache-Control"] == "public, max-age=30"
    again = visitor.get(f"/appeals/{scene.uid}/en/", headers={"if-none-match": first.headers["ETag"]})
    assert again.status_code == 304


def test_a_stopped_appeal_is_gone_everywhere_at_once(scene, visitor):
    stop(Appeal.objects.get().pk, staff_id=scene.staff[0].pk, now=scene.now + timedelta(minutes=1))
    page = visitor.get(f"/appeals/{scene.uid}/", headers={"accept-language": "en"})
    assert page.status_code == 410
    assert TEXT.title not in words(page)
    assert TEXT.title not in words(visitor.get("/"))
    assert TEXT.title not in words(visitor.get("/feeds/appeals.atom"))
    assert "withdrawn" in words(visitor.get("/feeds/appeals.en.atom"))
    assert visitor.get(f"/feeds/cap/{scene.uid}.1.xml").status_code == 404
    cancel = Xml.fromstring(visitor.get(f"/feeds/cap/{scene.uid}.1.cancel.xml").content)
    assert cancel.findtext("{urn:oasis:names:tc:emergency:cap:1.2}msgType") == "Cancel"
    assert visitor.get(f"/appeals/{scene.uid}/map.svg").status_code == 404


@pytest.mark.parametrize(
    "change",
    [{"state": "revoked"}, {"valid_until": "2026-01-02"}, {"may_publish": False}, {"audiences": ["supporters"]}],
    ids=str,
)
def test_a_directive_that_no_longer_allows_it_takes_the_page_away(scene, visitor, change):
    Directive.objects.update(**change)
    assert visitor.get(f"/appeals/{scene.uid}/").status_code == 410
    assert TEXT.title not in words(visitor.get("/"))
    assert TEXT.title not in words(visitor.get("/feeds/appeals.en.atom"))
    assert visitor.get(f"/feeds/cap/{scene.uid}.1.xml").status_code == 404


def test_a_language_that_was_taken_back_is_not_shown(scene, visitor):
    Directive.objects.update(languages=["ar"])
    assert visitor.get(f"/appeals/{scene.uid}/en/").status_code == 404
    assert TEXT.title not in words(visitor.get(f"/appeals/{scene.uid}/"))


def test_an_appeal_that_is_not_for_the_page_has_none(db, visitor):
    made = build()
    made.published(made.draft(audiences=frozenset({PublicAudience.SUPPORTERS})))
    uid = Appeal.objects.get().uid
    assert visitor.get(f"/appeals/{uid}/").status_code == 404
    assert visitor.get(f"/feeds/cap/{uid}.1.xml").status_code == 404


def test_updates_stand_above_and_the_letter_stays(scene, visitor):
    scene.published(scene.draft(TextKind.UPDATE, texts={"en": Text("She was seen", "Unhurt.", sms="She was seen.")}))
    page = words(visitor.get(f"/appeals/{scene.uid}/en/"))
    assert page.index("She was seen") < page.index(TEXT.title)
    assert "mailto:m@gov.example.org?subject=" in page
    assert TEXT.action in page
    scene.published(scene.draft(TextKind.GOOD_END, texts={"en": Text("She is home", "Thank you.", sms="Home.")}))
    assert "This appeal has ended" in words(visitor.get(f"/appeals/{scene.uid}/en/"))


def test_a_text_cannot_bring_script_onto_the_page(db, visitor):
    made = build()
    evil = Text('<script src="//x">', "<img src=x onerror=alert(1)>", "<b>", "<i>", "<u>")
    made.published(made.draft(texts={"en": evil}, letter_to="m@gov.example.org"))
    page = words(visitor.get(f"/appeals/{Appeal.objects.get().uid}/en/"))
    assert "<script" not in page
    assert "<img src=x" not in page


def test_a_drill_is_marked_and_not_among_the_appeals(db, visitor):
    made = build()
    made.incident.is_drill = True
    made.incident.save()
    made.published()
    uid = Appeal.objects.get().uid
    assert "This is a drill" in words(visitor.get(f"/appeals/{uid}/en/"))
    assert TEXT.title not in words(visitor.get("/"))
    assert f"{uid}" not in words(visitor.get("/feeds/appeals.atom"))
    assert "Exercise" in words(visitor.get(f"/feeds/cap/{uid}.1.xml"))


def test_home_costs_the_same_for_many_appeals(scene, visitor):
    with CaptureQueriesContext(connection) as one:
        visitor.get("/", headers={"accept-language": "en"})
    other = scene.incident
    other.pk, other.uid, other.state = None, uuid4(), "closed"
    other.save(force_insert=True)
    scene.published()
    with CaptureQueriesContext(connection) as two:
        assert words(visitor.get("/", headers={"accept-language": "en"})).count("<article") == 2
    assert len(two) == len(one)


@pytest.mark.parametrize(
    "path", ["/appeals/x/", "/a/x", f"/a/{'A' * 22}", "/feeds/cap/x.xml", "/feeds/appeals.xx.atom"]
)
def test_what_does_not_exist_is_not_found(scene, visitor, path):
    assert visitor.get(path).status_code == 404


def test_subscribing_confirming_and_leaving_by_the_pages(scene, visitor):
    asked = visitor.post("/subscribe/", {"channel": "email", "mail": "reader@example.org", "language": "ar"})
    assert asked.status_code == 200
    assert '<html lang="ar"' in words(asked)
    row = Supporter.objects.get()
    link = f"/subscribe/{confirm_secret(supporters_key(), row.pk, row.asked_at)}/"
    assert visitor.get(link).status_code == 200
    assert Supporter.objects.get().state == "pending"
    assert visitor.post(link).status_code == 200
    assert Supporter.objects.get().state == "confirmed"
    leave = f"/unsubscribe/{leave_secret(supporters_key(), row.pk)}/"
    assert visitor.get(leave).status_code == 200
    assert Supporter.objects.get().state == "confirmed"
    # As a mail program does it (RFC 8058, section 3.2): no cookie, no token, this body.
    one_click = visitor.post(leave, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded")
    assert one_click.status_code == 200
    assert Supporter.objects.get().state == "unsubscribed"
    assert not visitor.cookies


def test_known_and_unknown_addresses_get_the_same_page(scene, visitor):
    values = {"channel": "email", "mail": "reader@example.org", "language": "en"}
    first = words(visitor.post("/subscribe/", values))
    Supporter.objects.update(state="confirmed", asked_at=None)
    assert words(visitor.post("/subscribe/", values)) == first


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"channel": "email", "mail": "x"},
        {"channel": "sms", "number": "07700"},
        {"channel": "sms", "mail": "a@b.example"},
    ],
    ids=str,
)
def test_a_mistake_is_told_in_the_readers_language(scene, visitor, values):
    response = visitor.post("/subscribe/", values | {"language": "fr"})
    assert response.status_code == 400
    assert "Écrivez" in words(response)
    assert not Supporter.objects.exists()


def test_one_peer_cannot_subscribe_the_whole_world(scene, visitor):
    answers = [
        visitor.post("/subscribe/", {"channel": "email", "mail": f"r{number}@example.org"}).status_code
        for number in range(25)
    ]
    assert answers.count(200) == 20


def test_forged_links_say_what_to_do(scene, visitor):
    assert visitor.get("/subscribe/1-forged/").status_code == 410
    assert visitor.get("/unsubscribe/1-forged/").status_code == 200
    assert visitor.post("/unsubscribe/1-forged/").status_code == 200

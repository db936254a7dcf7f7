"""Headquarters' pages: who may do what, and the whole way from the draft to the stop without script."""

import pytest
from django.test import Client

from tests.database.publicity.scenes import supporters
from tests.people_factory import signed_in, staff
from tocsin.accounts.scopes import Role
from tocsin.core import clock
from tocsin.dispatch.models import Notice
from tocsin.people.models import Look
from tocsin.publicity.models import Appeal, AppealVersion
from tocsin.publicity.queries import draft_of

WORDS = {"title_en": "A defender was taken", "body_en": "Her name stays with us.", "sms_en": "A defender was taken."}
CHOSEN = {"audiences": ["page", "supporters"], "area": "Country A"}


@pytest.fixture
def pages(scene):
    """The scene with three people at headquarters, signed in."""
    scene.browsers = [signed_in(staff(f"publisher-{number}", Role.PUBLISHER)) for number in range(2)]
    scene.keeper = signed_in(staff("keeper", Role.ADMINISTRATOR))
    scene.now = scene.incident.opened_at = clock.now()
    scene.incident.save()
    return scene


def page(browser: Client, path: str) -> str:
    response = browser.get(path)
    assert response.status_code == 200, (path, response.status_code)
    return response.content.decode()


def press(browser: Client, path: str, **values) -> str:
    response = browser.post(path, values, follow=True)
    assert response.status_code == 200, (path, response.status_code)
    return response.content.decode()


def test_from_the_draft_to_the_stop(pages):
    one, two = pages.browsers
    supporters(3)
    supporters(2, language="ar", first=30)
    begin = f"/console/appeals/new/?incident={pages.incident.pk}"
    checked = press(one, begin, do="check", **(WORDS | {"body_en": "Free Maryam"}), **CHOSEN)
    assert "cannot be approved" in checked
    assert not Appeal.objects.exists()
    shown = press(one, begin, do="keep", **WORDS, **CHOSEN)
    assert "2 people must still approve" in shown
    version = AppealVersion.objects.get()
    digest = bytes(version.digest).hex()
    approve = f"/console/appeals/versions/{version.pk}/approve/"
    assert "read it again" in press(one, approve, digest="00" * 32).lower()
    assert "Ask a colleague" in press(one, approve, digest=digest)
    assert "not hexadecimal" not in press(one, approve, digest="not hexadecimal")
    assert "It can be published now" in press(two, approve, digest=digest)
    publish = f"/console/appeals/versions/{version.pk}/publish/"
    assert "The audience has changed" in press(two, publish, **{"email-en": "0"})
    told = press(two, publish, **{"email-en": "0", "email-ar": "no"})
    assert "The world knows" in told
    assert Notice.objects.count() == 3
    appeal = Appeal.objects.get()
    assert page(Client(SERVER_NAME="localhost"), f"/appeals/{appeal.uid}/")
    stopped = press(one, f"/console/appeals/{appeal.pk}/stop/")
    assert "Stopped. 3 messages are not sent." in stopped
    assert Client(SERVER_NAME="localhost").get(f"/appeals/{appeal.uid}/").status_code == 410


def test_what_was_written_is_not_lost_by_a_mistake(pages):
    begin = f"/console/appeals/new/?incident={pages.incident.pk}"
    shown = press(pages.browsers[0], begin, do="keep", **WORDS, **CHOSEN, letter_to="no address")
    assert "Her name stays with us." in shown
    assert not Appeal.objects.exists()


def test_nobody_can_type_coordinates_into_the_form(pages):
    begin = f"/console/appeals/new/?incident={pages.incident.pk}"
    press(pages.browsers[0], begin, do="keep", **WORDS, **CHOSEN, circle="on", lat_deg="-49.28123", radius_km="1")
    version = AppealVersion.objects.get()
    draft = draft_of(version)
    assert (draft.lat_deg, draft.lon_deg, draft.radius_km) == (-49.3, 71.1, 20.0)


@pytest.mark.parametrize("path", ["", "new/?incident={incident}", "{appeal}/", "{appeal}/write/"])
def test_who_is_not_signed_in_sees_nothing(pages, path):
    version = pages.written()
    path = f"/console/appeals/{path.format(incident=pages.incident.pk, appeal=version.appeal_id)}"
    response = Client(SERVER_NAME="localhost").get(path)
    assert response.status_code == 302
    assert response.headers["Location"].startswith("/account/login/")


def test_who_configures_may_read_and_not_act(pages):
    version = pages.written()
    assert page(pages.keeper, f"/console/appeals/{version.appeal_id}/")
    for path in (
        f"{version.appeal_id}/write/",
        f"{version.appeal_id}/stop/",
        f"versions/{version.pk}/approve/",
        f"versions/{version.pk}/publish/",
    ):
        assert pages.keeper.post(f"/console/appeals/{path}").status_code == 403


def test_opening_never_acts(pages):
    version = pages.approved()
    for path in (f"{version.appeal_id}/stop/", f"versions/{version.pk}/publish/", f"versions/{version.pk}/approve/"):
        assert pages.browsers[0].get(f"/console/appeals/{path}").status_code == 405


def test_the_preview_is_the_page_and_only_for_headquarters(pages):
    version = pages.written()
    path = f"/console/appeals/pages/{version.pk}/en/"
    assert "A defender was taken" in page(pages.browsers[0], path)
    assert Client(SERVER_NAME="localhost").get(path).status_code == 302
    assert Client(SERVER_NAME="localhost").get(f"/appeals/{version.appeal.uid}/").status_code == 404


def test_the_page_of_an_appeal_costs_the_same_for_many_waves(pages, queries_of):
    version = pages.published()
    path = f"/console/appeals/{version.appeal_id}/"
    few = queries_of(lambda: page(pages.browsers[0], path))
    supporters(3, language="fr")
    supporters(3, "sms", language="sw")
    many = queries_of(lambda: page(pages.browsers[0], path))
    assert many == few


def test_an_update_begins_empty_and_the_appeal_stays(pages):
    version = pages.published()
    form = page(pages.browsers[0], f"/console/appeals/{version.appeal_id}/write/")
    assert "She speaks for fishing families" not in form
    press(pages.browsers[0], f"/console/appeals/{version.appeal_id}/write/?kind=good_end", **WORDS, **CHOSEN)
    assert AppealVersion.objects.latest("number").kind == "good_end"
    assert Appeal.objects.get().state == "published"


def test_a_draft_is_sealed_until_it_is_published_and_then_open(pages):
    version = pages.written()
    stored = AppealVersion.objects.filter(pk=version.pk).values().get()
    assert not [value for value in stored.values() if "taken" in str(value) or value == "Country A"]
    assert draft_of(version) == pages.draft()
    published = pages.published()
    assert published.texts["en"]["title"] == "A defender was taken"
    assert (published.area, bytes(published.draft_sealed)) == ("Country A", b"")
    assert draft_of(published) == pages.draft()


def test_whoever_configures_reads_no_draft_and_a_look_at_one_is_logged(pages):
    version = pages.written()
    addresses = ["/console/appeals/", f"/console/appeals/{version.appeal_id}/"]
    preview = f"/console/appeals/pages/{version.pk}/en/"
    for address in addresses:
        assert "was taken" not in page(pages.keeper, address)
        assert "sealed for you" in page(pages.keeper, address)
    assert pages.keeper.get(preview).status_code == 403
    looks = Look.objects.filter(subject=pages.incident.uid, purpose="draft of an appeal")
    assert not looks.exists()
    for browser, address in zip(pages.browsers, [addresses[1], preview], strict=False):
        assert "A defender was taken" in page(browser, address)
    assert {look.staff.username for look in looks} == {"publisher-0", "publisher-1"}

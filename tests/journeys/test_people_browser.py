"""People and signing in, in a real browser: from the link to a defender, without script; each page in each window."""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import complaints, poor_places, signed_in_window, started_chromium
from tests.people_factory import BY, NOW, defender, signed_in, staff
from tests.web_process import Web, running_web
from tocsin.accounts.actions import code_at, invitation_path
from tocsin.accounts.scopes import Role
from tocsin.core import clock
from tocsin.devices.actions import issue_device
from tocsin.people.actions_defenders import add_to_circle
from tocsin.people.actions_directives import DirectiveWish, draft_directive, sign_directive
from tocsin.people.actions_parties import PartyTerms, create_party
from tocsin.people.actions_responders import ResponderTerms, create_responder
from tocsin.people.models import Defender
from tocsin.people.rules import Precision, PublicAudience, Relation

pytestmark = pytest.mark.browser
WORDS = "lighthouse under fog 7"
expect.set_options(timeout=20_000)


@pytest.fixture(scope="module")
def web(database_url) -> Iterator[Web]:
    with running_web(database_url) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright's loop runs in this thread, and nothing else in it does.
    with started_chromium() as started:
        yield started
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


def send(page: Page, button: str, **fields: str) -> None:
    """Fill in the fields by their names, and press a button by its words."""
    form = page.locator("form", has=page.get_by_role("button", name=button, exact=True)).last
    for name, value in fields.items():
        field = form.locator(f"[name={name}]")
        if field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    form.get_by_role("button", name=button, exact=True).click()


def test_from_the_link_to_a_defender_who_is_ready_without_any_script(committed_db, web, browser):
    member = staff("lead-1", Role.COORDINATOR)
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(web.url + invitation_path(member))
    send(page, "Set the password", password=WORDS, again=WORDS)
    send(page, "Sign in", login="lead-1", password=WORDS)
    secret = page.locator("form code").inner_text()
    send(page, "Done", code=code_at(secret, clock.now()))
    expect(page.locator("li code")).to_have_count(10)
    page.goto(f"{web.url}/console/people/defenders/new/")
    told = {"name": "نادية المخترعة", "language": "ar", "time_zone": "Africa/Nairobi", "country": "Country A"}
    send(page, "Save", **told, background="A lawyer.")
    expect(page.locator("h1")).to_have_text("نادية المخترعة")
    send(page, "Add", channel="sms", address="+44 7700 900101")
    page.get_by_role("link", name="Circle").click()
    send(page, "Add to the circle", name="Karim Invented", address="+44 7700 900102", relation="family", task="Rings.")
    page.get_by_role("link", name="Plan").click()
    send(page, "Save the plan", challenge="How is the tea?", check_word="green", duress_word="black")
    page.get_by_role("link", name="Directive").click()
    page.get_by_label("An appeal may be published").check()
    page.get_by_label("The public page and the feeds").check()
    page.get_by_label("English").check()
    send(page, "Store as a draft", precision="area")
    send(page, "The defender has signed", signed_on="2026-01-01")
    page.get_by_role("link", name="Devices", exact=True).last.click()
    send(page, "Issue", device_uid="990000000000501", label="grey 7")
    expect(page.locator(".page-head .badge")).to_have_text("ready")
    assert Defender.objects.get().circle.get().relation == "family"


def fill() -> int:
    """Store one of each, and give the defender's number."""
    row = defender("Nadia Invented")
    friend = create_party(PartyTerms(name="Karim Invented"), by=BY, now=NOW)
    add_to_circle(row.pk, friend.pk, relation=Relation.FAMILY, task="Rings the lawyer.", by=BY, now=NOW)
    issue_device(protocol="gt06", device_uid="990000000000501", defender_id=row.pk, label="grey 7", by=BY, now=NOW)
    create_responder(PartyTerms(name="سمير المخترع"), ResponderTerms(home=(1, 2), radius_km=9), by=BY, now=NOW)
    wish = DirectiveWish(True, True, Precision.AREA, tuple(PublicAudience), ("en", "ar"))
    directive = draft_directive(row.pk, wish, by=BY, now=NOW)
    sign_directive(directive.pk, signed_on=NOW.date(), by=BY, now=NOW)
    draft_directive(row.pk, wish, by=BY, now=NOW)
    return row.pk


PAGES = (
    "people/", "people/?q=nadia", "people/defenders/", "people/defenders/new/", "people/defenders/{0}/",
    "people/defenders/{0}/circle/", "people/defenders/{0}/plan/", "people/defenders/{0}/directive/",
    "people/defenders/{0}/devices/", "people/defenders/{0}/looks/", "people/responders/", "people/responders/1/",
    "people/contacts/", "people/devices/", "people/devices/1/", "people/devices/unknown/", "people/import/",
    "people/staff/", "people/staff/1/", "people/staff/new/", "people/shifts/", "../account/",
)  # fmt: skip


@pytest.mark.parametrize(
    ("language", "width", "scheme"),
    [("en", 320, "dark"), ("ar", 390, "light"), ("ar", 1280, "dark"), ("en", 1280, "light")],
)
def test_every_page_fits_its_window_and_can_be_read(committed_db, web, browser, language, width, scheme):
    session = signed_in(staff("lead-1", *Role)).cookies["sessionid"].value
    number = fill()
    window = signed_in_window(browser, web.url, session, viewport={"width": width, "height": 800}, color_scheme=scheme)
    window.add_cookies([{"name": "django_language", "value": language, "url": web.url}])
    page = window.new_page()
    said = complaints(page)
    for path in PAGES:
        answer = page.goto(f"{web.url}/console/{path.format(number)}")
        assert answer.status == 200, path
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, (path, wide)
        assert page.evaluate("document.documentElement.dir") == ("rtl" if language == "ar" else "ltr")
        assert poor_places(page) == [], path
    assert said == []

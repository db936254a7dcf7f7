"""The console in a real browser: live, by keyboard, without script, right to left, on a phone."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page, expect

from tests.browser import complaints, poor_places, signed_in_window, started_chromium
from tests.console_scene import Night, browser_of, make_night
from tests.heart_scene import cry, done
from tests.web_process import Web, running_web
from tocsin.console.words import duration_digits
from tocsin.core import clock
from tocsin.incidents import actions
from tocsin.incidents.actions_alarms import raise_alarm
from tocsin.incidents.models import Incident

pytestmark = pytest.mark.browser
PATIENCE_MS = 20_000
expect.set_options(timeout=PATIENCE_MS)


@dataclass
class House:
    """A web process with a bad night in its database, a browser, and a session of the duty officer."""

    web: Web
    night: Night
    browser: Browser
    session: str

    def open(self, path: str, **options) -> Page:
        page = signed_in_window(self.browser, self.web.url, self.session, **options).new_page()
        page.goto(self.web.url + path)
        return page


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


@pytest.fixture
def house(committed_db, monkeypatch, web, browser) -> House:
    monkeypatch.setattr(settings, "TOCSIN_SMS_ROUTE", "smpp://in-a-test")
    night = make_night(clock.now())
    return House(web, night, browser, browser_of(night.scene.duty).cookies["sessionid"].value)


def test_the_board_is_live_and_counts_what_rings(house):
    page = house.open("/console/")
    said = complaints(page)
    expect(page).to_have_title(re.compile(r"^\(2\) Board"))
    expect(page.locator("#sound")).to_be_visible()
    expect(page.locator("#sound")).to_have_text("Siren off")
    page.locator("#sound").click()
    expect(page.locator("#sound")).to_have_text("Siren on")
    before = page.locator(".call.loud .clock").first.inner_text()
    expect(page.locator(".call.loud .clock").first).not_to_have_text(before)  # It runs.
    done(actions.acknowledge(house.night.ringing.pk, staff_id=house.night.scene.second.pk, now=clock.now()))
    expect(page).to_have_title(re.compile(r"^\(1\) Board"))  # Without anybody loading the page.
    expect(page.get_by_text("duty-2 has it")).to_be_visible()
    page.get_by_role("button", name="Take it").click()
    expect(page).to_have_url(re.compile(r"/console/incidents/\d+/"))
    expect(page.get_by_role("heading", name="Find out whose device this is")).to_be_visible()
    assert said == []


def test_what_somebody_types_is_never_eaten(house):
    page = house.open(f"/console/incidents/{house.night.ringing.pk}/")
    note = page.get_by_label("Note")
    note.fill("She called me and")
    done(actions.acknowledge(house.night.ringing.pk, staff_id=house.night.scene.second.pk, now=clock.now()))
    expect(page.locator("#next")).to_contain_text("Ask somebody on the ground")  # The page goes on around it.
    expect(page.locator("#live")).to_be_hidden()  # And nothing waits to be shown.
    note.press_sequentially(" hung up")
    expect(note).to_have_value("She called me and hung up")
    page.get_by_text("Ask somebody", exact=True).click()
    page.get_by_label("Question").fill("Where?")
    done(actions.write_note(house.night.ringing.pk, text="meanwhile", staff_id=1, now=clock.now()))
    expect(page.locator("#timeline")).to_contain_text("meanwhile")
    expect(page.get_by_label("Question")).to_have_value("Where?")
    expect(note).to_have_value("She called me and hung up")
    page.locator("#note button").click()
    expect(page.locator("#timeline")).to_contain_text("She called me and hung up")


def test_the_focus_never_moves_to_the_button_of_another_call(house):
    page = house.open("/console/")
    take = page.locator(".call.loud", has_text="Nadia").get_by_role("button", name="Take it")
    take.focus()
    done(actions.acknowledge(house.night.unknown.pk, staff_id=house.night.scene.second.pk, now=clock.now()))
    expect(page.locator(".call.loud")).to_have_count(1)
    expect(take).to_be_focused()
    done(actions.acknowledge(house.night.ringing.pk, staff_id=house.night.scene.second.pk, now=clock.now()))
    expect(page.locator(".call.loud")).to_have_count(0)
    assert page.evaluate("document.activeElement.tagName") == "BODY"


def test_everything_can_be_done_by_keyboard(house):
    page = house.open("/console/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="To the content")).to_be_focused()
    calls = page.locator("[data-call]")
    page.keyboard.press("j")
    expect(calls.nth(0)).to_be_focused()
    page.keyboard.press("j")
    expect(calls.nth(1)).to_be_focused()
    page.keyboard.press("k")
    expect(calls.nth(0)).to_be_focused()
    while "Nadia" not in page.locator(":focus").inner_text():
        page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"/console/incidents/{house.night.ringing.pk}/$"))
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    expect(page.locator("#next")).to_contain_text("Ask somebody on the ground")
    page.keyboard.press("n")
    page.keyboard.type("no jumping about while one writes: aaa bbb")
    expect(page.get_by_label("Note")).to_have_value("no jumping about while one writes: aaa bbb")


def test_without_script_the_page_does_its_whole_work(house):
    page = house.open("/console/", java_script_enabled=False)
    page.locator(".call.loud", has_text="Nadia").get_by_role("button", name="Take it").click()
    expect(page.locator("#next")).to_contain_text("Ask somebody on the ground")
    page.locator("#ask > summary").click()
    page.get_by_label("Question").fill("Where is she?")
    page.get_by_label("Asked of").select_option(label="Circle 1")
    page.get_by_role("button", name="Write the question down").click()
    page.get_by_placeholder("What they answered").fill("At home.")
    page.get_by_role("button", name="Keep it").last.click()
    expect(page.locator("#verification")).to_contain_text("At home.")
    page.locator("#place a[href*='zoom=']").first.click()
    expect(page.locator(".map img")).to_be_visible()
    assert page.locator("#sound").is_hidden()  # It could not ring, so it is not offered.


def test_the_map_zooms_and_drags_and_the_page_does_not_wait_for_it(house):
    page = house.open(f"/console/incidents/{house.night.responding.pk}/")
    picture = page.locator(".map img")
    picture.scroll_into_view_if_needed()
    before = picture.get_attribute("src")
    page.locator(".map [data-step='1']").click()
    expect(picture).not_to_have_attribute("src", before)
    nearer = picture.get_attribute("src")
    box = page.locator(".map").bounding_box()
    page.mouse.move(box["x"] + 200, box["y"] + 150)
    page.mouse.down()
    page.mouse.move(box["x"] + 120, box["y"] + 110, steps=4)
    page.mouse.up()
    expect(picture).not_to_have_attribute("src", nearer)
    assert "east=" in picture.get_attribute("src")
    # News renews this part of the page; what the reader chose stays, and the map can still be dragged.
    chosen = picture.get_attribute("src")
    Incident.objects.filter(pk=house.night.responding.pk).update(battery_pct=13)
    told = {"text": "The neighbour called.", "staff_id": house.night.scene.second.pk, "now": clock.now()}
    done(actions.write_note(house.night.responding.pk, **told))
    expect(page.locator("#place")).to_contain_text("13 %")
    expect(picture).to_have_attribute("src", chosen)
    page.mouse.move(box["x"] + 200, box["y"] + 150)
    page.mouse.down()
    page.mouse.move(box["x"] + 240, box["y"] + 190, steps=4)
    page.mouse.up()
    expect(picture).not_to_have_attribute("src", chosen)
    arrived = "image => image.naturalWidth || new Promise(done => image.addEventListener('load', () => done(1)))"
    assert picture.evaluate(arrived)


def keep_picture(page: Page, name: str) -> None:
    """Keep a picture of the page, for docs/pictures, when TOCSIN_TESTS_PICTURES names a folder."""
    if folder := os.environ.get("TOCSIN_TESTS_PICTURES"):
        page.evaluate("document.querySelectorAll('.map img').forEach(image => { image.loading = 'eager'; })")
        page.wait_for_timeout(700)  # For the eye only: no test depends on it.
        page.screenshot(path=f"{folder}/{name.replace('/', '')}.png", full_page=True)


@pytest.mark.parametrize(
    ("language", "width", "scheme"),
    [("en", 320, "dark"), ("ar", 390, "light"), ("ar", 1280, "dark"), ("en", 1280, "light")],
)
def test_every_page_fits_its_window_and_can_be_read(house, language, width, scheme):
    options = {"viewport": {"width": width, "height": 800}, "color_scheme": scheme}
    window = signed_in_window(house.browser, house.web.url, house.session, **options)
    window.add_cookies([{"name": "django_language", "value": language, "url": house.web.url}])
    page = window.new_page()
    said = complaints(page)
    numbers = (house.night.ringing.pk, house.night.responding.pk, house.night.unknown.pk, house.night.closed.pk)
    for path in ("", "ledger/", "signals/", "incidents/new/", *(f"incidents/{number}/" for number in numbers)):
        page.goto(f"{house.web.url}/console/{path}")
        keep_picture(page, f"{path or 'board'}-{language}-{width}-{scheme}")
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, (path, wide)
        assert page.evaluate("document.documentElement.dir") == ("rtl" if language == "ar" else "ltr")
        small = page.evaluate(
            """[...document.querySelectorAll('button, .button, select, input')]
            .filter(e => !['checkbox', 'radio', 'hidden'].includes(e.type))
            .filter(e => e.offsetParent && e.getBoundingClientRect().height < 43).map(e => e.outerHTML.slice(0, 80))"""
        )
        assert small == [], path
        assert poor_places(page) == [], path
    assert said == []


def test_script_and_server_write_the_same_clock(house):
    page = house.open("/console/")
    seconds = [0, 9, 61, 3599, 3600, 86399, 86400, 183900]
    script = "seconds => import('/static/js/clock.js').then(clock => seconds.map(clock.digits))"
    assert page.evaluate(script, seconds) == [duration_digits(number) for number in seconds]


def test_a_new_call_appears_by_itself_and_rings(house):
    page = house.open("/console/")
    expect(page.locator(".call.loud")).to_have_count(2)
    scene = house.night.scene
    done(actions.acknowledge(house.night.ringing.pk, staff_id=scene.second.pk, now=clock.now()))
    expect(page.locator(".call.loud")).to_have_count(1)
    raise_alarm(cry(scene, "duress", now=clock.now()), now=clock.now())  # A graver kind rings again.
    expect(page.locator(".call.loud")).to_have_count(2)
    expect(page).to_have_title(re.compile(r"^\(2\) Board"))

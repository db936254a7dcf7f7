"""Headquarters' pages: who sees what, what they cost, and that they are small enough for a half-dead network."""

import re
from dataclasses import replace
from urllib.parse import urljoin
from zoneinfo import ZoneInfo

from django.db import OperationalError, connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from tests.heart_scene import BY, cry
from tocsin.console import errors
from tocsin.core import clock
from tocsin.dispatch.models import WorkerStatus
from tocsin.gateway.models import GatewayStatus
from tocsin.incidents.actions_alarms import raise_alarm
from tocsin.incidents.models import Incident
from tocsin.incidents.rules_timeline import Whole, verify_export
from tocsin.people.actions_defenders import create_defender
from tocsin.people.actions_parties import PartyTerms
from tocsin.people.models import Look

PAGE_BYTES_MAX = 30_000
PLACE = "10.00000, -140.00000"
NAMES = ("Nadia Invented", "ليلى المثال", "Responder 0", "Circle 1", "+447700900")


def addresses(night) -> list[str]:
    own = [f"/console/incidents/{night.responding.pk}/{part}" for part in ("", "map.svg", "timeline.jsonl", "whose/")]
    return ["/console/", "/console/ledger/", "/console/signals/", "/console/incidents/new/", *own]


def test_nobody_sees_anything_without_signing_in(night):
    visitor = Client(SERVER_NAME="localhost")
    for address in addresses(night):
        answer = visitor.get(address)
        assert answer.status_code == 302, address
        assert answer.headers["Location"].startswith("/account/login/")
        assert not answer.content
    for word in ("acknowledge", "note", "close"):
        assert visitor.post(f"/console/incidents/{night.ringing.pk}/{word}/", {"text": "x"}).status_code == 302
    night.ringing.refresh_from_db()
    assert night.ringing.alarm_state == "raised"


def test_the_board_shows_who_calls_and_since_when(duty, night):
    page = duty.get("/console/").content.decode()
    assert page.index("Nadia Invented") < page.index("ليلى المثال") < page.index("Closed in the last days")
    assert 'data-unacknowledged="2"' in page  # The drill rings nobody.
    assert f'data-since="{int(night.ringing.opened_at.timestamp())}"' in page
    for said in ("a fall", "called 2 times", "Place within 12 m", "1 of 5 come", "Unknown device", "On duty: duty-1"):
        assert said in page
    assert PLACE not in page


def test_the_page_says_what_to_do_next_and_everything_that_is_known(duty, night):
    page = duty.get(f"/console/incidents/{night.ringing.pk}/").content.decode()
    for said in ("Take this alarm", "Nadia Invented", PLACE, "12 m", "41 %", "carrier took it", "reached the phone",
                 "could not be sent", "+447700900201", "When did you last see her, and where?"):  # fmt: skip
        assert said in page
    assert f"geo:{PLACE.replace(' ', '')}" in page


def test_every_link_leads_somewhere(second, night):
    """Follows links, never forms, through headquarters' pages."""
    second.post(f"/console/incidents/{night.unknown.pk}/acknowledge/")
    seen, waiting = set(), ["/console/"]
    while waiting:
        address = waiting.pop().partition("#")[0]
        if address in seen or not address.startswith(("/console/", "/account/")):
            continue
        seen.add(address)
        answer = second.get(address)
        assert answer.status_code in (200, 302, 403), address
        if address.startswith("/console/") and "text/html" in answer.headers["Content-Type"]:
            links = re.findall(r'(?:href|src|srcset)="([^"]+)"', answer.content.decode())
            waiting += [urljoin(address, link.replace("&amp;", "&")) for link in links if "zoom" not in link]
    assert len(seen) > 20


def test_looking_is_logged_for_the_defender(duty, night):
    duty.get(f"/console/incidents/{night.ringing.pk}/")
    seen = Look.objects.filter(staff=night.scene.duty, subject=night.scene.defender.party.uid, purpose="incident page")
    assert {look.data_class for look in seen} >= {"id", "ops"}


def test_a_page_that_renews_itself_is_one_look(duty, night):
    address = f"/console/incidents/{night.ringing.pk}/"
    duty.get(address)
    before = Look.objects.count()
    duty.get(address)
    assert Look.objects.count() == before


def test_the_administrator_sees_states_but_nobody(administrator, night):
    for address in ("/console/", f"/console/incidents/{night.responding.pk}/", "/console/ledger/", "/console/signals/"):
        page = administrator.get(address).content.decode()
        secrets = (*NAMES, PLACE, "9.96000", "57.600", "11.4 km", "north-east", "white van", "المحامية")
        assert not [secret for secret in secrets if secret in page], address
        assert "sealed for you" in page
    for part in ("map.svg", "timeline.jsonl", "whose/"):
        assert administrator.get(f"/console/incidents/{night.responding.pk}/{part}").status_code == 403
    assert administrator.get("/console/incidents/new/").status_code == 403


def test_who_is_woken_off_shift_may_take_the_alarm_and_learns_no_more(off_shift, night):
    address = f"/console/incidents/{night.ringing.pk}/"
    assert "Nadia" not in off_shift.get(address).content.decode()
    assert off_shift.post(f"{address}note/", {"text": "I was here"}).status_code == 403
    assert off_shift.post(f"{address}acknowledge/").status_code == 302
    night.ringing.refresh_from_db()
    assert night.ringing.alarm_state == "acknowledged"


def queries_of(browser: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as caught:
        assert browser.get(address).status_code == 200
    return len(caught)


def test_the_board_costs_the_same_for_one_call_as_for_many(duty, night):
    before = queries_of(duty, "/console/")
    for number in range(3):
        defender = create_defender(PartyTerms(name=f"Person {number}"), by=BY, now=clock.now())
        raise_alarm(replace(cry(night.scene), defender=defender, device=None), now=clock.now())
    assert queries_of(duty, "/console/") == before


def test_the_incident_page_costs_the_same_however_much_has_happened(duty, night):
    address = f"/console/incidents/{night.responding.pk}/"
    before = queries_of(duty, address)
    for number in range(3):
        duty.post(f"{address}note/", {"text": f"note {number}"})
        duty.post(f"{address}task/", {"title": f"task {number}"})
        asked = {"question": f"question {number}", "party": "", "source": "somebody", "channel": "phone"}
        duty.post(f"{address}ask/", asked)
    assert queries_of(duty, address) == before


def test_pages_are_small_and_hold_no_script_or_style_of_their_own(duty, night):
    for number in (night.ringing.pk, night.responding.pk, night.unknown.pk, night.drill.pk, night.closed.pk):
        answer = duty.get(f"/console/incidents/{number}/")
        assert len(answer.content) <= PAGE_BYTES_MAX
        page = answer.content.decode()
        assert not re.search(r"<style|\sstyle=|\son\w+=|https?://", page)
        assert re.findall(r"<script[^>]*>", page) == re.findall(r'<script type="module" src="[^"]+">', page)
        assert 'loading="lazy"' in page or "map.svg" not in page  # The first paint waits for no map.
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "no-store" in answer.headers["Cache-Control"]


def test_a_drill_a_duress_and_a_doubt_cannot_be_overlooked(duty, night):
    assert "This is a drill" in duty.get(f"/console/incidents/{night.drill.pk}/").content.decode()
    doubtful = duty.get(f"/console/incidents/{night.unknown.pk}/").content.decode()
    assert "The last known place, not the place of the call." in doubtful
    assert "0°, 0°" in doubtful
    Incident.objects.filter(pk=night.responding.pk).update(is_under_duress=True)
    assert "A sign of duress" in duty.get(f"/console/incidents/{night.responding.pk}/").content.decode()


def test_the_map_is_a_picture_of_this_incident(duty, night):
    address = f"/console/incidents/{night.responding.pk}/map.svg"
    answer = duty.get(address)
    assert answer.headers["Content-Type"] == "image/svg+xml"
    assert b">A</text>" in answer.content
    assert answer.content != duty.get(f"{address}?dark=1").content
    for odd in ("?zoom=99", "?zoom=x", "?east=1e999", "?east=nan", "?south=-99999999"):
        assert duty.get(address + odd).status_code == 200


def test_the_timeline_file_proves_itself(duty, night):
    answer = duty.get(f"/console/incidents/{night.responding.pk}/timeline.jsonl")
    assert isinstance(verify_export(answer.content.decode().splitlines()), Whole)


def test_the_timeline_can_be_narrowed_and_opened(duty, night):
    address = f"/console/incidents/{night.responding.pk}/"
    people, device = (duty.get(f"{address}?only={only}").content.decode() for only in ("people", "device"))
    assert "answered by SMS" in people
    assert "Asked the duty officers" not in people
    assert "device torn off" in device
    assert "answered by SMS" not in device
    for number in range(45):
        duty.post(f"{address}note/", {"text": f"note {number}"})
    assert "older entries" in duty.get(address).content.decode()
    assert "older entries" not in duty.get(f"{address}?whole").content.decode()


def test_what_is_not_there_is_not_found(duty, night):
    for address in ("/console/incidents/999/", "/console/incidents/999/map.svg", "/console/incidents/999/whose/"):
        assert duty.get(address).status_code == 404
    assert duty.post("/console/incidents/999/acknowledge/").status_code == 404
    assert duty.post(f"/console/incidents/{night.ringing.pk}/explode/").status_code == 404
    assert duty.get(f"/console/incidents/{night.ringing.pk}/acknowledge/").status_code == 405


def test_arabic_pages_run_from_right_to_left(duty, night):
    duty.post("/console/language/", {"language": "ar", "next": "/console/"})
    page = duty.get("/console/").content.decode()
    assert '<html lang="ar" dir="rtl"' in page
    assert "اللوحة" in page


def test_choices_are_kept_and_lead_nowhere_else(duty):
    answer = duty.post("/console/theme/", {"theme": "dark", "next": "https://elsewhere.example/"})
    assert answer.headers["Location"] == "/console/"
    assert 'data-theme="dark"' in duty.get("/console/").content.decode()
    duty.post("/console/theme/", {"theme": "<script>"})
    assert "data-theme" not in duty.get("/console/").content.decode()
    duty.post("/console/language/", {"language": "xx"})
    assert '<html lang="en"' in duty.get("/console/").content.decode()


def test_times_are_the_readers(duty, night):
    duty.cookies["time_zone"] = "Pacific/Marquesas"
    local = night.ringing.opened_at.astimezone(ZoneInfo("Pacific/Marquesas")).strftime("%H:%M:%S")
    page = duty.get("/console/").content.decode()
    assert f">{local}<" in page
    assert "Pacific/Marquesas" in page
    for odd in ("../../etc/passwd", "Nowhere/Land", "x" * 3000, "\x00"):
        duty.cookies["time_zone"] = odd
        assert "UTC" in duty.get("/console/").content.decode()


def test_whoever_sees_nothing_is_told_how_to_see(off_shift, night):
    for address in ("/console/", f"/console/incidents/{night.ringing.pk}/"):
        page = off_shift.get(address).content.decode()
        assert "Names and places are sealed for you" in page
        assert 'action="/account/shift/"' in page


def test_a_page_without_database_says_so_and_that_calls_are_heard():
    request = RequestFactory().get("/console/", SERVER_NAME="localhost")
    try:
        raise OperationalError("connection refused")
    except OperationalError:
        answer = errors.failed(request)
    page = answer.content.decode()
    assert answer.status_code == 503
    assert "Calls for help are still heard" in page
    assert 'http-equiv="refresh"' in page
    try:
        raise ValueError("a secret in a message")
    except ValueError:
        broken = errors.failed(RequestFactory().post("/console/"))
    assert broken.status_code == 500
    assert "What you sent was not done" in broken.content.decode()
    assert "secret" not in broken.content.decode()


def test_a_forged_form_is_refused_in_words(night, duty):
    browser = Client(enforce_csrf_checks=True, SERVER_NAME="localhost")
    browser.cookies = duty.cookies
    answer = browser.post(f"/console/incidents/{night.ringing.pk}/acknowledge/")
    assert answer.status_code == 403
    assert "This was not done" in answer.content.decode()


def test_signals_show_what_nobody_could_place(duty, night):
    page = duty.get("/console/signals/").content.decode()
    assert f"Incident {night.unknown.pk}" in page
    assert "does not name itself" in page


def test_the_ledger_shows_what_failed_and_sends_it_again(duty, night):
    page = duty.get("/console/ledger/").content.decode()
    assert "the number does not exist" in page
    failed = night.ringing.notices.filter(state="refused").first()
    assert duty.post(f"/console/ledger/{failed.pk}/resend/").status_code == 302
    assert night.ringing.notices.filter(state="owed", party=failed.party, channel=failed.channel).exists()
    refused = duty.post("/console/ledger/999999/resend/", follow=True).content.decode()
    assert "cannot be sent again" in refused


def test_the_board_says_when_nothing_is_heard(duty, night):
    GatewayStatus.objects.all().delete()
    WorkerStatus.objects.all().delete()
    page = duty.get("/console/").content.decode()
    assert "devices are not heard" in page
    assert "nobody is asked and nothing is sent" in page

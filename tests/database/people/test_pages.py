"""The pages about people: who may, what is shown, what a mistake says, and how many queries a list makes."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.people_factory import BY, NOW, defender, signed_in, staff
from tocsin.accounts.actions import plan_shift
from tocsin.accounts.models import Staff
from tocsin.accounts.scopes import Role
from tocsin.devices.actions import issue_device
from tocsin.people.actions_parties import PartyTerms, add_way, create_party
from tocsin.people.actions_responders import ResponderTerms, create_responder
from tocsin.people.models import Defender, Look, Organisation, Responder, Way
from tocsin.people.queries import opened
from tocsin.people.queries_people import who_looked

pytestmark = pytest.mark.usefixtures("db")
LISTS = ["/console/people/defenders/", "/console/people/responders/", "/console/people/contacts/",
         "/console/people/devices/", "/console/people/staff/", "/console/people/devices/unknown/"]  # fmt: skip


@pytest.fixture
def coordinator() -> Client:
    return signed_in(staff("lead-1", Role.COORDINATOR))


def fill(number: int) -> None:
    row = defender(f"Invented {number}")
    issue_device(protocol="gt06", device_uid=f"99000000000{number:04}", defender_id=row.pk, by=BY, now=NOW)
    create_responder(PartyTerms(name=f"Near {number}"), ResponderTerms(home=(1, number)), by=BY, now=NOW)
    create_party(PartyTerms(name=f"Contact {number}"), by=BY, now=NOW)
    staff(f"officer-{number}", Role.DUTY_OFFICER)


@pytest.mark.parametrize("path", LISTS)
def test_a_list_makes_as_many_queries_for_three_rows_as_for_one(coordinator, path):
    fill(1)
    coordinator.get(path)
    with CaptureQueriesContext(
        connection,
    ) as one:
        coordinator.get(path)
    fill(2)
    fill(3)
    with CaptureQueriesContext(connection) as three:
        assert coordinator.get(path).status_code == 200
    assert len(three) == len(one)


PAGES = [
    "/console/people/", "/console/people/defenders/new/", "/console/people/contacts/new/",
    "/console/people/responders/new/", "/console/people/devices/new/", "/console/people/import/",
    "/console/people/shifts/", "/console/people/defenders/{0}/", "/console/people/defenders/{0}/circle/",
    "/console/people/defenders/{0}/plan/", "/console/people/defenders/{0}/directive/",
    "/console/people/defenders/{0}/devices/", "/console/people/defenders/{0}/looks/", "/account/",
]  # fmt: skip


@pytest.mark.parametrize("path", PAGES + LISTS)
def test_pages_open_for_those_who_may_and_for_nobody_who_has_not_signed_in(coordinator, path):
    path = path.format(defender().pk)
    assert coordinator.get(path).status_code == 200
    answer = Client(SERVER_NAME="localhost").get(path)
    assert answer.headers["Location"].startswith("/account/login/?next=")
    assert answer.content == b""


@pytest.mark.parametrize("path", LISTS + PAGES)
def test_the_administrator_sees_no_name_on_any_page(path):
    row = defender("Nadia Invented")
    page = signed_in(staff("admin-1", Role.ADMINISTRATOR)).get(path.format(row.pk))
    assert page.status_code in (200, 403)
    assert "Nadia" not in page.content.decode()


def test_a_duty_officer_off_shift_sees_no_name_and_one_click_later_does():
    row, other = defender("Nadia Invented"), staff("duty-2", Role.DUTY_OFFICER)
    plan_shift(other.pk, starts_at=NOW, ends_at=None)
    officer = signed_in(staff("duty-1", Role.DUTY_OFFICER))
    assert "Nadia" not in officer.get("/console/people/defenders/").content.decode()
    assert officer.get(f"/console/people/defenders/{row.pk}/plan/").status_code == 403
    assert officer.post("/account/shift/", {"do": "begin"}).status_code == 302
    assert "Nadia" in officer.get("/console/people/defenders/").content.decode()
    officer.post("/account/shift/", {"do": "end"})
    assert "Nadia" not in officer.get("/console/people/defenders/").content.decode()


def test_a_defender_is_made_in_a_few_forms(coordinator):
    told = {"name": "نادية المخترعة", "language": "ar", "time_zone": "Asia/Beirut", "country": "Country A"}
    answer = coordinator.post("/console/people/defenders/new/", told | {"background": "A lawyer.", "is_active": "on"})
    row = Defender.objects.get()
    home = f"/console/people/defenders/{row.pk}/"
    assert answer.headers["Location"] == home
    ways = f"/console/people/parties/{row.party_id}/ways/"
    answer = coordinator.post(ways, {"channel": "sms", "address": "+33 6 39 98 00 01", "next": home})
    assert answer.headers["Location"] == home
    circle = {"name": "Karim Invented", "language": "ar", "channel": "sms", "address": "+33 6 39 98 00 02"}
    answer = coordinator.post(f"{home}circle/", circle | {"relation": "family", "task": "Rings the lawyer."})
    assert answer.status_code == 302, answer.content.decode()
    device = {"protocol": "gt06", "device_uid": "990000000000017", "label": "grey 7"}
    assert coordinator.post(f"{home}devices/", device).status_code == 302
    directive = {"may_publish": "on", "precision": "area", "audiences": ["page"], "languages": ["en", "ar"]}
    assert coordinator.post(f"{home}directive/", directive | {"wait_minutes": "0"}).status_code == 302
    draft = row.directives.get()
    signed = {"do": "sign", "signed_on": "2026-01-01"}
    assert coordinator.post(f"/console/people/directives/{draft.pk}/", signed).status_code == 302
    page = coordinator.get(f"{home}directive/").content.decode()
    assert "in force" in page
    assert "نادية المخترعة" in page
    assert row.circle.get().party.ways.count() == 1


def plan_post(page: str, **changes) -> dict[str, list[str]]:
    """Give what a browser would send for the form as it stands on the page."""
    told: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]+>", page):
        named = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if "name" not in named or (named.get("type") == "checkbox" and " checked" not in tag):
            continue
        told.setdefault(named["name"], []).append(named.get("value", "on"))
    for name in ("circle_hears", "responders_hear"):
        told[name] = ["area"]
    for name in ("questions",):
        told[name] = [""]
    return told | changes


def test_the_plan_is_changed_step_by_step(coordinator):
    row = defender()
    path = f"/console/people/defenders/{row.pk}/plan/"
    page = coordinator.get(path).content.decode()
    words = {"challenge": ["How is the tea?"], "check_word": ["green"], "duress_word": ["black"]}
    answer = coordinator.post(path, plan_post(page, **words))
    assert answer.status_code == 302, answer.content.decode()
    assert row.plan.steps.count() == 3
    removed = plan_post(
        page, **words, **{"steps-0-DELETE": ["on"], "steps-3-audiences": ["circle"], "steps-3-wait_s": ["45"]}
    )
    assert coordinator.post(path, removed).status_code == 302
    assert [step.wait_s for step in row.plan.steps.all()] == [120, 120, 45]
    row.plan.refresh_from_db()
    assert opened([row.plan], "duress_word") == [{"duress_word": "black"}]


def test_a_plan_whose_words_are_alike_comes_back_with_what_to_do(coordinator):
    row = defender()
    path = f"/console/people/defenders/{row.pk}/plan/"
    words = {"challenge": ["How is the tea?"], "check_word": ["green"], "duress_word": ["Green"]}
    page = coordinator.post(path, plan_post(coordinator.get(path).content.decode(), **words)).content.decode()
    assert "must differ" in page
    assert "How is the tea?" in page, "nothing typed is lost"


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("time_zone", "Mars/Olympus", "There is no such time zone"),
        ("home", "far away", "Write latitude and longitude"),
        ("home", "91, 0", "between -90 and 90"),
        ("radius_km", "9999", "500"),
        ("address", "0770", "country code"),
        ("hours_until", "", "both hours"),
    ],
)
def test_each_mistake_is_told(coordinator, field, value, words):
    told = {"name": "R", "language": "en", "time_zone": "UTC", "home": "1, 2", "channel": "sms",
            "address": "+447700900123", "hours_from": "08:00", "hours_until": "18:00", "radius_km": "10"}  # fmt: skip
    page = coordinator.post("/console/people/responders/new/", told | {field: value})
    assert page.status_code == 200
    assert words in page.content.decode()
    assert not Responder.objects.exists()


def test_a_way_is_put_first_mended_and_removed(coordinator):
    row = defender()
    mail = add_way(row.party_id, channel="email", address="n@example.org", by=BY, now=NOW)
    path = f"/console/people/ways/{mail.pk}/"
    for word in ("first", "mend", "nonsense"):
        assert (
            coordinator.post(path, {"do": word, "next": "https://evil.example/"}).headers["Location"]
            == "/console/people/"
        )
    assert row.party.ways.first() == mail
    coordinator.post(path, {"do": "remove"})
    assert not Way.objects.filter(pk=mail.pk).exists()


def test_search_by_number_and_by_name(coordinator):
    defender("Nadia Invented", sms="+44 7700 900555")
    for asked in ("%2B447700900555", "nadia"):
        assert "Nadia Invented" in coordinator.get(f"/console/people/?q={asked}").content.decode()
    assert "Nobody was found" in coordinator.get("/console/people/?q=zzz").content.decode()


def test_who_looked_is_on_the_page_of_the_defender(coordinator):
    row = defender()
    coordinator.get(f"/console/people/defenders/{row.pk}/")
    page = coordinator.get(f"/console/people/defenders/{row.pk}/looks/").content.decode()
    assert "lead-1" in page
    assert Look.objects.filter(staff__username="lead-1", subject=row.party.uid).exists()


def test_only_an_administrator_makes_accounts():
    told = {"username": "duty-7", "name": "New Person", "roles": ["duty_officer"], "language": "en", "time_zone": "UTC"}
    lead = signed_in(staff("lead-1", Role.COORDINATOR))
    assert lead.post("/console/people/staff/new/", told).status_code == 403
    admin = signed_in(staff("admin-1", Role.ADMINISTRATOR))
    page = admin.post("/console/people/staff/new/", told).content.decode()
    link = re.search(r"http://127\.0\.0\.1:8000(/account/welcome/\S+?/\S+?/)<", page)[1]
    assert Client(SERVER_NAME="localhost").get(link).status_code == 200
    assert "taken" in admin.post("/console/people/staff/new/", told).content.decode()


def test_the_administrator_writes_a_number_without_reading_one_and_everybody_keeps_their_own():
    admin = signed_in(staff("admin-1", Role.ADMINISTRATOR))
    told = {"username": "duty-7", "name": "New Person", "roles": ["duty_officer"], "language": "en", "time_zone": "UTC"}
    assert "country code" in admin.post("/console/people/staff/new/", told | {"sms": "0770"}).content.decode()
    admin.post("/console/people/staff/new/", told | {"sms": "+44 7700 900123"})
    member = Staff.objects.get(username="duty-7")
    assert "900123" not in admin.get(f"/console/people/staff/{member.pk}/").content.decode()
    own = signed_in(member)
    assert "+447700900123" in own.get("/account/").content.decode()
    own.post("/account/ways/", {"do": "add", "channel": "email", "address": "d@example.org"})
    first, second = member.party.ways.all()
    own.post("/account/ways/", {"do": "first", "way": second.pk})
    assert [way.pk for way in member.party.ways.all()] == [second.pk, first.pk]
    others = defender().party.ways.get()
    assert own.post("/account/ways/", {"do": "remove", "way": others.pk}).status_code == 404
    own.post("/account/ways/", {"do": "remove", "way": first.pk})
    assert member.party.ways.get() == second
    assert own.post("/account/ways/", {"do": "add", "channel": "sms", "address": "12"}).status_code == 422


def test_the_last_administrator_stays_one():
    member = staff("admin-1", Role.ADMINISTRATOR)
    admin = signed_in(member)
    page = admin.post(f"/console/people/staff/{member.pk}/", {"roles": ["publisher"], "is_active": "on"}, follow=True)
    assert "last administrator" in page.content.decode()
    member.refresh_from_db()
    assert member.roles == ["administrator"]


def test_what_an_administrator_does_to_an_account_is_logged():
    member = staff("duty-1", Role.DUTY_OFFICER)
    admin = signed_in(staff("admin-1", Role.ADMINISTRATOR))
    admin.post(f"/console/people/staff/{member.pk}/", {"roles": ["coordinator"], "is_active": "on"})
    admin.post(f"/console/people/staff/{member.pk}/reset/")
    done = [(look.staff.username, look.purpose) for look in who_looked(member.party) if look.staff]
    assert ("admin-1", "roles changed") in done
    assert ("admin-1", "sign-in taken away") in done


def test_the_rota(coordinator):
    officer = staff("duty-1", Role.DUTY_OFFICER)
    page = coordinator.get("/console/people/shifts/").content.decode()
    assert "Nobody is on shift" in page
    told = {"staff": str(officer.pk), "starts_at": "2020-01-01T08:00", "ends_at": ""}
    assert coordinator.post("/console/people/shifts/", told).status_code == 302
    assert "Nobody is on shift" not in coordinator.get("/console/people/shifts/").content.decode()
    writer = signed_in(staff("writer-1", Role.PUBLISHER))
    assert writer.post("/console/people/shifts/", told).status_code == 403
    assert writer.post("/console/people/shifts/1/end/").status_code == 403
    backwards = told | {"ends_at": "2019-01-01T08:00"}
    assert "ends before it starts" in coordinator.post("/console/people/shifts/", backwards).content.decode()


def test_the_organisation_is_written_by_an_administrator():
    admin = signed_in(staff("admin-1", Role.ADMINISTRATOR))
    told = {"name": "Lantern", "about": "", "languages": ["en"], "contact": "office@example.org"}
    assert admin.post("/console/people/organisation/", told).status_code == 302
    assert admin.post("/console/people/organisation/", told | {"name": "Lantern 2"}).status_code == 302
    assert Organisation.objects.get().name == "Lantern 2"


def test_forgetting_asks_once_more(coordinator):
    row = defender()
    row.is_active = False
    row.save()
    path = f"/console/people/parties/{row.party_id}/forget/"
    assert "destroyed" in coordinator.get(path).content.decode()
    row.party.refresh_from_db()
    assert row.party.forgotten_at is None
    coordinator.post(path)
    row.party.refresh_from_db()
    assert row.party.forgotten_at is not None
    assert coordinator.get(f"/console/people/defenders/{row.pk}/").status_code == 404

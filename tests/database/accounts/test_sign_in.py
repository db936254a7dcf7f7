"""Signing in through the real pages: password, second step, lock-out, links, sessions."""

import re

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection
from django.test import Client

from tests import people_factory
from tests.people_factory import BY, NOW, PASSWORD, sign_in
from tocsin.accounts.actions import code_at, enrol_second_factor, invitation_path, reset_sign_in
from tocsin.accounts.queries import signed_in_staff
from tocsin.accounts.scopes import Role
from tocsin.core import clock

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture(autouse=True)
def no_old_counts():
    cache.clear()


def staff(username: str, *roles: Role):
    return people_factory.staff(username, *roles, password=PASSWORD)


def browser(**named) -> Client:
    return Client(SERVER_NAME="localhost", **named)


def test_without_a_second_factor_one_may_only_set_it_up():
    staff("duty-1", Role.DUTY_OFFICER)
    visitor = browser()
    answer = visitor.post("/account/login/", {"login": "duty-1", "password": PASSWORD})
    assert answer.headers["Location"] == "/console/"
    for path in ("/console/", "/console/people/", "/", "/console/people/defenders/"):
        assert visitor.get(path).headers["Location"] == "/account/2fa/totp/activate/"
    page = visitor.get("/account/2fa/totp/activate/").content.decode()
    secret = re.search(r'<code dir="ltr">([A-Z2-7]+)</code>', page)[1]
    done = visitor.post("/account/2fa/totp/activate/", {"code": code_at(secret, clock.now())})
    assert done.headers["Location"] == "/account/2fa/recovery-codes/"
    codes = visitor.get("/account/2fa/recovery-codes/").content.decode()
    assert len(re.findall(r"<li><code>[\d\s-]+</code>", codes)) == 10
    assert "<li><code>" not in visitor.get("/account/2fa/recovery-codes/").content.decode(), "shown once"
    assert visitor.get("/console/people/").status_code == 200


def test_password_and_code_open_the_console_and_either_alone_does_not():
    member = staff("duty-1", Role.COORDINATOR)
    assert sign_in(member).get("/console/people/").status_code == 200
    visitor = browser()
    visitor.post("/account/login/", {"login": "duty-1", "password": PASSWORD})
    assert visitor.get("/console/people/").status_code == 302
    wrong = visitor.post("/account/2fa/authenticate/", {"code": "000000"})
    assert wrong.status_code == 200
    assert visitor.get("/console/people/").status_code == 302


def test_unknown_and_known_names_are_answered_alike():
    staff("duty-1", Role.DUTY_OFFICER)
    answers = []
    for name in ("duty-1", "nobody-9"):
        page = browser().post("/account/login/", {"login": name, "password": "wrong wrong wrong"}).content.decode()
        answers.append(re.sub(r'csrfmiddlewaretoken" value="\w+"', "", page.replace(name, "NAME")))
    assert answers[0] == answers[1]


def test_failing_under_somebodys_name_does_not_lock_out_their_own_browser():
    member = staff("duty-1", Role.DUTY_OFFICER)
    own = sign_in(member)
    own.post("/account/logout/")
    attacker = browser(REMOTE_ADDR="203.0.113.9")
    for _try in range(8):
        page = attacker.post("/account/login/", {"login": "duty-1", "password": "wrong wrong wrong"})
    assert "Too many tries" in page.content.decode()
    attacker_knows = attacker.post("/account/login/", {"login": "duty-1", "password": PASSWORD})
    assert attacker_knows.status_code == 200, "locked out, with the right password too"
    answer = own.post("/account/login/", {"login": "duty-1", "password": PASSWORD})
    assert answer.headers["Location"] == "/account/2fa/authenticate/"
    elsewhere = browser(REMOTE_ADDR="198.51.100.7").post("/account/login/", {"login": "duty-1", "password": PASSWORD})
    assert elsewhere.headers["Location"] == "/account/2fa/authenticate/", "nor a new browser in another network"


def test_a_forged_browser_mark_is_of_no_use():
    staff("duty-1", Role.DUTY_OFFICER)
    attacker = browser()
    for number in range(8):
        attacker.cookies["tocsin_browser"] = f"forged-{number}"
        page = attacker.post("/account/login/", {"login": "duty-1", "password": "wrong wrong wrong"})
    assert "Too many tries" in page.content.decode()


def test_second_factor_and_session_are_unreadable_in_the_database():
    member = staff("duty-1", Role.COORDINATOR)
    client = sign_in(member)
    cookie = client.cookies["sessionid"].value
    secret = enrol_second_factor(member)
    stored = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in stored
    with connection.cursor() as cursor:
        cursor.execute("SELECT session_key || session_data FROM django_session")
        rows = "".join(row[0] for row in cursor.fetchall())
    assert cookie not in rows
    assert "password" not in rows
    assert Session.objects.count() >= 1


def test_nobody_signs_up_and_no_mail_is_asked_for():
    for path in ("/account/signup/", "/account/password/reset/", "/account/email/"):
        assert browser().get(path).status_code == 404


def test_the_link_to_set_up_works_once_and_looking_uses_nothing_up():
    member = staff("duty-1", Role.DUTY_OFFICER)
    path = invitation_path(member)
    assert [browser().get(path).status_code for _look in range(3)] == [200, 200, 200]
    short = browser().post(path, {"password": "short", "again": "short"})
    assert "at least 12" in short.content.decode()
    words = "another quiet harbour 9"
    assert browser().post(path, {"password": words, "again": words}).headers["Location"] == "/account/login/"
    assert browser().get(path).status_code == 410
    assert browser().get(path[:-3] + "xyz/").status_code == 410


def test_a_reset_ends_sessions_and_takes_the_second_factor():
    member = staff("duty-1", Role.COORDINATOR)
    client = sign_in(member)
    assert signed_in_staff(client.cookies["sessionid"].value) == member
    path = reset_sign_in(member.pk, by=BY, now=NOW)
    assert client.get("/console/people/").status_code == 302
    assert signed_in_staff(client.cookies["sessionid"].value) is None
    assert not Authenticator.objects.filter(user_id=member.pk).exists()
    assert browser().get(path).status_code == 200


@pytest.mark.parametrize("key", [None, "", "x", "a" * 5000, "\x00", "öä"])
def test_any_cookie_is_a_person_or_nobody(key):
    assert signed_in_staff(key) is None


def test_an_account_that_is_switched_off_is_out_at_once():
    member = staff("duty-1", Role.COORDINATOR)
    client = sign_in(member)
    member.is_active = False
    member.save()
    assert client.get("/console/people/").status_code == 302
    assert signed_in_staff(client.cookies["sessionid"].value) is None


def test_a_post_without_its_mark_is_refused():
    staff("duty-1", Role.COORDINATOR)
    strict = Client(SERVER_NAME="localhost", enforce_csrf_checks=True)
    assert strict.post("/account/login/", {"login": "duty-1", "password": PASSWORD}).status_code == 403


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites():
    cookie = sign_in(staff("duty-1", Role.COORDINATOR)).cookies["sessionid"]
    assert (cookie["httponly"], cookie["samesite"], int(cookie["max-age"])) == (True, "Lax", 12 * 3600)


def test_whoever_has_only_the_password_neither_reads_nor_changes_where_alarms_ring():
    member, visitor = staff("duty-1", Role.DUTY_OFFICER), browser()
    visitor.force_login(member)
    sent = [visitor.post(f"/account/{part}/", {"do": "begin"}) for part in ("shift", "ways")]
    for answer in (visitor.get("/account/"), *sent):
        assert answer.headers["Location"] == "/account/2fa/totp/activate/"
    assert not member.shifts.exists()

"""Made-up people for tests, stored through the same actions that the pages use."""

from datetime import UTC, datetime
from itertools import count

from django.core.cache import cache
from django.test import Client

from tocsin.accounts.actions import code_at, create_staff, enrol_second_factor
from tocsin.accounts.models import Staff
from tocsin.accounts.scopes import Role
from tocsin.core import clock
from tocsin.core.access import program
from tocsin.core.answers import Refused
from tocsin.people.actions_defenders import create_defender
from tocsin.people.actions_parties import PartyTerms, add_way
from tocsin.people.models import Defender

NOW = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
BY = program("test")
PASSWORD = "lighthouse under fog 7"
numbers = count(100)


def staff(username: str = "duty-1", *roles: Role, name: str = "Invented Officer", password: str | None = None) -> Staff:
    """Make an account, without a second factor."""
    made = create_staff(username, roles=roles, by=BY, now=NOW, name=name, password=password)
    assert not isinstance(made, Refused), made
    return made


def signed_in(member: Staff) -> Client:
    """Give a browser in which this account is signed in already; what that takes is tested in test_sign_in.py."""
    enrol_second_factor(member)
    browser = Client(SERVER_NAME="localhost")
    browser.force_login(member)
    return browser


def sign_in(member: Staff) -> Client:
    """Sign in through the real pages, with PASSWORD and a code."""
    cache.clear()
    secret = enrol_second_factor(member)
    browser = Client(SERVER_NAME="localhost")
    first = browser.post("/account/login/", {"login": member.username, "password": PASSWORD})
    assert first.headers["Location"] == "/account/2fa/authenticate/", first.content
    second = browser.post("/account/2fa/authenticate/", {"code": code_at(secret, clock.now())})
    assert second.headers["Location"] == "/console/", second.content
    return browser


def defender(name: str = "Nadia Invented", *, sms: str | None = None) -> Defender:
    """Make a defender who is reached by SMS."""
    row = create_defender(PartyTerms(name=name), by=BY, now=NOW, country="Country A", background="Made up.")
    number = sms or f"+44 7700 900{next(numbers)}"
    assert not isinstance(add_way(row.party_id, channel="sms", address=number, by=BY, now=NOW), Refused)
    return row

"""Every address of the web process, and who may use it. A new page without a row here fails.

The table is the decision; the tests hold each page to it, look for what nobody without the right may see, and prove
that opening a page changes nothing.
"""

import importlib
import re
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tocsin.core import clock

# Who opens a page, and who may send its form: letters of `PEOPLE`. "-": nobody (the page knows no such method).
# a administrator, p publisher, o duty officer off shift, d on shift, c coordinator, b an account without any role.
EVERYBODY, SIGNED_IN, NOBODY = "everybody", "apodcb", "-"
STAFF, WHO_ACTS, WITH_PEOPLE, ADMINISTRATOR = "apodc", "aodc", "dc", "a"
WITH_STORY, WITH_PUBLIC = "pdc", "podc"
PAGES: dict[str, tuple[str, str]] = {
    # Headquarters.
    "console/": (STAFF, NOBODY),
    "console/incidents/new/": (WITH_PEOPLE, WITH_PEOPLE),
    "console/incidents/<int:incident_id>/": (STAFF, NOBODY),
    "console/incidents/<int:incident_id>/map.svg": (WITH_STORY, NOBODY),
    "console/incidents/<int:incident_id>/timeline.jsonl": (WITH_STORY, NOBODY),
    "console/incidents/<int:incident_id>/whose/": (WITH_PEOPLE, WITH_PEOPLE),
    "console/incidents/<int:incident_id>/<slug:word>/": (NOBODY, WITH_PEOPLE),
    "console/incidents/<int:incident_id>/<slug:word>/<int:row_id>/": (NOBODY, WITH_PEOPLE),
    "console/ledger/": (STAFF, NOBODY),
    "console/ledger/<int:notice_id>/resend/": (NOBODY, WHO_ACTS),
    "console/signals/": (STAFF, NOBODY),
    "console/theme/": (NOBODY, EVERYBODY),
    "console/language/": (NOBODY, EVERYBODY),
    # One's own account.
    "account/": (SIGNED_IN, NOBODY),
    "account/shift/": (NOBODY, SIGNED_IN),
    "account/ways/": (NOBODY, SIGNED_IN),
    "account/login/": (EVERYBODY, EVERYBODY),
    "account/logout/": (EVERYBODY, EVERYBODY),
    "account/inactive/": (EVERYBODY, NOBODY),
    "account/reauthenticate/": (SIGNED_IN, SIGNED_IN),
    "account/password/": (SIGNED_IN, SIGNED_IN),
    "account/welcome/<int:staff_id>/<str:token>/": (EVERYBODY, EVERYBODY),
    "account/2fa/": (SIGNED_IN, NOBODY),
    "account/2fa/authenticate/": (EVERYBODY, EVERYBODY),
    "account/2fa/reauthenticate/": (SIGNED_IN, SIGNED_IN),
    "account/2fa/totp/activate/": (SIGNED_IN, SIGNED_IN),
    "account/2fa/totp/deactivate/": (SIGNED_IN, SIGNED_IN),
    "account/2fa/recovery-codes/": (SIGNED_IN, NOBODY),
    "account/2fa/recovery-codes/generate/": (SIGNED_IN, SIGNED_IN),
    "account/2fa/recovery-codes/download/": (SIGNED_IN, SIGNED_IN),
    "console/people/staff/": (STAFF, NOBODY),
    "console/people/staff/new/": (ADMINISTRATOR, ADMINISTRATOR),
    "console/people/staff/<int:staff_id>/": (ADMINISTRATOR, ADMINISTRATOR),
    "console/people/staff/<int:staff_id>/reset/": (NOBODY, ADMINISTRATOR),
    "console/people/shifts/": (STAFF, WHO_ACTS),
    "console/people/shifts/<int:shift_id>/end/": (NOBODY, WHO_ACTS),
    # In messages, and public.
    "r/<str:secret>": (EVERYBODY, EVERYBODY),
    "r/<str:secret>/": (EVERYBODY, EVERYBODY),
    "": (EVERYBODY, NOBODY),
    "appeals/<uuid:uid>/": (EVERYBODY, NOBODY),
    "appeals/<uuid:uid>/map.svg": (EVERYBODY, NOBODY),
    "appeals/<uuid:uid>/<slug:language>/": (EVERYBODY, NOBODY),
    "a/<secret:short>": (EVERYBODY, NOBODY),
    "feeds/appeals.atom": (EVERYBODY, NOBODY),
    "feeds/appeals.<slug:language>.atom": (EVERYBODY, NOBODY),
    "feeds/cap/": (EVERYBODY, NOBODY),
    "feeds/cap/<identifier:identifier>.xml": (EVERYBODY, NOBODY),
    "subscribe/": (EVERYBODY, EVERYBODY),
    "subscribe/code/": (EVERYBODY, EVERYBODY),
    "subscribe/<secret:secret>/": (EVERYBODY, EVERYBODY),
    "unsubscribe/<secret:secret>/": (EVERYBODY, EVERYBODY),
    # Appeals. Whoever is woken may stop what is being published, on shift or not.
    "console/appeals/": (STAFF, NOBODY),
    "console/appeals/new/": (WITH_STORY, WITH_STORY),
    "console/appeals/<int:appeal_id>/": (STAFF, NOBODY),
    "console/appeals/<int:appeal_id>/write/": (WITH_STORY, WITH_STORY),
    "console/appeals/<int:appeal_id>/stop/": (NOBODY, WITH_PUBLIC),
    "console/appeals/<int:appeal_id>/close/": (NOBODY, WITH_PUBLIC),
    "console/appeals/versions/<int:version_id>/approve/": (NOBODY, WITH_STORY),
    "console/appeals/versions/<int:version_id>/publish/": (NOBODY, WITH_STORY),
    "console/appeals/waves/<int:wave_id>/pause/": (NOBODY, WITH_PUBLIC),
    "console/appeals/waves/<int:wave_id>/resume/": (NOBODY, WITH_PUBLIC),
    "console/appeals/pages/<int:version_id>/map.svg": (WITH_STORY, NOBODY),
    "console/appeals/pages/<int:version_id>/<slug:language>/": (WITH_STORY, NOBODY),
    # People.
    "console/people/": (STAFF, NOBODY),
    "console/people/organisation/": (ADMINISTRATOR, ADMINISTRATOR),
    "console/people/contacts/": (STAFF, NOBODY),
    "console/people/contacts/new/": (WITH_PEOPLE, WITH_PEOPLE),
    "console/people/contacts/<int:party_id>/": (WITH_PEOPLE, WITH_PEOPLE),
    "console/people/parties/<int:party_id>/ways/": (NOBODY, WITH_PEOPLE),
    "console/people/parties/<int:party_id>/forget/": (WITH_PEOPLE, WITH_PEOPLE),
    "console/people/ways/<int:way_id>/": (NOBODY, WITH_PEOPLE),
    "console/people/defenders/": (STAFF, NOBODY),
    "console/people/defenders/new/": (WITH_PEOPLE, WITH_PEOPLE),
    "console/people/defenders/<int:defender_id>/": (WITH_PEOPLE, WITH_PEOPLE),
    "console/people/defenders/<int:defender_id>/circle/": (WITH_PEOPLE, WITH_PEOPLE),
    "console/people/circle/<int:member_id>/": (WITH_PEOPLE, WITH_PEOPLE),
    "console/people/defenders/<int:defender_id>/plan/": (WITH_PEOPLE, WITH_PEOPLE),
    "console/people/defenders/<int:defender_id>/directive/": (WITH_PEOPLE, WITH_PEOPLE),
    "console/people/directives/<int:directive_id>/": (NOBODY, WITH_PEOPLE),
    "console/people/defenders/<int:defender_id>/looks/": (STAFF, NOBODY),
    "console/people/responders/": (STAFF, NOBODY),
    "console/people/responders/new/": (WITH_PEOPLE, WITH_PEOPLE),
    "console/people/responders/<int:responder_id>/": (WITH_PEOPLE, WITH_PEOPLE),
    "console/people/devices/": (STAFF, NOBODY),
    "console/people/devices/new/": (WITH_PEOPLE, WITH_PEOPLE),
    "console/people/devices/unknown/": (WITH_PEOPLE, NOBODY),
    "console/people/devices/unknown/<int:word_id>/": (NOBODY, WITH_PEOPLE),
    "console/people/devices/<int:device_id>/": (WITH_PEOPLE, WITH_PEOPLE),
    "console/people/devices/<int:device_id>/change/": (NOBODY, WITH_PEOPLE),
    "console/people/import/": (WITH_PEOPLE, WITH_PEOPLE),
    "console/people/defenders/<int:defender_id>/devices/": (WITH_PEOPLE, WITH_PEOPLE),
}
# These forms carry no cross-site token: the secret in the address is the right, or nobody is signed in.
WITHOUT_TOKEN = re.compile(r"(r/<|subscribe/|unsubscribe/)")
# What the night holds that is sealed, or a place: never on a page of somebody without the right.
SECRETS = (
    "Nadia Invented", "ليلى المثال", "سامي المثال", "Responder 0", "Circle 1", "Officer One", "+447700900", "77009001",
    "9.96", "10.05", "white van", "fisherman", "Call the lawyer", "المحامية", "Caught on a bag", "She laughs",
    "Travels with her son", "What did the gull eat", "blue lantern", "red lantern", "Which vehicle", "Draft leak",
    "written by a stranger",
)  # fmt: skip
MAY_SEE = {"p", "d", "c"}
WRITTEN_BY_LOOKING = {"tocsin_look", "django_session"}


def patterns() -> dict[str, URLPattern]:
    """Give every pattern of the web process, by its whole text."""
    found: dict[str, URLPattern] = {}

    def walk(resolver: URLResolver, before: str) -> None:
        for pattern in resolver.url_patterns:
            here = f"{before}{pattern.pattern}"
            if isinstance(pattern, URLResolver):
                walk(pattern, here)
            else:
                found[here] = pattern

    walk(get_resolver(), "")
    return found


@pytest.fixture
def there(db, monkeypatch) -> dict[str, object]:
    """A bad night with a draft for the world and a stranger's message, and what stands for each part of an address."""
    monkeypatch.setattr(settings, "TOCSIN_SMS_ROUTE", "smpp://in-a-test")
    return importlib.import_module("tests.page_scene").build(clock.now() - timedelta(seconds=1))


@pytest.fixture
def people(there) -> dict[str, Client]:
    """A browser for each letter, signed in."""
    return importlib.import_module("tests.page_scene").browsers(there)


def address_of(pattern: str, there: dict[str, object]) -> str:
    """Fill the parts of an address."""
    values = there | {"word": "done" if "row_id" in pattern else "note"}
    return "/" + re.sub(r"<\w+:(\w+)>", lambda part: str(values[part[1]]), pattern)


def test_every_page_has_a_row_and_every_row_a_page():
    assert set(patterns()) == set(PAGES)


def test_nobody_opens_a_page_of_headquarters_without_signing_in(there):
    for pattern, (may_open, may_send) in PAGES.items():
        address = address_of(pattern, there)
        for method, may in (("get", may_open), ("post", may_send)):
            answer = getattr(Client(SERVER_NAME="localhost"), method)(address)
            if may == EVERYBODY:
                assert answer.status_code in (200, 302, 400, 404, 405, 409, 410), (method, address)
            else:
                assert answer.status_code in (302, 405), (method, address, answer.status_code)
            for secret in SECRETS:
                assert secret not in answer.content.decode(errors="replace"), (method, address, secret)


def test_each_page_is_open_to_those_of_the_table_only(there, people):
    wrong = []
    for pattern, (may_open, _) in PAGES.items():
        for letter, browser in people.items():
            answer = browser.get(address_of(pattern, there))
            expected = may_open == EVERYBODY or letter in may_open
            if may_open == NOBODY:
                # Somebody without the right may be refused before the method is looked at.
                is_right = answer.status_code in (403, 405)
            else:
                is_right = (answer.status_code != 403) == expected and answer.status_code < 500
            if not is_right:
                wrong.append((pattern, letter, answer.status_code))
    assert not wrong, "\n".join(map(str, wrong))


def test_whoever_may_not_send_a_form_is_refused_and_changes_nothing(there, people):
    before, wrong = state_of_everything(), []
    for pattern, (_, may_send) in PAGES.items():
        if may_send == EVERYBODY:
            continue
        for letter, browser in people.items():
            if letter not in may_send:
                answer = browser.post(address_of(pattern, there), {"text": "x", "do": "begin"})
                # A page that knows no form shows itself again.
                if answer.status_code not in ((200, 403, 404, 405) if may_send == NOBODY else (403,)):
                    wrong.append((pattern, letter, answer.status_code))
    assert not wrong, "\n".join(map(str, wrong))
    assert state_of_everything() == before


def test_opening_a_page_changes_nothing_but_the_log_of_looks(there, people):
    before = state_of_everything()
    for pattern in PAGES:
        if "logout" not in pattern and "2fa/totp/activate" not in pattern:
            for letter in "dcpa":
                people[letter].get(address_of(pattern, there))
    changed = {table for table, digest in state_of_everything().items() if before[table] != digest}
    assert changed == set()


def test_whoever_has_no_right_sees_nothing_sealed_on_any_page(there, people):
    shown = []
    for pattern in PAGES:
        for letter in set(people) - MAY_SEE:
            page = people[letter].get(address_of(pattern, there)).content.decode(errors="replace")
            shown += [(pattern, letter, secret) for secret in SECRETS if secret in page]
    assert not shown, "\n".join(map(str, shown))


def test_every_form_needs_its_token(there, people):
    browser = Client(SERVER_NAME="localhost", enforce_csrf_checks=True)
    browser.cookies = people["c"].cookies
    for pattern, (_, may_send) in PAGES.items():
        if may_send != NOBODY and not WITHOUT_TOKEN.match(pattern):
            assert browser.post(address_of(pattern, there)).status_code == 403, pattern


def test_public_pages_set_no_cookie_and_private_ones_are_kept_by_nobody(there, people):
    for pattern, (may_open, _) in PAGES.items():
        address = address_of(pattern, there)
        if may_open == EVERYBODY and not pattern.startswith(("account/", "console/")):
            assert not Client(SERVER_NAME="localhost").get(address).cookies, address
        answer = people["c"].get(address)
        kept = answer.headers.get("Cache-Control", "")
        assert "no-store" in kept or "no-cache" in kept or kept.startswith("private"), (address, kept)
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"], address


def state_of_everything() -> dict[str, str]:
    """Give a digest of each table, without those that looking may write."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = sorted(row[0] for row in cursor.fetchall() if row[0] not in WRITTEN_BY_LOOKING)
        return dict(_digests(cursor, tables))


def _digests(cursor, tables: list[str]) -> Iterator[tuple[str, str]]:
    for table in tables:
        cursor.execute(f'SELECT t::text FROM "{table}" t ORDER BY 1')
        yield table, sha256("\n".join(row[0] for row in cursor.fetchall()).encode()).hexdigest()

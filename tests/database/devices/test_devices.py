"""Devices: found in every form, issued from quarantine in one step, given on, taken back."""

import pytest

from tests.people_factory import BY, NOW, defender, signed_in, staff
from tocsin.accounts.scopes import Role
from tocsin.core.answers import Refused
from tocsin.core.sealing import seal
from tocsin.devices.actions import QUARANTINE, issue_device, issue_unknown, retire, take_back
from tocsin.devices.models import Device, DeviceWord
from tocsin.devices.queries import device_by_index, device_by_uid, last_words, unknown_words
from tocsin.devices.rules import WORD_CONTEXT, DeviceState, uid_index
from tocsin.people.models import Look
from tocsin.people.queries import keyring, opened

pytestmark = pytest.mark.usefixtures("db")
IMEI = "990000000000123"


def issue(uid: str = IMEI, **named):
    return issue_device(**({"protocol": "watch", "device_uid": uid, "by": BY, "now": NOW} | named))


def speaks(uid: str) -> DeviceWord:
    """Store a last word as the gateway does."""
    return DeviceWord.objects.create(
        uid_index=uid_index(keyring(), uid),
        sealed_uid=seal(uid.encode(), key=keyring().journal, context=WORD_CONTEXT),
        protocol="watch",
        received_at=NOW,
        battery_pct=41,
    )


@pytest.mark.parametrize("heard", [IMEI, "99-0000 00000.0123", "0000000012", "000000012"])
def test_every_form_of_an_identity_leads_to_the_device(heard):
    row = issue(defender_id=defender().pk)
    assert device_by_index(uid_index(keyring(), heard)) == row
    assert device_by_uid(IMEI, "watch") == row


@pytest.mark.parametrize("heard", ["", "990000000000124", "x", "\x00", "é"])
def test_others_lead_nowhere(heard):
    issue(defender_id=defender().pk)
    assert device_by_index(uid_index(keyring(), heard)) is None
    assert device_by_index(None) is None


@pytest.mark.parametrize(("uid", "number"), [("", ""), ("---", ""), ("9" * 65, ""), (IMEI, "0770")])
def test_what_cannot_be_is_refused_with_what_to_write(uid, number):
    answer = issue(uid, number=number)
    assert isinstance(answer, Refused)
    assert answer.reason.endswith(".")
    assert not Device.objects.exists()


def test_a_device_of_somebody_else_is_not_given_away():
    owner, other = defender(), defender()
    row = issue(defender_id=owner.pk)
    assert isinstance(issue(defender_id=other.pk), Refused)
    assert issue(defender_id=owner.pk) == row, "twice is once"
    take_back(row.pk, by=BY, now=NOW)
    assert issue(defender_id=other.pk) == row


def test_ten_digits_are_only_a_watch():
    """Two trackers whose IMEIs share the middle digits are two devices."""
    one = issue("990000000000501", protocol="gt06", defender_id=defender().pk)
    other = issue("990000000000502", protocol="gt06", defender_id=defender().pk)
    assert one.pk != other.pk
    assert device_by_index(uid_index(keyring(), "0000000050")) is None


def test_a_number_belongs_to_one_device():
    issue(defender_id=defender().pk, number="+44 7700 900001")
    answer = issue("990000000000999", defender_id=defender().pk, number="+447700900001")
    assert isinstance(answer, Refused)


def test_a_retired_device_still_leads_to_its_last_owner():
    owner = defender()
    row = issue(defender_id=owner.pk)
    retire(row.pk, by=BY, now=NOW)
    found = device_by_index(uid_index(keyring(), IMEI))
    assert (found.defender, found.state) == (owner, DeviceState.RETIRED)


def test_an_unknown_device_is_issued_in_one_step():
    word, owner = speaks(IMEI), defender()
    assert unknown_words() == [word]
    row = issue_unknown(word.pk, owner.pk, by=BY, now=NOW, label="grey 7")
    assert (row.defender, row.label, row.protocol) == (owner, "grey 7", "watch")
    assert opened([row], "device_uid") == [{"device_uid": IMEI}]
    assert unknown_words() == []
    told = last_words([row])[row.pk]
    assert (told.battery_pct, told.received_at) == (41, NOW)


def test_a_word_of_another_key_says_so():
    word = speaks(IMEI)
    word.sealed_uid = b"nonsense"
    word.save()
    assert isinstance(issue_unknown(word.pk, defender().pk, by=BY, now=NOW), Refused)


def test_the_quarantine_page_issues_and_is_logged():
    word, owner = speaks(IMEI), defender("Nadia Invented")
    browser = signed_in(staff("lead-1", Role.COORDINATOR))
    page = browser.get("/console/people/devices/unknown/").content.decode()
    assert IMEI in page
    assert "Nadia Invented" in page
    assert Look.objects.filter(subject=QUARANTINE, staff__username="lead-1").exists()
    path = f"/console/people/devices/unknown/{word.pk}/"
    assert browser.post(path, {"defender": ""}).headers["Location"] == "/console/people/devices/unknown/"
    assert browser.post(path, {"defender": str(owner.pk)}).headers["Location"] == "/console/people/devices/"
    row = Device.objects.get()
    for address in ("/console/people/devices/", f"/console/people/devices/{row.pk}/"):
        assert "41 %" in browser.get(address).content.decode()


def test_a_device_is_taken_back_and_given_on_by_page():
    row, other = issue(defender_id=defender().pk), defender()
    browser = signed_in(staff("lead-1", Role.COORDINATOR))
    path = f"/console/people/devices/{row.pk}/"
    browser.post(f"{path}change/", {"do": "back"})
    assert browser.post(path, {"defender": str(other.pk), "label": "blue 2"}).status_code == 302
    row.refresh_from_db()
    assert (row.defender, row.state, row.label) == (other, "issued", "blue 2")
    browser.post(f"{path}change/", {"do": "retire"})
    row.refresh_from_db()
    assert row.state == "retired"

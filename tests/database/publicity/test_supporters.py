"""Double opt-in without telling who is subscribed, and leaving with one click."""

from datetime import timedelta

import pytest

from tests.database.publicity.scenes import NOW, supporters
from tocsin.channels.base import Outgoing
from tocsin.core.answers import Refused
from tocsin.dispatch.models import Notice
from tocsin.people.models import Organisation
from tocsin.people.queries import address_index
from tocsin.publicity.actions_supporters import (
    add_confirmed,
    clear_unconfirmed,
    confirm_by_code,
    confirm_by_link,
    leave_by_link,
    leave_by_sms,
    pending_of,
    subscribe,
)
from tocsin.publicity.models import Supporter
from tocsin.publicity.queries_waves import supporters_key, wave_messages
from tocsin.publicity.rules import Accepted
from tocsin.publicity.rules_links import confirm_code, confirm_secret, leave_secret

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def organisation(db):
    """The organisation whose name the messages carry."""
    return Organisation.objects.create(pk=1, name="Lantern Watch", languages=["en"])


def ask(channel: str = "email", address: str = "reader@example.org", *, now=NOW, language: str = "en"):
    return subscribe(channel=channel, address=address, language=language, country="", topics=["media"], now=now)


def link_in(notice: Notice, now=NOW) -> str:
    message = wave_messages([notice.pk], now=now)[notice.pk]
    assert isinstance(message, Outgoing)
    return message.body.split("/subscribe/")[1].split("/")[0]


def test_a_link_in_the_mail_confirms_and_only_that(organisation):
    ask(language="ar")
    notice = Notice.objects.get(purpose="confirm")
    message = wave_messages([notice.pk], now=NOW)[notice.pk]
    assert message.address == "reader@example.org"
    assert message.language == "ar"
    assert Supporter.objects.get().state == "pending"
    secret = link_in(notice)
    assert pending_of(secret, now=NOW) is not None  # Looking confirms nothing.
    assert Supporter.objects.get().state == "pending"
    assert confirm_by_link(f"{secret[:-1]}x", now=NOW) != confirm_by_link(secret, now=NOW)
    assert Supporter.objects.get().state == "confirmed"
    assert isinstance(confirm_by_link(secret, now=NOW), Accepted)  # Twice is as good as once.


def test_a_link_ages_and_a_newer_one_replaces_it(organisation):
    ask()
    old = link_in(Notice.objects.get())
    assert isinstance(confirm_by_link(old, now=NOW + 3 * DAY), Refused)
    ask(now=NOW + 2 * MINUTE)
    assert isinstance(confirm_by_link(old, now=NOW + 3 * MINUTE), Refused)


@pytest.mark.parametrize("secret", ["", "x", "1", "1-", "zz-abc", "ffffffffffffffffffffff-abc", "1-é", "-"])
def test_forged_links_are_refused(organisation, secret):
    ask()
    assert isinstance(confirm_by_link(secret, now=NOW), Refused)
    assert not leave_by_link(secret, now=NOW)


def test_the_code_of_an_sms_confirms_and_guessing_does_not(organisation):
    ask("sms", "+44 7700 900150")
    row = Supporter.objects.get()
    code = confirm_code(supporters_key(), row.pk, row.asked_at)
    wrong = f"{(int(code) + 1) % 10**6:06}"
    assert isinstance(confirm_by_code("+447700900150", wrong, now=NOW), Refused)
    arabic = code.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    assert isinstance(confirm_by_code("+447700900150", arabic, now=NOW), Accepted)


def test_five_wrong_codes_make_the_right_one_worthless(organisation):
    ask("sms", "+447700900150")
    row = Supporter.objects.get()
    code = confirm_code(supporters_key(), row.pk, row.asked_at)
    for _ in range(5):
        confirm_by_code("+447700900150", "x", now=NOW)
    assert isinstance(confirm_by_code("+447700900150", code, now=NOW), Refused)


def test_the_answer_does_not_tell_who_is_subscribed(organisation):
    new = ask()
    row = Supporter.objects.get()
    confirm_by_link(confirm_secret(supporters_key(), row.pk, row.asked_at), now=NOW)
    assert ask(now=NOW + DAY) == new
    assert Supporter.objects.get().state == "confirmed"
    known = wave_messages([Notice.objects.latest("pk").pk], now=NOW + DAY)
    assert "/subscribe/" not in next(iter(known.values())).body
    unknown = confirm_by_code("+447700900199", "123456", now=NOW)
    ask("sms", "+447700900150")
    assert confirm_by_code("+447700900150", "nonsense", now=NOW) == unknown


def test_one_address_is_not_flooded(organisation):
    for minutes in range(0, 60, 2):
        assert isinstance(ask(now=NOW + minutes * MINUTE), Accepted)
    assert Notice.objects.count() == 3
    ask(now=NOW + 2 * DAY)
    assert Notice.objects.count() == 4


def test_the_purse_is_not_emptied_by_sms(organisation, settings_of):
    settings_of(TOCSIN_SUBSCRIBE_SMS_PER_HOUR=3)
    answers = [ask("sms", f"+447700900{number}") for number in range(150, 155)]
    assert [isinstance(answer, Refused) for answer in answers] == [False] * 3 + [True] * 2
    assert isinstance(ask("sms", "+447700900199", now=NOW + 2 * timedelta(hours=1)), Accepted)


@pytest.mark.parametrize(("channel", "address"), [("email", "nobody"), ("sms", "0612"), ("pigeon", "loft 3")])
def test_a_wrong_address_is_told(organisation, channel, address):
    assert isinstance(ask(channel, address), Refused)
    assert not Notice.objects.exists()


def test_leaving_wipes_the_address_and_keeps_imports_out(organisation):
    [row] = supporters(1)
    secret = leave_secret(supporters_key(), row.pk)
    assert leave_by_link(secret, now=NOW)
    assert leave_by_link(secret, now=NOW)
    row.refresh_from_db()
    assert (row.state, bytes(row.address_sealed), row.left_at) == ("unsubscribed", b"", NOW)
    values = {"language": "en", "country": "", "topics": [], "proof": "list of 2025", "now": NOW}
    assert isinstance(add_confirmed(channel="email", address="s0@example.org", **values), Refused)
    ask(address="s0@example.org")  # They may come back by themselves.
    secret = link_in(Notice.objects.get())
    assert isinstance(confirm_by_link(secret, now=NOW), Accepted)
    assert Supporter.objects.get().state == "confirmed"


def test_an_import_needs_a_proof(organisation):
    values = {"channel": "email", "address": "x@example.org", "language": "en", "country": "", "topics": [], "now": NOW}
    assert isinstance(add_confirmed(**values, proof=" "), Refused)
    assert isinstance(add_confirmed(**values, proof="signed at the vigil, 2026-01-10"), Accepted)
    assert isinstance(add_confirmed(**values, proof="again"), Accepted)
    assert Supporter.objects.get().state == "confirmed"


def test_the_word_stop_by_sms_is_enough(organisation):
    supporters(1, "sms", first=150)
    assert leave_by_sms("447700900150", now=NOW)  # Carriers leave the plus sign out.
    assert Supporter.objects.get().state == "unsubscribed"
    assert not leave_by_sms("+447700900150", now=NOW)
    assert not leave_by_sms("INFO", now=NOW)


def test_who_never_confirms_is_forgotten_and_who_had_left_has_still_left(organisation):
    ask(address="new@example.org")
    [left] = supporters(1)
    leave_by_link(leave_secret(supporters_key(), left.pk), now=NOW - DAY)
    ask(address="s0@example.org")
    assert clear_unconfirmed(now=NOW + DAY) == 0
    assert clear_unconfirmed(now=NOW + 4 * DAY) == 2
    row = Supporter.objects.get()
    assert (row.pk, row.state, bytes(row.address_sealed)) == (left.pk, "unsubscribed", b"")


def test_the_address_is_nowhere_in_plain(organisation):
    ask(address="reader@example.org")
    row = Supporter.objects.values().get()
    assert all("reader" not in str(value) and b"reader" not in bytes(str(value), "utf-8") for value in row.values())
    assert bytes(row["address_index"]) == address_index("email", "READER@example.org")

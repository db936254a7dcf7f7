"""Mails as they are written, read back by the standard library's own reader."""

from datetime import UTC, datetime
from email import policy
from email.parser import BytesParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.channels.base import Outgoing
from tocsin.channels.mail import Mailbox, MailError, check_address, compose, message_id_of, read_mailbox

AT = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
SENDER = Mailbox("Tocsin Alarm", "alarm@example.org")
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0"), max_size=500)
LINES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=200)


def mail(**changes):
    fields = {"message_id": "0194-abc", "address": "sara@example.net", "body": "Call HQ.", "subject": "Alarm"} | changes
    data = compose(Outgoing(**fields), SENDER, fields["address"], AT)
    for line in data.split(b"\r\n"):
        assert len(line) <= 998
        assert b"\n" not in line
    return BytesParser(policy=policy.default).parsebytes(data)


def text_of(mail, subtype):
    """Within base64 the line ends stay as they travel."""
    return mail.get_body([subtype]).get_content().replace("\r\n", "\n").removesuffix("\n")


@given(body=TEXTS, html=TEXTS, subject=LINES)
def test_a_mail_comes_back_whole(body, html, subject):
    read = mail(body=body, html=html, subject=subject)
    assert text_of(read, "plain") == body.removesuffix("\n")
    if html:
        assert text_of(read, "html") == html.removesuffix("\n")
    assert str(read["Subject"]).split() == subject.split()
    assert read.defects == []


def test_the_headers():
    link = "<https://tocsin.example.org/u/" + "k" * 300 + ">"
    headers = (("List-Unsubscribe", link), ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
    read = mail(headers=headers, language="ar")
    assert read["From"] == "Tocsin Alarm <alarm@example.org>"
    assert read["To"] == "sara@example.net"
    assert read["Message-ID"] == "<0194-abc@example.org>"
    assert read["Date"].datetime == AT
    assert read["Auto-Submitted"] == "auto-generated"
    assert read["Content-Language"] == "ar"
    assert read["List-Unsubscribe"] == link
    assert read["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_right_to_left_is_untouched():
    text = "‏استغاثة: سارة (Sara) +447700900123‏\nاتصل بالمقر"
    read = mail(body=text, subject="استغاثة 😀")
    assert text_of(read, "plain") == text
    assert read["Subject"] == "استغاثة 😀"


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": "Alarm\r\nBcc: all@example.net"},
        {"subject": "Alarm\nX: y"},
        {"headers": (("X-A", "b\r\nBcc: all@example.net"),)},
        {"headers": (("X-A:\r\nBcc", "b"),)},
        {"headers": (("Bcc Me", "b"),)},
        {"headers": (("from", "else@example.net"),)},
        {"headers": (("X-A", "é"),)},
        {"headers": (("X-A", "x" * 1000),)},
    ],
)
def test_nothing_gets_into_the_headers(changes):
    with pytest.raises(MailError):
        mail(**changes)


@pytest.mark.parametrize(
    "address",
    ["", "sara", "sara@", "@example.net", "a@b@example.net", "sara@example.net\r\nDATA", "a b@example.net",
     "<sara@example.net>", "sara@example.net,all@example.net", "sara@" + "x" * 70 + "é.net"],
)  # fmt: skip
def test_what_is_no_address_is_refused(address):
    with pytest.raises(MailError) as caught:
        check_address(address)
    assert "sara" not in str(caught.value)


def test_addresses_in_other_scripts():
    assert check_address("sara@bücher.example") == "sara@xn--bcher-kva.example"
    assert check_address("سارة@example.net") == "سارة@example.net"


def test_a_sender_with_and_without_a_name():
    assert read_mailbox("Tocsin <alarm@example.org>") == Mailbox("Tocsin", "alarm@example.org")
    assert read_mailbox("alarm@example.org") == Mailbox("", "alarm@example.org")
    with pytest.raises(MailError):
        read_mailbox("Tocsin <alarm@example.org>\r\nBcc: x@example.org")


def test_a_message_id_is_the_same_for_each_try_and_never_breaks_out():
    one = Outgoing("a>\r\nBcc: x", "sara@example.net", "x")
    assert message_id_of(one, "example.org") == message_id_of(one, "example.org")
    assert message_id_of(one, "example.org").removeprefix("<").removesuffix("@example.org>").isalnum()

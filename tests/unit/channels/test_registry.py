"""Lines of the settings: what opens a route, and what each mistake is told."""

from pathlib import Path

import pytest

from tocsin.channels.dsn import DsnError
from tocsin.channels.registry import CHANNELS, open_route
from tocsin.channels.smpp import sender_address
from tocsin.channels.smpp_inbound import read_number
from tocsin.channels.smpp_pdu import Address

ROOT = Path(__file__).parents[3]
SECRET = "h4rd2guess-h4rd2guess"


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("smpp://user:pass@127.0.0.1:2775?sender=Tocsin&window=50", "sms"),
        ("smpps://user:pass@sms.example.net?sender=+447700900100&rate=0.5&valid_min=60", "sms"),
        ("smpp://user@sms.example.net?sender=12345&country=44&alphabet=latin1&ids=hex&receipts=no", "sms"),
        ("smtp://user:pass@mail.example.net?sender=Tocsin <alarm@example.org>", "email"),
        ("smtps://user:pass@mail.example.net?sender=alarm@example.org&connections=8", "email"),
        ("smtp://127.0.0.1:2525?sender=alarm%40example.org", "email"),
        (f"webhook://?secret={SECRET}", "webhook"),
        (f"webhook+https://hooks.example.net/in?secret={SECRET}", "webhook"),
        ("apprise://", "chat"),
        ("apprise://json://127.0.0.1:8000/social?+Token=abc", "chat"),
    ],
)
def test_a_line_opens_its_channel(line, kind):
    channel = open_route(line)
    assert channel.kind == kind
    assert channel.concurrency >= 1


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("sms://x", "begins with one of smpp://"),
        ("", "begins with one of smpp://"),
        ("smpp://user:pass@:2775?sender=Tocsin", "write smpp://host:port"),
        ("smpp://user:pass@h:99999?sender=Tocsin", "port from 1 to 65535"),
        ("smpp://user:pa#ss@h?sender=Tocsin", "write # as %23"),
        ("smpp://user:pass@h", "sender is"),
        ("smpp://user:pass@h?sender=AVeryLongName", "at most 11"),
        ("smpp://user:pass@h?sender=Tocsin&wndow=5", "Known are: .*window"),
        ("smpp://user:pass@h?sender=Tocsin&window=0", "window is a number from 1 to 1000"),
        ("smpp://user:pass@h?sender=Tocsin&rate=fast", "rate is a number"),
        ("smpp://user:pass@h?sender=Tocsin&alphabet=ebcdic", "alphabet is one of gsm7, latin1"),
        ("smpp://a-user-name-far-too-long:pass@h?sender=Tocsin", "system_id is longer than 15"),
        ("smpps://user:pass@h?sender=Tocsin&ca=/nowhere.pem", "ca is a readable file"),
        ("smtp://mail.example.net", "sender=alarm@example.org"),
        ("smtp://u:pass@mail.example.net?sender=a@example.org&starttls=never", "password in the clear"),
        ("webhook+https://h?secret=short", "at least 16"),
        (f"webhook://h?secret={SECRET}", "webhook\\+https:// before a host"),
        ("apprise://file:///etc/passwd", "acts on this machine"),
        ("apprise://vapid://me/x?keyfile=/etc/x", "acts on this machine"),
        ("apprise://fcm://project/x?keyfile=/etc/x", "file on this machine"),
        ("apprise://discord://a/b?template=/etc/passwd", "file on this machine"),
        ("apprise://nonsense", "looks like"),
    ],
)
def test_a_mistake_is_told_what_to_write(line, words):
    with pytest.raises(DsnError, match=words):
        open_route(line)


@pytest.mark.parametrize(
    "line",
    [
        f"smpp://user:{SECRET}@h?sender=Tocsin&rate=fast",
        f"smpp://{SECRET}:pass@h?sender=",
        f"smpp://user:{SECRET}{SECRET}{SECRET}{SECRET}@h?sender=Tocsin",
        f"smtp://user:{SECRET}@mail.example.net?sender=x",
        f"smtp://user:{SECRET}@mail.example.net?sender=a@example.org&unknown={SECRET}",
        f"webhook+https://h/{SECRET}?secret={SECRET}&concurrency=0",
        f"apprise://syslog://{SECRET}",
    ],
)
def test_no_error_and_no_repr_holds_a_secret(line):
    with pytest.raises(DsnError) as caught:
        open_route(line)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    "line",
    [
        f"smpp://user:{SECRET}@127.0.0.1:2775?sender=Tocsin",
        f"smtps://user:{SECRET}@mail.example.net?sender=alarm@example.org",
        f"webhook+https://h/{SECRET}?secret={SECRET}",
        f"apprise://json://{SECRET}@127.0.0.1/",
    ],
)
def test_no_open_route_shows_its_secret(line):
    channel = open_route(line)
    options = vars(channel)["_options"]
    assert SECRET not in f"{channel!r} {channel}"
    assert SECRET not in repr(options)


@pytest.mark.parametrize(
    ("sender", "address"),
    [
        ("Tocsin", Address("Tocsin", 5, 0)),
        ("12345", Address("12345", 3, 0)),
        ("+447700900100", Address("447700900100", 1, 1)),
        ("447700900100", Address("447700900100", 1, 1)),
    ],
)
def test_a_sender_gets_its_type(sender, address):
    assert sender_address(sender) == address


@pytest.mark.parametrize(
    ("address", "number"),
    [
        (Address("447700900123", 1, 1), "+447700900123"),
        (Address("+447700900123", 0, 1), "+447700900123"),
        (Address("00447700900123", 0, 0), "+447700900123"),
        (Address("07700900123", 2, 1), "+447700900123"),
        (Address("7700900123", 2, 1), "+447700900123"),
        (Address("07700900123", 0, 1), "+447700900123"),
        (Address("447700900123", 0, 1), "+447700900123"),
        (Address("12345", 3, 0), "12345"),
        (Address("12345", 0, 0), "12345"),
        (Address("MyBank", 5, 0), "MyBank"),
    ],
)
def test_a_number_becomes_international_where_the_carrier_says_enough(address, number):
    assert read_number(address, country="44") == number


def test_every_channel_has_its_page():
    for kind in CHANNELS.values():
        assert (ROOT / kind.page).is_file(), kind.page


@pytest.mark.parametrize(
    ("line", "page"),
    [
        ("smpps://u:p@h?sender=Tocsin", "sms-smpp.md"),
        ("smtp://h?sender=a@example.org", "email.md"),
        (f"webhook://?secret={SECRET}", "webhook.md"),
    ],
)
def test_every_option_stands_on_its_page(line, page):
    with pytest.raises(DsnError) as caught:
        open_route(f"{line}&no-such-option=1")
    text = (ROOT / "docs/channels" / page).read_text(encoding="utf-8")
    options = str(caught.value).partition("Known are: ")[2].split(", ")
    assert len(options) > 3
    assert [option for option in options if f"`{option}`" not in text] == []

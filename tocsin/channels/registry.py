"""Every way to reach a person, one row each, and how a route is opened from its line in the settings."""

import ssl
from collections.abc import Callable
from dataclasses import dataclass

from tocsin.channels.base import Channel, SendError
from tocsin.channels.chat import ChatOptions, ChatRoute, check_url
from tocsin.channels.dsn import Dsn, DsnError
from tocsin.channels.mail import MailError, read_mailbox
from tocsin.channels.smpp import SmppOptions, SmppRoute, sender_address
from tocsin.channels.smpp_pdu import Bind, PduError, encode_bind
from tocsin.channels.smpp_session import Timing
from tocsin.channels.smpp_text import ALPHABETS, encode_gsm7
from tocsin.channels.smtp import SmtpOptions, SmtpRoute
from tocsin.channels.webhook import WebhookOptions, WebhookRoute

SECRET_CHARS_MIN = 16
VALID_MINUTES_MAX = 7 * 24 * 60
_STARTTLS = {"required": True, "offered": None, "never": False}


@dataclass(frozen=True, slots=True)
class Kind:
    """A row: the word for it, how its lines begin, what opens one, and the page that explains it."""

    name: str
    schemes: tuple[str, ...]
    open: Callable[[str], Channel]
    page: str


def open_route(line: str) -> Channel:
    """Return the channel that a line of the settings describes. Raises `DsnError`, which says what to write.

    Nothing is connected yet: that is `Channel.start`.
    """
    scheme = line.strip().partition("://")[0].lower()
    kind = next((kind for kind in CHANNELS.values() if scheme in kind.schemes), None)
    if kind is None:
        known = ", ".join(f"{scheme}://" for kind in CHANNELS.values() for scheme in kind.schemes)
        raise DsnError(f"a route begins with one of {known}")
    return kind.open(line.strip())


def _by_dsn(opener: Callable[[Dsn], Channel]) -> Callable[[str], Channel]:
    """Make an opener for lines out of one for lines taken apart."""

    def open_line(line: str) -> Channel:
        dsn = Dsn(line)
        channel = opener(dsn)
        dsn.finish()
        return channel

    return open_line


def _open_smpp(dsn: Dsn) -> Channel:
    sender = dsn.text("sender")
    septets = encode_gsm7(sender)
    if not sender or septets is None or (not sender.lstrip("+").isdigit() and len(septets) > 11):
        raise DsnError(f"the route {dsn!r}: sender is +number, a short code, or a name of at most 11 letters")
    bind = Bind(dsn.user, dsn.password, dsn.text("system_type"))
    try:
        encode_bind(bind)
    except PduError as error:
        raise DsnError(f"the route {dsn!r}: {error}") from error
    window = dsn.number("window", 50, least=1, most=1000)
    valid_min = dsn.number("valid_min", None, least=1, most=VALID_MINUTES_MAX)
    source = sender_address(sender)
    ton = dsn.number("sender_ton", source.ton, least=0, most=6)
    npi = dsn.number("sender_npi", source.npi, least=0, most=18)
    assert window is not None
    assert ton is not None
    assert npi is not None
    return SmppRoute(
        SmppOptions(
            host=dsn.need_host(),
            port=dsn.port(3550 if dsn.scheme == "smpps" else 2775),
            bind=bind,
            sender=source._replace(ton=int(ton), npi=int(npi)),
            window=int(window),
            rate_per_s=dsn.number("rate", None, least=0.01, most=1_000_000),
            tls=_tls(dsn) if dsn.scheme == "smpps" else None,
            wants_receipts=dsn.flag("receipts", default=True),
            validity_period="" if valid_min is None else _relative_time(int(valid_min)),
            service_type=dsn.text("service_type"),
            country=dsn.text("country").lstrip("+"),
            default_alphabet=dsn.choice("alphabet", "gsm7", ALPHABETS),
            has_hex_ids=dsn.choice("ids", "same", ("same", "hex")) == "hex",
            connect_s=dsn.seconds("connect_s", 5),
            hold_s=dsn.seconds("hold_s", 2, most=60),
            timing=Timing(
                answer_s=dsn.seconds("answer_s", 10),
                enquire_s=dsn.seconds("enquire_s", 15),
                alive_s=dsn.seconds("alive_s", 5),
            ),
        )
    )


def _open_smtp(dsn: Dsn) -> Channel:
    try:
        sender = read_mailbox(dsn.text("sender"))
    except MailError as error:
        raise DsnError(f"the route {dsn!r}: sender is a mail address, such as sender=alarm@example.org") from error
    has_tls = dsn.scheme == "smtps"
    starttls = dsn.choice("starttls", "offered" if dsn.is_loopback else "required", tuple(_STARTTLS))
    if dsn.password and not has_tls and starttls != "required" and not dsn.is_loopback:
        raise DsnError(f"the route {dsn!r} would send its password in the clear: leave out starttls or use smtps://")
    connections = dsn.number("connections", 4, least=1, most=100)
    assert connections is not None
    return SmtpRoute(
        SmtpOptions(
            host=dsn.need_host(),
            port=dsn.port(465 if has_tls else 587),
            sender=sender,
            user=dsn.user,
            password=dsn.password,
            has_tls=has_tls,
            starttls=_STARTTLS[starttls],
            tls=_tls(dsn),
            connections=int(connections),
            rate_per_s=dsn.number("rate", None, least=0.01, most=1_000_000),
            command_s=dsn.seconds("command_s", 15),
            send_s=dsn.seconds("send_s", 40),
        )
    )


def _open_webhook(dsn: Dsn) -> Channel:
    secret = dsn.text("secret")
    if len(secret) < SECRET_CHARS_MIN:
        raise DsnError(
            f"the route {dsn!r}: secret has at least {SECRET_CHARS_MIN} characters, and the receiver knows it"
        )
    if dsn.scheme == "webhook" and dsn.host:
        raise DsnError(f"the route {dsn!r}: write webhook+https:// before a host, or webhook:// without one")
    concurrency = dsn.number("concurrency", 20, least=1, most=500)
    assert concurrency is not None
    port = dsn.port(0)
    host = f"[{dsn.host}]" if ":" in dsn.host else dsn.host
    return WebhookRoute(
        WebhookOptions(
            secret=secret.encode(),
            url=f"{dsn.scheme.removeprefix('webhook+')}://{host}{f':{port}' if port else ''}{dsn.path}"
            if dsn.host
            else "",
            concurrency=int(concurrency),
            connect_s=dsn.seconds("connect_s", 5),
            answer_s=dsn.seconds("answer_s", 10),
            tls=_tls(dsn),
        )
    )


def _open_chat(line: str) -> Channel:
    """Open a chat route. `apprise://` leaves each message its own address; anything behind it is one address for all: `apprise://json://…`."""
    url = line.partition("://")[2]
    if url:
        try:
            check_url(url)
        except SendError as error:
            raise DsnError(f"the chat route: {error.reason}") from error
    return ChatRoute(ChatOptions(url=url))


def _tls(dsn: Dsn) -> ssl.SSLContext:
    """Return what checks the carrier's certificate: the machine's own authorities, or those in the file `ca`."""
    ca = dsn.text("ca")
    try:
        return ssl.create_default_context(cafile=ca or None)
    except OSError as error:
        raise DsnError(f"the route {dsn!r}: ca is a readable file of certificates in PEM form") from error


def _relative_time(minutes: int) -> str:
    """Return a time from now as SMPP writes it (section 7.1.1.2): YYMMDDhhmmss000R."""
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    return f"0000{days:02}{hours:02}{minutes:02}00000R"


# A new channel is one module, one row here, one test file, one page.
CHANNELS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("sms", ("smpp", "smpps"), _by_dsn(_open_smpp), "docs/channels/sms-smpp.md"),
        Kind("email", ("smtp", "smtps"), _by_dsn(_open_smtp), "docs/channels/email.md"),
        Kind(
            "webhook", ("webhook", "webhook+https", "webhook+http"), _by_dsn(_open_webhook), "docs/channels/webhook.md"
        ),
        Kind("chat", ("apprise",), _open_chat, "docs/channels/chat.md"),
    )
}

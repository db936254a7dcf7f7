"""Writes a mail as bytes. Pure. Sources: RFC 5322 (headers), 2045-2047 (encodings), 3834 (Auto-Submitted).

Written by hand because the standard library folds long unsubscribe links into encoded words, which mail programs then
cannot click, and because a wave of 300,000 mails waits for it.
"""

import base64
import binascii
import hashlib
import re
import secrets
from datetime import datetime
from email.header import Header
from email.utils import format_datetime, formataddr, parseaddr
from typing import NamedTuple

from tocsin.channels.base import Outgoing

LINE_BYTES_MAX = 998  # RFC 5322, section 2.1.1.

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}")
_OURS = frozenset(
    [
        "from",
        "to",
        "subject",
        "date",
        "message-id",
        "mime-version",
        "content-type",
        "content-transfer-encoding",
        "auto-submitted",
    ]
)
_SAFE_ID = re.compile(r"[A-Za-z0-9._-]{1,120}")
_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\\\"\x00-\x1f\x7f]{1,64}@[^\s@<>()\[\],;:\\\"\x00-\x1f\x7f]{1,255}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")


class MailError(ValueError):
    """A mail that cannot be written as asked. The words never repeat the address or the text."""


class Mailbox(NamedTuple):
    """Whom a mail comes from."""

    name: str
    address: str

    @property
    def domain(self) -> str:
        """The part behind the @."""
        return self.address.rpartition("@")[2]


def read_mailbox(text: str) -> Mailbox:
    """Read `Name <name@example.org>` or a bare address. Raises `MailError`."""
    name, address = parseaddr(text)
    if _CONTROL.search(text):
        raise MailError("a sender has no line breaks")
    return Mailbox(name, check_address(address))


def check_address(address: str) -> str:
    """Return an address as SMTP takes it, its domain in ASCII. Raises `MailError`."""
    if not _ADDRESS.fullmatch(address):
        raise MailError("this is not a mail address")
    local, _, domain = address.rpartition("@")
    try:
        return f"{local}@{domain if domain.isascii() else domain.encode('idna').decode()}"
    except UnicodeError as error:
        raise MailError("this mail address has a domain that cannot exist") from error


def message_id_of(outgoing: Outgoing, domain: str) -> str:
    """Return the Message-ID. The same for each try, so that mail programs show a repeat once."""
    ours = outgoing.message_id
    if not _SAFE_ID.fullmatch(ours):
        ours = hashlib.sha256(ours.encode("utf-8", "replace")).hexdigest()[:40]
    return f"<{ours}@{domain}>"


def compose(outgoing: Outgoing, sender: Mailbox, to: str, at: datetime) -> bytes:
    """Return the whole mail. `to` comes from `check_address`. Raises `MailError` for a line break in a header."""
    headers = [
        f"From: {formataddr((sender.name, sender.address), 'utf-8')}",
        f"To: {to}",
        f"Subject: {_subject(outgoing.subject)}",
        f"Date: {format_datetime(at)}",
        f"Message-ID: {message_id_of(outgoing, sender.domain)}",
        "MIME-Version: 1.0",
        "Auto-Submitted: auto-generated",  # No holiday replies to an alarm.
        *(_extra(name, value) for name, value in outgoing.headers),
    ]
    if _LANGUAGE.fullmatch(outgoing.language):
        headers.append(f"Content-Language: {outgoing.language}")
    text = _part("plain", outgoing.body)
    if outgoing.html:
        # No encoded text can hold "=_", and nobody who writes the text knows the rest.
        boundary = f"=_{secrets.token_hex(12)}"
        headers.append(f'Content-Type: multipart/alternative; boundary="{boundary}"\r\n')
        html = _part("html", outgoing.html)
        content = f"--{boundary}\r\n{text}\r\n--{boundary}\r\n{html}\r\n--{boundary}--\r\n"
    else:
        content = text
    return ("\r\n".join(headers) + "\r\n" + content).encode("utf-8", "replace")


def _subject(subject: str) -> str:
    if _CONTROL.search(subject):
        raise MailError("a subject has no line breaks")
    if subject.isascii() and len(subject) < LINE_BYTES_MAX // 2:
        return subject
    return Header(_without_halves(subject), "utf-8", header_name="Subject").encode(linesep="\r\n")


def _extra(name: str, value: str) -> str:
    if not _NAME.fullmatch(name) or name.lower() in _OURS:
        raise MailError("a header has a name that is not allowed")
    if _CONTROL.search(value) or not value.isascii() or len(name) + len(value) + 2 > LINE_BYTES_MAX:
        raise MailError(f"the header {name} is ASCII, in one line of less than {LINE_BYTES_MAX} characters")
    return f"{name}: {value}"


def _part(subtype: str, text: str) -> str:
    """Return a text with its own headers, in whichever encoding keeps it shortest and every line within bounds."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    data = text.encode("utf-8", "replace")
    if text.isascii() and "\0" not in text and max(map(len, text.split("\n"))) < LINE_BYTES_MAX:
        encoding, content = "7bit", text
    elif sum(byte > 127 for byte in data) * 6 < len(data):
        encoding, content = "quoted-printable", binascii.b2a_qp(data).decode()
    else:
        encoding, content = "base64", base64.encodebytes(data.replace(b"\n", b"\r\n")).decode()
    if not content.endswith("\n"):
        content += "\n"
    content = content.replace("\n", "\r\n")
    return f'Content-Type: text/{subtype}; charset="utf-8"\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n{content}'


def _without_halves(text: str) -> str:
    """Replace lone surrogates, which no encoding can carry."""
    return text.encode("utf-8", "replace").decode()

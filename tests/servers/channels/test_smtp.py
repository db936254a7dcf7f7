"""Mail over SMTP against aiosmtpd, as the demo's carrier runs it."""

import asyncio

import pytest

from tocsin.channels.base import Outgoing, Progress, SendError
from tocsin.demo.misbehaviour import Misbehaviour
from tocsin.demo.pocket import Pockets
from tocsin.demo.smtp_carrier import SmtpCarrier

SARA = "sara@example.net"
MAIL = Outgoing("n-1", SARA, "Call headquarters.\n.\nNow.\n", subject="Alarm")


def line_of(port: int, options: str = "", user: str = "") -> str:
    return f"smtp://{user}127.0.0.1:{port}?sender=Tocsin <alarm@example.org>{options}"


@pytest.fixture
async def route(ports, open_started):
    return await open_started(line_of(ports.smtp))


async def test_a_mail_reaches_the_mailbox_whole(route, carriers):
    link = "<https://tocsin.example.org/unsubscribe/" + "k" * 200 + ">"
    receipt = await route.send(
        Outgoing(
            "n-1",
            SARA,
            "استغاثة: سارة تحتاج المساعدة.\nاتصل بالمقر.",
            subject="استغاثة 😀",
            language="ar",
            headers=(("List-Unsubscribe", link), ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")),
            html='<p dir="rtl">استغاثة: <b>سارة</b></p>',
        )
    )
    assert receipt.progress is Progress.ACCEPTED
    assert receipt.carrier_id == "<n-1@example.org>"
    note = carriers.pockets.of(SARA)[0]
    assert (note.subject, note.other) == ("استغاثة 😀", "alarm@example.org")
    assert note.text.splitlines() == ["استغاثة: سارة تحتاج المساعدة.", "اتصل بالمقر."]
    assert note.html.splitlines() == ['<p dir="rtl">استغاثة: <b>سارة</b></p>']
    headers = dict(note.headers)
    assert (headers["List-Unsubscribe"], headers["Message-ID"]) == (link, "<n-1@example.org>")


async def test_dots_and_line_ends_survive(route, carriers):
    await route.send(MAIL)
    assert carriers.pockets.of(SARA)[0].text == MAIL.body


async def test_connections_stay_open_and_are_no_more_than_allowed(route, carriers):
    await asyncio.gather(*(route.send(Outgoing(f"n-{n}", SARA, "x")) for n in range(100)))
    assert carriers.smtp.mails == 100
    assert 1 <= len(carriers.smtp.lines) <= 4


@pytest.mark.parametrize(
    ("field", "answer", "permanent", "words"),
    [
        ("mail_rcpt", "550 5.1.1 <sara@example.net>: no such user", True, r"recipient \(550 5.1.1\)"),
        ("mail_rcpt", "450 4.2.1 mailbox busy", False, r"recipient \(450 4.2.1\)"),
        ("mail_rcpt", "421 4.3.2 going down", False, r"recipient \(421 4.3.2\)"),
        ("mail_rcpt", "530 5.7.0 sign in first", False, r"recipient \(530 5.7.0\)"),
        ("mail_data", "554 spam", True, r"the mail \(554\)"),
        ("mail_data", "452 4.3.1 disk full", False, r"the mail \(452 4.3.1\)"),
    ],
)
async def test_a_refusal_says_what_and_whether_to_try_again(route, carriers, field, answer, permanent, words):
    carriers.misbehaviour.change({field: answer})
    with pytest.raises(SendError, match=words) as caught:
        await route.send(MAIL)
    assert caught.value.permanent is permanent
    assert "sara" not in caught.value.reason
    carriers.misbehaviour.behave()
    assert await route.send(MAIL)
    assert carriers.smtp.mails == 1


async def test_a_dropped_connection_is_temporary(route, carriers):
    carriers.misbehaviour.mail_drop = True
    with pytest.raises(SendError, match="may have been taken") as caught:
        await route.send(MAIL)
    assert not caught.value.permanent
    carriers.misbehaviour.mail_drop = False
    assert await route.send(MAIL)


async def test_a_kept_connection_that_died_is_replaced_unnoticed(route, carriers):
    await route.send(MAIL)
    carriers.smtp.drop_all()
    await route.send(MAIL)
    assert carriers.smtp.mails == 2


async def test_a_relay_that_does_not_answer_costs_no_more_than_its_time(ports, carriers, open_started):
    route = await open_started(line_of(ports.smtp, "&send_s=0.3"))
    carriers.misbehaviour.mail_answer_s = 5.0
    with pytest.raises(SendError, match="did not answer in time") as caught:
        await route.send(MAIL)
    assert not caught.value.permanent
    carriers.misbehaviour.behave()
    assert await route.send(MAIL)


async def test_no_relay_at_all(open_started, unused_tcp_port):
    route = await open_started(line_of(unused_tcp_port))
    with pytest.raises(SendError, match="cannot be reached") as caught:
        await route.send(MAIL)
    assert not caught.value.permanent


@pytest.mark.parametrize(
    ("address", "subject"),
    [("sara@example.net\r\nRCPT TO:<x@example.net>", "x"), ("sara", "x"), (SARA, "x\r\nBcc: all@example.net")],
)
async def test_nothing_is_slipped_in(route, carriers, address, subject):
    with pytest.raises(SendError) as caught:
        await route.send(Outgoing("n-1", address, "x", subject=subject))
    assert caught.value.permanent
    assert carriers.smtp.mails == 0


async def test_an_address_in_another_script(route, carriers):
    await route.send(Outgoing("n-1", "سارة@example.net", "x", subject="x"))
    note = carriers.pockets.of("سارة@example.net")[0]
    assert dict(note.headers)["To"] == "سارة@example.net"


@pytest.fixture
async def strict(certificate):
    """A relay that wants encryption and a password."""
    carrier = SmtpCarrier(Pockets(), Misbehaviour(), password="secret", tls=certificate.context)
    carrier.port = await carrier.start()
    yield carrier
    await carrier.stop()


async def test_starttls_and_sign_in(strict, certificate, open_started):
    options = f"&starttls=required&ca={certificate.path}"
    route = await open_started(line_of(strict.port, options, "tocsin:secret@"))
    assert await route.send(MAIL)
    assert strict.mails == 1


async def test_a_wrong_password_is_our_fault_and_not_the_address(strict, certificate, open_started):
    options = f"&starttls=required&ca={certificate.path}"
    route = await open_started(line_of(strict.port, options, "tocsin:wrong@"))
    with pytest.raises(SendError, match="sign-in \\(535") as caught:
        await route.send(MAIL)
    assert not caught.value.permanent


async def test_a_relay_without_encryption_is_refused_when_it_is_required(ports, carriers, open_started):
    route = await open_started(line_of(ports.smtp, "&starttls=required"))
    with pytest.raises(SendError) as caught:
        await route.send(MAIL)
    assert not caught.value.permanent
    assert carriers.smtp.mails == 0


async def test_a_certificate_that_nobody_knows_is_refused(strict, open_started):
    route = await open_started(line_of(strict.port, "&starttls=required", "tocsin:secret@"))
    with pytest.raises(SendError, match="cannot be reached"):
        await route.send(MAIL)
    assert strict.mails == 0

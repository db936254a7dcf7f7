"""The page behind an answer link: opening it is harmless, one press counts once, nobody else sees the place."""

import hashlib
from datetime import timedelta

import pytest
from django.test import Client
from django.test.utils import override_settings

from tests.database.publicity.scenes import build, person
from tocsin.core import clock
from tocsin.dispatch.models import AnswerLink, Notice
from tocsin.incidents.models import Engagement
from tocsin.people.actions import seal_row
from tocsin.people.models import Plan

SECRET = "s3cret-of-a-responder"
BODY = "Mira calls for help: SOS. About 5 km north-east of the light house."


@pytest.fixture
def asked(db):
    """A responder who was asked by a link a minute ago."""
    with override_settings(TOCSIN_SMS_ROUTE="smpp://somebody:secret@127.0.0.1:2775"):
        yield _asked()


def _asked():
    now = clock.now()
    scene = build()
    Plan.objects.create(defender=scene.incident.defender, updated_at=now, responders_hear="place")
    scene.incident.opened_at = scene.incident.last_alarm_at = now - timedelta(minutes=1)
    scene.incident.save()
    party = person("Juno Harrowell", sms="+447700900131")
    Engagement.objects.create(
        incident=scene.incident, party=party, role="responder", asked_at=now, changed_at=now, distance_km=3.0
    )
    notice = Notice(
        lane="cry", purpose="ring", incident=scene.incident, party=party, way=party.ways.get(), channel="sms",
        state="accepted", created_at=now, due_at=now, deadline_at=now + timedelta(hours=1), accepted_at=now,
    )  # fmt: skip
    seal_row(notice, now=now, body=f"{BODY} http://127.0.0.1:8000/r/{SECRET}")
    notice.save()
    digest = hashlib.sha256(SECRET.encode()).digest()
    AnswerLink.objects.create(notice=notice, digest=digest, expires_at=now + timedelta(hours=1))
    return scene


def get(client: Client, secret: str = SECRET):
    return client.get(f"/r/{secret}")


def press(client: Client, word: str, secret: str = SECRET, **more: str):
    return client.post(f"/r/{secret}", {"answer": word, **more})


def words(response) -> str:
    return response.content.decode()


def test_opening_the_link_answers_nothing(asked):
    client = Client(SERVER_NAME="localhost")
    for _ in range(3):
        response = get(client)
        assert response.status_code == 200
        assert BODY in words(response)
        assert client.head(f"/r/{SECRET}").status_code == 200
    assert Engagement.objects.get().state == "asked"
    assert not client.cookies
    assert response["Cache-Control"] == "no-store"


def test_the_page_names_neither_us_nor_the_program(asked):
    page = words(get(Client(SERVER_NAME="localhost"))).replace("css/tocsin.css", "")
    assert "ocsin" not in page
    assert "Lantern Watch" not in page


def test_yes_shows_the_exact_place_to_this_browser_only(asked):
    client = Client(SERVER_NAME="localhost")
    before = words(get(client))
    assert "-49.28123" not in before
    after = press(client, "yes")
    assert "-49.28123" in words(after)
    assert Engagement.objects.get().state == "accepted"
    assert "-49.28123" in words(get(client))  # The cookie of this browser.
    stranger = words(get(Client(SERVER_NAME="localhost")))
    assert "-49.28123" not in stranger
    assert BODY not in stranger


def test_an_answer_counts_once(asked):
    assert press(Client(SERVER_NAME="localhost"), "yes").status_code == 200
    second = press(Client(SERVER_NAME="localhost"), "no")
    assert second.status_code == 409
    assert Engagement.objects.get().state == "accepted"


def test_what_follows_a_yes_needs_the_browser_that_said_it(asked):
    client = Client(SERVER_NAME="localhost")
    page = words(press(client, "yes"))
    assert press(Client(SERVER_NAME="localhost"), "there").status_code == 409
    assert Engagement.objects.get().state == "accepted"
    press(client, "on_the_way")
    assert Engagement.objects.get().state == "on_the_way"
    proof = page.split('name="proof" value="')[1].split('"')[0]
    press(Client(SERVER_NAME="localhost"), "there", proof=proof)  # A phone that keeps no cookies.
    assert Engagement.objects.get().state == "there"
    press(Client(SERVER_NAME="localhost"), "safe", proof=f"{proof}x")
    assert Engagement.objects.get().state == "there"


def test_no_shows_no_place(asked):
    client = Client(SERVER_NAME="localhost")
    response = press(client, "no")
    assert "-49.28123" not in words(response)
    assert Engagement.objects.get().state == "declined"


@pytest.mark.parametrize("secret", ["x", "é" * 20, "a" * 300, f"{SECRET}x"])
def test_a_forged_link_shows_nothing(asked, secret):
    for response in (
        get(Client(SERVER_NAME="localhost"), secret),
        press(Client(SERVER_NAME="localhost"), "yes", secret),
    ):
        assert response.status_code == 404
        assert BODY not in words(response)
    assert Engagement.objects.get().state == "asked"


def test_a_link_that_is_too_old_says_what_to_do(asked):
    AnswerLink.objects.update(expires_at=clock.now() - timedelta(seconds=1))
    for response in (get(Client(SERVER_NAME="localhost")), press(Client(SERVER_NAME="localhost"), "yes")):
        assert response.status_code == 410
        assert BODY not in words(response)
    assert Engagement.objects.get().state == "asked"


def test_when_it_is_over_nobody_needs_to_come(asked):
    client = Client(SERVER_NAME="localhost")
    press(client, "yes")
    asked.incident.refresh_from_db()
    asked.incident.state = "closed"
    asked.incident.save(update_fields=["state"])
    response = get(client)
    assert "-49.28123" not in words(response)
    assert "over" in words(response)


@pytest.mark.parametrize("language", ["ar", "fa", "sw", "xx"])
def test_it_speaks_the_language_of_the_message(asked, language):
    Notice.objects.update(language=language)
    page = words(get(Client(SERVER_NAME="localhost")))
    assert f'lang="{language}"' in page
    assert (f'dir="{"rtl" if language in {"ar", "fa"} else "ltr"}"') in page


def test_a_word_that_is_no_answer_asks_again(asked):
    response = press(Client(SERVER_NAME="localhost"), "perhaps")
    assert response.status_code == 200
    assert Engagement.objects.get().state == "asked"

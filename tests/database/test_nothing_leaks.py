"""A stolen database shows nobody: fill every table with what could leak, read every byte, and find none of it."""

import base64
import json

import psycopg
import pytest

from tests.people_factory import BY, NOW, PASSWORD, defender, sign_in, staff
from tocsin.accounts.actions import enrol_second_factor
from tocsin.accounts.scopes import Role
from tocsin.core.sealing import SealError, load_keyring, new_key, seal
from tocsin.devices.actions import issue_device
from tocsin.devices.models import DeviceWord
from tocsin.devices.rules import WORD_CONTEXT, uid_index
from tocsin.people.actions_defenders import PlanTerms, add_to_circle, save_plan
from tocsin.people.actions_directives import DirectiveWish, draft_directive
from tocsin.people.actions_parties import PartyTerms, add_way, create_party, forget_party
from tocsin.people.queries import keyring, opened
from tocsin.people.rules import DEFAULT_STEPS, Relation

NAME, FRIEND, TASK = "Nadia-Leak-Invented", "Karim-Leak-Invented", "rings-the-lawyer-leak"
NUMBER, MAIL, IMEI, SIM = "+447700900987", "leaky.address@example.org", "990000000007654", "+447700900986"
STORY, WORDS = "background-story-leak", ("cover-leak", "question-leak", "wellword-leak", "duressword-leak", "ask-leak")
NEVER = "village-leak"


def fill() -> tuple:
    """Store one of each, and give back what must not be found."""
    row = defender(NAME, sms=NUMBER)
    row.party.refresh_from_db()
    add_way(row.party_id, channel="email", address=MAIL, by=BY, now=NOW)
    friend = create_party(PartyTerms(name=FRIEND), by=BY, now=NOW)
    add_to_circle(row.pk, friend.pk, relation=Relation.FRIEND, task=TASK, by=BY, now=NOW)
    save_plan(row.pk, PlanTerms(**dict(zip(("cover", "challenge", "check_word", "duress_word", "questions"), WORDS,
                                           strict=True))), DEFAULT_STEPS, by=BY, now=NOW)  # fmt: skip
    draft_directive(row.pk, DirectiveWish(never_mention=NEVER), by=BY, now=NOW)
    issue_device(protocol="gt06", device_uid=IMEI, number=SIM, defender_id=row.pk, by=BY, now=NOW)
    DeviceWord.objects.create(
        uid_index=uid_index(keyring(), IMEI),
        sealed_uid=seal(IMEI.encode(), key=keyring().journal, context=WORD_CONTEXT),
        protocol="gt06",
        received_at=NOW,
    )
    member = staff("duty-1", Role.DUTY_OFFICER, name="Officer-Leak-Invented", password=PASSWORD)
    browser = sign_in(member)
    secret = enrol_second_factor(member)
    cookie = browser.cookies["sessionid"].value
    secrets = [NAME, FRIEND, TASK, NUMBER, MAIL, IMEI, SIM, NEVER, *WORDS, "Officer-Leak", "Made up.", PASSWORD]
    return row, [*secrets, secret, cookie, NUMBER.removeprefix("+44"), IMEI[4:14], MAIL.split("@")[0]]


def everything_in(url: str) -> bytes:
    """Read every column of every table as text, with bytes shown both as they are and in hexadecimal."""
    pieces: list[bytes] = []
    with psycopg.connect(url) as connected:
        tables = connected.execute(
            "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'"
        ).fetchall()
        assert len(tables) > 30
        for (table,) in tables:
            for values in connected.execute(f"SELECT * FROM {table}"):  # type: ignore[arg-type]
                for value in values:
                    pieces.append(bytes(value) if isinstance(value, bytes) else str(value).encode())
                    if isinstance(value, dict | list):
                        pieces.append(json.dumps(value, ensure_ascii=False).encode())
    return b"\n".join(pieces)


def test_no_name_number_identity_or_code_word_is_in_a_dump(committed_db):
    row, secrets = fill()
    assert opened([row.party], "name") == [{"name": NAME}], "with the key it is there"
    dump = everything_in(committed_db)
    assert b"Country A" in dump, "the dump is whole"
    for secret in secrets:
        for form in (secret.encode(), secret.encode().hex().encode(), base64.b64encode(secret.encode()).rstrip(b"=")):
            assert form.lower() not in dump.lower(), secret


def test_another_key_opens_nothing(committed_db, tmp_path):
    row, _secrets = fill()
    other = tmp_path / "other.key"
    other.write_text(new_key().hex(), encoding="ascii")
    stranger = load_keyring(other)
    with psycopg.connect(committed_db) as connected:
        wrapped = connected.execute("SELECT subject, data_class, wrapped FROM tocsin_subjectkey").fetchall()
    assert wrapped
    for subject, data_class, sealed in wrapped:
        with pytest.raises(SealError):
            stranger.unwrap(bytes(sealed), context=f"key:{subject}:{data_class}")
    index = row.party.ways.first().address_index
    assert stranger.blind_index(NUMBER, kind="way:sms") != bytes(index)


def test_after_forgetting_nothing_opens_with_the_key_either(committed_db):
    row, _secrets = fill()
    ways = list(row.party.ways.select_related("party"))
    members = list(row.circle.select_related("defender__party"))
    row.is_active = False
    row.save()
    forget_party(row.party_id, by=BY, now=NOW)
    assert opened([row.party], "name") == [{"name": ""}]
    assert opened(ways, "address") == [{"address": ""}, {"address": ""}]
    assert opened(members, "task") == [{"task": ""}]
    assert opened([row.plan], "check_word", "duress_word") == [{"check_word": "", "duress_word": ""}]

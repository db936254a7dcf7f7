"""The feeds obey their standards: the OASIS schema of CAP 1.2 and the rules of RFC 4287, whatever the texts hold."""

import re
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from uuid import UUID
from xml.etree import ElementTree as Xml

import xmlschema
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.people.rules import PublicAudience
from tocsin.publicity.queries_public import PublicAppeal, PublicText
from tocsin.publicity.rules import TextKind
from tocsin.publicity.rules_check import Draft, Text
from tocsin.site import atom, cap

SCHEMA = Path(__file__).parents[2] / "data" / "oasis" / "CAP-v1.2.xsd"
AT = datetime(2026, 11, 23, 4, 0, 0, 123456, tzinfo=UTC)
HOUR = timedelta(hours=1)
UID = UUID("5a6f0d1e-0000-4000-8000-000000000001")
CAP = "{urn:oasis:names:tc:emergency:cap:1.2}"
ATOM = "{http://www.w3.org/2005/Atom}"


ISSUER = cap.Issuer("appeals.example.org", "Lantern Watch & Friends", "office@example.org", "https://example.org")
TEXTS = {"en": Text("A <b>defender</b> & co", "Body\n\nMore", "Act"), "ar": Text("عنوان", "نص")}


def text(number, kind=TextKind.APPEAL, *, after=timedelta(), stopped=None, texts=None, **place) -> PublicText:
    draft = Draft(kind, texts or TEXTS, frozenset({PublicAudience.PAGE}), **place)
    return PublicText(number, kind, AT + after, stopped, None if stopped else draft)


def appeal_of(*texts: PublicText, is_drill=False) -> PublicAppeal:
    return PublicAppeal(uid=UID, is_drill=is_drill, is_live=True, texts=texts)


def cap_of(appeal: PublicAppeal) -> list[Xml.Element]:
    """Write the CAP messages of an appeal, hold them to the schema, and read them."""
    written = [cap.cap_xml(message, appeal=appeal, issuer=ISSUER) for message in cap.messages_of(appeal)]
    for document in written:
        schema().validate(document.decode())
    return [Xml.fromstring(document) for document in written]


def atom_of(*appeals: PublicAppeal, language="en") -> Xml.Element:
    feed = atom.Feed("/feeds/appeals.atom", "Appeals", language)
    return checked(atom.appeals_atom(appeals, feed=feed, issuer=ISSUER))


def index_of(*appeals: PublicAppeal) -> Xml.Element:
    feed = atom.Feed("/feeds/cap/", "CAP", "en")
    rows = [(appeal, message) for appeal in appeals for message in cap.messages_of(appeal)]
    return checked(atom.cap_atom(rows, feed=feed, issuer=ISSUER))


@cache
def schema() -> xmlschema.XMLSchema:
    """The OASIS schema, read from the file beside the tests."""
    return xmlschema.XMLSchema(SCHEMA.read_bytes().decode())


def checked(document: bytes) -> Xml.Element:
    """Read an Atom document and hold it to RFC 4287 (sections in brackets)."""
    root = Xml.fromstring(document)
    assert root.tag == f"{ATOM}feed"
    holders = [root, *root.findall(f"{ATOM}entry")]
    for holder in holders:
        for name in ("id", "title", "updated"):  # [4.1.1, 4.1.2]
            assert len(holder.findall(f"{ATOM}{name}")) == 1
        assert re.match(r"(https?://|urn:uuid:)", holder.findtext(f"{ATOM}id"))  # An IRI [4.2.6].
        for name in ("updated", "published"):  # [3.3]
            for at in holder.findall(f"{ATOM}{name}"):
                assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", at.text)
        for link in holder.findall(f"{ATOM}link"):
            assert link.get("href")  # [4.2.7.1]
        kinds = [(link.get("type"), link.get("hreflang")) for link in holder.findall(f"{ATOM}link[@rel='alternate']")]
        assert len(kinds) == len(set(kinds))
    assert root.find(f"{ATOM}author/{ATOM}name").text  # [4.1.1]: all entries have this author.
    assert root.find(f"{ATOM}link[@rel='self']") is not None
    ids = [entry.findtext(f"{ATOM}id") for entry in holders[1:]]
    assert len(ids) == len(set(ids))
    for entry in holders[1:]:
        assert entry.find(f"{ATOM}content") is not None or entry.find(f"{ATOM}link[@rel='alternate']") is not None
    return root


def test_an_appeal_is_an_alert_in_each_language():
    [alert] = cap_of(appeal_of(text(1, area="Country A", lat_deg=-49.3, lon_deg=71.1, radius_km=20.0)))
    assert alert.findtext(f"{CAP}msgType") == "Alert"
    assert alert.findtext(f"{CAP}status") == "Actual"
    assert alert.findtext(f"{CAP}scope") == "Public"
    assert alert.findtext(f"{CAP}sent") == "2026-11-23T04:00:00-00:00"
    assert [info.findtext(f"{CAP}language") for info in alert.findall(f"{CAP}info")] == ["ar", "en"]
    assert {info.findtext(f"{CAP}area/{CAP}circle") for info in alert.findall(f"{CAP}info")} == {"-49.3,71.1 20"}
    assert not set(alert.findtext(f"{CAP}identifier")) & set(" ,<&")  # Section 3.2.1.
    assert not set(alert.findtext(f"{CAP}sender")) & set(" ,<&")


def test_a_text_without_a_place_has_no_area():
    [alert] = cap_of(appeal_of(text(1)))
    assert alert.find(f".//{CAP}area") is None


def test_later_texts_are_updates_and_name_what_they_follow():
    appeal = appeal_of(text(1), text(2, TextKind.UPDATE, after=HOUR), text(3, TextKind.GOOD_END, after=2 * HOUR))
    alert, update, end = cap_of(appeal)
    first = f"appeals.example.org,{UID}.1,2026-11-23T04:00:00-00:00"
    second = f"appeals.example.org,{UID}.2,2026-11-23T05:00:00-00:00"
    assert alert.find(f"{CAP}references") is None
    assert update.findtext(f"{CAP}references") == first
    assert end.findtext(f"{CAP}references") == f"{first} {second}"
    assert [row.findtext(f"{CAP}msgType") for row in (alert, update, end)] == ["Alert", "Update", "Update"]
    assert end.findtext(f"{CAP}info/{CAP}responseType") == "AllClear"


def test_a_stop_is_a_cancel_and_takes_the_texts_away():
    stop = AT + 3 * HOUR
    appeal = appeal_of(
        text(1, stopped=stop),
        text(2, TextKind.UPDATE, after=HOUR, stopped=stop),
        text(3, after=4 * HOUR),
    )
    cancel, alert = cap_of(appeal)
    assert cancel.findtext(f"{CAP}msgType") == "Cancel"
    assert [row.split(",")[1] for row in cancel.findtext(f"{CAP}references").split()] == [f"{UID}.1", f"{UID}.2"]
    assert cancel.find(f"{CAP}info") is None
    assert alert.findtext(f"{CAP}msgType") == "Alert"
    assert alert.find(f"{CAP}references") is None


def test_a_drill_is_an_exercise_and_in_no_reader():
    drill = appeal_of(text(1), is_drill=True)
    [alert] = cap_of(drill)
    assert alert.findtext(f"{CAP}status") == "Exercise"
    assert atom_of(drill).find(f"{ATOM}entry") is None


def test_the_atom_feed_speaks_the_language_that_was_asked_for():
    appeal = appeal_of(text(1))
    for language, title in (("ar", "عنوان"), ("en", "A <b>defender</b> & co"), ("sw", "A <b>defender</b> & co")):
        entry = atom_of(appeal, language=language).find(f"{ATOM}entry")
        assert entry.findtext(f"{ATOM}title") == title
    content = atom_of(appeal).findtext(f"{ATOM}entry/{ATOM}content")
    assert "&lt;b&gt;defender" in content
    assert "<p>More</p>" in content


def test_a_withdrawn_appeal_stays_in_the_feed_and_says_so():
    before = atom_of(appeal_of(text(1)))
    after = atom_of(appeal_of(text(1, stopped=AT + HOUR)))
    assert after.findtext(f"{ATOM}entry/{ATOM}id") == before.findtext(f"{ATOM}entry/{ATOM}id")
    assert after.findtext(f"{ATOM}entry/{ATOM}updated") == "2026-11-23T05:00:00Z"
    assert "defender" not in Xml.tostring(after).decode()


def test_empty_feeds_are_feeds():
    assert atom_of().find(f"{ATOM}entry") is None
    assert index_of().find(f"{ATOM}entry") is None


def test_the_index_lists_every_message():
    appeal = appeal_of(text(1), text(2, TextKind.UPDATE, after=HOUR))
    index = index_of(appeal)
    links = [link.get("href") for link in index.findall(f"{ATOM}entry/{ATOM}link")]
    assert links == [f"https://example.org/feeds/cap/{UID}.{number}.xml" for number in (2, 1)]


@given(title=st.text(max_size=60), body=st.text(max_size=200))
@settings(max_examples=60, deadline=None)
def test_any_text_gives_valid_documents(title, body):
    appeal = appeal_of(text(1, texts={"en": Text(title or "t", body or "b", body, body, title)}, area=title))
    cap_of(appeal)
    atom_of(appeal)

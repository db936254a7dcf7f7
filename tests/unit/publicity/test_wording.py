"""The fixed words: complete in every language, and nothing of a text is changed by them."""

import string
from dataclasses import asdict

import pytest

from tocsin.phone.wording import WORDS as PHONE
from tocsin.publicity import wording
from tocsin.publicity.rules_check import Text
from tocsin.site.wording import NAMES
from tocsin.site.wording import WORDS as SITE
from tocsin.site.wording_subscribe import WORDS as SUBSCRIBE

TABLES = {"publicity": wording.WORDS, "site": SITE, "subscribe": SUBSCRIBE, "phone": PHONE}
TEXT = Text("Title", "Body\n\nMore", "Act", "Letter", "Short")


def fields(words: object) -> dict[str, set[str]]:
    """Give the places for values in each sentence."""
    found = {}
    for name, sentence in asdict(words).items():
        text = sentence if isinstance(sentence, str) else " ".join(sentence)
        found[name] = {field for _, field, _, _ in string.Formatter().parse(text) if field}
    return found


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_every_language_has_every_word_with_the_same_values(table):
    assert set(table) == set(NAMES)
    for language, words in table.items():
        assert fields(words) == fields(table["en"]), language
        assert all(asdict(words).values()), language


@pytest.mark.parametrize("language", NAMES)
def test_messages_hold_the_approved_words_unchanged(language):
    page, leave = "https://example.org/a/x", "https://example.org/unsubscribe/y/"
    mail = wording.mail(TEXT, language=language, page=page, leave=leave, organisation="Lantern & Watch")
    assert mail.subject == "Title"
    for part in (TEXT.body, TEXT.action, page, leave, "Lantern & Watch"):
        assert part in mail.body
    assert "Lantern &amp; Watch" in mail.html
    assert f'dir="{wording.direction(language)}"' in mail.html
    sms = wording.sms(TEXT, language=language, page="", leave="")
    assert sms.body.startswith("Short\n")
    assert wording.is_leave_word(sms.body.rpartition(" ")[2])  # The word that it names is understood.


def test_a_text_cannot_bring_marks_into_a_mail():
    evil = Text("<b>", "<script>x</script>", "<i>")
    mail = wording.mail(evil, language="en", page="", leave="https://example.org/", organisation="<u>")
    for mark in ("<b>", "<script>", "<i>", "<u>"):
        assert mark not in mail.html


@pytest.mark.parametrize("word", ["STOP", "stop.", " Stop! ", "BAJA", "Arrêt", "СТОП", "توقّف", "لغو", "acha", "SAIR"])
def test_words_to_leave(word):
    assert wording.is_leave_word(word)


@pytest.mark.parametrize("word", ["1", "yes", "do not stop", "نعم", "stop it please", ""])
def test_other_words_do_not_leave(word):
    assert not wording.is_leave_word(word)


def test_an_organisation_with_braces_is_only_a_name():
    message = wording.confirmation(
        language="en", organisation="{link}", channel="sms", link="x", code="123456", hours=48, is_known=False
    )
    assert message.body.startswith("{link}: your code is 123456")

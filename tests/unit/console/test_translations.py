"""The committed translations: what is read is what was written, with the same places for names and numbers."""

import gettext
import re
from pathlib import Path

import pytest

import tocsin

LOCALE = Path(tocsin.__file__).parent / "locale"
CATALOGUES = sorted(LOCALE.rglob("django.po"))
PLACES = re.compile(r"%\(\w+\)[\w.]*|\{\w+\}|<[^>]+>")


def unquoted(lines: str) -> str:
    return "".join(re.findall(r'"(.*)"', lines)).replace('\\"', '"').replace("\\n", "\n")


def pairs(path: Path) -> list[tuple[str, str]]:
    """Give every text with each of its translations."""
    found = []
    for block in path.read_text(encoding="utf-8").split("\n\n")[1:]:
        texts = re.findall(r'^(msgid|msgid_plural|msgstr(?:\[\d\])?) ((?:".*"\n?)+)', block, re.MULTILINE)
        named = {name: unquoted(lines) for name, lines in texts}
        if "msgid" in named:
            found.extend((named["msgid"], text) for name, text in named.items() if name.startswith("msgstr"))
    return found


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_what_is_read_is_what_was_written(path):
    with path.with_suffix(".mo").open("rb") as file:
        read = gettext.GNUTranslations(file)._catalog  # The only list of all that is in it.
    written = pairs(path)
    assert len(written) > 100
    assert {text for _, text in written if text} <= set(read.values())
    assert {key if isinstance(key, str) else key[0] for key in read} - {""} == {text for text, told in written if told}


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_names_and_numbers_keep_their_places(path):
    for text, translation in pairs(path):
        missing = set(PLACES.findall(translation)) - set(PLACES.findall(text))
        assert not missing, (text, missing)
        if translation and "%(n)" not in text:  # A form for one or two may say the number in words.
            assert set(PLACES.findall(text)) == set(PLACES.findall(translation)), text


def test_there_is_arabic():
    assert [path.parts[-3] for path in CATALOGUES].count("ar") == 1

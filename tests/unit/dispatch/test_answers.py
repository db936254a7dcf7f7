"""What people mean, in any script."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.dispatch.rules_answers import Meaning, Reply, is_cry, normalised, read_reply


@pytest.mark.parametrize(
    "text",
    ["1", " 1. ", "١", "۱", "१", "１", "Yes!", "YES", "نعم", "نَعَم", "نـعـم", "sí", "Si", "بله", "آره", "oui",
     "Oui, j'arrive", "sim", "да", "ДА", "ndiyo", "ok", "coming", "می‌آیم"],
)  # fmt: skip
def test_yes(text: str) -> None:
    assert read_reply(text) == Reply(Meaning.YES)


@pytest.mark.parametrize(
    "text",
    ["2", "٢", "۲", "२", "No", "لا", "لا أستطيع", "نه", "non", "não", "нет", "не могу", "hapana", "can't come",
     "I cannot come", "I can not come", "no puedo", "siwezi"],
)  # fmt: skip
def test_no(text: str) -> None:
    assert read_reply(text) == Reply(Meaning.NO)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("on my way", Meaning.ON_THE_WAY), ("في الطريق", Meaning.ON_THE_WAY), ("я на месте", Meaning.THERE),
        ("arrived", Meaning.THERE), ("here, safe", Meaning.SAFE), ("no problem, coming", Meaning.UNCLEAR),
        ("who is this?", Meaning.UNCLEAR), ("", Meaning.UNCLEAR), ("10", Meaning.UNCLEAR), ("yes no", Meaning.UNCLEAR),
        ("мне надо подумать", Meaning.UNCLEAR),
    ],
)  # fmt: skip
def test_other_words(text: str, meaning: Meaning) -> None:
    assert read_reply(text).meaning is meaning


@pytest.mark.parametrize(("text", "reply"), [("1 57", Reply(Meaning.YES, 57)), ("٢ ٥٧", Reply(Meaning.NO, 57))])
def test_the_number_of_the_call(text: str, reply: Reply) -> None:
    assert read_reply(text) == reply


@pytest.mark.parametrize(
    "text",
    ["SOS", "sos!!", "сос", "help", "Help me", "النجدة", "نَجدة", "کمک", "à l'aide", "помогите", "socorro", "msaada",
     "Help they are at the door and I cannot speak"],
)  # fmt: skip
def test_a_cry(text: str) -> None:
    assert is_cry(text)


@pytest.mark.parametrize("text", ["thanks for all your help yesterday, my friend", "ok", "1", "", "resos"])
def test_no_cry(text: str) -> None:
    assert not is_cry(text)


@given(st.text(max_size=500))
def test_any_text_is_read(text: str) -> None:
    assert read_reply(text).meaning in Meaning
    assert normalised(normalised(text)) == normalised(text)
    is_cry(text)

"""Alphabets, cutting and joining of SMS texts."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.channels import smpp_text
from tocsin.channels.smpp_pdu import Address, ShortMessage, Tag
from tocsin.channels.smpp_text import (
    HAS_HEADER,
    JOIN_KEPT,
    JOINS_MAX,
    Joiner,
    TextTooLongError,
    decode_gsm7,
    decode_text,
    encode_gsm7,
    encode_text,
    part_header,
    read_part,
)

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
GSM_CHARS = "".join(char for char in smpp_text._BASIC if char != "\x1b") + "\f^{}\\[~]|€"
GSM_TEXTS = st.text(st.sampled_from(GSM_CHARS), max_size=700)
# Lone halves of a pair cannot be sent; everything else can.
ANY_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=400)
ARABIC = "استغاثة: اتصل بالمقر الآن. "


A, B = Address("1"), Address("2")


def sent(text: str, *, reference: int = 7, alphabet: str = "gsm7") -> list[ShortMessage]:
    """What goes over the wire for a text."""
    coding, parts = encode_text(text, default_alphabet=alphabet)
    if len(parts) == 1:
        return [ShortMessage(A, B, parts[0], data_coding=coding)]
    return [
        ShortMessage(
            Address("1"),
            Address("2"),
            part_header(reference, len(parts), number) + part,
            HAS_HEADER,
            data_coding=coding,
        )
        for number, part in enumerate(parts, 1)
    ]


def received(messages: list[ShortMessage], alphabet: str = "gsm7") -> str | None:
    """What a phone shows when they came in this order; `None` while a part is missing."""
    joiner = Joiner(default_alphabet=alphabet)
    shown = None
    for message in messages:
        part, data = read_part(message)
        if part is None:
            return decode_text(data, message.data_coding, default_alphabet=alphabet)
        shown = joiner.add("1", "2", part, NOW) or shown
    return shown


@given(text=GSM_TEXTS)
def test_every_gsm_text_comes_back(text):
    data = encode_gsm7(text)
    assert data is not None
    assert decode_gsm7(data) == text


@given(data=st.binary(max_size=300), coding=st.integers(0, 255))
@pytest.mark.parametrize("alphabet", smpp_text.ALPHABETS)
def test_any_bytes_are_a_text(alphabet, data, coding):
    assert isinstance(decode_text(data, coding, default_alphabet=alphabet), str)


@given(text=st.one_of(ANY_TEXTS, GSM_TEXTS, st.text("😀م€a", max_size=400)), seed=st.integers(0, 1000))
@pytest.mark.parametrize("alphabet", smpp_text.ALPHABETS)
def test_a_text_comes_back_from_its_parts_in_any_order(alphabet, text, seed):
    messages = sent(text, alphabet=alphabet)
    random.Random(seed).shuffle(messages)
    assert received(messages, alphabet) == text


@given(text=st.one_of(ANY_TEXTS, GSM_TEXTS, st.text("😀م€a", max_size=400)))
def test_each_part_fits_into_one_sms_and_can_be_read_alone(text):
    coding, parts = encode_text(text)
    for part in parts:
        if coding == smpp_text.UCS2:
            assert len(part) <= (140 if len(parts) == 1 else 134)
            part.decode("utf-16-be")  # No half of a pair at either end.
        else:
            assert len(part) <= (160 if len(parts) == 1 else 153)
            assert not part.endswith(b"\x1b")


@pytest.mark.parametrize(
    ("text", "coding", "sizes"),
    [
        ("a" * 160, 0, [160]),
        ("a" * 161, 0, [153, 8]),
        ("a" * 158 + "€", 0, [160]),
        ("a" * 152 + "€" + "b" * 10, 0, [152, 12]),
        ("م" * 70, 8, [140]),
        ("م" * 71, 8, [134, 8]),
        ("م" * 66 + "😀" + "م" * 5, 8, [132, 14]),
        ("😀" * 35, 8, [140]),
        ("", 0, [0]),
        ("ç", 8, [2]),
        ("Ç", 0, [1]),
    ],
)
def test_where_texts_are_cut(text, coding, sizes):
    encoded = encode_text(text)
    assert (encoded.data_coding, [len(part) for part in encoded.parts]) == (coding, sizes)


def test_the_longest_text_and_one_more():
    assert len(encode_text("م" * 67 * 255).parts) == 255
    with pytest.raises(TextTooLongError, match="256 SMS"):
        encode_text("م" * (67 * 255 + 1))
    assert len(encode_text("x" * 153 * 255).parts) == 255


def test_parts_are_read_with_16_bit_references_and_from_optional_parameters():
    joiner = Joiner()
    one = ShortMessage(A, B, b"\x06\x08\x04\x12\x34\x02\x01" + b"help ", HAS_HEADER)
    part, _ = read_part(one)
    assert part == smpp_text.Part(0x1234, 2, 1, 0, b"help ")
    assert joiner.add("1", "2", part, NOW) is None
    tlvs = ((Tag.SAR_REFERENCE, b"\x12\x34"), (Tag.SAR_TOTAL, b"\x02"), (Tag.SAR_NUMBER, b"\x02"))
    part, _ = read_part(ShortMessage(A, B, b"me", tlvs=tlvs))
    assert part is not None
    assert joiner.add("1", "2", part, NOW) == "help me"


def test_a_phone_that_cuts_an_emoji_in_two_is_understood():
    data = ("a" * 66 + "😀").encode("utf-16-be")
    halves = [data[:134], data[134:]]
    messages = [
        ShortMessage(A, B, part_header(9, 2, number) + half, HAS_HEADER, data_coding=8)
        for number, half in enumerate(halves, 1)
    ]
    assert received(messages[::-1]) == "a" * 66 + "😀"


@pytest.mark.parametrize(
    "header", [b"\x05\x00\x03\x07\x02\x03", b"\x05\x00\x03\x07\x01\x01", b"\x05\x00\x03\x07\x02\x00"]
)
def test_a_part_number_that_cannot_be_makes_a_message_of_its_own(header):
    part, data = read_part(ShortMessage(A, B, header + b"help", HAS_HEADER))
    assert (part, data) == (None, b"help")


def test_what_is_there_is_shown_while_a_part_is_missing():
    joiner = Joiner()
    messages = sent("one " * 100)
    third = read_part(messages[2])[0]
    assert third is not None
    assert joiner.add("1", "2", third, NOW) is None
    assert joiner.incomplete("1", "2", third) == "[…]" + third.data.decode()
    for message in messages[:2]:
        part = read_part(message)[0]
        assert part is not None
        whole = joiner.add("1", "2", part, NOW)
    assert whole == "one " * 100


def test_parts_are_bounded_in_number_and_age():
    joiner = Joiner()
    part = smpp_text.Part(1, 2, 1, 0, b"x")
    joiner.add("old", "2", part, NOW)
    for index in range(JOINS_MAX + 50):
        joiner.add(str(index), "2", part, NOW + timedelta(seconds=1))
    assert len(joiner._joins) <= JOINS_MAX
    joiner.add("new", "2", part, NOW + JOIN_KEPT + timedelta(seconds=2))
    assert len(joiner._joins) == 1


def test_codings_of_other_carriers():
    assert decode_text(b"caf\xe9", 3) == "café"
    assert decode_text(b"me@home [1]", 1) == "me@home [1]"
    assert decode_text(b"me\x00home \x1b<1\x1b>", 1) == "me@home [1]"
    assert decode_text("помощь".encode("iso8859-5"), 6) == "помощь"
    assert decode_text("مساعدة".encode("utf-16-be"), 0x18) == "مساعدة"
    assert decode_text(b"caf\xe9", 0, default_alphabet="latin1") == "café"
    assert decode_text(b"\xd8", 8) == "\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize(("text", "coding"), [("£5 [è]", 0), ("Δ", 8), ("ê", 8)])
def test_a_carrier_whose_usual_alphabet_is_latin_1(text, coding):
    encoded = encode_text(text, default_alphabet="latin1")
    assert encoded.data_coding == coding
    assert decode_text(encoded.parts[0], coding, default_alphabet="latin1") == text

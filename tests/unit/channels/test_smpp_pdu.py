"""The units of SMPP: whole values there and back, against the independent codec of PyPI `smpp34`, and for any bytes."""

import contextlib

import pytest
import smpp34
from hypothesis import given
from hypothesis import strategies as st

from tocsin.channels.smpp_pdu import (
    HEADER,
    UNIT_BYTES_MAX,
    Address,
    Bind,
    Command,
    Pdu,
    PduError,
    ShortMessage,
    Tag,
    decode_bind,
    decode_data,
    decode_message,
    decode_name,
    encode,
    encode_bind,
    encode_data,
    encode_message,
    encode_name,
    has_bad_length,
    split,
)
from tocsin.channels.smpp_receipt import is_receipt, read_receipt
from tocsin.channels.smpp_text import decode_text, read_part

BYTE = st.integers(0, 255)
WORDS = st.text(st.characters(min_codepoint=1, max_codepoint=255))
ADDRESSES = st.builds(Address, WORDS.filter(lambda word: len(word) <= 20), BYTE, BYTE)
TLVS = st.lists(st.tuples(st.integers(0, 0xFFFF), st.binary(max_size=40)), max_size=4).map(tuple)
MESSAGES = st.builds(
    ShortMessage,
    source=ADDRESSES,
    destination=ADDRESSES,
    text=st.binary(max_size=254),
    esm_class=BYTE,
    data_coding=BYTE,
    registered_delivery=BYTE,
    validity_period=st.sampled_from(["", "000001000000000R"]),
    service_type=st.sampled_from(["", "CMT"]),
    protocol_id=BYTE,
    priority=BYTE,
    tlvs=TLVS,
)


@given(message=MESSAGES)
def test_a_message_comes_back_whole(message):
    assert decode_message(encode_message(message)) == message


@given(source=ADDRESSES, destination=ADDRESSES, text=st.binary(max_size=2000), coding=BYTE)
def test_a_data_message_comes_back_with_its_text_as_payload(source, destination, text, coding):
    message = ShortMessage(source, destination, text, data_coding=coding)
    back = decode_data(encode_data(message))
    assert (back.source, back.destination, back.data_coding, back.payload) == (source, destination, coding, text)


def test_a_bind_comes_back_whole():
    bind = Bind("tocsin", "geheim", "VMA")
    assert decode_bind(encode_bind(bind)) == bind
    assert decode_name(encode_name("7f00aa")) == "7f00aa"


@given(text=st.binary(max_size=140), coding=BYTE, esm_class=BYTE)
def test_the_same_bytes_as_an_independent_codec(text, coding, esm_class):
    message = ShortMessage(
        source=Address("Tocsin", 5, 0),
        destination=Address("447700900123", 1, 1),
        text=text,
        esm_class=esm_class,
        data_coding=coding,
        registered_delivery=1,
    )
    ours = encode(Command.SUBMIT_SM, 0, 7, encode_message(message))
    theirs = smpp34.decode(ours)
    assert isinstance(theirs, smpp34.SubmitSm)
    assert (theirs.source_addr, theirs.source_addr_ton, theirs.source_addr_npi) == message.source
    assert (theirs.destination_addr, theirs.dest_addr_ton, theirs.dest_addr_npi) == message.destination
    assert (theirs.short_message, theirs.esm_class, theirs.data_coding) == (text, esm_class, coding)
    assert (theirs.registered_delivery, theirs.sequence_number, theirs.encode()) == (1, 7, ours)


@given(units=st.lists(st.tuples(BYTE, st.binary(max_size=60)), max_size=6), cut=st.integers(0, 400))
def test_units_are_cut_apart_wherever_the_stream_is_cut(units, cut):
    stream = b"".join(encode(command, 0, 1, body) for command, body in units)
    first, rest = split(stream[:cut])
    second, rest = split(rest + stream[cut:])
    assert [(unit.command, unit.body) for unit in first + second] == units
    assert rest == b""


@given(data=st.binary(max_size=300))
def test_any_bytes_are_cut_within_bounds(data):
    units, rest = split(data)
    assert sum(16 + len(unit.body) for unit in units) + len(rest) == len(data)
    assert has_bad_length(rest) or len(rest) < 16 or HEADER.unpack_from(rest)[0] > len(rest)


@pytest.mark.parametrize("length", [0, 1, 15, UNIT_BYTES_MAX + 1, 0xFFFFFFFF])
def test_a_length_that_cannot_be_is_seen_at_its_first_four_bytes(length):
    units, rest = split(encode(Command.ENQUIRE_LINK, 0, 1) + length.to_bytes(4, "big"))
    assert units == [Pdu(Command.ENQUIRE_LINK, 0, 1, b"")]
    assert has_bad_length(rest)


@given(data=st.binary(max_size=300), coding=BYTE)
@pytest.mark.parametrize("decode", [decode_message, decode_data])
def test_any_bytes_are_a_message_or_a_pdu_error(decode, data, coding):
    with contextlib.suppress(PduError):
        message = decode(data)
        _part, text = read_part(message)
        assert isinstance(decode_text(text, coding), str)
        if is_receipt(message):
            read_receipt(message)


@given(data=st.binary(max_size=80))
def test_any_bytes_are_a_bind_or_a_pdu_error(data):
    with contextlib.suppress(PduError):
        decode_bind(data)
    assert len(decode_name(data)) <= 64


def test_a_torn_optional_parameter_costs_nothing_but_itself():
    whole = ShortMessage(Address("1"), Address("2"), b"help", tlvs=((Tag.MESSAGE_STATE, b"\x02"),))
    assert decode_message(encode_message(whole)[:-1]) == ShortMessage(Address("1"), Address("2"), b"help")


def test_a_text_cut_short_is_still_somebodys_text():
    body = encode_message(ShortMessage(Address("1"), Address("2"), b"help me now"))
    assert decode_message(body[:-4]).text == b"help me"


@pytest.mark.parametrize(
    ("message", "field"),
    [
        (ShortMessage(Address("1\0"), Address("2")), "source_addr"),
        (ShortMessage(Address("1"), Address("٢")), "destination_addr"),
        (ShortMessage(Address("1"), Address("2"), b"x" * 255), "short_message"),
        (ShortMessage(Address("1"), Address("2"), service_type="toolong"), "service_type"),
        (ShortMessage(Address("1"), Address("2"), esm_class=256), "one byte"),
    ],
)
def test_what_cannot_be_written_is_refused_by_name(message, field):
    with pytest.raises(PduError, match=field):
        encode_message(message)

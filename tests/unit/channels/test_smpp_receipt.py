"""Delivery receipts, in the forms in which carriers write them."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.channels.smpp_pdu import Address, ShortMessage, Tag
from tocsin.channels.smpp_receipt import Claim, PartReceipts, is_receipt, name_of_parts, read_receipt
from tocsin.channels.smpp_status import meaning_of

APPENDIX_B = b"id:%s sub:001 dlvrd:001 done date:2611230301 stat:%s err:%s text:id:9 stat:DELIVRD"


def receipt(text: bytes = b"", *tlvs: tuple[int, bytes]) -> ShortMessage:
    return ShortMessage(Address("447700900123", 1, 1), Address("Tocsin", 5), text, esm_class=0x04, tlvs=tlvs)


@pytest.mark.parametrize(
    ("state", "error", "claim"),
    [
        (b"DELIVRD", b"000", Claim("17", True, "")),
        (b"delivrd", b"000", Claim("17", True, "")),
        (b"ENROUTE", b"000", Claim("17", None, "")),
        (b"ACCEPTD", b"000", Claim("17", None, "")),
        (b"UNDELIV", b"000", Claim("17", False, "the carrier could not deliver it (UNDELIV)")),
        (b"UNDELIV", b"027", Claim("17", False, "the carrier could not deliver it (UNDELIV, error 027)")),
        (
            b"EXPIRED",
            b"0A",
            Claim("17", False, "the phone could not be reached before the message expired (EXPIRED, error 0A)"),
        ),
        (b"MYSTERY", b"000", Claim("17", False, "the carrier says that it was not delivered (MYSTERY)")),
    ],
)
def test_the_text_form(state, error, claim):
    assert read_receipt(receipt(APPENDIX_B % (b"17", state, error))) == claim


def test_optional_parameters_count_more_than_the_text():
    message = receipt(
        APPENDIX_B % (b"99", b"DELIVRD", b"000"),
        (Tag.RECEIPTED_MESSAGE_ID, b"17\0"),
        (Tag.MESSAGE_STATE, b"\x05"),
        (Tag.NETWORK_ERROR_CODE, b"\x03\x00\x1b"),
    )
    assert read_receipt(message) == Claim("17", False, "the carrier could not deliver it (UNDELIV, error 27)")


def test_optional_parameters_alone():
    message = ShortMessage(
        Address("1"), Address("2"), tlvs=((Tag.RECEIPTED_MESSAGE_ID, b"17\0"), (Tag.MESSAGE_STATE, b"\x02"))
    )
    assert is_receipt(message)
    assert read_receipt(message) == Claim("17", True, "")


def test_a_message_from_a_person_is_no_receipt():
    assert not is_receipt(ShortMessage(Address("1"), Address("2"), b"id:17 stat:DELIVRD"))


def test_a_receipt_that_names_no_message():
    assert read_receipt(receipt(b"your message was delivered")) is None


@given(data=st.binary(max_size=200), state=st.binary(max_size=2))
def test_any_receipt_is_read_without_repeating_its_text(data, state):
    claim = read_receipt(receipt(data, (Tag.MESSAGE_STATE, state), (Tag.RECEIPTED_MESSAGE_ID, b"17\0")))
    assert claim is not None
    assert len(claim.reason) < 120
    assert claim.reason.isascii()


@pytest.mark.parametrize("order", list(itertools.permutations(["1", "2", "3"])))
def test_parts_count_as_delivered_when_all_are(order):
    receipts = PartReceipts()
    receipts.expect(["1", "2", "3"])
    assert receipts.is_known("2")
    assert not receipts.is_known("1+2")
    *first, last = [receipts.resolve(Claim(carrier_id, True, "")) for carrier_id in order]
    assert first == [None, None]
    assert last == Claim("1+2", True, "")


def test_one_part_that_fails_decides():
    receipts = PartReceipts()
    receipts.expect(["1", "2", "3"])
    assert receipts.resolve(Claim("1", True, "")) is None
    assert receipts.resolve(Claim("3", False, "no")) == Claim("1+2", False, "no")
    # Whatever comes later is about a part, which no notice is known by.
    assert receipts.resolve(Claim("2", True, "")) == Claim("2", True, "")


def test_a_part_is_never_taken_for_the_whole():
    assert name_of_parts(["17"]) == "17"
    assert name_of_parts(["17", "18", "19"]) == "17+2"


@pytest.mark.parametrize(
    ("status", "is_permanent"), [(0x0B, True), (0x14, False), (0x58, False), (0x08, False), (0x4FF, False), (-1, False)]
)
def test_what_a_status_means(status, is_permanent):
    words, permanent = meaning_of(status)
    assert permanent is is_permanent
    assert status < 0 or f"0x{status:08X}" in words

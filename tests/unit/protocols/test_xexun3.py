"""xexun3: every alarm, parts that are broken, health."""

import pytest

from tests.unit.protocols.samples import AT, IMEI, NOW, XEXUN3_PLACE, xexun3_alarm, xexun3_frame, xexun3_part
from tocsin.protocols.base import Alarm, DecodeError, Reading, Session
from tocsin.protocols.checksums import crc16_ccitt_false
from tocsin.protocols.xexun3 import ALARM_CODES, XEXUN3


def read(frame: bytes) -> Reading:
    return XEXUN3.decode(frame, Session(), NOW)


def test_checksum_is_the_one_of_the_catalogue() -> None:
    assert crc16_ccitt_false(b"123456789") == 0x29B1  # CRC-16/IBM-3740 in the catalogue of CRC algorithms.


@pytest.mark.parametrize(("code", "alarm"), ALARM_CODES.items())
def test_each_alarm_alone_and_with_sos(code: int, alarm: Alarm) -> None:
    assert read(xexun3_frame(xexun3_alarm(code))).alarms == {alarm}
    assert read(xexun3_frame(xexun3_alarm(code), xexun3_alarm(1))).alarms == {alarm, Alarm.SOS}


def test_an_unknown_code_is_an_alarm_and_a_sim_card_is_none() -> None:
    assert read(xexun3_frame(xexun3_alarm(99))).alarms == {Alarm.OTHER}
    assert read(xexun3_frame(xexun3_alarm(17))).alarms == frozenset()


def test_place_and_identity() -> None:
    reading = read(xexun3_frame(XEXUN3_PLACE))
    (report,) = reading.reports
    assert report.place is not None
    assert (report.place.lat_deg, report.place.lon_deg, report.place.fix_at) == (35.25, -33.75, AT)
    assert reading.device_uid == IMEI


def test_no_fix_keeps_the_alarm() -> None:
    (report,) = read(xexun3_frame(xexun3_alarm(1))).reports
    assert (report.place, report.sent_at, report.alarms) == (None, AT, {Alarm.SOS})


@pytest.mark.parametrize("broken", [b"\x64\x05\x00", b"\x65\xff\x00", b"\x66\x00", b"\x6a\x01\x01", b"\x99\x01\x01"])
def test_a_broken_part_costs_neither_the_alarm_nor_the_frame(broken: bytes) -> None:
    assert read(xexun3_frame(xexun3_alarm(1), broken)).alarms == {Alarm.SOS}


def test_health() -> None:
    state = xexun3_part(0x6A, bytes.fromhex("47 0000 1f 00 01 01 0258 24 ff 48 78 50 61 ff"))
    (report,) = read(xexun3_frame(state, xexun3_alarm(7))).reports
    assert report.battery_pct == 71
    assert report.attributes["heart_rate_bpm"] == 72
    assert report.attributes["blood_oxygen_pct"] == 97
    assert report.attributes["steps"] == 600


def test_a_wrong_checksum_is_told() -> None:
    frame = bytearray(xexun3_frame(xexun3_alarm(1)))
    frame[-2] ^= 1
    assert read(bytes(frame)).reports[0].attributes["checksum_is_wrong"] is True


def test_answers() -> None:
    frame = xexun3_frame(xexun3_alarm(1))
    answer = XEXUN3.reply(frame, read(frame), NOW)
    assert answer.startswith(bytes.fromhex(f"fc000c0320050{IMEI}00"))
    assert int.from_bytes(answer[-3:-1], "big") == crc16_ccitt_false(answer[3:-3])
    command = xexun3_frame(kind=0x21)
    assert XEXUN3.reply(command, read(command), NOW) == b""


@pytest.mark.parametrize("frame", [b"", b"\xfc", b"\xfc" + bytes(10), b"hello, world, here I am"])
def test_what_is_no_frame(frame: bytes) -> None:
    with pytest.raises(DecodeError):
        read(frame)

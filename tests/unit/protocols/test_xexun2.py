"""xexun2: every bit, byte stuffing, checksums, places as floats and doubles."""

from struct import pack

import pytest

from tests.unit.protocols.samples import AT, IMEI, NOW, xexun2_frame, xexun2_record
from tocsin.protocols.base import Alarm, CellTower, DecodeError, Reading, Session, WifiPoint
from tocsin.protocols.checksums import inverted_sum16
from tocsin.protocols.xexun2 import ALARM_BITS, XEXUN2


def read(frame: bytes) -> Reading:
    return XEXUN2.decode(XEXUN2.split(frame)[0][0], Session(), NOW)


@pytest.mark.parametrize(("bit", "alarm"), ALARM_BITS)
def test_each_alarm_alone_and_with_sos(bit: int, alarm: Alarm) -> None:
    assert read(xexun2_frame(xexun2_record(bit))).alarms == {alarm}
    assert read(xexun2_frame(xexun2_record(bit | 1))).alarms == {alarm, Alarm.SOS}


@pytest.mark.parametrize(
    "place",
    [
        b"\x01\x09" + pack(">ff", -3345.0, 3515.0),
        b"\x40\x09" + pack(">dd", -3345.0, 3515.0),
        b"\x80\x00\x20G\x00\x1b" + pack(">ddBBBHHf", -3345.0, 3515.0, 1, 9, 0, 30, 900, 12.0),
    ],
)
def test_every_form_of_place(place: bytes) -> None:
    reading = read(xexun2_frame(xexun2_record(place=place)))
    (report,) = reading.reports
    assert report.place is not None
    assert (round(report.place.lat_deg, 5), round(report.place.lon_deg, 5)) == (35.25, -33.75)
    assert (report.place.fix_at, report.battery_pct, reading.device_uid) == (AT, 71, IMEI)


def test_no_fix_keeps_alarm_and_networks() -> None:
    place = b"\x06\x01" + bytes.fromhex("aabbccddeeffc4") + b"\x01" + pack(">HHIIb", 901, 70, 4660, 22136, -70)
    (report,) = read(xexun2_frame(xexun2_record(place=place))).reports
    assert (report.place, report.alarms) == (None, {Alarm.SOS})
    assert report.cells == (CellTower(901, 70, 4660, 22136, -70),)
    assert report.wifi == (WifiPoint("aa:bb:cc:dd:ee:ff", -60),)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e300, 9900.0])
def test_a_wrong_place_keeps_the_alarm(value: float) -> None:
    (report,) = read(xexun2_frame(xexun2_record(place=b"\x40\x09" + pack(">dd", 1.0, value)))).reports
    assert (report.place, report.alarms) == (None, {Alarm.SOS})


def test_a_wrong_checksum_counts_only_with_a_call() -> None:
    (report,) = read(xexun2_frame(xexun2_record(1), checksum=0)).reports
    assert (report.alarms, report.attributes["checksum_is_wrong"]) == ({Alarm.SOS}, True)
    with pytest.raises(DecodeError):
        read(xexun2_frame(xexun2_record(0), checksum=0))


def test_stuffing_is_undone() -> None:
    place = b"\x06\x01" + bytes.fromhex("faaffbbffaafc4") + b"\x00"
    frame = xexun2_frame(xexun2_record(place=place))
    assert b"\xfb\xbf\x01" in frame
    assert read(frame).reports[0].wifi == (WifiPoint("fa:af:fb:bf:fa:af", -60),)


def test_a_record_that_breaks_off_keeps_its_alarm() -> None:
    assert read(xexun2_frame(xexun2_record()[:-5])).alarms == {Alarm.SOS}


def test_answers() -> None:
    frame = xexun2_frame(xexun2_record())
    answer = bytes.fromhex(f"faaf00140007{IMEI}00001fffe01faaf")
    assert XEXUN2.reply(frame, read(frame), NOW) == answer
    command = xexun2_frame(b"", kind=7)
    assert XEXUN2.reply(command, read(command), NOW) == b""


def test_checksum() -> None:
    assert inverted_sum16(b"\x01") == 0xFFFE  # As the answer of every sample frame has it.


@pytest.mark.parametrize("frame", [b"", b"\xfa\xaf", b"\xfa\xaf" + bytes(14), b"hello, world, here I am"])
def test_what_is_no_frame(frame: bytes) -> None:
    with pytest.raises(DecodeError):
        XEXUN2.decode(frame, Session(), NOW)

"""minifinder2: every bit, several reports in one frame, a broken entry beside an SOS."""

from struct import pack

import pytest

from tests.unit.protocols.samples import (
    AT,
    IMEI,
    MINIFINDER2_PLACE,
    NOW,
    minifinder2_alarm,
    minifinder2_entry,
    minifinder2_frame,
)
from tocsin.protocols.base import Alarm, DecodeError, Reading, Session
from tocsin.protocols.checksums import crc16_xmodem
from tocsin.protocols.minifinder2 import ALARM_BITS, FENCE_BITS, MINIFINDER2


def read(frame: bytes) -> Reading:
    return MINIFINDER2.decode(frame, Session(), NOW)


def test_checksum_is_the_one_of_the_catalogue() -> None:
    assert crc16_xmodem(b"123456789") == 0x31C3  # CRC-16/XMODEM in the catalogue of CRC algorithms.


@pytest.mark.parametrize(("bit", "alarm"), ALARM_BITS)
def test_each_alarm_alone_and_with_sos(bit: int, alarm: Alarm) -> None:
    assert read(minifinder2_alarm(bit)).alarms == {alarm}
    assert read(minifinder2_alarm(bit | 1 << 12)).alarms == {alarm, Alarm.SOS}


@pytest.mark.parametrize(("bit", "entered", "fence"), FENCE_BITS)
def test_fences(bit: int, entered: int, fence: int) -> None:
    assert read(minifinder2_alarm(bit)).alarms == {Alarm.GEOFENCE_EXIT}
    assert read(minifinder2_alarm(bit | entered)).alarms == {Alarm.GEOFENCE_ENTER}
    assert read(minifinder2_alarm(bit)).reports[0].attributes["geofence"] == fence


def test_place_time_and_identity() -> None:
    reading = read(minifinder2_alarm(1 << 12, MINIFINDER2_PLACE))
    (report,) = reading.reports
    assert report.place is not None
    assert (round(report.place.lat_deg, 6), round(report.place.lon_deg, 6)) == (35.25, -33.75)
    assert (report.place.fix_at, report.battery_pct, reading.device_uid) == (AT, 71, IMEI)


def test_no_fix_keeps_the_alarm() -> None:
    place = minifinder2_entry(0x20, bytes(21))
    (report,) = read(minifinder2_alarm(1 << 12, place)).reports
    assert (report.place, report.alarms) == (None, {Alarm.SOS})


def test_an_alarm_then_places_come_oldest_first() -> None:
    later = minifinder2_entry(0x24, pack("<II", int(AT.timestamp()) + 60, 1 << 7))
    earlier = minifinder2_entry(0x24, pack("<II", int(AT.timestamp()), 0))
    reports = read(minifinder2_frame(minifinder2_entry(0x01, IMEI.encode()), later, earlier)).reports
    assert [report.is_stored for report in reports] == [False, True]


@pytest.mark.parametrize("broken", [b"\x03\x20\x01", b"\xff\x20\x01\x02", b"\x01\x24", b"\x00", b"\x02\x21\x05"])
def test_a_broken_entry_costs_neither_the_alarm_nor_the_frame(broken: bytes) -> None:
    assert read(minifinder2_alarm(1 << 12, broken)).alarms == {Alarm.SOS}


def test_health() -> None:
    heart, oxygen = minifinder2_entry(0x40, bytes(4) + b"\x48"), minifinder2_entry(0x41, bytes(4) + b"\x61")
    attributes = read(minifinder2_alarm(0, heart, oxygen)).reports[0].attributes
    assert (attributes["heart_rate_bpm"], attributes["blood_oxygen_pct"]) == (72, 97)


def test_answers_only_when_asked() -> None:
    frame = minifinder2_frame(minifinder2_entry(0x01, IMEI.encode()))
    assert MINIFINDER2.reply(frame, read(frame), NOW) == bytes.fromhex("ab00030008c705007f0100")
    quiet = minifinder2_frame(minifinder2_entry(0x01, IMEI.encode()), properties=0)
    assert MINIFINDER2.reply(quiet, read(quiet), NOW) == b""


def test_the_time_is_given_to_whoever_asks() -> None:
    frame = minifinder2_frame(minifinder2_entry(0x12, b""), command=3)
    assert MINIFINDER2.reply(frame, read(frame), NOW)[8:] == b"\x03\x05\x12" + pack("<I", int(NOW.timestamp()))


def test_a_frame_that_claims_too_much_is_not_waited_for() -> None:
    liar = b"\xab\x10\xff\xff\x00\x00\x01\x00\x01"
    good = minifinder2_alarm(1 << 12)
    frames, rest = MINIFINDER2.split(liar + good)
    assert (frames[-1], rest) == (good, b"")


@pytest.mark.parametrize("frame", [b"", b"\xab", b"\xab" + bytes(7), b"hello, world"])
def test_what_is_no_frame(frame: bytes) -> None:
    with pytest.raises(DecodeError):
        read(frame)

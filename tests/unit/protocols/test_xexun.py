"""xexun: every word, both lengths, what stands behind the identity."""

import pytest

from tests.unit.protocols.samples import AT, IMEI, NOW, xexun_sentence
from tocsin.protocols.base import Alarm, CellTower, DecodeError, Reading, Session
from tocsin.protocols.xexun import ALARM_WORDS, XEXUN

BEHIND = "10,41.1,F:4.28V,1,135,19824,901,70,1234,5678\r\n"


def read(frame: bytes) -> Reading:
    return XEXUN.decode(frame, Session(), NOW)


@pytest.mark.parametrize("ending", ["", "!"])
@pytest.mark.parametrize(("word", "alarm"), ALARM_WORDS.items())
def test_each_word(word: str, alarm: Alarm, ending: str) -> None:
    assert read(xexun_sentence(word + ending)).alarms == {alarm}
    assert read(xexun_sentence(word.upper() + ending)).alarms == {alarm}


def test_place_and_identity() -> None:
    reading = read(xexun_sentence())
    (report,) = reading.reports
    assert report.place is not None
    assert (report.place.lat_deg, report.place.lon_deg, report.place.fix_at) == (35.25, -33.75, AT)
    assert reading.device_uid == IMEI


def test_what_stands_behind_the_identity() -> None:
    (report,) = read(xexun_sentence(behind=BEHIND)).reports
    assert report.cells == (CellTower(901, 70, 0x1234, 0x5678),)
    assert report.attributes["battery_v"] == 4.28
    assert report.place is not None
    assert report.place.altitude_m == 41.1


def test_both_lengths_in_one_stream() -> None:
    short, long = xexun_sentence(), xexun_sentence(behind=BEHIND)
    assert XEXUN.split(long + short) == ([long.strip(), short], b"")
    assert XEXUN.split(short + long) == ([short, long.strip()], b"")


def test_no_fix_keeps_the_alarm() -> None:
    frame = xexun_sentence(valid="V").replace(b"3515.0000", b"0.000000").replace(b"03345.0000", b"0.0000")
    (report,) = read(frame).reports
    assert (report.place, report.alarms) == (None, {Alarm.SOS})


@pytest.mark.parametrize("date", ["", "010180", "993399"])
def test_a_wrong_clock_keeps_the_alarm(date: str) -> None:
    assert read(xexun_sentence(date=date)).alarms == {Alarm.SOS}


@pytest.mark.parametrize("old", [b"3515.0000", b"03345.0000", b"GPRMC", b",W,"])
def test_a_sentence_that_cannot_be_read_keeps_its_call(old: bytes) -> None:
    assert read(xexun_sentence().replace(old, b"99999.0")).alarms == {Alarm.SOS}


def test_nothing_is_answered() -> None:
    assert XEXUN.reply(xexun_sentence(), read(xexun_sentence()), NOW) == b""


@pytest.mark.parametrize("frame", [b"", b"hello", b"GPRMC,", b"imei:123,"])
def test_what_is_no_frame(frame: bytes) -> None:
    with pytest.raises(DecodeError):
        read(frame)

"""h02: cleared bits are alarms, in text and in binary; coordinates in every odd form."""

import pytest

from tests.unit.protocols.samples import AT, NOW, h02_binary, h02_text
from tocsin.protocols.base import Alarm, CellTower, DecodeError, Reading, Session
from tocsin.protocols.h02 import ALARM_BITS, H02
from tocsin.protocols.nmea import degrees

QUIET = 0xFFFFFFFF
FORMS = pytest.mark.parametrize("frame", [h02_text, h02_binary])


def read(frame: bytes) -> Reading:
    return H02.decode(frame, Session(), NOW)


@FORMS
@pytest.mark.parametrize(("bit", "alarm"), ALARM_BITS)
def test_each_alarm_alone_and_with_sos(frame, bit: int, alarm: Alarm) -> None:
    assert read(frame(QUIET & ~bit)).alarms == {alarm}
    assert read(frame(QUIET & ~bit & ~2)).alarms == {alarm, Alarm.SOS}


@FORMS
def test_no_alarm(frame) -> None:
    assert read(frame(QUIET)).alarms == frozenset()


@FORMS
def test_place_time_and_identity(frame) -> None:
    reading = read(frame(QUIET))
    (report,) = reading.reports
    assert report.place is not None
    assert (report.place.lat_deg, report.place.lon_deg, report.place.is_valid) == (35.25, -33.75, True)
    assert (report.sent_at, reading.device_uid) == (AT, "9900000027")


def test_no_fix_keeps_the_alarm() -> None:
    (report,) = read(h02_text(QUIET & ~2, valid="V", place="0000.0000,N,00000.0000,E")).reports
    assert (report.place, report.alarms) == (None, {Alarm.SOS})
    (report,) = read(h02_text(QUIET & ~2, valid="V", place=",N,,E", date="")).reports
    assert (report.place, report.sent_at, report.alarms) == (None, None, {Alarm.SOS})


@pytest.mark.parametrize("place", ["9515.0000,N,03345.0000,W", "x,N,y,W", "3515.0000,N,99945.0000,W"])
def test_a_wrong_place_keeps_the_alarm(place: str) -> None:
    (report,) = read(h02_text(QUIET & ~2, place=place)).reports
    assert (report.place, report.alarms) == (None, {Alarm.SOS})


@pytest.mark.parametrize(("date", "year"), [("010180", 2080), ("010199", 2099), ("010100", 2000)])
def test_wrong_clocks_are_kept_as_told(date: str, year: int) -> None:
    (report,) = read(h02_text(QUIET & ~2, date=date)).reports
    assert report.sent_at is not None
    assert (report.sent_at.year, report.alarms) == (year, {Alarm.SOS})


@pytest.mark.parametrize("kind", ["LINK,x", "NBR,040506,x", "V3,1", "VP1,V", "ALRM,1", "BC,5", "XX,,,,"])
def test_a_status_word_is_found_wherever_it_stands(kind: str) -> None:
    assert read(f"*HQ,9900000027,{kind},FFFFFFFD#".encode()).alarms == {Alarm.SOS}


@pytest.mark.parametrize(
    ("text", "hemisphere", "value"),
    [
        ("3515.0000", "N", 35.25),
        ("38.6508", "W", -0.64418),
        ("-23-35.3408", "S", -23.58901),
        ("37573392", "S", -37.95565),
        ("145037022", "E", 145.0617),
        (" 03515.0000", "E", 35.25),
    ],
)
def test_coordinates_in_every_form(text: str, hemisphere: str, value: float) -> None:
    assert degrees(text, hemisphere) == pytest.approx(value, abs=1e-5)


@pytest.mark.parametrize(
    ("level", "percent"), [("01", 0), ("03", 20), ("06", 100), ("32", 50), ("00", None), ("f6", 100)]
)
def test_battery_steps(level: str, percent: float | None) -> None:
    frame = bytearray(h02_binary(QUIET))
    frame[16] = int(level, 16)
    assert read(bytes(frame)).reports[0].battery_pct == percent


def test_cells() -> None:
    frame = b"*HQ,9900000027,NBR,040506,901,70,0,1,4660,22136,70,010326,FFFFFFFD,5#"
    (report,) = read(frame).reports
    assert (report.cells, report.alarms) == ((CellTower(901, 70, 4660, 22136, -70),), {Alarm.SOS})


@pytest.mark.parametrize(
    ("frame", "answer"),
    [
        (h02_text(QUIET), b"*HQ,9900000027,V4,V1,20260715102030#"),
        (b"*HQ,9900000027,HTBT,80#", b"*HQ,9900000027,HTBT#"),
        (b"*HQ,9900000027,V0#", b"*HQ,9900000027,V0#"),
        (h02_binary(QUIET), b""),
        (b"*HQ,,V1,1#", b""),
    ],
)
def test_answers(frame: bytes, answer: bytes) -> None:
    assert H02.reply(frame, read(frame), NOW) == answer


def test_binary_frames_of_every_length_beside_text() -> None:
    short, text = h02_binary(QUIET & ~2), h02_text(QUIET)
    long = short + bytes(13)
    assert H02.split(short + text)[0] == [short, text]
    assert H02.split(long + text)[0] == [long, text]
    assert H02.split(text + b"\r\n" + long)[0] == [text, long]
    assert H02.split(short)[0] == [short]


@pytest.mark.parametrize("frame", [b"", b"*", b"*HQ#", b"*HQ,1#", b"$", b"$" + b"\xff" * 31, b"hello"])
def test_what_is_no_frame(frame: bytes) -> None:
    with pytest.raises(DecodeError):
        read(frame)

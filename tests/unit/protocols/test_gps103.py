"""gps103: every keyword, no fix, the time zone out of two clocks, the answer that stops the call."""

from datetime import UTC, datetime

import pytest

from tests.unit.protocols.samples import AT, IMEI, NOW, gps103_report
from tocsin.protocols.base import Alarm, CellTower, DecodeError, Media, Reading, Session
from tocsin.protocols.gps103 import ALARM_WORDS, GPS103


def read(frame: bytes, session: Session | None = None) -> Reading:
    return GPS103.decode(frame, session or Session(), NOW)


@pytest.mark.parametrize(
    ("word", "alarm"), [*ALARM_WORDS.items(), ("T:+28.0", Alarm.TEMPERATURE), ("oil2", Alarm.FUEL_LEAK)]
)
def test_each_keyword(word: str, alarm: Alarm) -> None:
    assert read(gps103_report(word)).alarms == {alarm}
    assert read(gps103_report(word, where="L,")).alarms == {alarm}


def test_an_unknown_alarm_is_an_alarm_and_an_unknown_word_is_none() -> None:
    assert read(gps103_report("acc alarm")).alarms == {Alarm.OTHER}
    assert read(gps103_report("001")).alarms == frozenset()


def test_place_and_time() -> None:
    reading = read(gps103_report())
    (report,) = reading.reports
    assert report.place is not None
    assert (report.place.lat_deg, report.place.lon_deg, report.place.fix_at) == (35.25, -33.75, AT)
    assert (reading.device_uid, report.attributes["ignition"]) == (IMEI, True)


@pytest.mark.parametrize(
    ("local", "clock", "utc"),
    [
        ("260301050506", "040506.000", AT),
        ("2602282305", "040506.000", datetime(2026, 3, 1, 4, 5, 6, tzinfo=UTC)),
        ("2603011005", "230506.000", datetime(2026, 2, 28, 23, 5, 6, tzinfo=UTC)),
        ("26/03/01 05:05", "040506.000", AT),
    ],
)
def test_the_time_zone_is_what_the_clocks_differ_by(local: str, clock: str, utc: datetime) -> None:
    where = f"F,{clock},A,3515.0000,N,03345.0000,W,0.50,90"
    assert read(gps103_report(local=local, where=where)).reports[0].sent_at == utc


@pytest.mark.parametrize("local", ["", "000000000", "991399250000", "800101000000"])
def test_a_wrong_clock_keeps_the_alarm(local: str) -> None:
    assert read(gps103_report(local=local)).alarms == {Alarm.SOS}


def test_no_fix_keeps_alarm_and_cell() -> None:
    (report,) = read(gps103_report(where="L,,,1234,,5678,,,")).reports
    assert (report.place, report.alarms) == (None, {Alarm.SOS})
    assert report.cells == (CellTower(0, 0, 0x1234, 0x5678),)


@pytest.mark.parametrize("where", ["F,040506.000,A,9915.0000,N,03345.0000,W,", "F,x", "X,", "F,040506.000,A,a,N,b,W,"])
def test_a_report_that_cannot_be_read_keeps_its_keyword(where: str) -> None:
    (report,) = read(gps103_report(where=where)).reports
    assert (report.place, report.alarms) == (None, {Alarm.SOS})


@pytest.mark.parametrize(
    ("frame", "answer"),
    [
        (f"##,imei:{IMEI},A;".encode(), b"LOAD"),
        (f"{IMEI};".encode(), b"ON"),
        (gps103_report(), f"**,imei:{IMEI},E;".encode()),
        (gps103_report("low battery"), b""),
    ],
)
def test_answers(frame: bytes, answer: bytes) -> None:
    assert GPS103.reply(frame, read(frame), NOW) == answer


def test_a_picture_in_parts() -> None:
    session = read(gps103_report("vt2")).session
    first = read(f"imei:{IMEI},vr{'0000' + 'ffff' + 'aabb' + '0000'};".encode(), session)
    second = read(f"imei:{IMEI},vr{'0100' + 'ffff' + 'ccdd' + '0000'};".encode(), first.session)
    assert (first.media, second.media) == ((), (Media("jpg", bytes.fromhex("aabbccdd")),))


@pytest.mark.parametrize(
    "frame", [b"", b";", b"hello;", b"imei:x,help me;", b"123;", f"imei:{IMEI},tracker,1,2,3,4,5".encode()]
)
def test_what_is_no_frame(frame: bytes) -> None:
    with pytest.raises(DecodeError):
        read(frame)

"""trv: the alarm field, positions of fixed width, answers with the next letter."""

import pytest

from tests.unit.protocols.samples import AT, IMEI, NOW, trv_position
from tocsin.protocols.base import Alarm, CellTower, DecodeError, Reading, Session, WifiPoint
from tocsin.protocols.trv import ALARM_CODES, TRV


def read(frame: bytes, session: Session | None = None) -> Reading:
    return TRV.decode(frame, session or Session(device_uid=IMEI), NOW)


@pytest.mark.parametrize(("code", "alarm"), ALARM_CODES.items())
def test_each_alarm(code: int, alarm: Alarm) -> None:
    assert read(trv_position(f"{code:02d}")).alarms == {alarm}


def test_an_unknown_code_is_an_alarm_and_00_is_none() -> None:
    assert read(trv_position("37")).alarms == {Alarm.OTHER}
    assert read(trv_position("00")).alarms == frozenset()


def test_place_networks_and_time() -> None:
    (report,) = read(trv_position()).reports
    assert report.place is not None
    assert (report.place.lat_deg, report.place.lon_deg, report.place.fix_at) == (35.25, -33.75, AT)
    assert report.cells == (CellTower(901, 70, 4660, 22136),)
    assert report.wifi == (WifiPoint("aa:bb:cc:dd:ee:ff", -60),)
    assert report.battery_pct == 71


def test_no_fix_keeps_the_alarm_and_the_networks() -> None:
    (report,) = read(trv_position(valid="V", place="0000.0000N00000.0000E")).reports
    assert (report.place, report.alarms) == (None, {Alarm.SOS})
    assert report.wifi


@pytest.mark.parametrize("place", ["9515.0000N03345.0000W", "3515.00N", "nonsense"])
def test_a_wrong_place_keeps_the_alarm(place: str) -> None:
    (report,) = read(trv_position(place=place)).reports
    assert (report.place, report.alarms) == (None, {Alarm.SOS})


@pytest.mark.parametrize("date", [b"800301", b"990301", b"000000"])
def test_a_wrong_clock_keeps_the_alarm(date: bytes) -> None:
    assert read(trv_position().replace(b"260301", date)).alarms == {Alarm.SOS}


def test_an_alarm_message_that_cannot_be_read_is_an_alarm() -> None:
    assert read(b"IWAP10").alarms == {Alarm.GENERAL}


def test_a_frame_before_the_login_keeps_its_alarm() -> None:
    reading = read(trv_position(), Session())
    assert (reading.device_uid, reading.alarms) == (None, {Alarm.SOS})


def test_health() -> None:
    assert read(b"IWAP49,72").reports[0].attributes == {"heart_rate_bpm": 72}
    assert read(b"IWAPHP,60,130,85,97,5.5,36.6").reports[0].attributes["blood_oxygen_pct"] == 97
    assert read(b"IWAP50,36.7,90").reports[0].battery_pct == 90


@pytest.mark.parametrize(
    ("frame", "answer"),
    [
        (f"IWAP00{IMEI},1,2", b"IWBP00,20260715102030,0#"),
        (f"TRVAP00{IMEI}", b"TRVBP00#"),
        ("IWAP10x", b"IWBP10#"),
        ("TRVCP01,07800010010000", b"TRVDP01#"),
        ("TRVYP14x", b"TRVZP14#"),
        ("TRVAP14,1", b"TRVBP14,0.000,0.000#"),
        ("IWAP14,1", b""),
        ("IWAPXL,080835", b""),
        ("IWAP12,080835,1", b""),
    ],
)
def test_answers(frame: str, answer: bytes) -> None:
    assert TRV.reply(frame.encode(), Reading(Session(), IMEI), NOW) == answer


@pytest.mark.parametrize("frame", [b"", b"IW", b"hello", b"IWAP01", b"IWAP49,x", b"IWAP00", b"\xff\xfe"])
def test_what_is_no_frame(frame: bytes) -> None:
    with pytest.raises(DecodeError):
        read(frame)

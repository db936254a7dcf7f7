"""minifinder: every flag, buffered reports, frames before the login."""

import pytest

from tests.unit.protocols.samples import AT, IMEI, NOW, minifinder_position
from tocsin.protocols.base import Alarm, DecodeError, Reading, Session
from tocsin.protocols.minifinder import ALARM_BITS, MINIFINDER


def read(frame: bytes, session: Session | None = None) -> Reading:
    return MINIFINDER.decode(frame, session or Session(device_uid=IMEI), NOW)


@pytest.mark.parametrize("kind", ["B", "C", "D"])
@pytest.mark.parametrize(("bit", "alarm"), ALARM_BITS)
def test_each_alarm_alone_and_with_sos(kind: str, bit: int, alarm: Alarm) -> None:
    assert read(minifinder_position(1 | bit, kind=kind)).alarms == {alarm}
    assert read(minifinder_position(1 | bit | 1 << 6, kind=kind)).alarms == {alarm, Alarm.SOS}


def test_place_time_and_battery() -> None:
    (report,) = read(minifinder_position(1)).reports
    assert report.place is not None
    assert (report.place.lat_deg, report.place.lon_deg, report.place.fix_at) == (35.25, -33.75, AT)
    assert (report.place.is_valid, report.place.speed_kmh, report.battery_pct) == (True, 3, 71)


def test_no_fix_keeps_the_alarm() -> None:
    (report,) = read(minifinder_position(1 << 6, place="0.000000,0.000000")).reports
    assert (report.place, report.alarms) == (None, {Alarm.SOS})


@pytest.mark.parametrize("place", ["x,y", "95.0,0.0", ","])
def test_a_wrong_place_keeps_the_alarm(place: str) -> None:
    (report,) = read(minifinder_position(1 << 6 | 1, place=place)).reports
    assert (report.place, report.alarms) == (None, {Alarm.SOS})


@pytest.mark.parametrize("date", ["1/3/80", "99/99/99", "x"])
def test_a_wrong_clock_keeps_the_alarm(date: str) -> None:
    assert read(minifinder_position(1 << 6).replace(b"1/3/26", date.encode())).alarms == {Alarm.SOS}


def test_stored_offline() -> None:
    assert read(minifinder_position(1, kind="B")).reports[0].is_stored


def test_login_names_the_device_and_nothing_is_answered() -> None:
    reading = read(f"!1,{IMEI},V07S,90;".encode(), Session())
    assert (reading.device_uid, reading.session.device_uid) == (IMEI, IMEI)
    assert MINIFINDER.reply(b"", reading, NOW) == b""


def test_a_frame_before_the_login_keeps_its_alarm() -> None:
    reading = read(minifinder_position(1 << 6), Session())
    assert (reading.device_uid, reading.alarms) == (None, {Alarm.SOS})


@pytest.mark.parametrize("frame", [b"", b"!", b"!1,", b"!D,x", b"hello", b"!D,1,2,3,4,5,6,zz,8,9"])
def test_what_is_no_frame(frame: bytes) -> None:
    with pytest.raises(DecodeError):
        read(frame)

"""eelink: every alarm in both forms, glued packages, datagrams that name their device."""

import pytest

from tests.unit.protocols.samples import (
    AT,
    EELINK_LOGIN,
    IMEI,
    NOW,
    eelink_datagram,
    eelink_new_alarm,
    eelink_old_alarm,
    eelink_package,
)
from tocsin.protocols.base import Alarm, CellTower, DecodeError, Reading, Session, WifiPoint
from tocsin.protocols.checksums import rotating_sum16
from tocsin.protocols.eelink import ALARM_CODES, EELINK


def read(frame: bytes, session: Session | None = None) -> Reading:
    return EELINK.decode(frame, session or Session(device_uid=IMEI), NOW)


@pytest.mark.parametrize("frame", [eelink_old_alarm, eelink_new_alarm])
@pytest.mark.parametrize(("code", "alarm"), ALARM_CODES.items())
def test_each_alarm(frame, code: int, alarm: Alarm) -> None:
    assert read(frame(code)).alarms == {alarm}
    assert read(frame(code) + frame(0x02)).alarms == {alarm, Alarm.SOS}


@pytest.mark.parametrize("frame", [eelink_old_alarm, eelink_new_alarm])
def test_an_unknown_code_is_an_alarm(frame) -> None:
    assert read(frame(0x7F)).alarms == {Alarm.OTHER}


def test_place_and_cell() -> None:
    (report,) = read(eelink_old_alarm(2)).reports
    assert report.place is not None
    assert (round(report.place.lat_deg, 5), round(report.place.lon_deg, 5)) == (35.25, -33.75)
    assert (report.sent_at, report.place.is_valid) == (AT, True)
    assert report.cells == (CellTower(901, 70, 4660, 0x5678),)


def test_no_fix_keeps_alarm_and_networks() -> None:
    (report,) = read(eelink_new_alarm(2)).reports
    assert (report.place, report.alarms) == (None, {Alarm.SOS})
    assert report.cells == (CellTower(901, 70, 4660, 22136, -70),)
    assert report.wifi == (WifiPoint("aa:bb:cc:dd:ee:ff", -60),)


def test_a_wrong_place_keeps_the_alarm() -> None:
    (report,) = read(eelink_old_alarm(2, lat_deg=95)).reports
    assert (report.place, report.alarms) == (None, {Alarm.SOS})


def test_a_datagram_names_its_device() -> None:
    reading = read(eelink_datagram(eelink_old_alarm(2), eelink_new_alarm(0x86)), Session())
    assert (reading.device_uid, reading.alarms) == (IMEI, {Alarm.SOS, Alarm.FALL})


def test_a_bad_package_costs_the_others_nothing() -> None:
    assert read(eelink_package(0x14, b"\x01") + eelink_old_alarm(2)).alarms == {Alarm.SOS}


def test_an_alarm_that_breaks_off_is_kept() -> None:
    assert read(eelink_new_alarm(2)[:-2]).alarms == {Alarm.SOS}


def test_a_frame_before_the_login_keeps_its_alarm_and_is_not_answered() -> None:
    reading = read(eelink_old_alarm(2), Session())
    assert (reading.device_uid, reading.alarms) == (None, {Alarm.SOS})
    assert EELINK.reply(eelink_old_alarm(2), reading, NOW) == b""


def test_answers() -> None:
    login = EELINK.reply(EELINK_LOGIN, read(EELINK_LOGIN, Session()), NOW)
    assert login == bytes.fromhex("67670100090003") + int(NOW.timestamp()).to_bytes(4, "big") + b"\x00\x01\x00"
    assert EELINK.reply(eelink_old_alarm(2), read(eelink_old_alarm(2)), NOW) == bytes.fromhex("67670400020003")
    silent = eelink_package(0x02, bytes(27))
    assert EELINK.reply(silent, read(silent), NOW) == b""
    datagram = eelink_datagram(eelink_old_alarm(2))
    answer = EELINK.reply(datagram, read(datagram), NOW)
    assert answer[6:] == bytes.fromhex(f"0{IMEI}67670400020003")
    assert int.from_bytes(answer[4:6], "big") == rotating_sum16(answer[6:])


@pytest.mark.parametrize("frame", [b"", b"gg", b"hello", b"EL\x00", b"gg\x14\x00\x04\x00\x01\x00\x00"])
def test_what_is_no_frame(frame: bytes) -> None:
    with pytest.raises(DecodeError):
        read(frame)

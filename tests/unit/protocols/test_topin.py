"""topin: an SOS without any content, alarm bits, lengths that mean something else in each type."""

import pytest

from tests.unit.protocols.samples import AT, IMEI, NOW, PRESS, topin_frame, topin_login, topin_wifi
from tocsin.demo.wristband import gt06_place
from tocsin.protocols.base import Alarm, CellTower, DecodeError, Reading, Session, WifiPoint
from tocsin.protocols.topin import ALARM_BITS, TOPIN


def read(frame: bytes, session: Session | None = None) -> Reading:
    return TOPIN.decode(frame, session or Session(device_uid=IMEI), NOW)


def place(bits: int, *, kind: int = 0x10) -> bytes:
    return topin_frame(kind, gt06_place(PRESS) + bytes((0, 12, bits)), length=21)


def test_sos_has_no_place_and_no_content() -> None:
    (report,) = read(topin_frame(0x99)).reports
    assert (report.alarms, report.place) == ({Alarm.SOS}, None)


def test_sos_before_the_login_is_kept_and_not_answered() -> None:
    reading = read(topin_frame(0x99), Session())
    assert (reading.device_uid, reading.alarms) == (None, {Alarm.SOS})
    assert TOPIN.reply(topin_frame(0x99), reading, NOW) == b""


@pytest.mark.parametrize("frame", [place, topin_wifi])
@pytest.mark.parametrize(("bit", "alarm"), ALARM_BITS)
def test_each_alarm_alone_and_all_together(frame, bit: int, alarm: Alarm) -> None:
    assert read(frame(bit)).alarms == {alarm}
    assert read(frame(0x13)).alarms == {name for _, name in ALARM_BITS}


def test_place_and_time() -> None:
    (report,) = read(place(0)).reports
    assert report.place is not None
    assert (round(report.place.lat_deg, 5), round(report.place.lon_deg, 5)) == (35.25, -33.75)
    assert (report.place.fix_at, report.place.altitude_m) == (AT, 12)


def test_stored_offline() -> None:
    assert read(place(0, kind=0x11)).reports[0].is_stored
    assert not read(place(0)).reports[0].is_stored


def test_networks() -> None:
    (report,) = read(topin_wifi(0)).reports
    assert report.cells == (CellTower(901, 70, 4660, 22136, -70),)
    assert report.wifi == (WifiPoint("aa:bb:cc:dd:ee:ff", -60),)


@pytest.mark.parametrize("clock", ["1a0301040506", "500301040506", "630301040506", "000000000000"])
def test_a_wrong_clock_keeps_the_alarm(clock: str) -> None:
    frame = place(1)
    assert read(frame[:4] + bytes.fromhex(clock) + frame[10:]).alarms == {Alarm.VIBRATION}


def test_login_and_answers() -> None:
    clock = bytes.fromhex("7878073007ea070f0a141e0d0a")
    reading = read(topin_login(), Session())
    assert reading.device_uid == IMEI
    assert TOPIN.reply(topin_login(), reading, NOW) == bytes.fromhex("78780d01010d0a") + clock
    assert TOPIN.reply(topin_frame(0x30), reading, NOW) == clock
    status = topin_frame(0x13, b"\x42\x4d\x08\x19\x64")
    assert TOPIN.reply(status, reading, NOW) == status
    assert TOPIN.reply(place(0), reading, NOW) == place(0)[:10] + b"\r\n"


def test_an_end_mark_inside_a_frame_does_not_cut_it() -> None:
    frame = topin_frame(0x13, b"\x42\r\n\x19\x64")
    assert TOPIN.split(frame + topin_frame(0x99)) == ([frame, topin_frame(0x99)], b"")


@pytest.mark.parametrize(
    "frame", [b"", b"xx", b"xx\x01", b"xx\x0d\x01\r\n", b"xx\x12\x10\r\n", b"xx\x05\x69" + bytes(9)]
)
def test_what_is_no_frame(frame: bytes) -> None:
    with pytest.raises(DecodeError):
        read(frame)

"""gt06: every alarm by itself and beside an SOS, without a fix, with wrong clocks and checksums."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from struct import pack

import pytest

from tests.unit.protocols.samples import AT, GT06_UID, NOW, PRESS
from tocsin.demo.wristband import Press, gt06_frame, gt06_login, gt06_place
from tocsin.protocols.base import Alarm, CellTower, DecodeError, Reading, Session
from tocsin.protocols.checksums import crc16_x25
from tocsin.protocols.gt06 import GT06
from tocsin.protocols.gt06_blocks import ALARM_CODES, STATUS_ALARMS

LOGGED_IN = Session(device_uid=GT06_UID)
NO_FIX = replace(PRESS, lat_deg=None, lon_deg=None)


def read(frame: bytes, session: Session = LOGGED_IN) -> Reading:
    return GT06.decode(frame, session, NOW)


def alarm_frame(
    press: Press = PRESS, *, code: int = 0, status: int = 0, kind: int = 0x26, tail: bytes = b"\x02"
) -> bytes:
    cell = bytes.fromhex("0903854612340 05678".replace(" ", ""))
    return gt06_frame(kind, gt06_place(press) + cell + bytes((status, 4, 3, code)) + tail, serial=7)


def test_checksum_is_the_one_of_the_catalogue() -> None:
    assert crc16_x25(b"123456789") == 0x906E  # CRC-16/X-25 (IBM-SDLC) in the catalogue of CRC algorithms.


def test_login_names_the_device_and_is_answered() -> None:
    frame = gt06_login(GT06_UID)
    reading = read(frame, Session())
    assert (reading.device_uid, reading.reports) == (GT06_UID, ())
    assert GT06.reply(frame, reading, NOW) == bytes.fromhex("787805010001d9dc0d0a")


@pytest.mark.parametrize(("code", "alarm"), ALARM_CODES.items())
def test_each_alarm_code_alone(code: int, alarm: Alarm) -> None:
    if code < 0x100:
        assert read(alarm_frame(code=code)).alarms == {alarm}
    else:  # Codes of two bytes put their high half beside the language.
        assert read(alarm_frame(code=code & 0xFF, kind=0x27, tail=bytes((code >> 8 << 4 | 2, 0)))).alarms == {alarm}


@pytest.mark.parametrize(("number", "alarm"), STATUS_ALARMS.items())
def test_each_status_alarm_alone(number: int, alarm: Alarm) -> None:
    assert read(alarm_frame(status=number << 3)).alarms == {alarm}


@pytest.mark.parametrize(("code", "alarm"), [item for item in ALARM_CODES.items() if item[0] < 0x100])
def test_sos_with_each_other_alarm(code: int, alarm: Alarm) -> None:
    assert read(alarm_frame(status=4 << 3, code=code)).alarms == {Alarm.SOS, alarm}


def test_an_unknown_code_in_an_alarm_frame_is_an_alarm() -> None:
    (report,) = read(alarm_frame(code=0x77)).reports
    assert report.alarms == {Alarm.OTHER}
    assert report.attributes["alarm_code"] == 0x77


@pytest.mark.parametrize("code", [0x00, 0xFE, 0xFF])
def test_ignition_codes_are_no_alarm(code: int) -> None:
    assert read(alarm_frame(code=code)).alarms == frozenset()


def test_place_cell_battery_and_time() -> None:
    (report,) = read(alarm_frame(code=1)).reports
    assert report.place is not None
    assert (round(report.place.lat_deg, 5), round(report.place.lon_deg, 5)) == (35.25, -33.75)
    assert (report.place.is_valid, report.place.satellites, report.place.fix_at) == (True, 9, AT)
    assert report.cells == (CellTower(901, 70, 0x1234, 0x5678),)
    assert (report.battery_pct, report.sent_at) == (66, AT)


@pytest.mark.parametrize(("lat", "lon"), [(35.25, 33.75), (-35.25, 33.75), (-35.25, -33.75), (0.5, 179.9)])
def test_every_hemisphere(lat: float, lon: float) -> None:
    (report,) = read(alarm_frame(replace(PRESS, lat_deg=lat, lon_deg=lon))).reports
    assert report.place is not None
    assert (round(report.place.lat_deg, 5), round(report.place.lon_deg, 5)) == (lat, lon)


def test_no_fix_keeps_alarm_and_cells() -> None:
    (report,) = read(alarm_frame(NO_FIX, code=1)).reports
    assert (report.place, report.alarms) == (None, {Alarm.SOS})
    assert report.cells


def test_a_place_out_of_range_is_dropped_and_the_alarm_kept() -> None:
    place = gt06_place(PRESS)[:7] + pack(">II", 180_000_000, 10) + bytes((0, 0x14, 0))
    frame = gt06_frame(0x26, place + bytes.fromhex("0903854612340056780004030102"), serial=1)
    (report,) = read(frame).reports
    assert (report.place, report.alarms) == (None, {Alarm.SOS})


@pytest.mark.parametrize("year", [0, 26, 80, 99])
def test_wrong_clocks_are_kept_as_told(year: int) -> None:
    frame = bytearray(alarm_frame(code=1))
    frame[4] = year
    (report,) = read(bytes(frame)).reports
    assert report.sent_at == datetime(2000 + year, 3, 1, 4, 5, 6, tzinfo=UTC)
    assert report.alarms == {Alarm.SOS}


def test_an_impossible_date_keeps_the_alarm() -> None:
    frame = bytearray(alarm_frame(code=1))
    frame[5] = 0
    (report,) = read(bytes(frame)).reports
    assert (report.sent_at, report.alarms) == (None, {Alarm.SOS})


@pytest.mark.parametrize(
    ("zone", "offset"),
    [
        (800 << 4, timedelta(hours=8)),
        (530 << 4, timedelta(hours=5, minutes=30)),
        (330 << 4 | 8, timedelta(hours=-3, minutes=-30)),
    ],
)
def test_the_time_zone_of_the_login_counts_for_later_frames(zone: int, offset: timedelta) -> None:
    session = read(gt06_login(GT06_UID, zone=zone), Session()).session
    (report,) = read(alarm_frame(), session).reports
    assert report.sent_at == AT - offset


def test_a_frame_before_the_login_keeps_its_alarm_and_is_not_answered() -> None:
    frame = alarm_frame(code=1)
    reading = read(frame, Session())
    assert (reading.device_uid, reading.alarms) == (None, {Alarm.SOS})
    assert GT06.reply(frame, reading, NOW) == b""


def test_stored_offline() -> None:
    cell_and_tail = bytes.fromhex("0385461234005678") + b"\x01\x04\x01"
    (report,) = read(gt06_frame(0x22, gt06_place(PRESS) + cell_and_tail, serial=3)).reports
    assert report.is_stored


def test_a_wrong_checksum_is_told_and_the_alarm_kept() -> None:
    frame = bytearray(alarm_frame(code=1))
    frame[-4] ^= 0xFF
    (report,) = read(bytes(frame)).reports
    assert report.alarms == {Alarm.SOS}
    assert report.attributes["checksum_is_wrong"] is True


def test_a_wrong_length_is_cut_at_the_end_mark() -> None:
    frame = bytearray(alarm_frame(code=1))
    frame[2] += 4
    frames, rest = GT06.split(bytes(frame) + gt06_login(GT06_UID))
    assert (frames, rest) == ([bytes(frame), gt06_login(GT06_UID)], b"")
    assert read(frames[0]).alarms == {Alarm.SOS}


def test_an_end_mark_inside_a_frame_does_not_cut_it() -> None:
    frame = gt06_frame(0x94, b"\x1b" + b"card \r\n more", serial=5)
    assert GT06.split(frame) == ([frame], b"")


def test_an_alarm_frame_that_breaks_off_behind_its_status_keeps_the_alarm() -> None:
    content = gt06_place(PRESS) + bytes.fromhex("0903854612340056 78".replace(" ", "")) + bytes((4 << 3,))
    (report,) = read(gt06_frame(0x26, content, serial=1)).reports
    assert Alarm.SOS in report.alarms


def test_noise_is_a_piece_of_its_own() -> None:
    login = gt06_login(GT06_UID)
    assert GT06.split(b"GET / HTTP/1.0" + login) == ([b"GET / HTTP/1.0", login], b"")
    with pytest.raises(DecodeError):
        read(b"GET / HTTP/1.0")


def test_the_clock_is_given_to_whoever_asks() -> None:
    frame = gt06_frame(0x8A, b"", serial=6)
    assert GT06.reply(frame, read(frame), NOW)[4:10] == bytes((26, 7, 15, 10, 20, 30))


def test_a_picture_in_parts_is_put_together() -> None:
    picture = bytes(range(256)) * 6
    announced = gt06_frame(0x35, bytes(18) + pack(">II", len(picture), 77), serial=1)
    reading, offset = read(announced), 0
    assert GT06.reply(announced, reading, NOW)[4:14] == pack(">IIH", 77, 0, 1024)
    while not reading.media:
        part = picture[offset : offset + 200]
        frame = gt06_frame(0x36, pack(">IIH", 77, offset, len(part)) + part, serial=2)
        reading = read(frame, reading.session)
        offset += len(part)
    assert reading.media[0].content == picture

"""megastek: every word in both forms, bracelets, lengths in front, wrong places and clocks."""

import pytest

from tests.unit.protocols.samples import AT, IMEI, NOW
from tests.unit.protocols.samples_vehicles import megastek_new, megastek_old
from tocsin.protocols.base import Alarm, CellTower, DecodeError, Reading, Session, WifiPoint
from tocsin.protocols.megastek import MEGASTEK, WORDS


def read(frame: bytes) -> Reading:
    return MEGASTEK.decode(frame, Session(), NOW)


@pytest.mark.parametrize(
    ("word", "alarm"),
    [
        *WORDS.items(),
        ("Geo1 in", Alarm.GEOFENCE_ENTER),
        ("Geo1 out", Alarm.GEOFENCE_EXIT),
        ("Geo1", Alarm.GEOFENCE),
        ("Fall", Alarm.OTHER),
    ],
)
def test_each_word(word: str, alarm: Alarm) -> None:
    assert read(megastek_new(word)).alarms == {alarm}
    assert read(megastek_old(word)).alarms == {alarm}


@pytest.mark.parametrize("word", ["Timer", "Store", "Nil-Alarms", ""])
def test_ordinary_words(word: str) -> None:
    assert read(megastek_new(word)).alarms == frozenset()
    assert read(megastek_old(word)).alarms == frozenset()


def test_a_strap_that_is_opened_is_a_call() -> None:
    assert read(megastek_new("Belt Off")).alarms == {Alarm.TORN_OFF}


@pytest.mark.parametrize("frame", [megastek_new(), megastek_new(sized=True), megastek_old()])
def test_place_and_time(frame: bytes) -> None:
    reading = read(frame)
    (report,) = reading.reports
    assert reading.device_uid == IMEI
    assert report.place is not None
    assert (report.place.lat_deg, report.place.lon_deg, report.place.fix_at) == (35.25, -33.75, AT)
    assert [(cell.lac, cell.cid) for cell in report.cells] == [(0x1234, 0x5678)]


def test_what_a_bracelet_adds() -> None:
    (report,) = read(megastek_new()).reports
    assert (report.battery_pct, report.attributes["belt"], report.attributes["charging"]) == (78, 1, True)
    assert (report.attributes["heart_rate_bpm"], report.attributes["steps"]) == (72, 1055)
    assert report.cells == (CellTower(901, 70, 0x1234, 0x5678, -18),)
    assert report.wifi == (WifiPoint("aa:bb:cc:dd:ee:ff", -60),)


def test_the_old_form_without_commas() -> None:
    text = "STX990000000027    \x02j$GPRMC,040506.000,A,3515.0000,N,03345.0000,W,0.00,,010326,,,A*7F,901,70,1234,5678,"
    reading = read(f"{text}11,87,1000,001001,0000,0.00,0.02,0.00,SOS;4A".encode())
    (report,) = reading.reports
    assert (reading.device_uid, report.alarms, report.battery_pct) == ("990000000027", {Alarm.SOS}, 87)
    assert report.cells == (CellTower(901, 70, 0x1234, 0x5678, -11),)


@pytest.mark.parametrize("where", ["0000.0000,N,00000.0000,E", "9915.0000,N,03345.0000,W", ",,,", "x,N,y,W"])
def test_no_place_or_a_wrong_one_keeps_the_alarm(where: str) -> None:
    (report,) = read(megastek_new(where=where)).reports
    assert (report.place, report.alarms) == (None, {Alarm.SOS})
    (old,) = read(megastek_old(lat="9915.0000,N")).reports
    assert (old.place, old.alarms) == (None, {Alarm.SOS})


@pytest.mark.parametrize("frame", [megastek_new(date="001326"), megastek_old(date="001326")])
def test_a_wrong_clock_keeps_the_alarm(frame: bytes) -> None:
    (report,) = read(frame).reports
    assert (report.sent_at, report.alarms) == (None, {Alarm.SOS})


def test_a_length_that_cannot_be_right_is_passed_over() -> None:
    frame = megastek_new(sized=True)
    assert MEGASTEK.split(b"9999" + frame[4:]) == ([b"9999" + frame[4:]], b"")
    assert MEGASTEK.split(frame + frame) == ([frame, frame], b"")


def test_nothing_is_answered_and_noise_is_refused() -> None:
    assert MEGASTEK.reply(megastek_new(), read(megastek_new()), NOW) == b""
    for frame in (b"noise", b"$MGV002,1", b"STX,,$GPRMC,,"):
        with pytest.raises(DecodeError):
            read(frame)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (b"137.1", b".37.1"),
        (b"3515.0000", b"351..0000"),
        (b"GPRMC", b"GP.MC"),
        (b"040506", b"04x506"),
        (b"901,70", b"9x1,70"),
    ],
)
def test_a_damaged_number_keeps_the_alarm(right: bytes, wrong: bytes) -> None:
    for frame in (megastek_old(), megastek_new()):
        assert read(frame.replace(right, wrong)).alarms == {Alarm.SOS}

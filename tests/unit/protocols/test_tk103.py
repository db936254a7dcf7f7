"""tk103: every alarm of both forms, cells and Wi-Fi instead of a place, parentheses in free text."""

import pytest

from tests.unit.protocols.samples import AT, IMEI, NOW, tk103_networks, tk103_new, tk103_old
from tocsin.protocols.base import Alarm, CellTower, DecodeError, Reading, Session, WifiPoint
from tocsin.protocols.tk103 import ALARM_DIGITS, COMMAND_ALARMS, NUMBERED_ALARMS, TK103


def read(frame: bytes) -> Reading:
    return TK103.decode(frame, Session(), NOW)


@pytest.mark.parametrize(("digit", "alarm"), ALARM_DIGITS.items())
def test_each_alarm_of_the_old_form(digit: int, alarm: Alarm) -> None:
    assert read(tk103_old(f"BO01{digit}")).alarms == {alarm}


@pytest.mark.parametrize(("number", "alarm"), NUMBERED_ALARMS.items())
def test_each_numbered_alarm(number: int, alarm: Alarm) -> None:
    assert read(tk103_old(f"BQ81,ALARM,{number},164,")).alarms == {alarm}


@pytest.mark.parametrize(("command", "alarm"), COMMAND_ALARMS.items())
def test_each_command_that_is_an_alarm(command: str, alarm: Alarm) -> None:
    frame = tk103_networks(command) if command.startswith(("DW5", "DW6")) else tk103_new(command)
    assert read(frame).alarms == {alarm}


def test_the_panic_input_is_an_sos_beside_every_alarm() -> None:
    frame = tk103_old("BO011").replace(b"01000000L", b"01200000L")
    assert read(frame).alarms == {Alarm.ACCIDENT, Alarm.SOS}
    assert read(tk103_old("BR00")).alarms == frozenset()


def test_an_unknown_alarm_is_an_alarm() -> None:
    assert read(tk103_old("BO019")).alarms == {Alarm.OTHER}


@pytest.mark.parametrize("frame", [tk103_old("BR00"), tk103_new("BP05")])
def test_place_and_time(frame: bytes) -> None:
    (report,) = read(frame).reports
    assert report.place is not None
    assert (report.place.lat_deg, report.place.lon_deg, report.place.fix_at) == (35.25, -33.75, AT)


def test_identities() -> None:
    assert read(tk103_old("BR00")).device_uid == "990000000027"
    assert read(tk103_new("BP05")).device_uid == IMEI


def test_networks_instead_of_a_place() -> None:
    (report,) = read(tk103_networks("DW5E")).reports
    assert (report.place, report.alarms, report.sent_at) == (None, {Alarm.SOS}, AT)
    assert report.cells == (CellTower(901, 70, 4660, 22136),)
    assert report.wifi == (WifiPoint("aa:bb:cc:dd:ee:ff", -60, 11),)


@pytest.mark.parametrize("place", ["0000.0000N00000.0000E", "9915.0000N03345.0000W", "nonsense"])
def test_no_fix_or_a_wrong_place_keeps_the_alarm(place: str) -> None:
    (report,) = read(tk103_old("BO012", valid="V", place=place)).reports
    assert (report.place, report.alarms) == (None, {Alarm.SOS})


@pytest.mark.parametrize("date", ["800101", "990101", "061830", "000000"])
def test_a_wrong_clock_keeps_the_alarm(date: str) -> None:
    assert read(tk103_old("BO012", date=date)).alarms == {Alarm.SOS}


def test_battery() -> None:
    (report,) = read(f"({IMEI},ZC20,010326,040506,5,394,65535,255)".encode()).reports
    assert (report.battery_pct, report.attributes) == (80, {"battery_v": 3.94})


def test_parentheses_in_free_text_cut_nothing() -> None:
    frame = f"({IMEI},ZC03,010326,040506,$1) on\r\n2) off$)".encode()
    assert TK103.split(b"xx" + frame + tk103_new("BP05")) == ([b"xx", frame, tk103_new("BP05")], b"")
    assert read(frame).reports[0].attributes["answer"] == "1) on\r\n2) off"


@pytest.mark.parametrize(
    ("frame", "answer"),
    [
        (b"(990000000027BP00HSO)", b"(990000000027AP01HSO)"),
        (tk103_old("BP05"), b"(990000000027AP05)"),
        (tk103_old("BO012"), b""),
        (tk103_new("BP05"), b""),
    ],
)
def test_answers(frame: bytes, answer: bytes) -> None:
    assert TK103.reply(frame, read(frame), NOW) == answer


@pytest.mark.parametrize(
    "frame", [b"", b"()", b"hello", b"(123BP00)", f"({IMEI},ZC20,1,2)".encode(), f"({IMEI}BS50zz)".encode()]
)
def test_what_is_no_frame(frame: bytes) -> None:
    with pytest.raises(DecodeError):
        read(frame)

"""wristband: places, networks, status, answers."""

import pytest

from tests.unit.protocols.samples import IMEI, NOW, wristband_frame
from tocsin.protocols.base import CellTower, DecodeError, Reading, Session, WifiPoint
from tocsin.protocols.wristband import WRISTBAND


def read(frame: bytes) -> Reading:
    return WRISTBAND.decode(frame, Session(), NOW)


def test_places_come_oldest_first() -> None:
    frame = wristband_frame("F02", "-33.75,35.25,202603010406,3.6|-33.5,35.0,202603010405,0.0")
    reading = read(frame)
    assert reading.device_uid == IMEI
    assert [(report.place.lat_deg, report.place.lon_deg) for report in reading.reports if report.place] == [
        (35.0, -33.5),
        (35.25, -33.75),
    ]


def test_status() -> None:
    assert read(wristband_frame("F01", "71,3")).reports[0].battery_pct == 71


def test_networks() -> None:
    cells = "4660,70,901,22136,70"
    (report,) = read(wristband_frame("F03", f"aa:bb:cc:dd:ee:ff,-60|{cells}")).reports
    assert report.cells == (CellTower(901, 70, 4660, 22136, -70),)
    assert report.wifi == (WifiPoint("aa:bb:cc:dd:ee:ff", -60),)
    assert read(wristband_frame("F04", cells)).reports[0].cells == report.cells


@pytest.mark.parametrize("place", ["-33.75,95,202603010406,0", "999,35,202603010406,0", "0,0,202603010406,0"])
def test_a_wrong_place_is_dropped(place: str) -> None:
    assert read(wristband_frame("F02", place)).reports[0].place is None


@pytest.mark.parametrize("time", ["198001010000", "209901010000", "000000000000", ""])
def test_a_wrong_clock_keeps_the_place(time: str) -> None:
    assert read(wristband_frame("F02", f"-33.75,35.25,{time},0")).reports[0].place is not None


@pytest.mark.parametrize(
    ("function", "data", "answer"),
    [
        ("F01", "71,3", "{F01#3}"),
        ("F64", "1", "{F64#1}"),
        ("F90", "", "{F90#127.0.0.1,500}"),
        ("F91", "x", "{F91#2026-07-15-10-20-30|127.0.0.1,500}"),
    ],
)
def test_answers(function: str, data: str, answer: str) -> None:
    frame = wristband_frame(function, data)
    assert answer.encode() in WRISTBAND.reply(frame, read(frame), NOW)
    assert WRISTBAND.reply(wristband_frame("F02", "1,2,3,4"), read(frame), NOW) == b""


@pytest.mark.parametrize(
    "frame", [b"", b"\x00\x01\x02", b"hello", wristband_frame("F02", "x"), wristband_frame("F03", "x")]
)
def test_what_is_no_frame(frame: bytes) -> None:
    with pytest.raises(DecodeError):
        read(frame)

"""laipac: each event, what is answered to it, countries written with a zero, wrong places and clocks."""

import pytest

from tests.unit.protocols.samples import AT, NOW
from tests.unit.protocols.samples_vehicles import laipac_line
from tocsin.protocols.base import Alarm, CellTower, DecodeError, Reading, Session
from tocsin.protocols.laipac import EVENTS, LAIPAC, ORDINARY


def read(frame: bytes) -> Reading:
    return LAIPAC.decode(frame, Session(), NOW)


def answer(frame: bytes) -> bytes:
    return LAIPAC.reply(frame, read(frame), NOW)


@pytest.mark.parametrize(("event", "alarm"), [*EVENTS.items(), ("9", Alarm.OTHER)])
def test_each_event_that_is_an_alarm(event: str, alarm: Alarm) -> None:
    assert read(laipac_line(event)).alarms == {alarm}


@pytest.mark.parametrize("event", sorted(ORDINARY))
def test_ordinary_events(event: str) -> None:
    assert read(laipac_line(event)).alarms == frozenset()


def test_place_time_and_cell() -> None:
    (report,) = read(laipac_line()).reports
    assert report.place is not None
    assert (report.place.lat_deg, report.place.lon_deg, report.place.fix_at) == (35.25, -33.75, AT)
    assert report.cells == (CellTower(901, 70, 0x1234, 0x5678),)
    assert report.attributes["battery_v"] == 3.727


@pytest.mark.parametrize("where", ["0000.0000,N,00000.0000,E", "9915.0000,N,03345.0000,W", ",,,", "x,N,y,W"])
def test_no_place_or_a_wrong_one_keeps_the_alarm(where: str) -> None:
    (report,) = read(laipac_line(where=where)).reports
    assert (report.place, report.alarms) == (None, {Alarm.SOS})


@pytest.mark.parametrize("date", ["000000", "011326", ""])
def test_a_wrong_clock_keeps_the_alarm(date: str) -> None:
    (report,) = read(laipac_line(date=date)).reports
    assert (report.sent_at, report.alarms) == (None, {Alarm.SOS})


def test_a_wrong_checksum_is_read_and_marked() -> None:
    frame = laipac_line().strip()
    (report,) = read(frame[:-2] + b"00").reports
    assert (report.alarms, report.attributes["checksum_is_wrong"]) == ({Alarm.SOS}, True)


def test_answers() -> None:
    assert answer(laipac_line()) == b"$AVCFG,00000000,d*31\r\n"
    assert answer(laipac_line("0")) == b""
    checksum = laipac_line(status="a").strip()[-2:]
    acknowledged, ended, _ = answer(laipac_line(status="a")).split(b"\r\n")
    assert acknowledged.startswith(b"$EAVACK,3," + checksum + b"*")
    assert ended == b"$AVCFG,00000000,d*31"
    assert answer(b"$ECHK,99000027,0*5E") == b"$ECHK,99000027,0*5E\r\n"


def test_the_owner_s_name_and_number_are_not_kept() -> None:
    reading = read(b"$EAVSYS,99000027,8900000000000000001,+15550100,Owner,0x52*00")
    assert reading.device_uid == "99000027"
    assert dict(reading.reports[0].attributes) == {"iccid": "8900000000000000001"}


@pytest.mark.parametrize("frame", [b"AVRMC", b"$AVRMC,99000027,040506*00", b"$OTHER,1*00"])
def test_what_is_no_sentence_is_refused(frame: bytes) -> None:
    with pytest.raises(DecodeError):
        read(frame)


def test_a_number_beyond_all_bounds_is_none() -> None:
    (report,) = read(laipac_line().replace(b"78.66", b"78E99999")).reports
    assert report.place is not None
    assert (report.place.course_deg, report.alarms) == (None, {Alarm.SOS})

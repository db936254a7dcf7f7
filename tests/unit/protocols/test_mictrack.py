"""mictrack: each event, messages without an end mark, names of access points, batches of places."""

import pytest

from tests.unit.protocols.samples import AT, IMEI, NOW
from tests.unit.protocols.samples_vehicles import mictrack_report
from tocsin.protocols.base import Alarm, CellTower, DecodeError, Reading, Session, WifiPoint
from tocsin.protocols.mictrack import EVENTS, MICTRACK

PLACES = b"$040506.00,A,3515.0000,N,03345.0000,W,0.01,309.62,95.0,010326"


def read(frame: bytes, session: Session | None = None) -> Reading:
    return MICTRACK.decode(frame, session or Session(), NOW)


@pytest.mark.parametrize(("event", "alarm"), [*EVENTS.items(), (13, Alarm.OTHER)])
def test_each_event_that_is_an_alarm(event: int, alarm: Alarm) -> None:
    assert read(mictrack_report(event)).alarms == {alarm}
    assert read(mictrack_report(event, kind="RH", values="5+260301040506+0+0+0+0")).alarms == {alarm}


@pytest.mark.parametrize("event", [1, 2, 3, 4, 11])
def test_ordinary_events(event: int) -> None:
    assert read(mictrack_report(event)).alarms == frozenset()


def test_place() -> None:
    (report,) = read(mictrack_report(kind="R0", values="7+260301040506+35.25+-33.75+3.6+90")).reports
    assert report.place is not None
    assert (report.place.lat_deg, report.place.lon_deg, report.place.fix_at) == (35.25, -33.75, AT)
    assert (report.place.satellites, report.attributes["battery_v"]) == (7, 3.831)


def test_networks() -> None:
    wifi = (WifiPoint("aa:bb:cc:dd:ee:ff", -60),)
    (report,) = read(mictrack_report()).reports
    assert (report.sent_at, report.wifi) == (AT, wifi)
    (both,) = read(
        mictrack_report(kind="R13", values="260301040506+aa:bb:cc:dd:ee:ff,-60+70,22136,4660,901,17")
    ).reports
    assert (both.wifi, both.cells) == (wifi, (CellTower(901, 70, 4660, 22136),))
    (cells,) = read(mictrack_report(kind="R2", values="260301040506+70,22136,4660,901")).reports
    assert cells.cells == (CellTower(901, 70, 4660, 22136),)


def test_a_name_of_an_access_point_may_hold_a_plus() -> None:
    frame = mictrack_report(kind="Y1", values="260301040506+Bar+5+9,aa:bb:cc:dd:ee:ff,-60")
    assert MICTRACK.split(frame) == ([frame], b"")
    (report,) = read(frame).reports
    assert (report.alarms, report.wifi) == ({Alarm.SOS}, (WifiPoint("aa:bb:cc:dd:ee:ff", -60),))


@pytest.mark.parametrize("values", ["7+260301040506+0+0+0+0", "7+260301040506+95+-33.75+0+0", "7+x+y+z+0+0", "+++++"])
def test_no_place_or_a_wrong_one_keeps_the_alarm(values: str) -> None:
    (report,) = read(mictrack_report(kind="R0", values=values)).reports
    assert (report.place, report.alarms) == (None, {Alarm.SOS})


def test_a_call_is_cut_out_as_soon_as_it_is_whole() -> None:
    frame = mictrack_report()
    assert MICTRACK.split(frame[:-1]) == ([], frame[:-1])
    assert MICTRACK.split(frame) == ([frame], b"")
    assert MICTRACK.split(frame + b"\r\n" + frame) == ([frame, frame], b"")


def test_a_batch_of_places() -> None:
    reading = read(IMEI.encode() + PLACES + PLACES)
    assert (reading.device_uid, len(reading.reports)) == (IMEI, 2)
    place = reading.reports[0].place
    assert place is not None
    assert (place.lat_deg, place.lon_deg, place.fix_at) == (35.25, -33.75, AT)
    later = read(PLACES, reading.session)
    assert (later.device_uid, len(later.reports)) == (IMEI, 1)


def test_an_answer_is_kept_and_nothing_is_answered() -> None:
    assert read(b"mode=Success!").reports[0].attributes["answer"] == "mode=Success"
    assert read(IMEI.encode() + b" ok!").device_uid == IMEI
    assert MICTRACK.reply(b"mode=Success!", read(b"mode=Success!"), NOW) == b""
    with pytest.raises(DecodeError):
        read(b"noise")

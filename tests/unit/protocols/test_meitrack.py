"""meitrack: every event in text and in both binary forms, wrong lengths, cut records, pictures, answers."""

from struct import pack

import pytest

from tests.unit.protocols.samples import AT, IMEI, NOW
from tests.unit.protocols.samples_vehicles import (
    meitrack_batch,
    meitrack_frame,
    meitrack_items,
    meitrack_record,
    meitrack_text,
)
from tocsin.protocols.base import Alarm, CellTower, DecodeError, Reading, Session, WifiPoint
from tocsin.protocols.meitrack import MEITRACK
from tocsin.protocols.meitrack_binary import EVENTS, ORDINARY

ALL_FORMS = pytest.mark.parametrize(
    "form", [meitrack_text, lambda event: meitrack_batch(meitrack_record(event)), meitrack_items]
)


def read(frame: bytes, session: Session | None = None) -> Reading:
    return MEITRACK.decode(frame, session or Session(), NOW)


def answer(frame: bytes) -> bytes:
    return MEITRACK.reply(frame, read(frame), NOW)


@ALL_FORMS
@pytest.mark.parametrize(("event", "alarm"), [*EVENTS.items(), (200, Alarm.OTHER)])
def test_each_event_that_is_an_alarm(form, event: int, alarm: Alarm) -> None:
    assert read(form(event)).alarms == {alarm}


@ALL_FORMS
def test_ordinary_events(form) -> None:
    assert all(read(form(event)).alarms == frozenset() for event in ORDINARY)


def test_the_long_form_of_an_event() -> None:
    assert read(meitrack_items(655, is_long=True)).alarms == {Alarm.OTHER}
    assert read(meitrack_items(1, is_long=True)).alarms == {Alarm.SOS}


@ALL_FORMS
def test_place_and_time(form) -> None:
    reading = read(form(35))
    (report,) = reading.reports
    assert reading.device_uid == IMEI
    assert report.place is not None
    assert (report.place.lat_deg, report.place.lon_deg, report.place.fix_at) == (35.25, -33.75, AT)
    assert report.place.altitude_m == 45


def test_cells_and_access_points() -> None:
    cells = (CellTower(901, 70, 0x1234, 0x5678, -4),)
    assert read(meitrack_text()).reports[0].cells == cells
    assert read(meitrack_batch(meitrack_record())).reports[0].cells == (CellTower(901, 70, 0x1234, 0x5678, -19),)
    cell = (b"\x0e", pack("<HHHIh", 901, 70, 0x1234, 0x5678, -96))
    (report,) = read(meitrack_items(1, cell, (b"\x1d", bytes.fromhex("aabbccddeeff") + pack("<h", -60)))).reports
    assert report.cells == (CellTower(901, 70, 0x1234, 0x5678, -96),)
    assert report.wifi == (WifiPoint("aa:bb:cc:dd:ee:ff", -60),)


def test_batteries() -> None:
    assert read(meitrack_text()).reports[0].attributes["battery_v"] == 3.97
    mt90 = read(meitrack_text(), Session(facts={"model": "MT90"})).reports[0].attributes["battery_v"]
    assert mt90 == 0x18D * 3.3 * 2 / 4096
    assert read(meitrack_items()).reports[0].battery_pct == 96
    several = read(meitrack_items(1, (b"\xfe\xa8", bytes((1, 88, 1, 50, 0, 0, 0))))).reports[0]
    assert (several.battery_pct, several.attributes["battery_2_pct"]) == (88, 50)


@pytest.mark.parametrize("where", ["0.000000,0.000000", "95.250000,-33.750000", ",", "x,y"])
def test_no_place_or_a_wrong_one_keeps_the_alarm(where: str) -> None:
    (report,) = read(meitrack_text(where=where)).reports
    assert (report.place, report.alarms) == (None, {Alarm.SOS})
    (batch,) = read(meitrack_batch(meitrack_record(lat_deg=95))).reports
    assert (batch.place, batch.alarms) == (None, {Alarm.SOS})


@pytest.mark.parametrize("clock", ["000000000000", "261301040506", ""])
def test_a_wrong_clock_keeps_the_alarm(clock: str) -> None:
    (report,) = read(meitrack_text(clock=clock)).reports
    assert (report.sent_at, report.alarms) == (None, {Alarm.SOS})


def test_a_cut_report_keeps_the_alarm() -> None:
    frame = meitrack_items()
    for end in range(50, len(frame)):
        assert read(frame[:end]).alarms == {Alarm.SOS}


def test_a_record_in_front_of_the_event_is_counted() -> None:
    frame = meitrack_text().replace(b",AAA,", b",AFF,0004,")
    assert read(frame).alarms == {Alarm.SOS}


def test_a_wrong_length_does_not_hide_a_text() -> None:
    frame = meitrack_text()
    for wrong in (b"$$A60,", b"$$A999,"):
        damaged = wrong + frame.partition(b",")[2]
        assert MEITRACK.split(damaged + frame) == ([damaged, frame], b"")


def test_an_answer_is_kept() -> None:
    assert read(meitrack_frame("D82", b"0")).reports[0].attributes["answer"] == "D82,0"


def test_a_picture_in_parts() -> None:
    first = read(meitrack_frame("D00", b"a.jpg,2,0,\xff\xd8"))
    assert (first.media, first.session.parts) == ((), (b"\xff\xd8",))
    last = read(meitrack_frame("D00", b"a.jpg,2,1,*,\xff\xd9"), first.session)
    assert [(one.extension, one.content) for one in last.media] == [("jpg", b"\xff\xd8*,\xff\xd9")]
    assert last.session.parts == ()
    full = Session(parts=(bytes(512 * 1024),))
    for content in (b"a.jpg,2,1,x", b"a.jpg,x,1,x", b"a.jpg"):
        with pytest.raises(DecodeError):
            read(meitrack_frame("D00", content), full)


def test_answers() -> None:
    assert answer(meitrack_batch(*[meitrack_record()] * 12)) == b"@@A28,990000000000027,CCC,12*F0\r\n"
    assert answer(meitrack_frame("AAC", b"1")).startswith(b"@@z27,990000000000027,AAC,1*")
    assert answer(meitrack_frame("D03", b"OK")).startswith(b"@@O46,990000000000027,D00,camera_picture.jpg,0*")
    assert answer(meitrack_frame("D00", b"a.jpg,20,7,x")).startswith(b"@@O33,990000000000027,D00,a.jpg,8*")
    assert answer(meitrack_frame("D00", b"a.jpg,20,3,x")) == b""
    assert answer(meitrack_text()) == b""


@pytest.mark.parametrize("frame", [b"noise", b"$$A9,1,AAA,x*00"])
def test_what_is_no_message_is_refused(frame: bytes) -> None:
    with pytest.raises(DecodeError):
        read(frame)

"""gl100: the call, other words, several places, no fix, wrong clocks, the heartbeat."""

import pytest

from tests.unit.protocols.samples import AT, IMEI, NOW
from tests.unit.protocols.samples_vehicles import gl100_message
from tocsin.protocols.base import Alarm, CellTower, DecodeError, Reading, Session
from tocsin.protocols.gl100 import ALARM_WORDS, GL100


def read(frame: bytes) -> Reading:
    return GL100.decode(frame, Session(), NOW)


@pytest.mark.parametrize(("word", "alarm"), [*ALARM_WORDS.items(), ("EST", Alarm.OTHER)])
def test_each_word_that_is_an_alarm(word: str, alarm: Alarm) -> None:
    assert read(gl100_message(word)).alarms == {alarm}


@pytest.mark.parametrize("word", ["TRI", "RTL", "LBC"])
def test_ordinary_words(word: str) -> None:
    assert read(gl100_message(word)).alarms == frozenset()


def test_place_time_and_cell() -> None:
    (report,) = read(gl100_message()).reports
    assert report.place is not None
    assert (report.place.lat_deg, report.place.lon_deg, report.place.fix_at) == (35.25, -33.75, AT)
    assert report.cells == (CellTower(901, 70, 0x1234, 0x5678),)


def test_several_places_and_the_alarm_with_the_newest() -> None:
    frame = gl100_message().replace(b"11F0,", b"0,0,1,-3.6,145,30.0,2,-33.700000,35.200000,20260301040606,11F0,")
    older, newer = read(frame).reports
    assert (older.alarms, newer.alarms) == (frozenset(), {Alarm.SOS})
    assert newer.place is not None
    assert newer.place.lat_deg == 35.2


@pytest.mark.parametrize("where", ["0.000000,0.000000", "-33.750000,95.250000", ",", "x,y"])
def test_no_place_or_a_wrong_one_keeps_the_alarm(where: str) -> None:
    (report,) = read(gl100_message(where=where)).reports
    assert (report.place, report.alarms) == (None, {Alarm.SOS})


@pytest.mark.parametrize("clock", ["00000000000000", "20261301040506"])
def test_a_wrong_clock_keeps_the_alarm(clock: str) -> None:
    (report,) = read(gl100_message(clock=clock)).reports
    assert (report.sent_at, report.alarms) == (None, {Alarm.SOS})


def test_a_heartbeat_is_answered_with_its_own_content() -> None:
    frame = f"AT+GTHBD=HeartBeat,{IMEI},20260301040506,11F0,01".encode()
    reading = read(frame)
    assert (reading.device_uid, reading.reports) == (IMEI, ())
    assert GL100.reply(frame, reading, NOW) == (
        f"+RESP:GTHBD,GPRS ACTIVE,HeartBeat,{IMEI},20260301040506,11F0\0".encode()
    )
    assert GL100.reply(gl100_message(), reading, NOW) == b""


def test_what_is_no_message_is_refused() -> None:
    with pytest.raises(DecodeError):
        read(b"+RESP:GTSOS")

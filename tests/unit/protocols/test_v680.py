"""v680: the event word, an empty user, degrees in two forms, several places."""

import pytest

from tests.unit.protocols.samples import AT, IMEI, NOW
from tests.unit.protocols.samples_vehicles import v680_message
from tocsin.protocols.base import Alarm, DecodeError, Reading, Session
from tocsin.protocols.v680 import V680, WORDS


def read(frame: bytes, session: Session | None = None) -> Reading:
    return V680.decode(frame, session or Session(), NOW)


@pytest.mark.parametrize(("word", "alarm"), [*WORDS.items(), ("DEF", Alarm.OTHER)])
def test_each_event(word: str, alarm: Alarm) -> None:
    assert read(v680_message(word)).alarms == {alarm}
    assert read(v680_message("AUT")).alarms == frozenset()


@pytest.mark.parametrize("where", ["3345.0000,W,3515.0000,N", "33.750000,W,35.250000,N"])
def test_place_and_time(where: str) -> None:
    reading = read(v680_message(where=where))
    place = reading.reports[0].place
    assert place is not None
    assert (reading.device_uid, place.lat_deg, place.lon_deg, place.fix_at) == (IMEI, 35.25, -33.75, AT)


def test_an_empty_user_cuts_a_message_in_two() -> None:
    login, rest = V680.split(v680_message(user=""))[0]
    reading = read(rest, read(login).session)
    assert (reading.device_uid, reading.alarms) == (IMEI, {Alarm.SOS})


def test_a_call_before_the_login_is_read() -> None:
    reading = read(v680_message()[19:])
    assert (reading.device_uid, reading.alarms) == (None, {Alarm.SOS})


def test_several_places_and_the_event_with_the_newest() -> None:
    frame = v680_message().rstrip(b"#") + b"#V#3345.0000,W,3516.0000,N,000.49,288#010326#040516##"
    older, newer = read(frame).reports
    assert (older.alarms, newer.alarms) == (frozenset(), {Alarm.SOS})


@pytest.mark.parametrize("where", ["0.0,E,0.0,N", "3345.0000,W,9915.0000,N", ",,,", "x,W,y,N"])
def test_no_place_or_a_wrong_one_keeps_the_alarm(where: str) -> None:
    (report,) = read(v680_message(where=where)).reports
    assert (report.place, report.alarms) == (None, {Alarm.SOS})


def test_a_wrong_clock_keeps_the_alarm() -> None:
    (report,) = read(v680_message(date="001326")).reports
    assert (report.sent_at, report.alarms) == (None, {Alarm.SOS})


def test_nothing_is_answered_and_noise_is_refused() -> None:
    assert V680.reply(v680_message(), read(v680_message()), NOW) == b""
    with pytest.raises(DecodeError):
        read(b"noise##")


def test_a_damaged_number_keeps_the_alarm() -> None:
    (report,) = read(v680_message().replace(b"79.50", b".9.50")).reports
    assert report.alarms == {Alarm.SOS}
    assert report.place is not None
    assert report.place.course_deg is None

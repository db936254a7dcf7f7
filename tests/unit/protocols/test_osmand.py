"""osmand: HTTP requests whole, in pieces, pipelined and hostile; every word for an alarm."""

import json
from datetime import UTC, datetime

import pytest

from tests.unit.protocols.samples import NOW
from tocsin.protocols.base import Alarm, CellTower, DecodeError, Reading, Session, WifiPoint
from tocsin.protocols.conformance_values import ALARM_NAMES
from tocsin.protocols.http import BODY_BYTES_MAX, HEAD_BYTES_MAX
from tocsin.protocols.osmand import OSMAND

WHEN = datetime(2026, 3, 1, 4, 5, 6, tzinfo=UTC)


def get(query: str) -> bytes:
    return f"GET /?{query} HTTP/1.1\r\nHost: x\r\n\r\n".encode()


def post(body: bytes, *headers: str) -> bytes:
    head = "\r\n".join(["POST / HTTP/1.1", "Host: x", f"Content-Length: {len(body)}", *headers, "", ""])
    return head.encode() + body


def post_json(value: object) -> bytes:
    return post(json.dumps(value).encode(), "Content-Type: application/json; charset=utf-8")


def read(frame: bytes) -> Reading:
    frames, rest = OSMAND.split(frame)
    assert (frames, rest) == ([frame], b"")
    return OSMAND.decode(frame, Session(), NOW)


@pytest.mark.parametrize("alarm", [alarm for alarm in Alarm if alarm is not Alarm.OTHER])
def test_each_alarm_by_our_name_and_theirs(alarm: Alarm) -> None:
    for word in {alarm.value, ALARM_NAMES.get(alarm, alarm.value)}:
        assert read(get(f"id=p&lat=1&lon=2&alarm={word}")).alarms == {alarm}
        assert read(get(f"id=p&alarm={word}&alarm=sos")).alarms == {alarm, Alarm.SOS}
        assert read(get(f"id=p&alarm=sos,{word}")).alarms == {alarm, Alarm.SOS}


@pytest.mark.parametrize("word", ["SOS", "s.o.s.", "Help", "PANIC", "true", "1"])
def test_words_that_people_type(word: str) -> None:
    assert read(get(f"id=p&alarm={word}")).alarms == {Alarm.SOS}


def test_an_unknown_word_is_an_alarm_and_no_is_none() -> None:
    (report,) = read(get("id=p&alarm=kidnapped")).reports
    assert (report.alarms, report.attributes["alarm_code"]) == ({Alarm.OTHER}, "kidnapped")
    assert read(get("id=p&alarm=")).alarms == frozenset()
    assert read(get("id=p&alarm=false")).alarms == frozenset()


@pytest.mark.parametrize(
    "timestamp",
    ["1772337906", "1772337906000", "2026-03-01T04:05:06Z", "2026-03-01+04:05:06", "2026-03-01T05:05:06%2B01:00"],
)
def test_every_way_to_write_a_time(timestamp: str) -> None:
    assert read(get(f"id=p&timestamp={timestamp}&lat=1&lon=2")).reports[0].sent_at == WHEN


@pytest.mark.parametrize("timestamp", ["", "soon", "nan", "inf", "-1e300", "9" * 400, "2026-99-99T00:00:00Z"])
def test_a_wrong_time_costs_nothing_else(timestamp: str) -> None:
    (report,) = read(get(f"id=p&timestamp={timestamp}&lat=1&lon=2&alarm=sos")).reports
    assert (report.sent_at, report.alarms) == (None, {Alarm.SOS})
    assert report.place is not None


@pytest.mark.parametrize("place", ["lat=91&lon=0", "lat=0&lon=181", "lat=nan&lon=1", "lat=x&lon=1", "location=1"])
def test_a_wrong_place_is_dropped_and_said(place: str) -> None:
    (report,) = read(get(f"id=p&{place}&alarm=sos")).reports
    assert (report.place, report.alarms) == (None, {Alarm.SOS})
    assert report.attributes["place_is_wrong"] is True


def test_values() -> None:
    query = (
        "deviceid=p&location=35.25,-33.75&speed=10&bearing=90&altitude=5&accuracy=7&batt=55&charge=true&hdop=1.5"
        "&cell=901,70,4660,22136,-80&cell=901,70,1,2&cell=x&wifi=AA-BB-CC-DD-EE-FF,-60&note=%D8%B9"
    )
    (report,) = read(get(query)).reports
    assert report.place is not None
    assert (report.place.speed_kmh, report.place.course_deg, report.place.accuracy_m) == (18.52, 90, 7)
    assert report.cells == (CellTower(901, 70, 4660, 22136, -80), CellTower(901, 70, 1, 2))
    assert report.wifi == (WifiPoint("aa:bb:cc:dd:ee:ff", -60),)
    assert report.battery_pct == 55
    assert report.attributes == {"charging": True, "hdop": 1.5, "note": "ع"}


def test_a_form_body_is_read_like_a_query() -> None:
    assert read(post(b"id=p&lat=1&lon=2&alarm=sos")).alarms == {Alarm.SOS}


def test_json_of_the_client() -> None:
    location = {
        "timestamp": "2026-03-01T04:05:06.000Z",
        "coords": {"latitude": 35.25, "longitude": -33.75, "speed": 10, "heading": -1, "accuracy": 5, "altitude": 3},
        "battery": {"level": 0.5, "is_charging": True},
        "activity": {"type": "walking"},
        "is_moving": True,
        "extras": {"alarm": "sos", "who": "me"},
    }
    reading = read(post_json({"device_id": "p", "location": location}))
    (report,) = reading.reports
    assert (reading.device_uid, report.sent_at, report.battery_pct) == ("p", WHEN, 50)
    assert report.alarms == {Alarm.SOS}
    assert report.place is not None
    assert (report.place.speed_kmh, report.place.course_deg) == (36.0, None)
    assert report.attributes == {"charging": True, "motion": True, "activity": "walking", "who": "me"}


@pytest.mark.parametrize("location", [None, 5, "x", [], [1], {"coords": []}, {"battery": {"level": "full"}}])
def test_odd_json_keeps_the_alarm(location: object) -> None:
    assert read(post_json({"device_id": 7, "alarm": "sos", "location": location})).alarms == {Alarm.SOS}


def test_a_batch_comes_oldest_first() -> None:
    locations = [{"timestamp": f"2026-03-01T04:05:0{second}Z"} for second in (3, 1, 2)]
    reports = read(post_json({"device_id": "p", "location": locations})).reports
    assert [report.sent_at.second for report in reports if report.sent_at] == [1, 2, 3]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"7", b"[" * 100_000, b"\xff\xfe"])
def test_what_is_no_json_is_refused_with_words(body: bytes) -> None:
    frame = post(body, "Content-Type: application/json")
    with pytest.raises(DecodeError):
        OSMAND.decode(frame, Session(), NOW)
    assert OSMAND.refuse(frame).startswith(b"HTTP/1.1 400 ")


def test_without_identity_the_alarm_is_kept_and_the_request_refused() -> None:
    frame = get("lat=1&lon=2&alarm=sos")
    reading = read(frame)
    assert (reading.device_uid, reading.alarms) == (None, {Alarm.SOS})
    answer = OSMAND.reply(frame, reading, NOW)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"id=" in answer


def test_the_answer_is_empty_and_keeps_the_connection() -> None:
    frame = get("id=p&lat=1&lon=2")
    assert OSMAND.reply(frame, read(frame), NOW) == (
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n"
    )
    old = frame.replace(b"HTTP/1.1", b"HTTP/1.0")
    assert b"Connection: close" in OSMAND.reply(old, read(old), NOW)


def test_chunked_and_pipelined() -> None:
    body = b"6\r\nid=p&a\r\n9;ext=1\r\nlarm=sos&\r\n0\r\nTrailer: x\r\n\r\n"
    chunked = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + body
    frames, rest = OSMAND.split(chunked + get("id=p") + chunked[:-3])
    assert (frames, rest) == ([chunked, get("id=p")], chunked[:-3])
    assert OSMAND.decode(chunked, Session(), NOW).alarms == {Alarm.SOS}


@pytest.mark.parametrize(
    "head",
    [
        "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: gzip, chunked",
        "Content-Length: -5",
        "Content-Length: +5",
        "Content-Length: 99999999999999999999",
        f"Content-Length: {BODY_BYTES_MAX + 1}",
        "No colon",
        ": no name",
        " folded: x",
        "Transfer-Encoding: chunked\r\n\r\nzz",
    ],
)
def test_a_request_that_lies_about_its_length_is_one_piece_and_refused(head: str) -> None:
    request = f"POST / HTTP/1.1\r\n{head}\r\n\r\nid=p&alarm=sos\n".encode()
    frames, rest = OSMAND.split(request)
    assert (frames, rest) == ([request], b"")
    with pytest.raises(DecodeError):
        OSMAND.decode(request, Session(), NOW)
    assert b"Connection: close" in OSMAND.refuse(request)


def test_a_head_without_end_is_given_up() -> None:
    endless = b"GET /?" + b"a" * (HEAD_BYTES_MAX + 10)
    assert OSMAND.split(endless) == ([endless], b"")
    assert OSMAND.split(b"GET /?a") == ([], b"GET /?a")


def test_bytes_of_another_protocol_are_not_waited_for() -> None:
    login = bytes.fromhex("78780d01099000000000001100018ecf0d0a")
    assert OSMAND.split(login) == ([login], b"")
    assert OSMAND.split(b"[3G*1*0002*LK]") == ([b"[3G*1*0002*LK]"], b"")


def test_other_methods_are_refused() -> None:
    with pytest.raises(DecodeError):
        OSMAND.decode(get("id=p").replace(b"GET", b"DELETE"), Session(), NOW)


def test_values_beyond_the_bounds_are_left_out() -> None:
    query = "&".join(f"name{number}={'x' * 900}" for number in range(200))
    (report,) = read(get(f"id=p&alarm=sos&{query}"[:11_000])).reports
    assert report.alarms == {Alarm.SOS}
    assert len(report.attributes) <= 64
    assert all(len(value) <= 512 for value in report.attributes.values() if isinstance(value, str))

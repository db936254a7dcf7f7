"""owntracks: identities, triggers, objects that are no location, hostile JSON."""

import json

import pytest

from tests.unit.protocols.samples import AT, NOW, owntracks_request
from tocsin.protocols.base import Alarm, CellTower, DecodeError, Reading, Session
from tocsin.protocols.owntracks import OWNTRACKS, TRIGGER_ALARMS


def read(frame: bytes) -> Reading:
    return OWNTRACKS.decode(frame, Session(), NOW)


def request(body: bytes, *headers: str) -> bytes:
    head = "\r\n".join(["POST / HTTP/1.1", "Host: t", f"Content-Length: {len(body)}", *headers, "", ""])
    return head.encode() + body


LOCATION = {"_type": "location", "lat": 35.25, "lon": -33.75, "tst": int(AT.timestamp())}


def test_place_time_and_battery() -> None:
    reading = read(
        owntracks_request(lat=35.25, lon=-33.75, tst=int(AT.timestamp()), acc=5, vel=36, batt=71, cog=90, alt=12)
    )
    (report,) = reading.reports
    assert report.place is not None
    assert (report.place.lat_deg, report.place.lon_deg, report.place.fix_at) == (35.25, -33.75, AT)
    assert (report.place.accuracy_m, report.place.speed_kmh, report.battery_pct) == (5, 36, 71)
    assert reading.device_uid == "owntracks/invented/phone"


@pytest.mark.parametrize(("trigger", "alarm"), TRIGGER_ALARMS.items())
def test_each_trigger_alone_and_with_an_alarm_word(trigger: str, alarm: Alarm) -> None:
    assert read(owntracks_request(t=trigger)).alarms == {alarm}
    assert read(owntracks_request(t=trigger, alarm="sos")).alarms == {alarm, Alarm.SOS}


@pytest.mark.parametrize("trigger", ["u", "p", "c", "b", "t", "v"])
def test_the_triggers_of_phones_are_no_alarm(trigger: str) -> None:
    assert read(owntracks_request(t=trigger, lat=1, lon=2)).alarms == frozenset()


@pytest.mark.parametrize(
    ("more", "headers", "uid"),
    [
        ({"topic": "owntracks/a/b", "tid": "xx"}, ["X-Limit-U: u", "X-Limit-D: d"], "owntracks/a/b"),
        ({"tid": "xx"}, ["X-Limit-U: u", "X-Limit-D: d"], "owntracks/u/d"),
        ({"tid": "xx"}, ["Authorization: Basic dTpzZWNyZXQ=", "X-Limit-D: d"], "owntracks/u/d"),
        ({"tid": "xx"}, [], "xx"),
        ({}, ["Authorization: Basic dTpzZWNyZXQ="], "u"),
        ({}, ["Authorization: Basic ***"], None),
    ],
)
def test_identities(more: dict, headers: list[str], uid: str | None) -> None:
    frame = request(json.dumps({**LOCATION, **more}).encode(), *headers)
    reading = read(frame)
    assert reading.device_uid == uid
    assert OWNTRACKS.reply(frame, reading, NOW).startswith(b"HTTP/1.1 200 " if uid else b"HTTP/1.1 400 ")


@pytest.mark.parametrize("kind", ["transition", "waypoint", "lwt", "cmd", "encrypted", None])
def test_what_is_no_location_is_stored_and_reports_nothing(kind: str | None) -> None:
    frame = owntracks_request(_type=kind)
    reading = read(frame)
    assert reading.reports == ()
    assert OWNTRACKS.reply(frame, reading, NOW).startswith(b"HTTP/1.1 200 ")


def test_an_empty_body_is_no_error() -> None:
    assert read(request(b"")).reports == ()


def test_the_cell_of_a_device_tracker() -> None:
    frame = owntracks_request(mcc=901, mnc=70, lac="1234", cid="5678")
    assert read(frame).reports[0].cells == (CellTower(901, 70, 0x1234, 0x5678),)


@pytest.mark.parametrize(
    "more",
    [
        {"lat": 95, "lon": 0},
        {"lat": "35", "lon": None},
        {"lat": float("inf"), "lon": 1},
        {"lat": 10**400, "lon": 1},
        {"tst": "soon"},
        {"tst": 1e300, "batt": -1, "vel": {}, "mcc": []},
    ],
)
def test_odd_values_keep_the_alarm(more: dict) -> None:
    (report,) = read(owntracks_request(alarm="sos", **more)).reports
    assert (report.place, report.alarms) == (None, {Alarm.SOS})


@pytest.mark.parametrize("body", [b"{", b"[]", b"7", b"\xff", b"[" * 100_000])
def test_what_is_no_json_is_refused_with_words(body: bytes) -> None:
    with pytest.raises(DecodeError):
        read(request(body))
    assert OWNTRACKS.refuse(request(body)).startswith(b"HTTP/1.1 400 ")

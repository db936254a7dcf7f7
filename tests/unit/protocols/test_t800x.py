"""t800x: every alarm code of both families, tags that call, driving, decimals filled with ones, answers."""

from struct import pack

import pytest

from tests.unit.protocols.samples import AT, IMEI, NOW
from tests.unit.protocols.samples_vehicles import t800x_frame, t800x_place
from tocsin.protocols.base import Alarm, CellTower, DecodeError, Reading, Session
from tocsin.protocols.t800x import PERSONAL_ALARMS, T800X, VEHICLE_ALARMS

CLOCK = bytes.fromhex("260301040506")
PERSONAL, OBD = b"''", b"&&"
BOTH = pytest.mark.parametrize("family", [b"##", PERSONAL])


def read(frame: bytes, model: str = "") -> Reading:
    return T800X.decode(frame, Session(facts={"model": model} if model else {}), NOW)


@pytest.mark.parametrize(("code", "alarm"), [*VEHICLE_ALARMS.items(), (99, Alarm.OTHER)])
def test_each_alarm_of_a_vehicle_tracker(code: int, alarm: Alarm) -> None:
    assert read(t800x_place(code)).alarms == {alarm}


@pytest.mark.parametrize(("code", "alarm"), [*PERSONAL_ALARMS.items(), (99, Alarm.OTHER)])
def test_each_alarm_of_a_personal_tracker(code: int, alarm: Alarm) -> None:
    assert read(t800x_place(code, family=PERSONAL)).alarms == {alarm}


@BOTH
def test_no_alarm(family: bytes) -> None:
    assert read(t800x_place(0, family=family)).alarms == frozenset()
    assert read(t800x_place(22, family=family)).alarms == frozenset()


@BOTH
def test_place_and_time(family: bytes) -> None:
    reading = read(t800x_place(family=family))
    (report,) = reading.reports
    assert (reading.device_uid, report.sent_at) == (IMEI, AT)
    assert report.place is not None
    assert (report.place.lat_deg, report.place.lon_deg, report.place.speed_kmh) == (35.25, -33.75, 12.3)
    assert report.battery_pct == 50


@BOTH
def test_cells_instead_of_a_place(family: bytes) -> None:
    (report,) = read(t800x_place(family=family, fix=False)).reports
    assert (report.place, report.alarms) == (None, {Alarm.SOS})
    assert report.cells == (CellTower(901, 70, 4660, 22136),)


@BOTH
@pytest.mark.parametrize("clock", ["000000000000", "ff0301040506", "261301040506"])
def test_a_wrong_clock_keeps_the_alarm(family: bytes, clock: str) -> None:
    (report,) = read(t800x_place(family=family, clock=clock)).reports
    assert (report.sent_at, report.alarms) == (None, {Alarm.SOS})


@BOTH
def test_a_wrong_place_keeps_the_alarm(family: bytes) -> None:
    frame = t800x_place(family=family)
    for lat in (pack("<f", float("nan")), pack("<f", 95.0)):
        (report,) = read(frame.replace(pack("<f", 35.25), lat)).reports
        assert (report.place, report.alarms) == (None, {Alarm.SOS})


@BOTH
def test_a_cut_message_keeps_the_alarm(family: bytes) -> None:
    frame = t800x_place(family=family)
    (report,) = read(frame[:45]).reports
    assert (report.alarms, report.attributes["is_cut_short"]) == ({Alarm.SOS}, True)


def test_decimals_filled_with_ones_are_none() -> None:
    frame = t800x_place()
    (report,) = read(frame[:-2] + b"\xff\xff").reports
    assert "power_v" not in report.attributes
    assert read(frame, "TLW2-2BL").reports[0].attributes["battery_v"] == 12.37


@pytest.mark.parametrize(("code", "alarms"), [(0, {Alarm.SOS}), (1, {Alarm.LOW_BATTERY}), (7, {Alarm.OTHER})])
def test_a_tag_that_calls(code: int, alarms: set[Alarm]) -> None:
    tag = pack(">H", 2) + bytes.fromhex("aabbccddeeff30") + bytes((code,)) + bytes(17)
    others = pack(">H", 1) + bytes(10) + pack(">H", 4) + bytes(15) + pack(">H", 6) + bytes(9)
    (report,) = read(t800x_frame(0x10, CLOCK + b"\1" + others + tag, family=b"%%")).reports
    assert (report.alarms, report.sent_at) == (alarms, AT)
    (cut,) = read(t800x_frame(0x10, CLOCK + b"\1" + tag[:-4])).reports
    assert cut.alarms == alarms


@pytest.mark.parametrize(
    ("code", "alarm"),
    [(0, Alarm.HARD_BRAKING), (1, Alarm.HARD_ACCELERATION), (4, Alarm.HARD_BRAKING), (9, Alarm.OTHER)],
)
def test_driving(code: int, alarm: Alarm) -> None:
    place = CLOCK + pack("<fff", 12.0, -33.75, 35.25) + bytes.fromhex("0123") + pack(">HH", 900, 800)
    nowhere = CLOCK + b"\xff" * 12 + bytes.fromhex("0123ffffffff")
    first, last = read(t800x_frame(5, bytes((code,)) + place + nowhere, family=OBD)).reports
    assert (first.alarms, last.alarms) == (frozenset(), {alarm})
    assert (first.place is None, last.place) == (False, None)


def test_driving_of_the_second_kind() -> None:
    body = (
        b"\2"
        + CLOCK
        + b"\x80"
        + bytes(5)
        + pack("<fff", 12.0, -33.75, 35.25)
        + bytes.fromhex("0123")
        + pack(">HH", 900, 8)
    )
    (report,) = read(t800x_frame(6, body, family=OBD)).reports
    assert report.alarms == {Alarm.HARD_CORNERING}
    assert report.place is not None
    assert not report.place.is_valid


def test_answers() -> None:
    for frame, answer in (
        (t800x_frame(1, b""), "2323 01 000f 0001 0990000000000027"),
        (t800x_place(3), "2323 04 0010 0001 0990000000000027 03"),
        (t800x_place(0), "2323 04 000f 0001 0990000000000027"),
        (t800x_place(3, family=PERSONAL), "2727 04 0010 0007 0990000000000027 03"),
        (t800x_place(3, kind=2), ""),
    ):
        assert T800X.reply(frame, read(frame), NOW) == bytes.fromhex(answer)


def test_noise_is_a_piece_and_is_refused() -> None:
    frame = t800x_frame(1, b"")
    assert T800X.split(b"noise" + frame) == ([b"noise", frame], b"")
    with pytest.raises(DecodeError):
        read(b"noise that is longer")

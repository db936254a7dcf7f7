"""gl200: each type that is an alarm, text and binary, several places, cells and Wi-Fi, charges by model, answers."""

from struct import pack

import pytest

from tests.unit.protocols.samples import AT, IMEI, NOW
from tests.unit.protocols.samples_vehicles import GL200_PLACE, gl200_event, gl200_text
from tocsin.protocols.base import Alarm, CellTower, DecodeError, Reading, Report, Session, WifiPoint
from tocsin.protocols.gl200 import GL200
from tocsin.protocols.gl200_binary import EVENT_BYTES, EVENTS, uid_of
from tocsin.protocols.gl200_binary import ORDINARY as ORDINARY_EVENTS
from tocsin.protocols.gl200_text import ALARM_TYPES, ORDINARY

CELLS = (CellTower(901, 70, 0x1234, 0x5678),)


def read(frame: bytes, model: str = "") -> Reading:
    return GL200.decode(frame, Session(facts={"model": model} if model else {}), NOW)


def message(kind: str, *fields: str, version: str = "1A0800") -> Report:
    (report,) = read(",".join((f"+RESP:GT{kind}", version, IMEI, *fields, "20260301040510", "03C4$")).encode()).reports
    return report


@pytest.mark.parametrize(("kind", "alarm"), [*ALARM_TYPES.items(), ("XYZ", Alarm.OTHER)])
def test_each_type_that_is_an_alarm(kind: str, alarm: Alarm) -> None:
    assert read(gl200_text(kind)).alarms == {alarm}


@pytest.mark.parametrize("kind", sorted(ORDINARY - {"HBM"}))
def test_ordinary_types(kind: str) -> None:
    assert read(gl200_text(kind)).alarms == frozenset()


@pytest.mark.parametrize(
    ("detail", "alarm"), [("10", Alarm.HARD_BRAKING), ("11", Alarm.HARD_ACCELERATION), ("12", Alarm.HARD_CORNERING)]
)
def test_hard_driving(detail: str, alarm: Alarm) -> None:
    assert read(gl200_text("HBM", detail=detail)).alarms == {alarm}


def test_place_time_cell_and_charge() -> None:
    reading = read(gl200_text())
    (report,) = reading.reports
    assert reading.device_uid == IMEI
    assert report.place is not None
    assert (report.place.lat_deg, report.place.lon_deg, report.place.fix_at) == (35.25, -33.75, AT)
    assert (report.place.speed_kmh, report.cells, report.battery_pct) == (4.3, CELLS, 93)


def test_stored_reports() -> None:
    assert read(gl200_text(head="+BUFF")).reports[0].is_stored
    assert not read(gl200_text()).reports[0].is_stored


def test_several_places_and_the_alarm_with_the_last() -> None:
    where = f"{GL200_PLACE},0901,0070,1234,00005678,00,1,4.3,92,70.0,-33.700000,35.200000,20260301040606"
    older, newer = read(gl200_text(where=where)).reports
    assert (older.alarms, newer.alarms) == (frozenset(), {Alarm.SOS})
    assert newer.place is not None
    assert newer.place.lat_deg == 35.2


def test_a_call_without_a_place_names_its_cell() -> None:
    (report,) = read(gl200_text(where="0,,,,,,")).reports
    assert (report.place, report.alarms, report.cells) == (None, {Alarm.SOS}, CELLS)


@pytest.mark.parametrize("where", ["1,4.3,92,70.0,0.000000,0.000000,20260301040506", "1,4.3,92,70.0,x,y,z", "0,,"])
def test_no_place_or_a_wrong_one_keeps_the_alarm(where: str) -> None:
    (report,) = read(gl200_text(where=where)).reports
    assert (report.place, report.alarms) == (None, {Alarm.SOS})


@pytest.mark.parametrize("end", range(45, 60))
def test_a_cut_message_keeps_the_alarm(end: int) -> None:
    assert read(gl200_text()[:end]).alarms == {Alarm.SOS}


def test_access_points_behind_a_place() -> None:
    place = (
        *GL200_PLACE.split(","),
        "1",
        "aabbccddeeff",
        "-60",
        "",
        "",
        "",
        "901",
        "70",
        "1234",
        "5678",
        "00",
        "",
        "93",
    )
    report = message("FRI", "GT501", "0", "1", "1", "5", *place, version="423037")
    assert (report.wifi, report.cells, report.battery_pct) == ((WifiPoint("aa:bb:cc:dd:ee:ff", -60),), CELLS, 93)


def test_scans() -> None:
    scan = message("WIF", "", "1", "aabbccddeeff", "-60", "", "", "", "", "", "", "", "97")
    assert (scan.wifi, scan.battery_pct) == ((WifiPoint("aa:bb:cc:dd:ee:ff", -60),), 97)
    cell = ("0901", "0070", "1234", "5678", "15", "")
    assert message("GSM", "STR", *cell).cells == (CellTower(901, 70, 0x1234, 0x5678, -15),)
    located = message("LBS", "n", "0", "0", "92", "", "2", "", "", "0000", *cell)
    assert located.battery_pct == 92


@pytest.mark.parametrize(
    ("front", "behind", "percent"),
    [
        (("0", "0", "2", "", "9"), ("", "0000"), 9),
        (("", "0", "1"), ("18", "0", "", "93", "0", "", ""), 93),
        (("14051", "10", "1"), ("", "0.0", "", "", "", "90", "210100", "", "", ""), 90),
        (("1", "1", "1"), ("10800", "4"), 4),
        (("1", "1", "1"), ("00", "-1", "87"), 87),
    ],
)
def test_charges_of_regular_reports(front: tuple[str, ...], behind: tuple[str, ...], percent: int) -> None:
    report = message("FRI", "name", *front, *GL200_PLACE.split(","), "0901", "0070", "1234", "5678", *behind)
    assert (report.battery_pct, report.cells) == (percent, CELLS)


@pytest.mark.parametrize(
    ("version", "behind", "percent"),
    [
        ("C30209", ("", "27"), 27),
        ("110100", ("18", "0", "", "55", "0", "1"), 55),
        ("060502", ("00", "0.0", "00000:00:00", "", "", "90", "220504", "2"), 90),
    ],
)
def test_charges_of_extended_reports(version: str, behind: tuple[str, ...], percent: int) -> None:
    place = (*GL200_PLACE.split(","), "0901", "0070", "1234", "5678")
    report = message("ERI", "", "00000000", "12000", "10", "1", *place, *behind, version=version)
    assert (report.battery_pct, report.attributes["power_v"]) == (percent, 12)


def test_the_model_may_be_named_by_who_knows_the_device() -> None:
    place = (*GL200_PLACE.split(","), "0901", "0070", "1234", "5678", "", "27")
    fields = ("+RESP:GTERI", "FF0000", IMEI, "", "00000000", "", "10", "1", *place, "20260301040510", "03C4")
    frame = ",".join(fields).encode()
    assert read(frame, "GL320M").reports[0].battery_pct == 27


def test_information() -> None:
    report = message("INF", "n", "42", "8900", "19", "99", "0", "12295", "13985", "4.25", "0", "1")
    assert (report.attributes["battery_v"], report.attributes["motion"]) == (4.25, True)
    assert report.attributes["charging"]


def test_commands_and_heartbeats_are_answered() -> None:
    beat = b"+ACK:GTHBD,1A0401,990000000000027,,20260301040506,11F0$"
    assert read(beat).reports == ()
    assert GL200.reply(beat, read(beat), NOW) == b"+SACK:GTHBD,1A0401,11F0$"
    assert GL200.reply(gl200_text(), read(gl200_text()), NOW) == b"+SACK:03C4$"
    done = b"+ACK:GTRTO,1A0800,990000000000027,GL300,VER,FFFF,20260301040506,0C19"
    assert read(done).reports[0].attributes["answer"] == "+ACK:GTRTO"
    assert GL200.reply(gl200_event(), read(gl200_event()), NOW) == b""


@pytest.mark.parametrize(("kind", "alarm"), [*EVENTS.items(), (99, Alarm.OTHER)])
def test_each_binary_event(kind: int, alarm: Alarm) -> None:
    frame = gl200_event(kind, extra=EVENT_BYTES.get(kind, 0))
    assert GL200.split(frame) == ([frame], b"")
    reading = read(frame)
    (report,) = reading.reports
    assert (reading.device_uid, report.alarms, report.battery_pct) == (IMEI, {alarm}, 93)
    assert report.place is not None
    assert (report.place.lat_deg, report.place.lon_deg, report.place.fix_at) == (35.25, -33.75, AT)
    assert (report.place.speed_kmh, report.cells) == (4.3, CELLS)


def test_ordinary_binary_events_and_cut_ones() -> None:
    for kind in ORDINARY_EVENTS:
        assert read(gl200_event(kind, extra=EVENT_BYTES[kind])).alarms == frozenset()
    assert read(gl200_event()[:40]).alarms == {Alarm.LOW_BATTERY}


def test_binary_reports() -> None:
    frame = gl200_event(7, extra=0)
    at = 16 + 8 + 5
    (report,) = read(b"+RSP" + frame[4:at] + b"\0" + frame[at:]).reports
    assert (report.alarms, report.battery_pct, report.cells) == (frozenset(), 93, CELLS)
    (stored,) = read(b"+BSP" + frame[4:at] + b"\0" + frame[at:]).reports
    assert stored.is_stored


def test_compressed_reports() -> None:
    head = gl200_event(100, extra=0)[: 16 + 8 + 5]
    first = (1 << 22 | 43 << 9 | 92).to_bytes(3, "big") + pack(">iiI", -33_750_000, 35_250_000, int(AT.timestamp()))
    second = (2 << 38 | 1 << 30 | 0x7F << 23 | 5 << 11 | 0x7FF).to_bytes(5, "big")
    reports = read(b"+RSP" + head[4:] + b"\0\3" + first + second + b"\xc0").reports
    places = [report.place for report in reports if report.place is not None]
    assert [(place.speed_kmh, place.course_deg) for place in places] == [(4.3, 92), (4.4, 91)]
    assert [(place.lon_deg, place.lat_deg) for place in places][1] == (-33.749995, 35.249999)


def test_names_instead_of_an_imei() -> None:
    assert uid_of(b"gb100\0\0\0") == "gb100"
    assert uid_of(b"\xff" * 8) == str(2**64 - 1)


@pytest.mark.parametrize("frame", [b"noise", b"+RESP:GTSOS,1A0800", b"+RESP,1A0800,990000000000027"])
def test_what_is_no_message_is_refused(frame: bytes) -> None:
    with pytest.raises(DecodeError):
        read(frame)

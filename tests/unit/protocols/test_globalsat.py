"""globalsat: alarm words of both kinds wherever they stand, the SOS without a place, the short form."""

import pytest

from tests.unit.protocols.samples import AT, IMEI, NOW
from tests.unit.protocols.samples_vehicles import globalsat_report
from tocsin.protocols.base import Alarm, CellTower, DecodeError, Reading, Session
from tocsin.protocols.globalsat import GLOBALSAT, PERSONAL_BITS, VEHICLE_BITS

TR203 = "GSr,"


def read(frame: bytes) -> Reading:
    return GLOBALSAT.decode(frame.rstrip(b"!"), Session(), NOW)


def personal(word: int, fence: str = "") -> bytes:
    return f"GSr,{IMEI},4,6,{word:02X},{fence},3,010326,040506,W03345.0000,N3515.0000,0,1.17,212,8,1.0,53*57!".encode()


@pytest.mark.parametrize(("bit", "alarm"), [*VEHICLE_BITS.items(), (1, Alarm.OTHER), (9, Alarm.OTHER)])
def test_each_bit_of_a_vehicle_tracker(bit: int, alarm: Alarm) -> None:
    assert read(globalsat_report(f"{1 << bit:04X}")).alarms == {alarm}
    assert read(globalsat_report(f"{1 << bit | 1:04X}")).alarms == {alarm, Alarm.SOS}


@pytest.mark.parametrize(("bit", "alarm"), [*PERSONAL_BITS.items(), (3, Alarm.OTHER)])
def test_each_bit_of_a_personal_tracker(bit: int, alarm: Alarm) -> None:
    assert read(personal(1 << bit)).alarms == {alarm}


def test_asleep_is_no_alarm_and_fences_are() -> None:
    assert read(personal(4)).alarms == frozenset()
    assert read(personal(0, "I001")).alarms == {Alarm.GEOFENCE_ENTER}
    assert read(personal(1, "OG001")).alarms == {Alarm.SOS, Alarm.GEOFENCE_EXIT}


def test_the_sos_of_a_tr203_has_no_place() -> None:
    (report,) = read(f'GSi,{IMEI},4,I,1,01,90,"901,70,1234,5678,37,55"*32!'.encode()).reports
    assert (report.alarms, report.place) == ({Alarm.SOS}, None)
    assert report.cells == (CellTower(901, 70, 0x1234, 0x5678, -55),)


def test_cells_instead_of_a_place() -> None:
    (report,) = read(f'GSd,{IMEI},4,5,00,010326,040506,90,"901,70,1234,5678,13,14"*32!'.encode()).reports
    assert (report.alarms, report.sent_at, len(report.cells)) == (frozenset(), AT, 1)


def test_heartbeats_with_and_without_an_alarm_word() -> None:
    assert read(f"GSh,{IMEI},01,3,53*15!".encode()).alarms == {Alarm.SOS}
    assert read(f"GSh,{IMEI},3,5,53*15!".encode()).reports == ()
    assert read(f"GSh,{IMEI},3,M,ea04*3d!".encode()).device_uid == IMEI


def test_words_that_are_no_alarm_words() -> None:
    frame = f"GSr,{IMEI},4,c000,c000,3,010326,040506,W03345.0000,N3515.0000,65,0.00,0,10,1.0,2568*00!".encode()
    assert read(frame).alarms == frozenset()
    assert read(f"GSr,,{IMEI},00,5,3,010326,040506,W03345.0000,N3515.0000,0,0.63,266,4,1.8,13,3*56!".encode()).reports


@pytest.mark.parametrize("where", ["W03345.0000,N3515.0000", "W33.750000,N35.250000"])
def test_place_and_time(where: str) -> None:
    (report,) = read(globalsat_report(where=where)).reports
    assert report.place is not None
    assert (report.place.lat_deg, report.place.lon_deg, report.place.fix_at) == (35.25, -33.75, AT)
    assert (report.battery_pct, report.cells) == (60, (CellTower(901, 70, 0x1234, 0x5678, -21),))


@pytest.mark.parametrize("where", ["E00000.0000,N0000.0000", "W03345.0000,N9915.0000", ",", "x,y"])
def test_no_place_or_a_wrong_one_keeps_the_alarm(where: str) -> None:
    (report,) = read(globalsat_report(where=where)).reports
    assert (report.place, report.alarms) == (None, {Alarm.SOS})


@pytest.mark.parametrize("date", ["000000", "011326"])
def test_a_wrong_clock_keeps_the_alarm(date: str) -> None:
    (report,) = read(globalsat_report(date=date)).reports
    assert (report.sent_at, report.alarms) == (None, {Alarm.SOS})


def test_voltages_and_the_last_cell() -> None:
    frame = globalsat_report().replace(
        b'60%,0,0,12,"901,70,1234,5678,02,21"', b"12380mV,3128mV,0,0,11,901,70,10EB,120FC1B"
    )
    (report,) = read(frame).reports
    assert (report.attributes["power_v"], report.attributes["battery_v"]) == (12.38, 3.128)
    assert report.cells == (CellTower(901, 70, 0x10EB, 0x120FC1B, -11),)


def test_the_short_form() -> None:
    (report,) = read(f"${IMEI},9,3,010326,040506,W03345.0000,N3515.0000,181.3,22.02,251.30,9,1.00".encode()).reports
    assert report.place is not None
    assert (report.place.lat_deg, report.place.fix_at, report.place.satellites) == (35.25, AT, 9)
    for frame in (b"$x", b"$990000000000027,9,3", b"noise"):
        with pytest.raises(DecodeError):
            read(frame)


def test_answers() -> None:
    assert GLOBALSAT.reply(globalsat_report(), read(globalsat_report()), NOW) == b"ACK\r"
    assert GLOBALSAT.reply(b"$1", read(globalsat_report()), NOW) == b""

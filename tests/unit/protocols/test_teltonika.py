"""teltonika: button, man down and panic in every codec, TCP and UDP, records that break off."""

from struct import pack

import pytest

from tests.unit.protocols.samples import (
    AT,
    IMEI,
    NOW,
    TELTONIKA_LOGIN,
    teltonika_datagram,
    teltonika_packet,
    teltonika_record,
)
from tocsin.protocols.base import Alarm, CellTower, DecodeError, Reading, Session
from tocsin.protocols.checksums import crc16_ibm
from tocsin.protocols.teltonika import TELTONIKA
from tocsin.protocols.teltonika_records import ALARMS, VEHICLE_ALARMS

CODEC = pytest.mark.parametrize("codec", [0x08, 0x8E, 0x10])


def read(frame: bytes, session: Session | None = None) -> Reading:
    return TELTONIKA.decode(frame, session or Session(device_uid=IMEI), NOW)


def packet(values: dict[int, int], **more) -> bytes:
    codec = more.get("codec", 8)
    return teltonika_packet(teltonika_record(values, **more), codec=codec)


def test_checksum_is_the_one_of_the_catalogue() -> None:
    assert crc16_ibm(b"123456789") == 0xBB3D  # CRC-16/ARC in the catalogue of CRC algorithms.


@CODEC
@pytest.mark.parametrize(("number", "alarm"), [*ALARMS.items(), *VEHICLE_ALARMS.items()])
def test_each_alarm_alone_and_with_sos(codec: int, number: int, alarm: Alarm) -> None:
    assert read(packet({number: 1}, codec=codec)).alarms == {alarm}
    assert read(packet({number: 1, 236: 1}, codec=codec)).alarms == {alarm, Alarm.SOS}
    assert read(packet({number: 0}, codec=codec)).alarms == frozenset()


def test_panic_without_a_reason_is_a_call() -> None:
    assert read(packet({240: 1}, priority=2)).alarms == {Alarm.GENERAL}
    assert read(packet({242: 1}, priority=2)).alarms == {Alarm.FALL}


@pytest.mark.parametrize("press", [0x11, 0x12, 0x13])
def test_presses_of_the_alarm_button(press: int) -> None:
    assert read(packet({389: press}, codec=0x8E)).alarms == {Alarm.SOS}
    assert read(packet({389: 0x20}, codec=0x8E)).alarms == frozenset()


def test_place_time_and_battery() -> None:
    (report,) = read(packet({113: 71})).reports
    assert report.place is not None
    assert (report.place.lat_deg, report.place.lon_deg, report.place.fix_at) == (35.25, -33.75, AT)
    assert (report.place.is_valid, report.battery_pct) == (True, 71)


def test_no_fix_keeps_the_alarm() -> None:
    (report,) = read(packet({236: 1}, lat_deg=0, lon_deg=0)).reports
    assert (report.place, report.alarms) == (None, {Alarm.SOS})


def test_a_wrong_place_keeps_the_alarm() -> None:
    (report,) = read(packet({236: 1}, lat_deg=95)).reports
    assert (report.place, report.alarms) == (None, {Alarm.SOS})


def test_cells() -> None:
    head = teltonika_record({})[:24] + b"\x00\x03\x00\x02" + b"\xcd" + pack(">H", 22136) + b"\xce" + pack(">H", 4660)
    record = head + b"\x01\xf1" + pack(">I", 90170) + b"\x00"
    assert read(teltonika_packet(record)).reports[0].cells == (CellTower(901, 70, 4660, 22136),)


def test_gh3000() -> None:
    record = (
        pack(">IB", int(AT.timestamp()) - 1_167_609_600, 3)
        + b"\x01"
        + pack(">ff", 35.25, -33.75)
        + b"\x02\x01\x47\xde\x01"
    )
    (report,) = read(teltonika_packet(record, codec=7)).reports
    assert (report.alarms, report.battery_pct) == ({Alarm.SOS}, 71)
    assert report.place is not None
    assert report.place.lat_deg == 35.25


def test_a_datagram_names_its_device_and_gets_its_numbers_back() -> None:
    frame = teltonika_datagram(teltonika_record({236: 1}))
    reading = read(frame, Session())
    assert (reading.device_uid, reading.alarms) == (IMEI, {Alarm.SOS})
    assert TELTONIKA.reply(frame, reading, NOW) == b"\x00\x05\xca\xfe\x01\x05\x01"


def test_records_come_oldest_first() -> None:
    later = bytearray(teltonika_record({}))
    later[6] += 1
    reports = read(teltonika_packet(bytes(later), teltonika_record({236: 1}))).reports
    assert [bool(report.alarms) for report in reports] == [True, False]


def test_a_record_that_breaks_off_keeps_its_alarm() -> None:
    record = teltonika_record({236: 1})[:-2]
    body = b"\x08\x05" + record
    assert Alarm.SOS in read(bytes(4) + pack(">I", len(body)) + body + bytes(4)).alarms


def test_more_records_claimed_than_there_are() -> None:
    frame = bytearray(packet({236: 1}))
    frame[9] = 255
    assert Alarm.SOS in read(bytes(frame)).alarms


def test_a_wrong_checksum_is_told() -> None:
    frame = packet({236: 1})[:-1] + b"\x00"
    assert read(frame).reports[0].attributes["checksum_is_wrong"] is True


def test_answers() -> None:
    login = read(TELTONIKA_LOGIN, Session())
    assert (login.device_uid, TELTONIKA.reply(TELTONIKA_LOGIN, login, NOW)) == (IMEI, b"\x01")
    assert TELTONIKA.reply(packet({}), read(packet({})), NOW) == b"\x00\x00\x00\x01"
    unknown = read(packet({236: 1}), Session())
    assert (unknown.alarms, TELTONIKA.reply(packet({236: 1}), unknown, NOW)) == ({Alarm.SOS}, b"")


def test_a_picture_in_parts() -> None:
    def camera(payload: bytes) -> bytes:
        body = b"\x0c\x01\x0d" + pack(">I", len(payload)) + payload + b"\x01"
        return bytes(4) + pack(">I", len(body)) + body + pack(">I", crc16_ibm(body))

    announced = camera(b"\x01" + pack(">II", 7, 6))
    reading = read(announced)
    assert TELTONIKA.reply(announced, reading, NOW)[15:26] == b"\x02" + pack(">IIH", 7, 0, 6)
    for offset, part in ((0, b"abc"), (3, b"def")):
        reading = read(camera(b"\x02" + pack(">IIH", 7, offset, len(part)) + part), reading.session)
    assert reading.media[0].content == b"abcdef"


@pytest.mark.parametrize(
    "frame", [b"", b"\x00", bytes(12), bytes(7) + b"\x01\x99\x01\x00\x00\x00\x00\x00", b"hello, world, hello"]
)
def test_what_is_no_frame(frame: bytes) -> None:
    with pytest.raises(DecodeError):
        read(frame)

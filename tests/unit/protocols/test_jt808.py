"""jt808: the alarm word bit by bit, items of many vendors, escapes, locks, places that cannot be, answers."""

from struct import pack

import pytest

from tests.unit.protocols.samples import AT, NOW
from tests.unit.protocols.samples_vehicles import (
    JT808_STATUS,
    SHORT_UID,
    jt808_frame,
    jt808_joint,
    jt808_location,
)
from tocsin.protocols.base import Alarm, CellTower, DecodeError, Reading, Session, WifiPoint
from tocsin.protocols.jt808 import JT808, uid_of
from tocsin.protocols.jt808_extras import CAMERA_ALARMS
from tocsin.protocols.jt808_locations import ALARM_BITS, JOINT_LOCK_BITS
from tocsin.protocols.jt808_transparent import ALARM_ITEMS, EVENTS


def read(frame: bytes, model: str = "") -> Reading:
    return JT808.decode(frame, Session(facts={"model": model} if model else {}), NOW)


def located(word: int, *items: tuple[int, bytes], status: int = JT808_STATUS) -> bytes:
    return jt808_frame(0x0200, jt808_location(word, *items, status=status))


def driven(kind: int, content: bytes) -> bytes:
    where = pack(">III", JT808_STATUS, 35_250_000, 33_750_000)
    return jt808_frame(0x0900, b"\xf0" + bytes.fromhex("260301120506") + b"\0\0" + bytes((kind,)) + content + where)


@pytest.mark.parametrize(("bit", "alarm"), ALARM_BITS.items())
def test_each_bit_of_the_alarm_word(bit: int, alarm: Alarm) -> None:
    assert read(located(1 << bit)).alarms == {alarm}
    assert read(located(1 << bit | 1)).alarms == {alarm, Alarm.SOS}


def test_a_bit_that_we_do_not_know_is_an_alarm() -> None:
    assert read(located(1 << 25)).alarms == {Alarm.OTHER}
    assert read(located(0)).alarms == frozenset()


def test_a_vendor_s_own_meaning_of_the_bits() -> None:
    assert read(located(0x13), "G-360P").alarms == {Alarm.TORN_OFF, Alarm.TAMPER}
    assert read(located(1 << 16), "AL300").alarms == {Alarm.MOVEMENT}
    assert read(located(1 << 29), "VL300").alarms == {Alarm.OTHER}


@pytest.mark.parametrize(("bits", "alarm"), [(1, Alarm.VIBRATION), (2, Alarm.SOS), (4, Alarm.SOS), (8, Alarm.SOS)])
def test_the_buttons_of_a_tag(bits: int, alarm: Alarm) -> None:
    assert read(located(0, (0xE7, pack(">H", bits) + bytes(6)))).alarms == {alarm}


@pytest.mark.parametrize(("code", "alarm"), [*CAMERA_ALARMS.items(), (0x0DFF, Alarm.OTHER)])
def test_each_alarm_of_a_camera(code: int, alarm: Alarm) -> None:
    frame = located(0, (0xE8, pack(">H", code) + bytes(18)))
    assert read(frame, "JC371").alarms == {alarm}
    assert read(frame).alarms == frozenset()


@pytest.mark.parametrize(
    ("kind", "word", "alarms"),
    [
        (0x89, 0xFFFFFFFF, set()),
        (0x89, 0xFFFFFFFE, {Alarm.POWER_OFF}),
        (0x89, 0xFFFFEFFF, {Alarm.TORN_OFF}),
        (0xC5, 0xFFFFFFBF, {Alarm.VIBRATION}),
    ],
)
def test_a_cleared_bit_of_a_state_is_the_alarm(kind: int, word: int, alarms: set[Alarm]) -> None:
    assert read(located(0, (0xEB, pack(">HHI", 6, kind, word)))).alarms == alarms


@pytest.mark.parametrize(("number", "alarm"), [*ALARM_ITEMS.items(), (0x7F, Alarm.OTHER)])
def test_each_alarm_of_a_transparent_message(number: int, alarm: Alarm) -> None:
    (report,) = read(driven(3, bytes((1, number, 0)))).reports
    assert (report.alarms, report.sent_at) == ({alarm}, AT)
    assert report.place is not None


@pytest.mark.parametrize(("event", "alarm"), [*EVENTS.items(), (99, Alarm.OTHER)])
def test_each_event_of_a_transparent_message(event: int, alarm: Alarm) -> None:
    assert read(driven(0x15, pack(">I", event))).alarms == {alarm}


@pytest.mark.parametrize(("bit", "alarm"), JOINT_LOCK_BITS.items())
def test_each_alarm_of_a_lock(bit: int, alarm: Alarm) -> None:
    assert read(jt808_joint(1 << bit)).alarms == {alarm}
    assert read(jt808_joint(1, product=1)).alarms == {Alarm.LOW_POWER}


def test_place_and_time() -> None:
    for frame in (located(0), jt808_joint(0)):
        (report,) = read(frame).reports
        assert report.place is not None
        assert (report.place.lat_deg, report.place.lon_deg) == (35.25, -33.75)
        assert (report.place.fix_at, report.sent_at, report.place.is_valid) == (AT, AT, True)
    (blind,) = read(jt808_joint(0, blind=True)).reports
    assert blind.place is not None
    assert not blind.place.is_valid


def test_south_and_no_fix() -> None:
    (report,) = read(located(0, status=0x0C)).reports
    assert report.place is not None
    assert (report.place.lat_deg, report.place.is_valid) == (-35.25, False)


@pytest.mark.parametrize("where", [bytes(8), b"\xff" * 8])
def test_no_place_or_a_wrong_one_keeps_the_alarm(where: bytes) -> None:
    body = jt808_location()
    (report,) = read(jt808_frame(0x0200, body[:8] + where + body[16:])).reports
    assert (report.place, report.alarms) == (None, {Alarm.SOS})


@pytest.mark.parametrize("clock", ["000000000000", "ff0301120506", "261301120506"])
def test_a_wrong_clock_keeps_the_alarm(clock: str) -> None:
    (report,) = read(jt808_frame(0x0200, jt808_location(clock=clock))).reports
    assert (report.sent_at, report.alarms) == (None, {Alarm.SOS})


def test_a_cut_message_keeps_the_alarm() -> None:
    (report,) = read(jt808_frame(0x0200, jt808_location()[:14])).reports
    assert (report.alarms, report.attributes["is_cut_short"]) == ({Alarm.SOS}, True)
    with pytest.raises(DecodeError):
        read(jt808_frame(0x0200, jt808_location(0)[:14]))


def test_an_item_cut_short_costs_only_itself() -> None:
    (report,) = read(located(1, (0x69, b"\1"), (0x68, b"\x22\xb8"), (0x31, b"\7"))).reports
    assert (report.alarms, report.battery_pct) == ({Alarm.SOS}, 88.88)
    assert report.place is not None
    assert report.place.satellites == 7


def test_networks() -> None:
    cell = pack(">HHIIB", 901, 70, 22136, 4660, 70)
    (report,) = read(located(0, (0xF0, cell), (0xF4, bytes.fromhex("aabbccddeeffc4")))).reports
    assert report.cells == (CellTower(901, 70, 4660, 22136, -70),)
    assert report.wifi == (WifiPoint("aa:bb:cc:dd:ee:ff", -60),)


def test_a_batch_is_oldest_first_and_stored() -> None:
    one = jt808_location(0)
    frame = jt808_frame(0x0704, b"\0\2\1" + 2 * (pack(">H", len(one)) + one))
    assert [report.is_stored for report in read(frame).reports] == [True, True]
    short = read(jt808_frame(0x0210, bytes((len(one),)) + one))
    assert not short.reports[0].is_stored


def test_battery_and_steps() -> None:
    (report,) = read(jt808_frame(0x0210, b"\x4f" + bytes.fromhex("260301120506"))).reports
    assert (report.battery_pct, report.sent_at) == (79, AT)
    assert read(located(0, (0xF8, b"\1\2")), "C5L").reports[0].attributes["steps"] == 258


def test_a_lock_s_password_is_not_kept() -> None:
    (report,) = read(located(0, (0x0B, b"\3" + b"123456" + b"\x65"))).reports
    assert report.attributes["unlock_result"] == 0x65
    assert "123456" not in str(report.attributes)


def test_identities() -> None:
    assert read(located(0)).device_uid == SHORT_UID
    assert uid_of(bytes.fromhex("00000990000000000027")) == "990000000000027"
    assert uid_of(b"\0\0" + bytes(4)) == "0"
    assert uid_of(bytes.fromhex("5a0a3bd53002")) == "990000000000028"


def test_a_wrong_checksum_is_read_and_marked() -> None:
    frame = located(1)
    (report,) = read(frame[:-2] + bytes((frame[-2] ^ 1,)) + frame[-1:]).reports
    assert (report.alarms, report.attributes["checksum_is_wrong"]) == ({Alarm.SOS}, True)


@pytest.mark.parametrize(
    ("wire", "plain"),
    [
        (b"\x7e\x01\x7d\x02\x7d\x01\x7d\x03\x7e", b"\x7e\x01\x7e\x7d\x7d\x03\x7e"),
        (b"\xe7\xe6\x02\xe6\x01\x3e\x02\x3e\x01\xe7", b"\xe7\xe7\xe6\x3d\x3e\xe7"),
    ],
)
def test_escapes(wire: bytes, plain: bytes) -> None:
    assert JT808.split(wire) == ([plain], b"")


def test_a_stream_joined_in_the_middle_is_found_again() -> None:
    frame = located(1)
    frames, rest = JT808.split(b"\x01\x02\x7e" + frame + frame)
    assert frames[-2:] == [frame, frame]
    assert rest == b""


def test_answers() -> None:
    reading = read(located(1))
    assert JT808.reply(located(1), reading, NOW).hex() == "7e80010005990000000027000000050200003d7e"
    register = jt808_frame(0x0100, b"")
    assert JT808.reply(register, reading, NOW)[13:-2] == b"\0\5\0" + SHORT_UID.encode()
    clock = jt808_frame(0x0109, b"")
    assert JT808.reply(clock, reading, NOW)[13:-2] == bytes.fromhex("07ea 07 0f 0a 14 1e 00")
    assert JT808.reply(jt808_joint(0), reading, NOW)[1:5] == bytes.fromhex("44010003")
    assert JT808.reply(b"(990000000027,1,001,BASE,2,TIME)", reading, NOW) == (
        b"(990000000027,1,001,BASE,2,20260715102030)"
    )
    assert JT808.reply(jt808_frame(0x0701, b""), reading, NOW) == b""


def test_answers_have_escapes_too() -> None:
    frame = jt808_frame(0x0002, b"", identity="99000000007e")
    assert b"\x7d\x02" in JT808.reply(frame, read(frame), NOW)


def test_what_a_lock_answers_is_kept() -> None:
    reading = read(b"(990000000027,1,001,ELOCK,3,000)")
    assert reading.device_uid == SHORT_UID
    assert reading.reports[0].attributes["answer"] == "(990000000027,1,001,ELOCK,3,000)"


def test_a_place_of_a_lock_that_is_no_decimals_keeps_the_alarm() -> None:
    frame = jt808_joint(8)
    (report,) = read(frame[:18] + b"\xab" + frame[19:]).reports
    assert (report.place, report.alarms) == (None, {Alarm.LOW_BATTERY})

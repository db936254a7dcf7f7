"""watch: every status bit, voice and pictures in parts, brackets in names of access points."""

from dataclasses import replace

import pytest

from tests.unit.protocols.samples import AT, NOW, PRESS, WATCH_UID, alarms_in
from tocsin.demo.wristband import watch_alarm, watch_frame
from tocsin.protocols.base import Alarm, CellTower, DecodeError, Media, Reading, Session, WifiPoint
from tocsin.protocols.watch import ALARM_BITS, MEDIA_BYTES_MAX, WATCH

QUIET = replace(PRESS, alarms=frozenset())


def read(content: str | bytes, session: Session | None = None) -> Reading:
    data = content.encode() if isinstance(content, str) else content
    frame = b"[3G*%b*%04X*%b]" % (WATCH_UID.encode(), len(data), data)
    return WATCH.decode(frame, session or Session(), NOW)


def alarm(bits: int, *, command: str = "AL") -> str:
    return watch_alarm(QUIET, command=command).replace(",00000000,", f",{bits:08X},")


@pytest.mark.parametrize(("bit", "name"), ALARM_BITS)
def test_each_alarm_bit_alone(bit: int, name: Alarm) -> None:
    assert read(alarm(bit)).alarms == {name}


@pytest.mark.parametrize(("bit", "name"), ALARM_BITS)
def test_sos_with_each_other_alarm(bit: int, name: Alarm) -> None:
    assert read(alarm(1 << 16 | bit)).alarms == {Alarm.SOS, name}


def test_all_bits_at_once() -> None:
    assert read(alarm(0x7FFFFF)).alarms == {name for _, name in ALARM_BITS}


def test_an_alarm_frame_without_a_bit_is_an_alarm() -> None:
    assert read(alarm(0)).alarms == {Alarm.GENERAL}
    assert read(alarm(0, command="UD")).alarms == frozenset()


@pytest.mark.parametrize("command", ["AL", "AL_LTE", "ALCUSTOMER1", "UD", "UD2", "UD_WCDMA", "WT"])
def test_every_kind_of_position_carries_an_sos(command: str) -> None:
    assert Alarm.SOS in read(alarm(1 << 16, command=command)).alarms


def test_an_alarm_whose_fields_cannot_be_read_is_an_alarm() -> None:
    assert read("AL,nonsense").alarms == {Alarm.GENERAL}
    assert read("AL,170525,214118,X,?,N,0,E,00110000,0,0").alarms == {Alarm.SOS, Alarm.TORN_OFF}


def test_place_cells_and_battery() -> None:
    (report,) = read(watch_alarm(PRESS)).reports
    assert report.place is not None
    assert (report.place.lat_deg, report.place.lon_deg, report.place.fix_at) == (35.25, -33.75, AT)
    assert report.cells == (CellTower(901, 70, 4660, 22136, -70),)
    assert report.battery_pct == 71


def test_no_fix_keeps_alarm_and_cells() -> None:
    (report,) = read(watch_alarm(replace(PRESS, lat_deg=None, lon_deg=None))).reports
    assert (report.place, report.alarms) == (None, {Alarm.SOS})
    assert report.cells


def test_a_place_out_of_range_is_dropped_and_the_alarm_kept() -> None:
    (report,) = read(watch_alarm(PRESS).replace("35.250000", "95.250000")).reports
    assert (report.place, report.alarms) == (None, {Alarm.SOS})


@pytest.mark.parametrize(("date", "year"), [("010180", 2080), ("010199", 2099), ("010100", 2000)])
def test_wrong_clocks_are_kept_as_told(date: str, year: int) -> None:
    (report,) = read(watch_alarm(PRESS).replace("010326", date)).reports
    assert report.sent_at is not None
    assert (report.sent_at.year, report.alarms) == (year, {Alarm.SOS})


def test_an_impossible_date_keeps_the_alarm() -> None:
    (report,) = read(watch_alarm(PRESS).replace("010326", "993399")).reports
    assert (report.sent_at, report.alarms) == (None, {Alarm.SOS})


def test_stored_offline() -> None:
    assert read(watch_alarm(PRESS, command="UD2")).reports[0].is_stored


def test_cells_in_hexadecimal_and_wifi() -> None:
    networks = ",1,1,234,10,55C0,3B882A2,132,2,Haus [alt],aa:bb:cc:dd:ee:ff,-60,,0,,10"
    (report,) = read(alarm(1 << 16).rsplit(",1,1,901", 1)[0] + networks).reports
    assert report.cells == (CellTower(234, 10, 0x55C0, 0x3B882A2, -132),)
    assert report.wifi == (WifiPoint("aa:bb:cc:dd:ee:ff", -60),)


def test_counts_that_lie_keep_the_alarm() -> None:
    (report,) = read(alarm(1 << 16).rsplit(",1,1,901", 1)[0] + ",99,1,234,10,5,6,7,99,x").reports
    assert report.alarms == {Alarm.SOS}


@pytest.mark.parametrize("name", ["a]b", "a[b", "[a]", "]]", "[["])
def test_brackets_in_a_name_cost_no_frame(name: str) -> None:
    first = watch_frame(WATCH_UID, alarm(1 << 16) + f",1,{name},aa:bb:cc:dd:ee:ff,-60")
    second = watch_frame(WATCH_UID, alarm(1 << 20))
    frames, rest = WATCH.split(first + second)
    assert rest == b""
    readable = [frame for frame in frames if frame.startswith(b"[3G*")]
    assert alarms_in(WATCH, readable) >= {Alarm.SOS, Alarm.TORN_OFF}


def test_a_wrong_length_does_not_matter() -> None:
    frame = watch_frame(WATCH_UID, watch_alarm(PRESS)).replace(b"*00", b"*FF", 1)
    assert alarms_in(WATCH, WATCH.split(frame)[0]) == {Alarm.SOS}


def test_stuffing_is_undone() -> None:
    frames, _ = WATCH.split(b"[3G*9900000012*0009*TK,}\x01}\x02}\x03}\x04}\x05]")
    assert frames == [b"[3G*9900000012*0009*TK,}[],*]"]
    assert WATCH.decode(frames[0], Session(), NOW).media == (Media("amr", b"}[],*"),)


@pytest.mark.parametrize(
    ("content", "answer"),
    [
        ("LK", b"[3G*9900000012*0002*LK]"),
        ("LK,1,2,90", b"[3G*9900000012*0002*LK]"),
        ("TKQ", b"[3G*9900000012*0003*TKQ]"),
        ("TKQ2", b"[3G*9900000012*0004*TKQ2]"),
        ("INIT,9,8", b"[3G*9900000012*0006*INIT,1]"),
        ("AL_LTE,170525,214118", b"[3G*9900000012*0002*AL]"),
        ("JXTK,1,a.amr,1,2,x", b"[3G*9900000012*0007*JXTKR,1]"),
        ("CONFIG,1", b""),
        ("UD,1", b""),
    ],
)
def test_answers(content: str, answer: bytes) -> None:
    frame = watch_frame(WATCH_UID, content)
    assert WATCH.reply(frame, Reading(Session(), WATCH_UID), NOW) == answer


def test_the_serial_number_of_the_other_form_is_answered() -> None:
    frame = b"[ZJ*990000000000012*0075*0002*LK]"
    assert WATCH.reply(frame, WATCH.decode(frame, Session(), NOW), NOW) == b"[ZJ*990000000000012*0075*0002*LK]"


def test_health_values() -> None:
    assert read("bphrt,120,79,73,,,,").reports[0].attributes == {
        "pressure_high_mmhg": 120.0,
        "pressure_low_mmhg": 79.0,
        "heart_rate_bpm": 73,
    }
    assert read("oxygen,0,97").reports[0].attributes == {"blood_oxygen_pct": 97}
    assert read("btemp2,1,36.6").reports[0].attributes == {"temperature_c": 36.6}
    assert read("LK,120,3,55").reports[0].battery_pct == 55


def test_a_voice_message_in_parts_is_put_together_once() -> None:
    session, media = Session(), ()
    for number, part in [(1, b"#!AMR"), (2, b"one,"), (2, b"one,"), (3, b"two")]:
        reading = read(b"JXTK,9,a.amr,%d,3,%b" % (number, part), session)
        session, media = reading.session, reading.media
    assert media == (Media("amr", b"#!AMRone,two"),)
    assert session.parts == ()


def test_a_new_voice_message_forgets_the_broken_one() -> None:
    session = read(b"JXTK,9,a.amr,1,3,lost", Session()).session
    reading = read(b"JXTK,9,b.amr,1,1,#!AMR", session)
    assert reading.media == (Media("amr", b"#!AMR"),)


def test_voice_without_end_is_bounded() -> None:
    session = Session()
    for number in range(1, 40):
        session = read(b"JXTK,9,a.amr,%d,999,%b" % (number, bytes(65536)), session).session
    assert sum(map(len, session.parts)) <= MEDIA_BYTES_MAX


def test_a_picture() -> None:
    assert read(b"img,5,260301040506,\xff\xd8jpeg").media == (Media("jpg", b"\xff\xd8jpeg"),)


@pytest.mark.parametrize(
    "frame", [b"", b"[", b"[]", b"[3G*]", b"[3G**0002*LK]", b"[3G*\xff*0002*LK]", b"[3G*1*zzzz*LK]"]
)
def test_what_is_no_frame(frame: bytes) -> None:
    with pytest.raises(DecodeError):
        WATCH.decode(frame, Session(), NOW)

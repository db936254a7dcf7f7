"""t55: every sentence, every way to name the device, clocks without a date."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.unit.protocols.samples import AT, IMEI, NOW, RMC
from tocsin.protocols.base import Alarm, DecodeError, Reading, Session
from tocsin.protocols.t55 import T55

KNOWN = Session(device_uid=IMEI)
PLACED = [
    RMC,
    "$GPGGA,040506.0,3515.0000,N,03345.0000,W,1,05,3.5,8.5,M,,",
    "$GPGLL,3515.0000,N,03345.0000,W,040506.0,A,A*5C",
    "$GPRMA,A,3515.0000,N,03345.0000,W,,,00.5,090.,11.,E*7",
    "$TRCCR,20260301040506.000,A,35.250000,-33.750000,0.50,90.00,12.00,50,*3a",
    "$PUBX,00,040506.00,3515.00000,N,03345.00000,W,785.9,D3,4.1,5.2,0.16,87.4,-0.05,7.0,0.88,1.21,0.88,24,9900000012,0*6D",
    f"QZE,{IMEI},35,01032026,040506,35.25,-33.75,0,22,A,0",
    f"$ID,{IMEI},4,WMCS-34,0,GPSEX,A,D,010326,T,040506,S,9:5,La,35.25,N,Lo,33.75,W,DD,0",
]


def read(text: str, session: Session = KNOWN, now: datetime = NOW) -> Reading:
    return T55.decode(text.encode(), session, now)


@pytest.mark.parametrize("sentence", PLACED, ids=lambda sentence: sentence[:6])
def test_each_sentence_gives_the_place(sentence: str) -> None:
    place = read(sentence).reports[0].place
    assert place is not None
    assert (round(place.lat_deg, 5), round(place.lon_deg, 5), place.is_valid) == (35.25, -33.75, True)


def test_time_of_rmc() -> None:
    assert read(RMC).reports[0].sent_at == AT


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (datetime(2026, 3, 1, 4, 6, tzinfo=UTC), AT),
        (datetime(2026, 3, 1, 23, 0, tzinfo=UTC), AT.replace(day=2)),
        (datetime(2026, 3, 1, 15, 0, tzinfo=UTC), AT),
    ],
)
def test_a_time_without_a_date_is_the_nearest(now: datetime, expected: datetime) -> None:
    assert read(PLACED[1], now=now).reports[0].sent_at == expected


@pytest.mark.parametrize(
    "sentence",
    [
        f"$PGID,{IMEI}*0F",
        f"$DEVID,{IMEI}*41",
        f"$PCPTI,{IMEI},184453*57",
        f"IMEI {IMEI}",
        f"$IMEI={IMEI}",
        f"$PSIWMDID,{IMEI}*2F",
        f"$CONNECT,{IMEI},NETWORK",
        IMEI,
        f"{IMEI}{RMC}",
        f"{IMEI},{RMC}",
        f"4711/{IMEI}/{RMC}",
        RMC.replace(",,,A*6C", f",D*71,11,{IMEI},1,090,086"),
    ],
)
def test_each_way_to_name_the_device(sentence: str) -> None:
    assert read(sentence, Session()).device_uid == IMEI


def test_a_position_before_the_name_is_released_by_it() -> None:
    early = read(RMC, Session())
    assert early.device_uid is None
    late = read(f"$GPFID,{IMEI}", early.session)
    assert (late.device_uid, late.reports) == (IMEI, early.reports)
    assert read(f"$GPFID,{IMEI}", late.session).reports == ()


def test_no_fix() -> None:
    report = read("$GPRMC,192350.000,V,0000.0000,N,00000.0000,E,,,110318,,*12").reports[0]
    assert report.place is None
    assert report.sent_at is not None


def test_an_alarm_word_of_the_wmcs_form_is_an_alarm() -> None:
    report = read(PLACED[-1].replace("GPSEX", "ALARM,0x00004000,GPSEX")).reports[0]
    assert (report.alarms, report.attributes["alarm_code"]) == ({Alarm.OTHER}, "0x00004000")


@pytest.mark.parametrize("date", ["010180", "993399"])
def test_a_wrong_clock_keeps_the_place(date: str) -> None:
    assert read(RMC.replace("010326", date)).reports[0].place is not None


def test_nothing_is_answered() -> None:
    assert T55.reply(RMC.encode(), replace(read(RMC)), NOW) == b""


@pytest.mark.parametrize(
    "sentence", ["", "$", "$GPRMC,", "hello", "$GPXXX,1,2", "QZE,1", "$GPGGA,040506.0,x,N,y,W,1,05,3.5,8.5"]
)
def test_what_is_no_sentence(sentence: str) -> None:
    with pytest.raises(DecodeError):
        read(sentence)

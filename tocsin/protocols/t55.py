"""t55: NMEA 0183 sentences over the network, as many trackers, modems and routers send them. TCP and UDP, port 5005.

The device names itself by a prefix before `$`, by a sentence of its own, or not at all. GGA and GLL have no date: it is
taken from the day of arrival. Only the WMCS form has alarms. Source: NMEA 0183; sentences of the shared corpus.
Page: docs/protocols/t55.md.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from tocsin.protocols.base import Alarm, Attribute, Codec, DecodeError, Reading, Report, Session
from tocsin.protocols.delimited import split_at
from tocsin.protocols.draft import Draft, place_or_none
from tocsin.protocols.nmea import degrees, moment
from tocsin.protocols.times import written

FRAME_BYTES_MAX = 2048
KNOT_KMH = 1.852
HALF_DAY = timedelta(hours=12)

# Sentences that name the device: what stands before the name, and what ends it.
IDENTITIES = (
    ("$PGID,", "*"),
    ("$DEVID,", "*"),
    ("$PCPTI,", ","),
    ("IMEI ", " "),
    ("$IMEI=", " "),
    ("$PSIWMDID,", "*"),
    ("$CONNECT,", ","),
    ("$GPFID,", "*"),
)
BARE_IDENTITY = re.compile(r"[0-9A-F]{6,20}")
PREFIXED = re.compile(r"(?:[^/$]*/)?([0-9A-Za-z]{3,20})[,/]?(\$.*)", re.DOTALL)
PENDING = "pending"  # A position that came before the device named itself.


def split(buffer: bytes) -> tuple[list[bytes], bytes]:
    """Cut at line ends."""
    return split_at(buffer, b"\n", strip=b"\r\n\0 ")


def decode(frame: bytes, session: Session, now: datetime) -> Reading:
    """Read one sentence."""
    text = frame.decode("ascii", "replace").strip()
    if text.startswith("QZE,"):
        return _guarded(_read_qze, text, session)
    if not text.startswith("$") and (prefixed := PREFIXED.fullmatch(text)) is not None:
        session = replace(session, device_uid=prefixed[1])
        text = prefixed[2]
    elif (uid := _identity(text)) is not None:
        return _named(uid, text, session, now)
    read = next((reader for start, reader in READERS.items() if re.match(start, text)), None)
    if read is None:
        raise DecodeError("t55: no sentence that we know")
    return _guarded(lambda fields, one: read(fields, one, now), text, session)


def _identity(text: str) -> str | None:
    for start, end in IDENTITIES:
        if text.startswith(start):
            return text[len(start) :].partition(end)[0].strip() or None
    return text if BARE_IDENTITY.fullmatch(text) else None


def _named(uid: str, text: str, session: Session, now: datetime) -> Reading:
    """Take the device's name; `$GPFID` releases a position that came before it."""
    pending = session.facts.get(PENDING)
    facts = {name: value for name, value in session.facts.items() if name != PENDING}
    session = replace(session, device_uid=uid, facts=facts)
    if text.startswith("$GPFID") and isinstance(pending, str):
        return decode(pending.encode("ascii", "replace"), session, now)
    return Reading(session, uid)


Read = Callable[[list[str], Session], tuple[Session, Report | None]]


def _guarded(read: Read, text: str, session: Session) -> Reading:
    """Read fields; keep a position whose device is not known yet."""
    fields = re.split(r"[,*]", text)
    try:
        after, report = read(fields, session)
    except (ValueError, IndexError) as error:
        raise DecodeError(f"t55: {error}") from error
    if after.device_uid is None and report is not None and report.place is not None:
        after = replace(after, facts={**after.facts, PENDING: text})
    return Reading(after, after.device_uid, () if report is None else (report,))


def _at(fields: list[str], number: int) -> str:
    return fields[number] if number < len(fields) else ""


def _float(text: str) -> float:
    return float(text) if text.strip() else 0.0


def _today(time: str, now: datetime) -> datetime | None:
    """Complete a time of day by the date that is nearest to now."""
    here = moment(time, f"{now:%d%m%y}")
    if here is None:
        return None
    if here - now > HALF_DAY:
        return here - timedelta(days=1)
    return here + timedelta(days=1) if now - here > HALF_DAY else here


def _place(fields: list[str], first: int) -> tuple[float, float]:
    return degrees(fields[first], fields[first + 1]), degrees(fields[first + 2], fields[first + 3])


def _read_rmc(fields: list[str], session: Session, now: datetime) -> tuple[Session, Report | None]:
    """Read RMC: time, validity, place, knots, course, date; one maker appends satellites, identity and battery."""
    draft = Draft(moment(fields[1], fields[9]))
    lat, lon = _place(fields, 3)
    tail = fields[next((at for at, field in enumerate(fields) if re.fullmatch(r"\d{15}", field)), len(fields)) - 1 :]
    satellites = int(tail[0]) if len(tail) > 2 and tail[0].isdecimal() else None
    draft.place = place_or_none(
        lat,
        lon,
        fix_at=draft.sent_at,
        is_valid=fields[2] == "A",
        speed_kmh=_float(fields[7]) * KNOT_KMH,
        course_deg=_float(fields[8]),
        satellites=satellites,
    )
    if len(tail) > 2:
        session = replace(session, device_uid=tail[1])
        draft.attributes["ignition"] = tail[2] == "1"
        if _at(tail, 3).isdecimal():
            draft.attributes["fuel"] = int(tail[3])
        if _at(tail, 4).isdecimal():
            draft.attributes["battery_raw"] = int(tail[4])
    return session, draft.report()


def _read_gga(fields: list[str], session: Session, now: datetime) -> tuple[Session, Report | None]:
    draft = Draft(_today(fields[1], now))
    lat, lon = _place(fields, 2)
    draft.place = place_or_none(
        lat,
        lon,
        fix_at=draft.sent_at,
        is_valid=fields[6] not in ("", "0"),
        altitude_m=_float(fields[9]),
        satellites=int(fields[7] or 0),
    )
    draft.attributes["hdop"] = _float(fields[8])
    return session, draft.report()


def _read_gll(fields: list[str], session: Session, now: datetime) -> tuple[Session, Report | None]:
    draft = Draft(_today(fields[5], now))
    lat, lon = _place(fields, 1)
    draft.place = place_or_none(lat, lon, fix_at=draft.sent_at, is_valid=fields[6] == "A")
    return session, draft.report()


def _read_rma(fields: list[str], session: Session, now: datetime) -> tuple[Session, Report | None]:
    draft = Draft()
    lat, lon = _place(fields, 2)
    draft.place = place_or_none(
        lat, lon, is_valid=fields[1] == "A", speed_kmh=_float(fields[8]) * KNOT_KMH, course_deg=_float(fields[9])
    )  # fmt: skip
    return session, draft.report()


def _read_trccr(fields: list[str], session: Session, now: datetime) -> tuple[Session, Report | None]:
    draft = Draft(written(fields[1][:14]))
    draft.place = place_or_none(
        float(fields[3]),
        float(fields[4]),
        fix_at=draft.sent_at,
        is_valid=fields[2] == "A",
        speed_kmh=float(fields[5]) * KNOT_KMH,
        course_deg=float(fields[6]),
        altitude_m=float(fields[7]),
    )
    draft.attributes["battery_raw"] = float(fields[8])
    return session, draft.report()


def _read_gpiop(fields: list[str], session: Session, now: datetime) -> tuple[Session, Report | None]:
    return session, Report(attributes={"power_v": float(fields[7]), "battery_v": float(fields[8])})


def _read_pubx(fields: list[str], session: Session, now: datetime) -> tuple[Session, Report | None]:
    """Read PUBX,00 of u-blox receivers; the identity stands where the number of satellites of GLONASS does."""
    draft = Draft(_today(fields[2], now))
    lat, lon = _place(fields, 3)
    draft.place = place_or_none(
        lat,
        lon,
        fix_at=draft.sent_at,
        is_valid=fields[8] != "NF",
        altitude_m=float(fields[7]),
        accuracy_m=float(fields[9]),
        speed_kmh=float(fields[11]),
        course_deg=float(fields[12]),
        satellites=int(fields[18]),
    )
    draft.attributes["hdop"], draft.attributes["vdop"] = float(fields[15]), float(fields[16])
    return replace(session, device_uid=fields[19]), draft.report()


def _read_gptxt(fields: list[str], session: Session, now: datetime) -> tuple[Session, Report | None]:
    mcc, _, mnc = fields[5].partition(" ")
    values: dict[str, Attribute] = {"operator": fields[3], "signal": int(fields[4]), "mcc": int(mcc), "mnc": int(mnc)}
    return replace(session, device_uid=fields[2]), Report(attributes=values)


def _read_wmcs(fields: list[str], session: Session, now: datetime) -> tuple[Session, Report | None]:
    """Read the WMCS form: named fields behind the identity, in any order, among them an alarm word."""
    draft = Draft()
    named = {name: at for at, name in enumerate(fields)}

    def value(name: str, ahead: int = 1) -> str:
        return _at(fields, named[name] + ahead) if name in named else ""

    if int(value("ALARM") or "0", 16):
        draft.alarm(Alarm.OTHER)
        draft.attributes["alarm_code"] = value("ALARM")
    draft.sent_at = moment(value("T"), value("D"))
    satellites = value("S").partition(":")
    if "La" in named and "Lo" in named:
        lat, lon = float(value("La")), float(value("Lo"))
        draft.place = place_or_none(
            -lat if value("La", 2) == "S" else lat,
            -lon if value("Lo", 2) == "W" else lon,
            fix_at=draft.sent_at,
            is_valid=any(value(f"GPSE{kind}") == "A" for kind in "XHTD"),
            speed_kmh=_float(value("V")),
            course_deg=_float(value("H")),
            satellites=int(satellites[2]) if satellites[2].isdecimal() else None,
        )
    return replace(session, device_uid=fields[1]), draft.report()


def _read_qze(fields: list[str], session: Session) -> tuple[Session, Report | None]:
    """Read QZE: identity, event, date, time, decimal degrees, km/h, course, validity, ignition."""
    date = fields[3]
    draft = Draft(moment(fields[4], date[:4] + date[6:8]))
    draft.place = place_or_none(
        float(fields[5]),
        float(fields[6]),
        fix_at=draft.sent_at,
        is_valid=fields[9] == "A",
        speed_kmh=float(fields[7]),
        course_deg=float(fields[8]),
    )
    draft.attributes["event"] = int(fields[2])
    draft.attributes["ignition"] = fields[10] != "0"
    return replace(session, device_uid=fields[1]), draft.report()


READERS: dict[str, Callable[[list[str], Session, datetime], tuple[Session, Report | None]]] = {
    r"\$G[A-Z]RMC,": _read_rmc,
    r"\$G[A-Z]GGA,": _read_gga,
    r"\$G[A-Z]GLL,": _read_gll,
    r"\$GPRMA,": _read_rma,
    r"\$TRCCR,": _read_trccr,
    r"\$GPIOP,": _read_gpiop,
    r"\$PUBX,": _read_pubx,
    r"\$GPTXT,NET,": _read_gptxt,
    r"\$ID,": _read_wmcs,
}


def reply(frame: bytes, reading: Reading, now: datetime) -> bytes:
    """Give nothing: these devices send without asking."""
    return b""


T55 = Codec(
    "t55",
    port=5005,
    transport="tcp",
    frame_bytes_max=FRAME_BYTES_MAX,
    split=split,
    decode=decode,
    reply=reply,
    takes_datagrams=True,
)

"""Text reports of gl200. Places are found by their shape, since what stands around them differs with type and model."""

import re
from collections.abc import Callable

from tocsin.protocols.base import Alarm
from tocsin.protocols.draft import Draft, place_or_none
from tocsin.protocols.gl200_models import model_of, put_levels
from tocsin.protocols.numbers import number_or_none
from tocsin.protocols.times import written

ALARM_TYPES = {
    "SOS": Alarm.SOS,
    "SPD": Alarm.OVERSPEED,
    "TOW": Alarm.TOW,
    "IDL": Alarm.IDLE,
    "PNA": Alarm.POWER_ON,
    "PFA": Alarm.POWER_OFF,
    "EPN": Alarm.POWER_RESTORED,
    "MPN": Alarm.POWER_RESTORED,
    "EPF": Alarm.POWER_CUT,
    "MPF": Alarm.POWER_CUT,
    "BPL": Alarm.LOW_BATTERY,
    "STT": Alarm.MOVEMENT,
    "SWG": Alarm.GEOFENCE,
    "TMP": Alarm.TEMPERATURE,
    "TEM": Alarm.TEMPERATURE,
    "JDR": Alarm.JAMMING,
    "JDS": Alarm.JAMMING,
    "CRA": Alarm.ACCIDENT,
}
# Places, states, answers, engine values, things in sight. A type that is in neither list is `other`.
ORDINARY_WORDS = (
    "AIF ALL ALS ATI BAA BAT BCS BDS BID BSI BTC CAN CID CML CSQ CTN DAR DAT DIS DOG DTT ERI FRI GCR GEO"
    " GES GIR GPS GSM GSS GSV HBD HBM IDA IDF IGF IGL IGN INF IOB IOS LBC LBS LSA LSW NMR OBD OSM PDP PNL"
    " RMD RTL SCS SRI STC STR TMZ TRI TSW UPC UPD VER VGF VGN WIF"
)
ORDINARY = frozenset(ORDINARY_WORDS.split())
HARD = {
    0: Alarm.HARD_BRAKING,
    1: Alarm.HARD_ACCELERATION,
    2: Alarm.HARD_CORNERING,
    3: Alarm.HARD_BRAKING,
    4: Alarm.HARD_ACCELERATION,
}
DEGREES = re.compile(r"-?\d{1,3}\.\d{6}")
CLOCK = re.compile(r"\d{14}")
MAC = re.compile(r"[0-9A-Fa-f]{12}")
CELL = (re.compile(r"\d{3,4}"), re.compile(r"\d{2,4}"), re.compile(r"[0-9A-Fa-f]{2,4}"), re.compile("[0-9A-Fa-f]{2,8}"))
FIRST_FIELD = 3


def read_reports(fields: list[str], model: str) -> list[Draft]:
    """Read all places of a message. The alarm and the state go with the last."""
    kind = fields[0].partition(":GT")[2][:3]
    if fields[0].startswith("+ACK"):
        draft = Draft()
        draft.attributes["answer"] = fields[0]
        draft.sent_at = written(fields[-2])
        return [draft]
    places = [at for at in range(FIRST_FIELD + 4, len(fields) - 2) if _is_place(fields, at)]
    drafts = [_read_place(fields, at) for at in places] or [Draft()]
    last = drafts[-1]
    _put_kind(last, kind, fields)
    try:
        if kind in NETWORKS:
            NETWORKS[kind](last, fields)
        cell_at = _after_wifi(fields, places[-1] + 3) if places else _put_first_cell(last, fields, kind)
        place_at = places[-1] if places else None
        is_timed = put_levels(last, kind, fields, model_of(fields[1], model), place_at, cell_at + 5)
    except (ValueError, IndexError):
        last.attributes["is_cut_short"] = True
        is_timed = False
    for draft in drafts:
        draft.sent_at = draft.sent_at if is_timed else written(fields[-2]) or draft.sent_at
    return drafts


def _is_place(fields: list[str], at: int) -> bool:
    shapes = (DEGREES, DEGREES, CLOCK)
    return all(shape.fullmatch(field) for shape, field in zip(shapes, fields[at : at + 3], strict=True))


def _put_kind(draft: Draft, kind: str, fields: list[str]) -> None:
    draft.attributes["alarm_code"] = kind
    if kind not in ORDINARY:
        draft.alarms.add(ALARM_TYPES.get(kind, Alarm.OTHER))
    detail = int(fields[5], 16) if len(fields) > 5 and re.fullmatch("[0-9A-Fa-f]{1,2}", fields[5]) else None
    if kind == "HBM" and detail is not None:
        draft.alarms.add(HARD.get(detail % 16, Alarm.OTHER))
    elif kind == "NMR" and detail is not None:
        draft.attributes["motion"] = detail == 1
    elif kind in ("IGN", "VGN", "IGF", "VGF"):
        draft.attributes["ignition"] = kind.endswith("GN")
    elif kind == "DAR" and fields[4:5] == ["1"]:
        draft.alarms.add(Alarm.FATIGUE)
    elif kind == "DAR":
        draft.attributes["warning_type"] = fields[4]


def _read_place(fields: list[str], at: int) -> Draft:
    hdop, speed, course, altitude = fields[at - 4 : at]
    draft = Draft(written(fields[at + 2]))
    # A device without a fix writes the last one that it had, with a precision of 0.
    if hdop:
        draft.attributes["hdop"] = hdop
    is_engine = fields[0].endswith("GTCAN")
    draft.place = place_or_none(
        float(fields[at + 1]),
        float(fields[at]),
        fix_at=draft.sent_at,
        is_valid=not is_engine or hdop not in ("", "0", "0.0"),
        speed_kmh=number_or_none(speed),
        course_deg=number_or_none(course),
        altitude_m=number_or_none(altitude),
    )
    cell_at = _after_wifi(fields, at + 3)
    for point in range(at + 4, cell_at, 5):
        _put_point(draft, fields[point], fields[point + 1])
    _put_cell(draft, fields, cell_at)
    return draft


def _after_wifi(fields: list[str], at: int) -> int:
    """Find what follows the access points behind a place: a count, and five fields for each."""
    if at + 1 < len(fields) and fields[at].isdecimal() and MAC.fullmatch(fields[at + 1]):
        at += 1
        while at < len(fields) and MAC.fullmatch(fields[at]):
            at += 5
    return at


def _put_point(draft: Draft, mac: str, signal: str) -> None:
    draft.access_point(bytes.fromhex(mac), int(signal) if signal.lstrip("-").isdecimal() else None)


def _put_cell(draft: Draft, fields: list[str], at: int) -> bool:
    group = fields[at : at + 4]
    if len(group) < 4 or not all(shape.fullmatch(field) for shape, field in zip(CELL, group, strict=True)):
        return False
    draft.cell(int(group[0]), int(group[1]), int(group[2], 16), int(group[3], 16))
    return True


def _put_first_cell(draft: Draft, fields: list[str], kind: str) -> int:
    """Find the cell of a report without a place, behind the empty fields where the place would be."""
    for at in range(FIRST_FIELD + 4, len(fields) - 4):
        if kind not in NETWORKS and not any(fields[at - 3 : at]) and _put_cell(draft, fields, at):
            return at
    return len(fields)


def _put_scan(draft: Draft, fields: list[str]) -> None:
    for at in range(FIRST_FIELD, len(fields) - 1):
        if MAC.fullmatch(fields[at]):
            _put_point(draft, fields[at], fields[at + 1])


def _put_cells(draft: Draft, fields: list[str], begin: int) -> None:
    for at in range(begin, len(fields) - 7, 6):
        mcc, mnc, lac, cid, signal = fields[at : at + 5]
        if mcc and mnc and lac and cid:
            draft.cell(int(mcc), int(mnc), int(lac, 16), int(cid, 16), -int(signal) if signal else None)


NETWORKS: dict[str, Callable[[Draft, list[str]], None]] = {
    "WIF": _put_scan,
    "GSM": lambda draft, fields: _put_cells(draft, fields, 4),
    "LBS": lambda draft, fields: _put_cells(draft, fields, 12),
}

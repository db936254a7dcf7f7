"""osmand: phones over HTTP, as Traccar Client, OsmAnd and other apps send. Port 5055.

Each request stands alone: a query string, a form or JSON, with the device's identity in it. Sources: Traccar's page
<https://www.traccar.org/osmand/>, OsmAnd's online tracking <https://osmand.net/docs/user/plugins/trip-recording/>, and
the requests of the shared corpus. Page: docs/protocols/osmand.md.
"""

import json
import math
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from tocsin.protocols.base import Alarm, Attribute, Codec, DecodeError, Reading, Report, Session
from tocsin.protocols.draft import Draft, place_or_none
from tocsin.protocols.http import REQUEST_BYTES_MAX, answer, open_request, pairs, split
from tocsin.protocols.times import epoch, iso

KNOT_KMH = 1.852
ATTRIBUTES_MAX = 64
NAME_CHARS_MAX = 64
TEXT_CHARS_MAX = 512
UID_CHARS_MAX = 128
LOCATIONS_MAX = 1000
SECONDS_MAX = 2**31 - 1  # Larger timestamps are milliseconds.

# Words of the parameter `alarm`, without case, blanks and underscores: Traccar's, ours, and what people type by hand.
ALARM_WORDS: dict[str, Alarm] = {
    **{alarm.value.replace("_", ""): alarm for alarm in Alarm},
    "help": Alarm.SOS,
    "panic": Alarm.SOS,
    "true": Alarm.SOS,
    "1": Alarm.SOS,
    "falldown": Alarm.FALL,
    "mandown": Alarm.FALL,
    "removing": Alarm.TORN_OFF,
    "tampering": Alarm.TAMPER,
    "gpsantennacut": Alarm.ANTENNA_CUT,
    "fatiguedriving": Alarm.FATIGUE,
}
NO_ALARM_WORDS = frozenset({"", "0", "false", "none", "null", "no"})
IDENTITY_NAMES = ("id", "deviceid", "device_id")


def decode(frame: bytes, session: Session, now: datetime) -> Reading:
    """Read one request. A request without an identity is a reading without `device_uid`, and keeps its alarms."""
    request = open_request(frame)
    if request.method not in ("GET", "POST"):
        raise DecodeError("osmand: neither GET nor POST")
    if request.headers.get("content-type", "").lower().startswith("application/json"):
        uid, reports = _read_json(request.body)
    else:
        values = request.query or pairs(request.body.decode("utf-8", "replace"))
        if not values:
            raise DecodeError("osmand: no values")
        uid, reports = _read_pairs(values)
    return Reading(Session(device_uid=uid), uid, reports)


def _read_pairs(values: Iterable[tuple[str, str]]) -> tuple[str | None, tuple[Report, ...]]:
    draft, uid, is_valid = Draft(), None, True
    numbers: dict[str, float] = {}
    for name, value in values:
        if name in IDENTITY_NAMES:
            uid = _uid(value) or uid
        elif name == "alarm":
            put_alarm_words(draft, value)
        elif name == "timestamp":
            draft.sent_at = _time(value)
        elif name == "valid":
            is_valid = value.lower() in ("true", "1")
        elif name == "location":
            lat, _, lon = value.partition(",")
            numbers["lat"], numbers["lon"] = _number(lat), _number(lon)
        elif name == "cell":
            _put_cell(draft, value)
        elif name == "wifi":
            _put_wifi(draft, value)
        elif name in PLACE_NAMES:
            numbers[PLACE_NAMES[name]] = _number(value)
        elif name == "batt":
            put_battery(draft, _number(value))
        elif name == "charge":
            draft.attributes["charging"] = value.lower() == "true"
        else:
            put_attribute(draft, name, _plain(value))
    _put_place(draft, numbers, is_valid=is_valid)
    return uid, (draft.report(),)


PLACE_NAMES = {
    "lat": "lat",
    "lon": "lon",
    "speed": "speed",
    "bearing": "course",
    "heading": "course",
    "altitude": "altitude",
    "accuracy": "accuracy",
}


def _uid(value: object) -> str | None:
    text = str(value).strip()[:UID_CHARS_MAX] if isinstance(value, str | int) else ""
    return text if text.isprintable() and text else None


def _number(value: object) -> float:
    """Read a number; not a number is NaN, which no place has."""
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return math.nan


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _put_place(draft: Draft, numbers: Mapping[str, float], *, is_valid: bool) -> None:
    if "lat" not in numbers or "lon" not in numbers:
        return
    speed = _known(numbers.get("speed", math.nan))
    draft.place = place_or_none(
        numbers["lat"],
        numbers["lon"],
        fix_at=draft.sent_at,
        is_valid=is_valid,
        accuracy_m=_known(numbers.get("accuracy", math.nan)),
        altitude_m=_known(numbers.get("altitude", math.nan)),
        speed_kmh=None if speed is None else speed * KNOT_KMH,
        course_deg=_known(numbers.get("course", math.nan)),
    )
    if draft.place is None:
        draft.attributes["place_is_wrong"] = True


def _time(value: object) -> datetime | None:
    """Read seconds or milliseconds since 1970, or ISO 8601 with or without its `T`."""
    number = _number(value)
    if math.isfinite(number):
        return epoch(number / 1000 if abs(number) > SECONDS_MAX else number)
    return iso(value) if isinstance(value, str) else None


def _put_cell(draft: Draft, value: str) -> None:
    numbers = value.split(",")
    if 4 <= len(numbers) <= 6 and all(number.strip().lstrip("-").isdecimal() for number in numbers[:5]):
        mcc, mnc, lac, cid, *signal = (int(number[:12]) for number in numbers[:5])
        draft.cell(mcc, mnc, lac, cid, signal[0] if signal else None)


def _put_wifi(draft: Draft, value: str) -> None:
    mac, _, signal = value.partition(",")
    if len(mac) == 17:
        draft.access_point(mac, int(signal[:6]) if signal.lstrip("-").isdecimal() else None)


def put_alarm_words(draft: Draft, value: object) -> None:
    """Add the alarms that a value names, separated by commas. A word that we do not know is an alarm all the same."""
    for word in str(value)[:TEXT_CHARS_MAX].split(","):
        key = "".join(character for character in word.lower() if character.isalnum())
        if key in NO_ALARM_WORDS:
            continue
        alarm = ALARM_WORDS.get(key, Alarm.OTHER)
        if alarm is Alarm.OTHER:
            draft.attributes["alarm_code"] = word.strip()[:NAME_CHARS_MAX]
        draft.alarm(alarm)


def put_battery(draft: Draft, level_pct: float) -> None:
    """Set the battery level. Apps write -1 for "unknown"."""
    if 0 <= level_pct <= 100:
        draft.battery_pct = level_pct


def put_attribute(draft: Draft, name: str, value: Attribute) -> None:
    """Keep another value, within bounds."""
    if name and name.isprintable() and len(name) <= NAME_CHARS_MAX and len(draft.attributes) < ATTRIBUTES_MAX:
        draft.attributes[name] = value[:TEXT_CHARS_MAX] if isinstance(value, str) else value


def _plain(value: str) -> Attribute:
    number = _number(value)
    if math.isfinite(number):
        return number
    return {"true": True, "false": False}.get(value, value)


def _read_json(body: bytes) -> tuple[str | None, tuple[Report, ...]]:
    """Read the JSON of the newer Traccar Client; `location` may be one object or a list of them."""
    root = read_object(body)
    locations = root.get("location")
    many = locations if isinstance(locations, list) else [locations]
    if len(many) > LOCATIONS_MAX:
        raise DecodeError("osmand: too many locations")
    reports = [_read_location(one, root) for one in many if isinstance(one, dict)]
    if not reports:
        reports = [_read_location({}, root)]
    uid = next((found for name in IDENTITY_NAMES if (found := _uid(root.get(name)))), None)
    reports.sort(key=lambda report: report.sent_at.timestamp() if report.sent_at else math.inf)
    return uid, tuple(reports)


def read_object(body: bytes) -> dict[str, Any]:
    """Read a JSON object. Raises `DecodeError`, also for one that is nested without end."""
    try:
        root = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise DecodeError("not JSON") from error
    if not isinstance(root, dict):
        raise DecodeError("JSON, but not an object")
    return root


def _part(value: Mapping[str, Any], name: str) -> dict[str, Any]:
    part = value.get(name)
    return part if isinstance(part, dict) else {}


def _read_location(location: Mapping[str, Any], root: Mapping[str, Any]) -> Report:
    draft = Draft(_time(location.get("timestamp")))
    coords, battery, extras = _part(location, "coords"), _part(location, "battery"), _part(location, "extras")
    for holder in (root, location, extras):
        if isinstance(holder.get("alarm"), str | int | bool):
            put_alarm_words(draft, holder["alarm"])
    if coords:
        # The app writes -1 for a speed or a heading that it does not know.
        wanted = {"lat": "latitude", "lon": "longitude", "altitude": "altitude", "accuracy": "accuracy"}
        numbers = {ours: _number(coords.get(theirs)) for ours, theirs in wanted.items()}
        speed, heading = _number(coords.get("speed")), _number(coords.get("heading"))
        numbers["speed"] = speed * 3.6 / KNOT_KMH if speed >= 0 else math.nan
        numbers["course"] = heading if heading >= 0 else math.nan
        _put_place(draft, numbers, is_valid=True)
    put_battery(draft, _number(battery.get("level")) * 100)
    if isinstance(battery.get("is_charging"), bool):
        draft.attributes["charging"] = battery["is_charging"]
    named = {"event": "event", "is_moving": "motion", "odometer": "distance_m", "mock": "mock"}
    values = {ours: location[theirs] for theirs, ours in named.items() if theirs in location}
    values["activity"] = _part(location, "activity").get("type")
    for name, value in (*values.items(), *extras.items()):
        if name != "alarm" and isinstance(value, str | int | float | bool):
            put_attribute(draft, name, value)
    return draft.report()


def reply(frame: bytes, reading: Reading, now: datetime) -> bytes:
    """Confirm what is stored. A request that names no device is stored too, and refused so that the app shows it."""
    try:
        closes = open_request(frame).closes
    except DecodeError:
        closes = True
    if reading.device_uid is None:
        return answer(400, "This request names no device. Add id=<the identity given to this phone>.", closes=closes)
    return answer(200, closes=closes)


def refuse(frame: bytes) -> bytes:
    """Say what is wrong with a request that could not be read."""
    return answer(
        400, f"This request could not be read ({_reason(frame)}). Check the server address in the app.", closes=True
    )


def _reason(frame: bytes) -> str:
    try:
        decode(frame, Session(), datetime.min.replace(tzinfo=UTC))
    except DecodeError as error:
        return str(error)
    return "unknown reason"


OSMAND = Codec(
    "osmand",
    port=5055,
    transport="http",
    frame_bytes_max=REQUEST_BYTES_MAX,
    split=split,
    decode=decode,
    reply=reply,
    refuse=refuse,
    is_sessionless=True,
)

"""owntracks: OwnTracks phones over HTTP, and the trackers that speak its JSON. Port 5144.

A request holds one JSON object. The identity is its `topic`, else the user and device of the request's headers, else
`tid`, which has two letters and names nobody safely. Sources: <https://owntracks.org/booklet/tech/http>,
<https://owntracks.org/booklet/tech/json>. Page: docs/protocols/owntracks.md.
"""

import base64
import binascii
import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tocsin.protocols.base import Alarm, Codec, DecodeError, Reading, Session
from tocsin.protocols.draft import Draft, place_or_none
from tocsin.protocols.http import REQUEST_BYTES_MAX, Request, answer, open_request, split
from tocsin.protocols.osmand import put_alarm_words, put_attribute, put_battery, read_object
from tocsin.protocols.times import epoch

UID_CHARS_MAX = 256

# What triggered a report, as device trackers write it (OwnTracks' own phones use other letters).
TRIGGER_ALARMS = {
    "9": Alarm.LOW_BATTERY,
    "1": Alarm.POWER_ON,
    "E": Alarm.POWER_RESTORED,
    "e": Alarm.POWER_CUT,
    "!": Alarm.TOW,
    "s": Alarm.OVERSPEED,
}
DRIVING_ALARMS = {
    0: Alarm.HARD_BRAKING,
    3: Alarm.HARD_BRAKING,
    1: Alarm.HARD_ACCELERATION,
    4: Alarm.HARD_ACCELERATION,
    2: Alarm.HARD_CORNERING,
    5: Alarm.HARD_CORNERING,
}
IGNITION_TRIGGERS = {"i": True, "I": False}
# Their name -> ours, for values that are kept as they come.
NAMED = {
    "uext": "power_v",
    "ubatt": "battery_v",
    "rpm": "engine_rpm",
    "ign": "ignition",
    "motion": "motion",
    "vin": "vin",
}


def decode(frame: bytes, session: Session, now: datetime) -> Reading:
    """Read one request. An object that is no location is stored and reports nothing; an empty one too."""
    request = open_request(frame)
    if request.method != "POST":
        raise DecodeError("owntracks: not POST")
    if not request.body.strip():
        uid = _identity({}, request)
        return Reading(Session(device_uid=uid), uid)
    root = read_object(request.body)
    uid = _identity(root, request)
    session = Session(device_uid=uid)
    if root.get("_type") != "location" and "alarm" not in root:
        return Reading(session, uid)
    return Reading(session, uid, (_read_location(root).report(),))


def _identity(root: Mapping[str, Any], request: Request) -> str | None:
    topic = root.get("topic")
    if isinstance(topic, str) and topic.strip():
        return topic.strip()[:UID_CHARS_MAX]
    user = request.headers.get("x-limit-u") or _user(request.headers.get("authorization", ""))
    device = request.headers.get("x-limit-d")
    if user and device:
        return f"owntracks/{user}/{device}"[:UID_CHARS_MAX]
    tid = root.get("tid")
    return tid.strip()[:UID_CHARS_MAX] if isinstance(tid, str) and tid.strip() else user or None


def _user(header: str) -> str:
    """Read the user of HTTP basic authentication; the password is not looked at here."""
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(token.strip(), validate=True).decode("utf-8").partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _number(root: Mapping[str, Any], name: str) -> float:
    value = root.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return math.nan
    try:
        return float(value)
    except OverflowError:
        return math.nan


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _read_location(root: Mapping[str, Any]) -> Draft:
    fix_at = epoch(_number(root, "tst"))
    draft = Draft(epoch(_number(root, "sent")) or fix_at)
    draft.place = place_or_none(
        _number(root, "lat"),
        _number(root, "lon"),
        fix_at=fix_at,
        accuracy_m=_known(_number(root, "acc")),
        altitude_m=_known(_number(root, "alt")),
        speed_kmh=_known(_number(root, "vel")),
        course_deg=_known(_number(root, "cog")),
    )
    put_battery(draft, _number(root, "batt"))
    _put_trigger(root, draft)
    if isinstance(root.get("alarm"), str | bool | int):
        put_alarm_words(draft, root["alarm"])
    for theirs, ours in NAMED.items():
        if isinstance(root.get(theirs), str | int | float | bool):
            put_attribute(draft, ours, root[theirs])
    if math.isfinite(_number(root, "odometer")):
        draft.attributes["distance_m"] = _number(root, "odometer") * 1000
    _put_cell(root, draft)
    return draft


def _put_trigger(root: Mapping[str, Any], draft: Draft) -> None:
    trigger = root.get("t")
    if not isinstance(trigger, str):
        return
    put_attribute(draft, "event", trigger)
    draft.alarm(TRIGGER_ALARMS.get(trigger))
    if trigger in IGNITION_TRIGGERS:
        draft.attributes["ignition"] = IGNITION_TRIGGERS[trigger]
    if trigger == "h" and math.isfinite(_number(root, "rty")):
        draft.alarm(DRIVING_ALARMS.get(int(_number(root, "rty"))))


def _put_cell(root: Mapping[str, Any], draft: Draft) -> None:
    """Put the serving cell that device trackers send; area and number are hexadecimal text."""
    try:
        draft.cell(int(root["mcc"]), int(root["mnc"]), int(str(root["lac"]), 16), int(str(root["cid"]), 16))
    except (KeyError, TypeError, ValueError):
        return


def reply(frame: bytes, reading: Reading, now: datetime) -> bytes:
    """Confirm what is stored."""
    try:
        closes = open_request(frame).closes
    except DecodeError:
        closes = True
    if reading.device_uid is None and reading.reports:
        return answer(400, "This request names no device. Set user and device id in OwnTracks.", closes=closes)
    return answer(200, closes=closes)


def refuse(frame: bytes) -> bytes:
    """Say that a request could not be read."""
    return answer(400, "This request could not be read. OwnTracks must send JSON by POST.", closes=True)


OWNTRACKS = Codec(
    "owntracks",
    port=5144,
    transport="http",
    frame_bytes_max=REQUEST_BYTES_MAX,
    split=split,
    decode=decode,
    reply=reply,
    refuse=refuse,
    is_sessionless=True,
)

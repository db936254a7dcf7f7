"""Compare one reading, value by value, with what a case states. Our names are mapped to the reference's here only."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from tocsin.protocols.base import Alarm, Attribute, Media, Place, Reading, Report

Case = Mapping[str, Any]
KNOT_KMH = 1.852

ALARM_NAMES: dict[Alarm, str] = {
    Alarm.SOS: "sos",
    Alarm.FALL: "fallDown",
    Alarm.TORN_OFF: "removing",
    Alarm.TAMPER: "tampering",
    Alarm.LOW_BATTERY: "lowBattery",
    Alarm.LOW_POWER: "lowPower",
    Alarm.POWER_CUT: "powerCut",
    Alarm.POWER_RESTORED: "powerRestored",
    Alarm.POWER_ON: "powerOn",
    Alarm.POWER_OFF: "powerOff",
    Alarm.VIBRATION: "vibration",
    Alarm.MOVEMENT: "movement",
    Alarm.GEOFENCE: "geofence",
    Alarm.GEOFENCE_ENTER: "geofenceEnter",
    Alarm.GEOFENCE_EXIT: "geofenceExit",
    Alarm.OVERSPEED: "overspeed",
    Alarm.LOW_SPEED: "lowspeed",
    Alarm.IDLE: "idle",
    Alarm.PARKING: "parking",
    Alarm.TOW: "tow",
    Alarm.ACCIDENT: "accident",
    Alarm.HARD_ACCELERATION: "hardAcceleration",
    Alarm.HARD_BRAKING: "hardBraking",
    Alarm.HARD_CORNERING: "hardCornering",
    Alarm.LANE_CHANGE: "laneChange",
    Alarm.FATIGUE: "fatigueDriving",
    Alarm.JAMMING: "jamming",
    Alarm.ANTENNA_CUT: "gpsAntennaCut",
    Alarm.DOOR: "door",
    Alarm.LOCK: "lock",
    Alarm.UNLOCK: "unlock",
    Alarm.FAULT: "fault",
    Alarm.TEMPERATURE: "temperature",
    Alarm.FUEL_LEAK: "fuelLeak",
    Alarm.HIGH_RPM: "highRpm",
    Alarm.BONNET: "bonnet",
    Alarm.FOOT_BRAKE: "footBrake",
    Alarm.GENERAL: "general",
}

# Our name of an attribute -> the reference's. Names that are not here are the same on both sides.
NAMES: dict[str, str] = {
    "alarm_code": "event",
    "answer": "result",
    "battery_2_pct": "battery2Level",
    "battery_3_pct": "battery3Level",
    "battery_c": "batteryTemp",
    "battery_raw": "battery",
    "battery_v": "battery",
    "blood_oxygen_pct": "bloodOxygen",
    "boot_reason": "bootReason",
    "camera_alarm": "alarmType",
    "card_code": "cardCode",
    "card_result": "cardResult",
    "card_status": "cardStatus",
    "charging": "charge",
    "coolant_c": "coolantTemp",
    "data": "dataDetails",
    "data_kind": "dataType",
    "data_text": "data",
    "device_c": "deviceTemp",
    "distance_m": "odometer",
    "driver": "driverUniqueId",
    "driver_name": "driver",
    "driving_time_s": "drivingTime",
    "engine_rpm": "rpm",
    "engine_speed_kmh": "obdSpeed",
    "event_value": "eventData",
    "files": "eventFiles",
    "fuel_used": "fuelUsed",
    "heart_rate_bpm": "heartRate",
    "humidity_3_pct": "humidity3",
    "humidity_pct": "humidity",
    "input_1": "in1",
    "input_2": "in2",
    "light": "lightSensor",
    "lock_1_battery": "lock1Battery",
    "lock_1_battery_v": "lock1Battery",
    "lock_1_is_locked": "lock1Locked",
    "lock_2_battery_v": "lock2Battery",
    "lock_card": "lockCard",
    "lock_command": "lockCommand",
    "lock_status": "lockStatus",
    "network": "networkTechnology",
    "power_2_v": "power2",
    "power_v": "power",
    "pressure_high_mmhg": "pressureHigh",
    "pressure_low_mmhg": "pressureLow",
    "satellites_visible": "satVisible",
    "serial_text": "serial",
    "signal": "rssi",
    "startup_status": "startupStatus",
    "tag": "tagName",
    "tag_c": "tagTemp",
    "tag_humidity_pct": "tagHumidity",
    "temperature_2_c": "temp2",
    "temperature_3_c": "temp3",
    "temperature_c": "temp1",
    "tyre_1_bar": "tire1Pressure",
    "tyre_1_c": "tire1Temp",
    "unlock_result": "unlockResult",
    "voltage_1": "adc1",
    "voltage_2": "adc2",
    "voltage_3": "adc3",
    "warning_type": "warningType",
}
# Values whose unit differs.
IN_THEIR_UNIT: dict[str, Callable[[float], float]] = {"hours": lambda hours: hours * 3_600_000}
# These must be read wherever the reference reads them; of the others it is enough never to contradict it.
MUST_BE_READ = frozenset(
    {"alarm", "batteryLevel", "battery", "heartRate", "bloodOxygen", "pressureHigh", "pressureLow", "steps"}
)
NOT_COMPARED = frozenset({"event", "status", "type", "image", "audio", "versionFw", "index", "hours"})


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One value that differs. `value` names it; "2.altitude" belongs to the third report."""

    value: str
    expected: str
    read: str


def same(one: object, other: object) -> bool:
    """Compare as the README says: numbers within 0.001 or a millionth, the rest exactly; "12" equals 12."""
    if isinstance(one, bool) or isinstance(other, bool):
        return bool(one) == bool(other)
    try:
        return math.isclose(float(one), float(other), rel_tol=1e-6, abs_tol=1e-3)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return one == other


def reports_of(reading: Reading | None) -> tuple[Report, ...]:
    """Give the reports that count: a frame that no device can be named for yet gives none."""
    return () if reading is None or reading.device_uid is None else reading.reports


def compare_stated(case: Case, reading: Reading | None) -> Iterator[Mismatch]:
    """Compare with what the case's kind and `expect` assert."""
    reports, kind, expect = reports_of(reading), case["kind"], case["expect"]
    count = len(reports)
    wanted = {"null": count == 0, "position": count == 1, "attributes": count == 1}.get(kind, count >= 1)
    if not wanted:
        yield Mismatch("reports", kind, str(count))
        return
    alarms = {ALARM_NAMES[alarm] for report in reports for alarm in report.alarms if alarm in ALARM_NAMES}
    if "expect_alarms" in case and alarms != set(case["expect_alarms"]):
        yield Mismatch("alarms", ",".join(sorted(case["expect_alarms"])), ",".join(sorted(alarms)))
    if not reports:
        return
    doubtful = case.get("decoded", {}).get("doubtful", ())
    if "latitude" in expect:
        for number, report in enumerate(reports):
            yield from _compare_exact(f"{number}.", expect, report)
    values = attributes_of(reports[0])
    for name, wanted_value in expect.get("attributes", {}).items():
        found = values.get(name)
        if name == "alarm" and wanted_value is not None:
            if not set(wanted_value.split(",")) <= set(str(found or "").split(",")):
                yield Mismatch("expect.alarm", wanted_value, str(found))
        elif name not in doubtful and not (found is wanted_value or same(found, wanted_value)):
            yield Mismatch(f"expect.{name}", str(wanted_value), str(found))
    for name in ("speed", "course", "altitude"):
        if name in expect and name not in doubtful and not same(_of_place(reports[0].place, name), expect[name]):
            yield Mismatch(f"expect.{name}", str(expect[name]), str(_of_place(reports[0].place, name)))


def _compare_exact(prefix: str, expect: Mapping[str, Any], report: Report) -> Iterator[Mismatch]:
    place = report.place
    if place is None:
        yield Mismatch(prefix + "place", "a place", "none")
        return
    found = {"valid": place.is_valid, "time": stamp(place.fix_at or report.sent_at)}
    for name, value in found.items():
        if name in expect and expect[name] != value:
            yield Mismatch(prefix + name, str(expect[name]), str(value))
    if abs(place.lat_deg - expect["latitude"]) > 1e-5 or abs(place.lon_deg - expect["longitude"]) > 1e-5:
        yield Mismatch(prefix + "place", f"{expect['latitude']},{expect['longitude']}", coordinates(place))


def compare_reports(case: Case, reading: Reading | None) -> Iterator[Mismatch]:
    """Compare with `decoded`: identity, reports, media; not with what is unstable or doubtful."""
    decoded = case.get("decoded")
    if decoded is None:
        return
    uid = None if reading is None else reading.device_uid
    if "unique_id" in decoded and uid not in (decoded["unique_id"], *decoded.get("unique_id_alternatives", ())):
        yield Mismatch("identity", decoded["unique_id"], str(uid))
    wanted, found = _by_time(decoded["positions"]), reports_of(reading)
    if len(wanted) != len(found):
        yield Mismatch("reports", str(len(wanted)), str(len(found)))
        return
    skipped = {name.removeprefix("attributes.") for key in ("unstable", "doubtful") for name in decoded.get(key, ())}
    is_alarm_unsure = "oracle_note" in case or "expect_alarms" in case
    for number, (position, report) in enumerate(zip(wanted, sorted(found, key=_moment), strict=True)):
        for one in _compare_report(position, report, skipped, is_alarm_unsure=is_alarm_unsure):
            yield Mismatch(f"{number}.{one.value}", one.expected, one.read)
    yield from _compare_media(decoded.get("media", ()), () if reading is None else reading.media)


def _by_time(positions: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return sorted(positions, key=lambda position: str(position.get("fixTime") or position.get("deviceTime") or ""))


def _moment(report: Report) -> str:
    fix_at = report.place.fix_at if report.place is not None else None
    return stamp(fix_at or report.sent_at) or ""


def _compare_report(
    position: Mapping[str, Any], report: Report, skipped: set[str], *, is_alarm_unsure: bool
) -> Iterator[Mismatch]:  # fmt: skip
    yield from (one for one in _compare_place(position, report) if one.value not in skipped)
    yield from (one for one in _compare_networks(position.get("network", {}), report) if one.value not in skipped)
    values = attributes_of(report)
    for name, wanted in position["attributes"].items():
        if name in NOT_COMPARED or name in skipped or (name not in values and name not in MUST_BE_READ):
            continue
        found = values.get(name)
        if name == "alarm":
            if not is_alarm_unsure and set(wanted.split(",")) != set(str(found).split(",")):
                yield Mismatch(name, wanted, str(found))
        elif not same(found, wanted):
            yield Mismatch(name, str(wanted), str(found))
    if "alarm" in values and "alarm" not in position["attributes"] and not is_alarm_unsure:
        yield Mismatch("alarm", "none", str(values["alarm"]))


def _compare_place(position: Mapping[str, Any], report: Report) -> Iterator[Mismatch]:
    place = report.place
    if "deviceTime" in position and stamp(report.sent_at) != position["deviceTime"]:
        yield Mismatch("deviceTime", position["deviceTime"], str(stamp(report.sent_at)))
    if "latitude" not in position:
        if place is not None:
            yield Mismatch("place", "none", coordinates(place))
        return
    # A report may state (0, 0): that is no place.
    if place is None:
        if position["latitude"] or position["longitude"]:
            yield Mismatch("place", f"{position['latitude']},{position['longitude']}", "none")
        return
    if abs(place.lat_deg - position["latitude"]) > 1e-5 or abs(place.lon_deg - position["longitude"]) > 1e-5:
        yield Mismatch("place", f"{position['latitude']},{position['longitude']}", coordinates(place))
    if place.is_valid != position["valid"]:
        yield Mismatch("valid", str(position["valid"]), str(place.is_valid))
    if stamp(place.fix_at or report.sent_at) != position["fixTime"]:
        yield Mismatch("fixTime", position["fixTime"], str(stamp(place.fix_at or report.sent_at)))
    for name in ("altitude", "speed", "course", "accuracy"):
        if name in position and not same(_of_place(place, name), position[name]):
            yield Mismatch(name, str(position[name]), str(_of_place(place, name)))


def _of_place(place: Place | None, name: str) -> float:
    if place is None:
        return 0.0
    if name == "speed":
        return (place.speed_kmh or 0.0) / KNOT_KMH
    own = {"altitude": place.altitude_m, "course": place.course_deg, "accuracy": place.accuracy_m}
    return own[name] or 0.0


def _compare_networks(network: Mapping[str, Any], report: Report) -> Iterator[Mismatch]:
    cells = {(cell["mcc"], cell["mnc"], cell["lac"], cell["cid"]) for cell in network.get("cells", ()) if cell["lac"]}
    found = {(cell.mcc, cell.mnc, cell.lac, cell.cid) for cell in report.cells}
    # "Never contradict": where the reference passes over the cells of a frame, ours stand.
    if cells != found and cells:
        yield Mismatch("network.cells", str(sorted(cells)), str(sorted(found)))
    points = {point["mac"].lower() for point in network.get("wifi", ()) if point["mac"].strip("0:")}
    seen = {point.mac for point in report.wifi}
    if points != seen:
        yield Mismatch("network.wifi", str(sorted(points)), str(sorted(seen)))
    wanted_signals = {point["mac"].lower(): point["signal"] for point in network.get("wifi", ()) if "signal" in point}
    for one in report.wifi:
        wanted, read = wanted_signals.get(one.mac), one.signal_dbm
        # "In dBm or as sent but negative": -200 and 200 and -56 are one and the same byte.
        if wanted is not None and read is not None and (read - wanted) % 256 and (read + wanted) % 256:
            yield Mismatch("network.wifi.signal", str(wanted), str(read))


def _compare_media(wanted: Iterable[Mapping[str, Any]], found: Iterable[Media]) -> Iterator[Mismatch]:
    stated = [(one["extension"], one["size"], one["sha256"]) for one in wanted]
    read = [(one.extension, len(one.content), sha256(one.content).hexdigest()) for one in found]
    if stated != read:
        yield Mismatch("media", str(stated), str(read))


def attributes_of(report: Report) -> dict[str, Attribute]:
    """Give a report's values under the reference's names."""
    values: dict[str, Attribute] = {}
    for name, value in report.attributes.items():
        convert = IN_THEIR_UNIT.get(name)
        values[NAMES.get(name, name)] = convert(float(value)) if convert is not None else value
    if report.place is not None and report.place.satellites is not None:
        values.setdefault("sat", report.place.satellites)
    if report.battery_pct is not None:
        values["batteryLevel"] = report.battery_pct
    if report.is_stored:
        values["archive"] = True
    if "bloodOxygen" in values:
        values["spO2"] = values["bloodOxygen"]  # The reference has two names for it.
    alarms = [ALARM_NAMES[alarm] for alarm in sorted(report.alarms) if alarm in ALARM_NAMES]
    if alarms:
        values["alarm"] = ",".join(alarms)
    return values


def coordinates(place: Place) -> str:
    """Write a place for a mismatch. The frames are public samples, so this may be printed."""
    return f"{place.lat_deg:.6f},{place.lon_deg:.6f}"


def stamp(instant: datetime | None) -> str | None:
    """Write an instant as the case files do."""
    if instant is None:
        return None
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{instant.microsecond // 1000:03d}Z"

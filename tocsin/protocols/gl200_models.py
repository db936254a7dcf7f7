"""Charge, voltages and temperatures of gl200. Where they stand depends on the type of the report and on the model."""

import re

from tocsin.protocols.draft import Draft

# The version's first two digits name the model; of a long version the first six.
MODELS = {
    **dict.fromkeys(("02", "21"), "GL200"),
    **dict.fromkeys(("04", "35"), "GV200"),
    **dict.fromkeys(("06", "25"), "GV300"),
    **dict.fromkeys(("08", "3F"), "GMT100"),
    **dict.fromkeys(("11", "40"), "GL500"),
    **dict.fromkeys(("1A", "30"), "GL300"),
    **dict.fromkeys(("1F", "36"), "GV500"),
    **dict.fromkeys(("0F", "2F"), "GV55"),
    "09": "GV50P",
    "10": "GV55 LITE",
    "27": "GV300W",
    "28": "GL300VC",
    "2C": "GL300W",
    "2D": "GV500VC",
    "31": "GV65",
    "41": "GV75W",
    "42": "GT501",
    "44": "GL530",
    "45": "GB100",
    "4F": "GV56",
    "50": "GV55W",
    "52": "GL50",
    "55": "GL50B",
    "5E": "GV500MAP",
    "6E": "GV310LAU",
    "BD": "CV200",
    "C2": "GV600M",
    "C3": "GL320M",
    "DC": "GV600MG",
    "DE": "GL500M",
    "DF": "CV100LG",
    "F1": "GV350M",
    "F8": "GV800W",
    "FC": "GV600W",
    "802004": "GV58LAU",
    "802005": "GV355CEU",
    "80201E": "GV30CEU",
}
REGULAR = ("FRI", "CTN", "GEO", "RTL", "DOG", "STR")
# What may follow the last place of a regular report, the first that fits.
TAILS = (
    re.compile(r"\d{1,2},(?P<millivolts>\d{1,5})?,(?P<battery>\d{1,3}),[01],[01]?,(?P<celsius>-?\d{1,2}\.\d)?,"),
    re.compile(
        r"(?:\d{1,7}\.\d)?,(?:\d{5}:\d\d:\d\d)?,[0-9A-Fa-f]*,[0-9A-Fa-f]*,(?:\d*,)?(?P<battery>\d{1,3})?,"
        r"(?P<status>[0-9A-Fa-f]{6})?,\d*,(?:\d+\.?\d*|Inf|NaN)?,\d*,"
    ),
    re.compile(r"-?\d,(?P<battery>\d{1,3}),"),
    re.compile(r"(?:(?:\d{1,7}\.\d)?,)?(?P<battery>\d{1,3})?,"),
)
VIN = re.compile("[0-9A-Z]{17}")
# These types hold no charge, or not where the others have it.
WITHOUT_CHARGE = frozenset(
    ["PNA", "PFA", "CAN", "OBD", "IGN", "IGF", "VGN", "VGF", "LSW", "TSW", "GSM", "VER", "DAR", "BAA", "BID"]
)


def model_of(version: str, model: str) -> str:
    """Name the model: what the registry of devices says, else what the version says."""
    return model.upper() or MODELS.get(version[:6] if len(version) > 6 else version[:2], "")


def put_levels(draft: Draft, kind: str, fields: list[str], model: str, place_at: int | None, tail_at: int) -> bool:
    """Read what a report of this type says about the device itself.

    `place_at` is where the last longitude stands, `tail_at` what follows the place and its cell.
    Say whether the time of sending has to be left alone: in regular reports it is local time with some models.
    """
    if kind in REGULAR and _put_regular(draft, fields, place_at, tail_at):
        return True
    if kind == "ERI":
        _put_extended(draft, Walk(fields, 4), model)
    elif kind == "INF":
        _put_information(draft, Walk(fields, 4), model)
    elif kind in CHARGES:
        _put_battery(draft, fields[CHARGES[kind]])
    elif kind == "DAT":
        draft.attributes["data_text"] = fields[7]
    elif kind == "IDA":
        draft.attributes["driver"] = fields[5]
    elif kind == "DTT":
        _put_data(draft, fields[8])
    elif kind not in WITHOUT_CHARGE and place_at is not None and re.fullmatch(r"\d{1,3}", fields[-3]):
        _put_battery(draft, fields[-3])
    return kind == "DAR" and place_at is not None


CHARGES = {"LBS": 6, "WIF": -3, "LSA": -6}


class Walk:
    """Fields in their order."""

    __slots__ = ("at", "fields")

    def __init__(self, fields: list[str], at: int) -> None:
        self.fields = fields
        self.at = at

    def take(self) -> str:
        """Read a field."""
        self.at += 1
        return self.fields[self.at - 1]

    def skip(self, count: int) -> None:
        """Pass over fields."""
        self.at += count


def _put_battery(draft: Draft, text: str) -> None:
    if text.isdecimal() and int(text) <= 100:
        draft.battery_pct = int(text)


def _put_status(draft: Draft, status: str) -> None:
    value = int(status, 16)
    if value >> 16 & 0x30:
        draft.attributes["ignition"] = not value >> 16 & 0x10
    draft.attributes["input_1"], draft.attributes["input_2"] = bool(value >> 8 & 2), bool(value >> 8 & 4)


def _put_regular(draft: Draft, fields: list[str], place_at: int | None, tail_at: int) -> bool:
    power_at = 5 if VIN.fullmatch(fields[3]) else 4
    if fields[power_at].isdecimal() and int(fields[power_at]) > 10:
        draft.attributes["power_v"] = int(fields[power_at]) / 1000
    if place_at is not None and place_at - 4 > power_at + 1 and not fields[power_at + 1]:
        return False
    # Behind the supply stand type, count, a reserve and, in some, the charge; then the precision.
    if place_at is not None and place_at - 4 - power_at - 1 == 4:
        _put_battery(draft, fields[power_at + 4])
    text = "".join(f"{field}," for field in fields[tail_at:-2])
    match = next((found for shape in TAILS if (found := shape.match(text)) is not None), None)
    if match is None:
        return False
    values = match.groupdict()
    if values.get("millivolts"):
        draft.attributes["battery_v"] = int(values["millivolts"]) / 1000
    if values.get("celsius"):
        draft.attributes["temperature_c"] = float(values["celsius"])
    if values.get("status"):
        _put_status(draft, values["status"])
    if values.get("battery"):
        _put_battery(draft, values["battery"])
    return place_at is not None


def _skip_place(walk: Walk, model: str) -> None:
    walk.skip(11 + (2 if model.startswith("GL5") else 0))
    if model != "GL320M" and (mask := walk.take()):
        walk.skip((int(mask) & 1) + (int(mask) >> 1 & 1))


def _put_extended(draft: Draft, walk: Walk, model: str) -> None:
    mask, power = int(walk.take(), 16), walk.take()
    if power:
        draft.attributes["power_v"] = int(power) / 1000
    walk.skip(1)
    for _ in range(int(walk.take())):
        _skip_place(walk, model)
    is_personal = model.startswith("GL5")
    # Distance, hours and voltages measured from outside.
    walk.skip(0 if is_personal else 1 if model == "GL320M" else 3)
    walk.skip(1 if model.startswith("GV") and not model.startswith("GV6") and model != "GV350M" else 0)
    walk.skip(1 if model in ("GV200", "GV310LAU") else 0)
    walk.skip(1 if (model.startswith("GV3") and model.endswith("CEU")) or model.startswith("GV600M") else 0)
    if model == "GV200":
        walk.skip(3)
    else:
        _put_battery(draft, walk.take())
        if is_personal:
            walk.skip(2)
        elif model != "GL320M":
            if status := walk.take():
                _put_status(draft, status)
            walk.skip(1)
        elif mask & 1 << 7:
            walk.skip(1)
    if mask & 1 and model != "GV350M":
        walk.skip(1)
    if mask & 2:
        _put_sensors(draft, walk)


def _put_sensors(draft: Draft, walk: Walk) -> None:
    for number in range(1, int(walk.take()) + 1):
        walk.skip(2)
        if value := walk.take():
            raw = int(value, 16)
            name = "temperature_c" if number == 1 else f"temperature_{number}_c"
            draft.attributes[name] = (raw - 0x10000 if raw > 0x7FFF else raw) * 0.0625


STATES = {0x11: (False, False), 0x12: (False, True), 0x16: (False, True), 0x1A: (False, True), 0x21: (True, False)}
STATES[0x22] = (True, True)
MOVING = {0x41: False, 0x42: True}


def _put_information(draft: Draft, walk: Walk, model: str) -> None:
    state = int(walk.take() or "0", 16)
    if state in STATES:
        draft.attributes["ignition"], draft.attributes["motion"] = STATES[state]
    elif state in MOVING:
        draft.attributes["motion"] = MOVING[state]
    draft.attributes["iccid"] = walk.take()
    walk.skip(3)
    power = walk.take()
    if "." in power:
        draft.attributes["distance_m"] = float(power) * 1000
    elif power:
        draft.attributes["power_v"] = int(power) / 1000
    if model in ("GV350M", "GV310LAU"):
        walk.skip(1)
    elif model != "GV500VC" and (second := walk.take()):
        draft.attributes["power_2_v"] = int(second) / 1000
    if battery := walk.take():
        draft.attributes["battery_v"] = float(battery)
    if walk.take() and walk.take() == "1":
        draft.attributes["charging"] = True
    if model == "GV310LAU":
        walk.skip(5)
        for number in (1, 2, 3):
            draft.attributes[f"voltage_{number}"] = int(walk.take())


def _put_data(draft: Draft, text: str) -> None:
    """Read what came over the serial line: a level of fuel, or a text that is kept."""
    content = bytes.fromhex(text).decode("ascii", "replace")
    if "COMB" in content:
        draft.attributes["fuel"] = float(content.split(",")[2])
    else:
        draft.attributes["answer"] = content

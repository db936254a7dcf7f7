"""What the console calls things: coded words in the reader's language, durations, distances, directions."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tocsin.incidents.rules import GRAVITY

Text = str | Promise
MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86400


@dataclass(frozen=True, slots=True)
class Badge:
    """How a coded word looks: `tone` is a class of the style sheet, `icon` one of `img/icons.svg`."""

    label: Text
    tone: str = ""
    icon: str = ""


BADGES: dict[str, Badge] = {
    # Alarm
    "raised": Badge(gettext_lazy("nobody has taken it"), "alarm", "ringing"),
    "acknowledged": Badge(gettext_lazy("taken"), "info", "check"),
    "verifying": Badge(gettext_lazy("being verified"), "wait", "question"),
    "confirmed": Badge(gettext_lazy("confirmed"), "bad", "warning"),
    "false": Badge(gettext_lazy("false alarm"), "", "cross"),
    "test": Badge(gettext_lazy("test"), "drill", "drill"),
    # Incident
    "open": Badge(gettext_lazy("open"), "wait"),
    "responding": Badge(gettext_lazy("people respond"), "info", "going"),
    "stabilised": Badge(gettext_lazy("stabilised"), "good"),
    "closed": Badge(gettext_lazy("closed")),
    "reviewed": Badge(gettext_lazy("reviewed"), "", "check"),
    # Notice. A weaker word is never shown as a stronger one.
    "owed": Badge(gettext_lazy("to be sent"), "wait", "clock"),
    "claimed": Badge(gettext_lazy("being sent"), "wait", "clock"),
    "accepted": Badge(gettext_lazy("carrier took it"), "", "going"),
    "delivered": Badge(gettext_lazy("reached the phone"), "info"),
    "answered": Badge(gettext_lazy("answered"), "good", "check"),
    "expired": Badge(gettext_lazy("no answer in time"), "", "clock"),
    "refused": Badge(gettext_lazy("could not be sent"), "bad", "cross"),
    "withdrawn": Badge(gettext_lazy("not needed any more")),
    # Engagement
    "asked": Badge(gettext_lazy("asked"), "wait", "question"),
    "yes": Badge(gettext_lazy("said yes"), "good", "check"),
    "declined": Badge(gettext_lazy("said no"), "", "cross"),
    "on_the_way": Badge(gettext_lazy("on the way"), "good", "going"),
    "there": Badge(gettext_lazy("is there"), "good", "there"),
    "safe": Badge(gettext_lazy("says: safe"), "good", "check"),
    "stood_down": Badge(gettext_lazy("stood down")),
    # Callout
    "running": Badge(gettext_lazy("asking goes on"), "wait", "clock"),
    "exhausted": Badge(gettext_lazy("everybody was asked"), "bad", "warning"),
    "stopped": Badge(gettext_lazy("stopped")),
    # Reliability of an answer
    "probable": Badge(gettext_lazy("probable"), "info"),
    "doubtful": Badge(gettext_lazy("doubtful"), "wait", "question"),
    # Appeal, directive, supporter, device
    "draft": Badge(gettext_lazy("draft")),
    "checked": Badge(gettext_lazy("checked"), "info", "check"),
    "approved": Badge(gettext_lazy("approved"), "good", "check"),
    "published": Badge(gettext_lazy("published"), "good", "world"),
    "updated": Badge(gettext_lazy("published and updated"), "good", "world"),
    "signed": Badge(gettext_lazy("signed"), "info"),
    "in_force": Badge(gettext_lazy("in force"), "good", "check"),
    "superseded": Badge(gettext_lazy("replaced")),
    "revoked": Badge(gettext_lazy("revoked"), "bad", "cross"),
    "lapsed": Badge(gettext_lazy("run out"), "wait", "clock"),
    "issued": Badge(gettext_lazy("issued"), "good"),
    "quarantined": Badge(gettext_lazy("unknown device"), "wait", "question"),
    "retired": Badge(gettext_lazy("retired")),
    "planned": Badge(gettext_lazy("planned")),
    "paused": Badge(gettext_lazy("paused"), "wait"),
    "done": Badge(gettext_lazy("done"), "good", "check"),
    "pending": Badge(gettext_lazy("not confirmed yet"), "wait"),
    # Marks
    "drill": Badge(gettext_lazy("drill"), "drill", "drill"),
    "duress": Badge(gettext_lazy("under duress"), "alarm", "warning"),
    "late": Badge(gettext_lazy("late"), "alarm", "warning"),
    "stranger": Badge(gettext_lazy("unknown number"), "wait", "question"),
    "waiting": Badge(gettext_lazy("waiting"), "wait", "clock"),
    "handled": Badge(gettext_lazy("dealt with"), "", "check"),
}

# What a device can call for (`protocols.base.Alarm`): its words and its icon.
KINDS: dict[str, tuple[Text, str]] = {
    "sos": (gettext_lazy("pressed for help"), "ringing"),
    "fall": (gettext_lazy("a fall"), "fall"),
    "torn_off": (gettext_lazy("device torn off"), "torn"),
    "tamper": (gettext_lazy("device tampered with"), "torn"),
    "silence": (gettext_lazy("silence"), "silence"),
    "duress": (gettext_lazy("called under duress"), "warning"),
    "jamming": (gettext_lazy("radio jammed"), "signal"),
    "power_cut": (gettext_lazy("power cut"), "power"),
    "power_off": (gettext_lazy("switched off"), "power"),
    "low_battery": (gettext_lazy("battery low"), "battery"),
    "accident": (gettext_lazy("an accident"), "warning"),
    "general": (gettext_lazy("the device calls"), "ringing"),
    "other": (gettext_lazy("a call in a word that we do not know"), "ringing"),
    "vibration": (gettext_lazy("shaken"), "signal"),
    "movement": (gettext_lazy("moved"), "going"),
    "geofence": (gettext_lazy("left or entered an area"), "place"),
    "geofence_enter": (gettext_lazy("entered an area"), "place"),
    "geofence_exit": (gettext_lazy("left an area"), "place"),
    "antenna_cut": (gettext_lazy("antenna cut"), "signal"),
    "by_hand": (gettext_lazy("raised by headquarters"), "phone"),
    "word": (gettext_lazy("called by message"), "sms"),
}

CHANNELS: dict[str, tuple[Text, str]] = {
    "sms": (gettext_lazy("SMS"), "sms"),
    "voice": (gettext_lazy("call"), "phone"),
    "email": (gettext_lazy("mail"), "email"),
    "chat": (gettext_lazy("chat"), "chat"),
    "webhook": (gettext_lazy("webhook"), "link"),
    "screen": (gettext_lazy("this console"), "screen"),
    "link": (gettext_lazy("link"), "link"),
    "device": (gettext_lazy("device"), "device"),
}

AUDIENCES: dict[str, Text] = {
    "headquarters": gettext_lazy("the duty officers"),
    "everyone_at_headquarters": gettext_lazy("everyone at headquarters"),
    "circle": gettext_lazy("the circle"),
    "responders": gettext_lazy("the nearest responders"),
}
ROLES: dict[str, Text] = {
    "duty": gettext_lazy("headquarters"),
    "circle": gettext_lazy("circle"),
    "responder": gettext_lazy("responder"),
    "defender": gettext_lazy("defender"),
}
PURPOSES: dict[str, Text] = {
    "ring": "",
    "exact_place": gettext_lazy("exact place"),
    "stand_down": gettext_lazy("it is over"),
    "challenge": gettext_lazy("rehearsed question"),
    "reply": gettext_lazy("thanks"),
}
LANES: dict[str, Text] = {
    "cry": gettext_lazy("calls for help"),
    "response": gettext_lazy("people who respond"),
    "public": gettext_lazy("the world"),
}
OUTCOMES: dict[str, Text] = {
    "safe": gettext_lazy("safe"),
    "released": gettext_lazy("released"),
    "detained": gettext_lazy("detained"),
    "injured": gettext_lazy("injured"),
    "missing": gettext_lazy("missing"),
    "dead": gettext_lazy("dead"),
    "false": gettext_lazy("a false alarm"),
    "test": gettext_lazy("a test"),
    "unknown": gettext_lazy("not known"),
}
ANSWERS: dict[str, Text] = {
    "yes": gettext_lazy("yes"),
    "no": gettext_lazy("no"),
    "on_the_way": gettext_lazy("on the way"),
    "there": gettext_lazy("I am there"),
    "safe": gettext_lazy("safe"),
    "unclear": gettext_lazy("something that is neither yes nor no"),
}
RELIABILITY: dict[str, Text] = {
    "confirmed": gettext_lazy("confirmed"),
    "probable": gettext_lazy("probable"),
    "doubtful": gettext_lazy("doubtful"),
    "false": gettext_lazy("false"),
}
VERDICTS: dict[str, Text] = {
    "well": gettext_lazy("the right answer: all is well"),
    "duress": gettext_lazy("the answer for duress"),
    "wrong": gettext_lazy("a wrong answer"),
}
SOURCES: dict[str, Text] = {
    "signal": gettext_lazy("the device"),
    "sms": gettext_lazy("SMS"),
    "hand": gettext_lazy("headquarters"),
    "watch": gettext_lazy("silence"),
}
# Why a place or a clock is doubtful (`incidents.rules_place.Doubt`).
DOUBTS: dict[str, Text] = {
    "no_fix": gettext_lazy("The device itself says that it has no valid fix."),
    "null_island": gettext_lazy("The device says 0°, 0°, which trackers mostly say when they do not know."),
    "clock_ahead": gettext_lazy("The device's clock is ahead, so the age is counted from when it was received."),
    "clock_long_ago": gettext_lazy("The device's clock is years behind, so the age counts from when it was received."),
    "clock_missing": gettext_lazy("The device did not say when, so the age counts from when it was received."),
}

COMPASS: tuple[Text, ...] = (
    gettext_lazy("north"), gettext_lazy("north-east"), gettext_lazy("east"), gettext_lazy("south-east"),
    gettext_lazy("south"), gettext_lazy("south-west"), gettext_lazy("west"), gettext_lazy("north-west"),
)  # fmt: skip


def plain(word: str) -> str:
    """Give a coded word that has no translation here in readable form."""
    return word.replace("_", " ")


def badge_of(word: str) -> Badge:
    """Say how a coded word looks. One that is not known here is shown as it is."""
    return BADGES.get(word) or Badge(plain(word))


def kind(word: str) -> tuple[Text, str]:
    """Give the words and the icon of a kind of alarm."""
    return KINDS.get(word) or (plain(word), "bell")


def kinds(coded: Iterable[str]) -> list[tuple[Text, str]]:
    """Give words and icons of the kinds of a call, the gravest first."""
    return [kind(word) for word in sorted(coded, key=lambda word: (-GRAVITY.get(word, 0), word))]


def channel(word: str) -> tuple[Text, str]:
    """Give the words and the icon of a channel."""
    return CHANNELS.get(word) or (plain(word), "going")


def of(table: dict[str, Text], word: str) -> Text:
    """Give the words of a coded word from one of the tables above."""
    return table.get(word) or plain(word)


def listed(parts: list[str]) -> str:
    """Join parts with commas, as the language writes them."""
    return _(", ").join(parts)


def compass(bearing_deg: float) -> Text:
    """Give a bearing as one of eight directions."""
    return COMPASS[round(bearing_deg / 45) % 8]


def duration_digits(seconds: float) -> str:
    """Write a duration for a clock: `4:07`, `1:04:07`, `2d 03:04`. The script writes the same."""
    whole = max(0, int(seconds))
    days, rest = divmod(whole, DAY_S)
    hours, rest = divmod(rest, HOUR_S)
    minutes, secs = divmod(rest, MINUTE_S)
    if days:
        return f"{days}d {hours:02}:{minutes:02}"
    return f"{hours}:{minutes:02}:{secs:02}" if hours else f"{minutes}:{secs:02}"


def ago(seconds: float) -> str:
    """Say how long ago something was, in one unit."""
    if seconds < -MINUTE_S:
        return _("in the future")
    return _("%(duration)s ago") % {"duration": duration(seconds)}


def ago_of(at: datetime, now: datetime) -> str:
    """Say how long ago an instant was."""
    return ago((now - at).total_seconds())


def duration(seconds: float) -> str:
    """Say a duration in its largest unit: `3 minutes`."""
    whole = max(0, int(seconds))
    if whole < 2 * MINUTE_S:
        return ngettext("%(n)d second", "%(n)d seconds", whole) % {"n": whole}
    if whole < 2 * HOUR_S:
        return ngettext("%(n)d minute", "%(n)d minutes", whole // MINUTE_S) % {"n": whole // MINUTE_S}
    if whole < 2 * DAY_S:
        return ngettext("%(n)d hour", "%(n)d hours", whole // HOUR_S) % {"n": whole // HOUR_S}
    return ngettext("%(n)d day", "%(n)d days", whole // DAY_S) % {"n": whole // DAY_S}


def distance(metres: float) -> str:
    """Say a distance as exactly as it matters: metres, then tenths of kilometres, then kilometres."""
    if metres < 1000:
        return _("%(n)d m") % {"n": round(metres, -1) if metres >= 100 else round(metres)}
    if metres < 20_000:
        return _("%(n).1f km") % {"n": metres / 1000}
    return _("%(n)d km") % {"n": round(metres / 1000)}


def degrees(lat_deg: float, lon_deg: float) -> str:
    """Write a place as numbers to copy: five decimals are about a metre."""
    return f"{lat_deg:.5f}, {lon_deg:.5f}"


def spoken(lat_deg: float, lon_deg: float) -> str:
    """Write a place as it is read aloud over the telephone or a marine radio: degrees and minutes."""
    north = words_of_angle(lat_deg, COMPASS[0], COMPASS[4])
    return f"{north}{_(', ')}{words_of_angle(lon_deg, COMPASS[2], COMPASS[6])}"


def words_of_angle(degrees_: float, positive: Text, negative: Text) -> str:
    """Write one angle; a thousandth of a minute is about two metres."""
    thousandths = round(abs(degrees_) * 60_000)
    whole, rest = divmod(thousandths, 60_000)
    return f"{whole}° {rest / 1000:.3f}′ {positive if degrees_ >= 0 else negative}"

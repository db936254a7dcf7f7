"""The timeline in sentences. An entry holds coded words and ids; who reads it gets names, in their language."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tocsin.console import words
from tocsin.incidents.models import TimelineEntry

Facts = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Names:
    """Who is behind the ids of an entry. A party's name is `None` where it is sealed for this reader."""

    parties: Mapping[int, str | None]
    staff: Mapping[int, str]

    def party(self, party_id: object) -> SafeString:
        """Name a party, or say that its name is sealed."""
        name = self.parties.get(int(str(party_id))) if party_id is not None else None
        return format_html('<bdi dir="auto">{}</bdi>', name) if name else format_html("<i>{}</i>", _("somebody"))

    def member(self, staff_id: object) -> SafeString:
        """Name an account at headquarters by its handle."""
        handle = self.staff.get(int(str(staff_id)), "?") if staff_id is not None else "?"
        return format_html("<bdi>{}</bdi>", handle)

    def actor(self, actor: str) -> SafeString:
        """Name who did it: "staff:7", "party:12", "device:3", or a part of the program."""
        kind, _colon, number = actor.partition(":")
        if kind == "staff" and number.isdigit():
            return self.member(number)
        if kind == "party" and number.isdigit():
            return self.party(number)
        return format_html("{}", _("The device") if kind == "device" else "Tocsin")


@dataclass(frozen=True, slots=True)
class Sentence:
    """One entry as it is shown."""

    html: SafeString
    icon: str
    is_loud: bool = False
    is_by_people: bool = False  # Somebody said or did it, rather than the program.


def _kinds(facts: Facts) -> str:
    kinds = facts.get("kinds")
    return words.listed([str(words.kind(str(kind))[0]) for kind in kinds]) if isinstance(kinds, list) else ""


def _audiences(facts: Facts) -> str:
    audiences = facts.get("audiences")
    return (
        words.listed([str(words.of(words.AUDIENCES, str(a))) for a in audiences]) if isinstance(audiences, list) else ""
    )


def _channel(facts: Facts) -> str:
    return str(words.channel(str(facts.get("channel") or "screen"))[0])


def _word(table: dict[str, words.Text], facts: Facts, name: str) -> str:
    return str(words.of(table, str(facts.get(name) or "unknown")))


def _number(facts: Facts, name: str) -> int:
    value = facts.get(name)
    return value if isinstance(value, int) else 0


def _alarm(facts: Facts, text: str) -> str:
    marks = []
    if facts.get("late"):
        marks.append(_("the device had kept it while it was offline"))
    if facts.get("clock"):
        marks.append(_("its clock is wrong"))
    if facts.get("rings"):
        marks.append(_("people are asked"))
    return f"{text} ({words.listed(marks)})" if marks else text


Write = Callable[[Facts, Names, SafeString], SafeString | str]

# Each sentence is made of the facts, the names, and who did it.
SENTENCES: dict[str, tuple[Write, str]] = {
    "alarm_raised": (lambda f, n, by: _alarm(f, _("Alarm: %(kinds)s") % {"kinds": _kinds(f)}), "ringing"),
    "alarm_added": (lambda f, n, by: _alarm(f, _("Called again: %(kinds)s") % {"kinds": _kinds(f)}), "ringing"),
    "raised_by_hand": (
        lambda f, n, by: format_html(_("{by} raised the alarm: {kinds}"), by=by, kinds=_kinds(f)), "phone"
    ),
    "device_noted": (lambda f, n, by: _("The device says: %(kinds)s") % {"kinds": _kinds(f)}, "device"),
    "media_kept": (lambda f, n, by: _("The device sent a picture or a voice message"), "device"),
    "given_to_defender": (
        lambda f, n, by: format_html(_("{by} found out whose device it is"), by=by), "person"
    ),
    "callout_started": (
        lambda f, n, by: ngettext(
            "The plan is set going: %(n)d step", "The plan is set going: %(n)d steps", _number(f, "steps")
        ) % {"n": _number(f, "steps")}, "clock",
    ),
    "step_asked": (
        lambda f, n, by: ngettext(
            "Asked %(who)s: %(n)d person", "Asked %(who)s: %(n)d people", _number(f, "people")
        ) % {"who": _audiences(f), "n": _number(f, "people")}, "people",
    ),
    "step_skipped": (
        lambda f, n, by: _("Nobody could be reached among %(who)s; the next step was taken at once")
        % {"who": _audiences(f)}, "warning",
    ),
    "nobody_answers": (lambda f, n, by: _("Everybody was asked and nobody has answered. It starts again"), "warning"),
    "callout_ended": (lambda f, n, by: _("The asking has ended"), "check"),
    "way_refused": (
        lambda f, n, by: format_html(
            _("{who} cannot be reached by {channel}; another way is tried"), who=n.party(f.get("party")),
            channel=_channel(f),
        ), "cross",
    ),
    "resent": (
        lambda f, n, by: format_html(_("{by} sent a message again by {channel}"), by=by, channel=_channel(f)), "going"
    ),
    "appeal_written": (lambda f, n, by: format_html(_("{by} wrote a text for the world"), by=by), "world"),
    "appeal_approved": (lambda f, n, by: format_html(_("{by} approved the exact text"), by=by), "world"),
    "appeal_published": (lambda f, n, by: format_html(_("{by} published it: the world is told"), by=by), "world"),
    "appeal_stopped": (lambda f, n, by: format_html(_("{by} stopped the appeal"), by=by), "stop"),
    "appeal_closed": (lambda f, n, by: format_html(_("{by} closed the appeal"), by=by), "check"),
    "acknowledged": (
        lambda f, n, by: format_html(_("{by} took the alarm ({channel})"), by=by, channel=_channel(f)), "check"
    ),
    "answered": (
        lambda f, n, by: format_html(
            _("{who} answered by {channel}: {answer}"), who=n.party(f.get("party")), channel=_channel(f),
            answer=_word(words.ANSWERS, f, "answer"),
        ), "sms",
    ),
    "message": (
        lambda f, n, by: format_html(_("{who} wrote by {channel}"), who=n.party(f.get("party")), channel=_channel(f)),
        "sms",
    ),
    "stood_down": (
        lambda f, n, by: ngettext(
            "%(n)d person was thanked and told that it is over", "%(n)d people were thanked and told that it is over",
            _number(f, "people"),
        ) % {"n": _number(f, "people")}, "check",
    ),
    "question_asked": (
        lambda f, n, by: format_html(_("{by} asked {who}"), by=by, who=n.party(f["party"]))
        if f.get("party") else format_html(_("{by} asked a source"), by=by), "question",
    ),
    "question_answered": (
        lambda f, n, by: format_html(
            _("{by} noted the answer, believed as: {reliability}"), by=by,
            reliability=_word(words.RELIABILITY, f, "reliability"),
        ), "question",
    ),
    "concluded": (
        lambda f, n, by: format_html(
            _("{by} found: {finding}"), by=by, finding=words.badge_of(str(f.get("finding"))).label
        ), "eye",
    ),
    "note": (lambda f, n, by: format_html(_("{by} noted"), by=by), "note"),
    "task_added": (lambda f, n, by: format_html(_("{by} added a task"), by=by), "task"),
    "task_done": (lambda f, n, by: format_html(_("{by} did a task"), by=by), "task"),
    "stabilised": (lambda f, n, by: format_html(_("{by}: the danger is over for now"), by=by), "check"),
    "claimed_safe": (
        lambda f, n, by: _("Somebody cancelled by %(channel)s. This is a claim; nothing was closed")
        % {"channel": _channel(f)}, "question",
    ),
    "duress": (lambda f, n, by: _("A sign of duress by %(channel)s") % {"channel": _channel(f)}, "warning"),
    "challenge_sent": (
        lambda f, n, by: format_html(
            _("{by} put the rehearsed question by {channel}"), by=by, channel=_channel(f)
        ), "question",
    ),
    "challenge_answered": (
        lambda f, n, by: _("The rehearsed question was answered: %(verdict)s")
        % {"verdict": _word(words.VERDICTS, f, "verdict")}, "eye",
    ),
    "closing_asked": (
        lambda f, n, by: format_html(
            _("{by} wants to close: {outcome}"), by=by, outcome=_word(words.OUTCOMES, f, "outcome")
        ), "stop",
    ),
    "closing_withdrawn": (lambda f, n, by: _("The wish to close was taken back"), "cross"),
    "closed": (
        lambda f, n, by: format_html(
            _("Closed, confirmed by {by}: {outcome}"), by=by, outcome=_word(words.OUTCOMES, f, "outcome")
        ), "check",
    ),
    "reopened": (lambda f, n, by: format_html(_("{by} opened it again"), by=by), "ringing"),
    "reviewed": (lambda f, n, by: format_html(_("{by}: talked over and learnt from"), by=by), "check"),
    "refused": (
        lambda f, n, by: format_html(_("{by} tried what is not possible now"), by=by), "cross"
    ),
}  # fmt: skip
LOUD = {"alarm_raised", "alarm_added", "raised_by_hand", "duress", "nobody_answers", "step_skipped"}
BY_DEVICE = {"alarm_raised", "alarm_added", "device_noted", "media_kept", "claimed_safe"}
BY_PROGRAM = {
    "callout_started",
    "step_asked",
    "step_skipped",
    "nobody_answers",
    "callout_ended",
    "way_refused",
    "stood_down",
}


def sentence(entry: TimelineEntry, names: Names) -> Sentence:
    """Say what an entry tells. A word that is not known here is shown as it is, never left out."""
    write, icon = SENTENCES.get(entry.event, (lambda f, n, by: words.plain(entry.event), "note"))
    html = write(entry.facts, names, names.actor(entry.actor))
    is_by_people = entry.event not in BY_DEVICE | BY_PROGRAM
    return Sentence(format_html("{}", html), icon, entry.event in LOUD or _is_grave(entry), is_by_people)


def _is_grave(entry: TimelineEntry) -> bool:
    return entry.event == "challenge_answered" and entry.facts.get("verdict") != "well"

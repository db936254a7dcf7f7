"""The one thing to do next on an incident's page. Values in, values out."""

from dataclasses import dataclass

from django.utils.translation import gettext as _


@dataclass(frozen=True, slots=True)
class Situation:
    """What the choice depends on."""

    alarm_state: str
    state: str
    is_quarantined: bool = False
    is_under_duress: bool = False
    was_anybody_asked: bool = False  # A question on the ground was written down.
    waits_for_answer: bool = False  # One of them has no answer yet.
    coming: int = 0  # People on the way or there.
    is_closing_asked: bool = False
    is_closing_mine: bool = False  # The pending wish to close is the reader's own.


@dataclass(frozen=True, slots=True)
class NextStep:
    """What to do. `action`: its button stands right here; otherwise `section` is where."""

    title: str
    why: str
    action: str = ""
    section: str = ""
    is_urgent: bool = False


def next_step(now: Situation) -> NextStep:
    """Choose the next step: the first that applies, from the most urgent."""
    if now.state in {"closed", "reviewed"}:
        return _after_the_end(now)
    if now.alarm_state == "raised":
        return NextStep(
            _("Take this alarm"),
            _("Until somebody at headquarters takes it, everybody is rung again and again."),
            action="acknowledge", is_urgent=True,
        )  # fmt: skip
    if now.is_quarantined:
        return NextStep(
            _("Find out whose device this is"),
            _("The device is not issued to anybody here, so no plan is running."), section="whose", is_urgent=True,
        )  # fmt: skip
    if now.is_closing_asked:
        return _while_closing(now)
    return _on_the_ground(now)


def _on_the_ground(now: Situation) -> NextStep:
    if now.alarm_state in {"false", "test"} or now.state == "stabilised":
        return NextStep(_("Close it with a second person"), _("One person alone cannot close."), section="closing")
    if not now.was_anybody_asked:
        return NextStep(
            _("Ask somebody on the ground what has happened"),
            _("Call the circle first. Write down whom you ask and what, before you hear the answer."),
            section="verification", is_urgent=True,
        )  # fmt: skip
    if now.waits_for_answer:
        return NextStep(
            _("Write down what they answer, and how far you believe it"),
            _("Two sources that do not know of each other are worth more than one that is sure."),
            section="verification",
        )  # fmt: skip
    if now.alarm_state in {"acknowledged", "verifying"}:
        return NextStep(
            _("Say what the alarm was"), _("Confirmed, false, or a test. It can be corrected."), section="finding"
        )
    if not now.coming:
        return NextStep(
            _("Nobody is on the way yet: call the people below"),
            _("A message that reached a phone is not a person who goes."), section="people", is_urgent=True,
        )  # fmt: skip
    return NextStep(
        _("Stay with it until the danger is over"),
        _("Then say so; afterwards two people can close."), section="stabilise",
    )  # fmt: skip


def _while_closing(now: Situation) -> NextStep:
    if now.is_closing_mine:
        return NextStep(
            _("Ask a colleague to confirm the closing"),
            _("Nobody can close alone: somebody could stand behind you."), section="closing",
        )  # fmt: skip
    return NextStep(
        _("A colleague wants to close: look, and confirm or take it back"),
        _("Speak with them. Do they sound free to talk?"), section="closing", is_urgent=True,
    )  # fmt: skip


def _after_the_end(now: Situation) -> NextStep:
    if now.state == "closed":
        return NextStep(
            _("Talk it over with everybody who took part"),
            _("What helped, what was late, what to change in the plan."), section="closing",
        )  # fmt: skip
    return NextStep(_("Nothing is left to do"), _("Closed and talked over."))

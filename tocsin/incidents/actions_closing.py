"""Closing an incident so that nobody could have been forced to close it alone."""

from datetime import datetime

from tocsin.incidents.rules import Answer


def ask_to_close(incident_id: int, *, outcome: str, reason: str, staff_id: int, now: datetime) -> Answer:
    """Wish to close: a second person must confirm. `outcome` is a word of `rules.Outcome`; `Accepted.id` the closing.

    When the defender has just given the rehearsed answer, the incident is closed at once (`Accepted.state` "closed").
    """
    raise NotImplementedError


def confirm_closing(incident_id: int, *, staff_id: int, now: datetime) -> Answer:
    """Confirm the pending wish: another person, or the same one after the rehearsed answer."""
    raise NotImplementedError


def withdraw_closing(incident_id: int, *, staff_id: int, now: datetime) -> Answer:
    """Take the pending wish back. Anybody at headquarters may."""
    raise NotImplementedError


def send_challenge(incident_id: int, *, channel: str, staff_id: int, now: datetime) -> Answer:
    """Put the rehearsed question of the plan to the defender by one of their channels ("sms", "email", …).

    Refused without a plan's question or such a way. `Accepted.id` is the challenge.
    """
    raise NotImplementedError


def record_challenge_answer(challenge_id: int, *, words: str, staff_id: int, now: datetime) -> Answer:
    """Write down what the defender answered on the telephone. The words are compared, never kept or shown."""
    raise NotImplementedError


def reopen(incident_id: int, *, reason: str, staff_id: int, now: datetime) -> Answer:
    """Open a closed incident again. Refused while the defender has another open one."""
    raise NotImplementedError


def mark_reviewed(incident_id: int, *, staff_id: int, now: datetime) -> Answer:
    """Say that the closed incident was talked over and learnt from."""
    raise NotImplementedError

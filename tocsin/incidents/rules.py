"""What may happen to an alarm and to an incident."""

from enum import StrEnum


class AlarmState(StrEnum):
    """A call for help, in minutes."""

    RAISED = "raised"
    ACKNOWLEDGED = "acknowledged"
    VERIFYING = "verifying"
    CONFIRMED = "confirmed"
    FALSE = "false"
    TEST = "test"


class IncidentState(StrEnum):
    """The room in which people respond, in hours to days."""

    OPEN = "open"
    RESPONDING = "responding"
    STABILISED = "stabilised"
    CLOSED = "closed"
    REVIEWED = "reviewed"


class PlaceSource(StrEnum):
    """Where the incident's place comes from."""

    FIX = "fix"  # Of the alarm itself.
    LAST_KNOWN = "last_known"  # Of an earlier report; its age is shown.
    NONE = "none"


class Reliability(StrEnum):
    """How far an answer in a verification is believed."""

    CONFIRMED = "confirmed"
    PROBABLE = "probable"
    DOUBTFUL = "doubtful"
    FALSE = "false"


ENDED = (IncidentState.CLOSED, IncidentState.REVIEWED)

"""What may be told to the world, and who must have said so."""

from enum import StrEnum


class AppealState(StrEnum):
    """Where an appeal stands (architecture, section 5)."""

    DRAFT = "draft"
    CHECKED = "checked"
    APPROVED = "approved"
    PUBLISHED = "published"
    UPDATED = "updated"
    STOPPED = "stopped"
    CLOSED = "closed"


class TextKind(StrEnum):
    """What one version of the public text is."""

    APPEAL = "appeal"
    UPDATE = "update"
    GOOD_END = "good_end"


class WaveState(StrEnum):
    """Where one timed part of the audience stands."""

    PLANNED = "planned"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    DONE = "done"


class SupporterState(StrEnum):
    """Double opt-in: nobody is written to who did not confirm."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"


APPROVALS_NEEDED = 2

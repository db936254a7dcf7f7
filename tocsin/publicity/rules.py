"""What may be told to the world, and who must have said so. Decisions only."""

from dataclasses import dataclass
from enum import StrEnum

from tocsin.core.answers import Refused


class AppealState(StrEnum):
    """Where an appeal stands (architecture, section 5)."""

    DRAFT = "draft"
    CHECKED = "checked"
    APPROVED = "approved"
    PUBLISHED = "published"
    UPDATED = "updated"
    STOPPED = "stopped"
    CLOSED = "closed"


class AppealEvent(StrEnum):
    """What can happen to an appeal."""

    WRITE = "write"  # A new text, which has no approvals.
    PASS = "pass"  # noqa: S105  The directive allows the text.
    APPROVE = "approve"  # The last approval that was needed.
    PUBLISH = "publish"
    UPDATE = "update"  # A later text, an update or the good end, was published.
    STOP = "stop"
    CLOSE = "close"


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
LIVE = frozenset({AppealState.PUBLISHED, AppealState.UPDATED})
# What has been told to somebody, so that later texts are updates of it.
TOLD = LIVE | {AppealState.CLOSED}
WAVE_ENDED = frozenset({WaveState.STOPPED, WaveState.DONE})

# A pair that is not listed is refused. Updates are written, checked and approved while the appeal stays published.
NEXT: dict[tuple[AppealState, AppealEvent], AppealState] = {
    (AppealState.DRAFT, AppealEvent.WRITE): AppealState.DRAFT,
    (AppealState.CHECKED, AppealEvent.WRITE): AppealState.DRAFT,
    (AppealState.APPROVED, AppealEvent.WRITE): AppealState.DRAFT,
    (AppealState.STOPPED, AppealEvent.WRITE): AppealState.DRAFT,  # A stopped text is corrected and starts anew.
    (AppealState.DRAFT, AppealEvent.PASS): AppealState.CHECKED,
    (AppealState.CHECKED, AppealEvent.APPROVE): AppealState.APPROVED,
    (AppealState.APPROVED, AppealEvent.PUBLISH): AppealState.PUBLISHED,
    (AppealState.DRAFT, AppealEvent.STOP): AppealState.STOPPED,
    (AppealState.CHECKED, AppealEvent.STOP): AppealState.STOPPED,
    (AppealState.APPROVED, AppealEvent.STOP): AppealState.STOPPED,
    (AppealState.STOPPED, AppealEvent.CLOSE): AppealState.CLOSED,
    **{
        (state, event): following
        for state in LIVE
        for event, following in {
            AppealEvent.WRITE: state,
            AppealEvent.PASS: state,
            AppealEvent.APPROVE: state,
            AppealEvent.UPDATE: AppealState.UPDATED,
            AppealEvent.STOP: AppealState.STOPPED,
            AppealEvent.CLOSE: AppealState.CLOSED,
        }.items()
    },
    (AppealState.CLOSED, AppealEvent.STOP): AppealState.STOPPED,  # Its last messages may still be under way.
}


def decide(state: AppealState, event: AppealEvent) -> AppealState | Refused:
    """Say what an event makes of an appeal."""
    following = NEXT.get((state, event))
    if following is None:
        return Refused(f"An appeal that is {state} cannot do this: {event}. Reload the page to see where it stands.")
    return following


@dataclass(frozen=True, slots=True)
class Accepted:
    """It was done. `id` is that of the appeal, the version or the wave; `note` is a sentence for the person."""

    id: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Vote:
    """One approval that is already there."""

    staff_id: int
    digest: bytes


def decide_approval(
    votes: tuple[Vote, ...], *, staff_id: int, seen_digest: bytes, digest: bytes, is_latest: bool
) -> int | Refused:
    """Say how many approvals this one makes. Two different people; the author may be one of them (decision 0009).

    `seen_digest` came with the form: it is the text that the person read. `digest` is the text as it is stored.
    """
    if not is_latest:
        return Refused("There is a newer text. Read that one, and approve it if you agree.")
    if seen_digest != digest:
        return Refused("The text is not the one that you read. Read it again, and approve it if you agree.")
    counted = {vote.staff_id for vote in votes if vote.digest == digest}
    if staff_id in counted:
        return Refused("You have approved this text already. A second person must approve it too.")
    return len(counted) + 1


def is_approved(votes: tuple[Vote, ...], digest: bytes) -> bool:
    """Say whether enough different people approved exactly this text."""
    return len({vote.staff_id for vote in votes if vote.digest == digest}) >= APPROVALS_NEEDED


def decide_publishing(
    votes: tuple[Vote, ...], digest: bytes, *, is_latest: bool, is_confirmed: bool, is_published: bool
) -> Refused | None:
    """Say why a text cannot be published, apart from the directive; `None`: nothing stands against it."""
    if is_published:
        return Refused("This text is published already.")
    if not is_latest:
        return Refused("There is a newer text. Only the newest one can be published.")
    if not is_confirmed:
        return Refused("The alarm is not verified yet. Conclude the verification on the incident's page first.")
    if not is_approved(votes, digest):
        return Refused(
            f"This text needs the approval of {APPROVALS_NEEDED} different people. Ask a colleague to read it."
        )
    return None


@dataclass(frozen=True, slots=True)
class Estimate:
    """How far a wave is. `left_s` is `None` while nothing moves: then nobody can say when it ends."""

    total: int
    ended: int
    per_s: float
    left_s: float | None


def estimate(total: int, ended: int, *, lately: int, window_s: float) -> Estimate:
    """Say when a wave ends at the speed of the last `window_s` seconds."""
    per_s = lately / window_s
    left = max(0, total - ended)
    return Estimate(total, ended, per_s, 0.0 if not left else left / per_s if per_s else None)


def pick_language(wanted: str, available: tuple[str, ...], fallback: str = "en") -> str:
    """Choose the language of a reader: their own, its base ("pt" for "pt-br"), the fallback, or the first there is."""
    for language in (wanted.lower(), wanted.lower().partition("-")[0], fallback):
        if language in available:
            return language
    return available[0]

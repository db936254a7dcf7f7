"""What anybody may read: published texts, as long as they are not stopped and a directive in force allows them.

The directive is read again for each page and feed. When it is revoked or lapses, the page goes without anybody's doing.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Prefetch

from tocsin.incidents.models import Incident
from tocsin.people.models import Defender, Directive
from tocsin.people.queries_people import terms_of
from tocsin.people.rules import DirectiveState, DirectiveTerms, PublicAudience, is_in_force
from tocsin.publicity.models import Appeal, AppealVersion
from tocsin.publicity.queries import draft_of
from tocsin.publicity.rules import LIVE, AppealState, TextKind
from tocsin.publicity.rules_check import Draft

LIST_MAX = 100
FEW = 5  # Smaller numbers are not told exactly: they could point at a person.
FEED_DAYS = 90


@dataclass(frozen=True, slots=True)
class PublicText:
    """One published text. `draft` is `None` once nobody may be shown it any more."""

    number: int
    kind: TextKind
    published_at: datetime
    stopped_at: datetime | None
    draft: Draft | None


@dataclass(frozen=True, slots=True)
class PublicAppeal:
    """One appeal as the world sees it: its texts, the oldest first."""

    uid: UUID
    is_drill: bool
    is_live: bool
    texts: tuple[PublicText, ...]

    @property
    def shown(self) -> tuple[PublicText, ...]:
        """The texts that may be read now."""
        return tuple(text for text in self.texts if text.draft is not None)

    @property
    def is_withdrawn(self) -> bool:
        """Something was told, and nobody may be told it any more."""
        return not self.shown

    @property
    def changed_at(self) -> datetime:
        """When something last happened that readers should know."""
        return max(moment for text in self.texts for moment in (text.published_at, text.stopped_at) if moment)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages of the newest text that may be read, in alphabetical order."""
        newest = self.shown[-1].draft if self.shown else None
        return tuple(sorted(newest.texts)) if newest is not None else ()


@dataclass(frozen=True, slots=True)
class WeekCounts:
    """Numbers of the last whole week. `None`: fewer than `FEW`."""

    monday: date
    protected: int | None
    calls: int | None


def public_appeals(*, now: datetime, with_drills: bool = False) -> list[PublicAppeal]:
    """Give the appeals of the last months that were ever told on the page, the newest first, in three queries."""
    rows = _told().filter(published_at__gt=now - timedelta(days=FEED_DAYS))
    if not with_drills:
        rows = rows.filter(incident__is_drill=False)
    appeals = list(rows.order_by("-published_at")[:LIST_MAX])
    return [appeal for appeal in _as_public(appeals, now=now) if appeal.texts]


def live_appeals(*, now: datetime) -> list[PublicAppeal]:
    """Give the appeals that need readers now."""
    return [appeal for appeal in public_appeals(now=now) if appeal.is_live and appeal.shown]


def public_appeal(uid: UUID, *, now: datetime) -> PublicAppeal | None:
    """Give one appeal. `None`: there is none, or nothing of it was ever on the page."""
    found = _as_public(list(_told().filter(uid=uid)), now=now)
    return found[0] if found and found[0].texts else None


def _told():
    published = AppealVersion.objects.filter(published_at__isnull=False, audiences__contains=[PublicAudience.PAGE])
    return Appeal.objects.select_related("incident").prefetch_related(Prefetch("versions", published, "told"))


def _as_public(appeals: Sequence[Appeal], *, now: datetime) -> list[PublicAppeal]:
    terms = directives_in_force({appeal.incident.defender_id for appeal in appeals}, now.date())
    return [_public(appeal, terms.get(appeal.incident.defender_id)) for appeal in appeals]


def _public(appeal: Appeal, terms: DirectiveTerms | None) -> PublicAppeal:
    return PublicAppeal(
        uid=appeal.uid,
        is_drill=appeal.incident.is_drill,
        is_live=AppealState(appeal.state) in LIVE,
        texts=tuple(
            PublicText(
                number=version.number,
                kind=TextKind(version.kind),
                published_at=version.published_at,
                stopped_at=version.stopped_at,
                draft=_readable(version, terms),
            )
            for version in appeal.told
        ),
    )


def _readable(version: AppealVersion, terms: DirectiveTerms | None) -> Draft | None:
    """Give a text in those languages that the directive allows today."""
    if version.stopped_at is not None or terms is None or PublicAudience.PAGE not in terms.audiences:
        return None
    draft = draft_of(version)
    texts = {language: text for language, text in draft.texts.items() if language in terms.languages}
    if not texts:
        return None
    return replace(draft, texts=texts)


def directives_in_force(defender_ids: Collection[int | None], day: date) -> Mapping[int, DirectiveTerms]:
    """Give what the directives of several defenders say that are in force on a day and allow publishing at all."""
    rows = Directive.objects.filter(defender_id__in=defender_ids, state=DirectiveState.IN_FORCE, may_publish=True)
    return {row.defender_id: terms for row in rows if is_in_force(terms := terms_of(row), day)}


def week_counts(*, now: datetime) -> WeekCounts:
    """Count the last whole week (UTC). This week's numbers would tell that somebody called just now."""
    this_monday = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=now.weekday())
    monday = this_monday - timedelta(days=7)
    protected = Defender.objects.filter(is_active=True, devices__created_at__lt=this_monday)
    calls = Incident.objects.filter(opened_at__gte=monday, opened_at__lt=this_monday, is_drill=False)
    return WeekCounts(monday.date(), _rounded(protected.distinct().count()), _rounded(calls.count()))


def _rounded(count: int) -> int | None:
    return count if count == 0 or count >= FEW else None

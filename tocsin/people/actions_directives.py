"""Directives: what a defender signed beforehand. A changed mind is a new version; nothing signed is ever edited."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Max, Q

from tocsin.core.access import Reader
from tocsin.core.answers import Refused
from tocsin.people.actions import record_change, seal_row
from tocsin.people.models import Defender, Directive
from tocsin.people.rules import DirectiveEvent, DirectiveState, Precision, PublicAudience, decide_directive


@dataclass(frozen=True, slots=True)
class DirectiveWish:
    """What the defender wants, before it is signed."""

    may_publish: bool = False
    may_name: bool = False
    precision: Precision = Precision.NONE
    audiences: tuple[PublicAudience, ...] = ()
    languages: tuple[str, ...] = ()
    wait_minutes: int = 0
    never_mention: str = ""  # A line each.
    valid_from: date | None = None  # None: from the day of signing.
    valid_until: date | None = None  # The last day; None: until revoked.


@transaction.atomic
def draft_directive(defender_id: int, wish: DirectiveWish, *, by: Reader, now: datetime) -> Directive | Refused:
    """Write the next version as a draft. An unsigned draft is replaced."""
    refused = why_not(wish)
    if refused is not None:
        return refused
    defender = Defender.objects.select_for_update(of=["self"]).select_related("party").get(pk=defender_id)
    row = defender.directives.filter(state=DirectiveState.DRAFT).first()
    if row is None:
        last = defender.directives.aggregate(last=Max("version"))["last"] or 0
        row = Directive(defender=defender, version=last + 1, created_at=now)
    row.may_publish, row.may_name, row.precision = wish.may_publish, wish.may_name, wish.precision
    row.audiences = [audience.value for audience in wish.audiences]
    row.languages, row.wait_minutes = list(wish.languages), wish.wait_minutes
    row.valid_from, row.valid_until = wish.valid_from, wish.valid_until
    seal_row(row, now=now, never_mention=wish.never_mention.strip())
    row.save()
    record_change([row], "never_mention", by=by, purpose="directive drafted", now=now)
    return row


def why_not(wish: DirectiveWish) -> Refused | None:
    """Say what is wrong with a wish."""
    if wish.valid_from and wish.valid_until and wish.valid_until < wish.valid_from:
        return Refused("The last day lies before the first. Change one of them.")
    if wish.may_publish and not wish.audiences:
        return Refused("Something may be published, but to nobody. Tick at least one audience.")
    if wish.may_publish and not wish.languages:
        return Refused("Something may be published, but in no language. Tick at least one.")
    return None


@transaction.atomic
def sign_directive(directive_id: int, *, signed_on: date, by: Reader, now: datetime) -> Directive | Refused:
    """Record that the defender signed this draft. It enters at once if its first day has come."""
    row = _locked(directive_id)
    following = decide_directive(DirectiveState(row.state), DirectiveEvent.SIGN)
    if isinstance(following, Refused):
        return following
    if signed_on > now.date():
        return Refused("A directive cannot be signed on a day that has not come yet.")
    row.valid_from = row.valid_from or signed_on
    if row.valid_until is not None and row.valid_until < row.valid_from:
        return Refused("The last day lies before the first. Write the draft again.")
    row.state, row.signed_on = following, signed_on
    row.save(update_fields=["state", "signed_on", "valid_from"])
    record_change([row], "never_mention", by=by, purpose="directive signed", now=now)
    return _entered(row, now.date())


@transaction.atomic
def revoke_directive(directive_id: int, *, by: Reader, now: datetime) -> Directive | Refused:
    """Record that the defender takes it back. From now on it permits nothing."""
    row = _locked(directive_id)
    following = decide_directive(DirectiveState(row.state), DirectiveEvent.REVOKE)
    if isinstance(following, Refused):
        return following
    row.state = following
    row.save(update_fields=["state"])
    record_change([row], "never_mention", by=by, purpose="directive revoked", now=now)
    return row


@transaction.atomic
def turn_directives(now: datetime) -> int:
    """Let signed directives enter on their first day, and lapse after their last. Returns how many. Safe to repeat."""
    day = now.date()
    ended = Q(state__in=[DirectiveState.SIGNED, DirectiveState.IN_FORCE], valid_until__lt=day)
    begun = Q(state=DirectiveState.SIGNED, valid_from__lte=day)
    rows = (
        Directive.objects.select_for_update(skip_locked=True).filter(ended | begun).order_by("defender_id", "version")
    )
    for row in rows:
        _entered(row, day)
    return len(rows)


def _entered(row: Directive, day: date) -> Directive:
    """Move a directive to where it stands on a day. A newer version supersedes the one in force."""
    if row.valid_until is not None and row.valid_until < day:
        _move(row, DirectiveEvent.LAPSE)
    elif row.state == DirectiveState.SIGNED and row.valid_from is not None and row.valid_from <= day:
        older = Directive.objects.select_for_update().filter(
            defender_id=row.defender_id,
            version__lt=row.version,
            state__in=[DirectiveState.SIGNED, DirectiveState.IN_FORCE],
        )
        for one in older:
            _move(one, DirectiveEvent.SUPERSEDE)
        _move(row, DirectiveEvent.ENTER)
    return row


def _move(row: Directive, event: DirectiveEvent) -> None:
    following = decide_directive(DirectiveState(row.state), event)
    assert isinstance(following, DirectiveState), "the sweep asks only for what the table allows"
    row.state = following
    row.save(update_fields=["state"])


def _locked(directive_id: int) -> Directive:
    """Lock the defender first, then the directive: two clicks at once are taken one after the other."""
    owner_id = Directive.objects.values_list("defender_id", flat=True).get(pk=directive_id)
    Defender.objects.select_for_update().get(pk=owner_id)
    return Directive.objects.select_for_update(of=["self"]).select_related("defender__party").get(pk=directive_id)

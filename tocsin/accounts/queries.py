"""Who is at headquarters, who is on duty, and what each of them may see now."""

from datetime import datetime

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.crypto import constant_time_compare
from django.utils.module_loading import import_string

from tocsin.accounts.models import Shift, Staff
from tocsin.accounts.scopes import VISITOR, Role, known_roles, rights_of, rights_of_one_self
from tocsin.core.access import Reader

SECOND_FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def on_shift_at(now: datetime) -> Q:
    """Give the condition that a shift covers an instant."""
    return Q(starts_at__lte=now) & (Q(ends_at__isnull=True) | Q(ends_at__gt=now))


def everyone_with(role: Role) -> QuerySet[Staff]:
    """Give the active accounts with a role, with the party whose ways ring them."""
    return Staff.objects.filter(is_active=True, roles__contains=[role.value]).select_related("party").order_by("id")


def duty_officers(now: datetime) -> list[Staff]:
    """Give who must be woken: those on shift. Nobody on shift: everybody active with the role, since a rota with a
    gap must not be a silence. Nobody with the role: the coordinators."""
    shifts = Shift.objects.filter(on_shift_at(now), staff=OuterRef("pk"))
    officers = list(everyone_with(Role.DUTY_OFFICER).annotate(is_on_shift=Exists(shifts)))
    on_shift = [officer for officer in officers if officer.is_on_shift]
    return on_shift or officers or list(everyone_with(Role.COORDINATOR))


def everyone_at_headquarters() -> list[Staff]:
    """Give all active accounts that answer alarms at all: duty officers and coordinators."""
    roles = [Role.DUTY_OFFICER.value, Role.COORDINATOR.value]
    active = Staff.objects.filter(is_active=True, roles__overlap=roles)
    return list(active.select_related("party").order_by("id"))


def is_on_shift(staff: Staff, now: datetime) -> bool:
    """Say whether somebody counts as on shift: by the rota, or because nobody else is on it."""
    officers = everyone_with(Role.DUTY_OFFICER)
    covering = set(Shift.objects.filter(on_shift_at(now), staff__in=officers).values_list("staff_id", flat=True))
    return staff.pk in covering or not covering


def is_covered(now: datetime) -> bool:
    """Say whether a duty officer is on shift, so that the rota has no gap now."""
    return Shift.objects.filter(on_shift_at(now), staff__in=everyone_with(Role.DUTY_OFFICER)).exists()


def reader_for(staff: Staff, now: datetime) -> Reader:
    """Give what this person may see and do at this moment. An account that is switched off may do nothing."""
    if not staff.is_active:
        return VISITOR
    rights = rights_of(known_roles(staff.roles), is_on_shift=is_on_shift(staff, now))
    return Reader(f"staff:{staff.pk}", rights, staff.pk)


def own_reader(staff: Staff) -> Reader:
    """Give what everybody may see and change about themselves. To be used with rows of their own party only."""
    return Reader(f"staff:{staff.pk}", rights_of_one_self(), staff.pk)


def has_second_factor(staff: Staff) -> bool:
    """Say whether the account has a second factor. Without one it may only set one up."""
    return Authenticator.objects.filter(user_id=staff.pk, type__in=SECOND_FACTORS).exists()


def signed_in_staff(session_key: str | None) -> Staff | None:
    """Give who a session cookie belongs to, for what runs beside Django's pages; `None`: nobody, or no second factor.

    Safe to call with whatever a browser sends.
    """
    if not session_key:
        return None
    session: SessionBase = import_string(f"{settings.SESSION_ENGINE}.SessionStore")(session_key)
    staff_id = session.get(SESSION_KEY)
    if staff_id is None:
        return None
    staff = Staff.objects.filter(pk=staff_id, is_active=True).first()
    if staff is None or not _is_still_valid(session, staff) or not has_second_factor(staff):
        return None
    return staff


def _is_still_valid(session: SessionBase, staff: Staff) -> bool:
    """A changed password ends every session that was opened with the old one."""
    return constant_time_compare(session.get(HASH_SESSION_KEY, ""), staff.get_session_auth_hash())


def shifts_from(now: datetime) -> list[Shift]:
    """Give the shifts that run now or later, for the rota's page."""
    ahead = Shift.objects.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=now))
    return list(ahead.select_related("staff__party").order_by("starts_at", "id"))


def staff_list() -> list[Staff]:
    """Give every account, the active ones first; `has_factor`: its second factor is set up."""
    factor = Authenticator.objects.filter(user_id=OuterRef("pk"), type__in=SECOND_FACTORS)
    rows = Staff.objects.select_related("party").annotate(has_factor=Exists(factor))
    return list(rows.order_by("-is_active", "username"))


def recovery_codes_left(staff: Staff) -> int:
    """Count the recovery codes that are still good."""
    row = Authenticator.objects.filter(user_id=staff.pk, type=Authenticator.Type.RECOVERY_CODES).first()
    return len(row.wrap().get_unused_codes()) if row is not None else 0

"""Accounts of staff, their sign-in and their shifts."""

from collections.abc import Sequence
from datetime import datetime

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.contrib.auth.tokens import default_token_generator
from django.contrib.sessions.models import Session
from django.db import transaction
from django.urls import reverse

from tocsin.accounts.models import Shift, Staff
from tocsin.accounts.scopes import Role
from tocsin.core.access import Reader
from tocsin.core.answers import Refused
from tocsin.people.actions import record_change
from tocsin.people.actions_parties import PartyTerms, create_party

TOTP_PERIOD_S = 30


@transaction.atomic
def create_staff(
    username: str,
    *,
    roles: Sequence[Role],
    by: Reader,
    now: datetime,
    name: str = "",
    language: str = "en",
    time_zone: str = "UTC",
    password: str | None = None,
) -> Staff | Refused:
    """Make an account and the person behind it. Without a password they choose one through `invitation_path`."""
    username = username.strip().lower()
    if not username or any(sign.isspace() for sign in username):
        return Refused("Write a sign-in name without spaces, such as duty-1. It is shown on timelines: no real name.")
    if Staff.objects.filter(username=username).exists():
        return Refused("This sign-in name is taken. Choose another one.")
    party = create_party(PartyTerms(name=name or username, language=language, time_zone=time_zone), by=by, now=now)
    return Staff.objects.create_user(
        username, password, party=party, roles=sorted({role.value for role in roles}), date_joined=now
    )


@transaction.atomic
def change_staff(
    staff_id: int, *, roles: Sequence[Role], is_active: bool, by: Reader, now: datetime
) -> Staff | Refused:
    """Give other roles, or switch an account off or on. The last administrator stays one. It is logged."""
    staff = Staff.objects.select_for_update().get(pk=staff_id)
    keeps = is_active and Role.ADMINISTRATOR in roles
    others = Staff.objects.filter(is_active=True, roles__contains=[Role.ADMINISTRATOR.value]).exclude(pk=staff_id)
    if Role.ADMINISTRATOR in staff.roles and not keeps and not others.exists():
        return Refused("This is the last administrator. Make another one first.")
    staff.roles, staff.is_active = sorted({role.value for role in roles}), is_active
    staff.save(update_fields=["roles", "is_active"])
    if not is_active:
        Shift.objects.filter(staff=staff, ends_at=None).delete()
    note(staff, "roles changed", by=by, now=now)
    return staff


def invitation_path(staff: Staff) -> str:
    """Give the path of a link to choose a password. It works once, and no longer than PASSWORD_RESET_TIMEOUT."""
    return reverse("account_welcome", args=[staff.pk, default_token_generator.make_token(staff)])


@transaction.atomic
def reset_sign_in(staff_id: int, *, by: Reader, now: datetime) -> str:
    """Take away password and second factor, end every session, and give the path of a link to set up anew.

    Whoever holds that link becomes this account, so it is logged who made it.
    """
    staff = Staff.objects.select_for_update().get(pk=staff_id)
    Authenticator.objects.filter(user_id=staff.pk).delete()
    staff.set_unusable_password()
    staff.save(update_fields=["password"])
    note(staff, "sign-in taken away", by=by, now=now)
    return invitation_path(staff)


def note(staff: Staff, purpose: str, *, by: Reader, now: datetime) -> None:
    """Log what was done to an account beside the looks at its owner, who can see it."""
    if staff.party is not None:
        record_change([staff.party], "name", by=by, purpose=purpose, now=now)


@transaction.atomic
def choose_password(staff_id: int, password: str) -> None:
    """Set a password. Sessions that were opened with the old one end, and a link that led here works no more."""
    staff = Staff.objects.select_for_update().get(pk=staff_id)
    staff.set_password(password)
    staff.save(update_fields=["password"])


@transaction.atomic
def enrol_second_factor(staff: Staff) -> str:
    """Give an account a second factor without its owner: for the demo and tests. Returns the secret (base32)."""
    secret = generate_totp_secret()
    Authenticator.objects.filter(user_id=staff.pk).delete()
    TOTP.activate(staff, secret)
    RecoveryCodes.activate(staff)
    return secret


def code_at(secret: str, now: datetime) -> str:
    """Give the six digits that an authenticator app shows at an instant (RFC 6238, 30 seconds, SHA-1)."""
    return format_hotp_value(hotp_value(secret, int(now.timestamp()) // TOTP_PERIOD_S))


@transaction.atomic
def plan_shift(staff_id: int, *, starts_at: datetime, ends_at: datetime | None) -> Shift | Refused:
    """Put somebody on the rota. No end: until somebody ends it."""
    staff = Staff.objects.select_for_update().get(pk=staff_id)
    if not staff.is_active or Role.DUTY_OFFICER not in staff.roles:
        return Refused("Only an active account with the role of duty officer can be on the rota.")
    if ends_at is not None and ends_at <= starts_at:
        return Refused("The shift ends before it starts. Change one of the two times.")
    running = Shift.objects.filter(staff=staff, ends_at=None)
    if ends_at is None and running.exists():
        return Refused("This person is already on an open shift. End it first.")
    return Shift.objects.create(staff=staff, starts_at=starts_at, ends_at=ends_at)


@transaction.atomic
def end_shift(shift_id: int, *, now: datetime) -> None:
    """End a shift now; one that has not begun is taken off the rota."""
    shift = Shift.objects.select_for_update().get(pk=shift_id)
    if shift.starts_at >= now:
        shift.delete()
    elif shift.ends_at is None or shift.ends_at > now:
        shift.ends_at = now
        shift.save(update_fields=["ends_at"])


def forget_sessions(now: datetime) -> int:
    """Delete sessions that have run out. Returns how many."""
    deleted, _ = Session.objects.filter(expire_date__lt=now).delete()
    return deleted

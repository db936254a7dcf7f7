"""Writes about supporters: ask, confirm, leave. Nobody is written to who did not confirm; leaving takes one click."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from tocsin.core.answers import Refused
from tocsin.dispatch.models import Notice
from tocsin.incidents.actions_timeline import notify
from tocsin.people.actions import seal_row
from tocsin.people.queries import address_index, normalised_address
from tocsin.publicity.models import Supporter, Wave
from tocsin.publicity.queries_waves import supporters_key
from tocsin.publicity.rules import Accepted, SupporterState
from tocsin.publicity.rules_links import (
    WRONG_CODES_MAX,
    confirm_code,
    confirm_secret,
    is_fresh,
    is_same,
    leave_secret,
    supporter_in,
)

CHANNELS = ("email", "sms")
ASKED_TIMES_MAX = 3  # Confirmations to one address within a day.
ASK_PAUSE = timedelta(minutes=1)
DAY = timedelta(days=1)
CONFIRM_DEADLINE = timedelta(hours=1)
UNCONFIRMED_KEPT = timedelta(days=3)
CLEARED_AT_ONCE = 200
BOUNCED_SHARE_MAX = 0.25  # When more of a wave is refused, the carrier is at fault and not the addresses.
# The same words, whatever is known of the address: nobody learns from them who is subscribed.
ASKED = "If this address can be reached, a message is on its way. Open its link, or type its code, to confirm."
WRONG_LINK = Refused("This link does not work any more. Ask for a new one by subscribing again.")
WRONG_CODE = Refused("This code is not right, or too old. Look at the last message, or subscribe again for a new code.")


def subscribe(
    *, channel: str, address: str, language: str, country: str, topics: Collection[str], now: datetime
) -> Accepted | Refused:
    """Owe a message that asks to confirm. The answer is the same for a new, a pending and a subscribed address."""
    try:
        normal = normalised_address(channel, address)
    except ValueError as error:
        return Refused(str(error))
    if channel not in CHANNELS:
        return Refused("Choose mail or SMS.")
    if _is_flooded(channel, now=now):
        return Refused("Too many people are subscribing at this moment. Please try again in an hour.")
    clear_unconfirmed(now=now)
    with transaction.atomic():
        supporter = _held(channel, normal, now=now)
        if not _may_ask(supporter, now=now):
            return Accepted(0, ASKED)
        supporter.asked_times = supporter.asked_times + 1 if _asked_today(supporter, now=now) else 1
        supporter.asked_at, supporter.wrong_codes = now, 0
        if supporter.state != SupporterState.CONFIRMED:
            supporter.state = SupporterState.PENDING
            supporter.language, supporter.country, supporter.topics = language, country, sorted(topics)
            seal_row(supporter, now=now, address=normal)
        supporter.save()
        _owe_confirmation(supporter, now=now)
    return Accepted(0, ASKED)


def _held(channel: str, normal: str, *, now: datetime) -> Supporter:
    """Give the locked row of an address, made when it is new."""
    index = address_index(channel, normal)
    Supporter.objects.bulk_create(
        [Supporter(channel=channel, address_index=index, created_at=now)], ignore_conflicts=True
    )
    return Supporter.objects.select_for_update().get(channel=channel, address_index=index)


def _asked_today(supporter: Supporter, *, now: datetime) -> bool:
    return supporter.asked_at is not None and now - supporter.asked_at < DAY


def _may_ask(supporter: Supporter, *, now: datetime) -> bool:
    if supporter.asked_at is None or not _asked_today(supporter, now=now):
        return True
    return supporter.asked_times < ASKED_TIMES_MAX and now - supporter.asked_at >= ASK_PAUSE


def _is_flooded(channel: str, *, now: datetime) -> bool:
    """Say whether somebody makes us send messages in bulk: each SMS costs money."""
    most = settings.TOCSIN_SUBSCRIBE_SMS_PER_HOUR if channel == "sms" else settings.TOCSIN_SUBSCRIBE_MAIL_PER_HOUR
    since = now - timedelta(hours=1)
    return Supporter.objects.filter(channel=channel, asked_at__gt=since).count() >= most


def _owe_confirmation(supporter: Supporter, *, now: datetime) -> None:
    Notice.objects.create(
        lane="public",
        purpose="confirm",
        supporter=supporter,
        channel=supporter.channel,
        language=supporter.language,
        created_at=now,
        due_at=now,
        deadline_at=now + CONFIRM_DEADLINE,
    )
    notify("tocsin_due", "public")


def pending_of(secret: str, *, now: datetime) -> Supporter | None:
    """Give the subscription that a link may confirm. It changes nothing: link scanners are harmless."""
    number = supporter_in(secret)
    supporter = Supporter.objects.filter(pk=number).first() if number is not None else None
    if supporter is None or supporter.asked_at is None or not is_fresh(supporter.asked_at, now):
        return None
    is_theirs = is_same(secret, confirm_secret(supporters_key(), supporter.pk, supporter.asked_at))
    return supporter if is_theirs and supporter.state in {SupporterState.PENDING, SupporterState.CONFIRMED} else None


def confirm_by_link(secret: str, *, now: datetime) -> Accepted | Refused:
    """Confirm a subscription. Only POST may call this. Twice is as good as once."""
    supporter = pending_of(secret, now=now)
    return WRONG_LINK if supporter is None else _confirm(supporter, now=now)


def confirm_by_code(number: str, code: str, *, now: datetime) -> Accepted | Refused:
    """Confirm with the digits that came by SMS. Five wrong ones make them worthless."""
    try:
        index = address_index("sms", number)
    except ValueError as error:
        return Refused(str(error))
    digits = "".join(str(int(sign)) for sign in code if sign.isdecimal())
    with transaction.atomic():
        supporter = Supporter.objects.select_for_update().filter(channel="sms", address_index=index).first()
        if supporter is None or not is_fresh(supporter.asked_at, now) or supporter.wrong_codes >= WRONG_CODES_MAX:
            return WRONG_CODE
        assert supporter.asked_at is not None
        if not is_same(digits, confirm_code(supporters_key(), supporter.pk, supporter.asked_at)):
            supporter.wrong_codes += 1
            supporter.save(update_fields=["wrong_codes"])
            return WRONG_CODE
        return _confirm(supporter, now=now)


def _confirm(supporter: Supporter, *, now: datetime) -> Accepted:
    waiting = Supporter.objects.filter(pk=supporter.pk, state=SupporterState.PENDING)
    waiting.update(state=SupporterState.CONFIRMED, confirmed_at=now, left_at=None)
    return Accepted(supporter.pk, "Thank you. You are subscribed.")


def supporter_leaving(secret: str) -> Supporter | None:
    """Give whose link to leave this is; `None` for a forged one."""
    number = supporter_in(secret)
    if number is None or not is_same(secret, leave_secret(supporters_key(), number)):
        return None
    return Supporter.objects.filter(pk=number).first()


def leave_by_link(secret: str, *, now: datetime) -> bool:
    """Let somebody leave (RFC 8058: one POST is enough). False: the link is forged."""
    supporter = supporter_leaving(secret)
    if supporter is not None:
        _leave([supporter.pk], now=now)
    return supporter is not None


def leave_by_sms(number: str, *, now: datetime) -> bool:
    """Let the owner of a number leave who wrote a word such as STOP (`wording.is_leave_word`). False: nobody known."""
    try:
        index = address_index("sms", number if number.startswith("+") else f"+{number}")
    except ValueError:
        return False
    ids = list(
        Supporter.objects.filter(channel="sms", address_index=index)
        .exclude(state=SupporterState.UNSUBSCRIBED)
        .values_list("pk", flat=True)
    )
    _leave(ids, now=now)
    return bool(ids)


def _leave(ids: Collection[int], *, now: datetime) -> None:
    """Wipe the address and withdraw what is owed. The blind index stays, so that no import brings them back."""
    with transaction.atomic():
        Supporter.objects.filter(pk__in=list(ids)).update(
            state=SupporterState.UNSUBSCRIBED, address_sealed=b"", country="", topics=[], asked_at=None, left_at=now
        )
        Notice.objects.filter(supporter_id__in=list(ids), state="owed").update(
            state="withdrawn", reason="supporter left", ended_at=now
        )


def mark_bounced(wave: Wave, *, now: datetime) -> int:
    """Write no more to addresses that a carrier refused for good, once a wave has ended. Returns how many.

    When a large share was refused, the carrier or our own name is the cause, and nobody is marked.
    """
    refused = wave.notices.filter(state="refused", supporter__isnull=False)
    count = refused.count()
    if not count or count > wave.total * BOUNCED_SHARE_MAX:
        return 0
    waiting = Supporter.objects.filter(pk__in=refused.values("supporter_id"), state=SupporterState.CONFIRMED)
    return waiting.update(state=SupporterState.BOUNCED, left_at=now)


def clear_unconfirmed(*, now: datetime) -> int:
    """Forget those who never confirmed. Somebody who had left before is known again as having left."""
    old = Supporter.objects.filter(state=SupporterState.PENDING, asked_at__lt=now - UNCONFIRMED_KEPT)
    ids = list(old.values_list("pk", flat=True)[:CLEARED_AT_ONCE])
    had_left = Supporter.objects.filter(pk__in=ids, left_at__isnull=False)
    had_left.update(state=SupporterState.UNSUBSCRIBED, address_sealed=b"", country="", topics=[], asked_at=None)
    Supporter.objects.filter(pk__in=ids, left_at=None).delete()
    return len(ids)


def add_confirmed(
    *, channel: str, address: str, language: str, country: str, topics: Collection[str], proof: str, now: datetime
) -> Accepted | Refused:
    """Take over one person who confirmed elsewhere; `proof` says how and when. Whoever left stays away."""
    try:
        normal = normalised_address(channel, address)
    except ValueError as error:
        return Refused(str(error))
    if channel not in CHANNELS:
        return Refused('Write "email" or "sms" as the channel.')
    if not proof.strip():
        return Refused(
            "Write in the proof column how and when this person confirmed, or let them subscribe themselves."
        )
    with transaction.atomic():
        supporter = _held(channel, normal, now=now)
        if supporter.left_at is not None:
            return Refused("This person has left, or cannot be reached. Only they can subscribe again.")
        supporter.state, supporter.confirmed_at = SupporterState.CONFIRMED, supporter.confirmed_at or now
        supporter.language, supporter.country, supporter.topics = language, country, sorted(topics)
        supporter.proof = proof.strip()[:200]
        seal_row(supporter, now=now, address=normal)
        supporter.save()
    return Accepted(supporter.pk)

"""Reads about waves: what each recipient gets, whether a wave may still go out, and how far it is."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.db import connection

from tocsin.channels.base import Outgoing
from tocsin.core.sealing import Keyring
from tocsin.dispatch.models import Notice
from tocsin.people.models import Organisation
from tocsin.people.queries import keyring, opened
from tocsin.people.queries_people import directive_in_force, terms_of
from tocsin.people.rules import PublicAudience, is_in_force
from tocsin.publicity import wording
from tocsin.publicity.models import AppealVersion, Supporter, Wave
from tocsin.publicity.queries import base_url, check_now, draft_of, organisation
from tocsin.publicity.rules import (
    LIVE,
    AppealState,
    Estimate,
    SupporterState,
    TextKind,
    WaveState,
    estimate,
    pick_language,
)
from tocsin.publicity.rules_check import Checked, Text
from tocsin.publicity.rules_links import CONFIRM_HOURS, confirm_code, confirm_secret, leave_secret, short_uid

SPEED_WINDOW_S = 20.0
SENDABLE = LIVE | {AppealState.CLOSED}  # A good end may still be under way when the appeal is closed.

# Later texts go to those whom an earlier text of this appeal was handed over for.
ONLY_THE_SAME = """AND EXISTS (
    SELECT 1 FROM tocsin_notice earlier
    JOIN tocsin_wave w ON w.id = earlier.wave_id JOIN tocsin_appealversion v ON v.id = w.version_id
    WHERE earlier.supporter_id = s.id AND v.appeal_id = %(appeal)s AND v.id <> %(version)s
      AND earlier.state IN ('accepted', 'delivered', 'answered'))"""


@dataclass(frozen=True, slots=True)
class Withheld:
    """This notice must not be sent. It is withdrawn with the reason; with `until`, it is owed again from then on."""

    reason: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class WaveText:
    """What all recipients of one wave share."""

    texts: Mapping[str, Text]
    page: str  # Address of the public page; empty when the directive allows none.


@dataclass(frozen=True, slots=True)
class WaveProgress:
    """One wave with its numbers by state of the notice."""

    wave: Wave
    counts: dict[str, int]
    estimate: Estimate

    @property
    def handed_over(self) -> int:
        """How many a carrier took. What was refused, withdrawn or expired is not among them."""
        return sum(self.counts.get(state, 0) for state in ("accepted", "delivered", "answered"))

    @property
    def not_sent(self) -> int:
        """How many are withdrawn; of a stopped wave also those that a worker has yet to withdraw."""
        waiting = self.counts.get("owed", 0) + self.counts.get("claimed", 0)
        return self.counts.get("withdrawn", 0) + (waiting if self.wave.state == WaveState.STOPPED else 0)

    @property
    def told_counts(self) -> dict[str, int]:
        """The other numbers, by state of the notice."""
        hidden = {"withdrawn"} | ({"owed", "claimed"} if self.wave.state == WaveState.STOPPED else set())
        return {state: count for state, count in self.counts.items() if state not in hidden}

    @property
    def left_words(self) -> str:
        """The time that is left, as "1:05" (minutes and seconds) or "2:00:00"."""
        return str(timedelta(seconds=round(self.estimate.left_s or 0))).removeprefix("0:")


def wave_messages(notice_ids: Collection[int], *, now: datetime) -> dict[int, Outgoing | Withheld]:
    """Give what to hand to the carrier for notices of waves and for confirmations of subscriptions.

    Asked again for each small batch, right before sending: so a stopped wave, somebody who left, and a directive that
    no longer allows it hold back what was owed. Every id gets an answer. A handful of queries for any number of ids.
    """
    notices = list(Notice.objects.filter(pk__in=list(notice_ids)).select_related("supporter"))
    waves = waves_to_send({notice.wave_id for notice in notices if notice.wave_id}, now=now)
    addresses = _addresses([notice.supporter for notice in notices if notice.supporter])
    ours = organisation()
    return {notice_id: Withheld("notice gone") for notice_id in notice_ids} | {
        notice.pk: _message(notice, waves, addresses, ours, now=now) for notice in notices
    }


def waves_to_send(wave_ids: Collection[int], *, now: datetime) -> dict[int, WaveText | Withheld]:
    """Say for each wave whether it may go out at this moment, and with which texts."""
    rows = Wave.objects.filter(pk__in=list(wave_ids)).select_related("version__appeal__incident__defender__party")
    return {wave.pk: wave_text(wave, now=now) for wave in rows}


def wave_text(wave: Wave, *, now: datetime) -> WaveText | Withheld:
    """Say whether one wave may go out. The directive is read again each time."""
    version, appeal = wave.version, wave.version.appeal
    if wave.state == WaveState.PAUSED:
        return Withheld("wave paused", until=now + timedelta(days=3650))
    if wave.state == WaveState.STOPPED or version.stopped_at is not None or AppealState(appeal.state) not in SENDABLE:
        return Withheld("wave stopped")
    if version.published_at is None:
        return Withheld("text not published")
    draft = draft_of(version)
    directive = directive_in_force(appeal.incident.defender_id, now.date())
    audience = PublicAudience.SOCIAL if wave.channel == "chat" else PublicAudience.SUPPORTERS
    if directive is None or not is_in_force(terms_of(directive), now.date()):
        return Withheld("directive not in force")
    if directive.pk != appeal.directive_id and not isinstance(check_now(appeal, draft, now=now)[0], Checked):
        return Withheld("directive does not allow it")
    if not directive.may_publish or audience not in draft.audiences:
        return Withheld("directive does not allow it")
    page = f"{base_url()}/a/{short_uid(appeal.uid)}" if PublicAudience.PAGE in draft.audiences else ""
    return WaveText(texts=draft.texts, page=page)


def running_waves(wave_ids: Collection[int]) -> frozenset[int]:
    """Give those waves that may still send, by one small query: to be asked between two messages, each half second."""
    rows = Wave.objects.filter(pk__in=list(wave_ids), state=WaveState.RUNNING, version__stopped_at=None)
    return frozenset(rows.values_list("pk", flat=True))


def _addresses(supporters: Iterable[Supporter]) -> dict[int, str]:
    rows = list(supporters)
    return {row.pk: values["address"] for row, values in zip(rows, opened(rows, "address"), strict=True)}


def _message(
    notice: Notice,
    waves: Mapping[int, WaveText | Withheld],
    addresses: Mapping[int, str],
    ours: Organisation,
    *,
    now: datetime,
) -> Outgoing | Withheld:
    if notice.purpose == "confirm":
        return _confirmation(notice, addresses, ours)
    wave = waves.get(notice.wave_id or 0, Withheld("wave gone"))
    if isinstance(wave, Withheld):
        return wave
    if notice.channel == "chat":
        return _post(notice, wave)
    supporter = notice.supporter
    if supporter is None or supporter.state != SupporterState.CONFIRMED or not addresses.get(supporter.pk):
        return Withheld("supporter left")
    language = pick_language(supporter.language, tuple(sorted(wave.texts)))
    return _to_supporter(notice, supporter, addresses[supporter.pk], wave, language, ours)


def _to_supporter(
    notice: Notice, supporter: Supporter, address: str, wave: WaveText, language: str, ours: Organisation
) -> Outgoing:
    leave = leave_link(supporter.pk)
    text = wave.texts[language]
    if notice.channel == "sms":
        message = wording.sms(text, language=language, page=wave.page, leave="" if can_answer_sms() else leave)
        headers: tuple[tuple[str, str], ...] = ()
    else:
        message = wording.mail(text, language=language, page=wave.page, leave=leave, organisation=ours.name)
        headers = (("List-Unsubscribe", f"<{leave}>"), ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
    return _outgoing(notice, address, message, language, headers)


def _confirmation(notice: Notice, addresses: Mapping[int, str], ours: Organisation) -> Outgoing | Withheld:
    supporter = notice.supporter
    if supporter is None or supporter.asked_at is None or not addresses.get(supporter.pk):
        return Withheld("supporter left")
    key = supporters_key()
    message = wording.confirmation(
        language=supporter.language,
        organisation=ours.name,
        channel=notice.channel,
        link=f"{base_url()}/subscribe/{confirm_secret(key, supporter.pk, supporter.asked_at)}/",
        code=confirm_code(key, supporter.pk, supporter.asked_at),
        hours=CONFIRM_HOURS,
        is_known=supporter.state == SupporterState.CONFIRMED,
    )
    return _outgoing(notice, addresses[supporter.pk], message, supporter.language)


def _post(notice: Notice, wave: WaveText) -> Outgoing | Withheld:
    """Post to the address whose blind index the wave carries; settings hold the address, which is a secret."""
    index = Wave.objects.values_list("target_index", flat=True).get(pk=notice.wave_id)
    address = next((url for url in settings.TOCSIN_SOCIAL_POSTS if target_index(url) == bytes(index)), None)
    if address is None:
        return Withheld("address no longer in SOCIAL_POSTS")
    language = pick_language(notice.language, tuple(sorted(wave.texts)))
    return _outgoing(notice, address, wording.post(wave.texts[language], page=wave.page), language)


def _outgoing(
    notice: Notice,
    address: str,
    message: wording.Message,
    language: str,
    headers: tuple[tuple[str, str], ...] = (),
) -> Outgoing:
    return Outgoing(
        message_id=str(notice.uid),
        address=address,
        body=message.body,
        subject=message.subject,
        language=language,
        is_repeat=notice.may_be_repeat,
        headers=headers,
        html=message.html,
    )


def target_index(url: str) -> bytes:
    """Give the blind index of an address of SOCIAL_POSTS."""
    return keyring().blind_index(url, kind="social")


def leave_link(supporter_id: int) -> str:
    """Give the address at which this supporter leaves with one click."""
    return f"{base_url()}/unsubscribe/{leave_secret(supporters_key(), supporter_id)}/"


def supporters_key() -> bytes:
    """Give the key of the secrets in supporters' links."""
    return _derived(keyring())


@lru_cache(maxsize=2)
def _derived(ring: Keyring) -> bytes:
    return ring.derive("supporters")


def can_answer_sms() -> bool:
    """Say whether a person can reply to our SMS: not to a sender made of letters."""
    sender = parse_qs(urlsplit(settings.TOCSIN_SMS_ROUTE).query.replace("+", "%2B")).get("sender", [""])[0]
    return sender.lstrip("+").isdigit()


@dataclass(frozen=True, slots=True)
class Audience:
    """How many people a wave would reach."""

    channel: str
    language: str
    count: int


def audiences(version: AppealVersion) -> list[Audience]:
    """Count whom a text would reach now, by channel and language; for a later text, of those who were told before."""
    only = "" if version.kind == TextKind.APPEAL else ONLY_THE_SAME
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT s.channel, s.language, count(*) FROM tocsin_supporter s
            WHERE s.state = 'confirmed' {only} GROUP BY 1, 2 ORDER BY 1, 2""",  # noqa: S608 - our own words only
            {"appeal": version.appeal_id, "version": version.pk},
        )
        return [Audience(*row) for row in cursor.fetchall()]


def progress(version_id: int, *, now: datetime) -> list[WaveProgress]:
    """Give the numbers of each wave of a text, in two queries, and when it ends at the speed of the last seconds."""
    waves = list(Wave.objects.filter(version_id=version_id).order_by("position"))
    since = now - timedelta(seconds=SPEED_WINDOW_S)
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT wave_id, CASE WHEN accepted_at IS NOT NULL AND state = 'withdrawn' THEN 'accepted' ELSE state END,
                count(*), count(*) FILTER (WHERE coalesce(accepted_at, ended_at) > %s)
            FROM tocsin_notice WHERE wave_id = ANY(%s) GROUP BY 1, 2""",
            [since, [wave.pk for wave in waves]],
        )
        rows = cursor.fetchall()
    return [_progress(wave, [row[1:] for row in rows if row[0] == wave.pk], now=now) for wave in waves]


def _progress(wave: Wave, rows: list[tuple[str, int, int]], *, now: datetime) -> WaveProgress:
    counts = {state: count for state, count, _ in rows}
    waiting = counts.get("owed", 0) + counts.get("claimed", 0)
    lately = sum(late for state, _, late in rows if state not in {"owed", "claimed", "withdrawn"})
    window = max(1.0, min(SPEED_WINDOW_S, (now - wave.starts_at).total_seconds()))
    total = sum(counts.values())
    return WaveProgress(wave, counts, estimate(total, total - waiting, lately=lately, window_s=window))

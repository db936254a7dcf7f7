"""Writes about waves: who gets a published text, in what order, and how it is held back.

The notices of a wave are written in chunks, each in a transaction of its own, so that the first are sent while the last
are still being written. `tend` does that; workers call it whenever it says so, and it is safe to call twice or never:
a wave that is not finished is found by the next call.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connection, transaction

from tocsin.core.answers import Refused
from tocsin.dispatch.models import Notice
from tocsin.incidents.actions_timeline import LIVE, notify
from tocsin.people.rules import PublicAudience
from tocsin.publicity.actions_supporters import mark_bounced
from tocsin.publicity.models import AppealVersion, Wave
from tocsin.publicity.queries import organisation
from tocsin.publicity.queries_waves import ONLY_THE_SAME, Withheld, target_index, wave_text
from tocsin.publicity.rules import WAVE_ENDED, Accepted, TextKind, WaveState

CHUNK_ROWS = 5_000
FIRST_CHUNK_ROWS = 1_000  # Written while the person who publishes waits.
WITHDRAW_ROWS = 20_000
DEADLINE = timedelta(hours=24)
HELD_UNTIL = datetime(9999, 1, 1, tzinfo=UTC)  # A paused wave waits for a person, not for a time.
CHANNELS = ("email", "sms")


@dataclass(frozen=True, slots=True)
class WavePlan:
    """One wave as a person planned it. Empty language or country: every one."""

    channel: str
    language: str = ""
    country: str = ""
    after: timedelta = timedelta()


def plan_waves(version: AppealVersion, plans: Sequence[WavePlan], *, now: datetime) -> list[Wave]:
    """Store the waves of a text that is being published, in the same transaction, and begin those that start now.

    An update goes to those who got the appeal: each plan then chooses among them.
    """
    audiences = {PublicAudience(word) for word in version.audiences}
    waves = [
        Wave(version=version, channel=p.channel, language=p.language, country=p.country, starts_at=now + p.after)
        for p in plans
        if p.channel in CHANNELS and PublicAudience.SUPPORTERS in audiences
    ]
    if PublicAudience.SOCIAL in audiences:
        addresses = dict.fromkeys(target_index(url) for url in settings.TOCSIN_SOCIAL_POSTS)
        waves += [Wave(version=version, channel="chat", target_index=index, starts_at=now) for index in addresses]
    for position, wave in enumerate(waves):
        wave.position = position
        wave.state = WaveState.RUNNING if wave.starts_at <= now else WaveState.PLANNED
    Wave.objects.bulk_create(waves)
    for wave in waves:
        if wave.state == WaveState.RUNNING:
            fill(wave, limit=FIRST_CHUNK_ROWS, now=now)
    return waves


def tend(*, now: datetime) -> datetime | None:
    """Do the next piece of work on waves: begin, write a chunk of notices, end. Returns when to call again.

    `now` itself means at once; `None` means that nothing is planned: the next NOTIFY on `tocsin_due` will say.
    """
    with transaction.atomic():
        wave = (
            Wave.objects.select_for_update(of=("self",), skip_locked=True, no_key=True)
            .select_related("version__appeal__incident__defender__party")
            .filter(filled_at=None, state__in=[WaveState.PLANNED, WaveState.RUNNING], starts_at__lte=now)
            .order_by("starts_at", "id")
            .first()
        )
        if wave is not None:
            _advance(wave, now=now)
    running = _look_after_running(now=now)
    ended = _end_waves(now=now)
    if wave is not None or ended or _withdraw_piece(WITHDRAW_ROWS, now=now):
        return now
    first = (
        Wave.objects.filter(state=WaveState.PLANNED).order_by("starts_at").values_list("starts_at", flat=True).first()
    )
    soon = now + timedelta(seconds=1) if running else None
    return min([at for at in (soon, first) if at is not None], default=None)


def _advance(wave: Wave, *, now: datetime) -> None:
    """Write the next chunk, unless the directive no longer allows it."""
    if isinstance(text := wave_text(wave, now=now), Withheld):
        if text.until is None:
            wave.state, wave.filled_at = WaveState.STOPPED, now
            wave.save(update_fields=["state", "filled_at"])
        return
    wave.state = WaveState.RUNNING
    fill(wave, limit=CHUNK_ROWS, now=now)


def fill(wave: Wave, *, limit: int, now: datetime) -> None:
    """Write notices for the next recipients of a locked wave."""
    if wave.channel == "chat":
        _write_post(wave, now=now)
        wave.total, wave.filled_at = 1, now
    else:
        count, last = _write_notices(wave, limit=limit, now=now)
        wave.total += count
        if last is None:
            wave.filled_at = now
        else:
            wave.filled_to = last
    wave.save(update_fields=["state", "total", "filled_to", "filled_at"])
    notify("tocsin_due", "public")


# The newest rows of the chunk decide how far it went, also where another wave of this text already has the supporter.
_FILL = """
WITH chunk AS (
    SELECT s.id, s.language FROM tocsin_supporter s
    WHERE s.state = 'confirmed' AND s.channel = %(channel)s AND s.id > %(after)s
      AND (%(language)s = '' OR s.language = %(language)s) AND (%(country)s = '' OR s.country = %(country)s)
      {only}
    ORDER BY s.id LIMIT %(limit)s
), written AS (
    INSERT INTO tocsin_notice (uid, lane, purpose, wave_id, supporter_id, channel, language, state, reason,
        subject_sealed, body_sealed, created_at, due_at, deadline_at, lease_token, attempts, carrier_id, may_be_repeat)
    SELECT gen_random_uuid(), 'public', 'wave', %(wave)s, chunk.id, %(channel)s, chunk.language, 'owed', '',
        '', '', %(now)s, %(now)s, %(deadline)s, 0, 0, '', false
    FROM chunk
    WHERE NOT EXISTS (
        SELECT 1 FROM tocsin_notice other JOIN tocsin_wave w ON w.id = other.wave_id
        WHERE other.supporter_id = chunk.id AND w.version_id = %(version)s)
    ON CONFLICT DO NOTHING
    RETURNING 1
)
SELECT (SELECT count(*) FROM written), (SELECT max(id) FROM chunk)
"""


def _write_notices(wave: Wave, *, limit: int, now: datetime) -> tuple[int, int | None]:
    """Write one chunk. Returns how many notices, and the last supporter looked at; `None`: there are no more."""
    only = "" if wave.version.kind == TextKind.APPEAL else ONLY_THE_SAME
    values = {
        "channel": wave.channel,
        "after": wave.filled_to,
        "language": wave.language,
        "country": wave.country,
        "limit": limit,
        "wave": wave.pk,
        "version": wave.version_id,
        "appeal": wave.version.appeal_id,
        "now": now,
        "deadline": now + DEADLINE,
    }
    with connection.cursor() as cursor:
        cursor.execute(_FILL.format(only=only), values)
        count, last = cursor.fetchone()
    return count, last


def _write_post(wave: Wave, *, now: datetime) -> None:
    wave.notices.create(
        lane="public",
        purpose="wave",
        channel="chat",
        language=next(iter(organisation().languages), "en"),
        created_at=now,
        due_at=now,
        deadline_at=now + DEADLINE,
    )


def _look_after_running(*, now: datetime) -> bool:
    """End waves that the directive no longer allows, and let open pages look again. False: no wave is running."""
    running = Wave.objects.filter(state=WaveState.RUNNING).select_related("version__appeal__incident__defender__party")
    incidents = set()
    for wave in running:
        incidents.add(wave.version.appeal.incident_id)
        if isinstance(answer := wave_text(wave, now=now), Withheld) and answer.until is None:
            Wave.objects.filter(pk=wave.pk, state=WaveState.RUNNING).update(state=WaveState.STOPPED, filled_at=now)
    for incident_id in incidents:
        notify(LIVE, str(incident_id))
    return bool(incidents)


def _end_waves(*, now: datetime) -> int:
    """End the running waves that have nothing owed any more. Returns how many."""
    ended = 0
    for wave in Wave.objects.filter(state=WaveState.RUNNING, filled_at__isnull=False):
        if not wave.notices.filter(state__in=["owed", "claimed"]).exists():
            ended += Wave.objects.filter(pk=wave.pk, state=WaveState.RUNNING).update(state=WaveState.DONE, ended_at=now)
            mark_bounced(wave, now=now)
    return ended


def pause(wave_id: int, *, now: datetime) -> Accepted | Refused:
    """Hold a wave back until somebody resumes it. Its notices stay owed."""
    changed = Wave.objects.filter(pk=wave_id, state__in=[WaveState.PLANNED, WaveState.RUNNING]).update(
        state=WaveState.PAUSED
    )
    if not changed:
        return Refused("This wave has ended already, or is paused. Reload the page.")
    _in_pieces(
        """UPDATE tocsin_notice SET due_at = %(until)s, deadline_at = %(until)s
        WHERE id IN (SELECT id FROM tocsin_notice WHERE wave_id = %(wave)s AND state = 'owed' AND due_at < %(until)s
                     LIMIT %(limit)s FOR UPDATE SKIP LOCKED)""",
        {"wave": wave_id, "until": HELD_UNTIL},
    )
    return Accepted(wave_id, "Paused. What is in the hands of a carrier cannot be called back.")


def resume(wave_id: int, *, now: datetime) -> Accepted | Refused:
    """Let a paused wave go on."""
    paused = Wave.objects.filter(pk=wave_id, state=WaveState.PAUSED)
    changed = paused.filter(starts_at__gt=now).update(state=WaveState.PLANNED)
    changed += paused.update(state=WaveState.RUNNING)
    if not changed:
        return Refused("This wave is not paused. Reload the page.")
    _in_pieces(
        """UPDATE tocsin_notice SET due_at = %(now)s, deadline_at = %(deadline)s
        WHERE id IN (SELECT id FROM tocsin_notice WHERE wave_id = %(wave)s AND state = 'owed' AND due_at > %(now)s
                     LIMIT %(limit)s FOR UPDATE SKIP LOCKED)""",
        {"wave": wave_id, "now": now, "deadline": now + DEADLINE},
    )
    notify("tocsin_due", "public")
    return Accepted(wave_id, "The wave goes on.")


def stop_waves(appeal_id: int, *, now: datetime) -> int:
    """Stop every wave of an appeal, and begin to withdraw what is owed; `tend` goes on. Returns how many notices.

    A stopped wave has ended (`ended_at`) only when nothing of it is owed any more.
    """
    waves = Wave.objects.filter(version__appeal_id=appeal_id).exclude(state__in=WAVE_ENDED)
    ids = list(waves.values_list("pk", flat=True))
    waves.update(state=WaveState.STOPPED, filled_at=now)
    owed = Notice.objects.filter(wave_id__in=ids, state="owed").count()
    # What a sender holds comes first: it looks at its notice again before a carrier gets it.
    Notice.objects.filter(wave_id__in=ids, state="claimed").update(
        state="withdrawn", reason="wave stopped", ended_at=now
    )
    for _ in ids:
        _withdraw_piece(FIRST_CHUNK_ROWS, now=now)
    notify("tocsin_due", "public")
    return owed


def _withdraw_piece(limit: int, *, now: datetime) -> bool:
    """Withdraw some of what one stopped wave owes. False: there is none."""
    with transaction.atomic():
        stopped = Wave.objects.filter(state=WaveState.STOPPED, ended_at=None).order_by("id")
        wave = stopped.select_for_update(skip_locked=True, no_key=True).first()
        if wave is None:
            return False
        with connection.cursor() as cursor:
            cursor.execute(
                """UPDATE tocsin_notice SET state = 'withdrawn', reason = 'wave stopped', ended_at = %s
                WHERE id IN (SELECT id FROM tocsin_notice WHERE wave_id = %s AND state = 'owed'
                             LIMIT %s FOR UPDATE SKIP LOCKED)""",
                [now, wave.pk, limit],
            )
            if cursor.rowcount < limit:
                Wave.objects.filter(pk=wave.pk).update(ended_at=now)
    return True


def _in_pieces(statement: str, values: dict[str, object]) -> int:
    """Run one statement until it changes nothing more: no lock is held for long."""
    total = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, {**values, "limit": WITHDRAW_ROWS})
            changed = cursor.rowcount
        total += changed
        if changed < WITHDRAW_ROWS:
            return total

"""Writes about appeals: draft, approve, publish, stop, close. Each locks the incident, decides, stores and tells.

Nothing is published unless two different people approved exactly that text under a directive that allows it then
(decision record 0009).
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime

from tocsin.accounts.models import Staff
from tocsin.core.answers import Refused
from tocsin.incidents.actions_timeline import locked, notify, write_entry
from tocsin.incidents.models import Incident
from tocsin.incidents.rules import AlarmState
from tocsin.incidents.rules_timeline import Entry
from tocsin.people.actions import seal_row
from tocsin.publicity.actions_waves import WavePlan, plan_waves, stop_waves
from tocsin.publicity.models import Appeal, AppealVersion, Approval
from tocsin.publicity.queries import WORDS, check_now, draft_of, is_unchanged, votes_for, words_of
from tocsin.publicity.rules import (
    APPROVALS_NEEDED,
    LIVE,
    Accepted,
    AppealEvent,
    AppealState,
    TextKind,
    decide,
    decide_approval,
    decide_publishing,
)
from tocsin.publicity.rules_check import Checked, Draft, Forbidden, digest_of

Answer = Accepted | Refused
CHANGED = Refused("The stored text is not the one that was written. Write it anew, and tell your administrator.")


@contextmanager
def _locked_appeal(appeal_id: int) -> Iterator[tuple[Incident, Appeal]]:
    """Hold the incident and its appeal, always in this order."""
    incident_id = Appeal.objects.values_list("incident_id", flat=True).get(pk=appeal_id)
    with locked(incident_id) as incident:
        appeal = Appeal.objects.select_for_update(of=("self",)).get(pk=appeal_id)
        appeal.incident = incident
        yield incident, appeal
        appeal.save()


def write_draft(incident_id: int, draft: Draft, *, staff_id: int, now: datetime) -> Answer:
    """Store a new text. It has no approvals yet, whatever the former one had. `Accepted.id` is that of the version."""
    with locked(incident_id) as incident:
        appeal = _appeal_of(incident, now=now)
        if isinstance(appeal, Refused):
            return appeal
        refusal = _kind_refused(draft.kind, AppealState(appeal.state))
        following = decide(AppealState(appeal.state), AppealEvent.WRITE)
        if refusal or isinstance(following, Refused):
            return refusal or following
        answer, _ = check_now(appeal, draft, now=now)
        if isinstance(answer, Checked):
            following = decide(following, AppealEvent.PASS)
            assert not isinstance(following, Refused)
        version = _store_version(appeal, draft, answer, staff_id=staff_id, now=now)
        appeal.state = following
        appeal.save(update_fields=["state"])
        facts = {"version": version.number, "kind": draft.kind, "allowed": isinstance(answer, Checked)}
        write_entry(incident, Entry.APPEAL_WRITTEN, actor=f"staff:{staff_id}", now=now, facts=facts)
        return Accepted(version.pk, _words_about(answer))


def _appeal_of(incident: Incident, *, now: datetime) -> Appeal | Refused:
    """Give the incident's appeal, or begin one."""
    if appeal := Appeal.objects.select_for_update().filter(incident=incident).first():
        appeal.incident = incident
        return appeal
    if incident.defender is None:
        return Refused("Nobody knows yet whose alarm this is. Give the incident to a defender first.")
    directive = incident.defender.directives.order_by("-version").first()
    if directive is None:
        return Refused("This person has signed no directive, so nothing may be published.")
    return Appeal.objects.create(incident=incident, directive=directive, created_at=now)


def _kind_refused(kind: TextKind, state: AppealState) -> Refused | None:
    if (kind is TextKind.APPEAL) == (state in LIVE):
        return Refused(
            "The appeal is published: write an update or the good end."
            if state in LIVE
            else "There is no published appeal to update. Write the appeal first."
        )
    return None


def _store_version(
    appeal: Appeal, draft: Draft, answer: Checked | Forbidden, *, staff_id: int, now: datetime
) -> AppealVersion:
    last = appeal.versions.order_by("-number").values_list("number", flat=True).first() or 0
    version = AppealVersion(
        appeal=appeal,
        number=last + 1,
        kind=draft.kind,
        audiences=sorted(draft.audiences),
        digest=digest_of(draft, appeal_uid=str(appeal.uid), number=last + 1),
        created_at=now,
        created_by_id=staff_id,
        checked_at=now if isinstance(answer, Checked) else None,
    )
    words = {name: value for name, value in asdict(draft).items() if name in WORDS}
    seal_row(version, now=now, draft=json.dumps(words, ensure_ascii=False))
    version.save()
    return version


def _words_about(answer: Checked | Forbidden) -> str:
    if isinstance(answer, Forbidden):
        return f"Kept, but it cannot be approved yet: {answer.reasons[0].sentence}"
    return f"Kept. The directive allows it. It needs {APPROVALS_NEEDED} approvals."


def approve(version_id: int, *, staff_id: int, digest: bytes, now: datetime) -> Answer:
    """Approve one exact text. `digest` is that of the text which the person read, from the form."""
    version = AppealVersion.objects.get(pk=version_id)
    with _locked_appeal(version.appeal_id) as (incident, appeal):
        version.appeal = appeal
        if not Staff.objects.filter(pk=staff_id, is_active=True).exists():
            return Refused("This account is closed.")
        if not is_unchanged(version):
            return CHANGED
        if version.published_at or version.stopped_at:
            return Refused("This text is published or stopped already. Reload the page.")
        count = decide_approval(
            votes_for(version),
            staff_id=staff_id,
            seen_digest=digest,
            digest=bytes(version.digest),
            is_latest=_is_latest(version),
        )
        if isinstance(count, Refused):
            return count
        answer, _ = check_now(appeal, draft_of(version), now=now)
        if isinstance(answer, Forbidden):
            return Refused(answer.reasons[0].sentence)
        if AppealState(appeal.state) is AppealState.DRAFT:  # The directive forbade it when it was written.
            appeal.state, version.checked_at = AppealState.CHECKED, now
            version.save(update_fields=["checked_at"])
        if count >= APPROVALS_NEEDED:
            following = decide(AppealState(appeal.state), AppealEvent.APPROVE)
            if isinstance(following, Refused):
                return following
            appeal.state = following
        Approval.objects.create(version=version, staff_id=staff_id, digest=digest, at=now)
        facts = {"version": version.number, "count": count, "digest": bytes(version.digest).hex()}
        write_entry(incident, Entry.APPEAL_APPROVED, actor=f"staff:{staff_id}", now=now, facts=facts)
        return Accepted(version.pk, _words_of_count(count))


def _words_of_count(count: int) -> str:
    if count >= APPROVALS_NEEDED:
        return "Approved by two people. It can be published now."
    return "Your approval is kept. Ask a colleague to read the same text and approve it."


def _is_latest(version: AppealVersion) -> bool:
    return not version.appeal.versions.filter(number__gt=version.number).exists()


def publish(version_id: int, *, waves: Sequence[WavePlan], staff_id: int, now: datetime) -> Answer:
    """Tell the world: the page and the feeds at once, supporters and social networks in waves.

    The approvals, the text and the directive are looked at once more, under the lock.
    """
    version = AppealVersion.objects.get(pk=version_id)
    with _locked_appeal(version.appeal_id) as (incident, appeal):
        version.appeal = appeal
        refusal = _publishing_refused(version, incident, now=now)
        event = AppealEvent.PUBLISH if version.kind == TextKind.APPEAL else AppealEvent.UPDATE
        following = decide(AppealState(appeal.state), event)
        if refusal or isinstance(following, Refused):
            return refusal or following
        answer, directive = check_now(appeal, draft_of(version), now=now)
        if isinstance(answer, Forbidden):
            return Refused(answer.reasons[0].sentence)
        if now < answer.not_before:
            first = answer.not_before
            return Refused(f"The directive asks to wait until {first:%H:%M} UTC on {first:%Y-%m-%d}.")
        assert directive is not None, "the check allows nothing without a directive"
        appeal.state, appeal.directive, appeal.stopped_at, appeal.stopped_by = following, directive, None, None
        appeal.published_at = appeal.published_at or now
        version.published_at = now
        _unseal(version)
        made = [] if incident.is_drill else plan_waves(version, waves, now=now)
        facts = {"version": version.number, "kind": version.kind, "waves": len(made)}
        write_entry(incident, Entry.APPEAL_PUBLISHED, actor=f"staff:{staff_id}", now=now, facts=facts)
        return Accepted(version.pk, "Published. A drill is not sent to anybody." if incident.is_drill else "Published.")


def _unseal(version: AppealVersion) -> None:
    """Store a text that is published now in the open columns, which the public pages read."""
    for name, value in words_of(version).items():
        setattr(version, name, value)
    version.draft_sealed = b""
    version.save(update_fields=["published_at", "draft_sealed", *WORDS])


def _publishing_refused(version: AppealVersion, incident: Incident, *, now: datetime) -> Refused | None:
    if not is_unchanged(version):
        return CHANGED
    if version.stopped_at:
        return Refused("This text was stopped. Write a new one.")
    return decide_publishing(
        votes_for(version),
        bytes(version.digest),
        is_latest=_is_latest(version),
        is_confirmed=incident.alarm_state == AlarmState.CONFIRMED,
        is_published=version.published_at is not None,
    )


def stop(appeal_id: int, *, staff_id: int, now: datetime) -> Answer:
    """Stop everything about this appeal, in one click: page, feeds and what is not handed over yet.

    The first, short transaction waits for no wave that is being written, and already holds back every sender, since
    they ask before each message. Withdrawing what is owed follows in pieces; if this process ends meanwhile, the
    senders withdraw the rest one by one.
    """
    with _locked_appeal(appeal_id) as (incident, appeal):
        following = decide(AppealState(appeal.state), AppealEvent.STOP)
        if isinstance(following, Refused):
            return following
        appeal.state, appeal.stopped_at, appeal.stopped_by_id = following, now, staff_id
        appeal.versions.filter(stopped_at=None).update(stopped_at=now)
        write_entry(incident, Entry.APPEAL_STOPPED, actor=f"staff:{staff_id}", now=now)
        notify("tocsin_due", "stop")
    held_back = stop_waves(appeal_id, now=now)
    return Accepted(appeal_id, f"Stopped. {held_back} messages are not sent.")


def close(appeal_id: int, *, staff_id: int, now: datetime) -> Answer:
    """End an appeal: its page stays as a record, and is no longer among those that need help."""
    with _locked_appeal(appeal_id) as (incident, appeal):
        following = decide(AppealState(appeal.state), AppealEvent.CLOSE)
        if isinstance(following, Refused):
            return following
        appeal.state, appeal.closed_at = following, now
        write_entry(incident, Entry.APPEAL_CLOSED, actor=f"staff:{staff_id}", now=now)
        return Accepted(appeal_id, "Closed.")

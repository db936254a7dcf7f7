"""Closing an incident so that nobody could have been forced to close it alone."""

import hmac
from datetime import datetime

from django.db import transaction

from tocsin.core.answers import Refused
from tocsin.dispatch.actions_answers import stand_down
from tocsin.dispatch.actions_letters import ways_to_try
from tocsin.dispatch.actions_notices import Letter, write_notices
from tocsin.dispatch.rules import Lane, Purpose
from tocsin.dispatch.rules_answers import normalised
from tocsin.dispatch.wording import Message, phrase
from tocsin.incidents.actions_alarms import Cry, raise_alarm, withdraw_wish_to_close
from tocsin.incidents.actions_timeline import keep, lock_defender, locked, refuse, write_entry
from tocsin.incidents.models import Challenge, Closing, Incident, RaisedAlarm, Verification
from tocsin.incidents.rules import (
    ENDED,
    Accepted,
    AlarmState,
    Answer,
    Event,
    IncidentState,
    Outcome,
    Reliability,
    Verdict,
    Voices,
    decide_closing,
    decide_incident,
)
from tocsin.incidents.rules_timeline import Entry
from tocsin.people.actions import seal_row
from tocsin.people.models import Plan
from tocsin.people.queries import opened

GONE = Refused("There is no open wish to close this incident. Load the page again.")


def ask_to_close(incident_id: int, *, outcome: str, reason: str, staff_id: int, now: datetime) -> Answer:
    """Wish to close: a second person must confirm. `outcome` is a word of `rules.Outcome`; `Accepted.id` the closing.

    When the defender has just given the rehearsed answer, the incident is closed at once (`Accepted.state` "closed").
    """
    if outcome not in set(Outcome):
        return Refused("Choose how the incident ended.")
    actor = f"staff:{staff_id}"
    with locked(incident_id) as incident:
        decision = decide_incident(IncidentState(incident.state), Event.CLOSE)
        if isinstance(decision, IncidentState) and incident.alarm_state == AlarmState.RAISED:
            decision = Refused("Nobody has acknowledged this alarm yet. Acknowledge it first.")
        if isinstance(decision, Refused):
            return refuse(incident, decision, Event.CLOSE, actor=actor, now=now)
        if Closing.objects.filter(incident=incident, confirmed_at=None, withdrawn_at=None).exists():
            return Refused("Somebody has asked to close this already. Confirm or withdraw that wish.")
        wish = Closing(incident=incident, outcome=outcome, asked_by_id=staff_id, asked_at=now)
        seal_row(wish, now=now, reason=reason.strip())
        wish.save()
        facts = {"closing": wish.pk, "outcome": outcome}
        write_entry(incident, Entry.CLOSING_ASKED, actor=actor, now=now, facts=facts, text=reason.strip())
        alone = decide_closing(_voices(incident, wish, staff_id), now=now)
        if isinstance(alone, Accepted):
            _close(incident, wish, staff_id, now)
        return Accepted(incident.state, wish.pk)


def confirm_closing(incident_id: int, *, staff_id: int, now: datetime) -> Answer:
    """Confirm the pending wish: another person, or the same one after the rehearsed answer."""
    with locked(incident_id) as incident:
        wish = Closing.objects.filter(incident=incident, confirmed_at=None, withdrawn_at=None).first()
        if wish is None:
            return GONE
        decision = decide_closing(_voices(incident, wish, staff_id), now=now)
        if isinstance(decision, Refused):
            return refuse(incident, decision, Event.CLOSE, actor=f"staff:{staff_id}", now=now)
        _close(incident, wish, staff_id, now)
        return Accepted(incident.state, wish.pk)


def withdraw_closing(incident_id: int, *, staff_id: int, now: datetime) -> Answer:
    """Take the pending wish back. Anybody at headquarters may."""
    with locked(incident_id) as incident:
        if not withdraw_wish_to_close(incident, actor=f"staff:{staff_id}", because="person", now=now):
            return GONE
        return Accepted(incident.state)


def _voices(incident: Incident, wish: Closing, staff_id: int) -> Voices:
    """Read who has spoken. Of the challenges only the newest counts: the next answer may be another one."""
    newest = Challenge.objects.filter(incident=incident).order_by("-asked_at", "-pk").first()
    is_well = newest is not None and newest.verdict == Verdict.WELL
    sign = incident.timeline.filter(event=Entry.DURESS).order_by("-number").first()
    duress_alarm = RaisedAlarm.objects.filter(incident=incident, kinds__contains=["duress"]).order_by("-pk").first()
    signs = [sign.at] if sign is not None else []
    signs += [duress_alarm.received_at] if duress_alarm is not None else []
    seen = Verification.objects.filter(incident=incident, reliability=Reliability.CONFIRMED)
    return Voices(
        asked_by=wish.asked_by_id,
        speaks=staff_id,
        is_under_duress=incident.is_under_duress,
        was_seen_since=bool(signs) and seen.filter(asked_at__gt=max(signs)).exists(),
        challenged_well_at=newest.answered_at if newest is not None and is_well else None,
        last_alarm_at=_last_call(incident),
    )


def _last_call(incident: Incident) -> datetime:
    """Give when the last call came, repeats included."""
    last = RaisedAlarm.objects.filter(incident=incident).order_by("-received_at").first()
    return max(incident.last_alarm_at, last.received_at) if last is not None else incident.last_alarm_at


def _close(incident: Incident, wish: Closing, staff_id: int, now: datetime) -> None:
    """Close it: people are thanked and sent home, and nothing is owed any more."""
    facts: dict[str, object] = {"closing": wish.pk, "outcome": wish.outcome}
    if staff_id != wish.asked_by_id:
        wish.confirmed_by_id = staff_id
        facts["confirmed_by"] = staff_id
    else:
        wish.challenge = Challenge.objects.filter(incident=incident).order_by("-asked_at", "-pk").first()
        assert wish.challenge is not None
        assert wish.challenge.verdict == Verdict.WELL, "one person alone never closes"
        facts["challenge"] = wish.challenge.pk
    wish.confirmed_at = now
    wish.save()
    incident.state, incident.closed_at, incident.outcome = IncidentState.CLOSED, now, wish.outcome
    write_entry(incident, Entry.CLOSED, actor=f"staff:{staff_id}", now=now, facts=facts)
    stand_down(incident, now=now)


def send_challenge(incident_id: int, *, channel: str, staff_id: int, now: datetime) -> Answer:
    """Put the rehearsed question of the plan to the defender by one of their channels ("sms", "email", …), or ask it
    on the telephone (channel "phone", which sends nothing). Refused without a plan's question or such a way.
    `Accepted.id` is the challenge.
    """
    with locked(incident_id) as incident:
        if incident.defender is None or incident.state in ENDED:
            return Refused("Only the defender of an open incident can be asked the rehearsed question.")
        plan = Plan.objects.filter(defender=incident.defender).select_related("defender__party").first()
        words = opened([plan], "challenge", "check_word")[0] if plan is not None else {}
        if not words.get("challenge") or not words.get("check_word"):
            return Refused("The plan holds no rehearsed question and answer. A second person must confirm instead.")
        party = incident.defender.party
        ways = [way for way in ways_to_try([party.pk])[party.pk] if way.channel == channel]
        if not ways and channel != "phone":
            return Refused("The defender has no such way to be reached. Choose another one, or ask by telephone.")
        if channel == _spoke_last_by(incident):
            return Refused("The defender last wrote by this way, and it may be in other hands. Choose another one.")
        asked = Challenge.objects.create(incident=incident, channel=channel, asked_at=now, asked_by_id=staff_id)
        message = Message(phrase(party.language, "plain_subject"), words["challenge"])
        letters = [Letter(party, way, message, Purpose.CHALLENGE, Lane.RESPONSE) for way in ways]
        write_notices(letters, now=now, incident=incident)
        facts = {"challenge": asked.pk, "channel": channel}
        write_entry(incident, Entry.CHALLENGE_SENT, actor=f"staff:{staff_id}", now=now, facts=facts)
        return Accepted(incident.state, asked.pk)


def _spoke_last_by(incident: Incident) -> str:
    """Give the channel by which the defender last wrote to us in this incident; empty: they have not."""
    assert incident.defender is not None
    spoke = incident.timeline.filter(
        actor=f"party:{incident.defender.party_id}", event__in=[Entry.MESSAGE, Entry.CLAIMED_SAFE]
    )
    last = spoke.order_by("-number").first()
    return str(last.facts.get("channel", "")) if last is not None else ""


def record_challenge_answer(challenge_id: int, *, words: str, staff_id: int, now: datetime) -> Answer:
    """Write down what the defender answered on the telephone. The words are compared, never kept or shown.

    The page says only that the answer was recorded: the verdict stands on the incident's page for headquarters.
    """
    asked = Challenge.objects.filter(pk=challenge_id).first()
    if asked is None or asked.answered_at is not None:
        return Refused("This question was answered already. Send a new one.")
    with transaction.atomic():
        defender_id = Incident.objects.values_list("defender_id", flat=True).get(pk=asked.incident_id)
        assert defender_id is not None, "only a defender is asked"
        lock_defender(defender_id)
        return _judge_by_phone(asked, words, staff_id, now)


def _judge_by_phone(asked: Challenge, words: str, staff_id: int, now: datetime) -> Answer:
    with locked(asked.incident_id) as incident:
        judge_challenge(incident, words, channel="phone", actor=f"staff:{staff_id}", now=now)
        return Accepted(incident.state, asked.pk)


def judge_challenge(incident: Incident, words: str, *, channel: str, actor: str, now: datetime) -> Verdict:
    """Compare an answer with the plan's words and write the verdict down. Every path takes the same steps: what the
    defender's phone shows, and when, must not tell an observer which word it was."""
    assert incident.defender is not None
    verdict = verdict_of(incident.defender_id, words)
    asked = Challenge.objects.filter(incident=incident, answered_at=None).order_by("-asked_at", "-pk").first()
    if asked is not None:
        asked.answered_at, asked.verdict = now, verdict
        asked.save(update_fields=["answered_at", "verdict"])
        facts = {"challenge": asked.pk, "verdict": str(verdict), "channel": channel}
        write_entry(incident, Entry.CHALLENGE_ANSWERED, actor=actor, now=now, facts=facts)
    if verdict is Verdict.DURESS:
        show_duress(incident, channel=channel, actor=actor, now=now)
    return verdict


def show_duress(incident: Incident, *, channel: str, actor: str, now: datetime) -> None:
    """Let headquarters know that somebody stands behind the defender: it is a call of the gravest kind, and rings."""
    write_entry(incident, Entry.DURESS, actor=actor, now=now, facts={"channel": channel})
    incident.is_under_duress = True
    keep(incident)  # The call below reads the incident anew.
    cry = Cry(
        kinds=frozenset({"duress"}), received_at=now, actor=actor, source=channel, defender=incident.defender,
        sent_at=now, is_drill=incident.is_drill,
    )  # fmt: skip
    raise_alarm(cry, now=now)
    incident.refresh_from_db()


def verdict_of(defender_id: int | None, words: str) -> Verdict:
    """Compare words with the plan's check word and duress word, in constant time; both are always compared."""
    plan = Plan.objects.filter(defender_id=defender_id).select_related("defender__party").first()
    known = opened([plan], "check_word", "duress_word")[0] if plan is not None else {}
    said = normalised(words).encode()
    check, duress = (normalised(known.get(name, "")).encode() for name in ("check_word", "duress_word"))
    is_well = hmac.compare_digest(said, check) and bool(check)
    is_duress = hmac.compare_digest(said, duress) and bool(duress)
    if is_duress:  # First: where both words were set to the same by mistake, danger wins.
        return Verdict.DURESS
    return Verdict.WELL if is_well else Verdict.WRONG


def reopen(incident_id: int, *, reason: str, staff_id: int, now: datetime) -> Answer:
    """Open a closed incident again. Refused while the defender has another open one."""
    actor = f"staff:{staff_id}"
    with locked(incident_id) as incident:
        decision = decide_incident(IncidentState(incident.state), Event.REOPEN)
        others = Incident.objects.filter(defender_id=incident.defender_id, is_drill=incident.is_drill)
        is_taken = incident.defender_id is not None and others.exclude(state__in=ENDED).exists()
        if isinstance(decision, IncidentState) and is_taken:
            decision = Refused("This person has another open incident. Go on there.")
        if isinstance(decision, Refused):
            return refuse(incident, decision, Event.REOPEN, actor=actor, now=now)
        incident.state, incident.closed_at, incident.outcome = decision, None, ""
        write_entry(incident, Entry.REOPENED, actor=actor, now=now, text=reason.strip())
        return Accepted(decision)


def mark_reviewed(incident_id: int, *, staff_id: int, now: datetime) -> Answer:
    """Say that the closed incident was talked over and learnt from."""
    actor = f"staff:{staff_id}"
    with locked(incident_id) as incident:
        decision = decide_incident(IncidentState(incident.state), Event.REVIEW)
        if isinstance(decision, Refused):
            return refuse(incident, decision, Event.REVIEW, actor=actor, now=now)
        incident.state = decision
        write_entry(incident, Entry.REVIEWED, actor=actor, now=now)
        return Accepted(decision)

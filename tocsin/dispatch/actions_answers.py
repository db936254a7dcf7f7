"""What people answer, and what that stops. Only a human answer stops anything; receipts are hints."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from django.db import transaction

from tocsin.accounts.models import Staff
from tocsin.core.answers import Refused
from tocsin.dispatch.actions_callouts import (
    hurry,
    is_somebody_coming,
    is_step_refused_by_all,
    settle,
    start_callout,
    stop_callouts,
)
from tocsin.dispatch.actions_letters import exact_place_message, told_about, ways_to_try
from tocsin.dispatch.actions_notices import (
    DUE,
    Letter,
    digest_of,
    end_notices,
    notify,
    open_rings,
    withdraw_unsent,
    write_notices,
)
from tocsin.dispatch.models import AnswerLink, Callout, Notice
from tocsin.dispatch.queries_routes import SCREEN
from tocsin.dispatch.rules import HAND_OVER_S, HELPING, CalloutState, Lane, NoticeState, Purpose
from tocsin.dispatch.rules_answers import Meaning
from tocsin.dispatch.wording import Asked, Message, answer_taken, stood_down
from tocsin.incidents.actions_timeline import locked, write_entry
from tocsin.incidents.models import Engagement, Incident
from tocsin.incidents.rules import ENDED, AlarmState, Event, IncidentState, decide_alarm, decide_incident
from tocsin.incidents.rules_timeline import Entry
from tocsin.people.models import Party, Way

# What an answer makes of an engagement.
ENGAGED = {
    Meaning.YES: "accepted",
    Meaning.NO: "declined",
    Meaning.ON_THE_WAY: "on_the_way",
    Meaning.THERE: "there",
    Meaning.SAFE: "safe",
}
ONCE = (Meaning.YES, Meaning.NO)  # A link takes one of these once; the others follow a yes, as often as things change.


@dataclass(frozen=True, slots=True)
class LinkAnswer:
    """What became of an answer by link. `state`: "taken", "used", "expired", "unknown" or "over"."""

    state: str
    incident_id: int | None = None


def record_answer(
    incident: Incident, party: Party, meaning: Meaning, *, channel: str, now: datetime, confirms: bool = True
) -> None:
    """Take what somebody answered about a locked incident, and do what follows from it.

    `confirms`: tell them by the same channel what was understood; a page tells it itself.
    """
    assert meaning in ENGAGED, "what is unclear is asked again, not recorded"
    engagement = Engagement.objects.filter(incident=incident, party=party).first()
    if engagement is None:
        engagement = Engagement(incident=incident, party=party, role=Asked.RESPONDER, asked_at=now)
    was_helping = engagement.state in HELPING
    engagement.state, engagement.changed_at = ENGAGED[meaning], now
    engagement.save()
    facts = {"party": party.pk, "role": engagement.role, "answer": str(meaning), "channel": channel}
    write_entry(incident, Entry.ANSWERED, actor=f"party:{party.pk}", now=now, facts=facts)
    _answer_notices(incident, party, channel, now)
    if engagement.role == Asked.HEADQUARTERS:
        if meaning is not Meaning.NO:
            _take_it(incident, party, channel, now)
    elif meaning is not Meaning.NO:
        _engage(incident, party, engagement, was_helping=was_helping, now=now)
    elif was_helping and not is_somebody_coming(incident):
        _ask_again(incident, now)
    if meaning is Meaning.NO:
        _hurry_when_all_said_no(incident, now)
    if confirms:
        _confirm(incident, party, engagement.role, meaning, channel, now)


def _answer_notices(incident: Incident, party: Party, channel: str, now: datetime) -> None:
    """The question that was answered is answered; what other carriers still hold of it is taken back."""
    mine = open_rings(incident, [party.pk])
    answered = end_notices(mine.filter(channel=channel), NoticeState.ANSWERED, reason="", now=now)
    reason = "answered by another way" if answered else "answered"
    end_notices(mine, NoticeState.WITHDRAWN, reason=reason, now=now)


def _take_it(incident: Incident, party: Party, channel: str, now: datetime) -> None:
    """A duty officer took the alarm by answering."""
    staff = Staff.objects.filter(party=party, is_active=True).first()
    decision = decide_alarm(AlarmState(incident.alarm_state), Event.ACKNOWLEDGE)
    if staff is None or isinstance(decision, Refused):
        return  # A colleague was quicker; the entry of the answer says so.
    take_alarm(incident, decision, staff_id=staff.pk, channel=channel, now=now)


def take_alarm(incident: Incident, decision: AlarmState, *, staff_id: int, channel: str, now: datetime) -> None:
    """Write down who at headquarters looks after an alarm, and stop ringing headquarters."""
    engaged = decide_incident(IncidentState(incident.state), Event.ENGAGE)
    incident.state = incident.state if isinstance(engaged, Refused) else engaged
    incident.alarm_state = decision
    incident.acknowledged_at, incident.acknowledged_by_id = now, staff_id
    facts = {"by": staff_id, "channel": channel}
    write_entry(incident, Entry.ACKNOWLEDGED, actor=f"staff:{staff_id}", now=now, facts=facts)
    _stop_ringing_headquarters(incident, staff_id, channel, now)


def _stop_ringing_headquarters(incident: Incident, staff_id: int, channel: str, now: datetime) -> None:
    """A responder's question goes on; headquarters' is answered."""
    duty = Engagement.objects.filter(incident=incident, role=Asked.HEADQUARTERS)
    duty.filter(party__staff=staff_id).update(state="accepted", changed_at=now)
    end_notices(open_rings(incident).filter(channel=SCREEN), NoticeState.ANSWERED, reason="", now=now)
    at_headquarters = open_rings(incident, list(duty.values_list("party_id", flat=True)))
    end_notices(at_headquarters, NoticeState.WITHDRAWN, reason="acknowledged by a colleague", now=now)
    settle(incident, now=now)


def _engage(incident: Incident, party: Party, engagement: Engagement, *, was_helping: bool, now: datetime) -> None:
    """Somebody comes: they learn the exact place, once, if the plan allows it."""
    engaged = decide_incident(IncidentState(incident.state), Event.ENGAGE)
    if not isinstance(engaged, Refused):
        incident.state = engaged
    if not was_helping:
        message = exact_place_message(told_about(incident, now=now), party, engagement.role)
        if message is not None:
            letters = [Letter(party, way, message, Purpose.EXACT_PLACE, Lane.RESPONSE) for way in _ways(party)]
            write_notices(letters, now=now, incident=incident)
    settle(incident, now=now)


def _ask_again(incident: Incident, now: datetime) -> None:
    """The only one who was coming cannot: others are asked, though the callout had ended."""
    if incident.state in ENDED:
        return
    if Callout.objects.filter(incident=incident, state=CalloutState.RUNNING).exists():
        hurry(incident, now=now)
    else:
        start_callout(incident, now=now)


def _hurry_when_all_said_no(incident: Incident, now: datetime) -> None:
    running = Callout.objects.filter(incident=incident, state=CalloutState.RUNNING).first()
    if running is not None and is_step_refused_by_all(running):
        hurry(incident, now=now)


def _confirm(incident: Incident, party: Party, role: str, meaning: Meaning, channel: str, now: datetime) -> None:
    ways = [way for way in _ways(party) if way.channel == channel]
    level = told_about(incident, now=now).level_of(role)
    reply(party, ways, answer_taken(party.language, role, str(meaning), level), now=now, incident=incident)


def reply(
    party: Party,
    ways: list[Way],
    message: Message,
    *,
    now: datetime,
    incident: Incident | None = None,
    due_at: datetime | None = None,
) -> None:
    """Owe an answer to a message that came in, by the first of these ways."""
    letters = [Letter(party, way, message, Purpose.REPLY, Lane.RESPONSE, due_at=due_at) for way in ways[:1]]
    write_notices(letters, now=now, incident=incident)


def _ways(party: Party) -> list[Way]:
    return ways_to_try([party.pk])[party.pk]


def answer_by_link(secret: str, answer: str, *, now: datetime) -> LinkAnswer:
    """Take the answer "yes" or "no" of a single-use link. Only POST may call this.

    After a yes, "on_the_way", "there" and "safe" are taken by the same link until the incident ends.
    """
    if answer not in {str(meaning) for meaning in ENGAGED}:
        return LinkAnswer("unknown")
    meaning = Meaning(answer)
    with transaction.atomic():
        link = AnswerLink.objects.select_related("notice__party").filter(digest=digest_of(secret)).first()
        if link is None or link.notice.incident_id is None or link.notice.party is None:
            return LinkAnswer("unknown")
        with locked(link.notice.incident_id) as incident:
            # Read again under the lock: of two posts at once only one is the first.
            link = AnswerLink.objects.select_related("notice__party").get(pk=link.pk)
            refused = _why_not(link, incident, meaning, now)
            if refused:
                return LinkAnswer(refused, incident.pk)
            if link.used_at is None:
                link.used_at, link.answer = now, answer
                link.save(update_fields=["used_at", "answer"])
            assert link.notice.party is not None
            record_answer(incident, link.notice.party, meaning, channel=link.notice.channel, now=now, confirms=False)
            return LinkAnswer("taken", incident.pk)


def _why_not(link: AnswerLink, incident: Incident, meaning: Meaning, now: datetime) -> str:
    if incident.state in ENDED:
        return "over"
    if link.used_at is not None:
        goes_on = link.answer == Meaning.YES or link.answer in (Meaning.ON_THE_WAY, Meaning.THERE, Meaning.SAFE)
        return "" if goes_on and meaning not in ONCE else "used"
    return "expired" if link.expires_at <= now else ""


def stand_down(incident: Incident, *, now: datetime) -> None:
    """End the asking, and thank everyone who was asked to go and need not any more. The caller closes the incident."""
    withdrawn = stop_callouts(incident, reason="the incident is closed", now=now)
    unsent = Notice.objects.filter(incident=incident, wave=None).exclude(purpose=Purpose.REPLY)
    withdrawn += withdraw_unsent(unsent, reason="the incident is closed", now=now)
    rung = open_rings(incident)
    heard_of_it = set(rung.exclude(party=None).values_list("party_id", flat=True))
    end_notices(rung, NoticeState.WITHDRAWN, reason="the incident is closed", now=now)
    active = Engagement.objects.filter(incident=incident).exclude(role=Asked.HEADQUARTERS)
    going = list(active.filter(state__in=[*HELPING, "asked"]).select_related("party"))
    told = [one for one in going if one.state in HELPING or one.party_id in heard_of_it]
    ways = ways_to_try([one.party_id for one in told])
    letters = [
        Letter(
            one.party,
            way,
            stood_down(one.party.language, is_drill=incident.is_drill),
            Purpose.STAND_DOWN,
            Lane.RESPONSE,
        )
        for one in told
        for way in ways[one.party_id]
    ]
    write_notices(letters, now=now, incident=incident)
    active.filter(pk__in=[one.pk for one in going]).update(state="stood_down", changed_at=now)
    facts = {"people": len(told), "withdrawn": withdrawn}
    write_entry(incident, Entry.STOOD_DOWN, actor="dispatch", now=now, facts=facts)


def resend(notice_id: int, *, staff_id: int, now: datetime) -> bool:
    """Owe the same message once more, for the ledger page. False: it needs no resending, or its text is gone."""
    with transaction.atomic():
        notice = (
            Notice.objects.select_for_update(of=("self",))
            .filter(pk=notice_id, wave=None, state__in=[NoticeState.REFUSED, NoticeState.EXPIRED])
            .exclude(body_sealed=b"")
            .first()
        )
        if notice is None or notice.incident_id is None:
            return False
    with locked(notice.incident_id) as incident:
        if incident.state in ENDED:
            return False
        original = notice.pk
        notice.pk, notice.uid = None, uuid4()
        notice.state, notice.reason, notice.attempts, notice.ended_at = NoticeState.OWED, "", 0, None
        notice.created_at = notice.due_at = now
        notice.deadline_at = now + timedelta(seconds=HAND_OVER_S[Lane(notice.lane)])
        notice.lease_until, notice.carrier_id, notice.accepted_at, notice.delivered_at = None, "", None, None
        notice.save(force_insert=True)
        notify(DUE, notice.lane)
        facts = {"notice": notice.pk, "of": original, "channel": notice.channel}
        write_entry(incident, Entry.RESENT, actor=f"staff:{staff_id}", now=now, facts=facts)
        return True

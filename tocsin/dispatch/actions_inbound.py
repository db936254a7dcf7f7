"""Messages that people send to us: answers, cries, the words of the plan, and strangers. Nothing is thrown away."""

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from tocsin.channels.base import Incoming
from tocsin.core.access import DataClass, Reader
from tocsin.core.sealing import open_sealed, seal
from tocsin.core.storable import storable
from tocsin.devices.models import DeviceIdentity
from tocsin.dispatch.actions_answers import record_answer, reply
from tocsin.dispatch.models import Inbound, Notice
from tocsin.dispatch.rules import Purpose, retry_after_s
from tocsin.dispatch.rules_answers import Meaning, is_cry, read_reply
from tocsin.dispatch.wording import Message, noted, unclear, which
from tocsin.incidents.actions_alarms import Cry, raise_alarm
from tocsin.incidents.actions_closing import judge_challenge, verdict_of
from tocsin.incidents.actions_timeline import lock_defender, locked, write_entry
from tocsin.incidents.models import Challenge, Engagement, Incident
from tocsin.incidents.rules import ENDED, Verdict
from tocsin.incidents.rules_timeline import Entry
from tocsin.people.actions import record_looks
from tocsin.people.models import Defender, Way
from tocsin.people.queries import address_index, keyring
from tocsin.people.queries_people import by_address

CONTEXT = "inbound"
DEFENDER_REPLY_S = 2  # Every reply to a defender goes out so long after their message, whatever it set in motion.
ANSWERED_LATE_S = 24 * 3600  # Somebody who was asked may still answer so long after the question expired.
STRANGERS = UUID("7a1e0c55-0000-4000-8000-737472616e67")  # Whom looks at their messages are logged with.
Leave = Callable[[str, str, datetime], bool]
ATTEMPTS_MAX = 32_767  # As far as the column counts.
STRANGER, HANDLED = "stranger", "handled"


@dataclass(frozen=True)
class Written:
    """An inbound message, opened."""

    channel: str
    sender: str
    body: str
    received_at: datetime


def sealed_inbound(incoming: Incoming) -> tuple[bytes, bytes]:
    """Give the blind index of the sender and the sealed contents, for the row stored before the carrier is answered."""
    ring = keyring()
    sender, body = storable(incoming.sender), storable(incoming.body)
    contents = json.dumps({"sender": sender, "body": body}, ensure_ascii=False).encode()
    return _sender_index(incoming.channel, sender), seal(contents, key=ring.journal, context=CONTEXT)


def _sender_index(channel: str, sender: str) -> bytes:
    number = f"+{sender}" if channel == "sms" and sender.isdigit() else sender
    try:
        return address_index(channel, number)
    except ValueError:  # A carrier's own name, such as "INFO": still a sender.
        return keyring().blind_index(sender, kind=f"sender:{channel}")


def look_at_strangers(rows: Sequence[Inbound], *, reader: Reader, now: datetime) -> list[Written]:
    """Open messages of unknown numbers for a person, and log it. Without both rights none of them is opened."""
    if not rows or not (reader.may_read(DataClass.ID) and reader.may_read(DataClass.STORY)):
        return []
    seen = [(STRANGERS, DataClass.ID), (STRANGERS, DataClass.STORY)]
    record_looks(seen, reader=reader, purpose="messages of strangers", now=now)
    return [opened_inbound(row) for row in rows]


def opened_inbound(row: Inbound) -> Written:
    """Open a stored message for the program."""
    told = json.loads(open_sealed(bytes(row.sealed), key=keyring().journal, context=CONTEXT))
    return Written(row.channel, told["sender"], told["body"], row.received_at)


def take_inbound(inbound_id: int, *, now: datetime, leave: Leave | None = None) -> bool:
    """Do what a stored message asks for. False: another worker has it, or it is done.

    `leave(number, body, now)` ends a subscription when the words ask for it, and says whether it did (publicity).
    """
    with transaction.atomic():
        row = Inbound.objects.select_for_update(skip_locked=True).filter(pk=inbound_id, state="waiting").first()
        if row is None:
            return False
        written = opened_inbound(row)
        ways = by_address(written.channel, written.sender)
        defender = _defender_of(row, ways)
        row.state, row.handled_at = HANDLED, now
        if defender is not None and _is_for_defender(defender, ways, written.body):
            row.party_id = defender.party_id
            row.incident_id = _hear_defender(defender, ways, written, now)
        elif leave is not None and leave(written.sender, written.body, now):
            pass
        elif ways:
            _hear_known(row, ways, written, now)
        else:
            row.state = STRANGER
            if is_cry(written.body):
                row.incident_id = _hear_stranger(bytes(row.sender_index), written, now)
        row.save(update_fields=["state", "handled_at", "party", "incident"])
        return True


def put_back(inbound_id: int, *, now: datetime) -> None:
    """Let a message that could not be taken wait a while and be tried again, for ever."""
    with transaction.atomic():
        row = Inbound.objects.select_for_update().filter(pk=inbound_id, state="waiting").first()
        if row is not None:
            row.attempts = min(row.attempts + 1, ATTEMPTS_MAX)
            row.due_at = now + timedelta(seconds=retry_after_s(row.attempts))
            row.save(update_fields=["attempts", "due_at"])


def _defender_of(row: Inbound, ways: Sequence[Way]) -> Defender | None:
    """Give the defender whose number this is: one of their own, or the SIM card of their device."""
    theirs = Defender.objects.select_related("party").filter(party_id__in=[way.party_id for way in ways])
    if (found := theirs.first()) is not None:
        return found
    sim = DeviceIdentity.objects.filter(kind="sms", uid_index=bytes(row.sender_index))
    identity = sim.select_related("device__defender__party").first()
    return identity.device.defender if identity is not None else None


def _is_for_defender(defender: Defender, ways: Sequence[Way], body: str) -> bool:
    """Say whether a message from a defender's number is about themselves. Somebody who is also asked to help another
    answers that, unless the message is a cry or one of their own words."""
    verdict = verdict_of(defender.pk, body)
    asked = [incident for _, incident in _open_questions(ways) if incident.defender_id != defender.pk]
    return not asked or is_cry(body) or verdict is not Verdict.WRONG


def _hear_stranger(sender_index: bytes, written: Written, now: datetime) -> int:
    """A cry from a number that nobody knows may be a defender with a borrowed phone: a quarantined alarm, never only a
    line on a list. Floods are bounded as those of unknown devices are."""
    cry = Cry(
        kinds=frozenset({"sos"}), received_at=written.received_at, actor="stranger", source=written.channel,
        uid_index=sender_index, sent_at=written.received_at, text=written.body,
    )  # fmt: skip
    return raise_alarm(cry, now=now).pk


def _hear_defender(defender: Defender, ways: Sequence[Way], written: Written, now: datetime) -> int | None:
    """Hear the person we protect. Whatever they wrote, the phone gets the same words after the same time: somebody else
    may hold it."""
    lock_defender(defender.pk)
    actor = f"party:{defender.party_id}"
    verdict = verdict_of(defender.pk, written.body)
    incident_id = _open_incident_id(defender)
    if is_cry(written.body) or (verdict is Verdict.DURESS and incident_id is None):
        kinds = frozenset({"sos"} if verdict is not Verdict.DURESS else {"duress"})
        is_call = True
    else:
        # "They are at my door" holds no word that we know. Out of a clear sky it is a call; somebody reads it.
        kinds = frozenset({"other"})
        is_call = incident_id is None and verdict is Verdict.WRONG and _is_unclear(written.body)
    if is_call:
        cry = Cry(
            kinds=kinds, received_at=written.received_at, actor=actor, source=written.channel, defender=defender,
            sent_at=written.received_at, text=written.body,
        )  # fmt: skip
        incident_id = raise_alarm(cry, now=now).pk
    elif incident_id is not None:
        with locked(incident_id) as incident:
            _hear_in_incident(incident, defender, written, verdict, actor, now)
    own = [way for way in ways if way.party_id == defender.party_id and way.channel == written.channel]
    due_at = written.received_at + timedelta(seconds=DEFENDER_REPLY_S)
    incident = Incident.objects.get(pk=incident_id) if incident_id is not None else None
    reply(defender.party, own, noted(defender.party.language), now=now, incident=incident, due_at=due_at)
    return incident_id


def _is_unclear(body: str) -> bool:
    return bool(body.strip()) and read_reply(body).meaning is Meaning.UNCLEAR


def _hear_in_incident(
    incident: Incident, defender: Defender, written: Written, verdict: Verdict, actor: str, now: datetime
) -> None:
    """A message while an incident is open: an answer to the challenge, a sign of duress, a claim, or news."""
    channel = written.channel
    is_asked = Challenge.objects.filter(incident=incident, answered_at=None).exclude(channel="phone").exists()
    if is_asked or verdict is Verdict.DURESS:
        judge_challenge(incident, written.body, channel=channel, actor=actor, now=now)
        if verdict is not Verdict.WRONG:
            return
    if verdict is Verdict.WELL or read_reply(written.body).meaning is Meaning.SAFE:
        write_entry(incident, Entry.CLAIMED_SAFE, actor=actor, now=now, facts={"channel": channel})
    else:
        facts = {"party": defender.party_id, "channel": channel}
        write_entry(incident, Entry.MESSAGE, actor=actor, now=now, facts=facts, text=written.body)


def _open_incident_id(defender: Defender) -> int | None:
    open_ones = Incident.objects.filter(defender=defender, is_drill=False).exclude(state__in=ENDED)
    return open_ones.values_list("pk", flat=True).first()


def _hear_known(row: Inbound, ways: Sequence[Way], written: Written, now: datetime) -> None:
    """Somebody we know: take the answer, or ask which call it is about, or keep what they wrote."""
    questions = _open_questions(ways)
    said = read_reply(written.body)
    row.party_id = ways[0].party_id
    codes = {incident.pk for _, incident in questions}
    if said.code in codes and len(codes) > 1:
        questions = [pair for pair in questions if pair[1].pk == said.code]
    way, incident = questions[0] if questions else (ways[0], _engaged_in(ways))
    if incident is None:
        return  # Nothing is asked of them; the message is kept and shown with the person.
    row.party_id, row.incident_id = way.party_id, incident.pk
    several = {other.pk for _, other in questions}
    if said.meaning is Meaning.UNCLEAR:
        _keep_message(incident, way, written, now)
        if questions:
            _reply(way, unclear(way.party.language), incident, now)
    elif len(several) > 1:
        _reply(way, which(way.party.language, several), incident, now)
    else:
        with locked(incident.pk) as held:
            if held.state in ENDED:
                return
            record_answer(held, way.party, said.meaning, channel=written.channel, now=now)


def _open_questions(ways: Collection[Way]) -> list[tuple[Way, Incident]]:
    """Give who was asked what through these ways, the newest first; one incident once."""
    by_party = {way.party_id: way for way in ways}
    asked = Notice.objects.filter(party_id__in=list(by_party), purpose=Purpose.RING, ended_at=None)
    asked = asked.exclude(incident__state__in=ENDED).select_related("incident").order_by("-pk")
    found: dict[int, tuple[Way, Incident]] = {}
    for notice in asked:
        assert notice.incident is not None
        found.setdefault(notice.incident.pk, (by_party[notice.party_id], notice.incident))
    return list(found.values())


def _engaged_in(ways: Sequence[Way]) -> Incident | None:
    """Give the open incident in which one of these people answered before: "there", "safe", or a change of mind."""
    engagements = Engagement.objects.filter(party_id__in=[way.party_id for way in ways])
    newest = engagements.exclude(incident__state__in=ENDED).select_related("incident").order_by("-changed_at").first()
    return newest.incident if newest is not None else None


def _keep_message(incident: Incident, way: Way, written: Written, now: datetime) -> None:
    with locked(incident.pk) as held:
        facts = {"party": way.party_id, "channel": written.channel}
        write_entry(held, Entry.MESSAGE, actor=f"party:{way.party_id}", now=now, facts=facts, text=written.body)


def _reply(way: Way, message: Message, incident: Incident, now: datetime) -> None:
    reply(way.party, [way], message, now=now, incident=incident)

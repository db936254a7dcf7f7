"""A seeded storm of presses, answers, crashes and late replies. Afterwards nothing is owed, each notice has one final
outcome, every timeline proves itself, and no incident was closed by one person alone.

Time is told, so an hour of storm takes seconds. The lane is played here in its four ways to end; its real locks are
tested in `tests/servers/lanes`.
"""

import random
from collections import Counter
from datetime import datetime, timedelta

import pytest
from django.db.models import Q
from django.test import override_settings

from tests.heart_scene import NOW, Scene, cry, make_scene, reach, store_signal
from tocsin.channels.base import Incoming
from tocsin.core.access import program
from tocsin.dispatch.actions_answers import answer_by_link
from tocsin.dispatch.actions_callouts import advance_callout
from tocsin.dispatch.actions_inbound import sealed_inbound, take_inbound
from tocsin.dispatch.actions_ledger import audit, expire, refuse_notice
from tocsin.dispatch.models import Callout, Inbound, Notice
from tocsin.dispatch.rules import ANSWER_S, ASKS, retry_after_s
from tocsin.incidents import actions
from tocsin.incidents.actions_alarms import raise_alarm
from tocsin.incidents.actions_closing import ask_to_close, confirm_closing, reopen, send_challenge, withdraw_closing
from tocsin.incidents.actions_intake import take_signal
from tocsin.incidents.actions_timeline import locked
from tocsin.incidents.models import Closing, Incident
from tocsin.incidents.queries import export_lines
from tocsin.incidents.rules import ENDED
from tocsin.incidents.rules_timeline import Whole, verify_export
from tocsin.people.actions_parties import PartyTerms
from tocsin.people.actions_responders import ResponderTerms, create_responder
from tocsin.people.queries import opened

EVENTS = 140
LEASE_S = 6
WORDS = ["1", "2", "yes", "нет", "on my way", "arrived", "???", "SOS", "blue lantern", "red lantern", "STOP", "1 1"]
KINDS = ["sos", "fall", "silence", "duress", "jamming"]
FINAL = {"answered", "expired", "refused", "withdrawn"}


class Storm:
    """One storm. Everything that happens is drawn from the seed."""

    def __init__(self, scene: Scene, seed: int) -> None:
        self.scene = scene
        self.draw = random.Random(seed)
        self.now: datetime = NOW
        self.sent: Counter[int] = Counter()  # What carriers took, by notice.
        self.endings: Counter[int] = Counter()  # How often a notice was seen to get its final outcome.
        self.ended: set[int] = set()
        self.numbers = [*scene.numbers.values(), "+447700900999"]

    def run(self) -> None:
        happenings = [
            (self.press, 3), (self.unknown_press, 1), (self.write, 5), (self.link, 3), (self.acknowledge, 1),
            (self.close, 2), (self.challenge, 1), (self.withdraw, 1), (self.reopen, 1), (self.carry, 6),
        ]  # fmt: skip
        for _ in range(EVENTS):
            self.now += timedelta(seconds=self.draw.choice([0, 1, 2, 5, 20, 60, 300]))
            self.draw.choices([what for what, _ in happenings], [often for _, often in happenings])[0]()
            self.tick()
            self.watch()

    def press(self) -> None:
        kinds = self.draw.sample(KINDS, self.draw.randint(1, 2))
        sightings = {} if self.draw.random() < 0.7 else {"sightings": ()}
        raise_alarm(cry(self.scene, *kinds, now=self.now, **sightings), now=self.now)

    def unknown_press(self) -> None:
        signal = store_signal(f"99000000000{self.draw.randint(0, 2)}001", now=self.now)
        take_signal(signal.pk, now=self.now)
        take_signal(signal.pk, now=self.now)

    def write(self) -> None:
        number, body = self.draw.choice(self.numbers), self.draw.choice(WORDS)
        index, sealed = sealed_inbound(Incoming("sms", number, body, "", self.now))
        row = Inbound.objects.create(
            channel="sms", sender_index=index, sealed=sealed, received_at=self.now, due_at=self.now
        )
        for _ in range(self.draw.randint(1, 2)):  # A crash after the commit: the same row is taken again.
            take_inbound(row.pk, now=self.now)

    def link(self) -> None:
        notice = self.any_of(Notice.objects.filter(link__isnull=False))
        if notice is not None:
            secret = opened([notice], "body")[0]["body"].rpartition("/r/")[2]
            answer = self.draw.choice(["yes", "no", "on_the_way", "there", "nonsense"])
            answer_by_link(secret, answer, now=self.now)

    def acknowledge(self) -> None:
        self.at_headquarters(lambda incident, staff: actions.acknowledge(incident, staff_id=staff, now=self.now))

    def close(self) -> None:
        def both(incident: int, staff: int) -> None:
            ask_to_close(incident, outcome="safe", reason="", staff_id=staff, now=self.now)
            confirm_closing(incident, staff_id=self.any_staff(), now=self.now)

        self.at_headquarters(both)

    def challenge(self) -> None:
        self.at_headquarters(
            lambda incident, staff: send_challenge(incident, channel="sms", staff_id=staff, now=self.now)
        )

    def withdraw(self) -> None:
        self.at_headquarters(lambda incident, staff: withdraw_closing(incident, staff_id=staff, now=self.now))

    def reopen(self) -> None:
        self.at_headquarters(lambda incident, staff: reopen(incident, reason="", staff_id=staff, now=self.now))

    def at_headquarters(self, what) -> None:
        incident = self.any_of(Incident.objects.all())
        if incident is not None:
            what(incident.pk, self.any_staff())

    def any_staff(self) -> int:
        return self.draw.choice([self.scene.duty.pk, self.scene.second.pk])

    def any_of(self, rows):
        found = list(rows.order_by("pk"))
        return self.draw.choice(found) if found else None

    def carry(self) -> None:
        """Claim what is due, and let each end in one of the ways that a worker and a carrier can."""
        due = Notice.objects.filter(state__in=["owed", "claimed"], due_at__lte=self.now).order_by("pk")
        for notice in due:
            notice.may_be_repeat = notice.may_be_repeat or notice.state == "claimed"
            notice.state, notice.lease_token, notice.attempts = "claimed", notice.lease_token + 1, notice.attempts + 1
            notice.due_at = self.now + timedelta(seconds=LEASE_S)
            notice.save()
            self.draw.choice([self.taken, self.taken, self.taken, self.busy, self.refused, self.crash])(notice)

    def taken(self, notice: Notice) -> None:
        self.sent[notice.pk] += 1
        asks = notice.purpose in set(ASKS)
        Notice.objects.filter(pk=notice.pk, state="claimed", lease_token=notice.lease_token).update(
            state="accepted",
            accepted_at=self.now,
            ended_at=None if asks else self.now,
            deadline_at=self.now + timedelta(seconds=ANSWER_S) if asks else notice.deadline_at,
        )

    def busy(self, notice: Notice) -> None:
        due_at = self.now + timedelta(seconds=retry_after_s(notice.attempts))
        Notice.objects.filter(pk=notice.pk, state="claimed").update(state="owed", due_at=due_at)

    def refused(self, notice: Notice) -> None:
        refuse_notice(notice.pk, token=notice.lease_token, reason="no such number", now=self.now)

    def crash(self, notice: Notice) -> None:
        """The worker dies after the carrier's yes and before our commit."""
        self.sent[notice.pk] += 1

    def tick(self) -> None:
        """What the worker's loops do."""
        for callout in Callout.objects.filter(state="running", due_at__lte=self.now):
            with locked(callout.incident_id) as incident:
                advance_callout(Callout.objects.get(pk=callout.pk), incident, now=self.now)
        expire(now=self.now)

    def watch(self) -> None:
        """Nothing that has its final outcome ever gets another."""
        ended = set(Notice.objects.filter(ended_at__isnull=False).values_list("pk", flat=True))
        assert self.ended <= ended, "a final outcome was taken back"
        self.endings.update(ended - self.ended)
        self.ended = ended

    def calm_down(self) -> None:
        """Headquarters takes what is open, and the carriers work again."""
        for incident in Incident.objects.exclude(state__in=ENDED).order_by("pk"):
            actions.acknowledge(incident.pk, staff_id=self.scene.duty.pk, now=self.now)
            asked = actions.ask_question(incident.pk, question="Seen?", staff_id=self.scene.duty.pk, now=self.now)
            self.now += timedelta(seconds=1)
            asked = actions.ask_question(incident.pk, question="Seen?", staff_id=self.scene.duty.pk, now=self.now)
            actions.answer_question(
                asked.id, answer="Yes.", reliability="confirmed", staff_id=self.scene.duty.pk, now=self.now
            )
            withdraw_closing(incident.pk, staff_id=self.scene.duty.pk, now=self.now)
            ask_to_close(incident.pk, outcome="safe", reason="", staff_id=self.scene.duty.pk, now=self.now)
            confirm_closing(incident.pk, staff_id=self.scene.second.pk, now=self.now)
        for _ in range(8):
            self.now += timedelta(minutes=2)
            for notice in Notice.objects.filter(state__in=["owed", "claimed"], due_at__lte=self.now):
                Notice.objects.filter(pk=notice.pk).update(
                    state="claimed", lease_token=notice.lease_token + 1, may_be_repeat=notice.state == "claimed"
                )
                notice.refresh_from_db()
                self.taken(notice)
            self.tick()
        self.now += timedelta(seconds=ANSWER_S)
        self.tick()
        self.watch()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_after_a_storm_nothing_is_owed(db, seed: int) -> None:
    with override_settings(TOCSIN_SMS_ROUTE="smpp://in-a-test", TOCSIN_EMAIL_ROUTE="", TOCSIN_CHAT_ROUTE=""):
        scene = make_scene()
        for number in range(2):
            made = create_responder(
                PartyTerms(name=f"More {number}", language=["ar", "ru"][number]),
                ResponderTerms(home=(9.9 - number / 10, -140.0)),
                by=program("test"),
                now=NOW,
            )
            scene.numbers[made.party_id] = reach(made.party, f"+44770090050{number}")
        storm = Storm(scene, seed)
        storm.run()
        storm.calm_down()
    unended = Notice.objects.filter(ended_at=None)
    assert not list(unended.values_list("purpose", "state", "channel")), "something is still owed"
    assert audit(now=storm.now) == 0
    assert set(storm.endings.values()) == {1}
    asked = Notice.objects.filter(purpose__in=[str(word) for word in ASKS])
    assert set(asked.values_list("state", flat=True)) <= FINAL
    assert not Callout.objects.filter(state="running").exists()
    twice = [pk for pk, count in storm.sent.items() if count > 1]
    assert not Notice.objects.filter(pk__in=twice, may_be_repeat=False).exists(), "a repeat that is not marked"
    for incident in Incident.objects.all():
        assert isinstance(verify_export(export_lines(incident, with_texts=True)), Whole)
    alone = Closing.objects.filter(confirmed_at__isnull=False, confirmed_by=None)
    assert not alone.exclude(Q(challenge__verdict="well")).exists(), "one person closed alone"
    assert not Incident.objects.exclude(state__in=ENDED).exists()

"""kill -9 in the middle: whatever dies, every call that was answered is kept, and everybody is told."""

from collections import Counter

import pytest

from tests.journeys.hammer import Hammer
from tests.journeys.stage import CHILDREN, Stage
from tocsin.demo.organisation import MIRA, RESPONDERS, STAFF, SUPPORTERS

VICTIMS = (*CHILDREN, "serve")
# Headquarters on shift, the circle, and the responders within reach; not the one far away.
ASKED = [
    *(member.person for member in STAFF if member.is_on_shift),
    *(person for person, _, _ in MIRA.circle),
    *(responder.person for responder in RESPONDERS if responder.km < 60),
]
UNDER_WAY = "SELECT 1 FROM tocsin_notice WHERE state IN ('owed', 'claimed') AND lane = ANY(%s)"
# A question ends with an answer; anything else ends with the carrier's yes.
NOT_FINAL = """
SELECT id, state, purpose, ended_at FROM tocsin_notice WHERE (ended_at IS NOT NULL) <> (
    state IN ('answered', 'expired', 'refused', 'withdrawn')
    OR (state IN ('accepted', 'delivered') AND purpose NOT IN ('ring', 'challenge'))
)
"""


@pytest.mark.parametrize("victim", VICTIMS)
def test_killed_in_the_middle_of_a_ring(make_stage, victim: str) -> None:
    with make_stage() as stage:
        stage.hall.misbehave(sms_answer_s=0.2, mail_answer_s=0.2)  # So that the ring is under way for a moment.
        with Hammer(stage) as hammer:
            stage.hall.wait_for(lambda: stage.hall.notes() or None, "nobody was rung")
            kill_and_come_back(stage, victim)
            before = hammer.answered
            stage.wait_for(lambda: hammer.answered > before + 20 or None, "devices get no answer any more")
        for person in ASKED:
            stage.pocket(person.sms).expects(MIRA.person.name)
            stage.mailbox(person.email).expects(MIRA.person.name)
        settle(stage, "cry", "response")
        everything_answered_is_kept(stage, hammer.answered)
        repeats_are_marked(stage)
        assert stage.stop() == 0


@pytest.mark.parametrize("victim", ["worker public", "postgres", "serve"])
def test_killed_in_the_middle_of_a_wave(make_stage, victim: str) -> None:
    with make_stage() as stage:
        stage.press()
        stage.pocket("noor").expects(MIRA.person.name)
        stage.hall.misbehave(mail_answer_s=0.1, sms_per_s=2.0)
        stage.run_module("tests.journeys.publish")
        readers = [stage.mailbox(f"reader{number}@supporters.example.org") for number in range(300)]
        stage.hall.wait_for(lambda: readers[40].messages() or None, "the wave did not begin")
        kill_and_come_back(stage, victim)
        for reader in [*readers, *(stage.pocket(supporter.address) for supporter in SUPPORTERS)]:
            reader.expects(MIRA.person.name)
        settle(stage, "public")
        repeats_are_marked(stage)
        assert stage.rows("SELECT count(*) FROM tocsin_notice WHERE lane = 'public' AND state = 'refused'") == [(0,)]


def kill_and_come_back(stage: Stage, victim: str) -> None:
    pid = stage.kill(victim)
    if victim == "serve":
        stage.start()
        stage.wait_until_up()
    else:
        stage.wait_until_restarted(victim, pid)


def settle(stage: Stage, *lanes: str) -> None:
    """Wait until nothing is owed; then every notice stands where exactly one outcome says so."""
    stage.wait_for(lambda: True if not stage.rows(UNDER_WAY, list(lanes)) else None, "something stays owed")
    assert not stage.rows(NOT_FINAL)


def everything_answered_is_kept(stage: Stage, answered: int) -> None:
    """A call that was answered is a signal, and each signal is a raised alarm: none waits, none is missing."""
    assert answered > 20
    stage.wait_for_rows(
        "SELECT 1 FROM tocsin_signal WHERE 'sos' = ANY(alarms) HAVING count(*) >= %s "
        "AND count(*) = (SELECT count(*) FROM tocsin_raisedalarm)", answered,
    )  # fmt: skip
    assert stage.rows("SELECT count(*) FROM tocsin_incident") == [(1,)]


def repeats_are_marked(stage: Stage) -> None:
    """Nobody gets more copies of a message than there are notices, but for those that say that they may be a repeat."""
    came = Counter((note.kind, note.direction) for note in stage.hall.notes())
    for channel in ("sms", "email"):
        [(owed, marked)] = stage.rows(
            "SELECT count(*), count(*) FILTER (WHERE may_be_repeat) FROM tocsin_notice "
            "WHERE channel = %s AND state <> 'refused'", channel,
        )  # fmt: skip
        assert came[channel, "in"] <= owed + marked

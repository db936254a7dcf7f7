"""kill -9 in the middle of a ring: whatever dies, every call that was answered is kept, and everybody is told."""

import pytest

from tests.journeys.hammer import Hammer
from tests.journeys.outcomes import everything_answered_is_kept, kill_and_come_back, repeats_are_marked, settle
from tests.journeys.stage import CHILDREN
from tocsin.demo.organisation import MIRA, RESPONDERS, STAFF

VICTIMS = (*CHILDREN, "serve")
# Headquarters on shift, the circle, and the responders within reach; not the one far away.
ASKED = [
    *(member.person for member in STAFF if member.is_on_shift),
    *(person for person, _, _ in MIRA.circle),
    *(responder.person for responder in RESPONDERS if responder.km < 60),
]


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

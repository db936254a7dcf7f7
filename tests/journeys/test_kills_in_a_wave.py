"""kill -9 in the middle of a wave: whatever dies, every supporter is told, and copies say that they may be some."""

import pytest

from tests.journeys.outcomes import kill_and_come_back, repeats_are_marked, settle
from tocsin.demo.organisation import MIRA, SUPPORTERS


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

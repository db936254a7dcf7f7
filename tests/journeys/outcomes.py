"""What must be true after anything died: checks of the ledger and of what people got."""

from collections import Counter

from tests.journeys.stage import Stage

UNDER_WAY = "SELECT 1 FROM tocsin_notice WHERE state IN ('owed', 'claimed') AND lane = ANY(%s)"
# A question ends with an answer; anything else ends with the carrier's yes.
NOT_FINAL = """
SELECT id, state, purpose, ended_at FROM tocsin_notice WHERE (ended_at IS NOT NULL) <> (
    state IN ('answered', 'expired', 'refused', 'withdrawn')
    OR (state IN ('accepted', 'delivered') AND purpose NOT IN ('ring', 'challenge'))
)
"""


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
    # What the gateway sends by itself while the database is away stands in no ledger.
    owed_ones = [note for note in stage.hall.notes() if "DEGRADED" not in note.text]
    came = Counter((note.kind, note.direction) for note in owed_ones)
    for channel in ("sms", "email"):
        [(owed, marked)] = stage.rows(
            "SELECT count(*), count(*) FILTER (WHERE may_be_repeat) FROM tocsin_notice "
            "WHERE channel = %s AND state <> 'refused'", channel,
        )  # fmt: skip
        assert came[channel, "in"] <= owed + marked

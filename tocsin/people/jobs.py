"""What runs by itself about people: see `tocsin worker`."""

from tocsin.core import clock
from tocsin.people.actions_directives import turn_directives
from tocsin.people.actions_responders import forget_old_places


def every_hour() -> int:
    """Let directives enter and lapse, and forget yesterday's places. Safe to run twice. Returns rows changed."""
    now = clock.now()
    return turn_directives(now) + forget_old_places(now)

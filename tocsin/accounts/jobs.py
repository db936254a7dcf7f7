"""What runs by itself about accounts: see `tocsin worker`."""

from tocsin.accounts.actions import forget_sessions
from tocsin.core import clock


def every_hour() -> int:
    """Delete sessions that have run out. Safe to run twice. Returns how many."""
    return forget_sessions(clock.now())

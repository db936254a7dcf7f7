"""What runs by itself about signals: see `tocsin worker`."""

from tocsin.core import clock
from tocsin.incidents.actions_intake import forget_signals


def every_hour() -> int:
    """Forget old signals that called for nothing. Safe to run twice. Returns how many."""
    return forget_signals(now=clock.now())

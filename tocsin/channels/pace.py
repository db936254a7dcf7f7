"""Keeps a route below the rate that its carrier allows."""

import asyncio
from collections.abc import Callable


class Pace:
    """Gives out turns, evenly spaced. `per_s` of `None`: no limit."""

    def __init__(self, per_s: float | None, time: Callable[[], float]) -> None:
        self._interval_s = 0.0 if per_s is None else 1 / per_s
        self._time = time  # Seconds of a clock that never goes back.
        self._next_at = 0.0

    async def turn(self) -> None:
        """Return when the next message may go."""
        if not self._interval_s:
            return
        now = self._time()
        at = max(now, self._next_at)
        self._next_at = at + self._interval_s
        if at > now:
            await asyncio.sleep(at - now)

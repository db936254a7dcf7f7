"""Numbers out of text that a bad line may have damaged."""

import math


def number_or_none(text: str | None, times: float = 1) -> float | None:
    """Read a number and multiply it. `None`: it is missing, no number, or no finite one."""
    try:
        value = float(text or "") * times
    except ValueError:
        return None
    return value if math.isfinite(value) else None

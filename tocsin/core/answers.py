"""How an action says no. A refusal is an answer, not an exception (style, section 9)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refused:
    """It was not done. `reason` is a sentence for the person who asked, and says what to do next."""

    reason: str

"""Draws the tables as Mermaid diagrams for docs/architecture.md. A test compares them, so the page cannot go stale."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from tocsin.incidents.rules import NEXT_ALARM, NEXT_INCIDENT, Event

State = TypeVar("State", bound=StrEnum)
ALWAYS = frozenset({Event.RAISE, Event.ADD})  # Listed for every state; drawn in words below the diagram instead.


def alarm_diagram() -> str:
    """Draw what an alarm goes through."""
    return _drawn(NEXT_ALARM, "raised", left_out=ALWAYS)


def incident_diagram() -> str:
    """Draw what an incident goes through."""
    return _drawn(NEXT_INCIDENT, "open", left_out=frozenset({Event.ADD}))


def _drawn(table: Mapping[tuple[State, Event], State], first: str, *, left_out: frozenset[Event]) -> str:
    arrows: dict[tuple[str, str], list[str]] = {}
    for (before, event), after in table.items():
        if event not in left_out and before is not after:
            arrows.setdefault((str(before), str(after)), []).append(str(event).replace("_", " "))
    lines = [f"    {before} --> {after}: {', '.join(events)}" for (before, after), events in arrows.items()]
    return "\n".join(["```mermaid", "stateDiagram-v2", f"    [*] --> {first}", *lines, "```"])

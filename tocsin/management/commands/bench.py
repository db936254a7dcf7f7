"""`tocsin bench NAME`: measure, and say on what."""

import json
import statistics
from argparse import ArgumentParser

from django.core.management.base import BaseCommand

from tocsin.bench.machine import describe
from tocsin.bench.registry import BENCHES, Figures


class Command(BaseCommand):
    """Run a bench a few times and give the median of each figure, and every run."""

    help = "Measure how fast this machine runs a part of Tocsin: " + ", ".join(sorted(BENCHES))
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", choices=sorted(BENCHES))
        parser.add_argument("--json", action="store_true", help="one JSON object, for programs")
        parser.add_argument("--runs", type=int, default=3)
        parser.add_argument("--seconds", type=float, default=4.0, help="how long each part of a run lasts")

    def handle(self, *_args: str, name: str, json: bool, runs: int, seconds: float, **_options: object) -> None:
        machine = describe()
        every = [BENCHES[name].run(seconds) for _ in range(max(1, runs))]
        outcome = {"bench": name, "machine": machine, "figures": medians(every), "runs": every}
        self.stdout.write(as_json(outcome) if json else as_text(outcome["figures"]))


def medians(runs: list[Figures]) -> Figures:
    """Give the median of each figure over the runs. Words are those of the first run."""
    first = runs[0]
    return {
        name: statistics.median([run[name] for run in runs]) if isinstance(value, int | float) else value
        for name, value in first.items()
    }


def as_json(outcome: object) -> str:
    """Write one object on one line."""
    return json.dumps(outcome)


def as_text(figures: Figures) -> str:
    """Write a figure a line."""
    width = max(len(name) for name in figures)
    return "\n".join(f"{name:<{width}}  {value}" for name, value in figures.items())

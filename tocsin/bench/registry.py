"""Every bench: `tocsin bench NAME`. A new one is a module with a `run` and one row here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tocsin.bench import ingest, ring

Figures = Mapping[str, float | int | str]


@dataclass(frozen=True, slots=True)
class Bench:
    """`run(seconds)` measures once and returns the figures of that run."""

    sentence: str
    run: Callable[[float], Figures]


BENCHES: dict[str, Bench] = {
    "ingest": Bench(
        "Frames of devices answered after the commit, beside what the machine could do at best.", ingest.run
    ),
    "ring": Bench("From the last byte of a press to the first message handed to a carrier, with each step.", ring.run),
}

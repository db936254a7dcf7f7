"""What a journey may ask for: a stage with the whole program on it, and a browser."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest

from tests.browser import started_chromium
from tests.journeys.pages import Chromium
from tests.journeys.stage import Stage, furnish
from tocsin.core.postgres import RunningPostgres


@pytest.fixture(scope="module")
def make_stage():
    """Gives stages: `with make_stage() as stage`. `has_own_database`: as `stage.postgres`, which the test may stop."""
    number = int((os.environ.get("PYTEST_XDIST_WORKER") or "gw0").removeprefix("gw"))
    place = Path(os.environ["TOCSIN_TESTS_FOLDER"]) / "journeys"
    count = iter(range(1000))

    @contextmanager
    def made(*, has_own_database: bool = False, **settings: str) -> Iterator[Stage]:
        folder = furnish(place / f"{number}-{next(count)}-{os.getpid()}", place / "template")
        postgres = RunningPostgres(folder / "data") if has_own_database else None
        try:
            with postgres or nullcontext(), Stage(folder, number=number, postgres=postgres, **settings) as stage:
                try:
                    yield stage
                except BaseException:
                    print(f"What the processes said last:\n{stage.log[-6000:]}\nMessages:\n{stage.hall.listing()}")
                    raise
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    return made


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    """A browser in which people sign in. A machine without one fails here (tests/browser.py)."""
    with started_chromium() as browser:
        yield Chromium(browser)

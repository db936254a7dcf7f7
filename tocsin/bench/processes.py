"""The real programs on a database of their own, for benches."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

STOP_TIMEOUT_S = 60


def environment_of(folder: Path, url: str) -> dict[str, str]:
    """Give the settings of an installation in this folder; nothing of the surrounding ones."""
    own = {
        "DJANGO_SETTINGS_MODULE": "tocsin.settings",
        "TOCSIN_DATA_DIR": str(folder),
        "TOCSIN_DATABASE_URL": url,
        "TOCSIN_GATEWAY_PORT_OFFSET": "40000",
        "TOCSIN_GATEWAY_FRAMES_PER_S": "1000000",  # One machine plays a thousand devices.
        "PYTHONUNBUFFERED": "1",
    }
    return {name: value for name, value in os.environ.items() if not name.startswith("TOCSIN_")} | own


@contextmanager
def process(words: list[str], environment: dict[str, str]) -> Iterator[str]:
    """Run a server and give its first line."""
    running = subprocess.Popen([sys.executable, *words], env=environment, stdout=subprocess.PIPE, text=True)  # noqa: S603
    try:
        assert running.stdout is not None
        yield running.stdout.readline()
    finally:
        running.terminate()
        running.wait(STOP_TIMEOUT_S)
        running.stdout.close()

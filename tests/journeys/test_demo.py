"""`tocsin demo` as a newcomer meets it: it tells the story, shows the phones, and leaves nothing behind."""

import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.browser import started_chromium
from tests.journeys.carriers import PATIENCE_S
from tocsin.core.supervisor import wait_for_end


class Terminal:
    """The demo's terminal: what it prints, line by line."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[str] = []
        self._coming: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def expects(self, pattern: str) -> re.Match[str]:
        """Wait for a line that matches."""
        until_s = time.monotonic() + 2 * PATIENCE_S
        while True:
            try:
                line = self._coming.get(timeout=max(0.0, until_s - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"{pattern} was not said:\n" + "".join(self.lines)) from None
            self.lines.append(line)
            if found := re.search(pattern, line):
                return found

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._coming.put(line)


@contextmanager
def demo(folder: Path) -> Iterator[Terminal]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TOCSIN_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "tocsin", "demo"], env={**kept, "TOCSIN_DATA_DIR": str(folder)}, cwd=folder.parent,
        text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    try:
        yield Terminal(process)
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE_S)


def test_the_demo_shows_itself_and_leaves_nothing(tmp_path_factory) -> None:
    folder = Path(os.environ["TOCSIN_TESTS_FOLDER"]) / "journeys" / f"demo-{os.getpid()}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with demo(folder) as terminal:
        terminal.expects("A defender presses her wristband once")
        terminal.expects(r"0\.\d{3} s  gateway: the bytes are on disk")
        terminal.expects(r"s  sms    → Noor Hallevik")
        address = terminal.expects(r"Start here +(http://\S+/)demo/")[1]
        children = descendants(terminal.process.pid)
        assert len(children) > 5
        with started_chromium() as browser:
            a_newcomer_looks(browser, address)
        terminal.expects("two people have closed|a human being answers")
    assert terminal.process.returncode == 0
    assert all(wait_for_end(pid, PATIENCE_S) for pid in children)
    assert not list(folder.glob("demo-*")), "the folder of the run is removed"


def a_newcomer_looks(browser: Browser, address: str) -> None:
    page = browser.new_context(base_url=address).new_page()
    page.goto("/demo/")
    juno = page.get_by_role("article", name="Juno Harrowell")
    expect(juno).to_contain_text("Mira Solvane calls for help")
    juno.get_by_role("button", name="1 yes").click()
    expect(juno).to_contain_text("Exact place", timeout=PATIENCE_S * 1000)
    page.get_by_role("button", name="Be noor").first.click()
    expect(page.get_by_role("heading", name="Board")).to_be_visible()
    page.get_by_role("button", name="Take it").click()
    expect(page.locator("#head")).to_contain_text("noor")


def descendants(pid: int) -> list[int]:
    """Give every process that this one has started, and theirs."""
    listed = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    parents = {int(child): int(parent) for child, parent in map(str.split, listed.splitlines())}
    found, wanted = [], {pid}
    while wanted:
        wanted = {child for child, parent in parents.items() if parent in wanted}
        found += wanted
    return found

"""A real Chromium for the journeys."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.prepare import GO_ON, MESSAGE, NAMES


@contextmanager
def started_chromium() -> Iterator[Browser]:
    """Start the system's Chromium, or the one that Playwright has downloaded. Without one the test fails and says why,
    unless it was said aloud that it may be left out."""
    if os.environ.get(GO_ON):
        pytest.skip(f"{GO_ON} is set: no journey in a browser was made")
    path = next(filter(None, map(shutil.which, NAMES)), None)
    with sync_playwright() as playwright:
        if path is None and not os.path.exists(playwright.chromium.executable_path):
            pytest.fail(MESSAGE)
        started = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"] if os.geteuid() == 0 else [])
        yield started
        started.close()


def signed_in_window(browser: Browser, url: str, session: str, **options) -> BrowserContext:
    """Give a window that is signed in, in which nothing may go wrong in silence: see `complaints`."""
    window = browser.new_context(**{"viewport": {"width": 1280, "height": 900}} | options)
    window.add_cookies([{"name": "sessionid", "value": session, "url": url}])
    return window


def complaints(page: Page) -> list[str]:
    """Collect what the browser complains about: errors of scripts, and what the security policy refused."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    return said

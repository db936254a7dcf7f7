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


# Text whose contrast with what lies under it is below 7:1 (WCAG 2.2, 1.4.6), and controls without a name.
POOR = r"""() => {
  const part = v => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; };
  const light = c => .2126 * part(c[0]) + .7152 * part(c[1]) + .0722 * part(c[2]);
  const colour = text => { const n = text.match(/[\d.]+/g).map(Number); return n.length < 4 ? [...n, 1] : n; };
  const ground = e => {
    for (; e; e = e.parentElement) { const c = colour(getComputedStyle(e).backgroundColor); if (c[3]) return c; }
    return [255, 255, 255, 1];
  };
  const found = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode, e = text.parentElement, box = e.getBoundingClientRect();
    if (!text.textContent.trim() || !box.width || !box.height || e.closest(".visually-hidden, option")) continue;
    const [low, high] = [light(colour(getComputedStyle(e).color)), light(ground(e))].sort((a, b) => a - b);
    if ((high + .05) / (low + .05) < 7) found.add(`low contrast: ${text.textContent.trim().slice(0, 40)}`);
  }
  for (const e of document.querySelectorAll("input:not([type=hidden]), select, textarea, button, a, summary")) {
    const named = e.labels?.length || e.ariaLabel || e.textContent.trim() || e.title;
    if (e.offsetParent && !named) found.add(`without a name: ${e.outerHTML.slice(0, 80)}`);
  }
  return [...found];
}"""


def poor_places(page: Page) -> list[str]:
    """Say what somebody who sees badly, or who hears the page, would miss. Folds are opened first."""
    page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true; })")
    return page.evaluate(POOR)

"""A browser as a person at headquarters uses it: signed in through the real pages, with or without script."""

import base64
import hmac
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, BrowserContext, Page

from tests.journeys.stage import Stage
from tocsin.demo.organisation import PASSWORD, STAFF

PAGE_MS = 20_000.0
SECRETS = {member.username: member.secret for member in STAFF}


class Chromium:
    """Pages of one browser. Whoever has signed in on a stage stays signed in there, as people do."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._signed_in: dict[tuple[str, str], dict] = {}

    @contextmanager
    def page(self, stage: Stage, **options: object) -> Iterator[Page]:
        """Give a page of somebody who has not signed in."""
        with self._context(stage, **options) as context:
            yield context.new_page()

    @contextmanager
    def console(self, stage: Stage, username: str, **options: object) -> Iterator[Page]:
        """Give the console as one of the staff. `java_script_enabled=False`: without script."""
        kept = self._signed_in.get((stage.web, username))
        with self._context(stage, **({"storage_state": kept} if kept else {}), **options) as context:
            page = context.new_page()
            page.goto("/console/")
            if kept is None:
                sign_in(page, username)
                self._signed_in[stage.web, username] = context.storage_state()
            yield page

    @contextmanager
    def _context(self, stage: Stage, **options: object) -> Iterator[BrowserContext]:
        context = self._browser.new_context(base_url=stage.web, **options)
        context.set_default_timeout(PAGE_MS)
        try:
            yield context
        finally:
            context.close()


def sign_in(page: Page, username: str) -> None:
    """Sign in with password and second factor, as the pages ask for them."""
    page.get_by_label("Sign-in name").fill(username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Code").fill(six_digits(SECRETS[username], time.time()))
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/console/")


def six_digits(secret: str, now_s: float) -> str:
    """Show what an authenticator app shows (RFC 6238 with its usual values: SHA-1, 30 seconds, six digits)."""
    mark = hmac.digest(base64.b32decode(secret), struct.pack(">Q", int(now_s) // 30), "sha1")
    (number,) = struct.unpack(">I", mark[mark[-1] & 15 :][:4])
    return f"{(number & 0x7FFFFFFF) % 1_000_000:06}"

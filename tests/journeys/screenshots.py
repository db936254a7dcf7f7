"""Takes the pictures of docs/images: `make pictures`, or `python -m tests.journeys.screenshots docs/images [NAME …]`.

The people are the demo's; nothing here exists. What is shown was done through the program itself: devices pressed,
people answered, two approved.
"""

import os
import re
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import expect

from tests.browser import started_chromium
from tests.journeys.pages import Chromium
from tests.journeys.png import shrink
from tests.journeys.stage import Stage, furnish
from tocsin.demo.organisation import SUPPORTERS

DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 800}
HEIGHT_MAX = 2_000
STRANGE_UID = "990000000000099"


@dataclass(frozen=True)
class Picture:
    """One picture: where, as whom, how. `user` empty: anybody."""

    name: str
    path: str
    user: str = ""
    viewport: dict[str, int] = field(default_factory=lambda: DESKTOP)
    scheme: str = "light"
    language: str = "en"
    whole: bool = True  # The whole page, not only what fits into the window.


def pictures(link: str, second_link: str) -> list[Picture]:
    """Everything that is shown in docs/pages.md."""
    defender = "/console/people/defenders/1/"
    return [
        Picture("board", "/console/", "noor", whole=False),
        Picture("board-dark", "/console/", "noor", scheme="dark", whole=False),
        Picture("board-phone", "/console/", "noor", PHONE),
        Picture("board-arabic", "/console/", "noor", language="ar", whole=False),
        Picture("ringing", "/console/incidents/4/", "noor", whole=False),
        Picture("incident", "/console/incidents/1/", "noor"),
        Picture("incident-dark", "/console/incidents/1/", "noor", scheme="dark"),
        Picture("incident-phone", "/console/incidents/1/", "noor", PHONE),
        Picture("incident-arabic", "/console/incidents/1/", "noor", language="ar"),
        Picture("raise", "/console/incidents/new/", "noor"),
        Picture("ledger", "/console/ledger/", "noor"),
        Picture("signals", "/console/signals/", "noor"),
        Picture("appeals", "/console/appeals/", "ines", whole=False),
        Picture("appeal", "/console/appeals/1/", "ines"),
        Picture("appeal-write", "/console/appeals/1/write/?kind=good_end", "ines"),
        Picture("people", "/console/people/", "ines", whole=False),
        Picture("defender", defender, "ines"),
        Picture("defender-plan", f"{defender}plan/", "ines"),
        Picture("defender-circle", f"{defender}circle/", "ines"),
        Picture("defender-directive", f"{defender}directive/", "ines"),
        Picture("responders", "/console/people/responders/", "ines", whole=False),
        Picture("devices", "/console/people/devices/", "ines", whole=False),
        Picture("staff", "/console/people/staff/", "ines", whole=False),
        Picture("shifts", "/console/people/shifts/", "ines", whole=False),
        Picture("sign-in", "/account/login/", whole=False),
        Picture("account", "/account/", "noor", whole=False),
        Picture("world", "/", whole=False),
        Picture("world-appeal", "/appeals/1/"),
        Picture("world-appeal-phone", "/appeals/1/", viewport=PHONE, scheme="dark"),
        Picture("world-arabic", "/?language=ar", whole=False, language="ar"),
        Picture("subscribe", "/subscribe/", whole=False),
        Picture("answer", link, viewport=PHONE, language="ar", whole=False),
        Picture("answered", second_link, viewport=PHONE, language="fr", whole=False),
        Picture("demo", "/demo/"),
        Picture("demo-dark", "/demo/", scheme="dark", whole=False),
    ]


def main() -> None:
    target, names = Path(sys.argv[1]).absolute(), set(sys.argv[2:])
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="tocsin-pictures-") as place:
        os.chmod(place, 0o711)
        with Stage(furnish(Path(place) / "stage", Path(place) / "template"), number=3) as stage:
            link, second = an_evening(stage)
            with started_chromium() as browser:
                chromium = Chromium(browser)
                appeal = address_of_appeal(stage, chromium)
                for picture in pictures(link, second):
                    if not names or picture.name in names:
                        take(picture, stage, chromium, target, appeal)
                        print(picture.name, (target / f"{picture.name}.png").stat().st_size // 1000, "kB", flush=True)


def an_evening(stage: Stage) -> tuple[str, str]:
    """Let things happen: one alarm on its way through everything, one closed, one unknown, one that rings."""
    stage.press("gt06")
    link = link_of(stage, "samir")
    second = link_of(stage, "anouk")
    assert stage.pocket("juno").replies("1")
    assert stage.pocket("teo").replies("1")
    stage.pocket("juno").expects("-49.33000")
    assert stage.pocket("pilar").replies("2")
    stage.pocket("pilar").expects("Anotado")
    stage.press("watch")
    stage.wait_for_rows("SELECT 1 FROM tocsin_incident WHERE id = 2")
    stage.run_module("tests.journeys.evening")
    for supporter in SUPPORTERS:
        stage.pocket(supporter.address).expects("Mira Solvane")
    stage.press("gt06", uid=STRANGE_UID, has_fix=False)
    stage.wait_for_rows("SELECT 1 FROM tocsin_incident WHERE id = 3")
    stage.press("watch")
    stage.wait_for_rows("SELECT 1 FROM tocsin_incident WHERE id = 4")
    stage.send("gt06", [bytes.fromhex("78780d01039900000000000990001dead0d0")], is_answered=False)
    assert stage.pocket("+447700900199").replies("Who is this?")
    return link, second


def link_of(stage: Stage, key: str) -> str:
    found = re.search(r"http\S+/r/[\w-]+", stage.mailbox(key).expects("Mira Solvane"))
    assert found is not None
    return found[0]


def address_of_appeal(stage: Stage, chromium: Chromium) -> str:
    [(uid,)] = stage.rows("SELECT uid FROM tocsin_appeal")
    return f"/appeals/{uid}/"


def take(picture: Picture, stage: Stage, chromium: Chromium, target: Path, appeal: str) -> None:
    """Open one page and keep what is seen."""
    options = {"viewport": picture.viewport, "color_scheme": picture.scheme, "locale": picture.language}
    cookie = {"name": "django_language", "value": picture.language, "url": stage.web}
    opened = chromium.console(stage, picture.user, **options) if picture.user else chromium.page(stage, **options)
    with opened as page:
        page.context.add_cookies([cookie])
        page.goto(picture.path.replace("/appeals/1/", appeal) if not picture.user else picture.path)
        if picture.name == "answered":
            page.locator("button[value=yes]").click()
        page.wait_for_load_state("load")
        for image in page.locator("img").all():
            image.scroll_into_view_if_needed()
            expect(image).to_have_js_property("complete", True)
        page.evaluate("scrollTo(0, 0)")
        clip, file = None, target / f"{picture.name}.png"
        if picture.whole:
            height = min(HEIGHT_MAX, page.evaluate("document.documentElement.scrollHeight"))
            clip = {"x": 0, "y": 0, "width": picture.viewport["width"], "height": height}
        page.screenshot(path=file, full_page=picture.whole, clip=clip, animations="disabled", caret="hide")
    shrink(target / f"{picture.name}.png")


if __name__ == "__main__":
    main()

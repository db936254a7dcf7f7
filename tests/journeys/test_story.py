"""The main job, from the bytes of a wristband to the good end, as the people in it see it."""

import re
from xml.etree import ElementTree

import httpx
from playwright.sync_api import Page, expect

from tests.journeys.pages import Chromium
from tests.journeys.stage import Stage
from tocsin.demo.organisation import SUPPORTERS
from tocsin.protocols.base import Alarm

EXACT = "-49.33000, 70.80000"
ATOM = "{http://www.w3.org/2005/Atom}"
CAP = "{urn:oasis:names:tc:emergency:cap:1.2}"
APPEAL = {
    "title": "A defender needs you",
    "body": "Mira Solvane called for help tonight. Country A must say where she is.",
    "action": "Write to the authority below.",
    "sms": "Mira Solvane called for help. Ask Country A where she is.",
}


def test_from_the_press_to_the_good_end(make_stage, chromium: Chromium, tmp_path) -> None:
    with make_stage() as stage:
        people_are_asked(stage)
        a_second_device_adds_to_the_incident(stage)
        responders_answer(stage)
        a_link_answers_once(stage, chromium)
        with chromium.console(stage, "noor") as noor, chromium.console(stage, "ines") as ines:
            headquarters_takes_it(noor)
            headquarters_verifies(noor, stage)
            text_is_written(ines, stage)
            with chromium.console(stage, "tomas") as tomas:
                two_people_approve(ines, tomas)
            the_world_is_told(stage, chromium)
            the_good_end_is_told(ines, stage, chromium)
            two_people_close(noor, ines, stage)
            the_timeline_is_proved(noor, stage, tmp_path)
        nobody_is_exposed(stage)
        assert stage.stop() == 0


def people_are_asked(stage: Stage) -> None:
    login, alarm = stage.press("gt06")
    assert login.startswith(b"\x78\x78\x05\x01")
    assert alarm.startswith(b"\x78\x78")
    told = stage.pocket("noor").expects("Mira Solvane", "SOS")
    assert EXACT in told, "headquarters reads the exact place"
    for key in ("teo", "juno", "samir", "anouk"):
        asked = stage.pocket(key).expects("Mira Solvane")
        assert EXACT not in asked, "before they accept, people read the area only"
    mail = stage.mailbox("juno").expects("Call for help", "Mira Solvane")
    assert EXACT not in mail
    assert not stage.pocket("far").messages(), "somebody 256 km away is not asked"
    assert not stage.pocket("mira").messages(), "the phone may be in another hand"


def a_second_device_adds_to_the_incident(stage: Stage) -> None:
    stage.press("osmand", Alarm.SOS, Alarm.FALL)
    stage.wait_for_rows("SELECT 1 FROM tocsin_raisedalarm WHERE 'fall' = ANY(kinds)")
    assert stage.rows("SELECT count(*) FROM tocsin_incident") == [(1,)]


def responders_answer(stage: Stage) -> None:
    assert stage.pocket("juno").replies("1")
    stage.pocket("juno").expects(EXACT)
    assert stage.pocket("samir").replies("نعم")
    stage.pocket("samir").expects(EXACT)
    assert stage.pocket("pilar").replies("no puedo")
    stage.wait_for_rows("SELECT 1 FROM tocsin_engagement WHERE state = 'declined'")
    assert not stage.pocket("pilar").has(EXACT), "who does not go does not learn where"


def a_link_answers_once(stage: Stage, chromium: Chromium) -> None:
    found = re.search(r"http\S+/r/[\w-]+", stage.mailbox("anouk").expects("Mira Solvane"))
    assert found is not None
    link = found[0]
    with chromium.page(stage, locale="fr-FR", java_script_enabled=False) as page:
        page.goto(link)
        expect(page.locator("main")).not_to_contain_text("-49.33000")
        page.locator("button[value=yes]").click()
        expect(page.locator("main")).to_contain_text("-49.33000")
        page.locator("button[value=on_the_way]").click()
        stage.wait_for_rows("SELECT 1 FROM tocsin_engagement WHERE state = 'on_the_way'")
    with chromium.page(stage) as stranger:  # A link that is passed on, or forged, shows nobody where somebody is.
        for address, status in ((link, 200), (f"{link[:-4]}AAAA", 404)):
            answer = stranger.goto(address)
            assert answer is not None
            assert answer.status == status
            expect(stranger.locator("main")).not_to_contain_text("-49.33")
            expect(stranger.locator("button[value=yes]")).to_have_count(0)
    assert httpx.post(link, data={"answer": "yes"}, trust_env=False).status_code == 409


def headquarters_takes_it(page: Page) -> None:
    page.goto("/console/")
    expect(page).to_have_title(re.compile(r"^\(1\) "))
    page.get_by_role("button", name="Take it").click()
    expect(page.get_by_role("heading", name="Mira Solvane")).to_be_visible()
    expect(page.locator("#head")).to_contain_text("noor")
    expect(page.locator("#people")).to_contain_text("Juno Harrowell")
    expect(page.locator("#place")).to_contain_text("49.33")


def headquarters_verifies(page: Page, stage: Stage) -> None:
    page.get_by_text("Ask somebody", exact=True).click()
    page.get_by_label("Question", exact=True).fill("Is there anybody at her home now?")
    page.get_by_label("Asked of").select_option(label="Teo Solvane")
    page.get_by_role("button", name="Write the question down").click()
    page.get_by_label("Answer", exact=True).fill("Two men in a grey pick-up took her to the harbour.")
    page.locator("#verification").get_by_role("button", name="Keep it").click()
    expect(page.locator("#verification")).to_contain_text("grey pick-up")
    page.get_by_label("confirmed: help is needed").check()
    page.get_by_role("button", name="Say so").click()
    expect(page.locator("#head")).to_contain_text("confirmed")
    stage.wait_for_rows("SELECT 1 FROM tocsin_incident WHERE alarm_state = 'confirmed'")


def text_is_written(page: Page, stage: Stage) -> None:
    page.goto("/console/appeals/new/?incident=1")
    write(page, {**APPEAL, "body": "Seen near Solvane harbour."})
    page.get_by_role("button", name="Check against the directive").click()
    expect(page.locator("#check")).to_contain_text("cannot be approved")
    write(page, APPEAL)
    page.get_by_role("button", name="Keep this text").click()
    expect(page.get_by_text("2 people must still approve this text")).to_be_visible()
    assert not stage.rows("SELECT 1 FROM tocsin_notice WHERE lane = 'public'")


def write(page: Page, texts: dict[str, str]) -> None:
    """Fill in the English text, and leave the other languages out."""
    for language in ("fr", "ar"):
        for field in page.locator(f"fieldset[lang={language}]").locator("input, textarea").all():
            field.fill("")
    for part in ("title", "body", "action", "letter", "sms"):
        page.locator(f"[name={part}_en]").fill(texts.get(part, ""))


def two_people_approve(ines: Page, tomas: Page) -> None:
    approve = "I have read this text and approve it"
    ines.get_by_role("button", name=approve).click()
    expect(ines.get_by_text("1 person must still approve this text")).to_be_visible()
    expect(ines.get_by_role("button", name=approve)).to_have_count(0)
    tomas.goto("/console/appeals/1/")
    tomas.get_by_role("button", name=approve).click()
    tomas.get_by_role("button", name="Publish").click()
    expect(tomas.get_by_text("The world knows")).to_be_visible()


def the_world_is_told(stage: Stage, chromium: Chromium) -> None:
    for supporter in SUPPORTERS:
        box = stage.pocket(supporter.address)
        told = box.expects("Mira Solvane")
        assert EXACT not in told
    stage.pocket("social").expects("Mira Solvane")
    with chromium.page(stage) as page:
        page.goto("/")
        page.get_by_role("link", name=APPEAL["title"]).first.click()
        expect(page.get_by_role("heading", name=APPEAL["title"])).to_be_visible()
        expect(page.locator("main")).to_contain_text("Country A must say where she is")
    assert APPEAL["title"] in [title.text for title in feed(stage).iter(f"{ATOM}title")]
    assert [kind.text for kind in cap(stage).iter(f"{CAP}msgType")] == ["Alert"]


def feed(stage: Stage) -> ElementTree.Element:
    return ElementTree.fromstring(httpx.get(f"{stage.web}/feeds/appeals.atom", trust_env=False).text)


def cap(stage: Stage) -> ElementTree.Element:
    """Give the newest message of the CAP feed."""
    index = httpx.get(f"{stage.web}/feeds/cap/", trust_env=False).text
    links = re.findall(r"[^\"<>\s]*/feeds/cap/[0-9a-f-]{36}[.0-9a-z]+\.xml", index)
    address = links[0] if links[0].startswith("http") else f"{stage.web}{links[0]}"
    return ElementTree.fromstring(httpx.get(address, trust_env=False).text)


def the_good_end_is_told(page: Page, stage: Stage, chromium: Chromium) -> None:
    page.goto("/console/appeals/1/")
    page.get_by_role("link", name="Write the good end").click()
    write(page, {**APPEAL, "title": "She is safe", "body": "Mira Solvane is safe. Thank you."})
    page.get_by_role("button", name="Keep this text").click()
    page.get_by_role("button", name="I have read this text and approve it").click()
    with chromium.console(stage, "tomas") as tomas:
        tomas.goto("/console/appeals/1/")
        tomas.get_by_role("button", name="I have read this text and approve it").click()
        tomas.get_by_role("button", name="Publish").click()
    stage.pocket(SUPPORTERS[0].address).expects("She is safe")


def two_people_close(noor: Page, ines: Page, stage: Stage) -> None:
    noor.goto("/console/incidents/1/")
    noor.get_by_text("Ask to close", exact=True).click()
    noor.get_by_label("How it ended").select_option("safe")
    noor.get_by_label("Why it can be closed").fill("She is at her brother's house; we spoke by telephone.")
    noor.get_by_role("button", name="Ask a second person to confirm").click()
    noor.get_by_role("button", name="Confirm and close").click()
    expect(noor.locator(".messages")).to_be_visible()
    assert stage.rows("SELECT count(*) FROM tocsin_incident WHERE closed_at IS NOT NULL") == [(0,)], "one alone closed"
    ines.goto("/console/incidents/1/")
    ines.get_by_role("button", name="Confirm and close").click()
    expect(ines.locator("#closing")).to_contain_text("Outcome")
    stage.wait_for_rows("SELECT 1 FROM tocsin_incident WHERE closed_at IS NOT NULL")


def the_timeline_is_proved(page: Page, stage: Stage, folder) -> None:
    kept = folder / "timeline.jsonl"
    kept.write_bytes(page.context.request.get("/console/incidents/1/timeline.jsonl").body())
    proved = stage.tocsin("verify-timeline", str(kept))
    assert proved.returncode == 0, proved.stdout + proved.stderr
    kept.write_text(kept.read_text().replace("acknowledged", "confirmed", 1))
    assert stage.tocsin("verify-timeline", str(kept)).returncode != 0, "a changed timeline was taken for a true one"


def nobody_is_exposed(stage: Stage) -> None:
    """Logs carry ids: no name, number, address, place, text or link."""
    links = {link for note in stage.hall.notes() for link in re.findall(r"/(?:r|unsubscribe)/([\w-]+)", note.text)}
    assert links
    assert not [link for link in links if link in stage.log]
    for secret in ("Solvane", "Harrowell", "+4477", "4477009", "-49.3", "70.80", "grey pick-up", "plum soup"):
        assert secret not in stage.log, f"a log holds {secret}"

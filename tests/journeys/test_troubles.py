"""Carriers that fail, devices that nobody knows, a database that is gone: help is called all the same."""

import httpx
import pytest
from playwright.sync_api import expect

from tests.journeys.pages import Chromium
from tests.journeys.stage import Stage
from tocsin.core import clock
from tocsin.demo.organisation import MIRA

STRANGE_UID = "990000000000099"
REFUSED_FOR_GOOD = 0x0B  # ESME_RINVDSTADR, SMPP 3.4, section 5.1.3.
READERS = 300
ASKED_TWICE = "SELECT 1 FROM tocsin_timelineentry WHERE event = 'step_asked' HAVING count(*) >= 2"


def test_the_database_is_gone_for_a_while(make_stage) -> None:
    with make_stage(has_own_database=True) as stage:
        card = stage.folder / "data" / "spool" / "duty-officers"
        stage.wait_for(lambda: card.exists() or None, "the gateway wrote down no duty officers")
        stage.postgres.stop()
        assert all(stage.press()), "answered from the spool"
        stage.pocket("noor").expects("DEGRADED", "SOS")
        stage.mailbox("noor").expects("DEGRADED")
        assert not stage.pocket("teo").messages(), "nobody knows whose circle to ask"
        page = stage.wait_for(lambda: away(stage), "the pages do not say that the database is away")
        assert "The database is away" in page
        back_at = clock.now()
        stage.postgres.__enter__()
        stage.pocket("noor").expects(MIRA.person.name)
        stage.pocket("juno").expects(MIRA.person.name)
        [(opened_at, entries)] = stage.rows("SELECT opened_at, entries FROM tocsin_incident")
        assert opened_at < back_at, "the incident counts from the press, not from the replay"
        assert entries > 0
        assert stage.press(), "and devices are heard as before"


def away(stage: Stage) -> str | None:
    answer = httpx.get(f"{stage.web}/console/", trust_env=False, timeout=30)
    return answer.text if answer.status_code == 503 else None


@pytest.mark.parametrize("trouble", [{"sms_answers": False}, {"sms_nonsense": "garbage"}, {"sms_drop_after": 1}])
def test_the_sms_carrier_is_dead_and_comes_back(make_stage, trouble: dict) -> None:
    with make_stage() as stage:
        stage.rows("UPDATE tocsin_planstep SET wait_s = 5 RETURNING 1")
        stage.hall.misbehave(**trouble)
        stage.press()
        stage.mailbox("noor").expects(MIRA.person.name)
        stage.mailbox("juno").expects(MIRA.person.name)
        stage.wait_for_rows(ASKED_TWICE)
        stage.hall.misbehave()
        stage.pocket("noor").expects(MIRA.person.name)


def test_refused_numbers_are_said_on_the_page(make_stage, chromium: Chromium) -> None:
    with make_stage() as stage:
        stage.hall.misbehave(sms_status=REFUSED_FOR_GOOD)
        stage.press()
        stage.mailbox("teo").expects(MIRA.person.name)
        stage.wait_for_rows("SELECT 1 FROM tocsin_way WHERE channel = 'sms' AND broken_at IS NOT NULL")
        stage.wait_for_rows("SELECT 1 FROM tocsin_timelineentry WHERE event = 'way_refused'")
        with chromium.console(stage, "noor") as page:
            page.goto("/console/incidents/1/")
            expect(page.locator("#timeline")).to_contain_text("cannot be reached by SMS")
            expect(page.locator("#people")).to_contain_text("could not be sent")


def test_an_unknown_device_and_garbage_are_shown(make_stage, chromium: Chromium) -> None:
    with make_stage() as stage:
        stage.press(uid=STRANGE_UID, has_fix=False)
        stage.pocket("noor").expects("nobody knows")
        stage.send("gt06", [bytes.fromhex("78780d01039900000000000990001dead0d0")], is_answered=False)
        stage.wait_for_rows("SELECT 1 FROM tocsin_signal WHERE NOT is_readable")
        with chromium.console(stage, "noor") as page:
            page.get_by_role("link", name="Unknown device").click()
            page.get_by_role("button", name="Take it").click()
            page.goto("/console/incidents/1/whose/")
            page.get_by_label("Defender").select_option(label="Dawit Emberley")
            page.get_by_role("button", name="It is theirs").click()
            expect(page.get_by_role("heading", name="Dawit Emberley")).to_be_visible()
            page.goto("/console/signals/")
            expect(page.locator("#unreadable")).to_contain_text("gt06")
        stage.pocket("senna").expects("Dawit Emberley")


def test_the_stop_button_stops_a_wave(make_stage, chromium: Chromium) -> None:
    with make_stage() as stage:
        stage.press()
        stage.pocket("noor").expects(MIRA.person.name)
        with chromium.console(stage, "ines") as page:
            stage.hall.misbehave(mail_answer_s=0.5)
            stage.run_module("tests.journeys.publish")
            readers = [stage.mailbox(f"reader{number}@supporters.example.org") for number in range(READERS)]
            readers[20].expects(MIRA.person.name)
            page.goto("/console/appeals/1/")
            page.get_by_role("button", name="Stop everything").click()
            expect(page.get_by_text("Stopped by ines")).to_be_visible()
        stage.wait_for_rows("SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM tocsin_notice WHERE wave_id IS NOT NULL "
                            "AND state IN ('owed', 'claimed'))")  # fmt: skip
        [(stopped_at, withdrawn)] = stage.rows(
            "SELECT stopped_at, (SELECT count(*) FROM tocsin_notice WHERE state = 'withdrawn' AND wave_id IS NOT NULL) "
            "FROM tocsin_appeal"
        )
        came = [note for note in stage.hall.notes() if note.address.startswith("reader")]
        assert withdrawn > 0
        assert len(came) + withdrawn >= READERS, "each was told, or taken back"
        assert max((note.at - stopped_at).total_seconds() for note in came) <= 1.0

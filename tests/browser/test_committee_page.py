"""The committee's hour in its main states: photographed, and nothing for axe to find."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.browser.chromium import a_visitor
from tests.browser.scenes import a_room_has_talked, with_panels_when_wide
from tests.browser.screens import photograph
from tests.journeys.running_demo import Demo, a_demo

pytestmark = pytest.mark.browser


async def test_the_committees_hour(tmp_path: Path, browser: Browser) -> None:
    """Theme meetings, a room that talks, questions and answers, and the board behind it."""
    async with a_demo(tmp_path, "--at", "09.11") as demo:
        await a_room_has_talked(demo)
        await questions_were_asked(demo)
        people = demo.links["people"]
        faults: list[str] = []
        async with a_visitor(browser, people["aalborg-host"]["enter"]) as (page, _):
            await expect(page.get_by_role("heading", name="Vælg op til")).to_be_visible()
            await with_panels_when_wide(page)
            faults += await photograph(page, "watch-themes")
            await page.get_by_role("tab", name="Vores rum").click()
            await expect(page.get_by_text("Vi tager det første")).to_be_visible()
            faults += await photograph(page, "room-host")
            await page.get_by_role("button", name="Søg", exact=True).click()
            await page.get_by_role("searchbox").fill("byraadssalen")
            await expect(page.get_by_role("status").get_by_text("1 besked")).to_be_visible()
            faults += await photograph(page, "room-search")
            await page.keyboard.press("Escape")
            await page.get_by_role("button", name="Noter").click()
            await page.get_by_label("Rummets noter").fill("Pointer fra drøftelsen\n\n- trivsel")
            await expect(page.get_by_text("Gemt", exact=True)).to_be_visible()
            faults += await photograph(page, "room-notes")
            await page.keyboard.press("Escape")
            await page.get_by_role("tab", name="KL's udvalg").click()
            await page.get_by_text("1 besvaret").click()
            await expect(page.get_by_text("De skal op")).to_be_visible()
            faults += await photograph(page, "committee-open")
        async with a_visitor(browser, people["committee"]["enter"]) as (page, _):
            await page.get_by_role("button", name="Tag spørgsmålet").first.click()
            await expect(page.get_by_label("Jeres svar")).to_be_visible()
            faults += await photograph(page, "desk")
        assert faults == []


async def questions_were_asked(demo: Demo) -> None:
    """A desk with three questions, one of them answered."""
    mette, soren = await demo.sign_in("aalborg"), await demo.sign_in("aarhus")
    karen = await demo.sign_in("committee")
    await mette.open("committee")
    await soren.open("committee")
    await karen.open("committee.desk")
    for who, text in (
        (mette, "Hvad med normeringerne, når tilsynet skal styrkes?"),
        (soren, "Hvordan får vi sundhedsplejen med i overgangen til dagtilbud?"),
        (mette, "Kan evalueringerne deles på tværs af kommuner?"),
    ):
        assert (await who.do("committee", "ask_question", text=text))["op"] == "done"
    asked = await soren.hear_event("committee", "question_asked")
    question = asked["data"]["question"]
    await soren.do("committee", "vote", question=question)
    await karen.do("committee.desk", "claim", question=question)
    answered = await karen.do("committee.desk", "answer", question=question, text="De skal op.")
    assert answered["op"] == "done", answered

"""What everybody does together: polls, messages, applause; made behind the scene, met before it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.axe import violations
from tests.browser.chromium import a_visitor
from tests.browser.glass import Glass
from tests.browser.keyboard import tab_through
from tests.browser.scenes import a_moderator_by_hand, take_the_second
from tests.browser.screens import FOLDER, SCHEMES, photograph, settled
from tests.journeys.running_demo import Demo, a_demo

pytestmark = [pytest.mark.long, pytest.mark.browser]

QUESTION = "Hvad skal kommunerne arbejde videre med først?"
OPTIONS = ("Overgange fra dagtilbud til skole", "Tilsyn i dagtilbud", "Unge uden for fællesskabet")


async def test_a_poll_from_the_draft_to_the_result(tmp_path: Path, browser: Browser) -> None:
    async with a_demo(tmp_path) as demo:
        people = demo.links["people"]
        faults: list[str] = []
        async with (
            a_visitor(browser, people["moderator"]["enter"]) as (board, _),
            a_visitor(browser, people["aalborg"]["enter"]) as (page, _),
        ):
            await a_poll_is_drafted_by_keyboard(board)
            faults += await photograph(board, "backstage-poll-draft")
            await board.get_by_role("button", name="Åbn for alle").press("Enter")
            await board.get_by_role("button", name="Åbn for alle").press("Enter")
            await others_vote(demo)
            faults += await photograph(page, "watch-poll-open")
            await a_vote_is_cast_and_changed_by_keyboard(page)
            faults += await photograph(page, "watch-poll-voted")
            faults += await on_a_phone_the_poll_is_one_line_away(page)
            await expect(board.get_by_text("3 har stemt")).to_be_visible()
            faults += await photograph(board, "backstage-poll-open")
            await expect(page.get_by_text("2 stemmer")).to_have_count(0)
            await board.get_by_role("button", name="Luk afstemningen").click()
            await expect(page.get_by_text("Resultatet vises her, når").first).to_be_visible()
            await board.get_by_role("button", name="Vis resultatet").click()
            result = page.get_by_role("listitem").filter(has_text=f"{OPTIONS[1]}: 2 stemmer, 67")
            await expect(result.first).to_be_visible()
            faults += await photograph(page, "watch-poll-shown")
            await page.goto(f"{demo.base}/watch?skaerm")
            await expect(page.get_by_text(f"{OPTIONS[1]}: 2 stemmer").first).to_be_attached()
            faults += await photograph(page, "watch-poll-screen")
            await board.get_by_role("button", name="Læg væk").click()
            await page.goto(f"{demo.base}/watch")
            await page.get_by_text("1 tidligere afstemning").first.click()
            await expect(page.get_by_role("heading", name=QUESTION).first).to_be_visible()
        assert faults == []


async def a_poll_is_drafted_by_keyboard(board: Page) -> None:
    """Letters that are shortcuts of the board do nothing to the show while one writes."""
    await board.get_by_role("button", name="Ny afstemning").press("Enter")
    await expect(board.get_by_role("dialog", name="Ny afstemning")).to_be_visible()
    await expect(board.get_by_label("Spørgsmål", exact=True)).to_be_focused()
    await board.keyboard.type(QUESTION)
    for option in OPTIONS[:2]:
        await board.keyboard.press("Tab")
        await board.keyboard.type(option)
    await board.keyboard.press("Tab")
    await board.keyboard.press("Enter")
    await board.get_by_label("Svar 3", exact=True).fill(OPTIONS[2])
    await board.get_by_role("button", name="Gem kladden").press("Enter")
    await expect(board.get_by_role("dialog")).to_have_count(0)
    await expect(board.get_by_role("heading", name=QUESTION)).to_be_visible()


async def others_vote(demo: Demo) -> None:
    for key, choice in (("aarhus", 1), ("individual", 0)):
        voter = await demo.sign_in(key)
        await voter.open("polls")
        answer = await voter.do("polls", "cast_ballot", poll="p1", choices=[choice])
        assert answer["op"] == "done", answer


async def a_vote_is_cast_and_changed_by_keyboard(page: Page) -> None:
    await expect(page.get_by_role("heading", name=QUESTION)).to_be_visible()
    round = await tab_through(page)
    assert round.ringless == ()
    await page.get_by_role("radio", name=OPTIONS[0]).focus()
    await page.keyboard.press("Space")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Din stemme er talt")).to_be_visible()
    await page.keyboard.press("ArrowDown")
    await page.get_by_role("button", name="Ret din stemme").press("Enter")
    await expect(page.get_by_text("Din stemme er talt")).to_be_visible()
    await page.reload()
    await expect(page.get_by_role("radio", name=OPTIONS[1])).to_be_checked()


async def on_a_phone_the_poll_is_one_line_away(page: Page) -> list[str]:
    """Returns what is wrong with the sheet."""
    await page.set_viewport_size({"width": 360, "height": 740})
    line = page.get_by_role("button", name=QUESTION)
    await line.press("Enter")
    sheet = page.get_by_role("dialog", name="Afstemning")
    await expect(sheet.get_by_role("radio", name=OPTIONS[1])).to_be_checked()
    faults: list[str] = []
    for scheme in SCHEMES:
        await page.emulate_media(color_scheme=scheme)
        await settled(page)
        await page.screenshot(path=FOLDER / f"watch-poll-sheet-360-{scheme}.png")
        faults += await violations(page)
    # A letter that is a key of the player's does nothing to the picture behind.
    picture = page.locator("video").first
    await expect(picture).to_have_js_property("paused", False)
    await sheet.get_by_role("button", name="Luk").press("k")
    await expect(picture).to_have_js_property("paused", False)
    await sheet.get_by_role("button", name="Luk").press("Enter")
    await expect(line).to_be_focused()
    await line.press("Enter")
    await page.keyboard.press("Escape")
    await expect(sheet).to_be_hidden()
    await expect(line).to_be_focused()
    await page.set_viewport_size({"width": 1280, "height": 800})
    return faults


async def test_what_is_said_and_cheered_reaches_everybody(tmp_path: Path, browser: Browser) -> None:
    async with a_demo(tmp_path) as demo:
        people = demo.links["people"]
        moderator = await a_moderator_by_hand(demo)
        faults: list[str] = []
        async with (
            a_visitor(browser, people["aalborg"]["enter"]) as (mette, _),
            a_visitor(browser, people["aarhus"]["enter"]) as (soren, _),
        ):
            await take_the_second(moderator)
            await Glass(mette).until_playing()
            await expect(mette.get_by_text("3 er med · 1 fra Aalborg")).to_be_visible()
            text = "Vi har mistet lyden i salen og er tilbage om fem minutter."
            await moderator.do("show", "announce", text=text, urgent=True)
            await expect(
                mette.get_by_role("alert").filter(has_text="Vigtig besked")
            ).to_be_visible()
            faults += await photograph(mette, "watch-urgent")
            text, until = "Frokosten er klar.", await in_show_time(mette, 8)
            await moderator.do("show", "announce", text=text, until=until)
            await expect(mette.get_by_role("status").filter(has_text=text).first).to_be_visible()
            await expect(mette.get_by_text(text)).to_have_count(0)
            await applause_is_summed(mette, soren)
        assert faults == []


async def in_show_time(page: Page, seconds: int) -> str:
    """A moment so many seconds from now by the page's own reckoning of the show's clock."""
    wanted = """async (seconds) => {
      const { clock } = await (await fetch("/api/show")).json();
      const since = (Date.now() - Date.parse(clock.wall)) * clock.speed;
      return new Date(Date.parse(clock.show) + since + seconds * 1000).toISOString();
    }"""
    return str(await page.evaluate(wanted, seconds))


async def applause_is_summed(mette: Page, soren: Page) -> None:
    """Both see the same sum, without a name; whoever wants no motion sees the sum alone."""
    await soren.emulate_media(reduced_motion="reduce")
    for _ in range(3):
        await mette.get_by_role("button", name="Klap").press("Enter")
    await expect(soren.locator(".cheers .sums")).to_contain_text(re.compile("[123]"))
    await mette.screenshot(path=FOLDER / "watch-cheers-1280-light.png")
    for _ in range(2):
        await mette.get_by_role("button", name="Send et hjerte").press("Enter")
    await expect(soren.locator(".cheers .sum.heart")).to_be_visible()
    assert await soren.locator(".cheers .sign:visible").count() == 0
    await expect(soren.locator(".cheers .sums")).to_have_count(0)

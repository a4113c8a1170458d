"""Two people write in their room's notes in two browsers: together, without a line, over a kill."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.browser.chromium import a_visitor
from tests.journeys.running_demo import a_demo

pytestmark = [pytest.mark.browser, pytest.mark.long]

BACK_WITHIN_MS = 60_000


async def notes_of(page: Page) -> Locator:
    await page.get_by_role("tab", name="Vores rum").click()
    await page.get_by_role("button", name="Noter").click()
    field = page.get_by_label("Rummets noter")
    await expect(field).to_be_editable()
    return field


async def test_two_who_write_with_and_without_a_line_and_over_a_kill_see_the_same_in_the_end(
    tmp_path: Path, browser: Browser
) -> None:
    async with a_demo(tmp_path, "--at", "09.11") as demo:
        people = demo.links["people"]
        async with (
            a_visitor(browser, people["aalborg"]["enter"]) as (mette, _),
            a_visitor(browser, people["aalborg-host"]["enter"]) as (jens, _),
        ):
            hers, his = await notes_of(mette), await notes_of(jens)
            await hers.press_sequentially("Pointer: trivsel")
            await expect(his).to_have_value("Pointer: trivsel")
            await expect(mette.get_by_text("Gemt", exact=True)).to_be_visible()

            await mette.context.set_offline(True)
            await demo.kill()
            await hers.press_sequentially(" og ro")
            await his.press("Control+Home")
            await his.press_sequentially("Vores ")
            await expect(jens.get_by_text("Gemmes, når der er")).to_be_visible()
            await demo.start_again()
            await mette.context.set_offline(False)

            for field in (hers, his):
                await expect(field).to_have_value(
                    "Vores Pointer: trivsel og ro", timeout=BACK_WITHIN_MS
                )
            kept = await (await demo.sign_in("staff")).http.get("/api/rooms/aalborg/notes")
            assert kept.text.endswith("\nVores Pointer: trivsel og ro\n")


async def test_a_closed_room_closes_the_notes_says_so_and_opens_them_again(
    tmp_path: Path, browser: Browser
) -> None:
    async with a_demo(tmp_path, "--at", "09.11") as demo:
        people = demo.links["people"]
        host = await demo.sign_in("aalborg-host")
        await host.open("room:aalborg")
        async with a_visitor(browser, people["aalborg"]["enter"]) as (mette, _):
            field = await notes_of(mette)
            assert (await host.do("room:aalborg", "close_room"))["op"] == "done"
            await expect(field).not_to_be_editable()
            notes = mette.get_by_role("region", name="Noter")
            said = notes.get_by_role("status").filter(has_text="Rummet er lukket")
            await expect(said).to_be_visible()
            assert (await host.do("room:aalborg", "open_room"))["op"] == "done"
            await field.press_sequentially("Vi kan igen")
            await expect(mette.get_by_text("Gemt", exact=True)).to_be_visible()

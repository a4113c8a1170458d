"""The one table of what is open to whom: read, opened now, planned, photographed."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.browser.chromium import a_visitor
from tests.browser.screens import photograph
from tests.journeys.running_demo import a_demo

pytestmark = pytest.mark.browser

ITEM = "Introduktion"


async def test_the_secretariat_opens_an_item_now_plans_another_and_shows_one_without_captions(
    tmp_path: Path, browser: Browser
) -> None:
    faults: list[str] = []
    day = ("--programme", "schedule/topmoede_2021.toml", "--at", "09.02")
    async with a_demo(tmp_path, *day) as demo, demo.stranger() as stranger:
        people = demo.links["people"]
        async with a_visitor(browser, people["secretariat"]["enter"]) as (page, complaints):
            await page.goto(f"{demo.base}/adgang")
            row = page.get_by_role("row", name=ITEM).first
            await expect(row.get_by_text("Åben nu")).to_be_visible()
            assert await nothing_lies_over_the_head(page)
            faults += await photograph(page, "access")

            # Whoever moderates sees it change without a reload.
            async with a_visitor(browser, people["moderator"]["enter"]) as (beside, _):
                await beside.goto(f"{demo.base}/adgang")
                there = beside.get_by_role("row", name=ITEM).first
                await expect(there.get_by_text("Åben nu")).to_be_visible()
                dialog = await opened(page, ITEM)
                await dialog.get_by_role("button", name="Åbn nu for alle, også").click()
                await expect(dialog.get_by_text("Åbner for alle, også uden")).to_be_visible()
                assert (await stranger.get("/replay/01/index.m3u8")).status_code == 401
                faults += await photograph(page, "access-open-now")
                await dialog.get_by_role("button", name="Ja, gør det").click()
                await expect(dialog.get_by_text("Det er gjort.")).to_be_visible()
                await expect(there.get_by_text("Åben nu")).to_have_count(2)
                shown = await opened(beside, ITEM)
                await expect(shown.get_by_role("button", name="Gem planen")).to_have_count(0)
            assert (await stranger.get("/api/library")).json()["items"][0]["item"] == "01"

            await planned(dialog)
            faults += await photograph(page, "access-plan")
            await dialog.get_by_role("button", name="Gem planen").click()
            await expect(dialog.get_by_text("Planen er gemt.")).to_be_visible()
            await dialog.get_by_role("button", name="Færdig").click()
            await expect(page.get_by_role("button", name=f"Ændr adgang til {ITEM}")).to_be_focused()
            await expect(row.get_by_text("Aarhus")).to_be_visible()

            dialog = await opened(page, ITEM)
            await dialog.get_by_label("Begrundelse").fill("Der tales ikke")
            await dialog.get_by_role("button", name="Vis uden", exact=True).click()
            await expect(dialog.get_by_text("„Der tales ikke“")).to_be_visible()
            await page.keyboard.press("Escape")
            await expect(row.get_by_text("Vises uden")).to_be_visible()
            assert complaints.heard == []
        async with a_visitor(browser, people["aalborg"]["enter"]) as (page, _):
            await page.goto(f"{demo.base}/adgang")
            await expect(page.get_by_text("Denne side er for dem")).to_be_visible()
    assert faults == [], "\n".join(faults)


async def nothing_lies_over_the_head(page: Page) -> bool:
    """Whether each cell of the table's head is what one sees there, wherever the rows are."""
    free = await page.evaluate(
        """() => {
          const table = document.querySelector("main table"), free = [];
          for (let down = 0; down < 120; down += 8) {
            scrollTo(0, table.getBoundingClientRect().top + scrollY + 200 + down);
            for (const cell of table.querySelectorAll("thead :is(th, td)")) {
              const box = cell.getBoundingClientRect();
              const [x, y] = [box.right - 20, (box.top + box.bottom) / 2];
              free.push(cell.contains(document.elementFromPoint(x, y)));
            }
          }
          scrollTo(0, 0);
          return free;
        }"""
    )
    return len(free) > 50 and all(free)


async def opened(page: Page, item: str) -> Locator:
    await page.get_by_role("button", name=f"Ændr adgang til {item}").first.click()
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_be_visible()
    return dialog


async def planned(dialog: Locator) -> None:
    """Aarhus sees it from two o'clock, for a week."""
    await dialog.get_by_role("button", name="Tilføj en kommune").click()
    line = dialog.get_by_role("group", name="Enkelte kommuner")
    await expect(dialog.get_by_role("button", name="Gem planen")).to_be_disabled()
    await line.get_by_role("combobox", name="Kommune").select_option(label="Aarhus")
    line = dialog.get_by_role("group", name="Aarhus Kommune")
    await line.get_by_label("Hvornår").select_option(label="På et tidspunkt")
    begins, ends = line.locator("input[type=datetime-local]").nth(0), line.get_by_label("Slutter")
    await begins.fill("2021-01-28T14:00")
    await ends.fill("2021-02-04T14:00")

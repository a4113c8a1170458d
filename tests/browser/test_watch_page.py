"""The watch page through the day and the way to it: photographed, and nothing for axe to find."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from PIL import Image
from playwright.async_api import Browser, expect

from tests.browser.axe import violations
from tests.browser.chromium import a_visitor
from tests.browser.glass import Glass
from tests.browser.scenes import a_moderator_by_hand, a_room_has_talked, cue, take_the_second
from tests.browser.screens import photograph, settled
from tests.journeys.running_demo import Demo, a_demo

README_PICTURE = Path(__file__).parents[2] / "web" / "screenshot.png"

pytestmark = pytest.mark.browser


async def test_the_watch_page_through_the_day_and_the_way_to_it(
    tmp_path: Path, browser: Browser
) -> None:
    async with a_demo(tmp_path) as demo:
        moderator = await a_moderator_by_hand(demo)
        enter = demo.links["people"]["aalborg"]["enter"]
        async with a_visitor(browser, enter) as (page, _):
            await take_the_second(moderator)
            await Glass(page).until_playing()
            faults = await photograph(page, "watch-live")
            await moderator.do("show", "announce", text="Lyden i salen er tilbage om et øjeblik.")
            await cue(moderator, page, "next", "02", "Sammenhænge i indsatser")
            faults += await photograph(page, "watch-film-announcement")
            await cue(moderator, page, "next", "03", "Pause")
            await moderator.do("show", "clear_announcement")
            faults += await photograph(page, "watch-break")
            await cue(moderator, page, "take", "04", "Politiske oplæg", item="10")
            faults += await photograph(page, "watch-choose")
            await page.goto(f"{demo.base}/watch?skaerm")
            await Glass(page).until_playing()
            faults += await photograph(page, "watch-screen")
        faults += await the_pages_before_one_is_in(demo, browser)
        assert faults == []


async def the_pages_before_one_is_in(demo: Demo, browser: Browser) -> list[str]:
    """Returns what is wrong with them."""
    context = await browser.new_context(locale="da-DK")
    page = await context.new_page()
    faults: list[str] = []
    for name, path, text in (
        ("enter", enter_path(demo, "aalborg"), "Gå ind til topmødet"),
        ("enter-gone", "/enter/used", "Linket gælder ikke længere"),
        ("signed-out", "/watch", "Du er ikke logget ind"),
        ("camera-key", "/camera", "Brug nøglen"),
    ):
        await page.goto(demo.base + path)
        await expect(page.get_by_text(text).first).to_be_visible()
        faults += await photograph(page, name)
    await context.close()
    return faults


async def test_axe_finds_what_is_wrong(browser: Browser) -> None:
    page = await browser.new_page()
    await page.set_content("<html lang=da><title>T</title><main><h1>T</h1><button></button>")
    assert [each.split(":")[0] for each in await violations(page)] == ["button-name"]
    await page.close()


@pytest.mark.skipif("WRITE_SCREENSHOT" not in os.environ, reason="writes a file of the project")
async def test_the_readmes_picture_is_taken(tmp_path: Path, browser: Browser) -> None:
    async with a_demo(tmp_path) as demo:
        moderator = await a_moderator_by_hand(demo)
        await a_room_has_talked(demo)
        enter = demo.links["people"]["aalborg"]["enter"]
        async with a_visitor(browser, enter, width=1280, height=760) as (page, _):
            glass = Glass(page)
            await take_the_second(moderator)
            await page.get_by_role("tab", name="Vores rum").click()
            await page.get_by_role("button", name="Slå lyd til", exact=True).click()
            await glass.until_sized(640, 360)
            await page.mouse.move(1200, 600)
            await page.locator(".stage.idle").wait_for()
            await settled(page)
            taken = await page.screenshot()
    Image.open(io.BytesIO(taken)).convert("RGB").save(README_PICTURE, optimize=True)
    assert README_PICTURE.stat().st_size < 250_000


def enter_path(demo: Demo, key: str) -> str:
    return str(demo.links["people"][key]["enter"]).removeprefix(demo.base)

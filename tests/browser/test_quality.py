"""A viewer on a poor line takes the small picture, or the sound alone, and comes back."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.browser.axe import violations
from tests.browser.chromium import a_visitor
from tests.browser.circumstances import explained
from tests.browser.glass import Glass
from tests.browser.screens import FOLDER
from tests.journeys.running_demo import a_demo

pytestmark = [pytest.mark.browser, pytest.mark.alone]


async def test_small_picture_sound_alone_and_back_on_one_element(
    tmp_path: Path, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOPMOEDE_LOWER_HEIGHT_PX", "180")
    async with (
        a_demo(tmp_path) as demo,
        a_visitor(browser, demo.links["people"]["aalborg"]["enter"]) as (page, complaints),
        explained(watch=page),
    ):
        glass = Glass(page)
        choice = page.get_by_label("Billedkvalitet")
        await glass.until_playing()
        await glass.until_sized(640, 360)
        await glass.mark()
        before = await glass.counters()
        await choice.select_option("Lille billede")
        await glass.until_sized(320, 180)
        await page.get_by_role("button", name="Slå lyd til", exact=True).click()
        await choice.select_option("Kun lyd")
        await page.get_by_text("Kun lyd. Billedet er slået fra.").wait_for()
        await glass.until_playing()
        await glass.until_louder_than(0.005)
        assert (await glass.picture_size()) == (0, 0)
        await page.screenshot(path=FOLDER / "watch-sound-only-1280-light.png")
        assert await violations(page) == []
        await page.get_by_role("button", name="Vis billedet igen").click()
        await glass.until_sized(640, 360)
        counters = await glass.counters()
        more = await glass.more_than(before, "errors", "stalls")
        assert more == [0, 0], counters["incidents"]
        assert await glass.marks() == {"page": True, "video": True, "videos": 1, "navigations": 1}
        assert complaints.heard == []

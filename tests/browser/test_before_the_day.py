"""What people do before the day, and what every page says when the day goes wrong."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser.chromium import Complaints, a_chromium, a_visitor
from tests.browser.screens import photograph
from tests.journeys.running_demo import a_demo

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


@pytest_asyncio.fixture
async def browser() -> AsyncIterator[Browser]:
    async with a_chromium(camera=True) as browser:
        yield browser


async def test_a_backup_address_reaches_every_page_and_outlives_the_server(
    tmp_path: Path, browser: Browser
) -> None:
    async with a_demo(tmp_path) as demo:
        people = demo.links["people"]
        faults: list[str] = []
        async with (
            a_visitor(browser, people["aalborg"]["enter"]) as (viewer, _),
            a_visitor(browser, people["moderator"]["enter"]) as (moderator, _),
        ):
            bar = viewer.get_by_text("Hvis siden ikke virker:")
            await expect(viewer.get_by_role("tab", name="Program")).to_be_visible()
            await moderator.set_viewport_size({"width": 1440, "height": 900})
            await moderator.get_by_text("Plan B", exact=True).click()
            await moderator.get_by_label("Adresse, hvis siden ikke virker").fill("backup.kl.dk")
            await moderator.get_by_role("button", name="Vis adressen").click()
            await expect(bar).to_be_visible()
            await expect(moderator.get_by_text("Vises nu på alle sider")).to_be_visible()
            faults += await photograph(viewer, "planb-watch")
            faults += await photograph(moderator, "planb-backstage")
            stranger = await (await browser.new_context(locale="da-DK")).new_page()
            await stranger.goto(people["aarhus"]["enter"])
            await expect(stranger.get_by_role("link", name="backup.kl.dk")).to_be_visible()
            page = demo.folder / "data" / "emergency.html"
            kept = ""
            async with asyncio.timeout(20):
                while "backup.kl.dk" not in kept:
                    await asyncio.sleep(0.1)  # another process's file: nothing to wait on
                    kept = await asyncio.to_thread(page.read_text)
            await viewer.clock.install()
            await demo.kill()
            await expect(viewer.get_by_text("Forbinder igen")).to_be_visible()
            await viewer.clock.fast_forward("00:35")
            await expect(viewer.get_by_text("i et halvt minut")).to_be_visible()
            faults += await photograph(viewer, "planb-lost")
            await stranger.goto(page.as_uri())
            faults += await photograph(stranger, "emergency")
    assert faults == []


async def test_a_stranger_tries_picture_sound_and_line_and_gets_a_report(
    tmp_path: Path, browser: Browser
) -> None:
    async with a_demo(tmp_path) as demo:
        context = await browser.new_context(locale="da-DK", accept_downloads=True)
        page = await context.new_page()
        complaints = Complaints()
        complaints.listen(page)
        await page.goto(demo.links["people"]["aalborg"]["enter"])
        await page.get_by_role("link", name="Prøv din forbindelse").click()
        faults = await photograph(page, "trial-before")
        await page.get_by_role("button", name="Begynd prøven").click()
        await expect(page.get_by_text("Kan du høre tonerne?").first).to_be_visible(timeout=40_000)
        faults += await photograph(page, "trial-asking")
        await page.get_by_role("button", name="Ja, jeg hører dem").click()
        report = page.get_by_label("Rapporten")
        await expect(report).to_be_visible(timeout=30_000)
        await page.get_by_label("Kommune og sted").fill("Aalborg, byrådssalen")
        faults += await photograph(page, "trial-done")
        said = await report.input_value()
        for line in ("[OK] Billede:", "[OK] Lyd:", "[OK] Browser:", "[OK] Direkte linje:"):
            assert line in said, said
        assert "Hvem og hvor: Aalborg, byrådssalen" in said
        assert f"{demo.base}/rt som WebSocket" in said
        assert "Mette" not in said
        letter = await page.get_by_role("link", name="Send til").get_attribute("href")
        assert letter is not None
        assert letter.startswith("mailto:hjaelp@topmoede.example?")
        async with page.expect_download() as saving:
            await page.get_by_role("button", name="Hent som fil").click()
        saved = await asyncio.to_thread(Path(await (await saving.value).path()).read_text, "utf-8")
        assert saved == said
        await context.close()
        # "Who am I" is answered 401 to a stranger, and the browser writes that down.
        assert [each for each in complaints.heard if "(Unauthorized)" not in each] == []
        assert faults == []

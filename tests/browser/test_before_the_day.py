"""What people do before the day, and what every page says when the day goes wrong."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.axe import violations
from tests.browser.chromium import Complaints, a_visitor
from tests.browser.screens import photograph
from tests.journeys.running_demo import Demo, a_demo

pytestmark = pytest.mark.browser

# A busy machine may well find that a picture stutters; what must hold is that it comes.
WORKS = ("[OK]", "[BEMÆRK]")


async def test_a_stranger_and_a_speaker_try_and_a_backup_address_reaches_them_all(
    tmp_path: Path, browser: Browser
) -> None:
    async with a_demo(tmp_path) as demo:
        people = demo.links["people"]
        context = await browser.new_context(locale="da-DK", accept_downloads=True)
        stranger = await context.new_page()
        complaints = Complaints()
        complaints.listen(stranger)
        await begin_as_a_stranger(stranger, demo)
        async with a_visitor(browser, people["aarhus"]["enter"]) as (speaker, _):
            await speaker.goto(f"{demo.base}/proev/taler")
            await speaker.get_by_role("button", name="Begynd prøven").click()
            await the_office_announces(browser, people["secretariat"]["enter"])
            said = await report_after_answering(stranger)
            assert [step for step in ("Billede", "Hastighed") if not works(said, step)] == []
            assert "[OK] Lyd: Du kan høre lyden." in said
            assert "[OK] Browser: Browseren kan vise udsendelsen." in said
            assert "[OK] Direkte linje: Linjen kan åbnes." in said
            assert f"{demo.base}/rt som WebSocket" in said
            assert "Mette" not in said
            assert await saved_report(stranger) == said
            assert await violations(stranger) == []
            said = await report_of(speaker)
            assert "[OK] Kamera: Kameraet giver" in said
            assert works(said, "Mikrofon")
            assert "[OK] Vejen ud: Billedet når frem direkte over UDP" in said
            assert works(said, "Afsendelse")
            assert "UDP ud til 127.0.0.1" in said
            assert await violations(speaker) == []
            await speaker.goto(f"{demo.base}/watch")
            for page in (stranger, speaker):
                if page is stranger:
                    await page.reload()
                await expect(page.get_by_role("link", name="backup.kl.dk")).to_be_visible()
        await context.close()
        # "Who am I" is answered 401 to a stranger, and the browser writes that down.
        assert [each for each in complaints.heard if "(Unauthorized)" not in each] == []
        assert demo.traces() == []


@pytest.mark.long
async def test_the_trials_at_every_size(tmp_path: Path, browser: Browser) -> None:
    async with a_demo(tmp_path) as demo:
        faults: list[str] = []
        page = await (await browser.new_context(locale="da-DK")).new_page()
        await begin_as_a_stranger(page, demo)
        await expect(page.get_by_role("button", name="Ja, jeg hører dem")).to_be_visible(
            timeout=40_000
        )
        faults += await photograph(page, "trial-asking")
        await report_after_answering(page)
        faults += await photograph(page, "trial-done")
        enter = demo.links["people"]["aarhus"]["enter"]
        async with a_visitor(browser, enter) as (speaker, _):
            await speaker.goto(f"{demo.base}/proev/taler")
            faults += await photograph(speaker, "trial-speaker-before")
            await speaker.get_by_role("button", name="Begynd prøven").click()
            await expect(speaker.get_by_text("Sig noget")).to_be_visible()
            faults += await photograph(speaker, "trial-speaker-trying")
            await report_of(speaker)
            faults += await photograph(speaker, "trial-speaker-done")
        assert faults == []


@pytest.mark.long
async def test_a_backup_address_outlives_the_server(tmp_path: Path, browser: Browser) -> None:
    async with a_demo(tmp_path) as demo:
        people = demo.links["people"]
        faults: list[str] = []
        async with (
            a_visitor(browser, people["aalborg"]["enter"]) as (viewer, _),
            a_visitor(browser, people["moderator"]["enter"]) as (moderator, _),
        ):
            await expect(viewer.get_by_role("tab", name="Program")).to_be_visible()
            await moderator.get_by_text("Plan B", exact=True).click()
            await moderator.get_by_label("Adresse, hvis siden ikke virker").fill("backup.kl.dk")
            await moderator.get_by_role("button", name="Vis adressen").click()
            await expect(viewer.get_by_text("Hvis siden ikke virker:")).to_be_visible()
            await expect(moderator.get_by_text("Vises nu på alle sider")).to_be_visible()
            faults += await photograph(viewer, "planb-watch")
            faults += await photograph(moderator, "planb-backstage")
            page = await emergency_page_with(demo, "backup.kl.dk")
            await viewer.clock.install()
            await demo.kill()
            await expect(viewer.get_by_text("Forbinder igen")).to_be_visible()
            await viewer.clock.fast_forward("00:35")
            await expect(viewer.get_by_text("i et halvt minut")).to_be_visible()
            faults += await photograph(viewer, "planb-lost")
            await moderator.goto(page.as_uri())
            faults += await photograph(moderator, "emergency")
    assert faults == []


async def the_office_announces(browser: Browser, enter: str) -> None:
    """The secretariat, on its own page: what is no address is told, what is one is shown."""
    async with a_visitor(browser, enter, plays=False) as (office, complaints):
        address = office.get_by_label("Adresse, hvis siden ikke virker")
        await address.fill("javascript:alert(1)")
        await address.press("Enter")
        await expect(office.get_by_role("alert")).to_contain_text("Skriv en adresse som")
        for name in ("forkert.kl.dk", "backup.kl.dk"):
            await address.fill(name)
            await address.press("Enter")
            await expect(office.get_by_role("link", name=name).first).to_be_visible()
            if name == "forkert.kl.dk":
                await office.get_by_role("button", name="Fjern").click()
                await expect(office.get_by_role("link", name=name)).to_have_count(0)
        assert complaints.heard == []


async def begin_as_a_stranger(page: Page, demo: Demo) -> None:
    """From the invitation, without signing in."""
    await page.goto(demo.links["people"]["aalborg"]["enter"])
    await page.get_by_role("link", name="Prøv din forbindelse").click()
    await page.get_by_role("button", name="Begynd prøven").click()


async def report_after_answering(page: Page) -> str:
    await page.get_by_role("button", name="Ja, jeg hører dem").click(timeout=60_000)
    return await report_of(page)


async def report_of(page: Page) -> str:
    report = page.get_by_label("Rapporten")
    await expect(report).to_be_visible(timeout=60_000)
    await page.get_by_label("Kommune og sted").fill("Aalborg, byrådssalen")
    said = await report.input_value()
    assert "Hvem og hvor: Aalborg, byrådssalen" in said
    return said


async def saved_report(page: Page) -> str:
    async with page.expect_download() as saving:
        await page.get_by_role("button", name="Hent som fil").click()
    saved = Path(await (await saving.value).path())
    return await asyncio.to_thread(saved.read_text, "utf-8")


def works(report: str, step: str) -> bool:
    return any(f"{mark} {step}:" in report for mark in WORKS)


async def emergency_page_with(demo: Demo, address: str) -> Path:
    """The page that the server keeps for the proxy, once it names an address."""
    page, kept = demo.folder / "data" / "emergency.html", ""
    async with asyncio.timeout(20):
        while address not in kept:
            await asyncio.sleep(0.1)  # another process's file: nothing to wait on
            kept = await asyncio.to_thread(page.read_text)
    return page

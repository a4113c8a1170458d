"""Help and the board: from the press to the answer, from one municipality to the others."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.chromium import a_visitor
from tests.browser.scenes import with_panels_when_wide
from tests.browser.screens import photograph
from tests.journeys.running_demo import a_demo, unhurried

pytestmark = pytest.mark.browser


async def test_help_is_answered_and_a_conclusion_replied_to(
    tmp_path: Path, browser: Browser
) -> None:
    async with a_demo(tmp_path, *unhurried()) as demo:
        people = demo.links["people"]
        async with (
            a_visitor(browser, people["aalborg-host"]["enter"]) as (jens, jenses),
            a_visitor(browser, people["moderator"]["enter"]) as (ida, idas),
            a_visitor(browser, people["individual"]["enter"]) as (niels, nielses),
        ):
            await asked_by_keyboard(jens)
            await answered_by(ida)
            await read_and_settled(jens)
            await expect(ida.get_by_text("Ingen venter på hjælp.")).to_be_visible()
            await letters_in_the_dialog_are_no_shortcuts(ida)
            await shared(jens)
            await replied(niels)
            ours = jens.get_by_role("article", name="Aalborg Kommune")
            await expect(ours).to_contain_text("Hvordan fik I lederne med?")
            await ours.get_by_role("button", name="Træk tilbage").click()
            await ours.get_by_role("button", name="Træk tilbage").click()
            await expect(ours).to_be_hidden()
            assert (jenses.heard, idas.heard, nielses.heard) == ([], [], [])


async def answered_by(ida: Page) -> None:
    await ida.get_by_role("tab", name="Hjælp").click()
    request = ida.get_by_role("article", name="Ingen lyd: Jens Østergaard, Aalborg")
    await request.get_by_role("button", name="Tag den").click()
    await request.get_by_label("Skriv et svar").fill("Tryk på højttaleren.")
    await ida.keyboard.press("Enter")


async def read_and_settled(page: Page) -> None:
    await page.get_by_role("button", name="Ida Bech har svaret dig").click()
    thread = page.get_by_role("log", name="Din samtale med holdet")
    await expect(thread).to_contain_text("Tryk på højttaleren.")
    await page.get_by_role("button", name="Det virker nu").click()
    await expect(page.get_by_text("Afsluttet. Skriv igen")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("button", name="Hjælp")).to_be_focused()


async def letters_in_the_dialog_are_no_shortcuts(ida: Page) -> None:
    """S asks whether to skip; not while the dialog is open, and again once it is closed."""
    await expect(ida.get_by_role("button", name="Næste: Velkommen")).to_be_visible()
    skip = ida.get_by_role("button", name="Spring Introduktion over")
    await ida.get_by_role("button", name="Hjælp").click()
    await expect(ida.get_by_role("dialog")).to_be_visible()
    await ida.keyboard.press("s")
    await ida.get_by_role("button", name="Luk").click()
    await expect(ida.get_by_role("dialog")).to_be_hidden()
    assert await skip.count() == 0
    await ida.keyboard.press("s")
    await expect(skip).to_be_visible()
    await ida.keyboard.press("Escape")


async def shared(host: Page) -> None:
    """A conclusion for all municipalities, by the keys."""
    await on_the_board(host)
    await host.get_by_role("button", name="Del en konklusion").press("Enter")
    await host.keyboard.type("Vi samler tilsyn og faglig ledelse i ét team.")
    await host.get_by_label("Hvad handler den om?").select_option("dagtilbud")
    await host.get_by_role("button", name="Del med alle kommuner").press("Enter")


async def replied(page: Page) -> None:
    """Marked as new, found by its theme and not by another, and answered."""
    await expect(page.get_by_role("tab", name="Tavlen").get_by_text("1 nye")).to_be_attached()
    await on_the_board(page)
    await page.get_by_label("Tema").select_option("skole")
    await expect(page.get_by_text("Ingen har delt noget om det tema")).to_be_visible()
    await page.get_by_label("Tema").select_option("dagtilbud")
    theirs = page.get_by_role("article", name="Aalborg Kommune")
    await theirs.get_by_role("button", name="Svar").click()
    await page.keyboard.type("Hvordan fik I lederne med?")
    await page.keyboard.press("Enter")


async def on_the_board(page: Page) -> None:
    await page.get_by_role("tab", name="Tavlen").click()
    await expect(page.get_by_text("Intet fra jeres rum vises.")).to_be_visible()


async def asked_by_keyboard(page: Page) -> None:
    """With the keys alone: open, look at what is sent, send; Escape, and the focus is back."""
    button = page.get_by_role("button", name="Hjælp")
    await button.focus()
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Hjælp")
    await expect(dialog.get_by_role("link", name="00 00 00 00")).to_be_visible()
    await dialog.get_by_text("Siden sender med").press("Enter")
    await expect(dialog.get_by_text("/watch")).to_be_visible()
    await dialog.get_by_role("button", name="Jeg har ingen lyd").press("Enter")
    await expect(dialog.get_by_text("En fra holdet svarer her.")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    await expect(button).to_be_focused()


@pytest.mark.long
async def test_help_and_the_crews_pages_are_photographed(tmp_path: Path, browser: Browser) -> None:
    async with a_demo(tmp_path) as demo:
        people = demo.links["people"]
        faults: list[str] = []
        async with a_visitor(browser, people["aalborg"]["enter"]) as (page, _):
            await page.get_by_role("button", name="Hjælp").click()
            await page.get_by_role("button", name="Noget andet").click()
            await page.get_by_text("Siden sender med").click()
            faults += await photograph(page, "help-ask")
            await page.get_by_label("Hvad er der galt?").fill("Linket til temamødet virker ikke.")
            await page.get_by_role("button", name="Send", exact=True).click()
            await expect(page.get_by_text("En fra holdet svarer her.")).to_be_visible()
            await page.keyboard.press("Escape")
            ida = await demo.sign_in("moderator")
            await ida.open("help.desk")
            member = await page.evaluate("fetch('/api/me').then((it) => it.json())")
            request = f"{member['id']}.h1"
            await ida.do("help.desk", "answer_help", request=request, text="Det er rettet nu.")
            await ida.do("help.desk", "tell_known_fault", text="Lyden fra salen mangler.")
            await ida.do("room:crew", "post_message", text="Teknikken er på lyden.")
            await expect(page.get_by_role("button", name="har svaret dig")).to_be_visible()
            faults += await photograph(page, "help-answered")
            await page.get_by_role("button", name="har svaret dig").click()
            faults += await photograph(page, "help-thread")
        async with a_visitor(browser, people["secretariat"]["enter"]) as (page, _):
            await expect(page.get_by_text("Teknikken er på lyden.")).to_be_visible()
            faults += await photograph(page, "crew-page")
            await page.get_by_label("Adresse, hvis siden ikke virker").fill("backup.kl.dk")
            await page.get_by_role("button", name="Vis adressen").click()
            await expect(page.get_by_text("Vises nu på alle sider")).to_be_visible()
            faults += await photograph(page, "crew-page-planb")
        async with a_visitor(browser, people["moderator"]["enter"]) as (page, _):
            await page.get_by_role("tab", name="Hjælp").click()
            faults += await photograph(page, "backstage-help")
            await page.get_by_role("tab", name="Holdet").click()
            faults += await photograph(page, "backstage-crew")
        async with (
            a_visitor(browser, people["aalborg-host"]["enter"]) as (page, _),
            a_visitor(browser, people["individual"]["enter"]) as (niels, _),
        ):
            await with_panels_when_wide(page)
            await shared(page)
            await replied(niels)
            await expect(page.get_by_text("Hvordan fik I lederne med?")).to_be_visible()
            faults += await photograph(page, "board-host")
            await page.get_by_role("button", name="Del en konklusion").click()
            faults += await photograph(page, "board-write")
        context = await browser.new_context(locale="da-DK")
        page = await context.new_page()
        await page.goto(f"{demo.base}/watch")
        await page.get_by_role("button", name="Hjælp").click()
        await expect(page.get_by_text("00 00 00 00")).to_be_visible()
        faults += await photograph(page, "help-signed-out")
        await context.close()
        assert faults == []

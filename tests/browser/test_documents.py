"""An item's documents in a Chromium: added, named, ordered and removed by the office; found on the
live page, on the item's page and behind a share link. And the talk of a group beside its replay."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.async_api import Browser, FilePayload, Locator, Page, expect

from tests.browser.chromium import a_visitor
from tests.browser.screens import photograph
from tests.browser.test_library_pages import Look, axe_alone
from tests.browser.test_sharing_pages import a_link, done, passed_on, somebody
from tests.journeys.permission_table import let_in
from tests.journeys.running_demo import a_demo
from tests.journeys.shared_files import Sender, a_pdf
from tests.streams.snapshots import a_photo

ITEM, GROUP = "01", "aalborg.udvalg"
SAID = "Det tager vi op i udvalget."
WHOLE_DAY = ("--programme", "schedule/topmoede_2021.toml", "--at", "09.02")

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    "look",
    [
        pytest.param(axe_alone, id="played"),
        pytest.param(photograph, id="photographed", marks=pytest.mark.long),
    ],
)
async def test_documents_are_kept_by_the_office_and_found_by_everybody_they_are_for(
    tmp_path: Path, browser: Browser, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, "TOPMOEDE_DOWNLOADS", "true")
    async with a_demo(tmp_path, *WHOLE_DAY) as demo:
        await let_in(demo)
        people, faults = demo.links["people"], list[str]()
        await passed_on(demo, ITEM)
        _, address = await a_link(demo, ITEM)
        async with (
            a_visitor(browser, people["aalborg"]["enter"]) as (watching, complaints),
            a_visitor(browser, people["secretariat"]["enter"], plays=False) as (office, _),
        ):
            await office.goto(f"{demo.base}/adgang")
            await office.get_by_role("button", name="Ændr adgang til Introduktion").first.click()
            desk = office.get_by_role("dialog").get_by_role("region", name="Dokumenter")
            await added_and_ordered_by_key(office, desk)
            faults += await look(office, "documents-desk")
            slides = watching.get_by_role("link", name="Slides, ny udgave")
            await expect(slides).to_be_visible()
            faults += await look(watching, "documents-watch")
            async with watching.expect_download() as saving:
                await slides.click()
            saved = await saving.value
            assert saved.suggested_filename == "Slides, ny udgave.pdf"
            assert (await saved.path()).read_bytes() == a_pdf()

            said = await Sender((await demo.sign_in("aalborg")).http, GROUP).post(SAID)
            assert said.status_code == 200, said.text
            await watching.goto(f"{demo.base}/bibliotek/{ITEM}?t=0:00")
            await expect(watching.get_by_role("link", name="Til drøftelse")).to_be_visible()
            await the_group_s_talk_stands_beside_the_picture(watching)
            faults += await look(watching, "documents-recording")
            await done(demo, "moderator", "show", "take", item="02", after=ITEM)
            await watching.reload()
            await watching.get_by_role("button", name="Lav MP4").click()
            await expect(watching.get_by_role("link", name="Hent som MP4")).to_be_visible(
                timeout=30_000
            )
            faults += await look(watching, "documents-download")
            faults += await behind_the_link(browser, address, look)
            await removed(office, desk)
            await expect(watching.get_by_role("link", name="Slides, ny udgave")).to_have_count(0)
            # A replay that is not there yet, and a file that was asked for before its item was cut.
            early = ("404", "409")
            assert [one for one in complaints.heard if not any(n in one for n in early)] == []
        assert demo.traces() == []
        assert faults == [], "\n".join(faults)


async def added_and_ordered_by_key(page: Page, desk: Locator) -> None:
    """Two are added at once; the second is named and moved up with the keyboard."""
    chosen = (("Til drøftelse.png", "image/png", a_photo(64, 48)),
              ("slides.pdf", "application/pdf", a_pdf()))  # fmt: skip
    await desk.locator("input[type=file]").set_input_files(
        [FilePayload(name=name, mimeType=kind, buffer=data) for name, kind, data in chosen]
    )
    title = desk.get_by_label("Titel på dokument 2")
    await expect(title).to_have_value("slides")
    await title.focus()
    await page.keyboard.press("Control+a")
    await page.keyboard.type("Slides, ny udgave")
    await page.keyboard.press("Tab")
    up = desk.get_by_role("button", name="Flyt Slides, ny udgave op")
    await expect(up).to_be_visible()
    await up.press("Enter")
    await expect(desk.get_by_label("Titel på dokument 1")).to_have_value("Slides, ny udgave")
    await expect(desk.get_by_role("button", name="Flyt Slides, ny udgave ned")).to_be_focused()


async def the_group_s_talk_stands_beside_the_picture(page: Page) -> None:
    await page.get_by_role("tab", name="Samtale").click()
    await page.get_by_role("button", name="Børne- og Ungeudvalget").click()
    await expect(page.get_by_text("Kun de, der er med i „Børne- og Ungeudvalget“")).to_be_visible()
    ahead = page.get_by_text("1 besked kommer senere").or_(page.get_by_text(SAID))
    await expect(ahead).to_be_visible()


async def behind_the_link(browser: Browser, address: str, look: Look) -> list[str]:
    async with somebody(browser) as (page, complaints, _):
        await page.goto(address)
        slides = page.get_by_role("link", name="Slides, ny udgave")
        await expect(slides).to_be_visible()
        await expect(
            page.get_by_text("Linket gælder til og med lørdag den 31. juli 2021").first
        ).to_be_visible()
        async with page.expect_download() as saving:
            await slides.click()
        assert (await (await saving.value).path()).read_bytes() == a_pdf()
        faults = await look(page, "documents-share")
        assert complaints.heard == []
    return faults


async def removed(page: Page, desk: Locator) -> None:
    await desk.get_by_role("button", name="Fjern Slides, ny udgave").press("Enter")
    await expect(desk.get_by_text("Filen slettes og kan ikke hentes tilbage")).to_be_visible()
    await desk.get_by_role("button", name="Ja, fjern").press("Enter")
    await expect(desk.get_by_role("button", name="Tilføj dokument")).to_be_focused()
    await expect(desk.get_by_label("Titel på dokument 1")).to_have_value("Til drøftelse")

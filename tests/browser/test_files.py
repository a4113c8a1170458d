"""Files in a room: chosen, dropped, pasted, sent with a message, looked at; by keyboard too."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from playwright.async_api import Browser, FilePayload, Locator, Page, expect

from tests.browser.chromium import a_visitor
from tests.browser.scenes import a_room_has_talked, with_panels_when_wide
from tests.browser.screens import photograph
from tests.browser.test_rooms import shown
from tests.journeys.running_demo import Demo, a_demo
from tests.journeys.shared_files import Sender, a_pdf
from tests.streams.snapshots import a_drawing, a_photo

pytestmark = pytest.mark.browser

PHOTO = FilePayload(name="legeplads.jpg", mimeType="image/jpeg", buffer=a_photo(1600, 1200))
PLAN = FilePayload(name="Plan for 0-18.pdf", mimeType="application/pdf", buffer=a_pdf())
SVG = FilePayload(name="x.svg", mimeType="image/svg+xml", buffer=b"<svg onload='alert(1)'/>")
# A file from another program, as the browser gives it to the page.
_HAND_OVER = """(target, { event, name, type, data }) => {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const carried = new DataTransfer();
  carried.items.add(new File([bytes], name, { type }));
  const given = event === "paste"
    ? new ClipboardEvent("paste", { clipboardData: carried, bubbles: true, cancelable: true })
    : new DragEvent(event, { dataTransfer: carried, bubbles: true, cancelable: true });
  target.dispatchEvent(given);
}"""


async def hand_over(target: Locator, event: str, file: FilePayload) -> None:
    data = base64.b64encode(file["buffer"]).decode()
    given = {"event": event, "name": file["name"], "type": file["mimeType"], "data": data}
    await target.evaluate(_HAND_OVER, given)


async def choose(page: Page, *files: FilePayload) -> None:
    async with page.expect_file_chooser() as choosing:
        await shown(page).get_by_role("button", name="Vedhæft en fil").press("Enter")
    await (await choosing.value).set_files(list(files))


def tray(page: Page) -> Locator:
    return shown(page).get_by_role("list", name="Vedhæftede filer").get_by_role("listitem")


async def test_files_are_chosen_dropped_pasted_sent_seen_and_gone(
    tmp_path: Path, browser: Browser
) -> None:
    async with a_demo(tmp_path, "--at", "09.02") as demo:
        people = demo.links["people"]
        async with (
            a_visitor(browser, people["aalborg"]["enter"], plays=False) as (mette, complaints),
            a_visitor(browser, people["aalborg-host"]["enter"], plays=False) as (host, _),
        ):
            for page in (mette, host):
                await page.get_by_role("tab", name="Vores rum").click()
            field = shown(mette).get_by_label("Skriv til jeres rum")
            await choose(mette, PHOTO)
            await expect(tray(mette)).to_contain_text("Klar")
            await mette.get_by_label("Hvad viser billedet? (legeplads.jpg)").fill("Børn på gynger")
            await hand_over(field, "paste", PLAN)
            await hand_over(field, "dragenter", PHOTO)
            await expect(shown(mette).get_by_text("Slip filen for at vedhæfte den")).to_be_visible()
            await hand_over(field, "drop", SVG)
            await expect(shown(mette).get_by_text("Slip filen")).to_have_count(0)
            refused = tray(mette).filter(has_text="x.svg")
            await expect(refused).to_contain_text("Brug PDF, JPEG, PNG eller WebP")
            await field.fill("Se legepladsen")
            await mette.keyboard.press("Enter")
            await expect(field).to_have_value("Se legepladsen")  # a file of three is not sent
            await mette.get_by_role("button", name="Fjern x.svg").press("Enter")
            await expect(field).to_be_focused()
            await expect(tray(mette)).to_have_count(2)
            for file in (PHOTO, PLAN):  # what is still on its way is not sent either
                await expect(tray(mette).filter(has_text=file["name"])).to_contain_text("Klar")
            await mette.keyboard.press("Enter")
            await expect(tray(mette)).to_have_count(0)
            await is_seen_and_fetched(host)
            log = shown(host).get_by_role("log")
            await log.get_by_role("button", name="Flere handlinger").last.press("Enter")
            await log.get_by_role("button", name="Slet", exact=True).press("Enter")
            await log.get_by_role("button", name="Slet", exact=True).press("Enter")
            await expect(shown(mette).get_by_text("Beskeden er slettet")).to_be_visible()
            await expect(shown(mette).get_by_alt_text("Børn på gynger")).to_have_count(0)
            # The refusal of the SVG is told by its status, and by nothing else.
            assert [one for one in complaints.heard if "415" not in one] == []


async def is_seen_and_fetched(page: Page) -> None:
    """A picture with its words, looked at large and left by keyboard; the plan as a download."""
    log = shown(page).get_by_role("log")
    small = log.get_by_alt_text("Børn på gynger")
    await expect(small).to_be_visible()
    await expect(small).to_have_js_property("naturalWidth", 720)
    button = log.get_by_role("button", name="Børn på gynger")
    await button.press("Enter")
    large = page.get_by_role("dialog").get_by_alt_text("Børn på gynger")
    await expect(large).to_have_js_property("naturalWidth", 1600)
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(button).to_be_focused()
    async with page.expect_download() as downloading:
        await log.get_by_role("link", name="Hent Plan for 0-18.pdf").press("Enter")
    download = await downloading.value
    assert download.suggested_filename == "Plan for 0-18.pdf"
    assert (await download.path()).read_bytes() == a_pdf()


@pytest.mark.long
async def test_a_room_with_files_is_fit_to_be_seen(tmp_path: Path, browser: Browser) -> None:
    async with a_demo(tmp_path, "--at", "09.02") as demo:
        await a_room_has_talked(demo)
        await files_were_shared(demo)
        faults: list[str] = []
        people = demo.links["people"]
        async with a_visitor(browser, people["aalborg"]["enter"], plays=False) as (page, _):
            await page.get_by_role("tab", name="Vores rum").click()
            await with_panels_when_wide(page)
            await page.get_by_role("tab", name="Vores rum").click()
            await expect(shown(page).get_by_alt_text("Kurver over trivsel")).to_be_visible()
            faults += await photograph(page, "room-files")
            await choose(page, PHOTO, PLAN, SVG)
            await expect(tray(page).filter(has_text="x.svg")).to_contain_text("Brug PDF")
            faults += await photograph(page, "room-files-tray")
            await page.get_by_role("button", name="Kurver over trivsel").click()
            await expect(page.get_by_role("dialog")).to_be_visible()
            faults += await photograph(page, "room-files-picture")
        async with a_visitor(browser, people["aalborg-host"]["enter"], plays=False) as (page, _):
            await page.get_by_role("tab", name="Vores rum").click()
            await shown(page).get_by_text("Venter på dig").click()
            await expect(shown(page).get_by_alt_text("Et udkast")).to_be_visible()
            faults += await photograph(page, "room-files-held")
        assert faults == []


async def files_were_shared(demo: Demo) -> None:
    mette, host = [Sender((await demo.sign_in(key)).http) for key in ("aalborg", "aalborg-host")]
    photos = [await mette.sent(a_photo(width, 900)) for width in (1200, 600, 1600)]
    named = [{"id": id, "name": f"besøg {n}.jpg"} for n, id in enumerate(photos, 1)]
    await mette.post("Fra besøget i tirsdags", *named)
    await mette.shared(a_pdf("x" * 90_000), "Sammenhængende børne- og ungepolitik 2021-2025.pdf")
    await host.shared(a_drawing(), "trivsel.png", alt="Kurver over trivsel")
    await host.do("room:aalborg", "set_review", {"on": True})
    await mette.shared(a_drawing(), "udkast.png", alt="Et udkast")

"""Captions written beside the picture, and seen by who watches, without a reload; photographed."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.browser.chromium import a_visitor
from tests.browser.cues import Cue, at_the_second_item, given
from tests.browser.screens import photograph
from tests.journeys.running_demo import a_demo

pytestmark = pytest.mark.browser

ITEM_S = 4.0
FAULTY = "WEBVTT\n\n00:03.000 --> 00:02.000\nBagvendt\n"
_NATIVE = """(url) => {
  document.body.innerHTML = "<video muted autoplay playsinline></video>";
  document.querySelector("video").src = url;
}"""
OTHERS = "WEBVTT\n\n00:00.500 --> 00:03.500\nEn andens ord\n"


async def test_captions_are_edited_and_seen_after_a_save_without_a_reload(
    tmp_path: Path, browser: Browser
) -> None:
    faults: list[str] = []
    async with a_demo(tmp_path) as demo:
        people = demo.links["people"]
        moderator, _ = await at_the_second_item(demo)
        await asyncio.sleep(ITEM_S)  # the item's own length, which nobody waits for
        await given(moderator, Cue("next", {"after": "02"}, "03", "film"))
        async with (
            a_visitor(browser, people["aalborg"]["enter"]) as (watching, heard),
            a_visitor(browser, people["secretariat"]["enter"], plays=False) as (page, complaints),
        ):
            await replayed_at(watching, 1.0)
            seen = watching.locator(".stage .captions")
            await expect(seen).to_contain_text("Ingen undertekster")

            await page.goto(f"{demo.base}/undertekster")
            await expect(
                page.get_by_text(re.compile("punkte?r? mangler undertekster"))
            ).to_be_visible()
            heading = page.get_by_role("heading", name="Velkommen", exact=True)
            row = page.get_by_role("listitem").filter(has=heading)
            await expect(row.get_by_text("Undertekster mangler · lukker")).to_be_visible()
            await waive(page)
            await page.evaluate("scrollTo(0, 0)")
            faults += await photograph(page, "captions-deadlines")

            await page.get_by_role("link", name="Ret og upload: Velkommen", exact=True).click()
            await expect(page.get_by_role("heading", level=1)).to_contain_text("Velkommen")
            await page.wait_for_function("() => document.querySelector('video').readyState > 1")
            await set_picture(page, 0.5)
            await page.keyboard.press("Alt+n")
            text = page.get_by_role("textbox", name="Tekst 1")
            await text.fill("Godmorgen og velkommen til topmødet")
            await expect(page.get_by_text("Ikke gemt", exact=True)).to_be_visible()
            await page.keyboard.press("Control+s")
            await expect(page.get_by_text("Gemt. Det ses nu")).to_be_visible()
            await expect(seen).to_have_text("Godmorgen og velkommen til topmødet")

            # Parted at the cursor, by the keyboard alone; and back again.
            await text.focus()
            await text.evaluate("field => field.setSelectionRange(10, 10)")
            await page.keyboard.press("Control+Enter")
            await expect(page.get_by_role("heading", name="2 tekster")).to_be_visible()
            await page.keyboard.press("Control+z")
            await expect(page.get_by_role("heading", name="1 tekst")).to_be_visible()
            await page.keyboard.press("Control+y")
            await expect(text).to_have_value("Godmorgen")
            await page.keyboard.press("Control+s")
            await expect(page.get_by_text("Gemt. Det ses nu")).to_be_visible()
            await expect(seen).to_have_text("Godmorgen")

            await refuses_a_file(page, tmp_path)
            await two_at_once(page, moderator.http, seen)
            faults += await photograph(page, "captions-editor")
            await read_along_in_the_library(watching, demo.base, moderator.http)
            assert heard.heard == []
            await plays_by_itself(watching, demo.base)
            assert [
                each for each in complaints.heard if "412" not in each and "422" not in each
            ] == []
    assert faults == [], "\n".join(faults)


async def replayed_at(page: Page, at_s: float) -> None:
    """Item 02's replay, standing still, with captions."""
    past = page.locator("details", has_text="Vist (").first
    await past.evaluate("fold => { fold.open = true; }")
    await page.get_by_role("button", name="Se igen: Velkommen").click()
    await page.wait_for_function(
        "() => window.__topmoede.player.url.startsWith('/replay/') &&"
        " document.querySelector('video').readyState > 1"
    )
    await page.keyboard.press("k")
    await page.wait_for_function("() => document.querySelector('video').paused")
    await set_picture(page, at_s)
    await page.keyboard.press("c")


async def set_picture(page: Page, at_s: float) -> None:
    await page.evaluate(
        """(at) => { const video = document.querySelector("video");
                     video.pause(); video.currentTime = at; }""",
        at_s,
    )
    await page.wait_for_function("() => !document.querySelector('video').seeking")


async def waive(page: Page) -> None:
    """A waiver has a name and a reason, and ends."""
    await page.get_by_role("button", name=re.compile("^Undtag: ")).last.click()
    reason = page.get_by_role("textbox", name="Grund")
    await expect(reason).to_be_focused()
    await reason.fill("Musik uden ord")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Musik uden ord")).to_be_visible()


async def refuses_a_file(page: Page, folder: Path) -> None:
    file = folder / "tekster.vtt"
    await asyncio.to_thread(file.write_text, FAULTY, "utf-8")
    await page.locator("main input[type=file]").set_input_files(file)
    await expect(page.get_by_text("Linje 3:")).to_be_visible()


async def two_at_once(page: Page, other: object, seen: Locator) -> None:
    """Somebody else saves while one writes: both texts stay."""
    text = page.get_by_role("textbox", name="Tekst 1")
    await text.fill("Mine ord")
    headers = {"origin": page.url.split("/undertekster")[0]}
    answer = await other.put("/api/captions/02/da", content=OTHERS, headers=headers)  # type: ignore[attr-defined]
    assert answer.status_code == 200, answer.text
    await expect(page.get_by_text("En anden har gemt andre tekster")).to_be_visible()
    await expect(seen).to_have_text("En andens ord")
    await page.keyboard.press("Control+s")
    await expect(page.get_by_text("En anden har gemt andre tekster")).to_be_visible()
    await expect(text).to_have_value("Mine ord")
    await page.get_by_role("button", name="Vis de andres").click()
    await expect(text).to_have_value("En andens ord")
    await page.keyboard.press("Control+z")
    await expect(text).to_have_value("Mine ord")
    await page.keyboard.press("Control+s")
    await expect(seen).to_have_text("Mine ord")


async def read_along_in_the_library(page: Page, base: str, other: object) -> None:
    """What was live has its text beside it, in every language; a save is seen without a reload.

    The replay's playlist names the same captions for other players; ours draws one text, its own.
    """
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.goto(f"{base}/bibliotek/02")
    line = page.get_by_role("link", name="Mine ord")
    await expect(line).to_be_visible()
    await page.wait_for_function("() => document.querySelector('video').readyState > 1")
    index = await (await page.request.get(f"{base}/replay/02/index.m3u8")).text()
    assert "TYPE=SUBTITLES" in index
    assert [url for url in asked if "/captions-" in url] == []
    assert await page.evaluate("() => document.querySelector('video').textTracks.length") == 0
    headers = {"origin": base}
    for path, content in (("da", OTHERS), ("en", OTHERS.replace("En andens", "Somebody’s"))):
        answer = await other.put(f"/api/captions/02/{path}", content=content, headers=headers)  # type: ignore[attr-defined]
        assert answer.status_code == 200, answer.text
    await expect(page.get_by_role("link", name="En andens ord")).to_be_visible()
    await line.wait_for(state="detached")
    await page.get_by_label("Sprog").select_option("engelsk")
    words = page.get_by_role("link", name="Somebody’s ord")
    await expect(words).to_be_visible()
    await set_picture(page, 0.1)
    await words.click()
    await page.wait_for_function("() => document.querySelector('video').currentTime >= 0.4")


async def plays_by_itself(page: Page, base: str) -> None:
    """The browser's own player, which finds the captions named and may do with them as it likes."""
    await page.goto(f"{base}/healthz")
    await page.evaluate(_NATIVE, "/replay/02/index.m3u8")
    await page.wait_for_function("() => document.querySelector('video').currentTime > 1")

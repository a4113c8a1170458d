"""Films sent from the page: dropped, broken off, gone on with, coded, looked at; photographed."""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Page, Route, expect

from tests.browser.chromium import a_visitor
from tests.browser.screens import photograph
from tests.journeys.running_demo import a_demo
from tests.streams.filmfiles import PICTURE, SINE, a_file

PIECE_BYTES = 2 * 1024 * 1024

pytestmark = pytest.mark.browser


async def test_a_film_is_sent_from_the_page_and_played(tmp_path: Path, browser: Browser) -> None:
    coarse = ["-c:v", "mpeg4", "-b:v", "20M", "-qmin", "1", "-qmax", "2"]
    film = a_file(tmp_path, *PICTURE, *SINE, *coarse, "-vf", "noise=c0s=80", name="Oplæg.mov")
    size = (await asyncio.to_thread(film.stat)).st_size
    assert size > PIECE_BYTES, "it takes more than one piece"
    nothing = tmp_path / "Temamøde 5.mp4"
    await asyncio.to_thread(nothing.write_bytes, b"no film")
    faults: list[str] = []
    async with a_demo(tmp_path) as demo:
        enter = demo.links["people"]["secretariat"]["enter"]
        async with a_visitor(browser, enter) as (page, complaints):
            await page.goto(f"{demo.base}/films")
            await page.get_by_role("button", name="Sider").wait_for()
            five = card(page, "Temamøde 5: Skolefravær")
            await choose(five, nothing)
            await five.get_by_role("button", name="Skift ud", exact=True).click()
            await expect(five.get_by_text("blev afvist")).to_be_visible(timeout=30_000)

            one = card(page, "Temamøde 1: Evaluering og tilsyn")
            await page.route("**/api/uploads/*", after_one_piece)
            await drop(page, one, film)
            await one.get_by_role("button", name="Skift ud", exact=True).click()
            await expect(one.get_by_text("Linjen er væk")).to_be_visible()
            await page.unroute_all(behavior="ignoreErrors")

            # The tab is gone; in another one the same file is chosen again.
            await page.reload()
            await expect(one.get_by_text("Vælg „Oplæg.mov“ igen")).to_be_visible()
            three = card(page, "Temamøde 3: Undervisning")
            await choose(three, film)
            await page.evaluate("scrollTo(0, 900)")
            faults += await photograph(page, "films")
            await choose(one, film)
            await expect(one.get_by_text("Fra „Oplæg.mov“")).to_be_visible(timeout=40_000)
            await expect(one.get_by_text("Klar", exact=True)).to_be_visible(timeout=40_000)

            await captions(one, tmp_path)
            await one.get_by_role("button", name="Se filmen").click()
            await page.wait_for_function(
                """() => { const v = document.querySelector("article video");
                           v.muted = true; v.play(); return v.currentTime > 0.2; }"""
            )
            await one.scroll_into_view_if_needed()
            faults += await photograph(page, "films-looked-at")
            # Captions with a fault are refused; and there was the line that we cut.
            forgiven = ("422", "net::ERR_FAILED")
            assert [one for one in complaints.heard if not any(n in one for n in forgiven)] == []
        watching = demo.links["people"]["aalborg"]["enter"]
        async with a_visitor(browser, watching) as (page, _):
            await page.goto(f"{demo.base}/films")
            await expect(page.get_by_text("Denne side er for dem")).to_be_visible()
        moderating = demo.links["people"]["moderator"]["enter"]
        async with a_visitor(browser, moderating) as (page, _):
            await page.goto(f"{demo.base}/backstage")
            await page.get_by_role("button", name="Sider").press("Enter")
            await expect(page.get_by_role("link", name="Bag scenen")).to_be_focused()
            await page.keyboard.press("Escape")
            await expect(page.get_by_role("button", name="Sider")).to_be_focused()
            await page.keyboard.press("Enter")
            await page.get_by_role("link", name="Film", exact=True).press("Enter")
            await expect(page.get_by_role("heading", level=1, name="Film")).to_be_visible()
    assert faults == [], "\n".join(faults)


def card(page: Page, name: str) -> Locator:
    return page.get_by_role("article", name=name)


async def choose(at: Locator, file: Path) -> None:
    await at.locator("> input[type=file]").set_input_files(file)


async def drop(page: Page, at: Locator, file: Path) -> None:
    """Drops a file on a card, as a hand would."""
    data = base64.b64encode(await asyncio.to_thread(file.read_bytes)).decode()
    held = await page.evaluate_handle(
        """async ([name, data]) => {
          const bytes = Uint8Array.from(atob(data), (sign) => sign.charCodeAt(0));
          const held = new DataTransfer();
          held.items.add(new File([bytes], name));
          return held;
        }""",
        [file.name, data],
    )
    await at.dispatch_event("dragover", {"dataTransfer": held})
    await at.dispatch_event("drop", {"dataTransfer": held})


async def captions(at: Locator, folder: Path) -> None:
    """A file with a fault is told of by its line; a good one is taken."""
    file = folder / "tekster.srt"
    await asyncio.to_thread(file.write_text, "1\n00:00:03,000 --> 00:00:02,000\nx\n", "utf-8")
    slot = at.locator(".captions input[type=file]")
    async with at.page.expect_file_chooser() as choosing:
        await at.get_by_role("button", name="dansk ud").click()
    await (await choosing.value).set_files(file)
    await expect(at.get_by_text("Linje 2:")).to_be_visible()
    await asyncio.to_thread(file.write_text, "1\n00:00:00,100 --> 00:00:04,000\nGoddag\n", "utf-8")
    await slot.set_input_files(file)
    await expect(at.get_by_text("dansk: 1 tekster")).to_be_visible()


async def after_one_piece(route: Route) -> None:
    """The line is cut behind the first piece."""
    first = route.request.headers.get("upload-offset") in (None, "0")
    await (route.continue_() if first else route.abort())

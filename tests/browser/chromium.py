"""A real Chromium, driven by Playwright, that tells everything that went wrong on its pages."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, async_playwright

from tests.browser.watched_playlists import WatchedPlaylists

EXECUTABLE = "/usr/bin/chromium"
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
CAMERA = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")


@dataclass
class Complaints:
    """Errors that pages raised or wrote to the console."""

    heard: list[str] = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def listen(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.heard.append(f"{page.url}: {error}"))
        page.on("console", lambda message: self._note(page, message))

    async def until(self, words: str) -> None:
        """Waits until one of them has these words."""
        async with asyncio.timeout(20):
            while not any(words in each for each in self.heard):
                self._news.clear()
                await self._news.wait()

    def _note(self, page: Page, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.heard.append(f"{page.url}: {message.text}")
            self._news.set()


@contextlib.asynccontextmanager
async def a_chromium(
    *, camera: bool = False, more: Sequence[str] = (), executable: str = EXECUTABLE
) -> AsyncIterator[Browser]:
    """A browser; with `camera` it has a synthetic camera and microphone that it may use.

    Args:
        more: further command-line arguments.
        executable: what is run; a script may choose where Chromium is.
    """
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=executable, args=[*ARGUMENTS, *(CAMERA if camera else ()), *more]
        )
        try:
            yield browser
        finally:
            await browser.close()


@contextlib.asynccontextmanager
async def a_visitor(
    browser: Browser,
    enter: str,
    *,
    width: int = 1280,
    height: int = 800,
    dark: bool = False,
    plays: bool = True,
) -> AsyncIterator[tuple[Page, Complaints]]:
    """A page signed in by its link, as the person would: open it, press the button.

    Every playlist that the page has fetched is judged when the block ends well; there is one,
    unless the page never `plays`.
    """
    context: BrowserContext = await browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if dark else "light",
        locale="da-DK",
    )
    page = await context.new_page()
    complaints = Complaints()
    complaints.listen(page)
    playlists = WatchedPlaylists(page)
    await page.goto(enter)
    await page.get_by_role("button", name="Gå ind til topmødet").click()
    await page.wait_for_url(lambda url: "/enter/" not in url, wait_until="commit")
    try:
        yield page, complaints
        if plays:
            await playlists.check()
    finally:
        await context.close()


@contextlib.asynccontextmanager
async def on_the_camera_page(
    browser: Browser, links: dict[str, Any], source: str, *, script: str = ""
) -> AsyncIterator[Page]:
    """A camera page that publishes to a source by its link, key behind the hash.

    Args:
        script: what runs in the page before everything else.
    """
    context = await browser.new_context(locale="da-DK", viewport={"width": 1280, "height": 800})
    page = await context.new_page()
    await page.add_init_script(script)
    key = links["sources"][source]["key"]
    await page.goto(f"{links['base']}/camera?source={source}#key={key}")
    await page.get_by_role("button", name="Begynd at sende").click()
    await page.wait_for_function("() => window.__topmoede?.camera?.verdict === 'arrives'")
    try:
        yield page
    finally:
        await context.close()

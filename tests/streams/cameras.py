"""Independent WHIP publishers: a real Chromium with its fake camera, and FFmpeg's muxer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlencode

from playwright.async_api import Page, async_playwright

CHROMIUM = "/usr/bin/chromium"
CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]


@asynccontextmanager
async def a_chromium_camera(
    base: str, source: str = "kl-huset", key: str = "key-main", **wishes: object
) -> AsyncIterator[Page]:
    """A page that publishes its fake camera and microphone to an endpoint."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGS)
        try:
            page = await browser.new_page()
            await page.goto(f"{base}/camera?" + urlencode({"source": source, "key": key, **wishes}))
            await page.wait_for_function("document.title !== 'A camera that publishes over WHIP'")
            yield page
        finally:
            await browser.close()

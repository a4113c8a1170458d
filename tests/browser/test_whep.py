"""A Chromium watches over WHEP: a source, and a channel over its cuts, without a reload."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page

from tests.streams.whep_server import CAMERA_PX, FILM_PX, SLATE_PX, a_stage, served

pytestmark = [pytest.mark.browser, pytest.mark.alone]

SEEN_WITHIN_MS = 30_000
_MORE_OF = """([width, height, more]) =>
  window.seen.filter((frame) => frame.width === width && frame.height === height).length >= more"""


@asynccontextmanager
async def a_player(browser: Browser, url: str, channel: str) -> AsyncIterator[Page]:
    page = await browser.new_page()
    await page.goto(f"{url}/player?channel={channel}")
    try:
        yield page
    finally:
        await page.close()


async def until_seen(page: Page, size: tuple[int, int], frames: int) -> None:
    """Waits until so many frames of a size have been on the glass."""
    await page.wait_for_function(_MORE_OF, arg=[*size, frames], timeout=SEEN_WITHIN_MS)


async def seen(page: Page) -> list[dict[str, Any]]:
    return list(await page.evaluate("() => window.seen"))


async def test_chromium_plays_a_source_and_a_channel_over_its_cuts(
    tmp_path: Path, browser: Browser
) -> None:
    async with a_stage(tmp_path) as stage, served(stage) as url:
        async with a_player(browser, url, "main") as early:
            await early.wait_for_function("() => document.title === '409'")

        async with a_player(browser, url, "source:hall") as page:
            await until_seen(page, CAMERA_PX, 30)

        stage.put("slate")
        await stage.until_shown("slate")
        async with a_player(browser, url, "main") as page:
            await until_seen(page, SLATE_PX, 5)
            cuts = [("live", CAMERA_PX), ("film", FILM_PX), ("live", CAMERA_PX)]
            for number, (kind, size) in enumerate(cuts):
                stage.put(kind)
                await until_seen(page, size, 25 * (2 if number == 2 else 1))
            frames = await seen(page)
            assert all(b["rtp"] != a["rtp"] for a, b in pairwise(frames))
            kinds = [(frame["width"], frame["height"]) for frame in frames]
            changes = [b for a, b in pairwise(kinds) if a != b]
            assert [kinds[0], *changes] == [SLATE_PX, *(size for _, size in cuts)]
            decoded = await page.evaluate("() => connection.connectionState")
            assert decoded == "connected"
        assert all(viewer.dropped == 0 for viewer in stage.whep.viewers)

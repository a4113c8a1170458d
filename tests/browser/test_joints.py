"""A player that opens beside a joint begins, wherever beside it.

A joint is not at the same instant in both lanes, since sound is cut at whole AAC frames. A player
that began between the two took the picture from behind the joint and the sound from before it, and
waited for ever. Of openings just after a cut one in a hundred met that; here every joint is opened
at, in steps that are smaller than a frame of sound.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.async_api import Browser, Error, Page

from tests.browser.circumstances import the_machine
from tests.browser.cues import at_the_second_item, given
from tests.browser.test_readers import CUES, a_place_for_pages
from tests.journeys.running_demo import a_demo
from tests.streams.parsed_playlist import parse

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.timeout(400)]

BESIDE_S = (-0.018, -0.012, -0.006, -0.002, 0.002, 0.006, 0.012, 0.018)
BEGINS_WITHIN_MS = 15_000
"""It takes less than a second; who waits for ever has asked for nothing more by then."""
_BEGUN = "(from) => window.reader?.begun && window.reader.seen().position_s > from"


@pytest.mark.parametrize("library", ["newest.js", "before.js"])
async def test_a_player_begins_wherever_beside_a_joint_it_opens(
    tmp_path: Path, browser: Browser, library: str
) -> None:
    async with a_demo(tmp_path) as demo:
        moderator, _ = await at_the_second_item(demo)
        for cue in CUES:
            await given(moderator, cue)
        found = list(joints((await moderator.http.get("/hls/main/video.m3u8")).text))
        assert len(found) >= len(CUES)
        page, stuck = await browser.new_page(), []
        with a_place_for_pages(tmp_path / "pages") as base:
            src = quote(demo.links["channels"]["main"], safe="")
            for joint_s in found:
                for beside_s in BESIDE_S:
                    from_s = joint_s + beside_s
                    await page.goto(f"{base}/reader.html?src={src}&library={library}&from={from_s}")
                    if not await begins(page, from_s):
                        stuck.append((joint_s, beside_s))
    assert stuck == [], (len(found) * len(BESIDE_S), the_machine())


def joints(playlist: str) -> Iterator[float]:
    """Where they are on the player's own time, which begins with the playlist."""
    at_s = 0.0
    for before, after in pairwise(parse(playlist).segments):
        at_s += before.lasts_s
        if after.joint:
            yield at_s


async def begins(page: Page, from_s: float) -> bool:
    try:
        await page.wait_for_function(_BEGUN, arg=from_s, timeout=BEGINS_WITHIN_MS)
    except Error:
        return False
    return True

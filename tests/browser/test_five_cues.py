"""Seven cues between a Chromium camera, slates and a film, watched in a second Chromium."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.browser.chromium import a_chromium, a_visitor, on_the_camera_page
from tests.browser.circumstances import explained
from tests.browser.cues import Cue, a_look, at_the_second_item, given
from tests.browser.glass import Glass, Picture
from tests.journeys.running_demo import Visitor, a_demo

pytestmark = [pytest.mark.browser, pytest.mark.alone]

CAMERA, FILM = (1280, 720), (640, 360)
ON_AIR_S = 2.0


CUES = (
    Cue("next", {"after": "02"}, "03", "film"),
    Cue("back", {"from": "03"}, "02", "live"),
    Cue("next", {"after": "02"}, "03", "film"),
    Cue("next", {"after": "03"}, "04", "slate"),
    Cue("next", {"after": "04"}, "05", "live"),
    Cue("slate", {}, "05", "slate"),
    Cue("clear_slate", {}, "05", "live"),
)


async def test_the_picture_goes_on_through_cues_between_camera_film_and_slate(
    tmp_path: Path, browser: Browser
) -> None:
    async with (
        a_demo(tmp_path) as demo,
        a_chromium(camera=True) as camera_browser,
        on_the_camera_page(camera_browser, demo.links, "kl-huset") as camera,
        a_visitor(browser, demo.links["people"]["aalborg"]["enter"]) as (page, complaints),
        explained(watch=page, camera=camera),
    ):
        glass = Glass(page)
        await glass.until_playing()
        await glass.mark()
        moderator, began = await at_the_second_item(demo)
        first = ("live", await a_look(glass, began))
        before = await glass.counters()
        seen = [first, *await looked_at(glass, moderator)]

        counters, marks = await glass.counters(), await glass.marks()
        assert marks == {"page": True, "video": True, "videos": 1, "navigations": 1}
        assert counters["opened"] == 1
        more = await glass.more_than(before, "stalls", "waits", "errors")
        assert more == [0, 0, 0], counters["incidents"]
        assert complaints.heard == []
        for kind, (one, other) in seen:
            assert_it_moves(kind, one, other)


async def looked_at(glass: Glass, moderator: Visitor) -> list[tuple[str, tuple[Picture, Picture]]]:
    """Gives the next cue while what was begun is still on its way to the glass."""
    async with asyncio.TaskGroup() as looking:
        looks = []
        for cue in CUES:
            began = await given(moderator, cue)
            looks.append((cue.kind, looking.create_task(a_look(glass, began))))
            await asyncio.sleep(ON_AIR_S)  # how long it is on air, not until something is
    return [(kind, look.result()) for kind, look in looks]


def assert_it_moves(kind: str, one: Picture, other: Picture) -> None:
    if kind == "film":
        assert one.stamp_ms is not None
        assert other.stamp_ms is not None
        assert 500 < other.stamp_ms - one.stamp_ms < 6_000
        assert (one.width, one.height) == FILM
    elif kind == "live":
        assert one.spots != other.spots
        assert (one.width, one.height) == CAMERA

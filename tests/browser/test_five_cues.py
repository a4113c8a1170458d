"""Seven cues between a Chromium camera, slates and a film, watched in a second Chromium."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.browser.chromium import a_chromium, a_visitor, on_the_camera_page
from tests.browser.circumstances import explained
from tests.browser.glass import Glass, Picture
from tests.journeys.running_demo import Demo, Visitor, a_demo

pytestmark = [pytest.mark.browser, pytest.mark.timeout(150)]

CAMERA, FILM = (1280, 720), (640, 360)


@dataclass(frozen=True, slots=True)
class Cue:
    """What a moderator sends, and the picture that follows."""

    command: str
    data: dict[str, str]
    item: str
    kind: str


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
    tmp_path: Path,
) -> None:
    async with (
        a_demo(tmp_path) as demo,
        a_chromium(camera=True) as camera_browser,
        a_chromium() as browser,
        on_the_camera_page(camera_browser, demo.links, "kl-huset") as camera,
        a_visitor(browser, demo.links["people"]["aalborg"]["enter"]) as (page, complaints),
        explained(watch=page, camera=camera),
    ):
        glass = Glass(page)
        await glass.until_playing()
        await glass.mark()
        moderator, began = await at_the_second_item(demo)
        seen = [("live", await a_look(glass, began))]
        for cue in CUES:
            seen.append((cue.kind, await a_look(glass, await given(moderator, cue))))

        counters, marks = await glass.counters(), await glass.marks()
        assert marks == {"page": True, "video": True, "videos": 1, "navigations": 1}
        assert counters["opened"] == 1
        assert (counters["stalls"], counters["waits"]) == (0, 0), counters["incidents"]
        assert counters["errors"] == 0, counters["incidents"]
        assert complaints.heard == []
        for kind, (one, other) in seen:
            assert_it_moves(kind, one, other)


async def at_the_second_item(demo: Demo) -> tuple[Visitor, datetime]:
    """A moderator who drives by hand; films made, the camera on air since then."""
    moderator = await demo.sign_in("moderator")
    await moderator.open("channel:main", "sources")
    assert (await moderator.do("show", "set_mode", mode="manual"))["op"] == "done"
    await moderator.say({"op": "join", "topic": "show"})
    show = (await moderator.answer_about("show"))["snapshot"]
    await moderator.hear_that(has_the_first_film)
    assert (await moderator.do("show", "take", item="02", after=show["now"]))["op"] == "done"
    return moderator, await until_on_air(moderator, "02", "live")


def has_the_first_film(frame: dict[str, Any]) -> bool:
    if frame["op"] != "state" or frame["topic"] != "sources":
        return False
    return bool(frame["data"]["films"].get("indsatser", {}).get("state") == "ready")


async def until_on_air(moderator: Visitor, item: str, kind: str) -> datetime:
    """Waits until this is really shown; returns when its first picture was."""
    shown = await moderator.hear_that(
        lambda frame: (
            frame.get("name") == "source_on_air"
            and (frame["data"]["item"], frame["data"]["kind"]) == (item, kind)
        )
    )
    return datetime.fromisoformat(shown["data"]["began"])


async def given(moderator: Visitor, cue: Cue) -> datetime:
    """Gives a cue; returns when the picture that it asks for began."""
    answer = await moderator.do("show", cue.command, **cue.data)
    assert answer["op"] == "done", answer
    return await until_on_air(moderator, cue.item, cue.kind)


async def a_look(glass: Glass, began: datetime) -> tuple[Picture, Picture]:
    """Two pictures of what was begun, a second and a half apart in the picture's own time."""
    await glass.until_shown(later(began, 0.5))
    one = await glass.picture()
    await glass.until_shown(later(began, 2))
    return one, await glass.picture()


def later(instant: datetime, seconds: float) -> datetime:
    return datetime.fromtimestamp(instant.timestamp() + seconds, instant.tzinfo)


def assert_it_moves(kind: str, one: Picture, other: Picture) -> None:
    if kind == "film":
        assert one.stamp_ms is not None
        assert other.stamp_ms is not None
        assert 500 < other.stamp_ms - one.stamp_ms < 6_000
        assert (one.width, one.height) == FILM
    elif kind == "live":
        assert one.spots != other.spots
        assert (one.width, one.height) == CAMERA

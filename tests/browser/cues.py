"""A moderator's cues, and what is seen of the picture that follows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tests.browser.glass import Glass, Picture
from tests.journeys.running_demo import Demo, Visitor


@dataclass(frozen=True, slots=True)
class Cue:
    """What a moderator sends, and the picture that follows."""

    command: str
    data: dict[str, str]
    item: str
    kind: str


async def at_the_second_item(demo: Demo) -> tuple[Visitor, datetime]:
    """A moderator who drives by hand; films made, the camera on air since then."""
    moderator = await demo.sign_in("moderator")
    channel, _ = await moderator.open("channel:main", "sources")
    assert (await moderator.do("show", "set_mode", mode="manual"))["op"] == "done"
    await moderator.say({"op": "join", "topic": "show"})
    show = (await moderator.answer_about("show"))["snapshot"]
    await moderator.hear_that(has_the_first_film)
    on_air = channel["snapshot"]["on_air"] or {}
    if show["now"] != "02":
        taken = await moderator.do("show", "take", item="02", after=show["now"])
        assert taken["op"] == "done", taken
    elif (on_air.get("item"), on_air.get("kind")) == ("02", "live"):  # whoever was slow to come
        return moderator, datetime.fromisoformat(on_air["began"])
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
            and (frame["data"].get("item"), frame["data"]["kind"]) == (item, kind)
        )
    )
    return datetime.fromisoformat(shown["data"]["began"])


async def given(moderator: Visitor, cue: Cue) -> datetime:
    """Gives a cue; returns when the picture that it asks for began."""
    answer = await moderator.do("show", cue.command, **cue.data)
    assert answer["op"] == "done", answer
    return await until_on_air(moderator, cue.item, cue.kind)


async def a_look(glass: Glass, began: datetime) -> tuple[Picture, Picture]:
    """Two pictures of what was begun, a second apart in the picture's own time."""
    await glass.until_shown(later(began, 0.5))
    one = await glass.picture()
    await glass.until_shown(later(began, 1.5))
    return one, await glass.picture()


def later(instant: datetime, seconds: float) -> datetime:
    return instant + timedelta(seconds=seconds)

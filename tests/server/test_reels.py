"""What the server says of a film before a host may show it to a room."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chat.viewing.commands import Cued, Reel, StartViewing
from schedule import runofshow
from schedule.library.library import Library, initial
from schedule.library.unlocking import CaptionRule
from schedule.programme_file import builtin
from schedule.show import Show
from server import wire
from server.clock import ShowMap, VirtualClock
from server.reels import Reels
from server.unlocking import Unlocking

DAY = runofshow.initial(builtin("topmoede_2021"))
START = DAY.items[0].expected_start
FRAME = wire.state_frame("films", {"films": {"tema-3": {"duration_s": 1320.5}, "tema-1": {}}})


def with_item(item: str, **changes: Any) -> Show:
    return DAY.with_items({e.id: replace(e, **changes) for e in DAY.items if e.id == item})


async def cued(show: Show, item: str = "tema-3", frame: bytes | None = FRAME, **data: Any) -> Any:
    reels = Reels(unlocking(show), lambda: frame)
    return await reels.cue("room:aalborg", "start_viewing", {"item": item} | data)


def unlocking(show: Show) -> Unlocking:
    """The rule over a show whose films have captions."""

    async def now() -> Show:
        return show

    async def library() -> Library:
        day = initial(builtin("topmoede_2021"))
        return Library({id: replace(one, captions=("da",)) for id, one in day.items.items()})

    return Unlocking(now, library, VirtualClock(START, ShowMap(START, START)), CaptionRule())


async def test_a_theme_meeting_is_locked_until_the_show_opens_it() -> None:
    opens = with_item("tema-3").find("tema-3").expected_start  # type: ignore[union-attr]

    assert await cued(DAY) == Cued(StartViewing("tema-3"), Reel(False, opens))
    told = await cued(with_item("tema-3", state="on_air", run=1), position_s=2)
    assert told == Cued(StartViewing("tema-3", 2), Reel(True, None, 1320.5))
    assert (await cued(with_item("tema-3", state="done", run=1))).reel.is_open


async def test_a_talk_on_its_channel_opens_when_it_is_over() -> None:
    on = with_item("oplaeg-1", state="on_air", run=1)
    ends = on.find("oplaeg-1").expected_end  # type: ignore[union-attr]

    assert (await cued(on, "oplaeg-1")).reel == Reel(False, ends)
    assert (await cued(with_item("oplaeg-1", state="done", run=1), "oplaeg-1")).reel == Reel(True)


async def test_what_is_left_out_opens_when_the_day_ends() -> None:
    ends = DAY.spine[-1].expected_start
    assert (await cued(with_item("tema-3", state="skipped"))).reel == Reel(False, ends)


@pytest.mark.parametrize("frame", [None, b"", wire.state_frame("films", {"films": {}})])
async def test_a_length_that_nobody_has_told_is_none(frame: bytes | None) -> None:
    open_ = with_item("tema-3", state="on_air", run=1)

    assert (await cued(open_, frame=frame)).reel == Reel(True, None, None)


@pytest.mark.parametrize("item", ["05", "12", "18", "nothing", ""])
async def test_an_item_without_a_film_goes_on_as_it_came(item: str) -> None:
    assert await cued(with_item(item, state="done", run=1), item) is None


async def test_other_commands_and_bad_data_go_on_as_they_came() -> None:
    reels = Reels(unlocking(DAY), lambda: FRAME)
    assert await reels.cue("room:aalborg", "pause_viewing", {"item": "tema-3"}) is None
    assert await reels.cue("notes:aalborg", "start_viewing", {"item": "tema-3"}) is None
    assert await cued(DAY, at=1) is None

"""The demo day as it turns by itself: every item in order, windows, locks, replays, and again."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from schedule.programme_file import builtin
from tests.journeys.running_demo import READY_WITHIN_S, Demo, Frame, Visitor, a_demo

DAY = builtin("demo_day")
SPINE = [item.id for item in DAY.items if item.parent is None]
THEMES = [item.id for item in DAY.items if item.parent == "13" and item.on == "on_demand"]
SPEED = 30
# Eight seconds before the first item: whoever comes late to it leaves out a later one.
EARLY = "08.56"
REAL_DAY = "schedule/topmoede_2021.toml"


class Diary:
    """Every event that one visitor heard, in order, with the snapshots it began from."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor
        self.events: list[Frame] = []
        self.joined: dict[str, Frame] = {}
        self._news = asyncio.Event()

    async def keep(self, *topics: str) -> None:
        self.joined = {frame["topic"]: frame for frame in await self.visitor.open(*topics)}

    async def listen(self) -> None:
        await self.visitor.listen(self._note)

    def _note(self, frame: Frame) -> None:
        if frame["op"] == "event":
            self.events.append(frame)
            self._news.set()

    def named(self, name: str, **data: Any) -> list[Frame]:
        return [
            event
            for event in self.events
            if event["name"] == name and data.items() <= event["data"].items()
        ]

    async def until(self, name: str, **data: Any) -> Frame:
        async with asyncio.timeout(READY_WITHIN_S):
            while not (found := self.named(name, **data)):
                self._news.clear()
                await self._news.wait()
        return found[0]


def is_there(answer: httpx.Response) -> bool:
    return answer.status_code == 200


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.alone
async def test_the_day_turns_by_itself_to_its_end_and_begins_again(tmp_path: Path) -> None:
    async with a_demo(tmp_path, "--at", EARLY, "--speed", str(SPEED)) as demo:
        diary = Diary(await demo.sign_in("aalborg"))
        await diary.keep("show", "committee", "channel:main")
        async with asyncio.TaskGroup() as tasks:
            listening = tasks.create_task(diary.listen())
            await the_locks_turn(demo, diary)
            await the_past_can_be_seen_again(demo)
            await diary.until("day_ended")
            await diary.until("day_started_over")
            listening.cancel()
        every_item_has_started_in_order(diary)
        the_window_said_when(diary)
        assert demo.traces() == []


async def the_locks_turn(demo: Demo, diary: Diary) -> None:
    """A theme meeting is locked until its slot, and says so; then it can be watched."""
    mette = await demo.sign_in("individual")
    for theme in THEMES:
        locked = await mette.http.get(f"/replay/{theme}/index.m3u8")
        assert (locked.status_code, locked.json()["code"]) == (403, "locked")
        items = diary.joined["show"]["snapshot"]["items"]
        planned = next(item["planned_start"] for item in items if item["id"] == theme)
        opens = moment(locked.json()["opens_at"])
        assert abs(opens - moment(planned)) < timedelta(minutes=1)
    await diary.until("item_started", item="13")
    for theme in THEMES:
        await diary.until("item_started", item=theme)
        # On a machine that has never made the films, the last of them may still be in the making.
        await mette.get_until(f"/replay/{theme}/index.m3u8", is_there)
        playlist = await mette.get_until(f"/replay/{theme}/1/video.m3u8", is_there)
        assert "#EXT-X-PLAYLIST-TYPE:VOD" in playlist.text
        assert "#EXT-X-ENDLIST" in playlist.text


async def the_past_can_be_seen_again(demo: Demo) -> None:
    niels = await demo.sign_in("individual")
    listed = await niels.get_until("/replay/05/index.m3u8", is_there)
    child = next(line for line in listed.text.splitlines() if line and not line.startswith("#"))
    replay = await niels.http.get(f"/replay/05/{child}")
    assert "#EXT-X-PLAYLIST-TYPE:VOD" in replay.text
    assert "#EXT-X-ENDLIST" in replay.text
    media = [line for line in replay.text.splitlines() if line.startswith("/media/")]
    assert media
    for uri in media:
        assert (await niels.http.get(uri)).status_code == 200, uri


def every_item_has_started_in_order(diary: Diary) -> None:
    again = next(n for n, e in enumerate(diary.events) if e["name"] == "day_started_over")
    started = [e["data"]["item"] for e in diary.events[:again] if e["name"] == "item_started"]
    assert [item for item in started if item in SPINE] == SPINE
    assert {item.id for item in DAY.items} - set(SPINE) <= set(started)
    puts = [e["data"]["item"] for e in diary.events[:again] if e["name"] == "channel_put"]
    assert [item for item in SPINE if item in puts] == list(dict.fromkeys(filter(None, puts)))


def the_window_said_when(diary: Diary) -> None:
    planned = diary.joined["committee"]["snapshot"]["window"]
    assert (planned["state"], planned["item"]) == ("before", "14")
    (opened,) = diary.named("window_opened")
    (closed,) = diary.named("window_closed")
    lasts = moment(opened["data"]["closes"]) - moment(opened["data"]["opens"])
    assert timedelta(0) <= timedelta(minutes=4) - lasts < timedelta(seconds=2 * SPEED)
    really = moment(closed["at"]) - moment(opened["at"])
    assert abs(really * SPEED - lasts) < timedelta(seconds=2 * SPEED)


@pytest.mark.whole
async def test_what_the_moderator_does_is_seen_by_everybody_and_on_the_channel(
    tmp_path: Path,
) -> None:
    async with a_demo(tmp_path, "--programme", REAL_DAY, "--at", "09.16") as demo:
        ida = await demo.sign_in("moderator")
        await ida.open("show")
        mette = await demo.sign_in("aalborg")
        show, _ = await mette.open("show", "channel:main")
        assert show["snapshot"]["now"] == "02"
        assert re.search(r"\d\+0\d:00", json.dumps(show)) is None, "every time is in UTC"

        assert (await ida.do("show", "hold"))["op"] == "done"
        await mette.hear_event("show", "show_held")
        assert (await ida.do("show", "extend", item="02", minutes=1))["op"] == "done"
        extended = await mette.hear_event("show", "item_extended")
        times = next(t for t in extended["data"]["times"] if t["item"] == "02")
        assert moment(times["expected_end"]) - moment(times["planned_end"]) >= timedelta(seconds=30)
        end = moment(times["expected_end"]) - timedelta(seconds=20)
        assert (await ida.do("show", "trim", item="02", end=end.isoformat()))["op"] == "done"
        trimmed = await mette.hear_event("show", "item_trimmed")
        times = next(t for t in trimmed["data"]["times"] if t["item"] == "02")
        assert moment(times["expected_end"]) == end

        assert (await ida.do("show", "slate", text="Lyden driller"))["op"] == "done"
        covered = await mette.hear_event("channel:main", "channel_put")
        assert covered["data"]["content"]["kind"] == "slate"
        assert covered["data"]["content"]["title"] == "Lyden driller"
        await on_air(mette, "slate", "02")
        assert (await ida.do("show", "clear_slate"))["op"] == "done"
        await on_air(mette, "live", "02")

        assert (await ida.do("show", "announce", text="Husk frokosten"))["op"] == "done"
        assert "Husk frokosten" in str(await mette.hear_event("show", "announced"))
        assert (await ida.do("show", "resume"))["op"] == "done"
        await mette.hear_event("show", "show_resumed")

        assert (await ida.do("show", "skip", item="02"))["op"] == "done"
        await put_on(mette, "03")
        await on_air(mette, "live", "03")
        assert (await ida.do("show", "back", **{"from": "03"}))["op"] == "done"
        await put_on(mette, "02", run=2)
        assert (await ida.do("show", "set_mode", mode="manual"))["op"] == "done"
        assert (await mette.hear_event("show", "mode_set"))["data"]["mode"] == "manual"
        assert demo.traces() == []


async def put_on(visitor: Visitor, item: str, run: int = 1) -> Frame:
    return await visitor.hear_that(
        lambda f: (
            f.get("name") == "channel_put" and (f["data"]["item"], f["data"]["run"]) == (item, run)
        )
    )


async def on_air(visitor: Visitor, kind: str, item: str) -> Frame:
    """What was really shown, as the media side reports it."""
    return await visitor.hear_that(
        lambda f: (
            f.get("name") == "source_on_air"
            and (f["data"]["kind"], f["data"]["item"]) == (kind, item)
        )
    )

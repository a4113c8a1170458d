"""A demo with every way in at once, and a moderator who switches among them.

    camera      a Chromium's camera page over WHIP, 1280x720
    encoder     FFmpeg over RTMP, 854x480, 30 a second, B-pictures
    muxer       FFmpeg's WHIP muxer, 320x180
    srt         FFmpeg over SRT, 426x240, 25 a second, B-pictures
    pull        live HLS fetched from another server, 480x270, 24 a second
    synthetic   the demo's own camera
    film        of an item; begins anew with each take
    slate       of a break

Inputs of one source follow one another by hand while their item stays on air; everything else by
taking another item. `on_air` is what the server says was really shown, nothing left out.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from schedule.programme_file import builtin, dump
from tests.browser.chromium import a_chromium, on_the_camera_page
from tests.browser.cues import at_the_second_item, until_on_air
from tests.browser.encoders import Look, an_encoder, to_hls, to_rtmp, to_srt
from tests.browser.upstream import an_upstream
from tests.journeys.running_demo import Demo, Frame, Visitor, a_demo
from tests.ports import a_free_port
from tests.streams.cameras import an_ffmpeg_camera

HALL, ELSEWHERE = "kl-huset", "folketinget"
LONGER_THAN_ANY_RUN_S = 3600


@dataclass(frozen=True, slots=True)
class Way:
    """How a kind of picture gets on air, and how large it is.

    Args:
        item: that shows it.
        input: of which source; None for what has none.
    """

    item: str
    size: tuple[int, int]
    input: tuple[str, str] | None = None
    look: Look = field(default_factory=Look)

    @property
    def kind(self) -> str:
        """As the server calls it."""
        return "live" if self.input else {"03": "film", "04": "slate"}[self.item]


WAYS = {
    "camera": Way("05", (1280, 720), (HALL, "main")),
    "encoder": Way("05", (854, 480), (HALL, "encoder"), Look(854, 480, 30)),
    "muxer": Way("05", (320, 180), (HALL, "muxer")),
    "srt": Way("05", (426, 240), (HALL, "backup"), Look(426, 240, 25)),
    "synthetic": Way("05", (640, 360), (HALL, "synthetic")),
    "pull": Way("06", (480, 270), (ELSEWHERE, "backup"), Look(480, 270, 24)),
    "film": Way("03", (640, 360)),
    "slate": Way("04", (1280, 720)),
}


@dataclass
class Mixer:
    """The moderator's hands."""

    demo: Demo
    moderator: Visitor
    item: str = "02"
    held: dict[str, str] = field(default_factory=dict)

    async def to(self, kind: str) -> datetime:
        """Shows this; returns when its first picture began."""
        way = WAYS[kind]
        await self.prepare(kind)
        if self.item != way.item:
            if way.input:
                await self._until_active(*way.input)
            done = await self.moderator.do("show", "take", item=way.item, after=self.item)
            assert done["op"] == "done", done
            self.item = way.item
        return await until_on_air(self.moderator, way.item, way.kind)

    async def prepare(self, kind: str) -> None:
        """Holds the input by hand; where its source is on air, that is the switch."""
        way = WAYS[kind]
        if way.input is None or self.held.get(way.input[0]) == way.input[1]:
            return
        self._forget_states()
        source, name = way.input
        done = await self.moderator.do("inputs", "choose_input", source=source, input=name)
        assert done["op"] == "done", done
        self.held[source] = name

    async def until_ready(self, kinds: Sequence[str]) -> None:
        """Waits until every input that these kinds come from delivers."""
        wanted = {way.input for way in map(WAYS.__getitem__, kinds) if way.input}
        await self.moderator.hear_that(lambda frame: wanted <= set(delivering(frame)))

    def on_air(self) -> list[tuple[str | None, str]]:
        """Item and kind of everything that was shown, in order, as the moderator heard it."""
        frames = [json.loads(line) for text in self.moderator.raw for line in text.split("\n")]
        return [
            (frame["data"].get("item"), frame["data"]["kind"])
            for frame in frames
            if frame.get("name") == "source_on_air"
        ]

    async def _until_active(self, source: str, name: str) -> None:
        await self.moderator.hear_that(
            lambda frame: (
                _is_of_sources(frame)
                and frame["data"]["sources"].get(source, {}).get("input") == name
            )
        )

    def _forget_states(self) -> None:
        """What the sources were like before is no answer to what is asked now."""
        self.moderator.heard = [each for each in self.moderator.heard if not _is_of_sources(each)]


def delivering(frame: Frame) -> Iterator[tuple[str, str]]:
    """Every input that could be shown now."""
    if _is_of_sources(frame):
        for source, told in frame["data"]["sources"].items():
            for each in told.get("inputs", ()):
                if each["state"] in ("active", "standby"):
                    yield source, each["name"]


def _is_of_sources(frame: Frame) -> bool:
    return bool(frame["op"] == "state" and frame["topic"] == "sources")


@contextlib.asynccontextmanager
async def a_mixer(
    folder: Path, patch: pytest.MonkeyPatch, kinds: Sequence[str]
) -> AsyncIterator[tuple[Mixer, Any]]:
    """A demo with the ways in that these kinds need; the camera is on air. With it its page."""
    keys = {name: secrets.token_urlsafe(24) for name in ("main", "encoder", "muxer")}
    with an_upstream(folder / "elsewhere") as upstream:
        srt_port = a_free_port(socket.SOCK_DGRAM)
        pull = {"hls": upstream.url, "intranet": upstream.place}
        feeds = {HALL: {"backup": {"srt": f"127.0.0.1:{srt_port}"}}, ELSEWHERE: {"backup": pull}}
        patch.setenv("TOPMOEDE_SOURCES", json.dumps({HALL: keys}))
        patch.setenv("TOPMOEDE_FEEDS", json.dumps(feeds))
        async with contextlib.AsyncExitStack() as stack:
            # What is fetched is there before anybody asks, who would ask again ever later.
            elsewhere = await stack.enter_async_context(an_encoder(*to_hls(folder / "elsewhere")))
            await elsewhere.begin(WAYS["pull"].look)
            programme = ("--programme", str(a_programme(folder)))
            demo = await stack.enter_async_context(a_demo(folder, *programme))
            rtmp = demo.links["sources"][HALL]["rtmp"].rpartition("/")[0]
            outputs = {
                "encoder": to_rtmp(f"{rtmp}/{keys['encoder']}"),
                "srt": to_srt(srt_port),
            }
            for kind in outputs.keys() & set(kinds):
                encoder = await stack.enter_async_context(an_encoder(*outputs[kind]))
                await encoder.begin(WAYS[kind].look)
            if "muxer" in kinds:
                muxer = an_ffmpeg_camera(demo.base, folder, LONGER_THAN_ANY_RUN_S, keys["muxer"])
                await stack.enter_async_context(muxer)
            browser = await stack.enter_async_context(a_chromium(camera=True))
            page = on_the_camera_page(browser, demo.links, HALL)
            camera = await stack.enter_async_context(page)
            moderator, _ = await at_the_second_item(demo)
            mixer = Mixer(demo, moderator)
            await mixer.until_ready(kinds)
            yield mixer, camera


def a_programme(folder: Path) -> Path:
    """The demo's day, with one item that comes from elsewhere."""
    text = dump(builtin("demo_day"))
    head, item, tail = text.partition('id = "06"')
    file = folder / "day.toml"
    file.write_text(head + item + tail.replace(f'"{HALL}"', f'"{ELSEWHERE}"', 1))
    return file

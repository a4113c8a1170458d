"""From a moderator's cue to the new picture: on the glass of two Chromiums and of 18 players.

Cues go between a live camera, a film and slates. In a browser it counts when the first frame of the
new picture is handed to the screen, told by its stamp: the camera's says the event clock, a film's
its own time, a slate has none. The players are simulated (tests/journeys/simulated_player.py): they
fetch all that a player fetches and are asked when their hold-back lets the new picture through.
They come one after another, so that they stand at different distances from the edge as people do.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import Page

from streams import framestamp
from tests.bench.bench_glass import age_ms, epoch_ms
from tests.browser.chromium import a_chromium, a_visitor
from tests.browser.cues import Cue, at_the_second_item, given
from tests.browser.glass import Glass
from tests.browser.test_five_cues import CUES
from tests.journeys.running_demo import Demo, Visitor, a_demo
from tests.journeys.simulated_player import SimulatedPlayer

PLAYERS = 18
APART_S = 0.37
LIVE_AGE_MS = 15_000
AFTER_A_CUE_S = 4.0
AGAIN = (Cue("slate", {}, "05", "slate"), Cue("clear_slate", {}, "05", "live"))

# Every frame that the page shows from now on: the stamp's row, and when it is on the glass.
_RECORD = """([bits, block]) => {
  const video = document.querySelector("video");
  const canvas = new OffscreenCanvas(bits * block, block);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const seen = (window.__shown = []);
  const take = (_, frame) => {
    const { videoWidth: width, videoHeight: height } = video;
    context.drawImage(video, width - bits * block, height - block, bits * block, block,
                      0, 0, bits * block, block);
    const { data } = context.getImageData(0, block / 2, bits * block, 1);
    const row = Array.from({ length: bits }, (_, bit) => data[4 * (bit * block + block / 2)]);
    seen.push([performance.timeOrigin + frame.expectedDisplayTime, width, height, row]);
    video.requestVideoFrameCallback(take);
  };
  video.requestVideoFrameCallback(take);
}"""


@dataclass(frozen=True, slots=True)
class Given:
    """A cue: what shall be seen, when it was asked for, when the channel was cut; in seconds."""

    kind: str
    asked_s: float
    cut_s: float


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(Path(folder)))
    print(f"machine load {os.getloadavg()[0]:.1f}")


async def measure(folder: Path) -> None:
    async with a_demo(folder, cold=True) as demo, a_chromium() as one, a_chromium() as other:
        moderator, _ = await at_the_second_item(demo)
        people = demo.links["people"]
        async with (
            a_visitor(one, people["aalborg"]["enter"]) as (here, _),
            a_visitor(other, people["aarhus"]["enter"]) as (there, _),
        ):
            for page in (here, there):
                await Glass(page).until_playing()
                await page.evaluate(_RECORD, [framestamp.BITS, framestamp.BLOCK_PX])
            cues, shown = await with_players(demo, moderator)
            zero_ms = epoch_ms(folder)
            glasses = [await seen(page, cues, zero_ms) for page in (here, there)]
    report(cues, [*glasses, *shown])


async def with_players(
    demo: Demo, moderator: Visitor
) -> tuple[list[Given], list[list[float | None]]]:
    """Gives the cues; returns them, and when each player showed what followed."""
    viewer = await demo.sign_in("aarhus")
    cookie = "; ".join(f"{name}={value}" for name, value in viewer.http.cookies.items())
    players = [SimulatedPlayer(demo.port, cookie) for _ in range(PLAYERS)]
    cues, rows = list[Given](), list[list[float]]()
    async with asyncio.TaskGroup() as tasks:
        playing = []
        for player in players:
            playing.append(tasks.create_task(player.play()))
            await asyncio.sleep(APART_S)
        for cue in (*CUES, *AGAIN, *AGAIN):
            asked_s = time.time()
            began = await given(moderator, cue)
            cues.append(Given(cue.kind, asked_s, began.timestamp()))
            async with asyncio.timeout(30):
                rows.append([await player.until_shown(began) for player in players])
            # What was fetched is shown later: the next cue comes when everybody has seen this one.
            await asyncio.sleep(max(0.0, max(rows[-1]) - time.time()) + AFTER_A_CUE_S)
        for task in playing:
            task.cancel()
    stalls = sum(player.stalls for player in players)
    print(f"{len(cues)} cues, 2 Chromiums, {PLAYERS} simulated players that waited {stalls} times")
    return cues, [list(column) for column in zip(*rows, strict=True)]


async def seen(page: Page, cues: Sequence[Given], zero_ms: float) -> list[float | None]:
    """When a page showed the first frame of what each cue asked for."""
    frames = [
        (frame[0] / 1000, kind_of(frame, zero_ms))
        for frame in await page.evaluate("window.__shown")
    ]
    return [
        next((at for at, kind in frames if at > cue.asked_s and kind == cue.kind), None)
        for cue in cues
    ]


def kind_of(frame: Sequence[Any], zero_ms: float) -> str:
    age = age_ms(frame, zero_ms)
    if age is None:
        return "slate"
    return "live" if age < LIVE_AGE_MS else "film"


def report(cues: Sequence[Given], shown: Sequence[Sequence[float | None]]) -> None:
    took = [
        [at - cue.asked_s for at, cue in zip(each, cues, strict=True) if at is not None]
        for each in shown
    ]
    tell("cue to the cut", [cue.cut_s - cue.asked_s for cue in cues])
    tell("cue to the new picture", [one for each in took for one in each])
    tell("  in Chromium", [one for each in took[:2] for one in each])
    tell("  in simulated players", [one for each in took[2:] for one in each])
    spreads = []
    for at in zip(*shown, strict=True):
        there = [one for one in at if one is not None]
        spreads.append(max(there) - min(there))
    tell(f"first to last of {len(shown)}", spreads)


def tell(what: str, seconds: Sequence[float]) -> None:
    cuts = statistics.quantiles(seconds, n=20, method="inclusive")
    print(
        f"  {what:<26} median {statistics.median(seconds):.2f} s  p95 {cuts[18]:.2f} s"
        f"  {min(seconds):.2f} to {max(seconds):.2f} s  (n {len(seconds)})"
    )

"""Glass to glass: how old is a picture when a Chromium shows it?

Each picture carries the instant at which it was drawn. It is read off the watching page's own
element at the moment the browser hands the frame over. Two cameras: the synthetic one, in the
server's process, and a Chromium that draws the same stamps and publishes them over WHIP from the
real camera page. Server, camera and watcher share this machine, and so its clock.

Then one encoder publishes the same coded pictures over RTMP to us and to Debian's nginx-rtmp, whose
HLS is played by hls.js with its own settings; both pages are read at the same time.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
import statistics
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from playwright.async_api import Browser, Page

from streams import framestamp
from tests.bench.debian_nginx import FRAGMENT_S, FRAGMENTS, an_hls_maker, lacking
from tests.bench.stamped_encoder import HEIGHT, WIDTH, a_stamped_encoder
from tests.browser.chromium import a_chromium, a_visitor, on_the_camera_page
from tests.browser.glass import Glass
from tests.browser.test_readers import a_place_for_pages
from tests.journeys.running_demo import Demo, Visitor, a_demo

FRAMES = 250
PART_TARGETS_MS = (1020, 500)
SETTLED_S = 6
_BITS = framestamp.WIDTH_PX // framestamp.BLOCK_PX

# One row of the stamp's blocks from each frame that is presented, and when it is on the glass.
_WATCH = """([frames, bits, block]) => new Promise((done) => {
  const video = document.querySelector("video");
  const canvas = new OffscreenCanvas(bits * block, block);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const seen = [];
  const take = (_, frame) => {
    const { videoWidth: width, videoHeight: height } = video;
    context.drawImage(video, width - bits * block, height - block, bits * block, block,
                      0, 0, bits * block, block);
    const { data } = context.getImageData(0, block / 2, bits * block, 1);
    const row = Array.from({ length: bits }, (_, bit) => data[4 * (bit * block + block / 2)]);
    seen.push([performance.timeOrigin + frame.expectedDisplayTime, width, height, row]);
    if (seen.length < frames) video.requestVideoFrameCallback(take);
    else done(seen);
  };
  video.requestVideoFrameCallback(take);
})"""

# A camera whose pictures say when they were drawn: the wall's milliseconds, like framestamp.py.
_STAMPING_CAMERA = """(() => {
  const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  const [width, height, block, bits] = [1280, 720, 8, 40];
  const stamped = () => {
    const canvas = Object.assign(document.createElement("canvas"), { width, height });
    const context = canvas.getContext("2d");
    const draw = () => {
      const now = Math.round(performance.timeOrigin + performance.now()) % 2 ** 32;
      const bytes = [24, 16, 8, 0].map((shift) => (now / 2 ** shift) & 255);
      bytes.push(bytes.reduce((check, byte) => check ^ byte, 0xa5));
      context.fillStyle = `hsl(${(now / 50) % 360} 30% 30%)`;
      context.fillRect(0, 0, width, height);
      for (let bit = 0; bit < bits; bit++) {
        context.fillStyle = (bytes[bit >> 3] >> (7 - (bit & 7))) & 1 ? "#d0d0d0" : "#303030";
        context.fillRect(width - (bits - bit) * block, height - block, block, block);
      }
    };
    draw();
    setInterval(draw, 40);
    return canvas.captureStream(25);
  };
  navigator.mediaDevices.getUserMedia = async (wish) => (wish.video ? stamped() : open(wish));
})()"""


def main() -> None:
    for part_ms in PART_TARGETS_MS:
        print(f"part target {part_ms} ms")
        with tempfile.TemporaryDirectory() as folder, told(PART_TARGET_MS=str(part_ms)):
            asyncio.run(measure(Path(folder)))
    print(f"machine load {os.getloadavg()[0]:.1f}")


@contextlib.contextmanager
def told(**settings: str) -> Iterator[None]:
    """Settings for every server that is started in the block."""
    os.environ |= {f"TOPMOEDE_{name}": value for name, value in settings.items()}
    try:
        yield
    finally:
        for name in settings:
            del os.environ[f"TOPMOEDE_{name}"]


async def measure(folder: Path) -> None:
    async with (
        a_demo(folder, cold=True) as demo,
        a_chromium() as watcher,
        a_chromium(camera=True) as camera,
    ):
        moderator = await live_for_good(demo)
        enter = demo.links["people"]["aalborg"]["enter"]
        async with a_visitor(watcher, enter) as (page, _):
            await Glass(page).until_playing()
            await Glass(page).until_shown(await began(moderator, "live"))
            tell("synthetic camera", await ages_ms(page, epoch_ms(folder)))
            await watch_the_browsers_camera(demo, camera, page)
            await beside_nginx_rtmp(demo, watcher, page)


async def beside_nginx_rtmp(demo: Demo, browser: Browser, page: Page) -> None:
    """One encoder to both; what either shows, at the same time."""
    if missing := lacking("rtmp", "nginx"):
        print(f"beside nginx-rtmp: left out, {missing} is not installed")
        return
    async with (
        an_hls_maker(demo.folder / "nginx") as (rtmp, playlist),
        a_stamped_encoder(demo.links["sources"]["kl-huset"]["rtmp"], rtmp),
        a_reader(browser, demo.folder / "pages", playlist) as other,
    ):
        await Glass(page).until_sized(WIDTH, HEIGHT)
        await Glass(other).until_position(SETTLED_S)
        ours, theirs = await asyncio.gather(ages_ms(page, 0), ages_ms(other, 0))
        stalls = await other.evaluate("() => window.reader.stalls + window.reader.waits")
    tell("an encoder over RTMP", ours)
    tell(f"the same by nginx-rtmp, {FRAGMENT_S} s", theirs)
    if ours and theirs:
        ratio = statistics.median(theirs) / statistics.median(ours)
        print(f"{'nginx-rtmp over ours':<28} {ratio:.1f} times as old at p50, {stalls} stalls")


@contextlib.asynccontextmanager
async def a_reader(browser: Browser, folder: Path, playlist: str) -> AsyncIterator[Page]:
    """A page of another origin whose hls.js plays this playlist.

    It comes when the playlist is full, as a viewer of a running stream does: who comes to the first
    segment has nothing behind it to keep a distance with, and plays closer than RFC 8216, 6.3.3
    allows.
    """
    async with asyncio.timeout(60), httpx.AsyncClient() as http:
        while (await http.get(playlist)).text.count("#EXTINF") < FRAGMENTS:  # noqa: ASYNC110
            await asyncio.sleep(0.2)  # another process's file: there is nothing to wait on
    with a_place_for_pages(folder) as base:
        page = await browser.new_page()
        await page.goto(f"{base}/reader.html?src={quote(playlist, safe='')}&library=newest.js")
        try:
            yield page
        finally:
            await page.close()


async def live_for_good(demo: Demo) -> Visitor:
    """A moderator who has put the camera on and keeps it there."""
    moderator = await demo.sign_in("moderator")
    await moderator.open("channel:main")
    await moderator.do("show", "set_mode", mode="manual")
    await moderator.say({"op": "join", "topic": "show"})
    now = (await moderator.answer_about("show"))["snapshot"]["now"]
    await moderator.do("show", "take", item="02", after=now)
    return moderator


async def began(moderator: Visitor, kind: str) -> datetime:
    shown = await moderator.hear_that(
        lambda frame: (
            frame.get("name") == "source_on_air"
            and (frame["data"]["kind"], frame["data"]["item"]) == (kind, "02")
        )
    )
    return datetime.fromisoformat(shown["data"]["began"])


async def watch_the_browsers_camera(demo: Demo, browser: Browser, page: Page) -> None:
    async with on_the_camera_page(
        browser, demo.links, "kl-huset", script=_STAMPING_CAMERA
    ) as camera:
        await Glass(page).until_sized(1280, 720)
        await camera.bring_to_front()
        tell("Chromium's camera over WHIP", await ages_ms(page, 0))


async def ages_ms(page: Page, epoch_ms: float) -> list[float]:
    """How old each stamped frame was when it was shown; stamps count from the epoch."""
    asked = [FRAMES, _BITS, framestamp.BLOCK_PX]
    ages = [age_ms(seen, epoch_ms) for seen in await page.evaluate(_WATCH, asked)]
    return [age for age in ages if age is not None]


def age_ms(seen: Sequence[Any], epoch_ms: float) -> float | None:
    shown_ms, width, height, row = seen

    def brightness(x: int, y: int) -> int:
        return int(row[(x - (width - framestamp.WIDTH_PX)) // framestamp.BLOCK_PX])

    stamp_ms = framestamp.read(brightness, width, height)
    return None if stamp_ms is None else float((shown_ms - epoch_ms - stamp_ms) % 2**32)


def epoch_ms(folder: Path) -> float:
    """Where the event clock began, out of the running server's own database."""
    with sqlite3.connect(folder / "data" / "topmoede.db") as database:
        (text,) = database.execute("select media_epoch from edition").fetchone()
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000


def tell(camera: str, ages: list[float]) -> None:
    if len(ages) < 2:
        print(f"{camera:<28} no stamps were readable")
        return
    cuts = statistics.quantiles(ages, n=20, method="inclusive")
    print(
        f"{camera:<28} p50 {statistics.median(ages) / 1000:.2f} s  p95 {cuts[18] / 1000:.2f} s"
        f"  ({len(ages)} of {FRAMES} frames read)"
    )


if __name__ == "__main__":
    main()

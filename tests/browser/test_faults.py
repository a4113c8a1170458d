"""Faults of what comes in, each injected while a Chromium watches one item.

No input stands behind another here, so that each dropout shows the slate. When all faults of a run
are over the item is one recording, which is played from its first to its last frame.

What is judged is what the server says was shown: the slate `told` at most SLATE_WITHIN_S after the
last picture before it, and the picture back BACK_WITHIN_S after the fault was mended.
"""

from __future__ import annotations

import contextlib
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import psutil
import pytest
from playwright.async_api import Page

from tests.browser.chromium import a_chromium, a_visitor, on_the_camera_page
from tests.browser.circumstances import explained, the_machine
from tests.browser.cues import later
from tests.browser.encoders import Encoder, Look, an_encoder, to_hls, to_rtmp
from tests.browser.glass import Glass
from tests.browser.mixer import an_origin
from tests.journeys.installation import KEY, an_installation, served
from tests.journeys.running_demo import Demo, Frame, Visitor
from tests.streams.parsed_playlist import ReadPlaylist, parse

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.timeout(400)]

SLATE_WITHIN_S, BACK_WITHIN_S = 3.0, 6.0
STOPPED_S, LOSSY_S = 6.0, 20.0
ITEM, HALL = "02", "kl-huset"
USUAL = Look(640, 360, 25)
AS_ANOTHER = {
    "as it was": USUAL,
    "with another size": replace(USUAL, width=854, height=480),
    "with another profile and pictures in another order": replace(
        USUAL, video="-profile:v high -bf 3 -b_strategy 0 -refs 3"
    ),
    "with another rate": replace(USUAL, rate=50),
    "with another clock": replace(USUAL, clock="-output_ts_offset 5000"),
}
JUMP = "setts=ts=TS+if(gt(TS*TB\\,6)\\,100/TB\\,0)"
"""At six seconds its clock is a hundred ahead, in a filter's spelling."""
JUMPING = replace(USUAL, video="-bf 0", clock=f"-bsf:v {JUMP} -bsf:a {JUMP}")
LOSSY = ("--force-fieldtrials=WebRTC-FakeNetworkSendConfig/loss_percent:20/",)


@dataclass
class Hall:
    """A server with one source and nothing behind it, and the moderator who put it on air."""

    demo: Demo
    rtmp: str
    moderator: Visitor
    figures: list[str]

    async def shown(self, kind: str) -> Frame:
        """The server's word that this is shown."""
        return await self.moderator.hear_that(
            lambda frame: (
                frame.get("name") == "source_on_air"
                and (frame["data"].get("item"), frame["data"]["kind"]) == (ITEM, kind)
            )
        )

    async def lost(self) -> None:
        """Waits for the slate and judges how long the last picture had stood."""
        frame = await self.shown("slate")
        stood_s = seconds(frame["data"]["began"], frame["at"])
        self.figures.append(f"slate after {stood_s:.2f} s")
        assert stood_s <= SLATE_WITHIN_S, self.figures

    async def back(self, glass: Glass, mended: datetime) -> None:
        """Waits for the picture, on air and then on the glass."""
        frame = await self.shown("live")
        took_s = (datetime.fromisoformat(frame["at"]) - mended).total_seconds()
        self.figures.append(f"back after {took_s:.2f} s")
        assert took_s <= BACK_WITHIN_S, self.figures
        await glass.until_shown(later(datetime.fromisoformat(frame["data"]["began"]), 1.5))

    async def replay(self) -> ReadPlaylist:
        """The item's recording: one version, of one run."""
        index = await self.moderator.http.get(f"/replay/{ITEM}/index.m3u8")
        pictures = [line for line in index.text.splitlines() if line.endswith("video.m3u8")]
        assert pictures == ["1/video.m3u8"]
        answer = await self.moderator.get_until(
            f"/replay/{ITEM}/1/video.m3u8", lambda each: "ENDLIST" in each.text, 15
        )
        return parse(answer.text)


Run = Callable[[Hall, Glass], Awaitable[int]]


async def test_an_encoder_that_is_killed_and_comes_back_as_another(tmp_path: Path) -> None:
    async def run(hall: Hall, glass: Glass) -> int:
        async with an_encoder(*to_rtmp(hall.rtmp)) as encoder:
            await begun(hall, glass, encoder, USUAL)
            for name, look in AS_ANOTHER.items():
                hall.figures.append(f"killed, back {name}:")
                await encoder.kill()
                await hall.lost()
                mended = datetime.now(UTC)
                await encoder.begin(look)
                await hall.back(glass, mended)
        return len(AS_ANOTHER)

    await watched(tmp_path, run)


async def test_an_encoder_that_is_stopped_and_goes_on(tmp_path: Path) -> None:
    async def run(hall: Hall, glass: Glass) -> int:
        async with an_encoder(*to_rtmp(hall.rtmp)) as encoder:
            await begun(hall, glass, encoder, USUAL)
            hall.figures.append("stopped, goes on:")
            encoder.send(signal.SIGSTOP)
            began = datetime.now(UTC)
            await hall.lost()
            await glass.until_shown(later(began, STOPPED_S))
            mended = datetime.now(UTC)
            encoder.send(signal.SIGCONT)
            await hall.back(glass, mended)
        return 1

    await watched(tmp_path, run)


async def test_an_encoder_whose_clock_jumps(tmp_path: Path) -> None:
    async def run(hall: Hall, glass: Glass) -> int:
        async with an_encoder(*to_rtmp(hall.rtmp)) as encoder:
            began = await begun(hall, glass, encoder, JUMPING)
            await glass.until_shown(later(began, 14))
            hall.figures.append("its clock jumped by 100 s")
        return 0

    await watched(tmp_path, run)


async def test_a_camera_page_that_freezes_and_one_that_is_closed(tmp_path: Path) -> None:
    async def run(hall: Hall, glass: Glass) -> int:
        links = links_of(hall)
        async with a_chromium(camera=True) as browser:
            async with on_the_camera_page(browser, links, HALL):
                await settled(hall, glass)
                hall.figures.append("camera frozen, goes on:")
                began = datetime.now(UTC)
                with frozen():
                    await hall.lost()
                    await glass.until_shown(later(began, STOPPED_S))
                mended = datetime.now(UTC)
                await hall.back(glass, mended)
            hall.figures.append("camera closed, opened:")
            await hall.lost()
            mended = datetime.now(UTC)
            async with on_the_camera_page(browser, links, HALL):
                await hall.back(glass, mended)
        return 2

    await watched(tmp_path, run)


async def test_a_camera_whose_line_loses_every_fifth_packet(tmp_path: Path) -> None:
    async def run(hall: Hall, glass: Glass) -> int:
        async with (
            a_chromium(camera=True, more=LOSSY) as browser,
            on_the_camera_page(browser, links_of(hall), HALL) as camera,
        ):
            began = await settled(hall, glass)
            await glass.until_shown(later(began, LOSSY_S))
            health = await camera.evaluate("() => window.__topmoede.camera.health")
            hall.figures.append(f"a fifth lost: {health}")
            assert health["lost_share"] > 0.1, health
        return 0

    await watched(tmp_path, run)


async def test_hls_from_elsewhere_that_stops_and_comes_back(tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    with an_origin(folder) as origin:

        async def run(hall: Hall, glass: Glass) -> int:
            async with an_encoder(*to_hls(folder)) as encoder:
                await begun(hall, glass, encoder, USUAL)
                hall.figures.append("HLS stopped, goes on:")
                await encoder.kill()
                await hall.lost()
                await encoder.begin(USUAL)
                frame = await hall.shown("live")
                began = datetime.fromisoformat(frame["data"]["began"])
                await glass.until_shown(later(began, 1.5))
            return 1

        feed = {"hls": f"http://{origin}/index.m3u8", "intranet": origin}
        await watched(tmp_path, run, feed)


async def begun(hall: Hall, glass: Glass, encoder: Encoder, look: Look) -> datetime:
    """An encoder on air and on the glass; returns when its first picture was."""
    await encoder.begin(look)
    return await settled(hall, glass)


async def settled(hall: Hall, glass: Glass) -> datetime:
    began = datetime.fromisoformat((await hall.shown("live"))["data"]["began"])
    await glass.until_shown(later(began, 3))
    return began


async def watched(folder: Path, run: Run, feed: dict[str, str] | None = None) -> None:
    """Runs faults while a page watches, then judges the page and plays the recording."""
    async with (
        a_hall(folder, feed) as (hall, enter),
        a_chromium() as browser,
        a_visitor(browser, enter) as (page, complaints),
        explained(watch=page),
    ):
        glass = Glass(page)
        await glass.until_playing()
        await glass.mark()
        try:
            dropouts = await run(hall, glass)
            counters, marks = await glass.counters(), await glass.marks()
        finally:
            print(*hall.figures, the_machine(), sep="\n")
        print({name: counters[name] for name in ("stalls", "waits", "errors", "mended", "frames")})
        assert marks == {"page": True, "video": True, "videos": 1, "navigations": 1}
        assert (counters["errors"], counters["opened"]) == (0, 1), counters["incidents"]
        assert complaints.heard == []
        done = await hall.moderator.do("show", "next", after=ITEM)
        assert done["op"] == "done", done
        check_one_recording(await hall.replay(), dropouts)
        await check_plays_to_its_end(page, glass)
        assert complaints.heard == []


def check_one_recording(playlist: ReadPlaylist, dropouts: int) -> None:
    """Time goes on through each dropout: a joint to the slate, a joint back, nothing missing."""
    assert playlist.ended
    joints = [each for each in playlist.segments if each.joint]
    assert len(joints) >= 2 * dropouts
    assert all(each.own_map for each in joints)
    for before, after in pairwise(playlist.segments):
        assert before.began
        assert after.began
        hole_s = (after.began - before.began).total_seconds() - before.lasts_s
        assert -0.003 < hole_s < 0.25, f"{hole_s} s at {after.began}"


_FRAMES = """() => {
  const video = document.querySelector("video");
  const seen = (window.__seen = []);
  const note = (_, { mediaTime }) => {
    seen.push(mediaTime);
    video.requestVideoFrameCallback(note);
  };
  video.requestVideoFrameCallback(note);
  video.playbackRate = 2;
}"""
_ENDED = "() => document.querySelector('video').ended"
_PLAYED = """() => {
  const video = document.querySelector("video");
  return { first_s: window.__seen[0], last_s: window.__seen.at(-1), duration_s: video.duration,
    longest_s: Math.max(...window.__seen.map((at, n) => at - (window.__seen[n - 1] ?? at))) };
}"""


async def check_plays_to_its_end(page: Page, glass: Glass) -> None:
    """The recording on the same element, twice as fast."""
    await page.get_by_text("Vist (", exact=False).first.click()
    await page.get_by_role("button", name="Se igen: Velkommen").click()
    await glass.until_playing_from(f"/replay/{ITEM}/")
    await page.evaluate(_FRAMES)
    await page.wait_for_function(_ENDED, timeout=90_000)
    played = await page.evaluate(_PLAYED)
    print(f"recording: {played}")
    assert played["first_s"] < 2, played
    assert played["duration_s"] - played["last_s"] < 0.5, played
    assert played["longest_s"] < 1, played
    counters = await glass.counters()
    assert (counters["errors"], counters["opened"]) == (0, 2), counters["incidents"]


@contextlib.asynccontextmanager
async def a_hall(folder: Path, feed: dict[str, str] | None) -> AsyncIterator[tuple[Hall, str]]:
    """A served installation with the item on air; with it the link of one who watches."""
    here = an_installation(folder)
    here.write(loopback_candidates=True, doors_open_s=7200)
    if feed is not None:
        text = here.settings.read_text().partition("[sources")[0]
        lines = [f"[feeds.{HALL}.main]", *(f'{key} = "{value}"' for key, value in feed.items())]
        here.settings.write_text("\n".join([text, *lines]))
    async with served(here):
        people, links = folder / "people.csv", folder / "links.csv"
        people.write_text(
            "key,name,role,municipality\nmette,Mette,member,Aalborg\nida,Ida,moderator,"
        )
        status, said = await here.run("people", "import", str(people), "--links", str(links))
        assert status == 0, said
        enter = {row.split(",")[0]: row.split(",")[-1] for row in links.read_text().splitlines()}
        demo = Demo(folder, here.port, (), links={"people": {"ida": {"enter": enter["ida"]}}})
        moderator = await demo.sign_in("ida")
        await moderator.open("channel:main", "show")
        assert (await moderator.do("show", "set_mode", mode="manual"))["op"] == "done"
        taken = await moderator.do("show", "take", item=ITEM)
        assert taken["op"] == "done", taken
        try:
            rtmp = f"rtmp://127.0.0.1:{here.rtmp_port}/live/{KEY}"
            hall = Hall(demo, rtmp, moderator, [])
            await hall.shown("slate")  # nobody sends yet
            yield hall, enter["mette"]
        finally:
            await moderator.leave()


def links_of(hall: Hall) -> dict[str, Any]:
    """As the demo has them."""
    return {"base": hall.demo.base, "sources": {HALL: {"key": KEY}}}


@contextlib.contextmanager
def frozen() -> Iterator[None]:
    """Every process of the browsers with a camera that this test has begun stands still."""
    ours = [
        each
        for each in psutil.Process().children(recursive=True)
        if "--use-fake-device-for-media-stream" in (each.as_dict(["cmdline"])["cmdline"] or ())
    ]
    browsers = [*ours, *(child for each in ours for child in each.children(recursive=True))]
    assert browsers
    for each in browsers:
        each.suspend()
    try:
        yield
    finally:
        for each in browsers:
            with contextlib.suppress(psutil.NoSuchProcess):
                each.resume()


def seconds(since: str, until: str) -> float:
    return (datetime.fromisoformat(until) - datetime.fromisoformat(since)).total_seconds()

"""A live item ends; its replay is there before its last picture is seen, and plays all of it.

Which frame stands on the glass is read from its stamp (framestamp.py), in Chromium, by hls.js and
by the browser's own player; and which one should, from what the channel reported as on air.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from streams import framestamp
from tests.browser.chromium import a_visitor
from tests.browser.cues import Cue, at_the_second_item, given, later
from tests.browser.glass import Glass
from tests.browser.screens import photograph
from tests.journeys.running_demo import Demo, Visitor, a_demo

pytestmark = [pytest.mark.browser, pytest.mark.alone]

PART_MS = 1_020
FRAME_MS = 40
SHORT_S, LONG_S = 3.0, 6.0

# Of every frame of this address, its place, its date and the strip of its stamp, all of that very
# frame: a page that is asked for one after the other has gone on in between. The page goes back to
# live by itself.
_NOTE_STAMPS = """([strip_px, path]) => {
  const video = document.querySelector("video");
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [strip_px, 1];
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const stamps = (window.__stamps = []);
  const note = (_, { mediaTime }) => {
    if (window.__stamps !== stamps) return;
    const { videoWidth: width, videoHeight: height, currentTime } = video;
    const player = window.__topmoede?.player;
    if (player?.url.startsWith(path) ?? true) {
      const date_ms = Date.parse(player?.playing_date) - (currentTime - mediaTime) * 1000;
      context.drawImage(video, width - strip_px, height - 4, strip_px, 1, 0, 0, strip_px, 1);
      const { data } = context.getImageData(0, 0, strip_px, 1);
      stamps.push([mediaTime, date_ms, Array.from({ length: strip_px }, (_, i) => data[4 * i])]);
    }
    video.requestVideoFrameCallback(note);
  };
  video.requestVideoFrameCallback(note);
  video.addEventListener("ended", () => (window.__over = true));
}"""
_NATIVE = """(url) => {
  document.body.innerHTML = "<video muted autoplay playsinline></video>";
  const video = document.querySelector("video");
  video.src = url;
}"""


@dataclass(frozen=True, slots=True)
class Frame:
    """One that was on the glass.

    Args:
        at_s: its place in what is played.
        date_ms: when it was on air; not a number where the player knows no dates.
        stamp_ms: what is drawn in it.
    """

    at_s: float
    date_ms: float
    stamp_ms: int


async def an_item(
    demo: Demo, glass: Glass, seconds: float
) -> tuple[Visitor, datetime, datetime, float]:
    """Item 02 from the synthetic camera until so many seconds have been seen, then a film.

    Returns:
        a moderator, when its first picture and the film's were shown, and how many milliseconds
        a stamp is behind the wall.
    """
    moderator, began = await at_the_second_item(demo)
    await glass.until_shown(began)
    await note_stamps(glass.page, "/hls/main/")
    await glass.until_shown(later(began, seconds))
    behind_ms = median(frame.date_ms - frame.stamp_ms for frame in await noted(glass.page))
    ended = await given(moderator, Cue("next", {"after": "02"}, "03", "film"))
    return moderator, began, ended, behind_ms


async def test_a_live_item_ends_and_its_replay_plays_from_its_first_frame_to_its_last(
    tmp_path: Path, browser: Browser
) -> None:
    async with (
        a_demo(tmp_path) as demo,
        a_visitor(browser, demo.links["people"]["aalborg"]["enter"]) as (page, complaints),
    ):
        glass = Glass(page)
        await glass.until_playing()
        viewer = await demo.sign_in("aarhus")
        _, began, ended, behind_ms = await an_item(demo, glass, SHORT_S)
        answer = await viewer.get_until(
            "/replay/02/1/video.m3u8", lambda each: "ENDLIST" in each.text
        )
        waited_s, seen = time.time() - ended.timestamp(), await glass.shown()
        print(f"the replay was there {waited_s:.2f} s after the item's last picture")
        assert "PLAYLIST-TYPE:VOD" in answer.text
        assert seen < ended, "whoever sees it end finds it"

        await note_stamps(page, "/replay/")
        await page.get_by_text("Vist (", exact=False).first.click()
        await page.get_by_role("button", name="Se igen: Velkommen").click()
        await page.wait_for_function("() => window.__over", timeout=60_000)
        _check("hls.js", await noted(page), behind_ms, began, ended)
        await storyboard_on_the_bar(page)
        assert complaints.heard == []

        await page.goto(f"{demo.base}/healthz")
        await page.evaluate(_NATIVE, "/replay/02/index.m3u8")
        await note_stamps(page, "/replay/")
        await page.wait_for_function("() => window.__over", timeout=60_000)
        _check("Chromium's own", await noted(page), behind_ms, began, ended)


async def storyboard_on_the_bar(page: Page) -> None:
    """A small picture over the bar where the pointer is, and at the focus."""
    await page.get_by_role("button", name="Se igen: Velkommen").click()
    bar = page.get_by_role("slider", name="Plads i optagelsen")
    await bar.hover(position={"x": 60, "y": 10})
    await expect(page.locator(".look .tile")).to_be_visible(timeout=30_000)
    drawn = await page.locator(".look .tile").evaluate("e => getComputedStyle(e).backgroundImage")
    assert "/replay/02/1/storyboard-0.jpg" in drawn
    answer = await page.request.get(drawn.partition('"')[2].rpartition('"')[0])
    assert (answer.status, answer.headers["content-type"]) == (200, "image/jpeg")


async def note_stamps(page: Page, path: str) -> None:
    await page.evaluate(_NOTE_STAMPS, [framestamp.WIDTH_PX, path])


async def noted(page: Page) -> list[Frame]:
    """What has been on the glass since then and has a stamp, by its place."""
    seen = await page.evaluate("() => window.__stamps")
    read = [
        Frame(at_s, date_ms, stamp)
        for at_s, date_ms, strip in seen
        if (stamp := stamp_of(strip)) is not None
    ]
    # How many of them were drawn is the machine's business; that they were read, is ours.
    assert len(read) > max(10, 0.9 * len(seen)), (len(read), len(seen))
    return sorted(read, key=lambda frame: frame.at_s)


def stamp_of(strip: list[int]) -> int | None:
    # The strip alone, as if the picture were no wider and as high as its blocks.
    return framestamp.read(lambda x, y: strip[x], framestamp.WIDTH_PX, framestamp.BLOCK_PX)


def _check(
    player: str, frames: Sequence[Frame], behind_ms: float, began: datetime, ended: datetime
) -> None:
    late_ms = frames[0].stamp_ms + behind_ms - began.timestamp() * 1000
    short_ms = ended.timestamp() * 1000 - (frames[-1].stamp_ms + behind_ms)
    print(f"{player}: begins {late_ms:+.0f} ms, ends {short_ms:.0f} ms before what came next")
    assert abs(late_ms) < PART_MS
    assert -FRAME_MS < short_ms < PART_MS


@pytest.mark.long
async def test_a_cut_is_made_on_the_strip_undone_approved_taken_home_and_deleted(
    tmp_path: Path, browser: Browser
) -> None:
    faults: list[str] = []
    async with (
        a_demo(tmp_path) as demo,
        a_visitor(browser, demo.links["people"]["secretariat"]["enter"]) as (page, complaints),
    ):
        moderator = await demo.sign_in("moderator")
        viewer = await demo.sign_in("aarhus")
        await page.goto(f"{demo.base}/watch")  # whoever works on the day begins elsewhere
        glass = Glass(page)
        await glass.until_playing()
        await an_item(demo, glass, LONG_S)
        await page.goto(f"{demo.base}/recordings")
        await page.get_by_role("link", name="Velkommen").click()
        begin, end = (page.get_by_role("slider", name=name) for name in ("Begynder", "Slutter"))
        await expect(begin).to_be_visible(timeout=30_000)
        await expect(page.get_by_text("er på vej")).to_have_count(0, timeout=30_000)
        await begin.press("Shift+ArrowRight")
        await end.press("ArrowLeft")
        await page.get_by_role("button", name="Gem klip").click()
        await expect(page.get_by_text("Gemt. De, der ser med nu")).to_be_visible()
        strip = await (await page.request.get(f"{demo.base}/api/recordings/02")).json()
        whole_s = strip["duration_s"]
        assert abs(whole_s - LONG_S) < 4
        cut = (await viewer.http.get("/replay/02/index.m3u8")).text.splitlines()[-1]
        assert cut == "1-1/video.m3u8"
        listed = (await viewer.http.get("/replay/02/1-1/video.m3u8")).text
        lasts_s = sum(float(line[8:-1]) for line in listed.splitlines() if "#EXTINF" in line)
        assert 1.5 < whole_s - lasts_s < 4.5
        assert (await viewer.http.get("/replay/02/1/video.m3u8")).status_code == 200
        faults += await photograph(page, "recording")

        handle = await end.bounding_box()
        assert handle is not None
        await page.mouse.move(handle["x"] + 4, handle["y"] + 30)
        await page.mouse.down()
        await page.mouse.move(handle["x"] - 260, handle["y"] + 30, steps=4)
        await page.mouse.up()
        await expect(page.get_by_role("button", name="Gem klip")).to_be_enabled()
        await page.get_by_role("button", name="Fortryd", exact=True).click()
        await expect(page.get_by_role("button", name="Gem klip")).to_be_disabled()
        await page.get_by_role("button", name="Fortryd", exact=True).click()
        await expect(page.get_by_text("Det forrige klip gælder igen")).to_be_visible()
        await page.get_by_role("button", name="Godkend").click()
        await expect(page.get_by_text("Set efter")).to_be_visible()

        await page.get_by_role("button", name="Lav MP4").click()
        await expect(page.get_by_role("link", name="Hent som MP4")).to_be_visible(timeout=30_000)
        async with page.expect_download() as taking:
            await page.get_by_role("link", name="Hent som MP4").click()
        taken = await taking.value
        assert taken.suggested_filename.endswith(".mp4")
        await plays_as_one_file(page, f"{demo.base}/replay/02/1-2/recording.mp4", whole_s)
        assert (await viewer.http.get("/replay/02/1-2/recording.mp4")).status_code == 404

        await page.goto(f"{demo.base}/recordings/02")
        await page.get_by_role("button", name="Slet optagelsen").click()
        await page.get_by_role("button", name="Slet for altid").click()
        await expect(page.get_by_text("Slettet").first).to_be_visible()
        assert (await viewer.http.get("/replay/02/index.m3u8")).status_code == 404
        await viewer.get_until("/replay/02/1-2/video.m3u8", lambda each: each.status_code == 404)
        assert (await moderator.http.get("/replay/02/whole/index.m3u8")).status_code == 404
        await page.get_by_role("link", name="Alle optagelser").click()
        faults += await photograph(page, "recordings")
        assert [each for each in complaints.heard if "404" not in each] == []
    assert faults == [], "\n".join(faults)


async def plays_as_one_file(page: Page, url: str, lasts_s: float) -> None:
    """Chromium plays the MP4 to its end, through every change of picture, and seeks in it."""
    await page.goto(url.partition("/replay/")[0] + "/healthz")
    await page.evaluate(_NATIVE, url)
    seeked: dict[str, Any] = await page.evaluate(
        """async () => {
          const video = document.querySelector("video");
          await new Promise((ready) => (video.oncanplay = ready));
          const { duration } = video;
          video.currentTime = duration - 2;
          await new Promise((done) => (video.onended = done));
          return { duration, error: video.error?.message ?? null, at: video.currentTime };
        }"""
    )
    assert seeked["error"] is None
    assert abs(seeked["duration"] - lasts_s) < 0.1
    assert abs(seeked["at"] - seeked["duration"]) < 0.1

"""An item's recording: one, whole, and played across every joint in it by Chromium and FFmpeg."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import accumulate, pairwise

from playwright.async_api import Page

from tests.browser.glass import Glass
from tests.journeys.running_demo import Visitor
from tests.streams.parsed_playlist import ReadPlaylist, parse

AROUND_S = 0.7
"""How long before and after a joint it is played."""
LONGEST_STILL_S = 0.3
"""Between two pictures of a recording, in its own time; a cut may cost a few."""
LONGEST_SEEN_S = 0.7
"""So much longer on the glass, where a busy machine leaves some out."""
PLAYED_WITHIN_S = 60.0

_NOTE_FRAMES = """() => {
  const video = document.querySelector("video");
  const seen = (window.__seen = []);
  const note = (_, { mediaTime }) => {
    seen.push(mediaTime);
    video.requestVideoFrameCallback(note);
  };
  video.requestVideoFrameCallback(note);
  const lasts = video.duration;
  video.addEventListener("ended", () => (window.__ended = [seen.at(-1), lasts]));
  video.playbackRate = 2;
}"""
_GO_TO = """(at) => {
  window.__seen.length = 0;
  document.querySelector("video").currentTime = at;
}"""
_SEEN_FROM = "(at) => window.__seen.filter((each) => each >= at - 0.1)"
_ENDED = "() => window.__ended"


async def check_one_recording(
    moderator: Visitor, item: str, dropouts: int, still_s: float
) -> list[float]:
    """One version, of one run: a joint to the slate and one back for each dropout, nothing missing.

    Args:
        still_s: no picture stands longer.

    Returns:
        where the joints are, in seconds from the beginning, but for the first: there began the
        first picture, after a slate like every other.
    """
    index = await moderator.http.get(f"/replay/{item}/index.m3u8")
    pictures = [line for line in index.text.splitlines() if line.endswith("video.m3u8")]
    assert pictures == ["1/video.m3u8"]
    answer = await moderator.get_until(
        f"/replay/{item}/1/video.m3u8", lambda each: "ENDLIST" in each.text
    )
    playlist = parse(answer.text)
    joints = [each for each in playlist.segments if each.joint]
    assert len(joints) >= 2 * dropouts
    assert all(each.own_map for each in joints)
    _check_time_goes_on(playlist)
    await _check_ffmpeg_plays_it(moderator, f"/replay/{item}/index.m3u8", playlist, still_s)
    begins_s = accumulate((each.lasts_s for each in playlist.segments), initial=0.0)
    pairs = zip(playlist.segments, begins_s, strict=False)
    return [at_s for segment, at_s in pairs if segment.joint and at_s][1:]


def _check_time_goes_on(playlist: ReadPlaylist) -> None:
    for before, after in pairwise(playlist.segments):
        assert before.began
        assert after.began
        hole_s = (after.began - before.began).total_seconds() - before.lasts_s
        assert -0.003 < hole_s < 0.25, f"{hole_s} s at {after.began}"


async def _check_ffmpeg_plays_it(
    moderator: Visitor, path: str, playlist: ReadPlaylist, still_s: float
) -> None:
    """Another player decodes every picture of it, without a word, and none stands long."""
    cookie = "; ".join(f"{name}={value}" for name, value in moderator.http.cookies.items())
    process = await asyncio.create_subprocess_exec(
        *("nice", "ffmpeg", "-nostdin", "-v", "error", "-headers", f"Cookie: {cookie}\r\n"),
        *("-i", f"{moderator.http.base_url}{path}", "-map", "0:v:0", "-fps_mode", "passthrough"),
        *("-s", "64x36", "-f", "framecrc", "-"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(PLAYED_WITHIN_S):
            told, complaints = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    assert (process.returncode, complaints.decode()) == (0, "")
    lines = [line for line in told.decode().splitlines() if not line.startswith("#")]
    (base,) = (line for line in told.decode().splitlines() if line.startswith("#tb 0:"))
    tick_s = 1 / int(base.rpartition("/")[2])
    shown_s = [int(line.split(",")[2]) * tick_s for line in lines]
    lasts_s = sum(each.lasts_s for each in playlist.segments)
    print(f"recording of {lasts_s:.2f} s: ffmpeg decodes {len(shown_s)} pictures")
    _check_none_stands_long(shown_s, still_s)
    assert abs(shown_s[-1] - shown_s[0] - lasts_s) < still_s, (shown_s[0], shown_s[-1])


async def check_it_plays(
    page: Page, glass: Glass, item: str, joints_s: Sequence[float], still_s: float
) -> None:
    """On the element that watched live: across each joint, and to the end, twice as fast."""
    before = await glass.counters()
    await page.get_by_text("Vist (", exact=False).first.click()
    await page.get_by_role("button", name="Se igen: Velkommen").click()
    await glass.until_playing_from(f"/replay/{item}/")
    await page.evaluate(_NOTE_FRAMES)
    for joint_s in joints_s:
        begin_s = max(0.0, joint_s - AROUND_S)
        await page.evaluate(_GO_TO, begin_s)
        await glass.until_position(joint_s + AROUND_S)
        seen_s = [begin_s, *await page.evaluate(_SEEN_FROM, begin_s)]
        _check_none_stands_long(seen_s, LONGEST_SEEN_S + still_s)
    # The page goes back to live by itself, so the element has ended for a moment alone.
    ended = await page.wait_for_function(_ENDED, timeout=PLAYED_WITHIN_S * 1000)
    last_s, lasts_s = await ended.json_value()
    assert lasts_s - last_s < LONGEST_SEEN_S + still_s, (last_s, lasts_s)
    await glass.until_playing_from("/hls/main/")
    after = await glass.counters()
    told = [after[name] - before[name] for name in ("errors", "stalls", "waits", "opened")]
    assert told == [0, 0, 0, 2], after["incidents"]


def _check_none_stands_long(shown_s: Sequence[float], most_s: float) -> None:
    """Between pictures as they were shown."""
    longest_s, at_s = max((after - before, before) for before, after in pairwise(shown_s))
    assert longest_s < most_s, f"{longest_s:.3f} s at {at_s:.3f} s"

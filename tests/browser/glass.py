"""What stands on a page's glass: the one video element, its picture, its sound, its counters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from playwright.async_api import Page

from streams import framestamp

SEEN_WITHIN_MS = 60_000

_MARK = """() => {
  performance.setResourceTimingBufferSize(20000);
  window.__marked = document.querySelector("video").__marked = true;
}"""
_IS_MARKED = """() => ({
  page: window.__marked === true,
  video: document.querySelector("video")?.__marked === true,
  videos: document.querySelectorAll("video").length,
  navigations: performance.getEntriesByType("navigation").length,
})"""
_COUNTERS = "() => JSON.parse(JSON.stringify(window.__topmoede.player))"
# The stamp's strip as it was drawn, and sixty pixels over the whole picture to see it change by.
_PICTURE = """([strip_px]) => {
  const video = document.querySelector("video");
  const { videoWidth: width, videoHeight: height } = video;
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(video, 0, 0);
  const now_ms = Date.now();
  const grey = (x, y, w, h) => {
    const { data } = context.getImageData(x, y, w, h);
    return Array.from({ length: w * h }, (_, i) => (data[4*i] + data[4*i + 1] + data[4*i + 2]) / 3);
  };
  const strip = width > strip_px ? grey(width - strip_px, height - 4, strip_px, 1) : [];
  const at = (share, length) => Math.floor(share * length);
  const spots = Array.from({ length: 60 }, (_, i) =>
    grey(at((i % 10 + 0.5) / 10, width), at((at(0.1, i) + 0.5) / 6, height), 1, 1)[0]);
  return { width, height, strip, spots, now_ms };
}"""
_SHOWN = "() => window.__topmoede.player.playing_date"
_IS_SHOWN = "(since) => Date.parse(window.__topmoede.player.playing_date) >= since"
_PLAYS = """() => {
  const video = document.querySelector("video");
  return video && !video.paused && video.readyState >= 3 && video.currentTime > 0;
}"""
_PLAYS_FROM = """(path) => {
  const video = document.querySelector("video");
  return window.__topmoede.player.url.startsWith(path) && !video.paused &&
    video.readyState >= 3 && !video.seeking && video.currentTime > 0;
}"""
_IS_SIZED = """([width, height]) => {
  const video = document.querySelector("video");
  return video.videoWidth === width && video.videoHeight === height;
}"""
_SIZE = """() => {
  const video = document.querySelector("video");
  return [video.videoWidth, video.videoHeight];
}"""
_MEASURE = """() => {
  const seen = (window.__measured = []);
  setInterval(() => {
    const { playing_date, frames } = window.__topmoede.player;
    const shown_ms = Date.parse(playing_date);
    seen.push([shown_ms / 1000, (Date.now() - shown_ms) / 1000, frames.total, frames.dropped]);
  }, 250);
}"""
_IS_LOUDER = """async (than) => {
  const video = document.querySelector("video");
  window.__analyser ??= (() => {
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    context.createMediaStreamSource(video.captureStream()).connect(analyser);
    return analyser;
  })();
  await window.__analyser.context.resume();
  const wave = new Float32Array(window.__analyser.fftSize);
  window.__analyser.getFloatTimeDomainData(wave);
  return Math.max(...wave.map(Math.abs)) > than;
}"""


@dataclass(frozen=True, slots=True)
class Picture:
    """One frame as it was seen.

    Args:
        stamp_ms: what its stamp says; None for a picture that we did not draw.
        spots: brightness of sixty places.
        now_ms: wall time at which it was taken off the glass.
    """

    width: int
    height: int
    stamp_ms: int | None
    spots: tuple[float, ...]
    now_ms: float


@dataclass(frozen=True, slots=True)
class Moment:
    """What was measured a quarter of a second after the one before.

    Args:
        shown_s: the wall time that the picture on the glass was made at.
        behind_s: how long ago that was.
        total, dropped: frames since the page began.
    """

    shown_s: float
    behind_s: float
    total: int
    dropped: int


@dataclass(frozen=True, slots=True)
class Glass:
    """A page that shows a picture."""

    page: Page

    async def mark(self) -> None:
        """Mark window and element, so that a reload or another element shows."""
        await self.page.evaluate(_MARK)

    async def marks(self) -> dict[str, Any]:
        return dict(await self.page.evaluate(_IS_MARKED))

    async def counters(self) -> dict[str, Any]:
        return dict(await self.page.evaluate(_COUNTERS))

    async def more_than(self, before: dict[str, Any], *names: str) -> list[int]:
        """By how much these counters have grown since then; how a page opens is another matter."""
        now = await self.counters()
        return [now[name] - before[name] for name in names]

    async def measure(self) -> None:
        """Measure from now on, four times a second."""
        await self.page.evaluate(_MEASURE)

    async def measured(self) -> list[Moment]:
        """Everything so far."""
        return [Moment(*each) for each in await self.page.evaluate("() => window.__measured")]

    async def picture(self) -> Picture:
        seen = await self.page.evaluate(_PICTURE, [framestamp.WIDTH_PX])
        width, height, strip = seen["width"], seen["height"], seen["strip"]

        def brightness(x: int, y: int) -> int:
            return int(strip[x - (width - framestamp.WIDTH_PX)])

        stamp = framestamp.read(brightness, width, height) if strip else None
        return Picture(width, height, stamp, tuple(seen["spots"]), seen["now_ms"])

    async def until_playing(self) -> None:
        await self.page.wait_for_function(_PLAYS, timeout=SEEN_WITHIN_MS)

    async def until_shown(self, instant: datetime) -> None:
        """Wait until the picture on the glass is not older than an instant."""
        since = instant.timestamp() * 1000
        await self.page.wait_for_function(_IS_SHOWN, arg=since, timeout=SEEN_WITHIN_MS)

    async def shown(self) -> datetime:
        """When the picture on the glass was made."""
        return datetime.fromisoformat(await self.page.evaluate(_SHOWN))

    async def until_playing_from(self, path: str) -> None:
        """Wait until a picture from this address plays."""
        await self.page.wait_for_function(_PLAYS_FROM, arg=path, timeout=SEEN_WITHIN_MS)

    async def until_position(self, seconds: float) -> None:
        """Wait until a recording has been played so far."""
        await self.page.wait_for_function(
            "(s) => document.querySelector('video').currentTime >= s",
            arg=seconds,
            timeout=SEEN_WITHIN_MS,
        )

    async def until_sized(self, width: int, height: int) -> None:
        await self.page.wait_for_function(_IS_SIZED, arg=[width, height], timeout=SEEN_WITHIN_MS)

    async def picture_size(self) -> tuple[int, int]:
        """Of the picture itself, not of the place it has; 0, 0 where there is only sound."""
        width, height = await self.page.evaluate(_SIZE)
        return width, height

    async def until_louder_than(self, deflection: float) -> None:
        """Wait until the sound that is played deflects so much, 0 to 1."""
        await self.page.wait_for_function(_IS_LOUDER, arg=deflection, timeout=SEEN_WITHIN_MS)

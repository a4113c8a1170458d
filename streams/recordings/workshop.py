"""What is made of recordings beside the picture: thumbnails, the sound's shape, MP4 files.

    {folder}/{item}/{run}/seen/      small pictures and peaks of everything that was on air; made in
                                     the background when a run has ended, or when one asks for them
    {folder}/{item}/{version}.mp4    one file for download, made when one asks for it

Each is made in a process of its own, one of each kind at a time; the others wait their turn, at
most `MOST_WAITING`, and whoever comes then is told to come later. All of it can be made again: a
nudge, a deletion and a full cache take files away without asking. The cache of MP4 files has a
limit; those that were asked for least lately go first.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from streams.recordings import storyboard
from streams.recordings.examining import PEAKS
from streams.recordings.feeding import Failed, Piece, run
from streams.recordings.replays import Replays
from streams.recordings.spans import Span
from streams.segments import Lane
from streams.shelf import Shelf
from streams.timeline import VIDEO_HZ

log = logging.getLogger("topmoede.recordings")

MOST_WAITING = 100
EXPECTED_EVERY_S = 2.0
MOST_CACHED_BYTES = 20 * 1024**3
NONE = range(0)


@dataclass(slots=True)
class Making:
    """An MP4 that is being made.

    Args:
        done: 0 to 1.
    """

    state: str = "waiting"
    done: float = 0.0


@dataclass(frozen=True, slots=True)
class Download:
    """How an item's MP4 stands: absent, waiting, making, ready or failed."""

    state: str
    version: str
    done: float = 0.0
    size_bytes: int | None = None


@dataclass(slots=True)
class _Line:
    """Those who wait for one kind of work."""

    queue: asyncio.Queue[str] = field(default_factory=lambda: asyncio.Queue(MOST_WAITING))
    known: set[str] = field(default_factory=set)

    def join(self, item: str) -> bool:
        """Whether it is in the line now."""
        if item in self.known:
            return True
        try:
            self.queue.put_nowait(item)
        except asyncio.QueueFull:
            return False
        self.known.add(item)
        return True


class Workshop:
    """Makes them, and knows which there are."""

    def __init__(
        self,
        folder: Path,
        replays: Replays,
        shelf: Shelf,
        most_cached_bytes: int = MOST_CACHED_BYTES,
    ) -> None:
        self._folder = folder
        self._replays = replays
        self._shelf = shelf
        self._most_cached_bytes = most_cached_bytes
        self._looks, self._films = _Line(), _Line()
        self._making: dict[str, Making] = {}
        self._expected: set[str] = set()

    async def look_at_each(self) -> None:
        """Makes thumbnails and peaks of whatever waits, for ever."""
        while True:
            for item in [each for each in self._expected if self.look(each)]:
                self._expected.discard(item)
            try:
                async with asyncio.timeout(EXPECTED_EVERY_S):
                    item = await self._looks.queue.get()
            except TimeoutError:
                continue
            try:
                await self._look(item)
            finally:
                self._looks.known.discard(item)

    async def make_each(self) -> None:
        """Makes MP4 files of whatever waits, for ever."""
        while True:
            asked = await self._films.queue.get()
            try:
                await self._make(asked)
            finally:
                self._films.known.discard(asked)

    def expect(self, item: str) -> None:
        """Has thumbnails and peaks made as soon as the channel has gone on."""
        if len(self._expected) < MOST_WAITING:
            self._expected.add(item)

    def look(self, item: str) -> bool:
        """Has thumbnails and peaks made unless they are there; False: not yet, or too many wait."""
        if self.seen(item) is not None:
            return True
        return self._replays.is_over(item) and self._looks.join(item)

    def seen(self, item: str) -> Path | None:
        """The folder of a recording's thumbnails and peaks; None until they are all there."""
        folder = self._seen_folder(item)
        return folder if folder is not None and (folder / PEAKS).is_file() else None

    def pictures(self, item: str) -> Path | None:
        """The same folder, as far as it is filled."""
        return self._seen_folder(item)

    def download(self, item: str) -> Download | None:
        """How an item's MP4 stands; None where there is no replay."""
        version = self._replays.newest(item)
        if version is None:
            return None
        path, asked = self._mp4(item, version.name), f"{item}/{version.name}"
        making = self._making.get(asked)
        if path.is_file():
            return Download("ready", version.name, 1.0, path.stat().st_size)
        if asked in self._films.known and making is not None:
            return Download(making.state, version.name, making.done)
        state = making.state if making is not None and making.state == "failed" else "absent"
        return Download(state, version.name)

    def make(self, item: str) -> bool:
        """Has the MP4 of an item that is over made; False: too many wait."""
        version = self._replays.newest(item)
        asked = f"{item}/{version.name}" if version else item
        if not self._films.join(asked):
            return False
        self._making[asked] = Making()
        return True

    def file(self, item: str, version: str) -> Path | None:
        """An MP4 that is there, of the newest version alone."""
        newest = self._replays.newest(item)
        if newest is None or newest.name != version:
            return None
        path = self._mp4(item, version)
        if not path.is_file():
            return None
        path.touch()
        return path

    def forget(self, item: str) -> None:
        """Removes everything that was made of an item."""
        for asked in [each for each in self._making if each.partition("/")[0] == item]:
            del self._making[asked]
        shutil.rmtree(self._folder / item, ignore_errors=True)

    # Inside.

    async def _look(self, item: str) -> None:
        folder, spans = self._seen_folder(item), self._replays.spans(item, whole=True)
        if folder is None or not spans or self.seen(item) is not None:
            return
        chosen = storyboard.pictured(spans)
        pieces = (
            Piece(
                span,
                span.parts[Lane.VIDEO][:1] if index in chosen else NONE,
                span.parts[Lane.AUDIO],
            )
            for index, span in enumerate(spans)
        )
        try:
            await run("streams.recordings.examining", [str(folder)], self._shelf, pieces)
        except Failed as failed:
            log.warning("a recording cannot be looked at: %s", failed, extra={"path": item})

    async def _make(self, asked: str) -> None:
        item, _, name = asked.partition("/")
        version, spans = self._replays.newest(item), self._replays.spans(item)
        making = self._making.setdefault(asked, Making())
        if version is None or version.name != name or not spans:
            making.state = "failed"
            return
        making.state = "making"
        path, total = self._mp4(item, version.name), max(1, _bytes_of(spans))
        await asyncio.to_thread(self._make_room, path.parent, total)
        lasts_s = sum(span.duration_ticks for span in spans) / VIDEO_HZ

        def told(written: int) -> None:
            making.done = min(0.99, written / total)

        pieces = (Piece(span, span.parts[Lane.VIDEO], span.parts[Lane.AUDIO]) for span in spans)
        arguments = [str(path), f"{lasts_s:.3f}"]
        try:
            await run("streams.recordings.remux", arguments, self._shelf, pieces, told)
        except Failed as failed:
            making.state = "failed"
            log.warning("a recording cannot be made an MP4: %s", failed, extra={"path": item})
            return
        if self._replays.newest(item) != version:
            path.unlink(missing_ok=True)  # it was nudged, or deleted, meanwhile
        making.state = "ready"

    def _make_room(self, folder: Path, size_bytes: int) -> None:
        """Older versions go, then what was asked for least lately, until there is room."""
        folder.mkdir(parents=True, exist_ok=True)
        for old in (*folder.glob("*.mp4"), *folder.glob("*.part")):
            old.unlink(missing_ok=True)
        kept = sorted(self._folder.glob("*/*.mp4"), key=lambda path: path.stat().st_mtime)
        held = sum(path.stat().st_size for path in kept)
        while kept and held + size_bytes > self._most_cached_bytes:
            oldest = kept.pop(0)
            held -= oldest.stat().st_size
            oldest.unlink(missing_ok=True)

    def _seen_folder(self, item: str) -> Path | None:
        version = self._replays.newest(item)
        return None if version is None else self._folder / item / f"{version.run}" / "seen"

    def _mp4(self, item: str, version: str) -> Path:
        return self._folder / item / f"{version}.mp4"


def _bytes_of(spans: Sequence[Span]) -> int:
    sizes: Mapping[Lane, int] = {
        lane: sum(
            part.size
            for span in spans
            if not span.gap
            for part in span.generation.lanes[lane][span.segment].parts[
                span.parts[lane].start : span.parts[lane].stop
            ]
        )
        for lane in Lane
    }
    return sum(sizes.values())

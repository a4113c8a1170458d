"""What lasts of the day, over HTTP: an item's page, its sound as a file, feeds, the archive.

An item's page and its sound are open to whom its recording is. The feeds are public and hold what
is open to everybody, and no more. The archive is the secretariat's.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from starlette.concurrency import iterate_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.routing import Route

from schedule.library.unlocking import SHOWN, STRANGER
from schedule.programme import Programme
from schedule.show import Show, ShowItem
from server.edition_archive import Kept, archive_of
from server.errors import Refused
from server.feeds import MEDIA_TYPE, Episode, feed
from server.item_captions import MEETS_THE_DUTY, ItemCaptions
from server.problems import NO_STORE
from server.published import PublishedQuestions
from server.record_page import Record, record_page
from server.routes.asking import told
from server.routes.media import MediaRoutes
from server.unlocking import absent
from server.zipping import Zip
from streams.answers import Answers
from streams.recordings.filed import write_sound
from streams.recordings.workshop import Workshop
from streams.shelf import Shelf
from streams.timeline import VIDEO_HZ

SOUND, HLS, MP4 = "audio/mp4", "application/vnd.apple.mpegurl", "video/mp4"
# The page's own style stands in it.
RECORD_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"


@dataclass(frozen=True, slots=True)
class ExportRoutes:
    """Handlers over answers, questions and the rule.

    Args:
        programme: the newest version.
        sounds: where sound files are kept, in a folder of each item that goes with its recording;
            they can be made again.
        downloads: whether others than those backstage may take a file home.
    """

    answers: Answers
    workshop: Workshop
    shelf: Shelf
    media: MediaRoutes
    captions: ItemCaptions
    questions: PublishedQuestions
    programme: Callable[[], Awaitable[Programme]]
    public_url: str
    sounds: Path
    downloads: bool
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _archives: dict[str, Zip] = field(default_factory=dict)
    """The newest one by its tag, for the checksums that it has found."""

    def routes(self) -> list[Route]:
        return [
            Route("/replay/{item}/record.html", told(self.record), methods=["GET"]),
            Route("/replay/{item}/sound.m4a", told(self.sound), methods=["GET"]),
            Route("/feeds/sound.xml", told(self.podcast), methods=["GET"]),
            Route("/feeds/video.xml", told(self.video), methods=["GET"]),
            Route("/archive/edition.zip", told(self.archive), methods=["GET"]),
        ]

    async def record(self, request: Request) -> Response:
        """One item's page for the lasting record."""
        entry = await self.media.viewers.entry(request, request.path_params["item"])
        page = record_page(await self._record(entry, await self._show()))
        headers = NO_STORE | {"content-security-policy": RECORD_POLICY}
        return Response(page, 200, headers, "text/html")

    async def sound(self, request: Request) -> Response:
        """The sound of an item as one file, or any range of it."""
        item = request.path_params["item"]
        entry = await self.media.viewers.entry(request, item)
        anybody = self.downloads or await self._is_public(entry)
        if not anybody and not await self.media.sees_all(request, item):
            raise absent()
        path = await self._sound_of(entry)
        if path is None:
            raise absent()
        return FileResponse(path, media_type=SOUND, headers=NO_STORE)

    async def podcast(self, request: Request) -> Response:
        """The sound of everything that is open to everybody, as a podcast."""
        episodes = []
        for entry in await self._public():
            if (path := await self._sound_of(entry)) is not None:
                url = f"{self.public_url}/replay/{quote(entry.id)}/sound.m4a"
                size = (await asyncio.to_thread(path.stat)).st_size
                episodes.append(self._episode(entry, url, SOUND, size))
        return await self._feed("/feeds/sound.xml", "lyd", episodes)

    async def video(self, request: Request) -> Response:
        """Everything that is open to everybody, as a video feed."""
        episodes = []
        for entry in await self._public():
            there = self.workshop.download(entry.id) if self.downloads else None
            replay = f"{self.public_url}/replay/{quote(entry.id)}"
            if there is not None and there.state == "ready" and there.size_bytes:
                url = f"{replay}/{there.version}/recording.mp4"
                episodes.append(self._episode(entry, url, MP4, there.size_bytes))
            else:
                episodes.append(self._episode(entry, f"{replay}/index.m3u8", HLS, 0))
        return await self._feed("/feeds/video.xml", "video", episodes)

    async def archive(self, request: Request) -> Response:
        """The whole edition as a ZIP, or one range of it; for the secretariat."""
        person = await self.media.asking.person(request)
        if person.role != "secretariat":
            raise absent()
        made = await self._archive()
        first, last = _range(request, made)
        name = f"{(await self._show()).edition}.zip"
        headers = NO_STORE | {
            "accept-ranges": "bytes",
            "etag": f'"{made.tag}"',
            "content-length": str(last - first + 1),
            "content-disposition": f'attachment; filename="{name}"',
        }
        status = 200
        if (first, last) != (0, made.size - 1):
            status, headers["content-range"] = 206, f"bytes {first}-{last}/{made.size}"
        body: Iterator[bytes] = made.read(first, last)
        return StreamingResponse(iterate_in_threadpool(body), status, headers, "application/zip")

    # Inside.

    async def _show(self) -> Show:
        return await self.media.viewers.unlocking.show()

    async def _is_public(self, entry: ShowItem) -> bool:
        found = await self.media.viewers.unlocking.of(entry, STRANGER, await self._show())
        return found.state == "open"

    async def _public(self) -> list[ShowItem]:
        """What is over and open to everybody."""
        return [
            entry
            for entry in (await self._show()).items
            if self._is_over(entry) and await self._is_public(entry)
        ]

    def _is_over(self, entry: ShowItem) -> bool:
        replays = self.answers.replays
        shown = entry.item.kind in SHOWN and entry.state != "on_air"
        return shown and replays.is_over(entry.id) and bool(replays.spans(entry.id))

    def _episode(self, entry: ShowItem, url: str, media_type: str, size: int) -> Episode:
        last = self.answers.replays.spans(entry.id)[-1]
        lasts_s = (last.at_ticks + last.duration_ticks) / VIDEO_HZ
        began = entry.actual_start or entry.item.start
        return Episode(entry.item, began, lasts_s, url, media_type, size)

    async def _feed(self, path: str, kind: str, episodes: Sequence[Episode]) -> Response:
        programme = await self.programme()
        title, page = f"{programme.title} – {kind}", f"{self.public_url}/bibliotek"
        body = feed(programme, title, self.public_url + path, page, episodes)
        return Response(body, 200, NO_STORE | {"content-type": MEDIA_TYPE})

    async def _sound_of(self, entry: ShowItem) -> Path | None:
        """The sound's file, made now where it is not there; one at a time."""
        version = self.answers.replays.newest(entry.id)
        if version is None or not self._is_over(entry):
            return None
        path = self.sounds / entry.id / f"{version.name}.m4a"
        async with self._turn:
            if not await asyncio.to_thread(path.exists):
                await asyncio.to_thread(self._make_sound, entry.id, path)
        return path

    def _make_sound(self, item: str, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        for old in path.parent.glob("*.m4a"):
            old.unlink(missing_ok=True)
        write_sound(self.shelf, self.answers.replays.spans(item), path)

    async def _record(self, entry: ShowItem, show: Show) -> Record:
        questions = await self.questions.of(entry.id)
        said = await asyncio.to_thread(self.captions.transcripts, entry, MEETS_THE_DUTY)
        return Record(show, entry, questions, said)

    async def _archive(self) -> Zip:
        show, programme = await self._show(), await self.programme()
        shown = [entry for entry in show.items if entry.item.kind in SHOWN]
        records = [await self._record(entry, show) for entry in shown]
        kept = Kept(programme, show, records, self.answers.replays.spans)
        made = await asyncio.to_thread(archive_of, kept, self.shelf)
        if made.tag not in self._archives:
            self._archives.clear()
            self._archives[made.tag] = made
        return self._archives[made.tag]


def _range(request: Request, made: Zip) -> tuple[int, int]:
    """The range that is asked for; everything where it is of another archive than this one.

    Raises:
        Refused: `bad_range` where it begins behind the end.
    """
    whole = 0, made.size - 1
    asked = re.fullmatch(r"bytes=(\d{1,18})-(\d{1,18})?", request.headers.get("range", ""))
    if asked is None or request.headers.get("if-range", f'"{made.tag}"') != f'"{made.tag}"':
        return whole
    first, last = int(asked[1]), min(int(asked[2] or whole[1]), whole[1])
    if first > last:
        raise Refused("bad_range", f"expected a range within {made.size} bytes; came {first}")
    return first, last

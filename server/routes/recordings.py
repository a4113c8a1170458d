"""Recordings over HTTP: the strip that a cut is made on, thumbnails, one file, the whole day.

Who may see an item's replay is asked of the same place as for its playlists. What was cut away is
seen by those who make the cuts, and by nobody else. A replay may be taken home as a file by those
backstage, and by others where the edition allows it (`downloads`).
"""

from __future__ import annotations

import asyncio
import json
import re
from collections import OrderedDict
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from schedule.library.unlocking import STRANGER
from schedule.show import ShowItem
from server.errors import Refused
from server.problems import NO_STORE, not_signed_in
from server.routes.asking import told
from server.routes.json_answers import json_answer
from server.routes.media import MediaRoutes, passed_on, takes_gzip
from server.unlocking import absent
from streams.answers import Answers
from streams.recordings import storyboard
from streams.recordings.day import OpenItem
from streams.recordings.examining import BIN_TICKS, PEAKS
from streams.recordings.replays import ALL
from streams.recordings.spans import Span, gaps_of, place_of
from streams.recordings.workshop import Workshop
from streams.segments import Lane
from streams.timeline import VIDEO_HZ

SHEETS_KEPT = 64
BUSY_RETRY_MS = 30_000
MP4 = "video/mp4"


@dataclass(frozen=True, slots=True)
class RecordingRoutes:
    """Handlers over answers and the workshop.

    Args:
        media: who may replay what is asked there.
        downloads: whether others than those backstage may take a file home.
    """

    answers: Answers
    workshop: Workshop
    media: MediaRoutes
    downloads: bool
    _sheets: OrderedDict[tuple[str, str, str, int], bytes] = field(default_factory=OrderedDict)

    def routes(self) -> list[Route]:
        item, get = "/replay/{item}", ["GET"]
        return [
            Route("/api/recordings/{item}", told(self.strip), methods=get),
            Route(f"{item}/storyboard.json", told(self.storyboard), methods=get),
            Route(f"{item}/{{cut}}/storyboard-{{sheet}}.jpg", told(self.sheet), methods=get),
            Route(f"{item}/download.json", told(self.download), methods=get),
            Route(f"{item}/download", told(self.make), methods=["POST"]),
            Route(f"{item}/{{cut}}/recording.mp4", told(self.file), methods=get),
            Route("/day/index.m3u8", told(self.day), methods=get),
            Route("/day/chapters.json", told(self.chapters), methods=get),
            Route("/day/{day}/{lane}.m3u8", told(self.day_lane), methods=get),
        ]

    # The strip.

    async def strip(self, request: Request) -> Response:
        """What a cut is made on: every part of what was on air, and the sound's shape."""
        item = request.path_params["item"]
        await self._cutter(request, item)
        spans = self.answers.replays.spans(item, whole=True)
        if not spans:
            raise absent()
        self.workshop.look(item)
        folder = self.workshop.seen(item)
        peaks = await asyncio.to_thread(_peaks, folder / PEAKS, spans) if folder else None
        return json_answer(
            {
                "item": item,
                "duration_s": _seconds(spans[-1].at_ticks + spans[-1].duration_ticks),
                "gaps": [[_seconds(at) for at in gap] for gap in gaps_of(spans)],
                "parts": _parts(spans),
                "peaks": peaks,
                "peaks_a_second": VIDEO_HZ / BIN_TICKS,
            }
        )

    async def storyboard(self, request: Request) -> Response:
        """Which small picture stands where in the replay; `?whole` for those who cut it."""
        item = request.path_params["item"]
        whole = "whole" in request.query_params
        await (self._cutter if whole else self._viewer)(request, item)
        version = self.answers.replays.newest(item)
        if version is None:
            raise absent()
        self.workshop.look(item)
        spans = self.answers.replays.spans(item, whole=whole)
        tiles = await asyncio.to_thread(self._tiles, item, spans)
        name = ALL if whole else version.name
        return json_answer(
            {
                "ready": self.workshop.seen(item) is not None,
                "state": self._state(item),
                "tile": storyboard.TILE,
                "columns": storyboard.COLUMNS,
                "sheets": [
                    f"/replay/{quote(item)}/{name}/storyboard-{number}.jpg"
                    for number in range(-(-len(tiles) // storyboard.A_SHEET))
                ],
                "a_sheet": storyboard.A_SHEET,
                "at_s": [_seconds(at) for at, _ in tiles],
                "gaps": [[_seconds(at) for at in gap] for gap in gaps_of(spans)],
            }
        )

    async def sheet(self, request: Request) -> Response:
        """A sheet of small pictures."""
        asked = request.path_params
        item, cut = asked["item"], asked["cut"]
        number = int(asked["sheet"]) if re.fullmatch("[0-9]{1,6}", asked["sheet"]) else -1
        whole = cut == ALL
        await (self._cutter if whole else self._viewer)(request, item)
        version = self.answers.replays.newest(item)
        if version is None or not (whole or version.name == cut):
            raise absent()
        key = (item, version.name, cut, number)
        if key not in self._sheets:
            spans = self.answers.replays.spans(item, whole=whole)
            made = await asyncio.to_thread(
                lambda: storyboard.sheet(self._tiles(item, spans), number)
            )
            if made is None:
                raise absent()
            if self.workshop.seen(item) is None:
                return _picture(made)  # more will come
            self._sheets[key] = made
            while len(self._sheets) > SHEETS_KEPT:
                self._sheets.popitem(last=False)
        return _picture(self._sheets[key])

    # One file.

    async def download(self, request: Request) -> Response:
        """How the replay's MP4 file stands."""
        item = request.path_params["item"]
        await self._taker(request, item)
        return self._standing(item)

    async def make(self, request: Request) -> Response:
        """Has the replay's MP4 file made."""
        self.media.asking.must_be_ours(request)
        item = request.path_params["item"]
        entry = await self._taker(request, item)
        there = self.workshop.download(item)
        if there is None:
            raise absent()
        if entry.state == "on_air" or not self.answers.replays.is_over(item):
            raise Refused("still_on_air", "expected an item that is over; it is on air")
        if there.state in ("absent", "failed") and not self.workshop.make(item):
            detail = "expected fewer files being made; came many"
            raise Refused("busy", detail, retry_ms=BUSY_RETRY_MS)
        return self._standing(item)

    async def file(self, request: Request) -> Response:
        """The replay as one MP4 file, or any range of it."""
        item = request.path_params["item"]
        entry = await self._taker(request, item)
        path = self.workshop.file(item, request.path_params["cut"])
        if path is None:
            raise absent()
        name = re.sub(r"[^\w .,-]+", "", entry.item.title).strip()[:80] or item
        return FileResponse(path, media_type=MP4, filename=f"{name}.mp4", headers=NO_STORE)

    # The day.

    async def day(self, request: Request) -> Response:
        """Everything that was on air and is open to whoever asks, as one replay."""
        name = await self._day(request)
        return passed_on(request, self.answers.day(name))

    async def day_lane(self, request: Request) -> Response:
        """One lane of a day, for those to whom all of it is open."""
        asked = request.path_params
        items = self.answers.days.items(asked["day"])
        for item in items:
            await self._viewer(request, item)
        if not items and await self.media.viewers.of(request, "") == STRANGER:
            raise not_signed_in()
        answer = await self.answers.day_lane(
            asked["day"], asked["lane"], packed=takes_gzip(request)
        )
        return passed_on(request, answer)

    async def chapters(self, request: Request) -> Response:
        """What stands where in the day."""
        name = await self._day(request)
        chapters = await self.answers.days.chapters(name)
        return json_answer({"chapters": [asdict(each) for each in chapters]})

    # Who may.

    async def _viewer(self, request: Request, item: str) -> ShowItem:
        return await self.media.viewers.entry(request, item)

    async def _cutter(self, request: Request, item: str) -> ShowItem:
        entry = await self._viewer(request, item)
        if not await self.media.sees_all(request, item):
            raise absent()
        return entry

    async def _taker(self, request: Request, item: str) -> ShowItem:
        entry = await self._viewer(request, item)
        if not self.downloads and not await self.media.sees_all(request, item):
            raise absent()
        return entry

    async def _day(self, request: Request) -> str:
        viewers = self.media.viewers
        viewer, show = await viewers.of(request, ""), await viewers.unlocking.show()
        shown = [
            entry
            for entry in sorted(show.items, key=_when)
            if entry.state != "on_air" and entry.run > 0 and _stands_alone(entry)
        ]
        open_items = [
            OpenItem(entry.id, entry.item.title)
            for entry in shown
            if (await viewers.unlocking.of(entry, viewer, show)).state == "open"
        ]
        name = self.answers.days.name(open_items)
        if name is None:
            raise not_signed_in() if viewer == STRANGER else absent()
        return name

    # Inside.

    def _standing(self, item: str) -> Response:
        there = self.workshop.download(item)
        if there is None:
            raise absent()
        url = f"/replay/{quote(item)}/{there.version}/recording.mp4"
        ready = {"url": url, "size_bytes": there.size_bytes} if there.state == "ready" else {}
        return json_answer({"state": there.state, "done": round(there.done, 3)} | ready)

    def _state(self, item: str) -> str:
        """Rough until a person has looked; what nobody cuts (a film) is as it should be."""
        known = self.answers.replays.recordings.items.get(item)
        if known is not None:
            return known.state
        return "clean" if self.answers.replays.film(item) is not None else "rough"

    def _tiles(self, item: str, spans: list[Span]) -> list[tuple[int, Any]]:
        version = self.answers.replays.newest(item)
        folder = self.workshop.pictures(item) if version else None
        return storyboard.tiles_of(folder, spans) if folder else []


def _stands_alone(entry: ShowItem) -> bool:
    """Breaks have slates, which nobody wants to see again; what runs beside has its own replay."""
    return not entry.is_side and entry.item.kind in ("live", "recorded")


def _when(entry: ShowItem) -> Any:
    return entry.actual_start or entry.expected_start


def _parts(spans: list[Span]) -> dict[str, list[Any]]:
    """Where each part begins, in the replay's seconds and on the event clock, and of what kind."""
    at_s: list[float] = []
    ticks: list[int] = []
    ends: list[int] = []
    kinds: list[int] = []
    for span in spans:
        parts = span.generation.lanes[Lane.VIDEO][span.segment].parts
        for index in span.parts[Lane.VIDEO]:
            part = parts[index]
            at_s.append(_seconds(span.at_ticks + part.start_ticks - span.start_ticks))
            ticks.append(part.start_ticks)
            ends.append(part.start_ticks + part.duration_ticks)
            kinds.append(2 * int(index == span.parts[Lane.VIDEO].start) + int(part.independent))
    return {"at_s": at_s, "ticks": ticks, "ends": ends, "kinds": kinds}


def _peaks(path: Any, spans: list[Span]) -> list[int]:
    """The sound's shape on the replay's time, a tenth of a second each."""
    lasts = spans[-1].at_ticks + spans[-1].duration_ticks
    bins = [0] * (lasts // BIN_TICKS + 1)
    for begins, loud in json.loads(path.read_text("utf-8")):
        for index, peak in enumerate(loud):
            at = place_of(spans, begins + index * BIN_TICKS)
            if at is not None:
                bins[at // BIN_TICKS] = max(bins[at // BIN_TICKS], peak)
    return bins


def _seconds(ticks: int) -> float:
    return round(ticks / VIDEO_HZ, 3)


def _picture(data: bytes) -> Response:
    return Response(data, 200, NO_STORE, "image/jpeg")

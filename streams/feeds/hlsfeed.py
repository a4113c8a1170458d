"""An HLS stream fetched from elsewhere, as an input of a source.

Opened: the URL's playlist, and where that names renditions the best in H.264 up to 1080 lines, with
its sound from another playlist where it is there. Read by one task for each rendition
(foreignrendition.py), shown by one for each lane, on the event clock, in step (pacing.py). What
fails ends all of them; the state says why in a code and a sentence, and it is opened again after a
while. Meanwhile the source is lost, and whoever shows it has the slate.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from streams.errors import Refused
from streams.feeds.contribution import Contribution, Emit
from streams.feeds.elementary import Coded, Trouble
from streams.feeds.feeding import Backoff, FeedState, Place, Surroundings
from streams.feeds.foreignplaylist import LONGEST_PIECE_S, Multivariant, best_of, read_playlist
from streams.feeds.foreignrendition import PLAYLIST_LIMIT, Arrived, Rendition, Taken
from streams.feeds.outgoing import Outgoing, joined
from streams.feeds.pacing import Pacing
from streams.segments import Lane
from streams.timeline import VIDEO_HZ

log = logging.getLogger("topmoede.hlsfeed")

SOUND_WAITS_S = 30.0
_LOOK_EVERY_S = 0.1
_STEP_GUESS_TICKS = VIDEO_HZ // 25
_FURTHEST_TICKS = int(2 * LONGEST_PIECE_S) * VIDEO_HZ


@dataclass(frozen=True, slots=True)
class HlsPlan:
    """What to fetch.

    Args:
        intranet: `host:port` of the one host that may be private; see outgoing.py.
    """

    url: str
    intranet: str | None = None


class Playout:
    """What was fetched, shown in its time: the live source that the desk packages."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._around = surroundings
        self._pacing = Pacing()
        self._contribution = Contribution()
        self._last_dts: int | None = None
        self._until: int | None = None

    # -- for the desk

    def start(self, emit: Emit) -> None:
        """Hand out access units from now on."""
        self._contribution.start(emit)

    def request_keyframe(self) -> None:
        """Nobody can be asked; pieces begin with one."""

    def close(self) -> None:
        """Hand nothing out any more."""
        self._contribution.close()

    def health(self) -> dict[str, object]:
        """Figures for backstage."""
        ready = 0 if self._until is None else self._until - self._around.event_ticks()
        return {
            "ready_s": round(ready / VIDEO_HZ, 1),
            "anchored": self._pacing.anchored,
            "sound_coded_anew": self._contribution.coded_anew,
        }

    # -- for the feed

    async def show_pictures(self, queue: asyncio.Queue[Arrived]) -> None:
        """Show pieces of pictures, and sound that is in them, until cancelled."""
        while True:
            await self.show(await queue.get())
            queue.task_done()

    async def show_sounds(self, queue: asyncio.Queue[Arrived]) -> None:
        """Show pieces of sound alone, until cancelled; they follow the pictures."""
        while True:
            arrived = await queue.get()
            waited_s = 0.0
            while self._at(arrived, 0) is None and waited_s < SOUND_WAITS_S:
                await self._around.sleep(_LOOK_EVERY_S)
                waited_s += _LOOK_EVERY_S
            for coded in arrived.frames:
                if coded.lane is Lane.AUDIO:
                    await self._sound(arrived, coded)
            queue.task_done()

    async def show(self, arrived: Arrived) -> None:
        """Show one piece."""
        pictures = [coded.dts for coded in arrived.frames if coded.lane is Lane.VIDEO]
        if not pictures:
            return
        ahead = self._pacing.ahead
        first = pictures[0]
        lasts = max(ahead(first, each) for each in pictures) + _STEP_GUESS_TICKS
        begins = self._pacing.place(
            first,
            min(lasts, _FURTHEST_TICKS),
            arrived.piece.discontinuity,
            arrived.arrival_ticks,
            arrived.missing_ticks,
            arrived.hold_ticks,
        )
        self._until = begins + lasts
        for coded in sorted(arrived.frames, key=lambda each: ahead(first, each.dts)):
            if abs(ahead(first, coded.dts)) > _FURTHEST_TICKS:
                continue
            if coded.lane is Lane.AUDIO:
                await self._sound(arrived, coded)
            else:
                await self._picture(coded, begins + ahead(first, coded.dts))

    async def _picture(self, coded: Coded, dts: int) -> None:
        await self._wait_until(dts)
        if self._last_dts is not None:
            dts = max(dts, self._last_dts + 1)
        self._last_dts = dts
        self._contribution.picture(coded, dts + self._pacing.ahead(coded.dts, coded.pts), dts)

    async def _sound(self, arrived: Arrived, coded: Coded) -> None:
        ticks = self._at(arrived, coded.pts)
        if ticks is None or ticks - self._around.event_ticks() > _FURTHEST_TICKS:
            return
        await self._wait_until(ticks)
        self._contribution.sound(coded, ticks)

    def _at(self, arrived: Arrived, count: int) -> int | None:
        return self._pacing.at(arrived.piece.discontinuity, count)

    async def _wait_until(self, ticks: int) -> None:
        ahead = ticks - self._around.event_ticks()
        if ahead > 0:
            await self._around.sleep(ahead / VIDEO_HZ)


class HlsFeed:
    """One input that is fetched (feeding.Feed).

    Args:
        outgoing: makes the client that fetches, for the plan's intranet.
    """

    def __init__(
        self,
        place: Place,
        plan: HlsPlan,
        surroundings: Surroundings,
        outgoing: Callable[[str | None], Outgoing] = Outgoing,
    ) -> None:
        self.place = place
        self._plan = plan
        self._around = surroundings
        self._outgoing = outgoing
        self._backoff = Backoff()
        self._state = FeedState()
        self._renditions: list[Rendition] = []
        self._taken = Taken(), Taken()
        """Of the pictures, and of sound that is elsewhere."""

    @property
    def state(self) -> FeedState:
        """How it stands."""
        troubles: list[Trouble] = [each.trouble for each in self._renditions if each.trouble]
        if troubles:
            return FeedState("troubled", troubles[0].code, troubles[0].detail)
        return self._state

    async def run(self) -> None:
        """Fetch until cancelled."""
        while True:
            try:
                await self._pull()
            except* Refused as refusals:
                refused = _first(refusals)
            wait_s = self._backoff.next_s()
            self._state = FeedState("troubled", refused.code, refused.detail)
            extra = {"source": self.place.source, "code": refused.code, "again_in_s": wait_s}
            log.warning("hls: given up for now", extra=extra)
            await self._around.sleep(wait_s)

    async def _pull(self) -> None:
        """Open the stream and show it. Raises Refused, alone or in a group."""
        outgoing, playout = self._outgoing(self._plan.intranet), Playout(self._around)
        try:
            picture, sound = await self._open(outgoing)
            urls = [picture] if sound is None else [picture, sound]
            around = self._around
            self._renditions = [
                Rendition(outgoing, url, around.event_ticks, around.sleep, taken)
                for url, taken in zip(urls, self._taken, strict=False)
            ]
            async with asyncio.TaskGroup() as tasks:
                for rendition in self._renditions:
                    tasks.create_task(rendition.run())
                if sound is not None:
                    tasks.create_task(playout.show_sounds(self._renditions[1].queue))
                tasks.create_task(self._show(playout, self._renditions[0]))
        finally:
            self._renditions = []
            self._around.detach(playout)
            await outgoing.close()

    async def _show(self, playout: Playout, pictures: Rendition) -> None:
        """Attach when the first piece is there, and show all of them."""
        first = await pictures.queue.get()
        self._around.attach(playout)
        self._state = FeedState("connected")
        self._backoff.reset()
        await playout.show(first)
        pictures.queue.task_done()
        await playout.show_pictures(pictures.queue)

    async def _open(self, outgoing: Outgoing) -> tuple[str, str | None]:
        """The URLs of the picture's playlist, and of the sound's where it has its own."""
        fetched = await outgoing.fetch(self._plan.url, PLAYLIST_LIMIT)
        playlist = read_playlist(fetched.body)
        if not isinstance(playlist, Multivariant):
            return self._plan.url, None
        best, sound = best_of(playlist)
        return joined(fetched.url, best.uri), joined(fetched.url, sound) if sound else None


def _first(refusals: BaseExceptionGroup[Refused]) -> Refused:
    for each in refusals.exceptions:
        return _first(each) if isinstance(each, BaseExceptionGroup) else each
    raise AssertionError("a group is never empty")

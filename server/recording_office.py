"""The recordings of the media side: what people say of them is carried out here.

A cut holds from the next request on. When a run has ended, its thumbnails are made; when a
recording is deleted, what was made of it goes at once, and its segments as soon as no live playlist
lists them any more. What storage does not let go of is tried again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping

from server.entries import Entry
from server.house import House
from streams.desk import Desk
from streams.recordings.recordings import Recordings
from streams.recordings.replays import Replays
from streams.recordings.workshop import Workshop

log = logging.getLogger("topmoede.recordings")

RECORDINGS = "recordings"
REMOVE_EVERY_S = 30.0


class RecordingOffice:
    """Follows the topic `recordings`."""

    def __init__(self, house: House, desk: Desk, replays: Replays, workshop: Workshop) -> None:
        self._house = house
        self._desk = desk
        self._replays = replays
        self._workshop = workshop
        self._to_remove = asyncio.Event()

    def long_tasks(self) -> Mapping[str, Callable[[], Awaitable[None]]]:
        """What the app must keep running."""
        return {
            "thumbnails": self._workshop.look_at_each,
            "downloads": self._workshop.make_each,
            "removal": self._remove_deleted,
        }

    async def follow(self) -> None:
        """Carries out what the topic says now; saying it twice does nothing."""
        self._keep((await self._house.dispatch.unit_of(RECORDINGS)).face(RECORDINGS))

    def hear(self, entry: Entry) -> None:
        """What was just said of a replay; a fault here must not undo the commit."""
        try:
            self._keep(self._house.dispatch.opened(RECORDINGS).face(RECORDINGS))
        except Exception:
            log.exception("what is said of recordings cannot be heard", extra={"topic": RECORDINGS})
        if entry.envelope.name == "recording_ready":
            self._workshop.expect(str(entry.data["item"]))

    def _keep(self, recordings: Recordings) -> None:
        before, self._replays.recordings = self._replays.recordings, recordings
        if recordings != before and any(
            each.state == "deleted" for each in recordings.items.values()
        ):
            self._to_remove.set()

    async def _remove_deleted(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(REMOVE_EVERY_S):
                    await self._to_remove.wait()
            self._to_remove.clear()
            recordings = self._replays.recordings
            for item, each in recordings.items.items():
                if each.state == "deleted":
                    await asyncio.to_thread(self._workshop.forget, item)
            try:
                removed = await self._desk.remove(recordings)
            except OSError as error:
                log.warning("what was deleted cannot be removed yet: %s", error)
                continue
            if removed:
                log.info("%s segments removed", removed)

"""Gathers what lasts of an edition: each item's record, the day as it ran, all of it as one ZIP.

It asks the log and the storage, and nobody over HTTP: a server's routes stand on it, and so does
`topmoede archive`.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from schedule.events import TimesReckoned
from schedule.library.unlocking import SHOWN
from schedule.programme import Programme
from schedule.show import Show, ShowItem
from server import wire
from server.as_run import Line, lines_of
from server.documents import Documents
from server.edition_archive import Kept, archive_of
from server.house import House
from server.item_captions import MEETS_THE_DUTY, ItemCaptions
from server.newest import programme_of, show_of
from server.published import PublishedQuestions
from server.record_page import Record
from server.zipping import Zip
from streams.recordings.replays import Replays
from streams.shelf import Shelf

RECKONED = wire.name_of(TimesReckoned)
"""What the clock expects is no part of what has been."""


@dataclass(frozen=True, slots=True)
class Archivist:
    """Gathers from an opened house, and from what its media side has."""

    house: House
    replays: Replays
    shelf: Shelf
    captions: ItemCaptions
    questions: PublishedQuestions
    documents: Documents

    async def show(self) -> Show:
        return await show_of(self.house.dispatch)

    async def programme(self) -> Programme:
        """The newest version."""
        return await programme_of(self.house.dispatch, self.house.journal)

    async def record(self, entry: ShowItem, show: Show) -> Record:
        """What is known of an item, its documents apart."""
        questions = await self.questions.of(entry.id)
        transcripts = await asyncio.to_thread(self.captions.transcripts, entry, MEETS_THE_DUTY)
        return Record(show, entry, questions, transcripts)

    async def log(self, show: Show) -> list[Line]:
        """What was taken, held, skipped, moved and said on air, and when."""
        journal, zone = self.house.journal, ZoneInfo(show.timezone)
        head = (await self.house.dispatch.unit_of("show")).position("show").head
        lines: list[Line] = []
        for entry in await journal.entries("show", 0, head):
            place = entry.envelope
            if place.name != RECKONED:
                at = place.show_at or self.house.clock.show_map.to_show(place.at)
                lines += lines_of(entry, at, zone)
        return lines

    async def archive(self) -> Zip:
        """Everything as it is at this moment."""
        show, programme = await self.show(), await self.programme()
        documents = {entry.id: await self.documents.of(entry.id) for entry in show.items}
        shown = [e for e in show.items if e.item.kind in SHOWN or documents[e.id]]
        kept = Kept(
            programme,
            show,
            [await self.record(entry, show) for entry in shown],
            await self.log(show),
            self.replays.spans,
            documents,
            self.documents.read,
        )
        return await asyncio.to_thread(archive_of, kept, self.shelf)

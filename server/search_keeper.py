"""Keeps the library's index as the log and the caption files are.

It looks every few seconds, and at once when the library is told of captions or documents. An item
whose programme, captions, documents and answered questions are as they were costs nothing; another
one is put in anew, if its digest says that the index holds something else. So an empty index fills
by itself, and a process that starts again writes nothing.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from schedule.library.documentwords import EVENTS as DOCUMENT_EVENTS
from schedule.library.events import CaptionsNoted
from schedule.library.library import Library
from schedule.library.unlocking import SHOWN
from schedule.programme import Item
from schedule.show import Show, ShowItem
from server import wire
from server.clock import Clock
from server.entries import Entry
from server.item_captions import ItemCaptions, Written, cues_of
from server.item_questions import WINDOW, Question, questions_of
from server.search_index import SearchIndex
from server.searching import KINDS, LONGEST_TEXT, Passage
from streams.films.captions import CaptionFaults

log = logging.getLogger("topmoede.search")

LOOK_EVERY_S = 5.0
FOUND = SHOWN | {WINDOW}
"""The kinds of items that can be found: what leaves a recording, and a committee's window. Anything
else is, where it has documents."""

HEARD = frozenset(map(wire.name_of, (CaptionsNoted, *DOCUMENT_EVENTS)))
"""Of these it is known at once that an item is found by something else."""


@dataclass(frozen=True, slots=True)
class Material:
    """All that an item is found by, cheap to compare."""

    item: Item
    captions: tuple[Written, ...]
    documents: tuple[str, ...]
    questions: tuple[tuple[str, str, float | None], ...]


class SearchKeeper:
    """Brings the index up to date.

    Args:
        questions: every question of the committee's windows.
    """

    def __init__(
        self,
        index: SearchIndex,
        captions: ItemCaptions,
        show: Callable[[], Awaitable[Show]],
        library: Callable[[], Awaitable[Library]],
        questions: Callable[[], Awaitable[Sequence[Question]]],
        clock: Clock,
    ) -> None:
        self._index = index
        self._captions = captions
        self._show = show
        self._library = library
        self._questions = questions
        self._clock = clock
        self._known: dict[str, Material] = {}
        self._noted = asyncio.Event()

    async def run(self) -> None:
        """Looks for as long as the process lives."""
        self._known = {}  # another process may have kept it meanwhile
        while True:
            self._noted.clear()
            await self.bring_up()
            try:
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._noted.wait()
            except TimeoutError:
                pass

    def hear(self, entries: Iterable[Entry]) -> None:
        """What came into the log: there may be other captions or documents."""
        if any(entry.envelope.name in HEARD for entry in entries):
            self._noted.set()

    async def bring_up(self) -> int:
        """Puts in what has changed; how many items."""
        show, questions = await self._show(), await self._questions()
        documents = (await self._library()).documents
        entries = [e for e in show.items if e.item.kind in FOUND or documents.get(e.id)]
        captions = await asyncio.to_thread(self._written, entries)
        material = {
            entry.id: Material(
                entry.item,
                captions[entry.id],
                tuple(one.title for one in documents.get(entry.id, ())),
                tuple(_told(one) for one in self._of(entry, show, questions)),
            )
            for entry in entries
        }
        changed = [
            item for item, all_of_it in material.items() if self._known.get(item) != all_of_it
        ]
        if not changed and material.keys() == self._known.keys():
            return 0
        return await self._write(material, changed)

    async def _write(self, material: Mapping[str, Material], changed: Sequence[str]) -> int:
        digests, written = await self._index.digests(), 0
        for item in digests.keys() - material.keys():
            await self._index.remove(item)
            written += 1
        for item in changed:
            passages = await asyncio.to_thread(lambda of: list(_passages(of)), material[item])
            digest = _digest(passages)
            if digests.get(item) != digest:
                await self._index.put(item, digest, passages)
                written += 1
        self._known = dict(material)
        return written

    def _of(self, entry: ShowItem, show: Show, questions: Iterable[Question]) -> Sequence[Question]:
        return questions_of(entry, show, questions, self._clock.show_map)

    def _written(self, entries: Iterable[ShowItem]) -> dict[str, tuple[Written, ...]]:
        """The captions of each, whatever made its recording. Looks for files, so in a thread."""
        return {entry.id: tuple(self._captions.written(entry)) for entry in entries}


def _told(question: Question) -> tuple[str, str, float | None]:
    answer = question["answer"].get("text") or ""
    return question["text"], answer, question.get("at_s")


def _passages(material: Material) -> Iterator[Passage]:
    """Everything an item is found by. Reads files, so in a thread."""
    item = material.item
    for title in dict.fromkeys((item.title, item.short_title, item.long_title)):
        if title:
            yield Passage("title", title)
    for person in item.people:
        yield Passage("person", f"{person.name}, {person.title}" if person.title else person.name)
    for text in (item.description, *item.questions):
        if text:
            yield Passage("text", text)
    for title in material.documents:
        yield Passage("document", title)
    for question, answer, at_s in material.questions:
        yield Passage("question", question, at_s)
        if answer:
            yield Passage("question", answer, at_s)
    for written in material.captions:
        yield from _of_captions(written)


def _of_captions(written: Written) -> Iterator[Passage]:
    try:
        cues = cues_of(written)
    except (OSError, CaptionFaults) as error:
        log.warning("captions were left out of the index", extra={"code": str(error)})
        return
    for cue in cues:
        yield Passage("caption", " ".join(cue.text.split()), cue.start_s, written.language)


def _digest(passages: Iterable[Passage]) -> str:
    # Kinds are kept by their place: where there are others, everything is put in anew.
    found = hashlib.sha256(" ".join(KINDS).encode())
    for one in passages:
        text = one.text[:LONGEST_TEXT]
        found.update(f"{one.kind}\0{one.language}\0{one.at_s}\0{text}\n".encode())
    return found.hexdigest()

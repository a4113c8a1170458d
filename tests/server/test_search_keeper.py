from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from json import dumps
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from schedule.library.documentwords import Document, DocumentAdded
from schedule.library.library import Library
from schedule.programme import PersonInItem
from schedule.runofshow import initial
from schedule.show import Show
from server import search_keeper, wire
from server.clock import VirtualClock, same_as_wall
from server.database import EDITIONS, Database
from server.entries import Entry
from server.item_captions import ItemCaptions, TrackKind
from server.journal import new_edition
from server.search_index import SearchIndex
from server.search_keeper import SearchKeeper
from server.searching import asked
from streams.films.captionfiles import CaptionFiles
from streams.films.stretches import Stretch
from streams.recordings.showing import Showing
from streams.timeline import VIDEO_HZ
from tests.schedule.days import a_day, a_programme, an_item

CUES = "WEBVTT\n\n00:02.000 --> 00:04.000\nBørnene trives\n"
AT = datetime(2021, 1, 28, 8, tzinfo=UTC)
LOTTE = PersonInItem("Lotte Bøgh", "centerleder", None)


@dataclass
class Kept:
    """An index, and what it is kept from."""

    index: SearchIndex
    captions: CaptionFiles
    recorded: ItemCaptions
    show: Show = field(default_factory=lambda: initial(a_day()))
    questions: list[dict[str, Any]] = field(default_factory=list)
    library: Library = field(default_factory=Library)

    def a_keeper(self) -> SearchKeeper:
        async def show() -> Show:
            return self.show

        async def library() -> Library:
            return self.library

        async def questions() -> list[dict[str, Any]]:
            return self.questions

        clock = VirtualClock(AT, same_as_wall())
        return SearchKeeper(self.index, self.recorded, show, library, questions, clock)

    def document(self, item: str, *titles: str) -> None:
        """An item has these documents and no others."""
        own = tuple(Document(str(n), title, "pdf", 1_000) for n, title in enumerate(titles))
        self.library = Library(documents={item: own} if own else {})

    def put(self, item: str, kind: TrackKind, text: str) -> None:
        """Captions of an item that was live, which was recorded from a hundred seconds."""
        entry = self.show.find(item)
        assert entry is not None
        files, name = self.recorded.places(entry)[kind]
        files.put(name, "da", f"WEBVTT\n\n00:02.000 --> 00:04.000\n{text}\n".encode())
        self.recorded.origin(entry, "da", kind).write_text(str(100 * VIDEO_HZ))

    async def found_at(self, query: str) -> list[float | None]:
        items = [entry.id for entry in self.show.items]
        found = await self.index.find(asked(query), items)
        return [passage.at_s for one in found for passage in one.passages]

    async def found(self, query: str) -> dict[str, int]:
        items = [entry.id for entry in self.show.items]
        return {one.item: one.hits for one in await self.index.find(asked(query), items)}

    async def until(self, query: str, hits: dict[str, int]) -> None:
        for _ in range(3_000):
            if await self.found(query) == hits:
                return
            await asyncio.sleep(0.01)  # the task that keeps it says nothing when it has
        raise AssertionError(f"{query} found {await self.found(query)}")


@pytest_asyncio.fixture
async def kept(database_url: str, tmp_path: Path) -> AsyncIterator[Kept]:
    database = Database(database_url)
    await database.migrate()
    async with database.write() as connection:
        row = new_edition("day", "Test", same_as_wall()).model_dump()
        await connection.execute(EDITIONS.insert(), row)
    films = CaptionFiles(tmp_path)
    yield Kept(SearchIndex(database, "day"), films, ItemCaptions(films, tmp_path / "captions"))
    await database.close()


def a_question(text: str, answer: str) -> dict[str, Any]:
    return {"id": "q", "item": "w", "text": text, "answer": {"on_air": False, "text": answer}}


async def test_an_empty_index_fills_by_itself_and_another_start_writes_nothing(kept: Kept) -> None:
    kept.captions.put("one", "da", CUES.encode())
    kept.questions = [a_question("Hvad med normeringerne?", "De følger med.")]
    shown = [entry.id for entry in kept.show.items if entry.item.kind in ("live", "recorded")]
    assert await kept.a_keeper().bring_up() == len([*shown, "w"])
    assert (await kept.found("item")).keys() == {*shown, "w"}
    assert await kept.found("boern triv") == {"p-1": 1}
    assert await kept.found("normering") == {"w": 1}
    assert await kept.a_keeper().bring_up() == 0
    await kept.index.start_afresh()
    assert await kept.a_keeper().bring_up() == len([*shown, "w"])
    assert await kept.found("boern triv") == {"p-1": 1}


async def test_new_captions_are_found_and_those_taken_away_are_not(kept: Kept) -> None:
    keeper = kept.a_keeper()
    await keeper.bring_up()
    assert await keeper.bring_up() == 0
    kept.captions.put("one", "da", CUES.encode())
    assert await keeper.bring_up() == 1
    kept.captions.put("one", "en", CUES.replace("Børnene trives", "They thrive").encode())
    assert await keeper.bring_up() == 1
    assert await kept.found("thrive") == {"p-1": 1}
    kept.captions.remove("one", "da")
    assert await keeper.bring_up() == 1
    assert await kept.found("trives") == {}


async def test_captions_of_what_was_live_are_found_where_the_newest_cut_says_them(
    kept: Kept,
) -> None:
    keeper = kept.a_keeper()
    await keeper.bring_up()
    kept.put("a", "automatic", "hørt af en maskine")
    assert await keeper.bring_up() == 1
    assert await kept.found("maskine") == {"a": 1}
    kept.put("a", "made", "rettet af et menneske")
    assert await keeper.bring_up() == 1
    assert (await kept.found("menneske"), await kept.found("maskine")) == ({"a": 1}, {})
    assert await kept.found_at("menneske") == [2.0]
    whole = Stretch(0, 100 * VIDEO_HZ, 60 * VIDEO_HZ)
    moved_by_a_second = Showing((Stretch(0, 101 * VIDEO_HZ, 59 * VIDEO_HZ),), (whole,))
    kept.recorded.left("a").write_text(dumps(moved_by_a_second.to_json()))
    assert await keeper.bring_up() == 1
    assert await kept.found_at("menneske") == [1.0]
    assert await kept.a_keeper().bring_up() == 0


async def test_an_item_is_found_by_what_its_documents_are_called_now(kept: Kept) -> None:
    keeper = kept.a_keeper()
    kept.document("a", "Ark til drøftelse i Århus", "Slides")
    await keeper.bring_up()
    assert await kept.found("aarhus droeft") == {"a": 1}
    assert await kept.found("slides") == {"a": 1}
    kept.document("a", "Slides")
    assert await keeper.bring_up() == 1
    assert (await kept.found("drøftelse"), await kept.found("slides")) == ({}, {"a": 1})
    kept.document("a")
    assert await keeper.bring_up() == 1
    assert await kept.found("slides") == {}


async def test_a_discussion_is_found_for_as_long_as_it_has_documents(kept: Kept) -> None:
    talk = an_item("t", "09.00", "09.10", "discussion")
    kept.show = initial(a_programme(talk, an_item("z", "09.10", "09.10", "end")))
    keeper = kept.a_keeper()
    kept.document("t", "Ark til drøftelsen")
    await keeper.bring_up()
    assert await kept.found("ark droeft") == await kept.found("item t") == {"t": 1}
    kept.document("t")
    await keeper.bring_up()
    assert await kept.found("item t") == {}


async def test_a_document_that_comes_is_looked_at_at_once(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_keeper, "LOOK_EVERY_S", 3600.0)
    kept.captions.put("one", "da", CUES.encode())
    keeper = kept.a_keeper()
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(keeper.run())
        await kept.until("trives", {"p-1": 1})
        kept.document("a", "Slides")
        added = DocumentAdded("a", kept.library.documents["a"][0])
        envelope = wire.Envelope("library.documents", 1, wire.name_of(DocumentAdded), AT)
        keeper.hear([Entry(envelope, wire.data_of(added))])
        await kept.until("slides", {"a": 1})
        running.cancel()


async def test_an_answer_that_is_erased_is_found_no_longer(kept: Kept) -> None:
    keeper = kept.a_keeper()
    kept.questions = [a_question("Hvad med normeringerne?", "De følger med.")]
    await keeper.bring_up()
    kept.questions = []
    assert await keeper.bring_up() == 1
    assert await kept.found("normering") == {}


async def test_another_version_of_the_programme_takes_the_place_of_the_first(kept: Kept) -> None:
    keeper = kept.a_keeper()
    await keeper.bring_up()
    named = replace(an_item("a", "09.00", "09.10", source="kl-huset"), people=(LOTTE,))
    last = an_item("z", "10.10", "10.10", "end", timing="hard")
    kept.show = initial(a_programme(named, last))
    assert await keeper.bring_up() > 1
    assert await kept.found("bøgh center") == {"a": 1}
    assert await kept.index.digests() == {"a": (await kept.index.digests())["a"]}

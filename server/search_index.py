"""The library's index: every passage of every item, with its words as they are compared.

    passage         a passage, its text as it is shown, its words folded and parted by blanks
    passage_source  a digest of all there was of an item when it was put in

Both can be thrown away at any time: what keeps them (`search_keeper`) makes them anew from the log
and the caption files. How words are found in them is each database's own: SQLite's FTS5 beside the
table, which follows it by triggers; PostgreSQL's GIN over the words. They are made where they are
missing, and are no part of the schema.

Which items are looked at is the asker's to say, and it is said in the statement: what is not open
to somebody is neither found nor counted.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Index, bindparam, delete, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import Field, SQLModel

from server.database import MIGRATING, Database, Id
from server.searching import KINDS, LONGEST_TEXT, Kind, Passage, words_of

PASSAGES_MOST = 20_000
"""Of one item; what comes after them is left out."""
AT_ONCE = 500
SHOWN_OF_AN_ITEM = 5
ITEMS_MOST = 200


class PassageRow(SQLModel, table=True):
    __tablename__: ClassVar[str] = "passage"
    __table_args__: ClassVar[Any] = (Index("passage_item", "edition_id", "item"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    edition_id: str = Field(foreign_key="edition.id")
    item: str
    rank: int = Field(sa_type=BigInteger)
    language: str | None = None
    at_s: float | None = None
    text: str
    words: str


class PassageSourceRow(SQLModel, table=True):
    __tablename__: ClassVar[str] = "passage_source"

    edition_id: str = Field(primary_key=True, foreign_key="edition.id")
    item: str = Field(primary_key=True)
    digest: str


PASSAGES = SQLModel.metadata.tables["passage"]
SOURCES = SQLModel.metadata.tables["passage_source"]

FINDER = "passage_words"
"""What finds words begins with this name, on either database."""
_FTS = (
    "CREATE VIRTUAL TABLE IF NOT EXISTS passage_words USING fts5("
    "words, content='passage', content_rowid='id', tokenize='unicode61 remove_diacritics 0')",
    "CREATE TRIGGER IF NOT EXISTS passage_added AFTER INSERT ON passage BEGIN "
    "INSERT INTO passage_words(rowid, words) VALUES (new.id, new.words); END",
    "CREATE TRIGGER IF NOT EXISTS passage_gone AFTER DELETE ON passage BEGIN "
    "INSERT INTO passage_words(passage_words, rowid, words) "
    "VALUES ('delete', old.id, old.words); END",
)
# Merging everything leaves nothing of what was deleted.
OPTIMIZE = "INSERT INTO passage_words(passage_words) VALUES ('optimize')"
_GIN = (
    f"SELECT pg_advisory_xact_lock({MIGRATING})",
    "CREATE INDEX IF NOT EXISTS passage_words ON passage "
    "USING gin (array_to_tsvector(string_to_array(words, ' ')))",
)
_MATCH = {
    True: "id IN (SELECT rowid FROM passage_words WHERE passage_words MATCH :asked)",
    False: "array_to_tsvector(string_to_array(words, ' ')) "
    "@@ CAST(CAST(:asked AS text) AS tsquery)",
}
_FIND = """
    SELECT item, rank, language, at_s, text, hits FROM (
        SELECT item, rank, language, at_s, text,
            COUNT(*) OVER (PARTITION BY item) AS hits,
            ROW_NUMBER() OVER (PARTITION BY item ORDER BY rank, at_s, id) AS place
        FROM passage
        WHERE edition_id = :edition AND item IN :items AND {match}
    ) AS found WHERE place <= :most ORDER BY item, place
"""


@dataclass(frozen=True, slots=True)
class Found:
    """An item with the best of its passages, and how many there are."""

    item: str
    hits: int
    passages: tuple[Passage, ...]

    @property
    def best(self) -> int:
        return KINDS.index(self.passages[0].kind)


class SearchIndex:
    """The index of one edition.

    Args:
        database: migrated.
    """

    def __init__(self, database: Database, edition_id: str) -> None:
        self._database = database
        self._edition_id = edition_id
        self._prepared = False
        self._find = text(_FIND.format(match=_MATCH[database.one_writer])).bindparams(
            bindparam("items", expanding=True)
        )

    async def prepare(self) -> None:
        """Makes what finds words, where it is missing."""
        if self._prepared:
            return
        async with self._database.write() as connection:
            await self._make_finder(connection)
        self._prepared = True

    async def start_afresh(self) -> None:
        """Forgets everything, so that it is made anew."""
        await self.prepare()
        async with self._database.write() as connection:
            for table in (PASSAGES, SOURCES):
                await connection.execute(
                    delete(table).where(table.c.edition_id == self._edition_id)
                )
            await self._leave_no_trace(connection)

    async def digests(self) -> Mapping[str, str]:
        """What each item was put in from."""
        asked = select(SOURCES.c.item, SOURCES.c.digest).where(
            SOURCES.c.edition_id == self._edition_id
        )
        async with self._database.read() as connection:
            return {row.item: row.digest for row in await connection.execute(asked)}

    async def put(self, item: str, digest: str, passages: Sequence[Passage]) -> None:
        """Puts an item in, in the place of what was there of it; nothing of that is left."""
        await self.prepare()
        rows = self._rows(item, passages)
        async with self._database.write() as connection:
            gone = await self._remove(connection, item)
            for first in range(0, len(rows), AT_ONCE):
                await connection.execute(insert(PASSAGES), rows[first : first + AT_ONCE])
            source = {"edition_id": self._edition_id, "item": item, "digest": digest}
            await connection.execute(insert(SOURCES), source)
            if gone:
                await self._leave_no_trace(connection)

    async def remove(self, item: str) -> None:
        await self.prepare()
        async with self._database.write() as connection:
            await self._remove(connection, item)
            await self._leave_no_trace(connection)

    async def find(self, words: Sequence[str], items: Collection[str]) -> list[Found]:
        """The items among these that hold all the words in one passage."""
        if not items or not words:
            return []
        await self.prepare()
        asked = {
            "edition": self._edition_id,
            "items": sorted(items)[:ITEMS_MOST],
            "asked": _fts(words) if self._database.one_writer else _tsquery(words),
            "most": SHOWN_OF_AN_ITEM,
        }
        found: dict[str, tuple[int, list[Passage]]] = {}
        async with self._database.read() as connection:
            for row in await connection.execute(self._find, asked):
                kind: Kind = KINDS[row.rank]
                passage = Passage(kind, row.text, row.at_s, row.language)
                found.setdefault(row.item, (row.hits, []))[1].append(passage)
        return [Found(item, hits, tuple(of)) for item, (hits, of) in found.items()]

    def _rows(self, item: str, passages: Sequence[Passage]) -> list[dict[str, object]]:
        rows: list[dict[str, object]] = []
        for passage in passages[:PASSAGES_MOST]:
            kept = passage.text[:LONGEST_TEXT]
            if words := words_of(kept):
                rows.append(
                    {
                        "edition_id": self._edition_id,
                        "item": item,
                        "rank": KINDS.index(passage.kind),
                        "language": passage.language,
                        "at_s": passage.at_s,
                        "text": kept,
                        "words": " ".join(words),
                    }
                )
        return rows

    async def _remove(self, connection: AsyncConnection, item: str) -> bool:
        """Whether there was anything."""
        gone = False
        for table in (PASSAGES, SOURCES):
            mine = (table.c.edition_id == self._edition_id) & (table.c.item == item)
            gone = (await connection.execute(delete(table).where(mine))).rowcount > 0 or gone
        return gone

    async def _make_finder(self, connection: AsyncConnection) -> None:
        for statement in _FTS if self._database.one_writer else _GIN:
            await connection.exec_driver_sql(statement)

    async def _leave_no_trace(self, connection: AsyncConnection) -> None:
        if self._database.one_writer:
            await connection.exec_driver_sql(OPTIMIZE)


def _fts(words: Sequence[str]) -> str:
    """Words hold letters and digits alone: nothing in them means anything to FTS5."""
    return " AND ".join(f'"{word}"*' for word in words)


def _tsquery(words: Sequence[str]) -> str:
    return " & ".join(f"'{word}':*" for word in words)

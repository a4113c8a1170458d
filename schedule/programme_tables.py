"""Reads the tables of a parsed programme file, and notes every fault at its line."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from schedule.errors import Fault, ProgrammeFaults
from schedule.programme import (
    KINDS,
    PLACES,
    TIMINGS,
    Item,
    Person,
    PersonInItem,
    Programme,
    Section,
    findings,
)
from schedule.programme_hours import Hours, fill_hours, read_hour
from schedule.toml_lines import Lines

LONGEST_TEXT = 2_000
MOST_ROWS = 500
MOST_FAULTS = 500
"""Further ones are not told; nobody mends them one by one."""

HEAD_TEXTS = ("edition", "title", "theme", "timezone", "version")
ITEM_TEXTS = (
    *("id", "title", "short_title", "long_title", "kind", "timing", "parent", "section"),
    *("description", "source", "film", "on", "sector", "place"),
)
HEAD_KEYS = frozenset({*HEAD_TEXTS, "date", "section", "person", "item"})
SECTION_KEYS = frozenset({"id", "title"})
PERSON_KEYS = frozenset({"name", "spellings"})
ITEM_KEYS = frozenset({*ITEM_TEXTS, "start", "end", "duration_s", "minimum_s"}) | {
    *("people", "people_pending", "content_pending", "choose", "recommends", "questions")
}
WORDS: dict[str, tuple[str, ...]] = {"kind": KINDS, "timing": TIMINGS, "on": PLACES}

Row = dict[str, Any]


class Reader:
    """Reads one parsed file; whatever is wrong is noted and read as if it were left out."""

    def __init__(self, source: str, tree: Row) -> None:
        self.tree = tree
        self.lines = Lines(source)
        self.faults: list[Fault] = []
        self.unsure: set[int] = set()

    def programme(self) -> Programme:
        head = self._head()
        sections = tuple(self._section(i, row) for i, row in self._rows("section", SECTION_KEYS))
        persons = tuple(self._person(i, row) for i, row in self._rows("person", PERSON_KEYS))
        items = self._items(head["date"], head["timezone"])
        programme = Programme(**head, sections=sections, items=items, persons=persons)
        for found in findings(programme, frozenset(self.unsure)):
            if found.key == "item" and self.tree.get("item"):
                continue  # there may be items; they could not be read
            self._note(found.table, found.index, found.key, found.expected, found.came)
        if self.faults:
            unique = dict.fromkeys(self.faults)
            faults = sorted(unique, key=lambda fault: fault.line or 0)
            raise ProgrammeFaults(tuple(faults[:MOST_FAULTS]))
        return programme

    # --- tables

    def _head(self) -> Row:
        self._unknown_keys("", 0, self.tree, HEAD_KEYS)
        head: Row = {name: self._text("", 0, self.tree, name) for name in HEAD_TEXTS}
        for name in ("edition", "title", "timezone", "version"):
            self._missing("", 0, self.tree, name, "a text")
        day = self.tree.get("date")
        if not isinstance(day, date) or isinstance(day, datetime):
            self._note("", 0, "date", "a date such as 2021-01-28", _came(day))
            day = date(2000, 1, 1)
        return head | {"date": day, "timezone": self._zone(head["timezone"]).key}

    def _zone(self, name: str | None) -> ZoneInfo:
        try:
            return ZoneInfo(name or "UTC")
        except (ValueError, KeyError, OSError):
            self._note("", 0, "timezone", "a zone such as Europe/Copenhagen", repr(name))
            return ZoneInfo("UTC")

    def _section(self, index: int, row: Row) -> Section:
        return Section(*(self._required("section", index, row, name) for name in ("id", "title")))

    def _person(self, index: int, row: Row) -> Person:
        name = self._required("person", index, row, "name")
        return Person(name, self._texts("person", index, row, "spellings"))

    def _items(self, day: date, zone: str) -> tuple[Item, ...]:
        rows = list(self._rows("item", ITEM_KEYS))
        hours = [self._hours(index, row, day, ZoneInfo(zone)) for index, row in rows]
        parents = [row.get("parent") for _, row in rows]
        names = [row.get("id") for _, row in rows]
        spans = fill_hours(hours, names, parents)
        start_of_day = datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)
        items: list[Item] = []
        for (index, row), (start, end) in zip(rows, spans, strict=True):
            if start is None and "start" not in row:
                self._missing("item", index, row, "start", 'an hour such as "09.15"')
            if end is None and "end" not in row and "duration_s" not in row:
                self._missing("item", index, row, "end", 'an hour such as "09.30", or duration_s')
            if start is None or end is None:
                self.unsure.add(index)
            start = start or start_of_day
            items.append(self._item(index, row, start, end or start))
        return tuple(items)

    def _item(self, index: int, row: Row, start: datetime, end: datetime) -> Item:
        texts: Row = {n: self._text("item", index, row, n) for n in ITEM_TEXTS}
        for name in ("id", "title", "kind"):
            self._missing("item", index, row, name, "a text")
        for name, words in WORDS.items():
            if texts[name] is not None and texts[name] not in words:
                self._note("item", index, name, f"one of {', '.join(words)}", repr(texts[name]))
                texts[name] = None
        # A kind that could not be read must not lead to faults about kinds.
        kind = texts["kind"] or ("end" if start == end else "live")
        values = texts | {
            "id": texts["id"] or f"unnamed-{index}",
            "title": texts["title"] or "",
            "kind": kind,
            "start": start,
            "end": end,
            "timing": texts["timing"] or "soft",
            "on": texts["on"] or "channel",
            "minimum_s": self._seconds(index, row, "minimum_s"),
            "choose": self._count(index, row),
            "people": self._people(index, row),
            "people_pending": self._flag(index, row, "people_pending"),
            "content_pending": self._flag(index, row, "content_pending"),
            "recommends": self._texts("item", index, row, "recommends"),
            "questions": self._texts("item", index, row, "questions"),
        }
        return Item(**values)

    def _hours(self, index: int, row: Row, day: date, zone: ZoneInfo) -> Hours:
        read: list[datetime | None] = []
        for name in ("start", "end"):
            written = row.get(name)
            moment = read_hour(written, day, zone) if isinstance(written, str) else None
            if written is not None and moment is None:
                self.unsure.add(index)
                self._note(
                    "item", index, name, 'an hour such as "09.15" or "09.15.30"', _came(written)
                )
            read.append(moment)
        seconds = self._seconds(index, row, "duration_s")
        if "end" in row and "duration_s" in row:
            self._note("item", index, "duration_s", "either end or duration_s", "both")
            seconds = None
        elif "duration_s" in row and seconds is None:
            self.unsure.add(index)
        return read[0], read[1], None if seconds is None else timedelta(seconds=seconds)

    # --- values

    def _rows(self, name: str, known: frozenset[str]) -> Iterator[tuple[int, Row]]:
        rows = self.tree.get(name, [])
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            self._note("", 0, name, f"[[{name}]] tables", _came(rows))
            return
        if len(rows) > MOST_ROWS:
            self._note(name, MOST_ROWS, None, f"at most {MOST_ROWS} of {name}", str(len(rows)))
            return
        for index, row in enumerate(rows):
            self._unknown_keys(name, index, row, known)
            yield index, row

    def _unknown_keys(self, table: str, index: int, row: Row, known: frozenset[str]) -> None:
        for key in row:
            if key not in known:
                self._note(table, index, key, f"one of {', '.join(sorted(known))}", repr(key))

    def _required(self, table: str, index: int, row: Row, name: str) -> str:
        self._missing(table, index, row, name, "a text")
        return self._text(table, index, row, name) or ""

    def _missing(self, table: str, index: int, row: Row, name: str, expected: str) -> None:
        if name not in row:
            self._note(table, index, name, expected, "nothing")

    def _text(self, table: str, index: int, row: Row, name: str) -> str | None:
        value = row.get(name)
        if value is None:
            return None
        if not isinstance(value, str) or not 1 <= len(value.strip()) <= LONGEST_TEXT:
            self._note(
                table, index, name, f"a text of 1 to {LONGEST_TEXT} characters", _came(value)
            )
            return None
        return value.strip()

    def _texts(self, table: str, index: int, row: Row, name: str) -> tuple[str, ...]:
        value = row.get(name, [])
        if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
            self._note(table, index, name, "a list of texts", _came(value))
            return ()
        return tuple(value)

    def _flag(self, index: int, row: Row, name: str) -> bool:
        value = row.get(name, False)
        if not isinstance(value, bool):
            self._note("item", index, name, "true or false", _came(value))
        return value is True

    def _seconds(self, index: int, row: Row, name: str) -> float | None:
        value = row.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 86_400:
            self._note("item", index, name, "seconds, more than 0 and at most 86400", _came(value))
            return None
        return float(value)

    def _count(self, index: int, row: Row) -> int | None:
        value = row.get("choose")
        if value is None or type(value) is int:
            return value
        self._note("item", index, "choose", "a whole number", _came(value))
        return None

    def _people(self, index: int, row: Row) -> tuple[PersonInItem, ...]:
        people = row.get("people", [])
        if not isinstance(people, list) or not all(_is_person(person) for person in people):
            expected = "people as { name = …, title = …, role = … }, of which name is needed"
            self._note("item", index, "people", expected, _came(people))
            return ()
        return tuple(PersonInItem(**person) for person in people)

    def _note(self, table: str, index: int, key: str | None, expected: str, came: str) -> None:
        rows = self.tree.get("item")
        row = rows[index] if table == "item" and isinstance(rows, list) else {}
        item = row.get("id") if isinstance(row.get("id"), str) else None
        line = self.lines.of(table, index, key)
        self.faults.append(Fault(line, item, key, expected, came))


def _is_person(value: object) -> bool:
    return (
        isinstance(value, dict)
        and "name" in value
        and value.keys() <= {"name", "title", "role"}
        and all(isinstance(text, str) and text.strip() for text in value.values())
    )


def _came(value: object) -> str:
    """What stood there, short enough for a line."""
    if value is None:
        return "nothing"
    written = repr(value)
    return written if len(written) <= 80 else f"{written[:77]}…"

"""The programme: what a conference day holds, and the rules it must keep.

A day is a list of items. Items without a parent are the *spine*: they follow one another without
a hole and end in an end mark of no length. Items with a parent are *side* items: they run beside
the spine, begin with their parent or by the clock, and may overlap anything.

Identity is an item's id, never its title: the same title stands three times in one morning.
People and content may each be pending ("Opdateres") without the other. A role belongs to a person
in an item; a person may be spelt in several ways.

How an item takes time:

    hard     starts by the clock; only a person moves it. A hard side item never waits for its
             parent: a committee sits down when it said it would.
    soft     starts when the one before it ends, never by itself before its planned time, and
             keeps its length.
    elastic  as soft, but gives up its length, down to a minimum, to win back lost time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Literal, get_args

from schedule.errors import Fault

Kind = Literal["live", "break", "discussion", "parallel", "recorded", "committee_chat", "end"]
Timing = Literal["hard", "soft", "elastic"]
Place = Literal["channel", "on_demand"]

KINDS: tuple[Kind, ...] = get_args(Kind)
TIMINGS: tuple[Timing, ...] = get_args(Timing)
PLACES: tuple[Place, ...] = get_args(Place)

LONGEST_DAY = timedelta(hours=24)
MOST_QUESTIONS = 10
LONGEST_QUESTION = 300
ID_SHAPE = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")  # ids stand in addresses of playlists


@dataclass(frozen=True, slots=True)
class PersonInItem:
    """A person as printed at one item; title and role are this item's alone."""

    name: str
    title: str | None = None
    role: str | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whose name is spelt in more than one way."""

    name: str
    spellings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A heading over several items."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of the programme.

    Args:
        start, end: aware UTC, of show time; equal only for an end mark.
        minimum_s: how short an elastic item may become; None for the others.
        parent: the spine item a side item belongs to.
        source: the live source of a live item.
        film: the film of a recorded item.
        on: a recorded item plays on a channel for all at once, or on demand for each.
        choose: how many of its children a municipality is meant to choose.
        recommends: items that follow up on this one; they pre-fill a choice, never force it.
        questions: what a municipality discusses about it, in its own room.
        sector: whom it is for (day care, health visitors, school …).
    """

    id: str
    title: str
    short_title: str | None
    kind: Kind
    start: datetime
    end: datetime
    timing: Timing = "soft"
    minimum_s: float | None = None
    parent: str | None = None
    section: str | None = None
    people: tuple[PersonInItem, ...] = ()
    people_pending: bool = False
    content_pending: bool = False
    description: str | None = None
    source: str | None = None
    film: str | None = None
    on: Place = "channel"
    choose: int | None = None
    recommends: tuple[str, ...] = ()
    sector: str | None = None
    place: str | None = None
    long_title: str | None = None
    questions: tuple[str, ...] = ()

    @property
    def length_s(self) -> float:
        return (self.end - self.start).total_seconds()


@dataclass(frozen=True, slots=True)
class Programme:
    """One version of one day.

    Args:
        edition: the edition's key, fixed for ever; guids in exports are made from it.
        version: a label people read; two versions of an edition never share it.
    """

    edition: str
    title: str
    theme: str | None
    date: date
    timezone: str
    version: str
    sections: tuple[Section, ...]
    items: tuple[Item, ...]
    persons: tuple[Person, ...] = ()

    def item(self, item_id: str) -> Item:
        """The item with this id; KeyError if there is none."""
        for item in self.items:
            if item.id == item_id:
                return item
        raise KeyError(item_id)

    @property
    def spine(self) -> tuple[Item, ...]:
        return tuple(item for item in self.items if item.parent is None)

    def children(self, item_id: str) -> tuple[Item, ...]:
        return tuple(item for item in self.items if item.parent == item_id)

    def offered(self, slot_id: str) -> tuple[Item, ...]:
        """What can be chosen in a slot: a committee that waits at a chat is not a choice."""
        children = self.children(slot_id)
        return tuple(item for item in children if item.kind != "committee_chat")

    def person(self, name: str) -> str:
        """The full name of whoever is spelt this way."""
        for person in self.persons:
            if name in person.spellings:
                return person.name
        return name


@dataclass(frozen=True, slots=True)
class Finding:
    """A broken rule and its place: `item` or `section` ("" for the head), its index, a key."""

    table: str
    index: int
    key: str | None
    expected: str
    came: str


def faults(programme: Programme) -> tuple[Fault, ...]:
    """Everything that breaks a rule in a programme that came without a file."""

    def named(finding: Finding) -> str | None:
        return programme.items[finding.index].id if finding.table == "item" else None

    return tuple(
        Fault(None, named(found), found.key, found.expected, found.came)
        for found in findings(programme)
    )


def findings(programme: Programme, unsure: frozenset[int] = frozenset()) -> Iterator[Finding]:
    """Every broken rule, each with its place.

    Args:
        unsure: indexes of items whose times could not be read: nothing is said about those.
    """
    yield from _names(programme)
    for index, item in enumerate(programme.items):
        for key, expected, came in _item_rules(programme, item):
            yield Finding("item", index, key, expected, came)
        if index not in unsure:
            for key, expected, came in _length_rules(item):
                yield Finding("item", index, key, expected, came)
    yield from _spine_rules(programme, unsure)
    yield from _side_rules(programme, unsure)


def _names(programme: Programme) -> Iterator[Finding]:
    tables = {
        "section": [section.id for section in programme.sections],
        "item": [item.id for item in programme.items],
    }
    for table, ids in tables.items():
        for index, name in enumerate(ids):
            if name in ids[:index]:
                yield Finding(table, index, "id", f"an id no other {table} has", repr(name))


def _item_rules(programme: Programme, item: Item) -> Iterator[tuple[str, str, str]]:
    ids = {other.id for other in programme.items}
    parents = {other.id for other in programme.spine} - {item.id}
    if not ID_SHAPE.fullmatch(item.id):
        yield "id", "1 to 40 of a–z, 0–9 and -, not beginning with -", repr(item.id)
    if item.parent is not None and item.parent not in parents:
        yield "parent", "the id of another item without a parent", repr(item.parent)
    if item.section is not None and item.section not in {s.id for s in programme.sections}:
        yield "section", "the id of a section", repr(item.section)
    for followed in item.recommends:
        if followed not in ids - {item.id}:
            yield "recommends", "ids of other items", repr(followed)
    if len(item.questions) > MOST_QUESTIONS:
        yield "questions", f"at most {MOST_QUESTIONS} questions", str(len(item.questions))
    for question in item.questions:
        if not 1 <= len(question.strip()) <= LONGEST_QUESTION:
            yield "questions", f"questions of 1 to {LONGEST_QUESTION} characters", repr(question)
    if item.source is not None and item.kind != "live":
        yield "source", "no source unless the item is live", f"{item.source!r} on {item.kind}"
    if item.film is not None and item.kind != "recorded":
        yield "film", "no film unless the item is recorded", f"{item.film!r} on {item.kind}"
    if item.on == "on_demand" and item.parent is None:
        yield "on", "a spine item to be on a channel", "on_demand"
    offered = len(programme.offered(item.id))
    if item.choose is not None and not 1 <= item.choose <= offered:
        yield "choose", f"1 to {offered}, as many as it offers", str(item.choose)


def _length_rules(item: Item) -> Iterator[tuple[str, str, str]]:
    zero, end_mark = item.end == item.start, item.kind == "end"
    if item.end < item.start:
        yield "end", "an end after the start", f"{-item.length_s:g} s before it"
    elif zero and not end_mark:
        yield "end", "a length, unless the item is an end mark", "0 s"
    elif end_mark and not zero:
        yield "end", "an end mark of no length", f"{item.length_s:g} s"
    if item.end - item.start > LONGEST_DAY:
        yield "end", "an item of 24 hours or less", f"{item.length_s:g} s"
    if item.timing == "elastic" and item.minimum_s is None:
        yield "minimum_s", "a minimum, because the item is elastic", "none"
    if item.minimum_s is not None:
        if item.timing != "elastic":
            yield "minimum_s", "no minimum unless the item is elastic", f"{item.minimum_s:g} s"
        if not 0 < item.minimum_s <= max(item.length_s, 0):
            longest = f"more than 0 and at most the item's {item.length_s:g} s"
            yield "minimum_s", longest, f"{item.minimum_s:g} s"


def _spine_rules(programme: Programme, unsure: frozenset[int]) -> Iterator[Finding]:
    spine = [(i, item) for i, item in enumerate(programme.items) if item.parent is None]
    if not spine:
        yield Finding("", 0, "item", "at least one item", "none")
        return
    last_index, last = spine[-1]
    if last.kind != "end":
        yield Finding("item", last_index, "kind", "an end mark as the last item", last.kind)
    for index, item in spine[:-1]:
        if item.kind == "end":
            yield Finding("item", index, "kind", "no end mark before the last item", item.title)
    for (before_index, before), (index, item) in pairwise(spine):
        if {before_index, index} & unsure or before.end == item.start:
            continue
        gap_s = (item.start - before.end).total_seconds()
        what = "gap" if gap_s > 0 else "overlap"
        expected = f"a start when {before.id} ends"
        yield Finding("item", index, "start", expected, f"{what} of {abs(gap_s):g} s")


def _side_rules(programme: Programme, unsure: frozenset[int]) -> Iterator[Finding]:
    places = {item.id: i for i, item in enumerate(programme.items) if item.parent is None}
    for index, item in enumerate(programme.items):
        parent_index = None if item.parent is None else places.get(item.parent)
        if parent_index is None or {index, parent_index} & unsure:
            continue
        parent = programme.items[parent_index]
        if item.kind == "end":
            yield Finding("item", index, "kind", "an end mark without a parent", item.kind)
        if item.timing == "elastic":
            yield Finding("item", index, "timing", "hard or soft on a side item", item.timing)
        if item.start < parent.start:
            expected = f"a start not before its parent {parent.id}"
            came = f"{(parent.start - item.start).total_seconds():g} s before it"
            yield Finding("item", index, "start", expected, came)
        if item.timing != "hard" and item.end > parent.end:
            expected = f"an end not after its parent {parent.id}, unless it is hard"
            came = f"{(item.end - parent.end).total_seconds():g} s after it"
            yield Finding("item", index, "end", expected, came)

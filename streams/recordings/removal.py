"""Removing a recording for good: which bytes may go, and what the index may still say.

A segment lies once on the disk and is read through several playlists: the channel's, those of its
sources, those of items. It goes when the last that needs it has let go:

    another item's replay, or a later run of the same    needs it for as long as it stands
    a playlist that is live                              needs it while it lists it, and as long
                                                         again for those who have read it there
    a channel that has ended                             does not: it shows a gap from then on

So what was on air a moment ago is out of the replay at once, and off the disk when the live window
has passed over it. When bytes are gone, the index is written anew without their rows. A process
that is killed in between finds the rows, not the bytes, and removes them again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from streams.generations import Generation
from streams.recordings.recordings import Recordings
from streams.shelf import spent_row
from streams.storage import Row
from streams.window import Window

Place = tuple[Generation, int]
"""A generation and the number of a segment of it."""
RowPlace = tuple[str, int, int]
"""The same as the index has it: source, generation, segment."""


def removable(windows: Collection[Window], recordings: Recordings) -> set[Place]:
    """The segments of deleted recordings that nobody needs any more."""
    deleted = {
        item: each.deleted_run for item, each in recordings.items.items() if each.deleted_run
    }
    candidates = {
        (entry.generation, entry.segment)
        for window in windows
        for item, run in deleted.items()
        for entry in window.of_item(item)
        if entry.run <= run and not _is_gone(entry.generation, entry.segment)
    }
    return {place for place in candidates if not _is_needed(place, windows, deleted)}


def _is_gone(generation: Generation, number: int) -> bool:
    segments = [lanes.get(number) for lanes in generation.lanes.values()]
    return all(each is None or each.removed for each in segments)


def _is_needed(place: Place, windows: Collection[Window], deleted: Mapping[str, int]) -> bool:
    generation, segment = place
    for window in windows:
        entry = window.entry_of(generation, segment)
        if entry is None:
            continue
        if entry.item is not None and entry.run > deleted.get(entry.item, 0):
            return True
        if not window.ended and window.may_fetch(generation, segment):
            return True
    return False


@dataclass(frozen=True, slots=True)
class Sieve:
    """Which rows of the index stay, and what takes the place of the others."""

    gone: Collection[RowPlace]
    emptied: Collection[tuple[str, int]]
    """Generations of which nothing is left: of them stays that their number was used."""

    def __call__(self, row: Row) -> Row | None:
        match row.get("k"):
            case "part" | "ended":
                place = (row["source"], row["number"], row["segment"])
                return None if place in self.gone else row
            case "entry" | "lower":
                place = (row["source"], row["generation"], row["at"][2])
                return None if place in self.gone else row
            case "generation" if (row["source"], row["number"]) in self.emptied:
                return spent_row(row["source"], row["number"])
        return row


def sieve(places: Iterable[Place]) -> Sieve:
    """What the index says when these segments are gone."""
    numbers: dict[Generation, set[int]] = defaultdict(set)
    for generation, number in places:
        numbers[generation].add(number)
    gone = {
        (generation.source, generation.number, number)
        for generation, some in numbers.items()
        for number in some
    }
    emptied = {
        (generation.source, generation.number)
        for generation, some in numbers.items()
        if all(set(lane) <= some for lane in generation.lanes.values())
    }
    return Sieve(gone, emptied)

"""The lower rendition of a channel: the same numbers, the same joints, smaller pictures.

It follows the channel's own window entry by entry. What an entry shows is decided once:

    its own    the generation has a rung, and the rung has the segment's first part
    lent       the generation has no rung; the segment itself stands in both renditions
    gap        the rung will never give it: it failed, or the process was killed before it came.
               A gap keeps the init segment of its neighbours, so a source that lends must have
               begun another discontinuity; the first entry after a gap that does is not one

While none of these is known, the rendition waits, and lists less than the channel does; a gap
waits until it is known how long it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from streams.segments import Lane
from streams.window import Entry, Expected, Window

LOW = "low"
"""Its name in URIs."""


class LowerWindow(Window):
    """Entries of the lower rendition.

    Args:
        main: the channel's window.
        noted: called with every entry that is added, before anybody is told.
    """

    def __init__(self, main: Window, length_s: float, noted: Callable[[Entry], None]) -> None:
        super().__init__(length_s)
        self._main = main
        self._noted = noted
        self._followed = 0

    def follow(self) -> None:
        """Looks at what the channel and the rungs have got; tells those who wait."""
        entries = self._main.entries
        while self._followed < len(entries):
            lower = self._lower(entries[self._followed])
            if lower is None:
                break
            self._followed += 1
            self._noted(lower)
            super().take_back(lower)
        self.expected = self._expected() if self._followed == len(entries) else None
        self.ended = self._main.ended and self._followed == len(entries)
        self.ring(Lane.VIDEO)

    def take_back(self, entry: Entry) -> None:
        super().take_back(entry)
        entries = self._main.entries
        while self._followed < len(entries) and entries[self._followed].number <= entry.number:
            self._followed += 1

    def _lower(self, entry: Entry) -> Entry | None:
        """What stands for an entry here; None while that is not known."""
        lower = entry.generation.lower
        if lower is None:
            return _gap(entry) if self._goes_on_from_a_rung(entry) else entry
        if lower.gives_not(entry.segment):
            return _gap(entry)
        own = lower.generation
        segment = own.lanes[Lane.VIDEO].get(entry.segment) if own else None
        return replace(entry, generation=own) if own and segment and segment.parts else None

    def _goes_on_from_a_rung(self, entry: Entry) -> bool:
        """The entry before it, in the same discontinuity, was not lent: its init is another."""
        before = self.entries[-1] if self.entries else None
        return (
            before is not None
            and before.discontinuity == entry.discontinuity
            and (before.gap or before.generation is not entry.generation)
        )

    def _expected(self) -> Expected | None:
        coming = self._main.expected
        lower = coming.generation.lower if coming else None
        if coming is None or lower is None:
            return coming
        return replace(coming, generation=lower.generation) if lower.generation else None


def _gap(entry: Entry) -> Entry | None:
    segment = entry.lane(Lane.VIDEO)
    return replace(entry, gap=True) if segment and segment.ended else None

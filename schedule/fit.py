"""Whether a film fits the place that the programme gives it.

A film on a channel has its item's own time: what is longer is cut off or makes the day late, what
is shorter leaves a slate. A film that each watches when they like shares its slot with the others
that may be chosen there: three in seventy minutes leave 23 minutes and 20 seconds each.
"""

from __future__ import annotations

from dataclasses import dataclass

from schedule.programme import Item

NEARLY_S = 2.0


@dataclass(frozen=True, slots=True)
class Room:
    """The time there is for a film.

    Args:
        room_s: how long it may be.
        slot_s: the whole slot.
        shared_by: how many films share the slot; 1 where it is the film's alone.
        fills: whether a shorter film leaves a hole.
    """

    room_s: float
    slot_s: float
    shared_by: int
    fills: bool


def room_of(item: Item, parent: Item | None) -> Room:
    """The time there is for an item's film, by what the programme says."""
    if item.on == "channel":
        return Room(item.length_s, item.length_s, 1, True)
    slot_s = parent.length_s if parent is not None else item.length_s
    shared_by = max(1, (parent.choose or 1) if parent is not None else 1)
    return Room(slot_s / shared_by, slot_s, shared_by, False)


def over_s(room: Room, film_s: float) -> float:
    """How much longer a film is than its room; negative: how much shorter, where that shows.

    Less than two seconds are nothing.
    """
    over = film_s - room.room_s
    if abs(over) < NEARLY_S or (over < 0 and not room.fills):
        return 0.0
    return over

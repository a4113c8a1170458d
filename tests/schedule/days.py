"""Small days to test with, and somebody who drives them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from schedule import runofshow
from schedule.events import ItemEnded, ItemStarted
from schedule.programme import Item, Programme, Section
from schedule.show import Show, ShowItem

DAY = datetime(2021, 1, 28, tzinfo=UTC)


def at(clock: str) -> datetime:
    """A moment of the day in Danish winter time: "09.15" or "09.15.30"."""
    hour, minute, second = [*(int(part) for part in clock.split(".")), 0][:3]
    return DAY + timedelta(hours=hour - 1, minutes=minute, seconds=second)


def an_item(id: str, start: str, end: str, kind: Any = "live", **fields: Any) -> Item:
    return Item(id, f"Item {id}", None, kind, at(start), at(end), **fields)


def a_programme(*items: Item, **fields: Any) -> Programme:
    head: dict[str, Any] = {
        "edition": "test-day",
        "title": "A day",
        "theme": None,
        "date": date(2021, 1, 28),
        "timezone": "Europe/Copenhagen",
        "version": "1",
        "sections": (Section("1", "All of it"),),
    }
    return Programme(**head | fields, items=items)


def a_day() -> Programme:
    """Two live items, a break that can halve, a live one, a slot with two films and the committee's
    window in its first half, a live one, the end mark."""
    return a_programme(
        an_item("a", "09.00", "09.10", timing="hard", source="kl-huset"),
        an_item("b", "09.10", "09.20", source="kl-huset"),
        an_item("c", "09.20", "09.30", "break", timing="elastic", minimum_s=300.0),
        an_item("d", "09.30", "09.40", source="kl-huset"),
        an_item("p", "09.40", "10.00", "parallel", timing="hard", choose=1),
        an_item("p-1", "09.40", "10.00", "recorded", parent="p", film="one", recommends=("p-2",)),
        an_item("p-2", "09.40", "10.00", "recorded", parent="p", film="two", on="on_demand"),
        an_item("w", "09.40", "09.50", "committee_chat", parent="p", timing="hard"),
        an_item("e", "10.00", "10.10", source="kl-huset"),
        an_item("z", "10.10", "10.10", "end", timing="hard"),
    )


@dataclass(frozen=True)
class Somebody:
    id: str = "anja"
    name: str = "Anja Bo"
    role: str = "moderator"
    municipality: str | None = None


@dataclass
class Driver:
    """Sends commands to a show at moments, and lets the clock take what is due in between."""

    show: Show = field(default_factory=lambda: runofshow.initial(a_day()))
    now: datetime = field(default_factory=lambda: at("08.59"))
    events: list[Any] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)

    def do(self, command: object) -> tuple[Any, ...]:
        events = runofshow.decide(self.show, command, Somebody(), self.now)
        for event in events:
            self.show = runofshow.evolve(self.show, event, seq=len(self.events) + 1, at=self.now)
            self.events.append(event)
        return events

    def until(self, clock: str | datetime) -> Driver:
        """Let the clock run, waking at each due moment as the timekeeper does."""
        goal = at(clock) if isinstance(clock, str) else clock
        while (moment := runofshow.next_due(self.show, self.now)) is not None and moment <= goal:
            self.now = max(self.now, moment)
            self.settle()
        self.now = goal
        return self

    def jump(self, clock: str) -> Driver:
        """Set the clock, and only then look at what is due."""
        self.now = at(clock)
        self.settle()
        return self

    def settle(self) -> None:
        for _ in range(100):
            command = runofshow.due(self.show, self.now)
            if command is None:
                return
            self.ids.append(runofshow.due_id(command, self.show))
            assert self.do(command), f"{command} was due and did nothing"
        raise AssertionError("there is no end to what is due")

    def __getitem__(self, item_id: str) -> ShowItem:
        entry = self.show.find(item_id)
        assert entry is not None
        return entry

    def states(self) -> dict[str, str]:
        return {entry.id: entry.state for entry in self.show.items}

    def aired(self) -> list[str]:
        """Items in the order in which they started, runs after the first marked."""
        started = [event for event in self.events if isinstance(event, ItemStarted)]
        return [e.item if e.run == 1 else f"{e.item}#{e.run}" for e in started]

    def ended(self) -> list[str]:
        return [event.item for event in self.events if isinstance(event, ItemEnded)]


def driven_to(clock: str, programme: Programme | None = None) -> Driver:
    return Driver(runofshow.initial(programme or a_day())).until(clock)


def with_fields(item: Item, **fields: Any) -> Item:
    return replace(item, **fields)

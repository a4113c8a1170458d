"""The state of the day: what is on air, what has been, what is to come.

A snapshot holds all of it, so `restore(snapshot(show)) == show`. It is exactly what the topic
`show` carries, without the clock, which belongs to the server.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime, timedelta
from typing import Any, Literal

from schedule.events import ItemTimes
from schedule.programme import Item, PersonInItem, Programme, Section

ShowState = Literal["before", "running", "held", "ended"]
Mode = Literal["automatic", "manual"]
ItemState = Literal["planned", "on_air", "done", "skipped"]


@dataclass(frozen=True, slots=True)
class ShowItem:
    """An item of the programme and how it stands.

    Args:
        item: as programmed; its start and end are the planned times.
        run: how many times it has started.
    """

    item: Item
    state: ItemState
    run: int
    expected_start: datetime
    expected_end: datetime
    actual_start: datetime | None
    actual_end: datetime | None
    earliest_start: datetime
    length_s: float

    @property
    def id(self) -> str:
        return self.item.id

    @property
    def is_side(self) -> bool:
        return self.item.parent is not None

    @property
    def is_hard(self) -> bool:
        return self.item.timing == "hard"

    @property
    def length(self) -> timedelta:
        return timedelta(seconds=self.length_s)

    @property
    def times(self) -> ItemTimes:
        return ItemTimes(
            item=self.item.id,
            planned_start=self.item.start,
            planned_end=self.item.end,
            expected_start=self.expected_start,
            expected_end=self.expected_end,
            actual_start=self.actual_start,
            actual_end=self.actual_end,
            earliest_start=self.earliest_start,
            length_s=self.length_s,
        )

    def with_times(self, times: ItemTimes) -> ShowItem:
        item = self.item
        if (item.start, item.end) != (times.planned_start, times.planned_end):
            item = replace(item, start=times.planned_start, end=times.planned_end)
        return replace(
            self,
            item=item,
            expected_start=times.expected_start,
            expected_end=times.expected_end,
            actual_start=times.actual_start,
            actual_end=times.actual_end,
            earliest_start=times.earliest_start,
            length_s=times.length_s,
        )


@dataclass(frozen=True, slots=True)
class SlateOn:
    item: str
    text: str | None
    since: datetime


@dataclass(frozen=True, slots=True)
class Announcement:
    """`until`: over from then on, though it stands here until another comes or it is cleared."""

    text: str
    until: datetime | None
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Show:
    """The run of show.

    Args:
        now: the spine item on air; None before the first and after the last.
        lap: how many times the day has started over.
        reckonings: how many times expected times were worked out anew; names the next time.
        backup: the address to go to if these pages fail; None while nobody has given one.
    """

    edition: str
    title: str
    date: date
    timezone: str
    version: str
    sections: tuple[Section, ...]
    items: tuple[ShowItem, ...]
    state: ShowState = "before"
    mode: Mode = "automatic"
    now: str | None = None
    slate: SlateOn | None = None
    announcement: Announcement | None = None
    lap: int = 0
    reckonings: int = 0
    backup: str | None = None

    def find(self, item_id: str | None) -> ShowItem | None:
        for entry in self.items:
            if entry.item.id == item_id:
                return entry
        return None

    @property
    def spine(self) -> tuple[ShowItem, ...]:
        return tuple(entry for entry in self.items if not entry.is_side)

    @property
    def running(self) -> tuple[ShowItem, ...]:
        """The side items that run, in the programme's order."""
        return tuple(entry for entry in self.items if entry.is_side and entry.state == "on_air")

    @property
    def to_come(self) -> tuple[ShowItem, ...]:
        """The spine items after the one on air that are still planned."""
        return tuple(entry for entry in self.spine if entry.state == "planned")

    @property
    def next(self) -> ShowItem | None:
        return next(iter(self.to_come), None)

    @property
    def waits(self) -> bool:
        """Nothing on the spine starts by itself."""
        return self.state == "held" or self.mode == "manual"

    @property
    def latest(self) -> datetime | None:
        """The last moment at which something was seen to happen to an item."""
        moments = (m for e in self.items for m in (e.actual_start, e.actual_end) if m is not None)
        return max(moments, default=None)

    def with_items(self, changed: dict[str, ShowItem]) -> Show:
        return replace(self, items=tuple(changed.get(entry.id, entry) for entry in self.items))


def initial(programme: Programme) -> Show:
    """The day before it begins."""
    return Show(
        edition=programme.edition,
        title=programme.title,
        date=programme.date,
        timezone=programme.timezone,
        version=programme.version,
        sections=programme.sections,
        items=tuple(planned(item) for item in programme.items),
    )


def planned(item: Item, run: int = 0) -> ShowItem:
    """An item to which nothing has happened."""
    return ShowItem(
        item=item,
        state="planned",
        run=run,
        expected_start=item.start,
        expected_end=item.end,
        actual_start=None,
        actual_end=None,
        earliest_start=item.start,
        length_s=item.length_s,
    )


_TIMES = tuple(field.name for field in fields(ItemTimes) if field.name != "item")
_HEAD = ("edition", "title", "timezone", "version", "state", "mode", "now", "lap", "reckonings")


def snapshot(show: Show) -> dict[str, Any]:
    """The whole state as JSON: what somebody who joins the topic is given."""
    following = show.next
    return {name: getattr(show, name) for name in _HEAD} | {
        "date": show.date.isoformat(),
        "next": following.id if following else None,
        "running": [entry.id for entry in show.running],
        "slate": _jsonable(asdict(show.slate)) if show.slate else None,
        "announcement": _jsonable(asdict(show.announcement)) if show.announcement else None,
        "backup": show.backup,
        "sections": [asdict(section) for section in show.sections],
        "items": [_item_to_json(entry) for entry in show.items],
    }


def restore(data: dict[str, Any]) -> Show:
    """The show that gave this snapshot."""
    slate, announcement = data["slate"], data["announcement"]
    return Show(
        **{name: data[name] for name in _HEAD},
        date=date.fromisoformat(data["date"]),
        sections=tuple(Section(**section) for section in data["sections"]),
        items=tuple(_item_from_json(item) for item in data["items"]),
        slate=SlateOn(**slate | {"since": from_utc(slate["since"])}) if slate else None,
        announcement=_announcement(announcement) if announcement else None,
        # Snapshots inside older events have none.
        backup=data.get("backup"),
    )


def _announcement(data: dict[str, Any]) -> Announcement:
    # Older snapshots know nothing of urgency.
    return Announcement(data["text"], _moment(data["until"]), data.get("urgent", False))


def to_utc(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def from_utc(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else from_utc(text)


def _jsonable(data: dict[str, Any]) -> dict[str, Any]:
    return {k: to_utc(v) if isinstance(v, datetime) else v for k, v in data.items()}


def _item_to_json(entry: ShowItem) -> dict[str, Any]:
    item, times = asdict(entry.item), asdict(entry.times)
    del item["start"], item["end"], times["item"]
    for name in ("people", "recommends", "questions"):
        item[name] = list(item[name])
    return item | _jsonable(times) | {"state": entry.state, "run": entry.run}


def _item_from_json(data: dict[str, Any]) -> ShowItem:
    given = {field.name for field in fields(Item)} - {
        "start",
        "end",
        "people",
        "recommends",
        "questions",
    }
    item = Item(
        **{name: data[name] for name in given},
        start=from_utc(data["planned_start"]),
        end=from_utc(data["planned_end"]),
        people=tuple(PersonInItem(**person) for person in data["people"]),
        recommends=tuple(data["recommends"]),
        # A show that was stored before there were questions has none.
        questions=tuple(data.get("questions", ())),
    )
    times: dict[str, Any] = {
        n: v if n == "length_s" else _moment(v) for n in _TIMES for v in (data[n],)
    }
    blank = planned(item, data["run"])
    return replace(blank.with_times(ItemTimes(item.id, **times)), state=data["state"])

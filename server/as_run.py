"""What a day has been: the log of it, line by line, and each item's times beside the plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from schedule.programme import Programme
from schedule.show import Show, ShowItem
from server import wire
from server.entries import Entry

TOLD = (
    *("item", "run", "content", "kind", "source"),
    *("title", "text", "minutes", "end", "start", "mode", "code"),
)
HIDDEN = ("room", "room.host", "person")
"""What people write among themselves stands in no log."""


@dataclass(frozen=True, slots=True)
class Line:
    """Something that happened, at an hour of the programme's own zone."""

    at: datetime
    topic: str
    name: str
    details: str

    def __str__(self) -> str:
        return f"{self.at:%H.%M.%S}  {self.topic:<18} {self.name:<20} {self.details}".rstrip()

    def as_json(self) -> wire.Data:
        return {
            "at": wire.rfc3339(self.at),
            "topic": self.topic,
            "name": self.name,
            "details": self.details,
        }


def lines_of(entry: Entry, at: datetime, zone: ZoneInfo) -> list[Line]:
    """An event as a line; none for what is between people."""
    topic = entry.envelope.topic
    if topic.partition(":")[0] in HIDDEN:
        return []
    given = ((key, entry.data.get(key)) for key in TOLD)
    details = [_told(value, zone) for key, value in given if value not in (None, "")]
    details += _off_plan(entry)
    return [Line(at.astimezone(zone), topic, entry.envelope.name, " ".join(details))]


def _off_plan(entry: Entry) -> list[str]:
    """How far from the plan an item started or ended, in minutes and seconds: `+2.30`."""
    which = {"item_started": "start", "item_ended": "end"}.get(entry.envelope.name)
    if which is None:
        return []  # other events move times too, of many items or of none in particular
    of_it = (t for t in entry.data.get("times", ()) if t["item"] == entry.data["item"])
    times: wire.Data = next(of_it, {})
    if f"actual_{which}" not in times:
        return []
    actual, planned = times[f"actual_{which}"], times[f"planned_{which}"]
    off_s = round(
        (datetime.fromisoformat(actual) - datetime.fromisoformat(planned)).total_seconds()
    )
    minutes, seconds = divmod(abs(off_s), 60)
    return [f"({'-' if off_s < 0 else '+'}{minutes}.{seconds:02})"] if off_s else []


def _told(value: Any, zone: ZoneInfo) -> str:
    if isinstance(value, dict):
        shown = value.get("source") or value.get("film") or f"{value['title']} | {value['text']}"
        return f"{value['kind']} {shown}"
    if isinstance(value, str) and value.endswith("Z") and value[:4].isdigit():
        return f"{datetime.fromisoformat(value).astimezone(zone):%H.%M.%S}"
    return str(value)


@dataclass(frozen=True, slots=True)
class AsRun:
    """A day that has been.

    Args:
        items: per item the planned and the actual times, and by how much it was off.
        lines: what happened, in order.
    """

    programme: str
    version: str
    seed: int | None
    faults: tuple[str, ...]
    items: tuple[wire.Data, ...]
    lines: tuple[Line, ...]

    @classmethod
    def of(
        cls,
        programme: Programme,
        show: Show,
        seed: int | None,
        faults: Sequence[Any],
        lines: Sequence[Line],
    ) -> AsRun:
        return cls(
            programme.edition,
            programme.version,
            seed,
            tuple(f"{fault.name}@{fault.at:%H.%M}" for fault in faults),
            tuple(_item(entry) for entry in show.items),
            tuple(lines),
        )

    def text(self) -> str:
        """The log as lines, each with its newline."""
        return "".join(f"{line}\n" for line in self.lines)

    def as_json(self) -> wire.Data:
        return {
            "programme": self.programme,
            "version": self.version,
            "seed": self.seed,
            "faults": list(self.faults),
            "items": list(self.items),
            "log": [line.as_json() for line in self.lines],
        }


def _item(entry: ShowItem) -> wire.Data:
    """An item's times; `over_s` is how much later than planned it ended, below 0 for sooner."""
    times = wire.data_of(entry.times)
    planned, actual = entry.item.end, entry.actual_end
    return {
        "id": entry.id,
        "title": entry.item.title,
        "state": entry.state,
        "runs": entry.run,
        **{name: times.get(name) for name in ("planned_start", "planned_end")},
        **{name: times.get(name) for name in ("actual_start", "actual_end")},
        "over_s": None if actual is None else (actual - planned).total_seconds(),
    }

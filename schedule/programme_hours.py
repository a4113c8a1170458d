"""Hours of a programme file: as people write them, and as the items around them imply."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_HOUR = re.compile(r"(\d{2})\.(\d{2})(?:\.(\d{2}))?", re.ASCII)

Hours = tuple[datetime | None, datetime | None, timedelta | None]
"""Start, end and length as far as they are given."""


def read_hour(written: str, day: date, zone: ZoneInfo) -> datetime | None:
    """The moment in UTC, or None for what is not an hour or does not exist on that day."""
    found = _HOUR.fullmatch(written.strip())
    if found is None:
        return None
    hour, minute, second = (int(part or 0) for part in found.groups())
    if hour > 23 or minute > 59 or second > 59:
        return None
    local = datetime.combine(day, time(hour, minute, second), zone)
    moment = local.astimezone(UTC)
    skipped_by_summer_time = moment.astimezone(zone).replace(tzinfo=None) != local.replace(
        tzinfo=None
    )
    return None if skipped_by_summer_time else moment


def write_hour(moment: datetime, zone: ZoneInfo) -> str:
    local = moment.astimezone(zone)
    return local.strftime("%H.%M.%S" if local.second else "%H.%M")


def fill_hours(
    hours: Sequence[Hours], names: Sequence[object], parents: Sequence[object]
) -> list[tuple[datetime | None, datetime | None]]:
    """Starts and ends, those left out as the items around them imply; None where nothing does."""
    starts = [start for start, _, _ in hours]
    ends = [end for _, end, _ in hours]
    spine = [index for index, parent in enumerate(parents) if parent is None]
    _fill_spine(spine, starts, ends, [length for _, _, length in hours])
    places = {names[index]: index for index in spine if isinstance(names[index], str)}
    for index, parent in enumerate(parents):
        above = places.get(parent) if isinstance(parent, str) else None
        if above is not None and starts[index] is None:
            starts[index] = starts[above]
        ends[index] = ends[index] or _end(starts[index], hours[index][2])
        if above is not None and ends[index] is None:
            ends[index] = ends[above]
    return list(zip(starts, ends, strict=True))


def _fill_spine(
    spine: Sequence[int],
    starts: list[datetime | None],
    ends: list[datetime | None],
    lengths: Sequence[timedelta | None],
) -> None:
    for before, index in zip([None, *spine], spine, strict=False):
        if starts[index] is None and before is not None:
            starts[index] = ends[before]
        elif before is not None and ends[before] is None:
            ends[before] = starts[index]
        ends[index] = ends[index] or _end(starts[index], lengths[index])


def _end(start: datetime | None, length: timedelta | None) -> datetime | None:
    return start + length if start is not None and length is not None else None

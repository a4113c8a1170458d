"""The programme as iCalendar (RFC 5545): one event per item, in UTC, so that no zone is needed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from icalendar import Calendar, Event, vUri

from schedule.exports import KIND_NAMES, abstract, guid, people, room
from schedule.programme import Item, Programme


def dump(
    programme: Programme,
    stamp: datetime | None = None,
    url: str | None = None,
    recordings: Mapping[str, str] | None = None,
) -> bytes:
    """A calendar that may be fetched again: the same item keeps its UID.

    Args:
        stamp: when this version was made, aware; the day itself where nobody knows.
        url: the page of the event, for those who open an entry.
        recordings: where those are that are open to everybody, by item.
    """
    result = Calendar()
    result.add("prodid", "-//Topmøde//Program//DA")
    result.add("version", "2.0")
    result.add("method", "PUBLISH")
    result.add("name", programme.title)
    result.add("x-wr-calname", programme.title)
    for item in programme.items:
        event = _event(programme, item, stamp or programme.items[0].start, url)
        if recordings and item.id in recordings:
            event.add("attach", vUri(recordings[item.id]))
        result.add_component(event)
    data: bytes = result.to_ical()
    return data


def _event(programme: Programme, item: Item, stamp: datetime, url: str | None) -> Event:
    event = Event()
    event.add("uid", str(guid(programme, item)))
    event.add("dtstamp", stamp)
    event.add("dtstart", item.start)
    if item.end != item.start:
        event.add("dtend", item.end)  # RFC 5545 3.8.2.2: later than the start, or left out
    event.add("summary", item.title)
    event.add("location", room(programme, item))
    event.add("categories", [KIND_NAMES[item.kind]])
    text = "\n".join(part for part in (people(item), abstract(item)) if part)
    if text:
        event.add("description", text)
    if url is not None:
        event.add("url", vUri(url))
    return event

"""The programme as frab's schedule.xml and schedule.json, which conference apps read.

Mapping: edition to conference, section to track, a stage or a side item to a room, a recommended
follow-up to a link, what is pending to the abstract "Opdateres".
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from xml.etree.ElementTree import Element, SubElement, indent, tostring
from zoneinfo import ZoneInfo

from schedule.exports import KIND_NAMES, abstract, guid, room
from schedule.programme import Item, Programme

MEDIA_TYPE_XML = "application/vnd.c3voc.schedule+xml"
_SLOT = "00:05"


def dump_json(
    programme: Programme, base_url: str = "", recordings: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """schedule.json, version 1.

    Args:
        base_url: the page of the programme; links to items begin with it.
        recordings: where those are that are open to everybody, by item.
    """
    rooms: dict[str, list[dict[str, Any]]] = {}
    for item in programme.items:
        rooms.setdefault(room(programme, item), []).append(
            _event(programme, item, base_url, recordings or {})
        )
    zone = ZoneInfo(programme.timezone)
    start = min(item.start for item in programme.items)
    end = max(item.end for item in programme.items)
    day = {
        "index": 1,
        "date": programme.date.isoformat(),
        "day_start": _local(start, zone),
        "day_end": _local(end, zone),
        "rooms": rooms,
    }
    conference = {
        "acronym": programme.edition,
        "title": programme.title,
        "start": programme.date.isoformat(),
        "end": programme.date.isoformat(),
        "daysCount": 1,
        "timeslot_duration": _SLOT,
        "time_zone_name": programme.timezone,
        "url": base_url,
        "rooms": [{"name": name} for name in rooms],
        "tracks": [{"name": name, "slug": slug} for slug, name in _tracks(programme).items()],
        "days": [day],
    }
    return {
        "schedule": {"version": programme.version, "base_url": base_url, "conference": conference}
    }


def dump_xml(
    programme: Programme, base_url: str = "", recordings: Mapping[str, str] | None = None
) -> bytes:
    """schedule.xml, in UTF-8 with its declaration."""
    conference = dump_json(programme, base_url, recordings)["schedule"]["conference"]
    root = Element("schedule")
    SubElement(root, "generator", name="topmoede")
    SubElement(root, "url").text = base_url
    SubElement(root, "version").text = programme.version
    head = SubElement(root, "conference")
    for key in ("title", "acronym", "start", "end"):
        SubElement(head, key).text = conference[key]
    SubElement(head, "days").text = "1"
    for key in ("timeslot_duration", "base_url", "url", "time_zone_name"):
        SubElement(head, key).text = base_url if key == "base_url" else conference[key]
    for track in conference["tracks"]:
        SubElement(head, "track", name=track["name"], slug=track["slug"])
    for day in conference["days"]:
        _day_xml(root, day)
    indent(root, " ")
    data: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return data


def _tracks(programme: Programme) -> dict[str, str]:
    """Slug to name; what stands outside all sections is the conference's own track."""
    own = {programme.edition: programme.title}
    return own | {f"section-{section.id}": section.title for section in programme.sections}


def _event(
    programme: Programme, item: Item, base_url: str, recordings: Mapping[str, str]
) -> dict[str, Any]:
    zone = ZoneInfo(programme.timezone)
    identity = guid(programme, item)
    track = f"section-{item.section}" if item.section else programme.edition
    titles = {other.id: other.title for other in programme.items}
    return {
        "guid": str(identity),
        "id": _number(identity),
        "date": _local(item.start, zone),
        "start": item.start.astimezone(zone).strftime("%H:%M"),
        "duration": _duration(item.end - item.start),
        "room": room(programme, item),
        "slug": f"{programme.edition}-{item.id}",
        "title": item.title,
        "subtitle": item.long_title or "",
        "language": "da",
        "track": _tracks(programme)[track],
        "type": KIND_NAMES[item.kind],
        "abstract": abstract(item),
        "description": "",
        "persons": [
            {"id": number, "public_name": programme.person(person.name)}
            for number, person in enumerate(item.people, 1)
        ],
        "links": [
            {"type": "related", "title": titles[name], "url": f"{base_url}#{name}"}
            for name in item.recommends
        ]
        + [
            {"type": "recording", "title": item.title, "url": recordings[name]}
            for name in (item.id,)
            if name in recordings
        ],
        "do_not_record": False,
        "recording_license": "",
    }


def _number(identity: UUID) -> int:
    """The format wants a number beside the guid; positive in 31 bits, the same for ever."""
    return identity.int % (2**31 - 1) + 1


def _local(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).isoformat()


def _duration(length: timedelta) -> str:
    minutes, seconds = divmod(round(length.total_seconds()), 60)
    written = f"{minutes // 60:02}:{minutes % 60:02}"
    return f"{written}:{seconds:02}" if seconds else written


def _day_xml(root: Element, day: dict[str, Any]) -> None:
    element = SubElement(
        *(root, "day"),
        index=str(day["index"]),
        date=day["date"],
        start=day["day_start"],
        end=day["day_end"],
    )
    for name, events in day["rooms"].items():
        place = SubElement(element, "room", name=name)
        for event in events:
            _event_xml(place, event)


def _event_xml(place: Element, event: dict[str, Any]) -> None:
    element = SubElement(place, "event", guid=event["guid"], id=str(event["id"]))
    for key in ("room", "title", "subtitle", "type", "date", "start", "duration"):
        SubElement(element, key).text = event[key]
    for key in ("abstract", "slug", "track"):
        SubElement(element, key).text = event[key]
    persons = SubElement(element, "persons")
    for person in event["persons"]:
        SubElement(persons, "person", id=str(person["id"])).text = person["public_name"]
    for key in ("language", "description"):
        SubElement(element, key).text = event[key]
    recording = SubElement(element, "recording")
    SubElement(recording, "license").text = event["recording_license"]
    SubElement(recording, "optout").text = str(event["do_not_record"]).lower()
    links = SubElement(element, "links")
    for link in event["links"]:
        SubElement(links, "link", href=link["url"], type=link["type"]).text = link["title"]

"""An edition as files for the archives: what was seen, said, asked and planned.

    program.toml, program.ics, program.xml      the programme
    forloeb.json, forloeb.txt                   each item's planned and actual times; what was
                                                taken, held, skipped, and when
    spoergsmaal.json                            every question that was published, with its answer
    punkter/09.15 02/side.html                  the item's page
    punkter/09.15 02/undertekster.da.vtt        its captions
    punkter/09.15 02/dokumenter/01 Oplæg.pdf    its documents, in their order
    punkter/09.15 02/video/index.m3u8           its recording: plays from the unpacked folder

Segments stand in it as they were packaged, so nothing has to be made before the first byte goes
out, and the size of everything is known beforehand.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from urllib.parse import quote
from zoneinfo import ZoneInfo

from schedule import frab, ical
from schedule.library.documentwords import Document
from schedule.library.unlocking import SHOWN
from schedule.programme import Programme
from schedule.programme_file import dump
from schedule.show import Show, ShowItem
from server import wire
from server.as_run import AsRun, Line
from server.documents import file_name
from server.record_page import Link, Record, record_page
from server.zipping import Member, Zip, dos_date
from streams.films.captions import write_webvtt
from streams.recordings.filed import filed, read
from streams.recordings.spans import Span
from streams.shelf import Shelf


@dataclass(frozen=True, slots=True)
class Kept:
    """What an archive is made of.

    Args:
        records: of every item that is shown.
        log: what happened in the run of show.
        spans: what its recording is, item by item; empty where there is none.
        documents: what stands beside it, item by item.
        read: the bytes of a document.
    """

    programme: Programme
    show: Show
    records: Sequence[Record]
    log: Sequence[Line]
    spans: Callable[[str], Sequence[Span]]
    documents: Mapping[str, Sequence[Document]]
    read: Callable[[Document], bytes]


def archive_of(kept: Kept, shelf: Shelf) -> Zip:
    """The archive; the same bytes for as long as nothing in it changes."""
    programme, show = kept.programme, kept.show
    as_run = AsRun.of(programme, show, None, (), kept.log)
    ran = as_run.as_json()
    questions = {record.entry.id: list(record.questions) for record in kept.records}
    members = [
        _member("program.toml", dump(programme).encode()),
        _member("program.ics", ical.dump(programme)),
        _member("program.xml", frab.dump_xml(programme)),
        _member("forloeb.json", wire.to_json({name: ran[name] for name in ("items", "log")})),
        _member("forloeb.txt", as_run.text().encode()),
        _member("spoergsmaal.json", wire.to_json(questions)),
    ]
    for record in kept.records:
        folder = folder_of(record.entry, show)
        documents = {
            f"dokumenter/{number:02} {file_name(one)}": one
            for number, one in enumerate(kept.documents.get(record.entry.id, ()), 1)
        }
        links = tuple(Link(one.title, quote(name)) for name, one in documents.items())
        page = record_page(replace(record, documents=links))
        members.append(_member(f"{folder}/side.html", page.encode()))
        for name, one in documents.items():
            read_it = partial(kept.read, one)
            members.append(Member(f"{folder}/{name}", one.size, read_it, one.id))
        for language, cues in record.transcripts.items():
            text = write_webvtt(cues).encode()
            members.append(_member(f"{folder}/undertekster.{language}.vtt", text))
        spans = kept.spans(record.entry.id) if record.entry.item.kind in SHOWN else ()
        for file in filed(spans) if spans else ():
            name = f"{folder}/video/{file.name}"
            members.append(Member(name, file.size, partial(read, shelf, file)))
    return Zip(members, dos_date(show.date.year, show.date.month, show.date.day))


def folder_of(entry: ShowItem, show: Show) -> str:
    """An item's folder: they stand in the order of the day."""
    planned = entry.item.start.astimezone(ZoneInfo(show.timezone))
    return f"punkter/{planned:%H.%M} {entry.id}"


def _member(name: str, data: bytes) -> Member:
    return Member(name, len(data), lambda: data, f"{zlib.crc32(data):08x}")

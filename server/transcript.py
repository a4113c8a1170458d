"""A room's conversation as a text that anybody can open, print and file.

Plain text in UTF-8. What people wrote is set in from the margin, where only the server writes: no
text can pass itself off as another message, and none is markup to anything.

    Samtalen i Aalborg Kommune
    Børn & Unge Topmøde · torsdag den 28. januar 2021
    Tiderne er klokken i Europe/Copenhagen.

    09.15  Mette Nørgaard (vært)
           Er I med?
           Vi sidder otte i byrådssalen.

    09.16  Jens Holm, svar til Mette Nørgaard kl. 09.15 (rettet kl. 09.20)
           Ja.

    09.17  Jens Holm
           [Beskeden er slettet]
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from chat.transcript import Said
from server.clock import ShowMap

Language = Literal["da", "en"]

MARGIN = " " * 7


@dataclass(frozen=True, slots=True)
class Words:
    title: str
    zone: str
    older: str
    empty: str
    deleted: str
    host: str
    reply: str
    reply_to_older: str
    edited: str
    file: str
    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    date: str


WORDS: Mapping[Language, Words] = {
    "da": Words(
        title="Samtalen i {room}",
        zone="Tiderne er klokken i {zone}.",
        older="De ældste beskeder er ikke med; her er de seneste {count}.",
        empty="Der er ikke skrevet noget i rummet.",
        deleted="[Beskeden er slettet]",
        host="vært",
        reply="svar til {name} kl. {clock}",
        reply_to_older="svar til en ældre besked",
        edited="rettet kl. {clock}",
        file="[Fil: {name}]",
        weekdays=("mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag", "søndag"),
        months=(
            *("januar", "februar", "marts", "april", "maj", "juni"),
            *("juli", "august", "september", "oktober", "november", "december"),
        ),
        date="{weekday} den {day}. {month} {year}",
    ),
    "en": Words(
        title="The conversation in {room}",
        zone="Times are those of {zone}.",
        older="The oldest messages are left out; these are the last {count}.",
        empty="Nothing has been written in the room.",
        deleted="[The message has been deleted]",
        host="host",
        reply="in reply to {name} at {clock}",
        reply_to_older="in reply to an older message",
        edited="edited at {clock}",
        file="[File: {name}]",
        weekdays=(*("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),),
        months=(
            *("January", "February", "March", "April", "May", "June"),
            *("July", "August", "September", "October", "November", "December"),
        ),
        date="{weekday} {day} {month} {year}",
    ),
}


@dataclass(frozen=True, slots=True)
class Setting:
    """What stands above the conversation, and whose clock it goes by.

    Args:
        room: its name as it stands in a sentence.
        day: of the edition; another day's messages are headed by theirs.
    """

    room: str
    edition: str
    day: date
    zone: ZoneInfo
    show_map: ShowMap
    language: Language

    def hour(self, at: datetime) -> datetime:
        """The moment by the day's own clock, as the pages show it."""
        return self.show_map.to_show(at).astimezone(self.zone)


def written(said: Sequence[Said], setting: Setting, *, cut: bool) -> str:
    """The whole text.

    Args:
        said: oldest first.
        cut: whether there are older ones.
    """
    return "\n".join(_lines(said, setting, cut=cut)) + "\n"


def _lines(said: Sequence[Said], setting: Setting, *, cut: bool) -> Iterator[str]:
    words = WORDS[setting.language]
    yield words.title.format(room=setting.room)
    yield f"{setting.edition} · {_long_date(setting.day, words)}"
    yield words.zone.format(zone=setting.zone.key)
    if cut:
        yield words.older.format(count=len(said))
    if not said:
        yield from ("", words.empty)
    day, before = setting.day, dict[str, Said]()
    for one in said:
        hour = setting.hour(one.at)
        if hour.date() != day:
            day = hour.date()
            yield from ("", _long_date(day, words))
        yield from ("", f"{hour:%H.%M}  {_head(one, before, setting, words)}")
        text = words.deleted if one.text is None else one.text
        yield from (MARGIN + line for line in text.split("\n") if line or not one.files)
        yield from (MARGIN + words.file.format(name=file.name) for file in one.files or ())
        before[one.id] = one


def _head(one: Said, before: Mapping[str, Said], setting: Setting, words: Words) -> str:
    name = one.author.name
    if one.author.badge == "host":
        name += f" ({words.host})"
    if one.text is None:
        return name
    if one.reply_to is not None:
        name += f", {_reply(before.get(one.reply_to), setting, words)}"
    if one.edited is not None:
        name += f" ({words.edited.format(clock=f'{setting.hour(one.edited):%H.%M}')})"
    return name


def _reply(to: Said | None, setting: Setting, words: Words) -> str:
    if to is None:
        return words.reply_to_older
    return words.reply.format(name=to.author.name, clock=f"{setting.hour(to.at):%H.%M}")


def _long_date(day: date, words: Words) -> str:
    return words.date.format(
        weekday=words.weekdays[day.weekday()],
        day=day.day,
        month=words.months[day.month - 1],
        year=day.year,
    )

"""The programme as a TOML file, in and out.

    edition, title, theme, date, timezone, version
    [[section]]  id, title
    [[person]]   name, spellings
    [[item]]     id, title, kind, start, end or duration_s, and the other fields of `Item`

Hours are written as Danes write them, "09.15" or "09.15.30", in the programme's zone and date. Left
out, a start is the end of the spine item before (a side item's: its parent's start), and an end is
the start of the spine item after (a side item's: its parent's end).

Reading tells every fault at once, each with its line: what a table lacks is told at the table's
header, all else at its key.
"""

from __future__ import annotations

import json
import re
import tomllib
from importlib import resources
from typing import Any
from zoneinfo import ZoneInfo

from schedule.errors import Fault, ProgrammeFaults
from schedule.programme import Item, PersonInItem, Programme
from schedule.programme_hours import write_hour
from schedule.programme_tables import Reader

LARGEST_BYTES = 1_000_000
MOST_LINES = 20_000
DEEPEST_KEY = 32
# Keys with dots cost tomllib the square of their depth, and a table's depth once for every key.
_DEEP_KEY = re.compile(
    r"""(?<![\w-])(?:(?:[\w-]++|"(?:\\.|[^"\\\n])*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+)"""
    rf"{{{DEEPEST_KEY}}}"
)

__all__ = ["ProgrammeFaults", "builtin", "dump", "load"]


def builtin(name: str) -> Programme:
    """A programme that comes with the house: `topmoede_2021` or `demo_day`."""
    file = resources.files("schedule").joinpath(f"{name}.toml")
    return load(file.read_text(encoding="utf-8"))


def load(text: str | bytes) -> Programme:
    """Read a programme file.

    Raises:
        ProgrammeFaults: everything that is wrong, in the order of the lines, up to MOST_FAULTS.
    """
    source = _decoded(text)
    return Reader(source, _parsed(source)).programme()


def _decoded(text: str | bytes) -> str:
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    if len(data) > LARGEST_BYTES:
        raise _single(1, f"a file of at most {LARGEST_BYTES} bytes", f"{len(data)} bytes")
    try:
        return data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _single(line, "text in UTF-8", f"byte 0x{data[error.start]:02x}") from None


def _parsed(source: str) -> dict[str, Any]:
    if (lines := source.count("\n")) > MOST_LINES:
        raise _single(MOST_LINES, f"a file of at most {MOST_LINES} lines", f"{lines}")
    if deep := _DEEP_KEY.search(source):
        line = source.count("\n", 0, deep.start()) + 1
        raise _single(line, f"keys of at most {DEEPEST_KEY} parts", f"{deep[0]:.40}")
    try:
        return tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r" \(at line (\d+), column \d+\)$| \(at end of document\)$", str(error))
        line = int(place[1]) if place and place[1] else source.count("\n") + 1
        message = str(error)[: place.start()] if place else str(error)
        raise _single(line, "TOML", message) from None
    except (ValueError, RecursionError) as error:
        # A date that does not exist, a number beyond limits, or brackets nested without end.
        raise _single(1, "TOML that can be read", str(error)) from None


def _single(line: int, expected: str, came: str) -> ProgrammeFaults:
    return ProgrammeFaults((Fault(line, None, None, expected, came),))


def dump(programme: Programme) -> str:
    """The programme as a file that `load` reads back to the same, times to the second."""
    zone = ZoneInfo(programme.timezone)
    head: dict[str, object] = {
        "edition": programme.edition,
        "title": programme.title,
        "theme": programme.theme,
        "date": programme.date,
        "timezone": programme.timezone,
        "version": programme.version,
    }
    tables = [_table("", head)]
    for section in programme.sections:
        tables.append(_table("section", {"id": section.id, "title": section.title}))
    for person in programme.persons:
        tables.append(_table("person", {"name": person.name, "spellings": person.spellings}))
    tables += [_table("item", _fields(item, zone)) for item in programme.items]
    return "\n".join(tables)


def _fields(item: Item, zone: ZoneInfo) -> dict[str, object]:
    return {
        "id": item.id,
        "start": write_hour(item.start, zone),
        "end": write_hour(item.end, zone),
        "title": item.title,
        "short_title": item.short_title,
        "long_title": item.long_title,
        "kind": item.kind,
        "timing": item.timing,
        "minimum_s": item.minimum_s,
        "parent": item.parent,
        "section": item.section,
        "people": item.people,
        "people_pending": item.people_pending,
        "content_pending": item.content_pending,
        "description": item.description,
        "source": item.source,
        "film": item.film,
        "on": item.on,
        "choose": item.choose,
        "recommends": item.recommends,
        "questions": item.questions,
        "sector": item.sector,
        "place": item.place,
    }


_LEFT_OUT: tuple[object, ...] = (None, False, ())
_DEFAULTS = (("timing", "soft"), ("on", "channel"))


def _table(name: str, values: dict[str, object]) -> str:
    lines = [f"[[{name}]]"] if name else []
    for key, value in values.items():
        if (
            not any(value is one or value == one for one in _LEFT_OUT)
            and (key, value) not in _DEFAULTS
        ):
            lines.append(f"{key} = {_value(value)}")
    return "\n".join(lines) + "\n"


def _value(value: object) -> str:
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, PersonInItem):
        parts = (("name", value.name), ("title", value.title), ("role", value.role))
        return "{ " + ", ".join(f"{k} = {_value(v)}" for k, v in parts if v is not None) + " }"
    if isinstance(value, tuple):
        return "[" + ", ".join(_value(one) for one in value) + "]"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)

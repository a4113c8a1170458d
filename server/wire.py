"""Words to and from JSON: how commands, events and snapshots travel and are stored.

A word is a frozen dataclass of a room. Its wire name is its class name in snake_case; its wire
data is its fields: None left out, tuples as lists, nested dataclasses as objects, times RFC 3339
in UTC with Z. What comes in is checked strictly: an unknown field, a wrong type, a time without
offset is refused with the place where it stands.

An event frame is built by one function from what the journal stores, so that the frame sent at
commit and the frame read back a day later are the same bytes.
"""

from __future__ import annotations

import dataclasses
import re
import types
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints

import orjson
from pydantic import TypeAdapter, ValidationError

from server.errors import Refused

Data = dict[str, Any]

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@cache
def name_of(word: type) -> str:
    """`ItemStarted` -> `item_started`."""
    return _HUMP.sub("_", word.__name__).lower()


def names_of(words: Iterable[type]) -> dict[str, type]:
    """The words of a room by their wire names; two of one name cannot live in one topic."""
    table: dict[str, type] = {}
    for word in words:
        if table.setdefault(name_of(word), word) is not word:
            raise ValueError(f"expected one word named {name_of(word)}, got two")
    return table


def rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def data_of(word: Any) -> Data:
    """The wire data of a word.

    Args:
        word: a dataclass instance, nested as deep as it likes.
    """
    return {
        name: _plain(value)
        for name in _field_names(word.__class__)
        if (value := getattr(word, name)) is not None
    }


@cache
def _field_names(word: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(word))


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, Mapping):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, tuple | list | frozenset | set):
        return [_plain(part) for part in value]
    return data_of(value)


@cache
def _adapter(word: type) -> TypeAdapter[Any]:
    return TypeAdapter(word)


def read(word: type, data: Mapping[str, Any]) -> Any:
    """A word from wire data that came from outside.

    Raises:
        Refused: `bad_data`, with the field and what was expected there.
    """
    try:
        return read_json(word, orjson.dumps(data))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(step) for step in first["loc"])
        raise _bad_data(word, field, first["msg"]) from None
    except (TypeError, ValueError) as error:
        raise _bad_data(word, "", str(error)) from None


def _bad_data(word: type, field: str, message: str) -> Refused:
    where = f" at {field}" if field else ""
    return Refused("bad_data", f"{name_of(word)}{where}: {message}", field=field)


def read_json(word: type, data: bytes | str) -> Any:
    """A word from the JSON of its wire data.

    Raises:
        ValidationError, ValueError: what stands there is not this word.
    """
    value = _adapter(word).validate_json(data, strict=True, extra="forbid")
    return _in_utc(value) if _holds_times(word) else value


@cache
def _holds_times(hint: Any) -> bool:
    if hint is datetime:
        return True
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return any(_holds_times(part) for part in get_type_hints(hint).values())
    if get_origin(hint) is not None or isinstance(hint, types.UnionType):
        return any(_holds_times(part) for part in get_args(hint))
    return False


def _in_utc(value: Any) -> Any:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("expected a time with an offset, got one without")
        return value.astimezone(UTC)
    if isinstance(value, tuple):
        return tuple(_in_utc(part) for part in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = _field_names(type(value))
        return dataclasses.replace(value, **{name: _in_utc(getattr(value, name)) for name in names})
    return value


@dataclass(frozen=True, slots=True)
class Envelope:
    """Where and when an event stands: everything of its frame but the event itself.

    Args:
        seq: contiguous from 1 within the topic.
        at: wall time. show_at: show time, for the topics that live by it.
        cause: id of the command that led here; None where it would name an anonymous person.
    """

    topic: str
    seq: int
    name: str
    at: datetime
    show_at: datetime | None = None
    cause: str | None = None


def event_frame(envelope: Envelope, data: Data) -> bytes:
    """The frame of one event: a JSON object without a trailing newline, for every subscriber."""
    frame: Data = {
        "op": "event",
        "topic": envelope.topic,
        "seq": envelope.seq,
        "name": envelope.name,
        "at": rfc3339(envelope.at),
    }
    if envelope.show_at is not None:
        frame["show_at"] = rfc3339(envelope.show_at)
    if envelope.cause is not None:
        frame["cause"] = envelope.cause
    frame["data"] = data
    return orjson.dumps(frame)


def state_frame(topic: str, data: Data) -> bytes:
    """The newest value of a state topic."""
    return orjson.dumps({"op": "state", "topic": topic, "data": data})


def to_json(value: Any) -> bytes:
    return orjson.dumps(value)


def to_canonical_json(value: Any) -> bytes:
    """The same bytes for the same value, in whatever order its keys came."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def from_json(text: bytes | str) -> Any:
    return orjson.loads(text)

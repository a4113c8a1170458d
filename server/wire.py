"""Words to and from JSON: how commands, events and snapshots travel and are stored.

A word is a frozen dataclass of a room. Its wire name is its class name in snake_case; its wire
data is its fields: None left out, tuples as lists, nested dataclasses as objects, times RFC 3339
in UTC with Z; an underscore at a field's end, there for Python's sake, is dropped.

There are two ways back. `read` takes what came from outside and is strict: an unknown field, a
wrong type, a time without offset is refused with the place where it stands. `recall` takes what
we stored ourselves and is lenient, so that an older program reads a newer one's rows: a field that
is left out is None or its default, a field that is unknown is passed over.

An event frame is built by one function from what the journal stores, so that the frame sent at
commit and the frame read back a day later are the same bytes.
"""

from __future__ import annotations

import dataclasses
import re
import types
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import orjson
from pydantic import TypeAdapter, ValidationError

from server.errors import Refused

Data = dict[str, Any]
T = TypeVar("T")


def _once(make: Callable[[Any], T]) -> Callable[[Any], T]:
    """Work out once for each class; classes are hashable, whatever their metaclass says."""
    return cache(make)


_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@_once
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
        key: _plain(value)
        for key, name in _fields(word.__class__)
        if (value := getattr(word, name)) is not None
    }


@_once
def _fields(word: Any) -> tuple[tuple[str, str], ...]:
    """Names on the wire beside names in Python."""
    return tuple((field.name.rstrip("_"), field.name) for field in dataclasses.fields(word))


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, tuple | list | frozenset | set):
        return [_plain(part) for part in value]
    return data_of(value)


def read(word: type[Any], data: Mapping[str, Any]) -> Any:
    """A word from wire data that came from outside.

    Raises:
        Refused: `bad_data`, with the field and what was expected there.
    """
    try:
        given = orjson.dumps(_in_python_names(word, data))
        return _in_utc(_adapter(word).validate_json(given, strict=True, extra="forbid"))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(step).rstrip("_") for step in first["loc"])
        raise _bad_data(word, field, first["msg"]) from None
    except (TypeError, ValueError) as error:
        raise _bad_data(word, "", str(error)) from None


def _bad_data(word: type, field: str, message: str) -> Refused:
    where = f" at {field}" if field else ""
    return Refused("bad_data", f"{name_of(word)}{where}: {message}", field=field)


@_once
def _adapter(word: Any) -> TypeAdapter[Any]:
    return TypeAdapter(word)


def _in_python_names(word: type[Any], data: Mapping[str, Any]) -> Mapping[str, Any]:
    differing = {key: name for key, name in _fields(word) if key != name}
    if not differing:
        return data
    if stray := [name for name in differing.values() if name in data]:
        raise ValueError(f"unexpected field {stray[0]}")
    return {differing.get(key, key): value for key, value in data.items()}


def _in_utc(value: Any) -> Any:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("expected a time with an offset, got one without")
        return value.astimezone(UTC)
    if isinstance(value, tuple):
        return tuple(_in_utc(part) for part in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        parts = {name: getattr(value, name) for _, name in _fields(type(value))}
        settled = {name: _in_utc(part) for name, part in parts.items()}
        moved = {name: part for name, part in settled.items() if part is not parts[name]}
        return dataclasses.replace(value, **moved) if moved else value
    return value


def recall(word: type[Any], data: Mapping[str, Any]) -> Any:
    """A word from wire data that we stored.

    Raises:
        TypeError, ValueError, KeyError: what stands there is not this word.
    """
    hints, given = _hints(word), {name: data.get(key) for key, name in _fields(word)}
    values = {
        name: _recalled(hints[name], part) for name, part in given.items() if part is not None
    }
    for name in _without_default(word) - values.keys():
        if not _may_be_none(hints[name]):
            raise ValueError(f"expected {name} in {name_of(word)}, found none")
        values[name] = None
    return word(**values)


def _may_be_none(hint: Any) -> bool:
    return type(None) in get_args(hint)


@_once
def _hints(word: Any) -> dict[str, Any]:
    return get_type_hints(word)


@_once
def _without_default(word: Any) -> frozenset[str]:
    missing = dataclasses.MISSING
    return frozenset(
        field.name
        for field in dataclasses.fields(word)
        if field.default is missing and field.default_factory is missing
    )


def _recalled(hint: Any, value: Any) -> Any:
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return _recalled(_one_of(inner, value), value)
    if origin is tuple:
        return tuple(_recalled(inner[0], part) for part in value)
    if origin in (dict, Mapping):
        return {key: _recalled(inner[1], part) for key, part in value.items()}
    if dataclasses.is_dataclass(hint):
        return recall(hint, value) if isinstance(hint, type) else value
    if hint is datetime or hint is date:
        return hint.fromisoformat(value)
    return value


def _one_of(hints: Iterable[Any], value: Any) -> Any:
    """The member of a union that fits: among dataclasses the one that knows the most keys."""
    known = [hint for hint in hints if hint is not type(None)]
    if len(known) == 1 or not isinstance(value, Mapping):
        return known[0]
    return max(known, key=lambda hint: _fit(hint, value))


def _fit(hint: Any, value: Mapping[str, Any]) -> tuple[bool, int]:
    if not dataclasses.is_dataclass(hint):
        return (False, 0)
    keys = {key for key, _ in _fields(hint)}
    needed = {name.rstrip("_") for name in _without_default(hint)}
    return (needed <= value.keys(), len(keys & value.keys()) - len(value.keys() - keys))


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

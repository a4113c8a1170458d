"""What a client may say, and how what it did say is read.

A websocket message is one or several JSON objects separated by newlines. Reading has three
outcomes, and no fourth:

* `Unreadable`: the message as a whole is not JSON objects. The session ends (4502).
* `Wrong`: an object that can be read and is not one of ours: no or unknown `op`, a missing field,
  a wrong type, too long, NaN, a number beyond 2**53, a key twice, nested too deep, text that no
  database can store. It is answered with `refused`, the object's own `id` or null, and the session
  goes on. An object that can be read is therefore read to its end before it is judged.
* one of the words below.

Fields we do not know are passed over, so that a newer page can talk to an older server; only `data`
is judged in full, by the room it is meant for.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

VERSION = 1
MESSAGE_BYTES = 8192
MAX_INTEGER = 2**53 - 1
MAX_DEPTH = 32
MAX_ID = 64
MAX_TOPIC = 128
MAX_NAME = 64
MAX_HISTORY = 200


@dataclass(frozen=True, slots=True)
class Join:
    """Read a topic from a position on; without one, from a snapshot."""

    topic: str
    epoch: str | None = None
    seq: int | None = None


@dataclass(frozen=True, slots=True)
class Hello:
    topics: tuple[Join, ...]


@dataclass(frozen=True, slots=True)
class Leave:
    topic: str


@dataclass(frozen=True, slots=True)
class Do:
    id: str
    topic: str
    name: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class History:
    id: str
    topic: str
    before: int
    limit: int


@dataclass(frozen=True, slots=True)
class Ping:
    pass


@dataclass(frozen=True, slots=True)
class Wrong:
    """An object that was read and cannot be accepted.

    Args:
        op: what it claimed to be, None when it claimed nothing we know.
        id: its own id, when it had a usable one.
    """

    op: str | None
    id: str | None
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    detail: str


Word = Hello | Join | Leave | Do | History | Ping | Wrong


class _Fault(Exception):
    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class _Repeated(dict[str, Any]):
    """An object in which a key stood twice; which of the two was meant nobody can know."""


def read(message: str) -> tuple[Word, ...] | Unreadable:
    """Read one websocket message.

    Args:
        message: the text of the message, at most MESSAGE_BYTES long.
    """
    lines = [line for line in message.split("\n") if line.strip(" \t\r")]
    if not lines:
        return Unreadable("expected a JSON object, got an empty message")
    words: list[Word] = []
    for line in lines:
        word = _read_object(line)
        if isinstance(word, Unreadable):
            return word
        words.append(word)
    return tuple(words)


def _read_object(line: str) -> Word | Unreadable:
    try:
        value = json.loads(line, object_pairs_hook=_object, parse_int=_integer)
    except RecursionError:
        return _too_deep(None, None)
    except ValueError:
        return Unreadable(f"expected a JSON object, got {line!r:.80}")
    if not isinstance(value, dict):
        return Unreadable(f"expected a JSON object, got {line!r:.80}")
    op = value.get("op") if isinstance(value.get("op"), str) else None
    try:
        id = _own_id(value)
    except _Fault:
        id = None
    try:
        for fault in _faults(value, MAX_DEPTH):
            raise fault
        return _word(op, value)
    except _Fault as fault:
        return Wrong(op if op in _WORDS else None, id, fault.code, fault.detail)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    return value if len(value) == len(pairs) else _Repeated(value)


def _integer(digits: str) -> int | float:
    # Python refuses to convert very long digits; all that matters is that it is too large.
    return int(digits) if len(digits) <= 17 else math.inf


def _too_deep(op: str | None, id: str | None) -> Wrong:
    return Wrong(op, id, "too_deep", f"expected at most {MAX_DEPTH} levels, got more")


def _faults(value: Any, depth: int) -> Iterator[_Fault]:
    """Find what JSON's grammar lets through and no field of ours may hold."""
    if isinstance(value, str):
        yield from _text_faults(value)
    elif isinstance(value, bool) or value is None:
        return
    elif isinstance(value, int | float):
        yield from _number_faults(value)
    elif depth == 0:
        yield _Fault("too_deep", f"expected at most {MAX_DEPTH} levels, got more")
    elif isinstance(value, dict):
        if isinstance(value, _Repeated):
            yield _Fault("duplicate_key", "expected each key once, got one twice")
        for key, part in value.items():
            yield from _text_faults(key)
            yield from _faults(part, depth - 1)
    else:
        for part in value:
            yield from _faults(part, depth - 1)


def _text_faults(text: str) -> Iterator[_Fault]:
    if "\x00" in text or any("\ud800" <= char <= "\udfff" for char in text):
        yield _Fault("bad_text", "expected text of whole characters, got NUL or half a pair")


def _number_faults(number: float) -> Iterator[_Fault]:
    if math.isnan(number):
        yield _Fault("not_a_number", "expected a number, got NaN")
    elif abs(number) > MAX_INTEGER:
        yield _Fault("number_too_large", f"expected at most {MAX_INTEGER}, got more")


def _word(op: str | None, value: dict[str, Any]) -> Word:
    if op is None:
        raise _Fault("missing_field", "expected op as text, got none")
    reader = _WORDS.get(op)
    if reader is None:
        raise _Fault("unknown_op", f"expected one of {', '.join(_WORDS)}, got {op!r:.40}")
    return reader(value)


def _hello(value: dict[str, Any]) -> Hello:
    version = _field(value, "v", int)
    if version != VERSION:
        raise _Fault("unsupported_version", f"expected v {VERSION}, got {version}")
    topics = value.get("topics", [])
    if not isinstance(topics, list) or not all(isinstance(entry, dict) for entry in topics):
        raise _Fault("wrong_type", "expected topics as a list of objects")
    return Hello(tuple(_join(entry) for entry in topics))


def _join(value: dict[str, Any]) -> Join:
    topic = _text(value, "topic", MAX_TOPIC)
    epoch = _text(value, "epoch", MAX_ID) if value.get("epoch") is not None else None
    seq = _count(value, "seq") if value.get("seq") is not None else None
    # Half a position is none: a number without its epoch says nothing.
    return Join(topic) if epoch is None or seq is None else Join(topic, epoch, seq)


def _leave(value: dict[str, Any]) -> Leave:
    return Leave(_text(value, "topic", MAX_TOPIC))


def _do(value: dict[str, Any]) -> Do:
    return Do(
        id=_own_id(value),
        topic=_text(value, "topic", MAX_TOPIC),
        name=_text(value, "name", MAX_NAME),
        data=_field(value, "data", dict) if "data" in value else {},
    )


def _history(value: dict[str, Any]) -> History:
    limit = _count(value, "limit") if "limit" in value else MAX_HISTORY
    return History(
        id=_own_id(value),
        topic=_text(value, "topic", MAX_TOPIC),
        before=_count(value, "before"),
        limit=max(1, min(limit, MAX_HISTORY)),
    )


def _ping(_value: dict[str, Any]) -> Ping:
    return Ping()


_WORDS: dict[str, Callable[[dict[str, Any]], Word]] = {
    "hello": _hello,
    "join": _join,
    "leave": _leave,
    "do": _do,
    "history": _history,
    "ping": _ping,
}


def _field(value: dict[str, Any], name: str, kind: type) -> Any:
    if name not in value:
        raise _Fault("missing_field", f"expected {name}, got none")
    field = value[name]
    if not isinstance(field, kind) or isinstance(field, bool):
        raise _Fault("wrong_type", f"expected {name} as {_KINDS[kind]}, got {field!r:.40}")
    return field


def _text(value: dict[str, Any], name: str, longest: int) -> str:
    text: str = _field(value, name, str)
    if not text:
        raise _Fault("missing_field", f"expected {name}, got an empty text")
    if len(text) > longest:
        raise _Fault("too_long", f"expected {name} of at most {longest}, got {len(text)}")
    return text


def _count(value: dict[str, Any], name: str) -> int:
    count: int = _field(value, name, int)
    if count < 0:
        raise _Fault("wrong_type", f"expected {name} from 0 on, got {count}")
    return count


def _own_id(value: dict[str, Any]) -> str:
    id = _text(value, "id", MAX_ID)
    if next(_text_faults(id), None) is not None:
        raise _Fault("bad_text", "expected an id of whole characters")
    return id


_KINDS = {str: "text", int: "a whole number", dict: "an object"}

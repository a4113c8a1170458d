"""Values as plain JSON and back: one shape for the wire and for snapshots.

A dataclass is an object with its fields' names, None is left out, tuples are lists, moments are
RFC 3339 in UTC. `read` is the inverse for the same classes and trusts what it reads: it is used on
our own snapshots, never on what comes from outside.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")


def plain(value: Any) -> Any:
    if isinstance(value, (str, int, float, bool)) or value is None:
        return value
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, tuple):
        return [plain(one) for one in value]
    if isinstance(value, Mapping):
        return {key: plain(one) for key, one in value.items()}
    found = ((name, getattr(value, name)) for name in _names(type(value)))
    return {name: plain(one) for name, one in found if one is not None}


def moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def read(kind: type[T], data: Mapping[str, Any]) -> T:
    """Build a dataclass from what `plain` made of it; a missing field takes its default."""
    hints = _hints(kind)
    return kind(**{name: _read(hints[name], one) for name, one in data.items()})


def _read(kind: Any, value: Any) -> Any:
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        (kind,) = (one for one in get_args(kind) if one is not type(None))
        return _read(kind, value)
    if origin is tuple:
        return tuple(_read(get_args(kind)[0], one) for one in value)
    if origin is not None and origin is not Literal:
        return {key: _read(get_args(kind)[1], one) for key, one in value.items()}
    if kind is datetime:
        return datetime.fromisoformat(value)
    if isinstance(kind, type) and is_dataclass(kind):
        return read(kind, value)
    return value


def _find_names(kind: Any) -> tuple[str, ...]:
    return tuple(one.name for one in fields(kind))


def _find_hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


# Looked up once for each class, not for each value; typed so that any class will do.
_names: Callable[[Any], tuple[str, ...]] = lru_cache(maxsize=None)(_find_names)
_hints: Callable[[Any], dict[str, Any]] = lru_cache(maxsize=None)(_find_hints)

"""AMF0, the notation in which RTMP's commands are written (Action Message Format 0, 2007).

A value is a marker of one byte and what belongs to it. Six kinds travel: numbers (always floats),
booleans, strings, nothing, objects (names and values in order) and arrays. What comes from outside
is read within bounds: so deep, so many values, no longer than the message that holds it. Whatever
breaks a bound or ends early is `Broken`, and nothing else is ever raised.

    marker   value                      in Python
    0        number, 8 bytes            float
    1        boolean                    bool
    2, 12    string, long string        str; bytes that are no UTF-8 are replaced
    3, 8     object, ECMA array         dict
    5, 6     null, undefined            None
    10       strict array               list
    11       date                       float, milliseconds since 1970
    16       object of a named class    dict; the name is dropped

References (7), AMF3 (17) and the rest are refused: no encoder needs them to publish.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import TypeAlias

DEEPEST = 16
MOST_VALUES = 1024

Value: TypeAlias = "float | bool | str | dict[str, Value] | list[Value] | None"

_NUMBER, _BOOLEAN, _STRING, _OBJECT, _NULL = 0, 1, 2, 3, 5
_OBJECT_END, _STRICT_ARRAY, _LONG_STRING = 9, 10, 12
_LONGEST_SHORT_STRING = 0xFFFF


class Broken(ValueError):
    """Bytes that are no AMF0, or more of it than is read."""


def decode(data: bytes) -> list[Value]:
    """All values of a message, in order.

    Raises:
        Broken: saying what was expected and what came.
    """
    reader = _Reader(data)
    values: list[Value] = []
    while not reader.ended:
        values.append(reader.value(0))
    return values


def encode(values: Iterable[Value | int]) -> bytes:
    """Values as a message; whole numbers are numbers too."""
    return b"".join(_encoded(value) for value in values)


class _Reader:
    """Reads values from the front of a message."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self._values = 0

    @property
    def ended(self) -> bool:
        return self._at >= len(self._data)

    def value(self, depth: int) -> Value:
        self._values += 1
        if depth > DEEPEST or self._values > MOST_VALUES:
            raise Broken(f"expected {MOST_VALUES} values at most, {DEEPEST} deep; came more")
        match self._take(1)[0]:
            case 0:
                return self._number()
            case 1:
                return self._take(1) != b"\0"
            case 2:
                return self._text(2)
            case 12:
                return self._text(4)
            case 3:
                return self._properties(depth)
            case 8:
                self._take(4)  # a count that writers get wrong; the end is marked anyway
                return self._properties(depth)
            case 16:
                self._text(2)
                return self._properties(depth)
            case 5 | 6:
                return None
            case 10:
                return self._array(depth)
            case 11:
                milliseconds = self._number()
                self._take(2)  # a time zone that must be zero
                return milliseconds
            case marker:
                raise Broken(f"expected a value of AMF0; came the marker {marker}")

    def _take(self, size: int) -> bytes:
        taken = self._data[self._at : self._at + size]
        if len(taken) < size:
            raise Broken(f"expected {size} bytes more; came {len(taken)}")
        self._at += size
        return taken

    def _number(self) -> float:
        number: float = struct.unpack(">d", self._take(8))[0]
        return number

    def _text(self, length_bytes: int) -> str:
        size = int.from_bytes(self._take(length_bytes))
        return self._take(size).decode("utf-8", "replace")

    def _properties(self, depth: int) -> dict[str, Value]:
        found: dict[str, Value] = {}
        while True:
            name = self._text(2)
            if not name and self._data[self._at : self._at + 1] == bytes([_OBJECT_END]):
                self._at += 1
                return found
            found[name] = self.value(depth + 1)

    def _array(self, depth: int) -> list[Value]:
        count = int.from_bytes(self._take(4))
        if count > MOST_VALUES:
            raise Broken(f"expected {MOST_VALUES} values at most; came an array of {count}")
        return [self.value(depth + 1) for _ in range(count)]


def _encoded(value: Value | int) -> bytes:
    match value:
        case None:
            return bytes([_NULL])
        case bool():
            return bytes([_BOOLEAN, value])
        case int() | float():
            return struct.pack(">Bd", _NUMBER, value)
        case str():
            return _encoded_text(value)
        case dict():
            return bytes([_OBJECT]) + _encoded_properties(value)
        case list():
            return struct.pack(">BI", _STRICT_ARRAY, len(value)) + encode(value)


def _encoded_text(text: str) -> bytes:
    data = text.encode()
    if len(data) > _LONGEST_SHORT_STRING:
        return struct.pack(">BI", _LONG_STRING, len(data)) + data
    return struct.pack(">BH", _STRING, len(data)) + data


def _encoded_properties(properties: dict[str, Value]) -> bytes:
    pairs = ((name.encode(), _encoded(value)) for name, value in properties.items())
    named = b"".join(struct.pack(">H", len(name)) + name + value for name, value in pairs)
    return named + b"\0\0" + bytes([_OBJECT_END])

"""A group of pictures as far as it has come: whoever joins late is given it and sees at once.

It begins with an IDR and holds every picture since. One that grows past its bounds is let go
whole: a tail without its IDR shows nothing.
"""

from __future__ import annotations

from typing import Generic, Protocol, TypeVar

MOST_BYTES = 8 * 1024 * 1024
MOST_PICTURES = 400


class Coded(Protocol):
    """A coded picture; decoding can start at one that is `key`."""

    @property
    def key(self) -> bool: ...

    @property
    def data(self) -> bytes: ...


Picture = TypeVar("Picture", bound=Coded)


class Gop(Generic[Picture]):
    """Pictures since the last IDR, in decode order; none before the first."""

    def __init__(self) -> None:
        self._pictures: list[Picture] = []
        self._size_bytes = 0

    @property
    def pictures(self) -> tuple[Picture, ...]:
        return tuple(self._pictures)

    def add(self, picture: Picture) -> None:
        """Takes the next picture; an IDR begins the group anew."""
        if picture.key:
            self.clear()
        elif not self._pictures:
            return
        self._pictures.append(picture)
        self._size_bytes += len(picture.data)
        if self._size_bytes > MOST_BYTES or len(self._pictures) > MOST_PICTURES:
            self.clear()

    def clear(self) -> None:
        self._pictures.clear()
        self._size_bytes = 0

"""The lines of one thread, as the crew and the one who asked both keep them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chat.people import Author

LINES_KEPT = 20


@dataclass(frozen=True, slots=True)
class Line:
    """`seq` is the number on the topic it was read on, so that a reader knows what is new."""

    seq: int
    at: datetime
    author: Author
    text: str


def added(lines: tuple[Line, ...], line: Line) -> tuple[Line, ...]:
    """The oldest go: somebody who writes that much needs the telephone, not a longer page."""
    return (*lines, line)[-LINES_KEPT:]

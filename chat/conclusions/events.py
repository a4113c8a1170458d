"""What has happened on the board.

Everybody reads it, so no event says more than everybody may know: not who hid a text, nor why.
"""

from __future__ import annotations

from dataclasses import dataclass

from chat.event import Event
from chat.people import Author


@dataclass(frozen=True, slots=True)
class ConclusionPublished(Event):
    conclusion: str
    author: Author
    municipality: str
    text: str
    theme: str | None = None


@dataclass(frozen=True, slots=True)
class ConclusionEdited(Event):
    """The whole text and the theme as they are now; no theme: about all of them."""

    conclusion: str
    text: str
    theme: str | None = None


@dataclass(frozen=True, slots=True)
class ConclusionWithdrawn(Event):
    conclusion: str


@dataclass(frozen=True, slots=True)
class ConclusionHidden(Event):
    """By a moderator."""

    conclusion: str


@dataclass(frozen=True, slots=True)
class ReplyPosted(Event):
    """Without a municipality: by somebody who has none."""

    conclusion: str
    reply: str
    author: Author
    text: str
    municipality: str | None = None


@dataclass(frozen=True, slots=True)
class ReplyWithdrawn(Event):
    """By its author, or with the conclusion it stood under."""

    conclusion: str
    reply: str


@dataclass(frozen=True, slots=True)
class ReplyHidden(Event):
    """By a moderator."""

    conclusion: str
    reply: str


BY_TOPIC: dict[str, tuple[type, ...]] = {
    "board": (
        ConclusionPublished,
        ConclusionEdited,
        ConclusionWithdrawn,
        ConclusionHidden,
        ReplyPosted,
        ReplyWithdrawn,
        ReplyHidden,
    ),
}

"""The board between municipalities as everybody sees it.

This is the topic `board` and its snapshot:

    {"themes": ["dagtilbud", "skole"],
     "conclusions": [{"id": "c3", "seq": 12, "at": "…Z", "municipality": "aalborg", "author": {…},
                      "text"?: "…", "theme"?: "skole", "edited"?: "…Z", "hidden"?: true,
                      "replies": [{"id": "c3.r1", "seq": 14, "at": "…Z", "author": {…},
                                   "municipality"?: "aarhus", "text"?: "…", "hidden"?: true}]}]}

all oldest first. How each event changes it, here and in the browser:

    conclusion_published   append {id: conclusion, seq and at of the frame, municipality, author,
                           text, theme, no replies}, and trim
    conclusion_edited      text, theme; edited = at of the frame
    conclusion_withdrawn   take it out
    conclusion_hidden      hidden = true; text, theme, edited absent; no replies
    reply_posted           append {id: reply, seq and at of the frame, author, municipality, text}
    reply_withdrawn        take it out
    reply_hidden           hidden = true; text absent

Trim: while there are more than 400 conclusions, the oldest hidden one goes, or else the oldest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from chat.conclusions.events import (
    ConclusionEdited,
    ConclusionHidden,
    ConclusionPublished,
    ConclusionWithdrawn,
    ReplyHidden,
    ReplyPosted,
    ReplyWithdrawn,
)
from chat.event import Event
from chat.people import Author

SHOWN = 400


@dataclass(frozen=True, slots=True)
class Reply:
    id: str
    seq: int
    at: datetime
    author: Author
    municipality: str | None = None
    text: str | None = None
    hidden: bool | None = None


@dataclass(frozen=True, slots=True)
class Conclusion:
    id: str
    seq: int
    at: datetime
    municipality: str
    author: Author
    text: str | None = None
    theme: str | None = None
    edited: datetime | None = None
    hidden: bool | None = None
    replies: tuple[Reply, ...] = ()


@dataclass(frozen=True, slots=True)
class Board:
    """`themes`: those of the programme, in its order."""

    themes: tuple[str, ...] = ()
    conclusions: tuple[Conclusion, ...] = ()

    def find(self, id: str) -> Conclusion | None:
        return next((one for one in self.conclusions if one.id == id), None)

    def find_reply(self, id: str) -> tuple[Conclusion, Reply] | None:
        both = ((one, reply) for one in self.conclusions for reply in one.replies)
        return next((pair for pair in both if pair[1].id == id), None)

    def standing_of(self, municipality: str) -> int:
        return sum(one.municipality == municipality and not one.hidden for one in self.conclusions)


def evolve(board: Board, event: Event, *, seq: int, at: datetime) -> Board:
    match event:
        case ConclusionPublished(id, author, municipality, text, theme):
            newest = Conclusion(id, seq, at, municipality, author, text, theme)
            return _trimmed(replace(board, conclusions=(*board.conclusions, newest)))
        case ConclusionEdited(id, text, theme):
            return _changed(board, id, text=text, theme=theme, edited=at)
        case ConclusionWithdrawn(id):
            return _without(board, id)
        case ConclusionHidden(id):
            return _changed(board, id, text=None, theme=None, edited=None, hidden=True, replies=())
        case ReplyPosted(id, reply, author, text, municipality):
            return _replied(board, id, Reply(reply, seq, at, author, municipality, text))
        case ReplyWithdrawn(id, reply):
            return _with_replies(board, id, lambda one: None if one.id == reply else one)
        case ReplyHidden(id, reply):
            return _with_replies(board, id, lambda one: _hidden(one) if one.id == reply else one)
    return board


def _trimmed(board: Board) -> Board:
    if len(board.conclusions) <= SHOWN:
        return board
    oldest = next((one for one in board.conclusions if one.hidden), board.conclusions[0])
    return _without(board, oldest.id)


def _without(board: Board, id: str) -> Board:
    return replace(board, conclusions=tuple(one for one in board.conclusions if one.id != id))


def _changed(board: Board, id: str, **changes: Any) -> Board:
    conclusions = (replace(one, **changes) if one.id == id else one for one in board.conclusions)
    return replace(board, conclusions=tuple(conclusions))


def _replied(board: Board, id: str, reply: Reply) -> Board:
    conclusion = board.find(id)
    return _changed(board, id, replies=(*conclusion.replies, reply)) if conclusion else board


def _with_replies(board: Board, id: str, change: Callable[[Reply], Reply | None]) -> Board:
    conclusion = board.find(id)
    if conclusion is None:
        return board
    changed = (change(one) for one in conclusion.replies)
    return _changed(board, id, replies=tuple(one for one in changed if one is not None))


def _hidden(reply: Reply) -> Reply:
    return replace(reply, text=None, hidden=True)

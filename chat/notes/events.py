"""What has happened to a room's notes. `update` is somebody's words: see `chat.erasure`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NotesChanged:
    update: str
    by: str


@dataclass(frozen=True, slots=True)
class NotesPacked:
    """Everything so far in one update; those before it are not needed any more, and erased."""

    update: str


@dataclass(frozen=True, slots=True)
class NotesEmptied:
    """There are no notes; whoever has some begins anew."""


NotesEvent = NotesChanged | NotesPacked | NotesEmptied

EVENTS: tuple[type, ...] = (NotesChanged, NotesPacked, NotesEmptied)

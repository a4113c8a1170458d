"""What may be asked of a room's notes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ChangeNotes:
    """A change by one person.

    Args:
        update: a Yjs update (encoding v1) in base64, of at most `noting.UPDATE_MOST` bytes.
    """

    update: str


@dataclass(frozen=True, slots=True)
class EmptyNotes:
    """Erase them, when the room's texts have been kept for as long as was promised."""


NotesCommand = ChangeNotes | EmptyNotes

COMMANDS: tuple[type, ...] = (ChangeNotes, EmptyNotes)

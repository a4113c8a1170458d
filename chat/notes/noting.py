"""A room's notes: one text that several people write at once, also without a line.

The text is a Yjs document; whoever has the same updates, in whatever order, has the same text. The
log is these updates, and the topic `notes:<room>` has this snapshot:

    {"room": "aalborg", "emptied": 0, "updates": ["AQH…", "AAH…"]}        base64, oldest first

    notes_changed   append update
    notes_packed    updates = [update]
    notes_emptied   updates = [], emptied + 1

Whoever has a copy from before they were emptied begins anew, and sends nothing of it. So that
neither side has to agree on how a document is written down, folding knows nothing of it: only
deciding does. An update is taken when it can be read, when everything it stands on is here
(`notes_gap` otherwise: the sender sends what we lack), and while there is room (`notes_full`; what
makes the text shorter is taken for longer). After `PACK_AFTER` changes the document is written anew
in one update, and the log's earlier ones are erased. What is here already changes nothing.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, assert_never

from pycrdt import Doc, Text, get_update

from chat.errors import Refused
from chat.notes.commands import EmptyNotes, NotesCommand
from chat.notes.events import NotesChanged, NotesEmptied, NotesEvent, NotesPacked
from chat.people import Person
from chat.plain import plain, read

TEXT = "notes"
UPDATE_MOST = 5_000
TEXT_MOST = 20_000
DOCUMENT_MOST = 200_000
PACK_AFTER = 50


@dataclass(frozen=True, slots=True)
class Notes:
    room: str
    emptied: int = 0
    updates: tuple[str, ...] = ()


def initial(room: str) -> Notes:
    return Notes(room)


def snapshot(notes: Notes) -> dict[str, Any]:
    found: dict[str, Any] = plain(notes)
    return found


def restore(data: Mapping[str, Any]) -> Notes:
    return read(Notes, data)


def evolve(notes: Notes, event: NotesEvent, *, seq: int, at: datetime) -> Notes:
    match event:
        case NotesChanged(update):
            return replace(notes, updates=(*notes.updates, update))
        case NotesPacked(update):
            return replace(notes, updates=(update,))
        case NotesEmptied():
            return replace(notes, emptied=notes.emptied + 1, updates=())
        case _:
            assert_never(event)


def text_of(notes: Notes) -> str:
    """The text as everybody reads it who has heard everything."""
    return _text(_document(notes.updates))


def decide(
    notes: Notes, command: NotesCommand, by: Person, now: datetime
) -> tuple[NotesEvent, ...]:
    """What a command leads to; nothing when the notes hold it already.

    Raises:
        Refused: ``notes_update`` for what is none, ``notes_gap``, ``notes_full``.
    """
    if isinstance(command, EmptyNotes):
        return (NotesEmptied(),) if notes.updates else ()
    update = _read(command.update)
    try:
        return _changed(notes, update, by)
    except BaseException as error:
        # An update may be such that the library gives up on it: half of an emoji, say. That is no
        # exception of Python's, and nothing but its name tells it from the end of the program.
        if type(error).__name__ == "PanicException":
            raise _no_update() from error
        raise


def _changed(notes: Notes, update: bytes, by: Person) -> tuple[NotesEvent, ...]:
    document = _document(notes.updates)
    before, length = document.get_update(), len(_text(document))
    _apply(document, update)
    # What of the update the document does not show; it begins with how many have written it.
    if get_update(update, document.get_state())[0] != 0:
        raise Refused("notes_gap", "expected a change to what is here, came one to what is not")
    after, now_long = document.get_update(), len(_text(document))
    if after == before:
        return ()
    if not _has_room(len(before), len(after), is_shorter=now_long < length, text=now_long):
        raise Refused("notes_full", f"expected at most {TEXT_MOST} characters, came {now_long}")
    changed = NotesChanged(_written(update), by.id)
    if len(notes.updates) + 1 < PACK_AFTER:
        return (changed,)
    return (changed, NotesPacked(_written(after)))


def _has_room(before: int, after: int, *, is_shorter: bool, text: int) -> bool:
    """Whether the notes may be that long: the document in bytes, the text in characters.

    What makes a full text shorter may make its document longer, by what is noted of a deletion;
    but it must not carry along what nobody sees.
    """
    if not is_shorter:
        return text <= TEXT_MOST and after <= DOCUMENT_MOST
    return after <= max(before, 2 * DOCUMENT_MOST)


def _document(updates: Sequence[str]) -> Doc[Any]:
    document: Doc[Any] = Doc()
    for update in updates:
        if update:
            document.apply_update(base64.b64decode(update))
    return document


def _text(document: Doc[Any]) -> str:
    return str(document.get(TEXT, type=Text))


def _apply(document: Doc[Any], update: bytes) -> None:
    try:
        document.apply_update(update)
    except ValueError as error:
        raise _no_update() from error


def _read(update: str) -> bytes:
    if len(update) > 4 * -(-UPDATE_MOST // 3):
        raise Refused(
            "notes_update", f"expected at most {UPDATE_MOST} bytes, came more", most=UPDATE_MOST
        )
    try:
        found = base64.b64decode(update, validate=True)
    except (binascii.Error, ValueError) as error:
        raise _no_update() from error
    if not found:
        raise _no_update()
    return found


def _written(update: bytes) -> str:
    return base64.b64encode(update).decode()


def _no_update() -> Refused:
    return Refused("notes_update", "expected a Yjs update in base64, came something else")

"""The documents of each item, in the order in which they are read.

What stands here is what is kept: the bytes of a document that is added lie in a cabinet already,
and those of one that is removed are to go (`DocumentRemoved`). An item that a later version of the
programme leaves out keeps its documents until somebody removes them; it may come back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from schedule.errors import Refused
from schedule.library.documentwords import (
    AddDocument,
    Document,
    DocumentAdded,
    DocumentCommand,
    DocumentEvent,
    DocumentMoved,
    DocumentRemoved,
    DocumentRenamed,
    MoveDocument,
    RemoveDocument,
    RenameDocument,
)

Documents = Mapping[str, tuple[Document, ...]]
"""By item; an item without any does not stand in it."""

MOST_DOCUMENTS = 20
LONGEST_TITLE = 120


def decide(documents: Documents, command: DocumentCommand) -> tuple[DocumentEvent, ...]:
    """What a command leads to.

    Raises:
        Refused: `too_many`, `bad_title`, `unknown_document`.
    """
    own = documents.get(command.item, ())
    match command:
        case AddDocument(item, document):
            if document in own:
                return ()
            refuse_full(own)
            return (DocumentAdded(item, replace(document, title=tidy_title(document.title))),)
        case RenameDocument(item, id):
            known, title = _known(own, id), tidy_title(command.title)
            return () if known.title == title else (DocumentRenamed(item, id, title),)
        case MoveDocument(item, id):
            known, place = _known(own, id), min(max(command.place, 0), len(own) - 1)
            return () if own.index(known) == place else (DocumentMoved(item, id, place),)
        case RemoveDocument(item, id):
            return (DocumentRemoved(item, _known(own, id).id),)


def refuse_full(own: tuple[Document, ...]) -> None:
    """Asked before the bytes are read too. Raises Refused `too_many`."""
    if len(own) >= MOST_DOCUMENTS:
        most = MOST_DOCUMENTS
        raise Refused("too_many", f"expected at most {most} documents of an item", most=most)


def tidy_title(title: str) -> str:
    """A title as it is kept. Raises Refused `bad_title`."""
    title = " ".join(title.split())
    if not 1 <= len(title) <= LONGEST_TITLE:
        expected = f"expected a title of 1 to {LONGEST_TITLE} characters"
        raise Refused("bad_title", f"{expected}, came {len(title)}")
    return title


def _known(own: tuple[Document, ...], id: str) -> Document:
    found = next((one for one in own if one.id == id), None)
    if found is None:
        raise Refused("unknown_document", f"expected a document of the item, came {id!r:.40}")
    return found


def evolve(documents: Documents, event: DocumentEvent) -> Documents:
    own = documents.get(event.item, ())
    match event:
        case DocumentAdded(document=document):
            own = (*own, document)
        case DocumentRenamed(document=id, title=title):
            own = tuple(replace(one, title=title) if one.id == id else one for one in own)
        case DocumentMoved(document=id, place=place):
            moved = tuple(one for one in own if one.id == id)
            left = tuple(one for one in own if one.id != id)
            own = (*left[:place], *moved, *left[place:])
        case DocumentRemoved(document=id):
            own = tuple(one for one in own if one.id != id)
    others = {item: each for item, each in documents.items() if item != event.item}
    return {**others, event.item: own} if own else others


def snapshot(documents: Documents) -> dict[str, Any]:
    return {"items": {item: data_of(own) for item, own in documents.items()}}


def restore(data: dict[str, Any]) -> Documents:
    return {item: documents_from(own) for item, own in data["items"].items()}


def data_of(documents: tuple[Document, ...]) -> list[dict[str, Any]]:
    names = ("id", "title", "kind", "size")
    return [{name: getattr(one, name) for name in names} for one in documents]


def documents_from(data: list[dict[str, Any]]) -> tuple[Document, ...]:
    return tuple(Document(one["id"], one["title"], one["kind"], one["size"]) for one in data)

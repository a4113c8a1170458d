"""The words about an item's documents: slides, hand-outs, the sheet of questions to discuss.

What an item has stands on `library.documents`, which those who prepare the day read: before an item
opens, nobody else learns that there is anything. What is open to everybody registered is told on
`library` (`DocumentsShown`), so that open pages show it at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

DocumentKind = Literal["jpeg", "png", "pdf"]


@dataclass(frozen=True, slots=True)
class Document:
    """
    Args:
        size: in bytes.
    """

    id: str
    title: str
    kind: DocumentKind
    size: int


# --- library.documents ---


@dataclass(frozen=True, slots=True)
class AddDocument:
    """The server's: its bytes have come, were found to be what they are, and are kept."""

    item: str
    document: Document


@dataclass(frozen=True, slots=True)
class RenameDocument:
    item: str
    document: str
    title: str


@dataclass(frozen=True, slots=True)
class MoveDocument:
    """Put a document at a place among the item's; the first is 0."""

    item: str
    document: str
    place: int


@dataclass(frozen=True, slots=True)
class RemoveDocument:
    item: str
    document: str


@dataclass(frozen=True, slots=True)
class DocumentAdded:
    """It stands last."""

    item: str
    document: Document


@dataclass(frozen=True, slots=True)
class DocumentRenamed:
    item: str
    document: str
    title: str


@dataclass(frozen=True, slots=True)
class DocumentMoved:
    item: str
    document: str
    place: int


@dataclass(frozen=True, slots=True)
class DocumentRemoved:
    """Its bytes are to be removed, wherever they lie."""

    item: str
    document: str


# --- library ---


@dataclass(frozen=True, slots=True)
class ShowDocuments:
    """The server's: these are open to everybody registered now; none where the item is not."""

    item: str
    documents: tuple[Document, ...] = ()


@dataclass(frozen=True, slots=True)
class DocumentsShown:
    item: str
    documents: tuple[Document, ...] = ()


DocumentCommand = AddDocument | RenameDocument | MoveDocument | RemoveDocument
DocumentEvent = DocumentAdded | DocumentRenamed | DocumentMoved | DocumentRemoved

COMMANDS: tuple[type, ...] = (AddDocument, RenameDocument, MoveDocument, RemoveDocument)
EVENTS: tuple[type, ...] = (DocumentAdded, DocumentRenamed, DocumentMoved, DocumentRemoved)

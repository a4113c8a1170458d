"""The words about files in a room: what a message carries, what may be asked, what has happened.

Both topics of a room tell of files as parts of messages (`File`). What the room keeps of them
beside that stands in a topic of its own, `room.files:<room>`, which nobody reads: who sent which
bytes, and that they are gone. No event of it holds anybody's words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from chat.event import Event

FileKind = Literal["jpeg", "png", "pdf"]


@dataclass(frozen=True, slots=True)
class FileToPost:
    """A file that was sent before, as its sender calls it.

    Args:
        alt: what a picture shows, for whoever does not see it.
    """

    id: str
    name: str
    alt: str | None = None


@dataclass(frozen=True, slots=True)
class File:
    """A file as a message carries it; a picture has its sides in pixels."""

    id: str
    kind: FileKind
    name: str
    size: int
    width: int | None = None
    height: int | None = None
    alt: str | None = None


@dataclass(frozen=True, slots=True)
class KeepFile:
    """The server's: bytes have come, were found to be what they are, and lie on the disk.

    Args:
        by: the id of the person who sent them.
        room_most_bytes, hour_most_bytes: what the edition lets a room hold, and one person send
            to it within an hour.
    """

    file: str
    by: str
    kind: FileKind
    size: int
    room_most_bytes: int
    hour_most_bytes: int
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True)
class DropFile:
    """The server's, for the person who sent a file and did not post it."""

    file: str
    by: str


@dataclass(frozen=True, slots=True)
class DropForgotten:
    """The server's: files that nobody has posted for an hour go."""


@dataclass(frozen=True, slots=True)
class FileReceived(Event):
    file: str
    by: str
    kind: FileKind
    size: int
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True)
class FilesDropped(Event):
    """Their bytes are to be removed, wherever they lie."""

    files: tuple[str, ...]


FileCommand = KeepFile | DropFile | DropForgotten

COMMANDS = (KeepFile, DropFile, DropForgotten)
EVENTS = (FileReceived, FilesDropped)

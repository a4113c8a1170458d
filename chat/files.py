"""The files of a room: how much it takes, what they are called, which message each belongs to.

    received, by a person      -> FileReceived     it is that person's, and nobody else's
    posted with a message      it stands with the message, or waits with it for the host
    message deleted, declined, withdrawn; room emptied; not posted within an hour
                               -> FilesDropped     its bytes are removed

A file belongs to one message, once. Its name is kept as text and repaired, never refused: composed
letters, no signs that are not seen or that turn the direction, nothing of a path, and the ending of
what the file *is*. What is told of a file beside a message, names above all, stands in the events
about the message, and goes when they are emptied.

Invariant: what is dropped is named in `FilesDropped`, so that a log whose texts were emptied folds
to the same files.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from chat.errors import Refused
from chat.event import Event
from chat.filewords import (
    DropFile,
    DropForgotten,
    File,
    FileCommand,
    FileKind,
    FileReceived,
    FilesDropped,
    FileToPost,
    KeepFile,
)
from chat.hostingwords import MessageHeld
from chat.pace import left_ms
from chat.roomwords import MessageEdited, MessagePosted
from chat.text import tidy

PER_MESSAGE_MOST = 10
PER_ROOM_MOST = 2_000
NAME_MOST = 120
ALT_MOST = 300
FORGOTTEN_AFTER = timedelta(hours=1)
HOUR = timedelta(hours=1)

ENDINGS: Mapping[FileKind, str] = {"jpeg": ".jpg", "png": ".png", "pdf": ".pdf"}
_KNOWN_ENDINGS = (".jpg", ".jpeg", ".jfif", ".png", ".webp", ".heic", ".pdf")
_NAMELESS = "fil"


@dataclass(frozen=True, slots=True)
class Kept:
    """A file whose bytes the room keeps.

    Args:
        by: the id of the person who sent it.
        on: the message it is posted or held with; None until then.
        shown: as that message carries it.
    """

    id: str
    by: str
    kind: FileKind
    size: int
    at: datetime
    width: int | None = None
    height: int | None = None
    on: str | None = None
    shown: File | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    at: datetime
    size: int


@dataclass(frozen=True, slots=True)
class Files:
    """
    Args:
        kept: by id.
        receipts: what each person has sent within the last hour before they last sent something.
    """

    kept: Mapping[str, Kept] = field(default_factory=dict)
    receipts: Mapping[str, tuple[Receipt, ...]] = field(default_factory=dict)

    @property
    def size(self) -> int:
        return sum(one.size for one in self.kept.values())

    def on(self, message: str) -> tuple[File, ...] | None:
        """What a message carries, in its order; None for nothing."""
        shown = (one.shown for one in self.kept.values() if one.on == message)
        return tuple(one for one in shown if one is not None) or None


# --- what has happened ---


def evolve(files: Files, event: Event, *, at: datetime) -> Files:
    match event:
        case FileReceived(id, by, kind, size, width, height):
            kept = {**files.kept, id: Kept(id, by, kind, size, at, width, height)}
            mine = (*_within_the_hour(files, by, at), Receipt(at, size))
            return Files(kept, {**files.receipts, by: mine})
        case MessagePosted() | MessageHeld() | MessageEdited() if event.files:
            return replace(files, kept=_carried(files.kept, event.message, event.files))
        case FilesDropped(gone):
            left = {id: one for id, one in files.kept.items() if id not in gone}
            return replace(files, kept=left)
    return files


def _within_the_hour(files: Files, by: str, now: datetime) -> tuple[Receipt, ...]:
    return tuple(one for one in files.receipts.get(by, ()) if one.at > now - HOUR)


def _carried(
    kept: Mapping[str, Kept], message: str, carried: tuple[File, ...]
) -> Mapping[str, Kept]:
    """Those that are carried come last, in the message's order."""
    moved = {
        one.id: replace(kept[one.id], on=message, shown=one) for one in carried if one.id in kept
    }
    return {**{id: one for id, one in kept.items() if id not in moved}, **moved}


def as_received(files: Files) -> Files:
    """What the events of `room.files` tell by themselves."""
    bare = {id: replace(one, on=None, shown=None) for id, one in files.kept.items()}
    return replace(files, kept=bare)


# --- what is asked ---


def decide(files: Files, command: FileCommand, now: datetime) -> tuple[Event, ...]:
    """What a command of the server's leads to.

    Raises:
        Refused: `files_full`, `files_too_fast` with `retry_ms`; `unknown_file`.
    """
    match command:
        case KeepFile():
            refuse_size(files, command, now)
            sides = command.width, command.height
            kept = FileReceived(command.file, command.by, command.kind, command.size, *sides)
            return () if command.file in files.kept else (kept,)
        case DropFile(id, by):
            return (FilesDropped((_unposted(files, id, by).id,)),)
        case DropForgotten():
            return dropped(
                one.id
                for one in files.kept.values()
                if one.on is None and one.at <= now - FORGOTTEN_AFTER
            )


def refuse_size(files: Files, command: KeepFile, now: datetime) -> None:
    """Asked before the bytes are read too, with the size that was said of them."""
    full = files.size + command.size > command.room_most_bytes
    if full or len(files.kept) >= PER_ROOM_MOST:
        most = command.room_most_bytes
        raise Refused("files_full", f"expected at most {most} bytes of files here", most=most)
    mine = _within_the_hour(files, command.by, now)
    if sum(one.size for one in mine) + command.size > command.hour_most_bytes:
        wait_ms = left_ms(mine[0].at, HOUR, now) if mine else 0
        raise Refused(
            "files_too_fast",
            f"expected at most {command.hour_most_bytes} bytes from one person within an hour",
            retry_ms=max(wait_ms, 1_000),
        )


def posted(files: Files, asked: tuple[FileToPost, ...], by: str) -> tuple[File, ...] | None:
    """What a message is to carry.

    Raises:
        Refused: `too_many_files`, `unknown_file` (another's, posted already, forgotten), or what
            `text.tidy` says of the words about a picture.
    """
    if len(asked) > PER_MESSAGE_MOST:
        raise Refused(
            "too_many_files",
            f"expected at most {PER_MESSAGE_MOST} files, came {len(asked)}",
            most=PER_MESSAGE_MOST,
        )
    if len({one.id for one in asked}) < len(asked):
        raise Refused("unknown_file", "expected each file once")
    return tuple(_posted(_unposted(files, one.id, by), one) for one in asked) or None


def _unposted(files: Files, id: str, by: str) -> Kept:
    kept = files.kept.get(id)
    if kept is None or kept.by != by or kept.on is not None:
        raise Refused("unknown_file", f"expected a file of yours that waits, came {id!r:.40}")
    return kept


def _posted(kept: Kept, asked: FileToPost) -> File:
    alt = asked.alt.strip() if asked.alt and kept.kind != "pdf" else ""
    return File(
        kept.id,
        kept.kind,
        tidy_name(asked.name, kept.kind),
        kept.size,
        kept.width,
        kept.height,
        tidy(alt, ALT_MOST) if alt else None,
    )


def words_of(carried: tuple[File, ...] | None) -> Iterator[str]:
    """What people wrote about the files of a message."""
    for one in carried or ():
        yield from (one.name, one.alt or "")


def dropped(ids: Iterable[str]) -> tuple[Event, ...]:
    gone = tuple(ids)
    return (FilesDropped(gone),) if gone else ()


def dropped_with(files: Files, message: str) -> tuple[Event, ...]:
    """What goes together with a message."""
    return dropped(one.id for one in files.kept.values() if one.on == message)


def tidy_name(name: str, kind: FileKind) -> str:
    """A file's name as it is kept: readable, no path, ending in what the file is."""
    name = unicodedata.normalize("NFC", name[: 4 * NAME_MOST])
    name = name.replace("\\", "/").rpartition("/")[2]
    name = "".join(
        sign for sign in name if unicodedata.category(sign)[0] not in "CZ" or sign == " "
    )
    name = " ".join(name.split())
    for ending in _KNOWN_ENDINGS:
        if name.lower().endswith(ending):
            name = name[: -len(ending)]
            break
    stem = name.strip(". ")[: NAME_MOST - len(ENDINGS[kind])].strip(". ")
    return (stem or _NAMELESS) + ENDINGS[kind]

"""What the journal holds, as values: events as rows, answers, what is to be emptied."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from server import wire


@dataclass(frozen=True, slots=True)
class Answer:
    """What an accepted command was answered, and what it had asked."""

    person: str
    id: str
    digest: str
    topic: str
    seq: int | None
    held: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """An event on its way into the log, or read back from it.

    Args:
        data: wire data, the free text in it emptied.
        free: the free text by field; None where the event has none, or no longer has it.
        subject: what the free text belongs to, so that it can be found and emptied.
        erased: it had free text once.
        id: orders the topics of one unit; None until stored.
    """

    envelope: wire.Envelope
    data: wire.Data
    free: wire.Data | None = None
    subject: str = ""
    erased: bool = False
    id: int | None = None

    @property
    def full_data(self) -> wire.Data:
        """The data as it goes on the wire now."""
        if self.erased:
            return {**self.data, "erased": True}
        return {**self.data, **(self.free or {})}

    def frame(self) -> bytes:
        return wire.event_frame(self.envelope, self.full_data)


@dataclass(frozen=True, slots=True)
class Erasure:
    """Everything a topic holds about a subject before this seq is to be emptied.

    Args:
        whole: False when `subject` is only how the subjects begin.
    """

    topic: str
    subject: str
    before: int
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Batch:
    """Everything one transaction stores."""

    entries: list[Entry] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    erasures: list[Erasure] = field(default_factory=list)


def digest_of(topic: str, name: str, data: Mapping[str, Any]) -> str:
    """The same for the same command, in whatever order its fields came."""
    text = wire.to_canonical_json([topic, name, data])
    return hashlib.blake2b(text, digest_size=16).hexdigest()

"""A tiny unit to test the journal's machinery with: a guestbook that people write in.

It has what the real ones have: two topics for two audiences, an event for one person, free text
that can be erased, a refusal that depends on the state, and a face with a projection of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from server import wire
from server.access.actor import Actor
from server.clock import VirtualClock
from server.database import Database
from server.dispatch import Dispatch
from server.errors import Refused
from server.journal import Journal, new_edition, open_journal
from server.kinds import FreeText, Kinds, Projection, TopicKind, UnitKind

NOON = datetime(2021, 1, 28, 12, 0, tzinfo=UTC)
ANNA = Actor("p-anna", "Anna", "member", "aalborg", "s1")
BO = Actor("p-bo", "Bo", "member", "aalborg", "s2")
EVA = Actor("p-eva", "Eva", "member", "aarhus", "s3")
HOST = Actor("p-host", "Hanne", "host", "aalborg", "s4")


@dataclass(frozen=True, slots=True)
class PostMessage:
    text: str


@dataclass(frozen=True, slots=True)
class DeleteMessage:
    message: str


@dataclass(frozen=True, slots=True)
class PinMessage:
    message: str


@dataclass(frozen=True, slots=True)
class MessagePosted:
    message: str
    author: str
    text: str


@dataclass(frozen=True, slots=True)
class MessageDeleted:
    message: str


@dataclass(frozen=True, slots=True)
class HostTold:
    message: str


@dataclass(frozen=True, slots=True)
class AuthorThanked:
    person: str
    message: str


@dataclass(frozen=True, slots=True)
class Book:
    texts: dict[str, str] = field(default_factory=dict)
    made: int = 0
    told: int = 0


def decide(book: Book, command: Any, by: Actor, now: datetime) -> Sequence[Any]:
    match command:
        case PostMessage(text="break"):
            raise RuntimeError("a fault in a decider")
        case PostMessage(text=""):
            raise Refused("empty", "expected a text, got none", now=len(book.texts))
        case PostMessage(text="thanks"):
            message = f"m{book.made + 1}"
            posted = MessagePosted(message, by.id, "thanks")
            return posted, HostTold(message), AuthorThanked(by.id, message)
        case PostMessage(text=text):
            return (MessagePosted(f"m{book.made + 1}", by.id, text),)
        case DeleteMessage(message=message) if message in book.texts:
            return (MessageDeleted(message),)
        case DeleteMessage():
            return ()
    raise Refused("unknown", "expected something else")


def evolve(book: Book, event: Any, *, seq: int, at: datetime) -> Book:
    match event:
        case MessagePosted(message=message, text=text):
            return replace(book, texts={**book.texts, message: text}, made=book.made + 1)
        case MessageDeleted(message=message):
            return replace(book, texts={m: t for m, t in book.texts.items() if m != message})
        case HostTold():
            return replace(book, told=book.told + 1)
    return book


def count_thanks(count: int, event: Any, *, seq: int, at: datetime) -> int:
    return count + isinstance(event, AuthorThanked)


def _refuse(*_: Any) -> Sequence[Any]:
    raise Refused("unknown", "expected nothing")


def _emptied(event: Any) -> Any:
    return replace(event, text="") if isinstance(event, MessagePosted) else event


BOOK = UnitKind(
    "room",
    lambda id: Book(),
    decide,
    evolve,
    (
        TopicKind(
            "room",
            wire.names_of((PostMessage, DeleteMessage, PinMessage)),
            wire.names_of((MessagePosted, MessageDeleted)),
            lambda book: {"messages": [{"id": m, "text": t} for m, t in book.texts.items()]},
            lambda data: Book({m["id"]: m["text"] for m in data["messages"]}),
            opens=(("message_posted",), "messages"),
        ),
        TopicKind(
            "room.host",
            {},
            wire.names_of((HostTold,)),
            lambda told: {"told": told},
            lambda data: data["told"],
            Projection(
                lambda: 0,
                lambda told, event, *, seq, at: told + isinstance(event, HostTold),
            ),
        ),
    ),
)
PERSON = UnitKind(
    "person",
    lambda id: 0,
    _refuse,
    count_thanks,
    (
        TopicKind(
            "person",
            {},
            wire.names_of((AuthorThanked,)),
            lambda count: {"thanked": count},
            lambda data: data["thanked"],
        ),
    ),
)


def book_kinds() -> Kinds:
    return Kinds(
        (BOOK, PERSON),
        {"room": lambda id: id in {"aalborg", "aarhus"}, "person": lambda id: bool(id)},
        states=lambda topic: topic in {"presence", "sources"},
        free_text=FreeText(
            {MessagePosted: ("text",)},
            lambda event: getattr(event, "message", None),
            lambda event: event.message if isinstance(event, MessageDeleted) else None,
            _emptied,
        ),
        holds=lambda events: any(isinstance(event, HostTold) for event in events),
    )


class RecordingFanout:
    """Keeps everything that was handed out, by topic."""

    def __init__(self) -> None:
        self.frames: dict[str, list[tuple[int, bytes]]] = {}
        self.states: list[tuple[str, bytes]] = []
        self.rewritten: list[tuple[str, int, bytes]] = []

    def publish(self, topic: str, seq: int, frame: bytes) -> None:
        self.frames.setdefault(topic, []).append((seq, frame))

    def publish_state(self, topic: str, frame: bytes) -> None:
        self.states.append((topic, frame))

    def rewrite(self, topic: str, seq: int, frame: bytes) -> None:
        self.rewritten.append((topic, seq, frame))

    def seqs(self, topic: str) -> list[int]:
        return [seq for seq, _ in self.frames.get(topic, [])]


@dataclass
class Library:
    """A running dispatch over guestbooks."""

    journal: Journal
    dispatch: Dispatch
    fanout: RecordingFanout
    clock: VirtualClock

    async def post(self, text: str, by: Actor = ANNA, id: str = "") -> Any:
        id = id or f"{by.id}-{text}"
        return await self.dispatch.do(by, id, "room:aalborg", "post_message", {"text": text})


@asynccontextmanager
async def a_library(url: str = "sqlite://") -> AsyncIterator[Library]:
    database = Database(url)
    await database.migrate()
    clock = VirtualClock(NOON)
    journal = await open_journal(database, new_edition("e", "Test", clock.show_map, epoch="a1"))
    fanout = RecordingFanout()
    dispatch = Dispatch(journal, book_kinds(), clock, fanout)
    running = asyncio.create_task(dispatch.run())
    try:
        yield Library(journal, dispatch, fanout, clock)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await database.close()

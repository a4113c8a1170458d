"""A discussion room: what may be done in it, and what comes of it.

One room decides for two topics. What its people see is `messages.Board`, what its hosts see beside
it is `hosting.Hosting`; both files hold the shape of their snapshot. Beside these a room remembers
what nobody reads: whose the older messages are (`memory`), how fast each person has been writing
(`writers`), and which bytes it keeps (`files`, the topic `room.files`).

    post     -> MessagePosted                          it stands, and everybody sees it
             -> MessageHeld + OwnMessageHeld           while the room is reviewed, or with a word of
                                                       the hosts' list (`reviewing`); then
                  approve  -> MessageApproved + MessagePosted + OwnMessageApproved
                  decline  -> MessageDeclined + OwnMessageDeclined
                  delete, by the author -> MessageWithdrawn + OwnMessageWithdrawn
    edit     its author alone, and not where it would have waited: it would pass by the host
    delete   its author or a host; the text is gone, its place stays

Before a text is taken: not in a closed room (`room_closed`), not in a time-out (`muted`), not
faster than the pace (`too_fast`), not within slow mode (`slow_mode`); the last three say in
`retry_ms` when to try again. Hosts are neither slowed nor reviewed nor shut out. Doing again what
is done already (react, pin, the same setting) is accepted and changes nothing. What a room watches
together is decided in `viewing`.

Deciding needs the state folded from the whole log; a state restored from a snapshot can be evolved
and drawn, which is what a browser does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, assert_never

from chat import (
    emptying,
    files,
    hosting,
    memory,
    messages,
    moderation,
    restraint,
    reviewing,
    writers,
)
from chat.errors import Refused
from chat.event import Event
from chat.files import Files
from chat.filewords import DropFile, DropForgotten, KeepFile
from chat.hosting import Hosting
from chat.hostingwords import (
    ApproveMessage,
    DeclineMessage,
    MessageHeld,
    MutePerson,
    PersonMuted,
    PersonUnmuted,
    SetWordList,
    TimedOut,
    TimeOutLifted,
    UnmutePerson,
)
from chat.memory import Memory
from chat.messages import Board, Message
from chat.people import Person, author_of, within
from chat.plain import plain, read
from chat.roomwords import (
    CloseRoom,
    CountHeads,
    DeleteMessage,
    EditMessage,
    EmptyRoom,
    HeadsCounted,
    MessageDeleted,
    MessageEdited,
    MessagePinned,
    MessagePosted,
    MessageUnpinned,
    OpenRoom,
    PinMessage,
    PostMessage,
    React,
    Reacted,
    ReviewSet,
    RoomClosed,
    RoomCommand,
    RoomOpened,
    SetReview,
    SetSlowMode,
    SlowModeSet,
    UnpinMessage,
    Unreact,
    Unreacted,
)
from chat.text import MESSAGE_MOST, tidy
from chat.viewing import viewing
from chat.viewing.commands import (
    Cued,
    EndViewing,
    MoveViewing,
    PauseViewing,
    ResumeViewing,
    StartViewing,
)
from chat.writers import Writers


@dataclass(frozen=True, slots=True)
class Room:
    board: Board
    hosting: Hosting
    memory: Memory = field(default_factory=Memory)
    writers: Writers = field(default_factory=Writers)
    files: Files = field(default_factory=Files)

    @property
    def municipality(self) -> str:
        """Whose room it is, also where it is a group's."""
        return self.board.room.partition(".")[0]


def initial(room: str) -> Room:
    """An empty room; `room` is what stands behind the colon: `aalborg`, `aalborg.udvalg`."""
    return Room(Board(room), Hosting(room))


# --- snapshots ---


def snapshot(room: Room) -> dict[str, Any]:
    found: dict[str, Any] = plain(room.board)
    return found


def restore(data: Mapping[str, Any]) -> Room:
    return replace(initial(data["room"]), board=read(Board, data))


def host_snapshot(room: Room) -> dict[str, Any]:
    found: dict[str, Any] = plain(room.hosting)
    return found


def host_restore(data: Mapping[str, Any]) -> Room:
    return replace(initial(data["room"]), hosting=read(Hosting, data))


def files_snapshot(room: Room) -> dict[str, Any]:
    found: dict[str, Any] = plain(files.as_received(room.files))
    return {"room": room.board.room, **found}


def files_restore(data: Mapping[str, Any]) -> Room:
    kept = {name: part for name, part in data.items() if name != "room"}
    return replace(initial(data["room"]), files=read(Files, kept))


# --- what has happened ---


def evolve(room: Room, event: Event, *, seq: int, at: datetime) -> Room:
    editor = room.memory.find(event.message) if isinstance(event, MessageEdited) else None
    return Room(
        messages.evolve(room.board, event, seq=seq, at=at),
        hosting.evolve(room.hosting, event, seq=seq, at=at),
        memory.evolve(room.memory, event),
        writers.evolve(room.writers, event, editor=editor, at=at),
        files.evolve(room.files, event, at=at),
    )


# --- what is asked: the parts of a rule ---


def _author(room: Room, id: str) -> str:
    """The author's id of a message that stands."""
    try:
        author = room.memory.author_of(id)
    except KeyError:
        raise Refused("unknown_message", f"expected a message here, came {id!r:.40}") from None
    if author is None:
        raise Refused("already_deleted", f"expected a message that stands, came {id}, deleted")
    return author


def _shown(room: Room, id: str) -> Message:
    """A message that stands and is among those a snapshot shows."""
    _author(room, id)
    message = room.board.find(id)
    if message is None:
        raise Refused("too_old", f"expected one of the last {messages.SHOWN} messages, came {id}")
    return message


def _refuse_writing(room: Room, by: Person, now: datetime) -> None:
    restraint.refuse_writing(room.board, room.hosting, room.writers, by, now)


def refuse_beside(room: Room, by: Person, now: datetime, proposed: str | None) -> None:
    """Asked before words are put into the room's notes, or proposed to it.

    Raises:
        Refused: as `restraint.refuse_beside`.
    """
    by = within(room.municipality, by)
    restraint.refuse_beside(room.board, room.hosting, room.writers, by, now, proposed)


# --- what is asked: the rules ---


def _post(room: Room, command: PostMessage, by: Person, now: datetime) -> tuple[Event, ...]:
    text = _tidied(command.text, has_files=bool(command.files))
    mentions = moderation.tidy_mentions(command.mentions)
    _refuse_writing(room, by, now)
    restraint.refuse_slow_mode(room.board, room.writers, by, now)
    if command.reply_to is not None:
        _author(room, command.reply_to)
    carried, author = files.posted(room.files, command.files, by.id), author_of(by)
    word = reviewing.listed(room.hosting, "\n".join((text, *files.words_of(carried))), by)
    if word is not None or reviewing.is_reviewed(room.board, by):
        id = f"{by.id}.m{room.writers.of(by.id).held + 1}"
        held = MessageHeld(id, author, text, command.reply_to, mentions, word, carried)
        return reviewing.held(room.hosting, held)
    id = room.memory.next_id
    return (MessagePosted(id, author, text, command.reply_to, mentions, carried),)


def _tidied(text: str, *, has_files: bool) -> str:
    return "" if has_files and not text.strip() else tidy(text, MESSAGE_MOST)


def _edit(room: Room, command: EditMessage, by: Person, now: datetime) -> tuple[Event, ...]:
    carried = room.files.on(command.message)
    text = _tidied(command.text, has_files=carried is not None)
    moderation.refuse_edit(by, _author(room, command.message))
    _refuse_writing(room, by, now)
    reviewing.refuse_edit(room.board, room.hosting, text, by)
    shown = room.board.find(command.message)
    return () if shown and shown.text == text else (MessageEdited(command.message, text, carried),)


def _delete(room: Room, id: str, by: Person) -> tuple[Event, ...]:
    held = room.hosting.find(id)
    if held is not None and held.author.id == by.id:
        return reviewing.withdrawn(room.hosting, room.files, id, by)
    moderation.refuse_delete(by, _author(room, id))
    return (MessageDeleted(id, by.id), *files.dropped_with(room.files, id))


def _tap(room: Room, command: React | Unreact, by: Person, now: datetime) -> tuple[Event, ...]:
    moderation.refuse_emoji(command.emoji)
    message = _shown(room, command.message)
    given = by.id in message.reactions.get(command.emoji, ())
    if given is isinstance(command, React):
        return ()
    moderation.refuse_pace(moderation.TAPPING.wait_ms(room.writers.of(by.id).tapped, now))
    if isinstance(command, Unreact):
        return (Unreacted(message.id, command.emoji, by.id),)
    moderation.refuse_closed(by, closed=room.board.closed)
    restraint.refuse_muted(room.hosting, room.writers, by, now)
    return (Reacted(message.id, command.emoji, by.id),)


def _count_heads(room: Room, people: int, by: Person, now: datetime) -> tuple[Event, ...]:
    moderation.refuse_outside("people", people, 1, moderation.HEADS_MOST)
    if room.board.heads.get(by.id, 1) == people:
        return ()
    moderation.refuse_pace(moderation.TAPPING.wait_ms(room.writers.of(by.id).tapped, now))
    return (HeadsCounted(by.id, people),)


def _pin(room: Room, id: str) -> tuple[Event, ...]:
    _shown(room, id)
    return () if room.board.pinned == id else (MessagePinned(id),)


def _mute(room: Room, command: MutePerson, by: Person, now: datetime) -> tuple[Event, ...]:
    writer = room.writers.of(command.person)
    if writer.author is None:
        raise Refused("unknown_person", "expected a person who has written in this room")
    moderation.refuse_mute(by, writer.author)
    until = now + timedelta(minutes=moderation.mute_minutes(command.minutes, writer.mutes))
    return (
        PersonMuted(writer.author, until, author_of(by)),
        TimedOut(command.person, room.board.room, until),
    )


def _unmute(room: Room, person: str, by: Person, now: datetime) -> tuple[Event, ...]:
    if room.hosting.mute_of(person, now) is None:
        return ()
    return (PersonUnmuted(person, author_of(by)), TimeOutLifted(person, room.board.room))


def _slow_down(room: Room, seconds: int) -> tuple[Event, ...]:
    moderation.refuse_outside("seconds", seconds, 0, moderation.SLOW_MODE_MOST_S)
    return () if seconds == room.board.slow_mode_s else (SlowModeSet(seconds),)


def decide(room: Room, command: RoomCommand, by: Person, now: datetime) -> tuple[Event, ...]:
    """What a command leads to.

    Returns:
        The events, in order; none when nothing changes.

    Raises:
        Refused: with one of the codes named above and in `moderation.py` and `text.py`.
    """
    by = within(room.municipality, by)
    match command:
        case PostMessage():
            return _post(room, command, by, now)
        case EditMessage():
            return _edit(room, command, by, now)
        case DeleteMessage(message):
            return _delete(room, message, by)
        case React() | Unreact():
            return _tap(room, command, by, now)
        case PinMessage(message):
            return _pin(room, message)
        case UnpinMessage(message):
            return (MessageUnpinned(message),) if room.board.pinned == message else ()
        case MutePerson():
            return _mute(room, command, by, now)
        case UnmutePerson(person):
            return _unmute(room, person, by, now)
        case SetSlowMode(seconds):
            return _slow_down(room, seconds)
        case SetReview(on):
            return () if room.board.review == on else (ReviewSet(on),)
        case CloseRoom():
            return () if room.board.closed else (RoomClosed(),)
        case OpenRoom():
            return (RoomOpened(),) if room.board.closed else ()
        case CountHeads(people):
            return _count_heads(room, people, by, now)
        case SetWordList(words):
            return reviewing.words_listed(room.hosting, words)
        case ApproveMessage(message):
            return reviewing.approved(room.hosting, message, room.memory.next_id, by)
        case DeclineMessage(message):
            return reviewing.declined(room.hosting, room.files, message, by)
        case (
            StartViewing()
            | Cued()
            | PauseViewing()
            | ResumeViewing()
            | MoveViewing()
            | EndViewing()
        ):
            return viewing.decide(room.board.viewing, command, room.board.room, now)
        case EmptyRoom():
            return emptying.emptied(room.hosting, room.files, command)
        case KeepFile() | DropFile() | DropForgotten():
            return files.decide(room.files, command, now)
        case _:
            assert_never(command)

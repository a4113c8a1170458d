"""Emptying a room or the desk: every text that was ever written there goes, the log stays.

    empty_room -> RoomEmptied                              in the room, for everybody
               -> FilesDropped                             of all its files
               -> MessageWithdrawn + OwnMessageWithdrawn   for each message that waits
               -> OwnRoomEmptied                           for each person whose own log still holds
                                                           texts of this room, as declined ones do

    empty_desk -> DeskEmptied                              for the committee and the moderators
               -> OwnQuestionsEmptied                      for each person whose own log holds some

What the committee was asked and has answered in public is the day's outcome and stays on
`committee`. What the desk had beside it goes: who asked without a name, what was never let through,
drafts, notes.

The server alone asks for it, when an edition's texts have been kept for as long as was promised; it
knows from its database which persons' logs hold such texts, and names them. What is written after
it is written into an empty place, and goes the next time.
"""

from __future__ import annotations

from chat.committeewords import OwnQuestionsEmptied
from chat.deskwords import DeskEmptied, EmptyDesk
from chat.event import Event
from chat.files import Files, dropped
from chat.hosting import Hosting
from chat.hostingwords import MessageWithdrawn, OwnMessageWithdrawn
from chat.roomwords import EmptyRoom, OwnRoomEmptied, RoomEmptied


def emptied(hosting: Hosting, files: Files, command: EmptyRoom) -> tuple[Event, ...]:
    """What emptying comes to.

    Args:
        hosting: of the room, with the messages that wait.
        files: of the room.
    """
    room = hosting.room
    waiting: list[Event] = []
    for held in hosting.held:
        waiting.append(MessageWithdrawn(held.id))
        waiting.append(OwnMessageWithdrawn(held.author.id, room, held.id))
    own = (OwnRoomEmptied(person, room) for person in sorted(set(command.persons)))
    return (RoomEmptied(), *dropped(files.kept), *waiting, *own)


def emptied_desk(command: EmptyDesk) -> tuple[Event, ...]:
    own = (OwnQuestionsEmptied(person) for person in sorted(set(command.persons)))
    return (DeskEmptied(), *own)

"""Emptying a room: every text that was ever written in it goes, its log and its places stay.

    empty_room -> RoomEmptied                              in the room, for everybody
               -> MessageWithdrawn + OwnMessageWithdrawn   for each message that waits
               -> OwnRoomEmptied                           for each person whose own log still holds
                                                           texts of this room, as declined ones do

The server alone asks for it, when an edition's texts have been kept for as long as was promised; it
knows from its database which persons' logs hold such texts, and names them. What is written after
it is written into an empty room, and goes the next time.
"""

from __future__ import annotations

from chat.commands import EmptyRoom
from chat.events import (
    Event,
    MessageWithdrawn,
    OwnMessageWithdrawn,
    OwnRoomEmptied,
    RoomEmptied,
)
from chat.hosting import Hosting


def emptied(hosting: Hosting, command: EmptyRoom) -> tuple[Event, ...]:
    """What emptying comes to.

    Args:
        hosting: of the room, with the messages that wait.
    """
    room = hosting.room
    waiting: list[Event] = []
    for held in hosting.held:
        waiting.append(MessageWithdrawn(held.id))
        waiting.append(OwnMessageWithdrawn(held.author.id, room, held.id))
    own = (OwnRoomEmptied(person, room) for person in sorted(set(command.persons)))
    return (RoomEmptied(), *waiting, *own)

"""Who wrote which message: what a room still knows of messages it no longer shows.

Enough to say whose a message is and whether it stands, for the last 10,000. Kept in blocks of 100,
because every posted message makes a new memory: one block and the list of blocks are copied, never
the whole.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from chat.event import Event
from chat.roomwords import MessageDeleted, MessagePosted, RoomEmptied

BLOCK = 100
BLOCKS = 100

_ID = re.compile(r"m([1-9][0-9]{0,17})")

Block = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Memory:
    """Message m1 stands first in the first block ever; None in a place means deleted.

    Args:
        forgotten: blocks that have been dropped.
        count: messages ever remembered.
    """

    blocks: tuple[Block, ...] = ()
    forgotten: int = 0
    count: int = 0

    @property
    def next_id(self) -> str:
        return f"m{self.count + 1}"

    def author_of(self, id: str) -> str | None:
        """The author's id; None for a deleted message.

        Raises:
            KeyError: no such message, or forgotten.
        """
        block, place = self._place(id)
        return self.blocks[block][place]

    def find(self, id: str) -> str | None:
        """The author's id of a message that is known and stands."""
        try:
            return self.author_of(id)
        except KeyError:
            return None

    def posted(self, author: str) -> Memory:
        blocks, forgotten = self.blocks, self.forgotten
        if self.count % BLOCK:
            blocks = (*blocks[:-1], (*blocks[-1], author))
        else:
            blocks = (*blocks, (author,))
        if len(blocks) > BLOCKS:
            blocks, forgotten = blocks[1:], forgotten + 1
        return Memory(blocks, forgotten, self.count + 1)

    def deleted(self, id: str) -> Memory:
        try:
            number, place = self._place(id)
        except KeyError:
            return self
        block = self.blocks[number]
        buried = (*block[:place], None, *block[place + 1 :])
        return replace(self, blocks=(*self.blocks[:number], buried, *self.blocks[number + 1 :]))

    def emptied(self) -> Memory:
        return replace(self, blocks=tuple((None,) * len(block) for block in self.blocks))

    def _place(self, id: str) -> tuple[int, int]:
        found = _ID.fullmatch(id)
        number = int(found[1]) if found else 0
        if not self.forgotten * BLOCK < number <= self.count:
            raise KeyError(id)
        block, place = divmod(number - 1, BLOCK)
        return block - self.forgotten, place


def evolve(memory: Memory, event: Event) -> Memory:
    match event:
        case MessagePosted(_, author):
            return memory.posted(author.id)
        case MessageDeleted(id):
            return memory.deleted(id)
        case RoomEmptied():
            return memory.emptied()
    return memory

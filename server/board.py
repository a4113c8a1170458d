"""The board: all topics as the socket edge sees them.

A topic is either a *log* (a position, a snapshot, frames between two positions) or a *state*
(only the newest frame counts). The gateway asks this interface and nothing else of the journal,
so that a client session can be tested without a database.

The one promise that carries joining without a gap: after `open` has returned, `position` and
`snapshot` are plain calls that belong together; nothing happens between them as long as the
caller does not await.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from server.access.actor import Actor
from server.errors import Refused


@dataclass(frozen=True, slots=True)
class Position:
    """Where a log stands.

    Args:
        epoch: changes only when numbers were lost or used again.
        head: seq of the newest committed event; 0 when there is none.
    """

    epoch: str
    head: int


@dataclass(frozen=True, slots=True)
class Done:
    """What a command came to.

    Args:
        topic: the topic it was sent to.
        seq: the event's number on that topic; None when nothing was written there.
        held: accepted, but waits for a moderator.
    """

    topic: str
    seq: int | None = None
    held: bool = False


class Board(Protocol):
    """Every topic, read and acted upon."""

    def may_read(self, actor: Actor, topic: str) -> bool:
        """Tell whether this person may join. "No such topic" and "not yours" are both False."""

    async def open(self, topic: str) -> None:
        """Bring the topic's state into memory, where it stays while it is in use.

        Raises:
            KeyError: there is no such topic.
        """

    def position(self, topic: str) -> Position:
        """Return epoch and head of an opened log."""

    def snapshot(self, topic: str) -> bytes:
        """Return the snapshot of an opened log at its head, as JSON, made once per head."""

    def state(self, topic: str) -> bytes | None:
        """Return the newest frame of a state topic, b"" when it has none yet; None for a log."""

    async def frames(self, topic: str, after: int, upto: int) -> list[bytes]:
        """Read the event frames `after` < seq <= `upto` from the database, in order.

        Fewer come back when the store holds fewer; never a hole between them.
        """

    async def history(
        self, topic: str, before: int, limit: int, *, of: str | None = None
    ) -> tuple[list[dict[str, Any]], bool]:
        """Return up to `limit` objects from before that seq, as they are now, and "is there more".

        Args:
            of: the id of the person who asks, and takes a turn; None for the server's own needs.

        Raises:
            Refused: the topic keeps no history, or there is no turn.
        """

    async def do(
        self,
        actor: Actor,
        id: str,
        topic: str,
        name: str,
        data: dict[str, Any],
        *,
        unless_done: Refused | None = None,
    ) -> Done:
        """Run one command; returns after commit. The same id again gives the same answer.

        Args:
            unless_done: what a command is refused with that was not accepted before; None to
                decide it.

        Raises:
            Refused: with a code, a detail and facts for the person who asked (`errors.Refusal`).
        """

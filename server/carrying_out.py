"""What a session asks for, carried out: one client's effects, in order.

The rules of a session are in `connection`; getting into a topic is `joining`'s. What went wrong is
told to the client here: this is the boundary, nothing passes it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from server import server_frames
from server.board import Board
from server.client_frames import Do, History, Join, Leave
from server.clients import Client
from server.clock import Clock
from server.connection import (
    RESTARTING,
    Beat,
    Close,
    Drop,
    Effect,
    Limits,
    Recall,
    Send,
    Welcome,
)
from server.errors import Refusal, Refused
from server.joining import Joining

RETRY = {"base_ms": 1000, "cap_ms": 30000}

logger = logging.getLogger(__name__)

End = Callable[[Client, int, str], None]
"""Takes a client out of the fan-out and closes it, with a code and the reason."""


class CarryingOut:
    """
    Args:
        drop: ends a client that is gone already.
    """

    def __init__(
        self,
        board: Board,
        joining: Joining,
        clock: Clock,
        limits: Limits,
        end: End,
        drop: Callable[[Client], None],
    ) -> None:
        self._board = board
        self._joining = joining
        self._clock = clock
        self._limits = limits
        self._end = end
        self._drop = drop
        self.refused = 0

    async def act(self, client: Client, effects: Iterable[Effect]) -> None:
        """Carry out effects in order."""
        for effect in effects:
            match effect:
                case Join() as join:
                    await self._join(client, join)
                case Do() as do:
                    await self._do(client, do)
                case Recall(do, refused):
                    await self._do(client, do, unless_done=refused)
                case History() as history:
                    await self._history(client, history)
                case _:
                    self.act_now(client, effect)

    def act_now(self, client: Client, effect: Effect) -> None:
        """Carry out an effect for which nothing has to be waited for."""
        match effect:
            case Send(frame):
                client.say(frame)
            case Welcome():
                client.say(self._welcome(client))
            case Leave(topic):
                self._joining.leave(client, topic)
            case Beat():
                client.beat()
            case Close(code, reason):
                self._end(client, code, reason)
            case Drop():
                self._drop(client)

    def _welcome(self, client: Client) -> bytes:
        clock = server_frames.clock_now(self._clock.wall(), self._clock.show(), self._clock.speed)
        return server_frames.welcome(
            client.id,
            client.actor,
            clock,
            self._limits.beat_s,
            self._limits.on_the_wire(),
            RETRY,
        )

    async def _join(self, client: Client, join: Join) -> None:
        try:
            await self._joining.join(client, join)
        except Exception:
            # The topic may be fine in a moment; only a client that comes again will find out.
            logger.exception("Joining %s failed for %s", join.topic, client.id)
            self._end(client, RESTARTING, "the server failed; come again")

    async def _do(self, client: Client, do: Do, unless_done: Refused | None = None) -> None:
        board, actor = self._board, client.actor
        try:
            done = await board.do(actor, do.id, do.topic, do.name, do.data, unless_done=unless_done)
        except Exception as error:
            self._refuse(client, do.id, error)
        else:
            client.say(server_frames.done(do.id, done))

    async def _history(self, client: Client, asked: History) -> None:
        board, topic, actor = self._board, asked.topic, client.actor
        try:
            if not board.may_read(actor, topic):
                raise KeyError(topic)
            await board.open(topic)
            items, more = await board.history(topic, asked.before, asked.limit, of=actor.id)
        except Exception as error:
            self._refuse(client, asked.id, error)
        else:
            client.say(server_frames.history(asked.id, topic, items, more))

    def _refuse(self, client: Client, id: str, error: Exception) -> None:
        self.refused += 1
        code, facts = "internal", dict[str, object]()
        if isinstance(error, Refusal):
            code, detail, facts = error.code, error.detail, dict(error.facts)
        elif isinstance(error, KeyError):
            code, detail = "not_found", "expected a topic that is open to you"
        else:
            detail = f"the server failed; it is noted under {client.id}"
            logger.error("Command failed, noted under %s", client.id, exc_info=error)
        client.say(server_frames.refused(id, code, detail, facts))

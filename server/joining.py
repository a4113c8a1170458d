"""How a client gets into a topic: without a gap between reading the log and hearing what follows.

Everything that waits (the topic brought into memory, missing frames read) comes first. Then,
without an await in between: may they still read it, where does the log stand, the answer is
written, the subscription is added and served. An event committed before that step is in the
snapshot or the ring; one committed after it is published to the new subscription. There is no
third kind, and so there is nothing to buffer and nothing to compare.

"No such topic" and "not yours" are one answer, and the topic that a person joins without asking is
not denied aloud.
"""

from __future__ import annotations

import logging
from collections import Counter

from server import positions, server_frames
from server.board import Board, Position
from server.client_frames import Join
from server.clients import Client
from server.errors import Refused
from server.fanout import Fanout
from server.positions import Answer

logger = logging.getLogger(__name__)


class Joining:
    """Answers joins, and takes topics away again."""

    def __init__(self, board: Board, fanout: Fanout) -> None:
        self._board = board
        self._fanout = fanout
        self.answers: Counter[str] = Counter()
        self.alarms = 0

    async def join(self, client: Client, join: Join) -> None:
        if not self._board.may_read(client.actor, join.topic):
            self.deny(client, join.topic)
            return
        if (newest := self._newest(join.topic)) is not None:
            self._join_state(client, join.topic, newest)
            return
        try:
            await self._board.open(join.topic)
            early = await self._prepare(join)
        except (KeyError, Refused):
            self.deny(client, join.topic)
            return
        if not client.session.is_closed:
            self._join_log(client, join, early)

    def leave(self, client: Client, topic: str) -> None:
        self._fanout.unsubscribe(client.subscriber, topic)

    def deny(self, client: Client, topic: str) -> None:
        """Refuse a topic, or take it away from a client that has it."""
        client.session.denied(topic)
        self._fanout.unsubscribe(client.subscriber, topic)
        self.answers["denied"] += 1
        if topic != client.session.own_topic:
            client.say(server_frames.denied(topic))

    def review(self, client: Client, topic: str) -> None:
        """Take a topic away when the client may not read it any more."""
        if not self._board.may_read(client.actor, topic):
            self.deny(client, topic)

    def _newest(self, topic: str) -> bytes | None:
        """The newest frame of a state topic, empty when it has none yet; None for a log."""
        newest = self._fanout.newest(topic)
        return newest if newest is not None else self._board.state(topic)

    def _join_state(self, client: Client, topic: str, newest: bytes) -> None:
        self.answers["state"] += 1
        client.say(server_frames.joined_state(topic))
        if newest and not self._fanout.newest(topic):
            client.say(newest)
        self._fanout.subscribe_state(client.subscriber, topic)

    async def _prepare(self, join: Join) -> bool:
        """Read what has to be read before a log can be joined in one step.

        Returns: whether a client that is ahead of us is where the database is.
        """
        position = self._board.position(join.topic)
        answer = positions.answer(join, position)
        if join.seq is None or answer not in (Answer.RESUME, Answer.EARLY):
            return False
        if answer is Answer.RESUME:
            await self._fanout.backfill(join.topic, position.head, join.seq)
            return False
        ahead = join.seq - position.head
        if ahead > positions.MAX_MISSING:
            return False
        return len(await self._board.frames(join.topic, position.head, join.seq)) == ahead

    def _join_log(self, client: Client, join: Join, early: bool) -> None:
        """Answer and subscribe; nothing in here waits."""
        topic = join.topic
        if not self._board.may_read(client.actor, topic):
            self.deny(client, topic)
            return
        position = self._board.position(topic)
        answer = self._answer(join, position, early)
        self.answers[answer.value] += 1
        if answer is Answer.SNAPSHOT or join.seq is None:
            cursor = position.head
            snapshot = self._board.snapshot(topic)
            frame = server_frames.joined_snapshot(topic, position, snapshot)
        else:
            cursor = join.seq
            frame = server_frames.joined_log(topic, answer.value, cursor, position)
        client.say_joined(frame, topic, position.epoch, cursor)
        self._fanout.subscribe(client.subscriber, topic, position.head, cursor)

    def _answer(self, join: Join, position: Position, early: bool) -> Answer:
        """Weigh the position against what the ring and the database hold."""
        answer = positions.answer(join, position)
        if answer is Answer.EARLY and early:
            return Answer.LIVE
        if answer is Answer.EARLY:
            self._alarm(join, position)
            return Answer.SNAPSHOT
        if answer is Answer.RESUME and join.seq is not None:
            reached = self._fanout.covers(join.topic, position.head, join.seq)
            return answer if reached else Answer.SNAPSHOT
        return answer

    def _alarm(self, join: Join, position: Position) -> None:
        self.alarms += 1
        logger.error(
            "A client is ahead of the store on %s: it says %s, the store %s",
            join.topic,
            join.seq,
            position,
        )

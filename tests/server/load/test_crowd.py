"""A crowd on the real socket edge, with a board in memory behind it."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping
from random import Random
from typing import Any

import orjson

from server import wire
from server.access.actor import Actor
from server.board import Done
from server.clock import Clock
from server.errors import Refused
from server.load.crowd import Crowd, Plan
from server.load.guests import Guest
from server.load.hearing import Hearing
from server.load.line import Target, Way
from server.load.seat import Around, Seat
from server.load.tally import Tally
from tests.server.memory_board import Edge, MemoryBoard, an_actor, an_edge, on_both_loops

ROOM = "room:aalborg"


class Room(MemoryBoard):
    """Posts come out as they do in a room."""

    swallows = 0
    """How many posts are accepted and never come out."""

    async def do(
        self,
        actor: Actor,
        id: str,
        topic: str,
        name: str,
        data: Mapping[str, Any],
        *,
        unless_done: Refused | None = None,
    ) -> Done:
        if id not in self.answers:
            self.answers[id] = Done(topic, self._come_out(id, topic))
        return self.answers[id]

    def _come_out(self, id: str, topic: str) -> int:
        log = self.logs[topic]
        if self.swallows:
            self.swallows -= 1
            return log.head
        at = wire.rfc3339(Clock().wall())
        frame = {"op": "event", "topic": topic, "seq": log.head + 1, "name": "message_posted"}
        log.frames.append(orjson.dumps({**frame, "at": at, "cause": id, "data": {}}))
        self._fanout.publish(topic, log.head, log.frames[-1])
        return log.head


async def by_cookie(scope: Any) -> Actor | None:
    return an_actor(dict(scope["headers"])[b"cookie"].decode())


@contextlib.asynccontextmanager
async def a_crowd(plan: Plan, viewers: int = 12) -> AsyncIterator[tuple[Edge, Crowd, Tally]]:
    """A crowd that has not begun."""
    async with an_edge() as edge:
        edge.board.__class__ = Room
        edge.gateway.authenticate = by_cookie
        for topic in ("show", "committee", "board", ROOM, "choice", "polls"):
            edge.board.add(topic, events=2)
        tally = Tally()
        way = await Way.to(Target("http", "127.0.0.1", edge.port))
        around = Around(way, "x", Clock(), tally, Hearing(tally.see), Random(1))
        seats = [
            Seat(
                Guest(f"p{number}", "member", "aalborg", "t"),
                f"p{number}",
                around,
                freezes=number < plan.frozen,
            )
            for number in range(viewers)
        ]
        yield edge, Crowd(plan, around, seats, None, lambda line: None), tally


def a_plan(**given: Any) -> Plan:
    return Plan(**{"for_s": 0.6, "arrive_per_s": 1000, "chat_per_s": 50, "settle_s": 10, **given})


@on_both_loops
async def test_everybody_gets_every_message_once_through_a_storm() -> None:
    async with a_crowd(a_plan(storms=2, frozen=2)) as (edge, crowd, tally):
        await crowd.play()
        posted = edge.board.logs[ROOM].head - 2
    assert posted > 10
    assert crowd.there == 12
    assert crowd.missing() == crowd.waiting() == 0
    assert tally.deliveries == 12 * posted
    assert tally.doubled == tally.gaps == tally.unasked == tally.torn == 0
    assert tally.unseen() == 0
    assert tally.done == tally.asked == posted
    assert [storm.dropped for storm in tally.storms] == [10, 10]
    assert [storm.back.count for storm in tally.storms] == [10, 10]
    assert tally.modes["snapshot"] == 0
    assert tally.denied == {"channel:main": 12}
    assert 0 < tally.delivery.count < tally.deliveries


async def test_event_that_was_never_sent_is_missed() -> None:
    async with a_crowd(a_plan()) as (edge, crowd, _):
        await crowd.play()
    assert crowd.missing() == 0
    crowd.seats[0].page.places[ROOM].seq = 2
    assert crowd.missing() == edge.board.logs[ROOM].head - 2


async def test_post_that_was_accepted_and_never_came_out_is_missed() -> None:
    async with a_crowd(a_plan()) as (edge, crowd, tally):
        assert isinstance(edge.board, Room)
        edge.board.swallows = 1
        await crowd.play()
    assert tally.unseen() == 1


async def test_who_is_removed_does_not_come_back() -> None:
    async with a_crowd(a_plan(for_s=0.3)) as (edge, crowd, tally):
        edge.gateway.authenticate = only_some
        await crowd.play()
    assert crowd.there == 10
    assert tally.closes == {4500: 2}


async def only_some(scope: Any) -> Actor | None:
    actor = await by_cookie(scope)
    return actor if actor and actor.id not in ("p1", "p2") else None

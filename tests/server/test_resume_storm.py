"""Lines that break all the time while events keep coming: every client's log equals the store.

The clients keep PROTOCOL's rules 2 and 3 and nothing else. What they assert on every frame is the
server's half: never a hole, never an answer that moves them past an event they were not sent.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest
from websockets.exceptions import ConnectionClosed

from server import fanout, ring
from tests.server.memory_board import Edge, Talker, an_edge, on_both_loops

TOPICS = ("show", "room:aalborg", "committee")


@dataclass
class Reader:
    """What a browser remembers of one topic."""

    last: int | None = None
    base: int = 0
    texts: dict[int, str] = field(default_factory=dict)
    doubled: int = 0

    def position(self, topic: str) -> dict[str, Any]:
        return (
            {"topic": topic}
            if self.last is None
            else {"topic": topic, "epoch": "a1", "seq": self.last}
        )

    def receive_joined(self, frame: dict[str, Any]) -> None:
        if frame["mode"] == "snapshot":
            assert frame["snapshot"]["events"] == frame["seq"] == frame["head"]
            self.last = self.base = frame["seq"]
            self.texts.clear()
        else:
            assert frame["seq"] == self.last

    def receive_event(self, frame: dict[str, Any]) -> None:
        assert self.last is not None
        if frame["seq"] <= self.last:
            self.doubled += 1
            return
        assert frame["seq"] == self.last + 1, "the server skipped an event"
        self.last = frame["seq"]
        self.texts[frame["seq"]] = frame["data"]["text"]


class Roamer:
    """A client whose line breaks."""

    def __init__(self, edge: Edge, name: str, dice: random.Random) -> None:
        self._edge = edge
        self._name = name
        self._dice = dice
        self.topics = {topic: Reader() for topic in TOPICS}
        self.lines = 0

    async def roam(self, until: asyncio.Event) -> None:
        while not until.is_set():
            await self.line(frames=self._dice.randrange(1, 60))

    async def line(self, frames: int) -> None:
        """Connect, read that many frames, break in one of several ways."""
        self.lines += 1
        async with self._edge.client(self._name, close_timeout=0.1) as talker:
            with contextlib.suppress(ConnectionClosed):
                await self._greet(talker)
                for _ in range(frames):
                    self._receive(await talker.hear())
                await self._break(talker)

    async def catch_up(self, heads: dict[str, int]) -> None:
        async with self._edge.client(self._name) as talker:
            await self._greet(talker)
            while any(self.topics[topic].last != head for topic, head in heads.items()):
                self._receive(await talker.hear())

    async def _greet(self, talker: Talker) -> None:
        positions = [reader.position(topic) for topic, reader in self.topics.items()]
        await talker.say({"op": "hello", "v": 1, "topics": positions})
        assert (await talker.hear())["op"] == "welcome"

    def _receive(self, frame: dict[str, Any]) -> None:
        if frame["op"] == "joined":
            self.topics[frame["topic"]].receive_joined(frame)
        elif frame["op"] == "event":
            self.topics[frame["topic"]].receive_event(frame)

    async def _break(self, talker: Talker) -> None:
        match self._dice.randrange(4):
            case 0:
                talker.socket.transport.abort()
            case 1:
                await talker.socket.close()
            case 2:
                self._edge.gateway.revoke_person(self._name)
            case _:
                topic = self._dice.choice(TOPICS)
                await talker.say({"op": "join", **self.topics[topic].position(topic)})
                self._receive(await talker.hear())


async def publish(edge: Edge, dice: random.Random, rounds: int) -> None:
    """Bursts on all topics; now and then one that this worker hears of late, or by a hint."""
    for number in range(rounds):
        for topic in TOPICS:
            for _ in range(dice.choice((0, 1, 1, 2, 20))):
                edge.board.post(topic, f"{topic} {number} {dice.random()}")
            if dice.random() < 0.1:
                head = edge.board.store(topic, "unheard")
                if dice.random() < 0.5:
                    edge.fanout.hint(topic, head)
        await asyncio.sleep(0.01)


async def storm(seed: int, clients: int, rounds: int) -> None:
    dice = random.Random(seed)
    print("seed", seed)
    async with an_edge() as edge:
        for topic in TOPICS:
            edge.board.add(topic)
        roamers = [
            Roamer(edge, f"p{number}", random.Random(dice.random())) for number in range(clients)
        ]
        over = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            roaming = [tasks.create_task(roamer.roam(over)) for roamer in roamers]
            await publish(edge, dice, rounds)
            over.set()
            # Whoever waits for one more frame gets it, and sees that it is over; who only comes
            # now begins at a snapshot and has heard of nothing that was posted before.
            while not all(task.done() for task in roaming):
                for topic in TOPICS:
                    edge.board.post(topic, "the end")
                await asyncio.sleep(0.01)
        heads = {topic: edge.board.logs[topic].head for topic in TOPICS}
        for roamer in roamers:
            await roamer.catch_up(heads)
            assert roamer.lines > 1
            for topic, reader in roamer.topics.items():
                check(reader, edge, topic)
        assert edge.gateway.joining.alarms == 0
        assert edge.gateway.joining.answers["resume"] > 0


def check(reader: Reader, edge: Edge, topic: str) -> None:
    """The client's log is the store's, from where its last snapshot ended."""
    stored = edge.board.logs[topic].frames[reader.base :]
    texts = [orjson.loads(frame)["data"]["text"] for frame in stored]
    assert list(reader.texts) == list(range(reader.base + 1, reader.base + 1 + len(texts)))
    assert list(reader.texts.values()) == texts


@on_both_loops
async def test_every_log_equals_the_store_after_a_storm() -> None:
    await storm(seed=1, clients=12, rounds=100)


async def test_every_log_equals_the_store_when_the_ring_is_too_small(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ring, "RING_FRAMES", 30)
    monkeypatch.setattr(ring, "PAYLOAD_FRAMES", 7)
    monkeypatch.setattr(fanout, "SLICE", 2)
    await storm(seed=2, clients=8, rounds=60)


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", range(10, 20))
async def test_every_log_equals_the_store_after_a_long_storm(seed: int) -> None:
    await storm(seed, clients=40, rounds=1000)

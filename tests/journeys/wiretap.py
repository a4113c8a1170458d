"""Everything that one person's connections bring, byte for byte, and a person who tries everything.

An eavesdropper joins every topic there is, also those of others; drops the line and comes back with
no position, with the newest, with the very first; asks for the history of everything; listens to
the event stream; and fetches every address that the interface describes, with every name it knows.
"""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from websockets.exceptions import ConnectionClosed

from tests.journeys.running_demo import Visitor

Frame = dict[str, Any]
STAYS_S = 1.5
PAUSE_S = 0.05


@dataclass
class Eavesdropper:
    """
    Args:
        topics: every topic that somebody could think of.
        names: what to put into the addresses, by parameter.
        paths: every address that can be fetched, with its parameters.
        home: the topics that are listened to first, in every way; the rest is chance.
    """

    visitor: Visitor
    topics: tuple[str, ...]
    names: Mapping[str, tuple[str, ...]]
    paths: tuple[str, ...]
    chance: random.Random
    home: tuple[str, ...] = ()
    heads: dict[str, Frame] = field(default_factory=dict)
    bytes_: list[bytes] = field(default_factory=list)

    def everything(self) -> bytes:
        return b"\n".join([self.over_http(), *(text.encode() for text in self.visitor.raw)])

    def over_http(self) -> bytes:
        return b"\n".join(self.bytes_)

    async def listen(self) -> None:
        """Listens in every way until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._on_sockets())
            tasks.create_task(self._on_streams())
            tasks.create_task(self._fetch())

    def _choices(self, count: int) -> Iterator[list[str]]:
        """So many topics, again and again; those of home are among the first."""
        others = [topic for topic in self.topics if topic not in self.home]
        yield [*self.home, *self.chance.sample(others, k=count - len(self.home))]
        while True:
            yield self.chance.sample(self.topics, k=count)

    async def _on_sockets(self) -> None:
        for some in self._choices(30):
            self.visitor.heard.clear()
            await self.visitor.open(*(self._position(topic) for topic in some))
            await self._ask_for_histories(some)
            try:
                async with asyncio.timeout(self.chance.random() * STAYS_S):
                    await self.visitor.listen(self._note)
            except TimeoutError:
                pass
            assert self.visitor.socket is not None
            await self.visitor.socket.close()

    def _position(self, topic: str) -> Frame:
        known = self.heads.get(topic) or {"epoch": self._any_epoch(), "seq": 3}
        return self.chance.choice(
            [{"topic": topic}, {"topic": topic, **known}, {"topic": topic, **known, "seq": 0}]
        )

    def _any_epoch(self) -> str:
        return next((str(head["epoch"]) for head in self.heads.values()), "a1")

    def _note(self, frame: Frame) -> None:
        if frame["op"] == "joined" and "epoch" in frame:
            self.heads[frame["topic"]] = {"epoch": frame["epoch"], "seq": frame["seq"]}

    async def _ask_for_histories(self, topics: Iterable[str]) -> None:
        for number, topic in enumerate(topics):
            asked = {"op": "history", "id": f"h{number}", "topic": topic, "before": 9999}
            try:
                await self.visitor.say(asked | {"limit": 100})
            except ConnectionClosed:
                return

    async def _on_streams(self) -> None:
        for some in self._choices(8):
            asked = {"topic": some}
            async with self.visitor.http.stream("GET", "/rt/events", params=asked) as answer:
                try:
                    async with asyncio.timeout(STAYS_S):
                        async for chunk in answer.aiter_raw():
                            self.bytes_.append(chunk)
                except TimeoutError:
                    pass

    async def _fetch(self) -> None:
        while True:
            for path in self.chance.sample(self.paths, k=len(self.paths)):
                address = path.format(
                    **{name: self.chance.choice(known) for name, known in self.names.items()}
                )
                answer = await self.visitor.http.get(address)
                assert answer.status_code < 500, f"{address}: {answer.status_code}"
                self.bytes_ += itertools.chain.from_iterable(answer.headers.raw)
                self.bytes_.append(answer.content)
                await asyncio.sleep(PAUSE_S)

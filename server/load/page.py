"""What one simulated page remembers: where it stands in each topic, and what it waits for.

A page keeps the client's rules of the protocol and nothing else. An event of `last + 1` is the
next; one at or below `last` came twice; one above it says that something is missing, and the topic
is joined again from `last`. An answer to a join never moves the page past events that it was not
sent, unless it is a snapshot, which replaces what was there.

What a page sent stays in its outbox until it is answered, and is sent again with the same id after
a break.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson


class Step(enum.Enum):
    """What an event was to a page."""

    NEXT = "next"
    LATE = "late"
    """The next one, and what the page had missed while it was away: no measure of delivery."""
    DOUBLED = "doubled"
    GAP = "gap"
    PASSED = "passed"
    """Behind a gap that is being mended already."""
    UNASKED = "unasked"
    """Of a topic that this line has not joined."""


@dataclass(slots=True)
class Place:
    """Where a page stands in a topic.

    Args:
        seq: the last event; None before the first join, and of a topic without numbers.
        head: what the last join promised; the page has caught up when `seq` has reached it.
        joined: on the line that is open now.
        mending: something is missing, and the topic has been asked for again.
    """

    epoch: str | None = None
    seq: int | None = None
    head: int = 0
    joined: bool = False
    mending: bool = False

    @property
    def is_whole(self) -> bool:
        return self.joined and (self.seq is None or self.seq >= self.head)

    def position(self, topic: str) -> dict[str, Any]:
        if self.seq is None:
            return {"topic": topic}
        return {"topic": topic, "epoch": self.epoch, "seq": self.seq}


@dataclass(frozen=True, slots=True)
class Post:
    """Something that was asked and is not answered yet.

    Args:
        asked_at: seconds; None when it had to be asked again, which is no measure of an answer.
    """

    frame: bytes
    asked_at: float | None


@dataclass(slots=True)
class Page:
    """The memory of one page; it outlives its lines."""

    topics: tuple[str, ...]
    places: dict[str, Place] = field(default_factory=dict)
    outbox: dict[str, Post] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for topic in self.topics:
            self.places[topic] = Place()

    def hello_to_send(self) -> bytes:
        """The first word on a new line: every topic from where the page stands."""
        positions = [place.position(topic) for topic, place in self.places.items()]
        return orjson.dumps({"op": "hello", "v": 1, "topics": positions})

    def join_to_send(self, topic: str) -> bytes:
        return orjson.dumps({"op": "join", **self.places[topic].position(topic)})

    def receive_end(self) -> None:
        """The line is over; what was joined is to be joined again."""
        for place in self.places.values():
            place.joined = place.mending = False

    def has_been_in(self, topic: str) -> bool:
        """Whether the page goes on in this topic, and does not begin."""
        place = self.places.get(topic)
        return place is not None and place.seq is not None

    def receive_joined(self, frame: dict[str, Any]) -> str:
        """Take the answer to a join; returns its mode, `jumped` for one that skips events."""
        place = self.places.setdefault(frame["topic"], Place())
        place.joined, place.mending = True, False
        mode: str = frame["mode"]
        if mode == "state":
            return mode
        if mode != "snapshot" and frame["seq"] != place.seq:
            mode = "jumped"
        place.epoch, place.seq, place.head = frame["epoch"], frame["seq"], frame["head"]
        return mode

    def receive_denied(self, topic: str) -> None:
        """Not there, or not this page's: nothing to wait for, and never asked again."""
        self.places.pop(topic, None)

    def receive_event(self, topic: str, seq: int) -> Step:
        place = self.places.get(topic)
        if place is None or place.seq is None or not place.joined:
            return Step.UNASKED
        if seq == place.seq + 1:
            place.seq = seq
            return Step.LATE if seq <= place.head else Step.NEXT
        if place.mending:
            return Step.PASSED
        if seq <= place.seq:
            return Step.DOUBLED
        place.mending = True
        return Step.GAP

    @property
    def is_whole(self) -> bool:
        """Every topic is joined, and everything that was missed has come."""
        return all(place.is_whole for place in self.places.values())

    def missing(self, heads: Mapping[str, int]) -> int:
        """How many events up to these heads the page has not got."""
        return sum(
            max(0, heads.get(topic, 0) - place.seq)
            for topic, place in self.places.items()
            if place.seq is not None
        )

    def ask(self, id: str, frame: bytes, now: float) -> None:
        self.outbox[id] = Post(frame, now)

    def again_to_send(self) -> Iterator[bytes]:
        """What was asked on a line that broke before the answer."""
        for id, post in self.outbox.items():
            self.outbox[id] = Post(post.frame, None)
            yield post.frame

    def receive_answer(self, id: str) -> Post | None:
        return self.outbox.pop(id, None)


def heads_of(pages: Iterable[Page], promised: Mapping[str, int]) -> dict[str, int]:
    """The furthest that any page has come, or was told of, in each topic.

    Args:
        promised: where events stand that pages were told of when they asked for them.
    """
    heads = dict(promised)
    for page in pages:
        for topic, place in page.places.items():
            if place.seq is not None:
                heads[topic] = max(heads.get(topic, 0), place.seq, place.head)
    return heads

"""Who reads which topic, and how far they have got: the values that the pump walks over.

A *feed* is a topic with its source of frames and its subscriptions; a *subscriber* is one client; a
*subscription* is where one client stands in one topic. Only `fanout` changes them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from server.ring import Payload, Source


class Outlet(Protocol):
    """One client, as the pump sees it."""

    def deliver(self, topic: str, payload: Payload) -> bool:
        """Write without waiting; False when the client is gone."""

    def buffered(self) -> int:
        """Bytes written that have not left."""

    def cut(self) -> None:
        """Too slow: end the connection. The client comes back by its positions."""


class Way(Protocol):
    """A short way for finished frames, without a word about whose they are."""

    @property
    def offer(self) -> Callable[[bytes], bool | None]:
        """Takes a frame and returns None, or True when it is held back: full, or gone."""


class _NoWay:
    def offer(self, _frame: bytes) -> bool:
        return True


NO_WAY = _NoWay()


class _Nobody:
    """The outlet of who has left."""

    def deliver(self, topic: str, payload: Payload) -> bool:
        return False

    def buffered(self) -> int:
        return 0

    def cut(self) -> None:
        pass


NOBODY = _Nobody()


class Subscriber:
    """A client and where it stands in each topic it reads.

    Attributes:
        way: the short way for finished frames, where there is one.
    """

    __slots__ = ("outlet", "paused_at", "subscriptions", "way")

    def __init__(self, outlet: Outlet) -> None:
        self.outlet = outlet
        self.way: Way = NO_WAY
        self.paused_at: float | None = None
        self.subscriptions: dict[str, Subscription] = {}

    def let_go(self) -> None:
        """The client has left. It and this hold each other, and what is frozen (`ramps`) is never
        collected: the circle is broken here, so that all of it goes at once."""
        self.outlet = NOBODY
        self.way = NO_WAY


class Subscription:
    """How far one client has got in one topic."""

    __slots__ = ("cursor", "feed", "subscriber", "way")

    def __init__(self, feed: Feed, subscriber: Subscriber, cursor: int) -> None:
        self.feed: Feed | None = feed
        self.subscriber = subscriber
        self.way = subscriber.way
        self.cursor = cursor


class Feed:
    """One topic with its readers."""

    __slots__ = (
        "kept_until",
        "known",
        "marked",
        "mending",
        "quiet_until",
        "source",
        "subscriptions",
        "topic",
    )

    def __init__(self, topic: str, source: Source, kept_until: float) -> None:
        self.topic = topic
        self.source = source
        self.subscriptions: set[Subscription] = set()
        self.marked = False
        self.quiet_until = 0.0
        self.kept_until = kept_until
        self.known = source.head
        """The highest seq heard of; above the ring's head there is a hole."""
        self.mending = asyncio.Lock()

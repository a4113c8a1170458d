"""Fan-out: one event to everybody who reads its topic, encoded once.

Each topic has a *feed*: a ring of ready frames and its subscriptions. A subscription is a cursor,
not a queue: it says what its client has got, and what it lacks is in the ring for all to share.

*The pump.* A published frame is put in the ring and the feed is marked; the publisher goes on and
never waits for a socket. The pump visits every subscription behind the head and writes, in one
message, everything it lacks; all who stand at the same cursor are given the same bytes. The first
frame leaves at once; what follows within WINDOW_S leaves together, because a write costs the kernel
the same for one frame as for twenty. The pump gives the loop a turn after each SLICE of writes.

*Slow clients.* A client with more than 64 KiB unsent is passed over and its cursor stays. Nothing
more of that topic is written to it until it has drained; then it goes on from where it stopped. If
its cursor has fallen out of the ring by then, or 30 s have gone, it is cut (4001) and comes back
by its position. So memory for one client is bounded, and nobody else notices it.

Invariant: a subscription is sent seq n + 1 right after seq n, or is ended. There is no third way;
a hole in what was published (another worker's hint got lost) is read from the database first.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from server.ring import Newest, Ring, Source
from server.sink import PAUSE_ABOVE_BYTES
from server.subscriptions import NO_WAY, Feed, Subscriber, Subscription

WINDOW_S = 0.05
SLICE = 256
PAUSED_AT_MOST_S = 30.0
BACKFILL_FRAMES = 1000
IDLE_FEED_S = 60.0
MEND_AGAIN_S = 1.0

logger = logging.getLogger(__name__)

Read = Callable[[str, int, int], Awaitable[list[bytes]]]


@dataclass(slots=True)
class Counts:
    """What the fan-out has done since it was made."""

    published: int = 0
    delivered: int = 0
    writes: int = 0
    paused: int = 0
    cut: int = 0
    holes: int = 0
    backfills: int = 0


class Fanout:
    """All feeds of this process.

    Args:
        monotonic: seconds, never going back.
        read: frames after a seq up to another from the database, for holes and backfilling.
    """

    def __init__(self, monotonic: Callable[[], float], read: Read | None = None) -> None:
        self._monotonic = monotonic
        self.read = read
        self._feeds: dict[str, Feed] = {}
        self._newest: dict[str, Newest] = {}
        self._due: deque[Feed] = deque()
        self._wake = asyncio.Event()
        self._paused: set[Subscriber] = set()
        self.counts = Counts()

    # What dispatch and the bus call.

    def publish(self, topic: str, seq: int, frame: bytes) -> None:
        """Hand out a committed event; a seq that was handed out before is passed over."""
        self.counts.published += 1
        feed = self._feeds.get(topic)
        if feed is None or not isinstance(feed.source, Ring):
            return
        if seq == feed.source.head + 1:
            feed.source.append(frame)
        feed.known = max(feed.known, seq)
        if feed.known > feed.source.head or seq == feed.source.head:
            self._mark(feed)

    def hint(self, topic: str, seq: int) -> None:
        """Say that the database has the topic up to this seq; what is missing is read there."""
        feed = self._feeds.get(topic)
        if feed is not None and seq > feed.source.head:
            feed.known = max(feed.known, seq)
            self._mark(feed)

    def publish_state(self, topic: str, frame: bytes) -> None:
        """Hand out the newest value of a state topic."""
        self.counts.published += 1
        newest = self._newest.setdefault(topic, Newest())
        newest.put(frame)
        feed = self._feeds.get(topic)
        if feed is not None:
            self._mark(feed)

    def rewrite(self, topic: str, seq: int, frame: bytes) -> None:
        """Put a tombstone where an erased event's frame was."""
        feed = self._feeds.get(topic)
        if feed is not None and isinstance(feed.source, Ring):
            feed.source.rewrite(seq, frame)

    def newest(self, topic: str) -> bytes | None:
        """The newest frame of a state topic, None when nothing was ever put there."""
        newest = self._newest.get(topic)
        return newest.frame if newest is not None else None

    # What the gateway calls. None of these waits, except `backfill`.

    async def backfill(self, topic: str, head: int, cursor: int) -> bool:
        """Read what a reader at `cursor` lacks into the ring, once for everybody who asks.

        Args:
            head: where the log stands; the feed starts there when it is new.

        Returns: whether a reader can go on from that cursor.
        """
        feed = self._log_feed(topic, head)
        ring = feed.source
        if ring.covers(cursor) or self.read is None:
            return ring.covers(cursor)
        async with feed.mending:
            if not ring.covers(cursor) and isinstance(ring, Ring):
                upto = ring.start - 1
                after = min(cursor, max(0, upto - BACKFILL_FRAMES))
                self.counts.backfills += 1
                frames = await self.read(topic, after, upto)
                if upto == ring.start - 1 and len(frames) == upto - after:
                    ring.prepend(frames)
        return ring.covers(cursor)

    def covers(self, topic: str, head: int, cursor: int) -> bool:
        """Whether a reader can go on from that cursor without the database."""
        return self._log_feed(topic, head).source.covers(cursor)

    def subscribe(self, subscriber: Subscriber, topic: str, head: int, cursor: int) -> None:
        """Read a log from a covered cursor on, and write what there is already."""
        self._add(self._log_feed(topic, head), subscriber, cursor)

    def subscribe_state(self, subscriber: Subscriber, topic: str) -> None:
        """Read a state topic; its newest value is written first, when it has one."""
        feed = self._feeds.get(topic)
        if feed is None:
            newest = self._newest.setdefault(topic, Newest())
            feed = self._feeds[topic] = Feed(topic, newest, 0.0)
        self._add(feed, subscriber, 0)

    def unsubscribe(self, subscriber: Subscriber, topic: str) -> None:
        subscription = subscriber.subscriptions.pop(topic, None)
        if subscription is not None and subscription.feed is not None:
            subscription.feed.subscriptions.discard(subscription)
            subscription.feed.kept_until = self._monotonic() + IDLE_FEED_S
            subscription.feed = None
            subscription.way = NO_WAY

    def remove(self, subscriber: Subscriber) -> None:
        """Forget a client."""
        for topic in list(subscriber.subscriptions):
            self.unsubscribe(subscriber, topic)
        self._paused.discard(subscriber)

    def resume(self, subscriber: Subscriber) -> None:
        """A paused client has drained: go on where it stopped."""
        if subscriber.paused_at is None:
            return
        subscriber.paused_at = None
        self._paused.discard(subscriber)
        for subscription in list(subscriber.subscriptions.values()):
            self._serve(subscription)

    def subscribers(self, topic: str) -> list[Subscriber]:
        feed = self._feeds.get(topic)
        return [each.subscriber for each in feed.subscriptions] if feed is not None else []

    # The two long tasks.

    async def run(self) -> None:
        """Pump, for as long as the process lives."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._due:
                await self._pump(self._due.popleft())

    def cut_slow(self) -> None:
        """End those paused too long and forget feeds nobody reads; about once a second."""
        now = self._monotonic()
        for subscriber in list(self._paused):
            if subscriber.paused_at is not None and now - subscriber.paused_at >= PAUSED_AT_MOST_S:
                self._cut(subscriber)
        idle = [
            topic
            for topic, feed in self._feeds.items()
            if not feed.subscriptions
            and not feed.marked
            and not feed.mending.locked()
            and now >= feed.kept_until
        ]
        for topic in idle:
            del self._feeds[topic]

    # Inside.

    def _log_feed(self, topic: str, head: int) -> Feed:
        feed = self._feeds.get(topic)
        if feed is None:
            feed = self._feeds[topic] = Feed(topic, Ring(head), self._monotonic() + IDLE_FEED_S)
        elif head > feed.known:
            # The log went on where nobody told us: a hole like any other.
            feed.known = head
            self._mark(feed)
        return feed

    def _add(self, feed: Feed, subscriber: Subscriber, cursor: int) -> None:
        self.unsubscribe(subscriber, feed.topic)
        subscription = Subscription(feed, subscriber, cursor)
        feed.subscriptions.add(subscription)
        subscriber.subscriptions[feed.topic] = subscription
        self._serve(subscription)
        if feed.known > feed.source.head:
            self._mark(feed)

    def _mark(self, feed: Feed) -> None:
        if feed.marked or not feed.subscriptions:
            return
        feed.marked = True
        wait_s = feed.quiet_until - self._monotonic()
        if wait_s <= 0:
            self._make_due(feed)
        else:
            asyncio.get_running_loop().call_later(wait_s, self._make_due, feed)

    def _make_due(self, feed: Feed) -> None:
        self._due.append(feed)
        self._wake.set()

    async def _pump(self, feed: Feed) -> None:
        feed.marked = False
        feed.quiet_until = self._monotonic() + WINDOW_S
        if feed.known > feed.source.head:
            await self._mend(feed)
        subscriptions = list(feed.subscriptions)
        for first in range(0, len(subscriptions), SLICE):
            if first:
                await asyncio.sleep(0)
            self._serve_alike(feed.source, subscriptions[first : first + SLICE])

    async def _mend(self, feed: Feed) -> None:
        """Read the frames between the ring's head and the highest seq heard of."""
        ring = feed.source
        if self.read is None or not isinstance(ring, Ring):
            return
        self.counts.holes += 1
        async with feed.mending:
            after = ring.head
            known = feed.known
            try:
                frames = await self.read(feed.topic, after, known)
            except Exception:
                logger.exception("Could not read %s after %d", feed.topic, after)
                asyncio.get_running_loop().call_later(MEND_AGAIN_S, self._mark, feed)
                return
            # What was published meanwhile is among them, or follows them.
            for frame in frames[ring.head - after :]:
                ring.append(frame)
            if feed.known == known:
                # A hint may have promised what the store does not hold.
                feed.known = ring.head

    def _serve_alike(self, source: Source, subscriptions: list[Subscription]) -> None:
        """Write to those who stand at the same cursor, which are nearly all; else one by one.

        This is the loop that the program spends its time in: one call for each delivery.
        """
        head, cursor, frames, framed = source.head, -1, 0, b""
        writes = delivered = 0
        for subscription in subscriptions:
            if subscription.cursor != cursor:
                cursor = subscription.cursor
                frames, framed = self._up_to_head(source, cursor)
            try:
                if frames and not subscription.way.offer(framed):
                    subscription.cursor = head
                    writes += 1
                    delivered += frames
                    continue
            except RuntimeError:
                # A transport that has broken and not said so yet; the long way finds out.
                pass
            self._serve(subscription)
        self.counts.writes += writes
        self.counts.delivered += delivered

    def _up_to_head(self, source: Source, cursor: int) -> tuple[int, bytes]:
        """Everything after a cursor, when it is there and one payload: how many, and framed."""
        if cursor >= source.head or not source.covers(cursor):
            return 0, b""
        payload = source.after(cursor)
        return (len(payload.frames), payload.framed) if payload.upto == source.head else (0, b"")

    def _serve(self, subscription: Subscription) -> None:
        """Write what one subscription lacks, as far as its client takes it."""
        feed, subscriber = subscription.feed, subscription.subscriber
        if feed is None or subscriber.paused_at is not None:
            return
        source, outlet = feed.source, subscriber.outlet
        while subscription.cursor < source.head:
            if outlet.buffered() > PAUSE_ABOVE_BYTES:
                self._pause(subscriber)
                return
            if not source.covers(subscription.cursor):
                self._cut(subscriber)
                return
            payload = source.after(subscription.cursor)
            subscription.cursor = payload.upto
            if not outlet.deliver(feed.topic, payload):
                return
            self.counts.writes += 1
            self.counts.delivered += len(payload.frames)

    def _pause(self, subscriber: Subscriber) -> None:
        subscriber.paused_at = self._monotonic()
        self._paused.add(subscriber)
        self.counts.paused += 1

    def _cut(self, subscriber: Subscriber) -> None:
        self.remove(subscriber)
        self.counts.cut += 1
        subscriber.outlet.cut()

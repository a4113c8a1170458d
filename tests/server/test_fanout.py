"""The pump: everybody gets everything in order, the slow wait alone."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from server.fanout import IDLE_FEED_S, PAUSED_AT_MOST_S, WINDOW_S, Fanout
from server.ring import RING_FRAMES, Payload
from server.sink import PAUSE_ABOVE_BYTES
from server.subscriptions import Subscriber
from tests.server.memory_board import event


@dataclass
class RecordingOutlet:
    """A client that notes what it gets and can be full, or gone."""

    got: list[list[bytes]] = field(default_factory=list)
    unsent_bytes: int = 0
    gone: bool = False
    cuts: int = 0
    delivered: asyncio.Event = field(default_factory=asyncio.Event)

    def deliver(self, topic: str, payload: Payload) -> bool:
        self.delivered.set()
        self.got.append(list(payload.frames))
        return not self.gone

    def buffered(self) -> int:
        return self.unsent_bytes

    def cut(self) -> None:
        self.cuts += 1

    @property
    def seqs(self) -> list[int]:
        return [
            int(frame.split(b'"seq":')[1].split(b",")[0]) for each in self.got for frame in each
        ]


class FakeTime:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Store:
    """A log in a database."""

    head: int = 0
    reads: list[tuple[int, int]] = field(default_factory=list)
    fails: int = 0

    async def read(self, topic: str, after: int, upto: int) -> list[bytes]:
        self.reads.append((after, upto))
        await asyncio.sleep(0)
        if self.fails:
            self.fails -= 1
            raise OSError("the database is away")
        return [event(topic, seq) for seq in range(after + 1, min(upto, self.head) + 1)]


class Bench:
    """A fan-out whose time and database a test holds."""

    def __init__(self) -> None:
        self.time = FakeTime()
        self.store = Store()
        self.fanout = Fanout(self.time, self.store.read)

    def publish(self, count: int = 1) -> None:
        for _ in range(count):
            self.store.head += 1
            self.fanout.publish("show", self.store.head, event("show", self.store.head))

    def join(self, cursor: int | None = None) -> tuple[Subscriber, RecordingOutlet]:
        outlet = RecordingOutlet()
        subscriber = Subscriber(outlet)
        head = self.store.head
        self.fanout.subscribe(subscriber, "show", head, head if cursor is None else cursor)
        return subscriber, outlet

    async def pumped(self) -> None:
        """Let the pump run until it waits again; then the window passes."""
        for _ in range(20):
            await asyncio.sleep(0)
        self.time.now += 2 * WINDOW_S


@contextlib.asynccontextmanager
async def a_bench() -> AsyncIterator[Bench]:
    bench = Bench()
    async with asyncio.TaskGroup() as tasks:
        pump = tasks.create_task(bench.fanout.run())
        yield bench
        pump.cancel()


async def test_published_event_reaches_all_who_read_the_topic() -> None:
    async with a_bench() as bench:
        readers = [bench.join()[1] for _ in range(3)]
        bench.publish()
        await bench.pumped()
        assert [each.seqs for each in readers] == [[1], [1], [1]]


async def test_publisher_does_not_write_itself() -> None:
    async with a_bench() as bench:
        _, outlet = bench.join()
        bench.publish()
        assert outlet.got == []


async def test_all_get_the_same_bytes() -> None:
    async with a_bench() as bench:
        one, other = bench.join()[1], bench.join()[1]
        bench.publish()
        await bench.pumped()
        assert one.got[0][0] is other.got[0][0]


async def test_first_leaves_at_once_and_what_follows_within_the_window_leaves_together() -> None:
    async with a_bench() as bench:
        _, outlet = bench.join()
        bench.publish()
        for _ in range(5):
            await asyncio.sleep(0)
        assert outlet.seqs == [1]
        bench.publish(4)
        for _ in range(5):
            await asyncio.sleep(0)
        assert outlet.seqs == [1]
        outlet.delivered.clear()
        async with asyncio.timeout(20):
            await outlet.delivered.wait()
        assert [len(message) for message in outlet.got] == [1, 4]


async def test_nobody_hears_twice_what_is_published_twice() -> None:
    async with a_bench() as bench:
        _, outlet = bench.join()
        bench.publish(2)
        bench.fanout.publish("show", 1, event("show", 1))
        bench.fanout.publish("show", 2, event("show", 2))
        await bench.pumped()
        assert outlet.seqs == [1, 2]


async def test_who_left_hears_nothing_more() -> None:
    async with a_bench() as bench:
        subscriber, outlet = bench.join()
        bench.publish()
        bench.fanout.unsubscribe(subscriber, "show")
        await bench.pumped()
        assert outlet.got == []


async def test_who_leaves_while_the_pump_is_on_its_way_hears_nothing_more() -> None:
    async with a_bench() as bench:
        crowd = [bench.join() for _ in range(2000)]
        bench.publish()
        for _ in range(3):
            await asyncio.sleep(0)
        waiting = [pair for pair in crowd if not pair[1].got]
        assert waiting
        for subscriber, _ in waiting:
            bench.fanout.remove(subscriber)
        await bench.pumped()
        assert not any(outlet.got for _, outlet in waiting)


async def test_loop_gets_its_turn_between_slices() -> None:
    async with a_bench() as bench:
        crowd = [bench.join()[1] for _ in range(1000)]
        bench.publish()
        seen = set()
        for _ in range(20):
            await asyncio.sleep(0)
            seen.add(sum(bool(each.got) for each in crowd))
        assert len(seen - {0, 1000}) >= 2


async def test_client_with_too_much_unsent_is_passed_over_and_goes_on_where_it_stopped() -> None:
    async with a_bench() as bench:
        slow, slow_outlet = bench.join()
        _, other = bench.join()
        bench.publish()
        await bench.pumped()
        slow_outlet.unsent_bytes = PAUSE_ABOVE_BYTES + 1
        bench.publish(3)
        await bench.pumped()
        # Room alone is not enough: until it is told of it, nothing may jump the queue.
        slow_outlet.unsent_bytes = 0
        bench.publish()
        await bench.pumped()
        assert slow_outlet.seqs == [1]
        assert other.seqs == [1, 2, 3, 4, 5]
        bench.fanout.resume(slow)
        assert slow_outlet.seqs == [1, 2, 3, 4, 5]


async def test_client_that_is_full_again_is_paused_again() -> None:
    async with a_bench() as bench:
        slow, outlet = bench.join()
        outlet.unsent_bytes = PAUSE_ABOVE_BYTES + 1
        bench.publish(2)
        await bench.pumped()
        bench.fanout.resume(slow)
        assert outlet.got == []
        outlet.unsent_bytes = 0
        bench.fanout.resume(slow)
        assert outlet.seqs == [1, 2]


async def test_client_paused_for_too_long_is_cut_once() -> None:
    async with a_bench() as bench:
        _, outlet = bench.join()
        outlet.unsent_bytes = PAUSE_ABOVE_BYTES + 1
        bench.publish()
        await bench.pumped()
        bench.time.now += PAUSED_AT_MOST_S - 2
        bench.fanout.cut_slow()
        assert outlet.cuts == 0
        bench.time.now += 2
        bench.fanout.cut_slow()
        bench.fanout.cut_slow()
        assert outlet.cuts == 1
        assert bench.fanout.subscribers("show") == []


async def test_client_whose_place_fell_out_of_the_ring_is_cut_and_never_skips() -> None:
    async with a_bench() as bench:
        slow, outlet = bench.join()
        outlet.unsent_bytes = PAUSE_ABOVE_BYTES + 1
        bench.publish()
        await bench.pumped()
        bench.publish(RING_FRAMES + 1)
        await bench.pumped()
        outlet.unsent_bytes = 0
        bench.fanout.resume(slow)
        assert outlet.cuts == 1
        assert outlet.got == []


async def test_client_that_is_gone_harms_nobody() -> None:
    async with a_bench() as bench:
        _, dead = bench.join()
        dead.gone = True
        _, other = bench.join()
        bench.publish(2)
        await bench.pumped()
        assert other.seqs == [1, 2]


async def test_hole_is_read_from_the_database_before_anything_after_it() -> None:
    async with a_bench() as bench:
        _, outlet = bench.join()
        bench.publish()
        await bench.pumped()
        bench.store.head = 4
        bench.publish()
        await bench.pumped()
        assert outlet.seqs == [1, 2, 3, 4, 5]
        assert bench.fanout.counts.holes == 1


async def test_hint_alone_is_enough() -> None:
    async with a_bench() as bench:
        _, outlet = bench.join()
        bench.store.head = 3
        bench.fanout.hint("show", 3)
        await bench.pumped()
        assert outlet.seqs == [1, 2, 3]


async def test_hint_of_what_the_store_does_not_hold_is_forgotten() -> None:
    async with a_bench() as bench:
        _, outlet = bench.join()
        bench.fanout.hint("show", 9)
        await bench.pumped()
        bench.publish(2)
        await bench.pumped()
        assert outlet.seqs == [1, 2]


async def test_hole_waits_while_the_database_is_away() -> None:
    async with a_bench() as bench:
        _, outlet = bench.join()
        bench.store.head, bench.store.fails = 2, 1
        bench.fanout.hint("show", 2)
        await bench.pumped()
        assert outlet.got == []
        bench.publish()
        await bench.pumped()
        assert outlet.seqs == [1, 2, 3]


async def test_crowd_that_comes_back_costs_one_read() -> None:
    async with a_bench() as bench:
        bench.store.head = 50
        covered = await asyncio.gather(
            *(bench.fanout.backfill("show", 50, 40 + number % 10) for number in range(100))
        )
        assert all(covered)
        assert bench.store.reads == [(0, 50)]
        _, outlet = bench.join(cursor=45)
        assert outlet.seqs == [46, 47, 48, 49, 50]


async def test_log_shorter_than_it_should_be_is_not_filled_from() -> None:
    async with a_bench() as bench:
        bench.store.head = 30
        assert not await bench.fanout.backfill("show", 50, 40)


async def test_reader_ahead_of_this_worker_waits_for_what_it_lacks() -> None:
    async with a_bench() as bench:
        bench.publish(2)
        _, outlet = bench.join(cursor=4)
        bench.publish(4)
        await bench.pumped()
        assert outlet.seqs == [5, 6]


async def test_log_that_went_on_unheard_is_a_hole_like_any_other() -> None:
    async with a_bench() as bench:
        _, early = bench.join()
        bench.store.head = 3
        _, late = bench.join()
        await bench.pumped()
        assert early.seqs == [1, 2, 3]
        assert late.seqs == []


async def test_joining_again_moves_the_cursor_and_doubles_nothing() -> None:
    async with a_bench() as bench:
        subscriber, outlet = bench.join()
        bench.publish(2)
        await bench.pumped()
        bench.fanout.subscribe(subscriber, "show", 2, 1)
        bench.publish()
        await bench.pumped()
        assert outlet.seqs == [1, 2, 2, 3]


async def test_only_the_newest_value_of_a_state_topic_is_handed_out() -> None:
    async with a_bench() as bench:
        outlet = RecordingOutlet()
        subscriber = Subscriber(outlet)
        bench.fanout.subscribe_state(subscriber, "presence")
        assert outlet.got == []
        bench.fanout.publish_state("presence", b"1")
        bench.fanout.publish_state("presence", b"2")
        await bench.pumped()
        assert outlet.got == [[b"2"]]


async def test_newest_value_waits_for_who_comes_later() -> None:
    async with a_bench() as bench:
        bench.fanout.publish_state("presence", b"1")
        outlet = RecordingOutlet()
        bench.fanout.subscribe_state(Subscriber(outlet), "presence")
        assert outlet.got == [[b"1"]]
        assert bench.fanout.newest("presence") == b"1"


async def test_feed_that_nobody_reads_is_forgotten_after_a_while_and_not_before() -> None:
    async with a_bench() as bench:
        subscriber, _ = bench.join()
        bench.fanout.remove(subscriber)
        bench.publish()
        bench.time.now += IDLE_FEED_S - 1
        bench.fanout.cut_slow()
        assert bench.fanout.covers("show", 1, 0)
        bench.time.now += 2
        bench.fanout.cut_slow()
        assert not bench.fanout.covers("show", 1, 0)


async def test_erased_text_is_in_no_later_frame() -> None:
    async with a_bench() as bench:
        bench.join()
        bench.fanout.publish("show", 1, event("show", 1, "hemmeligt"))
        bench.store.head = 1
        bench.fanout.rewrite("show", 1, event("show", 1))
        _, late = bench.join(cursor=0)
        assert late.seqs == [1]
        assert b"hemmeligt" not in late.got[0][0]

"""Getting into a topic: what may change while it is being read."""

from __future__ import annotations

from tests.server.memory_board import an_edge


async def test_right_that_is_lost_while_the_topic_is_opened_is_no_right() -> None:
    async with an_edge() as edge, edge.client() as anna:
        edge.board.add("room:aalborg", events=3, readers={"anna"})
        edge.board.on_open = lambda topic: edge.board.private[topic].clear()
        (denied,) = await anna.hello("room:aalborg")
        assert denied == {"op": "denied", "topic": "room:aalborg", "code": "not_found"}
        assert edge.fanout.subscribers("room:aalborg") == []


async def test_topic_that_is_gone_when_it_is_opened_is_denied() -> None:
    async with an_edge() as edge, edge.client() as anna:
        edge.board.add("room:aalborg")

        async def gone(topic: str) -> None:
            raise KeyError(topic)

        edge.board.open = gone  # type: ignore[method-assign]
        (denied,) = await anna.hello("room:aalborg")
        assert denied["op"] == "denied"


async def test_own_topic_that_does_not_exist_is_not_denied_aloud() -> None:
    async with an_edge() as edge, edge.reader() as anna:
        await anna.say({"op": "ping"})
        assert (await anna.hear())["op"] == "pong"


async def test_state_that_only_the_board_knows_is_shown_once() -> None:
    async with an_edge() as edge, edge.client() as anna:
        edge.board.states["sources"] = b'{"op":"state","topic":"sources","data":1}'
        (joined,) = await anna.hello("sources")
        assert joined["mode"] == "state"
        assert (await anna.hear())["data"] == 1
        edge.fanout.publish_state("sources", b'{"op":"state","topic":"sources","data":2}')
        assert (await anna.hear())["data"] == 2


async def test_event_committed_while_frames_are_read_comes_after_them() -> None:
    async with an_edge() as edge, edge.client() as anna:
        edge.board.add("show", events=10)
        read = edge.board.frames

        async def slow_read(topic: str, after: int, upto: int) -> list[bytes]:
            frames = await read(topic, after, upto)
            edge.board.post("show")
            return frames

        edge.board.frames = slow_read  # type: ignore[method-assign]
        edge.fanout.read = slow_read
        (joined,) = await anna.hello({"topic": "show", "epoch": "a1", "seq": 4})
        assert (joined["mode"], joined["seq"], joined["head"]) == ("resume", 4, 11)
        assert await anna.hear_events(7) == [5, 6, 7, 8, 9, 10, 11]


async def test_position_absurdly_far_ahead_reads_nothing() -> None:
    async with an_edge() as edge, edge.client() as anna:
        edge.board.add("show", events=3)
        (joined,) = await anna.hello({"topic": "show", "epoch": "a1", "seq": 2**53 - 1})
        assert joined["mode"] == "snapshot"
        assert edge.board.reads == []


async def test_crowd_that_resumes_costs_one_read() -> None:
    async with an_edge() as edge:
        edge.board.add("show", events=20)
        for number in range(10):
            async with edge.client(f"p{number}") as client:
                await client.hello({"topic": "show", "epoch": "a1", "seq": 10 + number % 5})
        assert len(edge.board.reads) == 1


async def test_larger_gap_than_the_ring_holds_is_a_snapshot_never_a_part() -> None:
    async with an_edge() as edge, edge.client() as anna:
        log = edge.board.add("show", events=900)
        log.frames = [frame + b" " * 6000 for frame in log.frames]
        (joined,) = await anna.hello({"topic": "show", "epoch": "a1", "seq": 4})
        assert (joined["mode"], joined["seq"]) == ("snapshot", 900)

"""The same objects as server-sent events, read off a real server byte by byte."""

from __future__ import annotations

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator
from typing import Any

import httpx
import orjson
import pytest
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from server.clients import EventClient
from server.connection import Session
from server.paced_http import PacedHttp
from server.ring import Payload
from server.sink import PAUSE_ABOVE_BYTES
from server.subscriptions import Subscriber
from tests.server.memory_board import Edge, an_actor, an_edge, event, on_both_loops


class Listener:
    """Reads events as a browser does; remembers the last id."""

    def __init__(self, response: httpx.Response) -> None:
        self._lines = response.aiter_lines()
        self.last_event_id = ""

    async def event(self) -> tuple[str, Any]:
        """Kind and data of the next event."""
        kind, data = "message", ""
        async for line in self._lines:
            name, _, value = line.partition(": ")
            if not line:
                return kind, orjson.loads(data)
            if name == "event":
                kind = value
            elif name == "data":
                data = value
            elif name == "id":
                self.last_event_id = value
        raise EOFError

    async def hear(self) -> Any:
        return (await self.event())[1]


@contextlib.asynccontextmanager
async def listening(
    edge: Edge, *topics: str, person: str = "anna", last_event_id: str = ""
) -> AsyncIterator[Listener]:
    headers = {"Authorization": f"Bearer {person}"}
    if last_event_id:
        headers["Last-Event-ID"] = last_event_id
    async with (
        httpx.AsyncClient(base_url=edge.origin, timeout=30) as client,
        client.stream(
            "GET", "/rt/events", params={"topic": list(topics)}, headers=headers
        ) as response,
    ):
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["cache-control"] == "no-store"
        yield Listener(response)


async def get(edge: Edge, query: str = "", **headers: str) -> httpx.Response:
    async with httpx.AsyncClient(base_url=edge.origin, timeout=30) as client:
        return await client.get(
            f"/rt/events{query}", headers={"Authorization": "Bearer anna", **headers}
        )


async def test_stream_welcomes_joins_and_goes_on() -> None:
    async with an_edge() as edge:
        edge.board.add("show", events=3)
        async with listening(edge, "show") as anna:
            assert (await anna.hear())["op"] == "welcome"
            assert (await anna.hear())["mode"] == "snapshot"
            assert anna.last_event_id == "show@a1.3"
            edge.board.post("show", "nu")
            heard = await anna.hear()
            assert (heard["op"], heard["seq"], heard["data"]) == ("event", 4, {"text": "nu"})
            assert anna.last_event_id == "show@a1.4"


async def test_last_event_id_resumes_every_topic_where_it_stood() -> None:
    async with an_edge() as edge:
        edge.board.add("show", events=3)
        edge.board.add("room:aalborg", events=7)
        async with listening(edge, "show@a1.1", "room:aalborg@a1.7") as anna:
            heard = [await anna.hear() for _ in range(5)]
            assert [each.get("mode") for each in heard] == [None, "resume", None, None, "live"]
            assert anna.last_event_id == "show@a1.3,room:aalborg@a1.7"
        edge.board.post("room:aalborg")
        last = anna.last_event_id
        async with listening(edge, "show@a1.1", "room:aalborg", last_event_id=last) as anna:
            heard = [await anna.hear() for _ in range(4)]
            assert [each.get("mode") for each in heard] == [None, "live", "resume", None]
            assert heard[3]["seq"] == 8


async def test_break_in_the_middle_of_a_burst_loses_nothing() -> None:
    async with an_edge() as edge:
        edge.board.add("show")
        seqs: list[int] = []
        last = "show@a1.0"
        for _ in range(5):
            async with listening(edge, "show", last_event_id=last) as anna:
                await anna.hear()
                await anna.hear()
                for _ in range(4):
                    edge.board.post("show")
                for _ in range(3):
                    seqs.append((await anna.hear())["seq"])
                last = anna.last_event_id
        assert seqs == list(range(1, 16))


async def test_what_is_not_yours_is_denied() -> None:
    async with an_edge() as edge:
        edge.board.add("room:aarhus", readers={"bo"})
        async with listening(edge, "room:aarhus") as anna:
            await anna.hear()
            assert await anna.hear() == {
                "op": "denied",
                "topic": "room:aarhus",
                "code": "not_found",
            }


async def test_state_topics_move_no_position() -> None:
    async with an_edge() as edge:
        edge.board.states["presence"] = b""
        edge.fanout.publish_state("presence", b'{"op":"state","topic":"presence","data":1}')
        async with listening(edge, "presence") as anna:
            await anna.hear()
            assert (await anna.hear())["mode"] == "state"
            assert (await anna.hear())["data"] == 1
            assert anna.last_event_id == ""


async def test_revoked_session_ends_the_stream_and_says_why() -> None:
    async with an_edge() as edge:
        edge.board.add("show")
        async with listening(edge, "show", person="anna/one") as anna:
            await anna.hear()
            await anna.hear()
            async with asyncio.timeout(10):
                edge.gateway.revoke("one")
                edge.board.post("show", "efter")
                assert await anna.event() == ("close", {"code": 4501})
                with pytest.raises(EOFError):
                    await anna.event()
        await edge.doorkeeper.empty.wait()


async def test_client_that_hangs_up_is_forgotten() -> None:
    async with an_edge() as edge:
        edge.board.add("show")
        async with listening(edge, "show") as anna:
            await anna.hear()
            assert edge.doorkeeper.here == ["anna"]
        await edge.doorkeeper.empty.wait()
        assert edge.gateway.clients == set()


@on_both_loops
async def test_whoever_has_left_a_stream_is_gone_without_a_collection() -> None:
    """What is frozen is never looked at again (`ramps`): no circle may be left."""
    gc.collect()
    gc.disable()
    try:
        async with an_edge() as edge:
            edge.board.add("show", events=3)
            async with listening(edge, "show") as anna:
                await anna.hear()
            await edge.doorkeeper.empty.wait()
            async with listening(edge, "show") as bo:
                await bo.hear()
                edge.gateway.end_all(4504, "over")
                with contextlib.suppress(EOFError):
                    while True:
                        await bo.event()
            await edge.doorkeeper.empty.wait()
        left = [each for each in gc.get_objects() if type(each) in OF_A_STREAM]
    finally:
        gc.enable()
    assert left == []


OF_A_STREAM = (PacedHttp, RequestResponseCycle, EventClient, Session, Subscriber)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "malformed"),
        ("?topic=", "malformed"),
        ("?topic=show@", "malformed"),
        ("?topic=show@a1", "malformed"),
        ("?topic=show@a1.x", "malformed"),
        ("?topic=show@.3", "malformed"),
        ("?topic=show@a1.-3", "malformed"),
        ("?topic=show@a1." + "9" * 40, "malformed"),
        ("?topic=" + "x" * 200, "malformed"),
    ],
)
async def test_address_that_cannot_be_read_is_refused(query: str, code: str) -> None:
    async with an_edge() as edge:
        response = await get(edge, query)
        assert response.status_code == 400
        assert response.headers["content-type"] == "application/problem+json"
        assert response.json()["code"] == code


async def test_last_event_id_that_cannot_be_read_is_refused() -> None:
    async with an_edge() as edge:
        response = await get(edge, "?topic=show", **{"Last-Event-ID": "show@@@"})
        assert response.status_code == 400


async def test_who_is_not_signed_in_gets_a_problem() -> None:
    async with an_edge() as edge:
        response = await get(edge, "?topic=show", Authorization="Bearer nobody")
        assert (response.status_code, response.json()["code"]) == (401, "not_signed_in")


async def test_foreign_page_gets_a_problem() -> None:
    async with an_edge() as edge:
        response = await get(edge, "?topic=show", Origin="https://evil.example")
        assert (response.status_code, response.json()["code"]) == (403, "foreign_origin")


async def test_process_that_drains_gets_a_problem() -> None:
    async with an_edge() as edge:
        await edge.gateway.drain(within_ms=1000)
        response = await get(edge, "?topic=show")
        assert response.status_code == 503
        assert response.headers["retry-after"] == "5"


async def test_client_that_is_not_read_from_holds_back_at_the_limit() -> None:
    client = EventClient("c1", an_actor(), Session(None, 0.0))
    client.say_joined(b"{}", "show", "a1", 0)
    seq = 0
    while client.buffered() <= PAUSE_ABOVE_BYTES:
        seq += 1
        client.deliver("show", Payload([event("show", seq, "x" * 1000)], seq))
    chunks = client.chunks()
    first = await anext(chunks)
    assert client.buffered() == len(first)
    client.end(4001, "too slow")
    rest = [chunk async for chunk in chunks]
    assert rest == [b'event: close\ndata: {"code":4001}\n\n']
    assert first.count(b"\nid: ") + first.startswith(b"id: ") == seq + 1

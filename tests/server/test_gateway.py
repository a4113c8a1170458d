"""The socket edge on a real server, with a board in memory behind it."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import http
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from starlette.websockets import WebSocket
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.server import ServerProtocol

from server.access.actor import Actor
from server.admission import Capacity
from server.clients import SocketClient
from server.clock import VirtualClock
from server.connection import Limits, Session
from server.paced_http import PacedHttp
from server.subscriptions import Subscriber
from server.transport import DirectSink, DirectWebSocket
from tests.server.memory_board import Edge, Json, an_actor, an_edge, on_both_loops


def a_clock() -> VirtualClock:
    return VirtualClock(datetime(2021, 1, 28, 8, tzinfo=UTC))


# Coming in.


async def test_welcome_says_who_and_where_and_comes_first() -> None:
    async with an_edge() as edge, edge.client("anna") as anna:
        await anna.say({"op": "hello", "v": 1})
        welcome = await anna.hear()
        assert welcome["op"] == "welcome"
        assert welcome["v"] == 1
        assert welcome["person"] == {
            "id": "anna",
            "name": "Anna",
            "role": "member",
            "municipality": "aalborg",
        }
        assert welcome["limits"] == {"message_bytes": 8192, "topics": 32}
        assert welcome["retry"] == {"base_ms": 1000, "cap_ms": 30000}
        assert welcome["beat_s"] == 25
        assert welcome["clock"]["wall"].endswith("Z")
        assert welcome["clock"]["speed"] == 1
        assert anna.socket.subprotocol == "topmoede.v1"


async def test_client_that_names_no_subprotocol_is_given_none() -> None:
    async with an_edge() as edge:
        headers = {"Authorization": "Bearer anna"}
        async with connect(edge.url, additional_headers=headers) as socket:
            assert socket.subprotocol is None


@pytest.mark.parametrize(
    "origin", ["null", "https://evil.example", "http://127.0.0.1", "http://127.0.0.1.evil.example"]
)
async def test_foreign_page_is_refused_before_the_upgrade(origin: str) -> None:
    async with an_edge() as edge:
        headers = {"Authorization": "Bearer anna", "Origin": origin}
        with pytest.raises(InvalidStatus) as refused:
            async with connect(edge.url, additional_headers=headers):
                pass
        assert refused.value.response.status_code == http.HTTPStatus.FORBIDDEN
        assert b'"code":"foreign_origin"' in bytes(refused.value.response.body)
        assert edge.gateway.clients == set()


async def test_own_page_is_let_in() -> None:
    async with an_edge() as edge:
        headers = {"Authorization": "Bearer anna", "Origin": edge.origin}
        async with connect(edge.url, additional_headers=headers):
            pass


async def test_who_is_not_signed_in_is_told_so_by_the_close() -> None:
    async with an_edge() as edge, edge.client("nobody") as stranger:
        assert await stranger.end() == 4500


async def test_full_process_says_so() -> None:
    async with (
        an_edge(capacity=Capacity(clients=1)) as edge,
        edge.client("anna"),
        edge.client("bo") as bo,
    ):
        assert await bo.end() == 1013


async def test_one_person_has_a_bounded_number_of_lines() -> None:
    async with (
        an_edge(capacity=Capacity(per_person=2)) as edge,
        edge.client("anna"),
        edge.client("anna"),
        edge.client("bo"),
        edge.client("anna") as third,
    ):
        assert await third.end() == 1013


async def test_who_comes_in_a_storm_waits_for_a_turn_and_then_is_let_in() -> None:
    clock = a_clock()
    capacity = Capacity(arrivals_per_s=1, arrivals_at_once=1, patience_s=1)
    async with (
        an_edge(clock=clock, capacity=capacity, loop_tasks=False) as edge,
        edge.client("anna"),
        asyncio.TaskGroup() as tasks,
    ):
        bo = tasks.create_task(come_and_greet(edge, "bo"))
        await somebody_waits(edge)
        assert edge.doorkeeper.here == ["anna"]
        clock.advance(1)
        assert (await bo)["op"] == "welcome"


async def test_who_comes_in_a_storm_too_late_for_a_turn_is_told_to_come_back() -> None:
    asked: list[str] = []

    async def who(scope: object) -> Actor | None:
        asked.append("who")
        return an_actor()

    capacity = Capacity(arrivals_per_s=1, arrivals_at_once=1, patience_s=0)
    async with an_edge(clock=a_clock(), capacity=capacity, loop_tasks=False) as edge:
        edge.gateway.authenticate = who
        async with edge.client("anna"), edge.client("bo") as bo:
            assert await bo.end() == 1013
        assert edge.gateway.counts.turned_away == 1
        assert asked == ["who"], "nobody asks the database who is sent away"


async def test_line_that_breaks_while_it_waits_for_its_turn_leaves_nothing_behind() -> None:
    clock = a_clock()
    capacity = Capacity(arrivals_per_s=1, arrivals_at_once=1, patience_s=5)
    async with an_edge(clock=clock, capacity=capacity, loop_tasks=False) as edge:
        async with edge.client("anna"):
            _, writer = await asyncio.open_connection("127.0.0.1", edge.port)
            writer.write(
                b"GET /rt HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
                b"Authorization: Bearer bo\r\n\r\n"
            )
            await somebody_waits(edge)
            writer.transport.abort()
            await clock.settle()
            clock.advance(1)
        await edge.doorkeeper.empty.wait()
        assert edge.gateway.clients == set()


async def test_stream_of_events_in_a_storm_is_told_when_to_come_back() -> None:
    capacity = Capacity(arrivals_per_s=1, arrivals_at_once=1, patience_s=0)
    async with (
        an_edge(clock=a_clock(), capacity=capacity, loop_tasks=False) as edge,
        edge.client("anna"),
        httpx.AsyncClient(base_url=edge.origin, timeout=30) as http,
    ):
        answer = await http.get(
            "/rt/events", params={"topic": "show"}, headers={"Authorization": "Bearer bo"}
        )
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert answer.json()["code"] == "not_ready"


async def somebody_waits(edge: Edge) -> None:
    while not edge.gateway.counts.waited:  # noqa: ASYNC110 - a count of the server's
        await asyncio.sleep(0)


async def come_and_greet(edge: Edge, person: str) -> Json:
    async with edge.client(person) as talker:
        await talker.say({"op": "hello", "v": 1})
        return await talker.hear()


async def test_everybody_who_came_is_noted_as_gone_in_the_end() -> None:
    async with an_edge() as edge:
        async with edge.reader(), edge.reader(person="bo"):
            assert sorted(edge.doorkeeper.here) == ["anna", "bo"]
        await edge.doorkeeper.empty.wait()
        assert edge.gateway.clients == set()


# Joining: snapshot, live, resume, early.


@on_both_loops
async def test_event_reaches_everybody_who_joined() -> None:
    async with an_edge() as edge:
        edge.board.add("show", events=3)
        async with edge.reader("show") as anna, edge.reader("show", person="bo") as bo:
            edge.board.post("show", "nu")
            for client in (anna, bo):
                heard = await client.hear()
                assert heard["op"] == "event"
                assert heard["seq"] == 4
                assert heard["data"] == {"text": "nu"}


async def test_client_without_a_position_gets_a_snapshot() -> None:
    async with an_edge() as edge, edge.client() as anna:
        edge.board.add("show", events=3)
        (joined,) = await anna.hello("show")
        assert joined == {
            "op": "joined",
            "topic": "show",
            "epoch": "a1",
            "mode": "snapshot",
            "seq": 3,
            "head": 3,
            "snapshot": {"events": 3},
        }


async def test_client_at_the_head_is_live() -> None:
    async with an_edge() as edge, edge.client() as anna:
        edge.board.add("show", events=3)
        (joined,) = await anna.hello({"topic": "show", "epoch": "a1", "seq": 3})
        assert joined == {
            "op": "joined",
            "topic": "show",
            "epoch": "a1",
            "mode": "live",
            "seq": 3,
            "head": 3,
        }
        edge.board.post("show")
        assert await anna.hear_events(1) == [4]


async def test_client_behind_gets_every_missing_event_and_stands_where_it_stood() -> None:
    async with an_edge() as edge, edge.client() as anna:
        edge.board.add("show", events=900)
        (joined,) = await anna.hello({"topic": "show", "epoch": "a1", "seq": 3})
        assert (joined["mode"], joined["seq"], joined["head"]) == ("resume", 3, 900)
        edge.board.post("show")
        assert await anna.hear_events(898) == list(range(4, 902))


async def test_client_far_behind_gets_a_snapshot() -> None:
    async with an_edge() as edge, edge.client() as anna:
        edge.board.add("show", events=1004)
        (joined,) = await anna.hello({"topic": "show", "epoch": "a1", "seq": 3})
        assert (joined["mode"], joined["seq"]) == ("snapshot", 1004)
        assert edge.board.reads == []


async def test_position_of_another_epoch_is_worth_nothing() -> None:
    async with an_edge() as edge, edge.client() as anna:
        edge.board.add("show", events=5)
        (joined,) = await anna.hello({"topic": "show", "epoch": "b2", "seq": 5})
        assert joined["mode"] == "snapshot"


async def test_resuming_twice_without_anything_new_is_live_twice() -> None:
    async with an_edge() as edge, edge.client() as anna:
        edge.board.add("show", events=5)
        position = {"topic": "show", "epoch": "a1", "seq": 5}
        (joined,) = await anna.hello(position)
        assert joined["mode"] == "live"
        await anna.say({"op": "join", **position})
        assert (await anna.hear())["mode"] == "live"


async def test_client_that_another_worker_served_is_early_and_goes_on() -> None:
    async with an_edge() as edge, edge.client() as anna:
        log = edge.board.add("show", events=3)
        stored = list(log.frames)
        ahead = [
            *stored,
            *(
                frame.replace(b'"seq":3', b'"seq":%d' % n)
                for n, frame in ((4, stored[2]), (5, stored[2]))
            ),
        ]

        async def frames(topic: str, after: int, upto: int) -> list[bytes]:
            return ahead[after:upto]

        edge.board.frames = frames  # type: ignore[method-assign]
        (joined,) = await anna.hello({"topic": "show", "epoch": "a1", "seq": 5})
        assert (joined["mode"], joined["seq"]) == ("live", 5)
        assert edge.gateway.joining.alarms == 0
        for _ in range(3):
            edge.board.post("show")
        assert await anna.hear_events(1) == [6]


async def test_client_ahead_of_the_database_gets_a_snapshot_and_somebody_is_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with an_edge() as edge, edge.client() as anna:
        edge.board.add("show", events=3)
        (joined,) = await anna.hello({"topic": "show", "epoch": "a1", "seq": 9})
        assert (joined["mode"], joined["seq"]) == ("snapshot", 3)
        assert edge.gateway.joining.alarms == 1
        assert "ahead of the store" in caplog.text


async def test_event_between_reading_and_joining_is_neither_lost_nor_doubled() -> None:
    async with an_edge() as edge, edge.client() as anna:
        edge.board.add("show", events=3)
        edge.board.on_open = lambda topic: (edge.board.post(topic), None)[1]
        (joined,) = await anna.hello("show")
        assert (joined["seq"], joined["snapshot"]) == (4, {"events": 4})
        edge.board.on_open = lambda topic: None
        edge.board.post("show")
        assert await anna.hear_events(1) == [5]


async def test_what_is_not_yours_and_what_is_not_there_look_the_same() -> None:
    async with an_edge() as edge, edge.client() as anna:
        edge.board.add("room:aarhus", events=3, readers={"bo"})
        assert await anna.hello("room:aarhus", "room:atlantis", "'; drop table --") == [
            {"op": "denied", "topic": "room:aarhus", "code": "not_found"},
            {"op": "denied", "topic": "room:atlantis", "code": "not_found"},
            {"op": "denied", "topic": "'; drop table --", "code": "not_found"},
        ]


async def test_own_topic_is_joined_without_being_asked_for() -> None:
    async with an_edge() as edge:
        edge.board.add("person:anna", events=1)
        async with edge.reader() as anna:
            joined = await anna.hear()
            assert (joined["topic"], joined["mode"]) == ("person:anna", "snapshot")
            edge.board.post("person:anna")
            assert await anna.hear_events(1) == [2]


async def test_who_left_a_topic_hears_nothing_more_of_it() -> None:
    async with an_edge() as edge:
        edge.board.add("show")
        edge.board.add("committee")
        async with edge.reader("show", "committee") as anna:
            await anna.say({"op": "leave", "topic": "show"}, {"op": "ping"})
            await anna.hear_op("pong")
            edge.board.post("show")
            edge.board.post("committee")
            assert (await anna.hear())["topic"] == "committee"


async def test_state_topic_has_no_number_and_only_the_newest_value() -> None:
    async with an_edge() as edge:
        edge.board.states["presence"] = b""
        edge.fanout.publish_state("presence", b'{"op":"state","topic":"presence","data":1}')
        edge.fanout.publish_state("presence", b'{"op":"state","topic":"presence","data":2}')
        async with edge.client() as anna:
            assert await anna.hello("presence") == [
                {"op": "joined", "topic": "presence", "mode": "state"}
            ]
            assert (await anna.hear())["data"] == 2


async def test_state_topic_may_be_joined_before_it_has_a_value() -> None:
    async with an_edge() as edge:
        edge.board.states["presence"] = b""
        async with edge.reader("presence") as anna:
            edge.fanout.publish_state("presence", b'{"op":"state","topic":"presence","data":1}')
            assert (await anna.hear_op("state"))["data"] == 1


async def test_join_that_fails_inside_asks_the_client_to_come_again() -> None:
    async with an_edge() as edge, edge.client() as anna:
        edge.board.add("show")

        def fail(topic: str) -> None:
            raise OSError("the database is away")

        edge.board.on_open = fail
        await anna.say({"op": "hello", "v": 1, "topics": [{"topic": "show"}]})
        assert await anna.end() == 1012


# Doing.


async def test_done_comes_after_commit_with_the_number_and_once_for_an_id() -> None:
    async with an_edge() as edge:
        edge.board.add("room:aalborg")
        async with edge.reader("room:aalborg") as anna:
            post = {"op": "do", "id": "01J", "topic": "room:aalborg", "name": "post"}
            for _ in range(2):
                await anna.say({**post, "data": {"text": "hej"}})
                assert await anna.hear_op("done") == {
                    "op": "done",
                    "id": "01J",
                    "topic": "room:aalborg",
                    "seq": 1,
                }
            assert edge.board.logs["room:aalborg"].head == 1


async def test_refusal_carries_its_code_its_detail_and_its_facts() -> None:
    async with an_edge() as edge:
        edge.board.add("room:aalborg")
        async with edge.reader() as anna:
            await anna.say({"op": "do", "id": "1", "topic": "room:aalborg", "name": "shout"})
            assert await anna.hear() == {
                "op": "refused",
                "id": "1",
                "code": "slow_mode",
                "detail": "expected a pause",
                "retry_ms": 4200,
            }


async def test_command_to_a_topic_of_others_is_refused_like_one_to_none() -> None:
    async with an_edge() as edge:
        edge.board.add("room:aarhus", readers={"bo"})
        async with edge.reader() as anna:
            for topic in ("room:aarhus", "room:atlantis"):
                await anna.say({"op": "do", "id": "1", "topic": topic, "name": "post"})
                assert (await anna.hear())["code"] == "not_found"


async def test_command_that_fails_inside_is_refused_and_the_line_stays(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with an_edge() as edge:
        edge.board.add("show")
        async with edge.reader() as anna:
            await anna.say({"op": "do", "id": "1", "topic": "show", "name": "fail"})
            refused = await anna.hear()
            assert (refused["code"], refused["id"]) == ("internal", "1")
            assert "as asked" not in str(refused)
            assert "as asked" in caplog.text
            await anna.say({"op": "ping"})
            assert (await anna.hear())["op"] == "pong"


async def test_history_gives_what_came_before_and_whether_there_is_more() -> None:
    async with an_edge() as edge:
        edge.board.add("show", events=10)
        async with edge.reader() as anna:
            await anna.say({"op": "history", "id": "h", "topic": "show", "before": 9, "limit": 3})
            answer = await anna.hear()
            assert (answer["op"], answer["id"], answer["more"]) == ("history", "h", True)
            assert [item["seq"] for item in answer["items"]] == [6, 7, 8]


async def test_history_of_others_is_refused() -> None:
    async with an_edge() as edge:
        edge.board.add("room:aarhus", events=3, readers={"bo"})
        async with edge.reader() as anna:
            await anna.say({"op": "history", "id": "h", "topic": "room:aarhus", "before": 9})
            assert (await anna.hear())["code"] == "not_found"


@pytest.mark.parametrize("message", ["", "hej", "[1]", '{"op":"ping"', b"\x00"])
async def test_unreadable_message_closes_with_4502(message: str | bytes) -> None:
    async with an_edge() as edge, edge.reader() as anna:
        await anna.socket.send(message)
        assert await anna.end() == 4502


@pytest.mark.parametrize(
    "message",
    [
        '{"op":"do","id":"7","topic":"show","name":"next","data":{"x":NaN}}',
        '{"op":"dance","id":"7"}',
    ],
)
async def test_wrong_message_is_refused_and_the_line_stays(message: str) -> None:
    async with an_edge() as edge, edge.reader() as anna:
        await anna.socket.send(message)
        refused = await anna.hear()
        assert (refused["op"], refused["id"]) == ("refused", "7")
        await anna.say({"op": "ping"})
        assert (await anna.hear())["op"] == "pong"


async def test_flood_is_refused_first_and_then_closed_with_4004() -> None:
    limits = Limits(words_burst=5, words_per_s=0.001, refusals_in_a_row=3)
    async with an_edge(limits=limits) as edge, edge.reader() as anna:
        await anna.say(*[{"op": "ping"}] * 20)
        codes = [(await anna.hear()).get("code") for _ in range(7)]
        assert codes == [None] * 4 + ["too_fast"] * 3
        assert await anna.end() == 4004


async def test_what_was_accepted_is_answered_again_at_any_pace_and_what_was_not_is_refused() -> (
    None
):
    limits = Limits(words_burst=3, words_per_s=0.001)
    async with an_edge(limits=limits) as edge:
        edge.board.add("show")
        async with edge.reader("show") as anna:
            asked = {"op": "do", "id": "1", "topic": "show", "name": "post", "data": {}}
            await anna.say(asked, {"op": "ping"}, asked, {**asked, "id": "2"})
            assert await anna.hear_op("done") == {
                "op": "done",
                "id": "1",
                "topic": "show",
                "seq": 1,
            }
            assert await anna.hear_op("done") == {
                "op": "done",
                "id": "1",
                "topic": "show",
                "seq": 1,
            }
            refused = await anna.hear_op("refused")
            assert (refused["id"], refused["code"]) == ("2", "too_fast")
            assert refused["retry_ms"] > 0
        assert edge.board.logs["show"].head == 1


async def test_who_has_just_gone_is_still_looked_after_for_a_minute() -> None:
    clock = a_clock()
    async with an_edge(clock=clock, loop_tasks=False) as edge:
        async with edge.reader():
            assert edge.gateway.sessions() == {"session-anna"}
        await edge.doorkeeper.empty.wait()
        clock.advance(59)
        assert edge.gateway.sessions() == {"session-anna"}
        clock.advance(1)
        assert edge.gateway.sessions() == set()


# Time.


async def test_quiet_line_gets_a_beat_and_a_ping() -> None:
    clock = a_clock()
    async with an_edge(clock=clock, loop_tasks=False) as edge, edge.reader() as anna:
        await edge.gateway.sweep()
        clock.advance(25)
        await edge.gateway.sweep()
        assert await anna.hear() == {"op": "beat"}


async def test_client_that_says_no_hello_is_closed() -> None:
    clock = a_clock()
    async with an_edge(clock=clock, loop_tasks=False) as edge, edge.client() as anna:
        clock.advance(10)
        await edge.gateway.sweep()
        assert await anna.end() == 4502


async def test_client_that_falls_silent_is_dropped() -> None:
    clock = a_clock()
    async with (
        an_edge(clock=clock, loop_tasks=False) as edge,
        edge.client(close_timeout=0.1) as anna,
    ):
        await anna.hello()
        await edge.gateway.sweep()
        # A client that is gone does not answer pings either.
        anna.socket.transport.pause_reading()
        for _ in range(12):
            clock.advance(5)
            await edge.gateway.sweep()
        await edge.doorkeeper.empty.wait()
        assert edge.gateway.counts.closes[1006] == 1


# Going.


@on_both_loops
async def test_revoked_session_is_closed_and_hears_nothing_more() -> None:
    async with an_edge() as edge:
        edge.board.add("show")
        async with (
            edge.reader("show", person="anna/one") as first,
            edge.reader("show", person="anna/one") as second,
            edge.reader("show", person="anna/two") as other,
        ):
            async with asyncio.timeout(10):
                assert edge.gateway.revoke("one") == 2
                edge.board.post("show", "efter")
                assert await first.end() == 4501
                assert await second.end() == 4501
            assert await other.hear_events(1) == [1]


async def test_an_individual_watches_at_one_place_and_the_newest_wins() -> None:
    async with an_edge() as edge:
        edge.board.add("show")
        async with (
            edge.reader(person="niels/home") as older,
            edge.reader(person="niels/home") as second_tab,
            edge.reader("show", person="anna/1") as member,
            edge.reader("show", person="anna/2") as colleague,
            edge.reader("show", person="niels/train") as newest,
            asyncio.timeout(20),
        ):
            assert await older.end() == 4503
            assert await second_tab.end() == 4503
            edge.board.post("show", "efter")
            for reader in (member, colleague, newest):
                assert await reader.hear_events(1) == [1]


async def test_who_signs_out_while_they_come_in_is_not_let_in() -> None:
    async with an_edge() as edge:
        who = edge.gateway.authenticate

        async def who_then_signs_out(scope: Any) -> Actor | None:
            actor = await who(scope)
            assert actor is not None
            if actor.session == "one":
                edge.gateway.revoke("one")
            return actor

        edge.gateway.authenticate = who_then_signs_out
        async with edge.client("anna/one") as gone, edge.reader(person="anna/two"):
            assert await gone.end() == 4500
            assert {each.actor.session for each in edge.gateway.clients} == {"two"}


async def test_sign_in_that_ran_out_is_closed_with_4003() -> None:
    async with an_edge() as edge, edge.reader(person="anna/one") as anna:
        edge.gateway.revoke("one", 4003, "sign-in expired")
        assert await anna.end() == 4003


async def test_person_who_is_removed_is_closed_in_every_session() -> None:
    async with (
        an_edge() as edge,
        edge.reader(person="anna/1") as one,
        edge.reader(person="anna/2") as two,
    ):
        assert edge.gateway.revoke_person("anna") == 2
        assert (await one.end(), await two.end()) == (4501, 4501)


async def test_when_the_event_is_over_everybody_is_told() -> None:
    async with an_edge() as edge, edge.reader() as anna:
        edge.gateway.end_all(4504, "over")
        assert await anna.end() == 4504


async def test_topic_that_is_no_longer_yours_is_taken_away_and_the_rest_stays() -> None:
    async with an_edge() as edge:
        edge.board.add("show")
        edge.board.add("room:aalborg", readers={"anna", "bo"})
        async with (
            edge.reader("show", "room:aalborg") as anna,
            edge.reader("room:aalborg", person="bo") as bo,
        ):
            edge.board.private["room:aalborg"] = {"bo"}
            edge.gateway.review_topic("room:aalborg")
            edge.board.post("room:aalborg", "uden anna")
            edge.board.post("show")
            denied = await anna.hear()
            assert denied == {"op": "denied", "topic": "room:aalborg", "code": "not_found"}
            assert (await anna.hear())["topic"] == "show"
            assert await bo.hear_events(1) == [1]


async def test_person_with_other_rights_keeps_only_what_these_allow() -> None:
    async with an_edge() as edge:
        edge.board.add("show")
        edge.board.add("committee.desk")
        async with edge.reader("show", "committee.desk") as anna:
            edge.board.private["committee.desk"] = {"bo"}
            await edge.gateway.review(
                {"session-anna": Actor("anna", "Anna", "host", "aarhus", "s")}
            )
            assert (await anna.hear())["topic"] == "committee.desk"
            edge.board.post("show")
            assert (await anna.hear())["topic"] == "show"


async def test_draining_tells_everybody_the_window_and_lets_nobody_in() -> None:
    async with an_edge() as edge, edge.reader() as anna:
        await edge.gateway.drain(within_ms=20000)
        assert await anna.hear() == {"op": "drain", "within_ms": 20000}
        assert await anna.end() == 4000
        async with edge.client("bo") as bo:
            assert await bo.end() == 4000


async def test_draining_spreads_the_closes() -> None:
    clock = a_clock()
    async with an_edge(clock=clock, loop_tasks=False) as edge, contextlib.AsyncExitStack() as all:
        for number in range(4):
            await all.enter_async_context(edge.reader(person=f"p{number}"))
        closed: list[int] = []
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(edge.gateway.drain(within_ms=8000, over_s=8))
            for _ in range(4):
                await clock.settle()
                closed.append(edge.gateway.counts.closes[4000])
                clock.advance(2)
        assert closed == [1, 2, 3, 4]


async def test_draining_takes_no_longer_for_more_people() -> None:
    """A timer of a millisecond for each of five thousand would be five seconds."""
    clock = CoarseClock(datetime(2021, 1, 28, 8, tzinfo=UTC))
    async with an_edge(clock=clock, loop_tasks=False) as edge, contextlib.AsyncExitStack() as all:
        for number in range(20):
            await all.enter_async_context(edge.reader(person=f"p{number}"))
        await edge.gateway.drain(within_ms=8000, over_s=1)
        assert edge.gateway.counts.closes[4000] == 20
        assert 1 <= clock.monotonic() <= 1 + CoarseClock.finest_s


class CoarseClock(VirtualClock):
    """A clock whose shortest sleep is half a second, and which moves by itself."""

    finest_s = 0.5

    async def sleep(self, wall_s: float) -> None:
        await asyncio.sleep(0)
        self.advance(max(wall_s, self.finest_s))


# What is frozen is never looked at again: whoever has left must go without the collector.


@on_both_loops
async def test_whoever_has_left_is_gone_without_a_collection() -> None:
    gc.collect()
    gc.disable()
    try:
        async with an_edge() as edge:
            edge.board.add("show", events=3)
            for _ in range(3):
                async with edge.reader("show"), edge.reader("show", person="bo") as bo:
                    await bo.say({"op": "do", "id": "1", "topic": "show", "name": "dance"})
                    await bo.hear_op("refused")
                    bo.socket.transport.abort()
            await edge.doorkeeper.empty.wait()
        left = [each for each in gc.get_objects() if type(each) in OF_A_CLIENT]
    finally:
        gc.enable()
    assert left == []


SOCKETS = (PacedHttp, DirectWebSocket, ServerProtocol, DirectSink, WebSocket)
OF_A_CLIENT = (*SOCKETS, SocketClient, Session, Subscriber)


# Servers without our extension.


async def test_same_protocol_over_plain_asgi() -> None:
    async with an_edge(direct=False) as edge:
        edge.board.add("show", events=3)
        async with edge.client() as anna:
            (joined,) = await anna.hello({"topic": "show", "epoch": "a1", "seq": 1})
            assert joined["mode"] == "resume"
            assert await anna.hear_events(2) == [2, 3]
            edge.board.post("show")
            assert await anna.hear_events(1) == [4]
            await anna.say({"op": "dance"})
            assert (await anna.hear())["code"] == "unknown_op"
            edge.gateway.revoke("session-anna")
            assert await anna.end() == 4501


async def test_leaving_over_plain_asgi_leaves_nothing_behind() -> None:
    async with an_edge(direct=False) as edge:
        async with edge.reader():
            pass
        await edge.doorkeeper.empty.wait()

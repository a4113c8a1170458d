"""The socket edge on a real server, with a board in memory behind it."""

from __future__ import annotations

from tests.server.memory_board import an_edge


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

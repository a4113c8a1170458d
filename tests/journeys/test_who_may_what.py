"""Every role, every topic, every command and read, on every way in, against the one table.

The table stands beside `server/permissions.py` and was written by hand. Everybody joins every
topic there is, that was closed, that never was and that has no id, asks for its history, and sends
it every command of its kind: on a socket, on an event stream, by request. Each word is right in
every way but that it claims a role, and it is sent twice: with the claims beside it, and in its
data, where whoever may send it is refused `bad_data`. So nothing is ever done that is allowed, and
whatever is denied would have been done, were it not. Who may not is answered byte for byte as if
nothing were there.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
import pytest_asyncio
from websockets.exceptions import ConnectionClosed

from server import permissions
from tests.journeys import permission_table
from tests.journeys.permission_table import TABLE, WITHOUT_ID, allowed, is_right, right_data, rows
from tests.journeys.pipelined import Lines, Post
from tests.journeys.running_demo import Demo, a_demo, unhurried

CLAIMS: dict[str, Any] = {"role": "moderator", "is_admin": True}
ABSENT = "no-such"
ID = "asked-1"
STREAM_TOPICS = 30
TOPICS = (*TABLE, *sorted(WITHOUT_ID))
STATES = frozenset({"sources", "films", "cheers", "presence", "people"})
"""Nouns whose topics keep the newest value only, and have no history for anybody."""

pytestmark = [pytest.mark.whole, pytest.mark.asyncio(loop_scope="module")]


@dataclass(frozen=True, slots=True)
class Somebody:
    """
    Args:
        name: by which the table knows them.
        ids: of everybody in the table, for the topics of persons.
    """

    name: str
    lines: Lines
    ids: dict[str, str] = field(default_factory=dict)

    def may(self, topic: str, verb: str) -> bool:
        return self.name in allowed(topic, verb)

    def called(self, topic: str) -> str:
        """A topic of the table by its name on the wire."""
        noun, _, id = topic.partition(":")
        return f"person:{self.ids[id]}" if noun == "person" and id else topic

    def without_name(self, answer: str, topic: str) -> str:
        return answer.replace(self.called(topic), ABSENT)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def demo(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Demo]:
    async with a_demo(tmp_path_factory.mktemp("day"), *unhurried("09.08")) as running:
        yield running
        assert running.traces() == []


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def people(demo: Demo) -> list[Somebody]:
    visitors = await permission_table.everybody(demo)
    ids = {
        name: (await visitor.http.get("/api/me")).json()["id"] for name, visitor in visitors.items()
    }
    roles = {name: demo.links["people"][who.key]["role"] for name, who in visitors.items()}
    return [
        Somebody(name, Lines(demo.port, who.http, roles[name], CLAIMS), ids)
        for name, who in visitors.items()
    ]


async def each(people: list[Somebody], ask: Callable[[Somebody], Any]) -> None:
    """Everybody at the same time."""
    async with asyncio.TaskGroup() as tasks:
        for somebody in people:
            tasks.create_task(ask(somebody))


async def test_the_table_names_every_kind_of_topic_and_every_command(demo: Demo) -> None:
    assert {topic.partition(":")[0] for topic in TABLE} == permissions.RULES.keys()
    for topic, verbs in TABLE.items():
        assert verbs.keys() == {"read", *permission_table.commands_of(topic)}, topic
    async with demo.stranger() as http:
        paths = (await http.get("/api/openapi.json")).json()["paths"]
    described = {path.rsplit("/", 1)[1] for path in paths if "/commands/" in path}
    asked = {name for topic, name, _ in rows() if allowed(topic, name) - {"system"}}
    assert described == asked
    for topic, name, word in rows():
        if allowed(topic, name) - {"system"}:
            assert is_right(word, right_data(word)), name


async def test_reading_is_open_to_whom_the_table_names_on_a_socket(people: list[Somebody]) -> None:
    async def ask(somebody: Somebody) -> None:
        asked = [*map(somebody.called, TOPICS), ABSENT]
        joins = [[{"op": "join", "topic": t}, {"op": "leave", "topic": t}] for t in asked]
        *answers, absent = await somebody.lines.on_sockets(joins)
        for topic, answer in zip(TOPICS, answers, strict=True):
            told = (somebody.name, topic, answer[:200])
            assert answer.startswith('{"op":"joined"') is somebody.may(topic, "read"), told
            if not somebody.may(topic, "read"):
                assert somebody.without_name(answer, topic) == absent, told

    await each(people, ask)


async def test_reading_is_open_to_whom_the_table_names_on_a_stream(people: list[Somebody]) -> None:
    async def ask(somebody: Somebody) -> None:
        asked = [*map(somebody.called, TOPICS), ABSENT]
        answers = await somebody.lines.on_streams(asked, STREAM_TOPICS)
        for topic in TOPICS:
            answer = answers[somebody.called(topic)]
            told = (somebody.name, topic, answer[:200])
            assert answer.startswith('{"op":"joined"') is somebody.may(topic, "read"), told
            if not somebody.may(topic, "read"):
                assert somebody.without_name(answer, topic) == answers[ABSENT], told

    await each(people, ask)


async def test_history_is_told_to_whom_the_table_names(people: list[Somebody]) -> None:
    async def ask(somebody: Somebody) -> None:
        asked = [*map(somebody.called, TOPICS), ABSENT]
        histories = [[{"op": "history", "id": ID, "topic": t, "before": 9}] for t in asked]
        *answers, absent = await somebody.lines.on_sockets(histories)
        http = somebody.lines.http
        fetched = {
            topic: await http.get(
                "/api/history", params={"topic": topic, "before": 9, "limit": 9, **CLAIMS}
            )
            for topic in asked
        }
        for topic, answer in zip(TOPICS, answers, strict=True):
            kept = topic.partition(":")[0] not in STATES
            page = fetched[somebody.called(topic)]
            told = (somebody.name, topic, answer[:200], page.text[:200])
            assert (answer != absent) is (kept and somebody.may(topic, "read")), told
            assert (page.status_code != 404) is (kept and somebody.may(topic, "read")), told
            if page.status_code == 404:
                gone = fetched[ABSENT].text
                assert somebody.without_name(page.text, topic) == gone, told

    await each(people, ask)


@dataclass(frozen=True, slots=True)
class Try:
    """A command as somebody sends it."""

    topic: str
    name: str
    data: dict[str, Any]


def tries_of(somebody: Somebody) -> list[Try]:
    """Every command with the claims in its data; and without, where it must not be done."""
    found: list[Try] = []
    for topic, name, word in rows():
        data = right_data(word)
        found.append(Try(topic, name, data | CLAIMS))
        if not somebody.may(topic, name):
            found.append(Try(topic, name, data))
    return found


def check(somebody: Somebody, one: Try, answer: str, absent: str) -> None:
    told = (somebody.name, one, answer)
    if somebody.may(one.topic, one.name):
        assert '"code":"bad_data"' in answer, told
    else:
        assert '"code":"not_found"' in answer, told
        assert somebody.without_name(answer, one.topic) == absent, told


async def test_commands_are_open_to_whom_the_table_names_on_a_socket(
    people: list[Somebody],
) -> None:
    async def ask(somebody: Somebody) -> None:
        tries = tries_of(somebody)
        asked = [Try(somebody.called(one.topic), one.name, one.data) for one in tries]
        frames = [
            [{"op": "do", "id": ID, "topic": one.topic, "name": one.name, "data": one.data}]
            for one in [*asked, Try(ABSENT, "take", {})]
        ]
        *answers, absent = await somebody.lines.on_sockets(frames)
        for one, answer in zip(tries, answers, strict=True):
            check(somebody, one, answer, absent)

    await each(people, ask)


async def test_commands_are_open_to_whom_the_table_names_by_request(
    people: list[Somebody],
) -> None:
    async def ask(somebody: Somebody) -> None:
        tries = tries_of(somebody)
        posts = [
            Post(one.name, ID, {"topic": somebody.called(one.topic), "data": one.data})
            for one in [*tries, Try(ABSENT, "take", {})]
        ]
        *answers, (status, absent) = await somebody.lines.by_post(posts)
        assert status == 404
        for one, (status, answer) in zip(tries, answers, strict=True):
            check(somebody, one, answer, absent)
            assert (status == 404) is not somebody.may(one.topic, one.name)

    await each(people, ask)


async def test_a_stranger_is_answered_alike_whatever_is_asked_for(demo: Demo) -> None:
    async with demo.stranger() as http:
        lines = Lines(demo.port, http, "", CLAIMS)
        async with lines.socket() as socket:
            with pytest.raises(ConnectionClosed) as closed:
                await socket.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4500
        posts = [
            Post(name, ID, {"topic": topic, "data": right_data(word)})
            for topic, name, word in rows()
        ]
        assert {(status, body) for status, body in await lines.by_post(posts)} == {
            (401, (await http.get("/api/me")).text)
        }
        streams = {
            (answer.status_code, answer.text)
            for topic in (*TOPICS, ABSENT)
            for answer in [await http.get("/rt/events", params={"topic": topic, **CLAIMS})]
        }
        assert len(streams) == 1
        assert next(iter(streams))[0] == 401
        assert json.loads(next(iter(streams))[1])["code"] == "not_signed_in"

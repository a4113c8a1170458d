"""What the fallback client asks over HTTP, against a whole front with its database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from schedule.programme_file import builtin
from server.access.people import Person
from server.answering import application
from server.app import opened
from server.clock import Clock
from server.parts import Installation
from server.processes import Part
from server.settings import Settings

PROGRAMME = builtin("demo_day")
ROOM = "room:aalborg"


@dataclass
class Front:
    installation: Installation
    mette: httpx.AsyncClient
    soren: httpx.AsyncClient


@pytest.fixture
async def front(tmp_path: Path) -> AsyncIterator[Front]:
    settings = Settings(data=tmp_path, edition=PROGRAMME.edition)
    installation = Installation(settings, PROGRAMME, Clock(), part=Part.FRONT)
    async with opened(installation) as parts:
        people = [Person("mette", "Mette", "member", "aalborg")]
        people += [Person("soren", "Søren", "member", "aarhus")]
        await parts.signing_in.register(people)
        writing = asyncio.create_task(parts.house.dispatch.run())
        transport = httpx.ASGITransport(application(installation, parts))
        clients = {}
        for person in people:
            http = httpx.AsyncClient(transport=transport, base_url="http://localhost:8000")
            link = await parts.signing_in.make_link(person.key, None, reusable=True)
            assert (await http.post(f"/enter/{link}")).status_code == 303
            clients[person.key] = http
        yield Front(installation, clients["mette"], clients["soren"])
        for http in clients.values():
            await http.aclose()
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)


async def post(http: httpx.AsyncClient, id: str, topic: str, name: str, **data: Any) -> Any:
    headers = {"Idempotency-Key": id, "Origin": "http://localhost:8000"}
    body = {"topic": topic, "data": data}
    return (await http.post(f"/api/commands/{name}", json=body, headers=headers)).json()


async def test_what_was_before_is_asked_for_in_pieces(front: Front) -> None:
    for number in range(1, 6):
        said = await post(front.mette, f"c{number}", ROOM, "post_message", text=f"Nr. {number}")
        assert said["op"] == "done", said
    asked: dict[str, str | int] = {"topic": ROOM, "before": 5, "limit": 2}
    page = (await front.mette.get("/api/history", params=asked)).json()

    assert [page["op"], page["topic"], page["more"]] == ["history", ROOM, True]
    assert [item["text"] for item in page["items"]] == ["Nr. 3", "Nr. 4"]


async def test_what_is_not_yours_was_never_there(front: Front) -> None:
    for topic in (ROOM, "room:nowhere", "polls.ballots", ""):
        asked: dict[str, str | int] = {"topic": topic, "before": 5, "limit": 2}
        answer = await front.soren.get("/api/history", params=asked)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), topic


async def test_numbers_that_are_none_are_refused(front: Front) -> None:
    for before, limit in (("", "2"), ("x", "2"), ("-1", "2"), ("5", "9" * 40), ("5", "²")):
        asked = {"topic": ROOM, "before": before, "limit": limit}
        answer = await front.mette.get("/api/history", params=asked)
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_request"), asked


async def test_a_topic_without_a_history_says_so(front: Front) -> None:
    asked: dict[str, str | int] = {"topic": "show", "before": 5, "limit": 2}

    assert (await front.mette.get("/api/history", params=asked)).json()["code"] == "no_history"


async def test_a_cheer_is_done_without_a_number(front: Front) -> None:
    said = await post(front.mette, "k1", "cheers", "cheer", kind="applause")

    assert said == {"op": "done", "id": "k1", "topic": "cheers"}

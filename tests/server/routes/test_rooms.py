"""A room's conversation as a text, and searching it: who may, what is found, what is not."""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from chat.transcript import Said
from schedule.programme_file import builtin
from server import room_log
from server.access.actor import SYSTEM
from server.access.people import Person
from server.answering import application
from server.app import opened
from server.clock import VirtualClock, same_as_wall
from server.parts import Installation, Parts
from server.processes import Part
from server.room_log import RoomLog
from server.settings import Settings
from tests.chat.meeting import Pen

DAY = builtin("topmoede_2021")
START = datetime(2021, 1, 28, 8, 15, tzinfo=UTC)
PEOPLE = (
    Person("mette", "Mette Ågård", "member", "aalborg"),
    Person("jens", "Jens Holm", "host", "aalborg"),
    Person("eva", "Eva", "member", "aarhus"),
    Person("mo", "Mo", "moderator"),
    Person("ida", "Ida", "individual"),
)
ROOM = "room:aalborg"


@dataclass
class Town:
    parts: Parts
    clock: VirtualClock
    http: httpx.AsyncClient
    tokens: dict[str, str] = field(default_factory=dict)
    done: int = 0

    async def do(self, key: str, name: str, **data: Any) -> None:
        self.done += 1
        actor = await self.parts.signing_in.actor(self.tokens[key])
        assert actor is not None
        await self.parts.house.dispatch.do(actor, f"c{self.done}", ROOM, name, data)

    async def get(self, key: str, path: str, **query: str) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.tokens[key]}"} if key else {}
        return await self.http.get(path, params=query or None, headers=headers)

    async def found(self, query: str, **more: str) -> list[str]:
        answer = await self.get("mette", "/api/rooms/aalborg/search", q=query, **more)
        assert answer.status_code == 200, answer.text
        return [one["text"] for one in answer.json()["items"]]

    async def transcript(self, **query: str) -> str:
        answer = await self.get("jens", "/api/rooms/aalborg/transcript", **query)
        assert answer.status_code == 200, answer.text
        return answer.text


@asynccontextmanager
async def a_town(folder: Path) -> AsyncIterator[Town]:
    clock = VirtualClock(START, same_as_wall())
    settings = Settings(data=folder, edition=DAY.edition)
    installation = Installation(settings, DAY, clock, part=Part.FRONT)
    async with opened(installation) as parts:
        await parts.signing_in.register(PEOPLE)
        transport = httpx.ASGITransport(application(installation, parts))
        writing = asyncio.create_task(parts.house.dispatch.run())
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
            town = Town(parts, clock, http)
            for person in PEOPLE:
                link = await parts.signing_in.make_link(person.key, None, reusable=True)
                entered = await parts.signing_in.enter(link)
                assert entered is not None
                town.tokens[person.key] = entered.cookie
            yield town
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with a_town(tmp_path) as opened_town:
        yield opened_town


async def a_talk(town: Town) -> None:
    await town.do("mette", "post_message", text="Er I med?\nVi sidder i byrådssalen.")
    town.clock.advance(60)
    await town.do("jens", "post_message", text="Ja. Budgettet skal op.", reply_to="m1")
    town.clock.advance(60)
    await town.do("mette", "post_message", text="Fortrudt")
    await town.do("mette", "delete_message", message="m3")
    town.clock.advance(60)
    await town.do("jens", "edit_message", message="m2", text="Ja. Trivslen skal op.")


async def test_the_conversation_comes_as_a_text_with_names_hours_and_tombstones(
    town: Town,
) -> None:
    await a_talk(town)
    answer = await town.get("mette", "/api/rooms/aalborg/transcript")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    name = 'attachment; filename="samtale-aalborg-2021-01-28.txt"'
    assert answer.headers["content-disposition"] == name
    assert answer.text == (
        "Samtalen i Aalborg Kommune\n"
        f"{DAY.title} · torsdag den 28. januar 2021\n"
        "Tiderne er klokken i Europe/Copenhagen.\n"
        "\n"
        "09.15  Mette Ågård\n"
        "       Er I med?\n"
        "       Vi sidder i byrådssalen.\n"
        "\n"
        "09.16  Jens Holm (vært), svar til Mette Ågård kl. 09.15 (rettet kl. 09.18)\n"
        "       Ja. Trivslen skal op.\n"
        "\n"
        "09.17  Mette Ågård\n"
        "       [Beskeden er slettet]\n"
    )


async def test_the_conversation_comes_in_english_too(town: Town) -> None:
    await a_talk(town)
    text = await town.transcript(lang="en")
    assert "Thursday 28 January 2021" in text
    assert "in reply to Mette Ågård at 09.15 (edited at 09.18)" in text
    assert "[The message has been deleted]" in text


async def test_another_day_s_messages_stand_under_their_day(town: Town) -> None:
    await town.do("mette", "post_message", text="I dag")
    town.clock.advance(timedelta(days=1).total_seconds())
    await town.do("mette", "post_message", text="I morgen")
    lines = (await town.transcript()).splitlines()
    assert lines[lines.index("       I dag") + 2] == "fredag den 29. januar 2021"


async def test_no_text_can_pass_itself_off_as_another_message(town: Town) -> None:
    await town.do("mette", "post_message", text="Hej\n\n09.30  Jens Holm (vært)\n       Nej")
    starts = [line for line in (await town.transcript()).splitlines() if re.match(r"\d\d\.", line)]
    assert starts == ["09.15  Mette Ågård"]


async def test_an_empty_room_says_so(town: Town) -> None:
    assert (await town.transcript()).endswith("\nDer er ikke skrevet noget i rummet.\n")
    assert await town.found("hvad som helst") == []


async def test_only_the_room_s_people_get_it_and_others_hear_that_there_is_nothing(
    town: Town,
) -> None:
    await a_talk(town)
    for path in ("transcript", "notes", "search?q=trivsel"):
        for key in ("mette", "jens"):
            assert (await town.get(key, f"/api/rooms/aalborg/{path}")).status_code == 200
        for key in ("eva", "mo", "ida"):
            there = await town.get(key, f"/api/rooms/aalborg/{path}")
            absent = await town.get(key, f"/api/rooms/nowhere/{path}")
            assert there.status_code == absent.status_code == 404
            assert there.text == absent.text.replace("nowhere", "aalborg")
        assert (await town.get("", f"/api/rooms/aalborg/{path}")).status_code == 401
        for room in ("aalborg.udvalg", "room:aalborg", "Aalborg", "..%2faalborg", "%00"):
            assert (await town.get("mette", f"/api/rooms/{room}/{path}")).status_code == 404


async def test_a_message_is_found_as_it_stands_and_never_as_it_was(town: Town) -> None:
    await a_talk(town)
    assert await town.found("trivslen") == ["Ja. Trivslen skal op."]
    assert await town.found("BYRAADSSALEN") == ["Er I med?\nVi sidder i byrådssalen."]
    assert await town.found("mette aagaard") == ["Er I med?\nVi sidder i byrådssalen."]
    assert await town.found("budgettet") == [], "it was edited away"
    assert await town.found("fortrudt") == [], "it was deleted"


async def test_an_emptied_room_is_a_row_of_tombstones_and_nothing_is_found(town: Town) -> None:
    await a_talk(town)
    await town.parts.house.dispatch.do(SYSTEM, "e1", ROOM, "empty_room", {})
    assert (await town.transcript()).count("[Beskeden er slettet]") == 3
    assert await town.found("skal op") == []


async def test_much_is_found_a_part_at_a_time_newest_first(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room_log, "PAGE", 3)
    monkeypatch.setattr(room_log, "FOUND_MOST", 2)
    for number in range(7):
        town.clock.advance(5)
        await town.do("mette", "post_message", text=f"Skole {number}")
        await town.do("jens", "react", message=f"m{number + 1}", emoji="👍")
    await town.do("mette", "edit_message", message="m1", text="Skole nul")
    found: list[str] = []
    before: dict[str, str] = {}
    for more in (True, True, True, False):
        answer = await town.get("mette", "/api/rooms/aalborg/search", q="skole", **before)
        body = answer.json()
        found += [one["text"] for one in body["items"]]
        assert body["more"] is more
        before = {"before": str(body["items"][-1]["seq"])}
    assert found == [f"Skole {number}" for number in range(6, 0, -1)] + ["Skole nul"]


async def test_a_long_conversation_says_that_its_beginning_is_left_out(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room_log, "MESSAGES_MOST", 2)
    await a_talk(town)
    text = await town.transcript()
    assert "her er de seneste 2" in text
    assert "svar til en ældre besked" in text
    assert "Er I med" not in text


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({}, 409, "text_empty"),
        ({"q": "a"}, 400, "search_too_short"),
        ({"q": "x" * 101}, 409, "text_too_long"),
        ({"q": "skole", "before": "-1"}, 400, "bad_request"),
        ({"q": "skole", "before": "1" * 19}, 400, "bad_request"),
        ({"q": "skole", "before": "²"}, 400, "bad_request"),
    ],
)
async def test_what_cannot_be_searched_for_is_refused_with_a_code(
    town: Town, query: dict[str, str], status: int, code: str
) -> None:
    answer = await town.get("mette", "/api/rooms/aalborg/search", **query)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_the_notes_come_as_a_document(town: Town) -> None:
    for change in (pen := Pen(1)).write("Pointer\n\n- trivsel"), pen.write("\u202e\n- økonomi"):
        town.done += 1
        actor = await town.parts.signing_in.actor(town.tokens["mette"])
        assert actor is not None
        data = {"update": change.update}
        dispatch = town.parts.house.dispatch
        await dispatch.do(actor, f"n{town.done}", "notes:aalborg", "change_notes", data)
    answer = await town.get("jens", "/api/rooms/aalborg/notes")
    assert answer.headers["content-type"] == "text/markdown; charset=utf-8"
    name = 'attachment; filename="noter-aalborg-2021-01-28.md"'
    assert answer.headers["content-disposition"] == name
    assert answer.text == (
        f"# Aalborg Kommune\n\n{DAY.title} · 28.01.2021\n\nPointer\n\n- trivsel\n- økonomi\n"
    )


async def test_a_language_that_there_is_not_is_refused(town: Town) -> None:
    answer = await town.get("mette", "/api/rooms/aalborg/transcript", lang="sv")
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")


async def test_readers_take_turns_and_whoever_asks_too_much_is_told_to_come_back(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    await a_talk(town)
    path, all_have_asked, pages = "/api/rooms/aalborg/transcript", asyncio.Event(), RoomLog._pages

    async def held(log: RoomLog, topic: str) -> AsyncIterator[tuple[Sequence[Said], bool]]:
        await all_have_asked.wait()
        async for page in pages(log, topic):
            yield page

    monkeypatch.setattr(RoomLog, "_pages", held)
    hers = [asyncio.create_task(town.get("mette", path)) for _ in range(20)]
    his = asyncio.create_task(town.get("jens", path))
    first = [await each for each in itertools.islice(asyncio.as_completed(hers), 18)]
    assert {answer.status_code for answer in first} == {503}
    all_have_asked.set()
    codes = [answer.status_code for answer in await asyncio.gather(*hers)]
    assert codes.count(200) == room_log.OF_EACH
    assert (await his).status_code == 200, "one who asks without end is in nobody else's way"
    assert (await town.get("mette", path)).status_code == 200

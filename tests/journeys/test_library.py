"""The library over HTTP: what is found, by whom, and what is told of it before it opens."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.journeys.running_demo import Demo, a_demo
from tests.journeys.shared_files import a_pdf

pytestmark = [pytest.mark.whole, pytest.mark.asyncio(loop_scope="module")]

LIVE, FILM, TALK = "01", "tema-1", "12"
SAID = "tonen skifter"
"""In the captions of every film of the demonstration, and nowhere else."""
_ids = itertools.count()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def demo(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Demo]:
    async with a_demo(
        tmp_path_factory.mktemp("day"),
        *("--programme", "schedule/topmoede_2021.toml", "--at", "09.02"),
    ) as running:
        moderator = await running.sign_in("moderator")
        await moderator.get_until(f"/api/search?q={SAID}", lambda a: FILM in a.text)
        yield running
        assert running.traces() == []


@pytest_asyncio.fixture(loop_scope="module")
async def stranger(demo: Demo) -> AsyncIterator[httpx.AsyncClient]:
    async with demo.stranger() as http:
        yield http


async def done(http: httpx.AsyncClient, name: str, **data: Any) -> None:
    answer = await http.post(
        f"/api/commands/{name}",
        json={"topic": "library", "data": data},
        headers={"Idempotency-Key": f"library-{next(_ids)}"},
    )
    assert answer.status_code == 200, answer.text


async def found(http: httpx.AsyncClient, query: str) -> dict[str, int]:
    answer = await http.get("/api/search", params={"q": query})
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["hits"] == sum(item["hits"] for item in told["items"])
    return {item["item"]: item["hits"] for item in told["items"]}


async def test_the_list_says_what_is_open_to_who_asks_and_when_the_rest_opens(
    demo: Demo, stranger: httpx.AsyncClient
) -> None:
    member = (await demo.sign_in("aalborg")).http
    listed = {one["item"]: one for one in (await member.get("/api/library")).json()["items"]}
    assert listed[LIVE]["state"] == "open"
    assert listed[LIVE]["stands"] == "on_air"
    assert listed[FILM]["state"] == "locked"
    assert listed[FILM]["reason"] == "later"
    assert listed[FILM]["opens_at"] == listed[FILM]["starts"]
    assert listed[FILM]["short_title"].startswith("Temamøde")
    assert listed[FILM]["people"] is not None
    assert (await stranger.get("/api/library")).json()["items"] == []


async def test_what_is_locked_gives_neither_hit_nor_count_until_it_opens(
    demo: Demo, stranger: httpx.AsyncClient
) -> None:
    member = (await demo.sign_in("aalborg")).http
    secretariat = (await demo.sign_in("secretariat")).http
    assert FILM in await found(secretariat, SAID)
    title = "Evaluering og tilsyn"
    for http in (member, stranger):
        assert await found(http, SAID) == {}
        assert await found(http, title) == {}
    await done(secretariat, "open_now", item=FILM, audience="everybody")
    for http in (member, stranger):
        assert (await found(http, SAID)).keys() == {FILM}
        assert (await found(http, "evaluering tils")).keys() == {FILM}
        told = (await http.get("/api/search", params={"q": SAID})).json()["items"][0]["found"][0]
        assert told["kind"] == "caption"
        assert told["language"] == "da"
        assert told["at_s"] > 0
        hits = [piece["text"] for piece in told["pieces"] if piece.get("hit")]
        assert hits == ["tonen", "skifter"]
    await done(secretariat, "close_now", item=FILM, audience="everybody")
    for http in (member, stranger):
        assert await found(http, SAID) == {}
    # Nobody has promised a stranger that it opens; a member's own grant opens later.
    for http, reason in ((stranger, "closed"), (member, "later")):
        (told,) = (
            one for one in (await http.get("/api/library")).json()["items"] if one["item"] == FILM
        )
        assert (told["state"], told["reason"]) == ("locked", reason)


async def test_a_discussion_has_a_page_once_documents_of_it_are_open(
    demo: Demo, stranger: httpx.AsyncClient
) -> None:
    member, secretariat = [(await demo.sign_in(key)).http for key in ("aalborg", "secretariat")]
    path, title = f"/api/library/{TALK}/documents", {"title": "Ark til frokostdrøftelsen"}

    async def told(http: httpx.AsyncClient) -> tuple[list[str], dict[str, int]]:
        """What the list says of its documents, and what a search finds of it."""
        listed = (await http.get("/api/library")).json()["items"]
        (titles,) = [
            [d["title"] for d in one["documents"]] for one in listed if one["item"] == TALK
        ] or [[]]
        return titles, await found(http, "frokostdroeft")

    added = await secretariat.post(path, params=title, content=a_pdf())
    assert added.status_code == 201, added.text
    kept = await demo.sign_in("secretariat")
    await kept.get_until("/api/search?q=frokostdroeft", lambda a: TALK in a.text)
    there = ([title["title"]], {TALK: 1})
    assert [await told(http) for http in (secretariat, member)] == [there, ([], {})]
    locked = await member.get(path)
    assert (locked.status_code, locked.json()["code"]) == (403, "locked")
    await done(secretariat, "open_now", item=TALK, audience="registered")
    assert [await told(http) for http in (member, stranger)] == [there, ([], {})]
    assert [one["title"] for one in (await member.get(path)).json()["documents"]] == there[0]


async def test_too_little_too_much_and_too_fast_are_refused(stranger: httpx.AsyncClient) -> None:
    for query, code in (
        ("", "search_too_short"),
        ("x", "search_too_short"),
        (101 * "x", "bad_request"),
    ):
        answer = await stranger.get("/api/search", params={"q": query})
        assert (answer.status_code, answer.json()["code"]) == (400, code)
    answers = [await stranger.get("/api/search", params={"q": "hej"}) for _ in range(40)]
    refused = [answer for answer in answers if answer.status_code != 200]
    assert refused, "forty in a moment are too many"
    assert {(one.status_code, one.json()["code"]) for one in refused} == {(429, "too_fast")}
    assert int(refused[0].headers["retry-after"]) >= 1


async def test_where_somebody_left_off_is_theirs_and_of_what_is_open_to_them(
    demo: Demo, stranger: httpx.AsyncClient
) -> None:
    mette, soren = [(await demo.sign_in(key)).http for key in ("aalborg", "aarhus")]
    path, place = f"/api/library/{LIVE}/viewing", {"position_s": 61.5, "at": "2021-01-01T00:00:00Z"}
    assert (await mette.put(path, json=place)).status_code == 204
    assert (await mette.get("/api/viewings")).json()["viewings"][LIVE]["position_s"] == 61.5
    assert (await soren.get("/api/viewings")).json() == {"viewings": {}}
    assert (await stranger.put(path, json=place)).status_code == 401
    for address, status in (
        (f"/api/library/{FILM}/viewing", 403),
        ("/api/library/no/viewing", 404),
    ):
        assert (await mette.put(address, json=place)).status_code == status, address
    foreign = {"origin": "https://elsewhere.example"}
    assert (await mette.put(path, json=place, headers=foreign)).status_code == 403
    wrong: Any
    for wrong in (
        {},
        {"position_s": -1},
        {"position_s": "1"},
        {"position_s": 1, "at": "x"},
        [],
        True,
    ):
        assert (await mette.put(path, json=wrong)).status_code == 400, wrong
    assert (await mette.put(path, content=b"x" * 500)).status_code == 413


async def test_the_answers_of_an_item_follow_its_rule(
    demo: Demo, stranger: httpx.AsyncClient
) -> None:
    member = (await demo.sign_in("aalborg")).http
    answer = await member.get(f"/api/library/{LIVE}/questions")
    assert answer.json() == {"item": LIVE, "questions": []}
    assert (await member.get(f"/api/library/{FILM}/questions")).json()["code"] == "locked"
    assert (await member.get("/api/library/no/questions")).status_code == 404
    there, absent = [await stranger.get(f"/api/library/{item}/questions") for item in (LIVE, "no")]
    assert (there.status_code, there.content) == (401, absent.content)

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Message

from server.access.people import Person
from server.access.signing_in import SigningIn
from server.clock import Clock
from server.database import Database
from server.errors import Refused
from server.origins import Origins
from server.routes.asking import Asking, body_of, told
from server.routes.entering import entering_routes
from server.routes.pages import PlainHeaders

HERE = "http://topmoede.localhost"
PEOPLE = (
    Person("mette", "Mette Nørgaard", "member", "aalborg"),
    Person("ib", "Ib", "moderator"),
)


class House:
    """An app with sign-in and one changing route, and a program that asks it."""

    def __init__(self, signing_in: SigningIn, browser: httpx.AsyncClient) -> None:
        self.signing_in = signing_in
        self.browser = browser
        self.ended: list[str] = []

    async def link(self, key: str) -> str:
        return f"/enter/{await self.signing_in.make_link(key, None, reusable=True)}"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'x.db'}")
    await database.migrate()
    start = datetime(2100, 1, 28, tzinfo=UTC)  # a browser drops cookies that are over
    signing_in = SigningIn(database, "2021", timedelta(hours=1), lambda: start)
    await signing_in.register(PEOPLE)
    asking = Asking(signing_in, Origins([HERE]))

    async def change(request: Request) -> Response:
        asking.must_be_ours(request)
        person = await asking.person(request)
        return PlainTextResponse(f"{person.name} {len(await body_of(request, 10))}")

    async def end(session: str) -> None:
        found.ended.append(session)

    routes = [
        *entering_routes(signing_in, asking, end, secure=False),
        Route("/change", told(change), methods=["POST"]),
    ]
    transport = httpx.ASGITransport(PlainHeaders(Starlette(routes=routes)))
    async with httpx.AsyncClient(transport=transport, base_url=HERE) as browser:
        found = House(signing_in, browser)
        yield found
    await database.close()


async def test_a_link_tells_whose_it_is_and_then_signs_in(house: House) -> None:
    link = await house.link("mette")
    seen = (await house.browser.get(f"/api{link}")).json()
    assert seen == {
        "name": "Mette Nørgaard",
        "role": "member",
        "municipality": "aalborg",
        "municipality_name": "Aalborg Kommune",
    }
    entered = await house.browser.post(link)
    assert (entered.status_code, entered.headers["location"]) == (303, "/watch")
    cookie = entered.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert (await house.browser.post("/change", content=b"12")).text == "Mette Nørgaard 2"


async def test_a_moderator_lands_backstage(house: House) -> None:
    entered = await house.browser.post(await house.link("ib"))
    assert entered.headers["location"] == "/backstage"


async def test_a_dead_link_says_so_by_problem_and_by_page(house: House) -> None:
    refused = await house.browser.get("/api/enter/unknown")
    assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
    assert refused.headers["content-type"] == "application/problem+json"
    entered = await house.browser.post("/enter/unknown")
    assert entered.headers["location"] == "/enter/unknown?brugt"
    assert "set-cookie" not in entered.headers


async def test_entering_again_ends_the_browser_s_former_session(house: House) -> None:
    link = await house.link("mette")
    await house.browser.post(link)
    await house.browser.post(link)
    assert len(house.ended) == 1


async def test_signing_out_ends_the_session(house: House) -> None:
    await house.browser.post(await house.link("mette"))
    await house.browser.post("/logout")
    assert len(house.ended) == 1
    assert (await house.browser.post("/change")).json()["code"] == "not_signed_in"


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, None),
        ({"origin": HERE}, None),
        ({"sec-fetch-site": "same-origin"}, None),
        ({"origin": "https://ond.example"}, "foreign_origin"),
        ({"origin": "null"}, "foreign_origin"),
        ({"origin": f"{HERE}.ond.example"}, "foreign_origin"),
        ({"sec-fetch-site": "cross-site"}, "foreign_origin"),
        ({"sec-fetch-site": "same-site"}, "foreign_origin"),
    ],
)
async def test_only_our_own_pages_and_programs_may_change_things(
    house: House, headers: dict[str, str], code: str | None
) -> None:
    await house.browser.post(await house.link("mette"))
    answer = await house.browser.post("/change", headers=headers)
    assert (answer.json()["code"] if answer.status_code != 200 else None) == code


async def test_another_site_cannot_sign_a_person_in(house: House) -> None:
    refused = await house.browser.post(
        await house.link("mette"), headers={"origin": "https://ond.example"}
    )
    assert (refused.status_code, refused.json()["code"]) == (403, "foreign_origin")


async def test_a_bearer_token_is_a_session_too(house: House) -> None:
    entered = await house.signing_in.enter((await house.link("ib")).removeprefix("/enter/"))
    assert entered is not None
    answer = await house.browser.post(
        "/change", headers={"authorization": f"Bearer {entered.cookie}"}
    )
    assert answer.text == "Ib 0"


async def test_a_body_past_its_limit_is_refused(house: House) -> None:
    await house.browser.post(await house.link("ib"))
    answer = await house.browser.post("/change", content=b"x" * 11)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


async def test_a_body_that_never_ends_is_given_up() -> None:
    """A line that sends a byte now and then would hold its place for ever (slow body)."""
    more: asyncio.Queue[Message] = asyncio.Queue()
    more.put_nowait({"type": "http.request", "body": b"v", "more_body": True})
    request = Request({"type": "http", "method": "POST", "headers": []}, more.get)
    with pytest.raises(Refused) as refused:
        await body_of(request, within_s=0.01)
    assert refused.value.code == "bad_request"


async def test_every_answer_keeps_to_itself(house: House) -> None:
    answer = await house.browser.post("/change")
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'self'" in answer.headers["content-security-policy"]


async def test_a_database_that_is_away_is_told_as_busy_and_not_as_our_fault() -> None:
    away = Database("postgresql://nobody@127.0.0.1:9/none", patience_s=0)
    signing_in = SigningIn(away, "2021", timedelta(hours=1), Clock().wall)

    async def look(request: Request) -> Response:
        await signing_in.whose("a-token")
        raise AssertionError("expected no answer")

    app = Starlette(routes=[Route("/", told(look))])
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://here"
    ) as browser:
        answer = await browser.get("/")
    assert (answer.status_code, answer.json()["code"]) == (503, "storage_busy")
    assert answer.headers["retry-after"] == "2"
    await away.close()

"""A link that was passed on: on a phone without an account, in another site's page, and made."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Route, expect

from tests.browser.chromium import Complaints, a_chromium
from tests.journeys.running_demo import Demo, a_demo

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

LIVE, FILM = "01", "tema-1"
WHOLE_DAY = ("--programme", "schedule/topmoede_2021.toml", "--at", "09.02")
INTRANET = "https://intranet.aalborg.dk"
# A page of another site may ask for ours, which is on this machine.
NEIGHBOURS = "--disable-features=LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests"
PLAYS = "() => { const v = document.querySelector('video'); return v && v.currentTime > 1; }"
STOPS_WITHIN_MS = 60_000
_ids = itertools.count()


@pytest_asyncio.fixture
async def browser() -> AsyncIterator[Browser]:
    async with a_chromium(more=(NEIGHBOURS,)) as browser:
        yield browser


async def done(demo: Demo, key: str, topic: str, name: str, **data: Any) -> None:
    http = (await demo.sign_in(key)).http
    answer = await http.post(
        f"/api/commands/{name}",
        json={"topic": topic, "data": data},
        headers={"Idempotency-Key": f"pages-{next(_ids)}"},
    )
    assert answer.status_code == 200, answer.text


async def a_link(demo: Demo, *items: str, **fields: Any) -> tuple[str, str]:
    """The id and the address of a new link from Aalborg."""
    http = (await demo.sign_in("aalborg-host")).http
    known = set((await http.get("/api/shares")).json())
    share = {"title": "Til skolens møde om trivsel", "items": items, "institution": "school"}
    await done(demo, "aalborg-host", "shares:aalborg", "make_share", **(share | fields))
    addresses = (await http.get("/api/shares")).json()
    (id,) = addresses.keys() - known
    return id, addresses[id]


async def passed_on(demo: Demo, item: str) -> None:
    """The secretariat opens an item for whoever holds a link."""
    await done(demo, "secretariat", "library", "open_now", item=item, audience="link")


async def revoke(demo: Demo, id: str) -> None:
    await done(demo, "staff", "shares:aalborg", "revoke_share", share=id)


@contextlib.asynccontextmanager
async def somebody(
    browser: Browser, *, phone: bool = False
) -> AsyncIterator[tuple[Page, Complaints, set[str]]]:
    """A page of somebody nobody knows; with everything it asked for."""
    size: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
    if phone:
        size = {"viewport": {"width": 390, "height": 780}, "is_mobile": True, "has_touch": True}
    context = await browser.new_context(locale="da-DK", **size)
    page = await context.new_page()
    complaints = Complaints()
    complaints.listen(page)
    asked: set[str] = set()
    page.on("request", lambda request: asked.add(request.url))
    try:
        yield page, complaints, asked
    finally:
        await context.close()


async def test_a_link_plays_on_a_phone_without_an_account_and_stops_when_it_is_revoked(
    tmp_path: Path, browser: Browser
) -> None:
    async with a_demo(tmp_path, *WHOLE_DAY) as demo:
        await passed_on(demo, LIVE)
        id, address = await a_link(demo, LIVE, FILM)
        secretariat = await demo.sign_in("secretariat")
        await secretariat.get_until(
            f"/replay/{LIVE}/index.m3u8", lambda answer: answer.status_code == 200, 30
        )
        async with somebody(browser, phone=True) as (page, complaints, asked):
            await page.goto(address)
            await expect(page.get_by_role("heading", level=1)).to_have_text(
                "Til skolens møde om trivsel"
            )
            await expect(page.get_by_text("Fra Aalborg Kommune").first).to_be_visible()
            await page.wait_for_function(PLAYS)
            await expect(page.get_by_text("Åbner 28.01.2021 kl.")).to_be_visible()
            assert complaints.heard == []
            assert {url for url in asked if not url.startswith((demo.base, "blob:"))} == set()
            assert "/rt" not in {url.removeprefix(demo.base) for url in asked}
            await revoke(demo, id)
            over = page.get_by_role("heading", name="Aalborg Kommune har lukket linket")
            await expect(over).to_be_visible(timeout=STOPS_WITHIN_MS)
            assert await page.locator("video").count() == 0
            await page.reload()
            dead = page.get_by_role("heading", name="Linket åbner ikke noget her")
            await expect(dead).to_be_visible()
            told = await page.locator("main").inner_text()
            await page.goto(f"{address.rsplit('-', 1)[0]}-aaaa")
            await expect(dead).to_be_visible()
            assert await page.locator("main").inner_text() == told
        await shown_in_the_municipality_s_own_pages_alone(demo, browser)
        assert demo.traces() == []


async def shown_in_the_municipality_s_own_pages_alone(demo: Demo, browser: Browser) -> None:
    """The browser itself refuses a frame on any other site, and everywhere before a site is set."""
    _, address = await a_link(demo, LIVE)
    for origin, shows in ((INTRANET, False), (INTRANET, True), ("https://elsewhere.dk", False)):
        if shows:
            await done(demo, "aalborg-host", "shares:aalborg", "set_embedding", origins=[INTRANET])
        async with somebody(browser) as (page, complaints, _):
            await framed(page, origin, f"{address}/indlejret")
            frame = page.frame_locator("iframe")
            if shows:
                await expect(frame.locator("video")).to_be_visible()
            else:
                await complaints.until("frame-ancestors")
                assert await frame.locator("video").count() == 0


async def framed(page: Page, origin: str, address: str) -> None:
    """Another site's page with ours inside."""

    async def answer(route: Route) -> None:
        body = f'<!doctype html><title>Intranet</title><iframe src="{address}"></iframe>'
        await route.fulfill(body=body, content_type="text/html")

    await page.route(f"{origin}/**", answer)
    await page.goto(f"{origin}/skole")

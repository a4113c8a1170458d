"""A link that was passed on: on a phone without an account, in another site's page, and made."""

from __future__ import annotations

import contextlib
import itertools
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Route, expect

from tests.browser.chromium import Complaints, a_chromium, a_visitor
from tests.browser.keyboard import tab_through
from tests.browser.screens import FOLDER, photograph
from tests.journeys.running_demo import Demo, Visitor, a_demo
from tests.server.smtp_server import Postbox, a_postbox

pytestmark = pytest.mark.browser

LIVE, FILM = "01", "tema-1"
WHOLE_DAY = ("--programme", "schedule/topmoede_2021.toml", "--at", "09.02")
INTRANET = "https://intranet.aalborg.dk"
# A page of another site may ask for ours, which is on this machine.
NEIGHBOURS = "--disable-features=LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests"
PLAYS = "() => { const v = document.querySelector('video'); return v && v.currentTime > 1; }"
STOPS_WITHIN_MS = 60_000
_LOOKED_AT = "() => document.dispatchEvent(new Event('visibilitychange'))"
_ids = itertools.count()


@pytest_asyncio.fixture(loop_scope="session")
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
            f"/replay/{LIVE}/index.m3u8", lambda answer: answer.status_code == 200
        )
        async with somebody(browser, phone=True) as (page, complaints, asked):
            await page.goto(address)
            await expect(page.get_by_role("heading", level=1)).to_have_text(
                "Til skolens møde om trivsel"
            )
            await expect(page.get_by_text("Fra Aalborg Kommune").first).to_be_visible()
            await page.wait_for_function(PLAYS)
            await expect(page.get_by_text("Åbner 28.01.2021 kl.")).to_be_visible()
            await captions_are_read_and_their_changes_too(page, secretariat)
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


async def captions_are_read_and_their_changes_too(page: Page, secretariat: Visitor) -> None:
    """Those of what was live, with the link's pass alone; the page hears of a save as it asks."""
    seen = page.locator(".stage .captions")
    await page.get_by_role("button", name=re.compile("^Undertekster")).click()
    for text in ("Vi er i gang", "Nu er vi i gang"):
        said = f"WEBVTT\n\n00:00.000 --> 09:00.000\n{text}\n"
        put = await secretariat.http.put(f"/api/captions/{LIVE}/da", content=said)
        assert put.status_code == 200, put.text
        await page.evaluate(_LOOKED_AT)
        await expect(seen).to_have_text(text)


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


@pytest.mark.long
async def test_the_page_behind_a_link_at_every_size(tmp_path: Path, browser: Browser) -> None:
    """And a film that is loaded whole: nothing is refused, so the page asks, and stops."""
    async with a_demo(tmp_path, "--at", "09.02") as demo:
        for item in ("05", "tema-1"):
            await passed_on(demo, item)
        id, address = await a_link(demo, "tema-3", "05", "tema-1")
        _, coded = await a_link(demo, "tema-1", code="kastanje")
        _, locked = await a_link(demo, "tema-2", "tema-3")
        faults: list[str] = []
        async with somebody(browser) as (page, complaints, asked):
            await page.goto(address)
            await page.wait_for_function(PLAYS)
            await expect(page.get_by_text("Hvor mangler der sammenhæng").first).to_be_visible()
            await page.get_by_role("button", name="Sammenhæng mellem").click()
            await page.get_by_role("button", name="Undertekster (c)").click()
            await expect(page.locator(".captions p").first).not_to_have_text("")
            await expect(page.locator(".captions .none")).to_have_count(0)
            await page.get_by_role("button", name="kommunernes indsatser").click()
            await page.wait_for_function(PLAYS)
            faults += await photograph(page, "share-open")
            await keyboard_reaches(page)
            await printed(page, "share-paper")
            await page.goto(f"{address}?skaerm")
            await page.wait_for_function(PLAYS)
            faults += await photograph(page, "share-screen")
            await page.get_by_role("button", name="Vis spørgsmålene").click()
            faults += await photograph(page, "share-screen-questions")
            await page.goto(f"{address}/indlejret")
            await page.wait_for_function(PLAYS)
            faults += await photograph(page, "share-embedded")
            await page.goto(locked)
            await expect(page.get_by_text("Åbner 28.01.2021").first).to_be_visible()
            faults += await photograph(page, "share-locked")
            assert complaints.heard == []
            await page.goto(coded)
            await page.get_by_label("Kode", exact=True).fill("eg")
            await page.keyboard.press("Enter")
            await expect(page.get_by_text("Det er ikke koden")).to_be_visible()
            faults += await photograph(page, "share-code")
            await keyboard_reaches(page)
            await page.get_by_label("Kode", exact=True).fill("kastanje")
            await page.keyboard.press("Enter")
            await page.wait_for_function(PLAYS)
            await page.reload()
            await page.wait_for_function(PLAYS)
            await page.goto(f"{demo.base}/del/aalborg-s1-aaaa")
            await expect(page.get_by_text("Linket åbner ikke noget her")).to_be_visible()
            faults += await photograph(page, "share-dead")
            await page.goto(address)
            await page.get_by_role("button", name="Sammenhæng mellem").click()
            await page.wait_for_function(PLAYS)
            await revoke(demo, id)
            over = page.get_by_role("heading", name="Aalborg Kommune har lukket linket")
            await expect(over).to_be_visible(timeout=STOPS_WITHIN_MS)
            faults += await photograph(page, "share-closed")
            assert {url for url in asked if not url.startswith((demo.base, "blob:"))} == set()
        assert faults == [], "\n".join(faults)


@pytest.mark.long
async def test_a_municipality_makes_mails_and_closes_a_link(
    tmp_path: Path, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_postbox(Postbox(refused=frozenset({"ukendt@skole.dk"}))) as post:
        monkeypatch.setenv("TOPMOEDE_SMTP_URL", f"smtp://127.0.0.1:{post.port}")
        monkeypatch.setenv("TOPMOEDE_MAIL_FROM", "topmoede@kl.dk")
        faults: list[str] = []
        async with a_demo(tmp_path, "--at", "09.08") as demo:
            await passed_on(demo, "tema-1")
            enter = demo.links["people"]["aalborg-host"]["enter"]
            async with a_visitor(browser, enter) as (page, complaints):
                await page.get_by_role("link", name="Deling").click()
                await expect(page.get_by_text("I har ingen links endnu")).to_be_visible()
                await made(page)
                faults += await photograph(page, "deling-making")
                await page.get_by_role("button", name="Lav linket").click()
                card = page.get_by_role("article", name="Til skolens møde om trivsel")
                await expect(card.get_by_text("til og med 31.07.2021")).to_be_visible()
                address = await card.get_by_label("Adresse", exact=True).input_value()
                async with somebody(browser) as (visitor, _, _):
                    await visitor.goto(address)
                    await visitor.wait_for_function(PLAYS)
                await expect(page.get_by_text("1 besøg")).to_be_visible()
                await card.get_by_role("button", name="Send til en liste").click()
                await card.get_by_label("Mailadresser").fill(
                    "leder@nordskolen.dk, ukendt@skole.dk; Mette <mette@skole.dk>"
                )
                await card.get_by_role("button", name="Send (3 adresser)").click()
                await expect(card.get_by_text("2 mails er sendt")).to_be_visible()
                await expect(card.get_by_text("ukendt@skole.dk: mailserveren")).to_be_visible()
                assert [letter.to for letter in post.letters] == [
                    ("leder@nordskolen.dk",),
                    ("mette@skole.dk",),
                ]
                faults += await photograph(page, "deling-mailed")
                await card.get_by_role("button", name="QR-kode").click()
                await expect(card.get_by_role("img")).to_be_visible()
                await framed_from(page)
                faults += await photograph(page, "deling")
                await keyboard_reaches(page)
                await card.get_by_role("button", name="Ret:").click()
                await card.get_by_label("Kode (kan udelades)").fill("kastanje")
                await card.get_by_role("button", name="Gem ændringen").click()
                await expect(card.get_by_text("Kode: kastanje")).to_be_visible()
                await card.get_by_role("button", name="Luk linket").click()
                await expect(card.get_by_text("Det kan ikke gøres om")).to_be_visible()
                faults += await photograph(page, "deling-closing")
                await page.get_by_role("button", name="Luk linket for alle").click()
                await page.get_by_text("Lukkede og udløbne (1)").click()
                await expect(page.get_by_text("lukket af")).to_be_visible()
                faults += await photograph(page, "deling-closed")
                assert complaints.heard == []
            enter = demo.links["people"]["aalborg"]["enter"]
            async with a_visitor(browser, enter) as (page, _):
                await page.goto(f"{demo.base}/deling")
                await expect(page.get_by_text("Denne side er for kommunernes")).to_be_visible()
        assert faults == [], "\n".join(faults)


async def made(page: Page) -> None:
    await page.get_by_role("button", name="Lav et link").click()
    await page.get_by_role("button", name="Lav linket").click()
    await expect(page.get_by_text("Skriv, hvad det er.")).to_be_visible()
    await page.get_by_label("Hvad er det?").fill("Til skolens møde om trivsel")
    await page.get_by_label("Oplæg 1: Dagtilbud").check()
    await page.get_by_label("Temamøde 1").first.check()
    await expect(page.get_by_label("Gælder til og med")).to_have_value("2021-07-31")


async def framed_from(page: Page) -> None:
    """Names the intranet; a wrong address is refused and says what one looks like."""
    field = page.get_by_label("Adresser, én på hver linje")
    await field.fill("http://intranet.aalborg.dk/side")
    await page.get_by_role("button", name="Gem adresserne").click()
    await expect(page.get_by_text("En adresse skal se ud som")).to_be_visible()
    await field.fill(f"{INTRANET}/")
    await page.get_by_role("button", name="Gem adresserne").click()
    code = page.get_by_label("Kode til jeres side")
    await expect(code).to_have_value(re.compile('^<iframe src="http.*/indlejret" title="Til'))


async def keyboard_reaches(page: Page) -> None:
    """Tab comes to every control, and focus is seen on each."""
    went = await tab_through(page)
    assert went.missed == ()
    assert went.ringless == ()


async def printed(page: Page, name: str) -> None:
    """What comes out on paper: the questions and the address, and no player."""
    await page.emulate_media(media="print")
    await expect(page.locator(".paper")).to_be_visible()
    await expect(page.locator("video")).to_be_hidden()
    await page.screenshot(path=FOLDER / f"{name}.png", full_page=True)
    await page.emulate_media(media="screen")

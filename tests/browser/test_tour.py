"""A newcomer's way through the whole product, each step as a person would take it."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.browser.chromium import a_visitor
from tests.browser.circumstances import explained
from tests.browser.glass import Glass
from tests.browser.test_rooms import printed_link
from tests.journeys.running_demo import Demo, Visitor, a_demo, unhurried

pytestmark = [pytest.mark.browser, pytest.mark.alone]

AUDIBLE = 0.005
# What stood on the page, in its turn: nothing stands there for long, and who asks may come late.
_NOTE_WHAT_STANDS = """() => {
  const stood = (window.__stood = []);
  const shows = (words) => [...document.querySelectorAll("body *")].some((one) =>
    one.childElementCount === 0 && words.test(one.textContent) && one.checkVisibility());
  setInterval(() => {
    const heading = document.querySelector("h1")?.textContent.replace(/\\s+/g, " ").trim() ?? "";
    const now = { heading, live: shows(/^\\s*Live\\s*$/), back: shows(/tilbage kl.\\s09.02/) };
    if (JSON.stringify(now) !== JSON.stringify(stood.at(-1))) stood.push(now);
  }, 250);
}"""
_IS_PAUSED = "() => window.__stood.some(({ heading, back }) => heading === 'Pause' && back)"


async def test_live_film_and_break_come_by_themselves(
    tmp_path: Path, browser: Browser, capsys: pytest.CaptureFixture[str]
) -> None:
    started = time.monotonic()
    async with (
        a_demo(tmp_path, "--speed", "4", cold=True) as demo,
        a_visitor(browser, printed_link(demo, "aalborg")) as (page, complaints),
        explained(watch=page),
    ):
        assert page.url.startswith("http://aalborg.localhost:")
        await page.evaluate(_NOTE_WHAT_STANDS)
        glass = Glass(page)
        await glass.until_playing()
        with capsys.disabled():
            print(f" first picture {time.monotonic() - started:.1f} s after the start;", end="")
        await glass.mark()
        await turn_the_sound_on(page)
        before = await glass.counters()

        await page.wait_for_function(_IS_PAUSED, timeout=90_000)
        stood = await page.evaluate("() => window.__stood")
        live = [each["heading"] for each in stood if each["live"]]
        assert "Velkommen til årets Børn & Unge Topmøde" in live
        headings = list(dict.fromkeys(each["heading"] for each in stood))
        film = headings.index("Sammenhænge i indsatser, økonomi og data")
        assert headings[film - 1 : film + 2] == [live[-1], headings[film], "Pause"], stood

        counters = await glass.counters()
        more = await glass.more_than(before, "errors", "stalls")
        assert more == [0, 0], counters["incidents"]
        assert await glass.marks() == {"page": True, "video": True, "videos": 1, "navigations": 1}
        assert complaints.heard == []


async def test_the_page_follows_the_moderators_hand(tmp_path: Path, browser: Browser) -> None:
    async with (
        a_demo(tmp_path, *unhurried()) as demo,
        a_visitor(browser, printed_link(demo, "moderator")) as (board, _),
        a_visitor(browser, printed_link(demo, "aalborg")) as (page, complaints),
        explained(watch=page),
    ):
        glass = Glass(page)
        await expect(heading(page)).to_contain_text("Introduktion")
        await glass.until_playing()
        await glass.mark()
        await board.get_by_role("button", name="Hold").first.click()
        await expect(page.get_by_text("Programmet holder stille")).to_be_visible()
        before = await glass.counters()
        await board.keyboard.press("s")
        await board.get_by_role("button", name="Spring Introduktion over").click()
        await expect(heading(page)).to_contain_text("Velkommen")
        # A cue right upon another is refused as one that was meant for the item before.
        await glass.until_shown(datetime.now(UTC))
        await board.keyboard.press("n")
        await expect(heading(page)).to_contain_text("Sammenhænge i indsatser")

        await page.get_by_text("Vist (2)").click()
        await page.get_by_role("button", name="Se igen: Velkommen").click()
        await glass.until_playing_from("/replay/02/")
        await expect(page.get_by_role("button", name="Tilbage til KL-huset")).to_be_visible()
        await page.get_by_role("button", name="Tilbage til KL-huset").click()
        await glass.until_playing_from("/hls/main/")
        counters = await glass.counters()
        more = await glass.more_than(before, "errors", "stalls")
        assert more == [0, 0], counters["incidents"]
        assert await glass.marks() == {"page": True, "video": True, "videos": 1, "navigations": 1}
        assert complaints.heard == []


async def test_an_item_on_air_can_be_started_over_and_is_heard(
    tmp_path: Path, browser: Browser
) -> None:
    async with (
        a_demo(tmp_path, *unhurried()) as demo,
        a_visitor(browser, printed_link(demo, "individual")) as (page, complaints),
        explained(watch=page),
    ):
        glass = Glass(page)
        await expect(heading(page)).to_contain_text("Introduktion")
        await glass.until_playing()
        moderator = await demo.sign_in("moderator")
        await moderator.open()
        await moderator.do("show", "hold")
        await glass.until_shown(await six_seconds_into(moderator))
        before = await glass.counters()
        await page.get_by_role("button", name="Se forfra").click()
        await glass.until_playing_from("/replay/01/")
        await glass.until_position(3)
        one = await glass.picture()
        await glass.until_position(5)
        other = await glass.picture()
        assert one.stamp_ms is not None
        assert other.stamp_ms is not None
        assert other.stamp_ms > one.stamp_ms
        await page.get_by_role("button", name="Gå til live").click()
        await glass.until_playing_from("/hls/main/")
        await turn_the_sound_on(page)
        counters = await glass.counters()
        more = await glass.more_than(before, "errors", "stalls")
        assert more == [0, 0], counters["incidents"]
        assert complaints.heard == []
        # Last, because listening in puts a second sink on the element that is judged above.
        await glass.until_louder_than(AUDIBLE)


async def test_theme_meetings_are_locked_until_their_hour(tmp_path: Path, browser: Browser) -> None:
    async with (
        a_demo(tmp_path) as demo,
        a_visitor(browser, printed_link(demo, "aalborg")) as (page, complaints),
        explained(watch=page),
    ):
        glass = Glass(page)
        themes = page.get_by_role("listitem").filter(has_text="Temamøder og mulighed").first
        await expect(themes.get_by_text("Åbner kl. 09.10")).to_be_visible()
        await expect(themes.get_by_role("button")).to_have_count(0)
        locked = await (await demo.sign_in("aalborg")).http.get("/replay/tema-1/index.m3u8")
        assert (locked.status_code, locked.json()["code"]) == (403, "locked")

        moderator = await at_the_theme_meetings(demo)
        before = await glass.counters()
        await page.get_by_role("button", name="Se: Temamøde 1").click()
        await glass.until_playing_from("/replay/tema-1/")
        await glass.until_position(3)
        assert (await glass.picture()).stamp_ms is not None
        await page.get_by_role("button", name="Undertekster (c)").click()
        await expect(page.locator(".captions p:not(.none)").first).to_be_visible()
        assert (await moderator.do("show", "next", after="13"))["op"] == "done"
        await glass.until_playing_from("/hls/main/")
        await expect(heading(page)).to_have_text("Velkommen tilbage til KL-huset")
        counters = await glass.counters()
        more = await glass.more_than(before, "errors", "stalls")
        assert more == [0, 0], counters["incidents"]
        assert complaints.heard == []


async def turn_the_sound_on(page: Page) -> None:
    button = page.get_by_role("button", name="Slå lyd til", exact=True)
    await button.click()
    await expect(button).to_be_hidden()
    assert await page.evaluate("() => !document.querySelector('video').muted")


def heading(page: Page) -> Locator:
    return page.get_by_role("heading", level=1)


async def six_seconds_into(moderator: Visitor) -> datetime:
    """When six seconds of what is on air will have been shown; the first is on by now."""
    await moderator.say({"op": "join", "topic": "channel:main"})
    shown = (await moderator.answer_about("channel:main"))["snapshot"]["on_air"]
    return datetime.fromisoformat(shown["began"]) + timedelta(seconds=6)


async def at_the_theme_meetings(demo: Demo) -> Visitor:
    """A moderator who has taken the theme meetings, their films ready."""
    moderator = await demo.sign_in("moderator")
    await moderator.open("sources")
    assert (await moderator.do("show", "set_mode", mode="manual"))["op"] == "done"
    await moderator.say({"op": "join", "topic": "show"})
    now = (await moderator.answer_about("show"))["snapshot"]["now"]
    await moderator.hear_that(
        lambda frame: (
            frame["op"] == "state"
            and frame["data"].get("films", {}).get("tema-1", {}).get("state") == "ready"
        )
    )
    assert (await moderator.do("show", "take", item="13", after=now))["op"] == "done"
    return moderator

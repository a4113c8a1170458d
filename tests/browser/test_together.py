"""A room that watches together: host, member, a latecomer; the same second on every page.

What is judged is where the recording stands on each page against what the last event of the room
and the wall clock say, and the film's own stamp on the glass against both.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.chromium import a_visitor
from tests.browser.circumstances import explained, the_machine
from tests.browser.glass import Glass
from tests.browser.keyboard import tab_through
from tests.browser.scenes import with_panels_when_wide
from tests.browser.screens import photograph
from tests.journeys.running_demo import Demo, Visitor, a_demo

pytestmark = [pytest.mark.browser, pytest.mark.alone]

ROOM, FILM, OTHER = "room:aalborg", "tema-3", "tema-1"
TITLE = "Temamøde 3: Undervisning"
AGREE_S, SETTLED_AFTER_S = 0.3, 3.0
AGREES_WITHIN_MS = 60_000
STAMP_WITHIN_S = 0.15
SAMPLES, BETWEEN_S = 6, 0.25

_STANDS = """() => {
  const video = document.querySelector("video"), { url, in_step } = window.__topmoede.player;
  return { at_s: video.currentTime, now_ms: Date.now(), paused: video.paused, url, in_step };
}"""
_IS_ON = "(path) => window.__topmoede?.player?.url?.startsWith(path)"
_STANDS_STILL_AT = """(at_s) => {
  const video = document.querySelector("video");
  if (!video?.paused || video.seeking || !window.__topmoede.player.in_step) return false;
  return Math.abs(video.currentTime - at_s) < 0.05;
}"""
# What is less than a second off is walked off, which takes its time and is not heard.
_HAS_COME_TO_AGREE = """([position_s, begins_ms, within_s]) => {
  const video = document.querySelector("video");
  const place_s = position_s + (Date.now() - begins_ms) / 1000;
  return window.__topmoede.player.in_step && Math.abs(video.currentTime - place_s) <= within_s;
}"""


@dataclass
class Evening:
    """A theme slot that stays open, with a socket in the room and one in another's."""

    demo: Demo
    browser: Browser
    moderator: Visitor
    listener: Visitor
    stranger: Visitor

    @contextlib.asynccontextmanager
    async def page_of(self, key: str) -> AsyncIterator[Page]:
        async with a_visitor(self.browser, self.demo.links["people"][key]["enter"]) as (page, _):
            yield page

    async def heard(self, name: str) -> dict[str, Any]:
        return dict((await self.listener.hear_event(ROOM, name))["data"])


@contextlib.asynccontextmanager
async def a_theme_slot(folder: Path, browser: Browser) -> AsyncIterator[Evening]:
    async with a_demo(folder, "--at", "09.11") as demo:
        moderator = await demo.sign_in("moderator")
        await moderator.open("show")
        assert (await moderator.do("show", "set_mode", mode="manual"))["op"] == "done"
        listener, stranger = await demo.sign_in("staff"), await demo.sign_in("aarhus")
        await listener.open(ROOM)
        await stranger.open("room:aarhus")
        for film in (FILM, OTHER):
            await listener.get_until(
                f"/replay/{film}/index.m3u8", lambda answer: answer.status_code == 200
            )
        yield Evening(demo, browser, moderator, listener, stranger)


async def test_host_member_and_latecomer_see_the_same_second(
    tmp_path: Path, browser: Browser
) -> None:
    figures: list[str] = []
    async with (
        a_theme_slot(tmp_path, browser) as evening,
        evening.page_of("aalborg-host") as host,
        evening.page_of("aalborg") as member,
        evening.page_of("aarhus") as other,
        explained(host=host, member=member),
    ):
        await to_the_room(host)
        await shows(host)
        started = await evening.heard("viewing_started")
        assert started["length_s"] > 60
        figures += await in_step("start", started, host, member)
        await expect(member.get_by_text(f"Jeres vært viser: {TITLE}").first).to_be_visible()

        await host.get_by_role("button", name="Sæt på pause for alle").click()
        paused = await evening.heard("viewing_paused")
        for page in (host, member):
            await page.wait_for_function(_STANDS_STILL_AT, arg=paused["position_s"])
            await expect(page.get_by_text("Sat på pause til drøftelse").first).to_be_visible()
        async with evening.page_of("staff") as latecomer:
            await latecomer.wait_for_function(_STANDS_STILL_AT, arg=paused["position_s"])
            await host.get_by_role("button", name="Fortsæt for alle").click()
            resumed = paused | await evening.heard("viewing_resumed")
            figures += await in_step("resume", resumed, host, member, latecomer)
        async with evening.page_of("staff") as latecomer:
            await latecomer.wait_for_function(_IS_ON, arg=f"/replay/{FILM}/")
            figures += await in_step("latecomer", resumed, latecomer, after_s=SETTLED_AFTER_S)

        await watches_alone(host, member)
        stood = await evening.heard("viewing_paused")
        again = stood | await evening.heard("viewing_resumed")
        figures += await in_step("follows again", again, host, member)

        await goes_on_without_them(evening, member)
        await host.get_by_role("button", name="Afslut for alle").click()
        for page in (host, member):
            await page.wait_for_function(_IS_ON, arg="/hls/main/")
        stands = await other.evaluate(_STANDS)
        assert (stands["url"], stands["in_step"]) == ("/hls/main/index.m3u8", False)
        assert not [text for text in evening.stranger.raw if "viewing" in text]
    print("", *figures, the_machine(), sep="\n")


@pytest.mark.long
async def test_watching_together_is_fit_to_be_seen(tmp_path: Path, browser: Browser) -> None:
    faults: list[str] = []
    async with (
        a_theme_slot(tmp_path, browser) as evening,
        evening.page_of("aalborg-host") as host,
        evening.page_of("aalborg") as member,
    ):
        await with_panels_when_wide(host)
        await to_the_room(host)
        await shown(host).get_by_role("button", name="Se sammen").click()
        faults += await photograph(host, "together-choosing")
        await shown(host).get_by_role("button", name=f"Vis for alle: {TITLE}").click()
        await Glass(member).until_playing_from(f"/replay/{FILM}/")
        faults += await photograph(host, "together-host")
        assert (await tab_through(host)).missed == ()
        faults += await photograph(member, "together-member")
        await host.get_by_role("button", name="Sæt på pause for alle").click()
        await expect(member.get_by_text("Sat på pause til drøftelse").first).to_be_visible()
        faults += await photograph(member, "together-paused")
        await with_panels_when_wide(member)
        await to_the_room(member)
        faults += await photograph(member, "together-paused-room")
        await member.get_by_role("button", name="Se alene").click()
        await expect(member.get_by_role("button", name="Følg de andre igen")).to_be_visible()
        faults += await photograph(member, "together-alone")
        await member.get_by_role("button", name="Følg de andre igen").click()
        await takes_the_hall(evening)
        await expect(member.get_by_role("button", name="Se alene")).to_be_visible()
        faults += await photograph(member, "together-meanwhile")
    assert faults == [], "\n".join(faults)


def shown(page: Page) -> Any:
    return page.locator("[role=tabpanel]:not([hidden])")


async def to_the_room(page: Page) -> None:
    await page.get_by_role("tab", name="Vores rum").click()


async def shows(host: Page) -> None:
    """The host chooses the film, by keyboard."""
    await shown(host).get_by_role("button", name="Se sammen").press("Enter")
    await shown(host).get_by_role("button", name=f"Vis for alle: {TITLE}").press("Enter")


async def in_step(
    what: str, event: dict[str, Any], *pages: Page, after_s: float = 0.0
) -> list[str]:
    """Judges pages a while after the moment they all go on; returns how far off each was."""
    begins = datetime.fromisoformat(event["begins"]).timestamp()
    for page in pages:
        await Glass(page).until_playing_from(f"/replay/{FILM}/")
        settled_ms = begins * 1000 + SETTLED_AFTER_S * 1000
        await page.wait_for_function("(ms) => Date.now() >= ms", arg=settled_ms)
    await asyncio.sleep(after_s)  # how long a page has had, not until something is
    waited = time.monotonic()
    for page in pages:
        agreed = [event["position_s"], begins * 1000, AGREE_S]
        await page.wait_for_function(_HAS_COME_TO_AGREE, arg=agreed, timeout=AGREES_WITHIN_MS)
    waited_s = time.monotonic() - waited
    off: list[list[float]] = [[] for _ in pages]
    for _ in range(SAMPLES):
        for number, stands in enumerate(
            await asyncio.gather(*(page.evaluate(_STANDS) for page in pages))
        ):
            place_s = event["position_s"] + stands["now_ms"] / 1000 - begins
            off[number].append(stands["at_s"] - place_s)
            assert stands["in_step"], (what, stands)
        await asyncio.sleep(BETWEEN_S)  # between one sample and the next
    worst = [max(each, key=abs) for each in off]
    told = f"{what}: off by {[round(each, 3) for each in worst]} s, {waited_s:.1f} s later"
    assert all(abs(each) <= AGREE_S for each in worst), (told, off, the_machine())
    return [told, await on_the_glass(pages[-1], event, begins)]


async def on_the_glass(page: Page, event: dict[str, Any], begins: float) -> str:
    """The film's own stamp says the same second."""
    picture = await Glass(page).picture()
    assert picture.stamp_ms is not None
    off_s = picture.stamp_ms / 1000 - (event["position_s"] + picture.now_ms / 1000 - begins)
    assert abs(off_s) <= AGREE_S + STAMP_WITHIN_S, (off_s, the_machine())
    return f"  the film's stamp is off by {off_s:.3f} s"


async def watches_alone(host: Page, member: Page) -> None:
    """Paused for all, the film goes on for who watches alone; going along again, it stands."""
    await member.get_by_role("button", name="Se alene").click()
    await expect(member.get_by_text("Du ser alene").first).to_be_visible()
    await host.get_by_role("button", name="Sæt på pause for alle").click()
    await expect(host.get_by_text("Sat på pause til drøftelse").first).to_be_visible()
    at_s = (await member.evaluate(_STANDS))["at_s"]
    await Glass(member).until_position(at_s + 1)
    assert not (await member.evaluate(_STANDS))["paused"]
    await member.get_by_role("button", name="Følg de andre igen").click()
    await member.wait_for_function("() => document.querySelector('video').paused")
    await host.get_by_role("button", name="Fortsæt for alle").click()


async def goes_on_without_them(evening: Evening, page: Page) -> None:
    """The hall goes on with something live; the page says so and stays."""
    await takes_the_hall(evening)
    await expect(page.get_by_text("Live nu i udsendelsen: Velkommen tilbage")).to_be_attached()
    assert FILM in (await page.evaluate(_STANDS))["url"]


async def takes_the_hall(evening: Evening) -> None:
    taken = await evening.moderator.do("show", "take", item="15", after="13")
    assert taken["op"] == "done", taken

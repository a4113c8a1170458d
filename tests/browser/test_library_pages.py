"""The library and a recording's page in a Chromium: played, read along, talked along, searched,
opened and closed while somebody looks; photographed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.axe import violations
from tests.browser.chromium import a_visitor
from tests.browser.cues import Cue, at_the_second_item, given
from tests.browser.screens import photograph, settled
from tests.journeys.running_demo import Demo, Visitor, a_demo

Look = Callable[[Page, str], Awaitable[list[str]]]

FILM = "03"
ROOM = "room:aalborg"
SAID = ("Her er vi ved tallene.", "Det kender vi hjemmefra.")
_PLAYS = """() => {
  const video = document.querySelector("video");
  return video && !video.paused && video.readyState >= 3 && video.currentTime > 0.2;
}"""
# Where a picture was led to, which plays on from there.
_NOTE_SEEKS = """() => {
  const video = document.querySelector("video");
  const sought = (window.__sought = []);
  video.addEventListener("seeking", () => sought.push(video.currentTime));
}"""
_WAS_LED_TO = "(at) => window.__sought.some((each) => Math.abs(each - at) < 1.5)"
# Nearly still, so that what is said there is said as long as it is looked for.
_SLOWLY = "() => { document.querySelector('video').playbackRate = 0.1; }"
_STOPPED_AT = """(at) => {
  const video = document.querySelector("video");
  video.pause();
  video.currentTime = at;
}"""
# In the page's own time: asked from outside, it has gone on before the answer is there.
_STOPPED_WHEN_SHOWN = """(text) => {
  if (!document.querySelector("main").innerText.includes(text)) return null;
  const video = document.querySelector("video");
  video.pause();
  return { at_s: video.currentTime };
}"""

pytestmark = pytest.mark.browser


async def a_film_was_shown(demo: Demo) -> None:
    """Fourteen seconds of a film, in which Aalborg's room says something twice."""
    moderator, _ = await at_the_second_item(demo)
    mette = await demo.sign_in("aalborg")
    await mette.open(ROOM)
    await given(moderator, Cue("next", {"after": "02"}, FILM, "film"))
    for text in SAID:
        await asyncio.sleep(4)  # what is written must stand apart in the recording
        assert (await mette.do(ROOM, "post_message", text=text))["op"] == "done"
    await asyncio.sleep(4)
    assert (await moderator.do("show", "next", after=FILM))["op"] == "done"


async def axe_alone(page: Page, name: str) -> list[str]:
    """What is wrong with a page as it stands, in words."""
    await settled(page)
    return [f"{name}: {each}" for each in await violations(page)]


async def the_secretariat(demo: Demo) -> Visitor:
    secretariat = await demo.sign_in("secretariat")
    await secretariat.open("library")
    return secretariat


@pytest.mark.parametrize(
    "look",
    [
        pytest.param(axe_alone, id="played"),
        pytest.param(photograph, id="photographed", marks=pytest.mark.long),
    ],
)
async def test_a_recording_is_played_read_and_talked_along(
    tmp_path: Path, browser: Browser, look: Look
) -> None:
    async with a_demo(tmp_path) as demo:
        await a_film_was_shown(demo)
        secretariat = await the_secretariat(demo)
        enter = demo.links["people"]["aalborg"]["enter"]
        async with a_visitor(browser, enter) as (page, complaints):
            way = page.get_by_role("link", name="Bibliotek")
            await way.wait_for()
            await page.get_by_role("heading", level=1).wait_for()
            faults = await look(page, "watch-with-library")
            await way.click()
            await expect(page.get_by_role("heading", level=1, name="Bibliotek")).to_be_visible()
            locked = page.get_by_role("listitem").filter(has_text="Dagtilbud")
            await expect(page.get_by_text("Åbner kl. 09.0").first).to_be_visible()
            await expect(locked.first).to_be_visible()
            faults += await look(page, "library")

            await page.get_by_role("searchbox").fill("demonstr")
            hit = page.get_by_role("link", name="Filmen her er lavet til demonstration").first
            await expect(hit).to_be_visible()
            faults += await look(page, "library-search")
            await hit.click()
            await page.wait_for_url("**/bibliotek/03?t=*")
            await page.wait_for_function(_PLAYS)

            await the_text_leads_into_the_picture(page)
            faults += await look(page, "recording-text")
            await the_conversation_comes_with_the_picture(page)
            faults += await look(page, "recording-talk")
            await it_goes_on_where_it_was_left(page, demo)

            closed = await secretariat.do("library", "close_now", item=FILM, audience="attendees")
            assert closed["op"] == "done", closed
            closed = await secretariat.do("library", "close_now", item=FILM, audience="registered")
            assert closed["op"] == "done", closed
            await expect(page.get_by_role("alert")).to_contain_text("lukket")
            await expect(page.locator("video")).to_have_count(0)  # nothing goes on playing
            faults += await look(page, "recording-closed")
            opened = await secretariat.do("library", "open_now", item=FILM, audience="registered")
            assert opened["op"] == "done", opened
            await page.wait_for_function(_PLAYS)
            assert [one for one in complaints.heard if "403" not in one and "404" not in one] == []
        faults += await a_stranger_sees_what_is_open_to_everybody(demo, secretariat, browser, look)
        assert demo.traces() == []
        assert faults == [], "\n".join(faults)


async def the_text_leads_into_the_picture(page: Page) -> None:
    """A line is a link to where it is said, and the line that is said now is marked."""
    line = page.get_by_role("link", name="Filmen her").first
    address = await line.get_attribute("href")
    assert address is not None
    await page.evaluate(_NOTE_SEEKS)
    await page.evaluate(_SLOWLY)
    await line.click()
    minutes, seconds = address.partition("?t=")[2].split(":")
    at_s = 60 * int(minutes) + int(seconds)
    await page.wait_for_function(_WAS_LED_TO, arg=at_s)
    await expect(page.locator("[aria-current=true]")).to_contain_text("Filmen her")
    assert page.url.endswith(address)
    await page.get_by_placeholder("Find i teksten").fill("UNDERTEKSTERNE")
    await expect(page.get_by_text("linje", exact=False).first).to_be_visible()
    await page.get_by_placeholder("Find i teksten").fill("")


async def the_conversation_comes_with_the_picture(page: Page) -> None:
    """No message stands there before the picture has come to it; its time leads back to it."""
    await page.get_by_role("tab", name="Samtale").click()
    await page.evaluate(_STOPPED_AT, 0.3)
    first, second = (page.get_by_text(text) for text in SAID)
    await expect(first).to_have_count(0)
    await page.get_by_role("tab", name="Samtale").press(">")
    await page.keyboard.press(">")
    await page.keyboard.press("k")
    shown = await page.wait_for_function(_STOPPED_WHEN_SHOWN, arg=SAID[0])
    at_s = (await shown.json_value())["at_s"]
    await expect(first).to_be_visible()
    await expect(second).to_have_count(0)
    assert 2 < at_s < 9, at_s
    await page.keyboard.press("k")
    await expect(second).to_be_visible()
    await page.evaluate(_NOTE_SEEKS)
    await first.locator("xpath=ancestor::li").get_by_role("button").click()
    await page.wait_for_function(_WAS_LED_TO, arg=at_s)
    await page.get_by_role("button", name="KL's udvalg").click()
    await expect(page.get_by_text("Der blev ikke skrevet noget")).to_be_visible()
    await page.get_by_role("button", name="Jeres rum").click()


async def it_goes_on_where_it_was_left(page: Page, demo: Demo) -> None:
    """What one device has told, another one goes on from."""
    there = await demo.sign_in("aalborg")
    await there.get_until("/api/viewings", lambda answer: FILM in answer.text)
    await page.get_by_role("link", name="Bibliotek").click()
    await expect(page.get_by_role("heading", level=1, name="Bibliotek")).to_be_visible()
    told = await there.http.put(f"/api/library/{FILM}/viewing", json={"position_s": 7})
    assert told.status_code == 204
    await page.goto(f"{demo.base}/bibliotek/{FILM}")
    await expect(page.get_by_text("Du fortsætter fra 0.07")).to_be_visible()
    await page.wait_for_function("() => document.querySelector('video').currentTime >= 6.9")


async def a_stranger_sees_what_is_open_to_everybody(
    demo: Demo, secretariat: Visitor, browser: Browser, look: Look
) -> list[str]:
    """Returns what is wrong with the pages."""
    context = await browser.new_context(locale="da-DK")
    page = await context.new_page()
    await page.goto(f"{demo.base}/bibliotek")
    await expect(page.get_by_text("åbent for alle lige nu")).to_be_visible()
    faults = await look(page, "library-stranger")
    opened = await secretariat.do("library", "open_now", item=FILM, audience="everybody")
    assert opened["op"] == "done", opened
    await page.reload()
    await page.get_by_role("link", name="Sammenhænge i indsatser").click()
    await page.wait_for_function(_PLAYS)
    await expect(page.get_by_role("tab", name="Samtale")).to_have_count(0)
    faults += await look(page, "recording-stranger")
    await context.close()
    return faults

"""Every page in its main states: photographed, within its width, and nothing for axe to find."""

from __future__ import annotations

import io
import os
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from PIL import Image
from playwright.async_api import Browser, Page, expect

from tests.browser.axe import violations
from tests.browser.chromium import a_chromium, a_visitor, on_the_camera_page
from tests.browser.glass import Glass
from tests.browser.screens import photograph, settled
from tests.journeys.running_demo import Demo, Visitor, a_demo

README_PICTURE = Path(__file__).parents[2] / "web" / "screenshot.png"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(180),
    pytest.mark.asyncio(loop_scope="module"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with a_chromium(camera=True) as browser:
        yield browser


async def test_the_watch_page_through_the_day_and_the_way_to_it(
    tmp_path: Path, browser: Browser
) -> None:
    async with a_demo(tmp_path) as demo:
        moderator = await a_moderator_by_hand(demo)
        enter = demo.links["people"]["aalborg"]["enter"]
        async with a_visitor(browser, enter) as (page, _):
            await take_the_second(moderator)
            await Glass(page).until_playing()
            faults = await photograph(page, "watch-live")
            await moderator.do("show", "announce", text="Lyden i salen er tilbage om et øjeblik.")
            await cue(moderator, page, "next", "02", "Sammenhænge i indsatser")
            faults += await photograph(page, "watch-film-announcement")
            await cue(moderator, page, "next", "03", "Pause")
            await moderator.do("show", "clear_announcement")
            faults += await photograph(page, "watch-break")
            await cue(moderator, page, "take", "04", "Politiske oplæg", item="10")
            faults += await photograph(page, "watch-choose")
            await page.goto(f"{demo.base}/watch?skaerm")
            await Glass(page).until_playing()
            faults += await photograph(page, "watch-screen")
        faults += await the_pages_before_one_is_in(demo, browser)
        assert faults == []


async def the_pages_before_one_is_in(demo: Demo, browser: Browser) -> list[str]:
    """Returns what is wrong with them."""
    context = await browser.new_context(locale="da-DK")
    page = await context.new_page()
    faults: list[str] = []
    for name, path, text in (
        ("enter", enter_path(demo, "aalborg"), "Gå ind til topmødet"),
        ("enter-gone", "/enter/used", "Linket gælder ikke længere"),
        ("signed-out", "/watch", "Du er ikke logget ind"),
        ("camera-key", "/camera", "Brug nøglen"),
    ):
        await page.goto(demo.base + path)
        await expect(page.get_by_text(text).first).to_be_visible()
        faults += await photograph(page, name)
    await context.close()
    return faults


async def test_the_committees_hour(tmp_path: Path, browser: Browser) -> None:
    """Theme meetings, a room that talks, questions and answers, and the board behind it."""
    async with a_demo(tmp_path, "--at", "09.11") as demo:
        await a_room_has_talked(demo)
        await questions_were_asked(demo)
        people = demo.links["people"]
        faults: list[str] = []
        async with a_visitor(browser, people["aalborg-host"]["enter"]) as (page, _):
            await expect(page.get_by_role("heading", name="Vælg op til")).to_be_visible()
            await with_panels_when_wide(page)
            faults += await photograph(page, "watch-themes")
            await page.get_by_role("tab", name="Vores rum").click()
            await expect(page.get_by_text("Vi tager det første")).to_be_visible()
            faults += await photograph(page, "room-host")
            await page.get_by_role("button", name="Søg", exact=True).click()
            await page.get_by_role("searchbox").fill("byraadssalen")
            await expect(page.get_by_role("status").get_by_text("1 besked")).to_be_visible()
            faults += await photograph(page, "room-search")
            await page.keyboard.press("Escape")
            await page.get_by_role("button", name="Noter").click()
            await page.get_by_label("Rummets noter").fill("Pointer fra drøftelsen\n\n- trivsel")
            await expect(page.get_by_text("Gemt", exact=True)).to_be_visible()
            faults += await photograph(page, "room-notes")
            await page.keyboard.press("Escape")
            await page.get_by_role("tab", name="KL's udvalg").click()
            await page.get_by_text("1 besvaret").click()
            await expect(page.get_by_text("De skal op")).to_be_visible()
            faults += await photograph(page, "committee-open")
        async with a_visitor(browser, people["committee"]["enter"]) as (page, _):
            await page.get_by_role("button", name="Tag spørgsmålet").first.click()
            await expect(page.get_by_label("Jeres svar")).to_be_visible()
            faults += await photograph(page, "desk")
        assert faults == []


async def test_behind_the_scene(tmp_path: Path, browser: Browser) -> None:
    async with a_demo(tmp_path) as demo:
        moderator = await a_moderator_by_hand(demo)
        faults: list[str] = []
        async with a_visitor(browser, demo.links["people"]["moderator"]["enter"]) as (page, _):
            await expect(page.get_by_role("heading", name="Kørelisten")).to_be_visible()
            faults += await photograph(page, "backstage-before")
            await take_the_second(moderator)
            await expect(page.get_by_role("button", name="Næste: Indsatser")).to_be_visible()
            faults += await photograph(page, "backstage-on-air")
            await moderator.do("show", "slate")
            await page.keyboard.press("s")
            faults += await photograph(page, "backstage-slate-skip")
        async with on_the_camera_page(browser, demo.links, "kl-huset") as camera:
            faults += await photograph(camera, "camera-sending")
            await what_goes_out_is_shown_without_sound(camera)
            faults += await photograph(camera, "camera-return")
        assert faults == []


async def test_axe_finds_what_is_wrong(browser: Browser) -> None:
    page = await browser.new_page()
    await page.set_content("<html lang=da><title>T</title><main><h1>T</h1><button></button>")
    assert [each.split(":")[0] for each in await violations(page)] == ["button-name"]
    await page.close()


@pytest.mark.skipif("WRITE_SCREENSHOT" not in os.environ, reason="writes a file of the project")
async def test_the_readmes_picture_is_taken(tmp_path: Path, browser: Browser) -> None:
    async with a_demo(tmp_path) as demo:
        moderator = await a_moderator_by_hand(demo)
        await a_room_has_talked(demo)
        enter = demo.links["people"]["aalborg"]["enter"]
        async with a_visitor(browser, enter, width=1280, height=760) as (page, _):
            glass = Glass(page)
            await take_the_second(moderator)
            await page.get_by_role("tab", name="Vores rum").click()
            await page.get_by_role("button", name="Slå lyd til", exact=True).click()
            await glass.until_sized(640, 360)
            await page.mouse.move(1200, 600)
            await page.locator(".stage.idle").wait_for()
            await settled(page)
            taken = await page.screenshot()
    Image.open(io.BytesIO(taken)).convert("RGB").save(README_PICTURE, optimize=True)
    assert README_PICTURE.stat().st_size < 250_000


def enter_path(demo: Demo, key: str) -> str:
    return str(demo.links["people"][key]["enter"]).removeprefix(demo.base)


async def a_moderator_by_hand(demo: Demo) -> Visitor:
    """A moderator at a socket; nothing starts by itself."""
    moderator = await demo.sign_in("moderator")
    await moderator.open()
    assert (await moderator.do("show", "set_mode", mode="manual"))["op"] == "done"
    await moderator.say({"op": "join", "topic": "show"})
    return moderator


async def take_the_second(moderator: Visitor) -> None:
    """Takes `02` after whatever was on air when the moderator took over."""
    show = (await moderator.answer_about("show"))["snapshot"]
    answer = await moderator.do("show", "take", item="02", after=show["now"])
    assert answer["op"] == "done", answer


async def what_goes_out_is_shown_without_sound(camera: Page) -> None:
    """By the camera's own key, with a keyboard; there is no sound that could be turned on."""
    await camera.get_by_role("button", name="Vis det, der sendes ud nu").press("Enter")
    await expect(camera.get_by_role("button", name="Skjul det, der sendes ud nu")).to_be_focused()
    await expect(camera.get_by_text(re.compile(r"^\d+,\d sek. efter$"))).to_be_visible()
    video = camera.locator('video[aria-label="Det, der sendes ud nu"]')
    told = "(video) => [video.muted, video.srcObject.getAudioTracks().length, video.videoWidth > 0]"
    shown = await video.evaluate(told)
    assert shown == [True, 0, True]


async def cue(
    moderator: Visitor, page: Page, command: str, after: str, title: str, **data: str
) -> None:
    """Gives a cue and waits until the page has turned."""
    answer = await moderator.do("show", command, after=after, **data)
    assert answer["op"] == "done", answer
    await expect(page.get_by_role("heading", level=1)).to_contain_text(title)


async def with_panels_when_wide(page: Page) -> None:
    """As whoever sits alone before a very wide screen would have it."""
    await page.set_viewport_size({"width": 1920, "height": 1080})
    await page.get_by_role("button", name="Vis program og rum").click()


async def a_room_has_talked(demo: Demo) -> None:
    """A conversation of two with an answer and something pinned."""
    mette, jens = await demo.sign_in("aalborg"), await demo.sign_in("aalborg-host")
    room = "room:aalborg"
    await mette.open(room)
    await jens.open(room)
    await mette.do(room, "post_message", text="Er I med? Vi sidder otte i byrådssalen.")
    posted = await mette.hear_event(room, "message_posted")
    first = posted["data"]["message"]
    await jens.do(room, "post_message", text="Vi tager det første temamøde sammen.", reply_to=first)
    await jens.do(room, "pin_message", message=first)
    await mette.do(room, "post_message", text="God idé. Jeg siger det til de andre.")


async def questions_were_asked(demo: Demo) -> None:
    """A desk with three questions, one of them answered."""
    mette, soren = await demo.sign_in("aalborg"), await demo.sign_in("aarhus")
    karen = await demo.sign_in("committee")
    await mette.open("committee")
    await soren.open("committee")
    await karen.open("committee.desk")
    for who, text in (
        (mette, "Hvad med normeringerne, når tilsynet skal styrkes?"),
        (soren, "Hvordan får vi sundhedsplejen med i overgangen til dagtilbud?"),
        (mette, "Kan evalueringerne deles på tværs af kommuner?"),
    ):
        assert (await who.do("committee", "ask_question", text=text))["op"] == "done"
    asked = await soren.hear_event("committee", "question_asked")
    question = asked["data"]["question"]
    await soren.do("committee", "vote", question=question)
    await karen.do("committee.desk", "claim", question=question)
    answered = await karen.do("committee.desk", "answer", question=question, text="De skal op.")
    assert answered["op"] == "done", answered

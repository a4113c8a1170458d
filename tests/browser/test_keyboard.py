"""Every control by keyboard, focus always seen and never taken, motion and colours as asked."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.browser.axe import violations
from tests.browser.chromium import a_visitor
from tests.browser.keyboard import tab_through
from tests.browser.screens import FOLDER
from tests.journeys.running_demo import Demo, a_demo

pytestmark = [pytest.mark.browser, pytest.mark.timeout(90)]

LONGEST_MOTION = """() => Math.max(...[...document.querySelectorAll("*")].flatMap((one) => {
  const style = getComputedStyle(one);
  return `${style.transitionDuration},${style.animationDuration}`.split(",").map(parseFloat);
}))"""

CAMERA = "/camera?source=kl-huset#key=nej"
A_SLOW_CAMERA = """
  const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  const asked = new Promise((resolve) => { window.__allow = resolve; });
  navigator.mediaDevices.getUserMedia = async (wanted) => { await asked; return open(wanted); };
"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def demo(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Demo]:
    async with a_demo(tmp_path_factory.mktemp("day"), "--at", "09.11") as demo:
        yield demo


async def assert_usable(page: Page) -> None:
    found = await tab_through(page)
    assert found.missed == ()
    assert found.ringless == ()
    assert len(found.order) > 2


async def test_tab_reaches_everything_and_shows_where_it_is(demo: Demo, browser: Browser) -> None:
    people = demo.links["people"]
    page = await browser.new_page(locale="da-DK")
    await page.goto(people["aalborg"]["enter"])
    await expect(page.get_by_role("main").get_by_role("button").first).to_be_visible()
    await assert_usable(page)
    await page.goto(demo.base + CAMERA)
    await expect(page.get_by_label("Det, kameraet ser").locator("video")).to_be_visible()
    await assert_usable(page)
    await page.close()
    async with a_visitor(browser, people["aalborg-host"]["enter"]) as (page, _):
        await expect(page.get_by_role("heading", name="Vælg op til")).to_be_visible()
        await assert_usable(page)
        for tab in ("Vores rum", "KL's udvalg"):
            await page.get_by_role("tab", selected=True).press("ArrowRight")
            await expect(page.get_by_role("tab", name=tab)).to_be_focused()
            await assert_usable(page)
    async with a_visitor(browser, people["moderator"]["enter"]) as (page, _):
        await expect(page.get_by_role("heading", name="Kørelisten")).to_be_visible()
        await assert_usable(page)
        await page.goto(f"{demo.base}/desk")
        await expect(page.get_by_text("Læs spørgsmål, før de vises")).to_be_visible()
        await assert_usable(page)


async def test_a_camera_that_opens_late_takes_no_button_from_under_the_focus(
    demo: Demo, browser: Browser
) -> None:
    page = await browser.new_page(locale="da-DK")
    await page.add_init_script(A_SLOW_CAMERA)
    await page.goto(demo.base + CAMERA)
    await expect(page.get_by_role("status").get_by_text("Kameraet åbnes")).to_be_visible()
    await expect(page.get_by_role("button", name="Vis kameraet")).to_have_count(0)
    start = page.get_by_role("button", name="Begynd at sende")
    await start.focus()
    await page.evaluate("window.__allow()")
    await expect(page.get_by_label("Det, kameraet ser").locator("video")).to_be_visible()
    await expect(start).to_be_focused()
    await page.close()


async def test_the_round_goes_on_where_a_control_vanishes_under_the_focus(browser: Browser) -> None:
    page = await browser.new_page()
    await page.set_content(
        "<style>:focus { outline: 2px solid }</style><button>Først</button>"
        "<button onfocus='setTimeout(() => this.remove())'>Går</button><button>Sidst</button>"
    )
    found = await tab_through(page)
    assert found.order[0] == "button Først"
    assert found.order[-1] == "button Sidst"
    assert found.missed == ()
    await page.close()


AFTER_THE_DAY = {
    "secretariat": (
        ("/adgang", "Som alle tilmeldte"),
        ("/recordings", "Her kommer dagens optagelser"),
        ("/undertekster", "Velkommen tilbage"),
        ("/films", "Temamøde 1: Evaluering"),
    ),
    "aalborg-host": (
        ("/bibliotek", "Resten af dagen"),
        ("/bibliotek/tema-1", "Evaluering"),
        ("/deling", "Lav et link"),
    ),
}


@pytest.mark.parametrize("who", AFTER_THE_DAY)
async def test_tab_reaches_everything_on_the_pages_for_after_the_day(
    demo: Demo, browser: Browser, who: str
) -> None:
    context = await browser.new_context(locale="da-DK")
    await context.request.post(demo.links["people"][who]["enter"], max_redirects=0)
    page = await context.new_page()
    for path, text in AFTER_THE_DAY[who]:
        await page.goto(demo.base + path)
        await expect(page.get_by_text(text).first).to_be_visible()
        await assert_usable(page)
    await context.close()


async def test_a_message_is_written_sent_and_answered_without_a_mouse(
    demo: Demo, browser: Browser
) -> None:
    soren = await demo.sign_in("aarhus-host")
    await soren.open("room:aarhus")
    async with a_visitor(browser, demo.links["people"]["aarhus"]["enter"]) as (page, _):
        await page.get_by_role("tab", selected=True).press("ArrowRight")
        await page.get_by_label("Skriv til jeres rum").focus()
        await page.keyboard.type("Godmorgen fra Aarhus")
        await page.keyboard.press("Enter")
        heard = await soren.hear_event("room:aarhus", "message_posted")
        assert heard["data"]["text"] == "Godmorgen fra Aarhus"

        await page.keyboard.type("Halvt færdig")
        await soren.do("room:aarhus", "post_message", text="Er alle kommet?")
        await expect(page.get_by_role("log")).to_contain_text("Er alle kommet?")
        composer = page.get_by_label("Skriv til jeres rum")
        await expect(composer).to_be_focused()
        await expect(composer).to_have_value("Halvt færdig")


async def test_a_cue_can_be_taken_back_with_escape(demo: Demo, browser: Browser) -> None:
    async with a_visitor(browser, demo.links["people"]["moderator"]["enter"]) as (page, _):
        skip = page.get_by_role("button", name="Spring over").first
        await expect(skip).to_be_enabled()
        await skip.press("Enter")
        proposal = page.get_by_role("button", name="Fortryd")
        await expect(proposal).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(proposal).to_be_hidden()
        await expect(skip).to_be_focused()


async def test_motion_and_colours_are_as_the_machine_asks(demo: Demo, browser: Browser) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for key, path in (("aalborg", "/watch"), ("moderator", "/backstage")):
        async with a_visitor(browser, demo.links["people"][key]["enter"]) as (page, _):
            await page.wait_for_url(f"**{path}")
            await page.emulate_media(reduced_motion="reduce", forced_colors="active")
            await expect(page.get_by_role("heading", level=1)).to_be_attached()
            assert await page.evaluate(LONGEST_MOTION) == 0
            # Contrast is the machine's own doing here.
            assert await violations(page, without=("color-contrast",)) == []
            await page.screenshot(path=FOLDER / f"forced-colours-{key}.png")

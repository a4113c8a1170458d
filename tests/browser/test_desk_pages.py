"""The committee's hour on its three pages and the hall's screen: seen, and by keyboard alone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.chromium import a_visitor
from tests.browser.keyboard import tab_through
from tests.browser.screens import photograph, settled
from tests.journeys.running_demo import Demo, Visitor, a_demo

pytestmark = pytest.mark.browser

DESK, PUBLIC = "committee.desk", "committee"
STAFFING = "Hvad med normeringerne, når tilsynet skal styrkes?"
ALIKE = "Hvad sker der med normeringen, når tilsyn styrkes?"
TEN_METRES_PX = 64
"""Letters of this size on a screen of 1080 lines are read from the back of a hall."""


async def done(who: Visitor, topic: str, name: str, **data: object) -> None:
    answer = await who.do(topic, name, **data)
    assert answer["op"] == "done", answer


async def asked_and_held(demo: Demo) -> tuple[Visitor, Visitor]:
    """Two questions are public, three are held, one of them like another.

    Returns:
        The moderator and the member of the committee, at their desk.
    """
    ida, karen = await demo.sign_in("moderator"), await demo.sign_in("committee")
    mette, soren = await demo.sign_in("aalborg"), await demo.sign_in("aarhus")
    jens, niels = await demo.sign_in("aalborg-host"), await demo.sign_in("individual")
    _, joined = await ida.open(DESK, PUBLIC)
    if joined["snapshot"]["window"]["state"] != "open":
        await ida.hear_event(PUBLIC, "window_opened")
    await karen.open(DESK)
    for who in (mette, soren, jens, niels):
        await who.open(PUBLIC)
    await done(mette, PUBLIC, "ask_question", text=STAFFING)
    overgang = "Hvordan får vi sundhedsplejen med i overgangen til dagtilbud?"
    await done(soren, PUBLIC, "ask_question", text=overgang)
    await done(soren, PUBLIC, "vote", question="q1")
    await mette.do("proposals:aalborg", "propose", text="Hvem betaler for et styrket tilsyn?")
    await done(jens, "proposals:aalborg", "back_proposal", proposal="aalborg.p1")
    await done(ida, DESK, "set_review", on=True)
    await done(soren, PUBLIC, "ask_question", text=ALIKE)
    await done(niels, PUBLIC, "ask_question", text="Køb min bog?", anonymous=True)
    await done(mette, PUBLIC, "ask_question", text="Kan evalueringer deles på tværs?")
    return ida, karen


class Look:
    """Photographs the states of the pages, and presses Tab through them; or passes them by."""

    def __init__(self, takes: bool) -> None:
        self.takes = takes
        self.faults: list[str] = []

    async def at(self, page: Page, name: str) -> None:
        if self.takes:
            self.faults += await photograph(page, name)

    async def tab_through(self, page: Page, name: str) -> None:
        if self.takes:
            found = await tab_through(page)
            self.faults += [f"{name}: Tab does not reach {one}" for one in found.missed]
            self.faults += [f"{name}: focus is not seen on {one}" for one in found.ringless]


async def test_a_question_goes_its_way_by_keyboard_and_the_hall_sees_it(
    tmp_path: Path, browser: Browser
) -> None:
    await the_hour(tmp_path, browser, Look(False))


@pytest.mark.long
async def test_the_three_views_of_the_desk_and_the_screen_are_seen(
    tmp_path: Path, browser: Browser
) -> None:
    look = Look(True)
    await the_hour(tmp_path, browser, look)
    assert look.faults == []


async def the_hour(tmp_path: Path, browser: Browser, look: Look) -> None:
    async with a_demo(tmp_path, "--at", "09.11") as demo:
        ida, karen = await asked_and_held(demo)
        await at_the_moderators_desk(demo, browser, look, ida, karen)
        await in_the_hall(demo, browser, look, ida)
        await at_the_hosts(demo, browser, look, ida)
        await at_the_committees_desk(demo, browser, look)


async def at_the_moderators_desk(
    demo: Demo, browser: Browser, look: Look, ida: Visitor, karen: Visitor
) -> None:
    async with a_visitor(browser, demo.links["people"]["moderator"]["enter"], plays=False) as (
        page,
        _,
    ):
        await page.goto(f"{demo.base}/desk")
        await expect(page.get_by_text("Ligner:")).to_be_visible()
        await look.at(page, "desk-moderator-held")
        await look.tab_through(page, "desk-moderator-held")
        await the_moderator_settles_many(page)
        await done(ida, DESK, "set_approval", approval="moderators")
        await done(karen, DESK, "answer", question="q2", text="Den skal med fra første møde.")
        approve = page.get_by_role("button", name="Godkend og vis for alle")
        await expect(approve).to_be_visible()
        await look.at(page, "desk-moderator-queue")
        await look.tab_through(page, "desk-moderator-queue")
        await approve.press("Enter")
        await expect(page.get_by_text("godkendt af Ida Bech")).to_be_visible()


async def in_the_hall(demo: Demo, browser: Browser, look: Look, ida: Visitor) -> None:
    """The screen turns by itself as the moderator pins; nobody touches it."""
    staff = demo.links["people"]["staff"]["enter"]
    async with a_visitor(browser, staff, width=1920, height=1080, plays=False) as (
        screen,
        complaints,
    ):
        await screen.goto(f"{demo.base}/screen")
        await expect(screen.get_by_text("Stil jeres spørgsmål")).to_be_visible()
        await look.at(screen, "screen-waiting")
        await done(ida, DESK, "pin_question", question="q3")
        await expect(screen.get_by_role("heading", name="Kan evalueringer")).to_be_visible()
        await done(ida, DESK, "unpin_question", question="q3")
        await expect(screen.get_by_text("Stil jeres spørgsmål")).to_be_visible()
        await done(ida, DESK, "pin_question", question="q1")
        await expect(screen.get_by_role("heading", name=STAFFING)).to_be_visible()
        await look.at(screen, "screen-pinned")
        await it_is_read_from_ten_metres(screen)
        assert complaints.heard == []


async def at_the_hosts(demo: Demo, browser: Browser, look: Look, ida: Visitor) -> None:
    async with a_visitor(browser, demo.links["people"]["aalborg-host"]["enter"]) as (page, _):
        await page.get_by_role("tab", name="KL's udvalg").click()
        await expect(page.get_by_text("På skærmen nu")).to_be_visible()
        await the_host_sends_one_on(page, ida)
        await look.at(page, "committee-proposals")
        await page.get_by_label("Dit spørgsmål til KL's udvalg").fill(ALIKE)
        await expect(page.get_by_text("Det ligner noget")).to_be_visible()
        await look.at(page, "committee-alike")


async def at_the_committees_desk(demo: Demo, browser: Browser, look: Look) -> None:
    async with a_visitor(browser, demo.links["people"]["committee"]["enter"], plays=False) as (
        page,
        _,
    ):
        await page.goto(f"{demo.base}/desk")
        await page.get_by_role("button", name="Tag spørgsmålet").first.press("Enter")
        await expect(page.get_by_label("Jeres svar")).to_be_visible()
        await look.at(page, "desk-committee")
        await look.tab_through(page, "desk-committee")
        await page.get_by_role("button", name="Svares nu i udsendelsen").press("Enter")
        await the_place_is_set_right(page)
        await look.at(page, "desk-committee-answered")
        shown = await page.evaluate("() => fetch('/api/show').then((answer) => answer.json())")
        item = next(one["id"] for one in shown["items"] if one["kind"] == "committee_chat")
        await page.goto(f"{demo.base}/questions/{item}")
        await expect(page.get_by_text("Besvaret i udsendelsen kl.")).to_be_visible()
        await look.at(page, "questions")


async def the_moderator_settles_many(page: Page) -> None:
    """All by keyboard: the advertisement is declined, the rest let through, the double joined."""
    await page.get_by_role("button", name="Læg sammen").first.press("Enter")
    await expect(page.get_by_text("Ligner:")).to_have_count(0)
    await page.get_by_role("checkbox", name="Vælg: Køb min bog?").press("Space")
    await page.get_by_role("button", name="Tag 1 ikke med").press("Enter")
    await expect(page.get_by_text("får besked")).to_be_visible()
    await page.get_by_role("button", name="Tag 1 ikke med").press("Enter")
    await expect(page.get_by_role("checkbox", name="Vælg: Køb min bog?")).to_have_count(0)
    await page.get_by_role("checkbox", name="Vælg alle").press("Space")
    await page.get_by_role("button", name="Vis 1 for alle").press("Enter")
    await expect(page.get_by_text("Ingen spørgsmål venter på dig.")).to_be_visible()


async def it_is_read_from_ten_metres(screen: Page) -> None:
    for width, height in ((1920, 1080), (3840, 2160)):
        await screen.set_viewport_size({"width": width, "height": height})
        await settled(screen)  # the words are set anew once the page has its new size
        text = screen.get_by_role("heading", name=STAFFING)
        size = await text.evaluate("(box) => parseFloat(getComputedStyle(box).fontSize)")
        assert size >= TEN_METRES_PX * height / 1080
        fits = "(box) => box.scrollHeight <= box.clientHeight && box.scrollWidth <= box.clientWidth"
        assert await text.evaluate(fits)
    await screen.set_viewport_size({"width": 1920, "height": 1080})


async def the_host_sends_one_on(page: Page, ida: Visitor) -> None:
    await page.get_by_role("button", name="Send til udvalget").press("Enter")
    words = page.get_by_label("Spørgsmålet, som udvalget får det")
    await words.fill("Hvem betaler, når tilsynet styrkes?")
    await page.get_by_role("button", name="Send til udvalget").press("Enter")
    await expect(page.get_by_text("Sendt til udvalget")).to_be_visible()
    received = await ida.hear_event(DESK, "question_received")
    while received["data"].get("proposal") is None:
        received = await ida.hear_event(DESK, "question_received")
    assert received["data"]["municipality"] == "aalborg"
    await done(ida, DESK, "approve_question", question=received["data"]["question"])
    await expect(page.get_by_text("Aalborg spørger, sendt af")).to_be_visible()


async def the_place_is_set_right(page: Page) -> None:
    began = page.get_by_text(re.compile(r"^Svaret begynder kl\.\s\d\d\.\d\d\.\d\d$"))
    await expect(began).to_be_visible()
    before = await began.inner_text()
    await page.get_by_role("button", name="10 sek. før").press("Enter")
    await expect(began).not_to_have_text(before)

"""A host and their people in the rooms: groups, guests, mentions, the host's hand; by keyboard."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.browser.chromium import a_visitor
from tests.browser.keyboard import tab_through
from tests.browser.scenes import a_moderator_by_hand, a_room_has_talked, with_panels_when_wide
from tests.browser.screens import photograph
from tests.journeys.running_demo import Demo, Visitor, a_demo

pytestmark = pytest.mark.browser


ROOM = "room:aalborg"
GROUP = "Børne- og Ungeudvalget"


async def test_a_host_opens_a_group_by_keyboard_and_a_member_is_called_into_it(
    tmp_path: Path, browser: Browser
) -> None:
    async with a_demo(tmp_path, "--at", "09.02") as demo:
        people = demo.links["people"]
        async with (
            a_visitor(browser, people["aalborg-host"]["enter"]) as (host, _),
            a_visitor(browser, people["aalborg"]["enter"]) as (mette, _),
        ):
            await open_a_group(host)
            await name_the_first(host, "mett", "Mette Nørgaard")
            tab = mette.get_by_role("tab", name=GROUP)
            await expect(tab).to_be_visible()
            await call(host, "@mett", "ser du det her?")
            await expect(tab).to_contain_text("@1")
            await expect(tab).to_contain_text("du er nævnt")
            await tab.click()
            await expect(shown(mette).get_by_text("Kun gruppens 2 medlemmer")).to_be_visible()
            faults = await photograph(mette, "group-member")
            await host.get_by_role("tab", name="Vores rum").click()
            await is_shown_out(host, mette)
            await name_the_first(host, "mett", "Mette Nørgaard", opened=True)
            faults += await leaves(mette)
            await expect(shown(host).get_by_text("Har selv forladt gruppen: Mette")).to_be_visible()
            faults += await photograph(host, "group-left")
        assert faults == []


@pytest.mark.long
async def test_a_room_in_all_its_states_is_fit_to_be_seen(tmp_path: Path, browser: Browser) -> None:
    """The sheet with the host's tools, a discussion with its questions, a pause, a closed room."""
    async with a_demo(tmp_path) as demo:
        people = demo.links["people"]
        moderator = await a_moderator_by_hand(demo)
        await a_room_has_talked(demo)
        host = await demo.sign_in("aalborg-host")
        await host.open(ROOM, "room.host:aalborg", "groups:aalborg")
        mette = await demo.sign_in("aalborg")
        await mette.open(ROOM)
        groups, id = "groups:aalborg", mette.me["id"]
        for topic, name, data in (
            (groups, "open_group", {"group": "udvalg", "title": GROUP}),
            (groups, "name_member", {"group": "udvalg", "person": id}),
            (groups, "open_group", {"group": "skole", "title": "Gl. Hasseris Skole"}),
            (groups, "invite_guest", {"person": moderator.me["id"]}),
            ("room.host:aalborg", "set_word_list", {"words": ["pokker*", "bøvl"]}),
            (ROOM, "set_slow_mode", {"seconds": 30}),
        ):
            assert (await host.do(topic, name, **data))["op"] == "done", name
        assert (await mette.do(ROOM, "count_heads", people=6))["op"] == "done"
        faults = await seen_in_a_discussion(demo, browser, moderator)
        await host.do(ROOM, "mute_person", person=id, minutes=30)
        async with a_visitor(browser, people["aalborg"]["enter"]) as (page, _):
            await page.get_by_role("tab", name="Vores rum").click()
            await expect(shown(page).get_by_text("på pause til kl.")).to_be_visible()
            faults += await photograph(page, "room-muted")
            await host.do(ROOM, "close_room")
            await expect(shown(page).get_by_text("Rummet er lukket")).to_be_visible()
            faults += await photograph(page, "room-closed")
        async with a_visitor(browser, people["aalborg-host"]["enter"]) as (page, _):
            await page.get_by_role("tab", name="Vores rum").click()
            await with_panels_when_wide(page)
            await page.get_by_role("tab", name="Vores rum").click()
            await shown(page).get_by_role("button", name="Om rummet").click()
            await expect(shown(page).get_by_text("Gl. Hasseris Skole")).to_be_visible()
            faults += await photograph(page, "room-tools")
            await shown(page).locator("summary", has_text=GROUP).click()
            adding = shown(page).get_by_role("combobox", name="Tilføj et medlem")
            await adding.first.scroll_into_view_if_needed()
            faults += await photograph(page, "room-tools-group")
            assert (await tab_through(page)).missed == ()
        async with a_visitor(browser, people["moderator"]["enter"]) as (page, _):
            await page.goto(f"{demo.base}/watch")
            await page.get_by_role("tab", name="Aalborg").click()
            await expect(shown(page).get_by_text("Du er gæst i Aalborg Kommune")).to_be_visible()
            faults += await photograph(page, "room-guest")
        assert faults == []


async def seen_in_a_discussion(demo: Demo, browser: Browser, moderator: Visitor) -> list[str]:
    """Lunch: the room's hour, with the questions of what was shown before it."""
    show = (await moderator.answer_about("show"))["snapshot"]
    for item, after in (("05", show["now"]), ("08", "05")):
        answer = await moderator.do("show", "take", item=item, after=after)
        assert answer["op"] == "done", answer
    async with a_visitor(browser, demo.links["people"]["aalborg"]["enter"]) as (page, _):
        await page.get_by_role("tab", name="Vores rum").click()
        await expect(shown(page).get_by_text("Tid til drøftelse")).to_be_visible()
        await shown(page).get_by_text("Spørgsmål til drøftelsen").click()
        await expect(shown(page).get_by_text("Hvor mangler der sammenhæng")).to_be_visible()
        return await photograph(page, "room-discussion")


def shown(page: Page) -> Locator:
    """The panel that is in front."""
    return page.locator("[role=tabpanel]:not([hidden])")


async def open_a_group(host: Page) -> None:
    await host.get_by_role("tab", selected=True).press("ArrowRight")
    await shown(host).get_by_role("button", name="Om rummet").press("Enter")
    await shown(host).get_by_label("Gruppens navn").fill(GROUP)
    await host.keyboard.press("Enter")
    await expect(host.get_by_role("tab", name=GROUP)).to_be_visible()


async def name_the_first(host: Page, begun: str, name: str, *, opened: bool = False) -> None:
    if not opened:
        await shown(host).locator("summary", has_text=GROUP).press("Enter")
    await shown(host).get_by_role("combobox", name="Tilføj et medlem").type(begun)
    await expect(shown(host).get_by_role("option", name=name)).to_be_visible()
    await host.keyboard.press("Enter")
    await expect(shown(host).get_by_text("2 medlemmer")).to_be_visible()


async def call(host: Page, begun: str, text: str) -> None:
    """Writes in the group, a name completed behind the @ by Enter."""
    await host.get_by_role("tab", name=GROUP).click()
    await shown(host).get_by_label("Skriv til jeres rum").type(begun)
    await expect(shown(host).get_by_role("option", name="Mette Nørgaard")).to_be_visible()
    await host.keyboard.press("Enter")
    await host.keyboard.type(text)
    await expect(shown(host).get_by_label("Skriv til jeres rum")).to_have_value(
        f"@Mette Nørgaard {text}"
    )
    await host.keyboard.press("Enter")
    await expect(shown(host).get_by_role("log")).to_contain_text(text)


async def leaves(member: Page) -> list[str]:
    """By itself, in two steps; the page says so."""
    await with_panels_when_wide(member)
    await member.get_by_role("tab", name=GROUP).click()
    await shown(member).get_by_role("button", name="Om rummet").press("Enter")
    await shown(member).get_by_role("button", name="Én mere").press("Enter")
    await expect(shown(member).get_by_text("3 personer i alt")).to_be_visible()
    await shown(member).get_by_role("button", name="Forlad gruppen").press("Enter")
    faults = await photograph(member, "group-leaving")
    await shown(member).get_by_role("button", name="Forlad gruppen").press("Enter")
    await expect(member.get_by_role("tab", name=GROUP)).to_have_count(0)
    return faults


async def is_shown_out(host: Page, member: Page) -> None:
    """Removed by the host, with the room open: it is gone, and the page says so."""
    await host.get_by_role("button", name="Fjern Mette Nørgaard fra gruppen").click()
    await expect(member.get_by_role("tab", name=GROUP)).to_have_count(0)
    await expect(member.get_by_text(f"Du er ikke længere med i {GROUP}")).to_be_visible()
    await expect(member.get_by_text("ser du det her?")).to_have_count(0)


async def test_rooms_are_apart_and_the_committee_answers_both(
    tmp_path: Path, browser: Browser
) -> None:
    async with (
        a_demo(tmp_path, "--at", "09.11") as demo,
        a_visitor(browser, printed_link(demo, "aalborg")) as (aalborg, _),
        a_visitor(browser, printed_link(demo, "aarhus")) as (aarhus, _),
        a_visitor(browser, printed_link(demo, "committee")) as (committee, _),
    ):
        for page, text in ((aalborg, "Kun os i Aalborg"), (aarhus, "Kun os i Aarhus")):
            await page.get_by_role("tab", name="Vores rum").click()
            await page.get_by_label("Skriv til jeres rum").fill(text)
            await page.get_by_role("button", name="Send", exact=True).click()
            await expect(page.get_by_role("log")).to_contain_text(text)
        await expect(aalborg.get_by_role("log")).not_to_contain_text("Aarhus")
        await expect(aarhus.get_by_role("log")).not_to_contain_text("Kun os i Aalborg")

        await aalborg.get_by_role("tab", name="KL's udvalg").click()
        await aalborg.get_by_label("Dit spørgsmål til KL's udvalg").fill("Hvad med børnene?")
        await aalborg.get_by_role("button", name="Send spørgsmål").click()
        await aarhus.get_by_role("tab", name="KL's udvalg").click()
        await aarhus.get_by_role("button", name="Stem på spørgsmålet").click()
        voted = aalborg.get_by_role("button", name="Stem på spørgsmålet. 1 stemme")
        await expect(voted).to_be_visible()

        await committee.get_by_role("button", name="Tag spørgsmålet").click()
        await committee.get_by_label("Jeres svar").fill("De er det hele værd.")
        await committee.get_by_role("button", name="Send svar").click()
        for page in (aalborg, aarhus):
            await expect(page.get_by_text("De er det hele værd.")).to_be_visible()
            await expect(page.get_by_text("Karen Friis")).to_be_visible()
        for page, of_others in ((aalborg, "Aarhus"), (aarhus, "Aalborg"), (committee, "A")):
            assert f"Kun os i {of_others}" not in (await page.text_content("body") or "")


def printed_link(demo: Demo, key: str) -> str:
    """The link as it is printed: a host name of one's own, so that many fit in one browser."""
    enter = str(demo.links["people"][key]["enter"])
    return enter.replace("127.0.0.1", f"{key}.localhost")

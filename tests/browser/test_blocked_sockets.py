"""A browser behind a proxy that lets no WebSocket through: in within five seconds, nothing lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.blocked_sockets import Manner, Proxy, a_proxy
from tests.journeys.running_demo import Visitor, a_demo

pytestmark = [pytest.mark.browser, pytest.mark.alone]

ON_STREAM_WITHIN_S = 5.0
ROOM = "room:aalborg"


@pytest.mark.long
@pytest.mark.parametrize("manner", ["swallows", "refuses"])
async def test_who_cannot_have_a_socket_talks_by_server_sent_events(
    tmp_path: Path, browser: Browser, manner: Manner
) -> None:
    async with a_demo(tmp_path) as demo, a_proxy(demo.port, manner) as proxy:
        jens = await demo.sign_in("aalborg-host")
        await jens.open(ROOM)
        context = await browser.new_context(
            locale="da-DK", proxy={"server": f"http://127.0.0.1:{proxy.port}"}
        )
        page = await context.new_page()
        await page.goto(demo.links["people"]["aalborg"]["enter"])
        await page.get_by_role("button", name="Gå ind til topmødet").click()
        await page.get_by_role("tab", name="Vores rum").click()
        await expect(page.get_by_text("Her er stille endnu")).to_be_visible()
        told = proxy.asked_at_s
        assert told["/rt/events"] - told["CONNECT"] <= ON_STREAM_WITHIN_S, told

        await the_two_talk(page, jens)
        await what_was_said_while_the_line_was_gone_comes_once(page, jens, proxy)
        await whoever_is_put_out_is_told(page)
        await context.close()
        assert demo.traces() == []


async def the_two_talk(page: Page, jens: Visitor) -> None:
    """Three messages in one breath keep their order, as on a socket."""
    composer = page.get_by_label("Skriv til jeres rum")
    for text in ("Første", "Anden", "Tredje"):
        await composer.fill(text)
        await composer.press("Enter")
    said = [await jens.hear_event(ROOM, "message_posted") for _ in range(3)]
    assert [each["data"]["text"] for each in said] == ["Første", "Anden", "Tredje"]
    await jens.do(ROOM, "post_message", text="Godmorgen fra Jens")
    await expect(page.get_by_text("Godmorgen fra Jens")).to_be_visible()


async def what_was_said_while_the_line_was_gone_comes_once(
    page: Page, jens: Visitor, proxy: Proxy
) -> None:
    proxy.cut()
    await jens.do(ROOM, "post_message", text="Sagt imens")
    composer = page.get_by_label("Skriv til jeres rum")
    await composer.fill("Skrevet imens")
    await composer.press("Enter")
    await expect(page.get_by_text("Forbinder igen")).to_be_visible()
    proxy.mend()
    await expect(page.get_by_text("Sagt imens")).to_be_visible()
    heard = await jens.hear_event(ROOM, "message_posted")
    while heard["data"]["text"] != "Skrevet imens":
        heard = await jens.hear_event(ROOM, "message_posted")
    await expect(page.get_by_text("Skrevet imens")).to_have_count(1)
    await expect(page.get_by_text("Sagt imens")).to_have_count(1)
    await expect(page.get_by_text("Tredje")).to_have_count(1)


async def whoever_is_put_out_is_told(page: Page) -> None:
    """The session ends elsewhere: the stream says so, and the page does not try for ever."""
    other = await page.context.new_page()
    await other.goto(page.url)
    await other.get_by_role("button", name="Log ud").click()
    await expect(page.get_by_text("Din adgang er lukket")).to_be_visible()

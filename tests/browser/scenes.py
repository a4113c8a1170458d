"""What people do before a page is looked at: a moderator's cues, a room that has talked."""

from __future__ import annotations

from playwright.async_api import Page, expect

from tests.journeys.running_demo import Demo, Visitor


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
    if show["now"] != "02":  # where it has not come by itself to whoever was slow
        answer = await moderator.do("show", "take", item="02", after=show["now"])
        assert answer["op"] == "done", answer


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

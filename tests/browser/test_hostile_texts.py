"""Three hundred hostile texts, in every place where people's words stand, through a real browser.

They are names, messages, links, file names, questions, proposals, polls, group names, notes,
conclusions, announcements and calls for help. On no page does any of them run, lead away, ask a
foreign host, open a dialog, become an element or break the page's policy; each is read as it was
written. What is not seen in a text is shown, and a name like a moderator's is marked.
"""

from __future__ import annotations

import asyncio
import itertools
import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Page, Request, expect

from tests.browser.chromium import a_visitor
from tests.browser.payloads import REFUSED, payloads
from tests.browser.test_rooms import shown
from tests.chat.meeting import Pen
from tests.journeys.running_demo import Demo, a_demo
from tests.journeys.shared_files import Sender, a_pdf

pytestmark = pytest.mark.browser

ROOM, DESK = "room:aalborg", "committee.desk"
WRITERS = 10
FILES = 20
# What the page adds to a text: a sign that is not seen by its number, a host as the net has it.
_JOINERS = "\u034f"  # is not seen either, though it counts as a mark
_MARKS = re.compile(r"U\+[0-9A-F]{4,6}|\(fremmed\.example\)")
# Before anything of the page: what would be called is there, and every breach of the policy told.
_TRAP = """
  window.ran = (what) => (window.caught ??= []).push(`ran ${what}`);
  document.addEventListener("securitypolicyviolation", (breach) =>
    (window.caught ??= []).push(`${breach.violatedDirective} ${breach.blockedURI}`));
"""
# Elements that no page of ours has, handlers, and links to anything but pages.
_ASTRAY = """() => [
  ...document.querySelectorAll(`iframe, object, embed, base, meta[http-equiv], template, marquee,
    math, noscript p, style:not([data-vite-dev-id]), script:not([src^="/assets/"])`),
  ...[...document.querySelectorAll("*")].filter((one) =>
    [...one.attributes].some(({ name }) => /^on/i.test(name))),
  ...[...document.querySelectorAll("[href], [src], [action], [formaction]")].filter((one) =>
    ["href", "src", "action", "formaction"].some((name) => {
      const to = one.getAttribute(name);
      return to !== null && !/^(https?:|blob:)/.test(new URL(to, location.href).href);
    })),
].map((one) => one.outerHTML.slice(0, 160)).concat(window.caught ?? [])"""


class Watch:
    """What a page does that no text may make it do."""

    def __init__(self, page: Page, base: str) -> None:
        self.seen: list[str] = []
        self._page, self._base = page, base
        page.on("dialog", lambda dialog: self.seen.append(f"dialog {dialog.message}"))
        page.on("popup", lambda popup: self.seen.append(f"popup {popup.url}"))
        page.on("request", self._asked)
        page.context.on("page", lambda page: self.seen.append(f"page {page.url}"))

    def _asked(self, request: Request) -> None:
        url = urlsplit(request.url)
        if url.scheme not in ("blob", "data") and not request.url.startswith(self._base):
            self.seen.append(f"asked {request.url}")

    async def is_clean(self, path: str) -> None:
        """Looked at after two frames, so that what was to happen has happened."""
        await self._page.evaluate(
            "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )
        assert await self._page.evaluate(_ASTRAY) == []
        assert self.seen == []
        assert urlsplit(self._page.url).path == path


async def hostile_writers(demo: Demo, texts: Sequence[str]) -> list[Sender]:
    """People of Aalborg whose names are hostile, and one who is called as the moderator is."""
    moderator = (await (await demo.sign_in("moderator")).http.get("/api/me")).json()["name"]
    names = [text.replace('"', '""') for text in texts[: WRITERS - 1]]
    rows = [f'w{n},"{name}",member,aalborg' for n, name in enumerate(names)]
    alike = moderator.replace("a", "\u0430")
    rows.append(f"w{WRITERS - 1},{alike},member,aalborg")
    file, links = demo.folder / "hostile.csv", demo.folder / "hostile-links.csv"
    file.write_text("\n".join(("key,name,role,municipality", *rows)), "utf-8")
    await demo.command("people", "import", str(file), "--links", str(links))
    for row in links.read_text("utf-8").splitlines()[1:]:
        key, _, rest = row.partition(",")
        demo.links["people"][key] = {"enter": rest.rpartition(",")[2]}
    return [Sender((await demo.sign_in(f"w{n}")).http) for n in range(WRITERS)]


async def write_in_the_room(writers: Sequence[Sender], texts: Sequence[str]) -> None:
    """All texts as messages, four in one; then files by these names."""

    async def write(writer: Sender, mine: Sequence[str]) -> None:
        for message in mine:
            answer = await writer.post(message)
            assert answer.status_code == 200, (message, answer.text)

    messages = ["\n".join(texts[at : at + 4]) for at in range(0, len(texts), 4)]
    await asyncio.gather(*(write(writer, messages[n::WRITERS]) for n, writer in enumerate(writers)))
    writer = writers[-1]
    for at in range(0, FILES, 10):
        files = [{"id": await writer.sent(a_pdf()), "name": t} for t in texts[at * 9 : at * 9 + 10]]
        answer = await writer.post("filer", *files)
        assert answer.status_code == 200, answer.text


async def done(who: Sender, topic: str, name: str, **data: Any) -> None:
    answer = await who.do(topic, name, data)
    assert answer.status_code == 200, (topic, name, answer.text)


async def write_everywhere_else(
    demo: Demo, writers: Sequence[Sender], texts: Sequence[str]
) -> None:
    host, moderator = [Sender((await demo.sign_in(k)).http) for k in ("aalborg-host", "moderator")]
    short = [text for text in texts if len(text) <= 80]
    some = itertools.cycle(short)

    async def each(writer: Sender, mine: Sequence[str]) -> None:
        for text in mine[:3]:
            await done(writer, "committee", "ask_question", text=text)
        await done(writer, "proposals:aalborg", "propose", text=mine[3])
        seen = {"page": "/watch", "browser": mine[4][:60]}
        await done(
            writer, "help", "ask_for_help", what="something_else", text=mine[5], diagnosis=seen
        )

    await asyncio.gather(*(each(writer, texts[n::WRITERS]) for n, writer in enumerate(writers)))
    for number in range(4):
        title = {"group": f"g{number}", "title": next(some)}
        await done(host, "groups:aalborg", "open_group", **title)
    for at in range(0, 60, 15):
        await done(host, "board", "publish_conclusion", text="\n".join(texts[at : at + 15])[:1500])
    await done(writers[0], "board", "reply_to_conclusion", conclusion="c1", text=texts[0])
    pen = Pen(7)
    for at in range(0, len(texts), 25):
        change = pen.write("\n".join(texts[at : at + 25]))
        await done(host, "notes:aalborg", "change_notes", update=change.update)
    poll = {"question": next(some), "options": [next(some) for _ in range(9)]}
    await done(moderator, "polls.desk", "draft_poll", **poll)
    await done(moderator, "polls.desk", "open_poll", draft="d1")
    await done(moderator, "show", "announce", text=next(some))
    await done(moderator, "help.desk", "tell_known_fault", text=next(some))
    await done(moderator, DESK, "pin_question", question="q1")
    await done(host, ROOM, "pin_message", message="m1")
    await done(host, ROOM, "set_review", on=True)
    await done(writers[1], ROOM, "post_message", text=texts[9])


async def test_hostile_texts_are_only_texts_wherever_they_stand(
    tmp_path: Path, browser: Browser
) -> None:
    texts = payloads()
    assert len(texts) == 300
    async with a_demo(tmp_path, "--at", "09.11") as demo:
        writers = await hostile_writers(demo, texts)
        for refused in REFUSED:
            answer = await writers[0].post(refused)
            assert (answer.status_code, answer.json()["code"]) == (409, "text_control")
        await write_in_the_room(writers, texts)
        await write_everywhere_else(demo, writers, texts)
        await in_the_room(demo, browser, texts)
        await backstage(demo, browser)
        assert demo.traces() == []


async def in_the_room(demo: Demo, browser: Browser, texts: Sequence[str]) -> None:
    enter = demo.links["people"]["aalborg-host"]["enter"]
    async with a_visitor(browser, enter, plays=False) as (page, _):
        watch = Watch(page, demo.base)
        await page.add_init_script(_TRAP)
        await page.goto(f"{demo.base}/watch")
        await page.get_by_role("tab", name="Vores rum").click()
        log = shown(page).get_by_role("log")
        await expect(log.get_by_role("link", name="Hent")).to_have_count(FILES)
        await watch.is_clean("/watch")
        read = as_read(await log.evaluate("(log) => log.textContent"))
        missing = [text for text in texts if as_read(text) not in read]
        assert missing == []
        await expect(log.get_by_text("ligner en moderators navn").first).to_be_visible()
        await expect(log.get_by_text("U+200B").first).to_be_visible()
        await expect(log.get_by_text("(fremmed.example)").first).to_be_visible()
        await shown(page).get_by_text("Venter på dig").click()
        await watch.is_clean("/watch")
        await page.get_by_role("button", name="Noter").click()
        notes = page.get_by_label("Rummets noter")
        await expect(notes).to_be_editable()
        await watch.is_clean("/watch")
        await notes.press("Escape")
        for tab in ("KL's udvalg", "Tavlen", "Program"):
            await page.get_by_role("tab", name=tab).click()
            await watch.is_clean("/watch")
        await page.get_by_role("tab", name="Vores rum").click()
        await shown(page).get_by_role("button", name="Om rummet").click()
        await watch.is_clean("/watch")


async def backstage(demo: Demo, browser: Browser) -> None:
    enter = demo.links["people"]["moderator"]["enter"]
    async with a_visitor(browser, enter, plays=False) as (page, _):
        watch = Watch(page, demo.base)
        await page.add_init_script(_TRAP)
        for path in ("/desk", "/screen", "/backstage"):
            await page.goto(f"{demo.base}{path}")
            await expect(page.get_by_text("ran(7)").first).to_be_attached()
            await watch.is_clean(path)


def as_read(text: str) -> str:
    """What of a text can be read: without blanks, and without the marks for what is not seen."""
    text = _MARKS.sub("", unicodedata.normalize("NFC", text))
    return "".join(s for s in text if unicodedata.category(s)[0] not in "CZ" and s not in _JOINERS)

"""A hall with one item on air and nothing behind its camera, watched in a Chromium.

No input stands behind another, so each dropout of the only one shows the slate, and the whole of it
is one recording. What is judged, in `Hall.lost` and `Hall.back`, is what the server says was shown,
against the times of DESIGN.md 6; that it came to the glass, what the page shows.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.browser.chromium import a_chromium, a_visitor
from tests.browser.circumstances import explained, the_machine
from tests.browser.cues import later
from tests.browser.encoders import Encoder, Look
from tests.browser.glass import Glass
from tests.browser.recording import LONGEST_STILL_S, check_it_plays, check_one_recording
from tests.journeys.installation import KEY, an_installation, served
from tests.journeys.running_demo import Demo, Frame, Visitor

ITEM, HALL = "02", "kl-huset"
SLATE_WITHIN_S = 3.0
"""Two seconds without media, judged in the playlist, and a part until it is told."""
BACK_WITHIN_S = 6.0
"""An encoder that connects, a second of stable parameters, the next IDR, a part."""
SLATE_SIZE = (1280, 720)

Feed = dict[str, str]


@dataclass
class Hall:
    """A server with one source and nothing behind it, and the moderator who put it on air.

    Args:
        figures: what was measured, for whoever reads the test's output.
    """

    demo: Demo
    rtmp: str
    moderator: Visitor
    figures: list[str]

    @property
    def links(self) -> dict[str, Any]:
        """As the demo has them."""
        return {"base": self.demo.base, "sources": {HALL: {"key": KEY}}}

    async def shown(self, kind: str) -> Frame:
        """The server's word that this is shown."""
        return await self.moderator.hear_that(
            lambda frame: (
                frame.get("name") == "source_on_air"
                and (frame["data"].get("item"), frame["data"]["kind"]) == (ITEM, kind)
            )
        )

    async def lost(self) -> None:
        """Waits for the slate and judges how long the last picture had stood."""
        frame = await self.shown("slate")
        began, told = (
            datetime.fromisoformat(each) for each in (frame["data"]["began"], frame["at"])
        )
        stood_s = (told - began).total_seconds()
        self.figures.append(f"slate after {stood_s:.2f} s")
        assert stood_s <= SLATE_WITHIN_S, self.figures

    async def back(
        self, glass: Glass, mended: datetime, size: tuple[int, int], within_s: float = BACK_WITHIN_S
    ) -> None:
        """Waits for the picture, on air and then, after the slate, on the glass."""
        frame = await self.shown("live")
        took_s = (datetime.fromisoformat(frame["at"]) - mended).total_seconds()
        self.figures.append(f"back after {took_s:.2f} s")
        assert took_s <= within_s, self.figures
        await glass.until_sized(*SLATE_SIZE)
        await glass.until_shown(later(datetime.fromisoformat(frame["data"]["began"]), 0.5))
        assert await glass.picture_size() == size

    async def settled(self, glass: Glass) -> datetime:
        """Waits for the first picture on the glass; returns when it was."""
        began = datetime.fromisoformat((await self.shown("live"))["data"]["began"])
        await glass.until_shown(later(began, 0.5))
        return began

    async def begun(self, glass: Glass, encoder: Encoder, look: Look) -> datetime:
        """An encoder begins and comes to the glass; returns when its first picture was."""
        await encoder.begin(look)
        return await self.settled(glass)

    async def killed(self, glass: Glass, encoder: Encoder, look: Look) -> None:
        """The encoder dies, and another begins when the slate stands in for it."""
        await encoder.kill()
        await self.lost()
        mended = datetime.now(UTC)
        await encoder.begin(look)
        await self.back(glass, mended, (look.width, look.height))


Run = Callable[[Hall, Glass], Awaitable[int]]
"""Faults, one after another; returns how often the slate stood in."""


async def watched(
    folder: Path, run: Run, feed: Feed | None = None, still_s: float = LONGEST_STILL_S
) -> None:
    """Runs faults while a page watches, then judges the page and plays the recording.

    Args:
        feed: where the source is fetched from; None: somebody publishes it.
        still_s: no picture of the recording stands longer.
    """
    async with (
        a_hall(folder, feed) as (hall, enter),
        a_chromium() as browser,
        a_visitor(browser, enter) as (page, complaints),
        explained(watch=page),
    ):
        glass = Glass(page)
        await glass.until_playing()
        await glass.mark()
        try:
            dropouts = await run(hall, glass)
            counters, marks = await glass.counters(), await glass.marks()
        finally:
            print("", *hall.figures, the_machine(), sep="\n")
        print({name: counters[name] for name in ("stalls", "waits", "errors", "mended", "frames")})
        assert marks == {"page": True, "video": True, "videos": 1, "navigations": 1}
        assert (counters["errors"], counters["opened"]) == (0, 1), counters["incidents"]
        assert (counters["stalls"], counters["waits"]) == (0, 0), counters["incidents"]
        done = await hall.moderator.do("show", "next", after=ITEM)
        assert done["op"] == "done", done
        joints_s = await check_one_recording(hall.moderator, ITEM, dropouts, still_s)
        await check_it_plays(page, glass, ITEM, joints_s, still_s)
        assert complaints.heard == []


@contextlib.asynccontextmanager
async def a_hall(folder: Path, feed: Feed | None) -> AsyncIterator[tuple[Hall, str]]:
    """A served installation with the item on air; with it the link of one who watches."""
    here = an_installation(folder)
    here.write(loopback_candidates=True, doors_open_s=7200)
    if feed is not None:
        text = here.settings.read_text().partition("[sources")[0]
        lines = [f"[feeds.{HALL}.main]", *(f'{key} = "{value}"' for key, value in feed.items())]
        here.settings.write_text("\n".join([text, *lines]))
    async with served(here):
        people, links = folder / "people.csv", folder / "links.csv"
        people.write_text(
            "key,name,role,municipality\nmette,Mette,member,Aalborg\nida,Ida,moderator,"
        )
        status, said = await here.run("people", "import", str(people), "--links", str(links))
        assert status == 0, said
        enter = {row.split(",")[0]: row.split(",")[-1] for row in links.read_text().splitlines()}
        demo = Demo(folder, here.port, (), links={"people": {"ida": {"enter": enter["ida"]}}})
        moderator = await demo.sign_in("ida")
        try:
            await moderator.open("channel:main", "show", "sources")
            assert (await moderator.do("show", "set_mode", mode="manual"))["op"] == "done"
            taken = await moderator.do("show", "take", item=ITEM)
            assert taken["op"] == "done", taken
            rtmp = f"rtmp://127.0.0.1:{here.rtmp_port}/live/{KEY}"
            hall = Hall(demo, rtmp, moderator, [])
            await hall.shown("slate")  # nobody sends yet
            yield hall, enter["mette"]
        finally:
            await moderator.leave()

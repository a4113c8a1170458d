"""Every media playlist that a page fetched, put before the rules in the order in which it came.

A player that knows a playlist asks for what is new alone and joins it to what it has; so do we,
by the letter, and judge the whole.
"""

from __future__ import annotations

import asyncio
import re
from urllib.parse import urlsplit

from playwright.async_api import Error, Page, Response

from tests.streams.playlist_rules import PlaylistRules

_MEDIA_PLAYLIST = re.compile(r"/(?:hls|replay)/(.+/(?:video|audio|low))\.m3u8")
_SKIP = "#EXT-X-SKIP:SKIPPED-SEGMENTS="


class WatchedPlaylists:
    """Listens to one page; `check` judges what it has heard."""

    def __init__(self, page: Page) -> None:
        self._answers: list[tuple[str, asyncio.Task[str | None]]] = []
        page.on("response", self._note)

    def _note(self, response: Response) -> None:
        name = _MEDIA_PLAYLIST.fullmatch(urlsplit(response.url).path)
        if name is not None and response.status == 200:
            reading = asyncio.get_running_loop().create_task(_text(response))
            self._answers.append((name[1], reading))

    async def check(self) -> int:
        """Raises AssertionError with every fault; returns how many playlists were judged."""
        rules, wholes = PlaylistRules(), dict[str, str]()
        if not self._answers:
            return 0
        for name, reading in self._answers:
            text = await reading
            if text is None:
                continue
            if _SKIP in text:
                text = joined(wholes[name], text)
            wholes[name] = text
            rules.receive(name, text)
        rules.check()
        return rules.served


def joined(before: str, delta: str) -> str:
    """A delta and the playlist before it as one; old segments without their parts."""
    head, _, rest = delta.partition(_SKIP)
    count, _, tail = rest.partition("\n")
    kept, left = list[str](), int(count)
    for line in before[before.index("#EXT-X-MAP") :].splitlines(keepends=True):
        if left == 0:
            break
        kept += [] if line.startswith("#EXT-X-PART:") else [line]
        left -= not line.startswith("#")
    return head + "".join(kept) + tail


async def _text(response: Response) -> str | None:
    """None where the page has left before the answer was whole."""
    try:
        return await response.text()
    except Error:
        return None

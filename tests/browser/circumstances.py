"""What a failing browser test tells beside its assertion: the machine's load, the parts' arrivals.

A picture that stood still may be our fault or the machine's. Both are written down at the moment
of the failure, because neither can be seen afterwards; nothing is tried a second time.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import AsyncIterator

import psutil
from playwright.async_api import Error, Page

_ARRIVALS = """() => performance.getEntriesByType("resource")
  .filter(({ name }) => /\\.(m4s|m3u8|mp4)/.test(name))
  .slice(-120)
  .map((one) => [one.startTime, one.responseStart, one.responseEnd, one.responseStatus,
                 one.decodedBodySize, one.name.replace(/^[^/]*\\/\\/[^/]*/, "")])"""
_PLAYER = """() => {
  const video = document.querySelector("video");
  if (!video) return "no video";
  const { buffered, currentTime: position, readyState: ready } = video;
  const span = (_, at) => [buffered.start(at), buffered.end(at)];
  return { at_ms: performance.now(), position, ready,
           spans: Array.from({ length: buffered.length }, span),
           player: window.__topmoede?.player, camera: window.__topmoede?.camera };
}"""


@contextlib.asynccontextmanager
async def explained(**pages: Page) -> AsyncIterator[None]:
    """Tells the circumstances of a failure inside the block, page by page."""
    psutil.cpu_percent(percpu=True)
    try:
        yield
    except (AssertionError, Error, TimeoutError, ExceptionGroup):
        print(the_machine())
        for name, page in pages.items():
            print(f"--- {name}: {page.url}")
            with contextlib.suppress(Error):
                print(await an_account(page))
        raise


def the_machine() -> str:
    load = " ".join(f"{one:.2f}" for one in os.getloadavg())
    cores = " ".join(f"{one:.0f} %" for one in psutil.cpu_percent(percpu=True))
    steal = getattr(psutil.cpu_times_percent(), "steal", 0.0)
    return f"load {load}; cores since the beginning {cores}; stolen {steal:.1f} %"


async def an_account(page: Page) -> str:
    """The player's state, and when each playlist and part was asked for and came."""
    state = json.dumps(await page.evaluate(_PLAYER), indent=1, ensure_ascii=False)
    rows = [
        f"{asked:9.0f} {first - asked:6.0f} {last - first:5.0f} ms  {status} {size:7} B  {name}"
        for asked, first, last, status, size, name in await page.evaluate(_ARRIVALS)
    ]
    return "\n".join([state, "    asked   wait  came", *rows])

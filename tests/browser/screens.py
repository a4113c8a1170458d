"""Photographs of pages: every state at three widths, light and dark, kept to be looked at."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from playwright.async_api import Page

from tests.browser.axe import OF_COLOURS, violations

FOLDER = Path(__file__).parents[1] / "output" / "screens"
SIZES = {360: 740, 1280: 800, 1920: 1080}
NARROWEST = 320
Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, Scheme] = ("light", "dark")

# What is not drawn (in a fold that is closed) has animations that never end.
_SETTLED = """() => Promise.all([
  document.fonts.ready,
  new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))),
  ...document.getAnimations()
    .filter(({ effect }) => effect?.getTiming().iterations !== Infinity
      && effect?.target?.checkVisibility())
    .map((one) => one.finished.catch(() => undefined)),
])"""
_OVERFLOW = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  return [...document.querySelectorAll("body *")]
    .filter((one) => one.getBoundingClientRect().right > width + 1)
    .slice(0, 5).map((one) => one.outerHTML.slice(0, 120));
}"""


async def photograph(page: Page, name: str) -> list[str]:
    """Take a state's photographs; returns what is wrong with it at any size, in words."""
    faults: list[str] = []
    for width, height in SIZES.items():
        await page.set_viewport_size({"width": width, "height": height})
        for scheme in SCHEMES:
            await page.emulate_media(color_scheme=scheme)
            await settled(page)
            await page.screenshot(path=FOLDER / f"{name}-{width}-{scheme}.png")
            if width != 1920:
                found = await violations(page, only=None if scheme == "light" else OF_COLOURS)
                faults += [f"{name} at {width}, {scheme}: {each}" for each in found]
        faults += await _overflowing(page, f"{name} at {width}")
    await page.emulate_media(color_scheme="light")
    await _resize(page, NARROWEST, 568)
    faults += await _overflowing(page, f"{name} at {NARROWEST}")
    await _resize(page, 1280, 800)
    return faults


async def _resize(page: Page, width: int, height: int) -> None:
    await page.set_viewport_size({"width": width, "height": height})
    await settled(page)


async def settled(page: Page) -> None:
    """Wait until what moves for a moment has moved."""
    await page.evaluate(_SETTLED)


async def _overflowing(page: Page, where: str) -> list[str]:
    return [f"{where}: wider than the page: {each}" for each in await page.evaluate(_OVERFLOW)]

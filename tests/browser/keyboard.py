"""A page without a mouse: which controls it has, which of them Tab reaches, how focus is seen."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.async_api import Page

_COUNT = """() => {
  const wanted = "a[href], button, input, select, textarea, summary, [tabindex='0']";
  const isThere = (one) => !one.disabled && one.tabIndex >= 0 &&
    one.checkVisibility({ visibilityProperty: true }) && !one.closest("[inert]");
  window.__last = null;
  document.addEventListener("focusin", (event) => { window.__last = event.target; });
  window.__controls = [...document.querySelectorAll(wanted)].filter(isThere);
  window.__words = (one) => `${one.localName} ${one.getAttribute("aria-label") ?? ""}` +
    ` ${(one.innerText ?? "").trim()}`.replace(/\\s+/g, " ").slice(0, 60).trim();
  // Tab goes on from where the last click was; focusing the body moves that to the top.
  document.body.tabIndex = -1;
  document.body.focus();
  document.body.removeAttribute("tabindex");
  return window.__controls.length;
}"""
_AT = """() => {
  const one = document.activeElement;
  // Where the control under the focus has gone, Tab goes on from there.
  if (!one || one === document.body) return window.__last?.isConnected === false ? {} : null;
  // A field in a frame may leave the ring to its frame, and a link in a row or a card to that.
  const isRinged = (it) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(it);
    return outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
  };
  const may = [one, one.parentElement, one.closest("li, article")];
  return { number: window.__controls.indexOf(one), words: window.__words(one),
           ring: may.some((it) => it && isRinged(it)) };
}"""
_MISSED = """(reached) => window.__controls
  .filter((one, at) => !reached.includes(at) && one.isConnected && one.tabIndex >= 0)
  .map(window.__words)"""
_SPARE = 12


@dataclass(frozen=True, slots=True)
class Round:
    """One round of Tab through a page.

    Args:
        order: what was reached, in order.
        missed: controls that are there and were not reached.
        ringless: controls on which focus cannot be seen.
    """

    order: tuple[str, ...]
    missed: tuple[str, ...]
    ringless: tuple[str, ...]


async def tab_through(page: Page) -> Round:
    """Press Tab until the page has been gone round."""
    count = await page.evaluate(_COUNT)
    order: list[str] = []
    reached: list[int] = []
    ringless: list[str] = []
    for _ in range(count + _SPARE):
        await page.keyboard.press("Tab")
        at = await page.evaluate(_AT)
        if at is None or (reached and at.get("number") == reached[0]):
            break
        if not at:
            continue
        reached.append(at["number"])
        order.append(at["words"])
        if not at["ring"]:
            ringless.append(at["words"])
    return Round(tuple(order), tuple(await page.evaluate(_MISSED, reached)), tuple(ringless))

"""axe-core on a page: what stands in the way of people with other senses or other tools."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from playwright.async_api import Page

SOURCE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
# What can be wrong in other colours alone.
OF_COLOURS = ("color-contrast", "link-in-text-block")
_RUN = """async ([without, only]) => (await axe.run(document, {
    resultTypes: ["violations"],
    ...(only ? { runOnly: { type: "rule", values: only } } : {}),
    rules: Object.fromEntries(without.map((rule) => [rule, { enabled: false }])),
  })).violations.flatMap(({ id, help, nodes }) => nodes.map((node) =>
    `${id}: ${help} at ${node.target.join(" ")} ${node.any[0]?.message ?? ""}`))"""


async def violations(
    page: Page, *, without: tuple[str, ...] = (), only: tuple[str, ...] | None = None
) -> list[str]:
    """Every rule that is broken, and where; of all rules, or of those named."""
    if not await page.evaluate("() => 'axe' in window"):
        # Not by a script element: the page's own policy lets no foreign script in, as it should.
        await page.evaluate(_source())
    return list(await page.evaluate(_RUN, [without, only]))


@cache
def _source() -> str:
    return SOURCE.read_text()

"""A page whose picture does not begin, though nothing fails, begins anew by itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser, Route

from tests.browser.chromium import a_visitor
from tests.browser.glass import Glass
from tests.journeys.running_demo import a_demo

pytestmark = pytest.mark.browser


async def test_a_picture_whose_first_pieces_never_come_is_opened_anew(
    tmp_path: Path, browser: Browser
) -> None:
    async with a_demo(tmp_path) as demo:
        enter = demo.links["people"]["aalborg"]["enter"]
        async with a_visitor(browser, enter) as (page, complaints):
            hung = 0

            async def hang(route: Route) -> None:
                nonlocal hung
                hung += 1  # neither answered nor refused, as where a line has died

            await page.route("**/media/**", hang)
            await page.reload()
            await page.wait_for_function(
                "() => window.__topmoede?.player?.incidents"
                "?.some((incident) => incident.what === 'nothingBegins')"
            )
            assert hung > 0
            await page.unroute("**/media/**")
            await Glass(page).until_playing()
            assert complaints.heard == []

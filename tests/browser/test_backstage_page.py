"""Backstage and camera in their main states: photographed, and nothing for axe to find."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.chromium import a_visitor, on_the_camera_page
from tests.browser.scenes import a_moderator_by_hand, take_the_second
from tests.browser.screens import photograph
from tests.journeys.running_demo import a_demo

pytestmark = pytest.mark.browser


async def test_behind_the_scene(tmp_path: Path, browser: Browser) -> None:
    async with a_demo(tmp_path) as demo:
        moderator = await a_moderator_by_hand(demo)
        faults: list[str] = []
        async with a_visitor(browser, demo.links["people"]["moderator"]["enter"]) as (page, _):
            await expect(page.get_by_role("heading", name="Kørelisten")).to_be_visible()
            faults += await photograph(page, "backstage-before")
            await take_the_second(moderator)
            await expect(page.get_by_role("button", name="Næste: Indsatser")).to_be_visible()
            faults += await photograph(page, "backstage-on-air")
            await moderator.do("show", "slate")
            await expect(page.get_by_role("button", name="Fjern skilt")).to_be_visible()
            await page.keyboard.press("s")
            await expect(page.get_by_role("button", name="Spring Velkommen over")).to_be_visible()
            faults += await photograph(page, "backstage-slate-skip")
        async with on_the_camera_page(browser, demo.links, "kl-huset") as camera:
            faults += await photograph(camera, "camera-sending")
            await what_goes_out_is_shown_without_sound(camera)
            faults += await photograph(camera, "camera-return")
        assert faults == []


async def what_goes_out_is_shown_without_sound(camera: Page) -> None:
    """By the camera's own key, with a keyboard; there is no sound that could be turned on."""
    await camera.get_by_role("button", name="Vis det, der sendes ud nu").press("Enter")
    await expect(camera.get_by_role("button", name="Skjul det, der sendes ud nu")).to_be_focused()
    await expect(camera.get_by_text(re.compile(r"^\d+,\d sek. efter$"))).to_be_visible()
    video = camera.locator('video[aria-label="Det, der sendes ud nu"]')
    told = "(video) => [video.muted, video.srcObject.getAudioTracks().length, video.videoWidth > 0]"
    shown = await video.evaluate(told)
    assert shown == [True, 0, True]

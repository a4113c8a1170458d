"""One Chromium for all tests of a worker, which therefore share its event loop as well."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser.chromium import a_chromium

HERE = Path(__file__).parent
# What must come, comes; this only guards against waiting for ever, as elsewhere in Playwright. Five
# seconds, as it is otherwise, are too few for a page that shares two cores with two others.
expect.set_options(timeout=30_000)


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents and pytest_asyncio.is_async_test(item):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def _chromium() -> AsyncIterator[Browser]:
    async with a_chromium(camera=True) as chromium:
        yield chromium


@pytest_asyncio.fixture(loop_scope="session")
async def browser(_chromium: Browser) -> AsyncIterator[Browser]:
    """A Chromium with a camera and no page; whatever a test has left open is closed behind it."""
    yield _chromium
    for context in _chromium.contexts:
        await context.close()

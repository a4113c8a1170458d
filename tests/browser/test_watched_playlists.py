"""A delta joined to the playlist before it is the playlist that would have been served whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.watched_playlists import joined
from tests.streams.broadcast import a_studio
from tests.streams.test_onair import PAUSE, WELCOME


@pytest.mark.parametrize("lane", ["video", "audio"])
async def test_what_was_skipped_is_taken_from_before(tmp_path: Path, lane: str) -> None:
    async with a_studio(tmp_path) as studio:
        studio.put(PAUSE)
        await studio.turn(30)
        studio.put(WELCOME, "film", 1)
        for _ in range(12):
            before = await studio.playlist(lane)
            await studio.turn(3)
            delta = await studio.playlist(lane, _HLS_skip="YES")
            assert "#EXT-X-SKIP" in delta
            assert joined(before, delta) == await studio.playlist(lane)

"""GStreamer publishes to us: another ICE, another DTLS, other coders than everybody else's here."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path

import pytest

from streams.segments import Lane
from tests.streams import gstreamer_whip
from tests.streams.webrtc.test_ingest import check_lanes, decoded_pictures
from tests.streams.whip_server import an_endpoint

DEBIANS_PYTHON = "/usr/bin/python3"
PUBLISHER = gstreamer_whip.__file__

pytestmark = [pytest.mark.alone, pytest.mark.long]


def why_not() -> str:
    """Why there is no GStreamer to publish with, in words; "" where there is."""
    if not Path(DEBIANS_PYTHON).exists():
        return f"expected Debian's Python at {DEBIANS_PYTHON}; there is none"
    asked = subprocess.run(
        [DEBIANS_PYTHON, PUBLISHER, "--lacks"], capture_output=True, text=True, timeout=60
    )
    lacks = asked.stdout.strip() if asked.returncode == 0 else asked.stderr.strip()[-200:]
    return f"expected GStreamer with webrtcbin; not installed: {lacks}" if lacks else ""


async def test_gstreamers_webrtcbin_publishes_picture_and_sound_and_leaves_with_delete() -> None:
    if reason := await asyncio.to_thread(why_not):
        pytest.skip(reason)
    async with an_endpoint() as endpoint:
        publisher = await asyncio.create_subprocess_exec(
            DEBIANS_PYTHON, PUBLISHER, f"{endpoint.url}/whip/kl-huset", "key-main", "8",
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            async with asyncio.timeout(40):
                recording = await endpoint.recording()
                await recording.until_seconds(5.0)
                await recording.until_seconds(5.0, Lane.AUDIO)
                health = recording.session.health()
                assert await recording.until_lost() == "deleted"
                _, said = await publisher.communicate()
        finally:
            if publisher.returncode is None:
                publisher.kill()
                await publisher.wait()
        assert publisher.returncode == 0, said.decode()[-2000:]
        check_lanes(recording)
        video = recording.lane(Lane.VIDEO)
        assert decoded_pictures(video) == len(video) >= 5 * 30
        assert (health["width"], health["height"]) == (320, 180)

"""A speaker behind a firewall that lets no UDP out publishes through a relay over TCP."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import httpx
import pytest

from streams.segments import Lane
from streams.webrtc.ingest import IngestSettings
from streams.webrtc.whip import IceServer
from tests.streams.broadcast import a_studio
from tests.streams.loopback_camera import a_loopback_camera, a_relayed_connection
from tests.streams.relay import a_relay
from tests.streams.whip_server import LOOPBACK, an_endpoint

pytestmark = pytest.mark.alone


async def told_relay(url: str) -> IceServer:
    """The relay that the endpoint tells whoever has the key of."""
    async with httpx.AsyncClient(timeout=30) as client:
        headers = {"Authorization": "Bearer key-main"}
        answer = await client.options(f"{url}/whip/kl-huset", headers=headers)
    found = re.fullmatch(
        r'<(.+)>; rel="ice-server"; username="(.+)"; credential="(.+)"; '
        r'credential-type="password"',
        answer.headers["link"],
    )
    assert found is not None
    return IceServer(*found.groups())


async def test_a_publisher_without_udp_is_packaged_through_the_relay_it_was_told_of(
    tmp_path: Path,
) -> None:
    async with (
        a_relay(tmp_path) as relay,
        a_studio(tmp_path / "media") as studio,
        an_endpoint(IngestSettings(LOOPBACK, ice_servers=(relay,))) as endpoint,
    ):
        camera = a_relayed_connection(await told_relay(endpoint.url))
        async with a_loopback_camera(endpoint.ingest, connection=camera):
            recording = await endpoint.recording()
            async with asyncio.timeout(20):
                await recording.until_seconds(2.5)
                await recording.until_seconds(2.0, Lane.AUDIO)
        offered = camera.localDescription.sdp
        assert "typ relay" in offered
        assert "typ host" not in offered
        packaging = studio.desk.packaging("hall")
        for unit in recording.units:
            packaging.push(unit)
        generation = studio.desk.shelf.newest("hall")
        assert generation is not None
        parts = generation.lanes[Lane.VIDEO][0].parts
        assert parts[0].independent
        assert len(parts) >= 1

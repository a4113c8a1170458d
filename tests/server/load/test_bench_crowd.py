"""The crowd that `make bench` measures servers with: it hears everything, once, and who is frozen
hears nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.bench.crowd import a_crowd, compiled, stamped
from tests.bench.peers.theirs import websockets

CLIENTS, FROZEN, MESSAGES = 6, 2, 3


async def test_crowd_counts_every_message_of_those_who_read(tmp_path: Path) -> None:
    program = compiled(tmp_path, "crowd")
    async with (
        asyncio.timeout(30),
        websockets(tmp_path) as peer,
        a_crowd(program, peer, CLIENTS, FROZEN) as crowd,
    ):
        before = stamped(200)
        await crowd.reset()
        await peer.publish(before)
        for _ in range(MESSAGES):
            await peer.publish(stamped(200))
        reading = CLIENTS - FROZEN
        assert await crowd.until(MESSAGES * reading, 10) == MESSAGES * reading
        heard = await crowd.tell()
    assert heard.least == MESSAGES
    assert heard.bytes == (MESSAGES + 1) * reading * (200 + 4)
    assert heard.here == CLIENTS
    assert 0 < heard.p50_us <= heard.p99_us <= heard.worst_us

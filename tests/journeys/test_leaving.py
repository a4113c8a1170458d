"""How it ends: the server drains, a person signs out."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from pathlib import Path

import httpx
import pytest
from aiortc import MediaStreamTrack, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from websockets.exceptions import ConnectionClosed

from streams.webrtc.negotiation import a_connection
from tests.journeys.running_demo import Visitor, a_demo
from tests.streams.whep_server import an_offer_to_watch

pytestmark = pytest.mark.whole

DRAINED_WITHIN_S = 15.0
"""Sooner than a playlist that is held would be let go of by itself."""
SIGNED_OUT_WITHIN_S = 3.0
"""Before the next look at all sessions, one every four seconds, would have ended it."""
REFUSED_WITHIN_S = 15.0


async def closed_with(visitor: Visitor) -> int:
    """Waits until the line is closed by the other side; returns the code."""
    assert visitor.socket is not None
    try:
        while True:
            await visitor._receive()
    except ConnectionClosed:
        assert visitor.socket.close_code is not None
        return visitor.socket.close_code


async def test_a_server_that_is_asked_to_end_sends_everybody_off_first(tmp_path: Path) -> None:
    async with a_demo(tmp_path, "--at", "09.02") as demo:
        visitors = [await demo.sign_in(key) for key in ("aalborg", "aarhus", "moderator")]
        for visitor in visitors:
            await visitor.open("show")
        niels = await demo.sign_in("individual")
        async with asyncio.TaskGroup() as tasks:
            playlist = tasks.create_task(held_playlist(niels))
            codes = [tasks.create_task(closed_with(visitor)) for visitor in visitors]
            await asyncio.sleep(0)
            began = time.monotonic()
            assert demo.process is not None
            demo.process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(DRAINED_WITHIN_S):
                status = await demo.process.wait()
            took_s = time.monotonic() - began
        assert status == 0, demo.log()[-2000:]
        assert took_s < DRAINED_WITHIN_S
        assert {code.result() for code in codes} <= {1012, 4000}
        assert playlist.result() in (200, 0)
        for visitor in visitors:
            drained = await visitor.hear("drain")
            assert 0 < drained["within_ms"] <= 60_000
        assert demo.traces() == []


async def held_playlist(visitor: Visitor) -> int:
    """A request that the server holds until there is something new; 0 when the line was cut."""
    now = await visitor.http.get("/hls/main/video.m3u8")
    number = now.text.count("#EXTINF") + 1
    try:
        answer = await visitor.http.get(f"/hls/main/video.m3u8?_HLS_msn={number}")
    except httpx.TransportError:
        return 0
    return answer.status_code


async def test_who_signs_out_hears_nothing_more_on_any_line(tmp_path: Path) -> None:
    async with a_demo(tmp_path, "--at", "09.02") as demo:
        mette, jens = await demo.sign_in("aalborg"), await demo.sign_in("aalborg-host")
        await mette.open("room:aalborg")
        await jens.open("room:aalborg")
        streaming = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            stream = tasks.create_task(streamed(mette, streaming))
            socket = tasks.create_task(closed_with(mette))
            async with asyncio.timeout(20):
                await streaming.wait()
            playlist = await mette.http.get("/hls/main/index.m3u8")
            assert playlist.status_code == 200
            kept = dict(mette.http.cookies)
            assert (await mette.http.post("/logout")).status_code == 303
            assert (await jens.do("room:aalborg", "post_message", text="Er hun gået?"))[
                "op"
            ] == "done"
            # Not after a while, when all sessions are looked at: what was said since is not heard.
            async with asyncio.timeout(REFUSED_WITHIN_S):
                heard = await stream
                assert await socket == 4501
        assert "Er hun gået?" not in heard
        assert not any("Er hun gået?" in text for text in mette.raw)
        async with demo.stranger(cookies=kept) as thief:
            seen = Visitor(demo, "aalborg", thief)
            await seen.get_until("/hls/main/video.m3u8", is_refused, REFUSED_WITHIN_S)
            for path in ("/api/me", "/rt/events?topic=room:aalborg", "/hls/main/index.m3u8"):
                assert (await thief.get(path)).status_code == 401, path
            key = {"Idempotency-Key": "late"}
            said = {"topic": "room:aalborg", "data": {"text": "Hej"}}
            late = await thief.post("/api/commands/post_message", json=said, headers=key)
            assert late.status_code == 401
        assert demo.traces() == []


def is_refused(answer: httpx.Response) -> bool:
    return answer.status_code == 401


async def streamed(visitor: Visitor, begun: asyncio.Event) -> str:
    """Everything that the event stream brings until the server ends it."""
    text = ""
    params = {"topic": "room:aalborg"}
    async with visitor.http.stream("GET", "/rt/events", params=params) as answer:
        async for chunk in answer.aiter_text():
            text += chunk
            if "joined" in text:
                begun.set()
    return text


async def until_ended(track: MediaStreamTrack) -> None:
    with contextlib.suppress(MediaStreamError):
        while True:
            await track.recv()


async def test_who_signs_out_sees_nothing_more_by_webrtc(tmp_path: Path) -> None:
    async with a_demo(tmp_path, "--at", "09.02") as demo:
        ida = await demo.sign_in("moderator")
        connection = a_connection()
        offer = await an_offer_to_watch(connection, "video")
        sdp = {"content-type": "application/sdp"}
        answer = await ida.http.post("/whep/main", content=offer, headers=sdp)
        assert answer.status_code == 201, answer.text
        seen: asyncio.Queue[MediaStreamTrack] = asyncio.Queue()
        connection.on("track", seen.put_nowait)
        await connection.setRemoteDescription(RTCSessionDescription(answer.text, "answer"))
        track = await seen.get()
        async with asyncio.timeout(20):
            await track.recv()
        assert (await ida.http.post("/logout")).status_code == 303
        async with asyncio.timeout(SIGNED_OUT_WITHIN_S):
            await until_ended(track)
        await connection.close()
        assert demo.traces() == []

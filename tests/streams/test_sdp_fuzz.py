"""Offers and trickle fragments, broken, at WHIP's routes and WHEP's sessions: answered or refused.

The originals are those of Chromium, FFmpeg's muxer and aiortc. Whatever comes gets an answer or a
refusal with a code, at once; when all sessions are over, no connection, task, thread or descriptor
is left, and nothing was raised where nobody hears it.
"""

from __future__ import annotations

import asyncio
import gc
import random
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from starlette.applications import Starlette

from server.routes.whip import WhipRoutes
from streams.timeline import EventClock
from streams.webrtc import offers, whip
from streams.webrtc.gathering import Reach
from streams.webrtc.ingest import Ingest, IngestSettings
from streams.webrtc.negotiation import a_connection
from streams.webrtc.viewer import Watcher
from streams.webrtc.whep import WhepSettings
from streams.webrtc.whip import Refused
from tests.mutations import broken_lines, no_growth, no_hang
from tests.streams.loopback_camera import an_offer
from tests.streams.whep_server import Stage, a_stage, an_offer_to_watch
from tests.streams.whip_server import KEYS, RealClock

OFFERS = Path(__file__).parent / "offers"
HEADERS = {"authorization": "Bearer key-main", "content-type": whip.OFFER}
FRAGMENT = (
    "a=ice-ufrag:{ufrag}\r\na=ice-pwd:0e7bb373fdd778d0f84beb81d3c3f159\r\n"
    "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\n"
    "a=candidate:1 1 udp 2113937151 127.0.0.1 9 typ host generation 0\r\n"
    "a=candidate:2 1 udp 2113937150 83e33d75-0896-48d2-a90e-0502d4f47ebe.local 9 typ host\r\n"
    "a=candidate:3 1 tcp 1518280447 ::1 9 typ host tcptype active\r\n"
    "a=candidate:4 1 udp 1694498815 192.0.2.1 9 typ srflx raddr 0.0.0.0 rport 9\r\n"
    "a=end-of-candidates\r\n"
)
LINE = "a=candidate:{n} 1 udp {n} 10.{a}.{b}.{c} 9 typ host"


def stored(name: str) -> str:
    return (OFFERS / f"{name}.sdp").read_bytes().decode()


def body(lines: list[str]) -> bytes:
    return "\r\n".join(lines).encode("utf-8", "surrogatepass")


def ufrag_of(sdp: str) -> str:
    return next((line[12:] for line in sdp.splitlines() if line.startswith("a=ice-ufrag:")), "")


def candidates(count: int, first: int = 0) -> list[str]:
    numbers = range(first, first + count)
    return [LINE.format(n=n, a=n >> 16, b=n >> 8 & 255, c=n & 255) for n in numbers]


class Left:
    """What a test leaves behind: tasks, threads, descriptors, and what was raised unheard."""

    def __init__(self) -> None:
        self.unheard: list[dict[str, Any]] = []
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: self.unheard.append(context))
        self._before = self._counted()

    def _counted(self) -> tuple[int, int, int]:
        gc.collect()
        # The loop keeps threads for what blocks, and uses them again.
        own = [t for t in threading.enumerate() if not t.name.startswith("asyncio_")]
        return len(asyncio.all_tasks()), len(own), psutil.Process().num_fds()

    async def check(self) -> None:
        """Nothing is left, as soon as whatever ends has ended."""
        try:
            async with asyncio.timeout(30):
                while any(n > m for n, m in zip(self._counted(), self._before, strict=True)):
                    await asyncio.to_thread(gc.collect)  # gives others their turn
        except TimeoutError:
            pytest.fail(f"{self._counted()} are left of {self._before}: {asyncio.all_tasks()}")
        assert self.unheard == []


@asynccontextmanager
async def an_ingest() -> AsyncIterator[tuple[Ingest, httpx.AsyncClient]]:
    """An ingest behind its real routes; all its sessions are closed behind it."""
    clock = EventClock(datetime(2026, 1, 28, tzinfo=UTC))
    settings = IngestSettings(Reach(loopback=True), most_sessions=40)
    ingest = Ingest(KEYS, RealClock(), clock, lambda session: None, settings)
    transport = httpx.ASGITransport(Starlette(routes=WhipRoutes(ingest).routes()))
    async with (
        httpx.AsyncClient(transport=transport, base_url="http://here", headers=HEADERS) as client,
        asyncio.TaskGroup() as tasks,
    ):
        looking = tasks.create_task(ingest.run())
        yield ingest, client
        looking.cancel()


def code_of(response: httpx.Response) -> str:
    """The code of a refusal, "" for none."""
    if response.status_code < 300:
        return ""
    told = response.json()
    assert response.status_code == whip.STATUS.get(told["code"], 413)
    assert response.status_code < 500
    assert len(response.content) < 2000
    return str(told["code"])


async def publish(client: httpx.AsyncClient, offer: bytes, *fragments: bytes) -> list[str]:
    """Codes of an offer and what follows it."""
    with no_hang():
        created = await client.post("/whip/kl-huset", content=offer)
    codes = [code_of(created)]
    if created.status_code == 201:
        session = created.headers["location"]
        kind = {"content-type": whip.FRAGMENT}
        for fragment in fragments:
            with no_hang():
                answer = await client.patch(session, content=fragment, headers=kind)
            codes.append(code_of(answer))
        assert (await client.delete(session)).status_code == 200
    return codes


async def offers_to_publish() -> list[str]:
    connection = a_connection()
    try:
        own = await an_offer(connection)
    finally:
        await connection.close()
    return [stored("chromium_publishes"), stored("ffmpeg_publishes"), own]


async def whip_rounds(client: httpx.AsyncClient, seed: int, count: int) -> Counter[str]:
    chance, codes = random.Random(seed), Counter[str]()
    offers = await offers_to_publish()
    for _ in range(count):
        offer = chance.choice(offers)
        lines = offer.split("\r\n")
        said = FRAGMENT.format(ufrag=ufrag_of(offer)).split("\r\n")
        fragments = [body(broken_lines(chance, said)) for _ in range(2)]
        made = lines if chance.random() < 0.3 else broken_lines(chance, lines)
        codes.update(await publish(client, body(made), *fragments))
    return codes


async def test_the_originals_and_their_candidates_are_taken() -> None:
    left = Left()
    async with an_ingest() as (_, client):
        for offer in await offers_to_publish():
            fragment = FRAGMENT.format(ufrag=ufrag_of(offer)).encode()
            assert await publish(client, offer.encode(), fragment) == ["", ""]
    await left.check()


async def test_broken_offers_and_fragments_are_answered_or_refused() -> None:
    left = Left()
    async with an_ingest() as (_, client):
        codes = await whip_rounds(client, 1, 40)
    assert codes[""]
    assert codes["bad_offer"]
    await left.check()


@pytest.mark.long
@pytest.mark.parametrize("seed", range(4))
async def test_thousands_of_broken_offers_leave_nothing_behind(seed: int) -> None:
    left = Left()
    async with an_ingest() as (_, client):
        await whip_rounds(client, 100 + seed, 20)
        with no_growth(64 * 1024 * 1024):
            codes = await whip_rounds(client, 10 + seed, 2500)
    assert codes[""]
    await left.check()


def grown(change: Callable[[list[str]], list[str]]) -> bytes:
    return body(change(stored("chromium_publishes").split("\r\n")))


HOSTILE = {
    "a_long_line": grown(lambda lines: [*lines, "a=x:" + "y" * 1_000_000]),
    "longer_than_a_line_may_be": grown(lambda lines: [*lines, "a=x:" + "y" * 20_000]),
    "many_lines": grown(lambda lines: [*lines, *["a=x"] * 12_000]),
    "many_sections": grown(lambda lines: [*lines, *["m=video 9 UDP/TLS/RTP/SAVPF 96"] * 1500]),
    "many_candidates": grown(lambda lines: [*lines[:-1], *candidates(1000)]),
    "many_codecs": grown(
        lambda lines: [*lines[:-1], *[f"a=rtpmap:{n} H264/90000" for n in range(1500)]]
    ),
    "many_sources": grown(
        lambda lines: [*lines[:-1], *[f"a=ssrc:{n} cname:x" for n in range(2000)]]
    ),
    "many_types": grown(
        lambda lines: [line + " 96" * 15_000 if line.startswith("m=v") else line for line in lines]
    ),
    "a_long_name": grown(
        lambda lines: ["a=ice-ufrag:" + "u" * 30_000 if "ufrag" in s else s for s in lines]
    ),
    "a_long_password": grown(
        lambda lines: ["a=ice-pwd:" + "p" * 30_000 if "ice-pwd" in s else s for s in lines]
    ),
    "a_name_of_other_signs": grown(
        lambda lines: ["a=ice-ufrag:" + "æ🙂" * 20 if "ufrag" in s else s for s in lines]
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_an_offer_beyond_measure_is_refused_before_it_is_read_closely(name: str) -> None:
    left = Left()
    async with an_ingest() as (ingest, client):
        (code,) = await publish(client, HOSTILE[name])
        assert ingest.sessions == ()
    assert code in ("too_large", "bad_offer", "too_many_media")
    await left.check()


async def test_a_session_takes_no_more_candidates_than_it_may_however_often_it_tells() -> None:
    left = Left()
    offer = stored("chromium_publishes")
    async with an_ingest() as (_, client):
        fragments = [body(["a=mid:0", *candidates(30, 30 * nth)]) for nth in range(4)]
        codes = await publish(client, offer.encode(), *fragments)
    assert codes == ["", "", "", "", "bad_fragment"]
    await left.check()


@pytest.mark.parametrize("host", ["x.LOCAL", "topmoede.example", "1.2.3.4.local.", "localhost"])
def test_no_name_is_ever_looked_up(host: str) -> None:
    """A name would be asked for in the network of the server (ASVS 1.3.6)."""
    line = f"a=candidate:1 1 udp 1 {host} 9 typ host"
    offer = stored("ffmpeg_publishes")
    assert host not in offers.read_offer(offer + line + "\r\n").sdp
    assert offers.read_fragment(f"a=mid:0\r\n{line}\r\n", None) == ()


async def test_an_offer_that_bundles_with_nothing_ends_nobody_elses_session() -> None:
    """aiortc is left without a transport, and raised out of `run` when the session was closed."""
    left = Left()
    offer = stored("chromium_publishes").replace("BUNDLE 0 1", "BUNDLE x 0 1")
    async with an_ingest() as (_, client):
        assert await publish(client, offer.encode()) == ["no_bundle"]
    await left.check()


UNREACHABLE = "a=candidate:1 1 udp 2113937151 127.0.0.1 9 typ host"


def without(sdp: str, attribute: str) -> str:
    """A description that nowhere says this; its checks end at once, and nobody is there."""
    kept = [line for line in sdp.splitlines() if not line.startswith(f"a={attribute}:")]
    return "\r\n".join([*kept, UNREACHABLE, ""])


LACKING = {"fingerprint": "no_dtls", "setup": "no_dtls", "ice-ufrag": "no_ice", "ice-pwd": "no_ice"}


async def test_a_publisher_that_lacks_part_of_its_transport_is_refused() -> None:
    """aiortc missed a fingerprint when ICE had ended, in a task of its own."""
    left = Left()
    async with an_ingest() as (ingest, client):
        for attribute, code in LACKING.items():
            offer = without(stored("ffmpeg_publishes"), attribute)
            assert await publish(client, offer.encode()) == [code]
        assert ingest.sessions == ()
    await left.check()


async def test_a_viewer_that_lacks_part_of_its_transport_is_refused(tmp_path: Path) -> None:
    left = Left()
    async with a_stage(tmp_path, WhepSettings(reach=Reach(loopback=True))) as stage:
        for attribute, code in LACKING.items():
            offer = without(stored("chromium_watches"), attribute)
            with pytest.raises(Refused) as refusal:
                await stage.whep.offer("source:hall", Watcher("a session"), whip.OFFER, offer)
            assert refusal.value.code == code
        assert stage.whep.viewers == ()
    await left.check()


async def whep_rounds(stage: Stage, seed: int, count: int) -> Counter[str]:
    chance, codes = random.Random(seed), Counter[str]()
    connection = a_connection()
    try:
        own = await an_offer_to_watch(connection, "video", "audio")
    finally:
        await connection.close()
    for nth in range(count):
        offer = chance.choice((stored("chromium_watches"), own))
        lines = offer.split("\r\n")
        made = lines if chance.random() < 0.3 else broken_lines(chance, lines)
        said = body(broken_lines(chance, FRAGMENT.format(ufrag=ufrag_of(offer)).split("\r\n")))
        watcher = Watcher(f"session {nth}")
        try:
            with no_hang():
                joined = await stage.whep.offer(
                    "source:hall", watcher, whip.OFFER, body(made).decode("utf-8", "replace")
                )
            codes[""] += 1
            with no_hang():
                await stage.whep.patch(
                    *("source:hall", joined.session, watcher, whip.FRAGMENT),
                    said.decode("utf-8", "replace"),
                )
        except Refused as refused:
            codes[refused.code] += 1
        stage.whep.revoke(watcher.session)
    return codes


async def test_broken_offers_to_watch_are_answered_or_refused(tmp_path: Path) -> None:
    left = Left()
    async with a_stage(tmp_path, WhepSettings(reach=Reach(loopback=True))) as stage:
        codes = await whep_rounds(stage, 1, 25)
    assert codes[""]
    assert codes.total() > codes[""]
    assert all(whip.STATUS[code] < 500 for code in codes if code)
    await left.check()


@pytest.mark.long
async def test_thousands_of_broken_offers_to_watch_leave_nothing_behind(tmp_path: Path) -> None:
    left = Left()
    async with a_stage(tmp_path, WhepSettings(reach=Reach(loopback=True))) as stage:
        codes = await whep_rounds(stage, 2, 2500)
    assert codes[""]
    await left.check()

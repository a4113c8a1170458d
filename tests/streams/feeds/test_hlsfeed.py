"""HLS fetched from an origin that behaves, and from ones that do not, into a real desk."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from streams.feeds.hlsfeed import HlsPlan
from tests.streams.broadcast import Look
from tests.streams.feed_desk import FeedDesk, a_feed_desk, decoded
from tests.streams.hostile_origin import Origin, an_origin, endless
from tests.streams.transportfiles import a_transport_stream

pytestmark = pytest.mark.alone

SHORT = Look(gop_s=1.0)


def a_piece(number: int, look: Look = SHORT, start: int = 0) -> bytes:
    """One second of a stream that goes on from piece to piece."""
    return a_transport_stream(look, 1, start + 90_000 * (number + 1)).data


class Upstream:
    """A live stream of pieces of one second, published as time goes on."""

    def __init__(self, origin: Origin) -> None:
        self.origin = origin
        self.names: list[str] = []
        self.first = 0
        self.tags: dict[int, str] = {}

    def publish(self, data: bytes, tag: str = "") -> None:
        """One more piece."""
        number = len(self.names)
        self.names.append(f"{number}.ts")
        self.tags.setdefault(number, tag)
        self.origin.put(f"/{number}.ts", data, "video/mp2t")
        self.write()

    def write(self, more: str = "") -> None:
        """The playlist of this moment: the last six pieces."""
        begins = max(0, len(self.names) - 6)
        lines = [
            f"{self.tags[n]}#EXTINF:1,\n{name}" for n, name in enumerate(self.names) if n >= begins
        ]
        head = f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-MEDIA-SEQUENCE:{begins}\n"
        self.origin.put("/live.m3u8", head + "\n".join(lines) + "\n" + more, "text/plain")

    async def go_on(self, pieces: Callable[[int], bytes] = a_piece) -> None:
        """A piece a second, until cancelled."""
        while True:
            number = len(self.names)
            self.publish(await asyncio.to_thread(pieces, number))
            await asyncio.sleep(1)


@asynccontextmanager
async def an_upstream() -> AsyncIterator[Upstream]:
    """An upstream that has been live for three pieces."""
    async with an_origin() as origin:
        upstream = Upstream(origin)
        for number in range(3):
            upstream.publish(a_piece(number))
        yield upstream


@asynccontextmanager
async def meanwhile(work: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """Something goes on in the background."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


def plan_of(origin: Origin, path: str = "/live.m3u8") -> HlsPlan:
    return HlsPlan(origin.base + path, origin.place)


async def trouble(folder: Path, plan: HlsPlan, code: str) -> FeedDesk:
    """A desk that has come to a trouble; nothing was packaged."""
    async with a_feed_desk(folder, plan) as desk:
        await desk.until(lambda: desk.state.code == code)
        assert desk.state.state == "troubled"
        assert desk.state.detail
        assert desk.segments() == 0
        return desk


async def test_the_best_rendition_of_a_live_stream_is_shown_whole(tmp_path: Path) -> None:
    async with an_upstream() as upstream, meanwhile(upstream.go_on()):
        upstream.origin.put(
            "/many.m3u8",
            '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=9,CODECS="hvc1.1",RESOLUTION=1920x1080\n'
            "http://127.0.0.1:1/hevc.m3u8\n"
            '#EXT-X-STREAM-INF:BANDWIDTH=5,CODECS="avc1.4d401f",RESOLUTION=640x360\nlive.m3u8\n'
            "#EXT-X-STREAM-INF:BANDWIDTH=4,RESOLUTION=160x90\nworse.m3u8\n",
        )
        async with a_feed_desk(tmp_path / "media", plan_of(upstream.origin, "/many.m3u8")) as desk:
            await desk.until(lambda: desk.segments() >= 2)
            assert desk.state.state == "connected"
            desk.rules.check()
            assert len(desk.generations) == 1
            assert upstream.origin.asked["/worse.m3u8"] == 0
            count, said = await decoded(desk, tmp_path)
            assert said == ""
            assert count >= 25


@pytest.mark.long
async def test_a_discontinuity_with_another_size_and_count_goes_on(tmp_path: Path) -> None:
    large = Look(192, 108, gop_s=1.0)

    def pieces(number: int) -> bytes:
        return a_piece(number) if number < 8 else a_piece(number, large, 7_000_000)

    async with an_upstream() as upstream:
        upstream.tags[8] = "#EXT-X-DISCONTINUITY\n"
        async with (
            meanwhile(upstream.go_on(pieces)),
            a_feed_desk(tmp_path, plan_of(upstream.origin)) as desk,
        ):
            await desk.until(lambda: desk.sizes and desk.sizes[-1] == (192, 108))
            seen = desk.segments()
            await desk.until(lambda: desk.segments() >= seen + 2)
            desk.rules.check()
            assert desk.sizes == [(160, 90), (192, 108)]
            window = desk.desk.windows["source:hall"]
            assert [entry.discontinuity for entry in window.entries][-1] == 1


@pytest.mark.long
async def test_a_piece_that_is_not_there_is_left_out_and_the_stream_goes_on(
    tmp_path: Path,
) -> None:
    async with an_upstream() as upstream:
        del upstream.origin.answers["/1.ts"]
        async with a_feed_desk(tmp_path, plan_of(upstream.origin)) as desk:
            await desk.until(lambda: upstream.origin.asked["/2.ts"] == 1)
            assert upstream.origin.asked["/1.ts"] == 1
            async with meanwhile(upstream.go_on()):
                await desk.until(lambda: desk.segments() >= 2)


@pytest.mark.parametrize(
    ("playlist", "code"),
    [
        ("<html>Not here</html>", "no_playlist"),
        ("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nlive.m3u8\n", "loops"),
        ('#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS="hvc1.1"\nx.m3u8\n', "not_h264"),
        ("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-ENDLIST\n", "ended"),
        (
            '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-KEY:METHOD=AES-128,URI="{canary}/k"\n'
            "#EXTINF:1,\na.ts\n",
            "encrypted",
        ),
        ("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{canary}/a.ts\n", "bad_scheme"),
        ("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n", "bad_scheme"),
        ("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttps://localhost/a\n", "private_address"),
        (
            '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-MAP:URI="{canary}/i"\n#EXTINF:1,\na.m4s\n',
            "bad_scheme",
        ),
        ("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{canary}/x.m3u8\n", "bad_scheme"),
        (
            '#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",URI="{canary}/s.m3u8"\n'
            '#EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO="a"\nempty.m3u8\n',
            "bad_scheme",
        ),
    ],
)
async def test_what_cannot_be_shown_is_said_and_what_is_forbidden_is_not_asked(
    tmp_path: Path, playlist: str, code: str
) -> None:
    async with an_origin() as canary, an_origin() as origin:
        origin.put("/live.m3u8", playlist.replace("{canary}", canary.base))
        origin.put("/empty.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:1\n")
        await trouble(tmp_path, plan_of(origin), code)
        assert canary.connections == 0


@pytest.mark.long
async def test_pieces_that_are_something_else_are_told_of(tmp_path: Path) -> None:
    async with an_upstream() as upstream:
        for number in range(6):
            upstream.publish(b"<html>", "")
            upstream.origin.put(f"/{number}.ts", b"<html>", "text/html")
        async with meanwhile(upstream.go_on(lambda _: b"<html>")):
            await trouble(tmp_path, plan_of(upstream.origin), "wrong_type")


async def test_a_playlist_that_stays_away_is_told_of_and_the_loop_goes_on(tmp_path: Path) -> None:
    async with an_origin() as origin:
        origin.answers["/live.m3u8"] = endless(b"HTTP/1.1 200 OK\r\n\r\n#EXTM3U\n", b" ", 0.05)
        async with a_feed_desk(tmp_path, plan_of(origin)) as desk:
            await desk.until(lambda: origin.asked["/live.m3u8"] == 1)
            for _ in range(20):
                async with asyncio.timeout(1):
                    await asyncio.sleep(0.01)
            assert desk.state.state == "waiting"


@pytest.mark.long
async def test_a_stream_that_stalls_is_told_of_and_comes_back(tmp_path: Path) -> None:
    async with (
        an_upstream() as upstream,
        a_feed_desk(tmp_path, plan_of(upstream.origin)) as desk,
    ):
        await desk.until(lambda: desk.state.code == "stalled")
        async with meanwhile(upstream.go_on()):
            await desk.until(lambda: desk.state.state == "connected")
            seen = desk.segments()
            await desk.until(lambda: desk.segments() >= seen + 2)
        desk.rules.check()


@pytest.mark.long
@pytest.mark.parametrize("kind", ["mpegts", "fmp4"])
async def test_ffmpegs_own_live_stream_is_shown(tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "origin"
    folder.mkdir()
    made = await asyncio.create_subprocess_exec(
        *("nice", "ffmpeg", "-v", "error", "-re"),
        *("-f", "lavfi", "-i", "testsrc2=s=320x180:r=25", "-f", "lavfi", "-i", "sine=r=44100"),
        *("-c:v", "libx264", "-preset", "ultrafast", "-g", "50", "-bf", "2", "-c:a", "aac"),
        *("-pix_fmt", "yuv420p", "-f", "hls", "-hls_time", "2", "-hls_segment_type", kind),
        *("-hls_flags", "delete_segments", "-t", "60", "live.m3u8"),
        cwd=folder,
    )
    try:
        async with an_origin() as origin:

            async def follow() -> None:
                while True:
                    for file in folder.iterdir():
                        if file.suffix != ".tmp":
                            origin.put(f"/{file.name}", file.read_bytes())
                    await asyncio.sleep(0.1)

            async with (
                meanwhile(follow()),
                a_feed_desk(tmp_path / "media", plan_of(origin)) as desk,
            ):
                await desk.until(lambda: desk.segments() >= 8)
                desk.rules.check()
                count, said = await decoded(desk, tmp_path)
                assert said == ""
                assert count >= 300
    finally:
        made.kill()
        await made.wait()

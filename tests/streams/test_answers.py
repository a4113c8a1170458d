"""What players get over HTTP: held, refused, short or whole; and no byte through the wrong door."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from streams.commands import Content
from streams.directives import HELD_AT_MOST_S
from streams.playlist import MEDIA_TYPE
from streams.segments import Lane
from tests.streams.broadcast import Studio, a_studio, settle
from tests.streams.hls_server import a_server
from tests.streams.parsed_playlist import parse
from tests.streams.playlist_rules import PlaylistRules

LIVE = Content("live", source="hall", title="Salen")
PAUSE = Content("slate", title="Pause")
VIDEO = "/hls/main/video.m3u8"


class Held:
    """A request that is on its way."""

    def __init__(self, client: httpx.AsyncClient, url: str) -> None:
        self.task = asyncio.get_running_loop().create_task(client.get(url))

    async def is_held(self) -> bool:
        """After a round trip of another request the server has long had this one."""
        done, _ = await asyncio.wait([self.task], timeout=0.05)
        return not done

    async def answer(self) -> httpx.Response:
        async with asyncio.timeout(20):
            return await self.task


@asynccontextmanager
async def served(
    folder: Path, content: Content = LIVE
) -> AsyncIterator[tuple[Studio, httpx.AsyncClient]]:
    """A studio that has shown something for eight seconds, behind a real server."""
    async with (
        a_studio(folder) as studio,
        a_server(studio.answers) as base,
        httpx.AsyncClient(base_url=base, timeout=30) as client,
    ):
        studio.camera()
        studio.put(content, "a", 1)
        await studio.turn(8)
        yield studio, client


async def newest(client: httpx.AsyncClient) -> tuple[int, int]:
    """Number and part of the newest part of video."""
    last = parse((await client.get(VIDEO)).text).segments[-1]
    return last.number, len(last.parts) - 1


async def test_a_playlist_says_what_it_is_and_comes_packed(tmp_path: Path) -> None:
    async with served(tmp_path) as (_, client):
        answer = await client.get(VIDEO)
        assert answer.headers["content-type"] == MEDIA_TYPE
        assert answer.headers["content-encoding"] == "gzip"
        assert answer.headers["cache-control"] == "no-cache"
        plain = await client.get(VIDEO, headers={"accept-encoding": "identity"})
        assert "content-encoding" not in plain.headers
        assert plain.text == answer.text
        index = await client.get("/hls/main/index.m3u8")
        assert 'URI="audio.m3u8"' in index.text
        assert index.text.endswith("\nvideo.m3u8\n")


async def test_a_request_for_the_next_part_is_held_until_it_is_there(tmp_path: Path) -> None:
    async with served(tmp_path) as (studio, client):
        number, part = await newest(client)
        held = Held(client, f"{VIDEO}?_HLS_msn={number}&_HLS_part={part + 1}")
        assert await held.is_held()
        await studio.turn(1.1)
        answer = await held.answer()
        assert answer.status_code == 200
        last = parse(answer.text).segments[-1]
        assert (last.number, len(last.parts) - 1) >= (number, part + 1)


async def test_a_part_past_the_end_of_a_segment_is_the_first_of_the_next(tmp_path: Path) -> None:
    async with served(tmp_path) as (studio, client):
        number, _ = await newest(client)
        held = Held(client, f"{VIDEO}?_HLS_msn={number}&_HLS_part=3")
        while (await newest(client))[0] == number:
            assert await held.is_held()
            await studio.turn(0.2)
        assert parse((await held.answer()).text).segments[-1].number == number + 1


async def test_a_request_for_a_segment_is_held_until_the_whole_of_it_is_there(
    tmp_path: Path,
) -> None:
    async with served(tmp_path) as (studio, client):
        number, _ = await newest(client)
        held = Held(client, f"{VIDEO}?_HLS_msn={number + 1}")
        await studio.turn(1)
        assert await held.is_held()
        await studio.turn(3.2)
        listed = parse((await held.answer()).text).segments
        assert any(each.number == number + 1 and each.uri for each in listed)


async def test_what_is_there_already_is_answered_at_once(tmp_path: Path) -> None:
    async with served(tmp_path) as (_, client):
        number, part = await newest(client)
        for query in (f"_HLS_msn={number}&_HLS_part={part}", "_HLS_msn=0", "_HLS_unheard=1"):
            assert (await Held(client, f"{VIDEO}?{query}").answer()).status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        "_HLS_part=1",
        "_HLS_msn=x",
        "_HLS_msn=-1",
        "_HLS_msn={ahead}",
        "_HLS_msn={now}&_HLS_part=9",
    ],
)
async def test_what_cannot_be_meant_is_400(tmp_path: Path, query: str) -> None:
    async with served(tmp_path) as (_, client):
        number, _ = await newest(client)
        answer = await client.get(f"{VIDEO}?" + query.format(ahead=number + 3, now=number))
        assert answer.status_code == 400
        assert answer.headers["cache-control"] == "no-store"
        assert "expected" in answer.text


async def test_held_too_long_is_503(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert HELD_AT_MOST_S == 18
    monkeypatch.setattr("streams.answers.HELD_AT_MOST_S", 0.05)
    async with served(tmp_path) as (_, client):
        number, _ = await newest(client)
        answer = await client.get(f"{VIDEO}?_HLS_msn={number + 2}")
        assert answer.status_code == 503
        assert answer.headers["cache-control"] == "no-store"
        hint = parse((await client.get(VIDEO)).text).hints[0]
        assert (await client.get(hint)).status_code == 404


async def test_nothing_is_said_before_a_whole_segment_is_there(tmp_path: Path) -> None:
    async with a_studio(tmp_path) as studio:
        studio.camera("annex")
        await studio.turn(1.5)
        playlist = studio.playlist(channel="source:annex")
        waiting = asyncio.get_running_loop().create_task(playlist)
        await settle()
        assert not waiting.done()
        await studio.turn(3)
        assert "#EXTINF" in await waiting


async def test_a_delta_is_the_end_of_the_full_playlist(tmp_path: Path) -> None:
    rules = PlaylistRules()
    async with served(tmp_path, PAUSE) as (studio, client):
        short = (await client.get(f"{VIDEO}?_HLS_skip=YES")).text
        assert "#EXT-X-SKIP" not in short, "nothing is old enough"
        await studio.turn(60)
        for skip in ("YES", "v2"):
            short = (await client.get(f"{VIDEO}?_HLS_skip={skip}")).text
            rules.receive_delta("main/video", short, (await client.get(VIDEO)).text)
        rules.check()


async def test_a_hint_is_held_and_is_what_comes(tmp_path: Path) -> None:
    async with served(tmp_path) as (studio, client):
        for lane in Lane:
            playlist = parse((await client.get(f"/hls/main/{lane}.m3u8")).text)
            held = Held(client, playlist.hints[0])
            assert await held.is_held()
            await studio.turn(1.2)
            answer = await held.answer()
            assert answer.status_code == 200
            assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
            assert answer.headers["content-type"] == "video/mp4"
            again = await client.get(playlist.hints[0])
            assert again.content == answer.content


async def test_a_hint_that_a_cut_makes_untrue_is_404(tmp_path: Path) -> None:
    async with served(tmp_path) as (studio, client):
        while (part := (await newest(client))[1]) != 0:
            await studio.turn(0.2)
        await studio.turn(0.5)
        hint = parse((await client.get(VIDEO)).text).hints[0]
        held = Held(client, hint)
        studio.put(PAUSE)
        await studio.turn(3)
        first = await held.answer()
        segment = hint.rpartition("/")[2].split(".")[0]
        never = hint.replace(f"{segment}.{part + 1}.", f"{segment}.{part + 2}.")
        assert first.status_code == 200, "the cut ended the part that was hinted"
        assert (await client.get(never)).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/hls/nowhere/index.m3u8",
        "/hls/nowhere/video.m3u8",
        "/hls/main/words.m3u8",
        "/replay/nothing/index.m3u8",
        "/replay/nothing/1/video.m3u8",
        "/replay/a/1/words.m3u8",
        "/replay/a/2/video.m3u8",
        "/replay/a/0/video.m3u8",
        "/replay/a/x/video.m3u8",
        "/media/main/hall/1/video/999.m4s",
        "/media/main/hall/1/video/2.99.m4s",
        "/media/main/hall/9/video/init.mp4",
        "/media/main/hall/x/video/init.mp4",
        "/media/main/hall/1/words/init.mp4",
        "/media/main/hall/1/video/index.jsonl",
        "/media/main/hall/1/video/1.2.3.m4s",
        "/media/main/hall/1/video/-1.m4s",
        "/media/main/hall/1/video/.m4s",
    ],
)
async def test_what_is_not_there_is_404_and_never_cached(tmp_path: Path, path: str) -> None:
    async with served(tmp_path) as (_, client):
        answer = await client.get(path)
        assert answer.status_code == 404
        assert answer.headers["cache-control"] == "no-store"


async def test_media_is_given_only_through_what_lists_it(tmp_path: Path) -> None:
    async with served(tmp_path) as (studio, client):
        studio.camera("annex")
        await studio.turn(6)
        for name in ("0.m4s", "0.0.m4s", "init.mp4"):
            through = "source:annex/annex/1/video/" + name
            assert (await client.get(f"/media/{through}")).status_code == 200
            for via in ("main", "a", "source:hall", "nowhere"):
                refused = await client.get(f"/media/{via}/annex/1/video/{name}")
                assert refused.status_code == 404, via
        shown = next(
            e for e in studio.desk.windows["main"].entries if e.generation.source == "hall"
        )
        for name in (f"{shown.segment}.m4s", "init.mp4"):
            for via in ("main", "a", "source:hall"):
                assert (await client.get(f"/media/{via}/hall/1/audio/{name}")).status_code == 200


async def test_a_file_is_named_where_a_whole_segment_may_be_fetched_and_nowhere_else(
    tmp_path: Path,
) -> None:
    async with served(tmp_path) as (studio, client):
        whole, *_, growing = studio.desk.windows["main"].of_item("a")
        generation = whole.generation
        place = (generation.source, str(generation.number), "video")
        name = f"{whole.segment}.m4s"
        for via in ("main", "a"):
            path = studio.answers.file(via, *place, name)
            assert path is not None
            fetched = await client.get(f"/media/{via}/{'/'.join(place)}/{name}")
            assert (tmp_path / path).read_bytes() == fetched.content
        for via, *other in (
            ("nowhere", *place, name),
            ("source:annex", *place, name),
            ("main", *place, f"{whole.segment}.0.m4s"),
            ("main", *place, "init.mp4"),
            ("main", *place, f"{growing.segment}.m4s"),
            ("main", *place, "9999.m4s"),
            ("main", *place[:2], "sound", name),
            ("main", "annex", "1", "video", name),
            ("main", "..", "1", "video", name),
        ):
            assert studio.answers.file(via, *other) is None, (via, other)


async def test_what_has_left_the_window_long_ago_is_refused_but_not_in_the_replay(
    tmp_path: Path,
) -> None:
    async with a_studio(tmp_path, window_s=20) as studio:
        studio.put(PAUSE, "a", 1)
        await studio.turn(30)
        of_item = studio.desk.windows["main"].of_item("a")[0]
        generation, segment = of_item.generation.number, of_item.segment
        first = ("main-slate", f"{generation}", "video", f"{segment}.m4s")
        playlist = parse(await studio.playlist())
        assert playlist.first_number > 0
        assert 20 <= sum(each.lasts_s for each in playlist.segments) < 26
        assert (await studio.answers.media("main", *first)).status == 200
        await studio.turn(25)
        assert (await studio.answers.media("main", *first)).status == 404
        assert (await studio.answers.media("a", *first)).status == 200
        studio.rules.check()


async def test_an_item_grows_while_it_is_on_and_is_finished_when_it_was_shown(
    tmp_path: Path,
) -> None:
    rules = PlaylistRules()
    async with served(tmp_path) as (studio, _):

        def replay(cut: str = "1", *, finished: bool) -> str:
            texts = {}
            for lane in Lane:
                answer = studio.answers.item_lane("a", cut, lane, finished=finished, packed=False)
                assert answer.status == 200
                texts[lane] = answer.body.decode()
                rules.receive(f"a{cut}/{lane}", texts[lane])
            return texts[Lane.VIDEO]

        assert parse(replay(finished=False)).kind == "EVENT"
        await studio.turn(4)
        assert parse(replay(finished=True)).kind == "EVENT", "the picture has not turned yet"
        studio.put(PAUSE, "b", 1)
        await studio.turn(4)
        over = parse(replay(finished=True))
        assert (over.kind, over.ended) == ("VOD", True)
        assert [each.discontinuity for each in over.segments] == sorted(
            each.discontinuity for each in over.segments
        )
        assert (over.first_number, over.first_discontinuity) == (0, 0)
        studio.put(LIVE, "a", 2)
        await studio.turn(8)
        assert replay("1", finished=False) == replay("1", finished=True), "the first cut stays"
        both = parse(replay("2", finished=False))
        assert both.kind == "EVENT"
        assert len(both.segments) > len(over.segments)
        gap = both.segments[len(over.segments)]
        assert gap.joint, "between the runs lies something else"
        index = studio.answers.item("a").body.decode()
        assert "\n2/video.m3u8\n" in index
        rules.check()


async def test_packed_bytes_are_the_plain_ones(tmp_path: Path) -> None:
    async with a_studio(tmp_path) as studio:
        studio.put(PAUSE, "a", 1)
        await studio.turn(6)
        plain = studio.answers.item_lane("a", "1", "video", finished=False, packed=False)
        packed = studio.answers.item_lane("a", "1", "video", finished=False, packed=True)
        assert gzip.decompress(packed.body) == plain.body


async def test_the_end_of_a_channel_is_told_to_all_who_wait_and_stays(tmp_path: Path) -> None:
    async with served(tmp_path) as (studio, client):
        number, _ = await newest(client)
        held = Held(client, f"{VIDEO}?_HLS_msn={number + 1}")
        assert await held.is_held()
        studio.desk.end("main")
        ended = (await held.answer()).text
        assert parse(ended).ended
        studio.put(PAUSE, "b", 1)
        await studio.turn(5)
        assert (await client.get(f"{VIDEO}?_HLS_msn={number + 9}&_HLS_skip=YES")).text == ended
        studio.rules.receive("main/video", ended)
        studio.rules.check()

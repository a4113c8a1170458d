"""Viewers come, see the picture at once and over every cut, fall behind, leave."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from streams import framestamp
from streams.webrtc.gathering import Reach
from streams.webrtc.negotiation import a_connection
from streams.webrtc.viewer import Viewer, Watcher
from streams.webrtc.whep import WhepSettings
from streams.webrtc.whip import Input, Refused
from tests.streams.whep_server import (
    CAMERA_PX,
    FILM_PX,
    SLATE_PX,
    WATCHER,
    Spectator,
    Stage,
    a_spectator,
    a_stage,
    an_offer_to_watch,
)

OTHER = Watcher("another session")
WITHIN_S = 30.0

pytestmark = [pytest.mark.alone, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    async with a_stage(tmp_path_factory.mktemp("stage")) as stage:
        yield stage


@pytest_asyncio.fixture(loop_scope="module")
async def stage(running: Stage) -> AsyncIterator[Stage]:
    """The stage that most tests share; whoever watched before has gone."""
    yield running
    async with asyncio.timeout(WITHIN_S):
        while running.whep.viewers:
            await running.desk.ticks.sleep(0.02)  # looked after ten times a second


async def refusal(stage: Stage, channel: str = "source:hall", watcher: Watcher = WATCHER) -> str:
    connection = a_connection()
    try:
        offer = await an_offer_to_watch(connection, "video")
        with pytest.raises(Refused) as refused:
            await stage.whep.offer(channel, watcher, "application/sdp", offer)
    finally:
        await connection.close()
    return refused.value.code


async def until_closed(spectator: Spectator) -> None:
    async with asyncio.timeout(WITHIN_S):
        await spectator.until_ended()


async def test_who_joins_in_the_middle_of_a_group_sees_the_newest_picture_at_once(
    stage: Stage,
) -> None:
    async with a_spectator(stage) as spectator:
        first = await spectator.picture()
        assert (first.width, first.height) == CAMERA_PX
        pictures = [await spectator.picture() for _ in range(50)]
        stamps = [framestamp_of(picture) for picture in pictures]
        assert stamps == sorted(stamps)
        times = [picture.pts or 0 for picture in pictures]
        assert times == sorted(set(times))
        async with asyncio.timeout(WITHIN_S):
            sound = await spectator.tracks["audio"].recv()
        assert sound.sample_rate == 48_000


def framestamp_of(picture: Any) -> int:
    plane = picture.planes[0]
    grey = bytes(plane)

    def brightness(x: int, y: int) -> int:
        return int(grey[y * plane.line_size + x])

    stamp = framestamp.read(brightness, picture.width, picture.height)
    assert stamp is not None
    return stamp


def age_ms(stage: Stage, picture: Any) -> int:
    """How long ago the picture was drawn."""
    return int(stage.desk.ticks.now_ticks() // 90 - framestamp_of(picture)) % 2**32


async def test_cuts_between_camera_film_and_slate_are_seen_by_who_stays(tmp_path: Path) -> None:
    async with a_stage(tmp_path) as stage:
        stage.put("slate")
        await stage.until_shown("slate")
        async with a_spectator(stage, "main") as spectator:
            await spectator.picture_of(SLATE_PX)
            times: list[int] = []
            for kind, size in [("live", CAMERA_PX), ("film", FILM_PX), ("slate", SLATE_PX)]:
                stage.put(kind)
                for _ in range(5):
                    times.append((await spectator.picture_of(size)).pts or 0)
            assert times == sorted(set(times))
            assert [viewer.dropped for viewer in stage.whep.viewers] == [0]


async def test_a_channel_that_ends_ends_who_watches_it(tmp_path: Path) -> None:
    async with a_stage(tmp_path) as stage:
        assert await refusal(stage, "main") == "nothing_on_air"
        stage.put("slate")
        await stage.until_shown("slate")
        async with a_spectator(stage, "main") as spectator:
            await spectator.picture()
            stage.desk.end("main")
            assert stage.whep.viewers == ()
            await until_closed(spectator)
        assert await refusal(stage, "main") == "nothing_on_air"


async def test_a_session_that_is_revoked_ends_what_it_watches_and_nothing_else(
    stage: Stage,
) -> None:
    async with (
        a_spectator(stage) as mine,
        a_spectator(stage, watcher=OTHER) as theirs,
    ):
        await mine.picture()
        await theirs.picture()
        assert stage.whep.sessions == {"a session", "another session"}
        assert stage.whep.revoke("a session") == 1
        await until_closed(mine)
        assert stage.whep.sessions == {"another session"}
        await theirs.picture()


async def test_a_viewer_whose_line_stands_still_misses_pictures_and_nobody_waits(
    stage: Stage,
) -> None:
    async with (
        a_spectator(stage) as slow,
        a_spectator(stage, watcher=OTHER) as quick,
    ):
        await slow.picture()
        await quick.picture()
        line = StandingLine(stage.whep.viewers[0])
        async with asyncio.timeout(WITHIN_S):
            while not stage.whep.viewers[0].dropped:
                await quick.picture()
        assert stage.whep.viewers[1].dropped == 0
        line.free.set()
        stamps = [framestamp_of(await slow.picture()) for _ in range(30)]
        assert stamps == sorted(stamps)
        async with asyncio.timeout(WITHIN_S):
            while age_ms(stage, await slow.picture()) > 1_000:
                pass


class StandingLine:
    """Stands between a viewer's connection and its network, and lets nothing through until free."""

    def __init__(self, viewer: Viewer) -> None:
        transport: Any = viewer.connection.getTransceivers()[0].sender.transport.transport
        self._send = transport._send
        transport._send = self
        self.free = asyncio.Event()

    async def __call__(self, data: bytes) -> None:
        await self.free.wait()
        await self._send(data)


async def test_wishes_for_a_keyframe_reach_the_source_together(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[None] = []
    monkeypatch.setattr(stage.camera, "request_keyframe", lambda: asked.append(None))
    async with a_spectator(stage) as spectator:
        await spectator.picture()
        receiver: Any = spectator.connection.getTransceivers()[0].receiver
        (source,) = receiver.getSynchronizationSources()
        for _ in range(20):
            await receiver._send_rtcp_pli(source.source)
            await spectator.picture()
        # Pictures that lay ready came at once; the wishes take their own way.
        async with asyncio.timeout(WITHIN_S):
            while not asked:
                await spectator.picture()
        assert len(asked) < 10


async def test_too_many_viewers_are_sent_away_and_one_person_makes_room_for_themself(
    tmp_path: Path,
) -> None:
    settings = WhepSettings(reach=Reach(loopback=True), most_viewers=2, most_each=2)
    async with (
        a_stage(tmp_path, settings) as stage,
        a_spectator(stage) as oldest,
        a_spectator(stage) as newer,
    ):
        await oldest.picture()  # only who is connected hears that the line is closed
        assert await refusal(stage, watcher=OTHER) == "too_many_viewers"
        async with a_spectator(stage) as newest:
            await newest.picture()
            await until_closed(oldest)
            sessions = [viewer.id for viewer in stage.whep.viewers]
            assert sessions == [newer.session, newest.session]


async def test_two_pictures_at_once_are_a_key_s_and_no_session_s_end_is_theirs(
    tmp_path: Path,
) -> None:
    settings = WhepSettings(reach=Reach(loopback=True), most_viewers=3)
    main, backup = (Watcher("", Input("hall", name)) for name in ("main", "backup"))
    async with (
        a_stage(tmp_path, settings) as stage,
        a_spectator(stage, "source:hall", "video", watcher=main) as oldest,
        a_spectator(stage, "source:hall", "video", watcher=main),
        a_spectator(stage, "source:hall", "video", watcher=backup) as other,
    ):
        await oldest.picture()
        assert stage.whep.sessions == frozenset()
        assert await refusal(stage, watcher=OTHER) == "too_many_viewers"
        async with a_spectator(stage, "source:hall", "video", watcher=main) as newest:
            await newest.picture()
            await until_closed(oldest)
            await other.picture()
            theirs = [v.watcher for v in stage.whep.viewers]
            assert sorted(map(str, theirs)) == sorted(map(str, (main, main, backup)))
            with pytest.raises(Refused):
                await stage.whep.delete("source:hall", newest.session, backup)


async def test_the_url_of_a_session_alone_ends_nothing(stage: Stage) -> None:
    async with a_spectator(stage) as spectator:
        await spectator.picture()
        for channel, session, watcher in (
            ("source:hall", spectator.session, OTHER),
            ("main", spectator.session, WATCHER),
            ("source:hall", "guess", WATCHER),
        ):
            with pytest.raises(Refused) as refused:
                await stage.whep.delete(channel, session, watcher)
            assert refused.value.status == 404
        await stage.whep.delete("source:hall", spectator.session, WATCHER)
        await until_closed(spectator)


async def test_candidates_may_come_later_and_ice_is_not_started_over(stage: Stage) -> None:
    async with a_spectator(stage) as spectator:
        viewer = stage.whep.viewers[0]
        late = "a=candidate:1 1 udp 2122260223 127.0.0.1 9 typ host"
        fragment = f"a=ice-ufrag:{viewer.remote.ufrag}\r\na=mid:0\r\n{late}\r\n"
        kind = "application/trickle-ice-sdpfrag"
        asked = ("source:hall", spectator.session, WATCHER)
        await stage.whep.patch(*asked, kind, fragment)
        for wrong, body, status in [
            (kind, "a=ice-ufrag:other\r\n", 422),
            ("application/sdp", fragment, 415),
            (kind, "a=candidate:x\r\n", 400),
        ]:
            with pytest.raises(Refused) as refused:
                await stage.whep.patch(*asked, wrong, body)
            assert refused.value.status == status
        await spectator.picture()


async def test_a_viewer_that_never_connects_expires(tmp_path: Path) -> None:
    settings = WhepSettings(reach=Reach(loopback=True), connect_within_s=0.3)
    async with a_stage(tmp_path, settings) as stage:
        connection = a_connection()
        offer = await an_offer_to_watch(connection, "video", "audio")
        await stage.whep.offer("source:hall", WATCHER, "application/sdp", offer)
        async with asyncio.timeout(WITHIN_S):
            while stage.whep.viewers:
                await stage.desk.ticks.sleep(0.05)  # looked after ten times a second
        await connection.close()


async def test_an_offer_cut_anywhere_is_taken_or_refused_and_never_breaks(tmp_path: Path) -> None:
    async with a_stage(tmp_path, WhepSettings(reach=Reach(loopback=True), most_each=1)) as stage:
        connection = a_connection()
        lines = (await an_offer_to_watch(connection, "video")).splitlines()
        await connection.close()
        taken, statuses = 0, set()
        for cut in range(0, len(lines), 3):
            without = "\r\n".join([*lines[:cut], *lines[cut + 1 :], ""])
            try:
                await stage.whep.offer("source:hall", WATCHER, "application/sdp", without)
                taken += 1
            except Refused as refused:
                statuses.add(refused.status)
        assert statuses <= {400, 406, 422}
        assert taken > 0
        assert len(stage.whep.viewers) == 1

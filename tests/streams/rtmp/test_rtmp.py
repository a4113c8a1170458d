"""RTMP end to end: real FFmpegs and rude strangers, a real desk, playlists under the rules."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import pytest

from streams.commands import Content
from streams.desk import SOURCE
from streams.rtmp.chunkstream import Kind
from streams.rtmp.rtmp import RtmpSettings
from streams.segments import Lane
from streams.webrtc.whip import Input
from tests.streams.broadcast import Look
from tests.streams.hls_server import a_server
from tests.streams.rtmp_desk import (
    RtmpDesk,
    an_ffmpeg,
    an_rtmp_desk,
    decoded,
    runs_within,
    urls,
)
from tests.streams.rtmp_encoder import HELLO, a_wire_encoder, connect, say, statuses, tags

pytestmark = pytest.mark.alone

HALL, STAGE, DESK = (Input(source, "main") for source in ("hall", "stage", "desk"))
PLACES = (HALL, STAGE, DESK)
PLAIN, WIDE = Look(gop_s=1.0), Look(192, 108, gop_s=1.0)
# Each is quick in what its test is about, and in nothing else.
QUICK_TO_REFUSE = RtmpSettings(most_connections=3, refuse_after_s=0.05)
QUICK_TO_HANG_UP = RtmpSettings(publish_within_s=0.4)
QUICK_TO_LET_GO = RtmpSettings(idle_s=0.4)


async def test_ffmpegs_are_packaged_frame_by_frame_and_one_is_killed_and_comes_back(
    tmp_path: Path,
) -> None:
    """Three at once: as it is, with B-pictures and sound of another kind, without sound."""
    async with an_rtmp_desk(tmp_path / "media") as here, AsyncExitStack() as encoders:
        to = urls(here.port)
        for place, video, audio in (
            (STAGE, "-bf 2", "-ac 1 -ar 44100"),
            (DESK, "-bf 3 -b_strategy 0 -refs 3", None),
            (HALL, "-bf 0", "-ac 2 -ar 48000"),
        ):
            copy = tmp_path / f"{place.source}.flv"
            encoder = an_ffmpeg(to[place], video=video, audio=audio, copy=copy)
            last = await encoders.enter_async_context(encoder)
        await here.until(lambda: here.seconds("hall") > 0)
        here.put(Content("live", source="hall", title="Salen"))
        await here.until(lambda: all(here.segments(place.source) > 2 for place in PLACES))
        assert [report.kind for report in here.told][-1] == "live"

        last.kill()
        await encoders.aclose()
        await here.until(lambda: len(here.lost) == 3)
        assert here.lost[1:] == ["left"] * 2
        await here.until(lambda: here.told[-1].kind == "slate")

        before = here.segments("hall")
        async with an_ffmpeg(to[HALL], "192x108", 30, video="-bf 2 -profile:v high"):
            await here.until(
                lambda: here.told[-1].kind == "live" and here.segments("hall") > before
            )
            assert here.desk.sources["hall"].health()["width"] == 192
        here.rules.check()
        assert here.size("hall") == (192, 108)
        generations = here.desk.windows[SOURCE + "hall"].entries
        assert len({entry.generation.number for entry in generations}) == 2

        for place in PLACES:
            here.desk.end(SOURCE + place.source)
        async with a_server(here.answers) as base:
            await asyncio.gather(*(check_decoded(base, tmp_path, place) for place in PLACES))
    assert loud(here, HALL)
    assert loud(here, STAGE)
    assert not loud(here, DESK), "silence was laid"


async def check_decoded(base: str, folder: Path, place: Input) -> None:
    """What players get is, picture by picture, what the encoder wrote into its own file."""
    playlist = f"{base}/hls/{SOURCE}{place.source}/index.m3u8"
    shown = await decoded(playlist, "v")
    assert len(shown) >= 75
    assert runs_within(shown[:75], await decoded(folder / f"{place.source}.flv", "v")), place
    assert len(await decoded(playlist, "a")) >= len(shown) * 48_000 // 1024 // 30


def loud(here: RtmpDesk, place: Input) -> bool:
    """Whether most frames of sound are not the one of silence."""
    window = here.desk.windows[SOURCE + place.source]
    sizes = [
        part.size / (part.duration_ticks / 1024)
        for entry in window.entries
        if (segment := entry.lane(Lane.AUDIO)) is not None
        for part in segment.parts
    ]
    return sum(sizes) / len(sizes) > 100


async def test_a_second_encoder_takes_over_with_its_first_picture_and_not_before(
    tmp_path: Path,
) -> None:
    async with (
        an_rtmp_desk(tmp_path / "media") as here,
        a_wire_encoder(here.port) as first,
        a_wire_encoder(here.port) as second,
        a_wire_encoder(here.port) as backup,
    ):
        for encoder, key in ((first, "hall-main-key"), (backup, "hall-backup-key")):
            await encoder.publish(key)
            await encoder.send(tags(PLAIN, 1))
        await here.until(lambda: bool(here.desk.sources))
        source = here.desk.sources["hall"]
        await here.until(lambda: set(source._inputs) == {"main", "backup"})
        held = source._inputs["main"].publisher
        await second.publish("hall-main-key")
        await second.send(tags(WIDE, 1)[:2])
        await first.send(tags(PLAIN, 1, 1000)[2:])
        assert source._inputs["main"].publisher is held, "a key alone replaces nobody"
        await second.send(tags(WIDE, 1)[2:])
        await first.hung_up()
        assert statuses(first.said)[-1] == "NetStream.Publish.Failed"
        assert source._inputs["main"].publisher is not held
        assert "backup" in source._inputs, "another input is another's"
        assert here.lost == []


async def test_a_wrong_key_is_told_and_appears_in_no_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with an_rtmp_desk(tmp_path / "media", QUICK_TO_REFUSE) as here:
        for key in ("wrong-secret", "", "hall-main-key2", "hall-main-ke"):
            async with a_wire_encoder(here.port) as encoder:
                await encoder.publish(key)
                assert statuses(encoder.said)[-1] == "NetStream.Publish.BadName"
                await encoder.hung_up()
        async with a_wire_encoder(here.port) as encoder:
            await encoder.publish("hall-main-key")
        assert here.desk.sources == {}
    said = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    assert "wrong_key" in said
    for secret in ("wrong-secret", "hall-main-key", "127.0.0.1"):
        assert secret not in said


async def test_an_ffmpeg_with_a_wrong_key_ends_by_itself(tmp_path: Path) -> None:
    async with an_rtmp_desk(tmp_path / "media", QUICK_TO_REFUSE) as here:
        wrong = urls(here.port)[HALL].replace("key", "quay")
        async with an_ffmpeg(wrong, audio=None) as encoder, asyncio.timeout(30):
            assert encoder.stderr is not None
            assert b"Expected the key of an input" in await encoder.stderr.read()
            assert await encoder.wait() != 0


async def test_another_codec_is_told_with_its_name(tmp_path: Path) -> None:
    async with an_rtmp_desk(tmp_path / "media") as here, a_wire_encoder(here.port) as encoder:
        await encoder.publish("hall-main-key")
        await encoder.send([(Kind.VIDEO, 0, b"\x90hvc1" + bytes(200))])
        assert await encoder.until("NetStream.Publish.Failed")
        assert b"came HEVC" in encoder.said[-1].data
        await encoder.hung_up()


async def test_who_does_not_get_to_publish_in_time_is_hung_up_on(tmp_path: Path) -> None:
    desk = an_rtmp_desk(tmp_path / "media", QUICK_TO_HANG_UP)
    async with desk as here, AsyncExitStack() as strangers:
        waiting = []
        for said in (b"", HELLO[:900], HELLO, HELLO + connect(), b"GET / HTTP/1.1\r\n\r\n"):
            stranger = await strangers.enter_async_context(a_wire_encoder(here.port))
            stranger.writer.write(said)
            waiting.append(stranger.hung_up())
        await asyncio.gather(*waiting)
        await here.until(lambda: here.server.connections == ())
        assert here.lost == []


async def test_a_byte_at_a_time_wins_no_time(tmp_path: Path) -> None:
    async with (
        an_rtmp_desk(tmp_path / "media", QUICK_TO_HANG_UP) as here,
        a_wire_encoder(here.port) as stranger,
        asyncio.timeout(30),
    ):
        hung_up = asyncio.create_task(stranger.hung_up())
        for byte in HELLO:
            if hung_up.done():
                break
            stranger.writer.write(bytes([byte]))
            await asyncio.wait([hung_up], timeout=0.02)
        assert hung_up.done()


async def test_a_publisher_that_says_nothing_is_let_go(tmp_path: Path) -> None:
    async with (
        an_rtmp_desk(tmp_path / "media", QUICK_TO_LET_GO) as here,
        a_wire_encoder(here.port) as encoder,
    ):
        await encoder.publish("hall-main-key")
        await encoder.send(tags(PLAIN, 1))
        await encoder.hung_up()
        assert here.lost == ["silent"]


async def test_strangers_make_room_and_publishers_do_not(tmp_path: Path) -> None:
    settings = RtmpSettings(most_connections=3)
    async with AsyncExitStack() as open_:
        here = await open_.enter_async_context(an_rtmp_desk(tmp_path / "media", settings))

        async def another(key: str = "") -> object:
            encoder = await open_.enter_async_context(a_wire_encoder(here.port))
            if key:
                await encoder.publish(key)
            return encoder

        first = await open_.enter_async_context(a_wire_encoder(here.port))
        await first.publish("hall-main-key")
        strangers = [await open_.enter_async_context(a_wire_encoder(here.port)) for _ in range(2)]
        await here.until(lambda: len(here.server.connections) == 3)
        await another("stage-main-key")
        await strangers[0].hung_up()
        await another("desk-main-key")
        await strangers[1].hung_up()
        late = await open_.enter_async_context(a_wire_encoder(here.port))
        await late.hung_up()
        assert len(here.server.connections) == 3
        assert all(each.publishing for each in here.server.connections)
        await first.send(tags(PLAIN, 1))
        await here.until(lambda: "hall" in here.desk.sources)


async def test_strangers_who_wait_for_their_refusal_make_room_as_well(tmp_path: Path) -> None:
    settings = RtmpSettings(most_connections=3, refuse_after_s=0.0)
    async with an_rtmp_desk(tmp_path / "media", settings) as here, AsyncExitStack() as open_:
        for _ in range(3):
            stranger = await open_.enter_async_context(a_wire_encoder(here.port))
            await stranger.publish("wrong")
        assert all(each.ended for each in here.server.connections)
        encoder = await open_.enter_async_context(a_wire_encoder(here.port))
        await encoder.publish("hall-main-key")
        assert statuses(encoder.said)[-1] == "NetStream.Publish.Start"


async def test_two_thousand_half_greetings_leave_an_encoder_its_place(tmp_path: Path) -> None:
    async with an_rtmp_desk(tmp_path / "media") as here, a_wire_encoder(here.port) as encoder:
        await encoder.publish("hall-main-key")
        for _ in range(20):
            async with AsyncExitStack() as strangers:
                for _ in range(100):
                    stranger = await strangers.enter_async_context(a_wire_encoder(here.port))
                    stranger.writer.write(HELLO[:700])
                assert len(here.server.connections) <= here.server.settings.most_connections
        await encoder.send(tags(PLAIN, 1))
        await here.until(lambda: "hall" in here.desk.sources)


async def test_who_never_reads_is_held_back_and_let_go(tmp_path: Path) -> None:
    settings = RtmpSettings(publish_within_s=1.0, idle_s=1.0)
    async with (
        an_rtmp_desk(tmp_path / "media", settings) as here,
        a_wire_encoder(here.port) as stranger,
        asyncio.timeout(20),
    ):
        stranger.writer.write(HELLO + connect())
        ping = say(Kind.USER_CONTROL, b"\0\6\1\2\3\4") * 1000
        with suppress(ConnectionError):
            while True:
                stranger.writer.write(ping)
                await stranger.writer.drain()
        await here.until(lambda: here.server.connections == ())


async def test_a_desk_that_fails_costs_one_connection(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with (
        an_rtmp_desk(tmp_path / "media") as here,
        a_wire_encoder(here.port) as first,
        a_wire_encoder(here.port) as second,
    ):
        attach, here.desk.attach = here.desk.attach, None  # type: ignore[assignment,method-assign]
        await first.publish("hall-main-key")
        await first.send(tags(PLAIN, 1))
        await first.hung_up()
        assert "an encoder's connection failed" in caplog.text
        here.desk.attach = attach  # type: ignore[method-assign]
        await second.publish("hall-main-key")
        await second.send(tags(PLAIN, 1))
        await here.until(lambda: "hall" in here.desk.sources)

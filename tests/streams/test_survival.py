"""An encoder dies, freezes, comes back as another one; a line loses and is slow. Real media."""

from __future__ import annotations

import signal
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import av
import pytest

from streams.segments import Lane
from streams.webrtc.ingest import IngestSettings
from streams.webrtc.session import Asking
from tests.streams import cameras
from tests.streams.bad_line import HERE, BadLine, a_bad_line
from tests.streams.live_studio import LiveStudio, a_live_studio
from tests.streams.parsed_playlist import ReadPlaylist, parse
from tests.streams.read_fragments import samples

pytestmark = [pytest.mark.alone, pytest.mark.long]

SLATE_WITHIN_S = 3.2
"""Two seconds without media, and a part until the playlist shows it."""
BACK_WITHIN_S = 6.0
"""Connecting, one second of stable parameters, the next IDR, a part."""


def replay(live: LiveStudio, lane: str = "video") -> ReadPlaylist:
    """The one recording of the item so far."""
    answer = live.studio.answers.item_lane("a", "1", lane, finished=False, packed=False)
    assert answer.status == 200
    return parse(answer.body.decode())


def check_one_recording(live: LiveStudio, dropouts: int) -> None:
    """The item is one recording; each dropout a marked gap, in which a slate stands."""
    playlist = replay(live)
    joints = [segment for segment in playlist.segments if segment.joint]
    assert len(joints) >= 2 * dropouts
    assert all(segment.own_map for segment in joints)
    for before, after in pairwise(playlist.segments):
        assert before.began
        assert after.began
        assert before.duration_s is not None
        hole = (after.began - before.began).total_seconds() - before.duration_s
        assert -0.003 < hole < 0.25, f"{hole} s at {after.began}"
    live.studio.rules.check()


def check_pictures_are_whole(live: LiveStudio) -> int:
    """A strict decoder takes every picture of the source; returns how many there are."""
    count = 0
    for generation in {
        entry.generation: None
        for entry in live.studio.desk.windows["main"].entries
        if entry.generation.source == "kl-huset"
    }:
        decoder = av.CodecContext.create("h264", "r")
        decoder.options = {"err_detect": "explode"}
        for segment in generation.lanes[Lane.VIDEO].values():
            for index in range(len(segment.parts)):
                data = live.studio.desk.shelf.read(generation, Lane.VIDEO, segment.number, index)
                for sample in samples(data):
                    decoder.decode(av.Packet(annex_b(sample.data)))
                    count += 1
    return count


def annex_b(sample: bytes) -> bytes:
    out = b""
    while sample:
        size = int.from_bytes(sample[:4])
        out += b"\0\0\0\1" + sample[4 : 4 + size]
        sample = sample[4 + size :]
    return out


@pytest.mark.parametrize("fault", [signal.SIGKILL, signal.SIGSTOP])
async def test_a_slate_stands_in_for_an_encoder_and_another_one_comes_back(
    tmp_path: Path, fault: signal.Signals
) -> None:
    async with a_live_studio(tmp_path / "media") as live:
        async with cameras.an_ffmpeg_camera(live.url, tmp_path, 60) as camera:
            assert await live.pace_until(lambda: live.on_air == "kl-huset", 20) < 20
            await live.pace(4)
            camera.send_signal(fault)
            took = await live.pace_until(lambda: live.on_air == "main-slate", 10)
            assert took < SLATE_WITHIN_S
            await live.pace(1.5)
            look = ("--size", "640x360", "--frame-rate", "25", "--profile", "main")
            other = cameras.an_ffmpeg_camera(live.url, tmp_path, 60, "key-main", 0, *look)
            async with other as second:
                connected = len(live.sessions)
                await live.pace_until(lambda: len(live.sessions) > connected, 20)
                took = await live.pace_until(lambda: live.on_air == "kl-huset", 10)
                assert took < BACK_WITHIN_S
                await live.pace(3)
                second.send_signal(signal.SIGKILL)
                assert await live.pace_until(lambda: live.on_air == "main-slate", 10) < 10
                await live.pace(3)
        assert live.studio.kinds == ["slate", "live", "slate", "live", "slate"]
        widths = [
            entry.generation.parameters.width
            for entry in live.studio.desk.windows["main"].entries
            if entry.generation.source == "kl-huset"
        ]
        assert (widths[0], widths[-1]) == (320, 640)
        assert check_pictures_are_whole(live) > 150
        check_one_recording(live, dropouts=2)


class Counted:
    """A publisher's tap that counts what it is asked for."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking
        self.keyframes = self.nacks = self.packets = 0

    async def acknowledge(self, ssrc: int) -> None:
        await self._asking.acknowledge(ssrc)

    async def ask_keyframe(self, ssrc: int) -> None:
        self.keyframes += 1
        await self._asking.ask_keyframe(ssrc)

    async def ask_again(self, ssrc: int, sequences: list[int]) -> None:
        self.nacks += 1
        self.packets += len(sequences)
        await self._asking.ask_again(ssrc, sequences)


BAD_FOR_S = 10


@pytest.mark.parametrize(
    ("spoil", "bit_rate"),
    [(lambda line: line.lose(20), 0), (lambda line: line.slow("256kbit"), 1_200_000)],
    ids=["loses a fifth", "256 kbit/s"],
)
async def test_a_session_outlives_a_bad_line_and_shows_whole_pictures_or_none(
    tmp_path: Path, spoil: Callable[[BadLine], None], bit_rate: int
) -> None:
    with a_bad_line() as line:
        settings = IngestSettings()
        async with a_live_studio(tmp_path / "media", settings, HERE) as live:
            camera = cameras.an_ffmpeg_camera(
                live.url, tmp_path, 90, bit_rate=bit_rate, inside=line.camera
            )
            async with camera:
                assert await live.pace_until(lambda: live.on_air == "kl-huset", 20) < 20
                await live.pace(3)
                (session,) = live.sessions
                asked = session.taps[Lane.VIDEO] = Counted(session.taps[Lane.VIDEO])
                packets = session.publisher.packets
                spoil(line)
                await live.pace(BAD_FOR_S)
                assert session.publisher.packets > packets + 100
                assert asked.keyframes <= 2 * BAD_FOR_S + 1
                assert asked.nacks <= 13 * BAD_FOR_S
                assert asked.packets <= 64 * asked.nacks
                line.mend()
                await live.pace(1)
                took = await live.pace_until(lambda: live.on_air == "kl-huset", 10)
                assert took < BACK_WITHIN_S
                await live.pace(3)
                assert live.on_air == "kl-huset"
                assert live.sessions == [session], "it was one session throughout"
                assert not session.ended
        check_pictures_are_whole(live)
        check_sound_is_there(live)
        check_one_recording(live, dropouts=0)


def check_sound_is_there(live: LiveStudio) -> None:
    """Sound covers the picture everywhere, also where a line was bad."""
    for entry in live.studio.desk.windows["main"].entries[:-1]:
        video, audio = entry.lane(Lane.VIDEO), entry.lane(Lane.AUDIO)
        assert video is not None
        assert audio is not None
        assert abs(video.duration_s - audio.duration_s) < 0.05

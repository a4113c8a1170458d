"""FFmpegs that send a moving picture and a tone in real time: any look, any way in."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Look:
    """What an encoder makes.

    Args:
        video: options of x264, on top of the fastest preset.
        clock: options that move its clock.
    """

    width: int = 854
    height: int = 480
    rate: int = 30
    video: str = "-profile:v main -bf 2"
    clock: str = ""


class Encoder:
    """One process that sends to one place; killed, stopped and begun anew at will."""

    def __init__(self, *output: str) -> None:
        self._output = output
        self._process: asyncio.subprocess.Process | None = None

    async def begin(self, look: Look) -> None:
        command = (
            "nice ffmpeg -nostdin -v error -re "
            f"-f lavfi -i testsrc=s={look.width}x{look.height}:r={look.rate} "
            "-f lavfi -i sine=r=48000 -pix_fmt yuv420p -c:v libx264 -preset ultrafast "
            f"-g {look.rate} -sc_threshold 0 {look.video} -c:a aac -ac 2 {look.clock}"
        )
        self._process = await asyncio.create_subprocess_exec(*command.split(), *self._output)

    def send(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    async def kill(self) -> None:
        """Ends it without a word."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()


@contextlib.asynccontextmanager
async def an_encoder(*output: str) -> AsyncIterator[Encoder]:
    """One that has not begun; killed with the block."""
    encoder = Encoder(*output)
    try:
        yield encoder
    finally:
        await encoder.kill()


def to_rtmp(url: str) -> tuple[str, ...]:
    return ("-f", "flv", "-flvflags", "no_duration_filesize", url)


def to_srt(port: int) -> tuple[str, ...]:
    return ("-f", "mpegts", f"srt://127.0.0.1:{port}?mode=caller")


def to_hls(folder: Path) -> tuple[str, ...]:
    """A live playlist of short segments in a folder, for somebody else to serve."""
    told = "-f hls -hls_time 1 -hls_list_size 8 -hls_flags delete_segments+independent_segments"
    return (*told.split(), str(folder / "index.m3u8"))

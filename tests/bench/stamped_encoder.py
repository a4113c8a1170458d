"""An encoder whose pictures say when they were drawn: coded once, published to several addresses.

    python -m tests.bench.stamped_encoder RTMP_URL [RTMP_URL ...]

Stamps count from the epoch (streams/framestamp.py). FFmpeg codes and publishes as OBS would with
its low-latency settings: an IDR every two seconds, no pictures that lean on later ones.
"""

from __future__ import annotations

import asyncio
import contextlib
import select
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from itertools import count

import av

from streams.testcard import CardLook, Testcard

WIDTH, HEIGHT, FPS = 640, 480, 25
_COMMAND = (
    "ffmpeg -nostdin -loglevel error -probesize 32 -f rawvideo -pix_fmt yuv420p "
    f"-s {WIDTH}x{HEIGHT} -r {FPS} -i - -f lavfi -i sine=f=440:r=48000 "
    f"-c:v libx264 -preset ultrafast -tune zerolatency -crf 24 -bf 0 -g {2 * FPS} -sc_threshold 0 "
    "-flags +global_header -c:a aac -ac 2 -map 0:v -map 1:a -f tee"
)


@contextlib.asynccontextmanager
async def a_stamped_encoder(*urls: str) -> AsyncIterator[None]:
    """Publishes to all addresses in a process of its own; ended with the block."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.stamped_encoder", *urls, stdin=asyncio.subprocess.PIPE
    )
    try:
        yield
    finally:
        assert process.stdin is not None
        process.stdin.close()
        async with asyncio.timeout(10):
            await process.wait()


def publish(urls: list[str]) -> None:
    """Draw in real time until FFmpeg ends or standard input does."""
    targets = "|".join(f"[f=flv:flush_packets=1]{url}" for url in urls)
    card = Testcard(CardLook(WIDTH, HEIGHT), "Stemplet kamera")
    with subprocess.Popen([*_COMMAND.split(), targets], stdin=subprocess.PIPE) as encoder:
        assert encoder.stdin is not None
        began = time.monotonic()
        with contextlib.suppress(BrokenPipeError):
            for number in count():
                if _is_over():
                    break
                time.sleep(max(0.0, began + number / FPS - time.monotonic()))
                now_ms = round(time.time() * 1000)
                encoder.stdin.write(_raw(card.draw(now_ms % 86_400_000, now_ms).frame()))
        encoder.terminate()


def _raw(frame: av.VideoFrame) -> bytes:
    """The planes one after another; these sizes need no padding."""
    return b"".join(bytes(plane) for plane in frame.planes)


def _is_over() -> bool:
    """Whether the one who started us has closed our standard input."""
    return bool(select.select([sys.stdin], [], [], 0)[0])


if __name__ == "__main__":
    publish(sys.argv[1:])

"""Faults of what comes in, each injected while a Chromium watches one item (hall.py).

RELIABILITY.md's F10, F11 and F23: an encoder that is killed, frozen, back as another one; a camera
page; a line that loses; HLS from elsewhere that stops, is missing, slow, something else, or runs in
a circle. After each the slate stood in, the picture came back by itself, and the item is one
recording that plays.
"""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from tests.browser.chromium import EXECUTABLE, a_chromium, on_the_camera_page
from tests.browser.cues import later
from tests.browser.encoders import Look, an_encoder, to_hls, to_rtmp
from tests.browser.glass import Glass
from tests.browser.hall import BACK_WITHIN_S, HALL, SLATE_WITHIN_S, Hall, watched
from tests.browser.upstream import an_upstream
from tests.journeys.running_demo import Frame
from tests.streams.bad_line import a_bad_line, reached_from_there, why_no_line

pytestmark = [pytest.mark.browser, pytest.mark.alone]

STOPPED_S, LOSSY_S = 4.0, 12.0
NOTICES_WITHIN_S = 2.0
"""A page that slept looks once a second whether the server was heard, and then begins anew."""
USUAL = Look(640, 360, 25)
CAMERA = (1280, 720)
AS_ANOTHER = {
    "with another size": replace(USUAL, width=854, height=480),
    "with another profile and pictures in another order": replace(
        USUAL, video="-profile:v high -bf 3 -b_strategy 0 -refs 3"
    ),
    "with another rate": replace(USUAL, rate=50),
    "with another clock": replace(USUAL, clock="-output_ts_offset 5000"),
}
JUMP = "setts=ts=TS+if(gt(TS*TB\\,6)\\,100/TB\\,0)"
"""At six seconds its clock is a hundred ahead, in a filter's spelling."""
JUMPING = replace(USUAL, video="-bf 0", clock=f"-bsf:v {JUMP} -bsf:a {JUMP}")


@pytest.mark.long
async def test_an_encoder_that_is_killed_and_comes_back(tmp_path: Path) -> None:
    async def run(hall: Hall, glass: Glass) -> int:
        async with an_encoder(*to_rtmp(hall.rtmp)) as encoder:
            await hall.begun(glass, encoder, USUAL)
            await hall.killed(glass, encoder, AS_ANOTHER["with another size"])
        return 1

    await watched(tmp_path, run)


@pytest.mark.long
async def test_an_encoder_that_is_killed_and_comes_back_as_another(tmp_path: Path) -> None:
    async def run(hall: Hall, glass: Glass) -> int:
        async with an_encoder(*to_rtmp(hall.rtmp)) as encoder:
            await hall.begun(glass, encoder, USUAL)
            for name, look in AS_ANOTHER.items():
                hall.figures.append(f"killed, back {name}:")
                await hall.killed(glass, encoder, look)
        return len(AS_ANOTHER)

    await watched(tmp_path, run)


@pytest.mark.long
async def test_an_encoder_that_is_stopped_and_goes_on(tmp_path: Path) -> None:
    async def run(hall: Hall, glass: Glass) -> int:
        async with an_encoder(*to_rtmp(hall.rtmp)) as encoder:
            await hall.begun(glass, encoder, USUAL)
            hall.figures.append("stopped, goes on:")
            encoder.send(signal.SIGSTOP)
            began = datetime.now(UTC)
            await hall.lost()
            await glass.until_shown(later(began, STOPPED_S))
            mended = datetime.now(UTC)
            encoder.send(signal.SIGCONT)
            await hall.back(glass, mended, (USUAL.width, USUAL.height))
        return 1

    await watched(tmp_path, run)


@pytest.mark.long
async def test_an_encoder_whose_clock_jumps(tmp_path: Path) -> None:
    async def run(hall: Hall, glass: Glass) -> int:
        async with an_encoder(*to_rtmp(hall.rtmp)) as encoder:
            began = await hall.begun(glass, encoder, JUMPING)
            await glass.until_shown(later(began, 10))
            hall.figures.append("its clock jumped by 100 s")
        return 0

    await watched(tmp_path, run)


@pytest.mark.long
async def test_a_camera_page_that_freezes_and_one_that_is_closed(tmp_path: Path) -> None:
    async def run(hall: Hall, glass: Glass) -> int:
        async with a_chromium(camera=True) as browser:
            async with on_the_camera_page(browser, hall.links, HALL):
                await hall.settled(glass)
                hall.figures.append("camera frozen, goes on:")
                began = datetime.now(UTC)
                with frozen():
                    await hall.lost()
                    await glass.until_shown(later(began, STOPPED_S))
                mended = datetime.now(UTC)
                await hall.back(glass, mended, CAMERA, BACK_WITHIN_S + NOTICES_WITHIN_S)
            hall.figures.append("camera closed, opened:")
            await hall.lost()
            mended = datetime.now(UTC)
            async with on_the_camera_page(browser, hall.links, HALL):
                await hall.back(glass, mended, CAMERA)
        return 2

    await watched(tmp_path, run)


@pytest.mark.long
async def test_a_camera_whose_line_loses_every_fifth_packet(tmp_path: Path) -> None:
    if reason := why_no_line():
        pytest.skip(reason)
    with a_bad_line() as line:
        script = line.camera_script(tmp_path / "chromium-there", EXECUTABLE)

        async def run(hall: Hall, glass: Glass) -> int:
            async with reached_from_there(hall.demo.port) as base:
                secure = (f"--unsafely-treat-insecure-origin-as-secure={base}",)
                async with (
                    a_chromium(camera=True, more=secure, executable=script) as browser,
                    on_the_camera_page(browser, hall.links | {"base": base}, HALL) as camera,
                ):
                    began = await hall.settled(glass)
                    line.lose(20)
                    await glass.until_shown(later(began, LOSSY_S))
                    health = await camera.evaluate("() => window.__topmoede.camera.health")
                    hall.figures.append(f"a fifth lost: {health}")
                    assert health["lost_share"] > 0.1, health
                    line.mend()
            return 0

        # Pictures that were lost are missing; what stands longer than this is the slate's.
        await watched(tmp_path, run, still_s=SLATE_WITHIN_S)


@pytest.mark.long
async def test_hls_from_elsewhere_that_stops_and_comes_back(tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    with an_upstream(folder) as upstream:

        async def run(hall: Hall, glass: Glass) -> int:
            async with an_encoder(*to_hls(folder)) as encoder:
                await hall.begun(glass, encoder, USUAL)
                hall.figures.append("HLS stopped, goes on:")
                await encoder.kill()
                await hall.lost()
                await hall.moderator.hear_that(warns_of("feed_stalled"))
                await encoder.begin(USUAL)
                await hall.settled(glass)
            return 1

        await watched(tmp_path, run, {"hls": upstream.url, "intranet": upstream.place})


@pytest.mark.long
@pytest.mark.parametrize(
    ("fault", "warning"),
    [
        ("missing", "feed_not_found"),
        ("wrong_type", "feed_wrong_type"),
        ("slow", "no_picture"),
        ("loops", "feed_loops"),
    ],
)
async def test_hls_from_elsewhere_that_fails_and_is_mended(
    tmp_path: Path, fault: str, warning: str
) -> None:
    folder = tmp_path / "elsewhere"
    with an_upstream(folder) as upstream:

        async def run(hall: Hall, glass: Glass) -> int:
            async with an_encoder(*to_hls(folder)) as encoder:
                await hall.begun(glass, encoder, USUAL)
                hall.figures.append(f"HLS from elsewhere, {fault}:")
                upstream.fail(fault)
                await hall.lost()
                await hall.moderator.hear_that(warns_of(warning))
                upstream.mend()
                frame = await hall.shown("live")
                began = datetime.fromisoformat(frame["data"]["began"])
                took_s = (began - upstream.first_asked()).total_seconds()
                hall.figures.append(f"back {took_s:.2f} s after it was asked again")
                assert took_s <= BACK_WITHIN_S, hall.figures
                await glass.until_shown(later(began, 0.5))
            return 1

        await watched(tmp_path, run, {"hls": upstream.url, "intranet": upstream.place})


def warns_of(code: str) -> Callable[[Frame], bool]:
    """Whether backstage is told of this trouble with the hall's input."""
    return lambda frame: code in warnings_in(frame)


def warnings_in(frame: Frame) -> list[str]:
    """What backstage is told of the hall's input."""
    if (frame["op"], frame.get("topic")) != ("state", "sources"):
        return []
    (told,) = frame["data"]["sources"][HALL]["inputs"]
    return [each["code"] for each in told["warnings"]]


@contextlib.contextmanager
def frozen() -> Iterator[None]:
    """Every process of the browsers with a camera that this test has begun stands still."""
    ours = [
        each
        for each in psutil.Process().children(recursive=True)
        if "--use-fake-device-for-media-stream" in (each.as_dict(["cmdline"])["cmdline"] or ())
    ]
    browsers = [*ours, *(child for each in ours for child in each.children(recursive=True))]
    assert browsers
    for each in browsers:
        each.suspend()
    try:
        yield
    finally:
        for each in browsers:
            with contextlib.suppress(psutil.NoSuchProcess):
                each.resume()

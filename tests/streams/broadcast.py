"""A whole media side for tests: a desk, cameras and films, and a clock that is turned by hand.

Nothing here waits for real time: `Studio.turn` lets seconds pass, frame by frame, and puts every
playlist that players could have got on the way before the rules.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import cache
from itertools import count
from pathlib import Path

from av import VideoFrame

from streams.answers import Answers
from streams.channel import Channel, Put
from streams.clips import first_audio_ticks, interleave
from streams.commands import Content, ReportOnAir
from streams.desk import Constants, Desk
from streams.encoder import VideoEncoder, VideoFormat, audio_unit, silent_frame
from streams.livesource import Ear
from streams.segments import AccessUnit, Lane
from streams.slate import SlateWords
from streams.storage import Disk, Storage
from streams.timeline import AAC_FRAME_TICKS, AUDIO_HZ, VIDEO_HZ
from tests.streams.playlist_rules import PlaylistRules

EPOCH = datetime(2021, 1, 28, 7, 0, tzinfo=UTC)
STEP_S = 0.02


class TurnedClock:
    """Time passes when it is turned; who sleeps is woken in order."""

    def __init__(self, wall: datetime) -> None:
        self.now_s = 0.0
        self._began = wall
        self._sleepers: list[tuple[float, int, asyncio.Event]] = []
        self._numbers = count()

    def wall(self) -> datetime:
        return self._began + timedelta(seconds=self.now_s)

    def monotonic(self) -> float:
        return self.now_s

    async def sleep(self, wall_s: float) -> None:
        woken = asyncio.Event()
        heapq.heappush(self._sleepers, (self.now_s + wall_s, next(self._numbers), woken))
        await woken.wait()

    async def turn(self, seconds: float) -> None:
        """Lets time pass; everybody who is woken gets to where they sleep again."""
        until = self.now_s + seconds
        while self._sleepers and self._sleepers[0][0] <= until:
            due, _, woken = heapq.heappop(self._sleepers)
            self.now_s = max(self.now_s, due)
            woken.set()
            await settle()
        self.now_s = until
        await settle()


async def settle() -> None:
    """Lets everything run that can run."""
    for _ in range(12):
        await asyncio.sleep(0)


@dataclass(frozen=True)
class Look:
    """How a test picture is coded."""

    width: int = 160
    height: int = 90
    fps: int = 25
    gop_s: float = 2.0
    b_frames: int = 0


@cache
def coded(look: Look) -> tuple[AccessUnit, ...]:
    """One closed group of pictures from tick 0, which may follow itself for ever."""
    form = VideoFormat(
        look.width, look.height, Fraction(look.fps), Fraction(600), b_frames=look.b_frames
    )
    encoder, units = VideoEncoder(form), []
    step = VIDEO_HZ // look.fps
    for index in range(round(look.fps * look.gop_s)):
        frame = VideoFrame(look.width, look.height, "yuv420p")
        for plane, level in zip(frame.planes, (16 + index * 3 % 200, 128, 100), strict=True):
            plane.update(bytes([level]) * plane.buffer_size)
        units += encoder.encode(frame, index * step, key=index == 0)
    return tuple(units + encoder.flush())


def pictures(look: Look, start_ticks: int, key_wanted: Callable[[], bool]) -> Iterator[AccessUnit]:
    """Pictures for ever; a wish for an IDR is granted at the next."""
    group = coded(look)
    step = VIDEO_HZ // look.fps
    while True:
        shown = len(group)
        for index, unit in enumerate(group):
            if index and not look.b_frames and key_wanted():
                shown = index
                break
            yield moved(unit, start_ticks)
        start_ticks += shown * step


def moved(unit: AccessUnit, ticks: int) -> AccessUnit:
    return replace(unit, pts_ticks=unit.pts_ticks + ticks, dts_ticks=unit.dts_ticks + ticks)


@dataclass(frozen=True)
class TestClip:
    """A film, or a slate where `lasts_s` is None."""

    look: Look
    lasts_s: float | None = None
    begun: Callable[[float], None] = lambda offset_s: None

    __test__ = False

    @property
    def duration_s(self) -> float | None:
        return self.lasts_s

    def entry_ticks(self, offset_s: float) -> int:
        return int(offset_s // self.look.gop_s * self.look.gop_s * VIDEO_HZ)

    def access_units(self, start_ticks: int, offset_s: float = 0.0) -> Iterator[AccessUnit]:
        self.begun(offset_s)
        first = start_ticks - self.entry_ticks(offset_s)
        end = None if self.lasts_s is None else first + int(self.lasts_s * VIDEO_HZ)

        def video() -> Iterator[AccessUnit]:
            for unit in pictures(self.look, start_ticks, lambda: False):
                if end is not None and unit.dts_ticks >= end:
                    return
                yield unit

        sounds = count(first_audio_ticks(start_ticks), AAC_FRAME_TICKS)
        return interleave(video(), (audio_unit(at, silent_frame()) for at in sounds))


SLATE = Look(320, 180, gop_s=1.0)
FILM = Look(192, 108, fps=30, gop_s=4.0, b_frames=2)


class Library:
    """Films by name; one slate for all words, always ready."""

    def __init__(self) -> None:
        self.offsets: list[float] = []
        self.films = {"welcome": TestClip(FILM, 8.0, self.offsets.append)}
        self.words: list[SlateWords] = []

    def film(self, film: str) -> TestClip | None:
        return self.films.get(film)

    def slate(self, words: SlateWords) -> TestClip:
        self.words.append(words)
        return TestClip(SLATE)

    async def make_slate(self, words: SlateWords) -> TestClip:
        return self.slate(words)


class TurnedCamera:
    """A live source that sends what is due, `late_s` after it was seen.

    `silent` keeps it connected without sending; `mute` takes the sound away; its sound comes
    `sound_late_s` after the picture.
    """

    def __init__(self, now_ticks: Callable[[], int], look: Look, late_s: float = 0.1) -> None:
        self._now_ticks = now_ticks
        self._look = look
        self._late_ticks = int(late_s * VIDEO_HZ)
        self.sound_late_s = 0.0
        self.noise = silent_frame()
        self._emit: Callable[[AccessUnit], None] | None = None
        self._key_wanted = False
        self.silent = self.mute = False
        self.asked = 0
        self._pictures: Iterator[AccessUnit] = iter(())
        self._next: AccessUnit
        self._sound = 0
        self._begin()

    def start(self, emit: Callable[[AccessUnit], None]) -> None:
        self._emit = emit

    def request_keyframe(self) -> None:
        self.asked += 1
        self._key_wanted = True

    def close(self) -> None:
        self._emit = None

    def look(self, look: Look) -> None:
        """Another size or rate from now on."""
        self._look = look
        self._begin()

    def send(self) -> None:
        """Sends what is due by now."""
        due = self._now_ticks() - self._late_ticks
        while self._next.dts_ticks <= due:
            unit, self._next = self._next, next(self._pictures)
            self._send(unit)
        due -= int(self.sound_late_s * VIDEO_HZ)
        while self._sound * VIDEO_HZ < due * AUDIO_HZ:
            if not self.mute:
                self._send(audio_unit(self._sound, self.noise))
            self._sound += AAC_FRAME_TICKS

    def _send(self, unit: AccessUnit) -> None:
        if self._emit is not None and not self.silent:
            self._emit(replace(unit, duration_ticks=None) if unit.lane is Lane.VIDEO else unit)

    def _begin(self) -> None:
        start = self._now_ticks() - self._late_ticks
        self._pictures = pictures(self._look, start, self._take_wish)
        self._next = next(self._pictures)
        self._sound = first_audio_ticks(start)

    def _take_wish(self) -> bool:
        wanted, self._key_wanted = self._key_wanted, False
        return wanted


class Studio:
    """A desk on a turned clock, with everything it told and served."""

    def __init__(
        self,
        storage: Storage,
        clock: TurnedClock,
        window_s: float,
        rules: PlaylistRules,
        rung_height_px: int = 0,
        ear: Callable[[], Ear] | None = None,
    ) -> None:
        self.clock = clock
        self.library = Library()
        self.told: list[tuple[str, ReportOnAir]] = []
        self.rules = rules
        constants = Constants(
            EPOCH, silent_frame(), window_s=window_s, rung_height_px=rung_height_px
        )
        self.desk = Desk(storage, self.library, clock, constants, self._tell, ear=ear)
        self.answers = Answers(self.desk)
        self.cameras: list[TurnedCamera] = []
        self._versions: dict[str, int] = {}

    async def turn(self, seconds: float) -> None:
        """Lets time pass; cameras send, and every playlist on the way is judged."""
        for _ in range(round(seconds / STEP_S)):
            for camera in self.cameras:
                camera.send()
            await self.clock.turn(STEP_S)
            await self._judge()

    async def turn_by(self, seconds: float) -> None:
        """One step of time, for whoever turns the clock as real time passes."""
        await self.clock.turn(seconds)
        await self._judge()

    def put(self, content: Content, item: str | None = None, run: int = 0) -> None:
        put = Put(content, item, run, self.clock.wall())
        self.desk.follow("main", Channel(put))

    def camera(
        self,
        source: str = "hall",
        name: str = "main",
        look: Look | None = None,
        late_s: float = 0.1,
    ) -> TurnedCamera:
        """A camera on an input of a source."""
        camera = TurnedCamera(self.desk.ticks.now_ticks, look or Look(), late_s)
        self.cameras.append(camera)
        self.desk.attach(source, name, camera)
        return camera

    async def playlist(self, lane: str = "video", channel: str = "main", **query: str) -> str:
        answer = await self.answers.lane(channel, lane, query, packed=False)
        assert answer.status == 200, answer
        return answer.body.decode()

    @property
    def kinds(self) -> list[str]:
        """What `main` was told to show, in order."""
        return [report.kind for channel, report in self.told if channel == "main"]

    async def _tell(self, channel: str, report: ReportOnAir) -> None:
        self.told.append((channel, report))

    async def _judge(self) -> None:
        for channel, window in self.desk.windows.items():
            if self._versions.get(channel) == window.version or len(window.entries) < 2:
                continue
            self._versions[channel] = window.version
            low = self.desk.lower.get(channel)
            for lane in ("video", "audio", *(["low"] if low and len(low.entries) > 1 else [])):
                name = f"{channel}/{lane}"
                full = await self.playlist(lane, channel)
                short = await self.playlist(lane, channel, _HLS_skip="YES")
                if short == full:
                    self.rules.receive(name, full)
                else:
                    self.rules.receive_delta(name, short, full)


@asynccontextmanager
async def a_studio(
    folder: Path,
    *,
    window_s: float = 1800.0,
    begins: datetime = EPOCH + timedelta(hours=1),
    storage: Storage | None = None,
    rules: PlaylistRules | None = None,
    rung_height_px: int = 0,
    ear: Callable[[], Ear] | None = None,
) -> AsyncIterator[Studio]:
    """A desk that runs; over the same folder it goes on where another ended."""
    studio = Studio(
        storage or Disk(folder),
        TurnedClock(begins),
        window_s,
        rules or PlaylistRules(),
        rung_height_px,
        ear,
    )
    running = asyncio.get_running_loop().create_task(studio.desk.run())
    await studio.desk.ready.wait()
    try:
        yield studio
    finally:
        running.cancel()
        await asyncio.wait([running])
        studio.desk.close()

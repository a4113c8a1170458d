"""What a recording shows, for its text: of a film that is really on disk, and of what was live."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import av
import pytest
from av.container import InputContainer

from streams import framestamp
from streams.films.demofilm import DemoFilm, make
from streams.films.film import Film
from streams.films.stretches import Stretch
from streams.recordings.recordings import DeleteRecording, NudgeCut, ReportRecorded
from streams.recordings.showing import Showing, read_showing
from streams.recordings.spans import Span
from streams.segments import Lane
from streams.timeline import VIDEO_HZ
from tests.streams.broadcast import Studio, a_studio
from tests.streams.recordings.test_cuts_on_air import do
from tests.streams.test_onair import LIVE, PAUSE, WELCOME

FRAME_TICKS = VIDEO_HZ // 25


def a_film(folder: Path) -> Film:
    """Every picture of it says when in the film it is; an IDR every two seconds."""
    return Film.open(make(DemoFilm("film", "Oplæg 1", "", 14.0), folder))


def stamps(studio: Studio, span: Span) -> Iterator[int]:
    """What the pictures of a span say of themselves, in video ticks of the film."""
    kept = span.parts[Lane.VIDEO]
    data = studio.desk.shelf.read(
        span.generation, Lane.VIDEO, span.segment, kept.start, kept.stop - 1
    )
    with av.open(io.BytesIO(span.generation.init(Lane.VIDEO) + data)) as file:
        assert isinstance(file, InputContainer)
        for picture in file.decode(video=0):
            luma, wide = bytes(picture.planes[0]), picture.planes[0].line_size
            said = framestamp.read(partial(_brightness, luma, wide), picture.width, picture.height)
            assert said is not None
            yield said * VIDEO_HZ // 1000


def _brightness(luma: bytes, wide: int, x: int, y: int) -> int:
    return luma[y * wide + x]


def place_of(showing: Showing, ticks: int) -> int | None:
    """Where in the film an instant of the recording is."""
    for each in showing.cut:
        passed = ticks - each.at_ticks
        if passed >= 0 and (each.lasts_ticks is None or passed < each.lasts_ticks):
            return each.from_ticks + passed
    return None


def check_each_picture(studio: Studio) -> int:
    """How many spans of the film's the newest version has; each tells the truth of its pictures."""
    showing = studio.answers.replays.showing("a", "welcome")
    assert showing is not None
    count = 0
    for span in studio.answers.replays.spans("a"):
        if span.stood_in:
            assert place_of(showing, span.at_ticks) is None
            continue
        count += 1
        for number, said in enumerate(stamps(studio, span)):
            place = place_of(showing, span.at_ticks + number * FRAME_TICKS)
            assert place is not None
            assert abs(place - said) <= FRAME_TICKS
    return count


async def test_each_picture_of_a_film_is_where_its_recording_says(tmp_path: Path) -> None:
    """Under a slate, which it leaves at an IDR; begun anew by `back`; and behind a cut."""
    film = await asyncio.to_thread(a_film, tmp_path)
    async with a_studio(tmp_path / "media") as studio:
        studio.library.films["welcome"] = film  # type: ignore[assignment]
        replays = studio.answers.replays
        studio.put(PAUSE)
        await studio.turn(3)
        assert replays.showing("a", "welcome") is None, "it is whole where it lies"
        studio.put(WELCOME, "a", 1)
        await studio.turn(3)
        running = replays.showing("a", "welcome")
        assert running is not None
        assert running.cut == (Stretch(0, 0, None),), "it still goes on"
        for content, lasts_s in ((PAUSE, 4), (WELCOME, 3), (PAUSE, 2), (WELCOME, 3)):
            studio.put(content, "a", 1)
            await studio.turn(lasts_s)
        studio.put(PAUSE, "b", 1)
        await studio.turn(3)
        do(studio, ReportRecorded("a", 1))
        assert check_each_picture(studio) >= 5
        ended = replays.showing("a", "welcome")
        assert ended is not None
        first, second, third = ended.cut
        assert (first.from_ticks, second.from_ticks, third.from_ticks) == tuple(
            seconds * VIDEO_HZ for seconds in (0, 2, 4)
        ), "at the IDR before the place where the slate came, and not further back each time"

        studio.put(WELCOME, "a", 2)
        await studio.turn(5)
        studio.put(PAUSE, "b", 2)
        await studio.turn(3)
        do(studio, ReportRecorded("a", 2))
        check_each_picture(studio)
        again = replays.showing("a", "welcome")
        assert again is not None
        assert [each.from_ticks // VIDEO_HZ for each in again.cut] == [0, 2, 4, 0]

        spans = replays.spans("a", whole=True)
        do(studio, NudgeCut("a", 0, spans[1].start_ticks, spans[-2].end_ticks))
        check_each_picture(studio)
        covered = next(span for span in spans if span.stood_in)
        do(studio, NudgeCut("a", 1, covered.start_ticks))
        check_each_picture(studio)
        within = replays.showing("a", "welcome")
        assert within is not None
        assert within.cut[0].at_ticks > 0, "the cut begins with the slate"
        assert read_showing(within.to_json()) == within
        other = replays.showing("a", "another")
        assert other is not None
        assert other.cut == (), "a film that the item has had since, and that nobody saw"


async def test_a_text_of_two_runs_is_counted_along_both(tmp_path: Path) -> None:
    """Between them the event clock goes on, and the recording does not."""
    async with a_studio(tmp_path) as studio:
        studio.camera()
        for run, after in ((1, "b"), (2, "c")):
            studio.put(LIVE, "a", run)
            await studio.turn(4)
            studio.put(PAUSE, after, 1)
            await studio.turn(10)
            do(studio, ReportRecorded("a", run))
        replays = studio.answers.replays
        whole = replays.showing("a", None)
        assert whole is not None
        first, second = whole.cut
        assert second.from_ticks - first.from_ticks > 10 * VIDEO_HZ > second.at_ticks
        origin = whole.begins_ticks
        assert origin is not None
        both = (first.lasts_ticks or 0) + (second.lasts_ticks or 0)
        assert whole.of_text(origin) == (Stretch(0, 0, both),)

        do(studio, NudgeCut("a", 0, second.from_ticks))
        cut = replays.showing("a", None)
        assert cut is not None
        assert cut.of_text(origin) == (Stretch(0, second.at_ticks, second.lasts_ticks),)
        assert cut.begins_ticks == second.from_ticks
        do(studio, NudgeCut("a", 1, None))
        back = replays.showing("a", None)
        assert back == whole
        assert back.of_text(second.from_ticks) == (Stretch(0, -second.at_ticks, both),)

        do(studio, DeleteRecording("a"))
        assert replays.showing("a", None) is None


def test_a_recording_that_shows_nothing_yet_has_no_origin() -> None:
    empty = Showing(())
    assert (empty.begins_ticks, empty.of_text(7)) == (None, ())
    with pytest.raises((TypeError, ValueError)):
        read_showing([[[1, 2]], 3])

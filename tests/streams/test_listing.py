"""Entries as playlists list them, and the window that says which."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from streams.filling import Part
from streams.generations import Generation, StoredPart
from streams.listing import Listing, Rendition, film_playlist, hint, item_playlist
from streams.parameters import PictureParameters
from streams.playlist import Kind
from streams.segments import Lane
from streams.timeline import EventClock
from streams.window import Entry, NextPlace, Window

PARAMETERS = PictureParameters(b"\x67\x42\xc0\x1f", b"\x68", 160, 90, "avc1.42C01F")
CLOCK = EventClock(datetime(2021, 1, 28, 8, 0, tzinfo=UTC))
RATE = {Lane.VIDEO: 90_000, Lane.AUDIO: 48_000}


class Programme:
    """Puts segments of two seconds on a window, and remembers where each lane stands."""

    def __init__(self, length_s: float = 20) -> None:
        self.window = Window(length_s)
        self.now_s = 100

    def part(self, generation: Generation, number: int, lane: Lane, *, end: bool = False) -> None:
        rate, segment = RATE[lane], generation.segment(lane, number)
        index = len(segment.parts)
        start = (self.now_s + index) * rate
        segment.add(StoredPart(start, rate, index == 0, 0, 1))
        segment.ended = end
        self.window.receive(generation, Part(lane, number, index, start, rate, index == 0, b"x"))

    def show(
        self, generation: Generation, number: int, item: str | None = None, run: int = 1
    ) -> None:
        self.window.expect(generation, number, item, run, joint=False)
        for index in range(2):
            for lane in Lane:
                self.part(generation, number, lane, end=index == 1)
        self.now_s += 2

    def listing(self, lane: Lane = Lane.VIDEO) -> Listing:
        both = [Rendition(each.value, self.window, each) for each in Lane]
        this = both.pop(list(Lane).index(lane))
        return Listing(this, "main", both, CLOCK, 1.02)


def a_generation(number: int = 1, source: str = "hall") -> Generation:
    return Generation(source, number, PARAMETERS)


def test_an_entry_comes_with_its_first_picture() -> None:
    programme, hall = Programme(), a_generation()
    programme.window.expect(hall, 5, "a", 1, joint=True)
    programme.part(hall, 5, Lane.AUDIO)
    assert programme.window.entries == []
    assert programme.window.position(Lane.VIDEO) == (-1, -1)
    assert programme.window.next_place(Lane.VIDEO) == NextPlace(hall, 5, 0)
    assert programme.window.may_fetch(hall, 5)
    programme.part(hall, 5, Lane.VIDEO)
    assert programme.window.entries == [Entry(0, 0, hall, 5, "a", 1)]
    assert programme.window.expected is None
    assert programme.window.position(Lane.VIDEO) == (0, 0)
    assert not programme.window.newest_ended(Lane.VIDEO)


def test_nothing_is_hinted_before_anything_began() -> None:
    window = Window(20)
    assert hint(window, "main", Lane.VIDEO) is None
    assert not window.may_fetch(a_generation(), 0)
    assert not window.newest_ended(Lane.VIDEO)


def test_what_comes_next_is_known_through_the_end_of_a_segment() -> None:
    programme, hall = Programme(), a_generation()
    programme.show(hall, 0)
    assert hint(programme.window, "main", Lane.AUDIO) == "/media/main/hall/1/audio/1.0.m4s"
    programme.window.expect(a_generation(2), 7, None, 0, joint=False)
    assert hint(programme.window, "main", Lane.AUDIO) == "/media/main/hall/2/audio/7.0.m4s"
    assert programme.window.expected is not None
    assert programme.window.expected.joint, "another generation is always a joint"


def test_a_lane_that_is_behind_waits_for_its_own_next_part() -> None:
    programme, hall = Programme(), a_generation()
    programme.show(hall, 0)
    programme.window.expect(hall, 1, None, 0, joint=False)
    programme.part(hall, 1, Lane.VIDEO)
    assert programme.window.next_place(Lane.AUDIO) == NextPlace(hall, 1, 0)
    assert programme.window.next_place(Lane.VIDEO) == NextPlace(hall, 1, 1)
    audio = programme.listing(Lane.AUDIO).playlist()
    assert [segment.number for segment in audio.segments] == [0]
    assert audio.reports[0].number == 1


def test_the_window_slides_and_what_has_left_may_be_fetched_a_while() -> None:
    programme, hall = Programme(20), a_generation()
    listing = programme.listing()
    for number in range(40):
        programme.show(hall, number)
        shown = [segment.number for segment in listing.playlist().segments]
        assert shown == list(range(shown[0], number + 1))
        assert len(shown) == min(number + 1, 11)
    assert [programme.window.may_fetch(hall, n) for n in (0, 18, 19, 29, 39, 40, 41)] == [
        False, False, True, True, True, True, False,
    ]  # fmt: skip
    assert programme.window.shows(hall)
    assert not programme.window.shows(a_generation(3))


def test_entries_that_are_read_back_keep_their_numbers_and_holes_begin_anew() -> None:
    programme, hall = Programme(), a_generation()
    for number in range(4):
        programme.show(hall, number, "a")
    again = Window(20)
    for entry in programme.window.entries[:2]:
        again.take_back(entry)
    with pytest.raises(ValueError, match="after 1; came 1"):
        again.take_back(programme.window.entries[1])
    again.take_back(programme.window.entries[3])
    assert [entry.number for entry in again.listed()] == [3]
    assert [entry.number for entry in again.of_item("a")] == [0, 1, 3]
    assert again.position(Lane.VIDEO) == (3, 1)
    assert again.is_of("a", hall)
    assert not again.is_of("b", hall)
    third = again.entry_of(hall, 3)
    assert third is not None
    assert third.item == "a"
    assert again.entries[0].row("main") == {
        "k": "entry", "channel": "main", "at": [0, 0, 0], "source": "hall", "generation": 1,
        "item": "a", "run": 1,
    }  # fmt: skip


def test_an_item_has_numbers_of_its_own_and_gaps_between_its_runs() -> None:
    programme, hall = Programme(), a_generation()
    for number, (item, run) in enumerate((("a", 1), ("a", 1), ("b", 1), ("a", 2), ("a", 2))):
        programme.show(hall, number, item, run)
    hall.lanes[Lane.AUDIO][4].saved = False
    entries = programme.window.of_item("a")
    playlist = item_playlist(entries, "a", Lane.VIDEO, CLOCK, finished=True)
    assert (playlist.kind, playlist.finished) == (Kind.VOD, True)
    assert [(s.number, s.discontinuity, s.gap) for s in playlist.segments] == [
        (0, 0, False), (1, 0, False), (2, 1, False), (3, 1, True),
    ]  # fmt: skip
    assert playlist.segments[2].uri == "/media/a/hall/1/video/3.m4s"
    assert playlist.segments[0].began == "2021-01-28T08:01:40.000Z"


def test_an_item_lists_what_is_whole_in_both_lanes() -> None:
    programme, hall = Programme(), a_generation()
    programme.show(hall, 0, "a")
    programme.window.expect(hall, 1, "a", 1, joint=False)
    programme.part(hall, 1, Lane.VIDEO, end=True)
    entries = programme.window.of_item("a")
    playlist = item_playlist(entries, "a", Lane.VIDEO, CLOCK, finished=False)
    assert (playlist.kind, len(playlist.segments)) == (Kind.EVENT, 1)


def test_a_film_is_listed_from_its_own_beginning_without_dates() -> None:
    programme, film = Programme(), a_generation(2, "film-x")
    for number in range(3):
        programme.show(film, number)
    film.segment(Lane.VIDEO, 9)
    playlist = film_playlist(film, "x", Lane.VIDEO)
    assert [segment.uri for segment in playlist.segments] == [
        f"/media/x/film-x/2/video/{number}.m4s" for number in range(3)
    ]
    assert {segment.began for segment in playlist.segments} == {None}
    assert playlist.finished


def test_a_film_s_sound_is_told_to_last_as_long_as_its_picture() -> None:
    film = a_generation(2, "film-x")
    film.segment(Lane.VIDEO, 0).add(StoredPart(0, 180_000, True, 0, 1))
    film.segment(Lane.AUDIO, 0).add(StoredPart(0, 96_256, True, 0, 1))
    told = [film_playlist(film, "x", lane).segments[0].duration_s for lane in Lane]
    assert told == [2.0, 2.0]


def test_after_the_end_nothing_is_hinted() -> None:
    programme, hall = Programme(), a_generation()
    programme.show(hall, 0)
    programme.window.expect(hall, 1, None, 0, joint=False)
    version = programme.window.version
    programme.window.end()
    assert programme.window.version == version + 1
    assert programme.window.expected is None
    ended = programme.listing().playlist()
    assert (ended.finished, ended.hint, ended.reports) == (True, None, ())


async def test_a_bell_rings_for_its_lane_only() -> None:
    programme, hall = Programme(), a_generation()
    programme.show(hall, 0)
    loop = asyncio.get_running_loop()
    video, audio = (loop.create_task(programme.window.changed(lane)) for lane in Lane)
    await asyncio.sleep(0)
    programme.window.expect(hall, 1, None, 0, joint=False)
    programme.part(hall, 1, Lane.VIDEO)
    await video
    assert not audio.done()
    programme.window.end()
    await audio


def test_both_lanes_tell_the_pictures_times_and_parts_their_own() -> None:
    programme, hall = Programme(), a_generation()
    programme.show(hall, 0)
    sound = hall.segment(Lane.AUDIO, 0)
    sound.parts[0] = StoredPart(100 * 48_000 + 960, 48_128, True, 0, 1)
    sound.duration_ticks += 128
    (picture,), (told,) = (programme.listing(lane).playlist().segments for lane in Lane)
    assert (told.began, told.duration_s) == (picture.began, picture.duration_s)
    assert told.parts[0].duration_s == 48_128 / 48_000


def test_sound_that_has_not_ended_is_no_longer_than_its_parts() -> None:
    programme, hall = Programme(), a_generation()
    programme.show(hall, 0)
    programme.window.expect(hall, 1, None, 1, joint=False)
    programme.part(hall, 1, Lane.AUDIO)
    for end in (False, True):
        programme.part(hall, 1, Lane.VIDEO, end=end)
    assert programme.listing(Lane.AUDIO).playlist().segments[1].duration_s == 1
    assert programme.listing(Lane.VIDEO).playlist().segments[1].duration_s == 2

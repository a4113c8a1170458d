"""The lower rendition of a film: cut as the film is, whole or not listed, and the right film's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from streams.encoder import silent_frame
from streams.films import filmrung
from streams.films.film import Film
from streams.films.filmrung import FilmRung, a_rung, rung_of
from streams.films.ondemand import is_packaged, package
from streams.generations import Generation
from streams.packaging import Packaging
from streams.segments import Lane
from streams.shelf import Shelf
from streams.storage import Disk
from tests.streams.broadcast import a_studio
from tests.streams.filmfiles import H264, PICTURE, a_file, taken_in
from tests.streams.parsed_playlist import parse
from tests.streams.read_fragments import samples

SOURCE, HEIGHT_PX, PART_TICKS = "film-five", 120, 90_000


@pytest.fixture(autouse=True)
def no_lower_priority(monkeypatch: pytest.MonkeyPatch) -> None:
    """A coder that gives way to everything else would make these tests as slow as others like."""
    monkeypatch.setattr(filmrung, "NICE", 0)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Film:
    """Four seconds, leaning pictures, in two segments."""
    folder = tmp_path_factory.mktemp("film")
    return taken_in(a_file(folder, *PICTURE, *H264, "-g", "25", "-sc_threshold", "0", "-bf", "2"))


def a_shelf(folder: Path) -> Shelf:
    shelf = Shelf(Disk(folder))
    shelf.read_back(lambda row: None)
    return shelf


async def packaged(
    shelf: Shelf,
    film: Film,
    height_px: int = HEIGHT_PX,
    then: Callable[[FilmRung | None], None] = lambda rung: None,
) -> Generation:
    packaging = Packaging(shelf, SOURCE, PART_TICKS, silent_frame())
    async with a_rung(shelf, packaging, height_px, PART_TICKS) as rung:
        await package(film, packaging, lambda done: then(rung), rung)
    newest = shelf.newest(SOURCE)
    assert newest is not None
    return newest


def pictures_in(shelf: Shelf, generation: Generation, number: int) -> int:
    parts = range(len(generation.lanes[Lane.VIDEO][number].parts))
    return sum(len(samples(shelf.read(generation, Lane.VIDEO, number, each))) for each in parts)


async def test_every_segment_is_there_smaller_and_cut_at_the_same_ticks(
    tmp_path: Path, film: Film
) -> None:
    shelf = a_shelf(tmp_path)
    top = await packaged(shelf, film)
    low = rung_of(shelf, top, HEIGHT_PX)
    assert low is not None
    assert (low.parameters.width, low.parameters.height) == (160, 120)
    assert len(top.lanes[Lane.VIDEO]) == 2
    for number, whole in top.lanes[Lane.VIDEO].items():
        own = low.lanes[Lane.VIDEO][number]
        assert (own.start_ticks, own.end_ticks, own.ended) == (
            whole.start_ticks, whole.end_ticks, True,
        )  # fmt: skip
        assert pictures_in(shelf, low, number) == pictures_in(shelf, top, number) == 50
        assert own.parts[0].independent
    assert rung_of(shelf, top, 240) is None
    assert rung_of(shelf, top, 0) is None


async def test_it_is_found_again_by_a_process_that_begins_anew(tmp_path: Path, film: Film) -> None:
    await packaged(a_shelf(tmp_path), film)
    again = a_shelf(tmp_path)
    low = rung_of(again, again.newest(SOURCE), HEIGHT_PX)
    assert low is not None
    assert low.rung_of == 1


async def test_a_newer_film_is_never_shown_by_the_older_ones_pictures(
    tmp_path: Path, film: Film
) -> None:
    shelf = a_shelf(tmp_path)
    before = await packaged(shelf, film)
    after = await packaged(shelf, film, 0)
    assert rung_of(shelf, before, HEIGHT_PX) is not None
    assert rung_of(shelf, after, HEIGHT_PX) is None


async def test_a_coder_that_dies_leaves_a_whole_film_without_a_lower_rendition(
    tmp_path: Path, film: Film
) -> None:
    shelf = a_shelf(tmp_path)

    def kill(film_rung: FilmRung | None) -> None:
        assert film_rung is not None
        film_rung.rung.end_coder("killed by a test")

    async with asyncio.timeout(30):
        top = await packaged(shelf, film, then=kill)
    assert top.number == 1
    assert sum(each.duration_s for each in top.lanes[Lane.VIDEO].values()) == pytest.approx(4.0)
    assert rung_of(shelf, top, HEIGHT_PX) is None


async def test_a_film_no_taller_than_the_rung_has_none(tmp_path: Path, film: Film) -> None:
    shelf = a_shelf(tmp_path)
    assert rung_of(shelf, await packaged(shelf, film, 240), 240) is None


async def test_players_are_told_of_it_and_fetch_it_through_the_films_item_alone(
    tmp_path: Path, film: Film
) -> None:
    async with a_studio(tmp_path, rung_height_px=HEIGHT_PX) as studio:
        shelf, answers = studio.desk.shelf, studio.answers
        assert answers.item("five").status == 404
        await packaged(shelf, film, 0)
        assert b"low.m3u8" not in answers.item("five").body
        assert answers.item_lane("five", "1", "low", finished=True, packed=False).status == 404
        await packaged(shelf, film)
        assert b"x120" in answers.item("five").body
        assert b"1/low.m3u8" in answers.item("five").body
        answer = answers.item_lane("five", "1", "low", finished=True, packed=False)
        listed = [each.uri for each in parse(answer.body.decode()).segments]
        assert listed == [f"/media/five/film-five~120/1/video/{n}.m4s" for n in (0, 1)]
        for name in ("init.mp4", "0.m4s", "1.m4s"):
            media = await answers.media("five", "film-five~120", "1", "video", name)
            assert media.status == 200
            media = await answers.media("four", "film-five~120", "1", "video", name)
            assert media.status == 404
        subtitled = answers.subtitling.of("five")
        assert subtitled is not None
        assert (subtitled.begins_s, subtitled.version) == (0.0, "1")
        assert [each.lasts_s for each in subtitled.pieces] == [pytest.approx(4.0)]


async def test_a_film_is_packaged_again_when_it_or_the_height_changes_and_not_otherwise(
    tmp_path: Path, film: Film
) -> None:
    shelf = a_shelf(tmp_path)
    assert not is_packaged(shelf, SOURCE, film, 0, "v1", None)
    await packaged(shelf, film)
    for height_px, made, before, wanted in (
        (HEIGHT_PX, "v1 120", "v1 120", True),
        (HEIGHT_PX, "v2 120", "v1 120", False),
        (180, "v1 180", "v1 120", False),
        (0, "v1", "v1 120", True),
        (0, "v1", "v1", True),
        (0, "v1", "v10 120", False),
        (HEIGHT_PX, "v1 120", "v1", False),
        (HEIGHT_PX, "v1 120", None, True),
        (180, "v1 180", None, False),
        (0, "v1", None, True),
    ):
        found = is_packaged(shelf, SOURCE, film, height_px, made, before)
        assert found is wanted, (height_px, made, before)

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path

import pytest

from streams.encoder import silent_frame
from streams.films.demofilm import DemoFilm
from streams.films.films import Facts, Films, FilmState
from streams.films.ondemand import is_whole, package
from streams.packaging import Packaging
from streams.segments import Lane
from streams.shelf import Shelf
from streams.storage import Disk
from tests.streams.filmfiles import H264, PICTURE, a_file
from tests.streams.smalldisk import a_small_disk

FILM = DemoFilm("tema-1", "Skolefravær", "Temamøde 5", 3.0)


async def test_a_film_is_made_once_and_its_state_is_told(tmp_path: Path) -> None:
    told: list[str] = []
    films = Films(tmp_path, lambda id: told.append(films.states[id].state))
    assert films.film("tema-1") is None
    await asyncio.wait_for(films.make(FILM), 200)
    assert told == ["making", "ready"]
    assert films.film("tema-1") is not None
    assert films.captions("tema-1") is not None
    made = (tmp_path / "tema-1.mp4").stat().st_mtime_ns
    await films.make(FILM)
    again = Films(tmp_path)
    await again.make(FILM)
    assert (tmp_path / "tema-1.mp4").stat().st_mtime_ns == made
    assert again.states["tema-1"] == FilmState("ready", 1.0)


async def test_a_film_from_outside_is_taken_in_with_progress(tmp_path: Path) -> None:
    source = tmp_path / "source.mkv"
    arguments = ["-f", "lavfi", "-i", "testsrc2=size=160x120:rate=10:duration=8", "-c:v", "mpeg4"]
    command = ["ffmpeg", "-v", "error", *arguments, str(source)]
    await asyncio.to_thread(subprocess.run, command, check=True, timeout=60)
    told: list[FilmState] = []
    films = Films(tmp_path / "films", lambda id: told.append(films.states[id]))
    await asyncio.wait_for(films.take_in("film", source), 200)
    assert told[0] == FilmState("checking")
    assert told[1] == FilmState("making")
    assert told[-1].state == "ready"
    assert [state.progress for state in told] == sorted(state.progress for state in told)
    assert len(told) > 5
    assert films.captions("film") is None


async def test_what_was_found_in_the_file_is_kept_beside_the_film(tmp_path: Path) -> None:
    source = a_file(tmp_path, *PICTURE, *H264, name="Oplæg 1 (endelig).mov")
    films = Films(tmp_path / "films")
    assert films.facts("film") is None
    assert await asyncio.wait_for(films.take_in("film", source), 200)
    facts = Films(tmp_path / "films").facts("film")
    assert facts == Facts(4.0, 320, 240, 25.0, False, (), "Oplæg 1 (endelig).mov")


async def test_a_film_stands_until_the_one_in_its_place_is_whole(tmp_path: Path) -> None:
    films = Films(tmp_path / "films")
    first = a_file(tmp_path, *PICTURE, *H264, name="first.mp4")
    assert await asyncio.wait_for(films.take_in("film", first), 200)
    version = films.version("film")
    (tmp_path / "broken").write_bytes(b"no film")
    assert not await asyncio.wait_for(films.take_in("film", tmp_path / "broken"), 200)
    assert films.states["film"].state == "refused"
    assert films.film("film") is not None
    assert films.version("film") == version
    second = a_file(tmp_path, *PICTURE, *H264, "-t", "2", name="second.mp4")
    assert await asyncio.wait_for(films.take_in("film", second), 200)
    film = films.film("film")
    assert film is not None
    assert film.duration_s == pytest.approx(2.0)
    assert films.version("film") != version


async def test_a_film_from_outside_leaves_the_one_made_for_all_days(tmp_path: Path) -> None:
    films = Films(tmp_path / "films", made=tmp_path / "made")
    await asyncio.wait_for(films.make(FILM), 200)
    assert films.path("tema-1") == tmp_path / "made" / "tema-1.mp4"
    source = a_file(tmp_path, *PICTURE, *H264)
    assert await asyncio.wait_for(films.take_in("tema-1", source), 200)
    assert films.path("tema-1") == tmp_path / "films" / "tema-1.mp4"
    other = Films(tmp_path / "another day", made=tmp_path / "made").film("tema-1")
    assert other is not None
    assert other.duration_s == pytest.approx(3.0, abs=0.1)


async def test_a_film_that_takes_too_long_is_refused(tmp_path: Path) -> None:
    source = a_file(tmp_path, *PICTURE, *H264)
    films = Films(tmp_path / "films", most_s=0.001)
    assert not await asyncio.wait_for(films.take_in("film", source), 200)
    assert films.states["film"].code == "took_too_long"
    assert films.film("film") is None


async def test_a_disk_that_is_full_is_told_from_a_film_that_is_broken(tmp_path: Path) -> None:
    source = a_file(tmp_path, *PICTURE, *H264, "-b:v", "4M", "-minrate", "4M")
    with a_small_disk(tmp_path / "small", kilobytes=200) as disk:
        films = Films(disk)
        assert not await asyncio.wait_for(films.take_in("film", source), 200)
        assert films.states["film"].code == "storage_full"
        assert [each.name for each in disk.iterdir()] == []


async def test_a_file_that_is_no_film_is_refused_with_its_code(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    films = Films(tmp_path / "films")
    await asyncio.wait_for(films.take_in("film", tmp_path / "empty"), 200)
    assert films.states["film"].state == "refused"
    assert films.states["film"].code == "empty"
    assert films.film("film") is None


async def test_a_broken_file_in_the_folder_is_no_film(tmp_path: Path) -> None:
    (tmp_path / "film.mp4").write_bytes(b"not a film")
    assert Films(tmp_path).film("film") is None


@pytest.mark.parametrize("id", ["../x", "", "a/b", "a.b", "/etc/passwd"])
def test_an_id_that_could_leave_the_folder_is_no_id(tmp_path: Path, id: str) -> None:
    with pytest.raises(ValueError, match="expected a film's id"):
        Films(tmp_path).film(id)


async def test_a_film_on_demand_is_packaged_whole(tmp_path: Path) -> None:
    films = Films(tmp_path / "films")
    await asyncio.wait_for(films.make(FILM), 200)
    film = films.film("tema-1")
    assert film is not None
    storage = Disk(tmp_path / "media")
    shelf = Shelf(storage)
    assert not is_whole(shelf.newest("film-tema-1"), film)
    await package(film, Packaging(shelf, "film-tema-1", 91_800, silent_frame()))
    generation = shelf.newest("film-tema-1")
    assert is_whole(generation, film)
    assert generation is not None
    seconds = [sum(s.duration_s for s in generation.lanes[lane].values()) for lane in Lane]
    assert abs(seconds[0] - 3) < 0.05
    assert abs(seconds[1] - 3) < 0.05
    storage.close()


async def test_a_file_put_into_the_folder_is_taken_in_when_it_has_stopped_growing(
    tmp_path: Path,
) -> None:
    films = Films(tmp_path / "films")
    await films.take_in_what_lies_there(["tema-1"])
    made = Films(tmp_path / "made")
    await asyncio.wait_for(made.make(FILM), 200)
    data = await asyncio.to_thread((tmp_path / "made" / "tema-1.mp4").read_bytes)
    incoming = tmp_path / "films" / "incoming"
    arriving, stranger = incoming / "tema-1.mov", incoming / "ukendt.mov"
    await asyncio.to_thread(arriving.write_bytes, data[:1000])
    await asyncio.to_thread(stranger.write_bytes, data)
    assert not await films.take_in_what_lies_there(["tema-1"])
    await asyncio.to_thread(arriving.write_bytes, data)
    assert not await films.take_in_what_lies_there(["tema-1"])
    assert await asyncio.wait_for(films.take_in_what_lies_there(["tema-1"]), 200)
    assert films.film("tema-1") is not None
    left = await asyncio.to_thread(lambda: sorted(each.name for each in incoming.iterdir()))
    assert left == ["tema-1.mov.taken", "ukendt.mov"]


async def test_a_file_that_was_refused_is_set_aside(tmp_path: Path) -> None:
    films = Films(tmp_path)
    await films.take_in_what_lies_there(["tema-1"])
    await asyncio.to_thread((tmp_path / "incoming" / "tema-1.mp4").write_bytes, b"ikke en film")
    await films.take_in_what_lies_there(["tema-1"])
    assert not await asyncio.wait_for(films.take_in_what_lies_there(["tema-1"]), 200)
    assert films.states["tema-1"].state == "refused"
    assert (tmp_path / "incoming" / "tema-1.mp4.refused").is_file()

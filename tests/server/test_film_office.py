from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from schedule.programme_file import builtin
from schedule.show import ShowItem, initial
from server.film_office import FilmOffice, fit_of
from server.settings import Settings
from streams.films.films import Films
from streams.recordings.replays import FILM
from tests.streams.broadcast import a_studio
from tests.streams.filmfiles import H264, PICTURE, a_file

SHOW = initial(builtin("topmoede_2021"))


@pytest.mark.parametrize(
    ("item", "length_s", "room_s", "shared_by", "over_s"),
    [
        ("tema-1", 1400.0, 1400.0, 3, 0.0),
        ("tema-1", 1480.0, 1400.0, 3, 80.0),
        ("tema-1", 300.0, 1400.0, 3, 0.0),
        ("oplaeg-1", 1880.0, 1800.0, 1, 80.0),
        ("oplaeg-1", 1740.0, 1800.0, 1, -60.0),
        ("oplaeg-1", None, 1800.0, 1, 0.0),
    ],
)
def test_a_film_is_told_how_it_fits(
    item: str, length_s: float | None, room_s: float, shared_by: int, over_s: float
) -> None:
    entry = SHOW.find(item)
    assert entry is not None
    fit = fit_of(SHOW, entry, length_s)
    assert (fit["room_s"], fit["shared_by"], fit["over_s"]) == (room_s, shared_by, over_s)


async def test_a_film_that_breaks_off_is_refused_and_the_others_are_made_ready(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "films"
    folder.mkdir()
    whole = a_file(folder, *PICTURE, *H264, "-movflags", "faststart", name="tema-2.mp4")
    data = whole.read_bytes()
    pictures = data.index(b"mdat") + 4
    (folder / "tema-1.mp4").write_bytes(data[:pictures] + b"\xff" * (len(data) - pictures))

    async def note(item: ShowItem) -> None: ...

    house: Any = SimpleNamespace(board=SimpleNamespace(set_state=lambda topic, told: None))
    async with a_studio(tmp_path / "media") as studio:
        films = Films(folder)
        office = FilmOffice(house, Settings(data=tmp_path), films, studio.desk, note)
        for id in ("tema-1", "tema-2", "tema-1"):
            await office._package(id, id)
        assert office._refusals.of("tema-1")["code"] == "unreadable"
        assert office._refusals.of("tema-2") is None
        assert office._packaged.of(FILM + "tema-2") == films.version("tema-2")

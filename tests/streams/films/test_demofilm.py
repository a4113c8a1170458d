from __future__ import annotations

from pathlib import Path

import pytest

from streams.films.demofilm import SHAPES, DemoFilm, cues_of, make
from streams.films.film import Film
from streams.films.probe import probe
from streams.segments import Lane
from tests.streams.filmfiles import (
    lane,
    loudest,
    pictures_of,
)


@pytest.mark.parametrize("number", range(len(SHAPES)))
def test_a_demo_film_is_made_in_its_shape_with_captions(tmp_path: Path, number: int) -> None:
    asked = DemoFilm("oplaeg-1", "God og motiverende undervisning", "Temamøde 3", 3.0, number)
    film = Film.open(make(asked, tmp_path))
    found = probe(film.path)
    assert (found.width, found.height, round(found.fps)) == SHAPES[number]
    assert (found.keeps_video, found.keeps_audio) == (True, True)
    units = list(film.access_units(0))
    assert pictures_of(units) == 3 * SHAPES[number][2]
    assert loudest(lane(units, Lane.AUDIO)[20:40]) > 0.01
    assert (tmp_path / "oplaeg-1.vtt").read_text("utf-8").startswith("WEBVTT")


def test_captions_fill_a_demo_film_and_never_pass_its_end() -> None:
    cues = cues_of(DemoFilm("a", "Titel", "", 12.0, lines=("et", "to")))
    assert [cue.text for cue in cues] == ["et", "to", "et"]
    assert cues[-1].end_s <= 12.0


def test_a_film_without_lines_tells_about_itself() -> None:
    cues = cues_of(DemoFilm("a", "Titel", "", 60.0))
    assert cues[0].text == "Titel"
    assert all(cue.text for cue in cues)
    assert len({cue.text for cue in cues}) > 3

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import pytest

from streams.films.probe import probe
from streams.films.recoding import even_rate
from streams.segments import Lane
from tests.streams.filmfiles import (
    H264,
    PICTURE,
    a_file,
    against,
    lane,
    pictures_of,
    taken_in,
)


def test_fields_become_whole_pictures(tmp_path: Path) -> None:
    fields = ["-vf", "tinterlace=mode=interleave_top", "-flags", "+ilme+ildct"]
    film = taken_in(a_file(tmp_path, *PICTURE, *fields, *H264))
    assert against(film.path) == ()
    assert pictures_of(list(film.access_units(0))) == 50


def test_a_film_from_a_phone_held_upright_is_turned(tmp_path: Path) -> None:
    flat, turned = a_file(tmp_path, *PICTURE, *H264), tmp_path / "turned.mp4"
    with av.open(str(flat)) as file, av.open(str(turned), "w") as out:
        copy = out.add_stream_from_template(file.streams.video[0])
        copy.set_display_rotation(90)
        for packet in file.demux(video=0):
            if packet.dts is not None:
                packet.stream = copy
                out.mux(packet)
    assert against(turned) == ("turned",)
    found = probe(taken_in(turned).path)
    assert (found.width, found.height, found.turned_degrees) == (240, 320, 0)


def test_a_film_of_uneven_pace_gets_an_even_one(tmp_path: Path) -> None:
    uneven = ["-vf", "select='not(mod(n,7))+gt(mod(n,5),3)'", "-vsync", "vfr", "-c:v", "mpeg4"]
    film = taken_in(a_file(tmp_path, *PICTURE, *uneven, name="source.mkv"))
    units = lane(list(film.access_units(0)), Lane.VIDEO)
    shown = sorted(unit.pts_ticks for unit in units)
    assert {after - before for before, after in pairwise(shown)} == {3600}


@pytest.mark.parametrize(
    ("said", "coded"),
    [("25", "25"), ("50", "25"), ("60000/1001", "30000/1001"), ("90000", "25"), ("0", "25")],
)
def test_a_rate_is_halved_until_it_is_thirty_or_less(said: str, coded: str) -> None:
    assert even_rate(Fraction(said)) == Fraction(coded)

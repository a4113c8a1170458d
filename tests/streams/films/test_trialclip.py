from __future__ import annotations

from pathlib import Path
from urllib.parse import urljoin

import m3u8
import pytest

from streams.encoder import silent_frame
from streams.films.demofilm import DemoFilm, make
from streams.films.film import Film
from streams.films.trialclip import Memory, trial_files


async def test_every_file_the_playlists_name_is_there(tmp_path: Path) -> None:
    film = Film.open(make(DemoFilm("proev", "Prøv", "Hører du tonen?", 3.0, 1), tmp_path))
    files = await trial_files(film, silent_frame())
    index = m3u8.loads(files["index.m3u8"].body.decode())
    lanes = [index.playlists[0].uri, index.media[0].uri]
    for lane in lanes:
        listed = m3u8.loads(files[lane].body.decode())
        assert listed.is_endlist
        assert sum(each.duration for each in listed.segments) == pytest.approx(3.0, abs=0.1)
        for segment in listed.segments:
            assert files[urljoin(lane, segment.uri)].body
            assert files[urljoin(lane, segment.init_section.uri)].body[4:8] == b"ftyp"


def test_the_memory_reads_back_what_was_written_last_at_a_place() -> None:
    memory = Memory()
    memory.write("a", 0, b"one")
    memory.write("a", 3, b"two")
    memory.write("a", 1, b"!")
    assert memory.read("a", 0, 9) == b"o!"
    with pytest.raises(FileNotFoundError):
        memory.read("b", 0, 1)

"""The clip with which people try their browser before the day: made here, kept in memory.

It goes the way of everything else: a film, packaged into the same segments and listed by the same
playlists. It belongs to no edition and to no channel, so it has a shelf of its own and never
reaches the media index; whoever may see it may see nothing else by it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping

from streams import playlist
from streams.answers import Answer
from streams.films.demofilm import DemoFilm
from streams.films.film import Film
from streams.films.ondemand import package
from streams.generations import Generation
from streams.packaging import Packaging
from streams.playlist import MEDIA_TYPE, Kind, ListedSegment, MediaPlaylist
from streams.segments import Lane
from streams.shelf import Shelf
from streams.storage import Row, Sifted

FILM = DemoFilm("proev", "Prøv din forbindelse", "Kan du se billedet og høre tonen?", 12.0, 1)
SOURCE = "proev"
PART_TICKS = 90_000
HEADERS = {"cache-control": "no-store"}

Files = Mapping[str, Answer]


class Memory:
    """A storage that is gone with the process; the clip is a few hundred kilobytes."""

    def __init__(self) -> None:
        self._files: dict[str, bytearray] = {}

    def write(self, path: str, offset: int, data: bytes) -> None:
        file = self._files.setdefault(path, bytearray())
        file[offset:] = data

    def read(self, path: str, offset: int, size: int) -> bytes:
        if path not in self._files:
            raise FileNotFoundError(path)
        return bytes(self._files[path][offset : offset + size])

    def on_disk(self, path: str) -> bool:
        return False

    def note(self, row: Row) -> None:
        """What is in memory needs no index."""

    def rows(self) -> Iterator[Row]:
        return iter(())

    def remove(self, paths: Collection[str]) -> None:
        for path in paths:
            self._files.pop(path, None)

    def sift(self, keep: Callable[[Row], Row | None]) -> Sifted:
        return Sifted(0)

    def swap(self, sifted: Sifted) -> None:
        """There is no index."""

    def sync(self) -> None:
        """Nor does it outlive a power cut."""

    def close(self) -> None:
        self._files.clear()


async def trial_files(film: Film, silence: bytes) -> Files:
    """Every file of the clip by its name; `index.m3u8` leads to the others.

    Args:
        silence: one AAC frame of silence.
    """
    shelf = Shelf(Memory())
    await package(film, Packaging(shelf, SOURCE, PART_TICKS, silence))
    generation = shelf.newest(SOURCE)
    assert generation is not None, "a film begins with an IDR, and that opens a generation"
    index = playlist.multivariant("video.m3u8", "audio.m3u8")
    files = {"index.m3u8": _answer(MEDIA_TYPE, index.encode())}
    for lane in Lane:
        files |= _of_lane(shelf, generation, lane)
    return files


def _of_lane(shelf: Shelf, generation: Generation, lane: Lane) -> dict[str, Answer]:
    numbers = [number for number, each in sorted(generation.lanes[lane].items()) if each.parts]
    listed = [
        ListedSegment(
            number,
            0,
            f"{lane}-init.mp4",
            f"{lane}-{number}.m4s",
            generation.lanes[lane][number].duration_s,
            None,
        )
        for number in numbers
    ]
    text = playlist.full(MediaPlaylist(Kind.VOD, listed, finished=True))
    media = {
        f"{lane}-{number}.m4s": _answer("video/mp4", shelf.read(generation, lane, number, None))
        for number in numbers
    }
    return media | {
        f"{lane}.m3u8": _answer(MEDIA_TYPE, text.encode()),
        f"{lane}-init.mp4": _answer("video/mp4", generation.init(lane)),
    }


def _answer(content_type: str, body: bytes) -> Answer:
    return Answer(200, HEADERS | {"content-type": content_type}, body)

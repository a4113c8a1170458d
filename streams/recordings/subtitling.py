"""Which replays have their captions beside them as subtitle renditions, and where these begin.

A replay that is finished, and whose pictures follow on one another in time. What is still on air is
not: its captions are written afterwards, and a player that has it open would not hear of them. Nor
is what was joined from two runs, or lost a stretch between: there the media's time jumps where the
replay's does not, and players differ in what they make of text behind a jump (hls.js#2886, #5775,
#7850; shaka#5168; video.js#8355; ffmpeg moves pictures and sound back together and leaves text).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from streams.listing import film_playlist, kept_segments
from streams.playlist import ListedSegment
from streams.recordings.replays import Replays, Version
from streams.recordings.spans import Span
from streams.segments import Lane
from streams.subtitles import Piece, pieces_of
from streams.timeline import VIDEO_HZ, EventClock

JUMP_TICKS = VIDEO_HZ // 10
"""A joint may be a frame off; nobody sees text a tenth of a second late."""
MOST_REMEMBERED = 256


@dataclass(frozen=True, slots=True)
class Subtitled:
    """A replay that text can stand beside.

    Args:
        begins_s: the timestamp of its first picture.
    """

    version: str
    begins_s: float
    pieces: tuple[Piece, ...]


def runs_on(spans: Sequence[Span]) -> bool:
    """Whether the media's own time goes on as the replay's does, from its beginning to its end."""
    begins = spans[0].start_ticks if spans else 0
    return bool(spans) and all(
        abs(span.start_ticks - begins - span.at_ticks) <= JUMP_TICKS for span in spans
    )


class Subtitling:
    """Over the replays; what was reckoned last is remembered for as long as nothing changes."""

    def __init__(self, replays: Replays, clock: EventClock) -> None:
        self._replays = replays
        self._clock = clock
        self._known: OrderedDict[str, tuple[object, Subtitled | None]] = OrderedDict()

    def of(self, item: str) -> Subtitled | None:
        """The newest version of an item's replay; None where no text stands beside it."""
        version, film = self._replays.newest(item), self._replays.film(item)
        if version is None or not self._replays.is_over(item):
            return None
        made = (film.number, len(film.lanes[Lane.VIDEO])) if film is not None else None
        now = (version, made, self._replays.removals)
        known = self._known.get(item)
        if known is None or known[0] != now:
            self._known[item] = known = now, self._reckoned(item, version)
        self._known.move_to_end(item)
        while len(self._known) > MOST_REMEMBERED:
            self._known.popitem(last=False)
        return known[1]

    def _reckoned(self, item: str, version: Version) -> Subtitled | None:
        spans = self._replays.spans(item)
        if not runs_on(spans):
            return None
        pieces = pieces_of(self._listed(item))
        return Subtitled(version.name, spans[0].start_ticks / VIDEO_HZ, pieces)

    def _listed(self, item: str) -> Sequence[ListedSegment]:
        replays, film = self._replays, self._replays.film(item)
        if replays.shown(item) is None:
            return film_playlist(film, item, Lane.VIDEO).segments if film is not None else ()
        return kept_segments(
            replays.entries(item),
            item,
            Lane.VIDEO,
            self._clock,
            bounds=lambda entry: replays.bounds(item, entry),
        )

"""Subtitle renditions as text: WebVTT in pieces, and the playlist of these (RFC 8216bis 3.1.4).

Cues stand in the media's own time: what a piece says of 00:00:05 is seen with the picture whose
timestamp is five seconds. That is what a player assumes where nothing is said of it, and the
X-TIMESTAMP-MAP of each piece says the same. So a player that leaves the map out of account is as
right as one that keeps to it.

A piece is much longer than a segment of pictures: text is small. It ends where the pictures have a
discontinuity, for renditions must agree about those. A cue that is on screen when a piece ends
stands in the next one too, with the same times.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from streams.films.captions import Cue, write_webvtt
from streams.playlist import VERSION, ListedSegment

PIECE_S = 60
"""How long a piece is at most; the pictures' playlists have a shorter one, which text need not."""
IN_MEDIA_TIME = "X-TIMESTAMP-MAP=LOCAL:00:00:01.000,MPEGTS:90000\n"
"""A time is itself. A second is mapped and not zero, which hls.js 1.7.4 takes for no map at all: it
would place text that comes before its pictures behind a discontinuity without asking for theirs."""
MEDIA_TYPE = "text/vtt"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a replay whose words are fetched at once.

    Args:
        began: PROGRAM-DATE-TIME; None where wall time means nothing.
        at_s: where in the replay.
    """

    number: int
    discontinuity: int
    began: str | None
    at_s: float
    lasts_s: float

    @property
    def ends_s(self) -> float:
        return self.at_s + self.lasts_s


def pieces_of(listed: Iterable[ListedSegment]) -> tuple[Piece, ...]:
    """A replay in pieces, from the segments of its pictures."""
    pieces: list[Piece] = []
    at_s = 0.0
    for segment in listed:
        last, lasts_s = pieces[-1] if pieces else None, float(segment.duration_s)
        if last and _goes_on(last, segment, lasts_s):
            longer = last.lasts_s + lasts_s
            pieces[-1] = Piece(last.number, last.discontinuity, last.began, last.at_s, longer)
        else:
            number, joint = len(pieces), segment.discontinuity
            pieces.append(Piece(number, joint, segment.began, at_s, lasts_s))
        at_s += lasts_s
    return tuple(pieces)


def _goes_on(last: Piece, segment: ListedSegment, lasts_s: float) -> bool:
    return last.discontinuity == segment.discontinuity and last.lasts_s + lasts_s <= PIECE_S


def playlist_of(pieces: Sequence[Piece], name: str) -> str:
    """The playlist of a rendition of text, which is finished.

    Args:
        name: what the pieces' names begin with.
    """
    return "".join(_lines(pieces, name))


def _lines(pieces: Sequence[Piece], name: str) -> Iterator[str]:
    yield f"#EXTM3U\n#EXT-X-VERSION:{VERSION}\n#EXT-X-TARGETDURATION:{PIECE_S}\n"
    yield "#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-DISCONTINUITY-SEQUENCE:0\n"
    discontinuity = 0
    for piece in pieces:
        if piece.discontinuity != discontinuity:
            yield "#EXT-X-DISCONTINUITY\n"
            discontinuity = piece.discontinuity
        if piece.began is not None:
            yield f"#EXT-X-PROGRAM-DATE-TIME:{piece.began}\n"
        yield f"#EXTINF:{piece.lasts_s:.5f},\n{name}.{piece.number}.vtt\n"
    yield "#EXT-X-ENDLIST\n"


def text_of(piece: Piece, cues: Iterable[Cue], begins_s: float) -> str:
    """A piece as WebVTT: every cue that is on screen in it.

    Args:
        cues: in the replay's time.
        begins_s: the timestamp of the replay's first picture.
    """
    seen = (cue for cue in cues if cue.start_s < piece.ends_s and cue.end_s > piece.at_s)
    moved = (Cue(cue.start_s + begins_s, cue.end_s + begins_s, cue.text) for cue in seen)
    # A reader that sets piece behind piece (ffmpeg) needs the empty line to end the last cue.
    return f"{write_webvtt(moved, IN_MEDIA_TIME)}\n"

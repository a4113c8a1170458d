"""Playlists as text: RFC 8216 and its low-latency successor.

A media playlist lists segments of different sources end to end. Where two neighbours differ in
source or generation stands a DISCONTINUITY, with the new MAP, before the first part. Its number is
stored with the cut and not counted here: the header carries the number of the first segment
listed, whose tag is left out.

The values that players may not see change are constants of the edition: TARGETDURATION,
PART-TARGET, HOLD-BACK, CAN-SKIP-UNTIL.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

TARGET_S = 6
SKIP_UNTIL_S = 6 * TARGET_S
ROUNDED_S = 0.001
"""More than the written lengths of a minute's segments differ from the exact ones in all."""
HOLD_BACK_S = 3 * TARGET_S
PARTS_LISTED_S = 3 * TARGET_S
VERSION = 10
CHAPTER = "topmoede.chapter"
MEDIA_TYPE = "application/vnd.apple.mpegurl"
# The most that may come on air: players make their buffers from it once, and choose by it.
CODECS = "avc1.64002A,mp4a.40.2"
BANDWIDTH = 5_000_000
LOWER_CODECS = "avc1.640020,mp4a.40.2"
LOWER_BANDWIDTH = 1_000_000
SOUND_CODEC = "mp4a.40.2"
SOUND_BANDWIDTH = 170_000
FRAME_RATE = 60
SPOKEN = "da"
TEXTS = "captions"
TRANSCRIBES = "public.accessibility.transcribes-spoken-dialog"


class Kind(StrEnum):
    """How a playlist may change: LIVE slides, EVENT only grows, VOD is finished."""

    LIVE = ""
    EVENT = "EVENT"
    VOD = "VOD"


@dataclass(frozen=True, slots=True)
class ListedPart:
    uri: str
    duration_s: float
    independent: bool


@dataclass(frozen=True)
class ListedSegment:
    """A segment as a playlist shows it.

    Args:
        number: media sequence number.
        discontinuity: its discontinuity sequence number, stored with the cut.
        began: PROGRAM-DATE-TIME; None where wall time means nothing.
        ended: all its parts are there.
        gap: its bytes are not to be had.
    """

    number: int
    discontinuity: int
    map_uri: str
    uri: str
    duration_s: float
    began: str | None
    parts: tuple[ListedPart, ...] = ()
    ended: bool = True
    gap: bool = False

    @cached_property
    def before_parts(self) -> str:
        """Its lines before those of its parts; written once."""
        return f"#EXT-X-PROGRAM-DATE-TIME:{self.began}\n" if self.began is not None else ""

    @cached_property
    def part_lines(self) -> str:
        return "".join(map(_part, self.parts))

    @cached_property
    def after_parts(self) -> str:
        if not self.ended:
            return ""
        gap = "#EXT-X-GAP\n" if self.gap else ""
        return f"{gap}#EXTINF:{self.duration_s:.5f},\n{self.uri}\n"


@dataclass(frozen=True, slots=True)
class Report:
    """Where another rendition stands: its newest segment and part."""

    uri: str
    number: int
    part: int


@dataclass(frozen=True, slots=True)
class MediaPlaylist:
    """One rendition.

    Args:
        segments: oldest first; only the last may lack its end.
        part_target_s: None for a playlist without parts.
        hint: URI of the part that comes next.
        finished: nothing will be added.
        ranges: lines about stretches of it (`chapter`).
    """

    kind: Kind
    segments: Sequence[ListedSegment]
    part_target_s: float | None = None
    hint: str | None = None
    reports: tuple[Report, ...] = ()
    finished: bool = False
    ranges: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Lower:
    """A lower rendition of the picture; its width is that of a wide screen."""

    uri: str
    height_px: int


@dataclass(frozen=True, slots=True)
class Subtitles:
    """A rendition of what is said, as text.

    Args:
        name: as players offer it; no other one is called so.
        language: by RFC 5646.
        by_itself: a player may show it to who has asked the machine for subtitles in its language.
    """

    name: str
    language: str
    uri: str
    by_itself: bool = True


def multivariant(
    video_uri: str,
    audio_uri: str,
    lower: Lower | None = None,
    subtitles: Sequence[Subtitles] = (),
) -> str:
    """The playlist that names the renditions: one or two of pictures, one of sound, any of text."""
    texts = f',SUBTITLES="{TEXTS}"' if subtitles else ""
    lines = [
        "#EXTM3U",
        f"#EXT-X-VERSION:{VERSION}",
        f'#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound",NAME="Dansk",LANGUAGE="{SPOKEN}",DEFAULT=YES,'
        f'AUTOSELECT=YES,CHANNELS="2",URI="{audio_uri}"',
        *map(_text, subtitles),
        *_picture(video_uri, BANDWIDTH, (1920, 1080), CODECS, texts),
    ]
    if lower is not None:
        size = (round(lower.height_px * 16 / 9), lower.height_px)
        lines += _picture(lower.uri, LOWER_BANDWIDTH, size, LOWER_CODECS, texts)
    return "\n".join([*lines, ""])


def _text(subtitles: Subtitles) -> str:
    """Never the default: who has not asked for subtitles sees the picture as it is."""
    itself = "YES" if subtitles.by_itself else "NO"
    said = f',CHARACTERISTICS="{TRANSCRIBES}"' if subtitles.language == SPOKEN else ""
    return (
        f'#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="{TEXTS}",NAME="{subtitles.name}",'
        f'LANGUAGE="{subtitles.language}",DEFAULT=NO,AUTOSELECT={itself},FORCED=NO{said},'
        f'URI="{subtitles.uri}"'
    )


def only_sound(audio_uri: str) -> str:
    """A playlist whose one variant is the sound."""
    variant = f'#EXT-X-STREAM-INF:BANDWIDTH={SOUND_BANDWIDTH},CODECS="{SOUND_CODEC}"'
    return "\n".join(("#EXTM3U", f"#EXT-X-VERSION:{VERSION}", variant, audio_uri, ""))


def _picture(
    uri: str, bandwidth: int, size: tuple[int, int], codecs: str, texts: str
) -> tuple[str, str]:
    inf = (
        f"#EXT-X-STREAM-INF:BANDWIDTH={bandwidth},RESOLUTION={size[0]}x{size[1]},"
        f'FRAME-RATE={FRAME_RATE}.000,CODECS="{codecs}",AUDIO="sound"{texts}'
    )
    return inf, uri


def full(playlist: MediaPlaylist) -> str:
    """The whole playlist."""
    return "".join((*_header(playlist), *_body(playlist, 0), *_tail(playlist)))


def delta(playlist: MediaPlaylist) -> str | None:
    """The playlist without what the player has long had; None where that is nothing."""
    skipped = _skippable(playlist)
    if skipped == 0 or playlist.finished or playlist.part_target_s is None:
        return None
    skip = f"#EXT-X-SKIP:SKIPPED-SEGMENTS={skipped}\n"
    return "".join((*_header(playlist), skip, *_body(playlist, skipped), *_tail(playlist)))


def _header(playlist: MediaPlaylist) -> Iterator[str]:
    first = playlist.segments[0] if playlist.segments else None
    yield f"#EXTM3U\n#EXT-X-VERSION:{VERSION}\n#EXT-X-TARGETDURATION:{TARGET_S}\n"
    if (target := playlist.part_target_s) is not None:
        yield (
            f"#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK={3 * target:.3f},"
            f"HOLD-BACK={HOLD_BACK_S}.0,CAN-SKIP-UNTIL={SKIP_UNTIL_S}.0\n"
            f"#EXT-X-PART-INF:PART-TARGET={target:.3f}\n"
        )
    if playlist.kind is not Kind.LIVE:
        yield f"#EXT-X-PLAYLIST-TYPE:{playlist.kind}\n"
    yield f"#EXT-X-MEDIA-SEQUENCE:{first.number if first else 0}\n"
    yield f"#EXT-X-DISCONTINUITY-SEQUENCE:{first.discontinuity if first else 0}\n"
    yield from playlist.ranges


def chapter(id: str, title: str, began: str, duration_s: float) -> str:
    """The line of a chapter; what no quoted string may hold is left out."""
    said = "".join(sign for sign in title if sign not in '"\r\n')
    return (
        f'#EXT-X-DATERANGE:ID="{id}",CLASS="{CHAPTER}",START-DATE="{began}",'
        f'DURATION={duration_s:.3f},X-TITLE="{said}"\n'
    )


def _body(playlist: MediaPlaylist, skipped: int) -> Iterator[str]:
    segments, with_parts_from = playlist.segments, _first_with_parts(playlist)
    before = segments[skipped - 1] if skipped else None
    for index in range(skipped, len(segments)):
        segment = segments[index]
        if before is None:
            yield f'#EXT-X-MAP:URI="{segment.map_uri}"\n'
        elif segment.discontinuity != before.discontinuity:
            yield f'#EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI="{segment.map_uri}"\n'
        yield segment.before_parts
        if index >= with_parts_from:
            yield segment.part_lines
        yield segment.after_parts
        before = segment


def _part(part: ListedPart) -> str:
    independent = ",INDEPENDENT=YES" if part.independent else ""
    return f'#EXT-X-PART:DURATION={part.duration_s:.5f},URI="{part.uri}"{independent}\n'


def _tail(playlist: MediaPlaylist) -> Iterator[str]:
    if playlist.finished:
        yield "#EXT-X-ENDLIST\n"
        return
    if playlist.hint is not None:
        yield f'#EXT-X-PRELOAD-HINT:TYPE=PART,URI="{playlist.hint}"\n'
    for report in playlist.reports:
        yield (
            f'#EXT-X-RENDITION-REPORT:URI="{report.uri}",LAST-MSN={report.number},'
            f"LAST-PART={report.part}\n"
        )


def _first_with_parts(playlist: MediaPlaylist) -> int:
    """Index of the oldest segment whose parts are listed: those of the last three targets."""
    if playlist.part_target_s is None:
        return len(playlist.segments)
    return max(0, _first_within(playlist, PARTS_LISTED_S) - 1)


def _skippable(playlist: MediaPlaylist) -> int:
    """How many of the oldest segments lie further back than CAN-SKIP-UNTIL."""
    return max(0, _first_within(playlist, SKIP_UNTIL_S) - 1)


def _first_within(playlist: MediaPlaylist, length_s: float) -> int:
    """Index of the oldest segment that lies wholly in the last seconds of the playlist.

    Players add up what is written, and that is rounded.
    """
    left = length_s + ROUNDED_S
    for index in range(len(playlist.segments) - 1, -1, -1):
        left -= playlist.segments[index].duration_s
        if left < 0:
            return index + 1
    return 0

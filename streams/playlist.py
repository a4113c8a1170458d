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
from fractions import Fraction

TARGET_S = 6
SKIP_UNTIL_S = 6 * TARGET_S
HOLD_BACK_S = 3 * TARGET_S
PARTS_LISTED_S = 3 * TARGET_S
VERSION = 10
MEDIA_TYPE = "application/vnd.apple.mpegurl"
# The highest profile that may come on air; players make their buffers from it once.
CODECS = "avc1.64002A,mp4a.40.2"
BANDWIDTH = 5_000_000


class Kind(StrEnum):
    """How a playlist may change: LIVE slides, EVENT only grows, VOD is finished."""

    LIVE = ""
    EVENT = "EVENT"
    VOD = "VOD"


@dataclass(frozen=True, slots=True)
class ListedPart:
    uri: str
    duration_s: Fraction
    independent: bool


@dataclass(frozen=True, slots=True)
class ListedSegment:
    """A segment as a playlist shows it.

    Args:
        number: media sequence number.
        discontinuity: its discontinuity sequence number, stored with the cut.
        began: PROGRAM-DATE-TIME; None where wall time means nothing.
        ended: all its parts are there.
    """

    number: int
    discontinuity: int
    map_uri: str
    uri: str
    duration_s: Fraction
    began: str | None
    parts: tuple[ListedPart, ...] = ()
    ended: bool = True


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
    """

    kind: Kind
    segments: Sequence[ListedSegment]
    part_target_s: Fraction | None = None
    hint: str | None = None
    reports: tuple[Report, ...] = ()
    finished: bool = False


def multivariant(video_uri: str, audio_uri: str, width: int = 1920, height: int = 1080) -> str:
    """The playlist that names the renditions: one of pictures, one of sound."""
    return "\n".join(
        (
            "#EXTM3U",
            f"#EXT-X-VERSION:{VERSION}",
            '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound",NAME="Dansk",LANGUAGE="da",DEFAULT=YES,'
            f'AUTOSELECT=YES,CHANNELS="2",URI="{audio_uri}"',
            f"#EXT-X-STREAM-INF:BANDWIDTH={BANDWIDTH},RESOLUTION={width}x{height},"
            f'CODECS="{CODECS}",AUDIO="sound"',
            video_uri,
            "",
        )
    )


def full(playlist: MediaPlaylist) -> str:
    """The whole playlist."""
    return "\n".join((*_header(playlist), *_body(playlist, 0), *_tail(playlist), ""))


def delta(playlist: MediaPlaylist) -> str | None:
    """The playlist without what the player has long had; None where that is nothing."""
    skipped = _skippable(playlist)
    if skipped == 0 or playlist.finished or playlist.part_target_s is None:
        return None
    skip = f"#EXT-X-SKIP:SKIPPED-SEGMENTS={skipped}"
    body = _body(playlist, skipped)
    return "\n".join((*_header(playlist), skip, *body, *_tail(playlist), ""))


def _header(playlist: MediaPlaylist) -> Iterator[str]:
    first = playlist.segments[0] if playlist.segments else None
    yield "#EXTM3U"
    yield f"#EXT-X-VERSION:{VERSION}"
    yield f"#EXT-X-TARGETDURATION:{TARGET_S}"
    if playlist.part_target_s is not None:
        target = float(playlist.part_target_s)
        yield (
            f"#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK={3 * target:.3f},"
            f"HOLD-BACK={HOLD_BACK_S}.0,CAN-SKIP-UNTIL={SKIP_UNTIL_S}.0"
        )
        yield f"#EXT-X-PART-INF:PART-TARGET={target:.3f}"
    if playlist.kind is not Kind.LIVE:
        yield f"#EXT-X-PLAYLIST-TYPE:{playlist.kind}"
    yield f"#EXT-X-MEDIA-SEQUENCE:{first.number if first else 0}"
    yield f"#EXT-X-DISCONTINUITY-SEQUENCE:{first.discontinuity if first else 0}"


def _body(playlist: MediaPlaylist, skipped: int) -> Iterator[str]:
    with_parts_from = _first_with_parts(playlist)
    before = playlist.segments[skipped - 1] if skipped else None
    for index in range(skipped, len(playlist.segments)):
        segment = playlist.segments[index]
        if before is None or segment.discontinuity != before.discontinuity:
            if before is not None:
                yield "#EXT-X-DISCONTINUITY"
            yield f'#EXT-X-MAP:URI="{segment.map_uri}"'
        if segment.began is not None:
            yield f"#EXT-X-PROGRAM-DATE-TIME:{segment.began}"
        if index >= with_parts_from:
            yield from map(_part, segment.parts)
        if segment.ended:
            yield f"#EXTINF:{float(segment.duration_s):.5f},"
            yield segment.uri
        before = segment


def _part(part: ListedPart) -> str:
    independent = ",INDEPENDENT=YES" if part.independent else ""
    return f'#EXT-X-PART:DURATION={float(part.duration_s):.5f},URI="{part.uri}"{independent}'


def _tail(playlist: MediaPlaylist) -> Iterator[str]:
    if playlist.finished:
        yield "#EXT-X-ENDLIST"
        return
    if playlist.hint is not None:
        yield f'#EXT-X-PRELOAD-HINT:TYPE=PART,URI="{playlist.hint}"'
    for report in playlist.reports:
        yield (
            f'#EXT-X-RENDITION-REPORT:URI="{report.uri}",LAST-MSN={report.number},'
            f"LAST-PART={report.part}"
        )


def _first_with_parts(playlist: MediaPlaylist) -> int:
    """Index of the oldest segment whose parts are listed: those of the last three targets."""
    if playlist.part_target_s is None:
        return len(playlist.segments)
    listed = Fraction(0)
    for index in range(len(playlist.segments) - 1, -1, -1):
        listed += playlist.segments[index].duration_s
        if listed > PARTS_LISTED_S:
            return index
    return 0


def _skippable(playlist: MediaPlaylist) -> int:
    """How many of the oldest segments lie further back than CAN-SKIP-UNTIL."""
    left = sum((each.duration_s for each in playlist.segments), Fraction(0))
    for index, segment in enumerate(playlist.segments):
        left -= segment.duration_s
        if left < SKIP_UNTIL_S:
            return index
    return 0

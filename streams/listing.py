"""Entries as playlists list them: which URI, how long, which parts."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from streams.playlist import Kind, ListedPart, ListedSegment, MediaPlaylist, Report
from streams.segments import Lane
from streams.shelf import HZ, Generation, Segment, StoredPart
from streams.timeline import EventClock, program_date_time, seconds
from streams.window import Entry, Window

OTHER = {Lane.VIDEO: Lane.AUDIO, Lane.AUDIO: Lane.VIDEO}


def folder_of(via: str, generation: Generation, lane: Lane) -> str:
    """Where a generation's lane is fetched through a channel or an item."""
    return f"/media/{via}/{generation.source}/{generation.number}/{lane}"


def live_playlist(
    window: Window,
    via: str,
    lane: Lane,
    clock: EventClock,
    part_target_s: Fraction,
    window_s: float,
) -> MediaPlaylist:
    """The sliding playlist of a channel, as it stands now."""
    entries = [each for each in window.since(window_s) if _has_parts(each, lane)]
    return MediaPlaylist(
        Kind.LIVE,
        [listed(each, via, lane, clock) for each in entries],
        part_target_s,
        None if window.ended else hint(window, via, lane),
        () if window.ended else _reports(window, lane),
        window.ended,
    )


def item_playlist(
    entries: Sequence[Entry], via: str, lane: Lane, clock: EventClock, *, finished: bool
) -> MediaPlaylist:
    """An item from its beginning: growing while it is on air, then finished."""
    whole = [each for each in entries if _is_whole(each)]
    kind = Kind.VOD if finished else Kind.EVENT
    segments = [listed(each, via, lane, clock) for each in whole]
    return MediaPlaylist(kind, segments, finished=finished)


def film_playlist(generation: Generation, via: str, lane: Lane) -> MediaPlaylist:
    """A packaged film; wall time means nothing to it."""
    folder = folder_of(via, generation, lane)
    segments = [
        ListedSegment(
            number, 0, f"{folder}/init.mp4", f"{folder}/{number}.m4s", segment.duration_s, None
        )
        for number, segment in sorted(generation.lanes[lane].items())
        if segment.parts
    ]
    return MediaPlaylist(Kind.VOD, segments, finished=True)


def hint(window: Window, via: str, lane: Lane) -> str | None:
    """The URI of the next part, where it is known; where a new picture begins it is not."""
    entry, part = window.next_place(lane)
    if entry is None:
        return None
    return f"{folder_of(via, entry.generation, lane)}/{entry.segment}.{part}.m4s"


def listed(entry: Entry, via: str, lane: Lane, clock: EventClock) -> ListedSegment:
    """One entry in one lane."""
    segment = entry.lane(lane)
    assert segment is not None
    folder = folder_of(via, entry.generation, lane)
    return ListedSegment(
        entry.number,
        entry.discontinuity,
        f"{folder}/init.mp4",
        f"{folder}/{entry.segment}.m4s",
        segment.duration_s,
        program_date_time(clock.instant(segment.start_ticks, HZ[lane])),
        tuple(
            _part(segment, part, f"{folder}/{entry.segment}.{index}.m4s")
            for index, part in enumerate(segment.parts)
        ),
        segment.ended,
    )


def _part(segment: Segment, part: StoredPart, uri: str) -> ListedPart:
    return ListedPart(uri, seconds(part.duration_ticks, HZ[segment.lane]), part.independent)


def _reports(window: Window, lane: Lane) -> tuple[Report, ...]:
    other = OTHER[lane]
    number, part = window.position(other)
    return (Report(f"{other}.m3u8", number, part),) if number >= 0 else ()


def _has_parts(entry: Entry, lane: Lane) -> bool:
    segment = entry.lane(lane)
    return segment is not None and bool(segment.parts)


def _is_whole(entry: Entry) -> bool:
    """Ended in both lanes, so that both playlists of an item list the same numbers."""
    lanes = [entry.lane(lane) for lane in Lane]
    return all(each is not None and each.ended and each.parts for each in lanes)

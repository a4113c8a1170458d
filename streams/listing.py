"""Entries as playlists list them: which URI, how long, which parts.

A `Listing` writes the sliding playlist of one channel's lane, again and again. What has ended does
not change, so it is made once and kept as long as the window lists it.

Of each segment both lanes tell the same date and the same length: the picture's. The sound's own
boundaries lie up to an AAC frame beside them, and a player that has loaded nothing yet places what
it is told: one that begins in between, where the picture has passed a joint and the sound has not,
takes the two from different discontinuities and waits for ever for the one to go with the other
(hls.js 1.7.4). Where the sound really lies stands in the sound, and parts tell their own lengths.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from streams.filling import HZ
from streams.generations import Generation
from streams.playlist import Kind, ListedPart, ListedSegment, MediaPlaylist, Report
from streams.recordings.cutting import WHOLE, Bounds, parts_kept
from streams.segments import Lane
from streams.timeline import EventClock, program_date_time
from streams.window import Entry, Window


@dataclass(frozen=True, slots=True)
class Rendition:
    """One playlist of a channel: its name in URIs, and where its segments stand."""

    name: str
    window: Window
    lane: Lane


def folder_of(via: str, generation: Generation, lane: Lane) -> str:
    """Where a generation's lane is fetched through a channel or an item."""
    return f"/media/{via}/{generation.source}/{generation.number}/{lane}"


class Listing:
    """The sliding playlist of a channel's lane.

    Args:
        via: the channel.
        others: the channel's other renditions, of which players are told where they stand.
        part_target_s: as the playlist says it.
    """

    def __init__(
        self,
        rendition: Rendition,
        via: str,
        others: Sequence[Rendition],
        clock: EventClock,
        part_target_s: float,
    ) -> None:
        self._window = rendition.window
        self._lane = rendition.lane
        self._via = via
        self._others = others
        self._clock = clock
        self._part_target_s = part_target_s
        self._whole: deque[ListedSegment] = deque()

    def playlist(self) -> MediaPlaylist:
        """As it stands now."""
        window, lane = self._window, self._lane
        return MediaPlaylist(
            Kind.LIVE,
            self._segments(),
            self._part_target_s,
            None if window.ended else hint(window, self._via, lane),
            () if window.ended else tuple(_reports(self._others)),
            window.ended,
        )

    def _segments(self) -> Sequence[ListedSegment]:
        entries, whole = self._window.listed(), self._whole
        while whole and (not entries or whole[0].number < entries[0].number):
            whole.popleft()
        growing: list[ListedSegment] = []
        for entry in entries[len(whole) :]:
            segment = entry.lane(self._lane)
            if segment is None or not segment.parts:
                break  # the numbers after it would be wrong
            made = listed(entry, self._via, self._lane, self._clock)
            (whole if segment.ended else growing).append(made)
        return (*whole, *growing)


def item_playlist(
    entries: Sequence[Entry],
    via: str,
    lane: Lane,
    clock: EventClock,
    *,
    finished: bool,
    needed: Collection[Lane] = tuple(Lane),
    bounds: Callable[[Entry], Bounds] = lambda entry: WHOLE,
) -> MediaPlaylist:
    """An item from its beginning: growing while it is on air, then finished.

    Its numbers and its discontinuities are its own, from 0: between two runs lies something else.

    Args:
        needed: an entry is listed when it has ended in these lanes, so that playlists agree.
        bounds: what is kept of an entry.
    """
    kind = Kind.VOD if finished else Kind.EVENT
    segments = kept_segments(entries, via, lane, clock, needed=needed, bounds=bounds)
    return MediaPlaylist(kind, segments, finished=finished)


def kept_segments(
    entries: Sequence[Entry],
    via: str,
    lane: Lane,
    clock: EventClock,
    *,
    needed: Collection[Lane] = tuple(Lane),
    bounds: Callable[[Entry], Bounds] = lambda entry: WHOLE,
) -> list[ListedSegment]:
    """What a replay lists of some entries, numbered from 0."""
    segments: list[ListedSegment] = []
    before: Entry | None = None
    discontinuity = 0
    for entry in entries:
        if not _is_whole(entry, needed):
            break
        if not parts_kept(entry, Lane.VIDEO, bounds(entry)):
            continue
        discontinuity += before is not None and not _follows(entry, before)
        gap = not _is_saved(entry, needed)
        whole = listed(entry, via, lane, clock, len(segments), discontinuity, gap=gap)
        segments.append(_piece(whole, entry, via, lane, clock, bounds(entry)))
        before = entry
    return segments


def _piece(
    whole: ListedSegment, entry: Entry, via: str, lane: Lane, clock: EventClock, bounds: Bounds
) -> ListedSegment:
    """A listed segment without what lies outside the bounds: its parts between, as one piece."""
    segment, kept = entry.lane(lane), parts_kept(entry, lane, bounds)
    picture, pictures = entry.lane(Lane.VIDEO), parts_kept(entry, Lane.VIDEO, bounds)
    assert segment is not None
    assert picture is not None
    if not kept or (len(kept), len(pictures)) == (len(segment.parts), len(picture.parts)):
        return whole
    between = picture.parts[pictures.start : pictures.stop]
    folder = folder_of(via, entry.generation, lane)
    return replace(
        whole,
        uri=f"{folder}/{entry.segment}.{kept.start}-{kept.stop - 1}.m4s",
        duration_s=sum(part.duration_ticks for part in between) / HZ[Lane.VIDEO],
        began=program_date_time(clock.instant(between[0].start_ticks, HZ[Lane.VIDEO])),
    )


def film_playlist(generation: Generation, via: str, lane: Lane) -> MediaPlaylist:
    """A packaged film; wall time means nothing to it."""
    folder, pictures = folder_of(via, generation, lane), generation.lanes[Lane.VIDEO]
    segments = [
        ListedSegment(
            number,
            0,
            f"{folder}/init.mp4",
            f"{folder}/{number}.m4s",
            pictures.get(number, segment).duration_s,
            None,
        )
        for number, segment in sorted(generation.lanes[lane].items())
        if segment.parts
    ]
    return MediaPlaylist(Kind.VOD, segments, finished=True)


def hint(window: Window, via: str, lane: Lane) -> str | None:
    """The URI of the next part; None before anything has begun."""
    place = window.next_place(lane)
    if place is None:
        return None
    return f"{folder_of(via, place.generation, lane)}/{place.segment}.{place.index}.m4s"


def listed(
    entry: Entry,
    via: str,
    lane: Lane,
    clock: EventClock,
    number: int | None = None,
    discontinuity: int | None = None,
    *,
    gap: bool = False,
) -> ListedSegment:
    """One entry in one lane, under the numbers it has in this playlist."""
    segment, picture = entry.lane(lane), entry.lane(Lane.VIDEO)
    assert segment is not None
    assert picture is not None
    folder = folder_of(via, entry.generation, lane)
    return ListedSegment(
        entry.number if number is None else number,
        entry.discontinuity if discontinuity is None else discontinuity,
        f"{folder}/init.mp4",
        f"{folder}/{entry.segment}.m4s",
        picture.duration_s if segment.ended else segment.duration_s,
        program_date_time(clock.instant(picture.start_ticks, HZ[Lane.VIDEO])),
        ()
        if entry.gap or segment.removed
        else tuple(
            ListedPart(
                f"{folder}/{entry.segment}.{index}.m4s",
                part.duration_ticks / HZ[lane],
                part.independent,
            )
            for index, part in enumerate(segment.parts)
        ),
        segment.ended,
        gap or entry.gap or segment.removed,
    )


def _reports(others: Sequence[Rendition]) -> Iterator[Report]:
    for other in others:
        number, part = other.window.position(other.lane)
        if number >= 0:
            yield Report(f"{other.name}.m3u8", number, part)


def _is_whole(entry: Entry, needed: Collection[Lane]) -> bool:
    segments = [entry.lane(lane) for lane in needed]
    return all(each is not None and each.ended and each.parts for each in segments)


def _is_saved(entry: Entry, needed: Collection[Lane]) -> bool:
    segments = [entry.lane(lane) for lane in needed]
    return all(each is not None and each.saved and not each.removed for each in segments)


def _follows(entry: Entry, before: Entry) -> bool:
    return entry.number == before.number + 1 and entry.discontinuity == before.discontinuity

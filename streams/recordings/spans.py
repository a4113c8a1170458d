"""A replay on its own time: what it lists, end to end, each with when it begins there.

A *span* is one listed segment, or the kept parts of one. Where two runs are joined, or a cut leaves
something out, the event clock jumps from one span to the next; the replay's time does not. A
segment whose bytes are not to be had is a *gap*, which lasts as long as it did.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from streams.generations import Generation, Segment
from streams.recordings.cutting import Bounds, parts_kept
from streams.segments import Lane
from streams.window import Entry


@dataclass(frozen=True, slots=True)
class Span:
    """
    Args:
        at_ticks: where in the replay, 90 kHz.
        start_ticks, end_ticks: of its picture on the event clock.
        parts: which of its segment's, by lane.
        gap: its bytes are not to be had.
        stood_in: a slate was shown though the item has a picture of its own.
    """

    at_ticks: int
    start_ticks: int
    end_ticks: int
    generation: Generation
    segment: int
    parts: dict[Lane, range]
    gap: bool = False
    stood_in: bool = False

    @property
    def duration_ticks(self) -> int:
        return self.end_ticks - self.start_ticks


def spans_of(entries: Sequence[Entry], bounds: Callable[[Entry], Bounds], slate: str) -> list[Span]:
    """The spans of what was on air, as a playlist of it lists them.

    Args:
        slate: the source of the channel's slates.
    """
    spans: list[Span] = []
    at = 0
    for entry in entries:
        segments = [entry.lane(lane) for lane in Lane]
        if not all(each is not None and each.ended and each.parts for each in segments):
            break
        kept = {lane: parts_kept(entry, lane, bounds(entry)) for lane in Lane}
        pictures, video = kept[Lane.VIDEO], entry.lane(Lane.VIDEO)
        if not pictures or video is None:
            continue
        begins, ends = _times(video, pictures)
        gap = entry.gap or not all(each and each.saved and not each.removed for each in segments)
        stood_in = entry.generation.source == slate
        spans.append(Span(at, begins, ends, entry.generation, entry.segment, kept, gap, stood_in))
        at += ends - begins
    return spans


def spans_of_film(film: Generation) -> Iterator[Span]:
    """A packaged film's, whose own time is the replay's."""
    for number, video in sorted(film.lanes[Lane.VIDEO].items()):
        sound = film.lanes[Lane.AUDIO].get(number)
        if not video.parts:
            return
        kept = {
            Lane.VIDEO: range(len(video.parts)),
            Lane.AUDIO: range(len(sound.parts) if sound else 0),
        }
        yield Span(video.start_ticks, video.start_ticks, video.end_ticks, film, number, kept)


def place_of(spans: Sequence[Span], ticks: int) -> int | None:
    """When in the replay an instant of the event clock is seen; None where it is not."""
    index = bisect_right(spans, ticks, key=lambda span: span.start_ticks) - 1
    if index < 0 or ticks >= spans[index].end_ticks:
        return None
    return spans[index].at_ticks + ticks - spans[index].start_ticks


def gaps_of(spans: Sequence[Span]) -> list[tuple[int, int]]:
    """From and until when in the replay there is something else than the item's own picture."""
    found: list[tuple[int, int]] = []
    for span in spans:
        if not (span.gap or span.stood_in):
            continue
        end = span.at_ticks + span.duration_ticks
        if found and found[-1][1] == span.at_ticks:
            found[-1] = (found[-1][0], end)
        else:
            found.append((span.at_ticks, end))
    return found


def _times(video: Segment, kept: range) -> tuple[int, int]:
    final = video.parts[kept.stop - 1]
    return video.parts[kept.start].start_ticks, final.start_ticks + final.duration_ticks

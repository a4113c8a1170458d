"""Every rule that a playlist must keep, watched over everything that was ever served.

Feed it each media playlist in the order of serving, under the name `<channel>/<lane>`; a delta
goes in with the full playlist of the same moment. It remembers what each number meant and finds
what no single playlist shows: a number that changed its meaning, lanes that drifted apart, a hint
that was broken. Faults are collected by the name of their rule; `check` raises them together.

The rules are those of rfc8216bis, of Apple's authoring guide and of players that hold to them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from tests.streams.parsed_playlist import (
    ReadPlaylist,
    ReadSegment,
    Unreadable,
    parse,
)

FAIR = 0.85
ROUNDING_S = 0.000_02
SOUND_APART_S = 0.022
"""An AAC frame: sound begins and ends so far beside the picture, whose lengths both lanes tell."""
OVERLAP_S = 0.003
"""What dates in milliseconds and durations in ticks may differ by."""
_PLACE = re.compile(r"/media/[^/]+/([^/]+)/(\d+)/(?:video|audio)/(\d+)(?:\.\d+)?\.m4s")
_BESIDE = {"video": "audio", "audio": "video", "low": "video"}
"""What a rendition is held against; a lower one has the same numbers in places of its own."""


@dataclass(frozen=True, slots=True)
class Fault:
    rule: str
    name: str
    detail: str


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a number means once it was listed; None: not known yet."""

    uri: str | None = None
    duration_s: float | None = None
    discontinuity: int | None = None
    map_uri: str | None = None
    began: datetime | None = None
    place: tuple[str, ...] | None = None


@dataclass(slots=True)
class Memory:
    """What is known of one rendition."""

    constants: tuple[object, ...] | None = None
    first_number: int = 0
    newest: tuple[int, int] = (-1, -1)
    meanings: dict[int, Meaning] = field(default_factory=dict)
    parts: dict[str, tuple[int, int]] = field(default_factory=dict)
    hinted: list[str] = field(default_factory=list)
    last: str = ""
    ended: bool = False


class PlaylistRules:
    """Judges playlists; `faults` has what was broken."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.served = 0
        self._memories: dict[str, Memory] = {}

    def receive(self, name: str, text: str) -> None:
        """A full media playlist was served."""
        self.served += 1
        memory = self._memories.setdefault(name, Memory())
        try:
            playlist = parse(text)
        except (Unreadable, ValueError, KeyError) as error:
            self._fault("readable", name, str(error))
            return
        if memory.ended:
            if text != memory.last:
                self._fault("endlist_final", name, "it changed after its end")
            return
        for rule, detail in (
            *_of_itself(playlist),
            *_of_constants(playlist, memory),
            *_of_numbers(playlist, memory),
            *_of_hints(playlist, memory),
        ):
            self._fault(rule, name, detail)
        self._learn(playlist, memory)
        memory.last, memory.ended = text, playlist.ended
        self._compare_lanes(name)

    def receive_delta(self, name: str, text: str, full: str) -> None:
        """A delta was served when the full playlist would have been `full`."""
        self.served += 1
        try:
            short, whole = parse(text), parse(full)
        except (Unreadable, ValueError, KeyError) as error:
            self._fault("readable", name, str(error))
            return
        for rule, detail in _of_delta(short, whole, text, full):
            self._fault(rule, name, detail)
        self.receive(name, full)

    def abandoned_hints(self, name: str) -> list[str]:
        """Hinted parts that did not come although later ones did: each must be 404."""
        memory = self._memories[name]
        return [uri for uri in memory.hinted[:-1] if uri not in memory.parts]

    def meaning(self, name: str) -> dict[int, Meaning]:
        """What each number of a rendition has meant."""
        return self._memories[name].meanings

    def check(self) -> None:
        """Raises AssertionError with every fault found, and when nothing was ever fed."""
        assert self.served, "expected playlists to judge; came none"
        told = [f"{each.rule}: {each.name}: {each.detail}" for each in self.faults[:20]]
        assert not self.faults, "\n".join([f"{len(self.faults)} faults", *told])

    def _fault(self, rule: str, name: str, detail: str) -> None:
        self.faults.append(Fault(rule, name, detail))

    def _learn(self, playlist: ReadPlaylist, memory: Memory) -> None:
        for segment in playlist.segments:
            memory.meanings[segment.number] = _meaning(segment)
            for index, part in enumerate(segment.parts):
                memory.parts[part.uri] = (segment.number, index)
        if playlist.segments:
            memory.newest = _newest(playlist)
        memory.first_number = playlist.first_number
        memory.constants = _constants(playlist)
        for hint in playlist.hints:
            if not memory.hinted or memory.hinted[-1] != hint:
                memory.hinted.append(hint)

    def _compare_lanes(self, name: str) -> None:
        channel, _, lane = name.rpartition("/")
        other = self._memories.get(f"{channel}/{_BESIDE.get(lane)}")
        if other is None:
            return
        for number, here in self._memories[name].meanings.items():
            there = other.meanings.get(number)
            if there is None:
                continue
            same_place = lane == "low" or here.place == there.place
            if not same_place or here.discontinuity != there.discontinuity:
                detail = f"{number} is {here.place} and {there.place}"
                self._fault("lanes_aligned", name, detail)
                continue
            told: list[tuple[object, object]] = [(here.began, there.began)]
            if lane != "low":  # where a coder died, its segment is short
                told.append((here.duration_s, there.duration_s))
            for this, that in told:
                if this is not None and that is not None and this != that:
                    self._fault("lanes_tell_the_same", name, f"{number}: {this} and {that}")


Found = Iterator[tuple[str, str]]


def _of_itself(playlist: ReadPlaylist) -> Found:
    """What one playlist shows alone."""
    target = playlist.target_s
    if playlist.first_discontinuity is None:
        yield "discontinuity_sequence_present", "it has no EXT-X-DISCONTINUITY-SEQUENCE"
    if playlist.skipped and playlist.version < 9:
        yield "version", f"EXT-X-SKIP in version {playlist.version}"
    if playlist.kind == "VOD" and not playlist.ended:
        yield "vod_is_ended", "it is VOD without an end"
    if playlist.segments and not playlist.segments[0].map_uri and not playlist.skipped:
        yield "map_first", "the first segment has no EXT-X-MAP"
    yield from _of_control(playlist)
    for segment in playlist.segments:
        yield from _of_segment(segment, target, playlist.part_target_s)
        if len({_place(uri) for uri in _uris(segment)}) > 1:
            yield "parts_of_one_segment", f"{segment.number} has {_uris(segment)}"
    for before, after in zip(playlist.segments, playlist.segments[1:], strict=False):
        if before.began and after.began and after.began <= before.began:
            yield "date_time_rises", f"{after.number} begins {after.began}"
        elif before.began and after.began and before.duration_s is not None:
            over = before.duration_s - (after.began - before.began).total_seconds()
            if over > OVERLAP_S:
                yield "time_never_overlaps", f"{after.number} begins {over} s too early"
        if after.map_uri != before.map_uri and not after.joint:
            yield "map_needs_discontinuity", f"{after.number} has another map"


def _of_control(playlist: ReadPlaylist) -> Found:
    part, target = playlist.part_target_s, playlist.target_s
    if part is None:
        return
    control = playlist.control
    if control.get("CAN-BLOCK-RELOAD") != "YES":
        yield "can_block_reload", f"it says {control}"
    least = {"PART-HOLD-BACK": 3 * part, "HOLD-BACK": 3.0 * target, "CAN-SKIP-UNTIL": 6.0 * target}
    for name, seconds in least.items():
        if float(control.get(name, 0)) < seconds - 0.0005:
            yield "control_values", f"{name} is {control.get(name)}, below {seconds}"


def _of_segment(segment: ReadSegment, target: int, part_target: float | None) -> Found:
    number = segment.number
    for tag in segment.late:
        yield "tags_before_parts", f"{tag} stands after a part of {number}"
    if segment.joint and not segment.own_map:
        yield "map_after_discontinuity", f"{number} has none"
    if segment.joint and part_target is not None and segment.began is None:
        yield "date_time_after_discontinuity", f"{number} has none"
    if segment.duration_s is not None and int(segment.duration_s + 0.5) > target:
        yield "segment_within_target", f"{number} lasts {segment.duration_s}"
    if part_target is None:
        return
    for index, part in enumerate(segment.parts):
        if part.duration_s > part_target + ROUNDING_S:
            yield "part_within_target", f"{part.uri} lasts {part.duration_s}"
        exempt = part.independent or part.gap or index + 1 == len(segment.parts)
        if part.duration_s < FAIR * part_target - ROUNDING_S and not exempt:
            yield "part_not_too_short", f"{part.uri} lasts {part.duration_s}"
    if segment.parts and segment.duration_s is not None:
        together = sum(part.duration_s for part in segment.parts)
        apart_s = SOUND_APART_S if "/audio/" in segment.parts[0].uri else 0.0
        if abs(together - segment.duration_s) > apart_s + ROUNDING_S * (1 + len(segment.parts)):
            yield "parts_make_the_segment", f"{number}: {together} of {segment.duration_s}"


def _of_constants(playlist: ReadPlaylist, memory: Memory) -> Found:
    if memory.constants is not None and _constants(playlist) != memory.constants:
        yield "constants", f"{memory.constants} became {_constants(playlist)}"


def _constants(playlist: ReadPlaylist) -> tuple[object, ...]:
    control = tuple(sorted(playlist.control.items()))
    return playlist.version, playlist.target_s, playlist.part_target_s, control


def _of_numbers(playlist: ReadPlaylist, memory: Memory) -> Found:
    """What each number means never changes, and numbers only go on."""
    if playlist.first_number < memory.first_number:
        yield "media_sequence_rises", f"{memory.first_number} became {playlist.first_number}"
    if playlist.kind and playlist.first_number != memory.first_number and memory.last:
        yield "event_forgets_nothing", f"it begins at {playlist.first_number}"
    if playlist.segments and _newest(playlist) < memory.newest:
        yield "nothing_is_taken_back", f"{memory.newest} became {_newest(playlist)}"
    if not playlist.segments and memory.meanings:
        yield "nothing_is_taken_back", "it is empty"
    if playlist.first_number > memory.first_number and memory.last:
        length = sum(segment.lasts_s for segment in playlist.segments)
        if length < 3 * playlist.target_s:
            yield "window_long_enough", f"{length} s are left"
    for segment in playlist.segments:
        yield from _of_meaning(memory.meanings.get(segment.number), segment)
        for index, part in enumerate(segment.parts):
            place = memory.parts.get(part.uri, (segment.number, index))
            if place != (segment.number, index):
                yield "part_keeps_its_place", f"{part.uri} was {place}"


def _of_meaning(known: Meaning | None, segment: ReadSegment) -> Found:
    if known is None:
        return
    now = _meaning(segment)
    rules = {
        "uri_immutable": (known.uri, now.uri),
        "duration_immutable": (known.duration_s, now.duration_s),
        "discontinuity_immutable": (known.discontinuity, now.discontinuity),
        "map_immutable": (known.map_uri, now.map_uri),
        "date_time_immutable": (known.began, now.began),
        "place_immutable": (known.place, now.place),
    }
    for rule, (before, after) in rules.items():
        if before is not None and before != after:
            yield rule, f"{segment.number}: {before} became {after}"


def _of_hints(playlist: ReadPlaylist, memory: Memory) -> Found:
    if playlist.part_target_s is None:
        return
    if not playlist.ended and len(playlist.hints) != 1:
        yield "hint_always_there", f"it has {len(playlist.hints)}"
    if playlist.ended and playlist.hints:
        yield "endlist_final", "it hints at more after its end"
    if not playlist.ended and not playlist.reports:
        yield "reports_always_there", "it has none"
    listed = {part.uri for segment in playlist.segments for part in segment.parts}
    for hint in playlist.hints:
        if hint in listed or hint in memory.parts:
            yield "hint_is_new", f"{hint} was listed already"


def _of_delta(short: ReadPlaylist, whole: ReadPlaylist, text: str, full: str) -> Found:
    """What was skipped is old enough, and the rest is line for line the full playlist."""
    if not short.skipped:
        yield "delta_skips", "it skips nothing"
        return
    skipped = whole.segments[: short.skipped]
    after = sum(segment.lasts_s for segment in whole.segments[short.skipped :])
    if after < float(whole.control.get("CAN-SKIP-UNTIL", 1e9)):
        yield "delta_boundary", f"it leaves {after} s"
    if whole.ended:
        yield "delta_boundary", "the playlist has ended"
    kept = _after_segment(full, skipped[-1].uri or "")
    if _after_tag(text, "#EXT-X-SKIP") != kept:
        yield "delta_equals_full", "what was not skipped differs"
    if text.partition("#EXT-X-SKIP")[0] != full.partition("#EXT-X-MAP")[0]:
        yield "delta_equals_full", "its header differs"


def _after_segment(full: str, uri: str) -> str:
    return full.partition(f"\n{uri}\n")[2]


def _after_tag(text: str, tag: str) -> str:
    return text.partition(tag)[2].partition("\n")[2]


def _newest(playlist: ReadPlaylist) -> tuple[int, int]:
    last = playlist.segments[-1]
    return last.number, len(last.parts) - 1 if last.uri is None else 1_000_000


def _uris(segment: ReadSegment) -> list[str]:
    return [*(part.uri for part in segment.parts), *([segment.uri] if segment.uri else [])]


def _place(uri: str) -> tuple[str, ...] | None:
    """Source, generation and segment, the same in both lanes."""
    found = _PLACE.fullmatch(uri)
    return found.groups() if found else None


def _meaning(segment: ReadSegment) -> Meaning:
    return Meaning(
        segment.uri,
        segment.duration_s,
        segment.discontinuity,
        segment.map_uri,
        segment.began,
        _place(_uris(segment)[-1]),
    )

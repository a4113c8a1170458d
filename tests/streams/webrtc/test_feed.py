"""A feed follows the cuts, gives newcomers the group so far, and copies what is reordered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import pairwise

from streams.encoder import audio_unit, silent_frame
from streams.nalunits import NalType, nal_type, split_start_codes
from streams.segments import AccessUnit
from streams.timeline import AUDIO_HZ, VIDEO_HZ
from streams.webrtc.feed import KEYFRAME_EVERY_S, Feed, Followed
from streams.webrtc.gop import Gop
from streams.webrtc.outbox import Frame, Outbox
from tests.streams.broadcast import FILM, Look, coded, moved

LIVE = Look()
STEP = VIDEO_HZ // LIVE.fps


@dataclass
class RecordingCoder:
    """Hands back what it is given, as a proxy or an Opus encoder would, and remembers."""

    deliver: Callable[[list[Frame]], None]
    units: list[AccessUnit] = field(default_factory=list)
    keys_wanted: int = 0
    closed: bool = False

    def put(self, unit: AccessUnit) -> None:
        self.units.append(unit)
        self.deliver([Frame(unit.dts_ticks, unit.key, b"coded")])

    def want_key(self) -> None:
        self.keys_wanted += 1

    def close(self) -> None:
        self.closed = True


@dataclass
class Reel:
    """A packaging without the packager: takes units, keeps the group, tells who follows."""

    gop: Gop[AccessUnit] = field(default_factory=Gop)
    takers: list[Callable[[AccessUnit], None]] = field(default_factory=list)

    def push(self, *units: AccessUnit) -> None:
        for unit in units:
            if unit.lane.value == "video":
                self.gop.add(unit)
            for take in tuple(self.takers):
                take(unit)


class Bench:
    """A feed with its coders and a clock in hand."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.proxies: list[RecordingCoder] = []
        self.opus: list[RecordingCoder] = []
        self.asked: list[Followed] = []
        self.feed = Feed(
            lambda deliver: self._made(self.proxies, deliver),
            lambda deliver: self._made(self.opus, deliver),
            lambda: self.now_s,
            self.asked.append,
        )

    def _made(
        self, coders: list[RecordingCoder], deliver: Callable[[list[Frame]], None]
    ) -> RecordingCoder:
        coders.append(RecordingCoder(deliver))
        return coders[-1]

    def viewer(self) -> Outbox:
        box = Outbox(VIDEO_HZ, lambda: None)
        self.feed.watch(box)
        return box


def all_of(box: Outbox) -> list[Frame]:
    return list(iter(box.take, None))


def live(start: int, count: int = 5) -> list[AccessUnit]:
    return [moved(unit, start) for unit in coded(LIVE)[:count]]


def test_pictures_go_to_everybody_with_their_parameter_sets_in_front() -> None:
    bench, reel = Bench(), Reel()
    bench.feed.follow(reel)
    boxes = [bench.viewer(), bench.viewer()]
    reel.push(*live(0))
    sent = [all_of(box) for box in boxes]
    assert sent[0] == sent[1]
    assert [frame.ticks for frame in sent[0]] == [number * STEP for number in range(5)]
    kinds = [nal_type(nal) for nal in split_start_codes(sent[0][0].data)]
    assert kinds == [NalType.SPS, NalType.PPS, NalType.IDR]


def test_who_joins_late_gets_the_group_so_far() -> None:
    bench, reel = Bench(), Reel()
    bench.feed.follow(reel)
    reel.push(*live(0))
    box = bench.viewer()
    frames = all_of(box)
    assert [frame.key for frame in frames] == [True, False, False, False, False]
    assert frames[-1].ticks == 4 * STEP


def test_a_feed_that_begins_in_the_middle_takes_up_the_group_of_what_it_follows() -> None:
    bench, reel = Bench(), Reel()
    reel.push(*live(0))
    bench.feed.follow(reel)
    assert len(all_of(bench.viewer())) == 5


def test_at_a_cut_the_incoming_idr_follows_the_outgoing_picture() -> None:
    bench, one, other = Bench(), Reel(), Reel()
    bench.feed.follow(one)
    box = bench.viewer()
    one.push(*live(0))
    other.push(*live(3 * STEP, 2))
    bench.feed.follow(other)
    one.push(*live(5 * STEP))
    other.push(replace(live(3 * STEP, 3)[2], key=False))
    frames = all_of(box)
    assert [frame.key for frame in frames] == [True, *[False] * 4, True, False, False]
    assert all(a.ticks < b.ticks for a, b in pairwise(frames))
    assert one.takers == []


def test_reordered_pictures_are_copied_from_their_idr_on_and_none_is_sent_as_it_is() -> None:
    bench, reel = Bench(), Reel()
    bench.feed.follow(reel)
    box = bench.viewer()
    film = coded(FILM)[:12]
    assert any(unit.pts_ticks < unit.dts_ticks for unit in film)
    reel.push(*film)
    (proxy,) = bench.proxies
    assert proxy.units == list(film)
    first, *copied = all_of(box)
    assert first.ticks == 0
    assert {frame.data for frame in copied} == {b"coded"}
    assert bench.feed.is_proxy


def test_a_cut_to_pictures_in_order_ends_the_copy() -> None:
    bench, film, camera = Bench(), Reel(), Reel()
    film.push(*coded(FILM)[:12])
    bench.feed.follow(film)
    bench.feed.follow(camera)
    assert bench.proxies[0].closed
    assert not bench.feed.is_proxy
    camera.push(*live(0))
    assert len(all_of(bench.viewer())) == 5


def test_sound_is_coded_once_for_all_and_only_while_somebody_listens() -> None:
    bench, reel = Bench(), Reel()
    bench.feed.follow(reel)
    reel.push(audio_unit(0, silent_frame()))
    assert bench.opus == []
    boxes = [Outbox(AUDIO_HZ, lambda: None) for _ in range(2)]
    for box in boxes:
        bench.feed.listen(box)
    reel.push(audio_unit(1024, silent_frame()))
    assert [[frame.ticks for frame in all_of(box)] for box in boxes] == [[1024], [1024]]
    (opus,) = bench.opus
    bench.feed.leave(boxes[:1])
    assert not opus.closed
    bench.feed.leave(boxes[1:])
    assert opus.closed


def test_many_wishes_for_a_keyframe_ask_the_source_once_in_two_seconds() -> None:
    bench, reel = Bench(), Reel()
    bench.feed.follow(reel)
    for _ in range(20):
        bench.feed.want_key()
        bench.now_s += 0.25
    assert bench.asked == [reel] * 3
    assert KEYFRAME_EVERY_S == 2.0


def test_a_wish_for_a_keyframe_of_a_copy_is_the_copy_s_own() -> None:
    bench, reel = Bench(), Reel()
    reel.push(*coded(FILM)[:12])
    bench.feed.follow(reel)
    bench.feed.want_key()
    assert (bench.proxies[0].keys_wanted, bench.asked) == (1, [])


def test_who_has_left_is_sent_nothing() -> None:
    bench, reel = Bench(), Reel()
    bench.feed.follow(reel)
    box = bench.viewer()
    bench.feed.leave([box])
    reel.push(*live(0))
    assert all_of(box) == []


def test_a_closed_feed_follows_nothing_and_ends_its_coders() -> None:
    bench, reel = Bench(), Reel()
    reel.push(*coded(FILM)[:12])
    bench.feed.follow(reel)
    bench.feed.listen(Outbox(AUDIO_HZ, lambda: None))
    bench.feed.close()
    assert (reel.takers, bench.proxies[0].closed, bench.opus[0].closed) == ([], True, True)

"""One encoder's tags become access units: its clock, its B-pictures, its sound, its changes."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from itertools import pairwise

import pytest

from streams.errors import Refused
from streams.nalunits import nal_type, split_lengths
from streams.rtmp.chunkstream import Kind
from streams.rtmp.flvpublisher import FlvPublisher
from streams.rtmp.rtmpsession import Tag
from streams.segments import AccessUnit, Lane
from streams.webrtc.publisher import Now
from tests.streams.broadcast import Look, coded
from tests.streams.rtmp_encoder import (
    AAC_MONO_44K,
    AAC_STEREO_48K,
    sound_tag,
    tags,
)

EVENT = 90_000 * 3600
PLAIN = Look(gop_s=1.0)
REORDERED = Look(192, 108, gop_s=1.0, b_frames=2)


@dataclass
class Recoder:
    """Takes the place of the thread that codes sound anew."""

    config: bytes
    received: list[tuple[int, bytes]] = field(default_factory=list)
    closed: bool = False

    def receive(self, ticks: int, data: bytes) -> None:
        self.received.append((ticks, data))

    def close(self) -> None:
        self.closed = True


class Desk:
    """A publisher and what came out of it; tags arrive `late_s` after their time."""

    def __init__(self) -> None:
        self.recoders: list[Recoder] = []
        self.publisher = FlvPublisher(Now(0.0, EVENT), 0.0, self._recode)
        self.units: list[AccessUnit] = []

    def _recode(self, config: bytes) -> Recoder:
        self.recoders.append(Recoder(config))
        return self.recoders[-1]

    def receive(
        self, sent: tuple[tuple[Kind, int, bytes], ...], start_ms: int = 0, late_s: float = 0.0
    ) -> None:
        for kind, time_ms, data in sent:
            arrival_s = (time_ms - start_ms) / 1000 + late_s
            self.units += self.publisher.receive(Tag(kind, time_ms % (1 << 32), data), arrival_s)

    def lane(self, lane: Lane) -> list[AccessUnit]:
        return [unit for unit in self.units if unit.lane is lane]


def kinds(unit: AccessUnit) -> list[int]:
    return [nal_type(nal) for nal in split_lengths(unit.data)]


def test_pictures_come_as_access_units_with_their_parameters_in_front_of_an_idr() -> None:
    desk = Desk()
    desk.receive(tags(PLAIN, 2))
    shown = desk.lane(Lane.VIDEO)
    assert len(shown) == 50
    assert [n for n, unit in enumerate(shown) if unit.key] == [0, 25]
    assert [kinds(unit) for unit in shown if unit.key] == [[7, 8, 5]] * 2
    assert {tuple(kinds(unit)) for unit in shown if not unit.key} == {(1,)}
    assert [unit.dts_ticks for unit in shown] == [EVENT + n * 3600 for n in range(50)]


def test_sound_in_stereo_at_48_khz_is_untouched_and_on_the_grid() -> None:
    desk = Desk()
    desk.receive(tags(PLAIN, 4))
    heard = desk.lane(Lane.AUDIO)
    assert {unit.data for unit in heard} == {sound_tag()[2:]}
    assert all(unit.pts_ticks % 1024 == 0 for unit in heard)
    assert {b.pts_ticks - a.pts_ticks for a, b in pairwise(heard)} == {1024}
    assert abs(heard[-1].pts_ticks - EVENT * 48 // 90 - 186 * 1024) <= 1024


def test_reordered_pictures_are_shown_from_where_their_segment_begins() -> None:
    desk = Desk()
    desk.receive(tags(REORDERED, 2))
    shown = desk.lane(Lane.VIDEO)
    assert all(unit.pts_ticks == unit.dts_ticks for unit in shown if unit.key)
    assert any(unit.pts_ticks < unit.dts_ticks for unit in shown)
    assert all(a.dts_ticks < b.dts_ticks for a, b in pairwise(shown))
    assert sorted(unit.pts_ticks for unit in shown) == [EVENT + n * 3600 for n in range(50)]


def test_what_was_made_together_is_shown_together_whatever_the_lead() -> None:
    for look in (PLAIN, REORDERED):
        desk = Desk()
        desk.receive(tags(look, 2))
        (first, *_), (heard, *_) = desk.lane(Lane.VIDEO), desk.lane(Lane.AUDIO)
        apart = heard.pts_ticks * 90 // 48 - first.pts_ticks
        assert abs(apart) <= 1024 * 90 // 48 // 2 + 90, "half a frame of sound, and a rounding"


@pytest.mark.parametrize("start_ms", [0, 5_000_000, (1 << 32) - 1500])
def test_the_count_may_begin_anywhere_and_wrap(start_ms: int) -> None:
    desk = Desk()
    desk.receive(tags(PLAIN, 4, start_ms), start_ms)
    shown = desk.lane(Lane.VIDEO)
    assert [unit.dts_ticks for unit in shown] == [EVENT + n * 3600 for n in range(100)]
    assert desk.publisher.health(4.0).anchored == 1


def test_nothing_comes_before_an_idr_whose_parameters_are_known() -> None:
    desk = Desk()
    sent = tags(PLAIN, 2)
    desk.receive(tuple(tag for tag in sent[2:] if tag[1] < 1000))
    assert desk.units == []
    desk.receive((sent[0], *(tag for tag in sent if tag[1] >= 500)))
    assert desk.units[0].key
    assert desk.units[0].dts_ticks == EVENT + 90_000


def test_what_shows_nothing_changes_nothing() -> None:
    desk = Desk()
    sent = tags(PLAIN, 1)
    desk.receive((*sent[:9], (Kind.VIDEO, 100, b"\x17\2\0\0\0"), sent[1], *sent[9:]))
    assert len(desk.lane(Lane.VIDEO)) == 25
    assert len(desk.lane(Lane.AUDIO)) == 46, "the same configuration again begins nothing anew"


def test_a_broken_picture_shuts_the_gate_until_the_next_idr() -> None:
    desk = Desk()
    sent = tags(PLAIN, 3, config=None)
    desk.receive((*sent[:8], (Kind.VIDEO, 280, b"\x27\1\0\0\0\0\0\xff\xff\x41"), *sent[9:]))
    shown = desk.lane(Lane.VIDEO)
    assert len(shown) == 7 + 50
    assert shown[7].key
    assert desk.publisher.health(3.0).pictures_dropped == 18


WHOLE_SPS = bytes.fromhex("6742c01ed9018007e0f002806a0202028000000300800000190780")


@pytest.mark.parametrize("sps", [WHOLE_SPS.ljust(2000, b"\1"), WHOLE_SPS[:6]])
def test_pictures_whose_parameters_cannot_be_shown_never_are(sps: bytes) -> None:
    desk = Desk()
    record = b"\1" + sps[1:4] + b"\xff\xe1" + struct.pack(">H", len(sps)) + sps
    desk.receive(((Kind.VIDEO, 0, b"\x17\0\0\0\0" + record + b"\1\0\2\x68\xce"),))
    desk.receive(tags(PLAIN, 1, config=None)[1:])
    assert desk.units == []


def test_new_parameters_take_hold_at_their_idr() -> None:
    desk = Desk()
    desk.receive((*tags(PLAIN, 1, config=None), *tags(REORDERED, 1, 1000, config=None)))
    first, second = (unit for unit in desk.lane(Lane.VIDEO) if unit.key)
    assert first.data[:40] != second.data[:40]
    health = desk.publisher.health(2.0)
    assert (health.width, health.height, health.sps_changes) == (192, 108, 1)
    assert all(a.dts_ticks < b.dts_ticks for a, b in pairwise(desk.lane(Lane.VIDEO)))


def test_parameters_inside_the_stream_are_followed_as_well() -> None:
    desk = Desk()
    within = picture_tag_with_parameters()
    desk.receive(((Kind.VIDEO, 0, within), (Kind.VIDEO, 40, within)))
    assert [kinds(unit) for unit in desk.units] == [[7, 8, 5]] * 2
    assert desk.publisher.health(1.0).sps_changes == 0


def picture_tag_with_parameters() -> bytes:
    return b"\x17\1\0\0\0" + coded(PLAIN)[0].data


@pytest.mark.parametrize("far_ms", [-8_000_000, 8_000_000])
def test_an_offset_that_cannot_be_true_moves_nothing(far_ms: int) -> None:
    desk = Desk()
    sent = list(tags(PLAIN, 1, config=None))
    kind, at, tag = sent[5]
    sent[5] = (kind, at, tag[:2] + far_ms.to_bytes(3, signed=True) + tag[5:])
    desk.receive(tuple(sent))
    assert [unit.pts_ticks for unit in desk.units] == [EVENT + n * 3600 for n in range(25)]


def test_another_codec_is_refused() -> None:
    with pytest.raises(Refused, match="came HEVC"):
        Desk().receive(((Kind.VIDEO, 0, b"\x90hvc1" + bytes(50)),))


def test_other_aac_goes_to_be_coded_anew_with_its_own_times() -> None:
    desk = Desk()
    desk.receive(tags(PLAIN, 1, config=AAC_MONO_44K))
    (recoder,) = desk.recoders
    assert recoder.config == AAC_MONO_44K
    assert recoder.received[0] == (EVENT * 48 // 90, sound_tag()[2:])
    assert desk.lane(Lane.AUDIO) == []
    desk.publisher.close()
    assert recoder.closed


def test_sound_that_changes_its_kind_changes_its_way() -> None:
    desk = Desk()
    desk.receive(tags(PLAIN, 1, config=AAC_MONO_44K))
    desk.receive(tags(PLAIN, 1, 1000, config=AAC_STEREO_48K))
    assert desk.recoders[0].closed
    assert len(desk.lane(Lane.AUDIO)) == 46


@pytest.mark.parametrize(
    "tag", [b"\x2f\xff\xfb", b"\xaf\0\xff", b"\xaf\0", b"\xaf\1" + bytes(9000)]
)
def test_sound_that_cannot_be_used_leaves_the_picture_alone(tag: bytes) -> None:
    desk = Desk()
    sent = tags(PLAIN, 1, config=None)
    desk.receive((*sent[:5], (Kind.AUDIO, 100, tag), *sent[5:]))
    assert len(desk.lane(Lane.VIDEO)) == 25
    assert desk.lane(Lane.AUDIO) == []


def test_health_tells_what_an_encoder_is_worth() -> None:
    desk = Desk()
    desk.receive(tags(PLAIN, 4))
    health = desk.publisher.health(4.0)
    assert health.frame_rate == pytest.approx(25, abs=0.5)
    assert health.keyframe_interval_s == pytest.approx(1.0)
    assert (health.width, health.height) == (160, 90)
    assert health.bit_rate > 1000
    assert health.silent_s < 0.1


def test_a_count_that_stumbles_back_again_and_again_shows_no_picture_far_from_its_decoding() -> (
    None
):
    desk = Desk()
    sent = tags(PLAIN, 1, config=None)
    stumbling = [(kind, 1_000_000 - 900 * n, tag) for n, (kind, _, tag) in enumerate(sent[1:])]
    for n, (kind, at, tag) in enumerate([(*sent[0][:1], 1_000_000, sent[0][2]), *stumbling]):
        desk.units += desk.publisher.receive(Tag(kind, at, tag), n * 0.04)
    assert len(desk.units) == 25
    assert all(abs(unit.pts_ticks - unit.dts_ticks) < 90_000 for unit in desk.units)
    assert all(a.dts_ticks < b.dts_ticks for a, b in pairwise(desk.units))

"""The segmenter under any camera: rates, reordering, stalls, steps back, late and lost sound; cuts.

After every step: parts end to end or a joint, none too long, none too short, the lanes side by
side, every picture there once and shown at its time, every sound in its place or silence. At a cut
pictures may be shown sooner than meant, because none is shown past it; where another encoder takes
over, the very last may be shown later, and reordered ones before it be left out.
"""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from streams.filling import HZ, Part, SegmentEnded
from streams.segmenter import Output, Segmenter, SegmentStarted
from streams.segments import AccessUnit, Lane
from streams.timeline import AAC_FRAME_TICKS, AUDIO_HZ, VIDEO_HZ
from tests.streams.read_fragments import samples_of

pytestmark = pytest.mark.patient

SILENCE = b"silence"
REORDERED = (2, -1, -1)
"""How many pictures later each is shown than it is decoded, after an IDR and in turn."""
FRAMES_A_SECOND = (5, 10, 15, 24, 25, 30, 50, 60)


class Lanes:
    """What came out of one lane."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.ended: list[int] = []
        self.lasted = 0

    @property
    def numbers(self) -> list[int]:
        return list(dict.fromkeys(part.segment for part in self.parts))


class SegmenterMachine(RuleBasedStateMachine):
    @initialize(
        fps=st.sampled_from(FRAMES_A_SECOND),
        gop_s=st.sampled_from((0.5, 1, 2, 4, 6)),
        target_ms=st.sampled_from((500, 1000, 1020)),
        knows_duration=st.booleans(),
        reorders=st.booleans(),
        start_s=st.integers(0, 9 * 3600),
    )
    def begin(
        self,
        fps: int,
        gop_s: float,
        target_ms: int,
        knows_duration: bool,
        reorders: bool,
        start_s: int,
    ) -> None:
        self.target = target_ms * VIDEO_HZ // 1000
        self.segmenter = Segmenter(0, self.target, SILENCE)
        self.step, self.gop = VIDEO_HZ // fps, round(fps * gop_s)
        self.knows_duration, self.reorders = knows_duration, reorders
        self.shown_until: dict[int, int] = {}
        self.now = self.last_cut = start_s * VIDEO_HZ + 7
        self.sound_ticks = self.now * AUDIO_HZ // VIDEO_HZ + 333
        self.pushed: list[AccessUnit] = []
        self.sounds: list[AccessUnit] = []
        self.out = {lane: Lanes() for lane in Lane}
        self.started: dict[int, SegmentStarted] = {}
        self.count = self.packaged = self.heard = 0
        self.unheard: dict[bytes, int] = {}
        self.over = False

    def cut(self, at: int, *, sound_follows: bool = False, over: bool = False) -> None:
        """Cuts; nothing of the segment that ends is shown past the cut."""
        self.over = over
        self.take(self.segmenter.cut(at, sound_follows=sound_follows, over=over), cut=True)
        self.over = False
        end = max(at, self.segmenter.end_ticks)
        assert self.shown_until[self.out[Lane.VIDEO].numbers[-1]] <= end

    def take(self, outputs: list[Output], *, cut: bool = False) -> None:
        for output in outputs:
            match output:
                case SegmentStarted():
                    assert output.segment == len(self.started), "numbers without a hole"
                    self.started[output.segment] = output
                case Part():
                    self.take_part(self.out[output.lane], output, cut)
                case SegmentEnded():
                    assert output.segment == self.out[output.lane].parts[-1].segment, (
                        "it has a part"
                    )
                    assert output.segment not in self.out[output.lane].ended
                    self.out[output.lane].ended.append(output.segment)

    def take_part(self, lane: Lanes, part: Part, cut: bool) -> None:
        target = self.target * HZ[part.lane] // VIDEO_HZ
        assert 0 < part.duration_ticks <= target
        assert part.segment not in lane.ended
        assert sum(s.duration_ticks for s in samples_of(part)) == part.duration_ticks
        before = lane.parts[-1] if lane.parts else None
        if before is None or before.segment != part.segment:
            assert part.index == 0
            assert part.segment == (before.segment + 1 if before else 0)
        else:
            assert part.index == before.index + 1
            assert before.duration_ticks >= 0.85 * target
        joint = part.index == 0 and self.started[part.segment].joint
        if before is not None and not joint:
            assert part.start_ticks == before.start_ticks + before.duration_ticks
        if part.lane is Lane.VIDEO and part.index == 0:
            assert part.start_ticks == self.started[part.segment].start_ticks
            assert part.independent == self.started[part.segment].independent
        lane.parts.append(part)
        lane.lasted = part.duration_ticks + (lane.lasted if part.index else 0)
        assert lane.lasted / HZ[part.lane] < 6.5, "it would round to more than the target"
        if part.lane is Lane.VIDEO:
            self.check_pictures(part, cut)
            return
        self.check_sounds(part)
        if part.index == 0:
            began = self.started[part.segment].start_ticks / VIDEO_HZ
            apart = part.start_ticks / AUDIO_HZ - began
            assert 0 <= apart < 0.045, "side by side, but for a frame and the grid"

    def picture(self, duration: int | None = None) -> None:
        key = self.count % self.gop == 0
        duration = duration or (self.step if self.knows_duration else None)
        turn = self.count % self.gop
        later = REORDERED[(turn - 1) % 3] * self.step if self.reorders and turn else 0
        unit = AccessUnit(
            Lane.VIDEO, self.now + later, self.now, duration, key, b"picture %d" % self.count
        )
        self.pushed.append(unit)
        self.count += 1
        self.take(self.segmenter.push(unit))
        self.now += self.step

    def sound(self) -> None:
        data = b"sound %d" % self.heard
        unit = AccessUnit(
            Lane.AUDIO, self.sound_ticks, self.sound_ticks, AAC_FRAME_TICKS, True, data
        )
        self.sounds.append(unit)
        self.heard += 1
        self.unheard[data] = self.sound_ticks
        self.take(self.segmenter.push(unit))
        self.sound_ticks += AAC_FRAME_TICKS

    @rule(count=st.integers(1, 80))
    def a_camera_runs(self, count: int) -> None:
        for _ in range(count):
            while self.sound_ticks * VIDEO_HZ <= self.now * AUDIO_HZ:
                self.sound()
            self.picture()

    @rule(count=st.integers(1, 400))
    def the_sound_is_gone(self, count: int) -> None:
        for _ in range(count):
            self.picture()
        self.sound_ticks = max(self.sound_ticks, self.now * AUDIO_HZ // VIDEO_HZ)

    @rule(late_s=st.floats(0.02, 1.5), count=st.integers(5, 40))
    def the_sound_comes_late(self, late_s: float, count: int) -> None:
        for _ in range(count):
            while self.sound_ticks * VIDEO_HZ <= (self.now - late_s * VIDEO_HZ) * AUDIO_HZ:
                self.sound()
            self.picture()

    @rule(back=st.integers(1, 4))
    def the_sound_comes_twice(self, back: int) -> None:
        for unit in self.sounds[-back:]:
            self.take(self.segmenter.push(unit))

    @rule(ticks=st.integers(-3000, 30_000))
    def a_picture_is_early_or_late(self, ticks: int) -> None:
        self.now = max(self.now + ticks, self.pushed[-1].dts_ticks + 1 if self.pushed else 0)
        self.picture()

    @rule(seconds=st.floats(0.3, 5))
    def the_picture_stalls(self, seconds: float) -> None:
        self.now += int(seconds * VIDEO_HZ)
        self.picture()

    @rule(seconds=st.floats(0.6, 3))
    def the_clock_steps_back(self, seconds: float) -> None:
        self.now -= min(int(seconds * VIDEO_HZ), self.now)
        self.picture()
        self.sound_ticks = self.now * AUDIO_HZ // VIDEO_HZ + 99
        self.sounds = []

    @rule()
    def somebody_wishes_a_cut(self) -> None:
        self.segmenter.cut_at_next_key()
        self.count = -(-self.count // self.gop) * self.gop

    @rule(ahead=st.integers(-20_000, 90_000))
    def the_channel_cuts(self, ahead: int) -> None:
        if self.pushed and self.pushed[-1].dts_ticks - self.last_cut > VIDEO_HZ // 4:
            self.last_cut = self.pushed[-1].dts_ticks
            at = max(self.pushed[-1].dts_ticks + ahead, self.segmenter.settled_ticks)
            self.cut(at)
            held = self.pushed[self.packaged :]
            assert len(held) <= 1 or held[0].dts_ticks >= at - VIDEO_HZ, "only what lies behind"
            assert self.segmenter.end_ticks <= at or len(held) <= 1
            for lane in Lane:
                assert self.out[lane].numbers == list(self.started), "both lanes have them all"
                assert self.out[lane].ended == list(self.started)

    @rule(ahead=st.integers(-20_000, 9_000))
    def a_channel_leaves_and_its_sound_may_follow(self, ahead: int) -> None:
        if self.pushed and self.pushed[-1].dts_ticks - self.last_cut > VIDEO_HZ // 4:
            self.last_cut = self.pushed[-1].dts_ticks
            at = max(self.pushed[-1].dts_ticks + ahead, self.segmenter.settled_ticks)
            self.cut(at, sound_follows=True)
            assert self.out[Lane.VIDEO].ended == list(self.started)

    @rule(ahead=st.integers(0, 200_000))
    def another_encoder_takes_over(self, ahead: int) -> None:
        if self.pushed and self.pushed[-1].dts_ticks - self.last_cut > VIDEO_HZ // 4:
            at = max(self.pushed[-1].dts_ticks + ahead, self.segmenter.settled_ticks)
            self.cut(at, over=True)
            assert self.segmenter.end_ticks <= at or self.packaged + 1 >= len(self.pushed)
            for lane in Lane:
                assert self.out[lane].ended == list(self.started), "both lanes have them all"
            self.packaged = len(self.pushed)
            self.segmenter = Segmenter(len(self.started), self.target, SILENCE)
            self.count = -(-self.count // self.gop) * self.gop
            self.now = self.last_cut = max(at, self.segmenter.end_ticks, self.now)
            self.sound_ticks, self.sounds = self.now * AUDIO_HZ // VIDEO_HZ + 333, []

    @rule()
    def nobody_waits_for_sound_any_longer(self) -> None:
        ended = self.out[Lane.VIDEO].ended
        if ended:
            self.take(self.segmenter.end_sound(ended[-1]))
            assert self.out[Lane.AUDIO].ended == ended

    def check_pictures(self, part: Part, cut: bool) -> None:
        """Every picture is there once, in order, and shown at its time or, at a cut, sooner."""
        for sample in samples_of(part):
            meant = self.pushed[self.packaged]
            assert (sample.data, sample.key) == (meant.data, meant.key)
            assert sample.pts_ticks == meant.pts_ticks or (
                cut and (self.over or sample.pts_ticks < meant.pts_ticks)
            )
            until = sample.pts_ticks + sample.duration_ticks
            self.shown_until[part.segment] = max(self.shown_until.get(part.segment, 0), until)
            self.packaged += 1

    def check_sounds(self, part: Part) -> None:
        """Sound is in its place, each once; silence is everywhere else."""
        for sample in samples_of(part):
            assert sample.duration_ticks == AAC_FRAME_TICKS
            assert sample.pts_ticks == sample.dts_ticks
            assert sample.dts_ticks % AAC_FRAME_TICKS == 0
            if sample.data != SILENCE:
                assert abs(sample.dts_ticks - self.unheard.pop(sample.data)) <= AAC_FRAME_TICKS


SegmenterMachine.TestCase.settings = settings(
    max_examples=40, stateful_step_count=25, deadline=None
)
TestSegmenter = SegmenterMachine.TestCase

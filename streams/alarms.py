"""What is wrong with an input, as codes with facts: one table, and when each is raised and cleared.

Everything here has two thresholds and two times. An alarm is raised when its figure has stood past
the first threshold for a while, and cleared when it has stood on the good side of the second for a
while; between the two nothing changes. So a figure that trembles about a threshold does not make
the board tremble. What is not known raises nothing and clears nothing.

    code               raised       cleared    after     over after   because
    no_picture         > 2 s        < 1 s       0 s       1 s         connected, and nothing comes
    keyframes_rare     > 4.5 s      < 3.5 s     0 s       0 s         segments are about 2 s and
                                                                      never longer than 6; a change
                                                                      of input waits for one
    b_pictures         any          none        0 s      10 s         they add delay, and browsers
                                                                      over WebRTC cannot show them
    unsteady_rate      > 0.40       < 0.25      6 s      10 s         spread of pictures a second:
                                                                      it is seen as stutter
    low_rate           < 10         > 12        4 s       4 s         below, lips are lost
    low_bitrate        < 1          > 1.25     10 s      10 s         of what its size needs
    high_bitrate       > 1          < 0.9      10 s      10 s         of what viewers' lines carry
    size_changes       >= 2         0           0 s       0 s         in a minute; each is a joint
    packets_lost       > 2 %        < 0.5 %     4 s      10 s         more than sending again mends
    pictures_lost      > 3 %        < 1 %       4 s      10 s         the picture stands still
    no_sound           < -80 dB     > -70 dB    8 s       2 s         no room is that quiet
    quiet_sound        < -36 dB     > -30 dB   15 s       2 s         peaks of speech are about -12
    clipping           >= 3 of 20   0 of 20     0 s       0 s         it cannot be mended afterwards
    clock_drift        > 200 ppm    < 150      10 s      30 s         crystals keep within 100; half
                                                                      of what correction can follow
    lip_error          > 125 ms     < 80 ms     5 s       5 s         ITU-R BT.1359: seen from there
    frozen             > 30 s       < 10 s      0 s       0 s         a camera's picture never is

Of a source as a whole: `no_backup` (nothing steady stands by although an input for it has a key),
`inputs_differ` (what stands by has another size, rate or profile, so a change-over is a joint that
old players stall at), `stands_in` (a worse input is shown because a better one failed),
`chosen_absent` (what a person has chosen is not there), `too_late` (what should take over, or be
shown on a channel, lies so far behind that nobody waits for it, holdback.py) and `no_keyframe` (it
gives no keyframe at which it could). These have times alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from streams.health import Reading

Facts = Mapping[str, object]

MBIT = 1_000_000
LEAST_BITS_A_PIXEL = 0.02
"""720p at 25 pictures a second in 460 kbit/s: below, faces are blocks, whatever the encoder."""
MOST_BITS_A_PIXEL = 0.16
MOST_BITRATE = 8 * MBIT
ALWAYS_GOOD_BITRATE = 2.5 * MBIT


@dataclass(frozen=True, slots=True)
class Alarm:
    """What is wrong, in a word, and the figures that belong to it."""

    code: str
    facts: Facts = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        return {"code": self.code, **self.facts}


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the table.

    Args:
        figure: what is judged; None: not known.
        raised, cleared: past which it is bad, and past which it is good again.
        above: whether more is worse.
        facts: what is told with it.
    """

    code: str
    figure: Callable[[Reading], float | None]
    raised: float
    cleared: float
    raised_after_s: float
    cleared_after_s: float
    above: bool
    facts: Callable[[Reading], Facts]

    def verdict(self, reading: Reading) -> bool | None:
        """Whether it is bad (True), good (False), or neither."""
        figure = self.figure(reading)
        if figure is None:
            return None
        sign = 1 if self.above else -1
        if sign * figure > sign * self.raised:
            return True
        return False if sign * figure < sign * self.cleared else None


def least_bitrate(reading: Reading) -> float | None:
    """What a picture of this size and rate needs to be looked at."""
    pixels = _pixels_a_second(reading)
    return None if pixels is None else LEAST_BITS_A_PIXEL * pixels


def most_bitrate(reading: Reading) -> float | None:
    """What it can use, and viewers' lines can carry."""
    pixels = _pixels_a_second(reading)
    if pixels is None:
        return None
    return min(MOST_BITRATE, max(ALWAYS_GOOD_BITRATE, MOST_BITS_A_PIXEL * pixels))


def _pixels_a_second(reading: Reading) -> float | None:
    if not reading.width or not reading.height or not reading.fps:
        return None
    return reading.width * reading.height * reading.fps


def _share_of(bitrate: int | None, of: float | None) -> float | None:
    return None if bitrate is None or not of else bitrate / of


def _spread(reading: Reading) -> float | None:
    fast, slow = reading.fastest_fps, reading.slowest_fps
    if fast is None or slow is None or not reading.fps:
        return None
    # One picture more or less in a second is only where the second was cut.
    return max(0, fast - slow - 2) / reading.fps


def _size(error: int | None) -> float | None:
    return None if error is None else abs(error)


def _megabits(bits: float | None) -> float:
    return round((bits or 0) / MBIT, 1)


def _percent(share: float | None) -> int:
    return max(1, round((share or 0) * 100))


def _nothing(_: Reading) -> Facts:
    return {}


def _peak(reading: Reading) -> float | None:
    if not reading.sound:
        return -100.0
    return reading.peak_db


def _quiet_peak(reading: Reading) -> float | None:
    """Silence is another alarm, and is not told twice."""
    peak = _peak(reading)
    return 0.0 if peak is not None and peak < -80 else peak


NO_PICTURE = Rule(
    "no_picture", lambda r: r.picture_age_s, 2, 1, 0, 1, True,
    lambda r: {"seconds": round(r.picture_age_s)},
)  # fmt: skip
RULES = (
    NO_PICTURE,
    Rule("keyframes_rare", lambda r: r.keyframe_interval_s, 4.5, 3.5, 0, 0, True,
         lambda r: {"seconds": round(r.keyframe_interval_s or 0), "wanted": 2}),
    Rule("b_pictures", lambda r: float(r.b_pictures), 0.5, 0.5, 0, 10, True, _nothing),
    Rule("unsteady_rate", _spread, 0.4, 0.25, 6, 10, True,
         lambda r: {"from": r.slowest_fps, "to": r.fastest_fps}),
    Rule("low_rate", lambda r: r.fps, 10, 12, 4, 4, False,
         lambda r: {"fps": round(r.fps or 0)}),
    Rule("low_bitrate", lambda r: _share_of(r.bitrate_bps, least_bitrate(r)), 1, 1.25, 10, 10,
         False,
         lambda r: {"mbit": _megabits(r.bitrate_bps), "width": r.width, "height": r.height,
                    "wanted": _megabits(3 * (least_bitrate(r) or 0))}),
    Rule("high_bitrate", lambda r: _share_of(r.bitrate_bps, most_bitrate(r)), 1, 0.9, 10, 10, True,
         lambda r: {"mbit": _megabits(r.bitrate_bps), "wanted": _megabits(most_bitrate(r))}),
    Rule("size_changes", lambda r: r.size_changes, 1, 1, 0, 0, True,
         lambda r: {"times": r.size_changes}),
    Rule("packets_lost", lambda r: r.lost, 0.02, 0.005, 4, 10, True,
         lambda r: {"percent": _percent(r.lost)}),
    Rule("pictures_lost", lambda r: r.dropped, 0.03, 0.01, 4, 10, True,
         lambda r: {"percent": _percent(r.dropped)}),
    Rule("no_sound", _peak, -80, -70, 8, 2, False, _nothing),
    Rule("quiet_sound", _quiet_peak, -36, -30, 15, 2, False,
         lambda r: {"db": round(r.peak_db or 0)}),
    Rule("clipping", lambda r: r.clipped, 2, 1, 0, 0, True, _nothing),
    Rule("clock_drift", lambda r: _size(r.drift_ppm), 200, 150, 10, 30, True,
         lambda r: {"ppm": r.drift_ppm}),
    Rule("lip_error", lambda r: _size(r.lip_error_ms), 125, 80, 5, 5, True,
         lambda r: {"ms": r.lip_error_ms}),
    Rule("frozen", lambda r: r.still_s, 30, 10, 0, 0, True,
         lambda r: {"seconds": round(r.still_s)}),
)  # fmt: skip

SOURCE_TIMES_S: Mapping[str, tuple[float, float]] = {
    "no_backup": (30, 5),
    "inputs_differ": (5, 2),
    "stands_in": (0, 0),
    "chosen_absent": (0, 0),
    "too_late": (0, 1),
    "no_keyframe": (6, 0),
}
"""How long each must be so before it is raised, and must be over before it is cleared."""


@dataclass(slots=True)
class _Standing:
    """Whether an alarm is raised, and since when its opposite has been so."""

    raised: bool = False
    since_s: float | None = None
    facts: Facts = field(default_factory=dict)


class Alarms:
    """Keeps alarms raised and cleared. No clock: every call is told the time."""

    def __init__(self) -> None:
        self._standing: dict[str, _Standing] = {}

    def judge(self, reading: Reading, now_s: float) -> tuple[Alarm, ...]:
        """The alarms of an input that stand now, in the order of the table."""
        gone = NO_PICTURE.verdict(reading) is True
        for rule in RULES:
            verdict = rule.verdict(reading) if rule is NO_PICTURE or not gone else None
            facts = rule.facts(reading) if verdict else None
            times_s = rule.raised_after_s, rule.cleared_after_s
            self._follow(rule.code, verdict, facts, times_s, now_s)
        raised = self._raised()
        return raised[:1] if raised and raised[0].code == NO_PICTURE.code else raised

    def judge_source(self, wrong: Mapping[str, Facts], now_s: float) -> tuple[Alarm, ...]:
        """The alarms of a source that stand now; `wrong` holds what is so at this moment."""
        for code, times_s in SOURCE_TIMES_S.items():
            self._follow(code, code in wrong, wrong.get(code), times_s, now_s)
        return self._raised()

    def _follow(
        self,
        code: str,
        verdict: bool | None,
        facts: Facts | None,
        times_s: tuple[float, float],
        now_s: float,
    ) -> None:
        standing = self._standing.setdefault(code, _Standing())
        if facts is not None:
            standing.facts = facts
        if verdict is None or verdict is standing.raised:
            standing.since_s = None
            return
        standing.since_s = now_s if standing.since_s is None else standing.since_s
        if now_s - standing.since_s >= times_s[standing.raised]:
            standing.raised, standing.since_s = not standing.raised, None

    def _raised(self) -> tuple[Alarm, ...]:
        return tuple(
            Alarm(code, each.facts) for code, each in self._standing.items() if each.raised
        )

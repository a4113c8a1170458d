"""What one input is worth, measured from its access units: the same for every kind of publisher.

Units are noted as they come and summed by the second. What is kept is bounded: twenty seconds of
sums, two minutes of lags, four keyframes, twenty changes of size, twenty samples of sound.

    rates            over the last five full seconds
    keyframes        the longest of the last three intervals and the one that runs
    drift            how the least lag of each second moves over two minutes: an input whose clock
                     runs fast arrives ever earlier by its own stamps
    stillness        pictures between keyframes that hold next to nothing: about a bit for every
                     two macroblocks, which no lens delivers; a slide does
    lateness         the least lag of the last two seconds: how long after its own time on the
                     event clock a picture is here; two inputs are compared by it
    sound            is heard elsewhere (loudness.py) and told here, a moment a second

A publisher knows more of its own line than its frames show. Where it has a method `health`, these
of its figures are taken: `packets_lost`, `packets` (received), `pictures_dropped`, `b_pictures`
(dropped because they had no place), `lip_error_ms`, `drift_ppm`. The first four are counters.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from streams.parameters import PictureParameters, parameters_of
from streams.segments import AccessUnit, Lane
from streams.timeline import VIDEO_HZ

RATES_OVER_S = 5
LINE_OVER_S = 10.0
SIZES_OVER_S = 60.0
TUNING_IN_S = 10.0
"""Browsers try some sizes as they begin; only what changes afterwards counts."""
DRIFT_OVER_S = 120
DRIFT_FROM_S = 60
SOUND_OVER, PEAK_OVER = 20, 5
CLIPPED_DB = -0.3
"""Coding rounds the tops: full scale comes back as this, or a little more than full."""
COUNTERS = ("packets_lost", "packets", "pictures_dropped", "b_pictures")
_SECONDS_KEPT = 20
_OPEN_INTERVAL_FROM_S = 4.0

PROFILES = {0x42: "Baseline", 0x4D: "Main", 0x58: "Extended", 0x64: "High", 0x6E: "High 10"}


@dataclass(frozen=True, slots=True)
class Loud:
    """A moment of sound, in dB below full scale: the loudest sample, and the mean power."""

    peak_db: float
    mean_db: float


@dataclass(frozen=True, slots=True)
class Reading:
    """The figures of one input; None is not known (yet).

    Args:
        slowest_fps, fastest_fps: pictures in the emptiest and the fullest of the last seconds.
        size_changes: within the last minute.
        b_pictures: whether pictures came out of the order in which they are shown.
        lost: share of the packets of the last ten seconds that never came.
        dropped: share of the pictures of the last ten seconds that could not be used.
        sound: whether frames of sound come.
        loud_db: the mean power just now; peak_db: the loudest of the last five moments.
        clipped: how many of the last twenty touched full scale.
        drift_ppm: how fast its clock runs against ours; positive: fast.
        still_s: how long the picture has not moved.
        picture_age_s: since the last picture, or since it came where there was none yet.
        late_s: how long after its own time on the event clock a picture comes.
    """

    bitrate_bps: int | None = None
    fps: float | None = None
    slowest_fps: int | None = None
    fastest_fps: int | None = None
    keyframe_interval_s: float | None = None
    width: int | None = None
    height: int | None = None
    profile: str | None = None
    level: str | None = None
    size_changes: int = 0
    b_pictures: bool = False
    lost: float | None = None
    dropped: float | None = None
    sound: bool = False
    loud_db: float | None = None
    peak_db: float | None = None
    clipped: int = 0
    drift_ppm: int | None = None
    lip_error_ms: int | None = None
    still_s: float = 0.0
    picture_age_s: float = 0.0
    late_s: float | None = None


@dataclass(slots=True)
class _Second:
    at: int
    size_bytes: int = 0
    pictures: int = 0
    between: int = 0
    between_bytes: int = 0
    reordered: int = 0
    sounds: int = 0
    least_lag_s: float | None = None


@dataclass(frozen=True, slots=True)
class _Line:
    """A publisher's own counters at a moment."""

    at_s: float
    lost: int
    received: int
    dropped: int
    reordered: int


class Meter:
    """Measures one input; time is told, in monotonic seconds.

    Args:
        connected_s: when its publisher came.
        connected_ticks: the same instant on the event clock, in video ticks.
    """

    def __init__(self, connected_s: float, connected_ticks: int) -> None:
        self._event_zero_s = connected_s - connected_ticks / VIDEO_HZ
        self.parameters: PictureParameters | None = None
        self.pictures = 0
        self.size_bytes = 0
        self._began_s: float | None = None
        self._last_s = connected_s
        self._moved_s: float | None = None
        self._highest_pts = -1
        self._seconds: deque[_Second] = deque(maxlen=_SECONDS_KEPT)
        self._lags: deque[tuple[int, float]] = deque(maxlen=DRIFT_OVER_S)
        self._keys: deque[float] = deque(maxlen=4)
        self._sizes: deque[float] = deque(maxlen=20)
        self._sound: deque[Loud] = deque(maxlen=SOUND_OVER)
        self._line: deque[_Line] = deque(maxlen=20)

    def receive(self, unit: AccessUnit, now_s: float) -> bool:
        """Takes a unit in; whether it brought other parameters than the one before."""
        second = self._second(now_s)
        second.size_bytes += len(unit.data)
        self.size_bytes += len(unit.data)
        if unit.lane is Lane.AUDIO:
            second.sounds += 1
            return False
        self._began_s = now_s if self._began_s is None else self._began_s
        self._last_s = now_s
        self.pictures += 1
        second.pictures += 1
        second.reordered += unit.pts_ticks < self._highest_pts
        self._highest_pts = max(self._highest_pts, unit.pts_ticks)
        lag_s = now_s - self._event_zero_s - unit.dts_ticks / VIDEO_HZ
        second.least_lag_s = lag_s if second.least_lag_s is None else min(lag_s, second.least_lag_s)
        if unit.key:
            return self._receive_key(unit, now_s)
        second.between += 1
        second.between_bytes += len(unit.data)
        return False

    def hear(self, loud: Loud) -> None:
        """Takes in how loud a moment was."""
        self._sound.append(loud)

    def read(self, now_s: float, own: Mapping[str, object]) -> Reading:
        """The figures now.

        Args:
            own: what the publisher says of itself.
        """
        recent = self._recent(now_s, RATES_OVER_S)
        shown, pictures = self.parameters, [each.pictures for each in recent]
        line = self._own_line(now_s, own)
        newest = self._sound[-1] if self._sound else None
        return Reading(
            bitrate_bps=_mean([each.size_bytes * 8 for each in recent]),
            fps=round(sum(pictures) / len(pictures), 1) if pictures else None,
            slowest_fps=min(pictures, default=None),
            fastest_fps=max(pictures, default=None),
            keyframe_interval_s=self._keyframe_interval_s(now_s),
            width=shown.width if shown else None,
            height=shown.height if shown else None,
            profile=PROFILES.get(shown.sps[1]) if shown else None,
            level=f"{shown.sps[3] / 10:g}" if shown else None,
            size_changes=sum(now_s - each < SIZES_OVER_S for each in self._sizes),
            b_pictures=any(each.reordered for each in recent) or line.reordered > 0,
            lost=_share(line.lost, line.received),
            dropped=_share(line.dropped, sum(pictures) * 2),
            sound=any(each.sounds for each in self._recent(now_s, 3, partly=True)),
            loud_db=newest.mean_db if newest else None,
            peak_db=max((each.peak_db for each in [*self._sound][-PEAK_OVER:]), default=None),
            clipped=sum(each.peak_db >= CLIPPED_DB for each in self._sound),
            drift_ppm=_number(own.get("drift_ppm"), self._drift_ppm()),
            lip_error_ms=_number(own.get("lip_error_ms"), None),
            still_s=round(self._still_s(now_s), 1),
            picture_age_s=round(now_s - self._last_s, 1),
            late_s=self._late_s(now_s),
        )

    def _receive_key(self, unit: AccessUnit, now_s: float) -> bool:
        self._keys.append(unit.dts_ticks / VIDEO_HZ)
        before, found = self.parameters, parameters_of(unit.data)
        self.parameters = found or before
        if found is None or (before is not None and before.sps == found.sps):
            return False
        assert self._began_s is not None
        if before is not None and now_s - self._began_s > TUNING_IN_S:
            self._sizes.append(now_s)
        return True

    def _second(self, now_s: float) -> _Second:
        at = int(now_s)
        if not self._seconds or self._seconds[-1].at != at:
            if self._seconds:
                self._close(self._seconds[-1])
            self._seconds.append(_Second(at))
        return self._seconds[-1]

    def _close(self, second: _Second) -> None:
        if second.least_lag_s is not None:
            self._lags.append((second.at, second.least_lag_s))
        if self._moves(second):
            self._moved_s = second.at + 1.0

    def _moves(self, second: _Second) -> bool:
        shown = self.parameters
        if shown is None or not second.between:
            return False
        macroblocks = shown.width * shown.height / 256
        return second.between_bytes / second.between > 24 + macroblocks / 16

    def _still_s(self, now_s: float) -> float:
        since = self._began_s if self._moved_s is None else self._moved_s
        return 0.0 if since is None else max(0.0, now_s - since)

    def _recent(self, now_s: float, seconds: int, *, partly: bool = False) -> list[_Second]:
        """Sums of the last full seconds, empty ones too; with `partly` of this one as well."""
        if self._began_s is None:
            return []
        first = max(int(self._began_s) + 1, int(now_s) - seconds)
        known = {each.at: each for each in self._seconds}
        return [known.get(at, _Second(at)) for at in range(first, int(now_s) + partly)]

    def _keyframe_interval_s(self, now_s: float) -> float | None:
        """The longest of the last three intervals, and of the one that runs."""
        if not self._keys:
            return None
        between = [later - one for one, later in pairwise(self._keys)]
        open_s = self._seconds_since(self._keys[-1])
        if not between and open_s < _OPEN_INTERVAL_FROM_S:
            return None
        return round(max([*between, open_s]), 1)

    def _seconds_since(self, key_s: float) -> float:
        return max(0.0, self._highest_pts / VIDEO_HZ - key_s)

    def _late_s(self, now_s: float) -> float | None:
        recent = self._recent(now_s, 2, partly=True)
        lags_s = [each.least_lag_s for each in recent if each.least_lag_s is not None]
        return round(min(lags_s), 2) if lags_s else None

    def _drift_ppm(self) -> int | None:
        """The slope between the least lags of the first and the last third."""
        third = len(self._lags) // 3
        if not self._lags or self._lags[-1][0] - self._lags[0][0] < DRIFT_FROM_S:
            return None
        lags = list(self._lags)
        (from_s, early), (to_s, late) = _least(lags[:third]), _least(lags[-third:])
        return round((early - late) / (to_s - from_s) * 1e6)

    def _own_line(self, now_s: float, own: Mapping[str, object]) -> _Line:
        """How the publisher's counters have moved within the last ten seconds."""
        if own.keys().isdisjoint(COUNTERS):
            return _Line(now_s, 0, 0, 0, 0)
        counts = [_number(own.get(key), 0) or 0 for key in COUNTERS]
        self._line.append(_Line(now_s, *counts))
        while now_s - self._line[0].at_s > LINE_OVER_S:
            self._line.popleft()
        oldest = self._line[0]
        return _Line(
            now_s,
            max(0, counts[0] - oldest.lost),
            max(0, counts[1] - oldest.received),
            max(0, counts[2] - oldest.dropped),
            max(0, counts[3] - oldest.reordered),
        )


def _mean(counts: list[int]) -> int | None:
    return round(sum(counts) / len(counts)) if counts else None


def _share(bad: int, good: int) -> float | None:
    return round(bad / (bad + good), 4) if bad + good else None


def _number(found: object, otherwise: int | None) -> int | None:
    return round(found) if isinstance(found, int | float) else otherwise


def _least(lags: Iterable[tuple[int, float]]) -> tuple[int, float]:
    return min(lags, key=lambda each: each[1])

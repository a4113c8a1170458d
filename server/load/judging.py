"""What a run came to, and whether it keeps the limits that were set."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from server.load.tally import Storm, Tally, Times


@dataclass(frozen=True, slots=True)
class Spread:
    """Half of them, all but one in a hundred, and the longest, in milliseconds; None for none."""

    count: int
    p50_ms: float | None
    p99_ms: float | None
    longest_ms: float | None

    @classmethod
    def of(cls, times: Times) -> Spread:
        if not times.count:
            return cls(0, None, None, None)
        return cls(times.count, *_rounded(times.within(0.5), times.within(0.99), times.longest_ms))


def _rounded(*values: float | None) -> Iterator[float | None]:
    return (None if value is None else round(value, 1) for value in values)


@dataclass(frozen=True, slots=True)
class StormFigures:
    """How a crowd came back; `away` are those that had not when it was counted."""

    dropped: int
    away: int
    back: Spread

    @classmethod
    def of(cls, storm: Storm) -> StormFigures:
        return cls(storm.dropped, storm.dropped - storm.back.count, Spread.of(storm.back))


@dataclass(frozen=True, slots=True)
class Figures:
    """What a run came to.

    Args:
        viewers: how many were to come; `there` of them were at the end.
        speaking_s: how long there was chat.
        deliveries: events that arrived at pages, however late.
        lost: events that pages lack at the end, and posts that were accepted and never came out.
        doubled: events that came twice, and posts that were made true twice.
        gaps: events that came before one that was missing, and those of topics nobody asked for.
        reloads: logs that began anew from a snapshot when a page came back.
        waiting: posts that have no answer.
        clock_within_ms: how wrong the times of delivery can be.
        own_late_ms: how late this program was with its own timers.
        own_cores: how much of a processor it used.
    """

    viewers: int
    there: int
    speaking_s: float
    arrived: Spread
    deliveries: int
    delivery: Spread
    asked: int
    done: int
    waiting: int
    refused: Mapping[str, int]
    answered: Spread
    lost: int
    doubled: int
    gaps: int
    reloads: int
    modes: Mapping[str, int]
    closes: Mapping[int, int]
    denied: Mapping[str, int]
    storms: tuple[StormFigures, ...]
    frozen: int
    clock_within_ms: float | None
    own_late_ms: Spread
    own_cores: float
    faults: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Ending:
    """How things stand when a run ends: what the tally alone does not know."""

    viewers: int
    there: int
    missing: int
    waiting: int
    frozen: int
    speaking_s: float
    clock_within_ms: float | None
    own_cores: float
    faults: tuple[str, ...]


def figures_of(tally: Tally, ending: Ending) -> Figures:
    return Figures(
        viewers=ending.viewers,
        there=ending.there,
        speaking_s=round(ending.speaking_s, 1),
        arrived=Spread.of(tally.arrived),
        deliveries=tally.deliveries,
        delivery=Spread.of(tally.delivery),
        asked=tally.asked,
        done=tally.done,
        waiting=ending.waiting,
        refused=dict(tally.refused),
        answered=Spread.of(tally.answered),
        lost=ending.missing + tally.unseen(),
        doubled=tally.doubled + tally.torn,
        gaps=tally.gaps + tally.unasked + tally.modes["jumped"],
        reloads=tally.modes["snapshot"],
        modes=dict(tally.modes),
        closes=dict(sorted(tally.closes.items())),
        denied=dict(tally.denied),
        storms=tuple(map(StormFigures.of, tally.storms)),
        frozen=ending.frozen,
        clock_within_ms=ending.clock_within_ms,
        own_late_ms=Spread.of(tally.own_lateness),
        own_cores=round(ending.own_cores, 2),
        faults=ending.faults,
    )


@dataclass(frozen=True, slots=True)
class Limits:
    """What must hold; None where nothing was asked.

    Args:
        missing: viewers who are not there at the end.
        unanswered: posts without an answer.
    """

    p99_ms: float | None = None
    ack_p99_ms: float | None = None
    back_within_s: float | None = None
    lost: int = 0
    doubled: int = 0
    gaps: int = 0
    missing: int = 0
    unanswered: int = 0
    reloads: int | None = None
    refused: int | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One limit held against the figures; `came` is None when there was nothing to measure."""

    name: str
    at_most: float
    came: float | None

    @property
    def is_kept(self) -> bool:
        return self.came is not None and self.came <= self.at_most


def judge(figures: Figures, limits: Limits) -> tuple[Finding, ...]:
    """Every limit that was set, in a fixed order. What was not measured keeps no limit."""
    asked: Iterable[tuple[str, float | None, float | None]] = (
        ("p99-ms", limits.p99_ms, figures.delivery.p99_ms),
        ("ack-p99-ms", limits.ack_p99_ms, figures.answered.p99_ms),
        ("back-within-s", limits.back_within_s, _longest_back_s(figures)),
        ("lost", limits.lost, figures.lost),
        ("doubled", limits.doubled, figures.doubled),
        ("gaps", limits.gaps, figures.gaps),
        ("missing", limits.missing, figures.viewers - figures.there),
        ("unanswered", limits.unanswered, figures.waiting),
        ("reloads", limits.reloads, figures.reloads),
        ("refused", limits.refused, sum(figures.refused.values())),
    )
    return tuple(Finding(name, limit, came) for name, limit, came in asked if limit is not None)


def _longest_back_s(figures: Figures) -> float | None:
    """The longest that anybody took to come back; None where one never did, or nobody had to."""
    if not figures.storms or any(storm.away for storm in figures.storms):
        return None
    return max((storm.back.longest_ms or 0.0) / 1000 for storm in figures.storms)


def is_too_late(figures: Figures, limits: Limits) -> bool:
    """Whether this program was so late itself that its times say little of the server."""
    late_ms = figures.own_late_ms.p99_ms or 0.0
    bar_ms = limits.p99_ms if limits.p99_ms is not None else figures.delivery.p99_ms
    return bar_ms is not None and late_ms > bar_ms / 2

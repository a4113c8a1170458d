"""A run as text for people and as JSON for programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from server.load.judging import Figures, Finding, Limits, Spread, StormFigures, is_too_late


def as_json(figures: Figures, findings: Iterable[Finding]) -> dict[str, Any]:
    """Figures and limits; `kept` says whether all limits were."""
    held = [
        {"limit": each.name, "at_most": each.at_most, "came": each.came, "kept": each.is_kept}
        for each in findings
    ]
    return {**asdict(figures), "limits": held, "kept": all(each["kept"] for each in held)}


def as_text(figures: Figures, findings: Iterable[Finding], limits: Limits) -> str:
    return "\n".join(
        [*_figures(figures), "", *map(_finding, findings), *_warnings(figures, limits)]
    )


def _figures(figures: Figures) -> Iterator[str]:
    per_s = figures.deliveries / figures.speaking_s if figures.speaking_s else 0.0
    yield _row("viewers", f"{figures.there} of {figures.viewers} there at the end")
    yield _row("arrived", _spread(figures.arrived))
    yield _row("deliveries", f"{figures.deliveries:,}, {per_s:,.0f} a second of speaking")
    yield _row("delivery", _spread(figures.delivery))
    refused = sum(figures.refused.values())
    yield _row(
        "posts",
        f"{figures.asked} asked, {figures.done} done, {refused} refused{_counts(figures.refused)}, "
        f"{figures.waiting} without an answer",
    )
    yield _row("answers", _spread(figures.answered))
    for number, storm in enumerate(figures.storms, 1):
        yield _row(f"storm {number}", _storm(storm))
    if figures.modes:
        yield _row("came back by", _counts(figures.modes).strip(" ()"))
    if figures.frozen:
        yield _row("frozen", f"{figures.frozen} stopped reading for {figures.speaking_s:.0f} s")
    yield _row(
        "faults",
        f"{figures.lost} lost, {figures.doubled} doubled, {figures.gaps} out of order",
    )
    if figures.closes:
        yield _row("closed with", _counts(figures.closes).strip(" ()"))
    if figures.denied:
        yield _row("denied", _counts(figures.denied).strip(" ()"))
    yield _row("this program", _own(figures))
    for fault in figures.faults:
        yield _row("heard", fault)


def _row(name: str, words: str) -> str:
    return f"  {name:<14}{words}"


def _spread(spread: Spread) -> str:
    if not spread.count:
        return "nothing measured"
    return f"p50 {spread.p50_ms} ms, p99 {spread.p99_ms} ms, longest {spread.longest_ms} ms"


def _storm(storm: StormFigures) -> str:
    back = storm.dropped - storm.away
    return f"{back} of {storm.dropped} back; {_spread(storm.back)}"


def _counts(counts: Mapping[Any, int]) -> str:
    told = ", ".join(f"{count} {name}" for name, count in sorted(counts.items(), key=str))
    return f" ({told})" if told else ""


def _own(figures: Figures) -> str:
    within = figures.clock_within_ms
    clock = "no clock of the server" if within is None else f"times of delivery ± {within} ms"
    return f"late by p99 {figures.own_late_ms.p99_ms} ms, {figures.own_cores} processors; {clock}"


def _finding(finding: Finding) -> str:
    came = "nothing was measured" if finding.came is None else f"came {finding.came:g}"
    kept = "kept  " if finding.is_kept else "BROKEN"
    return f"  {kept}  {finding.name}: expected at most {finding.at_most:g}; {came}"


def _warnings(figures: Figures, limits: Limits) -> Iterator[str]:
    if is_too_late(figures, limits):
        yield ""
        yield "  This program was late itself: run it on another machine, or with fewer viewers."

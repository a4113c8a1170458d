"""`topmoede load`: the command, from its arguments to its exit status."""

from __future__ import annotations

import json
import resource
import sys
from dataclasses import dataclass
from pathlib import Path
from random import Random

import uvloop

from server.clock import Clock
from server.errors import Unusable
from server.load import descriptors, reporting
from server.load.crowd import Crowd, Plan
from server.load.entering import sign_in
from server.load.guests import Guest, cue_giver, read_demo, read_links, viewers
from server.load.hearing import Hearing
from server.load.judging import Ending, Figures, Limits, figures_of, judge
from server.load.line import Target, Way, target_of
from server.load.seat import Around, Seat
from server.load.tally import Tally

TOLD_FAULTS = 5


@dataclass(frozen=True, slots=True)
class Asked:
    """The command line. One of `links` and `demo` is given."""

    url: str
    plan: Plan
    limits: Limits
    links: Path | None = None
    demo: Path | None = None
    viewers: int | None = None
    json: Path | None = None
    seed: int = 1


def run_load(asked: Asked) -> int:
    """Loads a server; 0 when every limit was kept, 1 when one was broken.

    Raises:
        Unusable: when it cannot be tried.
    """
    target, plan = target_of(asked.url), asked.plan
    guests = _guests(asked)
    crowd = viewers(guests, asked.viewers)
    giver = cue_giver(guests) if plan.cue_every_s else None
    if plan.cue_every_s and giver is None:
        raise Unusable("expected a moderator's link, for cues; came none")
    if plan.frozen >= len(crowd):
        raise Unusable(f"expected fewer than {len(crowd)} frozen viewers; came {plan.frozen}")
    _tell(f"{len(crowd)} viewers to {target.base}; " + _allowed(len(crowd)))
    figures = uvloop.run(_play(asked, target, crowd, giver))
    findings = judge(figures, asked.limits)
    print(reporting.as_text(figures, findings, asked.limits))
    if asked.json is not None:
        text = json.dumps(reporting.as_json(figures, findings), indent=2, ensure_ascii=False)
        asked.json.write_text(text + "\n", "utf-8")
    return 0 if all(finding.is_kept for finding in findings) else 1


def _guests(asked: Asked) -> tuple[Guest, ...]:
    file = asked.links or asked.demo
    if file is None:
        raise Unusable("expected --links FILE.csv or --demo LINKS.json; came neither")
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Unusable(f"expected a file of links at {file}; {error}") from error
    return read_links(text) if asked.links else read_demo(text)


def _allowed(viewers: int) -> str:
    return descriptors.raised(descriptors.needed(viewers))


async def _play(
    asked: Asked, target: Target, crowd: tuple[Guest, ...], giver: Guest | None
) -> Figures:
    tally, plan = Tally(), asked.plan
    cookies = await sign_in(target, [*crowd, *((giver,) if giver else ())])
    around = Around(
        await Way.to(target),
        target.authority,
        Clock(),
        tally,
        Hearing(tally.see),
        Random(asked.seed),
    )
    frozen = {number * len(crowd) // plan.frozen for number in range(plan.frozen)}
    seats = [
        Seat(guest, cookie, around, freezes=number in frozen)
        for number, (guest, cookie) in enumerate(zip(crowd, cookies, strict=False))
    ]
    given = Seat(giver, cookies[-1], around) if giver else None
    playing = Crowd(plan, around, seats, given, _tell)
    begun, used = around.clock.monotonic(), _cpu_s()
    await playing.play()
    took_s = around.clock.monotonic() - begun
    known_ms = around.skew.known_within_s * 1000
    return figures_of(
        tally,
        Ending(
            viewers=len(crowd),
            there=playing.there,
            missing=playing.missing(),
            waiting=playing.waiting(),
            frozen=plan.frozen,
            speaking_s=playing.speaking_s,
            clock_within_ms=round(known_ms, 1) if around.skew.between_s is not None else None,
            own_cores=(_cpu_s() - used) / max(took_s, 0.001),
            faults=tuple(sorted(around.faults)[:TOLD_FAULTS]),
        ),
    )


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)

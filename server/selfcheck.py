"""`topmoede check`: is this installation ready for a day? One line each, and what to do.

It may be run before the server is started and while it runs; it changes nothing. The exit status is
1 when anything was found that the day cannot live with.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import asdict
from pathlib import Path

from server import machine, readiness, wire
from server.clock import Clock
from server.findings import Finding
from server.office import settings_of
from server.settings import Settings

MARKS = {"ok": "ok   ", "note": "note ", "fault": "FAULT"}


def check(settings_file: Path | None, *, as_json: bool) -> int:
    """Looks at everything and prints what was found; returns the exit status."""
    settings = settings_of(settings_file)

    async def run() -> list[Finding]:
        found: list[Finding] = []
        async for finding in findings(settings):
            found.append(finding)
            if not as_json:
                print(line_of(finding), flush=True)
        return found

    found = asyncio.run(run())
    states = [finding.state for finding in found]
    if as_json:
        print(wire.to_json([asdict(finding) for finding in found]).decode())
    else:
        print(
            f"{states.count('fault')} faults, {states.count('note')} notes, {len(found)} looked at"
        )
    return 1 if "fault" in states else 0


def line_of(finding: Finding) -> str:
    """A finding as it is printed; the advice on a line of its own."""
    said = f"{MARKS[finding.state]}  {finding.name}: {finding.said}"
    return said + (f"\n         -> {finding.advice}" if finding.advice else "")


async def findings(settings: Settings) -> AsyncIterator[Finding]:
    """Everything that is looked at, each as soon as it was found."""
    programme, about_programme = readiness.programme_of(settings)
    for finding in readiness.settings_safe(settings):
        yield finding
    yield about_programme
    for finding in await readiness.people_registered(settings):
        yield finding
    for finding in await readiness.redis_answers(settings):
        yield finding
    yield machine.durable(settings, Clock())
    yield machine.space(settings, readiness.day_s(programme))
    yield readiness.index_readable(settings)
    for finding in readiness.films_ready(settings, programme):
        yield finding
    for finding in readiness.sources_keyed(settings, programme):
        yield finding
    yield machine.http_port(settings)
    yield machine.udp_port(settings)
    yield await machine.clock_set()
    for finding in await machine.public_address(settings):
        yield finding
    for finding in await machine.ice_servers(settings):
        yield finding
    for finding in (*machine.helpers(), machine.codecs(), machine.fonts()):
        yield finding
    for finding in readiness.help_named(settings):
        yield finding

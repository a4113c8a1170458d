"""What `topmoede load` can be asked."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

PLAN = {
    "for-s": (float, "how long there is chat (30)"),
    "arrive-per-s": (float, "lines opened a second (100)"),
    "chat-per-s": (float, "messages a second, all rooms together (2); they stay in the rooms"),
    "writers": (float, "the share of the rooms' people who write (0.2)"),
    "cue-every-s": (float, "announcements by the file's moderator, whose link is used up (none)"),
    "frozen": (int, "how many stop reading meanwhile (0)"),
    "storms": (int, "how often all others drop their line at once and come back (0)"),
    "settle-s": (float, "how long the last is waited for (30)"),
}
LIMITS = {
    "p99-ms": (float, "delivery of all but one in a hundred"),
    "ack-p99-ms": (float, "answers to all but one in a hundred"),
    "back-within-s": (float, "everybody whole again after a storm"),
    "lost": (int, "events and posts that never came (0)"),
    "doubled": (int, "events and posts that came twice (0)"),
    "gaps": (int, "events out of order (0)"),
    "missing": (int, "viewers who are not there at the end (0)"),
    "unanswered": (int, "posts without an answer (0)"),
    "reloads": (int, "logs that began anew when a viewer came back"),
    "refused": (int, "posts that were refused"),
}
LEAST = {"arrive-per-s": 0.1}
MOST = {"writers": 1.0}


def add_load(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("url", help="the server; nothing is sent anywhere else")
    who = parser.add_mutually_exclusive_group(required=True)
    who.add_argument("--links", type=Path, metavar="FILE", help="as `people import` writes it")
    who.add_argument("--demo", type=Path, metavar="FILE", help="as `demo --links` writes it")
    parser.add_argument("--viewers", type=int, metavar="N", help="otherwise everybody once")
    parser.add_argument("--json", type=Path, metavar="FILE", help="the figures as JSON")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="who writes when")
    plan = parser.add_argument_group("what happens")
    limits = parser.add_argument_group("limits, one of which broken makes the exit status 1")
    for group, table in ((plan, PLAN), (limits, LIMITS)):
        for name, (kind, words) in table.items():
            read = _number(kind, LEAST.get(name, 0.0), MOST.get(name, 1e9))
            group.add_argument(f"--{name}", type=read, metavar="N", help=words)
    parser.set_defaults(run=_run)


def _run(asked: argparse.Namespace) -> int:
    from server.load.crowd import Plan
    from server.load.judging import Limits
    from server.load.running import Asked, run_load

    return run_load(
        Asked(
            asked.url,
            Plan(**_given(asked, PLAN)),
            Limits(**_given(asked, LIMITS)),
            links=asked.links,
            demo=asked.demo,
            viewers=asked.viewers,
            json=asked.json,
            seed=asked.seed,
        )
    )


def _given(asked: argparse.Namespace, names: Iterable[str]) -> dict[str, Any]:
    """What was said on the command line; the rest has its default where it is used."""
    fields = (name.replace("-", "_") for name in names)
    return {name: value for name in fields if (value := getattr(asked, name)) is not None}


def _number(kind: Callable[[str], float], least: float, most: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        try:
            number = kind(text)
        except ValueError:
            number = -1
        if least <= number <= most:
            return number
        raise argparse.ArgumentTypeError(
            f"expected a number from {least:g} to {most:g}; came {text!r}"
        )

    return read

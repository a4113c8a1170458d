"""What each pass reads, and two lanes for what lives by real time."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import partial
from itertools import chain, combinations
from pathlib import Path
from typing import Any

import pytest
from _pytest.mark.expression import Expression
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

# By itself Hypothesis fails an example that took a fifth of a second, and one that was slow to be
# made up: which is the machine's doing.
settings.register_profile("ours", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ours")

MARK = re.compile(r"pytest\.mark\.(\w+)")


class Lanes(LoadScopeScheduling):  # type: ignore[misc]
    """One browser at a time, and beside it one line without.

    Each lane is one scope, so that one worker runs all of it, one by one.
    """

    def _split_scope(self, nodeid: str) -> str:
        return "screen" if nodeid.startswith("tests/browser/") else "line"


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Lanes | None:
    return Lanes(config, log) if config.getvalue("dist") == "loadgroup" else None


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """A file that names no mark which a pass asks for is not read by it.

    To read them all takes each worker seven seconds, and a run has four passes.
    """
    wanted = config.option.markexpr
    if not wanted or not collection_path.name.startswith("test_"):
        return None
    named = set(MARK.findall(collection_path.read_text("utf-8")))
    each_test = chain.from_iterable(combinations(named, count) for count in range(len(named) + 1))
    expression = Expression.compile(wanted)
    return None if any(expression.evaluate(partial(_is_in, has)) for has in each_test) else True


def _is_in(marks: Collection[str], name: str, /, **_: Any) -> bool:
    return name in marks

"""Two lanes for what lives by real time: one browser at a time, and beside it one line without."""

from __future__ import annotations

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling


class Lanes(LoadScopeScheduling):  # type: ignore[misc]
    """Each lane is one scope, so that one worker runs all of it, one by one."""

    def _split_scope(self, nodeid: str) -> str:
        return "screen" if nodeid.startswith("tests/browser/") else "line"


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Lanes | None:
    return Lanes(config, log) if config.getvalue("dist") == "loadgroup" else None

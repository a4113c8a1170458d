"""A simulated crowd on a whole server: what `topmoede load` says of it, and when it says no."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.running_demo import Demo, a_demo
from tests.journeys.warm_start import ran

pytestmark = pytest.mark.whole

CROWD = (
    "--viewers", "60", "--for-s", "2", "--arrive-per-s", "200", "--chat-per-s", "8",
    "--cue-every-s", "1", "--frozen", "2", "--storms", "1", "--settle-s", "20",
)  # fmt: skip


async def load(demo: Demo, out: Path, *arguments: str) -> tuple[int, str, dict[str, Any]]:
    """The exit status, what was printed, and the figures."""
    links = demo.folder / "links.json"
    told = ("load", demo.base, "--demo", str(links), "--json", str(out), *arguments)
    status, said = await ran(told, os.environ)
    return status, said, read(out)


def read(out: Path) -> dict[str, Any]:
    figures: dict[str, Any] = json.loads(out.read_text()) if out.exists() else {}
    return figures


async def test_crowd_is_served_through_a_storm_and_a_broken_limit_is_told(tmp_path: Path) -> None:
    programme = ("--programme", "schedule/topmoede_2021.toml", "--at", "14.31")
    async with a_demo(tmp_path, *programme) as demo:
        limits = ("--reloads", "0", "--back-within-s", "60", "--p99-ms", "60000")
        status, said, figures = await load(demo, tmp_path / "kept.json", *CROWD, *limits)
        assert status == 0, said
        few = ("--viewers", "4", "--for-s", "0.5", "--chat-per-s", "20", "--p99-ms", "0")
        status, broken, _ = await load(demo, tmp_path / "broken.json", *few)
        assert status == 1, broken
    assert "BROKEN  p99-ms: expected at most 0; came" in broken
    assert "needs 188 descriptors" in said
    assert "kept    back-within-s" in said
    assert figures["kept"] is True
    assert figures["viewers"] == figures["there"] == 60
    assert figures["lost"] == figures["doubled"] == figures["gaps"] == figures["reloads"] == 0
    assert figures["storms"][0]["dropped"] == 58
    assert figures["storms"][0]["away"] == 0
    assert figures["modes"].keys() <= {"live", "resume"}
    assert figures["frozen"] == 2
    assert figures["done"] + sum(figures["refused"].values()) == figures["asked"] > 10
    assert figures["delivery"]["count"] > 0
    assert demo.traces() == []


async def test_load_says_what_it_cannot_do_before_it_sends_anything(tmp_path: Path) -> None:
    nobody = Demo(tmp_path, 1, ())
    (tmp_path / "links.json").write_text('{"people": {}}')
    status, said, _ = await load(nobody, tmp_path / "out.json")
    assert status == 2
    assert "expected 1 to 0 viewers" in said

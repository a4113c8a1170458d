"""A moderator holds an input by hand: it is told, and outlives the server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.journeys.running_demo import Visitor, a_demo

pytestmark = pytest.mark.whole

SOURCE = "kl-huset"


async def told(visitor: Visitor, **said: object) -> dict[str, Any]:
    """What the topic `sources` says of the source, once it says this."""

    def wanted(frame: dict[str, Any]) -> bool:
        if frame["op"] != "state" or frame["topic"] != "sources":
            return False
        report: dict[str, Any] = frame["data"]["sources"].get(SOURCE, {})
        return all(report.get(key, "") == value for key, value in said.items())

    frame = await visitor.hear_that(wanted)
    found: dict[str, Any] = frame["data"]["sources"][SOURCE]
    return found


async def test_what_was_chosen_stands_after_the_server_was_killed(tmp_path: Path) -> None:
    async with a_demo(tmp_path) as demo:
        moderator = await demo.sign_in("moderator")
        joined, _ = await moderator.open("inputs", "sources")
        assert joined["snapshot"] == {"chosen": {}}
        said = await told(moderator, input="synthetic", chosen=None)
        states = {each["name"]: each["state"] for each in said["inputs"]}
        assert states == {"main": "absent", "synthetic": "active"}

        refused = await moderator.do("inputs", "choose_input", source=SOURCE, input="backup")
        assert (refused["op"], refused["code"]) == ("refused", "unknown_input")
        done = await moderator.do("inputs", "choose_input", source=SOURCE, input="main")
        assert done["op"] == "done"
        said = await told(moderator, input="synthetic", chosen="main")
        assert said["warnings"] == [
            {"code": "chosen_absent", "input": "main", "instead": "synthetic"}
        ]

        await demo.kill()
        await demo.start_again()
        again = await demo.sign_in("moderator")
        joined, _ = await again.open("inputs", "sources")
        assert joined["snapshot"]["chosen"][SOURCE]["input"] == "main"
        await told(again, input="synthetic", chosen="main")
        assert (await again.do("inputs", "release_input", source=SOURCE))["op"] == "done"
        await told(again, input="synthetic", chosen=None)
        assert demo.traces() == []

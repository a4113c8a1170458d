"""What the server says of an input before it may be chosen."""

from __future__ import annotations

from typing import Any

import pytest

from server import wire
from server.access.actor import Actor
from server.input_delays import InputDelays
from streams.errors import Refused
from streams.inputs import ChooseInput, ChooseTimed
from tests.server.test_house import DAY, a_house

MODERATOR = Actor("mo", "Mo", "moderator")
REPORT = {
    "inputs": [
        {"name": "main", "state": "active", "behind_s": 0.0},
        {"name": "backup", "state": "standby", "behind_s": 3.2},
        {"name": "synthetic", "state": "absent"},
    ]
}
FRAME = wire.state_frame("sources", {"sources": {"kl-huset": REPORT}})
BACKUP = {"source": "kl-huset", "input": "backup"}


def timed(data: dict[str, Any], frame: bytes | None = FRAME, topic: str = "inputs") -> Any:
    return InputDelays(lambda: frame).time(topic, "choose_input", data)


def test_a_choice_goes_on_with_how_far_its_input_lies_behind() -> None:
    assert timed(BACKUP) == ChooseTimed(ChooseInput("kl-huset", "backup"), 3.2)


@pytest.mark.parametrize("frame", [None, b"", wire.state_frame("sources", {"sources": {}})])
def test_where_nothing_is_told_it_goes_on_as_it_came(frame: bytes | None) -> None:
    assert timed(BACKUP, frame) is None


@pytest.mark.parametrize("input", ["synthetic", "another"])
def test_an_input_of_which_nothing_is_told_goes_on_as_it_came(input: str) -> None:
    assert timed({"source": "kl-huset", "input": input}) is None


def test_other_topics_commands_and_bad_data_go_on_as_they_came() -> None:
    assert timed(BACKUP, topic="show") is None
    assert timed({"source": "kl-huset"}) is None
    assert InputDelays(lambda: FRAME).time("inputs", "release_input", {"source": "x"}) is None


async def test_whoever_chooses_one_that_is_too_late_is_told_so_and_nothing_is_held() -> None:
    async with a_house() as (house, _):
        source = next(item.source for item in DAY.items if item.source)
        house.board.set_state("sources", {"sources": {source: REPORT}})
        with pytest.raises(Refused) as refused:
            await house.board.do(
                MODERATOR, "c1", "inputs", "choose_input", {"source": source, "input": "backup"}
            )
        assert refused.value.code == "input_too_late"
        await house.board.open("inputs")
        assert wire.from_json(house.board.snapshot("inputs")) == {"chosen": {}}

"""What a host has ordered in the conversation holds beside it, and one person has one pace."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest
from pycrdt import Doc, Text

from server import holding_back
from server.access.actor import Actor
from server.allowances import Allowances
from server.errors import Refusal
from server.holding_back import PER_S
from tests.server.test_doors import ANNA, BO, HANNE, HENRIK, IDA, ROOM, Town, a_town_with_people

BURST = 30
NOTES, PROPOSALS = "notes:aalborg", "proposals:aalborg"


def typed(text: str) -> dict[str, str]:
    document: Doc[Any] = Doc()
    document["notes"] = Text(text)
    return {"update": base64.b64encode(document.get_update()).decode()}


BESIDE: dict[str, Callable[[Town, Actor, str], Any]] = {
    "notes": lambda town, by, text: town.do(by, NOTES, "change_notes", **typed(text)),
    "proposals": lambda town, by, text: town.do(by, PROPOSALS, "propose", text=text),
}


@pytest.mark.parametrize("place", BESIDE)
async def test_a_time_out_and_a_closed_room_hold_beside_the_conversation(place: str) -> None:
    write = BESIDE[place]
    async with a_town_with_people() as town:
        assert await town.do(ANNA, ROOM, "post_message", text="Hej") == ""
        assert await town.do(HANNE, ROOM, "mute_person", person="anna") == ""
        assert await write(town, ANNA, "Grimt") == "muted"
        assert await write(town, BO, "Pænt") == ""
        assert await town.do(HANNE, ROOM, "unmute_person", person="anna") == ""
        assert await write(town, ANNA, "Igen") == ""
        assert await town.do(HANNE, ROOM, "close_room") == ""
        assert await write(town, BO, "For sent") == "room_closed"
        assert await write(town, HENRIK, "Vært") == ""


async def test_what_a_host_reads_first_is_not_proposed_past_them() -> None:
    async with a_town_with_people() as town:
        words = {"words": ["idiot*"]}
        assert await town.do(HANNE, "room.host:aalborg", "set_word_list", **words) == ""
        assert await town.do(ANNA, PROPOSALS, "propose", text="1diøter og Ìdioter") == (
            "host_reads_first"
        )
        assert await town.do(ANNA, PROPOSALS, "propose", text="Hvad koster det?") == ""
        assert await town.do(HANNE, ROOM, "set_review", on=True) == ""
        assert await town.do(BO, PROPOSALS, "propose", text="Og hvornår?") == "host_reads_first"
        assert await town.do(HENRIK, PROPOSALS, "propose", text="Hvem?") == ""


async def test_what_was_accepted_before_the_time_out_keeps_its_answer() -> None:
    async with a_town_with_people() as town:
        assert await town.do(ANNA, ROOM, "post_message", text="Hej") == ""
        board, asked = town.house.board, typed("Mine ord")
        first = await board.do(ANNA, "n1", NOTES, "change_notes", asked)
        assert await town.do(HANNE, ROOM, "mute_person", person="anna") == ""
        assert await board.do(ANNA, "n1", NOTES, "change_notes", asked) == first


async def test_whoever_cannot_read_a_room_does_not_learn_that_it_is_closed() -> None:
    async with a_town_with_people() as town:
        await town.opens(ANNA)
        assert await town.do(HANNE, "room:aalborg.udvalg", "close_room") == ""
        for outside in (BO, IDA):
            code = await town.do(outside, "notes:aalborg.udvalg", "change_notes", **typed("?"))
            assert code == "not_found"


async def test_one_person_has_one_pace_over_all_lines_and_requests(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(holding_back, "BURST", BURST)
    async with a_town_with_people() as town:
        told = [await town.do(ANNA, ROOM, "fly") for _ in range(BURST + 1)]
        assert set(told[:BURST]) == {"unknown_command"}
        assert told[BURST] == "too_fast"
        assert await town.do(BO, ROOM, "fly") == "unknown_command"
        town.clock.advance(1 / PER_S)
        assert await town.do(ANNA, ROOM, "fly") == "unknown_command"


async def test_at_any_pace_what_was_accepted_is_answered_until_it_becomes_a_flood(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(holding_back, "BURST", BURST)
    async with a_town_with_people() as town:
        board, asked = town.house.board, {"text": "Hej"}
        first = await board.do(ANNA, "p1", ROOM, "post_message", asked)
        for _ in range(BURST):
            await town.do(ANNA, ROOM, "fly")
        assert await board.do(ANNA, "p1", ROOM, "post_message", asked) == first
        for _ in range(120):
            assert await town.do(ANNA, ROOM, "fly") == "too_fast"
        with pytest.raises(Exception, match="slower") as refused:
            await board.do(ANNA, "p1", ROOM, "post_message", asked)
        assert isinstance(refused.value, Refusal)
        assert refused.value.code == "too_fast"


def test_whoever_has_not_asked_for_longest_is_forgotten_first() -> None:
    allowances = Allowances(lambda: 0.0, per_s=1.0, burst=1, most=2)
    assert [allowances.of(one).take(0.0) > 0 for one in ("a", "b", "a", "c")] == [
        *(False, False, True, False)
    ]
    assert [allowances.of(one).take(0.0) > 0 for one in ("a", "b")] == [True, False]

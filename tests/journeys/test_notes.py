"""What the notes have taken is there after a kill, and nobody else reads it."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path

import pytest

from chat.notes import noting
from tests.chat.meeting import Pen
from tests.journeys.running_demo import Demo, Visitor, a_demo

pytestmark = pytest.mark.whole

NOTES = "notes:aalborg"
WRITERS = ("aalborg", "aalborg-host", "staff")
ROUNDS = 1
PAUSE_S = 0.02


async def until_killed(visitor: Visitor, pen: Pen, letter: str, taken: list[str]) -> None:
    """Writes, each change after the one before was taken; `taken` is what was acknowledged."""
    for number in itertools.count():
        word = f"{letter}{number};"
        answer = await visitor.do(NOTES, "change_notes", update=pen.write(word).update)
        if answer["op"] != "done":
            raise AssertionError(answer)
        taken.append(word)
        await asyncio.sleep(PAUSE_S)  # as many a second as a page would send, and no more


async def test_nothing_that_was_taken_is_lost_when_everything_is_killed(tmp_path: Path) -> None:
    async with a_demo(tmp_path, "--at", "09.11") as demo:
        taken: list[str] = []
        for number in range(ROUNDS):
            await a_life(demo, number, taken)
            await demo.start_again()
        text = await the_text(demo)
        assert taken
        assert [word for word in taken if word not in text] == []
        assert demo.traces() == []


async def a_life(demo: Demo, number: int, taken: list[str]) -> None:
    before = len(taken)
    writing = []
    for place, key in enumerate(WRITERS):
        visitor = await demo.sign_in(key)
        await visitor.open(NOTES)
        pen, letter = Pen(100 * number + place + 1), f"{'abc'[place]}{number}."
        writing.append(asyncio.create_task(until_killed(visitor, pen, letter, taken)))
    async with asyncio.timeout(120):
        while len(taken) < before + noting.PACK_AFTER + 5:
            done, _ = await asyncio.wait(writing, timeout=0.05)
            assert not done, [task.exception() for task in done]
    await demo.kill()
    ends = await asyncio.gather(*writing, return_exceptions=True)
    assert not [end for end in ends if isinstance(end, AssertionError)]


async def the_text(demo: Demo) -> str:
    """As the document has it, which is as somebody reads it who joins now."""
    visitor = await demo.sign_in("aalborg")
    joined = next(frame for frame in await visitor.open(NOTES) if frame["op"] == "joined")
    text = noting.text_of(noting.restore(joined["snapshot"]))
    document = (await visitor.http.get("/api/rooms/aalborg/notes")).text
    assert document.endswith(f"{text}\n")
    return text

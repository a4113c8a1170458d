"""Votes in a real server that is killed while they come in: each person's last one counts, once."""

from __future__ import annotations

import asyncio
import contextlib
import random
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from tests.journeys.running_demo import Visitor, a_demo

pytestmark = [pytest.mark.alone, pytest.mark.long]

VOTERS = ("aalborg", "aalborg-host", "aarhus", "committee", "staff", "individual")
KILLS = 3


async def test_votes_are_exact_after_kills(tmp_path: Path) -> None:
    chance = random.Random(KILLS)
    async with a_demo(tmp_path) as demo:
        moderator = await demo.sign_in("moderator")
        voters = [await demo.sign_in(key) for key in VOTERS]
        await moderator.open("polls", "polls.desk")
        asked = {"question": "Kaffe eller te?", "options": ["Kaffe", "Te", "Vand"]}
        assert (await moderator.do("polls.desk", "draft_poll", **asked))["op"] == "done"
        assert (await moderator.do("polls.desk", "open_poll", draft="d1"))["op"] == "done"

        last: dict[str, int] = {}
        for number in range(KILLS):
            for voter in voters:
                await voter.open("polls")
            ballots = {voter.key: chance.randrange(3) for voter in voters}
            votes = [
                asyncio.create_task(vote(voter, number, ballots[voter.key])) for voter in voters
            ]
            await asyncio.wait(votes, return_when=asyncio.FIRST_COMPLETED)
            await demo.kill()  # one ballot is stored; the others may be under way
            answered = await asyncio.gather(*votes)
            await demo.start_again()
            for voter in voters:
                await voter.open("polls")
                again = await vote(voter, number, ballots[voter.key])
                assert again is not None
                assert again["op"] == "done", again
                assert answered[voters.index(voter)] in (None, again)
            last = ballots

        _, _, unread = await moderator.open("polls", "polls.desk", "polls.ballots")
        assert unread == {"op": "denied", "topic": "polls.ballots", "code": "not_found"}
        assert (await moderator.do("polls.desk", "show_results", poll="p1"))["op"] == "done"
        shown = await moderator.hear_event("polls", "results_shown")
        counts = [list(last.values()).count(place) for place in range(3)]
        assert shown["data"] == {"poll": "p1", "ballots": len(VOTERS), "counts": counts}
        assert demo.traces() == []


async def vote(voter: Visitor, number: int, choice: int) -> dict[str, Any] | None:
    """Votes under the round's own id; returns the answer, None when the line was lost first."""
    id = f"{voter.key}-round-{number}"
    data = {"poll": "p1", "choices": [choice]}
    with contextlib.suppress(ConnectionClosed):
        await voter.say(
            {"op": "do", "id": id, "topic": "polls", "name": "cast_ballot", "data": data}
        )
        return dict(await voter.hear_that(lambda frame: frame.get("id") == id))
    return None

"""Two municipalities, one committee window, one moderator: the day as its people meet it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.journeys.running_demo import a_demo

pytestmark = pytest.mark.whole


async def test_two_municipalities_talk_apart_and_ask_in_the_same_window(tmp_path: Path) -> None:
    async with a_demo(
        tmp_path, "--programme", "schedule/topmoede_2021.toml", "--at", "14.31"
    ) as demo:
        mette, soren = await demo.sign_in("aalborg"), await demo.sign_in("aarhus")
        answerer = await demo.sign_in("committee")
        joined = await mette.open("show", "room:aalborg", "committee", "room:aarhus")
        assert [frame["op"] for frame in joined] == ["joined", "joined", "joined", "denied"]
        assert joined[3]["code"] == "not_found"
        if joined[2]["snapshot"]["window"]["state"] != "open":
            await mette.hear_event("committee", "window_opened")
        await soren.open("room:aarhus", "committee")
        await answerer.open("committee", "committee.desk")

        assert (await mette.do("room:aalborg", "post_message", text="Kun os i Aalborg"))[
            "op"
        ] == "done"
        heard = await mette.hear_event("room:aalborg", "message_posted")
        assert heard["data"]["author"]["name"] == "Mette Nørgaard"

        asked = await mette.do("committee", "ask_question", text="Hvad med normeringerne?")
        assert asked["op"] == "done", asked
        question = (await soren.hear_event("committee", "question_asked"))["data"]["question"]
        assert (await soren.do("committee", "vote", question=question))["op"] == "done"
        assert (await answerer.do("committee.desk", "claim", question=question))["op"] == "done"
        answer = await answerer.do(
            "committee.desk", "answer", question=question, text="De skal op."
        )
        assert answer["op"] == "done"
        for each in (mette, soren):
            told = await each.hear_event("committee", "question_answered")
            assert "De skal op." in str(told["data"])
        assert not any("Kun os i Aalborg" in text for text in soren.raw + answerer.raw)


async def test_a_moderator_drives_the_day_and_stale_cues_are_refused(tmp_path: Path) -> None:
    async with a_demo(
        tmp_path, "--programme", "schedule/topmoede_2021.toml", "--at", "09.16"
    ) as demo:
        ida, mette = await demo.sign_in("moderator"), await demo.sign_in("aalborg")
        (shown,) = await ida.open("show")
        await mette.open("show")
        if shown["snapshot"]["now"] is None:
            await ida.hear_event("show", "item_started")
        assert (await mette.do("show", "next", after="02"))["code"] == "not_found"
        assert (await ida.do("show", "next", after="01"))["code"] == "stale"
        assert (await ida.do("show", "take", item="absent", after="02"))["op"] == "refused"
        assert (await ida.do("show", "next", after="02"))["op"] == "done"
        started = await mette.hear_that(
            lambda f: f.get("name") == "item_started" and f["data"]["item"] == "03"
        )
        assert started["data"]["title"] == "Sammenhænge i indsatser, økonomi og data"
        assert (await ida.do("show", "next", after="02"))["code"] == "stale"

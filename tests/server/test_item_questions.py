from __future__ import annotations

from datetime import timedelta
from typing import Any

from schedule.commands import SetMode, Take
from server.clock import ShowMap
from server.item_questions import questions_of, without_names
from tests.schedule.days import Driver, at

LATER = timedelta(hours=100)
AS_SHOWN = ShowMap(at("09.00") + LATER, at("09.00"))
"""The wall is a hundred hours ahead of the show."""


def a_question(id: str, item: str, said: str | None = None, **fields: Any) -> dict[str, Any]:
    answer: dict[str, Any] = {"author": {"id": "t", "name": "Thomas"}, "on_air": said is not None}
    if said is not None:
        answer["said_at"] = (at(said) + LATER).isoformat()
    return {"id": id, "item": item, "text": f"{id}?", "answer": answer} | fields


def found(item: str, *questions: dict[str, Any], show_map: ShowMap = AS_SHOWN) -> dict[str, Any]:
    driver = Driver()
    driver.do(SetMode("manual"))
    driver.now = at("09.00")
    driver.do(Take("a", None))
    driver.now = at("09.12")
    driver.do(Take("b", "a"))
    entry = driver.show.find(item)
    assert entry is not None
    told = questions_of(entry, driver.show, questions, show_map)
    return {one["id"]: one.get("at_s") for one in told}


def test_an_item_has_its_own_questions_and_its_window_s() -> None:
    asked = (a_question("own", "a"), a_question("window", "w"), a_question("other", "b"))
    assert found("a", *asked) == {"own": None}
    assert found("p", *asked) == {"window": None}
    assert found("w", *asked) == {"window": None}


def test_what_was_answered_aloud_belongs_to_what_was_on_then_at_its_time() -> None:
    asked = (a_question("q", "w", "09.05"), a_question("r", "w", "09.12.30"))
    assert found("a", *asked) == {"q": 300.0}
    assert found("b", *asked) == {"r": 30.0}


def test_a_recording_of_a_show_that_runs_faster_is_shorter() -> None:
    fast = ShowMap(at("09.00") + LATER, at("09.00"), speed=10.0)
    said = (at("09.00") + LATER + timedelta(seconds=12)).isoformat()
    question = a_question("q", "w", "09.05")
    question["answer"]["said_at"] = said
    assert found("a", question, show_map=fast) == {"q": 12.0}


def test_what_has_no_answer_is_left_out() -> None:
    assert found("a", {"id": "q", "item": "a", "text": "q?"}) == {}


def test_strangers_are_not_told_who_asked() -> None:
    told = without_names(a_question("q", "a", author={"id": "m", "name": "Mette"}))
    assert "author" not in told
    assert told["answer"]["author"]["name"] == "Thomas"

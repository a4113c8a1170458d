"""What a simulated page makes of what it hears."""

from __future__ import annotations

from typing import Any

import orjson

from server.load.page import Page, Step, heads_of


def joined(seq: int, head: int | None = None, mode: str = "snapshot") -> dict[str, Any]:
    head = seq if head is None else head
    return {
        "op": "joined",
        "topic": "show",
        "epoch": "a1",
        "mode": mode,
        "seq": seq,
        "head": head,
    }


def a_page(seq: int = 3) -> Page:
    page = Page(("show",))
    page.receive_joined(joined(seq))
    return page


def test_first_hello_has_no_positions_and_the_next_goes_on_from_them() -> None:
    page = Page(("show", "choice"))
    assert not page.has_been_in("show")
    assert orjson.loads(page.hello_to_send())["topics"] == [{"topic": "show"}, {"topic": "choice"}]
    page.receive_joined(joined(3))
    page.receive_event("show", 4)
    page.receive_end()
    assert page.has_been_in("show")
    assert not page.has_been_in("choice")
    assert orjson.loads(page.hello_to_send())["topics"][0] == {
        "topic": "show",
        "epoch": "a1",
        "seq": 4,
    }


def test_next_event_moves_the_page_on() -> None:
    page = a_page()
    assert [page.receive_event("show", seq) for seq in (4, 5)] == [Step.NEXT, Step.NEXT]
    assert page.places["show"].seq == 5


def test_event_that_comes_again_is_a_double() -> None:
    page = a_page()
    page.receive_event("show", 4)
    assert [page.receive_event("show", seq) for seq in (4, 2)] == [Step.DOUBLED, Step.DOUBLED]
    assert page.places["show"].seq == 4


def test_gap_is_told_once_and_mended_from_where_the_page_stands() -> None:
    page = a_page()
    assert [page.receive_event("show", seq) for seq in (6, 7)] == [Step.GAP, Step.PASSED]
    assert orjson.loads(page.join_to_send("show"))["seq"] == 3
    page.receive_joined(joined(3, 7, "resume"))
    assert [page.receive_event("show", seq) for seq in (4, 5, 6, 7)] == [Step.LATE] * 4
    assert page.receive_event("show", 8) is Step.NEXT


def test_event_of_a_topic_that_this_line_has_not_joined_was_not_asked_for() -> None:
    page = a_page()
    assert page.receive_event("room:aarhus", 4) is Step.UNASKED
    page.receive_end()
    assert page.receive_event("show", 4) is Step.UNASKED


def test_answer_that_moves_a_page_past_events_it_was_not_sent_is_a_jump() -> None:
    page = a_page()
    page.receive_end()
    assert page.receive_joined(joined(5, 5, "live")) == "jumped"
    assert page.receive_joined(joined(9)) == "snapshot"


def test_page_is_whole_when_all_is_joined_and_what_was_missed_has_come() -> None:
    page = Page(("show", "choice"))
    choice = {"op": "joined", "topic": "choice", "mode": "state"}

    def whole_after(frame: dict[str, Any]) -> bool:
        page.receive_joined(frame)
        return page.is_whole

    assert [whole_after(frame) for frame in (joined(3), choice)] == [False, True]
    page.receive_end()
    assert [whole_after(frame) for frame in (joined(3, 4, "resume"), choice)] == [False, False]
    assert page.receive_event("show", 4) is Step.LATE
    assert page.is_whole


def test_denied_topic_is_not_waited_for_nor_asked_for_again() -> None:
    page = Page(("show", "choice"))
    page.receive_joined(joined(3))
    page.receive_denied("choice")
    assert page.is_whole
    assert [each["topic"] for each in orjson.loads(page.hello_to_send())["topics"]] == ["show"]


def test_what_a_page_lacks_is_what_others_have_or_were_promised() -> None:
    behind, ahead, promised = a_page(3), a_page(3), a_page(3)
    for seq in (4, 5):
        ahead.receive_event("show", seq)
    promised.receive_joined(joined(3, 6, "resume"))
    pages = [behind, ahead, promised]
    assert heads_of(pages, {"show": 9, "choice": 1}) == {"show": 9, "choice": 1}
    heads = heads_of(pages, {"show": 1})
    assert heads == {"show": 6}
    assert [page.missing(heads) for page in (behind, ahead)] == [3, 1]


def test_post_without_an_answer_is_asked_again_and_measures_nothing_then() -> None:
    page = a_page()
    page.ask("1", b"one", 10.0)
    page.ask("2", b"two", 11.0)
    answered = page.receive_answer("1")
    assert answered is not None
    assert answered.asked_at == 10.0
    assert list(page.again_to_send()) == [b"two"]
    again = page.receive_answer("2")
    assert again is not None
    assert again.asked_at is None
    assert page.receive_answer("2") is None

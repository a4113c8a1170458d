from __future__ import annotations

import json

import pytest

from chat.conclusions import board, conclusions
from chat.conclusions.commands import (
    EditConclusion,
    HideConclusion,
    HideReply,
    PublishConclusion,
    ReplyToConclusion,
    WithdrawConclusion,
    WithdrawReply,
)
from chat.conclusions.events import ConclusionEdited, ConclusionHidden, ReplyHidden, ReplyPosted
from chat.helpdesk.events import OwnHelpAsked
from chat.people import author_of
from server import wire
from tests.chat.meeting import (
    AASE,
    ANNA,
    BO,
    HALF_PAST_TWO,
    HANNE,
    HENRIK,
    IDA,
    MADS,
    SECTORS,
    Meeting,
    Somebody,
    a_board,
    somebody,
)

SECRET = "Kanariefugl"


def shown(board: Meeting) -> list[dict[str, object]]:
    found: list[dict[str, object]] = board.snapshot("board")["conclusions"]
    return found


def stored(board: Meeting) -> str:
    return json.dumps([wire.data_of(one.event) for one in board.stored])


def test_a_hosts_conclusion_stands_in_the_name_of_the_municipality() -> None:
    (one,) = shown(a_board("Vi samler tilsynet"))
    assert (one["municipality"], one["theme"], one["text"]) == (
        "aalborg",
        "skole",
        "Vi samler tilsynet",
    )
    assert one["author"] == {"id": "hanne", "name": "Hanne Holm", "badge": "host"}


def test_a_host_without_a_municipality_has_nothing_to_publish_for() -> None:
    for municipality in (None, ""):
        nobody = Somebody("x", "X", "host", municipality)
        assert a_board().refuses(PublishConclusion("Hej"), nobody).code == "no_municipality"


def test_a_theme_is_one_of_the_programmes_or_none() -> None:
    board = a_board()
    refused = board.refuses(PublishConclusion("Hej", "sport"), HANNE)
    assert (refused.code, refused.facts) == ("unknown_theme", {"allowed": list(SECTORS)})
    board.do(PublishConclusion("Hej"), HANNE)
    assert board.refuses(EditConclusion("c1", "Hej", "sport"), HANNE).code == "unknown_theme"
    assert board.snapshot("board")["themes"] == list(SECTORS)


def test_any_host_of_the_municipality_edits_and_withdraws_and_nobody_elses_does() -> None:
    board = a_board("Et", "To")
    for command in (EditConclusion("c1", "Tre"), WithdrawConclusion("c1")):
        assert board.refuses(command, AASE).code == "not_yours"
    board.do(EditConclusion("c1", "Tre", "dagtilbud"), HENRIK)
    board.do(WithdrawConclusion("c2"), HENRIK)
    (one,) = shown(board)
    assert (one["text"], one["theme"], "edited" in one) == ("Tre", "dagtilbud", True)
    assert board.do(EditConclusion("c1", "Tre", "dagtilbud"), HANNE) == []


def test_a_municipality_has_four_at_a_time() -> None:
    board = a_board("Et", "To", "Tre", "Fire")
    refused = board.refuses(PublishConclusion("Fem"), HENRIK)
    assert (refused.code, refused.facts) == ("too_many_conclusions", {"most": 4})
    board.do(HideConclusion("c1"), MADS)
    board.do(PublishConclusion("Fem"), HENRIK)
    board.do(PublishConclusion("En anden kommunes"), AASE)


def test_everybody_replies_with_a_municipality_or_without() -> None:
    board = a_board("Vi samler tilsynet")
    board.do(ReplyToConclusion("c1", "Det gør vi også"), AASE)
    board.do(ReplyToConclusion("c1", "Hvad koster det?"), IDA)
    replies = shown(board)[0]["replies"]
    assert [(one["id"], one.get("municipality")) for one in replies] == [  # type: ignore[attr-defined]
        ("c1.r1", "aarhus"),
        ("c1.r2", None),
    ]


def test_a_reply_is_taken_back_by_its_author_alone() -> None:
    board = a_board("Et")
    board.do(ReplyToConclusion("c1", SECRET), BO)
    assert board.refuses(WithdrawReply("c1.r1"), HANNE).code == "not_yours"
    board.do(WithdrawReply("c1.r1"), BO)
    assert shown(board)[0]["replies"] == []
    assert SECRET not in stored(board)
    board.do(ReplyToConclusion("c1", "Igen"), BO)
    assert shown(board)[0]["replies"][0]["id"] == "c1.r2"  # type: ignore[index]


def test_what_a_moderator_hides_keeps_its_place_and_leaves_no_word() -> None:
    board = a_board(f"{SECRET} 1")
    board.do(EditConclusion("c1", f"{SECRET} 2"), HANNE)
    for by in (AASE, IDA):
        board.do(ReplyToConclusion("c1", f"{SECRET} 3"), by)
    board.do(HideReply("c1.r1"), MADS)
    hidden, standing = board.snapshot("board")["conclusions"][0]["replies"]
    assert (hidden["hidden"], "text" in hidden, "text" in standing) == (True, False, True)
    board.do(HideConclusion("c1"), MADS)
    (one,) = shown(board)
    assert one.keys() == {"id", "seq", "at", "municipality", "author", "hidden", "replies"}
    assert one["replies"] == []
    assert SECRET not in stored(board) + json.dumps(board.snapshots())


def test_a_withdrawn_conclusion_leaves_no_word_of_its_own_nor_of_its_replies() -> None:
    board = a_board(SECRET)
    board.do(ReplyToConclusion("c1", SECRET), AASE)
    board.do(WithdrawConclusion("c1"), HANNE)
    assert shown(board) == []
    assert SECRET not in stored(board)


@pytest.mark.parametrize("gone", [HideConclusion("c1"), WithdrawConclusion("c1")])
def test_nothing_is_done_to_what_does_not_stand(gone: object) -> None:
    board = a_board("Et")
    board.do(gone, HANNE)
    for command in (
        EditConclusion("c1", "To"),
        WithdrawConclusion("c1"),
        HideConclusion("c1"),
        ReplyToConclusion("c1", "Hej"),
    ):
        assert board.refuses(command, HANNE).code == "unknown_conclusion"


def test_a_hidden_reply_is_not_hidden_again_nor_taken_back() -> None:
    board = a_board("Et")
    board.do(ReplyToConclusion("c1", "Hej"), BO)
    board.do(HideReply("c1.r1"), MADS)
    assert board.refuses(HideReply("c1.r1"), MADS).code == "unknown_reply"
    assert board.refuses(WithdrawReply("c1.r1"), BO).code == "unknown_reply"


def test_replies_are_bounded_for_each_person_and_for_each_conclusion() -> None:
    board = a_board("Et")
    for _ in range(5):
        board.do(ReplyToConclusion("c1", "Hej"), ANNA, after_s=20)
    assert board.refuses(ReplyToConclusion("c1", "Hej"), ANNA, 20).code == "too_many_replies"
    for number in range(25):
        board.do(ReplyToConclusion("c1", "Hej"), somebody(number))
    assert board.refuses(ReplyToConclusion("c1", "Hej"), BO).code == "too_many_replies"


def test_who_writes_too_fast_waits() -> None:
    board = a_board("Et", "To")
    for number in range(5):
        board.do(ReplyToConclusion(f"c{1 + number % 2}", "Hej"), BO, after_s=1)
    refused = board.refuses(ReplyToConclusion("c1", "Hej"), BO, after_s=1)
    assert (refused.code, refused.facts) == ("too_fast", {"retry_ms": 55_000})
    host = a_board()
    for _ in range(5):
        host.do(PublishConclusion("Hej"), HANNE)
        host.do(WithdrawConclusion(f"c{host.state.published}"), HANNE)
    assert host.refuses(PublishConclusion("Hej"), HANNE).code == "too_fast"


def test_texts_are_tidied_and_bounded() -> None:
    board = a_board("Et")
    assert board.refuses(PublishConclusion("x" * 1501), HANNE).code == "text_too_long"
    assert board.refuses(ReplyToConclusion("c1", "x" * 601), BO).code == "text_too_long"
    assert board.refuses(EditConclusion("c1", " "), HANNE).code == "text_empty"


def test_the_board_comes_back_from_what_is_left() -> None:
    board = a_board("Et", "To", "Tre")
    board.do(EditConclusion("c1", "En"), HANNE)
    board.do(ReplyToConclusion("c1", "Hej"), BO)
    board.do(ReplyToConclusion("c3", "Hej"), BO)
    board.do(HideConclusion("c2"), MADS)
    board.do(WithdrawConclusion("c3"), HANNE)
    assert board.restarted(conclusions.initial(SECTORS)).state == board.state


def test_what_happens_to_a_conclusion_that_is_not_shown_changes_nothing() -> None:
    shown_, ida = board.Board(SECTORS), author_of(IDA)
    for event in (
        ConclusionEdited("c1", "Ny"),
        ConclusionHidden("c1"),
        ReplyPosted("c1", "c1.r1", ida, "Hej"),
        ReplyHidden("c1", "c1.r1"),
        OwnHelpAsked("ida", "ida.h1", "no_sound"),
    ):
        assert board.evolve(shown_, event, seq=1, at=HALF_PAST_TWO) == shown_


def test_a_conclusion_is_not_worded_anew_all_the_time_for_everybody_reads_it() -> None:
    board = a_board("Et", "To")
    board.do(EditConclusion("c1", "Et rettet"), HANNE)
    refused = board.refuses(EditConclusion("c1", "Et rettet igen"), HENRIK, after_s=1)
    assert (refused.code, refused.facts) == ("too_fast", {"retry_ms": 2_000})
    board.do(EditConclusion("c2", "To rettet"), HENRIK)
    board.do(EditConclusion("c1", "Et rettet igen"), HENRIK, after_s=2)

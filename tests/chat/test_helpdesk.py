from __future__ import annotations

from datetime import timedelta

import pytest

from chat.helpdesk import helpdesk, own, queue
from chat.helpdesk.commands import (
    AddToHelp,
    AnswerHelp,
    AskForHelp,
    ClearKnownFault,
    ReleaseHelp,
    SettleHelp,
    TakeHelp,
    TellKnownFault,
)
from chat.helpdesk.diagnosis import ERRORS_MOST, WORD_MOST, Diagnosis, cleaned
from chat.helpdesk.events import (
    HelpSettled,
    HelpTaken,
    OwnHelpAsked,
    OwnHelpSettled,
    OwnHelpTaken,
)
from chat.helpdesk.queue import OPEN_MOST, SETTLED_KEPT, in_order
from chat.helpdesk.thread import LINES_KEPT
from chat.people import author_of
from tests.chat.meeting import (
    ANNA,
    BO,
    HALF_PAST_TWO,
    IDA,
    KIM,
    MADS,
    SEEN,
    SIV,
    Meeting,
    a_helpdesk,
    no_sound,
    somebody,
)

HERS = "anna.h1"


def with_anna() -> Meeting:
    desk = a_helpdesk()
    desk.do(no_sound())
    return desk


def order(desk: Meeting) -> list[str]:
    return [one.id for one in in_order(desk.state.queue)]


def test_who_asks_sees_the_thread_and_the_crew_sees_the_diagnosis_too() -> None:
    desk = with_anna()

    (seen,) = desk.snapshot("help.desk")["requests"]
    own = desk.snapshot("person:anna")["help"]

    assert (seen["id"], seen["what"], seen["municipality"]) == (HERS, "no_sound", "aalborg")
    assert seen["diagnosis"] == {
        "page": "/watch",
        "browser": "Firefox 141",
        "sound": "muted",
        "behind": "4 s",
    }
    assert (own["id"], own["status"], "diagnosis" in own) == (HERS, "waiting", False)
    assert desk.snapshot("help") == {}


def test_an_answer_stands_in_the_thread_of_the_one_who_asked_and_of_nobody_else() -> None:
    desk = with_anna()
    desk.do(no_sound(), BO)
    desk.do(AnswerHelp(HERS, "Tryk på højttaleren"), MADS)

    lines = desk.snapshot("person:anna")["help"]["lines"]

    assert [(one["author"]["name"], one["text"]) for one in lines] == [
        ("Mads Nord", "Tryk på højttaleren")
    ]
    assert desk.snapshot("person:bo")["help"]["lines"] == []


def test_something_else_wants_a_line_of_text() -> None:
    desk = a_helpdesk()
    assert desk.refuses(AskForHelp("something_else", SEEN, " ")).code == "text_empty"
    assert desk.refuses(AskForHelp("something_else", SEEN)).code == "text_empty"
    assert desk.refuses(no_sound("x" * 601)).code == "text_too_long"


def test_a_person_has_at_most_one_open_thread() -> None:
    desk = with_anna()

    refused = desk.refuses(no_sound())
    assert (refused.code, refused.facts) == ("help_open", {"request": HERS})

    desk.do(SettleHelp(HERS), MADS)
    desk.do(no_sound())
    assert desk.snapshot("person:anna")["help"]["id"] == "anna.h2"


def test_a_line_needs_an_open_thread() -> None:
    desk = a_helpdesk()
    assert desk.refuses(AddToHelp("Hallo")).code == "no_open_help"


def test_what_the_asker_says_is_a_need_until_it_is_answered() -> None:
    desk = with_anna()
    desk.do(AnswerHelp(HERS, "Nu?"), MADS)
    assert "need" not in desk.snapshot("help.desk")["requests"][0]
    desk.do(AddToHelp("Nej"), after_s=60)
    assert desk.snapshot("help.desk")["requests"][0]["need"] == "2021-01-28T13:31:00Z"


def test_the_newest_need_comes_first_then_what_waits_for_the_asker_then_what_is_settled() -> None:
    desk = a_helpdesk()
    for number in range(5):
        desk.do(no_sound(), somebody(number), after_s=1)
    desk.do(SettleHelp("p4.h1"), MADS, after_s=1)
    desk.do(AnswerHelp("p3.h1", "Nu?"), MADS, after_s=1)
    desk.do(AddToHelp("Stadig ikke"), somebody(0), after_s=1)

    assert order(desk) == ["p0.h1", "p2.h1", "p1.h1", "p3.h1", "p4.h1"]


def test_what_a_colleague_has_taken_is_theirs_until_somebody_releases_it() -> None:
    desk = with_anna()
    desk.do(TakeHelp(HERS), MADS)
    assert desk.do(TakeHelp(HERS), MADS) == []

    for command in (TakeHelp(HERS), AnswerHelp(HERS, "Hej")):
        refused = desk.refuses(command, SIV)
        assert (refused.code, refused.facts) == ("taken_by_other", {"by": "Mads Nord"})

    desk.do(ReleaseHelp(HERS), SIV)
    assert desk.do(ReleaseHelp(HERS), SIV) == []
    desk.do(AnswerHelp(HERS, "Hej"), SIV)
    assert desk.snapshot("person:anna")["help"]["taken_by"] == {"id": "siv", "name": "Siv Olsen"}


@pytest.mark.parametrize("by", [ANNA, MADS, SIV])
def test_a_thread_is_settled_by_the_asker_or_the_crew(by: object) -> None:
    desk = with_anna()
    desk.do(SettleHelp(HERS), by)  # type: ignore[arg-type]
    assert desk.snapshot("person:anna")["help"]["status"] == "settled"
    for command in (SettleHelp(HERS), TakeHelp(HERS), AnswerHelp(HERS, "Hej"), ReleaseHelp(HERS)):
        assert desk.refuses(command, MADS).code == "help_settled"


@pytest.mark.parametrize("by", [BO, IDA, KIM])
def test_anothers_thread_is_for_everybody_else_as_if_there_were_none(by: object) -> None:
    desk = with_anna()
    there = desk.refuses(SettleHelp(HERS), by)  # type: ignore[arg-type]
    absent = desk.refuses(SettleHelp("anna.h9"), by)  # type: ignore[arg-type]
    assert there.code == absent.code == "unknown_request"
    assert there.detail.replace(HERS, "") == absent.detail.replace("anna.h9", "")


def test_who_writes_too_fast_waits() -> None:
    desk = with_anna()
    for _ in range(5):
        desk.do(AddToHelp("Hallo"), after_s=1)
    refused = desk.refuses(AddToHelp("Hallo"), after_s=1)
    assert (refused.code, refused.facts) == ("too_fast", {"retry_ms": 54_000})
    desk.do(AddToHelp("Hallo"), after_s=54)


def test_a_thread_keeps_its_last_lines() -> None:
    desk = with_anna()
    for number in range(LINES_KEPT + 1):
        desk.do(AnswerHelp(HERS, f"{number}"), MADS)
    for lines in (
        desk.snapshot("person:anna")["help"]["lines"],
        desk.snapshot("help.desk")["requests"][0]["lines"],
    ):
        assert [one["text"] for one in lines] == [f"{n}" for n in range(1, LINES_KEPT + 1)]


def test_the_queue_is_bounded_and_whoever_is_turned_away_is_told() -> None:
    desk = a_helpdesk()
    for number in range(OPEN_MOST):
        desk.do(no_sound(), somebody(number))
    assert desk.refuses(no_sound()).code == "help_full"
    desk.do(SettleHelp("p7.h1"), MADS)
    desk.do(no_sound())


def test_what_was_settled_first_goes_first_and_what_is_open_never_does() -> None:
    desk = with_anna()
    for number in range(SETTLED_KEPT + 1):
        desk.do(no_sound(), somebody(number), after_s=1)
    for number in reversed(range(SETTLED_KEPT + 1)):
        desk.do(SettleHelp(f"p{number}.h1"), MADS, after_s=1)
    ids = [one["id"] for one in desk.snapshot("help.desk")["requests"]]
    assert ids == [HERS, *(f"p{number}.h1" for number in range(SETTLED_KEPT))]


def test_everybody_is_told_what_is_known_to_be_wrong_until_it_is_mended() -> None:
    desk = a_helpdesk()
    desk.do(TellKnownFault("Lyden mangler"), MADS)
    assert desk.do(TellKnownFault("Lyden mangler"), SIV, after_s=5) == []
    assert desk.snapshot("help") == {
        "known": {"text": "Lyden mangler", "at": "2021-01-28T13:30:00Z"}
    }
    desk.do(ClearKnownFault(), SIV)
    assert desk.snapshot("help") == {}
    assert desk.do(ClearKnownFault(), SIV) == []
    assert desk.refuses(TellKnownFault(""), SIV).code == "text_empty"


def test_a_diagnosis_is_cut_and_cleaned_and_never_a_reason_to_refuse() -> None:
    odd = Diagnosis(
        page=" /watch\n",
        browser="x" * 5000,
        line="a\x00\x1b[31mb\u202ec",
        screen=" \u200b",
        errors="y" * 5000,
    )
    assert cleaned(odd) == Diagnosis(
        page="/watch", browser="x" * WORD_MOST, line="a [31mb c", errors="y" * ERRORS_MOST
    )


def test_a_desk_comes_back_from_what_was_stored() -> None:
    desk = with_anna()
    desk.do(AnswerHelp(HERS, "Nu?"), MADS)
    desk.do(AddToHelp("Nej"), after_s=3)
    desk.do(TellKnownFault("Lyden mangler"), MADS)
    again = desk.restarted(helpdesk.initial())
    assert again.state == desk.state
    again.now += timedelta(seconds=1)
    assert again.refuses(no_sound()).code == "help_open"


def test_what_is_said_of_another_thread_changes_nothing() -> None:
    mads, at = author_of(MADS), HALF_PAST_TWO
    newest = own.evolve(None, OwnHelpAsked("anna", "anna.h2", "no_sound"), seq=1, at=at)
    for event in (OwnHelpTaken("anna", HERS, mads), OwnHelpSettled("anna", HERS, mads)):
        assert own.evolve(newest, event, seq=2, at=at) is newest
        assert own.evolve(None, event, seq=2, at=at) is None
    about_all = HelpTaken("anna.h2", mads)
    assert own.evolve(newest, about_all, seq=2, at=at) is newest
    for unknown in (HelpTaken(HERS, mads), HelpSettled(HERS, mads)):
        assert queue.evolve(queue.Queue(), unknown, seq=2, at=at) == queue.Queue()

from __future__ import annotations

from datetime import timedelta

from chat import notices
from chat.committeewords import (
    OwnQuestionDeclined,
    OwnQuestionPublished,
    OwnQuestionReceived,
    VoteCounted,
)
from chat.hostingwords import TimedOut, TimeOutLifted
from chat.notices import TEXTS_KEPT, VOTES_KEPT, Notices
from chat.roomwords import ReviewSet
from tests.chat.meeting import HALF_PAST_TWO as NOW


def after(*events: object) -> Notices:
    found = notices.initial("anna")
    for event in events:
        found = notices.evolve(found, event, seq=1, at=NOW)  # type: ignore[arg-type]
    return found


def received(number: int) -> OwnQuestionReceived:
    return OwnQuestionReceived("anna", f"anna.q{number}", "Må jeg?", False)


def test_a_question_goes_its_way() -> None:
    published = OwnQuestionPublished("anna", "anna.q1", "q7")
    mine = after(received(1), received(2), published).questions
    assert [(one.id, one.state, one.public) for one in mine] == [
        ("anna.q1", "public", "q7"),
        ("anna.q2", "held", None),
    ]
    gone = after(received(1), published, OwnQuestionDeclined("anna", "anna.q1")).questions[0]
    assert (gone.state, gone.public) == ("declined", None)


def test_the_oldest_go_when_there_are_many() -> None:
    mine = after(*(received(number) for number in range(TEXTS_KEPT + 2)))
    assert [mine.questions[0].id, len(mine.questions)] == ["anna.q2", TEXTS_KEPT]
    votes = (VoteCounted("anna", f"q{number}", True) for number in range(VOTES_KEPT + 2))
    assert after(*votes).votes[0] == "q2"


def test_a_mark_stands_once_however_the_question_was_merged() -> None:
    marks = (
        VoteCounted("anna", "q1", True),
        VoteCounted("anna", "q2", True),
        VoteCounted("anna", "q3", True, ("q1", "q2")),
    )
    assert after(*marks).votes == ("q3",)
    assert after(*marks, VoteCounted("anna", "q3", False)).votes == ()


def test_a_time_out_is_kept_by_room() -> None:
    until = NOW + timedelta(minutes=5)
    out = TimedOut("anna", "aalborg", until), TimedOut("anna", "aalborg.udvalg", until)
    assert set(after(*out).muted) == {"aalborg", "aalborg.udvalg"}
    assert set(after(*out, TimeOutLifted("anna", "aalborg")).muted) == {"aalborg.udvalg"}
    assert after(TimeOutLifted("anna", "aalborg")).muted == {}


def test_what_concerns_others_changes_nothing() -> None:
    mine = after(received(1))
    assert notices.evolve(mine, ReviewSet(True), seq=2, at=NOW) is mine

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from chat import (
    commands,
    committeewords,
    deskwords,
    events,
    filewords,
    groupwords,
    hostingwords,
    proposalwords,
    roomwords,
)
from chat.committeewords import (
    AskQuestion,
    QuestionAsked,
    QuestionRemoved,
    Vote,
    VotesTallied,
    WithdrawQuestion,
)
from chat.conclusions import commands as board_words
from chat.deskwords import ApproveQuestion, DeclineQuestion
from chat.event import Event
from chat.events import hides_cause, holds
from chat.helpdesk import commands as help_words
from chat.roomwords import PostMessage
from chat.viewing import commands as viewing_words
from tests.chat.meeting import ANNA, BO, IDA, MADS, Meeting, a_desk, a_room


def names(event: Any) -> set[str]:
    return {one.name for one in fields(event)}


def test_every_event_belongs_to_one_topic_and_knows_when_it_is_a_persons() -> None:
    assert len(events.EVENTS) == len(set(events.EVENTS))
    of_persons = {event for event in events.EVENTS if "person" in names(event)}
    assert of_persons == set(events.BY_TOPIC["person"])


def test_every_command_is_sent_to_some_topic() -> None:
    rooms = (
        *(roomwords, hostingwords, filewords, viewing_words, groupwords, proposalwords),
        *(committeewords, deskwords, help_words, board_words),
    )
    own = {
        one
        for room in rooms
        for one in vars(room).values()
        if isinstance(one, type) and one.__module__ == room.__name__
    }
    asked = {one for one in own if not issubclass(one, Event)}
    parts = {groupwords.Introduced, filewords.File, filewords.FileToPost}
    parts |= {viewing_words.Cued, viewing_words.Reel}
    assert asked - parts == set(commands.COMMANDS)


def test_what_waits_for_somebody_is_held() -> None:
    assert holds(a_room(review=True).do(PostMessage("Må jeg?")))
    assert holds(a_desk(review=True).do(AskQuestion("Må jeg?")))
    assert not holds(a_room().do(PostMessage("Hej")))
    assert not holds(a_desk().do(AskQuestion("Må jeg?")))
    assert not holds(())


def asked(*, review: bool = False) -> Meeting:
    desk = a_desk(review=review)
    desk.do(AskQuestion("Hvad koster det?"), ANNA)
    desk.do(AskQuestion("Hvem betaler?", anonymous=True), IDA)
    return desk


@pytest.mark.parametrize(
    ("command", "by", "kind"),
    [
        (AskQuestion("Må jeg?", anonymous=True), BO, QuestionAsked),
        (WithdrawQuestion("q1"), ANNA, QuestionRemoved),
        (WithdrawQuestion("q2"), IDA, QuestionRemoved),
        (DeclineQuestion("q2"), MADS, QuestionRemoved),
        (Vote("q1"), BO, VotesTallied),
    ],
)
def test_a_cause_that_could_name_somebody_is_hidden(
    command: object, by: object, kind: type
) -> None:
    found = [event for event in asked().do(command, by) if isinstance(event, kind)]  # type: ignore[arg-type]
    assert found
    assert all(hides_cause(event) for event in found)


def test_the_cause_of_a_named_question_is_told() -> None:
    for events_ in (
        asked().do(AskQuestion("Må jeg?"), BO),
        asked(review=True).do(ApproveQuestion("anna.q1"), MADS),
    ):
        (public,) = (event for event in events_ if isinstance(event, QuestionAsked))
        assert not hides_cause(public)

"""What everybody may do at the committee's window: ask, vote, take a question back.

Asking and voting need the open window; taking back does not, a person's words stay that person's.

A host also speaks for the municipality: sends on what a room has proposed and voted for. The desk
takes the host's word for the words, as it takes the host for its municipality's voice, and takes
one at a time: the next when that one is answered or gone.
"""

from __future__ import annotations

from datetime import datetime

from chat import moderation
from chat.committeewords import (
    AskQuestion,
    OwnQuestionReceived,
    OwnQuestionWithdrawn,
    SendQuestion,
    Unvote,
    Unvoted,
    Vote,
    VoteCounted,
    Voted,
    WithdrawQuestion,
)
from chat.desk import KEPT
from chat.deskwords import QuestionReceived, QuestionWithdrawn
from chat.docket import Docket, in_public, ones_own, refuse_status
from chat.errors import Refused
from chat.event import Event
from chat.people import Person, author_of
from chat.proposals import municipality_of
from chat.publication import published, removed, tallied
from chat.text import QUESTION_MOST, tidy
from chat.window import open_item


def asked(
    docket: Docket, command: AskQuestion | SendQuestion, by: Person, now: datetime
) -> tuple[Event, ...]:
    item = open_item(docket.public.window)
    text = tidy(command.text, QUESTION_MOST)
    asker = docket.asker(by.id)
    moderation.refuse_pace(moderation.ASKING.wait_ms(asker.moments, now))
    _refuse_crowding(docket, by)
    id, anonymous, proposal = f"{by.id}.q{asker.count + 1}", False, None
    if isinstance(command, SendQuestion):
        proposal = _of_its_room(docket, command.proposal, by)
    else:
        anonymous = command.anonymous
    author, place = author_of(by), by.municipality
    received = QuestionReceived(id, author, anonymous, text, item, place, proposal)
    noted = OwnQuestionReceived(by.id, id, text, anonymous)
    public = () if docket.board.review else published(docket, received, id, None)
    return (received, noted, *public)


def _of_its_room(docket: Docket, proposal: str, by: Person) -> str:
    """The proposal, when it is of this municipality's rooms and none of theirs waits."""
    if not by.municipality or municipality_of(proposal) != by.municipality:
        raise Refused("not_yours", "expected a proposal of your municipality's rooms")
    questions = docket.board.questions.values()
    waiting = (one for one in questions if one.is_open and one.proposal is not None)
    if any(one.municipality == by.municipality for one in waiting):
        raise Refused("one_at_a_time", "expected no question of your municipality to be waiting")
    return proposal


def _refuse_crowding(docket: Docket, by: Person) -> None:
    most, waiting = moderation.OPEN_QUESTIONS_PER_PERSON, docket.open_askers()
    if waiting.count(by.id) >= most:
        raise Refused("too_many_waiting", f"expected fewer than {most} open questions of yours")
    if len(waiting) >= KEPT:
        raise Refused("desk_full", f"expected fewer than {KEPT} open questions")


def voted(docket: Docket, command: Vote | Unvote, by: Person, now: datetime) -> tuple[Event, ...]:
    open_item(docket.public.window)
    question = in_public(docket, command.question)
    refuse_status(question, command)
    ballots, id, casting = docket.ballots, question.id, isinstance(command, Vote)
    if casting is (by.id in ballots.of(id)):
        return ()
    counted = ballots.cast(id, by.id) if casting else ballots.taken_back(id, by.id)
    return (
        Voted(id, by.id) if casting else Unvoted(id, by.id),
        VoteCounted(by.id, question.public or "", casting, docket.behind(question)),
        *tallied(docket, counted, now, only=id),
    )


def withdrawn(docket: Docket, command: WithdrawQuestion, by: Person) -> tuple[Event, ...]:
    question = ones_own(docket, command.question, by)
    refuse_status(question, command)
    return (
        QuestionWithdrawn(question.id),
        *removed(question),
        OwnQuestionWithdrawn(by.id, question.id),
    )

"""The docket: all that the committee's desk goes by when it decides.

Beside what its two audiences see (`committee.py`, `desk.py`) it holds what neither is shown whole:
who has voted, which public id leads to which question, and how fast each person has been asking.

A public id leads to one question as long as that stands; a merged question's leads to where it
went. Ids of declined, withdrawn and forgotten questions lead nowhere, and no votes are kept for
them, so a sum that waits to be told can always be told.

An emptied desk knows no question and nobody who asked or voted; what was public stays, and public
ids are never given out twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from chat import committee, desk, moderation
from chat.committee import Committee
from chat.committeewords import Unvote, Unvoted, Vote, Voted, VotesTallied, WithdrawQuestion
from chat.desk import DeskBoard, DeskQuestion, Status
from chat.deskwords import (
    Answer,
    AnswerOnAir,
    ApproveAnswer,
    ApproveQuestion,
    Claim,
    DeclineQuestion,
    DeskCommand,
    DeskEmptied,
    Draft,
    DuplicateMerged,
    Merge,
    PinQuestion,
    QuestionDeclined,
    QuestionQueued,
    QuestionReceived,
    QuestionWithdrawn,
    Release,
    ReturnAnswer,
)
from chat.errors import Refused
from chat.event import Event
from chat.people import Person
from chat.voting import Ballots

_VETTED = {DeclineQuestion, WithdrawQuestion, Merge}
_SHOWN = {Vote, Unvote, PinQuestion}
_WORKED = {Claim, Draft, Answer, AnswerOnAir}
_APPROVED = {ApproveAnswer, ReturnAnswer}

STATES: dict[Status, set[type]] = {
    "held": _VETTED | {ApproveQuestion},
    "queued": _VETTED | _SHOWN | _WORKED,
    "claimed": _VETTED | _SHOWN | _WORKED | {Release},
    "drafted": _VETTED | _SHOWN | _WORKED | {Release},
    "submitted": _VETTED | _SHOWN | _WORKED | _APPROVED | {Release},
    "answered": _APPROVED | {Answer, PinQuestion},
    "answered_on_air": _APPROVED | {Answer, AnswerOnAir, PinQuestion},
    "declined": {ApproveQuestion},
    "withdrawn": set(),
    "merged": set(),
}


@dataclass(frozen=True, slots=True)
class Asker:
    """How many questions a person has ever asked, and when the last ones."""

    count: int = 0
    moments: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class Docket:
    """
    Args:
        publics: the desk's id by public id.
        published: public ids given out so far.
    """

    public: Committee = field(default_factory=Committee)
    board: DeskBoard = field(default_factory=DeskBoard)
    ballots: Ballots = field(default_factory=Ballots)
    publics: Mapping[str, str] = field(default_factory=dict)
    published: int = 0
    askers: Mapping[str, Asker] = field(default_factory=dict)

    @property
    def next_public(self) -> str:
        return f"q{self.published + 1}"

    def asker(self, person: str) -> Asker:
        return self.askers.get(person, Asker())

    def open_askers(self) -> list[str]:
        """Whose the open questions are, once for each question."""
        return [one.asker.id for one in self.board.questions.values() if one.is_open]

    def behind(self, question: DeskQuestion) -> tuple[str, ...]:
        """Public ids of what was merged into a question."""
        leading = (public for public, leads in self.publics.items() if leads == question.id)
        return tuple(public for public in leading if public != question.public)


# --- which question is meant ---


def at_desk(docket: Docket, id: str) -> DeskQuestion:
    """A question by the desk's id, or by the public one.

    Raises:
        Refused: `unknown_question`.
    """
    question = docket.board.questions.get(docket.publics.get(id, id))
    if question is None:
        raise _unknown(id)
    return question


def in_public(docket: Docket, id: str) -> DeskQuestion:
    """The question that everybody knows by this id, or that it was merged into.

    Raises:
        Refused: `unknown_question`, also for one that is not public.
    """
    if id not in docket.publics:
        raise _unknown(id)
    return at_desk(docket, id)


def ones_own(docket: Docket, id: str, by: Person) -> DeskQuestion:
    """One's own question, by its own id or its public one; never what it was merged into.

    Raises:
        Refused: `not_yours` for another person's that is public, `unknown_question` for the rest.
    """
    asked = docket.board.questions.values()
    mine = (one for one in asked if one.asker.id == by.id and id in (one.id, one.public))
    question = next(mine, None)
    if question is not None:
        return question
    if id in docket.publics:
        raise Refused("not_yours", "expected your own question, came another person's")
    raise _unknown(id)


def _unknown(id: str) -> Refused:
    return Refused("unknown_question", f"expected a question that stands, came {id!r:.40}")


def refuse_status(question: DeskQuestion, command: DeskCommand) -> None:
    if type(command) not in STATES[question.status]:
        raise Refused(
            f"question_{question.status}", f"expected another question, came {question.status}"
        )


# --- what has happened ---


def evolve(docket: Docket, event: Event, *, seq: int, at: datetime) -> Docket:
    """Fold one event in; each part of the docket takes what concerns it."""
    docket = replace(
        docket,
        public=committee.evolve(docket.public, event, seq=seq, at=at),
        board=desk.evolve(docket.board, event, seq=seq, at=at),
    )
    match event:
        case QuestionReceived(_, asker):
            return _without_forgotten(_asked(docket, asker.id, at))
        case QuestionQueued(id, public):
            publics = {**docket.publics, public: id}
            return replace(docket, publics=publics, published=docket.published + 1)
        case QuestionDeclined(id) | QuestionWithdrawn(id):
            return _without(docket, id)
        case DuplicateMerged(id, into):
            publics = {p: into if leads == id else leads for p, leads in docket.publics.items()}
            return replace(docket, publics=publics, ballots=docket.ballots.merged(id, into))
        case Voted(id, person) if _is_public(docket, id):
            return replace(docket, ballots=docket.ballots.cast(id, person))
        case Unvoted(id, person) if _is_public(docket, id):
            return replace(docket, ballots=docket.ballots.taken_back(id, person))
        case VotesTallied(votes):
            return _told(docket, votes, at)
        case DeskEmptied():
            return Docket(docket.public, docket.board, published=docket.published)
    return docket


def _is_public(docket: Docket, id: str) -> bool:
    question = docket.board.questions.get(id)
    return question is not None and question.public is not None


def _asked(docket: Docket, person: str, at: datetime) -> Docket:
    asker = docket.asker(person)
    moments = moderation.ASKING.noted(asker.moments, at)
    return replace(docket, askers={**docket.askers, person: Asker(asker.count + 1, moments)})


def _without(docket: Docket, id: str) -> Docket:
    left = {public: leads for public, leads in docket.publics.items() if leads != id}
    return replace(docket, publics=left, ballots=docket.ballots.without(id))


def _without_forgotten(docket: Docket) -> Docket:
    """What the desk has dropped for room's sake leads nowhere."""
    known = docket.board.questions
    for id in {leads for leads in docket.publics.values() if leads not in known}:
        docket = _without(docket, id)
    return docket


def _told(docket: Docket, votes: Mapping[str, int], at: datetime) -> Docket:
    ballots = docket.ballots
    for public, count in votes.items():
        if public in docket.publics:
            ballots = ballots.heard(docket.publics[public], count, at)
    return replace(docket, ballots=ballots)

"""The committee's desk: what comes of a question, from the asking to the answer.

One desk decides for two topics: `committee.desk` (`desk.py`, with the asker's identity) and
`committee` (`committee.py`, what everybody sees). A fact that both learn of is two events.

                      approve        claim        draft
    ask -> held ------------> queued -----> claimed -----> drafted
             |   (at once when  | ^  release  |   |           |
             |    not reviewed) | '-----------'---'-----------'
             |                  '--> answer / answer_on_air <-'      both claim what nobody has
             |                         answered, answered_on_air
             '-- decline (a moderator) -> declined --- approve --> queued, with a new public id
             '-- withdraw (the asker)  -> withdrawn     nothing is left of the text
             '-- merge (a moderator)   -> merged        votes go along, each person once

`STATES` below says which command a question takes in which state; any other is refused with
`question_<state>`. Asking and voting need an open window, else `window_closed` with `opens` and
`closes`; answering goes on after it has closed, in writing. A question that a colleague has claimed
is refused `claimed_by_other`. Public ids (q1, q2, …) are given out when a question becomes public,
so they count nothing that is hidden; for the audience an unknown, declined or withdrawn question is
the same `unknown_question`.

The window opens and closes by command of the run of show, never by a clock here: an item that runs
late keeps its window.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, assert_never

from chat import committee, desk, moderation
from chat.commands import (
    Answer,
    AnswerOnAir,
    ApproveQuestion,
    AskQuestion,
    Claim,
    CloseWindow,
    DeclineQuestion,
    DeskCommand,
    Draft,
    Merge,
    OpenWindow,
    PlanWindow,
    Release,
    SetReview,
    Tally,
    Unvote,
    Vote,
    WithdrawQuestion,
)
from chat.committee import Committee
from chat.desk import KEPT, DeskBoard, DeskQuestion, Status
from chat.errors import Refused
from chat.events import (
    AnswerDrafted,
    AnswerGiven,
    DuplicateMerged,
    Event,
    OwnQuestionDeclined,
    OwnQuestionMerged,
    OwnQuestionPublished,
    OwnQuestionReceived,
    OwnQuestionWithdrawn,
    QuestionAnswered,
    QuestionAsked,
    QuestionClaimed,
    QuestionDeclined,
    QuestionQueued,
    QuestionReceived,
    QuestionReleased,
    QuestionRemoved,
    QuestionReviewSet,
    QuestionsMerged,
    QuestionWithdrawn,
    Unvoted,
    VoteCounted,
    Voted,
    VotesTallied,
    WindowClosed,
    WindowOpened,
    WindowPlanned,
)
from chat.people import Person, author_of
from chat.plain import moment
from chat.text import ANSWER_MOST, QUESTION_MOST, tidy
from chat.voting import Ballots

_CHECKED = {DeclineQuestion, WithdrawQuestion, Merge}
_VOTED = {Vote, Unvote}
_WORKED = {Claim, Draft, Answer, AnswerOnAir}

STATES: dict[Status, set[type]] = {
    "held": {ApproveQuestion} | _CHECKED,
    "queued": _CHECKED | _VOTED | _WORKED,
    "claimed": _CHECKED | _VOTED | _WORKED | {Release},
    "drafted": _CHECKED | _VOTED | _WORKED | {Release},
    "answered": {Answer},
    "answered_on_air": {Answer},
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
class Desk:
    """
    Args:
        publics: the desk's id by public id; that of a merged question leads to where it went.
        published: public ids given out so far.
    """

    public: Committee = field(default_factory=Committee)
    board: DeskBoard = field(default_factory=DeskBoard)
    ballots: Ballots = field(default_factory=Ballots)
    publics: Mapping[str, str] = field(default_factory=dict)
    published: int = 0
    askers: Mapping[str, Asker] = field(default_factory=dict)

    def asker(self, person: str) -> Asker:
        return self.askers.get(person, Asker())

    def open_questions(self, person: str | None = None) -> int:
        asked = (one for one in self.board.questions.values() if one.is_open)
        return sum(person in (None, one.asker.id) for one in asked)


def initial() -> Desk:
    return Desk()


def tally_due(desk: Desk, now: datetime) -> datetime | None:
    """When the next `Tally` has something to publish; None while nothing waits."""
    return desk.ballots.next_due(now)


# --- snapshots ---


def snapshot(state: Desk) -> dict[str, Any]:
    return desk.snapshot(state.board)


def restore(data: Mapping[str, Any]) -> Desk:
    return replace(initial(), board=desk.restore(data))


def public_snapshot(state: Desk) -> dict[str, Any]:
    return committee.snapshot(state.public)


def public_restore(data: Mapping[str, Any]) -> Desk:
    return replace(initial(), public=committee.restore(data))


# --- what has happened ---


def evolve(state: Desk, event: Event, *, seq: int, at: datetime) -> Desk:
    """Fold one event in; each part of the state takes what concerns it."""
    state = replace(
        state,
        public=committee.evolve(state.public, event, seq=seq, at=at),
        board=_board(state.board, event, seq, at),
    )
    match event:
        case QuestionReceived(_, asker):
            return _asked(state, asker.id, at)
        case QuestionQueued(id, public):
            publics = {**state.publics, public: id}
            return replace(state, publics=publics, published=state.published + 1)
        case QuestionDeclined(id) | QuestionWithdrawn(id):
            left = {public: leads for public, leads in state.publics.items() if leads != id}
            return replace(state, publics=left, ballots=state.ballots.without(id))
        case DuplicateMerged(id, into):
            led = {public: into if at == id else at for public, at in state.publics.items()}
            return replace(state, publics=led, ballots=state.ballots.merged(id, into))
        case Voted(id, person):
            return replace(state, ballots=state.ballots.cast(id, person))
        case Unvoted(id, person):
            return replace(state, ballots=state.ballots.taken_back(id, person))
        case VotesTallied(votes):
            return _told(state, votes, at)
    return state


def _board(board: DeskBoard, event: Event, seq: int, at: datetime) -> DeskBoard:
    about_one = getattr(event, "question", None) in board.questions
    received = isinstance(event, QuestionReceived | QuestionReviewSet)
    return desk.evolve(board, event, seq=seq, at=at) if about_one or received else board


def _asked(state: Desk, person: str, at: datetime) -> Desk:
    asker = state.asker(person)
    moments = moderation.ASKING.noted(asker.moments, at)
    return replace(state, askers={**state.askers, person: Asker(asker.count + 1, moments)})


def _told(state: Desk, votes: Mapping[str, int], at: datetime) -> Desk:
    ballots = state.ballots
    for public, count in votes.items():
        if public in state.publics:
            ballots = ballots.heard(state.publics[public], count, at)
    return replace(state, ballots=ballots)


# --- what is asked: the parts of a rule ---


def _unknown(id: str) -> Refused:
    return Refused("unknown_question", f"expected a question that stands, came {id!r:.40}")


def _public(state: Desk, id: str) -> DeskQuestion:
    """The question that everybody knows by this id, or that it was merged into."""
    question = state.board.questions.get(state.publics.get(id, ""))
    if question is None or question.public is None:
        raise _unknown(id)
    return question


def _own(state: Desk, id: str, by: Person) -> DeskQuestion:
    """One's own question, by its public id or by one's own."""
    question = state.board.questions.get(state.publics.get(id, id))
    if question is None or (question.asker.id != by.id and id not in state.publics):
        raise _unknown(id)
    if question.asker.id != by.id:
        raise Refused("not_yours", "expected your own question, came another person's")
    return question


def _at_desk(state: Desk, id: str) -> DeskQuestion:
    """A question by the desk's id, or by the public one."""
    question = state.board.questions.get(state.publics.get(id, id))
    if question is None:
        raise _unknown(id)
    return question


def _refuse_status(question: DeskQuestion, command: DeskCommand) -> None:
    if type(command) not in STATES[question.status]:
        raise Refused(
            f"question_{question.status}", f"expected another question, came {question.status}"
        )


def _refuse_colleagues(question: DeskQuestion, by: Person) -> None:
    claimed = question.claimed_by
    if claimed is not None and claimed.id != by.id:
        raise Refused(
            "claimed_by_other", "expected a question no colleague has claimed", by=claimed.name
        )


def _refuse_closed(state: Desk) -> str:
    """The item whose window is open."""
    window = state.public.window
    if window.state == "open" and window.item is not None:
        return window.item
    facts = {"opens": window.opens, "closes": window.closes}
    raise Refused(
        "window_closed",
        "expected an open window, came a closed one",
        **{name: moment(at) for name, at in facts.items() if at is not None},
    )


def _tallies(state: Desk, ballots: Ballots, now: datetime, only: str | None) -> tuple[Event, ...]:
    """The sums that may be told now, of one question or of all."""
    sums = {}
    for id, votes in ballots.due(now).items():
        question = state.board.questions.get(id)
        if question is not None and question.public is not None and only in (None, id):
            sums[question.public] = votes
    return (VotesTallied(sums),) if sums else ()


def _publish(
    state: Desk, question: QuestionReceived | DeskQuestion, id: str, approved_by: Person | None
) -> tuple[Event, ...]:
    public, asker = f"q{state.published + 1}", question.asker
    named = not question.anonymous
    return (
        QuestionQueued(id, public, author_of(approved_by) if approved_by else None),
        QuestionAsked(
            public,
            question.text or "",
            question.item,
            asker if named else None,
            question.municipality if named else None,
        ),
        OwnQuestionPublished(asker.id, id, public),
    )


# --- what is asked: the rules ---


def _ask(state: Desk, command: AskQuestion, by: Person, now: datetime) -> tuple[Event, ...]:
    item = _refuse_closed(state)
    text = tidy(command.text, QUESTION_MOST)
    asker = state.asker(by.id)
    moderation.refuse_pace(moderation.ASKING.wait_ms(asker.moments, now))
    if state.open_questions(by.id) >= moderation.OPEN_QUESTIONS_PER_PERSON:
        raise Refused("too_many_waiting", "expected fewer open questions of yours")
    if state.open_questions() >= KEPT:
        raise Refused("desk_full", f"expected fewer than {KEPT} open questions")
    id = f"{by.id}.q{asker.count + 1}"
    received = QuestionReceived(id, author_of(by), command.anonymous, text, item, by.municipality)
    noted = OwnQuestionReceived(by.id, id, text, command.anonymous)
    published = () if state.board.review else _publish(state, received, id, None)
    return (received, noted, *published)


def _vote(state: Desk, command: Vote | Unvote, by: Person, now: datetime) -> tuple[Event, ...]:
    _refuse_closed(state)
    question = _public(state, command.question)
    _refuse_status(question, command)
    voting, voted = isinstance(command, Vote), by.id in state.ballots.of(question.id)
    if voting is voted:
        return ()
    ballots, id = state.ballots, question.id
    counted = ballots.cast(id, by.id) if voting else ballots.taken_back(id, by.id)
    public = question.public or ""
    along = tuple(
        other for other, leads in state.publics.items() if leads == id and other != public
    )
    return (
        Voted(id, by.id) if voting else Unvoted(id, by.id),
        VoteCounted(by.id, public, voting, along),
        *_tallies(state, counted, now, only=id),
    )


def _withdraw(state: Desk, command: WithdrawQuestion, by: Person) -> tuple[Event, ...]:
    question = _own(state, command.question, by)
    _refuse_status(question, command)
    return (
        QuestionWithdrawn(question.id),
        *_removed(question),
        OwnQuestionWithdrawn(by.id, question.id),
    )


def _removed(question: DeskQuestion) -> tuple[Event, ...]:
    return (QuestionRemoved(question.public),) if question.public is not None else ()


def _work(
    state: Desk, command: Claim | Release | Draft | Answer | AnswerOnAir, by: Person
) -> tuple[Event, ...]:
    """What a member of the committee does with a question that no colleague has."""
    question = _at_desk(state, command.question)
    _refuse_status(question, command)
    _refuse_colleagues(question, by)
    me, mine = author_of(by), question.claimed_by is not None
    match command:
        case Claim():
            return () if mine else (QuestionClaimed(question.id, me),)
        case Release():
            return (QuestionReleased(question.id, me),)
        case Draft(_, text):
            claimed = () if mine else (QuestionClaimed(question.id, me),)
            return (*claimed, AnswerDrafted(question.id, tidy(text, ANSWER_MOST), me))
        case Answer(_, text):
            spoken = question.answer is not None and question.answer.on_air
            return _answered(question, by, tidy(text, ANSWER_MOST), on_air=spoken)
        case AnswerOnAir():
            return _answered(question, by, None, on_air=True)
        case _:
            assert_never(command)


def _answered(
    question: DeskQuestion, by: Person, text: str | None, *, on_air: bool
) -> tuple[Event, ...]:
    me = author_of(by)
    given = AnswerGiven(question.id, me, on_air, text)
    return (given, QuestionAnswered(question.public or "", me, on_air, text))


def _approve(state: Desk, command: ApproveQuestion, by: Person) -> tuple[Event, ...]:
    question = _at_desk(state, command.question)
    _refuse_status(question, command)
    return _publish(state, question, question.id, by)


def _decline(state: Desk, command: DeclineQuestion, by: Person) -> tuple[Event, ...]:
    question = _at_desk(state, command.question)
    _refuse_status(question, command)
    return (
        QuestionDeclined(question.id, author_of(by)),
        *_removed(question),
        OwnQuestionDeclined(question.asker.id, question.id),
    )


def _merge(state: Desk, command: Merge, by: Person, now: datetime) -> tuple[Event, ...]:
    question, into = _at_desk(state, command.question), _at_desk(state, command.into)
    _refuse_status(question, command)
    if question.id == into.id:
        raise Refused("merge_into_itself", "expected another question to merge into")
    if into.public is None:
        raise Refused(f"question_{into.status}", f"expected a public one, came {into.status}")
    ballots = state.ballots.merged(question.id, into.id)
    votes = len(ballots.of(into.id))
    merged = DuplicateMerged(question.id, into.id, votes, author_of(by))
    gone = (QuestionsMerged(question.public, into.public),) if question.public else ()
    noted = OwnQuestionMerged(question.asker.id, question.id, into.public)
    return (merged, *gone, noted, *_tallies(state, ballots, now, only=into.id))


def _plan(state: Desk, command: PlanWindow | OpenWindow | CloseWindow) -> tuple[Event, ...]:
    window = state.public.window
    match command:
        case PlanWindow(item, opens, closes):
            planned = ("before", item, opens, closes)
            same = (window.state, window.item, window.opens, window.closes) == planned
            return () if same or window.state == "open" else (WindowPlanned(item, opens, closes),)
        case OpenWindow(item, opens, closes):
            opened = ("open", item, opens, closes)
            same = (window.state, window.item, window.opens, window.closes) == opened
            return () if same else (WindowOpened(item, opens, closes),)
        case CloseWindow(item):
            shut = window.state == "closed" or window.item != item
            return () if shut else (WindowClosed(item),)
        case _:
            assert_never(command)


def decide(state: Desk, command: DeskCommand, by: Person, now: datetime) -> tuple[Event, ...]:
    """What a command leads to.

    Returns:
        The events, in order; none when nothing changes.

    Raises:
        Refused: with one of the codes named above and in `moderation.py` and `text.py`.
    """
    match command:
        case AskQuestion():
            return _ask(state, command, by, now)
        case Vote() | Unvote():
            return _vote(state, command, by, now)
        case WithdrawQuestion():
            return _withdraw(state, command, by)
        case Claim() | Release() | Draft() | Answer() | AnswerOnAir():
            return _work(state, command, by)
        case ApproveQuestion():
            return _approve(state, command, by)
        case DeclineQuestion():
            return _decline(state, command, by)
        case Merge():
            return _merge(state, command, by, now)
        case SetReview(on):
            return () if on == state.board.review else (QuestionReviewSet(on, author_of(by)),)
        case PlanWindow() | OpenWindow() | CloseWindow():
            return _plan(state, command)
        case Tally():
            return _tallies(state, state.ballots, now, only=None)
        case _:
            assert_never(command)

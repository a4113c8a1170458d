"""The committee's desk as the committee and the moderators see it.

This is the topic `committee.desk` and its snapshot:

    {"review": true, "approval": "nobody|moderators|colleagues",
     "questions": [{"id": "p1.q2", "seq": 5, "at": "…Z", "item": "…", "text"?: "…",
                    "asker": {…}, "municipality"?: "aalborg", "anonymous": false,
                    "proposal"?: "aalborg.p3",           a room's, sent on by the asker, its host
                    "status": "held|queued|claimed|drafted|submitted|answered|answered_on_air
                               |declined|withdrawn|merged",
                    "public"?: "q3", "votes": 4, "claimed_by"?: {…}, "claimed_at"?: "…Z",
                    "draft"?: "…", "submitted"?: 9, "note"?: "…",
                    "answer"?: {"author": {…}, "at": "…Z", "on_air": false, "text"?: "…",
                                "said_at"?: "…Z"},
                    "approved_by"?: {…}, "merged_into"?: "p4.q1"}]}           oldest first

How each event changes it, here and in the browser; *the work* is claimed_by, claimed_at, draft,
submitted and note:

    question_received    append {id, seq and at of the frame, item, text, asker, municipality,
                         proposal, anonymous, status: "held", votes: 0}, and trim
    question_queued      status "queued", public
    question_claimed     status "claimed" ("drafted" when there is a draft); claimed_by = by,
                         claimed_at = at of the frame
    question_released    status "queued"; all the work but the draft absent
    answer_drafted       status "drafted", draft = text, claimed_at = at of the frame;
                         submitted absent
    answer_submitted     draft = text, submitted = seq of the frame; note absent; and, unless it
                         has an answer, status "submitted", claimed_at = at of the frame
    answer_returned      note = text; submitted absent; and, unless it has an answer,
                         status "drafted", claimed_at = at of the frame
    answer_given         status "answered", or "answered_on_air" when there is no text;
                         answer = {author: by, at of the frame, on_air, text, said_at};
                         the work and approved_by absent
    answer_approved      approved_by = by
    question_declined    status "declined"; public and the work absent; votes 0
    question_withdrawn   status "withdrawn"; public, text and the work absent; votes 0
    duplicate_merged     status "merged", merged_into = into; the work absent; votes 0;
                         the votes of `into` = votes
    votes_counted        votes of each one named that is in the list
    question_review_set  review = on
    approval_set         approval
    desk_emptied         no questions

Trim: while there are more than 500 questions, the oldest that is settled (answered, declined,
withdrawn, merged) goes; open ones never go.

A question's id here is made from its asker's id and that asker's own count. The asker knows it too,
and it tells nobody how many questions others have waiting.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from chat.committee import PublicAnswer
from chat.deskwords import (
    AnswerApproved,
    AnswerDrafted,
    AnswerGiven,
    AnswerReturned,
    AnswerSubmitted,
    Approval,
    ApprovalSet,
    DeskEmptied,
    DuplicateMerged,
    QuestionClaimed,
    QuestionDeclined,
    QuestionQueued,
    QuestionReceived,
    QuestionReleased,
    QuestionReviewSet,
    QuestionWithdrawn,
    VotesCounted,
)
from chat.event import Event
from chat.people import Author
from chat.plain import plain, read

KEPT = 500

Status = Literal[
    "held",
    "queued",
    "claimed",
    "drafted",
    "submitted",
    "answered",
    "answered_on_air",
    "declined",
    "withdrawn",
    "merged",
]
OPEN: frozenset[Status] = frozenset({"held", "queued", "claimed", "drafted", "submitted"})

_WORK = dict.fromkeys(("claimed_by", "claimed_at", "draft", "submitted", "note"))


@dataclass(frozen=True, slots=True)
class DeskQuestion:
    id: str
    seq: int
    at: datetime
    item: str
    text: str | None
    asker: Author
    municipality: str | None
    anonymous: bool
    proposal: str | None = None
    status: Status = "held"
    public: str | None = None
    votes: int = 0
    claimed_by: Author | None = None
    claimed_at: datetime | None = None
    draft: str | None = None
    submitted: int | None = None
    note: str | None = None
    answer: PublicAnswer | None = None
    approved_by: Author | None = None
    merged_into: str | None = None

    @property
    def is_open(self) -> bool:
        return self.status in OPEN


@dataclass(frozen=True, slots=True)
class DeskBoard:
    """`questions` by id, oldest first."""

    review: bool = False
    approval: Approval = "nobody"
    questions: Mapping[str, DeskQuestion] = field(default_factory=dict)


def snapshot(board: DeskBoard) -> dict[str, Any]:
    questions = plain(tuple(board.questions.values()))
    return {"review": board.review, "approval": board.approval, "questions": questions}


def restore(data: Mapping[str, Any]) -> DeskBoard:
    questions = (read_question(one) for one in data["questions"])
    return DeskBoard(data["review"], data["approval"], {one.id: one for one in questions})


def read_question(data: Mapping[str, Any]) -> DeskQuestion:
    return read(DeskQuestion, {"text": None, "municipality": None, **data})


def evolve(board: DeskBoard, event: Event, *, seq: int, at: datetime) -> DeskBoard:
    match event:
        case QuestionReceived():
            return _received(board, event, seq, at)
        case QuestionReviewSet(on):
            return replace(board, review=on)
        case ApprovalSet(approval):
            return replace(board, approval=approval)
        case DeskEmptied():
            return replace(board, questions={})
        case DuplicateMerged(id, into, votes):
            gone = _changed(board, id, **_changes(board, event, seq, at))
            return _changed(gone, into, votes=votes)
        case VotesCounted(sums):
            for id, votes in sums.items():
                board = _changed(board, id, votes=votes)
            return board
    changes = _changes(board, event, seq, at)
    return _changed(board, event.question, **changes) if changes else board  # type: ignore[attr-defined]


def _changes(board: DeskBoard, event: Event, seq: int, at: datetime) -> dict[str, Any]:
    """The fields that an event about one question gives new values."""
    match event:
        case QuestionQueued(_, public):
            return {"status": "queued", "public": public}
        case QuestionClaimed(id, by):
            question = board.questions.get(id)
            drafted = question is not None and question.draft is not None
            status = "drafted" if drafted else "claimed"
            return {"status": status, "claimed_by": by, "claimed_at": at}
        case QuestionReleased():
            left = {name: None for name in _WORK if name != "draft"}
            return {**left, "status": "queued"}
        case AnswerDrafted(_, text):
            return {"status": "drafted", "draft": text, "claimed_at": at, "submitted": None}
        case AnswerSubmitted(id, text):
            waiting = {"draft": text, "submitted": seq, "note": None}
            return waiting | _unless_answered(board, id, "submitted", at)
        case AnswerReturned(id, _, note):
            back = {"submitted": None, "note": note}
            return back | _unless_answered(board, id, "drafted", at)
        case AnswerGiven(_, by, on_air, text, said_at):
            status = "answered_on_air" if text is None else "answered"
            answer = PublicAnswer(by, at, on_air, text, said_at)
            return {**_WORK, "status": status, "answer": answer, "approved_by": None}
        case AnswerApproved(_, by):
            return {"approved_by": by}
        case QuestionDeclined():
            return {**_WORK, "status": "declined", "public": None, "votes": 0}
        case QuestionWithdrawn():
            gone = {"public": None, "text": None, "votes": 0}
            return {**_WORK, **gone, "status": "withdrawn"}
        case DuplicateMerged(_, into):
            return {**_WORK, "status": "merged", "merged_into": into, "votes": 0}
    return {}


def _unless_answered(board: DeskBoard, id: str, status: Status, at: datetime) -> dict[str, Any]:
    """What goes out anew stands as answered while it waits."""
    question = board.questions.get(id)
    answered = question is not None and question.answer is not None
    return {} if answered else {"status": status, "claimed_at": at}


def _changed(board: DeskBoard, id: str, **changes: Any) -> DeskBoard:
    if id not in board.questions:
        return board
    changed = replace(board.questions[id], **changes)
    return replace(board, questions={**board.questions, id: changed})


def _received(board: DeskBoard, event: QuestionReceived, seq: int, at: datetime) -> DeskBoard:
    question = DeskQuestion(
        event.question,
        seq,
        at,
        event.item,
        event.text,
        event.asker,
        event.municipality,
        event.anonymous,
        event.proposal,
    )
    questions = {**board.questions, question.id: question}
    if len(questions) > KEPT:
        settled = next((one.id for one in questions.values() if not one.is_open), None)
        if settled is not None:
            del questions[settled]
    return replace(board, questions=questions)

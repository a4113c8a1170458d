"""The committee's desk as the committee and the moderators see it.

This is the topic `committee.desk` and its snapshot:

    {"review": true,
     "questions": [{"id": "p1.q2", "seq": 5, "at": "…Z", "item": "…", "text"?: "…",
                    "asker": {…}, "municipality"?: "aalborg", "anonymous": false,
                    "status": "held|queued|claimed|drafted|answered|answered_on_air
                               |declined|withdrawn|merged",
                    "public"?: "q3", "votes": 4, "claimed_by"?: {…}, "draft"?: "…",
                    "answer"?: {"author": {…}, "at": "…Z", "on_air": false, "text"?: "…"},
                    "merged_into"?: "p4.q1"}]}           oldest first

How each event changes it, here and in the browser (each but the first and last names a question):

    question_received    append {id, seq and at of the frame, item, text, asker, municipality,
                         anonymous, status: "held", votes: 0}, and trim
    question_queued      status "queued", public
    question_claimed     status "claimed" ("drafted" when there is a draft), claimed_by = by
    question_released    status "queued", claimed_by absent; the draft stays for the next
    answer_drafted       status "drafted", draft = text
    answer_given         status "answered", or "answered_on_air" when there is no text;
                         answer = {author: by, at of the frame, on_air, text};
                         claimed_by and draft absent
    question_declined    status "declined"; public, claimed_by, draft absent; votes 0
    question_withdrawn   status "withdrawn"; public, claimed_by, draft, text absent; votes 0
    duplicate_merged     status "merged", merged_into = into; claimed_by, draft absent; votes 0;
                         the votes of `into` = votes
    voted, unvoted       votes + 1, votes - 1
    question_review_set  review = on

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
from chat.events import (
    AnswerDrafted,
    AnswerGiven,
    DuplicateMerged,
    Event,
    QuestionClaimed,
    QuestionDeclined,
    QuestionQueued,
    QuestionReceived,
    QuestionReleased,
    QuestionReviewSet,
    QuestionWithdrawn,
    Unvoted,
    Voted,
)
from chat.people import Author
from chat.plain import plain, read

KEPT = 500

Status = Literal[
    "held",
    "queued",
    "claimed",
    "drafted",
    "answered",
    "answered_on_air",
    "declined",
    "withdrawn",
    "merged",
]
OPEN: frozenset[Status] = frozenset({"held", "queued", "claimed", "drafted"})


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
    status: Status = "held"
    public: str | None = None
    votes: int = 0
    claimed_by: Author | None = None
    draft: str | None = None
    answer: PublicAnswer | None = None
    merged_into: str | None = None

    @property
    def is_open(self) -> bool:
        return self.status in OPEN


@dataclass(frozen=True, slots=True)
class DeskBoard:
    """`questions` by id, oldest first."""

    review: bool = False
    questions: Mapping[str, DeskQuestion] = field(default_factory=dict)


def snapshot(board: DeskBoard) -> dict[str, Any]:
    return {"review": board.review, "questions": plain(tuple(board.questions.values()))}


def restore(data: Mapping[str, Any]) -> DeskBoard:
    questions = (read_question(one) for one in data["questions"])
    return DeskBoard(data["review"], {one.id: one for one in questions})


def read_question(data: Mapping[str, Any]) -> DeskQuestion:
    return read(DeskQuestion, {"text": None, "municipality": None, **data})


def evolve(board: DeskBoard, event: Event, *, seq: int, at: datetime) -> DeskBoard:
    match event:
        case QuestionReceived():
            return _received(board, event, seq, at)
        case QuestionReviewSet(on):
            return replace(board, review=on)
        case DuplicateMerged(id, into, votes):
            return _changed(_changed(board, id, **_changes(board, event, at)), into, votes=votes)
        case Voted(id) | Unvoted(id) if id in board.questions:
            step = 1 if isinstance(event, Voted) else -1
            return _changed(board, id, votes=board.questions[id].votes + step)
    changes = _changes(board, event, at)
    return _changed(board, event.question, **changes) if changes else board  # type: ignore[attr-defined]


def _changes(board: DeskBoard, event: Event, at: datetime) -> dict[str, Any]:
    """The fields that an event about one question gives new values."""
    dropped = {"claimed_by": None, "draft": None}
    match event:
        case QuestionQueued(_, public):
            return {"status": "queued", "public": public}
        case QuestionClaimed(id, by):
            question = board.questions.get(id)
            drafted = question is not None and question.draft is not None
            return {"status": "drafted" if drafted else "claimed", "claimed_by": by}
        case QuestionReleased():
            return {"status": "queued", "claimed_by": None}
        case AnswerDrafted(_, text):
            return {"status": "drafted", "draft": text}
        case AnswerGiven(_, by, on_air, text):
            status = "answered_on_air" if text is None else "answered"
            return {**dropped, "status": status, "answer": PublicAnswer(by, at, on_air, text)}
        case QuestionDeclined():
            return {**dropped, "status": "declined", "public": None, "votes": 0}
        case QuestionWithdrawn():
            return {**dropped, "status": "withdrawn", "public": None, "text": None, "votes": 0}
        case DuplicateMerged(_, into):
            return {**dropped, "status": "merged", "merged_into": into, "votes": 0}
    return {}


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
    )
    questions = {**board.questions, question.id: question}
    if len(questions) > KEPT:
        settled = next((one.id for one in questions.values() if not one.is_open), None)
        if settled is not None:
            del questions[settled]
    return replace(board, questions=questions)

"""The committee's window as everybody sees it: when it is open, what is asked, what is answered.

This is the topic `committee`, a projection of the desk in `questions.py`, and its snapshot:

    {"window": {"state": "before|open|closed", "item"?, "opens"?: "…Z", "closes"?: "…Z"},
     "questions": [{"id": "q3", "seq": 12, "at": "…Z", "text": "…", "item": "…",
                    "author"?: {…}, "municipality"?: "aalborg",      both absent: anonymous
                    "on_behalf"?: true,         the municipality's, sent by its host, the author
                    "votes": 4,
                    "answer"?: {"author": {…}, "at": "…Z", "on_air": false, "text"?: "…",
                                "said_at"?: "…Z"}}],     where it begins on the channel's clock
     "merged": {"q1": "q3"},
     "pinned"?: "q3"}                                    questions oldest first

How each event changes it, here and in the browser:

    window_planned     window = {state: "before", item, opens, closes}
    window_opened      window = {state: "open", item, opens, closes}
    window_closed      window.state = "closed"
    question_asked     append {id, seq and at of the frame, text, item, author, municipality,
                       on_behalf, votes: 0}, and trim
    question_removed   take it out
    questions_merged   take `question` out; in merged, whatever points at `question` points at
                       `into`, and `question` does
    votes_tallied      votes of each one named that is in the list
    question_answered  answer = {author, at of the frame, on_air, text, said_at}; an answer is
                       replaced whole
    question_pinned    pinned = question
    question_unpinned  pinned absent, when it is that question

Trim: while there are more than 200 questions the oldest answered one goes, or else the oldest;
never the pinned one. After a question has gone in any way but by merging, what points at it in
merged goes too. A question that goes takes the pin along; when it is merged, the pin is on `into`.

Nothing held, claimed or drafted is here, and no number that would count it: public ids are given
out in the order in which questions become public. Whose vote it was does not stand here; a person's
own marks are among that person's `notices.py`, and a mark on `q1` counts as one on `merged.q1`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from chat.committeewords import (
    QuestionAnswered,
    QuestionAsked,
    QuestionPinned,
    QuestionRemoved,
    QuestionsMerged,
    QuestionUnpinned,
    VotesTallied,
    WindowClosed,
    WindowOpened,
    WindowPlanned,
)
from chat.event import Event
from chat.people import Author
from chat.plain import plain, read

SHOWN = 200


@dataclass(frozen=True, slots=True)
class Window:
    state: Literal["before", "open", "closed"] = "before"
    item: str | None = None
    opens: datetime | None = None
    closes: datetime | None = None


@dataclass(frozen=True, slots=True)
class PublicAnswer:
    author: Author
    at: datetime
    on_air: bool
    text: str | None = None
    said_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PublicQuestion:
    id: str
    seq: int
    at: datetime
    text: str
    item: str
    author: Author | None = None
    municipality: str | None = None
    on_behalf: bool | None = None
    votes: int = 0
    answer: PublicAnswer | None = None


@dataclass(frozen=True, slots=True)
class Committee:
    window: Window = field(default_factory=Window)
    questions: tuple[PublicQuestion, ...] = ()
    merged: Mapping[str, str] = field(default_factory=dict)
    pinned: str | None = None

    def find(self, id: str) -> PublicQuestion | None:
        return next((one for one in self.questions if one.id == id), None)


def initial() -> Committee:
    return Committee()


def snapshot(committee: Committee) -> dict[str, Any]:
    found: dict[str, Any] = plain(committee)
    return found


def restore(data: Mapping[str, Any]) -> Committee:
    return read(Committee, data)


def evolve(committee: Committee, event: Event, *, seq: int, at: datetime) -> Committee:
    match event:
        case WindowPlanned(item, opens, closes):
            return replace(committee, window=Window("before", item, opens, closes))
        case WindowOpened(item, opens, closes):
            return replace(committee, window=Window("open", item, opens, closes))
        case WindowClosed():
            return replace(committee, window=replace(committee.window, state="closed"))
        case QuestionAsked(id, text, item, author, municipality, on_behalf):
            asked = PublicQuestion(id, seq, at, text, item, author, municipality, on_behalf)
            return _trimmed(replace(committee, questions=(*committee.questions, asked)))
        case QuestionRemoved(id):
            return _without(committee, id)
        case QuestionsMerged(id, into):
            return _merged(committee, id, into)
        case VotesTallied(votes):
            return _tallied(committee, votes)
        case QuestionAnswered(id, author, on_air, text, said_at):
            return _answered(committee, id, PublicAnswer(author, at, on_air, text, said_at))
        case QuestionPinned(id):
            return replace(committee, pinned=id)
        case QuestionUnpinned(id) if committee.pinned == id:
            return replace(committee, pinned=None)
    return committee


def _trimmed(committee: Committee) -> Committee:
    questions = committee.questions
    if len(questions) <= SHOWN:
        return committee
    left = [one for one in questions if one.id != committee.pinned]
    oldest = next((one for one in left if one.answer is not None), left[0])
    return _without(committee, oldest.id)


def _without(committee: Committee, id: str) -> Committee:
    questions = tuple(one for one in committee.questions if one.id != id)
    merged = {gone: into for gone, into in committee.merged.items() if into != id}
    pinned = None if committee.pinned == id else committee.pinned
    return replace(committee, questions=questions, merged=merged, pinned=pinned)


def _merged(committee: Committee, id: str, into: str) -> Committee:
    pointing = {gone: into if at == id else at for gone, at in committee.merged.items()}
    left = tuple(one for one in committee.questions if one.id != id)
    pinned = into if committee.pinned == id else committee.pinned
    return replace(committee, questions=left, merged={**pointing, id: into}, pinned=pinned)


def _tallied(committee: Committee, votes: Mapping[str, int]) -> Committee:
    counted = tuple(
        replace(one, votes=votes[one.id]) if one.id in votes else one for one in committee.questions
    )
    return replace(committee, questions=counted)


def _answered(committee: Committee, id: str, answer: PublicAnswer) -> Committee:
    questions = tuple(
        replace(one, answer=answer) if one.id == id else one for one in committee.questions
    )
    return replace(committee, questions=questions)

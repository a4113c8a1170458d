"""What people wrote, kept beside the events that carry it, so that it can be emptied.

`FREE_TEXT` says which field of which event is somebody's words, `about` whose they are, and
`erases` which id's *earlier* texts *in the same topic* an event empties. `emptied` is the event as
it then stands in the log.

Invariant: folding a log with emptied events gives the same state as folding it whole. An event
therefore erases only what no snapshot after it can show.
"""

from __future__ import annotations

from dataclasses import replace

from chat.conclusions.events import (
    ConclusionEdited,
    ConclusionHidden,
    ConclusionPublished,
    ConclusionWithdrawn,
    ReplyHidden,
    ReplyPosted,
    ReplyWithdrawn,
)
from chat.events import (
    AnswerDrafted,
    AnswerGiven,
    AnswerReturned,
    AnswerSubmitted,
    Event,
    MessageApproved,
    MessageDeclined,
    MessageDeleted,
    MessageEdited,
    MessageHeld,
    MessagePosted,
    MessageWithdrawn,
    OwnMessageApproved,
    OwnMessageHeld,
    OwnMessageWithdrawn,
    OwnQuestionReceived,
    OwnQuestionWithdrawn,
    ProposalWithdrawn,
    Proposed,
    QuestionAnswered,
    QuestionAsked,
    QuestionReceived,
    QuestionRemoved,
    QuestionsMerged,
    QuestionWithdrawn,
)
from chat.helpdesk.events import (
    HelpAdded,
    HelpAnswered,
    HelpAsked,
    KnownFaultTold,
    OwnHelpAdded,
    OwnHelpAnswered,
    OwnHelpAsked,
)

FREE_TEXT: dict[type, str] = {
    MessagePosted: "text",
    MessageEdited: "text",
    MessageHeld: "text",
    QuestionAsked: "text",
    QuestionAnswered: "text",
    QuestionReceived: "text",
    AnswerDrafted: "text",
    AnswerSubmitted: "text",
    AnswerReturned: "text",
    AnswerGiven: "text",
    Proposed: "text",
    OwnMessageHeld: "text",
    OwnQuestionReceived: "text",
    HelpAsked: "text",
    HelpAdded: "text",
    HelpAnswered: "text",
    KnownFaultTold: "text",
    OwnHelpAsked: "text",
    OwnHelpAdded: "text",
    OwnHelpAnswered: "text",
    ConclusionPublished: "text",
    ConclusionEdited: "text",
    ReplyPosted: "text",
}

NOUNS = ("message", "question", "request", "reply", "conclusion", "proposal")

# An edit carries the whole text, so what it replaces is not kept. A held text leaves the host's
# queue whichever way it goes; the author keeps a declined one, to see what was declined.
_ERASING = (
    MessageEdited,
    MessageDeleted,
    MessageApproved,
    MessageDeclined,
    MessageWithdrawn,
    QuestionRemoved,
    QuestionsMerged,
    QuestionWithdrawn,
    OwnMessageApproved,
    OwnMessageWithdrawn,
    OwnQuestionWithdrawn,
    ConclusionEdited,
    ConclusionWithdrawn,
    ConclusionHidden,
    ReplyWithdrawn,
    ReplyHidden,
    ProposalWithdrawn,
)


def about(event: Event) -> str | None:
    """The id, unique within the event's topic, of what it speaks of: a message, a question …"""
    named = (getattr(event, noun, None) for noun in NOUNS)
    found: str | None = next(filter(None, named), None)
    room = getattr(event, "room", None)
    return f"{room}/{found}" if found and room else found


def erases(event: Event) -> str | None:
    """The id (as `about` gives it) whose earlier texts in this topic are to be emptied."""
    return about(event) if isinstance(event, _ERASING) else None


def emptied(event: Event) -> Event:
    """The event as it stands in the log once its text is erased."""
    field = FREE_TEXT.get(type(event))
    if field is None or getattr(event, field) is None:
        return event
    return replace(event, **{field: ""})

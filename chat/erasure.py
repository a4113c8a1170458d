"""What people wrote, kept beside the events that carry it, so that it can be emptied.

`FREE_TEXT` says which field of which event is somebody's words, `FREE_FILES` which events name
files beside them, `about` whose they are, and `erases` which id's *earlier* texts *in the same
topic* an event empties; `sweeps` does so for every id that begins alike. `emptied` is the event as
it then stands in the log.

Invariant: folding a log with emptied events gives the same state as folding it whole. An event
therefore erases only what no snapshot after it can show.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from chat.committeewords import (
    OwnQuestionReceived,
    OwnQuestionsEmptied,
    OwnQuestionWithdrawn,
    QuestionAnswered,
    QuestionAsked,
    QuestionRemoved,
    QuestionsMerged,
)
from chat.conclusions.events import (
    ConclusionEdited,
    ConclusionHidden,
    ConclusionPublished,
    ConclusionWithdrawn,
    ReplyHidden,
    ReplyPosted,
    ReplyWithdrawn,
)
from chat.deskwords import (
    AnswerDrafted,
    AnswerGiven,
    AnswerReturned,
    AnswerSubmitted,
    DeskEmptied,
    QuestionReceived,
    QuestionWithdrawn,
)
from chat.helpdesk.events import (
    HelpAdded,
    HelpAnswered,
    HelpAsked,
    HelpEmptied,
    KnownFaultTold,
    OwnHelpAdded,
    OwnHelpAnswered,
    OwnHelpAsked,
    OwnHelpEmptied,
)
from chat.hostingwords import (
    MessageApproved,
    MessageDeclined,
    MessageHeld,
    MessageWithdrawn,
    OwnMessageApproved,
    OwnMessageHeld,
    OwnMessageWithdrawn,
)
from chat.notes.events import NotesChanged, NotesEmptied, NotesPacked
from chat.proposalwords import ProposalsEmptied, ProposalWithdrawn, Proposed
from chat.roomwords import MessageDeleted, MessageEdited, MessagePosted, OwnRoomEmptied, RoomEmptied

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
    NotesChanged: "update",
    NotesPacked: "update",
}

# What a file is called and shows are somebody's words too; its bytes go by `files.py`.
FREE_FILES = (MessagePosted, MessageEdited, MessageHeld, OwnMessageHeld)
FIELDS: dict[type, tuple[str, ...]] = {
    event: (text, "files") if event in FREE_FILES else (text,) for event, text in FREE_TEXT.items()
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


def about(event: Any) -> str | None:
    """The id, unique within the event's topic, of what it speaks of: a message, a question …

    A room's notes are one text, and have one id.
    """
    if isinstance(event, (NotesChanged, NotesPacked)):
        return "notes"
    named = (getattr(event, noun, None) for noun in NOUNS)
    found: str | None = next(filter(None, named), None)
    room = getattr(event, "room", None)
    return f"{room}/{found}" if found and room else found


def erases(event: Any) -> str | None:
    """The id (as `about` gives it) whose earlier texts in this topic are to be emptied."""
    return about(event) if isinstance(event, _ERASING) else None


def sweeps(event: Any) -> str | None:
    """How the ids begin whose earlier texts in this topic are all to be emptied; "" is all."""
    match event:
        case RoomEmptied() | NotesPacked() | NotesEmptied():
            return ""
        case ProposalsEmptied() | DeskEmptied() | HelpEmptied():
            return ""
        case OwnRoomEmptied(_, room):
            return f"{room}/"
        case OwnQuestionsEmptied(person):
            return f"{person}.q"
        case OwnHelpEmptied(person):
            return f"{person}.h"
    return None


def emptied(event: Any) -> Any:
    """The event as it stands in the log once its text is erased."""
    field = FREE_TEXT.get(type(event))
    if field is None or getattr(event, field) is None:
        return event
    files = {"files": None} if isinstance(event, FREE_FILES) else {}
    return replace(event, **{field: ""}, **files)

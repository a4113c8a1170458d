"""Which of the events of chat belongs to which kind of topic; the words stand beside their rules.

Who may read an event is decided by topic alone. Where two audiences learn of one fact, there are
two events: the desk's `QuestionQueued` names the asker's own id, the public `QuestionAsked` holds
what everybody may see.

A field that is None is left out on the wire. Which fields are free text, and what empties them, is
`erasure.py`.
"""

from __future__ import annotations

from collections.abc import Iterable

from chat import (
    committeewords,
    deskwords,
    filewords,
    groupwords,
    hostingwords,
    proposalwords,
    roomwords,
)
from chat.committeewords import QuestionAsked, QuestionRemoved, VotesTallied
from chat.conclusions import events as conclusions
from chat.deskwords import AnswerSubmitted, QuestionQueued, QuestionReceived, VotesCounted
from chat.event import Event
from chat.helpdesk import events as helpdesk
from chat.hostingwords import MessageHeld
from chat.polls import events as polls
from chat.proposalwords import ProposalCounted
from chat.viewing import events as viewing

BY_TOPIC: dict[str, tuple[type, ...]] = {
    "room": roomwords.EVENTS + viewing.EVENTS,
    "room.host": hostingwords.EVENTS,
    "room.files": filewords.EVENTS,
    "committee": committeewords.EVENTS,
    "committee.desk": deskwords.EVENTS,
    "committee.ballots": committeewords.BALLOTS,
    "proposals": proposalwords.EVENTS,
    "proposals.ballots": proposalwords.BALLOTS,
    "person": (
        *hostingwords.PERSON_EVENTS,
        *roomwords.PERSON_EVENTS,
        *committeewords.PERSON_EVENTS,
        *groupwords.PERSON_EVENTS,
        *polls.PERSON_EVENTS,
        *helpdesk.BY_TOPIC["person"],
    ),
    "help": helpdesk.BY_TOPIC["help"],
    "help.desk": helpdesk.BY_TOPIC["help.desk"],
    **conclusions.BY_TOPIC,
    "groups": groupwords.EVENTS,
}
EVENTS: tuple[type, ...] = sum(BY_TOPIC.values(), ())


def holds(events: Iterable[Event]) -> bool:
    """Whether what was sent now waits for someone's approval (`done` says ``held``)."""
    kinds = {type(event) for event in events}
    waits = MessageHeld in kinds or AnswerSubmitted in kinds
    return waits or (QuestionReceived in kinds and QuestionQueued not in kinds)


def hides_cause(event: Event) -> bool:
    """Whether the frame must not carry the id of the command that led to it.

    Everybody reads `committee`, so a command's id there could tie an anonymous question or a vote
    to a person who is named elsewhere. So it could for sums wherever they are told.
    """
    if isinstance(event, QuestionAsked):
        return event.author is None
    return isinstance(event, (QuestionRemoved, VotesTallied, VotesCounted, ProposalCounted))

"""What concerns one person alone: own texts that wait, own questions, own votes, time-outs.

This is the topic `person:<id>`, which each person joins by itself, and its snapshot:

    {"messages": [{"room": "aalborg", "id": "p1.m2", "at": "…Z", "text": "…",
                   "state": "held|declined", "files"?: […]}],
     "questions": [{"id": "p1.q2", "at": "…Z", "text": "…", "anonymous": false,
                    "state": "held|public|declined|merged", "public"?: "q3"}],
     "votes": ["q1", "q3"],
     "ballots": {"p1": [0]},                 places of the options chosen, by poll
     "muted": {"aalborg": "…Z"},
     "rooms": [{"room": "aalborg.udvalg", "guest": false, "title"?: "Børne- og Ungeudvalget"}],
                                                               all oldest first
     "captions"?: {"02": "…Z"},          when what this person has shared closes without captions
    "help"?: {…}}                       the thread with the crew; its shape is in `helpdesk/own.py`

It has no decider: the rooms and the desks write to it. How each event changes it, here and in the
browser:

    own_message_held        append {room, id: message, at of the frame, text, files,
                            state: "held"}
    own_message_declined    state "declined"
    own_message_approved, own_message_withdrawn      take it out; in the room it has another id
    own_room_emptied        take the room's messages out
    own_question_received   append {id: question, at of the frame, text, anonymous, state: "held"}
    own_question_published  state "public", public
    own_question_declined   state "declined", public absent
    own_question_merged     state "merged", public = into
    own_question_withdrawn  take it out
    own_questions_emptied   take all questions out
    vote_counted            take the question and those along with it out of votes; when `voted`,
                            append the question
    own_ballot_cast         take the poll out of ballots; when there are choices, append them
    timed_out               muted[room] = until         time_out_lifted   take the room out
    own_captions_warned     captions[item] = closes_at        its class is of another house
    room_entered            take the room out of rooms; append {room, guest, title}
    room_left               take the room out of rooms
    own_help_emptied        help absent

After an append the oldest go while there are more than 50 messages, 50 questions, 500
votes, 50 ballots or 50 warnings.
A time-out whose moment has passed is over; nothing is sent about it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from chat.committeewords import (
    OwnQuestionDeclined,
    OwnQuestionMerged,
    OwnQuestionPublished,
    OwnQuestionReceived,
    OwnQuestionsEmptied,
    OwnQuestionWithdrawn,
    VoteCounted,
)
from chat.event import Event
from chat.filewords import File
from chat.groupwords import RoomEntered, RoomLeft
from chat.helpdesk import own
from chat.helpdesk.events import OwnHelpEmptied
from chat.helpdesk.own import OwnHelp
from chat.hostingwords import (
    OwnMessageApproved,
    OwnMessageDeclined,
    OwnMessageHeld,
    OwnMessageWithdrawn,
    TimedOut,
    TimeOutLifted,
)
from chat.plain import plain, read
from chat.polls.events import OwnBallotCast
from chat.roomwords import OwnRoomEmptied

TEXTS_KEPT = 50
VOTES_KEPT = 500
BALLOTS_KEPT = 50
WARNINGS_KEPT = 50


@dataclass(frozen=True, slots=True)
class OwnMessage:
    room: str
    id: str
    at: datetime
    text: str
    state: Literal["held", "declined"] = "held"
    files: tuple[File, ...] | None = None


@dataclass(frozen=True, slots=True)
class OwnQuestion:
    id: str
    at: datetime
    text: str
    anonymous: bool
    state: Literal["held", "public", "declined", "merged"] = "held"
    public: str | None = None


@dataclass(frozen=True, slots=True)
class OpenRoom:
    """A room this person was let into, as a member of the group or as a guest."""

    room: str
    guest: bool
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Notices:
    messages: tuple[OwnMessage, ...] = ()
    questions: tuple[OwnQuestion, ...] = ()
    votes: tuple[str, ...] = ()
    ballots: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    muted: Mapping[str, datetime] = field(default_factory=dict)
    captions: Mapping[str, datetime] | None = None
    help: OwnHelp | None = None
    rooms: tuple[OpenRoom, ...] = ()


def initial(person: str) -> Notices:
    return Notices()


def snapshot(notices: Notices) -> dict[str, Any]:
    found: dict[str, Any] = plain(notices)
    return found


def restore(data: Mapping[str, Any]) -> Notices:
    return read(Notices, data)


def evolve(notices: Notices, event: Event, *, seq: int, at: datetime) -> Notices:
    match event:
        case OwnMessageHeld(_, room, id, text, files):
            messages = (*notices.messages, OwnMessage(room, id, at, text, files=files))
            return replace(notices, messages=messages[-TEXTS_KEPT:])
        case OwnMessageDeclined() | OwnMessageApproved() | OwnMessageWithdrawn():
            return _message_settled(notices, event)
        case OwnRoomEmptied(_, room):
            elsewhere = tuple(one for one in notices.messages if one.room != room)
            return replace(notices, messages=elsewhere)
        case OwnQuestionReceived(_, id, text, anonymous):
            questions = (*notices.questions, OwnQuestion(id, at, text, anonymous))
            return replace(notices, questions=questions[-TEXTS_KEPT:])
        case OwnQuestionWithdrawn(_, id):
            left = tuple(one for one in notices.questions if one.id != id)
            return replace(notices, questions=left)
        case OwnQuestionsEmptied():
            return replace(notices, questions=())
        case OwnQuestionPublished(_, id, public):
            return _question_now(notices, id, "public", public)
        case OwnQuestionDeclined(_, id):
            return _question_now(notices, id, "declined", None)
        case OwnQuestionMerged(_, id, into):
            return _question_now(notices, id, "merged", into)
        case VoteCounted():
            return _counted(notices, event)
        case OwnBallotCast(_, poll, choices):
            return _voted(notices, poll, choices)
        case TimedOut(_, room, until):
            return replace(notices, muted={**notices.muted, room: until})
        case TimeOutLifted(_, room):
            left_muted = {one: until for one, until in notices.muted.items() if one != room}
            return replace(notices, muted=left_muted)
        case RoomEntered(_, room, guest, title):
            rooms = (*_other_rooms(notices, room), OpenRoom(room, guest, title))
            return replace(notices, rooms=rooms)
        case RoomLeft(_, room):
            return replace(notices, rooms=_other_rooms(notices, room))
        case OwnHelpEmptied():
            return replace(notices, help=None)
    thread = own.evolve(notices.help, event, seq=seq, at=at)
    return notices if thread is notices.help else replace(notices, help=thread)


def warned(notices: Notices, item: str, closes_at: datetime) -> Notices:
    """What this person has shared closes then, unless captions come."""
    before = notices.captions or {}
    others = {one: moment for one, moment in before.items() if one != item}
    captions = list({**others, item: closes_at}.items())[-WARNINGS_KEPT:]
    return replace(notices, captions=dict(captions))


def _other_rooms(notices: Notices, room: str) -> tuple[OpenRoom, ...]:
    return tuple(one for one in notices.rooms if one.room != room)


def _message_settled(
    notices: Notices, event: OwnMessageDeclined | OwnMessageApproved | OwnMessageWithdrawn
) -> Notices:
    messages = []
    for one in notices.messages:
        if (one.room, one.id) != (event.room, event.message):
            messages.append(one)
        elif isinstance(event, OwnMessageDeclined):
            messages.append(replace(one, state="declined"))
    return replace(notices, messages=tuple(messages))


def _question_now(
    notices: Notices,
    id: str,
    state: Literal["public", "declined", "merged"],
    public: str | None,
) -> Notices:
    questions = tuple(
        replace(one, state=state, public=public) if one.id == id else one
        for one in notices.questions
    )
    return replace(notices, questions=questions)


def _counted(notices: Notices, event: VoteCounted) -> Notices:
    named = {event.question, *event.along}
    votes = tuple(one for one in notices.votes if one not in named)
    if event.voted:
        votes = (*votes, event.question)
    return replace(notices, votes=votes[-VOTES_KEPT:])


def _voted(notices: Notices, poll: str, choices: tuple[int, ...]) -> Notices:
    ballots = {one: chosen for one, chosen in notices.ballots.items() if one != poll}
    if choices:
        ballots[poll] = choices
    return replace(notices, ballots=dict(list(ballots.items())[-BALLOTS_KEPT:]))

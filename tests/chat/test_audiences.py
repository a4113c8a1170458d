"""Which audience may read which field: an allow-list, so that a new field is a decision.

The tables name every event and every part of a snapshot with all its fields. A field that is not in
them fails here until somebody has thought about who reads it. What must never be among the fields
of an audience is said in words below the tables.
"""

from __future__ import annotations

import dataclasses
from dataclasses import fields
from typing import Any, get_args, get_type_hints

import pytest

from chat import (
    committee,
    desk,
    deskwords,
    events,
    files,
    filewords,
    groups,
    hosting,
    messages,
    notices,
    proposals,
)
from chat.conclusions import board
from chat.helpdesk import diagnosis, helpdesk, own, queue, thread
from chat.people import Author
from chat.viewing import viewing

AUTHOR = {"id", "name", "badge", "like"}
MERGED = deskwords.DuplicateMerged

EVENTS: dict[str, dict[str, str]] = {
    "room": {  # the people of the room
        "MessagePosted": "message author text reply_to mentions files",
        "MessageEdited": "message text files",
        "MessageDeleted": "message by",
        "Reacted": "message emoji by",
        "Unreacted": "message emoji by",
        "MessagePinned": "message",
        "MessageUnpinned": "message",
        "SlowModeSet": "seconds",
        "ReviewSet": "on",
        "RoomClosed": "",
        "RoomOpened": "",
        "HeadsCounted": "by people",
        "ViewingStarted": "item position_s begins length_s",
        "ViewingPaused": "position_s",
        "ViewingResumed": "begins",
        "ViewingMoved": "position_s begins",
        "ViewingEnded": "",
        "RoomEmptied": "",
    },
    "room.files": {  # nobody
        "FileReceived": "file by kind size width height",
        "FilesDropped": "files",
    },
    "room.host": {  # the hosts of the room
        "MessageHeld": "message author text reply_to mentions word files",
        "MessageApproved": "message posted by",
        "MessageDeclined": "message by",
        "MessageWithdrawn": "message",
        "PersonMuted": "muted until by",
        "PersonUnmuted": "muted by",
        "WordListSet": "words",
    },
    "committee": {  # everybody signed in
        "WindowPlanned": "item opens closes",
        "WindowOpened": "item opens closes",
        "WindowClosed": "item",
        "QuestionAsked": "question text item author municipality on_behalf",
        "QuestionRemoved": "question",
        "QuestionsMerged": "question into",
        "VotesTallied": "votes",
        "QuestionAnswered": "question author on_air text said_at",
        "QuestionPinned": "question",
        "QuestionUnpinned": "question",
    },
    "committee.desk": {  # the committee and the moderators
        "QuestionReceived": "question asker anonymous text item municipality proposal",
        "QuestionQueued": "question public by",
        "QuestionDeclined": "question by",
        "QuestionWithdrawn": "question",
        "DuplicateMerged": "question into votes by",
        "QuestionClaimed": "question by",
        "QuestionReleased": "question by",
        "AnswerDrafted": "question text by",
        "AnswerSubmitted": "question text by",
        "AnswerApproved": "question by",
        "AnswerReturned": "question by text",
        "AnswerGiven": "question by on_air text said_at",
        "VotesCounted": "votes",
        "QuestionReviewSet": "on by",
        "ApprovalSet": "approval by",
        "DeskEmptied": "",
    },
    "committee.ballots": {"Voted": "question by", "Unvoted": "question by"},  # nobody
    "proposals": {  # the people of the room
        "Proposed": "proposal author text",
        "ProposalWithdrawn": "proposal",
        "ProposalCounted": "proposal votes",
        "ProposalSent": "proposal",
        "ProposalReturned": "proposal",
        "ProposalsEmptied": "",
    },
    "proposals.ballots": {  # nobody
        "ProposalBacked": "proposal by",
        "ProposalUnbacked": "proposal by",
    },
    "person": {  # that person
        "OwnMessageHeld": "person room message text files",
        "OwnMessageApproved": "person room message posted",
        "OwnMessageDeclined": "person room message",
        "OwnMessageWithdrawn": "person room message",
        "OwnRoomEmptied": "person room",
        "TimedOut": "person room until",
        "TimeOutLifted": "person room",
        "OwnQuestionReceived": "person question text anonymous",
        "OwnQuestionPublished": "person question public",
        "OwnQuestionDeclined": "person question",
        "OwnQuestionWithdrawn": "person question",
        "OwnQuestionMerged": "person question into",
        "OwnQuestionsEmptied": "person",
        "VoteCounted": "person question voted along",
        "OwnBallotCast": "person poll choices",
        "OwnHelpAsked": "person request what text",
        "OwnHelpAdded": "person request text by",
        "OwnHelpTaken": "person request by",
        "OwnHelpReleased": "person request",
        "OwnHelpAnswered": "person request text by",
        "OwnHelpSettled": "person request by",
        "OwnHelpEmptied": "person",
        "RoomEntered": "person room guest title",
        "RoomLeft": "person room",
    },
    "help": {  # everybody signed in
        "KnownFaultTold": "text",
        "KnownFaultCleared": "",
    },
    "help.desk": {  # the crew
        "HelpAsked": "request asker what diagnosis text municipality",
        "HelpAdded": "request text by",
        "HelpTaken": "request by",
        "HelpReleased": "request by",
        "HelpAnswered": "request text by",
        "HelpSettled": "request by",
        "HelpEmptied": "",
    },
    "board": {  # everybody signed in
        "ConclusionPublished": "conclusion author municipality text theme",
        "ConclusionEdited": "conclusion text theme",
        "ConclusionWithdrawn": "conclusion",
        "ConclusionHidden": "conclusion",
        "ReplyPosted": "conclusion reply author text municipality",
        "ReplyWithdrawn": "conclusion reply",
        "ReplyHidden": "conclusion reply",
    },
    "groups": {  # the hosts of the municipality
        "GroupOpened": "group title by",
        "GroupClosed": "group by",
        "MemberNamed": "group member by",
        "MemberRemoved": "group member by",
        "GuestInvited": "guest by group",
        "GuestDismissed": "guest by group",
    },
}

SNAPSHOTS: dict[type, str] = {
    messages.Board: "room messages pinned slow_mode_s review closed heads viewing",
    viewing.Viewing: "seq item position_s begins length_s",
    messages.Message: (
        "id seq at author text reply_to mentions edited deleted deleted_by files reactions"
    ),
    filewords.File: "id kind name size width height alt",
    files.Files: "kept receipts",
    files.Kept: "id by kind size at width height on shown",
    files.Receipt: "at size",
    hosting.Hosting: "room held muted words",
    hosting.Held: "id seq at author text reply_to mentions word files",
    hosting.Muted: "person until by",
    committee.Committee: "window questions merged pinned",
    committee.Window: "state item opens closes",
    committee.PublicQuestion: "id seq at text item author municipality on_behalf votes answer",
    committee.PublicAnswer: "author at on_air text said_at",
    desk.DeskBoard: "review approval questions",
    desk.DeskQuestion: "id seq at item text asker municipality anonymous proposal status public"
    " votes claimed_by claimed_at draft submitted note answer approved_by merged_into",
    proposals.ProposalList: "room proposals",
    proposals.Proposal: "id seq at author text votes sent",
    groups.Groups: "municipality groups guests left",
    groups.Group: "id title members guests left closed",
    notices.Notices: "captions messages questions votes ballots muted rooms help",
    notices.OpenRoom: "room guest title",
    notices.OwnMessage: "room id at text state files",
    notices.OwnQuestion: "id at text anonymous state public",
    own.OwnHelp: "id at what text status taken_by lines",
    thread.Line: "seq at author text",
    queue.Queue: "requests",
    queue.Request: "id seq at asker municipality what text diagnosis status need taken_by lines"
    " settled",
    queue.Settled: "by at",
    helpdesk.KnownFault: "text at",
    board.Board: "themes conclusions",
    board.Conclusion: "id seq at municipality author text theme edited hidden replies",
    board.Reply: "id seq at author municipality text hidden",
    diagnosis.Diagnosis: "page browser screen network line picture sound behind errors",
}


def names(word: Any) -> set[str]:
    return {one.name for one in fields(word)}


@pytest.mark.parametrize("kind", events.BY_TOPIC)
def test_each_audience_hears_the_events_of_its_table_with_these_fields_alone(kind: str) -> None:
    written = {event.__name__: names(event) for event in events.BY_TOPIC[kind]}
    assert written == {event: set(listed.split()) for event, listed in EVENTS[kind].items()}


@pytest.mark.parametrize("part", SNAPSHOTS, ids=lambda part: part.__name__)
def test_each_snapshot_holds_the_fields_of_its_table_alone(part: type) -> None:
    assert names(part) == set(SNAPSHOTS[part].split())


def test_whoever_is_named_is_named_by_id_name_and_badge_alone() -> None:
    assert names(Author) == AUTHOR


def parts_of(word: Any) -> set[type]:
    """All dataclasses that stand in the fields of one, however deep."""
    found: set[type] = set()
    for hint in get_type_hints(word).values():
        found |= {part for part in _dataclasses(hint) if part not in found}
    return found.union(*(parts_of(part) for part in found))


def _dataclasses(hint: Any) -> set[type]:
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return {hint}
    return set().union(*(_dataclasses(inner) for inner in get_args(hint)))


def test_there_is_nothing_in_an_event_or_a_snapshot_that_no_table_names() -> None:
    for event in events.EVENTS:
        assert parts_of(event) <= {Author, diagnosis.Diagnosis, filewords.File}, event
    tops: tuple[type, ...] = (messages.Board, hosting.Hosting, notices.Notices, groups.Groups)
    tops += (committee.Committee, desk.DeskBoard, proposals.ProposalList)
    tops += (files.Files, queue.Queue, helpdesk.KnownFault, board.Board)
    inside = set(tops).union(*(parts_of(top) for top in tops))
    assert inside == set(SNAPSHOTS) | {Author}


def test_the_audience_has_no_field_for_what_the_desk_keeps_to_itself() -> None:
    hidden = {"asker", "anonymous", "draft", "claimed_by", "by", "status", "person"}
    hidden |= {"proposal", "claimed_at", "submitted", "note", "approved_by"}
    audience = set().union(*(names(event) for event in events.BY_TOPIC["committee"]))
    for part in (committee.Committee, committee.PublicQuestion, committee.PublicAnswer):
        audience |= names(part)
    assert not hidden & audience


def test_whose_vote_it_was_is_read_by_nobody_else() -> None:
    """Only the ballots, which have no readers, and that person's own topic tell it."""
    for kind in events.BY_TOPIC.keys() - {"committee.ballots", "proposals.ballots", "person"}:
        told = [event for event in events.BY_TOPIC[kind] if "votes" in names(event)]
        assert all(not {"by", "person"} & names(event) or event is MERGED for event in told)
    assert get_type_hints(MERGED)["by"] is Author, "the moderator who merged, not who voted"


def test_the_people_of_a_room_have_no_field_for_what_only_hosts_decide() -> None:
    audience = set().union(*(names(event) for event in events.BY_TOPIC["room"]))
    audience |= names(messages.Board) | names(messages.Message)
    assert not {"held", "muted", "until", "posted", "word", "words"} & audience

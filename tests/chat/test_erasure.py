from __future__ import annotations

import json
from collections.abc import Iterable

import pytest

from chat import (
    committeewords,
    deskwords,
    erasure,
    hostingwords,
    proposals,
    proposalwords,
    questions,
    rooms,
    roomwords,
)
from chat import events as did
from chat.filewords import FilesDropped
from chat.helpdesk import commands as help_words
from chat.helpdesk import helpdesk
from chat.helpdesk.events import OwnHelpAsked
from chat.notes import events as notes_events
from chat.people import author_of
from server import wire
from tests.chat.meeting import (
    ANNA,
    BO,
    HANNE,
    IDA,
    KIM,
    MADS,
    SYSTEM,
    Meeting,
    Somebody,
    a_desk,
    a_helpdesk,
    a_room,
    a_room_with_proposals,
    no_sound,
)

SECRET = "Kanariefugl"


def stored(meeting: Meeting, *topics: str) -> str:
    """Everything that is kept of these topics, as one text."""
    return json.dumps([wire.data_of(one.event) for one in meeting.stored if one.topic in topics])


def everywhere(meeting: Meeting) -> str:
    topics = {entry.topic for entry in meeting.log}
    return stored(meeting, *topics) + json.dumps(meeting.snapshots())


def doing(meeting: Meeting, *done: tuple[object, Somebody]) -> Meeting:
    for command, by in done:
        meeting.do(command, by, after_s=1)
    return meeting


def test_a_deleted_message_leaves_no_word_of_any_version() -> None:
    room = doing(
        a_room(),
        (roomwords.PostMessage(f"{SECRET} 1"), ANNA),
        (roomwords.EditMessage("m1", f"{SECRET} 2"), ANNA),
        (roomwords.PostMessage("Hej", "m1"), BO),
        (roomwords.DeleteMessage("m1"), HANNE),
    )
    assert SECRET not in everywhere(room)


def test_an_edited_message_leaves_no_word_of_what_it_was() -> None:
    room = doing(
        a_room(),
        (roomwords.PostMessage(SECRET), ANNA),
        (roomwords.EditMessage("m1", "Undskyld"), ANNA),
    )
    assert SECRET not in everywhere(room)


def test_a_held_message_taken_back_leaves_no_word() -> None:
    room = doing(
        a_room(review=True),
        (roomwords.PostMessage(SECRET), ANNA),
        (roomwords.DeleteMessage("anna.m1"), ANNA),
    )
    assert SECRET not in everywhere(room)


def test_a_held_message_leaves_the_hosts_log_whichever_way_it_goes() -> None:
    for settled in (hostingwords.ApproveMessage("anna.m1"), hostingwords.DeclineMessage("anna.m1")):
        room = doing(a_room(review=True), (roomwords.PostMessage(SECRET), ANNA), (settled, HANNE))
        assert SECRET not in stored(room, "room.host:aalborg")


def test_a_message_deleted_after_it_was_approved_leaves_no_word() -> None:
    room = doing(
        a_room(review=True),
        (roomwords.PostMessage(SECRET), ANNA),
        (hostingwords.ApproveMessage("anna.m1"), HANNE),
        (roomwords.DeleteMessage("m1"), ANNA),
    )
    assert SECRET not in everywhere(room)


@pytest.mark.parametrize("review", [True, False])
def test_a_question_taken_back_leaves_no_word_nor_its_draft(review: bool) -> None:
    desk = doing(a_desk(review=review), (committeewords.AskQuestion(SECRET, anonymous=True), IDA))
    if not review:
        doing(desk, (deskwords.Draft("q1", f"Om {SECRET}"), KIM))
    doing(desk, (committeewords.WithdrawQuestion("ida.q1"), IDA))
    assert SECRET not in everywhere(desk)


def test_a_question_that_leaves_the_public_leaves_no_word_there() -> None:
    for gone in (deskwords.DeclineQuestion("q1"), deskwords.Merge("q1", "q2")):
        desk = doing(
            a_desk(),
            (committeewords.AskQuestion(SECRET), ANNA),
            (committeewords.AskQuestion("Må jeg?"), BO),
            (gone, MADS),
        )
        assert SECRET not in stored(desk, "committee")
        assert SECRET in stored(desk, "committee.desk"), "the desk may still look at it"


def test_erasing_one_message_spares_the_others() -> None:
    room = doing(
        a_room(),
        (roomwords.PostMessage(SECRET), ANNA),
        (roomwords.PostMessage("Hej"), BO),
        (roomwords.DeleteMessage("m2"), BO),
    )
    assert SECRET in stored(room, "room:aalborg")


def test_the_same_id_in_two_rooms_is_not_the_same_message() -> None:
    here, there = (hostingwords.OwnMessageHeld("anna", room, "anna.m1", "") for room in ("a", "b"))
    assert erasure.about(here) != erasure.about(there)


def test_a_room_and_a_desk_come_back_from_what_is_left() -> None:
    room = doing(
        a_room(),
        (roomwords.PostMessage("Et"), ANNA),
        (roomwords.EditMessage("m1", "To"), ANNA),
        (roomwords.PostMessage("Farvel"), ANNA),
        (roomwords.DeleteMessage("m2"), ANNA),
    )
    assert room.restarted(rooms.initial("aalborg")).state == room.state
    desk = doing(
        a_desk(),
        (committeewords.AskQuestion("Et?"), ANNA),
        (committeewords.AskQuestion("To?"), BO),
        (deskwords.Merge("q1", "q2"), MADS),
        (committeewords.WithdrawQuestion("q2"), BO),
    )
    assert desk.restarted(questions.initial()).state == desk.state


def test_every_text_that_people_write_is_named() -> None:
    """A field called text is somebody's words; one that is not named could never be erased."""
    texts = dict.fromkeys(_with_field("text", did.EVENTS), "text")
    updates = dict.fromkeys(_with_field("update", notes_events.EVENTS), "update")
    assert texts | updates == erasure.FREE_TEXT


def test_every_name_of_a_file_is_somebody_s_words() -> None:
    named = {event for event in _with_field("files", did.EVENTS) if event is not FilesDropped}
    assert named == set(erasure.FREE_FILES)


def _with_field(name: str, events: Iterable[type]) -> Iterable[type]:
    return (event for event in events if name in event.__slots__)  # type: ignore[attr-defined]


def test_what_has_no_text_stays_as_it_is() -> None:
    spoken = deskwords.AnswerGiven("anna.q1", author_of(KIM), True)
    for event in (roomwords.ReviewSet(True), spoken):
        assert erasure.emptied(event) is event
    assert erasure.about(roomwords.ReviewSet(True)) is None
    assert erasure.erases(spoken) is None


def test_an_emptied_room_leaves_no_word_with_anybody_and_its_log_folds_alike() -> None:
    room = doing(
        a_room(),
        (roomwords.PostMessage(f"{SECRET} 1"), ANNA),
        (roomwords.EditMessage("m1", f"{SECRET} 2"), ANNA),
        (roomwords.SetReview(True), HANNE),
        (roomwords.PostMessage(f"{SECRET} 3"), BO),
        (hostingwords.DeclineMessage("bo.m1"), HANNE),
        (roomwords.PostMessage(f"{SECRET} 4"), BO),
        (roomwords.EmptyRoom(("bo",)), SYSTEM),
    )
    assert SECRET not in everywhere(room)
    assert room.restarted(rooms.initial("aalborg")).state == room.state
    assert room.refuses(roomwords.EditMessage("m1", "Nyt"), ANNA).code == "already_deleted"


def test_emptying_a_room_spares_what_a_person_wrote_elsewhere() -> None:
    other = hostingwords.OwnMessageHeld("bo", "aalborg.udvalg", "bo.m1", SECRET)
    room = a_room()
    room.fold(other)
    doing(room, (roomwords.EmptyRoom(("bo",)), SYSTEM))
    assert stored(room, "person:bo").count(SECRET) == 1
    assert SECRET in json.dumps(room.snapshot("person:bo"))


def test_an_emptied_desk_leaves_no_word_but_what_was_public_and_its_log_folds_alike() -> None:
    desk = doing(
        a_desk(),
        (committeewords.AskQuestion("Hvad koster det?"), ANNA),
        (committeewords.Vote("q1"), BO),
        (deskwords.Draft("anna.q1", f"{SECRET} 1"), KIM),
        (deskwords.Answer("anna.q1", "10 kr."), KIM),
        (roomwords.SetReview(True), MADS),
        (committeewords.AskQuestion(f"{SECRET} 2", anonymous=True), IDA),
        (committeewords.AskQuestion(f"{SECRET} 3"), BO),
        (deskwords.DeclineQuestion("bo.q1"), MADS),
    )
    public = desk.snapshot("committee")
    doing(desk, (deskwords.EmptyDesk(("anna", "bo", "ida")), SYSTEM))

    assert SECRET not in everywhere(desk)
    assert desk.snapshot("committee") == public
    assert "10 kr." not in stored(desk, "committee.desk")
    assert desk.snapshot("committee.desk")["questions"] == []
    assert desk.restarted(questions.initial()).state == desk.state
    assert desk.refuses(committeewords.Vote("q1"), BO).code == "unknown_question"


def test_a_public_id_is_never_given_out_twice_after_a_desk_was_emptied() -> None:
    first = (committeewords.AskQuestion("Hvad koster det?"), ANNA)
    desk = doing(a_desk(), first, (deskwords.EmptyDesk(("anna",)), SYSTEM), first)
    assert [one["id"] for one in desk.snapshot("committee")["questions"]] == ["q1", "q2"]
    assert [one["id"] for one in desk.snapshot("person:anna")["questions"]] == ["anna.q1"]


def test_emptied_proposals_leave_no_word_and_nobody_who_backed_them() -> None:
    room = doing(
        a_room_with_proposals(),
        (proposalwords.Propose(SECRET), ANNA),
        (proposalwords.BackProposal("aalborg.p1"), BO),
        (proposalwords.EmptyProposals(), SYSTEM),
        (proposalwords.Propose("Hvornår?"), ANNA),
    )
    assert SECRET not in everywhere(room)
    assert [one["id"] for one in room.snapshot("proposals:aalborg")["proposals"]] == ["aalborg.p2"]
    assert room.restarted(proposals.initial("aalborg")).state == room.state


def test_an_emptied_help_desk_leaves_no_word_with_anybody() -> None:
    desk = doing(
        a_helpdesk(),
        (no_sound(f"{SECRET} 1"), ANNA),
        (help_words.AnswerHelp("anna.h1", f"{SECRET} 2"), MADS),
        (help_words.AddToHelp(f"{SECRET} 3"), ANNA),
        (help_words.TellKnownFault("Lyden mangler"), MADS),
        (help_words.EmptyHelp(("anna",)), SYSTEM),
    )
    assert SECRET not in everywhere(desk)
    assert "help" not in desk.snapshot("person:anna")
    assert desk.snapshot("help")["known"]["text"] == "Lyden mangler"
    assert desk.restarted(helpdesk.initial()).state == desk.state


def test_emptying_the_desk_spares_a_person_s_thread_with_the_crew() -> None:
    desk = a_desk()
    desk.fold(OwnHelpAsked("bo", "bo.h1", "no_sound", SECRET))
    doing(desk, (deskwords.EmptyDesk(("bo",)), SYSTEM))
    assert stored(desk, "person:bo").count(SECRET) == 1

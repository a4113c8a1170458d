"""Snapshot + events = snapshot, for every command and every audience; the browser reads the files.

One command may write to several topics; each gets a golden file of its own, with that topic's
frames alone, because that is all its readers hear.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from chat import commands as ask
from chat import committeewords, deskwords, hostingwords, proposalwords, roomwords
from chat import events as did
from chat import filewords as file
from chat import groupwords as group
from chat.conclusions import commands as board_words
from chat.event import Event
from chat.helpdesk import commands as help_words
from chat.helpdesk.diagnosis import Diagnosis
from chat.notes import commands as notes
from chat.notes import events as notes_events
from chat.notes import noting
from chat.polls import commands as poll
from chat.polls import events as poll_events
from chat.polls.events import OwnBallotCast
from chat.viewing import commands as view
from server import wire
from tests.chat.meeting import (
    AASE,
    ANNA,
    BO,
    CARL,
    COFFEE,
    FACES,
    HALF_PAST_TWO,
    HANNE,
    HENRIK,
    IDA,
    KIM,
    LIS,
    MADS,
    SEEN,
    SIV,
    SYSTEM,
    THEMES,
    UNREAD,
    Meeting,
    Pen,
    Somebody,
    a_board,
    a_desk,
    a_helpdesk,
    a_municipality,
    a_room,
    a_room_with_proposals,
    carrying,
    cued,
    followed,
    invited,
    named,
    no_sound,
    sent,
    somebody,
    the_notes,
    the_polls,
    with_messages,
    with_questions,
)
from tests.golden import GOLDENS, event_frame, kept

EVENTS = wire.names_of(did.EVENTS + poll_events.EVENTS + notes_events.EVENTS)
UNSEEN = {
    event
    for kind, group in (did.BY_TOPIC | poll_events.BY_TOPIC).items()
    if kind in UNREAD
    for event in group
}


@dataclass(frozen=True)
class Case:
    """
    Args:
        does: the command; or an event, where no command leads there in so few words.
        only: the kind of topic to write a file for, when the others' would be large for nothing.
    """

    name: str
    meeting: Meeting
    does: object
    by: Somebody = ANNA
    after_s: float = 1.0
    only: str | None = None


def having(meeting: Meeting, *done: tuple[object, Somebody]) -> Meeting:
    """The meeting after these commands, a second apart."""
    for command, by in done:
        meeting.do(command, by, after_s=1)
    return meeting


# --- rooms


def a_talk(*done: tuple[object, Somebody]) -> Meeting:
    talk = having(
        a_room(), (roomwords.PostMessage("Godmorgen"), ANNA), (roomwords.PostMessage("Hej"), BO)
    )
    return having(talk, *done)


def a_reviewed_talk(*done: tuple[object, Somebody]) -> Meeting:
    return a_talk(
        (roomwords.SetReview(True), HANNE), (roomwords.PostMessage("Må jeg?", "m2"), ANNA), *done
    )


def with_a_file(*done: tuple[object, Somebody]) -> Meeting:
    """Anna has sent f1 and f2, and posted f1 as m1."""
    posted = (carrying("Se her", "f1"), ANNA)
    return having(a_room(), (sent("f1"), SYSTEM), (sent("f2"), SYSTEM), posted, *done)


def file_cases() -> list[Case]:
    reviewed = ((roomwords.SetReview(True), HANNE), (carrying("Må jeg vise det?", "f2"), ANNA))
    plan = roomwords.PostMessage("", files=(file.FileToPost("p1", "plan.pdf"),))
    return [
        Case("keep_file", a_room(), sent("f1"), SYSTEM),
        Case("drop_file", with_a_file(), file.DropFile("f2", "anna"), SYSTEM),
        Case("drop_forgotten", with_a_file(), file.DropForgotten(), SYSTEM, 3_700),
        Case("post_picture", with_a_file(), carrying("Og her", "f2")),
        Case("post_pdf_alone", having(a_room(), (sent("p1", kind="pdf"), SYSTEM)), plan),
        Case("edit_with_file", with_a_file(), roomwords.EditMessage("m1", "Se nu her")),
        Case("delete_with_file", with_a_file(), roomwords.DeleteMessage("m1")),
        Case("hold_with_file", with_a_file(reviewed[0]), reviewed[1][0]),
        Case(
            "approve_with_file",
            with_a_file(*reviewed),
            hostingwords.ApproveMessage("anna.m1"),
            HANNE,
        ),
        Case(
            "decline_with_file",
            with_a_file(*reviewed),
            hostingwords.DeclineMessage("anna.m1"),
            HANNE,
        ),
        Case("empty_with_file", with_a_file(), roomwords.EmptyRoom(), SYSTEM),
    ]


def room_cases() -> list[Case]:
    reacted = ((roomwords.React("m1", "👍"), BO), (roomwords.React("m1", "❤️"), BO))
    pinned = (roomwords.PinMessage("m1"), HANNE)
    muted = (hostingwords.MutePerson("anna", 5), HANNE)
    seated = ((roomwords.CountHeads(6), ANNA), (roomwords.CountHeads(3), BO))
    mention = roomwords.PostMessage("Hvad siger @Bo Friis?", mentions=("bo",))
    listed = (hostingwords.SetWordList(("pokker*", "bøvl")), HANNE)
    return [
        Case("post", a_room(), roomwords.PostMessage("Godmorgen")),
        Case("post_as_host", a_room(), roomwords.PostMessage("Velkommen"), HANNE),
        Case("post_after_settings", a_room(slow_mode_s=30), roomwords.PostMessage("Hej")),
        Case("reply", a_talk(), roomwords.PostMessage("Godmorgen igen", "m2")),
        Case("post_101", with_messages(a_room(), 100), roomwords.PostMessage("Den sidste")),
        Case(
            "post_101_oldest_pinned",
            having(with_messages(a_room(), 100), pinned),
            roomwords.PostMessage("Den sidste"),
        ),
        Case(
            "post_102_pin_taken_off",
            having(
                with_messages(a_room(), 100),
                pinned,
                (roomwords.PostMessage("Den næstsidste"), BO),
                (roomwords.UnpinMessage("m1"), HANNE),
            ),
            roomwords.PostMessage("Den sidste"),
        ),
        Case("edit", a_talk(), roomwords.EditMessage("m1", "Godmorgen til jer")),
        Case(
            "edit_again",
            a_talk((roomwords.EditMessage("m1", "Godmorgen til jer"), ANNA)),
            roomwords.EditMessage("m1", "Godmorgen"),
        ),
        Case(
            "edit_no_longer_shown",
            with_messages(a_talk(), 100),
            roomwords.EditMessage("m1", "Godmorgen til jer"),
        ),
        Case("delete", a_talk(), roomwords.DeleteMessage("m1")),
        Case("delete_by_host", a_talk(), roomwords.DeleteMessage("m2"), HANNE),
        Case("empty", a_talk(*reacted, pinned), roomwords.EmptyRoom(), SYSTEM),
        Case(
            "empty_with_waiting_and_declined",
            having(
                a_reviewed_talk((roomwords.DeleteMessage("m2"), BO)),
                (hostingwords.DeclineMessage("anna.m1"), HANNE),
                (roomwords.PostMessage("Og nu?"), ANNA),
            ),
            roomwords.EmptyRoom(("anna",)),
            SYSTEM,
        ),
        Case(
            "delete_edited_with_reactions_and_pin",
            a_talk((roomwords.EditMessage("m1", "Godmorgen til jer"), ANNA), *reacted, pinned),
            roomwords.DeleteMessage("m1"),
        ),
        Case(
            "delete_reply",
            a_talk((roomwords.PostMessage("Ja", "m1"), BO)),
            roomwords.DeleteMessage("m3"),
            BO,
        ),
        Case("delete_no_longer_shown", with_messages(a_talk(), 100), roomwords.DeleteMessage("m1")),
        Case("react", a_talk(), roomwords.React("m1", "👍"), BO),
        Case("react_second_person", a_talk(*reacted), roomwords.React("m1", "👍"), CARL),
        Case("react_second_emoji", a_talk(*reacted), roomwords.React("m1", "✅"), BO),
        Case(
            "unreact",
            a_talk(*reacted, (roomwords.React("m1", "👍"), CARL)),
            roomwords.Unreact("m1", "👍"),
            BO,
        ),
        Case("unreact_last", a_talk(*reacted), roomwords.Unreact("m1", "👍"), BO),
        Case("pin", a_talk(), roomwords.PinMessage("m1"), HANNE),
        Case("pin_another", a_talk(pinned), roomwords.PinMessage("m2"), HANNE),
        Case("unpin", a_talk(pinned), roomwords.UnpinMessage("m1"), HANNE),
        Case("slow_mode", a_talk(), roomwords.SetSlowMode(30), HANNE),
        Case("slow_mode_off", a_room(slow_mode_s=30), roomwords.SetSlowMode(0), HANNE),
        Case("review", a_talk(), roomwords.SetReview(True), HANNE),
        Case("review_off", a_reviewed_talk(), roomwords.SetReview(False), HANNE),
        Case("close_room", a_talk(), roomwords.CloseRoom(), HANNE),
        Case("open_room", a_talk((roomwords.CloseRoom(), HANNE)), roomwords.OpenRoom(), HANNE),
        Case("count_heads", a_talk(), roomwords.CountHeads(6)),
        Case("count_heads_again", a_talk(*seated), roomwords.CountHeads(4)),
        Case("count_heads_alone", a_talk(*seated), roomwords.CountHeads(1)),
        Case("mention", a_talk(), roomwords.PostMessage("Hvad siger @Bo Friis?", mentions=("bo",))),
        Case("delete_mention", a_talk((mention, ANNA)), roomwords.DeleteMessage("m3")),
        Case("word_list", a_talk(), hostingwords.SetWordList(("pokker", "bøvl*")), HANNE),
        Case("word_list_shorter", a_talk(listed), hostingwords.SetWordList(()), HANNE),
        Case("hold_by_word", a_talk(listed), replace(mention, text="Pokkers b0vl, @Bo Friis")),
        Case("hold", a_reviewed_talk(), roomwords.PostMessage("Må jeg også?"), BO),
        Case("hold_reply", a_reviewed_talk(), roomwords.PostMessage("Ja tak", "m1"), BO),
        Case("hold_51", with_declined(a_room(review=True), 50), roomwords.PostMessage("Og nu?")),
        Case("approve", a_reviewed_talk(), hostingwords.ApproveMessage("anna.m1"), HANNE),
        Case("decline", a_reviewed_talk(), hostingwords.DeclineMessage("anna.m1"), HANNE),
        Case("withdraw_message", a_reviewed_talk(), roomwords.DeleteMessage("anna.m1")),
        Case("mute", a_talk(), hostingwords.MutePerson("anna", 5), HANNE),
        Case("mute_again", a_talk(muted), hostingwords.MutePerson("anna", 30), HANNE),
        Case(
            "mute_after_another_is_over",
            a_talk((hostingwords.MutePerson("bo", 1), HANNE), muted),
            hostingwords.MutePerson("anna"),
            HANNE,
            after_s=60,
        ),
        Case(
            "unmute",
            a_talk(muted, (hostingwords.MutePerson("bo"), HANNE)),
            hostingwords.UnmutePerson("anna"),
            HANNE,
        ),
    ]


def with_declined(room: Meeting, count: int) -> Meeting:
    for number in range(1, count + 1):
        room.do(roomwords.PostMessage(f"Må jeg? {number}"), after_s=5)
        room.do(hostingwords.DeclineMessage(f"anna.m{number}"), HANNE)
    return room


# --- groups


def group_cases() -> list[Case]:
    committee = a_municipality(ANNA, BO)
    with_guests = having(
        a_municipality(ANNA, BO), (invited(MADS, "udvalg"), HANNE), (invited(IDA), HANNE)
    )
    departed = having(committee.again(), (group.LeaveGroup("udvalg"), ANNA))
    return [
        Case("open_group", a_municipality(), group.OpenGroup("udvalg", "Udvalget"), HANNE),
        Case("open_second_group", committee, group.OpenGroup("skole", "Skolen"), HANNE),
        Case("close_group", with_guests, group.CloseGroup("udvalg"), HANNE),
        Case("name_member", committee, named(CARL), HANNE),
        Case("remove_member", committee, group.RemoveMember("udvalg", "anna"), HANNE),
        Case("invite_guest", committee, invited(IDA), HANNE),
        Case("invite_moderator_to_group", committee, invited(MADS, "udvalg"), HANNE),
        Case("dismiss_guest", with_guests, group.DismissGuest("ida"), HANNE),
        Case("dismiss_from_group", with_guests, group.DismissGuest("mads", "udvalg"), HANNE),
        Case("leave_group", committee, group.LeaveGroup("udvalg"), ANNA),
        Case("leave_group_as_guest", with_guests, group.LeaveGroup("udvalg"), MADS),
        Case("leave_room_as_guest", with_guests, group.LeaveGroup(), IDA),
        Case("name_who_left", departed, named(ANNA), HANNE),
    ]


# --- the desk


def asked(*done: tuple[object, Somebody]) -> Meeting:
    """Anna's question is public as q1, Ida's anonymous one as q2."""
    desk = having(
        a_desk(),
        (committeewords.AskQuestion("Hvad koster det?"), ANNA),
        (committeewords.AskQuestion("Hvem betaler?", anonymous=True), IDA),
    )
    return having(desk, *done)


def held(*done: tuple[object, Somebody]) -> Meeting:
    desk = having(
        a_desk(review=True),
        (committeewords.AskQuestion("Hvad koster det?"), ANNA),
        (committeewords.AskQuestion("Hvem betaler?", anonymous=True), IDA),
    )
    return having(desk, *done)


CLAIMED = (deskwords.Claim("anna.q1"), KIM)
DRAFTED = (deskwords.Draft("anna.q1", "Det koster"), KIM)
ANSWERED = (deskwords.Answer("anna.q1", "Det koster 3 mio."), KIM)
SPOKEN = (deskwords.AnswerOnAir("anna.q1"), KIM)
BEFORE = HALF_PAST_TWO - timedelta(seconds=20)
BOTH = (deskwords.SetApproval("colleagues"), MADS)
RETURNED = (deskwords.ReturnAnswer("anna.q1", "Hvilket år?"), LIS)
PINNED = (deskwords.PinQuestion("q1"), MADS)
MERGED = (deskwords.Merge("anna.q1", "ida.q1"), MADS)


def window_cases() -> list[Case]:
    desk = a_desk(is_open=False)
    opens, closes = desk.now, desk.now.replace(minute=59)
    plan, open_it = (
        deskwords.PlanWindow("18", opens, closes),
        deskwords.OpenWindow("18", opens, closes),
    )
    planned = having(desk.again(), (plan, SYSTEM))
    opened = having(planned.again(), (open_it, SYSTEM))
    later = deskwords.PlanWindow("18", opens.replace(minute=32), closes)
    return [
        Case("plan_window", desk, plan, SYSTEM),
        Case("plan_window_later", planned, later, SYSTEM),
        Case("open_window", planned, open_it, SYSTEM),
        Case("open_window_unplanned", desk, open_it, SYSTEM),
        Case(
            "open_window_longer",
            opened,
            deskwords.OpenWindow("18", opens, closes.replace(hour=14)),
            SYSTEM,
        ),
        Case("close_window", opened, deskwords.CloseWindow("18"), SYSTEM),
        Case(
            "open_window_again",
            having(opened.again(), (deskwords.CloseWindow("18"), SYSTEM)),
            open_it,
            SYSTEM,
        ),
    ]


LAST = committeewords.AskQuestion("Den sidste?")


def asking_cases() -> list[Case]:
    full = having(with_questions(a_desk(), 200), (deskwords.Answer("p7.q1", "Ja"), KIM))
    pointed = having(
        with_questions(a_desk(), 201),
        (deskwords.Merge("p5.q1", "p0.q1"), MADS),
        (committeewords.AskQuestion("Og?"), BO),
    )
    return [
        Case("ask", a_desk(), committeewords.AskQuestion("Hvad koster det?")),
        Case(
            "ask_without_municipality",
            a_desk(),
            committeewords.AskQuestion("Hvad koster det?"),
            IDA,
        ),
        Case("ask_anonymous", asked(), committeewords.AskQuestion("Må man?", anonymous=True), BO),
        Case("ask_as_committee", asked(), committeewords.AskQuestion("Og hvad siger I?"), LIS),
        Case("ask_held", held(), committeewords.AskQuestion("Må man?"), BO),
        Case(
            "ask_held_anonymous", held(), committeewords.AskQuestion("Må man?", anonymous=True), BO
        ),
        Case("ask_201", with_questions(a_desk(), 200), LAST, only="committee"),
        Case("ask_201_one_answered", full, LAST, only="committee"),
        Case("ask_over_a_merged_one", pointed, LAST, only="committee"),
        Case("ask_501", with_settled(500), LAST, only="committee.desk"),
        Case(
            "ask_51_of_ones_own",
            with_own_settled(50),
            committeewords.AskQuestion("Og nu?"),
            after_s=60,
        ),
        Case("vote", asked(), committeewords.Vote("q1"), BO),
        Case(
            "vote_within_the_second",
            asked((committeewords.Vote("q1"), BO)),
            committeewords.Vote("q1"),
            CARL,
            after_s=0.4,
        ),
        Case("tally", voted_within_the_second(), deskwords.Tally(), SYSTEM),
        Case("unvote", asked((committeewords.Vote("q1"), BO)), committeewords.Unvote("q1"), BO),
        Case(
            "unvote_within_the_second",
            asked((committeewords.Vote("q1"), BO)),
            committeewords.Unvote("q1"),
            BO,
            after_s=0,
        ),
        Case("vote_on_a_merged_one", asked(MERGED), committeewords.Vote("q1"), BO),
        Case(
            "unvote_both_of_a_merged_one",
            asked((committeewords.Vote("q1"), BO), (committeewords.Vote("q2"), BO), MERGED),
            committeewords.Unvote("q2"),
            BO,
        ),
        Case(
            "withdraw",
            asked((committeewords.Vote("q1"), BO), DRAFTED),
            committeewords.WithdrawQuestion("q1"),
        ),
        Case("withdraw_held", held(), committeewords.WithdrawQuestion("ida.q1"), IDA),
        Case("withdraw_anonymous", asked(), committeewords.WithdrawQuestion("q2"), IDA),
        Case(
            "withdraw_with_one_behind_it", asked(MERGED), committeewords.WithdrawQuestion("q2"), IDA
        ),
        Case("vote_counted_501", *a_keen_voter()),
    ]


def voted_within_the_second() -> Meeting:
    desk = asked((committeewords.Vote("q1"), BO))
    for number in range(3):
        desk.do(committeewords.Vote(f"q{number % 2 + 1}"), somebody(number), after_s=0.1)
    return desk


def with_settled(count: int) -> Meeting:
    """All are open but the fourth."""
    return having(with_questions(a_desk(), count), (deskwords.DeclineQuestion("p3.q1"), MADS))


def with_own_settled(count: int) -> Meeting:
    desk = a_desk(review=True)
    for number in range(1, count + 1):
        desk.do(committeewords.AskQuestion(f"Må jeg? {number}"), after_s=21)
        desk.do(deskwords.DeclineQuestion(f"anna.q{number}"), MADS)
    return desk


def a_keen_voter() -> tuple[Meeting, object, Somebody]:
    desk = asked()
    for number in range(500):
        desk.fold(committeewords.VoteCounted("anna", f"q{number + 1}", True))
    return desk, committeewords.VoteCounted("anna", "q501", True), ANNA


def answering_cases() -> list[Case]:
    left = asked(DRAFTED, (deskwords.Release("anna.q1"), KIM))
    return [
        Case("claim", asked(), deskwords.Claim("anna.q1"), KIM),
        Case("claim_by_public_id", asked(), deskwords.Claim("q2"), KIM),
        Case("claim_with_a_draft_left", left, deskwords.Claim("anna.q1"), LIS),
        Case("release", asked(CLAIMED), deskwords.Release("anna.q1"), KIM),
        Case("release_drafted", asked(DRAFTED), deskwords.Release("anna.q1"), KIM),
        Case("draft", asked(CLAIMED), deskwords.Draft("anna.q1", "Det koster"), KIM),
        Case("draft_unclaimed", asked(), deskwords.Draft("anna.q1", "Det koster"), KIM),
        Case("draft_again", asked(DRAFTED), deskwords.Draft("anna.q1", "Det koster 3"), KIM),
        Case("answer", asked(), deskwords.Answer("anna.q1", "Det koster 3 mio."), KIM),
        Case(
            "answer_drafted", asked(DRAFTED), deskwords.Answer("anna.q1", "Det koster 3 mio."), KIM
        ),
        Case(
            "answer_again", asked(ANSWERED), deskwords.Answer("anna.q1", "Det koster 4 mio."), KIM
        ),
        Case("answer_on_air", asked(CLAIMED), deskwords.AnswerOnAir("anna.q1"), KIM),
        Case(
            "answer_on_air_set_right", asked(SPOKEN), deskwords.AnswerOnAir("anna.q1", BEFORE), KIM
        ),
        Case(
            "answer_written_after_on_air", asked(SPOKEN), deskwords.Answer("anna.q1", "3 mio."), KIM
        ),
        Case("claim_lapsed", asked(DRAFTED), deskwords.Claim("anna.q1"), LIS, after_s=300),
        Case("draft_lapsed", asked(DRAFTED), deskwords.Draft("anna.q1", "3?"), LIS, after_s=300),
        Case("release_by_moderator", asked(CLAIMED), deskwords.Release("anna.q1"), MADS),
    ]


def approving_cases() -> list[Case]:
    approved = deskwords.ApproveAnswer("anna.q1", 7)
    reworded = (deskwords.Answer("anna.q1", "4 mio."), KIM)
    again = asked(ANSWERED, BOTH, reworded)
    return [
        Case("approval_set", asked(), deskwords.SetApproval("colleagues"), MADS),
        Case("submit", asked(BOTH), *ANSWERED),
        Case("submit_drafted", asked(BOTH, DRAFTED), *ANSWERED),
        Case("submit_other_words", asked(BOTH, ANSWERED), *reworded),
        Case("draft_submitted", asked(BOTH, ANSWERED), deskwords.Draft("anna.q1", "3?"), KIM),
        Case("release_submitted", asked(BOTH, ANSWERED), deskwords.Release("anna.q1"), KIM),
        Case("approve_answer", asked(BOTH, ANSWERED), approved, LIS),
        Case("return_answer", asked(BOTH, ANSWERED), deskwords.ReturnAnswer("anna.q1"), LIS),
        Case(
            "return_answer_with_note",
            asked(BOTH, ANSWERED),
            deskwords.ReturnAnswer("anna.q1", "Hvilket år?"),
            MADS,
        ),
        Case("submit_returned", asked(BOTH, ANSWERED, RETURNED), *ANSWERED),
        Case("submit_answered", asked(ANSWERED, BOTH), *reworded),
        Case("return_answered", again, deskwords.ReturnAnswer("anna.q1"), LIS),
        Case("approve_answered", again, approved, MADS),
        Case(
            "answer_that_waited",
            asked(BOTH, ANSWERED, (deskwords.SetApproval("nobody"), MADS)),
            *reworded,
        ),
    ]


def vetting_cases() -> list[Case]:
    both_voted = asked(
        (committeewords.Vote("q1"), BO),
        (committeewords.Vote("q2"), BO),
        (committeewords.Vote("q1"), CARL),
    )
    chain = having(
        asked(),
        (committeewords.AskQuestion("Hvad er prisen?"), BO),
        (deskwords.Merge("bo.q1", "anna.q1"), MADS),
    )
    declined = held((deskwords.DeclineQuestion("anna.q1"), MADS))
    return [
        Case("approve_question", held(), deskwords.ApproveQuestion("anna.q1"), MADS),
        Case("approve_anonymous_question", held(), deskwords.ApproveQuestion("ida.q1"), MADS),
        Case("approve_declined_question", declined, deskwords.ApproveQuestion("anna.q1"), MADS),
        Case("decline_question", held(), deskwords.DeclineQuestion("anna.q1"), MADS),
        Case(
            "decline_public_question",
            asked((committeewords.Vote("q1"), BO), DRAFTED),
            deskwords.DeclineQuestion("q1"),
            MADS,
        ),
        Case("merge", both_voted, deskwords.Merge("anna.q1", "ida.q1"), MADS),
        Case("merge_held", held((deskwords.ApproveQuestion("ida.q1"), MADS)), *MERGED),
        Case("merge_claimed", asked(DRAFTED), *MERGED),
        Case("merge_one_with_one_behind_it", chain, *MERGED),
        Case("merge_into_answered", asked(ANSWERED), deskwords.Merge("ida.q1", "anna.q1"), MADS),
        Case("approve_many", held(), deskwords.ApproveQuestions(("anna.q1", "ida.q1")), MADS),
        Case("decline_many", held(), deskwords.DeclineQuestions(("anna.q1", "ida.q1")), MADS),
        Case("pin_question", asked(), deskwords.PinQuestion("anna.q1"), MADS),
        Case("pin_another_question", asked(PINNED), deskwords.PinQuestion("q2"), MADS),
        Case("unpin_question", asked(PINNED), deskwords.UnpinQuestion("q1"), MADS),
        Case("withdraw_pinned", asked(PINNED), committeewords.WithdrawQuestion("q1"), ANNA),
        Case("merge_pinned", asked(PINNED), *MERGED),
        Case(
            "ask_201_oldest_pinned",
            having(with_questions(a_desk(), 200), (deskwords.PinQuestion("q1"), MADS)),
            LAST,
            only="committee",
        ),
        Case("review_questions", asked(), roomwords.SetReview(True), MADS),
        Case("review_questions_off", held(), roomwords.SetReview(False), MADS),
        Case("empty_desk", both_voted, deskwords.EmptyDesk(("anna", "ida")), SYSTEM),
    ]


# --- notes


def notes_cases() -> list[Case]:
    anna, bo = Pen(1), Pen(2)
    begun = having(the_notes(), (anna.write("Pointer fra drøftelsen"), ANNA))
    bo.read(begun)
    both = having(begun, (bo.write(": trivsel"), BO))
    full = the_notes()
    carl = Pen(3)
    for number in range(noting.PACK_AFTER - 1):
        full.do(carl.write(f"{number} "), CARL)
    return [
        Case("change_notes", begun, anna.write("\n- økonomi"), ANNA),
        Case("change_notes_at_once", both, anna.cut(0, 8), ANNA),
        Case("change_notes_and_pack", full, carl.write("færdig"), CARL),
        Case("empty_notes", both, notes.EmptyNotes(), SYSTEM),
    ]


# --- polls

BOS = (poll.CastBallot("p1", (0,)), BO)
CARLS = (poll.CastBallot("p1", (1,)), CARL)
SHOWN = (poll.ShowResults("p1"), MADS)
CLOSED = (poll.ClosePoll("p1"), MADS)


def polled(*done: tuple[object, Somebody]) -> Meeting:
    return having(the_polls(COFFEE, THEMES, is_open=True), *done)


def poll_cases() -> list[Case]:
    away = polled(SHOWN, (poll.PutPollAway("p1"), MADS))
    changed = poll.ChangeDraft("d1", "Te eller kaffe?", ("Te", "Kaffe"))
    return [
        Case("draft_poll", the_polls(), COFFEE, MADS),
        Case("draft_poll_of_several", the_polls(COFFEE), THEMES, MADS),
        Case("change_draft", the_polls(COFFEE, THEMES), changed, MADS),
        Case("drop_draft", the_polls(COFFEE, THEMES), poll.DropDraft("d1"), MADS),
        Case("open_poll", the_polls(COFFEE, THEMES), poll.OpenPoll("d1"), MADS),
        Case("open_poll_after_another", polled(BOS, SHOWN), poll.OpenPoll("d2"), MADS),
        Case("open_51st_poll", fifty_polls(), poll.OpenPoll("d51"), MADS),
        Case("cast_ballot", polled(), *BOS),
        Case("cast_ballot_within_the_second", polled(BOS), *CARLS, after_s=0.1),
        Case("cast_another_ballot", polled(BOS, CARLS), poll.CastBallot("p1", (2,)), BO),
        Case("take_ballot_back", polled(BOS, CARLS), poll.CastBallot("p1", ()), BO),
        Case(
            "cast_ballot_of_several",
            having(the_polls(THEMES, is_open=True), BOS),
            poll.CastBallot("p1", (2, 0)),
        ),
        Case("cast_51st_ballot", *a_keen_balloter(), only="person"),
        Case("count_ballots", within_the_second(), poll.CountBallots(), SYSTEM, after_s=1),
        Case("close_poll", polled(BOS), poll.ClosePoll("p1"), MADS),
        Case("close_poll_within_the_second", within_the_second(), poll.ClosePoll("p1"), MADS, 0),
        Case("reopen_poll", polled(BOS, CLOSED), poll.ReopenPoll("p1"), MADS),
        Case("show_results", polled(BOS, CARLS, CLOSED), *SHOWN),
        Case("show_results_of_an_open_poll", within_the_second(), *SHOWN, after_s=0),
        Case("show_results_again_after_another", after_another(), *SHOWN),
        Case("hide_results", polled(BOS, SHOWN), poll.HideResults("p1"), MADS),
        Case("put_poll_away", polled(BOS, SHOWN), poll.PutPollAway("p1"), MADS),
        Case("show_results_of_one_put_away", away, *SHOWN),
    ]


def within_the_second() -> Meeting:
    polls = polled(BOS)
    polls.do(*CARLS, after_s=0.1)
    return polls


def after_another() -> Meeting:
    return polled(BOS, SHOWN, (poll.OpenPoll("d2"), MADS), (poll.ClosePoll("p2"), MADS))


def fifty_polls() -> Meeting:
    polls = the_polls()
    for number in range(1, 52):
        polls.do(COFFEE, MADS)
        if number <= 50:
            polls.do(poll.OpenPoll(f"d{number}"), MADS)
            polls.do(poll.ClosePoll(f"p{number}"), MADS)
    return polls


def a_keen_balloter() -> tuple[Meeting, object, Somebody]:
    polls = polled()
    for number in range(50):
        polls.fold(OwnBallotCast("anna", f"p{number + 1}", (0,)))
    return polls, OwnBallotCast("anna", "p51", (1,)), ANNA


# --- the help desk


def in_need(*done: tuple[object, Somebody]) -> Meeting:
    """Anna hears nothing, Bo has something else."""
    else_ = help_words.AskForHelp("something_else", SEEN, "Hvor er rummet?")
    return having(a_helpdesk(), (no_sound(), ANNA), (else_, BO), *done)


def helped_before(count: int) -> Meeting:
    """As many threads that are settled, each another person's."""
    desk = a_helpdesk()
    for number in range(count):
        desk.do(no_sound(), somebody(number), after_s=1)
        desk.do(help_words.SettleHelp(f"p{number}.h1"), MADS, after_s=1)
    return desk


def helpdesk_cases() -> list[Case]:
    take = help_words.TakeHelp("anna.h1")
    answer = help_words.AnswerHelp("anna.h1", "Tryk på højttaleren")
    settle = help_words.SettleHelp("anna.h1")
    tell = help_words.TellKnownFault("Lyden mangler. Vi er på den.")
    add = help_words.AddToHelp("Stadig intet")
    cannot = help_words.AskForHelp("cannot_get_in", Diagnosis(), "Linket er brugt")
    talkative = having(in_need(), *[(answer, MADS)] * 20)
    return [
        Case("ask_for_help", a_helpdesk(), no_sound()),
        Case("ask_for_help_without_municipality", a_helpdesk(), cannot, IDA),
        Case("ask_for_help_anew", in_need((settle, ANNA)), no_sound("Nu igen")),
        Case("ask_for_help_as_host", in_need(), no_sound(), HANNE),
        Case("take_help", in_need(), take, MADS),
        Case("release_help", in_need((take, MADS)), help_words.ReleaseHelp("anna.h1"), SIV),
        Case("answer_help", in_need((take, MADS)), answer, MADS),
        Case("answer_help_at_once", in_need(), answer, SIV),
        Case("add_to_help", in_need((answer, MADS)), add),
        Case("add_to_help_21", talkative, add),
        Case("settle_help", in_need((answer, MADS)), settle, MADS),
        Case("settle_own_help", in_need(), settle),
        Case("settle_help_61", having(helped_before(60), (no_sound(), ANNA)), settle, MADS),
        Case("tell_known_fault", in_need(), tell, MADS),
        Case("tell_known_fault_again", in_need((tell, SIV)), help_words.TellKnownFault("To"), SIV),
        Case("clear_known_fault", in_need((tell, SIV)), help_words.ClearKnownFault(), MADS),
        Case("empty_help", in_need((answer, MADS)), help_words.EmptyHelp(("anna",)), SYSTEM),
    ]


# --- the board


def answered_board(*done: tuple[object, Somebody]) -> Meeting:
    """Aalborg's conclusion with a reply from Aarhus and one of somebody without a municipality."""
    reply = board_words.ReplyToConclusion
    return having(
        a_board("Vi samler tilsynet"),
        (reply("c1", "Det gør vi også"), AASE),
        (reply("c1", "Hvad koster det?"), IDA),
        *done,
    )


def a_full_board(*, hidden: bool) -> Meeting:
    """As many as it shows, of a hundred municipalities; the 300th hidden if asked."""
    board = a_board()
    for number in range(400):
        host = Somebody(f"h{number}", "Vært", "host", f"kommune-{number % 100}")
        board.do(board_words.PublishConclusion(f"Konklusion {number + 1}"), host)
    if hidden:
        board.do(board_words.HideConclusion("c300"), MADS)
    return board


def board_cases() -> list[Case]:
    publish = board_words.PublishConclusion("Vi samler tilsynet", "skole")
    edit = board_words.EditConclusion("c1", "Vi samler tilsyn og ledelse")
    hide = board_words.HideConclusion("c1")
    hidden_reply = (board_words.HideReply("c1.r2"), MADS)
    new = board_words.PublishConclusion("Den sidste")
    return [
        Case("publish", a_board(), publish, HANNE),
        Case("publish_without_theme", a_board("Et"), new, AASE),
        Case("publish_401", a_full_board(hidden=False), new, AASE),
        Case("publish_401_one_hidden", a_full_board(hidden=True), new, AASE),
        Case("edit_conclusion", answered_board(), edit, HENRIK),
        Case("withdraw_conclusion", answered_board(), board_words.WithdrawConclusion("c1"), HANNE),
        Case("hide_conclusion", answered_board((edit, HANNE)), hide, MADS),
        Case("reply_to_conclusion", a_board("Et"), board_words.ReplyToConclusion("c1", "Ja"), IDA),
        Case("reply_again", answered_board(), board_words.ReplyToConclusion("c1", "Ja"), AASE),
        Case("withdraw_reply", answered_board(), board_words.WithdrawReply("c1.r1"), AASE),
        Case("hide_reply", answered_board(), *hidden_reply),
        Case("hide_conclusion_with_hidden_reply", answered_board(hidden_reply), hide, MADS),
    ]


def proposal_cases() -> list[Case]:
    sent = committeewords.SendQuestion("aalborg.p1", "Hvad koster det i alt?")
    both = having(
        a_room_with_proposals(),
        (proposalwords.Propose("Hvad koster det?"), ANNA),
        (proposalwords.Propose("Hvem betaler?"), BO),
    )
    backed = having(both.again(), (proposalwords.BackProposal("aalborg.p1"), ANNA))
    marked = having(both.again(), (proposalwords.MarkSent("aalborg.p1"), SYSTEM))
    return [
        Case("send_question", asked(), sent, HANNE),
        Case("send_question_held", held(), sent, HANNE),
        Case("propose", a_room_with_proposals(), proposalwords.Propose("Hvad koster det?")),
        Case("propose_again", both, proposalwords.Propose("Hvornår?"), CARL),
        Case("back_proposal", backed, proposalwords.BackProposal("aalborg.p1"), BO),
        Case("unback_proposal", backed, proposalwords.UnbackProposal("aalborg.p1")),
        Case("withdraw_proposal", backed, proposalwords.WithdrawProposal("aalborg.p1")),
        Case("mark_sent", backed, proposalwords.MarkSent("aalborg.p1"), SYSTEM),
        Case("mark_returned", marked, proposalwords.MarkReturned("aalborg.p1"), SYSTEM),
        Case("empty_proposals", backed, proposalwords.EmptyProposals(), SYSTEM),
    ]


def viewing_cases() -> list[Case]:
    started = (cued("tema-3", length_s=1320), HANNE)
    paused = (view.PauseViewing("tema-3"), HANNE)
    move = view.MoveViewing("tema-3", 600.25)
    return [
        Case("start_viewing", a_talk(), cued("tema-3", 12, length_s=1320), HANNE),
        Case("start_viewing_of_a_talk", a_talk(), cued("oplaeg-1"), HANNE),
        Case("start_another_viewing", a_talk(started, paused), cued("tema-1"), HENRIK),
        Case("pause_viewing", a_talk(started), paused[0], HANNE, after_s=62.5),
        Case("pause_viewing_before_it_begins", a_talk(started), paused[0], HANNE),
        Case("resume_viewing", a_talk(started, paused), view.ResumeViewing("tema-3"), HANNE),
        Case("move_viewing", a_talk(started), move, HANNE, after_s=30),
        Case("move_viewing_paused", a_talk(started, paused), move, HANNE),
        Case("end_viewing", a_talk(started), view.EndViewing("tema-3"), HANNE),
        Case("end_viewing_paused", a_talk(started, paused), view.EndViewing("tema-3"), HANNE),
    ]


CASES = [
    *(viewing_cases() + room_cases() + file_cases() + group_cases() + window_cases()),
    *(asking_cases() + answering_cases()),
    *(approving_cases() + vetting_cases() + proposal_cases() + poll_cases()),
    *(helpdesk_cases() + board_cases() + notes_cases()),
]


def after(case: Case) -> Meeting:
    meeting = case.meeting.again()
    if isinstance(case.does, Event):
        meeting.fold(case.does)
    else:
        assert meeting.do(case.does, case.by, case.after_s), "what leads to nothing shows nothing"
    return meeting


def goldens_of(case: Case) -> dict[Path, dict[str, Any]]:
    """By the file's path, for each topic that was written to."""
    before, then = case.meeting, after(case)
    frames: dict[str, list[dict[str, Any]]] = {}
    for entry in then.log[len(before.log) :]:
        if entry.kind not in UNREAD:
            frame = event_frame(entry.topic, entry.seq, entry.event, entry.at)
            frames.setdefault(entry.topic, []).append(frame)
    return {
        GOLDENS / topic.partition(":")[0] / f"{case.name}.json": {
            "topic": topic,
            "before": before.snapshot(topic),
            "frames": heard,
            "after": then.snapshot(topic),
        }
        for topic, heard in frames.items()
        if case.only in (None, topic.partition(":")[0])
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_snapshot_and_events_give_the_next_snapshot(case: Case) -> None:
    before, then = case.meeting, after(case)
    for topic, snapshot in then.snapshots().items():
        earlier = before.snapshot(topic)
        assert followed(topic, earlier, ()) == earlier
        assert followed(topic, earlier, then.log[len(before.log) :]) == snapshot, topic


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_wire_is_as_in_the_golden_files(case: Case) -> None:
    for path, golden in goldens_of(case).items():
        assert kept(path, golden) == golden


COMMANDS = ask.COMMANDS + poll.COMMANDS + notes.COMMANDS
PERSONAL = {committeewords.VoteCounted, OwnBallotCast}


def test_every_command_has_a_case_and_every_event_occurs_in_one() -> None:
    asked = {type(getattr(case.does, "asked", case.does)) for case in CASES}
    assert asked - PERSONAL == set(COMMANDS)
    goldens = [golden for case in CASES for golden in goldens_of(case).values()]
    assert {frame["name"] for golden in goldens for frame in golden["frames"]} == (
        set(EVENTS) - wire.names_of(UNSEEN).keys()
    )


def test_no_golden_file_is_left_behind_or_written_twice() -> None:
    paths = [path for case in CASES for path in goldens_of(case)]
    found = {path for kind in FACES.keys() - set(UNREAD) for path in (GOLDENS / kind).iterdir()}
    assert found == set(paths)
    assert len(paths) == len(set(paths))

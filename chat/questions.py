"""The committee's desk: what comes of a question, from the asking to the answer.

One desk decides for three topics: `committee.desk` (`desk.py`, with the asker's identity),
`committee` (`committee.py`, what everybody sees) and `committee.ballots`, which nobody reads: who
has voted for what must be known to count each person once, and is told to that person alone
(`notices.py`). A fact that several learn of is several events.

                      approve        claim        draft
    ask -> held ------------> queued -----> claimed -----> drafted <-------.
             |   (at once when  | ^  release  |   |           | answer     | return, draft
             |    not reviewed) | '-----------'---'-----------'---> submitted
             |                  '--> answer / answer_on_air <-'    | (where the desk
             |                         answered, answered_on_air <-'  asks for approval)
             '-- decline (a moderator) -> declined --- approve --> queued, with a new public id
             '-- withdraw (the asker)  -> withdrawn     nothing is left of the text
             '-- merge (a moderator)   -> merged        votes go along, each person once

`docket.STATES` says which command a question takes in which state; any other is refused with
`question_<state>`. The rules are written down by who acts: `asking.py` everybody, `answering.py`
the committee, `approving.py` whoever approves, `vetting.py` the moderators, `window.py` the run of
show. Answering goes on, in writing, after the window has closed: what is left then is the list of
those that are open, and what is answered later is published with the item like the rest.

Public ids (q1, q2, …) are given out when a question becomes public, so they count nothing that is
hidden; for the audience an unknown, declined or withdrawn question is the same `unknown_question`.

Deciding needs the state folded from the whole log; a state restored from a snapshot can be evolved
and drawn, which is what a browser does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, assert_never

from chat import (
    answering,
    approving,
    asking,
    committee,
    desk,
    docket,
    emptying,
    publication,
    vetting,
    window,
)
from chat.committeewords import AskQuestion, SendQuestion, Unvote, Vote, WithdrawQuestion
from chat.deskwords import (
    Answer,
    AnswerOnAir,
    ApproveAnswer,
    ApproveQuestion,
    ApproveQuestions,
    Claim,
    CloseWindow,
    DeclineQuestion,
    DeclineQuestions,
    DeskCommand,
    Draft,
    EmptyDesk,
    Merge,
    OpenWindow,
    PinQuestion,
    PlanWindow,
    Release,
    ReturnAnswer,
    SetApproval,
    Tally,
    UnpinQuestion,
)
from chat.docket import Docket
from chat.event import Event
from chat.people import Person
from chat.roomwords import SetReview

evolve = docket.evolve


def initial() -> Docket:
    return Docket()


def tally_due(state: Docket, now: datetime) -> datetime | None:
    """When the next `Tally` has something to publish; None while nothing waits."""
    return state.ballots.next_due(now)


# --- snapshots ---


def snapshot(state: Docket) -> dict[str, Any]:
    return desk.snapshot(state.board)


def restore(data: Mapping[str, Any]) -> Docket:
    return replace(initial(), board=desk.restore(data))


def ballots_snapshot(state: Docket) -> dict[str, Any]:
    """Nothing: nobody reads it."""
    return {}


def ballots_restore(data: Mapping[str, Any]) -> Docket:
    return initial()


def public_snapshot(state: Docket) -> dict[str, Any]:
    return committee.snapshot(state.public)


def public_restore(data: Mapping[str, Any]) -> Docket:
    return replace(initial(), public=committee.restore(data))


# --- what is asked ---


def decide(state: Docket, command: DeskCommand, by: Person, now: datetime) -> tuple[Event, ...]:
    """What a command leads to.

    Returns:
        The events, in order; none when nothing changes.

    Raises:
        Refused: with one of the codes named in the rules, in `moderation.py` and in `text.py`.
    """
    match command:
        case AskQuestion() | SendQuestion():
            return asking.asked(state, command, by, now)
        case Vote() | Unvote():
            return asking.voted(state, command, by, now)
        case WithdrawQuestion():
            return asking.withdrawn(state, command, by)
        case Claim() | Release() | Draft() | Answer() | AnswerOnAir():
            return answering.worked(state, command, by, now)
        case ApproveAnswer() | ReturnAnswer():
            return approving.judged(state, command, by)
        case SetApproval():
            return approving.approval_set(state, command, by)
        case ApproveQuestion():
            return vetting.approved(state, command, by)
        case DeclineQuestion():
            return vetting.declined(state, command, by)
        case ApproveQuestions() | DeclineQuestions():
            return vetting.many(state, command, by, now)
        case PinQuestion() | UnpinQuestion():
            return vetting.pinned(state, command)
        case Merge():
            return vetting.merged(state, command, by, now)
        case SetReview():
            return vetting.reviewed(state, command, by)
        case PlanWindow() | OpenWindow() | CloseWindow():
            return window.turned(state.public.window, command)
        case Tally():
            return publication.tallied(state, state.ballots, now)
        case EmptyDesk():
            return emptying.emptied_desk(command)
        case _:
            assert_never(command)

"""The committee's desk: what comes of a question, from the asking to the answer.

One desk decides for two topics: `committee.desk` (`desk.py`, with the asker's identity) and
`committee` (`committee.py`, what everybody sees). A fact that both learn of is two events.

                      approve        claim        draft
    ask -> held ------------> queued -----> claimed -----> drafted
             |   (at once when  | ^  release  |   |           |
             |    not reviewed) | '-----------'---'-----------'
             |                  '--> answer / answer_on_air <-'
             |                         answered, answered_on_air
             '-- decline (a moderator) -> declined --- approve --> queued, with a new public id
             '-- withdraw (the asker)  -> withdrawn     nothing is left of the text
             '-- merge (a moderator)   -> merged        votes go along, each person once

`docket.STATES` says which command a question takes in which state; any other is refused with
`question_<state>`. The rules are written down by who acts: `asking.py` everybody, `answering.py`
the committee, `vetting.py` the moderators, `window.py` the run of show. Answering goes on, in
writing, after the window has closed.

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

from chat import answering, asking, committee, desk, docket, publication, vetting, window
from chat.commands import (
    Answer,
    AnswerOnAir,
    ApproveQuestion,
    AskQuestion,
    Claim,
    CloseWindow,
    DeclineQuestion,
    DeskCommand,
    Draft,
    Merge,
    OpenWindow,
    PlanWindow,
    Release,
    SetReview,
    Tally,
    Unvote,
    Vote,
    WithdrawQuestion,
)
from chat.docket import Docket
from chat.events import Event
from chat.people import Person

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
        case AskQuestion():
            return asking.asked(state, command, by, now)
        case Vote() | Unvote():
            return asking.voted(state, command, by, now)
        case WithdrawQuestion():
            return asking.withdrawn(state, command, by)
        case Claim() | Release() | Draft() | Answer() | AnswerOnAir():
            return answering.worked(state, command, by)
        case ApproveQuestion():
            return vetting.approved(state, command, by)
        case DeclineQuestion():
            return vetting.declined(state, command, by)
        case Merge():
            return vetting.merged(state, command, by, now)
        case SetReview():
            return vetting.reviewed(state, command, by)
        case PlanWindow() | OpenWindow() | CloseWindow():
            return window.turned(state.public.window, command)
        case Tally():
            return publication.tallied(state, state.ballots, now)
        case _:
            assert_never(command)

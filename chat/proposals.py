"""What a room would ask the committee: proposed and voted for inside, one sent on by its host.

This is the topic `proposals:<room>`, read by the room's people alone, and its snapshot:

    {"room": "aalborg",
     "proposals": [{"id": "aalborg.p3", "seq": 4, "at": "…Z", "author": {…}, "text": "…",
                    "votes": 5, "sent": false}]}          oldest first

How each event changes it, here and in the browser:

    proposed             append {id: proposal, seq and at of the frame, author, text, votes: 0,
                         sent: false}
    proposal_withdrawn   take it out
    proposal_counted     votes
    proposal_sent        sent = true          proposal_returned     sent = false
    proposals_emptied    none are left

Who has voted for what stands in `proposals.ballots:<room>`, which nobody reads; a person's own
marks are among that person's `notices.py`, under the proposal's id.

The host sends one on with `send_question` to the desk (`asking.py`), in the words it is to be asked
in. The desk has the open window, so it refuses at once what it cannot take; what it has taken in it
tells the room (`server/reactions.py`), and when it lets go of it, too.

Bounded: 50 proposals in a room, 5 of one person; what was sent stays until it is withdrawn.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, assert_never

from chat import moderation
from chat.committeewords import VoteCounted
from chat.errors import Refused
from chat.event import Event
from chat.people import Author, Person, author_of
from chat.plain import plain, read
from chat.proposalwords import (
    BackProposal,
    EmptyProposals,
    MarkReturned,
    MarkSent,
    ProposalBacked,
    ProposalCommand,
    ProposalCounted,
    ProposalReturned,
    ProposalsEmptied,
    ProposalSent,
    ProposalUnbacked,
    ProposalWithdrawn,
    Propose,
    Proposed,
    UnbackProposal,
    WithdrawProposal,
)
from chat.text import QUESTION_MOST, tidy

ID = re.compile(r"[a-z0-9-]{1,40}(\.[a-z0-9-]{1,40})?\.p[0-9]{1,6}")
PER_ROOM = 50
PER_PERSON = 5


def room_of(proposal: str) -> str:
    """`aalborg.udvalg` of `aalborg.udvalg.p3`."""
    return proposal.rpartition(".")[0]


def municipality_of(proposal: str) -> str:
    """ "" where no room can have a proposal of that id."""
    return room_of(proposal).partition(".")[0] if ID.fullmatch(proposal) else ""


@dataclass(frozen=True, slots=True)
class Proposal:
    id: str
    seq: int
    at: datetime
    author: Author
    text: str
    votes: int = 0
    sent: bool = False


@dataclass(frozen=True, slots=True)
class ProposalList:
    """What the room sees; `proposals` oldest first."""

    room: str
    proposals: tuple[Proposal, ...] = ()

    def find(self, id: str) -> Proposal | None:
        return next((one for one in self.proposals if one.id == id), None)


@dataclass(frozen=True, slots=True)
class Proposals:
    """
    Args:
        voters: who backs what, by the proposal's id.
        proposed: how many there ever were.
        moments: when each person last proposed something.
    """

    shown: ProposalList
    voters: Mapping[str, frozenset[str]] = field(default_factory=dict)
    proposed: int = 0
    moments: Mapping[str, tuple[datetime, ...]] = field(default_factory=dict)

    def backers(self, id: str) -> frozenset[str]:
        return self.voters.get(id, frozenset())


def initial(room: str) -> Proposals:
    """Of a room: what stands behind the colon."""
    return Proposals(ProposalList(room))


# --- snapshots ---


def snapshot(state: Proposals) -> dict[str, Any]:
    found: dict[str, Any] = plain(state.shown)
    return found


def restore(data: Mapping[str, Any]) -> Proposals:
    return Proposals(read(ProposalList, data))


def ballots_snapshot(state: Proposals) -> dict[str, Any]:
    """Nothing: nobody reads it."""
    return {}


def ballots_restore(data: Mapping[str, Any]) -> Proposals:
    return initial("")


# --- what has happened ---


def evolve(state: Proposals, event: Event, *, seq: int, at: datetime) -> Proposals:
    match event:
        case Proposed(id, author, text):
            return _proposed(state, Proposal(id, seq, at, author, text))
        case ProposalWithdrawn(id):
            left = tuple(one for one in state.shown.proposals if one.id != id)
            voters = {one: who for one, who in state.voters.items() if one != id}
            return replace(state, shown=replace(state.shown, proposals=left), voters=voters)
        case ProposalCounted(id, votes):
            return _changed(state, id, votes=votes)
        case ProposalSent(id):
            return _changed(state, id, sent=True)
        case ProposalReturned(id):
            return _changed(state, id, sent=False)
        case ProposalsEmptied():
            return replace(initial(state.shown.room), proposed=state.proposed)
        case ProposalBacked(id, by) if state.shown.find(id) is not None:
            return _with_backers(state, id, state.backers(id) | {by})
        case ProposalUnbacked(id, by) if state.shown.find(id) is not None:
            return _with_backers(state, id, state.backers(id) - {by})
    return state


def _proposed(state: Proposals, proposal: Proposal) -> Proposals:
    person = proposal.author.id
    noted = moderation.ASKING.noted(state.moments.get(person, ()), proposal.at)
    return replace(
        state,
        shown=replace(state.shown, proposals=(*state.shown.proposals, proposal)),
        proposed=state.proposed + 1,
        moments={**state.moments, person: noted},
    )


def _changed(state: Proposals, id: str, **changes: Any) -> Proposals:
    changed = tuple(
        replace(one, **changes) if one.id == id else one for one in state.shown.proposals
    )
    return replace(state, shown=replace(state.shown, proposals=changed))


def _with_backers(state: Proposals, id: str, people: frozenset[str]) -> Proposals:
    return replace(state, voters={**state.voters, id: people})


# --- what is asked ---


def decide(
    state: Proposals, command: ProposalCommand, by: Person, now: datetime
) -> tuple[Event, ...]:
    """What a command leads to; none when nothing changes.

    Raises:
        Refused: `unknown_proposal`, `not_yours`, `proposal_sent`, `too_fast`,
            `too_many_waiting`, `room_full`, or of `text.py`.
    """
    match command:
        case Propose(text):
            return _proposing(state, tidy(text, QUESTION_MOST), by, now)
        case BackProposal(id) | UnbackProposal(id):
            return _backing(state, _standing(state, id), by, isinstance(command, BackProposal))
        case WithdrawProposal(id):
            return _withdrawing(_standing(state, id), by)
        case MarkSent(id):
            return () if _standing(state, id).sent else (ProposalSent(id),)
        case MarkReturned(id):
            return (ProposalReturned(id),) if _standing(state, id).sent else ()
        case EmptyProposals():
            return (ProposalsEmptied(),)
        case _:
            assert_never(command)


def _standing(state: Proposals, id: str) -> Proposal:
    found = state.shown.find(id)
    if found is None:
        raise Refused("unknown_proposal", f"expected a proposal of this room, came {id!r:.40}")
    return found


def _proposing(state: Proposals, text: str, by: Person, now: datetime) -> tuple[Event, ...]:
    moderation.refuse_pace(moderation.ASKING.wait_ms(state.moments.get(by.id, ()), now))
    waiting = [one for one in state.shown.proposals if not one.sent]
    if sum(one.author.id == by.id for one in waiting) >= PER_PERSON:
        raise Refused("too_many_waiting", f"expected fewer than {PER_PERSON} proposals of yours")
    if len(state.shown.proposals) >= PER_ROOM:
        raise Refused("room_full", f"expected fewer than {PER_ROOM} proposals in the room")
    id = f"{state.shown.room}.p{state.proposed + 1}"
    return (Proposed(id, author_of(by), text),)


def _backing(state: Proposals, proposal: Proposal, by: Person, backs: bool) -> tuple[Event, ...]:
    if proposal.sent:
        raise Refused(
            "proposal_sent", "expected a proposal that is still in the room, came one sent"
        )
    people = state.backers(proposal.id)
    if backs is (by.id in people):
        return ()
    votes = len(people) + (1 if backs else -1)
    cast = ProposalBacked if backs else ProposalUnbacked
    return (
        cast(proposal.id, by.id),
        ProposalCounted(proposal.id, votes),
        VoteCounted(by.id, proposal.id, backs),
    )


def _withdrawing(proposal: Proposal, by: Person) -> tuple[Event, ...]:
    if proposal.author.id != by.id and not moderation.hosts(by):
        raise Refused("not_yours", "expected your own proposal or a host, came another person")
    return (ProposalWithdrawn(proposal.id),)

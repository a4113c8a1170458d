"""The words of a room's proposals: what its people would ask the committee.

A vote for a proposal stands on `proposals.ballots`, which nobody reads; whoever gave it hears of it
in `VoteCounted`, as of a vote for a question. The rules are `proposals.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

from chat.event import Event
from chat.people import Author

# --- what is asked of proposals:<room> ---


@dataclass(frozen=True, slots=True)
class Propose:
    text: str


@dataclass(frozen=True, slots=True)
class BackProposal:
    proposal: str


@dataclass(frozen=True, slots=True)
class UnbackProposal:
    proposal: str


@dataclass(frozen=True, slots=True)
class WithdrawProposal:
    """One's own; a host's hand reaches every proposal."""

    proposal: str


@dataclass(frozen=True, slots=True)
class MarkSent:
    """The desk has taken it in."""

    proposal: str


@dataclass(frozen=True, slots=True)
class MarkReturned:
    """The desk has let go of it: declined or withdrawn; the room may send another."""

    proposal: str


@dataclass(frozen=True, slots=True)
class EmptyProposals:
    """Forget them all, and who backed them."""


ProposalCommand = (
    Propose
    | BackProposal
    | UnbackProposal
    | WithdrawProposal
    | MarkSent
    | MarkReturned
    | EmptyProposals
)

COMMANDS = (
    *(Propose, BackProposal, UnbackProposal, WithdrawProposal),
    *(MarkSent, MarkReturned, EmptyProposals),
)


# --- proposals:<room> ---


@dataclass(frozen=True, slots=True)
class Proposed(Event):
    proposal: str
    author: Author
    text: str


@dataclass(frozen=True, slots=True)
class ProposalWithdrawn(Event):
    proposal: str


@dataclass(frozen=True, slots=True)
class ProposalCounted(Event):
    proposal: str
    votes: int


@dataclass(frozen=True, slots=True)
class ProposalSent(Event):
    proposal: str


@dataclass(frozen=True, slots=True)
class ProposalReturned(Event):
    """The desk has let go of it; another may be sent."""

    proposal: str


@dataclass(frozen=True, slots=True)
class ProposalsEmptied(Event):
    """Every proposal before this is gone."""


# --- proposals.ballots:<room>: nobody reads it ---


@dataclass(frozen=True, slots=True)
class ProposalBacked(Event):
    proposal: str
    by: str


@dataclass(frozen=True, slots=True)
class ProposalUnbacked(Event):
    proposal: str
    by: str


EVENTS = (
    *(Proposed, ProposalWithdrawn, ProposalCounted),
    *(ProposalSent, ProposalReturned, ProposalsEmptied),
)
BALLOTS = (ProposalBacked, ProposalUnbacked)

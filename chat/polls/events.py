"""What has happened to the polls, by who may hear of it.

A ballot with its person's name stands on `polls.ballots`, which nobody may read: it is there so
that each person counts once, also after a crash. Everybody hears how many have voted, the
moderators what for, and each person, on `person:<id>`, of their own ballot (`OwnBallotCast`).
"""

from __future__ import annotations

from dataclasses import dataclass

from chat.event import Event

# --- polls ---


@dataclass(frozen=True, slots=True)
class PollOpened(Event):
    poll: str
    question: str
    options: tuple[str, ...]
    several: bool


@dataclass(frozen=True, slots=True)
class BallotsCounted(Event):
    """How many have voted, not what for."""

    poll: str
    ballots: int


@dataclass(frozen=True, slots=True)
class PollClosed(Event):
    poll: str
    ballots: int


@dataclass(frozen=True, slots=True)
class PollReopened(Event):
    poll: str


@dataclass(frozen=True, slots=True)
class ResultsShown(Event):
    """`counts`: for each option; of several choices they add up to more than the ballots."""

    poll: str
    ballots: int
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ResultsHidden(Event):
    poll: str


@dataclass(frozen=True, slots=True)
class PollPutAway(Event):
    poll: str


# --- polls.desk ---


@dataclass(frozen=True, slots=True)
class PollDrafted(Event):
    draft: str
    question: str
    options: tuple[str, ...]
    several: bool


@dataclass(frozen=True, slots=True)
class DraftChanged(Event):
    draft: str
    question: str
    options: tuple[str, ...]
    several: bool


@dataclass(frozen=True, slots=True)
class DraftDropped(Event):
    draft: str


@dataclass(frozen=True, slots=True)
class DraftOpened(Event):
    """The draft goes on under a public id."""

    draft: str
    poll: str


@dataclass(frozen=True, slots=True)
class BallotsTallied(Event):
    """What the ballots say so far, for those who may know before the result is shown."""

    poll: str
    ballots: int
    counts: tuple[int, ...]


# --- polls.ballots ---


@dataclass(frozen=True, slots=True)
class BallotCast(Event):
    poll: str
    person: str
    choices: tuple[int, ...]


# --- person:<person>: the voter ---


@dataclass(frozen=True, slots=True)
class OwnBallotCast(Event):
    """`choices`: places among the poll's options; none when the ballot was taken back."""

    person: str
    poll: str
    choices: tuple[int, ...]


BY_TOPIC: dict[str, tuple[type, ...]] = {
    "polls": (
        PollOpened,
        BallotsCounted,
        PollClosed,
        PollReopened,
        ResultsShown,
        ResultsHidden,
        PollPutAway,
    ),
    "polls.desk": (PollDrafted, DraftChanged, DraftDropped, DraftOpened, BallotsTallied),
    "polls.ballots": (BallotCast,),
}
EVENTS: tuple[type, ...] = sum(BY_TOPIC.values(), ())
PERSON_EVENTS = (OwnBallotCast,)


def hides_cause(event: Event) -> bool:
    """Whether the frame must not carry the id of the command that led to it.

    A sum may be told by the very ballot that changed it, whose id would say whose that was.
    """
    return isinstance(event, (BallotsCounted, BallotsTallied))

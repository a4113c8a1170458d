"""What may be asked of the polls: by everybody, by the moderators, and by the clock."""

from __future__ import annotations

from dataclasses import dataclass

# --- polls ---


@dataclass(frozen=True, slots=True)
class CastBallot:
    """One's own ballot, whole; it stands in the place of the one before.

    Args:
        choices: places among the poll's options, from 0; none takes the ballot back.
    """

    poll: str
    choices: tuple[int, ...]


# --- polls.desk ---


@dataclass(frozen=True, slots=True)
class DraftPoll:
    """`several`: a ballot may name more than one option."""

    question: str
    options: tuple[str, ...]
    several: bool = False


@dataclass(frozen=True, slots=True)
class ChangeDraft:
    draft: str
    question: str
    options: tuple[str, ...]
    several: bool = False


@dataclass(frozen=True, slots=True)
class DropDraft:
    draft: str


@dataclass(frozen=True, slots=True)
class OpenPoll:
    """Put a draft before everybody and take ballots."""

    draft: str


@dataclass(frozen=True, slots=True)
class ClosePoll:
    poll: str


@dataclass(frozen=True, slots=True)
class ReopenPoll:
    """Take ballots again, as long as nobody knows the result."""

    poll: str


@dataclass(frozen=True, slots=True)
class ShowResults:
    """Show everybody the result; one that is open is closed first."""

    poll: str


@dataclass(frozen=True, slots=True)
class HideResults:
    poll: str


@dataclass(frozen=True, slots=True)
class PutPollAway:
    """Take it off the stage; a result that is shown can still be looked up."""

    poll: str


@dataclass(frozen=True, slots=True)
class CountBallots:
    """Tell the sums that wait; see `polling.count_due`."""


AudienceCommand = CastBallot
DraftCommand = DraftPoll | ChangeDraft | DropDraft | OpenPoll
StageCommand = ClosePoll | ReopenPoll | ShowResults | HideResults | PutPollAway
PollCommand = AudienceCommand | DraftCommand | StageCommand | CountBallots

BY_TOPIC: dict[str, tuple[type, ...]] = {
    "polls": (CastBallot,),
    "polls.desk": (
        DraftPoll,
        ChangeDraft,
        DropDraft,
        OpenPoll,
        ClosePoll,
        ReopenPoll,
        ShowResults,
        HideResults,
        PutPollAway,
        CountBallots,
    ),
}
COMMANDS: tuple[type, ...] = sum(BY_TOPIC.values(), ())

"""What may be asked of the help desk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from chat.helpdesk.diagnosis import Diagnosis

What = Literal["no_sound", "no_picture", "cannot_get_in", "something_else"]


# --- help: everybody ---


@dataclass(frozen=True, slots=True)
class AskForHelp:
    """`text` is wanted for something else, and welcome with the others."""

    what: What
    diagnosis: Diagnosis
    text: str | None = None


@dataclass(frozen=True, slots=True)
class AddToHelp:
    """One more line in one's own open thread."""

    text: str


@dataclass(frozen=True, slots=True)
class SettleHelp:
    """By the one who asked, or by the crew."""

    request: str


# --- help.desk: the crew ---


@dataclass(frozen=True, slots=True)
class TakeHelp:
    request: str


@dataclass(frozen=True, slots=True)
class ReleaseHelp:
    request: str


@dataclass(frozen=True, slots=True)
class AnswerHelp:
    request: str
    text: str


@dataclass(frozen=True, slots=True)
class TellKnownFault:
    """Say to everybody who is about to ask what is known already."""

    text: str


@dataclass(frozen=True, slots=True)
class ClearKnownFault:
    """It is mended."""


@dataclass(frozen=True, slots=True)
class EmptyHelp:
    """Forget every thread; `persons`: those whose own logs hold one. The server's alone."""

    persons: tuple[str, ...] = ()


AskersCommand = AskForHelp | AddToHelp | SettleHelp
CrewCommand = TakeHelp | ReleaseHelp | AnswerHelp | SettleHelp | TellKnownFault | ClearKnownFault
HelpCommand = AskersCommand | CrewCommand | EmptyHelp

BY_TOPIC: dict[str, tuple[type, ...]] = {
    "help": (AskForHelp, AddToHelp, SettleHelp),
    "help.desk": (
        *(TakeHelp, ReleaseHelp, AnswerHelp, SettleHelp),
        *(TellKnownFault, ClearKnownFault, EmptyHelp),
    ),
}

"""What a host may ask of what a room watches together.

All but the start name the item that the sender believes is shown: whoever pauses one film does not
pause the next, which another host has just begun.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class StartViewing:
    """Shows a film to everybody in the room, whatever it watched until now.

    Args:
        position_s: into the film.
    """

    item: str
    position_s: float = 0.0


@dataclass(frozen=True, slots=True)
class PauseViewing:
    item: str


@dataclass(frozen=True, slots=True)
class ResumeViewing:
    item: str


@dataclass(frozen=True, slots=True)
class MoveViewing:
    """Takes everybody to another place in the film.

    Args:
        position_s: into the film.
    """

    item: str
    position_s: float


@dataclass(frozen=True, slots=True)
class EndViewing:
    item: str


@dataclass(frozen=True, slots=True)
class Reel:
    """What the server knows of an item's film.

    Args:
        is_open: whether everybody may see it now.
        opens_at: when they may, where that is still to come.
        length_s: None where it is not known.
    """

    is_open: bool
    opens_at: datetime | None = None
    length_s: float | None = None


@dataclass(frozen=True, slots=True)
class Cued:
    """A start together with the film it names, which the server has looked up.

    It cannot be sent: nobody opens a film by saying that it is open.
    """

    asked: StartViewing
    reel: Reel


ViewingCommand = StartViewing | Cued | PauseViewing | ResumeViewing | MoveViewing | EndViewing
COMMANDS = (StartViewing, PauseViewing, ResumeViewing, MoveViewing, EndViewing)

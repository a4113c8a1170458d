"""What may be asked of a channel. All of it by the system: reactions and the media side."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Content:
    """What is to be shown: one of the three kinds.

    Args:
        kind: live, film or slate.
        source: of a live picture, such as `kl-huset`.
        film: the film's id.
        title, text, choices: the words of a slate; for live and film, of the slate that stands in.
    """

    kind: str
    source: str | None = None
    film: str | None = None
    title: str = ""
    text: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PutOnAir:
    """Show this from now on; `item` and `run` say on whose behalf."""

    content: Content
    item: str | None = None
    run: int = 0


@dataclass(frozen=True, slots=True)
class Reword:
    """Other words for the slate that is shown: the expected time has moved."""

    title: str
    text: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReportOnAir:
    """The media side tells what was really shown, and from where on.

    Args:
        number: media sequence number that began with it.
        at: its first picture, on the wall.
    """

    item: str | None
    run: int
    kind: str
    source: str
    generation: int
    number: int
    at: datetime


COMMANDS = (PutOnAir, Reword, ReportOnAir)

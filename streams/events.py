"""What has happened on a channel."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from streams.commands import Content


@dataclass(frozen=True, slots=True)
class ChannelPut:
    """The show has put this on the channel; the picture follows at the next IDR."""

    content: Content
    item: str | None = None
    run: int = 0


@dataclass(frozen=True, slots=True)
class SlateReworded:
    title: str
    text: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceOnAir:
    """This was really shown from media sequence number `number` on; replays are cut from these."""

    item: str | None
    run: int
    kind: str
    source: str
    generation: int
    number: int
    began: datetime


EVENTS = (ChannelPut, SlateReworded, SourceOnAir)

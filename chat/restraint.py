"""Who may not write in a room just now: a closed door, a time-out, the pace, slow mode.

A host's order holds beside the conversation too, for what is written in the room's notes and
proposed to it: `refuse_beside`. What a host reads before the others do cannot wait there, for there
is nowhere to keep it; it is refused, `host_reads_first`, and may be written as a message instead.
Nobody can say whose words notes are, or where one ends, so of these only whoever may not write at
all is kept out.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from chat import moderation, reviewing
from chat.errors import Refused
from chat.hosting import Hosting
from chat.messages import Board
from chat.pace import left_ms, whole_ms
from chat.people import Person
from chat.writers import Writers


def refuse_muted(hosting: Hosting, writers: Writers, by: Person, now: datetime) -> None:
    mute, since = hosting.mute_of(by.id, now), writers.of(by.id).muted
    # A time-out that has yet to begin was given before the clock was set back.
    if mute is not None and since is not None and since <= now:
        wait_ms = whole_ms(mute.until - now)
        raise Refused("muted", "expected a person who is not in a time-out", retry_ms=wait_ms)


def refuse_writing(
    board: Board, hosting: Hosting, writers: Writers, by: Person, now: datetime
) -> None:
    moderation.refuse_closed(by, closed=board.closed)
    refuse_muted(hosting, writers, by, now)
    moderation.refuse_pace(moderation.WRITING.wait_ms(writers.of(by.id).wrote, now))


def refuse_slow_mode(board: Board, writers: Writers, by: Person, now: datetime) -> None:
    posted, seconds = writers.of(by.id).posted, board.slow_mode_s
    if posted is None or moderation.hosts(by):
        return
    if wait_ms := left_ms(posted, timedelta(seconds=seconds), now):
        raise Refused("slow_mode", f"expected {seconds} s between messages", retry_ms=wait_ms)


def refuse_beside(
    board: Board,
    hosting: Hosting,
    writers: Writers,
    by: Person,
    now: datetime,
    proposed: str | None = None,
) -> None:
    """
    Args:
        proposed: words that stand by themselves and have an author; None for the notes.
    """
    moderation.refuse_closed(by, closed=board.closed)
    refuse_muted(hosting, writers, by, now)
    if proposed is None:
        return
    if reviewing.is_reviewed(board, by) or reviewing.listed(hosting, proposed, by) is not None:
        raise Refused("host_reads_first", "expected words that no host has to read first")

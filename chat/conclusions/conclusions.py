"""The board between municipalities: who writes on it, and what comes of it.

A room's talk stays in the room. What its host wants the other municipalities to know is written
anew, for them, and sent to `board`: no message, name or note of a room has a way here, for nothing
here refers to one.

    publish   a host, in the name of the municipality; 4 stand at a time (`too_many_conclusions`)
    edit      any host of the same municipality, until it is hidden; every three seconds at most
    withdraw  the same; its replies go along
    reply     everybody, with a municipality or without; 30 under each, 5 of one person's
              (`too_many_replies`)
    hide      a moderator; the text is emptied for good. A hidden conclusion stays as a place
              without words, so that its own municipality sees what became of it, and its replies
              go along; a hidden reply stays as a place without words

Refused besides: `no_municipality`, `unknown_theme` (fact `allowed`), `unknown_conclusion` and
`unknown_reply` for what is not there or hidden, `not_yours`, `too_fast`.

Deciding needs the state folded from the whole log; a state restored from a snapshot can be evolved
and drawn, which is what a browser does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, assert_never

from chat.conclusions import board
from chat.conclusions.board import Board, Conclusion, Reply
from chat.conclusions.commands import (
    BoardCommand,
    EditConclusion,
    HideConclusion,
    HideReply,
    PublishConclusion,
    ReplyToConclusion,
    WithdrawConclusion,
    WithdrawReply,
)
from chat.conclusions.events import (
    ConclusionEdited,
    ConclusionHidden,
    ConclusionPublished,
    ConclusionWithdrawn,
    ReplyHidden,
    ReplyPosted,
    ReplyWithdrawn,
)
from chat.errors import Refused
from chat.event import Event
from chat.moderation import refuse_pace
from chat.pace import Pace, left_ms
from chat.people import Person, author_of
from chat.plain import plain, read
from chat.text import tidy

CONCLUSION_MOST = 1500
REPLY_MOST = 600
PER_MUNICIPALITY = 4
REPLIES_MOST = 30
REPLIES_PER_PERSON = 5
WRITING = Pace(5, timedelta(seconds=60))
EDIT_AFTER = timedelta(seconds=3)


@dataclass(frozen=True, slots=True)
class Conclusions:
    """
    Args:
        published: how many conclusions ever; the next one's id is made from it.
        replied: how many replies ever, by the conclusion.
        wrote: each person's last moments of writing, for the pace.
    """

    board: Board
    published: int = 0
    replied: Mapping[str, int] = field(default_factory=dict)
    wrote: Mapping[str, tuple[datetime, ...]] = field(default_factory=dict)


def initial(themes: tuple[str, ...]) -> Conclusions:
    return Conclusions(Board(themes))


# --- snapshots ---


def snapshot(state: Conclusions) -> dict[str, Any]:
    found: dict[str, Any] = plain(state.board)
    return found


def restore(data: Mapping[str, Any]) -> Conclusions:
    return Conclusions(read(Board, data))


# --- what has happened ---


def evolve(state: Conclusions, event: Event, *, seq: int, at: datetime) -> Conclusions:
    state = replace(state, board=board.evolve(state.board, event, seq=seq, at=at))
    match event:
        case ConclusionPublished(_, author):
            return replace(_wrote(state, author.id, at), published=state.published + 1)
        case ReplyPosted(id, _, author):
            replied = {**state.replied, id: state.replied.get(id, 0) + 1}
            return replace(_wrote(state, author.id, at), replied=replied)
        case ConclusionWithdrawn(id) | ConclusionHidden(id):
            left = {one: count for one, count in state.replied.items() if one != id}
            return replace(state, replied=left)
    return state


def _wrote(state: Conclusions, person: str, at: datetime) -> Conclusions:
    moments = WRITING.noted(state.wrote.get(person, ()), at)
    return replace(state, wrote={**state.wrote, person: moments})


# --- what is asked ---


def decide(
    state: Conclusions, command: BoardCommand, by: Person, now: datetime
) -> tuple[Event, ...]:
    """What a command leads to.

    Returns:
        The events, in order; none when nothing changes.

    Raises:
        Refused: with one of the codes named above and in `text.py`.
    """
    match command:
        case PublishConclusion():
            return _published(state, command, by, now)
        case EditConclusion():
            return _edited(state, command, by, now)
        case WithdrawConclusion(id):
            conclusion = _theirs(state, id, by)
            return (*_replies_gone(conclusion), ConclusionWithdrawn(conclusion.id))
        case HideConclusion(id):
            conclusion = _standing(state, id)
            return (*_replies_gone(conclusion), ConclusionHidden(conclusion.id))
        case ReplyToConclusion():
            return _replied(state, command, by, now)
        case WithdrawReply(id):
            return _reply_withdrawn(*_reply(state, id), by)
        case HideReply(id):
            conclusion, reply = _reply(state, id)
            return (ReplyHidden(conclusion.id, reply.id),)
        case _:
            assert_never(command)


def _published(
    state: Conclusions, command: PublishConclusion, by: Person, now: datetime
) -> tuple[Event, ...]:
    text, theme = tidy(command.text, CONCLUSION_MOST), _theme(state, command.theme)
    if not by.municipality:
        raise Refused("no_municipality", "expected a municipality's host, came one without")
    _refuse_haste(state, by, now)
    if state.board.standing_of(by.municipality) >= PER_MUNICIPALITY:
        raise Refused(
            "too_many_conclusions",
            f"expected fewer than {PER_MUNICIPALITY} that stand",
            most=PER_MUNICIPALITY,
        )
    id = f"c{state.published + 1}"
    return (ConclusionPublished(id, author_of(by), by.municipality, text, theme),)


def _edited(
    state: Conclusions, command: EditConclusion, by: Person, now: datetime
) -> tuple[Event, ...]:
    text, theme = tidy(command.text, CONCLUSION_MOST), _theme(state, command.theme)
    conclusion = _theirs(state, command.conclusion, by)
    if (conclusion.text, conclusion.theme) == (text, theme):
        return ()
    if conclusion.edited is not None:
        refuse_pace(left_ms(conclusion.edited, EDIT_AFTER, now))
    return (ConclusionEdited(conclusion.id, text, theme),)


def _replied(
    state: Conclusions, command: ReplyToConclusion, by: Person, now: datetime
) -> tuple[Event, ...]:
    text, conclusion = tidy(command.text, REPLY_MOST), _standing(state, command.conclusion)
    _refuse_haste(state, by, now)
    mine = sum(reply.author.id == by.id for reply in conclusion.replies)
    if len(conclusion.replies) >= REPLIES_MOST or mine >= REPLIES_PER_PERSON:
        raise Refused(
            "too_many_replies",
            f"expected fewer than {REPLIES_MOST} replies and {REPLIES_PER_PERSON} of yours",
        )
    id = f"{conclusion.id}.r{state.replied.get(conclusion.id, 0) + 1}"
    return (ReplyPosted(conclusion.id, id, author_of(by), text, by.municipality or None),)


def _reply_withdrawn(conclusion: Conclusion, reply: Reply, by: Person) -> tuple[Event, ...]:
    if reply.author.id != by.id:
        raise Refused("not_yours", "expected your own reply, came another person's")
    return (ReplyWithdrawn(conclusion.id, reply.id),)


def _replies_gone(conclusion: Conclusion) -> tuple[Event, ...]:
    """Each by itself, so that each text is emptied where it is stored."""
    return tuple(ReplyWithdrawn(conclusion.id, reply.id) for reply in conclusion.replies)


def _theme(state: Conclusions, theme: str | None) -> str | None:
    allowed = state.board.themes
    if theme is not None and theme not in allowed:
        raise Refused(
            "unknown_theme", f"expected one of {len(allowed)} themes", allowed=list(allowed)
        )
    return theme


def _standing(state: Conclusions, id: str) -> Conclusion:
    conclusion = state.board.find(id)
    if conclusion is None or conclusion.hidden:
        raise Refused("unknown_conclusion", f"expected one that stands, came {id!r:.40}")
    return conclusion


def _theirs(state: Conclusions, id: str, by: Person) -> Conclusion:
    conclusion = _standing(state, id)
    if conclusion.municipality != by.municipality:
        raise Refused("not_yours", "expected your own municipality's, came another's")
    return conclusion


def _reply(state: Conclusions, id: str) -> tuple[Conclusion, Reply]:
    found = state.board.find_reply(id)
    if found is None or found[1].hidden:
        raise Refused("unknown_reply", f"expected a reply that stands, came {id!r:.40}")
    return found


def _refuse_haste(state: Conclusions, by: Person, now: datetime) -> None:
    refuse_pace(WRITING.wait_ms(state.wrote.get(by.id, ()), now))
